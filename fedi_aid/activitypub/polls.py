"""Reading polls of others, and their votes in ours (FEP-9967)."""

from datetime import datetime
from typing import Any

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.documents import objects, strict_int, text
from fedi_aid.model.polls import KEPT_CHARS, KEPT_OPTIONS, MAX_COUNT, IncomingPoll


def read_poll(note: dict[str, Any], now: datetime) -> IncomingPoll | None:
    """The poll of a Question; None for a note without one. At most 20 options are kept (D04), each once."""
    if not documents.is_type(note, "Question"):
        return None
    multiple = bool(objects(note, "anyOf"))
    found: dict[str, int] = {}
    for option in objects(note, "anyOf" if multiple else "oneOf"):
        name = (text(option, "name") or "").strip()[:KEPT_CHARS]
        if name and len(found) < KEPT_OPTIONS:
            found.setdefault(name, _count(option.get("replies"), "totalItems"))
    if not found:
        return None
    return IncomingPoll(
        options=tuple(found),
        counts=tuple(found.values()),
        multiple=multiple,
        voters=_count(note, "votersCount"),
        ends_at=documents.moment(note, "endTime"),
        closed_at=_closed(note, now),
    )


def _count(document: object, key: str) -> int:
    return max(0, min(MAX_COUNT, strict_int(document, key) or 0))


def _closed(note: dict[str, Any], now: datetime) -> datetime | None:
    """The moment it closed; some say only that it did."""
    if documents.flag(note, "closed") is True:
        return now
    closed = documents.moment(note, "closed")
    return closed if closed is not None and closed <= now else None


def vote_of(note: dict[str, Any]) -> tuple[str, str] | None:
    """(poll, option) of a note that is nothing but a vote: a name, what it answers, and no words."""
    name, poll = text(note, "name"), documents.link(note, "inReplyTo")
    if not documents.is_type(note, "Note") or not name or poll is None:
        return None
    if text(note, "content") or note.get("contentMap") or objects(note, "attachment"):
        return None
    return poll, name.strip()[:KEPT_CHARS]
