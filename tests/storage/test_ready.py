"""Statements that are ready give what SQLAlchemy gives, row by row, and fail as it fails."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Executable, bindparam, create_engine, delete, func, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from fedi_aid.storage import access, audience_rows, people, post_views, posts, ties, timelines
from fedi_aid.storage import ready as ready_module
from fedi_aid.storage.among import among, among_words
from fedi_aid.storage.database import Database
from fedi_aid.storage.tables.moderation import entry_rules
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.tx import Tx
from tests.queries import counted

pytestmark = pytest.mark.anyio

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = (entry_rules.c.id, entry_rules.c.value, entry_rules.c.expires_at, entry_rules.c.severity)


def fill(tx: Tx, number: int = 5) -> None:
    for at in range(number):
        expires_at = WHEN if at % 2 else None
        tx.insert(entry_rules, id=at, kind="ip", value=f"é{at}", expires_at=expires_at, created_at=WHEN)


@pytest.fixture
async def filled(database: Database) -> Database:
    await database.write(fill)
    return database


def runs(statement: Executable, **binds: Any) -> Callable[[Tx], list[Any]]:
    """All rows, and what may be asked of one, by this statement three times: made, seen, ready."""

    def ask(tx: Tx) -> list[Any]:
        found = []
        for _ in range(3):
            rows = tx.all(statement, **binds)
            first = tx.first(statement, **binds)
            assert (rows[0] if rows else None) == first
            assert tx.column(statement, **binds) == [row[0] for row in rows]
            assert tx.scalar(statement, **binds) == (rows[0][0] if rows else None)
            found.append([(tuple(row), dict(row._mapping), row.value) for row in rows])
        return found

    return ask


@pytest.mark.parametrize(
    "statement,binds",
    [
        (select(*COLUMNS).order_by(entry_rules.c.id), {}),
        (select(*COLUMNS).where(entry_rules.c.id == bindparam("one")), {"one": 3}),
        (select(*COLUMNS).where(entry_rules.c.id == bindparam("one")), {"one": 30}),
        (select(*COLUMNS).where(entry_rules.c.id.in_((1, 4, 9)), entry_rules.c.kind.in_(("ip", "x"))), {}),
        (select(*COLUMNS).where(entry_rules.c.id.in_(bindparam("some", expanding=True))), {"some": [1, 2]}),
        (select(*COLUMNS).where(among(entry_rules.c.id, "ids")), {"ids": {0, 4}}),
        (select(*COLUMNS).where(among_words(entry_rules.c.value, "words")), {"words": ["é2", "'"]}),
        (
            select(*COLUMNS).where(
                entry_rules.c.expires_at == bindparam("at"), entry_rules.c.created_at == bindparam("at")
            ),
            {"at": WHEN},
        ),
    ],
)
async def test_the_same_rows_every_time(filled: Database, statement: Any, binds: dict[str, Any]) -> None:
    first, second, third = await filled.read(runs(statement, **binds))
    assert first == second == third
    with counted():  # as ever, while somebody counts
        assert (await filled.read(runs(statement, **binds)))[0] == first


async def test_what_comes_from_a_ready_statement_is_not_the_ready_statement(filled: Database) -> None:
    """`where` makes another statement; nothing of the first goes with it."""
    base = select(*COLUMNS).order_by(entry_rules.c.id)
    await filled.read(runs(base))
    narrowed = base.where(entry_rules.c.id > 2)
    for found in await filled.read(runs(narrowed)):
        assert [row[0][0] for row in found] == [3, 4]


async def test_changes_say_how_many_rows_they_touched(filled: Database) -> None:
    change = update(entry_rules).where(entry_rules.c.id < bindparam("below")).values(severity="x")
    put = update(entry_rules).where(entry_rules.c.id == bindparam("one"))
    drop = delete(entry_rules).where(entry_rules.c.id == bindparam("one"))

    def act(tx: Tx) -> list[int]:
        found = [tx.run(change, {"below": at}) for at in (2, 3, 4)]
        found += [tx.run(put, {"one": at, "comment": f"c{at}"}) for at in (1, 2, 99)]
        found += [tx.run(put, {"one": 1, "severity": "y"})]  # the same statement sets something else
        return found + [tx.run(drop, {"one": at}) for at in (0, 0, 4)]

    assert await filled.write(act) == [2, 3, 4, 1, 1, 0, 1, 1, 0, 1]
    left = select(entry_rules.c.comment, entry_rules.c.severity).order_by(entry_rules.c.id)
    assert [tuple(row) for row in await filled.read(lambda tx: tx.all(left))] == [
        *(("c1", "y"), ("c2", "x"), ("", "x")),
    ]


async def test_defaults_and_types_of_an_insert(database: Database) -> None:
    def act(tx: Tx) -> Any:
        for at in range(3):
            values = {"id": at, "kind": "k", "lane": "l", "args": {"é": [at]}, "state": "waiting"}
            assert tx.insert_new(jobs, **values, due_at=WHEN, created_at=WHEN) is True
            assert tx.insert_new(jobs, **values, due_at=WHEN, created_at=WHEN) is False
        rows = [{"id": at, "kind": "k", "lane": "l", "args": at, "state": "s"} for at in (7, 8)]
        tx.insert_many(jobs, [{**row, "due_at": WHEN, "created_at": WHEN} for row in rows])
        tx.insert_many(jobs, [])
        return [tuple(row) for row in tx.all(select(jobs.c.args, jobs.c.attempts, jobs.c.due_at))]

    given = [{"é": [0]}, {"é": [1]}, {"é": [2]}, 7, 8]
    assert sorted(await database.write(act), key=str) == sorted([(one, 0, WHEN) for one in given], key=str)


async def test_it_fails_as_ever(filled: Database) -> None:
    """The kinds of failure that the database door looks at; a value that is missing is never a guess."""
    one = select(*COLUMNS).where(entry_rules.c.id == bindparam("one"))
    await filled.read(runs(one, one=1))
    row = {"id": 70, "kind": "ip", "value": "é1", "created_at": WHEN}  # there is one of this value
    for wrong, failure in (
        (lambda tx: tx.insert(entry_rules, **row), IntegrityError),
        (lambda tx: tx.insert_many(entry_rules, [row | {"id": 77, "value": "v"}, row]), IntegrityError),
        (lambda tx: tx.insert(entry_rules, **row, no_such_column=1), SQLAlchemyError),
        (lambda tx: tx.all(one), SQLAlchemyError),
    ):
        for _ in range(2):
            with pytest.raises(failure):
                await filled.write(wrong)
    assert await filled.read(lambda tx: tx.scalar(select(func.count()).select_from(entry_rules))) == 5


def test_what_is_asked_with_every_page_can_be_made_ready() -> None:
    """Else a page pays for SQLAlchemy again."""
    dialect = create_engine("sqlite://").dialect
    for statement in (
        people._MANY,
        people._MEMBER,
        post_views._visible(False),
        post_views._about(False),
        posts._by_id(False),
        timelines._HOME,
        timelines._notices(False, frozenset({"kinds"})),
        ties._BARRED_AROUND,
        access._OPEN,
        audience_rows._HAS_READERS,
    ):
        assert ready_module._compiled(statement, dialect) is not None, statement


@pytest.mark.parametrize("number", [0, 1, 15, 16, 17, 64, 150])
async def test_many_rows_with_what_is_common_to_them(database: Database, number: int) -> None:
    def put(tx: Tx) -> list[Any]:
        rows = [{"id": at, "value": f"é{at}", "expires_at": WHEN if at % 2 else None} for at in range(number)]
        tx.insert_many(entry_rules, rows, kind="ip", created_at=WHEN)
        return [tuple(row) for row in tx.all(select(*COLUMNS, entry_rules.c.kind).order_by(COLUMNS[0]))]

    def one_by_one(tx: Tx) -> list[Any]:
        tx.run(delete(entry_rules))
        fill(tx, number)
        return [tuple(row) for row in tx.all(select(*COLUMNS, entry_rules.c.kind).order_by(COLUMNS[0]))]

    assert await database.write(put) == await database.write(one_by_one)


async def test_one_of_many_rows_that_is_refused_refuses_all(filled: Database) -> None:
    def put(tx: Tx) -> None:
        rows = [{"id": at, "value": "new"} for at in (30, 31, 4, 32)]
        tx.insert_many(entry_rules, rows, kind="ip", created_at=WHEN)

    with pytest.raises(IntegrityError):
        await filled.write(put)
    assert await filled.read(lambda tx: tx.column(select(entry_rules.c.id).order_by(entry_rules.c.id))) == [
        *range(5)
    ]
