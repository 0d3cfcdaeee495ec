"""Understanding what was received: a sync handler in one transaction, and around it what has to be fetched.

Nothing here is ever told to the sender. What is not accepted is logged, without its text, and forgotten.
"""

import hashlib
from datetime import timedelta
from functools import partial

import structlog

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents, remote
from fedi_aid.activitypub.arrived import Arrived, UnknownAuthor
from fedi_aid.activitypub.carry_documents import Dropped, Unproven
from fedi_aid.activitypub.fetch import Budget, Gone, fetch_document
from fedi_aid.activitypub.handlers import offer
from fedi_aid.activitypub.handlers.delete import forget_person
from fedi_aid.activitypub.understood import understand
from fedi_aid.errors import FediAidError, Missing, NotFound, Refused
from fedi_aid.storage import federation, people
from fedi_aid.storage.federation import Received
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.runner import DoneOtherwise, Finish, NotQuick

# RULES R20: when S_C looks up an author it does not know.
LOOK_UP_HOURS = (1, 12)
# What was carried and does not fit the key of its author is held against an older one than this (X05).
KEYS_ARE_FRESH = timedelta(days=1)

log = structlog.get_logger()


def understand_quickly(tx: Tx, job: Job) -> None:
    """Job `handle_activity` where nothing has to be fetched: all of it in the transaction of a batch."""
    received = federation.received_activity(tx, job.args["received_id"])
    if received is None or received.body is None:
        return
    try:
        _apply(tx, received, *documents.both(received.body))
    except UnknownAuthor as unknown:
        raise DoneOtherwise(partial(wait_for_author, received=received, author_uri=unknown.uri)) from unknown
    except Missing as missing:
        raise NotQuick("lookup") from missing
    except (Refused, NotFound, Dropped) as refusal:
        tell_refusal(received, refusal)
        raise DoneOtherwise(_forget(received.id)) from refusal


async def handle_activity(instance: Instance, job: Job) -> Finish | None:
    """Job `handle_activity`: understand one received activity, fetching at most a few documents for it."""
    received = await instance.db.read(federation.received_activity, job.args["received_id"])
    if received is None or received.body is None:
        return None
    try:
        await understand_fetching(instance, received)
    except UnknownAuthor as unknown:
        return partial(wait_for_author, received=received, author_uri=unknown.uri)
    except (Refused, NotFound, Missing, Dropped) as refusal:
        tell_refusal(received, refusal)
    return _forget(received.id)


def tell_refusal(received: Received, refusal: FediAidError) -> None:
    """Why, for the operator, by the id of the row in `received`; nothing of what it said."""
    log.info("activity_not_accepted", received=received.id, kind=received.kind, why=refusal.log[:200])


def _forget(received_id: int) -> Finish:
    def finish(tx: Tx) -> None:
        federation.forget_body(tx, received_id)

    return finish


async def understand_fetching(instance: Instance, received: Received, *, looked_up: bool = False) -> None:
    """Understand it, and fetch what that turns out to need. Raises what the handler raises."""
    assert received.body is not None
    written, plain = documents.both(received.body)
    budget = Budget()
    asked: set[str] = set()
    while True:
        try:
            await instance.db.write(_apply, received, written, plain, looked_up=looked_up)
            return
        except Missing as missing:
            if missing.uri in asked:
                raise
            asked.add(missing.uri)
            await remote.fetch_missing(instance, missing.uri, budget)


def _apply(
    tx: Tx,
    received: Received,
    written: dict[str, object],
    plain: dict[str, object],
    *,
    looked_up: bool = False,
) -> None:
    signer = people.by_uri(tx, received.signer_uri)
    if signer is None or signer.suspended_at is not None:
        raise Refused("The sender is gone.", log="signer gone or suspended")
    if federation.is_suspended(tx, signer.domain):
        raise Refused("The sender's server is suspended.", log="suspended while it waited")
    owner = people.by_id(tx, received.inbox_of) if received.inbox_of else None
    arrived = Arrived(
        received=received,
        signer=signer,
        inbox_of=owner,
        written=written,
        activity=plain,
        looked_up=looked_up,
    )
    try:
        understand(tx, arrived)
    except Unproven as failure:
        author = people.by_uri(tx, failure.author)
        if author is None or (author.fetched_at and tx.now - author.fetched_at > KEYS_ARE_FRESH):
            raise UnknownAuthor(failure.author) from failure
        raise
    for refusal in arrived.refused:
        tell_refusal(received, refusal)
    if arrived.later:
        wait_for_author(tx, received, arrived.later[0])
    else:
        federation.forget_body(tx, received.id)


def wait_for_author(tx: Tx, received: Received, author_uri: str) -> None:
    """Keep it, and have its author looked up after 1–12 hours (RULES R20).

    The delay follows from the activity's id, so that trying again changes nothing.
    """
    offer.want_pictures(tx, received)
    low, high = LOOK_UP_HOURS
    share = int.from_bytes(hashlib.sha256(received.uri.encode()).digest()[:4], "big") / 2**32
    wait = tx.house.soon(timedelta(hours=low + share * (high - low)))
    jobs.look_up_author(tx, received.id, author_uri, received.created_at + wait)


async def fetch_actor(instance: Instance, job: Job) -> Finish | None:
    """Job `fetch_actor`: what somebody elsewhere looks like now; gone only if their server says 410 (F19)."""
    uri = job.args["uri"]
    try:
        await remote.fetch_actor(instance, uri)
    except Gone:
        return _gone(uri)
    except (Refused, NotFound) as refusal:
        log.info("actor_not_fetched", why=refusal.log[:200])
    return None


def _gone(uri: str) -> Finish:
    def finish(tx: Tx) -> None:
        forget_person(tx, uri)

    return finish


async def fetch_post(instance: Instance, job: Job) -> Finish | None:
    """Job `fetch_post`: a public post elsewhere that a conversation is said to hold, if it says so itself."""
    budget, thread_uri = Budget(), job.args["thread_uri"]
    try:
        found = await fetch_document(instance, job.args["uri"], budget)
        if documents.link(found.plain, "context") == thread_uri:
            await remote.take_note(instance, found, budget)
    except (Refused, NotFound) as refusal:
        log.info("post_not_fetched", why=refusal.log[:200])
    return None
