"""A device that subscribed: it opens what it is sent, written from the specifications and sharing no line with
what closes it (HKDF by hand, RFC 5869)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fedi_aid.net.web_push import Subscriber


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """One block is enough for all that is asked here."""
    extracted = hmac.digest(salt, secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:length]


class Device:
    """Its keys, and what it makes of a push."""

    def __init__(self, *, standard: bool, endpoint: str = "https://push.example/device/1") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = bytes(range(16))
        self.public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscriber = Subscriber(
            endpoint=endpoint,
            p256dh=urlsafe_b64encode(self.public).decode(),
            auth=urlsafe_b64encode(self._auth).decode(),
            standard=standard,
        )

    def opens(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The message; an exception for whatever was not closed for this device."""
        kind = headers["Content-Encoding"]
        return self._standard(body) if kind == "aes128gcm" else self._draft(body, headers)

    def _shared(self, theirs: bytes) -> bytes:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        return self._key.exchange(ec.ECDH(), point)

    def _standard(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, closed = body[21 : 21 + length], body[21 + length :]
        assert len(closed) <= size
        seed = _hkdf(self._auth, self._shared(theirs), b"WebPush: info\x00" + self.public + theirs, 32)
        key = _hkdf(salt, seed, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, seed, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(key).decrypt(nonce, closed, None).rstrip(b"\x00")
        assert padded.endswith(b"\x02")  # the last record
        return padded[:-1]

    def _draft(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        named = dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))
        salt, theirs = _raw(headers["Encryption"].removeprefix("salt=")), _raw(named["dh"])
        seed = _hkdf(self._auth, self._shared(theirs), b"Content-Encoding: auth\x00", 32)
        context = b"P-256\x00\x00\x41" + self.public + b"\x00\x41" + theirs
        key = _hkdf(salt, seed, b"Content-Encoding: aesgcm\x00" + context, 16)
        nonce = _hkdf(salt, seed, b"Content-Encoding: nonce\x00" + context, 12)
        opened = AESGCM(key).decrypt(nonce, body, None)
        return opened[2 + int.from_bytes(opened[:2], "big") :]
