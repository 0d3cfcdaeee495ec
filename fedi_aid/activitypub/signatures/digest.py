"""Hashes over the raw bytes of a body, checked before JSON is read: `Digest` (RFC 3230) beside cavage
signatures, `Content-Digest` (RFC 9530) beside those of RFC 9421.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from fedi_aid.activitypub.signatures import structured
from fedi_aid.activitypub.signatures.refusals import BadSignature

_HASHES: dict[str, Callable[[bytes], Any]] = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
MAX_VALUES = 8


def make(body: bytes) -> str:
    """`SHA-256=…` over the bytes that are sent."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def check(value: str, body: bytes) -> None:
    """`BadSignature` unless at least one known hash is given and every known one fits the body (H03–H05).

    Names are read in any case, several values may stand in one header, unknown names are passed over;
    a header with unknown names only is refused.
    """
    parts = value.split(",")
    if len(parts) > MAX_VALUES:
        raise BadSignature("digest: too many values")
    known = 0
    for part in parts:
        name, _, text = part.strip().partition("=")
        make_hash = _HASHES.get(name.strip().lower())
        if make_hash is None:
            continue
        known += 1
        try:
            claimed = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadSignature("digest: not base64") from error
        if not hmac.compare_digest(claimed, make_hash(body).digest()):
            raise BadSignature("digest: the body is another one")
    if known == 0:
        raise BadSignature("digest: no known algorithm")


def make_content(body: bytes) -> str:
    """`sha-256=:…:` over the bytes that are sent, for `Content-Digest`."""
    return f"sha-256={structured.write(structured.Item(hashlib.sha256(body).digest()))}"


def check_content(value: str, body: bytes) -> None:
    """Like `check`, for `Content-Digest`: at least one known hash, and every known one fits (H03–H05)."""
    known = 0
    for name, member in structured.dictionary(value).items():
        make_hash = _HASHES.get(name)
        if make_hash is None:
            continue
        known += 1
        claimed = member.value if isinstance(member, structured.Item) else None
        if not isinstance(claimed, bytes):
            raise BadSignature("digest: not a byte sequence")
        if not hmac.compare_digest(claimed, make_hash(body).digest()):
            raise BadSignature("digest: the body is another one")
    if known == 0:
        raise BadSignature("digest: no known algorithm")
