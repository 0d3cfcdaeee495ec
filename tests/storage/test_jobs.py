"""The queue's promises, on both engines: order, once, leases, the breaker, turns."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.storage import jobs
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.jobs import BREAKER_AT, Job
from fedi_aid.storage.tables.federation import hosts
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock

pytestmark = pytest.mark.anyio

LEASE = timedelta(minutes=1)


async def enqueue(db: Database, n: int, **when: Any) -> bool:
    return await db.write(lambda tx: tx.enqueue("deliver", "deliver", {"n": n}, **when))


async def claim(db: Database, worker: str = "a", limit: int = 10, lane: str = "deliver") -> list[Job]:
    return await db.write(jobs.claim, lane, worker, LEASE, limit)


def numbers(claimed: list[Job]) -> list[int]:
    return [job.args["n"] for job in claimed]


async def test_a_claimed_job_is_whole(database: Database, clock: Clock) -> None:
    await enqueue(database, 1, order_key="k", host="bakery.example")
    (job,) = await claim(database, "worker-1")
    assert (job.kind, job.lane, job.args, job.attempts) == ("deliver", "deliver", {"n": 1}, 1)
    assert (job.order_key, job.host, job.created_at, job.worker) == (
        "k",
        "bakery.example",
        clock.now,
        "worker-1",
    )


async def test_oldest_due_first_within_the_limit_and_the_lane(database: Database, clock: Clock) -> None:
    await enqueue(database, 1, due_at=clock.now + timedelta(seconds=2))
    await enqueue(database, 2, due_at=clock.now + timedelta(seconds=1))
    await enqueue(database, 3, due_at=clock.now + timedelta(hours=1))
    await database.write(lambda tx: tx.enqueue("fetch_post", "fetch", {"n": 9}))
    assert await claim(database) == []
    clock.forward(seconds=3)
    assert numbers(await claim(database, limit=1)) == [2]
    assert numbers(await claim(database)) == [1]
    assert numbers(await claim(database, lane="fetch")) == [9]


async def test_a_delete_never_overtakes_its_create(database: Database, clock: Clock) -> None:
    for n in (1, 2, 3):
        await enqueue(database, n, order_key="post")
    await enqueue(database, 4, order_key="another")
    (first, other) = await claim(database)
    assert numbers([first, other]) == [1, 4]
    assert await claim(database) == [], "the older one is running"
    await database.write(jobs.retry, first.id, clock.now + timedelta(minutes=5), "no answer")
    assert await claim(database) == [], "the older one waits for its next try"
    await database.write(jobs.finish, other.id)
    clock.forward(minutes=5)
    (again,) = await claim(database)
    assert numbers([again]) == [1] and again.attempts == 2
    await database.write(jobs.finish, again.id)
    (second,) = await claim(database, limit=1)
    assert numbers([second]) == [2]
    await database.write(jobs.bury, second.id, "refused")
    assert 3 in numbers(await claim(database)), "a buried job holds nobody back"


async def test_once_means_one_waiting_and_the_earlier_moment(database: Database, clock: Clock) -> None:
    later, sooner = clock.now + timedelta(hours=2), clock.now + timedelta(hours=1)
    assert await enqueue(database, 1, once_key="wave", due_at=later)
    assert not await enqueue(database, 2, once_key="wave", due_at=sooner)
    assert await database.read(jobs.next_due, "deliver") == sooner
    assert not await enqueue(database, 3, once_key="wave", due_at=later)
    clock.forward(hours=1)
    assert numbers(await claim(database)) == [1]
    assert await enqueue(database, 4, once_key="wave"), "while one runs, the next may wait"
    assert await database.write(jobs.cancel, "wave")
    assert not await database.write(jobs.cancel, "wave")
    assert await claim(database) == []


async def test_the_job_of_a_dead_worker_is_taken_back(database: Database, clock: Clock) -> None:
    await enqueue(database, 1)
    (dead,) = await claim(database, "dead")
    clock.forward(seconds=59)
    assert await claim(database, "alive") == []
    assert await database.read(jobs.next_due, "deliver") == dead.created_at + LEASE
    clock.forward(seconds=1)
    (taken,) = await claim(database, "alive")
    assert (taken.id, taken.attempts, taken.worker) == (dead.id, 2, "alive")


async def test_who_lost_the_lease_can_do_nothing_any_more(database: Database, clock: Clock) -> None:
    await enqueue(database, 1)
    (old,) = await claim(database, "same")
    clock.forward(minutes=2)
    (new,) = await claim(database, "same")
    late: list[Callable[[Tx], bool]] = [
        lambda tx: jobs.finish(tx, old.id, held=old),
        lambda tx: jobs.retry(tx, old.id, tx.now, "late", held=old),
        lambda tx: jobs.bury(tx, old.id, "late", held=old),
        lambda tx: jobs.renew_lease(tx, old.id, LEASE, held=old),
    ]
    for act in late:
        assert not await database.write(act)
    assert await database.write(lambda tx: jobs.finish(tx, new.id, held=new))


async def test_a_renewed_lease_keeps_the_job(database: Database, clock: Clock) -> None:
    await enqueue(database, 1)
    (job,) = await claim(database)
    clock.forward(seconds=50)
    assert await database.write(jobs.renew_lease, job.id, LEASE)
    clock.forward(seconds=50)
    assert await claim(database, "b") == []


async def test_release_gives_back_without_counting(database: Database) -> None:
    await enqueue(database, 1)
    await enqueue(database, 2)
    await claim(database, "stopping", limit=1)
    (kept,) = await claim(database, "staying", limit=1)
    assert await database.write(jobs.release, "stopping") == 1
    (job,) = await claim(database, "next")
    assert (numbers([job]), job.attempts) == ([1], 1)
    assert await database.write(lambda tx: jobs.finish(tx, kept.id, held=kept))


async def test_many_workers_never_get_the_same_job(
    database: Database, database_url: str, clock: Clock
) -> None:
    """Two processes' worth of doors, ten workers, two hundred jobs in ten orders."""
    await database.write(
        lambda tx: [tx.enqueue("deliver", "deliver", {"n": n}, order_key=f"o{n % 10}") for n in range(100)]
    )
    await database.write(lambda tx: [tx.enqueue("deliver", "deliver", {"n": n}) for n in range(100, 200)])
    second = open_database(database_url, clock=clock)
    dice = random.Random(1)
    done: list[int] = []
    running: set[str] = set()

    async def work(db: Database, name: str) -> None:
        while claimed := await claim(db, name, limit=dice.randrange(1, 6)):
            orders = [job.order_key for job in claimed if job.order_key]
            assert len(orders) == len(set(orders)) and not running & set(orders), (
                "one at a time in each order"
            )
            running.update(orders)
            await asyncio.sleep(0)
            for job in claimed:
                running.discard(job.order_key or "")
                assert await db.write(jobs.finish, job.id, held=job)
                done.append(job.args["n"])

    while len(done) < 200:
        await asyncio.gather(*(work((database, second)[n % 2], f"w{n}") for n in range(10)))
    await second.close()
    assert sorted(done) == list(range(200))
    for order in range(10):
        mine = [n for n in done if n < 100 and n % 10 == order]
        assert mine == sorted(mine)


# -- the breaker


async def fail(db: Database, host: str, times: int = 1) -> datetime | None:
    until = None
    for _ in range(times):
        until = await db.write(lambda tx: jobs.host_failed(tx, host, tx.now))
    return until


async def test_the_fifth_failure_opens_the_breaker_for_that_host_only(
    database: Database, clock: Clock
) -> None:
    await enqueue(database, 1, host="dead.example")
    await enqueue(database, 2, host="alive.example")
    await enqueue(database, 3)
    assert await fail(database, "dead.example", BREAKER_AT - 1) is None
    until = await fail(database, "dead.example")
    assert until == clock.now + timedelta(minutes=1)
    await enqueue(database, 4, host="dead.example")
    assert numbers(await claim(database)) == [2, 3]
    assert await database.read(jobs.next_due, "deliver") == clock.now + LEASE, (
        "nothing before it closes or a lease ends"
    )


async def test_the_breaker_opens_longer_each_time_up_to_two_hours(database: Database, clock: Clock) -> None:
    until = await fail(database, "dead.example", BREAKER_AT)
    spans = []
    for _ in range(10):
        assert until is not None
        spans.append((until - clock.now).total_seconds() / 60)
        assert await fail(database, "dead.example", 3) == until, (
            "what was under way when it opened counts once"
        )
        clock.now = until
        until = await fail(database, "dead.example")
    assert spans == [1, 2, 4, 8, 16, 32, 64, 120, 120, 120]


async def test_a_host_on_trial_is_tried_by_one_job_at_a_time(database: Database, clock: Clock) -> None:
    for n in range(1, 6):
        await enqueue(database, n, host="dead.example")
    await fail(database, "dead.example", BREAKER_AT)
    assert await claim(database) == []
    clock.forward(minutes=1)
    (probe,) = await claim(database)
    assert numbers([probe]) == [1]
    assert await claim(database) == []
    assert await database.read(jobs.next_due, "deliver") == clock.now + LEASE, (
        "no busy waiting behind the probe"
    )

    def answered(tx: Tx) -> None:
        jobs.finish(tx, probe.id, held=probe)
        jobs.host_answered(tx, "dead.example")

    await database.write(answered)
    assert numbers(await claim(database)) == [2, 3, 4, 5]


async def test_a_host_that_answers_wakes_its_queue(database: Database, clock: Clock) -> None:
    await enqueue(database, 1, host="back.example")
    await enqueue(database, 2, host="other.example")
    later = clock.now + timedelta(hours=5)
    for job in await claim(database):
        await database.write(jobs.retry, job.id, later, "no answer")
    await enqueue(database, 3, host="back.example", due_at=later)  # late on purpose: it stays so
    await fail(database, "back.example", BREAKER_AT)
    woken: list[set[str]] = []
    database.on_commit(lambda _announcements, lanes: woken.append(set(lanes)))
    await database.write(lambda tx: jobs.host_answered(tx, "back.example"))
    assert woken == [{"deliver"}]
    assert numbers(await claim(database)) == [1]
    host = await database.read(lambda tx: tx.first(select(hosts).where(hosts.c.domain == "back.example")))
    assert host is not None
    assert (host.failures, host.open_until, host.first_failure_at, host.last_success_at) == (
        0,
        None,
        None,
        clock.now,
    )


async def test_answers_of_a_healthy_host_write_once_an_hour(database: Database, clock: Clock) -> None:
    async def answered_at() -> datetime:
        await database.write(lambda tx: jobs.host_answered(tx, "well.example"))
        seen: datetime = await database.read(lambda tx: tx.scalar(select(hosts.c.last_success_at)))
        return seen

    await database.write(lambda tx: tx.insert(hosts, domain="well.example"))
    first = await answered_at()
    clock.forward(minutes=30)
    assert await answered_at() == first
    clock.forward(hours=1)
    assert await answered_at() == clock.now


# -- looking after the queue


async def test_counts_by_lane_kind_host_and_state(database: Database, clock: Clock) -> None:
    await enqueue(database, 1, host="a.example")
    clock.forward(minutes=1)
    await enqueue(database, 2, host="a.example")
    await enqueue(database, 3)
    (job,) = await claim(database, limit=1)
    await database.write(jobs.bury, job.id, "gone")
    seen = {(c.lane, c.kind, c.host, c.state): (c.jobs, c.oldest) for c in await database.read(jobs.counts)}
    assert seen == {
        ("deliver", "deliver", "a.example", "buried"): (1, clock.now - timedelta(minutes=1)),
        ("deliver", "deliver", "a.example", "waiting"): (1, clock.now),
        ("deliver", "deliver", None, "waiting"): (1, clock.now),
    }


async def test_buried_jobs_are_seen_dug_up_and_dropped(database: Database, clock: Clock) -> None:
    for n in range(5):
        await enqueue(database, n)
    claimed = await claim(database)
    for job in claimed:
        await database.write(jobs.bury, job.id, f"refused {job.args['n']}")
    page = await database.read(lambda tx: jobs.buried(tx, limit=2))
    assert [job.last_error for job in page] == ["refused 4", "refused 3"]
    rest = await database.read(lambda tx: jobs.buried(tx, before=page[-1].id, lane="deliver"))
    assert [job.last_error for job in rest] == ["refused 2", "refused 1", "refused 0"]
    assert await database.read(lambda tx: jobs.buried(tx, lane="mail")) == []
    clock.forward(days=30)
    assert await database.write(jobs.dig_up, page[0].id)
    assert not await database.write(jobs.dig_up, page[0].id), "it is not buried any more"
    (again,) = await claim(database)
    assert (again.args, again.attempts, again.created_at) == ({"n": 4}, 1, clock.now)
    assert not await database.write(jobs.drop, again.id), "a running job is not pulled away"
    assert await database.write(jobs.drop, page[1].id)
    assert len(await database.read(jobs.buried)) == 3


async def test_one_of_many_takes_the_turn(database: Database, database_url: str, clock: Clock) -> None:
    second = open_database(database_url, clock=clock)

    async def turns() -> int:
        doors = [database, second]
        minute = timedelta(minutes=1)
        calls = [doors[n % 2].write(jobs.take_turn, "tick", minute) for n in range(20)]
        return sum(await asyncio.gather(*calls))

    assert await turns() == 1
    assert await turns() == 0
    clock.forward(seconds=59)
    assert await turns() == 0
    clock.forward(seconds=1)
    assert await turns() == 1
    assert await database.read(jobs.last_turns, ["tick", "tock"]) == {"tick": clock.now}
    await second.close()


async def test_what_a_killed_worker_held_comes_back_at_once(database: Database) -> None:
    """A server that was killed and started again does not wait for leases to end."""

    def claimed_by(tx: Tx, worker: str) -> list[int]:
        return [job.id for job in jobs.claim(tx, "butler", worker, timedelta(minutes=1), 10)]

    await database.write(lambda tx: tx.enqueue("butler_read", "butler", {"message_id": 1}))
    [held] = await database.write(claimed_by, "here/4711/abc")
    assert await database.write(jobs.release_dead, "here", lambda process: True) == 0
    assert await database.write(jobs.release_dead, "elsewhere", lambda process: False) == 0
    assert await database.write(claimed_by, "here/4712/def") == []
    assert await database.write(jobs.release_dead, "here", lambda process: process != 4711) == 1
    assert await database.write(claimed_by, "here/4712/def") == [held]
