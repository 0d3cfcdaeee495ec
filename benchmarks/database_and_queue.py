"""What the door to the database and the queue carry, as ratios measured in one run.

    python benchmarks/database_and_queue.py [--units 3000] [--jobs 2000] [--postgres postgresql+asyncpg://…]

Compares 50 concurrent callers of `db.write` (group commit) with one durable commit per unit; and runs jobs
through the runner. A unit is 3 selects and 2 inserts. The database is made in a temporary directory, on the
disk that TMPDIR names: what a commit costs is what that disk costs. A PostgreSQL given must be empty; the
tables made there stay.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from sqlalchemy import func, select

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.database import Database, PostgresDatabase, open_database
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.migrate import migrate
from fedi_aid.storage.tables.federation import hosts, key_misses
from fedi_aid.storage.tables.work import jobs as jobs_table
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.runner import Finish, Runner

CALLERS = 50
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def unit(tx: Tx) -> None:
    """3 selects, 2 inserts: about what a favourite costs."""
    number = tx.new_id()
    tx.first(select(hosts).where(hosts.c.domain == f"host{number % 100}"))
    tx.scalar(select(key_misses.c.until).where(key_misses.c.key_id == str(number)))
    tx.scalar(select(func.count()).where(jobs_table.c.order_key == f"o{number}"))
    tx.insert(key_misses, key_id=str(number), until=tx.now)
    tx.insert(hosts, domain=f"host{number}")


async def timed(name: str, count: int, act: Callable[[], Awaitable[object]], base: float = 0) -> float:
    start = time.perf_counter()
    await act()
    rate = count / (time.perf_counter() - start)
    ratio = f"  x {rate / base:.1f}" if base else ""
    print(f"{name:<58} {rate:>8.0f}/s{ratio}", flush=True)
    return rate


async def writes(db: Database, units: int) -> None:
    async def caller(count: int) -> None:
        for _ in range(count):
            await db.write(unit)

    async def together() -> None:
        await asyncio.gather(*(caller(units // CALLERS) for _ in range(CALLERS)))

    few = units // 4
    await caller(20)  # connections, compiled statements
    alone = await timed("units, one caller, one commit each", few, lambda: caller(few))
    await timed(f"units, {CALLERS} callers through db.write", units, together, alone)
    if isinstance(db, PostgresDatabase):
        serializable = db._writing
        for level in ("REPEATABLE READ", "READ COMMITTED"):
            db._writing = db._engine.execution_options(isolation_level=level)
            await timed(f"units, {CALLERS} callers, {level} instead", units, together, alone)
        db._writing = serializable


async def queue(db: Database, count: int, concurrency: int) -> None:
    async def send(job: Job) -> Finish:
        return lambda tx: tx.insert(key_misses, key_id=f"job{job.id}", until=tx.now)

    def enqueue(tx: Tx) -> None:
        for n in range(count):
            host = f"peer{n % 50}"
            key = f"{host}:{n}"
            jobs.deliver(tx, f"u{n}", f"https://{host}/inbox", PersonId(1), host, key, post_id=PostId(n))

    runner = Runner(db, {"deliver": send}, concurrency={"deliver": concurrency}, worker_id="benchmark")

    async def drain() -> None:
        await runner.start()
        while await db.read(lambda tx: tx.exists(select(jobs_table.c.id).limit(1))):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await runner.stop()

    await db.write(enqueue)
    await timed(f"jobs with an effect, {concurrency} at a time", count, drain)


async def measure(url: str, units: int, count: int) -> None:
    await migrate(url)
    db = open_database(url)
    try:
        await writes(db, units)
        for concurrency in (1, 10, 50):
            await queue(db, count if concurrency > 1 else count // 4, concurrency)
    finally:
        await db.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--units", type=int, default=3000)
    options.add_argument("--jobs", type=int, default=2000)
    options.add_argument("--postgres", default="", help="also measure this empty database")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite")
        url = f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"
        asyncio.run(measure(url, chosen.units, chosen.jobs))
    if chosen.postgres:
        print("PostgreSQL")
        asyncio.run(measure(chosen.postgres, chosen.units, chosen.jobs))


if __name__ == "__main__":
    main()
