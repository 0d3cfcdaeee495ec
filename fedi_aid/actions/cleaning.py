"""Forgetting what has served, by the hour: nothing is kept longer than something needs it."""

from datetime import timedelta

from fedi_aid.storage import access, forgetting, host_queues, keys
from fedi_aid.storage.tx import Tx

KEY_CHANGES_ARE_TOLD_FOR = timedelta(days=8)  # longer than any delivery is tried


def forget(tx: Tx) -> None:
    """Ended sessions and codes, old activities, keys before the present ones; a periodic task."""
    access.forget_sessions(tx)
    access.forget_codes(tx, tx.now - timedelta(days=1))
    forgetting.sent_and_received(tx)
    host_queues.keep_bounded(tx)
    keys.forget_former(tx, tx.now - KEY_CHANGES_ARE_TOLD_FOR)
