"""What stands in a database, looked at from outside: before an instance opens it, and for the doctor.

Looking creates nothing and changes nothing, which `open_database` and `migrate` cannot promise.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection, NullPool, create_engine, func, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from fedi_aid.errors import BadSetting
from fedi_aid.storage.tables.federation import hosts
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.work import jobs, periodic

SECONDS = 5
LATELY = timedelta(hours=3)
_SQLITE_MAGIC = b"SQLite format 3\x00"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """`revision`: the migration it stands at, "" for an empty or missing database. `application`: the uri of
    the instance's own actor, "" before the first start. `buried`: how many jobs were given up. `last_turn`:
    when a periodic task last ran. `clocks`: by how many seconds other servers' clocks were ahead of this one,
    of those that were far off lately (X04)."""

    revision: str = ""
    application: str = ""
    buried: int = 0
    last_turn: datetime | None = None
    clocks: tuple[int, ...] = ()


async def look(url: str) -> Condition:
    """The condition of `sqlite:///path` or `postgresql+asyncpg://…`.

    BadSetting, with a sentence that never holds a password, when it is no database or does not answer.
    """
    if url.startswith("sqlite"):
        return await asyncio.to_thread(_look_at_file, Path(url.split("///", 1)[1]))
    try:
        shown = make_url(url).render_as_string(hide_password=True)
        engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": SECONDS})
    except ModuleNotFoundError:
        raise BadSetting(
            "PostgreSQL needs the package asyncpg: install fedi_aid with its extra `postgres`."
        ) from None
    except (ArgumentError, NoSuchModuleError):
        raise BadSetting("database_url cannot be read: see `fedi_aid settings` for its form.") from None
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_look)
    except (SQLAlchemyError, OSError, TimeoutError, ValueError) as failure:
        raise BadSetting(f"The database {shown} does not answer: {_reason(failure)}.") from None
    except Exception as failure:
        # asyncpg's own refusals (no such database, wrong password) arrive as they are.
        if not type(failure).__module__.startswith("asyncpg"):
            raise
        raise BadSetting(f"The database {shown} does not answer: {_reason(failure)}.") from None
    finally:
        await engine.dispose()


def _reason(failure: BaseException) -> str:
    inner = getattr(failure, "orig", None) or failure
    if isinstance(inner, TimeoutError):
        return f"no answer within {SECONDS} seconds"
    words = str(inner).rpartition(">: ")[2]
    return " ".join((words or type(inner).__name__).split())[:200].rstrip(".")


def _look_at_file(path: Path) -> Condition:
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE_MAGIC))
    except (FileNotFoundError, NotADirectoryError):
        return Condition()
    except OSError as failure:
        raise BadSetting(f"The database {path} cannot be read: {failure.strerror}.") from None
    if not start:
        return Condition()
    if start != _SQLITE_MAGIC:
        raise BadSetting(f"{path} is not an SQLite database.")
    engine = create_engine(f"sqlite:///file:{_quoted(path)}?mode=ro&uri=true", poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            return _look(connection)
    except DBAPIError as failure:
        raise BadSetting(f"The database {path} cannot be read: {_reason(failure)}.") from None
    finally:
        engine.dispose()


def _quoted(path: Path) -> str:
    return path.absolute().as_uri().removeprefix("file://")


def _look(connection: Connection) -> Condition:
    tables = set(inspect(connection).get_table_names())
    if not {"alembic_version", people.name, jobs.name, periodic.name} <= tables:
        return Condition()
    own = select(people.c.uri).where(people.c.kind == "application", people.c.domain == "")
    return Condition(
        revision=connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "",
        application=connection.execute(own).scalar() or "",
        buried=connection.execute(select(func.count()).where(jobs.c.state == "buried")).scalar() or 0,
        last_turn=connection.execute(select(func.max(periodic.c.last_run_at))).scalar(),
        clocks=_clocks(connection),
    )


def _clocks(connection: Connection) -> tuple[int, ...]:
    columns = {column["name"] for column in inspect(connection).get_columns(hosts.name)}
    if hosts.c.clock_ahead.name not in columns:  # not migrated yet
        return ()
    recent = select(hosts.c.clock_ahead).where(hosts.c.clock_at > datetime.now(UTC) - LATELY)
    return tuple(sorted(row.clock_ahead for row in connection.execute(recent)))
