"""Small things a member keeps for themselves: how far they read, notes on people, conversations done with."""

from datetime import datetime
from typing import Any

import msgspec

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Relation
from fedi_aid.storage import conversations, people, ties, timelines
from fedi_aid.storage.conversations import Conversation
from fedi_aid.storage.tx import Tx

TIMELINES = ("home", "notifications")
NOTE_MAX = 2_000


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far a member read one timeline."""

    timeline: str
    last_read_id: int
    version: int
    updated_at: datetime


def marks(tx: Tx, me: PersonId, wanted: tuple[str, ...]) -> list[Mark]:
    """The marks of these timelines, as far as they were ever set; unknown names are ignored."""
    known = timelines.marks(tx, me, [name for name in TIMELINES if name in wanted])
    return [_mark(name, *found) for name, found in known.items()]


def _mark(name: str, last_read_id: int, version: int, updated_at: datetime) -> Mark:
    return Mark(timeline=name, last_read_id=last_read_id, version=version, updated_at=updated_at)


def set_marks(tx: Tx, me: PersonId, read: dict[str, int]) -> list[Mark]:
    """Remember how far these timelines were read."""
    found: list[Any] = []
    for name, last_read_id in read.items():
        if name in TIMELINES:
            found.append(_mark(name, *timelines.mark(tx, me, name, last_read_id)))
    return found


def note(tx: Tx, me: PersonId, person_id: int, text: str) -> Relation:
    """A private note on somebody, for one's own eyes. NotFound, Refused."""
    if people.by_id(tx, person_id) is None:
        raise NotFound
    if len(text) > NOTE_MAX:
        raise Refused(f"A note has at most {NOTE_MAX} characters", field="comment")
    ties.put_note(tx, me, person_id, text)
    return ties.relations(tx, me, [person_id])[person_id]


def mark_conversation(tx: Tx, me: PersonId, row_id: int, *, unread: bool) -> Conversation:
    """NotFound when it is not one's own."""
    if not conversations.set_unread(tx, me, row_id, unread):
        raise NotFound
    found = conversations.conversation(tx, me, row_id=row_id)
    if found is None:
        raise NotFound
    return found


def forget_conversation(tx: Tx, me: PersonId, row_id: int) -> None:
    if not conversations.forget(tx, me, row_id):
        raise NotFound
