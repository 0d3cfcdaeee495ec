"""The one door: what commits together, what rolls back alone, what survives a killed process."""

import asyncio
import signal
import sys
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from fedi_aid.errors import TryLater
from fedi_aid.storage.database import Database, PostgresDatabase, SqliteDatabase, open_database
from fedi_aid.storage.tables import work
from fedi_aid.storage.tables.work import periodic
from fedi_aid.storage.tx import Announcement, Tx

pytestmark = pytest.mark.anyio


def note(tx: Tx, name: str) -> str:
    tx.insert(periodic, name=name, last_run_at=tx.now, runs=0)
    return name


def note_and_fail(tx: Tx, name: str) -> None:
    note(tx, name)
    raise ValueError(name)


def noted(tx: Tx) -> set[str]:
    return set(tx.column(select(periodic.c.name)))


async def test_a_write_is_read_back_and_its_answer_comes_through(database: Database) -> None:
    assert await database.write(note, "one") == "one"
    assert await database.read(noted) == {"one"}


async def test_in_a_group_each_failure_rolls_back_alone(database: Database) -> None:
    """One hundred transactions at once, every third fails: exactly those leave nothing behind."""
    calls = [database.write(note_and_fail if n % 3 == 0 else note, str(n)) for n in range(100)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for n, answer in enumerate(answers):
        if n % 3 == 0:
            assert isinstance(answer, ValueError) and str(answer) == str(n)
        else:
            assert answer == str(n)
    assert await database.read(noted) == {str(n) for n in range(100) if n % 3}


async def test_a_statement_the_database_refuses_rolls_back_alone(database: Database) -> None:
    def twice(tx: Tx) -> None:
        note(tx, "twice")
        note(tx, "twice")

    refused, kept = await asyncio.gather(
        database.write(twice), database.write(note, "kept"), return_exceptions=True
    )
    assert isinstance(refused, DBAPIError)
    assert kept == "kept"
    assert await database.read(noted) == {"kept"}


async def test_a_function_that_raises_stop_iteration_is_answered(database: Database) -> None:
    def empty(tx: Tx) -> Any:
        return next(iter(tx.all(select(periodic.c.name))))

    with pytest.raises(RuntimeError):
        await database.write(empty)


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.read(note, "never")
    await database.write(note, "later")
    assert await database.read(noted) == {"later"}


async def test_a_read_sees_one_moment(database: Database) -> None:
    """What is committed in the middle of a read is not seen by it."""
    loop = asyncio.get_running_loop()

    def look_twice(tx: Tx) -> tuple[set[str], set[str]]:
        before = noted(tx)
        if isinstance(database, SqliteDatabase):
            asyncio.run_coroutine_threadsafe(database.write(note, "between"), loop).result(30)
        else:
            from sqlalchemy.util import await_only

            await_only(database.write(note, "between"))
        return before, noted(tx)

    assert await database.read(look_twice) == (set(), set())
    assert await database.read(noted) == {"between"}


async def test_jobs_and_announcements_follow_the_transaction(database: Database) -> None:
    heard: list[tuple[list[Announcement], set[str]]] = []
    database.on_commit(lambda announcements, lanes: heard.append((list(announcements), set(lanes))))

    def post(tx: Tx, fail: bool) -> None:
        tx.enqueue("fan_out", "deliver", {"post_id": 1})
        tx.announce("post", id=1)
        if fail:
            raise ValueError

    with pytest.raises(ValueError):
        await database.write(post, True)
    assert heard == []
    assert await database.read(lambda tx: tx.column(select(work.jobs.c.kind))) == []
    await database.write(post, False)
    assert heard == [([Announcement("post", {"id": 1})], {"deliver"})]
    assert await database.read(lambda tx: tx.column(select(work.jobs.c.kind))) == ["fan_out"]


async def test_a_listener_that_fails_does_not_take_the_answer_away(database: Database) -> None:
    def deaf(_announcements: list[Announcement], _lanes: set[str]) -> None:
        raise ValueError("deaf")

    heard: list[set[str]] = []
    database.on_commit(deaf)
    database.on_commit(lambda _announcements, lanes: heard.append(set(lanes)))
    assert await database.write(lambda tx: tx.enqueue("deliver", "deliver", {}))
    assert heard == [{"deliver"}]


def add_one(tx: Tx) -> None:
    runs = tx.scalar(select(periodic.c.runs).where(periodic.c.name == "counter"))
    tx.run(update(periodic).where(periodic.c.name == "counter").values(runs=runs + 1))


async def test_four_hundred_reads_then_writes_lose_nothing(database: Database, database_url: str) -> None:
    """Through two doors at once, as two processes of one instance."""
    await database.write(note, "counter")
    second = open_database(database_url)
    try:
        doors = [database, second]
        await asyncio.gather(*(doors[n % 2].write(add_one) for n in range(400)))
    finally:
        await second.close()
    assert await database.read(lambda tx: tx.scalar(select(periodic.c.runs))) == 400


async def test_two_that_read_what_the_other_writes_do_not_both_succeed(database: Database) -> None:
    """Write skew: each inserts only when it sees nobody, so only one may."""

    def first_one(tx: Tx, name: str) -> bool:
        return not noted(tx) and bool(note(tx, name))

    answers = await asyncio.gather(*(database.write(first_one, str(n)) for n in range(20)))
    assert sum(answers) == 1
    assert len(await database.read(noted)) == 1


async def test_a_row_id_that_another_process_took_is_made_anew(database: Database, database_url: str) -> None:
    """Both clocks stand still and both makers count from the same number: every id clashes."""
    second = open_database(database_url, clock=database.clock)
    for door in (database, second):
        door.ids._last = (int(database.clock().timestamp() * 1000) + 1) << 16

    def enqueue(tx: Tx) -> int:
        tx.enqueue("deliver", "deliver", {})
        return 1

    answers = [await door.write(enqueue) for door in (database, second, database, second)]
    await second.close()
    assert sum(answers) == 4
    assert len(await database.read(lambda tx: tx.column(select(work.jobs.c.id)))) == 4


async def test_a_cancelled_caller_does_not_stop_the_writer(database: Database) -> None:
    callers = [asyncio.create_task(database.write(note, str(n))) for n in range(50)]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    assert await database.write(note, "after") == "after"
    assert {str(n) for n in range(1, 50, 2)} | {"after"} <= await database.read(noted)


async def test_ping_answers_and_close_refuses_politely(database_url: str) -> None:
    door = open_database(database_url)
    await door.ping()
    await door.close()
    if isinstance(door, SqliteDatabase):
        with pytest.raises(TryLater):
            await door.write(note, "late")
        with pytest.raises(TryLater):
            await door.read(noted)


async def test_close_waits_for_what_was_asked(database_url: str) -> None:
    door = open_database(database_url)
    waiting = asyncio.gather(*(door.write(note, str(n)) for n in range(100)))
    await asyncio.sleep(0)
    if isinstance(door, SqliteDatabase):
        await door.close()
        await waiting
    else:
        await waiting
        await door.close()
    again = open_database(database_url)
    assert len(await again.read(noted)) == 100
    await again.close()


async def test_a_database_that_cannot_be_opened_answers_and_recovers(tmp_path: Any) -> None:
    """The writer outlives a file that is not there, and works when it is."""
    folder = tmp_path / "not yet"
    door = open_database(f"sqlite:///{folder / 'x.sqlite3'}")
    with pytest.raises(DBAPIError):
        await asyncio.wait_for(door.write(lambda tx: tx.scalar(text("SELECT 1"))), 30)
    folder.mkdir()
    assert await door.write(lambda tx: tx.scalar(text("SELECT 1"))) == 1
    await door.close()


async def test_sqlite_that_another_process_holds_says_try_later(
    sqlite_template: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil
    import sqlite3

    monkeypatch.setattr("fedi_aid.storage.database.BUSY_MS", 50)
    path = tmp_path / "busy.sqlite3"
    shutil.copyfile(sqlite_template, path)
    door = open_database(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = await asyncio.gather(*(door.write(note, str(n)) for n in range(10)), return_exceptions=True)
    assert all(isinstance(answer, TryLater) for answer in answers)
    other.execute("ROLLBACK")
    other.close()
    assert await door.write(note, "free") == "free"
    assert await door.read(noted) == {"free"}
    await door.close()


WRITER = """
import asyncio, sys
from fedi_aid.storage.database import open_database
from fedi_aid.storage.tables.work import periodic

async def one(db, name):
    await db.write(lambda tx: tx.insert(periodic, name=name, last_run_at=tx.now, runs=0))
    sys.stdout.write(name + "\\n")
    sys.stdout.flush()

async def main():
    db = open_database(sys.argv[1])
    n = 0
    while True:
        await asyncio.gather(*(one(db, str(n + k)) for k in range(20)))
        n += 20

asyncio.run(main())
"""


async def test_a_killed_process_loses_no_acknowledged_write(database_url: str) -> None:
    """kill -9 in the middle of writing: every write that was answered is there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    answered = [(await process.stdout.readline()).decode().strip() for _ in range(150)]
    process.send_signal(signal.SIGKILL)
    rest = (await process.stdout.read()).decode()
    answered += rest[: rest.rfind("\n") + 1].split()
    assert await process.wait() == -signal.SIGKILL
    assert all(answered), "the writer ended by itself"
    door = open_database(database_url)
    kept = await door.read(noted)
    await door.close()
    assert set(answered) <= kept


async def test_a_connection_that_the_server_ended_is_not_given_out(
    database: Database, database_url: str
) -> None:
    """PostgreSQL was restarted: whoever asks next gets an answer, by another connection."""
    if not isinstance(database, PostgresDatabase):
        return  # the fixture runs for both engines; SQLite has no server
    ended = asyncio.Event()
    async with database._engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver.add_termination_listener(lambda _connection: ended.set())
    mine = await database.read(lambda tx: tx.scalar(select(func.pg_backend_pid())))
    other = open_database(database_url)
    assert await other.write(lambda tx: tx.scalar(select(func.pg_terminate_backend(mine))))
    await other.close()
    async with asyncio.timeout(60):
        await ended.wait()
    found = [await database.read(lambda tx: tx.scalar(select(func.pg_backend_pid()))) for _ in range(3)]
    assert mine not in found
