"""Undo: by the one who did it, of something we know (A07)."""

from fedi_aid.actions import carried_posts, carry_consent, invitations, receiving, ties
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.handlers import friends, invite
from fedi_aid.activitypub.handlers.follow import member_at
from fedi_aid.errors import Refused
from fedi_aid.model.people import Person
from fedi_aid.storage import federation, people
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx


def follow(tx: Tx, arrived: Arrived) -> None:
    _check_owner(arrived)
    target = documents.link(arrived.object(), "object")
    if target is None:
        raise Refused("This undoes nothing.", log="undo of a follow of nobody")
    member = member_at(tx, target)
    ties.unfollow_arrived(
        tx, arrived.actor().id, member.id, follow_uri=documents.text(arrived.object(), "id")
    )


def like(tx: Tx, arrived: Arrived) -> None:
    _check_owner(arrived)
    receiving.receive_unlike(tx, arrived.actor().id, arrived.object_uri())


def announce(tx: Tx, arrived: Arrived) -> None:
    _check_owner(arrived)
    receiving.receive_unboost(tx, arrived.actor().id, arrived.object_uri())


def block(tx: Tx, arrived: Arrived) -> None:
    _check_owner(arrived)
    target = documents.link(arrived.object(), "object")
    person = people.by_uri(tx, target) if target else None
    if person is not None and person.local:
        ties.unblock_arrived(tx, arrived.actor().id, person.id)


def offer(tx: Tx, arrived: Arrived) -> None:
    """An ask by its author, a carry by its carrier, or what a friend offered by that friend."""
    _check_owner(arrived)
    _offer(tx, arrived.object_uri(), arrived.actor())


def _offer(tx: Tx, uri: str, actor: Person) -> None:
    if not friends.undone(tx, uri, actor) and not carry_consent.ask_undone(tx, uri, actor.id):
        carried_posts.carry_undone(tx, uri, actor.id)


def named(tx: Tx, arrived: Arrived) -> None:
    """By id alone: whatever of this actor is known under it."""
    actor, uri = arrived.actor(), arrived.object_uri()
    if invitations.is_invite(tx, uri):
        invite.undone(tx, arrived)
        return
    known = tie_rows.follow_by_uri(tx, uri)
    if known is not None and known.from_id == actor.id:
        ties.unfollow_arrived(tx, actor.id, known.to_id, follow_uri=uri)
        return
    about = federation.activity_about(tx, actor.uri, uri)
    match about:
        case ("like", _, _):
            receiving.receive_unlike(tx, actor.id, uri)
        case ("boost", _, _):
            # What was carried stands as a boost under the Offer's id.
            if not receiving.receive_unboost(tx, actor.id, uri):
                carried_posts.carry_undone(tx, uri, actor.id)
        case ("block", _, blocked):
            ties.unblock_arrived(tx, actor.id, blocked)
        case _:
            _offer(tx, uri, actor)


def _check_owner(arrived: Arrived) -> None:
    owner = documents.link(arrived.object(), "actor")
    if owner is not None and owner != arrived.actor().uri:
        raise Refused("Only who did it may undo it.", log="undo of another's activity")
