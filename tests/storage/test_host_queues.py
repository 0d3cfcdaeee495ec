"""What waits for a host, on both engines: seen, tried again, dropped, and bounded where the host is dead (D13)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.model.ids import PersonId
from fedi_aid.storage import federation, host_queues
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import Database
from fedi_aid.storage.host_queues import HostQueue
from fedi_aid.storage.jobs import BREAKER_AT, PER_HOST, Job
from fedi_aid.storage.tables.work import jobs as table
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from tests.conftest import Clock

pytestmark = pytest.mark.anyio
LEASE = timedelta(minutes=1)


def letter(tx: Tx, n: int, host: str = "dead.example", kind: str = "Create") -> None:
    uri = f"https://here.example/{host}/{n}"
    federation.put_activity(tx, uri=uri, kind=kind, actor_id=1, object_id=None, body=b"{}")
    jobs.deliver(tx, uri, f"https://{host}/inbox", PersonId(1), host, f"order {host} {n}")


def letters(tx: Tx, number: int, host: str, **more: Any) -> None:
    for n in range(number):
        letter(tx, n, host, **more)


def take(tx: Tx, limit: int = 50) -> list[Job]:
    return queue.claim(tx, "deliver", "worker", LEASE, limit)


async def all_queues(database: Database) -> dict[str, HostQueue]:
    return {one.host: one for one in await database.read(host_queues.queues, troubled=False)}


async def test_one_host_never_fills_a_lane(database: Database) -> None:
    """F12: of one host a few run at once; what waits behind it goes first, and its own when one of it ends."""

    def fill(tx: Tx) -> None:
        letters(tx, 3 * PER_HOST, "slow.example")
        letters(tx, 2, "quick.example")

    await database.write(fill)
    claimed = await database.write(take)
    hosts = [job.host for job in claimed]
    assert (hosts.count("slow.example"), hosts.count("quick.example")) == (PER_HOST, 2)
    assert await database.write(take) == []
    slow = next(job for job in claimed if job.host == "slow.example")
    await database.write(lambda tx: queue.finish_all(tx, [slow]))
    assert [job.host for job in await database.write(take)] == ["slow.example"]
    assert [job.host for job in await database.write(lambda tx: take(tx, 1))] == []


async def test_a_crowded_host_is_not_looked_at_again_and_again(database: Database, clock: Clock) -> None:
    await database.write(letters, PER_HOST + 1, "slow.example")
    await database.write(take)
    assert await database.read(queue.next_due, "deliver") == clock() + LEASE


async def test_many_are_done_at_once_and_only_what_is_still_held(database: Database, clock: Clock) -> None:
    await database.write(letters, 3, "one.example")
    first = await database.write(take)
    clock.forward(minutes=2)
    again = await database.write(lambda tx: take(tx, 1))  # the lease had ended: one is claimed anew
    done = await database.write(lambda tx: queue.finish_all(tx, first))
    assert done == set()  # none of the old claims may count
    assert await database.write(lambda tx: queue.finish_all(tx, again)) == {again[0].id}
    assert await database.write(lambda tx: queue.finish_all(tx, again)) == set()


async def test_the_admin_sees_each_host_and_its_trouble(database: Database, clock: Clock) -> None:
    """And no inbox and no person (P13)."""

    def trouble(tx: Tx) -> None:
        letters(tx, 3, "dead.example")
        letters(tx, 2, "fine.example")
        for _ in range(BREAKER_AT):
            queue.host_failed(tx, "dead.example", tx.now)

    await database.write(trouble)
    since = clock()
    clock.forward(hours=1)

    def fail(tx: Tx) -> None:
        [one] = [job for job in take(tx, 3) if job.host == "dead.example"]
        queue.bury(tx, one.id, "connect at dead.example", held=one)

    await database.write(fail)
    found = await all_queues(database)
    dead, fine = found["dead.example"], found["fine.example"]
    assert (dead.waiting, dead.running, dead.buried, dead.failures) == (2, 0, 1, BREAKER_AT)
    assert (dead.failing_since, dead.error) == (since, "connect at dead.example")
    assert dead.closed_until is not None
    assert (fine.waiting + fine.running, fine.failures, fine.error) == (2, 0, None)
    assert [one.host for one in await database.read(host_queues.queues)] == ["dead.example"]


async def test_retry_and_drop(database: Database, clock: Clock) -> None:
    def trouble(tx: Tx) -> None:
        letters(tx, 3, "dead.example")
        letters(tx, 1, "fine.example")
        for _ in range(BREAKER_AT):
            queue.host_failed(tx, "dead.example", tx.now)

    await database.write(trouble)
    assert [job.host for job in await database.write(take)] == ["fine.example"]
    assert await database.write(host_queues.try_again, "dead.example") == 3
    claimed = await database.write(take)
    assert [job.host for job in claimed] == ["dead.example"] * 3
    assert await database.write(host_queues.drop, "dead.example") == 0  # what runs is let run
    await database.write(lambda tx: [queue.bury(tx, job.id, "gone", held=job) for job in claimed])
    assert await database.write(host_queues.drop, "dead.example") == 3
    assert set(await all_queues(database)) == {"fine.example"}


async def test_what_waits_for_a_dead_host_is_bounded_and_takes_back_what_it_said(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D13: the oldest words go, removals stay: they must arrive if the host comes back."""
    monkeypatch.setattr(host_queues, "WAITING_FOR_A_DEAD_HOST", 10)

    def trouble(tx: Tx) -> None:
        for n in range(4):
            letter(tx, n, "dead.example", "Delete")
        for n in range(4, 20):
            letter(tx, n, "dead.example", "Create")
        letters(tx, 15, "busy.example")  # many, and alive: nothing is taken from it
        for _ in range(BREAKER_AT):
            queue.host_failed(tx, "dead.example", tx.now)

    await database.write(trouble)
    await database.write(host_queues.keep_bounded)
    await database.write(host_queues.keep_bounded)
    found = await all_queues(database)
    assert (found["dead.example"].waiting, found["busy.example"].waiting) == (10 + 4, 15)
    waiting = await database.read(_letters_for, "dead.example")
    assert waiting[:4] == [f"https://here.example/dead.example/{n}" for n in range(4)]
    assert waiting[-1] == "https://here.example/dead.example/19"


def _letters_for(tx: Tx, host: str) -> list[str]:
    rows = tx.all(select(table.c.args).where(table.c.host == host).order_by(table.c.id))
    return [row.args["activity_uri"] for row in rows]


async def test_what_a_breaker_held_back_for_a_week_is_given_up(database: Database, clock: Clock) -> None:
    """D13: also what was never tried itself, because another was tried in its place. It is kept a month."""

    def trouble(tx: Tx) -> None:
        letters(tx, 3, "dead.example")
        for _ in range(BREAKER_AT):
            queue.host_failed(tx, "dead.example", tx.now)

    await database.write(trouble)
    clock.forward(days=6, hours=23)
    await database.write(host_queues.keep_bounded)
    assert (await all_queues(database))["dead.example"].waiting == 3
    clock.forward(hours=2)
    await database.write(host_queues.keep_bounded)
    gone = (await all_queues(database))["dead.example"]
    assert (gone.waiting, gone.buried, gone.error) == (0, 3, host_queues.EXPIRED)
    clock.forward(days=31)
    await database.write(host_queues.keep_bounded)
    assert (await all_queues(database))["dead.example"].buried == 0


async def test_what_was_given_up_is_bounded_per_host(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_queues, "BURIED_OF_A_HOST", 2)
    monkeypatch.setattr(queue, "PER_HOST", 100)

    def trouble(tx: Tx) -> None:
        letters(tx, 5, "rude.example")
        letters(tx, 1, "other.example")
        for job in take(tx):
            queue.bury(tx, job.id, "403 from there", held=job)

    await database.write(trouble)
    await database.write(host_queues.keep_bounded)
    found = await all_queues(database)
    assert (found["rude.example"].buried, found["other.example"].buried) == (2, 1)
