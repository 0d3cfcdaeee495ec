"""A note as a double keeps it, and the places where its residents meet it."""

import json
from dataclasses import dataclass, field
from typing import Any, Final, Literal

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
# Where somebody meets a note: their home, a notification, a filtered one, a private conversation.
Place = Literal["home", "notified", "filtered", "conversation"]
NOBODY: Final[frozenset[Place]] = frozenset()


@dataclass
class Held:
    """A copy of a note. `people` are residents it is for: True when a Mention tag names them."""

    id: str
    author: str
    visibility: str
    people: dict[str, bool]
    note: dict[str, Any]
    inboxes: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return json.dumps(self.note, ensure_ascii=False)


def copy_of(note: dict[str, Any], visibility: str, people: dict[str, bool], owner: str | None) -> Held:
    inboxes = {owner} if owner else set()
    return Held(note["id"], note["attributedTo"], visibility, people, note, inboxes)


def reach(to: list[str], cc: list[str], author: str) -> str:
    if PUBLIC in to:
        return "public"
    if PUBLIC in cc:
        return "unlisted"
    return "private" if f"{author}/followers" in to else "direct"


def words(value: Any) -> list[str]:
    """A property that may be one or several."""
    return [value] if isinstance(value, str) else [one for one in value or [] if isinstance(one, str)]


def tagged(note: dict[str, Any]) -> set[str]:
    """Whom Mention tags name."""
    tags = note.get("tag") or []
    return {tag["href"] for tag in (tags if isinstance(tags, list) else [tags]) if tag["type"] == "Mention"}
