"""Completing conversations of others: asked for when a post arrives or somebody looks, done by a job."""

from datetime import timedelta
from typing import Final

from fedi_aid.storage import threads
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

EVERY: Final = timedelta(minutes=15)


def is_due(tx: Tx, post_id: int) -> bool:
    """Whether `complete` would have anything done."""
    return threads.is_due(tx, post_id, EVERY)


def complete(tx: Tx, post_id: int) -> None:
    """Have the rest of a public conversation looked for elsewhere, at most every 15 minutes for a post.

    Asked by the instance: no other server learns which member looked (F15)."""
    if threads.is_due(tx, post_id, EVERY):
        threads.take_turn(tx, post_id)
        jobs.complete_thread(tx, post_id)
