"""Quotes of others: believed with the quoted author's stamp (FEP-044f, A18).

What is not verified stays a link in the text.
"""

from functools import partial
from typing import Any

import structlog

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import remote
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.activitypub.quoted import is_stamp
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PostId
from fedi_aid.model.posts import Post
from fedi_aid.model.quotes import Quote
from fedi_aid.storage import people, posts, quotes
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish

log = structlog.get_logger()


async def check_quote(instance: Instance, job: Job) -> Finish | None:
    """Job `check_quote`: whether the quoted post is public and its author agreed, at most a few fetches
    (F13): the post if it is not known, and the stamp. Quotes inside the quoted post are not followed."""
    post_id, budget = PostId(job.args["post_id"]), Budget()
    found = await instance.db.read(_claim, post_id)
    if found is None:
        return None
    quote, _ = found
    try:
        known = await instance.db.read(posts.by_uri, None, quote.uri)
        if known is None and not instance.house.owns(quote.uri):
            await remote.fetch_note(instance, quote.uri, budget)
        stamp = None
        if quote.stamp is not None and not instance.house.owns(quote.stamp):
            stamp = (await fetch_document(instance, quote.stamp, budget)).plain
    except (Refused, NotFound) as refusal:
        log.info("quote_not_verified", why=refusal.log[:200])
        return None
    return partial(_judge, post_id, quote, stamp)


def _claim(tx: Tx, post_id: PostId) -> tuple[Quote, Post] | None:
    quote, post = quotes.of_post(tx, post_id), posts.get(tx, None, post_id)
    return (quote, post) if quote is not None and post is not None and quote.state == "pending" else None


def _judge(post_id: PostId, quote: Quote, stamp: dict[str, Any] | None, tx: Tx) -> None:
    found = _claim(tx, post_id)
    quoted = posts.by_uri(tx, None, quote.uri)
    if found is None or found[0] != quote or quoted is None:
        return
    author = people.by_id(tx, quoted.author_id)
    own = quoted.author_id == found[1].author_id
    if author is not None and (own or is_stamp(stamp, author.uri, found[1].uri, quoted.uri)):
        quotes.accept(tx, post_id, quoted.id)
        tx.announce("changed", post_id=post_id)
