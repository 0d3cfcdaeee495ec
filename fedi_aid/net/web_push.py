"""Web Push (RFC 8030): one message, closed so that only the subscriber's own device reads it.

Two forms: the standard (`aes128gcm`, RFC 8188 and 8291), and the fourth draft of it (`aesgcm`), which clients
that do not ask for the standard still expect. `seal` is pure but for the key and salt that `random_dice`
makes, so that published examples can be checked letter for letter.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fedi_aid.model.vapid import VapidKey
from fedi_aid.net.client import Net, Response
from fedi_aid.net.guard import check_url

POINT_BYTES: Final = 65
AUTH_BYTES: Final = 16
MAX_MESSAGE: Final = 3_900  # bytes: the least that every push service takes is 4,096 with all around it
KEPT_FOR: Final = timedelta(days=2)  # by the push service, for a device that is off
SECONDS: Final = 10.0
_RECORD: Final = 4_096

Fresh = Callable[[], tuple[ec.EllipticCurvePrivateKey, bytes]]
"""A key pair and a salt of 16 bytes, used once."""


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device is reached, and its keys: a point on P-256 and a shared secret, both base64."""

    endpoint: str
    p256dh: str
    auth: str
    standard: bool


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A closed message and the headers that say how it was closed; `crypto_key` only in the old form."""

    body: bytes
    headers: dict[str, str]
    crypto_key: str = ""


def decoded(text: str) -> bytes:
    """Base64 in either alphabet, padded or not. ValueError for anything else."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    if not plain.isascii() or not plain.replace("-", "").replace("_", "").isalnum():
        raise ValueError("not base64")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


def is_point(text: str) -> bool:
    """The base64 of an uncompressed point that lies on P-256."""
    try:
        raw = decoded(text)
        return len(raw) == POINT_BYTES and bool(_point(raw))
    except ValueError:
        return False


def is_auth(text: str) -> bool:
    """The base64 of 16 bytes."""
    try:
        return len(decoded(text)) == AUTH_BYTES
    except ValueError:
        return False


def _point(raw: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def _fresh() -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    return ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)


def seal(to: Subscriber, message: bytes, fresh: Fresh = _fresh) -> Sealed:
    """The message, closed for this subscriber. ValueError for keys that are none, or a message too long."""
    if len(message) > MAX_MESSAGE:
        raise ValueError("the message is too long for a push")
    key, salt = fresh()
    theirs, auth = decoded(to.p256dh), decoded(to.auth)
    ours = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), _point(theirs))
    close = _standard if to.standard else _draft
    return close(message, shared, auth, theirs, ours, salt)


def _standard(message: bytes, shared: bytes, auth: bytes, theirs: bytes, ours: bytes, salt: bytes) -> Sealed:
    """RFC 8291 §3.4, one record of RFC 8188 §2."""
    seed = _hkdf(auth, shared, b"WebPush: info\0" + theirs + ours, 32)
    key = _hkdf(salt, seed, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, seed, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    closed = AESGCM(key).encrypt(nonce, message + b"\2", None)
    return Sealed(body=head + closed, headers={"Content-Encoding": "aes128gcm"})


def _draft(message: bytes, shared: bytes, auth: bytes, theirs: bytes, ours: bytes, salt: bytes) -> Sealed:
    """draft-ietf-webpush-encryption-04 §4, draft-ietf-httpbis-encryption-encoding-03."""
    seed = _hkdf(auth, shared, b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + b"".join(len(one).to_bytes(2, "big") + one for one in (theirs, ours))
    key = _hkdf(salt, seed, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _hkdf(salt, seed, b"Content-Encoding: nonce\0" + context, 12)
    closed = AESGCM(key).encrypt(nonce, b"\0\0" + message, None)
    return Sealed(
        body=closed,
        headers={"Content-Encoding": "aesgcm", "Encryption": f"salt={_encoded(salt)}"},
        crypto_key=f"dh={_encoded(ours)}",
    )


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def headers_for(
    sealed: Sealed, vapid: VapidKey, audience: str, contact: str, now: datetime
) -> dict[str, str]:
    """All headers of the request: how it was closed, who sends it, how long it may wait."""
    token = vapid.token(audience, contact, now)
    ours = _encoded(vapid.public_bytes)
    if sealed.crypto_key:
        who = {
            "Authorization": f"WebPush {token}",
            "Crypto-Key": f"{sealed.crypto_key};p256ecdsa={ours}",
        }
    else:
        who = {"Authorization": f"vapid t={token},k={ours}"}
    return {
        "Content-Type": "application/octet-stream",
        "TTL": str(int(KEPT_FOR.total_seconds())),
        "Urgency": "normal",
        **sealed.headers,
        **who,
    }


async def push(
    net: Net,
    to: Subscriber,
    message: bytes,
    vapid: VapidKey,
    contact: str,
    now: datetime,
    allow_private: bool,
) -> Response:
    """Hand a message to the push service of a subscriber; its answer, whatever it is. `NetError`."""
    checked = check_url(to.endpoint, allow_private=allow_private)
    default = {"https": 443, "http": 80}[checked.scheme]
    shown = f"[{checked.host}]" if ":" in checked.host else checked.host
    origin = f"{checked.scheme}://{shown}" + ("" if checked.port == default else f":{checked.port}")
    sealed = seal(to, message)
    headers = headers_for(sealed, vapid, origin, contact, now)
    return await net.post(checked.url, sealed.body, headers, SECONDS)
