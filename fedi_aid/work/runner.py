"""The runner: claims jobs lane by lane, runs their handlers, and records what became of them.

Kinds that as a rule need nothing but the database have a *quick* handler, a sync function of a transaction:
many waiting jobs are done in one transaction, each undone alone when it fails. One that turns out to need
the network goes on to a lane where it may wait.

A handler is async, may use the network, and holds no transaction. What it returns, a sync function of a
transaction, is run in the transaction that removes the job: effect and completion commit together or not at
all. A handler may run more than once for one job (a crash, a lost lease), its effect is kept once.

Workers are woken by the commit that enqueued (same process), sleep until the next due moment, and look
again every few seconds for what other processes enqueued.
"""

import asyncio
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import structlog

from fedi_aid.errors import FediAidError, TryLater
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import Database, ends_the_transaction
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Announcement, Tx
from fedi_aid.work.backoff import MAX_ATTEMPTS, next_try
from fedi_aid.work.kinds import FAIR, KINDS, GiveUp, Kind, Lane
from fedi_aid.work.together import Together

Finish = Callable[[Tx], None]
Handler = Callable[[Job], Awaitable[Finish | None]]
QuickHandler = Callable[[Tx, Job], None]

POLL_SECONDS = 2.0
TROUBLE_SECONDS = 1.0  # after the database refused a claim
CONTENDED_SECONDS = 0.05  # something is due, and another process was quicker
BATCH = 64  # quick jobs that are claimed together …
BATCH_PAUSE = 0.02  # … with a pause before the next, unless there are more than that …
BATCH_SECONDS = 0.05  # … and for how long one transaction goes on with them: others want to write too

COMPLETED_AT_ONCE = 64  # jobs that may be done with in one transaction
MANY = 16  # jobs under way, from which on it is worth …
BREATHS = 2
BREATH_SECONDS = 0.01  # … to wait so long for others to end too

log = structlog.get_logger()


@runtime_checkable
class Joint(Protocol):
    """A finish that can be done for many jobs at once, for less than one by one."""

    def __call__(self, tx: Tx, /) -> None: ...

    @staticmethod
    def together(tx: Tx, finishes: "Sequence[Any]") -> None:
        """What calling each would do. All are of this class."""


class _LeaseLost(Exception):
    """Another worker has the job now: nothing of this attempt may be kept."""


class NotQuick(Exception):
    """Raised by a quick handler: this job needs more than the database, and goes on in `lane`."""

    def __init__(self, lane: Lane) -> None:
        super().__init__(lane)
        self.lane = lane


class DoneOtherwise(Exception):
    """Raised by a quick handler: undo what it did, do `finish` instead, and the job is done."""

    def __init__(self, finish: Finish) -> None:
        super().__init__()
        self.finish = finish


class Runner:
    """Runs the lanes named in `concurrency`, each with that many jobs at a time.

    `worker_id` must be another one for every process. The clock and the dice are the database's unless given.
    """

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, Handler],
        *,
        concurrency: Mapping[Lane, int],
        worker_id: str,
        quick: Mapping[str, QuickHandler] | None = None,
        kinds: Mapping[str, Kind] = KINDS,
        clock: Callable[[], datetime] | None = None,
        dice: random.Random | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._quick = dict(quick or {})
        self._kinds = kinds
        self._concurrency = dict(concurrency)
        self.worker_id = worker_id
        self._clock = clock or db.clock
        self._dice = dice or db.dice
        self._poll = poll_seconds
        self._awake: dict[str, asyncio.Event] = {lane: asyncio.Event() for lane in self._concurrency}
        self._running: dict[asyncio.Task[None], Job] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._completed = Together(self._complete_many, most=COMPLETED_AT_ONCE, pause=self._breath)
        self._loops: list[asyncio.Task[None]] = []
        self._heartbeat: asyncio.Task[None] | None = None
        self._stopping = False
        db.on_commit(self._heard)

    # -- life

    async def start(self) -> None:
        """Begin to serve every lane, until `stop`."""
        self._stopping = False
        self._loops = [
            asyncio.create_task(self._serve(lane), name=f"lane {lane}") for lane in self._concurrency
        ]
        self._heartbeat = asyncio.create_task(self._keep_leases(), name="leases")

    async def stop(self, grace_seconds: float = 10.0) -> None:
        """Claim nothing more, let what runs finish for that long, then give the rest back uncounted."""
        self._stopping = True
        self.wake(self._concurrency)
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        unfinished = [*self._running, *([self._heartbeat] if self._heartbeat else [])]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self._loops, self._heartbeat = [], None
        await self._db.write(queue.release, self.worker_id)

    def wake(self, lanes: Mapping[Lane, int] | set[str] | Sequence[str]) -> None:
        """Look at these lanes now: another process said that there is work. Unknown lanes are ignored."""
        for lane in lanes:
            if lane in self._awake:
                self._awake[lane].set()

    def _heard(self, _announcements: list[Announcement], lanes: set[str]) -> None:
        self.wake(lanes)

    async def run_until_idle(self, max_rounds: int = 100) -> int:
        """Run everything due now, and what that makes due, in this task; how many attempts were made.

        For tests and commands, instead of `start`. Raises when there is still work after `max_rounds`.
        """
        attempts = 0
        for _ in range(max_rounds):
            claimed = [job for lane in self._concurrency for job in await self._claim(lane, self._free(lane))]
            if not claimed:
                return attempts
            attempts += len(claimed)
            others = await self._do_quick(claimed)
            await asyncio.gather(*(self._begin(job) for job in others))
        raise RuntimeError(f"still not idle after {max_rounds} rounds")

    # -- lanes

    def _free(self, lane: Lane) -> int:
        if any(self._kinds[kind].lane == lane for kind in self._quick if kind in self._kinds):
            return BATCH
        return self._concurrency[lane] - sum(1 for job in self._running.values() if job.lane == lane)

    async def _claim(self, lane: Lane, limit: int) -> list[Job]:
        leases = [kind.lease for kind in self._kinds.values() if kind.lane == lane]
        lease = max(leases, default=timedelta(minutes=1))
        return await self._db.write(queue.claim, lane, self.worker_id, lease, limit, in_turns=lane in FAIR)

    async def _serve(self, lane: Lane) -> None:
        awake = self._awake[lane]
        while not self._stopping:
            awake.clear()
            try:
                free = self._free(lane)
                claimed = await self._claim(lane, free) if free else []
                others = await self._do_quick(claimed)
                for job in others:
                    self._begin(job)
                if len(others) < len(claimed):
                    if len(claimed) < free:  # let some more come together
                        await asyncio.sleep(BATCH_PAUSE)
                    continue
                if len(claimed) == free:  # full: the next job that ends wakes us
                    await awake.wait()
                    await self._gather(lane)
                else:
                    await self._sleep(lane, awake, empty=not claimed)
            except Exception as failure:
                log.warning("lane_in_trouble", lane=lane, error=_in_a_line(failure))
                await asyncio.sleep(TROUBLE_SECONDS)

    async def _gather(self, lane: Lane) -> None:
        """Let a wide lane become a quarter empty, for a moment: claiming one by one costs most."""
        wanted = self._concurrency[lane] // 4
        for _ in range(BREATHS):
            if self._free(lane) >= wanted:
                return
            await asyncio.sleep(BREATH_SECONDS)

    async def _sleep(self, lane: Lane, awake: asyncio.Event, *, empty: bool) -> None:
        """Until woken, or a job is due, or it is time to look for what other processes enqueued."""
        while not awake.is_set():
            due = await self._db.read(queue.next_due, lane)
            seconds = self._poll if due is None else min(self._poll, (due - self._clock()).total_seconds())
            if seconds <= 0:
                if empty:
                    await asyncio.sleep(CONTENDED_SECONDS)
                return
            try:
                async with asyncio.timeout(seconds):
                    await awake.wait()
            except TimeoutError:
                empty = False

    async def _keep_leases(self) -> None:
        """Renew what runs for long; a job that was lost meanwhile is stopped."""
        shortest = min(kind.lease for kind in self._kinds.values()).total_seconds()
        while True:
            await asyncio.sleep(shortest / 3)
            held = list(self._running.items())
            if not held:
                continue
            try:
                lost = await self._db.write(self._renew, [job for _, job in held])
            except Exception as failure:
                log.warning("leases_not_renewed", error=_in_a_line(failure))
                continue
            for task, job in held:
                if job.id in lost and not task.done() and self._running.get(task) is job:
                    log.warning("lease_lost", job=job.id, kind=job.kind)
                    task.cancel()

    def _renew(self, tx: Tx, held: list[Job]) -> set[int]:
        return {job.id for job in held if not queue.renew_lease(tx, job.id, self._lease(job), held=job)}

    def _lease(self, job: Job) -> timedelta:
        kind = self._kinds.get(job.kind)
        return kind.lease if kind else timedelta(minutes=1)

    # -- many jobs at once

    def _is_quick(self, job: Job) -> bool:
        """Not after it went to another lane than its kind's: there it is done the long way."""
        kind = self._kinds.get(job.kind)
        at_home = kind is not None and kind.lane == job.lane
        return job.kind in self._quick and at_home and job.attempts <= MAX_ATTEMPTS

    async def _do_quick(self, claimed: Sequence[Job]) -> list[Job]:
        """Do the quick ones; the others are given back."""
        quick = [job for job in claimed if self._is_quick(job)]
        others = [job for job in claimed if job not in quick]
        while quick:
            try:
                failed, quick = await self._db.write(self._batch, quick)
            except Exception as failure:
                failed, quick = [(job, failure) for job in quick], []
            for job, reason in failed:
                await self._record(job, reason, blame_host=False)
        return others

    def _batch(self, tx: Tx, jobs: Sequence[Job]) -> tuple[list[tuple[Job, Exception]], list[Job]]:
        """As many as there is time for, in one transaction: (those that failed, those still to do).

        Which of them are still ours is asked once, and what is done is removed at the end: nobody can take
        one over in between without colliding. A collision with another process undoes and repeats all of it.
        """
        failed: list[tuple[Job, Exception]] = []
        done: list[int] = []
        left: list[Job] = []
        held = queue.still_held(tx, jobs)
        until = time.monotonic() + BATCH_SECONDS
        for at, job in enumerate(jobs):
            if at and time.monotonic() > until:
                left = list(jobs[at:])
                break
            if job.id not in held:
                log.warning("lease_lost", job=job.id, kind=job.kind)
                continue
            try:
                self._do_alone(tx, job)
                done.append(job.id)
            except NotQuick as refusal:
                queue.move(tx, job.id, refusal.lane, held=job)
            except Exception as failure:
                if ends_the_transaction(failure):
                    raise
                failed.append((job, failure))
        queue.remove(tx, done)
        queue.wake_next(tx, jobs[: len(jobs) - len(left)])
        return failed, left

    def _do_alone(self, tx: Tx, job: Job) -> None:
        try:
            with tx.undone_alone():
                self._quick[job.kind](tx, job)
        except DoneOtherwise as other:
            with tx.undone_alone():
                other.finish(tx)

    # -- one job

    def _begin(self, job: Job) -> asyncio.Task[None]:
        older = self._tasks.get(job.id)
        if older is not None:  # we were asleep for longer than the lease, and took our own job back
            older.cancel()
        task = asyncio.create_task(self._run(job), name=f"{job.kind} {job.id}")
        self._running[task] = job
        self._tasks[job.id] = task
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        job = self._running.pop(task)
        if self._tasks.get(job.id) is task:
            del self._tasks[job.id]
        self.wake([job.lane])

    async def _run(self, job: Job) -> None:
        answered = False
        try:
            handler, kind = self._handlers.get(job.kind), self._kinds.get(job.kind)
            if handler is None or kind is None:
                raise GiveUp(f"no handler for {job.kind}")
            if job.attempts > MAX_ATTEMPTS:
                raise GiveUp("its worker stopped each time")
            async with asyncio.timeout(kind.longest.total_seconds()):
                finish = await handler(job)
            answered = True
            await self._completed.of((job, finish))
        except _LeaseLost:
            log.warning("lease_lost", job=job.id, kind=job.kind)
        except Exception as failure:
            await self._record(job, failure, blame_host=not answered)

    def _breath(self) -> float:
        """Seconds to wait for more, where many run: what is written together costs little more than one."""
        return BREATH_SECONDS if len(self._running) > MANY else 0

    async def _complete_many(self, done: "Sequence[Completed]") -> list[Exception | None]:
        return await self._db.write(_complete_all, done)

    async def _record(self, job: Job, failure: Exception, *, blame_host: bool) -> None:
        error = _in_a_line(failure)
        try:
            due = await self._db.write(self._fail, job, failure, error, blame_host)
        except Exception as second:  # the lease will end, and the job be taken back
            log.error(
                "failure_not_recorded", job=job.id, kind=job.kind, error=error, second=_in_a_line(second)
            )
            return
        how = {"job": job.id, "kind": job.kind, "host": job.host, "attempt": job.attempts, "error": error}
        if due is None:
            log.error("job_buried", **how)
        else:
            log.warning("job_failed", **how, due_at=due.isoformat())

    def _fail(self, tx: Tx, job: Job, failure: Exception, error: str, blame_host: bool) -> datetime | None:
        """Retry or bury; when it is tried again. The host's breaker hears of it in the same transaction."""
        due = None
        if not isinstance(failure, GiveUp):
            wish = failure.seconds if isinstance(failure, TryLater) else None
            patience = self._kinds[job.kind].retry_for
            due = next_try(job.attempts, job.created_at, tx.now, wish, self._dice, retry_for=patience)
        if due is None:
            queue.bury(tx, job.id, error, held=job)
            queue.wake_next(tx, [job])
        else:
            queue.retry(tx, job.id, due, error, held=job)
        if job.host and isinstance(failure, GiveUp) and failure.answered:
            queue.host_answered(tx, job.host)
        elif job.host and blame_host and isinstance(failure, TryLater | OSError):
            queue.host_failed(tx, job.host, tx.now)
        return due


def _complete(tx: Tx, job: Job, finish: Finish | None) -> None:
    if not queue.finish(tx, job.id, held=job):
        raise _LeaseLost
    if finish is not None:
        finish(tx)
    if job.host:
        queue.hosts_answered(tx, [job.host])
    queue.wake_next(tx, [job])


Completed = tuple[Job, Finish | None]


def _complete_all(tx: Tx, done: Sequence[Completed]) -> list[Exception | None]:
    """Many at once: with what cannot be joined one by one, each undone alone when it fails."""
    outcomes: dict[int, Exception] = {}
    joined: list[Completed] = []
    for job, finish in done:
        if finish is None or isinstance(finish, Joint):
            joined.append((job, finish))
            continue
        try:
            with tx.undone_alone():
                _complete(tx, job, finish)
        except Exception as failure:
            if ends_the_transaction(failure):
                raise
            outcomes[job.id] = failure
    lost = {job.id for job, _ in joined} - queue.finish_all(tx, [job for job, _ in joined])
    outcomes |= {job_id: _LeaseLost() for job_id in lost}
    kept = [(job, finish) for job, finish in joined if job.id not in lost]
    kinds: dict[type[Joint], list[Joint]] = {}
    for _, finish in kept:
        if isinstance(finish, Joint):
            kinds.setdefault(type(finish), []).append(finish)
    for kind, finishes in kinds.items():
        kind.together(tx, finishes)
    queue.hosts_answered(tx, {job.host for job, _ in kept if job.host})
    queue.wake_next(tx, [job for job, _ in kept])
    return [outcomes.get(job.id) for job, _ in done]


def _in_a_line(failure: BaseException) -> str:
    """Our own errors have a text for the log; of others kind and place, for the text may quote a post."""
    if isinstance(failure, FediAidError):
        return " ".join(failure.log.split())[:300]
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(failure).__name__}{place}"
