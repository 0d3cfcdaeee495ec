"""The POST itself, and what its answer means."""

import asyncio
from collections.abc import Mapping
from functools import partial

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub.fetch import retry_after
from fedi_aid.activitypub.signing import headers_for
from fedi_aid.errors import TryLater
from fedi_aid.model.people import SigningKeys
from fedi_aid.net.client import Response
from fedi_aid.net.error import NetError
from fedi_aid.net.guard import canonical_url
from fedi_aid.storage import federation, people, posts
from fedi_aid.storage.federation import Sent
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.jobs import GiveUp
from fedi_aid.work.runner import Finish

# Refusals that may pass: everything else in the 400s is final.
_PASSING = frozenset({401, 408, 425, 429})


async def deliver(instance: Instance, job: Job) -> Finish | None:
    """Job `deliver`: send one kept activity to one inbox, signed by its member."""
    url = job.args["inbox_url"]
    sent, signer, suspended = await instance.db.read(_what_to_send, job)
    if sent is None or sent.body is None:
        return None
    if signer is None or suspended:
        raise GiveUp(f"not sent to {jobs.host_of(url)}: no signer, or suspended")
    try:
        address = canonical_url(url)
        headers = await asyncio.to_thread(
            headers_for, signer, "POST", address, sent.body, instance.db.clock()
        )
        answer = await instance.net.post(address, sent.body, _sendable(headers))
    except NetError as problem:
        if problem.permanent:
            await instance.db.write(_note, job, "refused", problem.kind)
            raise GiveUp(problem.log) from problem
        raise TryLater(log=problem.log) from problem
    return await _judge(instance, job, answer)


def _what_to_send(tx: Tx, job: Job) -> tuple[Sent | None, SigningKeys | None, bool]:
    signer = people.signing_keys(tx, job.args["signer_id"])
    suspended = federation.is_suspended(tx, jobs.host_of(job.args["inbox_url"]))
    sent = federation.sent_activity(tx, job.args["activity_uri"])
    return (None if sent and _too_late(tx, job, sent) else sent), signer, suspended


def _too_late(tx: Tx, job: Job, sent: Sent) -> bool:
    """Their access ended while this waited: what a post says is not sent any more (P11, P12)."""
    post_id, person_id = job.args.get("post_id"), job.args.get("person_id")
    if sent.kind not in ("Create", "Update") or post_id is None or person_id is None:
        return False
    return not posts.holds(tx, person_id, post_id)


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    return dict(headers) | {"Accept": "application/activity+json"}


async def _judge(instance: Instance, job: Job, answer: Response) -> Finish | None:
    if 200 <= answer.status < 300:
        return partial(_delivered, job)
    where = f"{answer.status} from {jobs.host_of(job.args['inbox_url'])}"
    if answer.status >= 500 or answer.status in _PASSING:
        raise TryLater(seconds=retry_after(answer), log=where)
    await instance.db.write(_refused, job, answer.status)
    raise GiveUp(where, answered=True)


def _delivered(job: Job, tx: Tx) -> None:
    _note(tx, job, "delivered", None)


def _refused(tx: Tx, job: Job, status: int) -> None:
    _note(tx, job, "refused", str(status))
    person = people.by_id(tx, job.args["person_id"]) if job.args.get("person_id") else None
    if status == 410 and person is not None:
        # Gone, says the inbox; the actor itself is asked before anything is believed (F19).
        jobs.fetch_actor(tx, person.uri)


def _note(tx: Tx, job: Job, state: str, why: str | None) -> None:
    if job.args.get("post_id") and job.args.get("person_id"):
        federation.note_delivery(tx, job.args["post_id"], job.args["person_id"], state, why)
