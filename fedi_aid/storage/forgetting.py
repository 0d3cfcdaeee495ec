"""Rows that have served: what a transaction may delete without anybody missing it."""

from datetime import timedelta

from sqlalchemy import delete

from fedi_aid.storage.tables.federation import activities, key_misses, received
from fedi_aid.storage.tables.help import seen_offers
from fedi_aid.storage.tables.posts import idempotency
from fedi_aid.storage.tx import Tx

SENT = timedelta(days=14)  # no delivery is tried for longer than a week
RECEIVED = timedelta(days=90)  # what comes again later is idempotent by its own id
OFFERS = timedelta(days=100)  # longer than any lease
DRAFTS = timedelta(days=1)


def sent_and_received(tx: Tx) -> int:
    """Old activities, sent and received, with the words they carried; how many rows went."""
    return sum(
        tx.run(delete(table).where(moment < tx.now - age))
        for table, moment, age in (
            (activities, activities.c.created_at, SENT),
            (received, received.c.created_at, RECEIVED),
            (seen_offers, seen_offers.c.created_at, OFFERS),
            (idempotency, idempotency.c.created_at, DRAFTS),
            (key_misses, key_misses.c.until, timedelta(0)),
        )
    )
