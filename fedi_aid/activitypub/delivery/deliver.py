"""The POST itself, signed in the way its host understands, and what its answer means."""

import asyncio
from functools import partial

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import followers
from fedi_aid.activitypub.fetch import retry_after
from fedi_aid.activitypub.signing import FIRST, REFUSALS, headers_for, knocks_again, other
from fedi_aid.errors import TryLater
from fedi_aid.model.people import SigningKeys
from fedi_aid.net.client import Response
from fedi_aid.net.error import NetError
from fedi_aid.net.guard import canonical_url
from fedi_aid.storage import federation, people, posts
from fedi_aid.storage.federation import Dialect, Sent
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
    sent, signer, suspended, known, extra = await instance.db.read(_what_to_send, job)
    if sent is None or sent.body is None:
        return None
    if signer is None or suspended:
        raise GiveUp(f"not sent to {jobs.host_of(url)}: no signer, or suspended")
    try:
        answer, worked = await _knock(instance, signer, canonical_url(url), sent.body, known, extra)
    except NetError as problem:
        # Its own words hold the inbox's address: whom a post did not reach is not for the log (P13).
        where = f"{problem.kind} at {jobs.host_of(url)}"
        if problem.permanent:
            await instance.db.write(_note, job, "refused", problem.kind)
            raise GiveUp(where) from problem
        raise TryLater(log=where) from problem
    learned = worked if worked != known else None
    return await _judge(instance, job, answer, learned)


def _what_to_send(
    tx: Tx, job: Job
) -> tuple[Sent | None, SigningKeys | None, bool, Dialect | None, tuple[tuple[str, str], ...]]:
    signer = people.signing_keys(tx, job.args["signer_id"])
    host = jobs.host_of(job.args["inbox_url"])
    suspended, known = federation.is_suspended(tx, host), federation.dialect_of(tx, host)
    sent = federation.sent_activity(tx, job.args["activity_uri"])
    told = None
    if sent is not None and sent.kind == "Create" and signer is not None:
        told = followers.header_for(tx, signer.person_id, signer.actor_uri, job.args["inbox_url"])
    waiting = None if sent and _too_late(tx, job, sent) else sent
    return waiting, signer, suspended, known, (told,) if told else ()


def _too_late(tx: Tx, job: Job, sent: Sent) -> bool:
    """Their access ended while this waited: what a post says is not sent any more (P11, P12)."""
    post_id, person_id = job.args.get("post_id"), job.args.get("person_id")
    if sent.kind not in ("Create", "Update") or post_id is None or person_id is None:
        return False
    return not posts.holds(tx, person_id, post_id)


async def _knock(
    instance: Instance,
    signer: SigningKeys,
    address: str,
    body: bytes,
    known: Dialect | None,
    extra: tuple[tuple[str, str], ...],
) -> tuple[Response, Dialect]:
    """The answer that counts, and the kind of signature it was given to."""
    first = known or FIRST
    answer = await _post(instance, signer, address, body, first, extra)
    if not knocks_again(answer.status, known):
        return answer, first
    second = await _post(instance, signer, address, body, other(first), extra)
    # Refused in both kinds: the first, which is the one that they are known or likely to read, says why.
    return (answer, first) if second.status in REFUSALS else (second, other(first))


async def _post(
    instance: Instance,
    signer: SigningKeys,
    address: str,
    body: bytes,
    dialect: Dialect,
    extra: tuple[tuple[str, str], ...],
) -> Response:
    now = instance.db.clock()
    headers = await asyncio.to_thread(headers_for, signer, "POST", address, body, now, dialect, extra)
    return await instance.net.post(address, body, {**headers, "Accept": "application/activity+json"})


async def _judge(instance: Instance, job: Job, answer: Response, learned: Dialect | None) -> Finish | None:
    if 200 <= answer.status < 300:
        return partial(_delivered, job, learned)
    where = f"{answer.status} from {jobs.host_of(job.args['inbox_url'])}"
    if answer.status >= 500 or answer.status in _PASSING:
        raise TryLater(seconds=retry_after(answer), log=where)
    await instance.db.write(_refused, job, answer.status)
    raise GiveUp(where, answered=True)


def _delivered(job: Job, learned: Dialect | None, tx: Tx) -> None:
    if learned is not None:
        federation.learn_dialect(tx, jobs.host_of(job.args["inbox_url"]), learned)
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
