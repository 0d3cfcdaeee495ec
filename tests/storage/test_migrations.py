"""The steps in `migrations/` lead to exactly the tables the code uses, on both engines."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.types import BigInteger, Text

from fedi_aid.errors import Refused
from fedi_aid.storage.database import sync_connection
from fedi_aid.storage.migrate import migrate, newest_revision, revision_of
from fedi_aid.storage.tables import metadata
from fedi_aid.storage.tables.base import Json, Moment

pytestmark = pytest.mark.anyio


def same_type(_context: Any, _found: Any, _column: Any, found: Any, wanted: Any) -> bool | None:
    """Our own types are stored as plain ones; True says that they differ."""
    if isinstance(wanted, Moment):
        return not isinstance(found, BigInteger)
    if isinstance(wanted, Json):
        return not isinstance(found, Text)
    return None


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": same_type})
    return [change for change in compare_metadata(context, metadata) if not _of_the_search(change)]


def _of_the_search(change: Any) -> bool:
    """Full-text tables have no metadata: each engine has its own."""
    return bool(change[0] == "remove_table" and change[1].name.startswith("search"))


async def on(url: str, fn: Any) -> Any:
    if url.startswith("sqlite"):
        with create_engine(url).connect() as connection:
            return fn(connection)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        answer = await connection.run_sync(fn)
    await engine.dispose()
    return answer


async def test_upgrading_from_nothing_makes_the_tables_of_the_code(throwaway_url: str) -> None:
    assert await on(throwaway_url, revision_of) == newest_revision()
    assert await on(throwaway_url, differences) == []


async def test_the_comparison_sees_a_difference(throwaway_url: str) -> None:
    def without_a_table(connection: Connection) -> list[Any]:
        connection.execute(text("DROP TABLE periodic"))
        return differences(connection)

    assert [change[0] for change in await on(throwaway_url, without_a_table)] == ["add_table"]


async def test_migrating_again_changes_nothing(throwaway_url: str) -> None:
    assert await migrate(throwaway_url) is False


async def test_migrating_from_nothing_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    assert await migrate(url) is True
    assert await migrate(url) is False


async def test_a_newer_database_is_refused_in_a_sentence(throwaway_url: str) -> None:
    def pretend(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()

    await on(throwaway_url, pretend)
    with pytest.raises(Refused, match="9999"):
        await migrate(throwaway_url)


def test_rebuilding_a_table_deletes_no_rows_that_point_at_it(tmp_path: Path) -> None:
    """SQLite's DROP TABLE cascades where foreign keys are on; a migration's connection has them off."""
    path = tmp_path / "pointing.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        made.execute("CREATE TABLE child (id INTEGER REFERENCES parent (id) ON DELETE CASCADE)")
        made.execute("INSERT INTO parent VALUES (1)")
        made.execute("INSERT INTO child VALUES (1)")
    made.close()
    with sync_connection(f"sqlite:///{path}") as connection:
        for statement in (
            "CREATE TABLE new (id INTEGER PRIMARY KEY)",
            "INSERT INTO new SELECT id FROM parent",
            "DROP TABLE parent",
            "ALTER TABLE new RENAME TO parent",
        ):
            connection.exec_driver_sql(statement)
    with pytest.raises(Refused), sync_connection(f"sqlite:///{path}") as connection:
        connection.exec_driver_sql("DELETE FROM parent")
    after = sqlite3.connect(path)
    assert after.execute("SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child)").fetchall() == [
        (1, 1)
    ]
    after.close()
