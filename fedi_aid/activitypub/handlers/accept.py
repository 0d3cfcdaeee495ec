"""Accept of a Follow of ours: only by the one we asked, and naming exactly that Follow (A08). Of what a
member here offered a friend: only by that friend (R23)."""

from fedi_aid.actions import invitations, ties
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.handlers import friends, invite
from fedi_aid.errors import Refused
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx


def follow(tx: Tx, arrived: Arrived) -> None:
    known = follow_of_ours(tx, arrived)
    ties.follow_accepted(tx, known.from_id, arrived.actor().id, follow_uri=known.uri)


def offer(tx: Tx, arrived: Arrived) -> None:
    if not friends.accepted(tx, arrived.object_uri(), arrived.actor()):
        raise Refused("This answers nothing we offered.", log="no such offer of ours")


def named(tx: Tx, arrived: Arrived) -> None:
    """By id alone: whichever of these it is."""
    if invitations.is_invite(tx, arrived.object_uri()):
        invite.accepted(tx, arrived)
    elif not friends.accepted(tx, arrived.object_uri(), arrived.actor()):
        follow(tx, arrived)


def follow_of_ours(tx: Tx, arrived: Arrived) -> tie_rows.FollowRow:
    """The Follow that is answered, sent by a member here to the answerer; `Refused` for any other."""
    uri = arrived.object_uri()
    known = tie_rows.follow_by_uri(tx, uri) if tx.house.owns(uri) else None
    if known is None or known.to_id != arrived.actor().id:
        raise Refused("This answers nothing we asked.", log="no such follow of ours")
    return known
