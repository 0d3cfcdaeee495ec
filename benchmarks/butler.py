"""What a tick of the butler costs on a large instance: only requests that are due are touched, each at the
same cost, in the same memory; beside a baseline that looks through all that are open.

    .venv/bin/python benchmarks/butler.py [--members 100000] [--requests 10000] [--due 200] [--friends 15]

Offline, one process, a temporary SQLite file, seeded. First a tenth of the instance, then all of it: what
grows with the instance shows in the ratio of the two lines. Read the ratios; the milliseconds are this
machine's processor time. Memory is what Python allocates at most while due requests are looked at; those
looks are not timed.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select

from fedi_aid.actions import registration
from fedi_aid.butler import requests, waves
from fedi_aid.model.house import House
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.migrate import migrate
from fedi_aid.storage.tables.help import asks
from fedi_aid.storage.tables.help import requests as request_table
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.ties import follows
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.tx import Tx

OURS = "https://bench.example"
NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
AT_ONCE = 5_000


class Measured(NamedTuple):
    """One instance: milliseconds, counts, and kilobytes."""

    members: int
    open: int
    due: int
    touched: int
    tick_ms: float
    look_ms: float
    kilobytes: float
    scan_ms: float


def in_parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


async def fill(db: Database, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    for part in in_parts(rows):
        await db.write(lambda tx, part=part: tx.insert_many(table, part))


async def build(db: Database, *, size: int, wanted: int, due: int, friends: int) -> None:
    """Members in a ring, each a friend of the next few; so many of them with a request of level 2 that is
    half a day old, of which so many are due now and the others later."""
    keys = registration.new_keys()
    await db.write(registration.ensure_instance, keys, keys)
    first = 1_000_000
    dice = random.Random(20260314)
    await fill(
        db,
        people,
        (
            {
                "id": first + at,
                "uri": f"{OURS}/users/m{at}",
                "username": f"m{at}",
                "domain": "",
                "url": f"{OURS}/@m{at}",
                "created_at": NOW - timedelta(days=400),
            }
            for at in range(size)
        ),
    )
    await fill(
        db,
        members,
        (
            {
                "person_id": first + at,
                "email": f"m{at}@example.org",
                "rsa_private_pem": "",
                "ed25519_private_pem": "",
                "created_at": NOW - timedelta(days=400),
                "next_card_at": NOW + timedelta(days=dice.randint(1, 7)),
            }
            for at in range(size)
        ),
    )
    authors = [at * (size // wanted) for at in range(wanted)]
    pairs = sorted(
        {
            pair
            for author in authors
            for step in range(1, friends + 1)
            for pair in ((author, (author + step) % size), ((author + step) % size, author))
        }
    )
    await fill(
        db,
        follows,
        (
            {
                "id": 10_000_000 + number,
                "from_id": first + one,
                "to_id": first + other,
                "state": "accepted",
                "created_at": NOW - timedelta(days=300),
                "accepted_at": NOW - timedelta(days=300),
            }
            for number, (one, other) in enumerate(pairs)
        ),
    )
    raised = NOW - timedelta(hours=12)
    await fill(
        db,
        posts,
        (
            {
                "id": 50_000_000 + number,
                "uri": f"{OURS}/notes/{number}",
                "author_id": first + author,
                "reach": "chosen",
                "intimacy": 2,
                "text": f"Need {number}",
                "thread_id": 50_000_000 + number,
                "help_flag": True,
                "created_at": raised,
            }
            for number, author in enumerate(authors)
        ),
    )
    await fill(
        db,
        request_table,
        (
            {
                "post_id": 50_000_000 + number,
                "author_id": first + author,
                "state": "open",
                "raised_at": raised,
                "due_at": NOW if number < due else NOW + timedelta(minutes=1 + number % 600),
            }
            for number, author in enumerate(authors)
        ),
    )
    await fill(
        db,
        asks,
        (
            {
                "id": 90_000_000 + number * 2 + place,
                "uri": f"{OURS}/activities/{number}-{place}",
                "post_id": 50_000_000 + number,
                "person_id": first + (author + 1 + place) % size,
                "kind": "help",
                "state": "open",
                "created_at": raised,
            }
            for number, author in enumerate(authors)
            for place in range(2)
        ),
    )


def looks(tx: Tx) -> list[int]:
    """The requests that the tick has put on the list of jobs."""
    return sorted(
        row.args["post_id"] for row in tx.all(select(jobs.c.args).where(jobs.c.kind == "butler_wave"))
    )


async def tick(db: Database, due: int) -> float:
    """Tick until everything due has its job; milliseconds."""
    start = time.process_time()
    while len(await db.read(looks)) < due:
        await db.write(requests.tick)
        if len(await db.read(looks)) < due:
            await db.write(_past_the_first)
    return (time.process_time() - start) * 1_000


def _past_the_first(tx: Tx) -> None:
    """The runner would have looked at these meanwhile: let the next tick see the others."""
    for post_id in help_rows.due_requests(tx):
        help_rows.change_request(tx, post_id, due_at=tx.now + timedelta(seconds=1))


async def scan(db: Database) -> float:
    """The baseline: every open request is loaded and thought about, as if there were no `due_at`."""

    def work(tx: Tx) -> int:
        found = tx.column(select(request_table.c.post_id).where(request_table.c.state == "open"))
        plans = 0
        for post_id in found:
            request = help_rows.request(tx, post_id)
            assert request is not None
            known = waves.Situation(
                request=request,
                level=2,
                asks=ask_rows.asks_of(tx, post_id),
                offers=help_rows.offers_of(tx, post_id),
                now=tx.now,
            )
            plans += waves.step(known).due_at is not None
        return plans

    start = time.process_time()
    await db.read(work)
    return (time.process_time() - start) * 1_000


async def measure(folder: Path, *, size: int, wanted: int, due: int, friends: int) -> Measured:
    url = f"sqlite:///{folder / 'bench.sqlite3'}"
    await migrate(url)
    db = open_database(url, clock=lambda: NOW, dice=random.Random(1), house=House(base_url=OURS))
    try:
        await build(db, size=size, wanted=wanted, due=due, friends=friends)
        before = dict(await db.read(moments))
        scanned = await scan(db)
        ticked = await tick(db, due)
        taken = await db.read(looks)
        spent = []
        for post_id in taken[::2]:
            start = time.process_time()
            await db.write(requests.wave, post_id)
            spent.append((time.process_time() - start) * 1_000)
        tracemalloc.start()
        for post_id in taken[1::2]:
            await db.write(requests.wave, post_id)
        peak = tracemalloc.get_traced_memory()[1] / 1_024
        tracemalloc.stop()
        after = dict(await db.read(moments))
        touched = sum(before[post_id] != after[post_id] for post_id in before)
        opened = await db.read(
            lambda tx: tx.scalar(
                select(func.count()).select_from(request_table).where(request_table.c.state == "open")
            )
        )
        assert set(taken) == {post_id for post_id in before if before[post_id] != after[post_id]}
        return Measured(size, opened, len(taken), touched, ticked, statistics.median(spent), peak, scanned)
    finally:
        await db.close()


def moments(tx: Tx) -> Sequence[tuple[int, datetime]]:
    rows = tx.all(select(request_table.c.post_id, request_table.c.due_at))
    return [(row.post_id, row.due_at) for row in rows]


COLUMNS = (
    "members",
    "open",
    "due",
    "touched",
    "tick ms",
    "look ms",
    "KiB",
    "due in all ms",
    "scan ms",
    "ratio",
)


def report(found: Sequence[Measured]) -> str:
    """A line for each size, then what grew and what did not."""
    rows: list[Sequence[str]] = [COLUMNS]
    for one in found:
        whole = one.tick_ms + one.look_ms * one.due
        scanned = one.scan_ms + one.look_ms * one.due
        numbers = (one.members, one.open, one.due, one.touched)
        times = (one.tick_ms, one.look_ms, one.kilobytes, whole, scanned, scanned / whole)
        rows.append((*map(str, numbers), *(f"{number:.1f}" for number in times)))
    lines = ["".join(cell.rjust(14) for cell in row) for row in rows]
    small, large = found[0], found[-1]
    grew = {
        "a look": large.look_ms / small.look_ms,
        "the tick": large.tick_ms / small.tick_ms,
        "memory": large.kilobytes / small.kilobytes,
        "the scan": large.scan_ms / small.scan_ms,
    }
    lines += [
        "",
        "ten times the instance: " + ", ".join(f"{name} × {ratio:.2f}" for name, ratio in grew.items()),
        f"what is due is found in {large.tick_ms:.1f} ms by its index, in {large.scan_ms:.1f} ms by looking "
        f"through all: {large.scan_ms / large.tick_ms:.0f} times as much",
    ]
    return "\n".join(lines)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--due", type=int, default=100)
    parser.add_argument("--friends", type=int, default=15)
    wish = parser.parse_args()
    found = []
    for part in (10, 1):
        with tempfile.TemporaryDirectory() as folder:
            measured = await measure(
                Path(folder),
                size=wish.members // part,
                wanted=wish.requests // part,
                due=wish.due,
                friends=wish.friends,
            )
            found.append(measured)
    print(report(found))


if __name__ == "__main__":
    asyncio.run(main())
