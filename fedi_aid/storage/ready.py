"""Statements that were made once, ready to run without anything in between.

Reading a row by its key takes SQLite a few microseconds, and SQLAlchemy ten times as many around it: making
a context, a result, a row. On PostgreSQL that is a third of what a statement takes of our processor. So a
statement that a transaction runs for the second time, the same object, is compiled by SQLAlchemy once more,
for good, and from then on goes to the driver as it is: the same text, the same values in and out. What does
not fit (a bind whose text depends on its value, a default that is made anew each time, a number that the
driver gives in one of several types) runs as ever.

The driver is Python's own of SQLite, and of PostgreSQL what SQLAlchemy puts before asyncpg: there a
transaction begins with its first statement, and what is prepared is kept.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Executable, Insert, Table, insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, InvalidRequestError

_Process = Callable[[Any], Any]
Driver = Any  # a connection of PEP 249: of SQLite, or SQLAlchemy's around asyncpg
_BLOCKS = (64, 16, 4, 1)  # rows of one insert: few texts, so that all of them stay prepared


class Ready:
    """One compiled statement: the text, how values become binds, and how rows become ours."""

    def __init__(self, compiled: Any, dialect: Dialect) -> None:
        must = {name for name, bind in compiled.binds.items() if bind.required}
        state = compiled.construct_expanded_state(dict.fromkeys(must, 0), escape_names=False)
        processors = {**compiled._bind_processors, **state.processors}
        late = {column.key: column.default.arg for column in _defaults(compiled)}
        self._sql: str = state.statement
        self._dialect = dialect
        self._error: type[Exception] = dialect.loaded_dbapi.Error
        self._places: list[str] = list(state.positiontup or ())  # the same name may stand in many
        self._processors: dict[str, _Process | None] = {}
        self._fixed: dict[str, Any] = {}
        for name in dict.fromkeys(self._places):
            process = self._processors[name] = processors.get(name)
            if name in late or name not in must:
                value = late.get(name, state.parameters.get(name))
                self._fixed[name] = value if process is None else process(value)
        entries = compiled._result_columns
        self._columns = [
            (at, process)
            for at, entry in enumerate(entries)
            if (process := entry.type._cached_result_processor(dialect, None)) is not None
        ]
        self._row = _row_of(tuple(entry.keyname for entry in entries))
        self._blocks: dict[tuple[tuple[str, ...], int], tuple[str, list[int]]] = {}

    def _values(self, given: Mapping[str, Any]) -> list[Any]:
        found = self._fixed.copy()
        for name, process in self._processors.items():
            if name in given:
                found[name] = given[name] if process is None else process(given[name])
        try:
            return [found[name] for name in self._places]
        except KeyError as missing:
            raise InvalidRequestError(f"A value is required for bind parameter {missing}") from missing

    def _execute(self, raw: Driver, given: Mapping[str, Any]) -> Any:
        """The driver's cursor, which has run it."""
        values = self._values(given)
        cursor = raw.cursor()
        try:
            cursor.execute(self._sql, values)
        except self._error as failure:
            raise self._as_ever(failure, values) from failure
        return cursor

    def _as_ever(self, failure: Exception, values: Any) -> BaseException:
        """The failure as SQLAlchemy would raise it."""
        return DBAPIError.instance(
            self._sql, values, failure, self._error, hide_parameters=True, dialect=self._dialect
        )

    def all(self, raw: Driver, given: Mapping[str, Any]) -> list[Any]:
        rows = self._execute(raw, given).fetchall()
        if not self._columns:
            return list(map(self._row, rows))
        return [self._row(self._read(row)) for row in rows]

    def first(self, raw: Driver, given: Mapping[str, Any]) -> Any:
        row = self._execute(raw, given).fetchone()
        return None if row is None else self._row(self._read(row))

    def scalar(self, raw: Driver, given: Mapping[str, Any]) -> Any:
        row = self._execute(raw, given).fetchone()
        return None if row is None else self._read(row)[0]

    def column(self, raw: Driver, given: Mapping[str, Any]) -> list[Any]:
        return [self._read(row)[0] for row in self._execute(raw, given).fetchall()]

    def run(self, raw: Driver, given: Mapping[str, Any]) -> int:
        touched: int = self._execute(raw, given).rowcount
        return touched

    def insert_many(
        self,
        raw: Driver,
        rows: Sequence[Mapping[str, Any]],
        common: Mapping[str, Any],
    ) -> None:
        """Insert these rows, which all have the same keys and, besides, what is `common` to them.

        For SQLite. Many go to a statement, and what is common goes there once: with each statement that it
        begins the driver lets another thread run Python, and has to wait until that lets go.
        """
        shared = self._values({**dict.fromkeys(rows[0]), **common})
        columns = [self._column(rows, name) for name in rows[0]]
        values = zip(*columns, strict=True)
        at = 0
        try:
            for number in _BLOCKS:
                text, places = self._block(tuple(rows[0]), number)
                given = [shared[place] for place in places]
                while len(rows) - at >= number:
                    raw.execute(text, (*given, *chain.from_iterable(islice(values, number))))
                    at += number
        except self._error as failure:
            raise self._as_ever(failure, ()) from failure

    def _column(self, rows: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
        process = self._processors[name]
        if process is None:
            return [row[name] for row in rows]
        return [process(row[name]) for row in rows]

    def _block(self, own: tuple[str, ...], number: int) -> tuple[str, list[int]]:
        """The insert of so many rows that have these columns of their own, and the places of the others."""
        known = self._blocks.get((own, number))
        if known is None:
            head = self._sql.partition(" VALUES (")[0]
            said = ["?" if name not in own else f"column{own.index(name) + 1}" for name in self._places]
            row = f"({', '.join('?' * len(own))})"
            known = (
                f"{head} SELECT {', '.join(said)} FROM (VALUES {', '.join([row] * number)})",  # noqa: S608 - ours
                [place for place, name in enumerate(self._places) if name not in own],
            )
            self._blocks[own, number] = known
        return known

    def _read(self, row: Any) -> Any:
        if not self._columns:
            return row
        values = list(row)
        for at, process in self._columns:
            values[at] = process(values[at])
        return values


@cache
def _row_of(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Any]:
    """What makes rows with these columns: tuples whose places have names, and a mapping of them."""
    plain: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    mapping = property(lambda row: dict(zip(names, row, strict=True)))
    row: Any = type("Row", (plain,), {"__slots__": (), "_mapping": mapping})
    made: Callable[[Iterable[Any]], Any] = row._make
    return made


_UNKNOWN: Any = object()
_seen: WeakSet[Executable] = WeakSet()
_ready: WeakKeyDictionary[Executable, dict[tuple[str, Any], Ready | None]] = WeakKeyDictionary()


def ready(statement: Executable, dialect: Dialect, columns: tuple[str, ...] | None = None) -> Ready | None:
    """The statement made ready, from its second run on; None where it has to run as ever. `columns`: names of
    the values that a change is given, which say what it sets."""
    forms = _ready.get(statement)
    if forms is None:
        if statement not in _seen:
            _seen.add(statement)  # most are made anew for each run: then it was for nothing
            return None
        forms = _ready[statement] = {}
    form = (dialect.name, columns)
    found = forms.get(form, _UNKNOWN)
    if found is _UNKNOWN:
        found = forms[form] = _compiled(statement, dialect, columns)
    made: Ready | None = found
    return made


def _compiled(statement: Any, dialect: Dialect, columns: Sequence[str] | None = None) -> Ready | None:
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    names = [entry.keyname for entry in compiled._result_columns]
    fits = (
        len(set(names)) == len(names)
        and not any(bind.required for bind in compiled.post_compile_params)  # its text depends on them
        and all(column.default is not None and column.default.is_scalar for column in _defaults(compiled))
    )
    try:
        return Ready(compiled, dialect) if fits else None
    except (InvalidRequestError, TypeError):  # a number: how it is read depends on what the server says it is
        return None


def _defaults(compiled: Any) -> list[Any]:
    """The columns whose value an insert or update makes itself."""
    return [*getattr(compiled, "insert_prefetch", ()), *getattr(compiled, "update_prefetch", ())]


@cache
def ready_insert(table: Table, columns: tuple[str, ...], dialect: Dialect, *, if_new: bool) -> Ready | None:
    """The insert of a row with these columns, or of one that clashes with nothing."""
    if not set(columns) <= set(table.columns.keys()):
        return None  # SQLAlchemy says what is wrong
    statement: Insert = insert(table)
    if if_new:
        maker = postgresql_insert if dialect.name == "postgresql" else sqlite_insert
        statement = maker(table).on_conflict_do_nothing()
    return _compiled(statement, dialect, columns)
