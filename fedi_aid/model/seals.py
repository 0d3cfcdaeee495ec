"""Words that only this instance can write and read: parts of addresses that need no table.

A sealed word looks random, is the same whenever the same is sealed, and cannot be changed (AES-SIV,
RFC 5297).
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES: Final = 32
MAX_WORD: Final = 200


class Seal:
    """One key. Keep it out of sight: it does not show itself."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    @classmethod
    def random(cls) -> "Seal":
        """A key that dies with the process."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def __repr__(self) -> str:
        return "Seal(***)"

    def word(self, kind: str, content: bytes) -> str:
        """`content` as a word for an address; a word of one `kind` is none of another."""
        return _written(self._cipher.encrypt(content, [kind.encode()]))

    def content(self, kind: str, word: str) -> bytes | None:
        """What was sealed; None for whatever we did not write."""
        if not word or len(word) > MAX_WORD or not word.isascii():
            return None
        try:
            closed = urlsafe_b64decode(word + "=" * (-len(word) % 4))
            # One spelling only: base64 has others for the last bits.
            return self._cipher.decrypt(closed, [kind.encode()]) if _written(closed) == word else None
        except (ValueError, InvalidTag):
            return None


def _written(closed: bytes) -> str:
    return urlsafe_b64encode(closed).rstrip(b"=").decode()
