"""The second look at what somebody brought whose author was not known here (RULES R20).

Hours later, and by the instance: the author's server learns that some server looked, and neither when it
was shown nor to whom. What was shown meanwhile on the carrier's word is proven now, or goes.
"""

from datetime import timedelta

import structlog

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import handle, remote
from fedi_aid.activitypub.arrived import UnknownAuthor
from fedi_aid.activitypub.carry_documents import MAX_LEASE, Dropped
from fedi_aid.activitypub.handlers import offer
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.errors import Missing, NotFound, Refused, TryLater
from fedi_aid.storage import federation, people
from fedi_aid.storage.federation import Received
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx

# Whose profile was fetched so lately is not asked for again.
FRESH = timedelta(days=1)

log = structlog.get_logger()


async def look_up_author(instance: Instance, job: Job) -> None:
    """Job `look_up_author`: fetch an author, then understand what was brought once more, from its bytes.

    A server that does not answer is tried again for as long as a lease lasts.
    """
    received = await instance.db.read(federation.received_activity, job.args["received_id"])
    if received is None or received.body is None:
        return
    try:
        if not await instance.db.read(_is_known, job.args["uri"]):
            await remote.fetch_actor(instance, job.args["uri"])
        await handle.understand_fetching(instance, received, looked_up=True)
    except TryLater as later:
        if instance.db.clock() - received.created_at < MAX_LEASE:
            raise
        await instance.db.write(_unproven, received, later.log)
    except (Refused, NotFound, Missing, Dropped, BadSignature, UnknownAuthor) as refusal:
        await instance.db.write(_unproven, received, refusal.log)


def _is_known(tx: Tx, uri: str) -> bool:
    person = people.by_uri(tx, uri)
    return person is not None and person.fetched_at is not None and tx.now - person.fetched_at < FRESH


def _unproven(tx: Tx, received: Received, why: str) -> None:
    """Nothing of it stays; for the operator, by the id of its row and the carrier's server."""
    taken_away = offer.not_proven(tx, received)
    log.info("author_not_proven", received=received.id, taken_away=taken_away, why=why[:200])
    federation.forget_body(tx, received.id)
