"""Telling a friend elsewhere what is between the two alone, and that one's help profile has changed."""

from functools import partial
from typing import Any

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors
from fedi_aid.activitypub.builders import friends, offers
from fedi_aid.activitypub.delivery import outbox
from fedi_aid.model.people import Person
from fedi_aid.storage import abilities, endorsements, federation, introductions, people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish


async def tell_friend(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_friend`: an endorsement, thanks, an introduction, an Accept or Undo, to the one it is for."""
    return partial(_tell, job.args)


def _tell(args: dict[str, Any], tx: Tx) -> None:
    me, to = outbox.local_actor(tx, args["from_id"]), people.by_id(tx, args["to_id"])
    if to is None or to.local or not to.speaks_fedi_aid or not outbox.may_tell(tx, me.id, to):
        return
    activity = _activity(tx, args, me, to)
    if activity is None:
        return
    kept = outbox.keep(tx, activity, me.id, to.id)
    outbox.send(tx, kept, to, me.id, order_key=f"tie:{me.id}:{to.id}")


def _activity(tx: Tx, args: dict[str, Any], me: Person, to: Person) -> dict[str, Any] | None:
    """What is sent; None for what was taken back meanwhile."""
    match args["what"]:
        case "endorsement":
            return _endorsement(tx, args["subject_id"], me, to)
        case "thanks":
            return _thanks(tx, args["subject_id"], me, to)
        case "introduction":
            return _introduction(tx, args["subject_id"], me, to)
        case "introduced":
            return _introduced(tx, args["subject_id"], me, to)
        case "accept":
            known = endorsements.by_id(tx, args["subject_id"]) if not args["about_uri"] else None
            about = args["about_uri"] or (known.uri if known is not None else None)
            return friends.accept(tx.house.new_activity(), me.uri, to.uri, about) if about else None
        case _:
            return offers.undo(tx.house.new_activity(), me.uri, args["about_uri"], to.uri)


def _endorsement(tx: Tx, endorsement_id: int, me: Person, to: Person) -> dict[str, Any] | None:
    known = endorsements.by_id(tx, endorsement_id)
    if known is None or known.uri is None:
        return None
    return friends.endorsement(
        known.uri,
        me.uri,
        to.uri,
        kind=known.kind,
        name=known.label,
        word=known.word,
        published=known.created_at,
    )


def _thanks(tx: Tx, thanks_id: int, me: Person, to: Person) -> dict[str, Any] | None:
    known = endorsements.thanks_by_id(tx, thanks_id)
    if known is None:
        return None
    origin = federation.origin_of(tx, known.post_id) if known.post_id else None
    # Named only to who holds it: an id of a post that one may not see tells that there is one.
    holds = origin is not None and federation.someone_there_may_see(tx, origin.post_id, to.domain)
    return friends.thanks(
        known.uri,
        me.uri,
        to.uri,
        name=known.label,
        word=known.word,
        post_uri=origin.uri if origin is not None and holds else None,
        published=known.created_at,
    )


def _introduction(tx: Tx, introduction_id: int, me: Person, to: Person) -> dict[str, Any] | None:
    found = _sides(tx, introduction_id, to)
    if found is None:
        return None
    known, uri, other = found
    return friends.introduction(uri, me.uri, to.uri, other, word=known.word, published=known.created_at)


def _introduced(tx: Tx, introduction_id: int, me: Person, to: Person) -> dict[str, Any] | None:
    found = _sides(tx, introduction_id, to)
    if found is None:
        return None
    _, uri, other = found
    return friends.introduced(tx.house.new_activity(), me.uri, to.uri, uri, other, tx.now)


def _sides(tx: Tx, introduction_id: int, to: Person) -> tuple[introductions.Introduction, str, str] | None:
    """An introduction, the address it has for one of the two, and who the other is."""
    known = introductions.by_id(tx, introduction_id)
    if known is None:
        return None
    uri, other_id = (
        (known.one_uri, known.other_id) if to.id == known.one_id else (known.other_uri, known.one_id)
    )
    other = people.by_id(tx, other_id)
    return None if uri is None or other is None else (known, uri, other.uri)


async def tell_abilities(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_abilities`: friends' servers may ask anew what a member can help with."""
    return partial(_tell_abilities, job.args["member_id"])


def _tell_abilities(member_id: int, tx: Tx) -> None:
    me = outbox.local_actor(tx, member_id)
    for friend in abilities.friends_elsewhere(tx, me.id):
        if outbox.may_tell(tx, me.id, friend):
            activity = friends.profile_changed(
                tx.house.new_activity(), me.uri, friend.uri, actors.help_address(me.uri)
            )
            kept = outbox.keep(tx, activity, me.id, friend.id)
            outbox.send(tx, kept, friend, me.id, order_key=f"tie:{me.id}:{friend.id}")
