"""`Tx`: what a function inside a transaction may use, and the only way it reaches the database.

Time, chance and ids come from here, so that a test can hold them still. Jobs and announcements belong to
the transaction: a rollback drops them together with the rows (ARCHITECTURE: the transactional outbox).
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Executable,
    Insert,
    Row,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from fedi_aid.model.house import House
from fedi_aid.model.ids import IdMaker
from fedi_aid.storage.kept import Kept
from fedi_aid.storage.ready import Driver, Ready, ready, ready_insert
from fedi_aid.storage.tables import work

F = TypeVar("F", bound=Callable[..., Any])


class Announcement(NamedTuple):
    """Told to the bus after the commit: `topic` names what happened, `ids` to whom and about what."""

    topic: str
    ids: Mapping[str, Any]


_ALONE_WITH = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=Text()), 0)))

_BEGIN_ALONE = text("SAVEPOINT undone_alone")
_UNDO_ALONE = text("ROLLBACK TO SAVEPOINT undone_alone")
_END_ALONE = text("RELEASE SAVEPOINT undone_alone")

# Statements are made once: making one takes several times as long as running it.


@cache
def _insert_into(table: Table) -> Insert:
    return insert(table)


@cache
def _insert_if_new(table: Table, on_postgres: bool) -> Insert:
    maker = postgresql.insert if on_postgres else sqlite.insert
    return maker(table).on_conflict_do_nothing()


@cache
def _enqueue(on_postgres: bool, once: bool, in_turn: bool) -> Insert:
    """The insert of a job. Its turn, where it has one, is after the last waiting one of its sender, and not
    before what is next now (start-time fair queueing): who sent much waits for themselves, and who comes with
    a first one does not wait for them."""
    jobs = work.jobs
    statement = (postgresql.insert if on_postgres else sqlite.insert)(jobs)
    if once:
        # Only this key may make the job unnecessary: any other clash must be heard.
        statement = statement.on_conflict_do_nothing(index_elements=[jobs.c.once_key])
    if not in_turn:
        return statement
    after_own = select(func.coalesce(func.max(jobs.c.turn) + 1, 0)).where(
        jobs.c.sender == bindparam("by_sender"), jobs.c.state == "waiting"
    )
    next_now = select(func.coalesce(func.min(jobs.c.turn), 0)).where(
        jobs.c.lane == bindparam("in_lane"), jobs.c.state == "waiting"
    )
    later = func.greatest if on_postgres else func.max
    return statement.values(turn=later(after_own.scalar_subquery(), next_now.scalar_subquery()))


def _raw(connection: Connection) -> Driver | None:
    """The driver's own connection, for statements that are ready; None while somebody counts what goes to
    the database."""
    if connection.engine.dispatch.before_cursor_execute:
        return None
    return connection.connection.dbapi_connection


class Tx:
    """One transaction. Every method is sync; nothing here waits for another machine.

    A statement that is run often is best made once, with `bindparam`s, and given their values here.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        now: datetime,
        ids: IdMaker,
        dice: random.Random,
        house: House,
        kept: Kept,
    ) -> None:
        self._connection = connection
        self.on_postgres = connection.dialect.name == "postgresql"
        self._raw = _raw(connection)
        self._ids = ids
        self.house = house
        self.kept = kept
        self.now = now
        self.dice = dice
        self.announcements: list[Announcement] = []
        self.lanes: set[str] = set()  # lanes with new work, due now or later

    def new_id(self) -> int:
        """A new time-ordered id (model.ids)."""
        return self._ids.make(int(self.now.timestamp() * 1000))

    # -- statements

    def _ready(self, statement: Executable) -> Ready | None:
        return None if self._raw is None else ready(statement, self._connection.dialect)

    def run(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> int:
        """Execute and return the number of rows touched."""
        columns = tuple(parameters) if parameters else None
        if self._raw is not None and (known := ready(statement, self._connection.dialect, columns)):
            return known.run(self._raw, parameters or {})
        result = self._connection.execute(statement, parameters)
        return result.rowcount if hasattr(result, "rowcount") else -1

    def all(self, statement: Executable, **binds: Any) -> Sequence[Row[Any]]:
        if (known := self._ready(statement)) is not None:
            return known.all(self._raw, binds)
        return self._connection.execute(statement, binds).all()

    def first(self, statement: Executable, **binds: Any) -> Row[Any] | None:
        if (known := self._ready(statement)) is not None:
            found: Row[Any] | None = known.first(self._raw, binds)
            return found
        return self._connection.execute(statement, binds).first()

    def scalar(self, statement: Executable, **binds: Any) -> Any:
        """The first column of the first row, or None."""
        if (known := self._ready(statement)) is not None:
            return known.scalar(self._raw, binds)
        return self._connection.execute(statement, binds).scalar()

    def column(self, statement: Executable, **binds: Any) -> list[Any]:
        """The first column of every row."""
        if (known := self._ready(statement)) is not None:
            return known.column(self._raw, binds)
        return list(self._connection.execute(statement, binds).scalars())

    def _insert_ready(self, table: Table, columns: Iterable[str], *, if_new: bool = False) -> Ready | None:
        if self._raw is None:
            return None
        return ready_insert(table, tuple(columns), self._connection.dialect, if_new=if_new)

    def insert(self, table: Table, **values: Any) -> None:
        if (known := self._insert_ready(table, values)) is not None:
            known.run(self._raw, values)
        else:
            self._connection.execute(_insert_into(table), values)

    def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]], **common: Any) -> None:
        """All rows at once; every row must have the same keys, and each gets what is `common`."""
        if not rows:
            return
        known = None if self.on_postgres else self._insert_ready(table, (*rows[0], *common))
        if known is not None:
            known.insert_many(self._raw, rows, common)
        else:
            self._connection.execute(_insert_into(table), [{**common, **row} for row in rows])

    def insert_new(self, table: Table, **values: Any) -> bool:
        """Insert unless any unique key is taken; says whether a row was written."""
        if (known := self._insert_ready(table, values, if_new=True)) is not None:
            return known.run(self._raw, values) == 1
        result = self._connection.execute(_insert_if_new(table, self.on_postgres), values)
        return result.rowcount == 1

    def put(self, table: Table, keys: Iterable[Column[Any]], **values: Any) -> None:
        """Insert, or update the other columns where the row with these key columns exists."""
        columns = list(keys)
        names = {column.name for column in columns}
        rest = {name: value for name, value in values.items() if name not in names}
        maker = postgresql.insert if self.on_postgres else sqlite.insert
        statement = maker(table).values(**values)
        if rest:
            statement = statement.on_conflict_do_update(index_elements=columns, set_=rest)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=columns)
        self._connection.execute(statement)

    def put_many(self, table: Table, keys: Iterable[Column[Any]], rows: Sequence[Mapping[str, Any]]) -> None:
        """`put` for many rows of the same keys at once, at least one column of which is no key."""
        if not rows:
            return
        columns = list(keys)
        names = {column.name for column in columns}
        maker = postgresql.insert if self.on_postgres else sqlite.insert
        statement = maker(table)
        rest = {name: statement.excluded[name] for name in rows[0] if name not in names}
        statement = statement.on_conflict_do_update(index_elements=columns, set_=rest)
        self._connection.execute(statement, [dict(row) for row in rows])

    def exists(self, statement: Any) -> bool:
        return bool(self._connection.execute(select(statement.exists())).scalar())

    def alone_with(self, name: str) -> None:
        """Until this transaction ends, no other one that asks for the same name goes on.

        On SQLite one writes at a time anyway.
        """
        if self.on_postgres:
            self._connection.execute(_ALONE_WITH, {"name": name})

    @contextmanager
    def undone_alone(self) -> Iterator[None]:
        """What is done inside and raises is undone by itself: rows, jobs and announcements. The exception
        goes on, and the transaction may go on without it."""
        told, lanes = len(self.announcements), set(self.lanes)
        self.run(_BEGIN_ALONE)
        try:
            yield
        except BaseException:
            self.run(_UNDO_ALONE)
            self.run(_END_ALONE)
            del self.announcements[told:]
            self.lanes = lanes
            raise
        self.run(_END_ALONE)

    # -- what goes with the transaction

    def enqueue(
        self,
        kind: str,
        lane: str,
        args: Mapping[str, Any],
        *,
        due_at: datetime | None = None,
        order_key: str | None = None,
        once_key: str | None = None,
        host: str | None = None,
        sender: str | None = None,
    ) -> bool:
        """Add a durable job; False when a waiting job with this `once_key` makes it unnecessary.

        That job then runs at the earlier of the two moments. `sender` is whoever it came from: where the lane
        is fair, what many of them sent is taken in turns. `work.jobs` declares the kinds; call the functions
        there rather than this.
        """
        due = due_at or self.now
        values: dict[str, Any] = {
            "id": self.new_id(),
            "kind": kind,
            "lane": lane,
            "args": dict(args),
            "state": "waiting",
            "due_at": due,
            "attempts": 0,
            "order_key": order_key,
            "once_key": once_key,
            "host": host,
            "sender": sender,
            "created_at": self.now,
        }
        if sender is not None:
            values |= {"by_sender": sender, "in_lane": lane}
        statement = _enqueue(self.on_postgres, once_key is not None, sender is not None)
        written = self.run(statement, values) == 1
        if not written:
            sooner = update(work.jobs).where(work.jobs.c.once_key == once_key, work.jobs.c.due_at > due)
            self.run(sooner.values(due_at=due))
        self.lanes.add(lane)
        return written

    def enqueue_many(self, kind: str, lane: str, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Add many durable jobs that are due now; each has `args`, `order_key` and `host`."""
        rows = [
            {
                "id": self.new_id(),
                "kind": kind,
                "lane": lane,
                "args": dict(job["args"]),
                "state": "waiting",
                "due_at": self.now,
                "attempts": 0,
                "order_key": job["order_key"],
                "host": job["host"],
                "created_at": self.now,
            }
            for job in jobs
        ]
        self.insert_many(work.jobs, rows)
        if rows:
            self.lanes.add(lane)

    def announce(self, topic: str, **ids: Any) -> None:
        """Tell the bus after the commit."""
        self.announcements.append(Announcement(topic, ids))


def locks_its_rows(fn: F) -> F:
    """Mark a transaction function that takes row locks on all it decides by.

    It needs no more than READ COMMITTED on PostgreSQL, and there meets no collisions. Only for what
    `db.write` is given directly; in doubt, do not mark.
    """
    fn.__dict__["locks_its_rows"] = True
    return fn


def utc_now() -> datetime:
    return datetime.now(UTC)
