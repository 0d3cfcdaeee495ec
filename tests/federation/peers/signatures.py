"""draft-cavage signatures as each software makes and checks them; no line of fedi_aid's own code in here."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_PART = re.compile(r'(\w+)=(?:"([^"]*)"|(\d+))')
_DIGEST = re.compile(r"([a-zA-Z0-9-]+)=(.+)")

# What a request-target has to be: the path with its query; that or, for old senders, without it; the path.
Query = Literal["signed", "either", "ignored"]


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """The form in which a software signs; `key` is what stands after an actor's id in a key id."""

    post: str
    get: str
    algorithm: str = "rsa-sha256"
    key: str = "#main-key"


class Demands(msgspec.Struct, frozen=True, kw_only=True):
    """What a software wants of a signature before it believes it.

    `covered` on POSTs, `covered_get` on GETs; of each set in `one_of` at least one. `window` is the greatest
    age, `skew` what is added at both ends; None checks no date. `digest` False: only looked at when present.
    """

    covered: frozenset[str] = frozenset()
    covered_get: frozenset[str] = frozenset()
    one_of: tuple[frozenset[str], ...] = ()
    algorithms: frozenset[str] = frozenset({"rsa-sha256", "hs2019", ""})
    digest: bool = True
    window: timedelta | None = None
    skew: timedelta = timedelta(0)
    own_host: bool = True
    query: Query = "signed"
    twice: bool = True  # whether a parameter may be there twice: the last one counts then
    signed_gets: bool = False


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A Signature header, read."""

    key_id: str
    algorithm: str
    covered: list[str]
    signature: bytes
    created: datetime | None
    twice: bool


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it reached a server: what a signature is held against."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    host: str

    @property
    def target(self) -> str:
        return self.path + (f"?{self.query}" if self.query else "")


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
    text = _text(covered, method, target, headers, None)
    made = base64.b64encode(private(private_pem).sign(text.encode(), PKCS1v15(), SHA256())).decode()
    headers["signature"] = (
        f'keyId="{key_id}",algorithm="{signs.algorithm}",headers="{" ".join(covered)}",signature="{made}"'
    )
    return headers


@cache
def private(pem: str) -> RSAPrivateKey:
    """Read once: the checks of a private key take longer than many signatures."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


@cache
def public(pem: str) -> RSAPublicKey:
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, RSAPublicKey)
    return key


def read(value: str) -> Claim:
    found = _PART.findall(value)
    parts = {name: quoted or bare for name, quoted, bare in found}
    try:
        signature = base64.b64decode(parts.get("signature", ""))
    except binascii.Error:
        signature = b""
    created = parts.get("created", "")
    return Claim(
        key_id=parts.get("keyId", ""),
        algorithm=parts.get("algorithm", ""),
        covered=parts.get("headers", "date").lower().split(),
        signature=signature,
        created=datetime.fromtimestamp(int(created), UTC) if created.isdecimal() else None,
        twice=len(found) != len(parts),
    )


def objection(demands: Demands, claim: Claim, asked: Asked, public_pem: str, now: datetime) -> str:
    """Why this software turns the request away; empty when it does not."""
    if claim.twice and not demands.twice:
        return "a parameter is there twice"
    wanted = demands.covered if asked.method == "POST" else demands.covered_get
    if missing := wanted.difference(claim.covered):
        return f"does not cover {sorted(missing)}"
    for some in demands.one_of:
        if some.isdisjoint(claim.covered):
            return f"covers none of {sorted(some)}"
    if claim.algorithm not in demands.algorithms:
        return f"algorithm {claim.algorithm}"
    if demands.own_host and asked.headers.get("host", "").lower() != asked.host:
        return "another host"
    if asked.method == "POST" and not _digest_fits(demands, asked.headers.get("digest"), asked.body):
        return "digest"
    if demands.window is not None and (late := _outside(demands, claim, asked.headers, now)):
        return late
    return "" if _holds(demands, claim, asked, public_pem) else "the signature does not fit"


def _outside(demands: Demands, claim: Claim, headers: Mapping[str, str], now: datetime) -> str:
    when = claim.created if "(created)" in claim.covered else None
    if when is None:
        try:
            when = parsedate_to_datetime(headers.get("date", ""))
        except ValueError:
            return "no date"
    assert demands.window is not None
    return "" if -demands.skew <= now - when <= demands.window + demands.skew else "outside the window"


def _holds(demands: Demands, claim: Claim, asked: Asked, public_pem: str) -> bool:
    targets = {
        "signed": [asked.target],
        "either": list(dict.fromkeys([asked.target, asked.path])),
        "ignored": [asked.path],
    }[demands.query]
    for target in targets:
        try:
            text = _text(claim.covered, asked.method, target, asked.headers, claim.created)
            public(public_pem).verify(claim.signature, text.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, KeyError):
            continue
        return True
    return False


def _digest_fits(demands: Demands, value: str | None, body: bytes) -> bool:
    if value is None:
        return not demands.digest
    match = _DIGEST.fullmatch(value)
    wanted = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return match is not None and match[1].upper() == "SHA-256" and match[2] == wanted


def _text(
    covered: list[str], method: str, target: str, headers: Mapping[str, str], created: datetime | None
) -> str:
    derived = {"(request-target)": f"{method.lower()} {target}"}
    if created is not None:
        derived["(created)"] = str(int(created.timestamp()))
    return "\n".join(f"{name}: {derived[name] if name in derived else headers[name]}" for name in covered)
