"""The POST itself, signed in the way its host understands, and what its answer means.

Many deliveries are under way at once: what they need is read in one transaction, they are signed in threads
(the library lets go of the interpreter meanwhile), and what became of them is written in one transaction. The
signature covers the host and the path, so each request needs its own; the key is parsed once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import followers
from fedi_aid.activitypub.fetch import retry_after
from fedi_aid.activitypub.signing import FIRST, REFUSALS, headers_for, knocks_again, other
from fedi_aid.errors import TryLater
from fedi_aid.model.people import SigningKeys
from fedi_aid.net.client import Response
from fedi_aid.net.error import NetError
from fedi_aid.net.guard import canonical_url
from fedi_aid.storage import deliveries, federation, keys, people
from fedi_aid.storage.federation import Dialect, Sent
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs, kinds
from fedi_aid.work.kinds import GiveUp
from fedi_aid.work.runner import Finish
from fedi_aid.work.together import Together

# Refusals that may pass: everything else in the 400s is final.
_PASSING = frozenset({401, 408, 425, 429})
READ_AT_ONCE = 256
SIGNED_AT_ONCE = 8  # by one thread, before the first of them is sent
SIGNING_THREADS = 2


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """All that one delivery needs; `sent` is None when there is nothing to send any more."""

    sent: Sent | None
    signer: SigningKeys | None
    suspended: bool
    known: Dialect | None
    extra: tuple[tuple[str, str], ...] = ()


class ToSign(msgspec.Struct, frozen=True):
    signer: SigningKeys
    address: str
    body: bytes
    dialect: Dialect
    extra: tuple[tuple[str, str], ...]


class Delivered(msgspec.Struct, frozen=True):
    """What is written about a delivery that arrived."""

    job: Job
    learned: Dialect | None

    def __call__(self, tx: Tx) -> None:
        self.together(tx, [self])

    @staticmethod
    def together(tx: Tx, finishes: "Sequence[Delivered]") -> None:
        for one in finishes:
            if one.learned is not None:
                federation.learn_dialect(tx, jobs.host_of(one.job.args["inbox_url"]), one.learned)
        pairs = [(one.job.args.get("post_id"), one.job.args.get("person_id")) for one in finishes]
        deliveries.note_all(tx, [(post, person) for post, person in pairs if post and person], "delivered")


class Courier:
    """Carries out the jobs `deliver` of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._ready = Together(self._read, most=READ_AT_ONCE)
        self._signed = Together(self._sign, most=SIGNED_AT_ONCE, flights=SIGNING_THREADS)

    async def deliver(self, job: Job) -> Finish | None:
        """Job `deliver`: send one kept activity to one inbox, signed by its member."""
        url = job.args["inbox_url"]
        ready = await self._ready.of(job)
        if ready.sent is None or ready.sent.body is None:
            return None
        if ready.signer is None or ready.suspended:
            raise GiveUp(f"not sent to {jobs.host_of(url)}: no signer, or suspended")
        try:
            answer, worked = await self._knock(ready.signer, canonical_url(url), ready.sent.body, ready)
        except NetError as problem:
            # Its own words hold the inbox's address: whom a post did not reach is not for the log (P13).
            where = f"{problem.kind} at {jobs.host_of(url)}"
            if problem.permanent:
                await self._instance.db.write(_note, job, "refused", problem.kind)
                raise GiveUp(where) from problem
            if problem.ours:
                raise kinds.Crowded(f"no room for {jobs.host_of(url)}") from problem
            raise TryLater(log=where) from problem
        return await _judge(self._instance, job, answer, worked if worked != ready.known else None)

    async def _read(self, waiting: Sequence[Job]) -> Sequence[Ready]:
        return await self._instance.db.read(_what_to_send, waiting)

    async def _sign(self, waiting: Sequence[ToSign]) -> Sequence[dict[str, str]]:
        return await asyncio.to_thread(_sign_all, waiting, self._instance.db.clock())

    async def _knock(
        self, signer: SigningKeys, address: str, body: bytes, ready: Ready
    ) -> tuple[Response, Dialect]:
        """The answer that counts, and the kind of signature it was given to."""
        first = ready.known or FIRST
        wanted = ToSign(signer, address, body, first, ready.extra)
        answer = await self._post(wanted)
        if not knocks_again(answer.status, ready.known):
            return answer, first
        second = await self._post(msgspec.structs.replace(wanted, dialect=other(first)))
        # Refused in both kinds: the first, which is the one that they are known or likely to read, says why.
        return (answer, first) if second.status in REFUSALS else (second, other(first))

    async def _post(self, wanted: ToSign) -> Response:
        headers = await self._signed.of(wanted)
        accept = {"Accept": "application/activity+json"}
        return await self._instance.net.post(wanted.address, wanted.body, headers | accept)


def _sign_all(waiting: Sequence[ToSign], now: datetime) -> list[dict[str, str]]:
    return [
        dict(headers_for(one.signer, "POST", one.address, one.body, now, one.dialect, one.extra))
        for one in waiting
    ]


def _what_to_send(tx: Tx, waiting: Sequence[Job]) -> list[Ready]:
    hosts = {jobs.host_of(job.args["inbox_url"]) for job in waiting}
    suspended, dialects = deliveries.suspended_among(tx, hosts), deliveries.dialects(tx, hosts)
    sent = deliveries.sent_activities(tx, [job.args["activity_uri"] for job in waiting])
    signers = {who: people.signing_keys(tx, who) for who in {job.args["signer_id"] for job in waiting}}
    pairs = [(job.args.get("post_id"), job.args.get("person_id")) for job in waiting]
    holding = deliveries.still_hold(tx, [(post, person) for post, person in pairs if post and person])
    told = followers.headers_for(
        tx,
        {
            (signer.person_id, signer.actor_uri, job.args["inbox_url"])
            for job in waiting
            if (found := sent.get(job.args["activity_uri"])) is not None
            and found.kind == "Create"
            and (signer := signers[job.args["signer_id"]]) is not None
        },
    )
    return [_one(tx, job, sent, signers, suspended, dialects, holding, told) for job in waiting]


def _one(
    tx: Tx,
    job: Job,
    sent: Mapping[str, Sent],
    signers: Mapping[int, SigningKeys | None],
    suspended: set[str],
    dialects: Mapping[str, Dialect],
    holding: set[tuple[int, int]],
    told: Mapping[tuple[int, str], tuple[str, str]],
) -> Ready:
    url, host = job.args["inbox_url"], jobs.host_of(job.args["inbox_url"])
    found, signer = sent.get(job.args["activity_uri"]), signers[job.args["signer_id"]]
    known = dialects.get(host)
    if found is not None and signer is not None and _tells_of_keys(job, found):
        signer = keys.former(tx, signer) or signer
        # Of the keys before the present ones only that for RSA is kept.
        known = "rfc9421" if known == "ed25519" else known
    header = told.get((job.args["signer_id"], url)) if found is not None and found.kind == "Create" else None
    return Ready(
        sent=None if found is not None and _too_late(job, found, holding) else found,
        signer=signer,
        suspended=host in suspended,
        known=known,
        extra=(header,) if header else (),
    )


def _tells_of_keys(job: Job, sent: Sent) -> bool:
    """A profile, which may bring new keys (X05): whoever is told of them knows the old ones. Who refuses
    those has heard of the change already, and is tried with the new ones next, in turn."""
    return sent.kind == "Update" and sent.object_id == sent.actor_id and job.attempts % 2 == 1


def _too_late(job: Job, sent: Sent, holding: set[tuple[int, int]]) -> bool:
    """Their access ended while this waited: what a post says is not sent any more (P11, P12)."""
    post_id, person_id = job.args.get("post_id"), job.args.get("person_id")
    if sent.kind not in ("Create", "Update") or post_id is None or person_id is None:
        return False
    return (post_id, person_id) not in holding


async def _judge(instance: Instance, job: Job, answer: Response, learned: Dialect | None) -> Finish | None:
    if 200 <= answer.status < 300:
        return Delivered(job, learned)
    where = f"{answer.status} from {jobs.host_of(job.args['inbox_url'])}"
    if answer.status >= 500 or answer.status in _PASSING:
        raise TryLater(seconds=retry_after(answer), log=where)
    await instance.db.write(_refused, job, answer.status)
    raise GiveUp(where, answered=True)


def _refused(tx: Tx, job: Job, status: int) -> None:
    _note(tx, job, "refused", str(status))
    person = people.by_id(tx, job.args["person_id"]) if job.args.get("person_id") else None
    if status == 410 and person is not None:
        # Gone, says the inbox; the actor itself is asked before anything is believed (F19).
        jobs.fetch_actor(tx, person.uri)


def _note(tx: Tx, job: Job, state: str, why: str | None) -> None:
    if job.args.get("post_id") and job.args.get("person_id"):
        federation.note_delivery(tx, job.args["post_id"], job.args["person_id"], state, why)
