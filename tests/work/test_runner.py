"""The runner on both engines: effects with completion, failures, waking, stopping, two at once, the clock's tasks."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from fedi_aid.errors import TryLater
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.jobs import BREAKER_AT, Job
from fedi_aid.storage.tables.federation import key_misses
from fedi_aid.storage.tables.work import jobs as jobs_table
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs, kinds
from fedi_aid.work.backoff import MAX_ATTEMPTS
from fedi_aid.work.kinds import KINDS, LANES, GiveUp, Kind, Lane
from fedi_aid.work.periodic import Periodic, Timetable
from fedi_aid.work.runner import Finish, Handler, Runner
from tests.conftest import Clock

pytestmark = pytest.mark.anyio

ALL: dict[Lane, int] = dict.fromkeys(LANES, 4)


def a_runner(db: Database, handlers: Mapping[str, Handler], **more: Any) -> Runner:
    return Runner(db, handlers, **{"concurrency": ALL, "worker_id": "test", **more})


@asynccontextmanager
async def running(*runners: Runner, grace: float = 5) -> AsyncIterator[None]:
    for runner in runners:
        await runner.start()
    try:
        yield
    finally:
        for runner in runners:
            await runner.stop(grace)


def confirm(tx: Tx, post_id: int) -> bool:
    return errands.butler_confirm(tx, PostId(post_id))


def deliver(tx: Tx, n: int, host: str = "peer.example", order_key: str | None = None) -> int:
    url = f"https://{host}/inbox"
    jobs.deliver(tx, f"https://here/{n}", url, PersonId(1), host, order_key or f"o{n}", post_id=PostId(n))
    return n


def mark(name: str) -> Finish:
    """An effect that shows: a second run of it would break the primary key."""
    return lambda tx: tx.insert(key_misses, key_id=name, until=tx.now)


async def marks(db: Database) -> set[str]:
    return await db.read(lambda tx: set(tx.column(select(key_misses.c.key_id))))


async def states(db: Database) -> list[tuple[str, str | None]]:
    return await db.read(
        lambda tx: [tuple(r) for r in tx.all(select(jobs_table.c.state, jobs_table.c.last_error))]
    )


async def refuse(_job: Job) -> Finish | None:
    raise TryLater(log="no answer")


async def accept(_job: Job) -> Finish | None:
    return None


# -- effects and failures


async def test_effect_and_completion_are_one_transaction(database: Database, clock: Clock) -> None:
    broken = True

    def effect(tx: Tx) -> None:
        mark("done")(tx)
        if broken:
            raise ValueError("half way")

    async def handler(_job: Job) -> Finish:
        return effect

    runner = a_runner(database, {"butler_confirm": handler})
    await database.write(confirm, 1)
    assert await runner.run_until_idle() == 1
    assert await marks(database) == set(), "what the failed transaction did is undone"
    assert [state for state, _ in await states(database)] == ["waiting"]
    broken = False
    clock.forward(minutes=1)
    assert await runner.run_until_idle() == 1
    assert await marks(database) == {"done"}
    assert await states(database) == []


async def test_what_a_job_enqueues_runs_too(database: Database) -> None:
    async def fan_out(job: Job) -> Finish:
        assert job.args == {"post_id": 7, "what": "create"}

        def effect(tx: Tx) -> None:
            for n in range(30):
                deliver(tx, n)

        return effect

    async def send(job: Job) -> Finish:
        return mark(job.args["activity_uri"])

    runner = a_runner(database, {"fan_out": fan_out, "deliver": send})
    await database.write(jobs.fan_out, PostId(7), "create")
    assert await runner.run_until_idle() == 31
    assert len(await marks(database)) == 30


async def test_work_that_never_ends_is_reported(database: Database) -> None:
    def once_more(tx: Tx) -> None:
        confirm(tx, 1)

    async def again(_job: Job) -> Finish:
        return once_more

    await database.write(confirm, 1)
    with pytest.raises(RuntimeError, match="still not idle"):
        await a_runner(database, {"butler_confirm": again}).run_until_idle(5)


async def test_a_failure_waits_longer_each_time_and_is_buried_in_the_end(
    database: Database, clock: Clock
) -> None:
    runner = a_runner(database, {"butler_confirm": refuse})
    await database.write(confirm, 1)
    start, waits = clock.now, []
    while (due := await database.read(queue.next_due, "butler")) is not None:
        waits.append((due - clock.now).total_seconds())
        clock.now = due
        assert await runner.run_until_idle() == 1
    assert await states(database) == [("buried", "no answer")]
    assert waits[1] < 60 and max(waits) > 3600
    assert clock.now - start <= KINDS["butler_confirm"].retry_for


async def test_try_later_is_honoured_to_the_second(database: Database, clock: Clock) -> None:
    async def later(_job: Job) -> None:
        raise TryLater(seconds=600)

    await database.write(confirm, 1)
    await a_runner(database, {"butler_confirm": later}).run_until_idle()
    due = await database.read(queue.next_due, "butler")
    assert due is not None and due >= clock.now + timedelta(seconds=600)


async def test_giving_up_buries_at_once(database: Database) -> None:
    async def never(_job: Job) -> None:
        raise GiveUp("410 Gone", answered=True)

    await database.write(deliver, 1)
    await a_runner(database, {"deliver": never}).run_until_idle()
    assert await states(database) == [("buried", "410 Gone")]


async def test_a_kind_without_a_handler_is_buried_and_can_be_dug_up(database: Database) -> None:
    await database.write(confirm, 1)
    await a_runner(database, {}).run_until_idle()
    (job,) = await database.read(queue.buried)
    assert job.last_error == "no handler for butler_confirm"
    await database.write(queue.dig_up, job.id)
    assert await a_runner(database, {"butler_confirm": accept}).run_until_idle() == 1
    assert await states(database) == []


async def test_the_log_and_the_row_never_quote_what_failed(database: Database) -> None:
    """Privacy: the text of an unexpected exception may contain a post."""

    async def leak(job: Job) -> None:
        raise ValueError(f"I need help with my rent {job.args}")

    await database.write(confirm, 1)
    with capture_logs() as lines:
        await a_runner(database, {"butler_confirm": leak}).run_until_idle()
    ((_, error),) = await states(database)
    assert error is not None and error.startswith("ValueError at test_runner.py:")
    assert [line["event"] for line in lines] == ["job_failed"]
    assert "rent" not in repr(lines) + error


async def test_a_handler_that_hangs_counts_as_failed(database: Database) -> None:
    async def hang(_job: Job) -> None:
        await asyncio.Event().wait()

    kinds = {
        "butler_confirm": Kind(lane="butler", retry_for=timedelta(days=1), longest=timedelta(seconds=0.05))
    }
    await database.write(confirm, 1)
    await a_runner(database, {"butler_confirm": hang}, kinds=kinds).run_until_idle()
    ((state, error),) = await states(database)
    assert state == "waiting" and error is not None and error.startswith("TimeoutError")


async def test_a_job_that_ends_its_worker_each_time_is_buried(database: Database, clock: Clock) -> None:
    """Claimed and never heard of again, a hundred times: then it is not run any more."""
    ran: list[int] = []

    async def handler(job: Job) -> None:
        ran.append(job.attempts)

    await database.write(confirm, 1)
    for _ in range(MAX_ATTEMPTS):
        assert await database.write(queue.claim, "butler", "dies", timedelta(minutes=1), 1)
        clock.forward(minutes=1)
    await a_runner(database, {"butler_confirm": handler}).run_until_idle()
    assert ran == []
    assert await states(database) == [("buried", "its worker stopped each time")]


# -- hosts


async def test_a_dead_host_opens_its_breaker_and_answers_close_it(database: Database, clock: Clock) -> None:
    alive = False
    tried: list[int] = []

    async def send(job: Job) -> None:
        tried.append(job.args["post_id"])
        if not alive:
            raise TryLater(log="connect timeout")

    runner = a_runner(database, {"deliver": send}, concurrency={"deliver": 1})
    await database.write(lambda tx: [deliver(tx, n, "dead.example") for n in range(20)])
    await runner.run_until_idle()
    assert len(tried) == BREAKER_AT, "the other fifteen were spared"
    alive = True
    clock.forward(minutes=1)
    await runner.run_until_idle()
    assert await states(database) == [], "the first answer made everything that waited for it due"
    assert sorted(set(tried)) == list(range(20))


async def test_our_own_faults_do_not_open_a_breaker(database: Database) -> None:
    async def buggy(_job: Job) -> None:
        raise KeyError("a bug")

    await database.write(lambda tx: [deliver(tx, n) for n in range(20)])
    assert await a_runner(database, {"deliver": buggy}).run_until_idle() == 20


async def test_a_line_too_long_here_is_not_the_hosts_fault(database: Database, clock: Clock) -> None:
    """F12: too much was under way here; it is tried again, and the breaker does not hear of it."""

    async def no_room(_job: Job) -> Finish | None:
        raise kinds.Crowded("no room")

    runner = a_runner(database, {"deliver": no_room})
    await database.write(deliver, 1)
    for _ in range(BREAKER_AT + 1):
        await runner.run_until_idle()
        clock.forward(hours=7)
    assert await database.write(queue.host_failed, "peer.example", clock()) is None
    assert [state for state, _ in await states(database)] == ["waiting"]


async def test_a_refusal_is_an_answer(database: Database, clock: Clock) -> None:
    async def gone(_job: Job) -> None:
        raise GiveUp("404", answered=True)

    for _ in range(BREAKER_AT):
        await database.write(lambda tx: queue.host_failed(tx, "peer.example", tx.now))
    await database.write(lambda tx: [deliver(tx, n) for n in range(3)])
    clock.forward(minutes=1)
    await a_runner(database, {"deliver": gone}).run_until_idle()
    assert {state for state, _ in await states(database)} == {"buried"}
    assert await database.write(lambda tx: queue.host_failed(tx, "peer.example", tx.now)) is None


# -- alive


class Gate:
    """Counts who came in and holds them until opened."""

    def __init__(self) -> None:
        self.inside = asyncio.Semaphore(0)
        self.open = asyncio.Event()
        self.seen: list[Job] = []

    async def __call__(self, job: Job) -> Finish | None:
        self.seen.append(job)
        self.inside.release()
        await self.open.wait()
        return mark(str(job.id))

    async def came(self, number: int) -> None:
        for _ in range(number):
            await asyncio.wait_for(self.inside.acquire(), 30)


async def until_done(db: Database) -> None:
    while await states(db):  # noqa: ASYNC110 - rows send no event
        await asyncio.sleep(0.01)


async def test_a_commit_wakes_the_lane_without_a_poll(database: Database) -> None:
    gate = Gate()
    gate.open.set()
    async with running(a_runner(database, {"butler_confirm": gate}, poll_seconds=3600)):
        for n in range(5):
            await asyncio.sleep(0.02)
            await database.write(confirm, n)
            await gate.came(1)
        await until_done(database)
    assert len(await marks(database)) == 5


async def test_sleeps_until_the_next_job_is_due(database_url: str) -> None:
    """No poll and no commit while it waits: only the due moment can wake it."""
    db = open_database(database_url)
    gate = Gate()
    gate.open.set()

    def soon(tx: Tx) -> bool:
        return errands.butler_wave(tx, PostId(1), tx.now + timedelta(seconds=0.3))

    async with running(a_runner(db, {"butler_wave": gate}, poll_seconds=3600)):
        await asyncio.sleep(0.05)
        await db.write(soon)
        await gate.came(1)
        assert db.clock() >= gate.seen[0].created_at + timedelta(seconds=0.29)
    await db.close()


async def test_finds_what_another_process_enqueued(database: Database, database_url: str) -> None:
    gate = Gate()
    gate.open.set()
    second = open_database(database_url, clock=database.clock)
    async with running(a_runner(database, {"butler_confirm": gate}, poll_seconds=0.05)):
        await asyncio.sleep(0.1)
        await second.write(confirm, 1)
        await gate.came(1)
    await second.close()


async def test_a_full_lane_starves_no_other(database: Database) -> None:
    slow, quick = Gate(), Gate()
    quick.open.set()
    async with running(a_runner(database, {"deliver": slow, "butler_confirm": quick}, poll_seconds=3600)):
        await database.write(lambda tx: [deliver(tx, n) for n in range(10)])
        await slow.came(4)
        await database.write(confirm, 1)
        await quick.came(1)
        assert len(slow.seen) == 4, "no more at a time than the lane allows"
        slow.open.set()
        await slow.came(6)


async def test_an_order_is_kept_across_lanes_and_wakes_the_next(database: Database) -> None:
    seen: list[str] = []

    async def handler(job: Job) -> None:
        seen.append(job.lane)
        await asyncio.sleep(0)

    def both(tx: Tx) -> None:
        for _ in range(5):
            tx.enqueue("deliver", "deliver", {}, order_key="k")
            tx.enqueue("butler_confirm", "butler", {}, order_key="k")

    async with running(
        a_runner(database, {"deliver": handler, "butler_confirm": handler}, poll_seconds=3600)
    ):
        await database.write(both)
        await asyncio.wait_for(until_done(database), 30)
    assert seen == ["deliver", "butler"] * 5


async def test_stop_waits_for_what_runs(database: Database) -> None:
    gate = Gate()
    runner = a_runner(database, {"butler_confirm": gate})
    await runner.start()
    await database.write(confirm, 1)
    await gate.came(1)
    stopping = asyncio.create_task(runner.stop(30))
    await asyncio.sleep(0.05)
    await database.write(confirm, 2)
    gate.open.set()
    await stopping
    assert len(gate.seen) == 1, "a stopping runner claims nothing"
    assert len(await marks(database)) == 1
    assert [state for state, _ in await states(database)] == ["waiting"]


async def test_stop_gives_back_what_takes_too_long(database: Database) -> None:
    gate = Gate()
    runner = a_runner(database, {"butler_confirm": gate})
    await runner.start()
    await database.write(confirm, 1)
    await gate.came(1)
    await runner.stop(0.01)
    (job,) = await database.write(queue.claim, "butler", "next", timedelta(minutes=1), 5)
    assert job.attempts == 1, "the attempt did not count"
    assert await marks(database) == set()


async def test_two_runners_never_run_one_job_at_the_same_time(database_url: str, dice: random.Random) -> None:
    database, second = open_database(database_url), open_database(database_url)
    inside: set[int] = set()
    runs: list[int] = []

    async def handler(job: Job) -> Finish:
        assert job.id not in inside
        inside.add(job.id)
        await asyncio.sleep(dice.random() / 200)
        inside.discard(job.id)
        runs.append(job.args["post_id"])
        return mark(job.args["activity_uri"])

    def deliver_twenty(tx: Tx, batch: int) -> None:
        for n in range(batch * 20, batch * 20 + 20):
            deliver(tx, n, order_key=f"o{n % 7}")

    first_runner = a_runner(database, {"deliver": handler}, worker_id="one", poll_seconds=0.05)
    second_runner = a_runner(second, {"deliver": handler}, worker_id="two", poll_seconds=0.05)
    async with running(first_runner, second_runner):
        for batch in range(10):
            door = (database, second)[batch % 2]
            await door.write(deliver_twenty, batch)
        await asyncio.wait_for(until_done(database), 120)
    await second.close()
    assert sorted(runs) == list(range(200))
    assert len(await marks(database)) == 200
    await database.close()


async def test_a_long_job_keeps_its_lease(database: Database, clock: Clock) -> None:
    """Three leases long by the clock; another worker looks all the while and gets nothing."""
    lease = timedelta(seconds=0.3)
    kinds = {"butler_confirm": Kind(lane="butler", retry_for=timedelta(days=1), lease=lease)}
    gate = Gate()

    def until(tx: Tx) -> Any:
        return tx.scalar(select(jobs_table.c.lease_until))

    async with running(a_runner(database, {"butler_confirm": gate}, kinds=kinds)):
        await database.write(confirm, 1)
        await gate.came(1)
        for _ in range(9):
            clock.forward(seconds=0.1)
            async with asyncio.timeout(60):
                while await database.read(until) < clock.now + lease:  # noqa: ASYNC110 - a row sends no event
                    await asyncio.sleep(0.01)
            assert await database.write(queue.claim, "butler", "thief", lease, 1) == []
        gate.open.set()
        await until_done(database)
    assert len(await marks(database)) == 1


async def test_the_effect_of_a_lost_lease_is_not_kept(database: Database, clock: Clock) -> None:
    """A worker slept through its lease; the job went to another, and only that one's effect stays."""
    gate = Gate()
    async with running(a_runner(database, {"butler_confirm": gate}, concurrency={"butler": 1})):
        await database.write(confirm, 1)
        await gate.came(1)
        clock.forward(minutes=2)
        (stolen,) = await database.write(queue.claim, "butler", "other", timedelta(minutes=1), 1)
        gate.open.set()
    assert await marks(database) == set()
    assert await database.write(lambda tx: queue.finish(tx, stolen.id, held=stolen))


async def test_a_worker_that_takes_its_own_job_back_stops_the_old_attempt(
    database: Database, clock: Clock
) -> None:
    gate = Gate()
    async with running(a_runner(database, {"butler_confirm": gate}, poll_seconds=0.05)):
        await database.write(confirm, 1)
        await gate.came(1)
        clock.forward(minutes=2)
        await gate.came(1)
        gate.open.set()
        await until_done(database)
    assert [job.attempts for job in gate.seen] == [1, 2]
    assert len(await marks(database)) == 1


# -- by the clock


def counting(name: str, every: timedelta, ran: list[str]) -> Periodic:
    def act(tx: Tx) -> None:
        tx.enqueue("butler_confirm", "butler", {})
        ran.append(name)

    return Periodic(name=name, every=every, act=act)


async def test_a_task_runs_when_it_is_due(database: Database, clock: Clock) -> None:
    ran: list[str] = []
    tasks = [counting("tick", timedelta(minutes=1), ran), counting("sweep", timedelta(hours=1), ran)]
    table = Timetable(database, tasks)
    assert await table.run_due() == ["tick", "sweep"]
    assert await table.run_due() == []
    clock.forward(minutes=1)
    assert await table.run_due() == ["tick"]
    clock.forward(hours=1)
    assert await table.run_due() == ["tick", "sweep"]
    assert ran == ["tick", "sweep", "tick", "tick", "sweep"]
    assert len(await states(database)) == 5


async def test_two_processes_never_take_the_same_turn(
    database: Database, database_url: str, clock: Clock
) -> None:
    second = open_database(database_url, clock=clock)
    tables = [Timetable(db, [counting("tick", timedelta(minutes=1), [])]) for db in (database, second)]
    for minute in range(1, 6):
        taken = await asyncio.gather(*(table.run_due() for table in tables))
        assert sum(map(len, taken)) == 1
        assert len(await states(database)) == minute, "and its effect is there once"
        clock.forward(minutes=1)
    await second.close()


async def test_a_turn_that_failed_is_not_counted_and_comes_again(database: Database, clock: Clock) -> None:
    broken = True

    def act(tx: Tx) -> None:
        confirm(tx, 1)
        if broken:
            raise ValueError

    table = Timetable(database, [Periodic(name="sweep", every=timedelta(hours=1), act=act)])
    with capture_logs() as lines:
        assert await table.run_due() == []
        assert await table.run_due() == [], "not at once"
    assert [line["event"] for line in lines] == ["periodic_task_failed"]
    assert await states(database) == []
    broken = False
    clock.forward(minutes=1)
    assert await table.run_due() == ["sweep"]


async def test_the_loop_keeps_time(database_url: str) -> None:
    db = open_database(database_url)
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()
    ran: list[str] = []

    def act(_tx: Tx) -> None:
        ran.append("tick")
        if len(ran) == 3:
            loop.call_soon_threadsafe(enough.set)

    table = Timetable(db, [Periodic(name="tick", every=timedelta(seconds=0.1), act=act)])
    await table.start()
    await asyncio.wait_for(enough.wait(), 30)
    await table.stop()
    await db.close()


def test_two_tasks_of_one_name_are_refused() -> None:
    tasks = [counting("tick", timedelta(minutes=1), []), counting("tick", timedelta(hours=1), [])]
    with pytest.raises(ValueError):
        Timetable(None, tasks, clock=Clock)  # type: ignore[arg-type]


# -- the table


@pytest.mark.parametrize(
    "enqueue, kind, host",
    [
        (lambda tx: jobs.fan_out(tx, PostId(1), "delete"), "fan_out", None),
        (lambda tx: deliver(tx, 1, "peer.example"), "deliver", "peer.example"),
        (lambda tx: jobs.handle_activity(tx, 1, "https://peer.example/u/a"), "handle_activity", None),
        (
            lambda tx: jobs.fetch_actor(tx, "https://Peer.example:8443/u/a"),
            "fetch_actor",
            "peer.example:8443",
        ),
        (
            lambda tx: jobs.fetch_post(tx, "https://peer.example/p/1", "https://peer.example/t/1"),
            "fetch_post",
            "peer.example",
        ),
        (lambda tx: jobs.learn_software(tx, "peer.example"), "learn_software", None),
        (lambda tx: errands.butler_confirm(tx, PostId(1)), "butler_confirm", None),
        (lambda tx: errands.butler_wave(tx, PostId(1), tx.now), "butler_wave", None),
        (lambda tx: errands.butler_read(tx, PostId(1)), "butler_read", None),
        (lambda tx: errands.carry_received(tx, 1, tx.now), "carry_received", None),
        (lambda tx: errands.carry_spread(tx, PostId(1), PersonId(2)), "carry_spread", None),
        (lambda tx: jobs.drop_files(tx, ["a.jpg"]), "drop_files", None),
        (lambda tx: jobs.send_mail(tx, PersonId(1), "welcome"), "send_mail", None),
    ],
)
async def test_every_act_enqueues_its_kind_in_its_lane(
    database: Database, enqueue: Callable[[Tx], Any], kind: str, host: str | None
) -> None:
    await database.write(enqueue)
    (count,) = await database.read(queue.counts)
    assert (count.kind, count.lane, count.host) == (kind, KINDS[kind].lane, host)
