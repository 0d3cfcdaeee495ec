"""Understanding what was received: a sync handler in one transaction, and around it what has to be fetched.

Nothing here is ever told to the sender. What is not accepted is logged, without its text, and forgotten.
"""

import hashlib
from datetime import timedelta

import structlog

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents, remote
from fedi_aid.activitypub.arrived import Arrived, UnknownAuthor
from fedi_aid.activitypub.carry_documents import Dropped
from fedi_aid.activitypub.fetch import Budget, Gone
from fedi_aid.activitypub.handlers.delete import forget_person
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.understood import understand
from fedi_aid.errors import Missing, NotFound, Refused, TryLater
from fedi_aid.storage import federation, people
from fedi_aid.storage.federation import Received
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work.runner import Finish

# RULES R20: when S_C looks up an author it does not know.
LOOK_UP_HOURS = (1, 12)

log = structlog.get_logger()


async def handle_activity(instance: Instance, job: Job) -> Finish | None:
    """Job `handle_activity`: understand one received activity, fetching at most a few documents for it."""
    received = await instance.db.read(federation.received_activity, job.args["received_id"])
    if received is None or received.body is None:
        return None
    try:
        await _understand(instance, received)
    except UnknownAuthor as unknown:
        await _look_up_later(instance, received, unknown.uri)
        return None
    except (Refused, NotFound, Missing, Dropped) as refusal:
        log.info("activity_not_accepted", kind=received.kind, why=refusal.log[:200])
    return _forget(received.id)


def _forget(received_id: int) -> Finish:
    def finish(tx: Tx) -> None:
        federation.forget_body(tx, received_id)

    return finish


async def _understand(instance: Instance, received: Received, budget: Budget | None = None) -> None:
    assert received.body is not None
    written = documents.parse(received.body)
    plain = documents.normalised(written)
    budget = budget or Budget()
    asked: set[str] = set()
    while True:
        try:
            await instance.db.write(_apply, received, written, plain)
            return
        except Missing as missing:
            if missing.uri in asked:
                raise
            asked.add(missing.uri)
            await remote.fetch_missing(instance, missing.uri, budget)


def _apply(tx: Tx, received: Received, written: dict[str, object], plain: dict[str, object]) -> None:
    signer = people.by_uri(tx, received.signer_uri)
    if signer is None or signer.suspended_at is not None:
        raise Refused("The sender is gone.", log="signer gone or suspended")
    owner = people.by_id(tx, received.inbox_of) if received.inbox_of else None
    arrived = Arrived(
        received=received,
        signer=signer,
        inbox_of=owner,
        written=written,
        activity=plain,
    )
    understand(tx, arrived)
    federation.forget_body(tx, received.id)


async def _look_up_later(instance: Instance, received: Received, author_uri: str) -> None:
    """A carried request by somebody unknown here: kept, its author looked up after 1–12 hours (RULES R20).

    The delay follows from the activity's id, so that trying again changes nothing; never dropped for this.
    """
    low, high = LOOK_UP_HOURS
    share = int.from_bytes(hashlib.sha256(received.uri.encode()).digest()[:4], "big") / 2**32
    wait = instance.house.soon(timedelta(hours=low + share * (high - low)))
    left = (received.created_at + wait - instance.db.clock()).total_seconds()
    if left > 0:
        raise TryLater(seconds=left, log="author of a carried request not looked up yet")
    try:
        await remote.fetch_actor(instance, author_uri)
        await _understand(instance, received)
    except (Refused, NotFound, Missing, Dropped, BadSignature, UnknownAuthor) as refusal:
        log.info("activity_not_accepted", kind=received.kind, why=refusal.log[:200])
        await instance.db.write(federation.forget_body, received.id)


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
    """Job `fetch_post`: a public post elsewhere, as it is now."""
    try:
        await remote.fetch_note(instance, job.args["uri"])
    except (Refused, NotFound) as refusal:
        log.info("post_not_fetched", why=refusal.log[:200])
    return None
