"""Sending the choices of a member to the author of a poll elsewhere, and the results of our own."""

from functools import partial
from typing import Any

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.builders import polls as build
from fedi_aid.activitypub.delivery import outbox
from fedi_aid.model.ids import PostId
from fedi_aid.storage import people, polls, posts
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.runner import Finish


async def send_vote(instance: Instance, job: Job) -> Finish | None:
    """Job `send_vote`: one note per choice, to the author's own inbox (A16)."""
    return partial(_votes, job.args)


def _votes(args: dict[str, Any], tx: Tx) -> None:
    me = outbox.local_actor(tx, args["person_id"])
    post = posts.get(tx, me.id, args["post_id"])
    poll = polls.of_post(tx, me.id, post.id) if post else None
    author = people.by_id(tx, post.author_id) if post else None
    if post is None or poll is None or author is None:
        return
    for choice, uri in polls.vote_uris(tx, poll.id, me.id):
        activity = build.vote(uri, me.uri, post.uri, author.uri, poll.options[choice], tx.now)
        kept = outbox.keep(tx, activity, me.id, post.id)
        outbox.send(tx, kept, author, me.id, order_key=f"vote:{poll.id}:{me.id}")


async def tell_counts(instance: Instance, job: Job) -> Finish | None:
    """Job `tell_counts`: the results so far, to those who were sent the poll."""
    return partial(_counts, PostId(job.args["post_id"]))


def _counts(post_id: PostId, tx: Tx) -> None:
    poll = polls.of_post(tx, None, post_id)
    if poll is not None and poll.closed_at is None:
        jobs.fan_out(tx, post_id, "count")
