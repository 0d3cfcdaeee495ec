"""draft-cavage signatures as each software makes and checks them; no line of fedi_aid's own code in here."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_PART = re.compile(r'(\w+)=(?:"([^"]*)"|(\d+))')


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """The form in which a software signs; `key` is what stands after an actor's id in a key id."""

    post: str
    get: str
    algorithm: str = "rsa-sha256"
    key: str = "#main-key"


class Demands(msgspec.Struct, frozen=True, kw_only=True):
    """What a software wants of a signature before it believes a POST."""

    covered: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()
    algorithms: frozenset[str] = frozenset({"rsa-sha256", "hs2019", ""})
    digest: bool = True
    window: timedelta | None = None
    skew: timedelta = timedelta(hours=1)
    own_host: bool = True
    signed_gets: bool = False


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A Signature header, read."""

    key_id: str
    algorithm: str
    covered: list[str]
    signature: bytes


def sign(
    signs: Signs,
    key_id: str,
    private_pem: str,
    method: str,
    host: str,
    target: str,
    body: bytes,
    now: datetime,
) -> dict[str, str]:
    headers = {
        "host": host,
        "date": format_datetime(now.astimezone(UTC), usegmt=True),
        "accept": "application/activity+json",
    }
    covered = (signs.post if method == "POST" else signs.get).split()
    if method == "POST":
        headers["digest"] = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["content-type"] = "application/activity+json"
        headers["content-length"] = str(len(body))
    key = _private(private_pem)
    text = _text(covered, method, target, headers)
    made = base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()
    headers["signature"] = (
        f'keyId="{key_id}",algorithm="{signs.algorithm}",headers="{" ".join(covered)}",signature="{made}"'
    )
    return headers


@cache
def _private(pem: str) -> RSAPrivateKey:
    """Read once: the checks of a private key take longer than many signatures."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def read(value: str) -> Claim:
    parts = {name: quoted or bare for name, quoted, bare in _PART.findall(value)}
    return Claim(
        key_id=parts.get("keyId", ""),
        algorithm=parts.get("algorithm", ""),
        covered=parts.get("headers", "date").split(),
        signature=base64.b64decode(parts.get("signature", "")),
    )


def objection(
    demands: Demands,
    claim: Claim,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    host: str,
    public_pem: str,
    now: datetime,
) -> str:
    """Why this software turns the request away; empty when it does not."""
    wanted = demands.covered if method == "POST" else demands.covered - {"digest"}
    if missing := wanted.difference(claim.covered):
        return f"does not cover {sorted(missing)}"
    if demands.one_of and demands.one_of.isdisjoint(claim.covered):
        return f"covers none of {sorted(demands.one_of)}"
    if claim.algorithm not in demands.algorithms:
        return f"algorithm {claim.algorithm}"
    if demands.own_host and headers.get("host", "").lower() != host:
        return "another host"
    if method == "POST" and not _digest_fits(demands, headers.get("digest"), body):
        return "digest"
    if demands.window is not None:
        try:
            age = now - parsedate_to_datetime(headers.get("date", ""))
        except ValueError:
            return "no date"
        if not -demands.skew <= age <= demands.window + demands.skew:
            return "outside the window"
    key = load_pem_public_key(public_pem.encode())
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(
            claim.signature, _text(claim.covered, method, target, headers).encode(), PKCS1v15(), SHA256()
        )
    except (InvalidSignature, KeyError):
        return "the signature does not fit"
    return ""


def _digest_fits(demands: Demands, value: str | None, body: bytes) -> bool:
    if value is None:
        return not demands.digest
    name, _, said = value.partition("=")
    return name.upper() == "SHA-256" and base64.b64decode(said) == hashlib.sha256(body).digest()


def _text(covered: list[str], method: str, target: str, headers: Mapping[str, str]) -> str:
    lines = [
        f"{name}: {f'{method.lower()} {target}' if name == '(request-target)' else headers[name]}"
        for name in covered
    ]
    return "\n".join(lines)
