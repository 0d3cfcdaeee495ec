"""Two tabs on one thing: a form says what it was made from, and the later one overwrites nothing unseen."""

import hashlib
from typing import Any

import msgspec

from fedi_aid.web.rooms import Form

FIELD = "before"


def mark_of(thing: Any) -> str:
    """A short mark that is another for another thing."""
    return hashlib.sha256(msgspec.json.encode(thing)).hexdigest()[:16]


def was_overtaken(sent: Form, now: Any, wanted: Any) -> bool:
    """Whether a form was made from what does not stand any more. One that is sent twice wants what stands by
    then; one that says nothing of it, from elsewhere, is taken as it is."""
    before = sent.get(FIELD)
    return bool(before) and mark_of(now) not in (before, mark_of(wanted))
