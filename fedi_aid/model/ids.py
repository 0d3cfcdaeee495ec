"""Identifiers: time-ordered numbers inside, opaque random names outside.

A row's id is 48 bits of milliseconds since 1970, then 16 bits of sequence (Mastodon's snowflake: clients
compare ids by length and text, so they must sort by time and keep their length for centuries).
What the outside world sees of a hidden thing must not tell when it was made or how many there are,
so URIs carry `opaque()` instead: 128 random bits.
"""

import secrets
import threading
from typing import NewType

PersonId = NewType("PersonId", int)
PostId = NewType("PostId", int)
ProjectId = NewType("ProjectId", int)
RowId = NewType("RowId", int)
MemberId = PersonId

SEQUENCE_BITS = 16
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_EVEN = 256 - 256 % len(_ALPHABET)  # bytes below it give every sign alike; the others are dropped
_SIGN_OF = bytes(ord(_ALPHABET[byte % len(_ALPHABET)]) for byte in range(256))
_UNEVEN = bytes(range(_EVEN, 256))


class IdMaker:
    """Makes strictly growing ids, also when the clock stands still or steps back. Safe between threads.

    Two processes of one instance could make the same id in the same millisecond; the sequence starts at
    a random number per process and millisecond, and the primary key refuses the rest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def make(self, now_ms: int) -> int:
        """The next id for a moment in milliseconds since 1970; always greater than the one before."""
        with self._lock:
            if now_ms <= self._last >> SEQUENCE_BITS:
                self._last += 1
            else:
                self._last = (now_ms << SEQUENCE_BITS) | secrets.randbits(SEQUENCE_BITS - 4)
            return self._last


def moment_of(row_id: int) -> int:
    """Milliseconds since 1970 at which an id was made."""
    return row_id >> SEQUENCE_BITS


def opaque(length: int = 26) -> str:
    """A random name that cannot be guessed or ordered; 26 signs carry 128 bits."""
    # Made for every reader of a post: the system is asked once, and for a few bytes too many.
    signs = b""
    while len(signs) < length:
        signs += secrets.token_bytes(length + 8).translate(_SIGN_OF, _UNEVEN)
    return signs[:length].decode()


def opaques(number: int, length: int = 26) -> list[str]:
    """So many of them, for all the readers of a post: the system is asked once."""
    signs = b""
    while len(signs) < length * number:
        signs += secrets.token_bytes(length * number + 64).translate(_SIGN_OF, _UNEVEN)
    text = signs.decode()
    return [text[at : at + length] for at in range(0, length * number, length)]
