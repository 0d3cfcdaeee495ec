"""News between processes of one instance: two doors to the same database, on both engines."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from fedi_aid.errors import Refused
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.neighbours import LOST, WAITING_MAX, Neighbours, neighbours_of
from fedi_aid.storage.tx import Announcement, Tx

pytestmark = pytest.mark.anyio


class Place:
    """One process, as far as its neighbours can tell."""

    def __init__(self, url: str) -> None:
        self.db = open_database(url)
        self.heard: list[Announcement] = []
        self.lanes: set[str] = set()
        self.neighbours: Neighbours = neighbours_of(url, self.db.hear)
        self.db.on_own_commit(self.neighbours.tell)
        self.db.on_commit(self._heard)

    def _heard(self, announcements: list[Announcement], lanes: set[str]) -> None:
        self.heard.extend(announcements)
        self.lanes |= lanes

    async def says(self, *numbers: int) -> None:
        def work(tx: Tx) -> None:
            for number in numbers:
                tx.announce("home", member_id=1, entry_id=number)
            tx.lanes.add("butler")

        await self.db.write(work)

    def numbers(self) -> list[int]:
        return [one.ids["entry_id"] for one in self.heard if one.topic == "home"]

    async def close(self) -> None:
        await self.neighbours.close()
        await self.db.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


def url_of(database: Database) -> str:
    engine = getattr(database, "_engine", None)
    if engine is not None:
        return str(engine.url.render_as_string(hide_password=False))
    return f"sqlite:///{getattr(database, 'path')}"  # noqa: B009 - only one of the two kinds has it


@pytest.fixture
async def places(database: Database) -> AsyncIterator[tuple[Place, Place]]:
    both = Place(url_of(database)), Place(url_of(database))
    for one in both:
        await one.neighbours.open()
    yield both
    for one in both:
        await one.close()


async def test_what_one_commits_the_other_hears_once(places: tuple[Place, Place]) -> None:
    one, other = places
    await one.says(1, 2)
    await until(lambda: other.numbers() == [1, 2])
    assert other.lanes == {"butler"}, "jobs wake the workers of the other"
    await other.says(3)
    await until(lambda: one.numbers() == [1, 2, 3])
    assert other.numbers() == [1, 2, 3], "nobody hears themselves twice"
    assert LOST not in one.heard + other.heard


async def test_a_rollback_is_not_told(places: tuple[Place, Place]) -> None:
    one, other = places

    def work(tx: Tx) -> None:
        tx.announce("home", member_id=1, entry_id=9)
        raise Refused("No.")

    with pytest.raises(Refused):
        await one.db.write(work)
    await one.says(1)
    await until(lambda: other.numbers() == [1])


async def test_much_at_once_arrives_in_order(places: tuple[Place, Place]) -> None:
    one, other = places
    await one.says(*range(3_000))
    await until(lambda: len(other.numbers()) == 3_000)
    assert other.numbers() == list(range(3_000))


async def test_who_misses_something_knows(places: tuple[Place, Place]) -> None:
    """More than can wait is skipped, and the other is told that something is missing."""
    one, other = places
    await one.says(1)
    await until(lambda: other.numbers() == [1])
    one.neighbours.tell([Announcement("home", {"entry_id": 2})] * (WAITING_MAX + 1), set())
    await one.says(3)
    await until(lambda: other.numbers() == [1, 3])
    assert [told.topic for told in other.heard] == ["home", "lost", "home"]


async def test_what_waits_is_told_before_one_leaves(places: tuple[Place, Place]) -> None:
    one, other = places
    await one.says(1)
    await one.neighbours.close()
    await until(lambda: other.numbers() == [1])


async def test_a_message_nobody_understands_is_left_aside(places: tuple[Place, Place]) -> None:
    one, other = places
    for raw in (b"", b"[]", b"\xff", b'["x",1,[["home",{"entry_id":{}}]],[]]', b"{" * 500):
        other.neighbours._arrived(raw)
    await one.says(1)
    await until(lambda: other.numbers() == [1])


async def test_a_broken_connection_is_made_again(
    postgres_server: str, database: Database, places: tuple[Place, Place]
) -> None:
    if url_of(database).startswith("sqlite"):
        return  # the fixture runs for both engines; a socket beside a file has no connection to lose
    one, other = places
    await one.says(1)
    await until(lambda: other.numbers() == [1])

    def cut(tx: Tx) -> None:
        ended = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND (query LIKE 'LISTEN%' OR query LIKE 'SELECT pg_notify%')"
        )
        assert len(tx.all(ended)) >= 2  # one that an earlier test closed may not be gone yet

    await one.db.write(cut)
    await until(lambda: LOST in other.heard)
    await until(lambda: LOST in one.heard)
    await other.says(2)
    await until(lambda: one.numbers() == [1, 2])


# -- sockets beside the file


async def test_sockets_come_and_go(sqlite_template: Path, tmp_path: Path) -> None:
    """However long the path; who died without a word is cleared away, and the last one takes the folder."""
    folder = tmp_path / ("a" * 120)
    folder.mkdir()
    path = folder / "fedi_aid.sqlite3"
    shutil.copyfile(sqlite_template, path)
    one, other = Place(f"sqlite:///{path}"), Place(f"sqlite:///{path}")
    meeting = folder / "fedi_aid.sqlite3-neighbours"
    await one.neighbours.open()
    assert meeting.stat().st_mode & 0o077 == 0, "ids are nobody else's business"
    await other.neighbours.open()
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    handle = os.open(meeting, os.O_RDONLY)
    dead.bind(f"/proc/self/fd/{handle}/dead")
    os.close(handle)
    dead.close()
    assert len(list(meeting.iterdir())) == 3
    await one.says(1)
    await until(lambda: other.numbers() == [1])
    assert len(list(meeting.iterdir())) == 2
    await one.close()
    await other.close()
    assert not meeting.exists()


async def test_a_neighbour_that_does_not_read_holds_nobody_up(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "fedi_aid.sqlite3"
    shutil.copyfile(sqlite_template, path)
    one, other = Place(f"sqlite:///{path}"), Place(f"sqlite:///{path}")
    await one.neighbours.open()
    await other.neighbours.open()
    asyncio.get_running_loop().remove_reader(other.neighbours._socket)  # type: ignore[attr-defined]
    number, full = 0, 0
    while full < 3:  # how many messages may wait is the system's affair: three more than that
        one.neighbours.tell([Announcement("home", {"entry_id": number})], set())
        one.neighbours._flush()  # type: ignore[attr-defined]
        number += 1
        full = one.neighbours._again  # type: ignore[attr-defined]
    asyncio.get_running_loop().add_reader(other.neighbours._socket, other.neighbours._read)  # type: ignore[attr-defined]
    await until(lambda: LOST in other.heard)
    assert other.numbers() == list(range(len(other.numbers()))), "what came before the gap is whole"
    await one.says(number)
    await until(lambda: number in other.numbers())
    await one.close()
    await other.close()
