"""A poll as a Question, and an answer to one (FEP-9967)."""

from datetime import datetime
from typing import Any

from fedi_aid.activitypub import extension
from fedi_aid.activitypub.builders.stamps import stamp
from fedi_aid.model.polls import Poll


def question(poll: Poll, now: datetime) -> dict[str, Any]:
    """What a note with a poll has besides; results that are hidden until the end are zeros until then."""
    shown = poll.totals_are_shown(now)
    found: dict[str, Any] = {
        "type": "Question",
        "anyOf" if poll.multiple else "oneOf": [
            {
                "type": "Note",
                "name": option,
                "replies": {"type": "Collection", "totalItems": count if shown else 0},
            }
            for option, count in zip(poll.options, poll.counts, strict=True)
        ],
        "votersCount": poll.voters if shown else 0,
    }
    if poll.ends_at is not None:
        found["endTime"] = stamp(poll.ends_at)
    if poll.closed_at is not None:
        found["closed"] = stamp(poll.closed_at)
    return found


def vote(uri: str, voter: str, question_uri: str, author: str, option: str, now: datetime) -> dict[str, Any]:
    """The Create of one choice: to the author of the poll alone, and without a word of its own."""
    note = {
        "id": uri,
        "type": "Note",
        "attributedTo": voter,
        "to": [author],
        "cc": [],
        "name": option,
        "inReplyTo": question_uri,
        "published": stamp(now),
    }
    return {
        "@context": extension.PLAIN_CONTEXT,
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": voter,
        "to": [author],
        "cc": [],
        "published": stamp(now),
        "object": note,
    }
