"""Forgetting what has served, by the hour: nothing is kept longer than something needs it."""

from datetime import timedelta

from fedi_aid.storage import access, forgetting
from fedi_aid.storage.tx import Tx


def forget(tx: Tx) -> None:
    """Ended sessions and codes, old activities; a periodic task."""
    access.forget_sessions(tx)
    access.forget_codes(tx, tx.now - timedelta(days=1))
    forgetting.sent_and_received(tx)
