"""What friends tell each other: endorsements, thanks, introductions, and that a help profile changed (R23).

Only at a personal inbox, only signed by whoever says it, and only for its owner. What is not accepted is
dropped: its sender has had the same 202.
"""

from typing import Any

from fedi_aid.actions import endorsements, introductions, thanks
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Missing, Refused
from fedi_aid.model.people import Person
from fedi_aid.model.text import plain
from fedi_aid.storage import abilities, people, ties
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def endorsed(tx: Tx, arrived: Arrived) -> None:
    """Offer of an endorsement: by a friend of this inbox's owner, about the owner."""
    by, member, about = _between(tx, arrived)
    if documents.link(about, "object") != member.uri:
        raise Refused("This is about somebody else.", log="endorsement of another subject")
    if not carry_rows.see_offer(tx, arrived.uri):
        return
    endorsements.offer_arrived(
        tx,
        by.id,
        member.id,
        uri=arrived.uri,
        kind=documents.text(about, "endorsed") or "skill",
        name=_text(about, "name"),
        word=_text(about, "content"),
    )


def thanked(tx: Tx, arrived: Arrived) -> None:
    """Create of thanks: by a friend, or by the author of a request that this inbox's owner answered."""
    by, member, about = _between(tx, arrived, friends_only=False)
    thanks.arrived(
        tx,
        by.id,
        member.id,
        uri=arrived.uri,
        name=_text(about, "name"),
        word=_text(about, "content"),
        post_uri=documents.link(about, "inReplyTo"),
    )


def introduced(tx: Tx, arrived: Arrived) -> None:
    """Offer of an introduction: by a friend of this inbox's owner, to somebody who is fetched if need be."""
    by, member, about = _between(tx, arrived)
    uri = documents.link(about, "object")
    if uri is None or documents.origin(uri) is None or uri == by.uri:
        raise Refused("This introduces nobody.", log="introduction to nobody")
    other = people.by_uri(tx, uri)
    if other is None and not tx.house.owns(uri):
        raise Missing(uri)
    if other is None or other.kind == "application":
        raise Refused("This introduces nobody.", log="introduction to nobody here")
    if carry_rows.see_offer(tx, arrived.uri):
        word = _text(about, "content")
        introductions.offer_arrived(tx, by.id, member.id, uri=arrived.uri, other=other, word=word)


def both_agreed(tx: Tx, arrived: Arrived) -> None:
    """Create of an introduction: whoever introduced says that both have accepted."""
    by, member, about = _between(tx, arrived)
    uri = documents.link(about, "context")
    if uri is not None:
        introductions.both_agreed(tx, uri, by.id, member.id)


def accepted(tx: Tx, uri: str, by: Person) -> bool:
    """Accept of an Offer of ours, by the one it was made to."""
    return endorsements.accepted_arrived(tx, uri, by.id) or introductions.said_yes(tx, uri, by.id)


def undone(tx: Tx, uri: str, by: Person) -> bool:
    """Undo of an Offer, by the one who made it."""
    return endorsements.withdrawn_arrived(tx, uri, by.id) or introductions.withdrawn_arrived(tx, uri, by.id)


def profile_changed(tx: Tx, arrived: Arrived) -> None:
    """Update of a help profile: it is asked for anew, and only of a friend's server; what stands in the
    activity is not looked at."""
    by = arrived.actor()
    if abilities.help_uri(tx, by.id) == arrived.object_uri() and abilities.has_friend_here(tx, by.id):
        jobs.fetch_abilities(tx, by.id)


def _between(tx: Tx, arrived: Arrived, *, friends_only: bool = True) -> tuple[Person, Person, dict[str, Any]]:
    """(who says it, to whom, what): at the personal inbox of the one it names, from whom it says it is."""
    by, member, about = arrived.actor(), arrived.inbox_of, arrived.object()
    if member is None:
        raise Refused("This is said to one person.", log="between friends, at the shared inbox")
    if documents.links(arrived.activity, "to") != [member.uri]:
        raise Refused("This is said to somebody else.", log="between friends, to another")
    if documents.link(about, "attributedTo") not in (None, by.uri):
        raise Refused("This is said by somebody else.", log="between friends, by another")
    target = documents.link(about, "target") or documents.link(arrived.activity, "target")
    if target not in (None, member.uri):
        raise Refused("This is said to somebody else.", log="between friends, with another target")
    if friends_only and not ties.are_friends(tx, member.id, by.id):
        raise Refused("This is not said by a friend.", log="by no friend")
    return by, member, about


def _text(about: dict[str, Any], key: str) -> str:
    return plain(documents.text(about, key) or "")
