"""Multibase with the one prefix ActivityPub uses: `z`, base58 with Bitcoin's alphabet."""

from fedi_aid.activitypub.signatures.refusals import BadSignature

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)}
# The longest thing we read is a 64-byte signature (88 signs); decoding costs the square of the length.
MAX_SIGNS = 128


def encode(data: bytes) -> str:
    """`z` and the base58btc form of `data`."""
    number = int.from_bytes(data, "big")
    signs = ""
    while number:
        number, rest = divmod(number, 58)
        signs = _ALPHABET[rest] + signs
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + signs


def decode(text: str) -> bytes:
    """The bytes of a `z…` text; `BadSignature` for another base, a foreign sign or more than 128 signs."""
    if not text.startswith("z"):
        raise BadSignature("multibase: only base58btc is understood")
    signs = text[1:]
    if not signs or len(signs) > MAX_SIGNS:
        raise BadSignature("multibase: empty or too long")
    number = 0
    for sign in signs:
        value = _VALUES.get(sign)
        if value is None:
            raise BadSignature("multibase: not base58btc")
        number = number * 58 + value
    zeros = len(signs) - len(signs.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
