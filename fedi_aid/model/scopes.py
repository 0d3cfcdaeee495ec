"""OAuth scopes: which exist, and which contains which. The words are Mastodon's: every client sends them."""

from collections.abc import Iterable
from typing import Final

DEFAULT_SCOPE: Final = "read"
MAX_SCOPES: Final = 1_000  # characters of one scope string

_READ = (
    "accounts",
    "blocks",
    "bookmarks",
    "circles",
    "collections",
    "favourites",
    "filters",
    "follows",
    "lists",
    "me",
    "mutes",
    "notifications",
    "search",
    "statuses",
)
_WRITE = (
    "accounts",
    "blocks",
    "bookmarks",
    "circles",
    "collections",
    "conversations",
    "favourites",
    "filters",
    "follows",
    "lists",
    "media",
    "mutes",
    "notifications",
    "reports",
    "statuses",
)
_ADMIN = (
    "accounts",
    "reports",
    "domain_allows",
    "domain_blocks",
    "ip_blocks",
    "email_domain_blocks",
    "canonical_email_blocks",
)

SCOPES: Final[tuple[str, ...]] = (
    "read",
    *(f"read:{name}" for name in _READ),
    "write",
    *(f"write:{name}" for name in _WRITE),
    "follow",
    "push",
    "profile",
    "admin:read",
    *(f"admin:read:{name}" for name in _ADMIN),
    "admin:write",
    *(f"admin:write:{name}" for name in _ADMIN),
)
_KNOWN = frozenset(SCOPES)

# The old bundle of ties and protection that every client still asks for.
_FOLLOW = frozenset(f"{verb}:{what}" for verb in ("read", "write") for what in ("blocks", "follows", "mutes"))


def parse(text: str) -> tuple[str, ...]:
    """The scopes of a string separated by white space (or `+`), each once, in order."""
    return tuple(dict.fromkeys(text[:MAX_SCOPES].replace("+", " ").split()))


def unknown(scopes: Iterable[str]) -> tuple[str, ...]:
    """Those that do not exist here."""
    return tuple(scope for scope in scopes if scope not in _KNOWN)


def covers(granted: Iterable[str], needed: str) -> bool:
    """Whether somebody who was granted these scopes has the needed one: itself or what contains it."""
    held = set(granted)
    if needed in held or (needed in _FOLLOW and "follow" in held):
        return True
    above = needed.rpartition(":")[0]
    return bool(above) and above in held


def within(asked: Iterable[str], allowed: Iterable[str]) -> bool:
    """Every scope asked for is covered by an allowed one."""
    held = tuple(allowed)
    return all(covers(held, scope) for scope in asked)
