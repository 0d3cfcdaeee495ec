"""How long it takes to choose an audience, by how many friends somebody has and how large the network is.

The product's whole path on a SQLite file: load the circle, choose, check the promises. The same members with
150, 1,000 and 8,000 friends stand in networks of different size, printed side by side. The files are made
once and kept in the temporary folder. "Once more" is the same again with what is kept between two posts
(actions/circles.py).
"""

import asyncio
import gc
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from fedi_aid.actions import circles, registration
from fedi_aid.activitypub import extension
from fedi_aid.app import Running
from fedi_aid.audience.engine import Ask
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.net.fake import FakeInternet
from fedi_aid.settings import SQLITE_NAME, load
from fedi_aid.storage.database import Database
from fedi_aid.storage.tx import Tx

SIZES: Final = (100_000, 1_000_000)
CIRCLES: Final = (150, 1_000, 8_000)
TIES: Final = 10  # follows per person, both ways counted
MOST_TIES: Final = 5_000_000
MET: Final = 0.5  # of somebody's friends, on twelve days of the last half year
SAID: Final = 0.3  # of them what they can help with: a language, two skills, a cause
NEAR: Final = 100  # friends to whom two steps lead
ROUNDS: Final = 25
MADE: Final = 2  # one more when other files are made
FIRST: Final = 1_000_000_000  # id of the first of the crowd
CAUSES: Final = ("river", "garden", "music", "shelter")
SKILLS: Final = ("bread", "paperwork", "bicycles", "roofs", "translation", "cats")
ASKS: Final = {
    "an ordinary post": Ask(level=Intimacy.FRIENDS, causes=frozenset({"river"})),
    "a bottle": Ask(level=Intimacy.BOTTLE, flag_raised=True, causes=frozenset({"river"})),
    "a bottle for bread": Ask(
        level=Intimacy.BOTTLE, flag_raised=True, wanted=("bread",), hinted=True, languages=frozenset({"fr"})
    ),
}


def run(sizes: Sequence[int]) -> None:
    asyncio.run(_run(sizes))


async def _run(sizes: Sequence[int]) -> None:
    for size in sizes:
        running, members = await _opened(Path(tempfile.gettempdir()) / f"fedi_aid-speed-{MADE}-{size}", size)
        gc.collect()
        gc.freeze()  # as `fedi_aid serve` does
        try:
            print(f"\n{size:,} people, {min(size * TIES, MOST_TIES):,} follows")
            for name, ask in ASKS.items():
                for friends, member in members.items():
                    await _tell(running.instance.db, name, ask, friends, member)
        finally:
            await running.close()


async def _tell(db: Database, name: str, ask: Ask, friends: int, member: PersonId) -> None:
    before = _resident()
    taken = [await db.read(_choose, member, ask) for _ in range(ROUNDS)][2:]
    whole = sorted(one.loading + one.choosing for one in taken)
    loading = statistics.median(one.loading for one in taken) * 1000
    again = statistics.median(one.again for one in taken) * 1000
    print(
        f"  {name:<18} {friends:6,} friends  {statistics.median(whole) * 1000:8.1f} ms, p95 "
        f"{whole[int(len(whole) * 0.95)] * 1000:8.1f}  (loading {loading:7.1f})  once more {again:6.1f}  "
        f"memory {before:.0f} → {_resident():.0f} MB",
        flush=True,
    )


class _Taken(NamedTuple):
    """Seconds of processor, so that other processes do not count."""

    loading: float
    choosing: float
    again: float


def _choose(tx: Tx, member: PersonId, ask: Ask) -> _Taken:
    """The first post, and one more when the circle is kept."""
    start = time.thread_time()
    circle = circles.measured(tx, member)
    loaded = time.thread_time()
    circle.choose(tx, ask)
    chosen = time.thread_time()
    circle.choose(tx, ask)
    return _Taken(loaded - start, chosen - loaded, time.thread_time() - chosen)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


# -- the files


async def _opened(folder: Path, size: int) -> tuple[Running, dict[int, PersonId]]:
    """An instance on that folder, made where it is missing; friends → the member who has so many."""
    done = folder / "made"
    settings = load({"FEDI_AID_BASE_URL": "https://speed.example", "FEDI_AID_DATA_DIR": str(folder)})
    running = await Running.open(settings, net=FakeInternet().net("speed.example"))
    if done.exists():
        kept = [int(one) for one in done.read_text().split()]
        return running, {friends: PersonId(one) for friends, one in zip(CIRCLES, kept, strict=True)}
    keys = registration.new_keys()

    def move_in(tx: Tx) -> list[PersonId]:
        return [
            registration.sign_up(
                tx,
                username=f"with{many}",
                email=f"{many}@example.org",
                password_hash="x",
                keys=keys,
                trusted=True,
            ).id
            for many in CIRCLES
        ]

    members = await running.instance.db.write(move_in)
    await running.close()
    start = time.perf_counter()
    _fill(folder / SQLITE_NAME, size, members)
    print(f"made {folder} in {time.perf_counter() - start:.0f} s")
    done.write_text(" ".join(map(str, members)))
    return await _opened(folder, size)


def _fill(path: Path, size: int, members: Sequence[int]) -> None:
    dice = random.Random(size)
    now = int(time.time() * 1000)
    with sqlite3.connect(path) as file:
        file.executescript("PRAGMA foreign_keys=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;")
        file.executemany(
            "INSERT INTO people (id, uri, username, domain, inbox, implements, locked, discoverable, "
            "created_at) VALUES (?, ?, ?, ?, ?, ?, 1, 0, ?)",
            _crowd(size, now),
        )
        file.executemany(
            "INSERT OR IGNORE INTO follows (id, from_id, to_id, state, created_at, accepted_at, show_boosts, "
            "notify) VALUES (?, ?, ?, 'accepted', ?, ?, 1, 0)",
            ((at, one, other, now, now) for at, (one, other) in enumerate(_follows(size, members, dice), 1)),
        )
        file.executemany(
            "INSERT OR IGNORE INTO contacts (from_id, to_id, day, kind, count) VALUES (?, ?, ?, 'reply', 1)",
            _days(members, now // 86_400_000, dice),
        )
        file.executemany(
            "INSERT INTO spreads (from_id, to_id, spread) VALUES (?, ?, 0.01)",
            ((member, FIRST + at) for member in members for at in range(NEAR)),
        )
        file.executemany(
            "INSERT INTO causes (id, tag, name, created_at) VALUES (?, ?, ?, ?)",
            ((at, cause, cause, now) for at, cause in enumerate(CAUSES)),
        )
        for person in range(FIRST, FIRST + max(CIRCLES)):
            if dice.random() < SAID:
                _say(file, person, now, dice)
    with sqlite3.connect(path) as file:
        file.execute("ANALYZE")


def _say(file: sqlite3.Connection, person: int, now: int, dice: random.Random) -> None:
    file.execute(
        "INSERT INTO help_profiles (person_id, languages, shared_with_friends_servers, updated_at) "
        "VALUES (?, ?, 0, ?)",
        (person, dice.choice(('["fr"]', '["en","fr"]')), now),
    )
    file.executemany(
        "INSERT INTO skills (person_id, skill, label, declared) VALUES (?, ?, ?, 1)",
        ((person, skill, skill) for skill in dice.sample(SKILLS, 2)),
    )
    file.execute("INSERT INTO person_causes VALUES (?, ?)", (person, dice.randrange(len(CAUSES))))


def _crowd(size: int, now: int) -> Iterator[tuple[object, ...]]:
    says = f'["{extension.CARRY}"]'
    for at in range(size):
        domain = f"s{at % 500}.example"
        uri = f"https://{domain}/users/p{at}"
        yield FIRST + at, uri, f"p{at}", domain, f"{uri}/inbox", says, now


def _follows(size: int, members: Sequence[int], dice: random.Random) -> Iterator[tuple[int, int]]:
    """The members' circles, then a ring of neighbours until there are enough ties; all of them mutual."""
    for member, friends in zip(members, CIRCLES, strict=True):
        for at in range(friends):
            yield member, FIRST + at
            yield FIRST + at, member
    for step in range(1, min(TIES, MOST_TIES // size) // 2 + 1):
        far = step * step + dice.randint(0, 2)
        for at in range(size):
            other = (at + far) % size
            yield FIRST + at, FIRST + other
            yield FIRST + other, FIRST + at


def _days(members: Sequence[int], today: int, dice: random.Random) -> Iterable[tuple[int, int, int]]:
    for member, friends in zip(members, CIRCLES, strict=True):
        for at in range(friends):
            if dice.random() < MET:
                for day in dice.sample(range(today - 180, today), 12):
                    yield member, FIRST + at, day
                    if dice.random() < 0.6:
                        yield FIRST + at, member, day
