"""RFC 9421 as Mastodon and Mitra make and demand it; no line of fedi_aid's own code in here.

Only what these two write is read: one signature, plain components, parameters without exotic types.
"""

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.federation.peers.signatures import Asked, private, public

_INPUT = re.compile(r"(?P<label>[a-z][\w-]*)=(?P<params>\((?P<items>[^)]*)\)(?P<rest>(?:;[^,]*)?))")
_PARAMETER = re.compile(r';([a-z]+)(?:=(?:"([^"]*)"|(\d+)))?')
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """What a software demands of such a signature; `created` is demanded by both."""

    covered: frozenset[str] = frozenset({"@method", "@target-uri"})
    window: timedelta = timedelta(hours=12)
    skew: timedelta = timedelta(hours=1)


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    key_id: str
    algorithm: str
    created: int | None
    covered: list[str]
    params: str  # as they stand: they are signed literally
    signature: bytes


def sign(key_id: str, private_pem: str, method: str, url: str, body: bytes, now: datetime) -> dict[str, str]:
    covered = ["@method", "@target-uri"]
    headers = {"accept": "application/activity+json"}
    if method == "POST":
        headers["content-digest"] = _digest(body)
        headers["content-type"] = "application/activity+json"
        covered.append("content-digest")
    items = " ".join(f'"{name}"' for name in covered)
    params = f'({items});created={int(now.timestamp())};keyid="{key_id}"'
    text = _base(covered, params, method, url, headers)
    made = private(private_pem).sign(text.encode(), PKCS1v15(), SHA256())
    headers["signature-input"] = f"sig1={params}"
    headers["signature"] = f"sig1=:{base64.b64encode(made).decode()}:"
    return headers


def read(signature_input: str, signature: str) -> Signed | None:
    match = _INPUT.match(signature_input)
    if match is None:
        return None
    found = re.search(rf"{match['label']}=:([^:]*):", signature)
    if found is None:
        return None
    parameters = {name: quoted or bare for name, quoted, bare in _PARAMETER.findall(match["rest"])}
    try:
        raw = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        return None
    return Signed(
        key_id=parameters.get("keyid", ""),
        algorithm=parameters.get("alg", ""),
        created=int(parameters["created"]) if parameters.get("created") else None,
        covered=re.findall(r'"([^"]*)"', match["items"]),
        params=match["params"],
        signature=raw,
    )


def objection(wants: Wants, signed: Signed, asked: Asked, public_pem: str, now: datetime) -> str:
    """Why this software turns the request away; empty when it does not."""
    wanted = wants.covered | ({"content-digest"} if asked.method == "POST" else frozenset())
    if missing := wanted.difference(signed.covered):
        return f"does not cover {sorted(missing)}"
    if signed.created is None:
        return "no created"
    age = now - datetime.fromtimestamp(signed.created, UTC)
    if not -wants.skew <= age <= wants.window + wants.skew:
        return "outside the window"
    if signed.algorithm not in ("", "rsa-v1_5-sha256"):
        return f"algorithm {signed.algorithm}"
    if asked.method == "POST" and not _digest_fits(asked):
        return "digest"
    url = f"https://{asked.host}{asked.target}"
    try:
        text = _base(signed.covered, signed.params, asked.method, url, dict(asked.headers))
        public(public_pem).verify(signed.signature, text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, KeyError):
        return "the signature does not fit"
    return ""


def _digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _digest_fits(asked: Asked) -> bool:
    match = _DIGEST.search(asked.headers.get("content-digest", ""))
    return match is not None and f"sha-256=:{match[1]}:" == _digest(asked.body)


def _base(covered: list[str], params: str, method: str, url: str, headers: dict[str, str]) -> str:
    derived = {"@method": method.upper(), "@target-uri": url}
    lines = [f'"{name}": {derived[name] if name in derived else headers[name]}' for name in covered]
    return "\n".join([*lines, f'"@signature-params": {params}'])
