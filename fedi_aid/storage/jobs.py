"""Questions and acts on the queue: claim, finish, retry, bury; the breaker per host; turns of periodic tasks.

A job is `waiting`, `running` under a lease, or `buried` (given up, kept to be seen and retried); a finished
job is no row. A claim hands out each job once: whoever claims again after the lease has ended holds a new
claim, and the old one can no longer finish, retry or bury (`held`).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from fedi_aid.storage.among import among, among_words
from fedi_aid.storage.tables.base import Moment
from fedi_aid.storage.tables.federation import hosts
from fedi_aid.storage.tables.work import jobs, periodic
from fedi_aid.storage.tx import Tx, locks_its_rows

BREAKER_AT = 5  # failures in a row
BREAKER_FIRST = timedelta(minutes=1)
BREAKER_LONGEST = timedelta(hours=2)
PER_HOST = 8  # jobs of one host that a lane runs at once
LEASE_ENDED = "the worker stopped before it was done"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed job. `attempts` counts this attempt; `args` are what `work.jobs` put there: ids and URIs."""

    id: int
    kind: str
    lane: str
    args: dict[str, Any]
    attempts: int
    order_key: str | None
    host: str | None
    created_at: datetime
    worker: str


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs are alike, and since when the oldest of them waits."""

    lane: str
    kind: str
    host: str | None
    state: str
    jobs: int
    oldest: datetime


class BuriedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was given up; what it was about stays inside."""

    id: int
    kind: str
    lane: str
    host: str | None
    attempts: int
    last_error: str
    created_at: datetime
    buried_at: datetime


# -- claiming


_LANE = bindparam("in_lane", type_=Text())
_NOW = bindparam("now", type_=Moment())
_LIMIT = bindparam("limit", type_=Integer())


def _free() -> ColumnElement[bool]:
    """A waiting job that nothing holds back: no older job of its order, no open breaker.

    A host that failed is tried by one job at a time, until it answers.
    """
    older, beside = jobs.alias("older"), jobs.alias("beside")
    in_order = ~exists().where(
        older.c.order_key == jobs.c.order_key,
        older.c.id < jobs.c.id,
        older.c.state.in_(("waiting", "running")),
    )
    probed = (
        exists()
        .where(
            beside.c.host == jobs.c.host,
            or_(
                beside.c.state == "running",
                and_(beside.c.state == "waiting", beside.c.due_at <= _NOW, beside.c.id < jobs.c.id),
            ),
        )
        .correlate(jobs)
    )
    refused = exists().where(
        hosts.c.domain == jobs.c.host,
        or_(hosts.c.open_until > _NOW, and_(hosts.c.failures >= BREAKER_AT, probed)),
    )
    return and_(in_order, ~refused)


def _running_per_host() -> Subquery:
    beside = jobs.alias("crowd")
    return (
        select(beside.c.host, func.count().label("number"))
        .where(beside.c.lane == _LANE, beside.c.state == "running", beside.c.host.is_not(None))
        .group_by(beside.c.host)
        .subquery("busy")
    )


def _not_crowded() -> ColumnElement[bool]:
    """A job that needs no host, or one for which this lane does not run `PER_HOST` jobs already."""
    busy = _running_per_host()
    crowded = select(busy.c.host).where(busy.c.number >= PER_HOST)
    return or_(jobs.c.host.is_(None), jobs.c.host.not_in(crowded))


@cache
def _claiming(in_turns: bool, many: bool) -> Update:
    """The statement of `claim`, made once: making it costs more than running it."""
    first = jobs.c.turn if in_turns else jobs.c.due_at
    ready = and_(jobs.c.lane == _LANE, jobs.c.state == "waiting", jobs.c.due_at <= _NOW)
    chosen = and_(ready, _free(), _not_crowded())
    if many:
        # Of the next ones no more than this of one host: a slow one must not fill the lane.
        near = (
            select(jobs.c.id, jobs.c.host, first.label("first"))
            .where(chosen)
            .order_by(first, jobs.c.id)
            .limit(2 * _LIMIT)
            .subquery("near")
        )
        place = func.row_number().over(partition_by=near.c.host, order_by=(near.c.first, near.c.id))
        placed = select(near.c.id, near.c.host, place.label("place")).subquery("placed")
        busy = _running_per_host()
        few = or_(placed.c.host.is_(None), placed.c.place + func.coalesce(busy.c.number, 0) <= PER_HOST)
        with_busy = placed.outerjoin(busy, busy.c.host == placed.c.host)
        chosen = and_(ready, jobs.c.id.in_(select(placed.c.id).select_from(with_busy).where(few)))
    due = (
        select(jobs.c.id)
        .where(chosen)
        .order_by(first, jobs.c.id)
        .limit(_LIMIT)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(jobs)
        .where(jobs.c.id.in_(select(due.c.id)))
        .values(
            state="running",
            lease_until=bindparam("lease_", type_=Moment()),
            worker=bindparam("worker_", type_=Text()),
            attempts=jobs.c.attempts + 1,
            once_key=None,  # what is asked for from now on may be news to this run
        )
        .returning(*(jobs.c[name] for name in Job.__struct_fields__))
    )


@locks_its_rows
def claim(
    tx: Tx, lane: str, worker: str, lease: timedelta, limit: int, *, in_turns: bool = False
) -> list[Job]:
    """Take up to `limit` due jobs of a lane for `worker` until `lease` from now: oldest first, or `in_turns`,
    so that a sender of many does not keep the others waiting (D08); of one host no more than `PER_HOST`.

    Jobs of a worker whose lease has ended are taken back first. One statement picks and marks, and two
    workers never get the same job.
    """
    _take_back(tx, lane)
    given = {"in_lane": lane, "now": tx.now, "limit": limit, "lease_": tx.now + lease, "worker_": worker}
    claimed = tx.all(_claiming(in_turns, limit > PER_HOST), **given)
    return sorted((Job(**row._mapping) for row in claimed), key=lambda job: job.id)


def _take_back(tx: Tx, lane: str) -> None:
    tx.run(
        update(jobs)
        .where(jobs.c.lane == lane, jobs.c.state == "running", jobs.c.lease_until <= tx.now)
        .values(state="waiting", lease_until=None, worker=None, last_error=LEASE_ENDED)
    )


@cache
def _waiting_next() -> Select[Any]:
    ready = and_(jobs.c.lane == _LANE, jobs.c.state == "waiting")
    return select(jobs.c.due_at).where(ready, _free(), _not_crowded()).order_by(jobs.c.due_at).limit(1)


def next_due(tx: Tx, lane: str) -> datetime | None:
    """When there may next be something to claim: a job that nothing holds back, or a lease that ends."""
    waiting = tx.scalar(_waiting_next(), in_lane=lane, now=tx.now)
    lease = tx.scalar(
        select(jobs.c.lease_until)
        .where(jobs.c.lane == lane, jobs.c.state == "running")
        .order_by(jobs.c.lease_until)
        .limit(1)
    )
    return min((moment for moment in (waiting, lease) if moment is not None), default=None)


# -- what becomes of a claimed job


def _held(job_id: int, held: Job | None) -> ColumnElement[bool]:
    """The row itself, or, with `held`, the row only while that claim is the newest."""
    if held is None:
        return jobs.c.id == job_id
    return and_(
        jobs.c.id == job_id,
        jobs.c.state == "running",
        jobs.c.worker == held.worker,
        jobs.c.attempts == held.attempts,
    )


_FINISH = delete(jobs).where(
    jobs.c.id == bindparam("job_id"),
    jobs.c.state == "running",
    jobs.c.worker == bindparam("its_worker"),
    jobs.c.attempts == bindparam("its_attempts"),
)


def finish(tx: Tx, job_id: int, *, held: Job | None = None) -> bool:
    """The job is done. False when the claim `held` was lost: then its effect must not be kept."""
    if held is None:
        return tx.run(delete(jobs).where(_held(job_id, held))) == 1
    claimed = {"job_id": job_id, "its_worker": held.worker, "its_attempts": held.attempts}
    return tx.run(_FINISH, claimed) == 1


_MINE = select(jobs.c.id, jobs.c.attempts).where(
    among(jobs.c.id, "ids"), jobs.c.state == "running", jobs.c.worker == bindparam("its_worker")
)
_REMOVE = delete(jobs).where(among(jobs.c.id, "ids"))


def still_held(tx: Tx, claimed: Sequence[Job]) -> set[int]:
    """The ids of those of these claims, all of one worker, that nobody has taken over."""
    if not claimed:
        return set()
    attempts = {job.id: job.attempts for job in claimed}
    rows = tx.all(_MINE, ids=list(attempts), its_worker=claimed[0].worker)
    return {row.id for row in rows if attempts[row.id] == row.attempts}


def remove(tx: Tx, done: Collection[int]) -> None:
    """These jobs are done; this transaction knows that they are `still_held`."""
    if done:
        tx.run(_REMOVE, {"ids": list(done)})


def finish_all(tx: Tx, held: Sequence[Job]) -> set[int]:
    """These claims are done, all of one worker; the ids of those that were still held."""
    done = still_held(tx, held)
    remove(tx, done)
    return done


def wake_next(tx: Tx, ended: Sequence[Job]) -> None:
    """What was ordered after these, which are done or given up, may go on, in whatever lane it waits."""
    keys = [job.order_key for job in ended if job.order_key]
    if keys:
        after = select(jobs.c.lane).where(jobs.c.order_key.in_(keys), jobs.c.state == "waiting")
        tx.lanes.update(tx.column(after.distinct()))


def retry(tx: Tx, job_id: int, due_at: datetime, error: str, *, held: Job | None = None) -> bool:
    """The attempt failed; try again at `due_at`."""
    done = update(jobs).where(_held(job_id, held))
    return (
        tx.run(done.values(state="waiting", due_at=due_at, lease_until=None, worker=None, last_error=error))
        == 1
    )


def move(tx: Tx, job_id: int, lane: str, *, held: Job | None = None) -> bool:
    """Give a claimed job to another lane, as if it had not been claimed; its order and its turn stay."""
    tx.lanes.add(lane)
    back = update(jobs).where(_held(job_id, held))
    return (
        tx.run(
            back.values(
                lane=lane, state="waiting", lease_until=None, worker=None, attempts=jobs.c.attempts - 1
            )
        )
        == 1
    )


_WAITING_FROM = select(func.count()).select_from(
    select(jobs.c.id)
    .where(jobs.c.sender == bindparam("by_sender"), jobs.c.state == "waiting")
    .limit(bindparam("at_most"))
    .subquery()
)


def waiting_from(tx: Tx, sender: str, at_most: int) -> int:
    """How many jobs that a sender caused wait for their turn, counted up to `at_most`."""
    return int(tx.scalar(_WAITING_FROM, by_sender=sender, at_most=at_most) or 0)


def bury(tx: Tx, job_id: int, error: str, *, held: Job | None = None) -> bool:
    """Give the job up and keep it to be seen; jobs ordered after it may go on."""
    values = {"state": "buried", "buried_at": tx.now, "last_error": error, "once_key": None}
    return (
        tx.run(update(jobs).where(_held(job_id, held)).values(lease_until=None, worker=None, **values)) == 1
    )


def renew_lease(tx: Tx, job_id: int, lease: timedelta, *, held: Job | None = None) -> bool:
    """Keep a running job until `lease` from now; False when it is no longer ours to keep."""
    running = and_(_held(job_id, held), jobs.c.state == "running")
    return tx.run(update(jobs).where(running).values(lease_until=tx.now + lease)) == 1


def release(tx: Tx, worker: str) -> int:
    """A worker that stops gives its running jobs back, and the attempt does not count. How many they were."""
    lanes = tx.column(
        select(jobs.c.lane).where(jobs.c.worker == worker, jobs.c.state == "running").distinct()
    )
    tx.lanes.update(lanes)
    return tx.run(
        update(jobs)
        .where(jobs.c.lane.in_(lanes), jobs.c.worker == worker, jobs.c.state == "running")
        .values(state="waiting", lease_until=None, worker=None, attempts=jobs.c.attempts - 1)
    )


def release_dead(tx: Tx, place: str, is_alive: Callable[[int], bool]) -> int:
    """Give back what workers of this machine held when they were killed, without waiting for their leases.

    A worker's name is `place/process id/…`; `is_alive(process id)` says whether it may still be working.
    """
    held = select(jobs.c.worker).where(jobs.c.state == "running", jobs.c.worker.like(f"{place}/%"))
    found = 0
    for worker in tx.column(held.distinct()):
        process = worker.split("/")[1] if worker.count("/") == 2 else ""
        if process.isdecimal() and not is_alive(int(process)):
            found += release(tx, worker)
    return found


# -- looking after the queue


def counts(tx: Tx) -> list[Count]:
    """Every job there is, counted by lane, kind, host and state."""
    kinds = (jobs.c.lane, jobs.c.kind, jobs.c.host, jobs.c.state)
    rows = tx.all(
        select(*kinds, func.count().label("jobs"), func.min(jobs.c.created_at).label("oldest"))
        .group_by(*kinds)
        .order_by(jobs.c.lane, jobs.c.kind, jobs.c.state, jobs.c.host)
    )
    return [Count(**row._mapping) for row in rows]


def buried(tx: Tx, *, lane: str | None = None, before: int | None = None, limit: int = 50) -> list[BuriedJob]:
    """Jobs that were given up, newest first; `before` is the id the page before ended with."""
    page = select(*(jobs.c[name] for name in BuriedJob.__struct_fields__)).where(jobs.c.state == "buried")
    if lane is not None:
        page = page.where(jobs.c.lane == lane)
    if before is not None:
        page = page.where(jobs.c.id < before)
    return [BuriedJob(**row._mapping) for row in tx.all(page.order_by(jobs.c.id.desc()).limit(limit))]


def dig_up(tx: Tx, job_id: int) -> bool:
    """Try a buried job again now, as if it were new. False when it is not there or not buried."""
    again = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == "buried")
        .values(state="waiting", due_at=tx.now, attempts=0, created_at=tx.now, buried_at=None)
    )
    lane = tx.scalar(again.returning(jobs.c.lane))
    if lane is not None:
        tx.lanes.add(lane)
    return lane is not None


def drop(tx: Tx, job_id: int) -> bool:
    """Remove a job for good, unless it is running."""
    return tx.run(delete(jobs).where(jobs.c.id == job_id, jobs.c.state != "running")) == 1


def cancel(tx: Tx, once_key: str) -> bool:
    """Remove the waiting job with this key, which has become pointless; a running one goes on."""
    return tx.run(delete(jobs).where(jobs.c.once_key == once_key, jobs.c.state == "waiting")) == 1


# -- the breaker


def host_failed(tx: Tx, host: str, now: datetime) -> datetime | None:
    """Count a failure; the fifth in a row opens the breaker, each later one for twice as long.

    Answers until when it is open, or None. Failures of what was under way when it opened count once.
    """
    known = tx.first(select(hosts.c.failures, hosts.c.open_until).where(hosts.c.domain == host))
    if known is not None and known.open_until is not None and known.open_until > now:
        until: datetime = known.open_until
        return until
    failures = 1 if known is None else known.failures + 1
    opened = None
    if failures >= BREAKER_AT:
        opened = now + min(BREAKER_LONGEST, BREAKER_FIRST * 2 ** min(failures - BREAKER_AT, 20))
    values: dict[str, Any] = {"failures": failures, "open_until": opened}
    if failures == 1:
        values["first_failure_at"] = now
    tx.put(hosts, [hosts.c.domain], domain=host, **values)
    if opened is not None:
        _waiting = and_(jobs.c.host == host, jobs.c.state == "waiting", jobs.c.due_at < opened)
        tx.run(update(jobs).where(_waiting).values(due_at=opened))
    return opened


def host_answered(tx: Tx, host: str) -> None:
    """`hosts_answered` for one."""
    hosts_answered(tx, [host])


_STATE_OF_HOSTS = select(hosts.c.domain, hosts.c.failures, hosts.c.open_until, hosts.c.last_success_at).where(
    among_words(hosts.c.domain, "domains")
)


def hosts_answered(tx: Tx, those: Iterable[str]) -> None:
    """These hosts work: close their breakers, and where one had failed, make what waits for it due now.

    Cheap to call for every answer: an hour's successes are one write.
    """
    wanted = set(those)
    if not wanted:
        return
    known = tx.all(_STATE_OF_HOSTS, domains=wanted)
    hour_ago = tx.now - timedelta(hours=1)
    stale = [
        row.domain
        for row in known
        if not row.failures and (row.last_success_at is None or row.last_success_at < hour_ago)
    ]
    if stale:
        tx.run(update(hosts).where(hosts.c.domain.in_(stale)).values(last_success_at=tx.now))
    for row in known:
        if row.failures:
            _works_again(tx, row.domain, row.open_until)


def _works_again(tx: Tx, host: str, open_until: datetime | None) -> None:
    tx.run(
        update(hosts)
        .where(hosts.c.domain == host)
        .values(failures=0, open_until=None, first_failure_at=None, last_success_at=tx.now)
    )
    # What failed before, and what the breaker put off; a job that is late on purpose stays so.
    put_off = [jobs.c.attempts > 0] + ([jobs.c.due_at <= open_until] if open_until else [])
    waiting = and_(jobs.c.host == host, jobs.c.state == "waiting", or_(*put_off))
    tx.run(update(jobs).where(waiting, jobs.c.due_at > tx.now).values(due_at=tx.now))
    tx.lanes.update(tx.column(select(jobs.c.lane).where(waiting).distinct()))


# -- periodic tasks


def take_turn(tx: Tx, name: str, every: timedelta) -> bool:
    """Whether this transaction is the one to run a periodic task now; every other process gets False.

    The row is the lock: it is written here and committed with what the task does.
    """
    turn = (
        update(periodic)
        .where(periodic.c.name == name, periodic.c.last_run_at <= tx.now - every)
        .values(last_run_at=tx.now, runs=periodic.c.runs + 1)
    )
    return tx.run(turn) == 1 or tx.insert_new(periodic, name=name, last_run_at=tx.now, runs=1)


def last_turns(tx: Tx, names: Sequence[str]) -> dict[str, datetime]:
    """When each of these tasks last ran; one that never ran is absent."""
    rows = tx.all(select(periodic.c.name, periodic.c.last_run_at).where(periodic.c.name.in_(names)))
    return {row.name: row.last_run_at for row in rows}
