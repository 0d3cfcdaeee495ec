"""Periodic tasks: what is done by the clock, once for all processes of an instance.

The composition root passes the table. A task's turn is a row written in the task's own transaction, so two
processes never run the same turn, and a turn that fails is not counted.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import Database
from fedi_aid.storage.tx import Tx

POLL_SECONDS = 5.0
AFTER_FAILURE = timedelta(minutes=1)

log = structlog.get_logger()


class Periodic(msgspec.Struct, frozen=True, kw_only=True):
    """Do `act` every `every`, in one transaction; long or networked work is enqueued from there."""

    name: str
    every: timedelta
    act: Callable[[Tx], None]


class Timetable:
    """Runs each task when it is due: at once if it never ran."""

    def __init__(
        self, db: Database, tasks: Sequence[Periodic], *, clock: Callable[[], datetime] | None = None
    ) -> None:
        names = [task.name for task in tasks]
        if len(set(names)) != len(names):
            raise ValueError("two periodic tasks have the same name")
        self._db = db
        self._tasks = tasks
        self._clock = clock or db.clock
        self._not_before: dict[str, datetime] = {}
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, until `stop`."""
        self._loop = asyncio.create_task(self._run(), name="periodic tasks")

    async def stop(self) -> None:
        """End; a task in the middle of its transaction is rolled back or committed whole."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
            self._loop = None

    async def run_due(self) -> list[str]:
        """Run what is due now, one after the other; the names of what this process ran."""
        last = await self._db.read(queue.last_turns, [task.name for task in self._tasks])
        return [task.name for task in self._tasks if self._is_due(task, last) and await self._turn(task)]

    def _is_due(self, task: Periodic, last: dict[str, datetime]) -> bool:
        return self._next(task, last) <= self._clock()

    def _next(self, task: Periodic, last: dict[str, datetime]) -> datetime:
        ran = last.get(task.name)
        due = self._clock() if ran is None else ran + task.every
        return max(due, self._not_before.get(task.name, due))

    async def _turn(self, task: Periodic) -> bool:
        try:
            return await self._db.write(_take_and_act, task)
        except Exception as failure:
            self._not_before[task.name] = self._clock() + min(task.every, AFTER_FAILURE)
            log.error("periodic_task_failed", task=task.name, error=type(failure).__name__)
            return False

    async def _run(self) -> None:
        while True:
            seconds = POLL_SECONDS
            try:
                await self.run_due()
                last = await self._db.read(queue.last_turns, [task.name for task in self._tasks])
                waits = [(self._next(task, last) - self._clock()).total_seconds() for task in self._tasks]
                seconds = max(0.05, min([POLL_SECONDS, *waits]))
            except Exception as failure:
                log.error("periodic_tasks_in_trouble", error=type(failure).__name__)
            await asyncio.sleep(seconds)


def _take_and_act(tx: Tx, task: Periodic) -> bool:
    if not queue.take_turn(tx, task.name, task.every):
        return False
    task.act(tx)
    return True
