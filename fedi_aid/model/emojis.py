"""Little pictures in texts of other servers, written as `:name:`."""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

# Of one text or profile; longer names are nobody's (D05).
MOST: Final = 100
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,100}", re.ASCII)


class Emoji(msgspec.Struct, frozen=True):
    """`name` as it stands between colons, `url` where the picture lies on its author's server."""

    name: str
    url: str


def used_in(texts: Iterable[str], offered: Iterable[tuple[str, str]]) -> tuple[Emoji, ...]:
    """Of the (name, url) pairs offered, with or without colons, those that these texts name; each once."""
    said = set(re.findall(r":([A-Za-z0-9_]{1,100})(?=:)", "\n".join(texts)))
    found: dict[str, Emoji] = {}
    for name, url in offered:
        bare = name.strip(":")
        if bare in said and len(found) < MOST and _NAME.fullmatch(bare):
            found.setdefault(bare, Emoji(bare, url))
    return tuple(found.values())


def stored(emojis: Iterable[Emoji]) -> list[list[str]] | None:
    """As it is kept in a row; None for none."""
    return [[one.name, one.url] for one in emojis] or None


def from_stored(kept: Any) -> tuple[Emoji, ...]:
    return tuple(Emoji(name, url) for name, url in kept or ())
