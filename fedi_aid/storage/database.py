"""The one door to the database: `await db.read(fn, *args)` and `await db.write(fn, *args)`.

A transaction function is sync and crosses into the database whole, once; what it returns comes back, what
it raises is raised and leaves nothing behind. The functions are the same on both engines:

* **SQLite**: one writer thread with group commit. Transactions that wait share one durable commit, each in
  its own savepoint, so that one failure rolls back alone. Readers are threads with read-only connections.
* **PostgreSQL**: an asyncpg pool; the function runs in SQLAlchemy's greenlet bridge, SERIALIZABLE, so that
  what is right on one engine is right on the other.

A transaction that collided with another process is run again: a function may therefore run more than once,
and must do nothing that the transaction does not undo.

docs/decisions/0001-database-door.md has the figures.
"""

import asyncio
import concurrent.futures
import random
import re
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiosqlite
import structlog
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from fedi_aid.errors import Refused, TryLater
from fedi_aid.model.house import House
from fedi_aid.model.ids import IdMaker
from fedi_aid.storage.kept import Kept
from fedi_aid.storage.tx import Announcement, Tx, utc_now

P = ParamSpec("P")
T = TypeVar("T")
AfterCommit = Callable[[list[Announcement], set[str]], None]

READERS = 4
GROUP = 64  # transactions that may share one commit …
GROUP_SECONDS = 0.05  # … and for how long a group takes in more: the first must not wait for many slow ones
BUSY_MS = 15_000
WRITER_KB, READER_KB = 48_000, 8_000  # of SQLite's pages kept in memory by the writer, and by each reader
WAL_PAGES = 8_000  # of 4 kB, in the log before it is written back
PREPARED = 500  # statements that each connection of PostgreSQL keeps prepared; there are more than 100 in use
COLLISIONS = 50
FREE_TRIES = 3
ID_CLASHES = 5
_ID_CLASH = re.compile(r"UNIQUE constraint failed: \w+\.id$|Key \(id\)=")  # SQLite's words, PostgreSQL's

log = structlog.get_logger()


class Database(ABC):
    """Open with `open_database(url)`; close with `await db.close()`. Safe to share in one event loop."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        dice: random.Random | None = None,
        house: House | None = None,
    ) -> None:
        self.clock = clock
        self.house = house or House()
        self.dice = dice or random.SystemRandom()
        self.ids = IdMaker()
        self.kept = Kept()
        self._after_commit: list[AfterCommit] = []
        self._tell_others: list[AfterCommit] = []

    def on_commit(self, listener: AfterCommit) -> None:
        """Call `listener(announcements, lanes with new jobs)` on the event loop after each commit, also of
        another process where `storage.neighbours` tells us of them."""
        self._after_commit.append(listener)

    def on_own_commit(self, listener: AfterCommit) -> None:
        """The same after our own commits alone: for whoever tells other processes."""
        self._tell_others.append(listener)

    def _tx(self, connection: Connection) -> Tx:
        return Tx(
            connection, now=self.clock(), ids=self.ids, dice=self.dice, house=self.house, kept=self.kept
        )

    def _committed(self, tx: Tx) -> None:
        if tx.announcements or tx.lanes:
            _call(self._after_commit, tx.announcements, tx.lanes)
            _call(self._tell_others, tx.announcements, tx.lanes)

    def hear(self, announcements: list[Announcement], lanes: set[str]) -> None:
        """Another process committed something: those who listen are told of it."""
        _call(self._after_commit, announcements, lanes)

    @abstractmethod
    async def read(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(tx, …)` on one consistent snapshot; it cannot write."""

    @abstractmethod
    async def write(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(tx, …)` and commit durably before returning; an exception rolls everything back.

        Writes happen as if one after the other. `TryLater` when the database cannot take it now.
        """

    @abstractmethod
    async def ping(self) -> None:
        """Answer when the database does, on a connection of its own, so that load cannot hide it."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what is being written, and let go of the file or the pool."""


def _call(listeners: list[AfterCommit], announcements: list[Announcement], lanes: set[str]) -> None:
    for listener in listeners:
        try:
            listener(announcements, lanes)
        except Exception:  # the rows are stored: a listener cannot take that back
            log.exception("commit_listener_failed")


# -- SQLite


def _connect_sqlite(path: Path, *, read_only: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000, cached_statements=512
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    connection.execute("PRAGMA temp_store=MEMORY")
    # A post to 150 friends touches some 500 pages, and the next one mostly the same: what is kept is not read
    # again, and what is written back once for many posts is not written for each.
    connection.execute(f"PRAGMA cache_size=-{READER_KB if read_only else WRITER_KB}")
    connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
    if read_only:
        connection.execute("PRAGMA query_only=ON")
    return connection


def sqlite_engine(path: Path, *, read_only: bool = False) -> Engine:
    """A sync engine whose every connection is set up as the project wants it."""
    return create_engine(
        "sqlite://", creator=lambda: _connect_sqlite(path, read_only=read_only), poolclass=NullPool
    )


_BEGIN_ONE = text("SAVEPOINT one_of_a_group")
_UNDO_ONE = text("ROLLBACK TO SAVEPOINT one_of_a_group")
_END_ONE = text("RELEASE SAVEPOINT one_of_a_group")


class _Pending:
    """One waiting transaction, and where its answer goes."""

    __slots__ = ("answer", "call", "failure", "future", "loop", "tx")

    def __init__(self, call: Callable[[Tx], Any], future: "asyncio.Future[Any]") -> None:
        self.call = call
        self.future = future
        self.loop = future.get_loop()
        self.answer: Any = None
        self.failure: BaseException | None = None
        self.tx: Tx | None = None


def _discard(connection: Connection | None) -> None:
    """Close what may be broken; an open transaction is rolled back by it."""
    if connection is not None:
        with suppress(Exception):
            connection.close()


def _in_words(failure: BaseException) -> BaseException:
    """A busy or full disk as what a person may be told."""
    text_of_it = str(failure)
    if isinstance(failure, DBAPIError) and ("locked" in text_of_it or "disk is full" in text_of_it):
        return TryLater("The server is busy; please try again.", seconds=5, log=text_of_it)
    return failure


def _row_id_taken(failure: BaseException) -> bool:
    """Another process made the same row id in the same millisecond; the next run makes a new one."""
    if not isinstance(failure, IntegrityError):
        return False
    detail = getattr(failure.orig.__cause__, "detail", None) if failure.orig else None
    return bool(_ID_CLASH.search(detail or str(failure.orig)))


def _settable(failure: BaseException) -> BaseException:
    """A future refuses StopIteration, and its caller would wait for ever."""
    if isinstance(failure, StopIteration):
        wrapped = RuntimeError("a transaction function raised StopIteration")
        wrapped.__cause__ = failure
        return wrapped
    return failure


class SqliteDatabase(Database):
    """SQLite: a writer thread that groups commits, and a few reading threads."""

    def __init__(self, path: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = path
        self._queue: deque[_Pending] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._writer = threading.Thread(target=self._write_forever, name="sqlite-writer", daemon=True)
        self._writer.start()
        self._read_engine = sqlite_engine(path, read_only=True)
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._readers = concurrent.futures.ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")

    async def read(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closing:
            raise TryLater(log="the database is closing")
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._read_now, lambda tx: fn(tx, *args, **kwargs)
        )

    def _read_now(self, call: Callable[[Tx], T]) -> T:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._read_engine.connect()
            self._connections.append(connection)
        # Not through SQLAlchemy, for which two statements more in each reading are a fifth of a small one.
        driver: Any = connection.connection.dbapi_connection
        driver.execute("BEGIN")
        try:
            return call(self._tx(connection))
        finally:
            connection.rollback()
            driver.rollback()

    async def write(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        pending = _Pending(lambda tx: fn(tx, *args, **kwargs), asyncio.get_running_loop().create_future())
        with self._wake:
            if self._closing:
                raise TryLater(log="the database is closing")
            self._queue.append(pending)
            self._wake.notify()
        answer: T = await pending.future
        return answer

    def _write_forever(self) -> None:
        engine = sqlite_engine(self.path)
        connection: Connection | None = None
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                if not self._queue:
                    break
            group: list[_Pending] = []
            try:
                connection = connection or engine.connect()
                self._write_group(connection, group)
            except BaseException as failure:  # this thread must outlive whatever happens to one group
                _discard(connection)
                connection = None
                while self._queue and len(group) < GROUP:
                    group.append(self._queue.popleft())
                for pending in group:
                    pending.failure = pending.failure or _in_words(failure)
            self._answer_soon(group)
        _discard(connection)

    def _write_group(self, connection: Connection, group: list[_Pending]) -> None:
        """Run waiting transactions and commit them together; `group` tells the caller which were taken."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        until = time.monotonic() + GROUP_SECONDS
        while self._queue and len(group) < GROUP and (not group or time.monotonic() < until):
            pending = self._queue.popleft()
            group.append(pending)
            if not pending.future.cancelled():
                self._write_one(connection, pending)
        connection.commit()

    def _write_one(self, connection: Connection, pending: _Pending) -> None:
        for attempt in range(ID_CLASHES + 1):
            tx = self._tx(connection)
            tx.run(_BEGIN_ONE)
            try:
                pending.answer = pending.call(tx)
            except BaseException as failure:
                tx.run(_UNDO_ONE)
                tx.run(_END_ONE)
                if attempt < ID_CLASHES and _row_id_taken(failure):
                    continue
                pending.failure = failure
            else:
                tx.run(_END_ONE)
                pending.tx = tx
            return

    def _answer_soon(self, group: list[_Pending]) -> None:
        for loop in {pending.loop for pending in group}:
            mine = [pending for pending in group if pending.loop is loop]
            try:
                loop.call_soon_threadsafe(self._answer, mine)
            except RuntimeError:  # that loop is closed: nobody is waiting any more
                log.warning("writer_answer_unheard", transactions=len(mine))

    def _answer(self, group: list[_Pending]) -> None:
        for pending in group:
            if pending.failure is None and pending.tx is not None:
                self._committed(pending.tx)
            if pending.future.cancelled():
                continue
            if pending.failure is not None:
                pending.future.set_exception(_settable(pending.failure))
            else:
                pending.future.set_result(pending.answer)

    async def ping(self) -> None:
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        async with aiosqlite.connect(uri, uri=True, timeout=2) as connection:
            await connection.execute_fetchall("SELECT 1")

    async def close(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._read_engine.dispose()


# -- PostgreSQL


def _collided(failure: DBAPIError) -> bool:
    """Another transaction was in the way, and the same function may well succeed now."""
    return getattr(failure.orig, "sqlstate", None) in {"40001", "40P01"} or _row_id_taken(failure)


def ends_the_transaction(failure: BaseException) -> bool:
    """The whole transaction or the database failed, not one statement: undoing a part does not help."""
    return isinstance(failure, OperationalError | InterfaceError) or (
        isinstance(failure, DBAPIError) and _collided(failure)
    )


def _must_be_open(connection: Any, _record: Any, _proxy: Any) -> None:
    """A connection that the server has ended is not given out, nor any that is older. Asking the server each
    time (`pool_pre_ping`) says little more, and takes three turns to it, as many as a small transaction."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class PostgresDatabase(Database):
    """PostgreSQL through asyncpg; sync functions run in SQLAlchemy's greenlet bridge."""

    def __init__(self, url: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=10,
            max_overflow=10,
            connect_args={"prepared_statement_cache_size": PREPARED},
        )
        event.listen(self._engine.sync_engine, "checkout", _must_be_open)
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._writing = self._engine.execution_options(isolation_level="SERIALIZABLE")
        self._probe: AsyncEngine = create_async_engine(
            url, poolclass=NullPool, connect_args={"timeout": 2, "command_timeout": 2}
        )
        self._again = asyncio.Lock()

    async def read(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _postgres_in_words():
            async with self._reading.connect() as connection:
                _tx, answer = await connection.run_sync(lambda sync: self._call(sync, fn, *args, **kwargs))
                return answer

    async def write(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        for turn in range(FREE_TRIES):
            try:
                return await self._write_once(fn, *args, **kwargs)
            except DBAPIError as failure:
                if not _collided(failure):
                    raise
            await asyncio.sleep(self.dice.uniform(0, 0.005 * (turn + 1)))
        # Those that collide again go one at a time, or a crowd around one row would collide for ever.
        async with self._again:
            for turn in range(COLLISIONS):
                try:
                    return await self._write_once(fn, *args, **kwargs)
                except DBAPIError as failure:
                    if not _collided(failure):
                        raise
                await asyncio.sleep(self.dice.uniform(0, 0.01 * (turn + 1)))
        raise TryLater("The server is busy; please try again.", seconds=5, log="too many collisions")

    async def _write_once(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        engine = self._engine if getattr(fn, "locks_its_rows", False) else self._writing
        with _postgres_in_words():
            async with engine.begin() as connection:
                tx, answer = await connection.run_sync(lambda sync: self._call(sync, fn, *args, **kwargs))
        self._committed(tx)
        return answer

    def _call(
        self, connection: Connection, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[Tx, T]:
        tx = self._tx(connection)
        return tx, fn(tx, *args, **kwargs)

    async def ping(self) -> None:
        async with self._probe.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self._engine.dispose()
        await self._probe.dispose()


@contextmanager
def _postgres_in_words() -> Iterator[None]:
    """No free connection, or no server: something passing, not a fault in what was asked."""
    try:
        yield
    except (PoolTimeout, OSError) as failure:
        raise TryLater("The server is busy; please try again.", seconds=5, log=repr(failure)) from failure


def open_database(
    url: str,
    *,
    clock: Callable[[], datetime] = utc_now,
    dice: random.Random | None = None,
    house: House | None = None,
) -> Database:
    """Open `sqlite:///path` or `postgresql+asyncpg://…`; the schema must be there (`migrate`)."""
    if url.startswith("sqlite"):
        return SqliteDatabase(Path(url.split("///", 1)[1]), clock=clock, dice=dice, house=house)
    return PostgresDatabase(url, clock=clock, dice=dice, house=house)


@contextmanager
def sync_connection(url: str) -> Iterator[Connection]:
    """A plain connection in a transaction, for migrations and offline commands on SQLite.

    Foreign keys are not enforced inside, but checked before the commit: a migration that rebuilds a table
    drops the old one, and that would delete the rows that point at it.
    """
    engine = sqlite_engine(Path(url.split("///", 1)[1]))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.rollback()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise Refused(
                "The database was left as it was: some rows would point at rows that are gone.",
                log=f"foreign_key_check: {tuple(broken)}",
            )
        connection.commit()
    engine.dispose()
