"""Forgetting what has served, by the hour: nothing is kept longer than something needs it."""

from datetime import timedelta

from fedi_aid.actions import approaching
from fedi_aid.storage import access, cards, contacts, forgetting, host_queues, keys, outcomes
from fedi_aid.storage.tx import Tx

KEY_CHANGES_ARE_TOLD_FOR = timedelta(days=8)  # longer than any delivery is tried


def forget(tx: Tx) -> None:
    """Ended sessions and codes, old activities, keys before the present ones; a periodic task."""
    access.forget_sessions(tx)
    access.forget_codes(tx, tx.now - timedelta(days=1))
    forgetting.sent_and_received(tx)
    host_queues.keep_bounded(tx)
    keys.forget_former(tx, tx.now - KEY_CHANGES_ARE_TOLD_FOR)
    approaching.forget(tx)


def forget_signals(tx: Tx) -> None:
    """Contacts that weigh nothing any more, of whom outcomes were, and old cards; a periodic task."""
    contacts.forget(tx)
    outcomes.forget(tx)
    cards.forget(tx)
