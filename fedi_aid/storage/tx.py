"""`Tx`: what a function inside a transaction may use, and the only way it reaches the database.

Time, chance and ids come from here, so that a test can hold them still. Jobs and announcements belong to
the transaction: a rollback drops them together with the rows (ARCHITECTURE: the transactional outbox).
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, Executable, Row, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from fedi_aid.model.house import House
from fedi_aid.model.ids import IdMaker
from fedi_aid.storage.tables import work

F = TypeVar("F", bound=Callable[..., Any])


class Announcement(NamedTuple):
    """Told to the bus after the commit: `topic` names what happened, `ids` to whom and about what."""

    topic: str
    ids: Mapping[str, Any]


class Tx:
    """One transaction. Every method is sync; nothing here waits for another machine."""

    def __init__(
        self, connection: Connection, *, now: datetime, ids: IdMaker, dice: random.Random, house: House
    ) -> None:
        self._connection = connection
        self._ids = ids
        self.house = house
        self.now = now
        self.dice = dice
        self.announcements: list[Announcement] = []
        self.lanes: set[str] = set()  # lanes with new work, due now or later

    @property
    def on_postgres(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    def new_id(self) -> int:
        """A new time-ordered id (model.ids)."""
        return self._ids.make(int(self.now.timestamp() * 1000))

    # -- statements

    def run(self, statement: Executable, parameters: Any = None) -> int:
        """Execute and return the number of rows touched."""
        result = self._connection.execute(statement, parameters)
        return result.rowcount if hasattr(result, "rowcount") else -1

    def all(self, statement: Executable) -> Sequence[Row[Any]]:
        return self._connection.execute(statement).all()

    def first(self, statement: Executable) -> Row[Any] | None:
        return self._connection.execute(statement).first()

    def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return self._connection.execute(statement).scalar()

    def column(self, statement: Executable) -> list[Any]:
        """The first column of every row."""
        return list(self._connection.execute(statement).scalars())

    def insert(self, table: Table, **values: Any) -> None:
        self._connection.execute(insert(table), values)

    def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """All rows in one statement; every row must have the same keys."""
        if rows:
            self._connection.execute(insert(table), [dict(row) for row in rows])

    def insert_new(self, table: Table, **values: Any) -> bool:
        """Insert unless any unique key is taken; says whether a row was written."""
        maker = postgresql.insert if self.on_postgres else sqlite.insert
        result = self._connection.execute(maker(table).values(**values).on_conflict_do_nothing())
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

    def exists(self, statement: Any) -> bool:
        return bool(self._connection.execute(select(statement.exists())).scalar())

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
    ) -> bool:
        """Add a durable job; False when a waiting job with this `once_key` makes it unnecessary.

        That job then runs at the earlier of the two moments. `work.jobs` declares the kinds; call the
        functions there rather than this.
        """
        due = due_at or self.now
        maker = postgresql.insert if self.on_postgres else sqlite.insert
        statement = maker(work.jobs).values(
            id=self.new_id(),
            kind=kind,
            lane=lane,
            args=dict(args),
            state="waiting",
            due_at=due,
            attempts=0,
            order_key=order_key,
            once_key=once_key,
            host=host,
            created_at=self.now,
        )
        if once_key is not None:
            # Only this key may make the job unnecessary: any other clash must be heard.
            statement = statement.on_conflict_do_nothing(index_elements=[work.jobs.c.once_key])
        written = self.run(statement) == 1
        if not written:
            sooner = update(work.jobs).where(work.jobs.c.once_key == once_key, work.jobs.c.due_at > due)
            self.run(sooner.values(due_at=due))
        self.lanes.add(lane)
        return written

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
