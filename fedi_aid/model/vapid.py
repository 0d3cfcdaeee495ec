"""The key by which push services know this instance (VAPID, RFC 8292).

Clients subscribe with its public half, so it must outlive the process: it is made from the secret of the
instance, once and for all processes alike.
"""

import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# The order of the group of P-256 (FIPS 186-4, D.1.2.3).
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LIFE: Final = timedelta(hours=12)  # of one token; push services take at most a day


class VapidKey:
    """A signing key on P-256. It does not show its private half."""

    __slots__ = ("_key", "public", "public_bytes")

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public_bytes = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        # Padded, as clients have always been given it.
        self.public = urlsafe_b64encode(self.public_bytes).decode()

    @classmethod
    def random(cls) -> "VapidKey":
        """A key that dies with the process."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def derived(cls, secret: bytes) -> "VapidKey":
        """The key of a secret of at least 32 random bytes: always the same one."""
        number = int.from_bytes(secret, "big") % (_ORDER - 1) + 1
        return cls(ec.derive_private_key(number, ec.SECP256R1()))

    def __repr__(self) -> str:
        return f"VapidKey({self.public})"

    def token(self, audience: str, contact: str, now: datetime) -> str:
        """A signed word to one push service (RFC 8292 §2): `audience` is its origin, `contact` a `mailto:` or
        https address of whoever runs the instance."""
        head = {"typ": "JWT", "alg": "ES256"}
        claims = {"aud": audience, "exp": int((now + _LIFE).timestamp()), "sub": contact}
        said = f"{_part(json.dumps(head).encode())}.{_part(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(self._key.sign(said.encode(), ec.ECDSA(SHA256())))
        # JWS wants the two numbers side by side (RFC 7518 §3.4), not DER.
        return f"{said}.{_part(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _part(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
