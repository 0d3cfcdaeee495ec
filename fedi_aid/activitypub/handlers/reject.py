"""Reject: of a Follow, now or years later (A10); of an ask, as an explicit no for the butler."""

from fedi_aid.actions import help as help_actions
from fedi_aid.actions import invitations, ties
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.handlers import invite
from fedi_aid.activitypub.handlers.accept import follow_of_ours
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx


def follow(tx: Tx, arrived: Arrived) -> None:
    known = follow_of_ours(tx, arrived)
    ties.follow_rejected(tx, known.from_id, arrived.actor().id, follow_uri=known.uri)


def offer(tx: Tx, arrived: Arrived) -> None:
    help_actions.ask_refused(tx, arrived.object_uri(), arrived.actor().id)


def named(tx: Tx, arrived: Arrived) -> None:
    """By id alone: whichever of these it is."""
    if invitations.is_invite(tx, arrived.object_uri()):
        invite.rejected(tx, arrived)
    elif tie_rows.follow_by_uri(tx, arrived.object_uri()) is not None:
        follow(tx, arrived)
    else:
        offer(tx, arrived)
