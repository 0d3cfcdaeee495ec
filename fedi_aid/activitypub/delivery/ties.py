"""Telling another server what became of a tie or of a question to quote, and that a profile changed."""

from functools import partial
from typing import Any

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors
from fedi_aid.activitypub.builders import deletes, follow, moves
from fedi_aid.activitypub.delivery import outbox
from fedi_aid.storage import people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands
from fedi_aid.work.runner import Finish


async def tell_tie(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_tie`: Follow, Accept, Reject or Undo to the person it concerns."""
    return partial(_tie, job.args)


def _tie(args: dict[str, Any], tx: Tx) -> None:
    me = outbox.local_actor(tx, args["from_id"])
    other = people.by_id(tx, args["to_id"])
    if other is None or other.local or other.vouched_at is not None:
        return  # a carrier's word is no address: sent when their server has been asked (RULES R20)
    follow_uri, uri = args["follow_uri"], tx.house.new_activity()
    match args["what"]:
        case "follow":
            activity = follow.follow(follow_uri, me.uri, other.uri, args.get("word", ""))
        case "accept":
            activity = follow.accept(uri, follow_uri, other.uri, me.uri)
        case "reject":
            activity = follow.reject(uri, follow_uri, other.uri, me.uri)
        case _:
            activity = follow.undo_follow(uri, follow_uri, me.uri, other.uri)
    kept = outbox.keep(tx, activity, me.id, other.id)
    outbox.send(tx, kept, other, me.id, order_key=f"tie:{me.id}:{other.id}")


async def refuse_quote(instance: Instance, job: Job) -> Finish | None:
    """Job `refuse_quote`: the same polite no to whoever asks for leave to do something with a post (A19)."""
    return partial(_refuse_quote, job.args)


def _refuse_quote(args: dict[str, Any], tx: Tx) -> None:
    me, asker = outbox.local_actor(tx, args["member_id"]), people.by_id(tx, args["asker_id"])
    if asker is None:
        return
    activity = follow.reject_request(
        tx.house.new_activity(),
        args.get("asked", "QuoteRequest"),
        request_uri=args["request_uri"],
        asker=asker.uri,
        by=me.uri,
        post_uri=args["post_uri"],
        instrument=args["instrument"],
    )
    kept = outbox.keep(tx, activity, me.id, asker.id)
    outbox.send(tx, kept, asker, me.id, order_key=f"quote:{me.id}:{asker.id}")


async def tell_person(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_person`: the Update of a member's profile, to the servers of their followers."""
    return partial(_person, job.args["person_id"])


def _person(person_id: int, tx: Tx) -> None:
    me = outbox.local_actor(tx, person_id)
    member = actors.member_named(tx, me.username)
    signing = people.signing_keys(tx, me.id)
    if signing is None:
        return
    document = (
        actors.document_of(tx, member, signing) if member else actors.suspended_document(tx, me.username)
    )
    if document is None:
        return
    activity = deletes.update_actor(tx.house.new_activity(), document)
    uri = outbox.keep(tx, activity, me.id, me.id)
    outbox.send_openly(tx, uri, me.id, order_key=f"person:{me.id}")


async def tell_gone(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_gone`: the Delete of a member who left, or whose suspension became final, to the servers of
    their followers; then what they wrote is taken back, and their ties end."""
    return partial(_gone, job.args["person_id"])


def _gone(person_id: int, tx: Tx) -> None:
    me = outbox.local_actor(tx, person_id)
    activity = deletes.delete_actor(tx.house.new_activity(), me.uri)
    uri = outbox.keep(tx, activity, me.id, me.id)
    outbox.send_openly(tx, uri, me.id, order_key=f"person:{me.id}")
    errands.purge(tx, me.id)


async def tell_move(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_move`: the Move of a member's account to or from elsewhere, to their followers' servers;
    pulled, to that of the old account too."""
    return partial(_move, job.args)


def _move(args: dict[str, Any], tx: Tx) -> None:
    me = outbox.local_actor(tx, args["person_id"])
    old = people.by_uri(tx, args["old_uri"])
    activity = moves.move(tx.house.new_activity(), me.uri, args["old_uri"], args["new_uri"])
    uri = outbox.keep(tx, activity, me.id, me.id)
    also = [old] if old is not None and not old.local else []
    outbox.send_openly(tx, uri, me.id, order_key=f"person:{me.id}", also=also)
