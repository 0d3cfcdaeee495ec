"""Quick jobs, many in one transaction: one that fails is undone alone, one that needs more goes elsewhere."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from fedi_aid.errors import Refused, TryLater
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tables.federation import key_misses
from fedi_aid.storage.tables.work import jobs as jobs_table
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.kinds import LANES, Lane
from fedi_aid.work.runner import BATCH, DoneOtherwise, Finish, NotQuick, QuickHandler, Runner
from tests.conftest import Clock

pytestmark = pytest.mark.anyio

ALL: dict[Lane, int] = dict.fromkeys(LANES, 4)


def arrive(tx: Tx, n: int, order_key: str | None = None, host: str = "peer.example") -> None:
    jobs.handle_activity(tx, n, f"https://{host}/users/u{n}", order_key)


def number(job: Job) -> int:
    found: int = job.args["received_id"]
    return found


def mark(tx: Tx, job: Job) -> None:
    """An effect that shows: a second run of it would break the primary key."""
    tx.insert(key_misses, key_id=f"{number(job)}", until=tx.now)


async def marks(db: Database) -> set[int]:
    return await db.read(lambda tx: {int(one) for one in tx.column(select(key_misses.c.key_id))})


async def left(db: Database) -> dict[int, tuple[str, str, int]]:
    """What is not done: number → lane, state, attempts."""
    columns = (jobs_table.c.args, jobs_table.c.lane, jobs_table.c.state, jobs_table.c.attempts)
    rows = await db.read(lambda tx: tx.all(select(*columns)))
    return {row.args["received_id"]: (row.lane, row.state, row.attempts) for row in rows}


async def slowly(_job: Job) -> Finish | None:
    return None


def a_runner(db: Database, quick: QuickHandler, **more: Any) -> Runner:
    given: Mapping[str, Any] = {"concurrency": ALL, "worker_id": "test", **more}
    return Runner(db, {"handle_activity": slowly}, quick={"handle_activity": quick}, **given)


async def test_many_are_done_in_few_transactions(database: Database) -> None:

    def quick(tx: Tx, job: Job) -> None:
        mark(tx, job)

    await database.write(lambda tx: [arrive(tx, n) for n in range(2 * BATCH)])
    assert await a_runner(database, quick).run_until_idle() == 2 * BATCH
    assert await marks(database) == set(range(2 * BATCH))
    assert await left(database) == {}


async def test_a_bad_one_does_not_spoil_the_others(database: Database, clock: Clock) -> None:
    """What it did before it failed is undone, it is tried again later, and the rest is kept."""
    broken = True

    def quick(tx: Tx, job: Job) -> None:
        mark(tx, job)
        tx.announce("home", member_id=number(job))
        if number(job) == 3 and broken:
            raise KeyError("a bug")

    told: list[int] = []
    database.on_commit(lambda news, _lanes: told.extend(one.ids["member_id"] for one in news))
    await database.write(lambda tx: [arrive(tx, n) for n in range(6)])
    runner = a_runner(database, quick)
    with capture_logs() as lines:
        assert await runner.run_until_idle() == 6
    assert await marks(database) == {0, 1, 2, 4, 5}
    assert sorted(told) == [0, 1, 2, 4, 5], "nobody hears of what was undone"
    assert await left(database) == {3: ("inbox", "waiting", 1)}
    assert [line["event"] for line in lines] == ["job_failed"]
    broken = False
    clock.forward(minutes=1)
    assert await runner.run_until_idle() == 1
    assert await marks(database) == set(range(6))


async def test_a_statement_that_the_database_refuses_spoils_nothing(database: Database) -> None:
    """A broken constraint leaves PostgreSQL's transaction unusable without a savepoint."""

    def quick(tx: Tx, job: Job) -> None:
        mark(tx, job)
        if number(job) == 1:
            mark(tx, job)

    await database.write(lambda tx: [arrive(tx, n) for n in range(3)])
    await a_runner(database, quick).run_until_idle()
    assert await marks(database) == {0, 2}
    assert await left(database) == {1: ("inbox", "waiting", 1)}


async def test_what_needs_the_network_goes_on_in_another_lane(database: Database) -> None:
    """Undone, not counted as an attempt, and what is ordered after it waits for it."""
    seen: list[int] = []

    def quick(tx: Tx, job: Job) -> None:
        seen.append(number(job))
        mark(tx, job)
        if number(job) == 1:
            raise NotQuick("lookup")

    await database.write(lambda tx: [arrive(tx, n, "same" if n in (1, 2) else None) for n in range(4)])
    runner = a_runner(database, quick, concurrency={"inbox": 4})
    await runner.run_until_idle()
    assert await marks(database) == {0, 3}
    assert await left(database) == {1: ("lookup", "waiting", 0), 2: ("inbox", "waiting", 0)}

    async def with_the_network(job: Job) -> Finish:
        return lambda tx: mark(tx, job)

    whole = Runner(
        database,
        {"handle_activity": with_the_network},
        quick={"handle_activity": quick},
        concurrency=ALL,
        worker_id="whole",
    )
    await whole.run_until_idle()
    assert await left(database) == {}
    assert await marks(database) == {0, 1, 2, 3}
    assert seen == [0, 1, 3, 2]


async def test_a_refusal_undoes_all_but_what_it_leaves(database: Database) -> None:
    def quick(tx: Tx, job: Job) -> None:
        mark(tx, job)
        if number(job) == 1:
            raise DoneOtherwise(lambda tx: tx.insert(key_misses, key_id="100", until=tx.now)) from Refused(
                "no"
            )

    await database.write(lambda tx: [arrive(tx, n) for n in range(3)])
    await a_runner(database, quick).run_until_idle()
    assert await marks(database) == {0, 2, 100}
    assert await left(database) == {}


async def test_try_later_is_honoured(database: Database, clock: Clock) -> None:
    def quick(_tx: Tx, job: Job) -> None:
        if number(job) == 0:
            raise TryLater(seconds=600)

    await database.write(lambda tx: [arrive(tx, n) for n in range(2)])
    await a_runner(database, quick).run_until_idle()
    due = await database.read(queue.next_due, "inbox")
    assert due is not None and due >= clock.now + timedelta(seconds=600)


async def test_a_lost_claim_leaves_no_effect(database: Database, clock: Clock) -> None:
    """Another worker took it meanwhile: its effect is the one that counts."""
    await database.write(lambda tx: [arrive(tx, n) for n in range(2)])
    runner = a_runner(database, mark)
    lease = timedelta(minutes=1)
    old = await database.write(queue.claim, "inbox", "test", lease, 5, in_turns=True)
    clock.forward(minutes=2)
    (new, _) = await database.write(queue.claim, "inbox", "other", lease, 5, in_turns=True)
    assert number(new) == 0
    with capture_logs() as lines:
        await runner._do_quick(old)
    assert [line["event"] for line in lines] == ["lease_lost", "lease_lost"]
    assert await marks(database) == set()


async def test_the_order_of_one_key_is_kept(database_url: str) -> None:
    """A22: live, with many keys, and one that fails on the way."""
    db = open_database(database_url)
    done: list[int] = []
    failed: set[int] = set()

    def quick(tx: Tx, job: Job) -> None:
        n = number(job)
        if n % 10 == 3 and n not in failed:
            failed.add(n)
            raise TryLater(seconds=0.05)
        mark(tx, job)

    async def watch() -> None:
        while len(done) < 60:
            found = await marks(db) - set(done)
            done.extend(sorted(found))
            await asyncio.sleep(0.005)

    runner = a_runner(db, quick, poll_seconds=0.05)
    await runner.start()
    for n in range(60):
        await db.write(arrive, n, f"object:{n % 3}")
    await asyncio.wait_for(watch(), 60)
    await runner.stop()
    for key in range(3):
        mine = [n for n in done if n % 3 == key]
        assert mine == sorted(mine)
    assert await left(db) == {}
    await db.close()


# -- turns (D08)


async def claimed(db: Database, limit: int) -> list[tuple[str, int]]:
    found = await db.write(queue.claim, "inbox", "test", timedelta(minutes=1), limit, in_turns=True)
    return [(job.args["actor_uri"].split("/")[2][0], number(job)) for job in found]


async def test_senders_take_turns(database: Database) -> None:
    """D08: whoever sent a hundred waits for themselves; who comes with one is next."""
    await database.write(lambda tx: [arrive(tx, n, host="a.example") for n in range(100)])
    assert len(await claimed(database, 10)) == 10
    await database.write(lambda tx: [arrive(tx, 100 + n, host="b.example") for n in range(3)])
    await database.write(arrive, 200, None, "c.example")
    assert sorted(await claimed(database, 3)) == [("a", 10), ("b", 100), ("c", 200)]
    assert sorted(await claimed(database, 2)) == [("a", 11), ("b", 101)]


async def test_nobody_is_kept_waiting_by_those_who_come_later(database: Database) -> None:
    """D08 the other way round: a stream of newcomers does not hold up a long queue for ever."""
    await database.write(lambda tx: [arrive(tx, n, host="a.example") for n in range(40)])
    seen: list[tuple[str, int]] = []
    for n in range(40):
        await database.write(arrive, 1000 + n, None, "b.example")
        seen += await claimed(database, 2)
    mine = [n for host, n in seen if host == "a"]
    assert mine == list(range(len(mine))) and len(mine) >= 39


async def test_what_waits_of_one_sender_is_counted(database: Database) -> None:
    await database.write(lambda tx: [arrive(tx, n, host="a.example") for n in range(5)])
    await database.write(arrive, 9, None, "b.example")
    assert await database.read(queue.waiting_from, "a.example", 100) == 5
    assert await database.read(queue.waiting_from, "a.example", 3) == 3
    assert await database.read(queue.waiting_from, "c.example", 3) == 0
