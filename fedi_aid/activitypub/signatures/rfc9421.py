"""HTTP message signatures (RFC 9421), in the profile that the Fediverse speaks.

What a signature has to have: `@method`, `@target-uri`, with a body also `content-digest`; the parameters
`created` and `keyid`; no algorithm but the one of its kind of key (H15, H17). Of several signatures on one
request, the first that has all this is the one that counts; no other is tried after it. Components with
parameters (`;sf`, `;bs`, `;req` …) are not understood: a signature that covers one has not what is demanded.

Like `cavage`, verifying is split in two, because the key has to be fetched in between.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from fedi_aid.activitypub.signatures import digest, keys, structured
from fedi_aid.activitypub.signatures.cavage import MAX_AGE, MAX_FUTURE, Headers
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.signatures.structured import InnerList, Item

LABEL: Final = "sig1"
RSA: Final = "rsa-v1_5-sha256"
ED25519: Final = "ed25519"
# What a 401 of ours asks for (RFC 9421 section 5.1).
ACCEPT_SIGNATURE: Final = f'{LABEL}=("@method" "@target-uri" "content-digest");created;keyid;alg="{RSA}"'

_ALWAYS = frozenset({"@method", "@target-uri"})
_WITH_BODY = _ALWAYS | {"content-digest"}
_ONLY_ONCE = ("signature-input", "signature", "content-digest", "host", "date")


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """The one signature of a request that counts, read and not yet believed."""

    label: str
    key_id: str
    algorithm: str | None
    input: InnerList
    created: int
    expires: int | None
    signature: bytes

    @property
    def covered(self) -> tuple[str, ...]:
        return tuple(str(item.value) for item in self.input.items)


# --- signing ---------------------------------------------------------------------------------------------


def sign(
    method: str,
    url: str,
    body: bytes | None,
    *,
    key_id: str,
    private_key: keys.PrivateMaterial,
    now: datetime,
    content_type: str = "application/activity+json",
    extra: Headers = (),
) -> list[tuple[str, str]]:
    """The headers to send: Signature-Input and Signature, with a body also Content-Digest and Content-Type.

    `url` is the address as it goes on the wire; `body` is None for a GET; `extra` headers are signed besides.
    ValueError for a key id that is not plain ASCII.
    """
    headers: list[tuple[str, str]] = []
    covered = ["@method", "@target-uri"]
    if body is not None:
        headers = [("Content-Digest", digest.make_content(body)), ("Content-Type", content_type)]
        covered.append("content-digest")
    headers += extra
    covered += [name.lower() for name, _ in extra]
    edwards = isinstance(private_key, Ed25519PrivateKey)
    parameters: structured.Parameters = {
        "created": int(now.timestamp()),
        "keyid": key_id,
        "alg": ED25519 if edwards else RSA,
    }
    wanted = InnerList(tuple(Item(name) for name in covered), parameters)
    base = signature_base(wanted, method=method, url=url, headers=headers)
    if isinstance(private_key, Ed25519PrivateKey):
        signature = private_key.sign(base)
    else:
        signature = private_key.sign(base, PKCS1v15(), SHA256())
    value = base64.b64encode(signature).decode("ascii")
    return [
        *headers,
        ("Signature-Input", f"{LABEL}={structured.write(wanted)}"),
        ("Signature", f"{LABEL}=:{value}:"),
    ]


def signature_base(wanted: InnerList, *, method: str, url: str, headers: Headers) -> bytes:
    """The bytes that are signed (RFC 9421 section 2.5); `BadSignature` when something covered is absent."""
    found = _by_name(headers)
    lines: list[str] = []
    for item in wanted.items:
        name = item.value
        if not isinstance(name, str) or item.parameters:
            raise BadSignature("covers a component that is not understood")
        value = _derived(name, method, url) if name.startswith("@") else _field(name, found)
        lines.append(f'"{name}": {value}')
    lines.append(f'"@signature-params": {structured.write(wanted)}')
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError as error:
        raise BadSignature("signed text is not made of bytes") from error


def _derived(name: str, method: str, url: str) -> str:
    """RFC 9421 section 2.2."""
    parts = urlsplit(url)
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    path, query = parts.path or "/", f"?{parts.query}" if "?" in url else ""
    known = {
        "@method": method.upper(),
        "@target-uri": url,
        "@authority": parts.netloc.lower().removesuffix(usual),
        "@scheme": parts.scheme,
        "@request-target": path + query,
        "@path": path,
        "@query": query or "?",
    }
    if name not in known:
        raise BadSignature(f"covers {name[:40]}, which is not understood")
    return known[name]


def _field(name: str, found: Mapping[str, list[str]]) -> str:
    if name not in found:
        raise BadSignature(f"covers {name[:40]}, which is absent")
    value = ", ".join(found[name])
    if "\n" in value or "\r" in value:
        raise BadSignature(f"line break in {name}")
    return value


def _by_name(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value.strip(" \t"))
    return found


# --- reading ---------------------------------------------------------------------------------------------


def is_used(headers: Headers) -> bool:
    """Whether a request is signed in this way: then a signature of another kind beside it is not looked at,
    whatever becomes of this one (H18)."""
    return any(name.lower() == "signature-input" for name, _ in headers)


def read_signature(headers: Headers, method: str) -> Parsed:
    """Which key is claimed; `BadSignature` unless some signature has what is demanded (H06, H17)."""
    found = _by_name(headers)
    for name in _ONLY_ONCE:
        if len(found.get(name, ())) > 1:
            raise BadSignature(f"header {name} occurs twice")
    if "signature-input" not in found or "signature" not in found:
        raise BadSignature("no signature")
    values = structured.dictionary(found["signature"][0])
    demands = _ALWAYS if method.upper() in ("GET", "HEAD") else _WITH_BODY
    for label, wanted in structured.dictionary(found["signature-input"][0]).items():
        if isinstance(wanted, InnerList) and _has_all(wanted, demands):
            return _parsed(label, wanted, values.get(label))
    raise BadSignature(f"no signature over {', '.join(sorted(demands))} with created and keyid")


def _has_all(wanted: InnerList, demands: frozenset[str]) -> bool:
    names = [item.value for item in wanted.items]
    plain = all(isinstance(item.value, str) and not item.parameters for item in wanted.items)
    return plain and demands.issubset(names) and {"created", "keyid"} <= wanted.parameters.keys()


def _parsed(label: str, wanted: InnerList, value: structured.Member | None) -> Parsed:
    names = [item.value for item in wanted.items]
    if len(set(names)) != len(names):
        raise BadSignature("covers a component twice")
    if not isinstance(value, Item) or not isinstance(value.value, bytes) or not value.value:
        raise BadSignature("no value for the signature")
    key_id, algorithm = wanted.parameters["keyid"], wanted.parameters.get("alg")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= 2_048:
        raise BadSignature("no key id")
    if algorithm is not None and algorithm not in (RSA, ED25519):
        raise BadSignature("unknown algorithm")
    created = _seconds(wanted.parameters, "created")
    assert created is not None
    return Parsed(
        label=label,
        key_id=key_id,
        algorithm=None if algorithm is None else str(algorithm),
        input=wanted,
        created=created,
        expires=_seconds(wanted.parameters, "expires"),
        signature=value.value,
    )


def _seconds(parameters: structured.Parameters, name: str) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**33:
        raise BadSignature(f"{name} is not a number of seconds")
    return value


# --- verifying -------------------------------------------------------------------------------------------


def verify(
    parsed: Parsed,
    *,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    public_key: keys.PublicMaterial,
    now: datetime,
    max_age: timedelta = MAX_AGE,
    max_future: timedelta = MAX_FUTURE,
) -> None:
    """`BadSignature` unless the request is the one that the holder of the key signed, for us and just now.

    `url` is our own origin, as others have to spell it, with path and query as received: what was signed for
    another host or scheme does not fit (H10, H17). That the key belongs to the acting actor is for the caller
    to know (H11–H13).
    """
    if "content-digest" in parsed.covered:
        digest.check_content(_single(headers, "content-digest"), body)
    elif body:
        raise BadSignature("does not cover the body")
    _check_times(parsed, now, max_age, max_future)
    keys.check_material(public_key)
    expected = ED25519 if isinstance(public_key, Ed25519PublicKey) else RSA
    if parsed.algorithm not in (None, expected):
        raise BadSignature("another algorithm than the key's")
    base = signature_base(parsed.input, method=method, url=url, headers=headers)
    try:
        if isinstance(public_key, Ed25519PublicKey):
            public_key.verify(parsed.signature, base)
        else:
            public_key.verify(parsed.signature, base, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise BadSignature("the signature does not fit") from error


def _single(headers: Headers, name: str) -> str:
    values: Sequence[str] = _by_name(headers).get(name, [])
    if len(values) != 1:
        raise BadSignature(f"no header {name}")
    return values[0]


def _check_times(parsed: Parsed, now: datetime, max_age: timedelta, max_future: timedelta) -> None:
    """H07."""
    created = datetime.fromtimestamp(parsed.created, UTC)
    if now - created > max_age:
        raise BadSignature("too old")
    if created - now > max_future:
        raise BadSignature("from the future")
    if parsed.expires is not None:
        if parsed.created > parsed.expires:
            raise BadSignature("expires before it was created")
        if parsed.expires < now.timestamp():
            raise BadSignature("expired")
