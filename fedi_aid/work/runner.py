"""The runner: claims jobs lane by lane, runs their handlers, and records what became of them.

A handler is async, may use the network, and holds no transaction. What it returns, a sync function of a
transaction, is run in the transaction that removes the job: effect and completion commit together or not at
all. A handler may run more than once for one job (a crash, a lost lease), its effect is kept once.

Workers are woken by the commit that enqueued (same process), sleep until the next due moment, and look
again every few seconds for what other processes enqueued.
"""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from fedi_aid.errors import FediAidError, TryLater
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import Database
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Announcement, Tx
from fedi_aid.work.backoff import MAX_ATTEMPTS, next_try
from fedi_aid.work.jobs import KINDS, GiveUp, Kind, Lane

Finish = Callable[[Tx], None]
Handler = Callable[[Job], Awaitable[Finish | None]]

POLL_SECONDS = 2.0
TROUBLE_SECONDS = 1.0  # after the database refused a claim
CONTENDED_SECONDS = 0.05  # something is due, and another process was quicker

log = structlog.get_logger()


class _LeaseLost(Exception):
    """Another worker has the job now: nothing of this attempt may be kept."""


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
        kinds: Mapping[str, Kind] = KINDS,
        clock: Callable[[], datetime] | None = None,
        dice: random.Random | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._kinds = kinds
        self._concurrency = dict(concurrency)
        self.worker_id = worker_id
        self._clock = clock or db.clock
        self._dice = dice or db.dice
        self._poll = poll_seconds
        self._awake: dict[str, asyncio.Event] = {lane: asyncio.Event() for lane in self._concurrency}
        self._running: dict[asyncio.Task[None], Job] = {}
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
            await asyncio.gather(*(self._begin(job) for job in claimed))
        raise RuntimeError(f"still not idle after {max_rounds} rounds")

    # -- lanes

    def _free(self, lane: Lane) -> int:
        return self._concurrency[lane] - sum(1 for job in self._running.values() if job.lane == lane)

    async def _claim(self, lane: Lane, limit: int) -> list[Job]:
        leases = [kind.lease for kind in self._kinds.values() if kind.lane == lane]
        lease = max(leases, default=timedelta(minutes=1))
        return await self._db.write(queue.claim, lane, self.worker_id, lease, limit)

    async def _serve(self, lane: Lane) -> None:
        awake = self._awake[lane]
        while not self._stopping:
            awake.clear()
            try:
                free = self._free(lane)
                claimed = await self._claim(lane, free) if free else []
                for job in claimed:
                    self._begin(job)
                if len(claimed) == free:  # full: the next job that ends wakes us
                    await awake.wait()
                else:
                    await self._sleep(lane, awake, empty=not claimed)
            except Exception as failure:
                log.warning("lane_in_trouble", lane=lane, error=_in_a_line(failure))
                await asyncio.sleep(TROUBLE_SECONDS)

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

    # -- one job

    def _begin(self, job: Job) -> asyncio.Task[None]:
        for older, claim in self._running.items():
            if claim.id == job.id:  # we were asleep for longer than the lease, and took our own job back
                older.cancel()
        task = asyncio.create_task(self._run(job), name=f"{job.kind} {job.id}")
        self._running[task] = job
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        job = self._running.pop(task)
        # The next of its order may be in any lane.
        self.wake(self._concurrency if job.order_key else [job.lane])

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
            await self._db.write(_complete, job, finish)
        except _LeaseLost:
            log.warning("lease_lost", job=job.id, kind=job.kind)
        except Exception as failure:
            await self._record(job, failure, blame_host=not answered)

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
        queue.host_answered(tx, job.host)


def _in_a_line(failure: BaseException) -> str:
    """Our own errors have a text for the log; of others kind and place, for the text may quote a post."""
    if isinstance(failure, FediAidError):
        return " ".join(failure.log.split())[:300]
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(failure).__name__}{place}"
