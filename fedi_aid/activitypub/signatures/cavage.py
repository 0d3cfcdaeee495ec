"""HTTP signatures as the Fediverse speaks them: draft-cavage-http-signatures-12, with stricter rules.

Verifying is split in two, because the key has to be fetched in between: `read_signature` says which key is
claimed, `verify` checks everything else. What is stricter than the draft: the covered set must bind
method, target, host, time and body (H02); the kind of key decides the algorithm (H15); nothing is taken twice
(H06).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from fedi_aid.activitypub.signatures import digest, keys
from fedi_aid.activitypub.signatures.refusals import BadSignature

Headers = Sequence[tuple[str, str]]

MAX_AGE = timedelta(hours=1)
MAX_FUTURE = timedelta(minutes=5)
MAX_HEADER = 8_192
MAX_COVERED = 50

_ONLY_ONCE = ("signature", "digest", "host", "date")
# What peers write; the kind of key decides what is done (H15).
_ALGORITHMS = frozenset({"rsa-sha256", "hs2019", "ed25519"})
# The draft forbids `(created)` and `(expires)` beside the older algorithm names.
_ALGORITHMS_WITH_TIMES = frozenset({None, "hs2019"})


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """A `Signature` header, read and not yet believed. `covered` is in signing order, in lower case."""

    key_id: str
    algorithm: str | None
    covered: tuple[str, ...]
    signature: bytes
    created: int | None
    expires: int | None

    def fingerprint(self) -> bytes:
        """32 bytes that stand for this one signature by this one key, to remember against replay (H08)."""
        return hashlib.sha256(self.key_id.encode("utf-8", "surrogatepass") + b"\0" + self.signature).digest()


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A request to sign: `target` is path and query as sent, `body` is None for a GET."""

    method: str
    host: str
    target: str
    body: bytes | None = None
    content_type: str = "application/activity+json"
    extra: tuple[tuple[str, str], ...] = ()  # headers that are signed besides


# --- signing ---------------------------------------------------------------------------------------------


def sign(
    request: Outgoing, *, key_id: str, private_key: keys.PrivateMaterial, now: datetime
) -> list[tuple[str, str]]:
    """The headers to send: Host, Date, with a body also Digest and Content-Type, and Signature.

    RSA keys sign as `rsa-sha256`, which every peer accepts; Ed25519 keys as `hs2019`. Headers that are
    signed must be sent exactly as returned.
    """
    headers = [("Host", request.host), ("Date", format_datetime(now.astimezone(UTC), usegmt=True))]
    covered = ["(request-target)", "host", "date"]
    if request.body is not None:
        headers += [("Digest", digest.make(request.body)), ("Content-Type", request.content_type)]
        covered += ["digest", "content-type"]
    headers += request.extra
    covered += [name.lower() for name, _ in request.extra]
    base = _octets(signing_string(request.method, request.target, headers, covered))
    if isinstance(private_key, Ed25519PrivateKey):
        algorithm, signature = "hs2019", private_key.sign(base)
    else:
        algorithm, signature = "rsa-sha256", private_key.sign(base, PKCS1v15(), SHA256())
    value = (
        f'keyId="{key_id}",algorithm="{algorithm}",headers="{" ".join(covered)}",'
        f'signature="{base64.b64encode(signature).decode("ascii")}"'
    )
    return [*headers, ("Signature", value)]


def signing_string(
    method: str,
    target: str,
    headers: Headers,
    covered: Sequence[str],
    *,
    created: int | None = None,
    expires: int | None = None,
) -> str:
    """The text that is signed (draft section 2.3); `BadSignature` when something covered is absent."""
    found = _by_name(headers)
    lines: list[str] = []
    for name in covered:
        if name == "(request-target)":
            value = f"{method.lower()} {target}"
        elif name == "(created)" and created is not None:
            value = str(created)
        elif name == "(expires)" and expires is not None:
            value = str(expires)
        elif name in found:
            value = ", ".join(found[name])
        else:
            raise BadSignature(f"covers {name}, which is absent")
        if "\n" in value or "\r" in value:
            raise BadSignature(f"line break in {name}")
        lines.append(f"{name}: {value}")
    return "\n".join(lines)


def _octets(base: str) -> bytes:
    """Header values are Latin-1 decoded bytes, as ASGI servers give them: back to those bytes."""
    try:
        return base.encode("latin-1")
    except UnicodeEncodeError as error:
        raise BadSignature("signed text is not made of bytes") from error


def _by_name(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value.strip(" \t"))
    return found


# --- reading ---------------------------------------------------------------------------------------------

_PARAMETER = re.compile(r'[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*+)"|([0-9]{1,15}))[ \t]*(,|\Z)')


def read_signature(headers: Headers) -> Parsed:
    """Which key is claimed for these headers; `BadSignature` unless there is one well-formed signature.

    Repeated parameters, and repeated Signature, Digest, Host or Date headers, are refused (H06), as is a
    request without a signature (H01).
    """
    found = _by_name(headers)
    for name in _ONLY_ONCE:
        if len(found.get(name, ())) > 1:
            raise BadSignature(f"header {name} occurs twice")
    if "signature" not in found:
        raise BadSignature("no signature")
    parameters = _parameters(found["signature"][0])
    algorithm = parameters["algorithm"].lower() if "algorithm" in parameters else None
    if algorithm is not None and algorithm not in _ALGORITHMS:
        raise BadSignature("unknown algorithm")
    key_id = parameters.get("keyId", "")
    if not key_id or len(key_id) > 2_048:
        raise BadSignature("no key id")
    covered = tuple(parameters.get("headers", "").lower().split())
    if not covered or len(covered) > MAX_COVERED or len(set(covered)) != len(covered):
        raise BadSignature("no good list of covered headers")
    try:
        signature = base64.b64decode(parameters.get("signature", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("signature is not base64") from error
    if not signature:
        raise BadSignature("empty signature")
    return Parsed(
        key_id=key_id,
        algorithm=algorithm,
        covered=covered,
        signature=signature,
        created=_seconds(parameters, "created"),
        expires=_seconds(parameters, "expires"),
    )


def _parameters(value: str) -> dict[str, str]:
    if len(value) > MAX_HEADER:
        raise BadSignature("signature header too long")
    found: dict[str, str] = {}
    seen: set[str] = set()
    position = 0
    while position < len(value):
        match = _PARAMETER.match(value, position)
        if match is None:
            raise BadSignature("signature header is malformed")
        name, quoted, bare, end = match.groups()
        if name.lower() in seen:
            raise BadSignature(f"parameter {name} occurs twice")
        seen.add(name.lower())
        found[name] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = match.end()
        if end == "," and position == len(value):
            raise BadSignature("signature header is malformed")
    return found


def _seconds(parameters: Mapping[str, str], name: str) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise BadSignature(f"{name} is not a number of seconds")
    return int(value)


# --- verifying -------------------------------------------------------------------------------------------


def verify(
    parsed: Parsed,
    *,
    method: str,
    target: str,
    headers: Headers,
    body: bytes,
    public_key: keys.PublicMaterial,
    our_hosts: Collection[str],
    now: datetime,
    max_age: timedelta = MAX_AGE,
    max_future: timedelta = MAX_FUTURE,
) -> None:
    """`BadSignature` unless the request is the one that the holder of the key signed, for us and just now.

    `target` is path and query as received, `our_hosts` in lower case (with the port where it is not the usual
    one). That the key belongs to the acting actor is for the caller to know (H11–H13), as is remembering
    `parsed.fingerprint()` (H08). The target is tried with its query and, for old peers, without.
    """
    _check_covered(parsed, method, body)
    found = _by_name(headers)
    for name in _ONLY_ONCE:
        if len(found.get(name, ())) > 1:
            raise BadSignature(f"header {name} occurs twice")
    if "digest" in parsed.covered:
        digest.check(_single(found, "digest"), body)
    _check_host(_single(found, "host"), our_hosts)
    _check_times(parsed, found, now, max_age, max_future)
    keys.check_material(public_key)
    for tried in dict.fromkeys((target, target.partition("?")[0])):
        base = signing_string(
            method, tried, headers, parsed.covered, created=parsed.created, expires=parsed.expires
        )
        if _holds(public_key, parsed.signature, _octets(base)):
            return
    raise BadSignature("the signature does not fit")


def _check_covered(parsed: Parsed, method: str, body: bytes) -> None:
    required = {"(request-target)", "host"}
    if body or method.upper() not in ("GET", "HEAD"):
        required.add("digest")
    missing = required.difference(parsed.covered)
    if missing:
        raise BadSignature(f"does not cover {', '.join(sorted(missing))}")
    if "date" not in parsed.covered and "(created)" not in parsed.covered:
        raise BadSignature("does not cover a time")
    times = {"(created)", "(expires)"}.intersection(parsed.covered)
    if times and parsed.algorithm not in _ALGORITHMS_WITH_TIMES:
        raise BadSignature(f"{sorted(times)[0]} with an algorithm that excludes it")


def _single(found: Mapping[str, list[str]], name: str) -> str:
    values = found.get(name, [])
    if len(values) != 1:
        raise BadSignature(f"no header {name}")
    return values[0]


def _check_host(host: str, our_hosts: Collection[str]) -> None:
    host = host.lower()
    if host not in our_hosts and host.removesuffix(":443") not in our_hosts:
        raise BadSignature("signed for another host")


def _check_times(
    parsed: Parsed, found: Mapping[str, list[str]], now: datetime, max_age: timedelta, max_future: timedelta
) -> None:
    """H07: every covered time in the window. `expires` counts even when uncovered, as it can only refuse."""
    signed_at = []
    if "date" in parsed.covered:
        signed_at.append(_http_date(_single(found, "date")))
    if "(created)" in parsed.covered and parsed.created is not None:
        signed_at.append(datetime.fromtimestamp(min(parsed.created, 2**33), UTC))
    for moment in signed_at:
        if now - moment > max_age:
            raise BadSignature("too old")
        if moment - now > max_future:
            raise BadSignature("from the future")
    if parsed.expires is not None:
        if parsed.created is not None and parsed.created > parsed.expires:
            raise BadSignature("expires before it was created")
        if parsed.expires < now.timestamp():
            raise BadSignature("expired")


_HTTP_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|\+0000)"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _http_date(value: str) -> datetime:
    match = _HTTP_DATE.fullmatch(value)
    if match is None:
        raise BadSignature("the date cannot be read")
    day, month, year, hour, minute, second = match.groups()
    try:
        return datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError as error:
        raise BadSignature("the date cannot be read") from error


def _holds(key: keys.PublicMaterial, signature: bytes, base: bytes) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, base)
        else:
            key.verify(signature, base, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
