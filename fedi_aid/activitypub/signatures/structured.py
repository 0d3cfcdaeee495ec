"""Structured fields (RFC 9651) as far as signatures need them: dictionaries of items and inner lists.

Stricter than the RFC in one thing: a key or parameter that occurs twice is refused (H06), where the RFC lets
the last one win without a trace. Not understood, and refused: decimals, dates, display strings.
"""

import base64
import binascii
import re
from typing import Final, TypeAlias

import msgspec

from fedi_aid.activitypub.signatures.refusals import BadSignature

MAX_LENGTH: Final = 8_192
MAX_MEMBERS: Final = 8
MAX_ITEMS: Final = 50


class Token(msgspec.Struct, frozen=True):
    """A word without quotes, which is another thing than the same word as a string."""

    word: str


Bare: TypeAlias = int | str | bytes | bool | Token
Parameters: TypeAlias = dict[str, Bare]


class Item(msgspec.Struct, frozen=True):
    """A value with its parameters."""

    value: Bare
    parameters: Parameters = {}


class InnerList(msgspec.Struct, frozen=True):
    """`("a" "b");c=1`: items in order, and parameters of the whole."""

    items: tuple[Item, ...]
    parameters: Parameters = {}


Member: TypeAlias = Item | InnerList


# --- reading ---------------------------------------------------------------------------------------------

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*+)"')
_BYTES = re.compile(r":([A-Za-z0-9+/=]*+):")
_BOOLEAN = re.compile(r"\?([01])")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*+")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_SPACES = re.compile(r" *+")


def dictionary(text: str) -> dict[str, Member]:
    """The members of a dictionary, in order; `BadSignature` for what is malformed, double or too much."""
    if len(text) > MAX_LENGTH:
        raise BadSignature("structured field too long")
    reader = _Reader(text.strip(" "))
    found: dict[str, Member] = {}
    while True:
        key = reader.take(_KEY)
        if key in found:
            raise BadSignature(f"{key} occurs twice")
        found[key] = reader.member()
        if reader.at_end():
            return found
        if len(found) == MAX_MEMBERS:
            raise BadSignature("structured field with too many members")
        reader.take(_COMMA)


class _Reader:
    """A place in a text. Everything it does not expect is malformed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def at_end(self) -> bool:
        return self._at == len(self._text)

    def take(self, pattern: re.Pattern[str]) -> str:
        """What the pattern matches here: its group if it has one."""
        match = pattern.match(self._text, self._at)
        if match is None:
            raise BadSignature(f"structured field malformed at {self._at}")
        self._at = match.end()
        return match[match.lastindex or 0]

    def _next_is(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += 1
        return True

    def member(self) -> Member:
        if not self._next_is("="):
            return Item(True, self._parameters())
        if not self._next_is("("):
            return self._item()
        items: list[Item] = []
        self.take(_SPACES)
        while not self._next_is(")"):
            if len(items) == MAX_ITEMS:
                raise BadSignature("structured field with too many items")
            items.append(self._item())
            if not self.take(_SPACES) and not self._text.startswith(")", self._at):
                raise BadSignature(f"structured field malformed at {self._at}")
        return InnerList(tuple(items), self._parameters())

    def _item(self) -> Item:
        return Item(self._bare(), self._parameters())

    def _parameters(self) -> Parameters:
        found: Parameters = {}
        while self._next_is(";"):
            self.take(_SPACES)
            key = self.take(_KEY)
            if key in found:
                raise BadSignature(f"parameter {key} occurs twice")
            found[key] = self._bare() if self._next_is("=") else True
            if len(found) > MAX_ITEMS:
                raise BadSignature("structured field with too many parameters")
        return found

    def _bare(self) -> Bare:
        sign = self._text[self._at : self._at + 1]
        if sign == '"':
            return re.sub(r"\\(.)", r"\1", self.take(_STRING))
        if sign == ":":
            try:
                return base64.b64decode(self.take(_BYTES), validate=True)
            except (binascii.Error, ValueError) as error:
                raise BadSignature("structured field with bad base64") from error
        if sign == "?":
            return self.take(_BOOLEAN) == "1"
        if sign == "-" or sign.isdigit():
            return int(self.take(_INTEGER))
        return Token(self.take(_TOKEN))


# --- writing ---------------------------------------------------------------------------------------------


def write(member: Member) -> str:
    """The one way to write a member (RFC 9651 section 4.1). ValueError for a string beyond plain ASCII."""
    if isinstance(member, Item):
        return _write_bare(member.value) + _write_parameters(member.parameters)
    return f"({' '.join(write(item) for item in member.items)})" + _write_parameters(member.parameters)


def _write_parameters(parameters: Parameters) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={_write_bare(value)}" for key, value in parameters.items()
    )


def _write_bare(value: Bare) -> str:
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode('ascii')}:"
    if isinstance(value, Token):
        return value.word
    if not re.fullmatch(r"[\x20-\x7e]*", value):
        raise ValueError("a string in a structured field is plain ASCII")
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return f'"{escaped}"'
