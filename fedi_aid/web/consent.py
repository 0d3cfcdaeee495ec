"""What an app asks, in plain words: OAuth scopes become a few sentences a person can weigh.

The sentences are in the catalogues under `ask.`; this table says which one each scope needs. A broad scope
swallows the finer ones it contains, so nobody reads the same thing twice.
"""

from collections.abc import Iterable

import msgspec


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of the consent page.

    `key` is a key of the catalogue's `ask` table; `scope` is the scope itself where the sentence has to name
    it (an unknown one), else empty; `grave` marks powers over other people's accounts.
    """

    key: str
    scope: str = ""
    grave: bool = False


SENTENCES: dict[str, str] = {
    "read": "read",
    "read:accounts": "read_people",
    "read:blocks": "read_protection",
    "read:bookmarks": "read_posts",
    "read:circles": "read_people",
    "read:collections": "read_posts",
    "read:favourites": "read_posts",
    "read:filters": "read_protection",
    "read:follows": "read_people",
    "read:lists": "read_people",
    "read:me": "profile",
    "read:mutes": "read_protection",
    "read:notifications": "read_notifications",
    "read:search": "read_posts",
    "read:statuses": "read_posts",
    "write": "write",
    "write:accounts": "write_profile",
    "write:blocks": "write_protection",
    "write:bookmarks": "write_marks",
    "write:circles": "write_people",
    "write:collections": "write_marks",
    "write:conversations": "write_posts",
    "write:favourites": "write_marks",
    "write:filters": "write_protection",
    "write:follows": "write_people",
    "write:lists": "write_people",
    "write:media": "write_posts",
    "write:mutes": "write_protection",
    "write:notifications": "write_notifications",
    "write:reports": "write_protection",
    "write:statuses": "write_posts",
    "follow": "follow",
    "push": "push",
    "profile": "profile",
    "admin:read": "admin_read",
    "admin:write": "admin_write",
}

# `follow` is the old bundle of ties and protection; `write` contains it on its own side.
SWALLOWED: dict[str, frozenset[str]] = {
    "read": frozenset({"read_people", "read_posts", "read_protection", "read_notifications", "profile"}),
    "write": frozenset(
        {
            "write_profile",
            "write_posts",
            "write_marks",
            "write_people",
            "write_protection",
            "write_notifications",
        }
    ),
}


def explain_scopes(scopes: Iterable[str]) -> tuple[Ask, ...]:
    """The sentences for a set of scopes, each once: gentle first, then unknown scopes by name, grave last."""
    asked = set(scopes)
    keys = {_sentence(scope) for scope in asked} - {""}
    for broad, finer in SWALLOWED.items():
        if broad in keys:
            keys -= finer
    order = list(dict.fromkeys(SENTENCES.values()))
    known = tuple(Ask(key=key, grave=key.startswith("admin_")) for key in order if key in keys)
    unknown = tuple(Ask(key="other", scope=scope) for scope in sorted(asked) if not _sentence(scope))
    gentle = tuple(ask for ask in known if not ask.grave)
    return gentle + unknown + tuple(ask for ask in known if ask.grave)


def _sentence(scope: str) -> str:
    if scope.startswith(("admin:read:", "admin:write:")):
        scope = scope.rpartition(":")[0]
    return SENTENCES.get(scope, "")
