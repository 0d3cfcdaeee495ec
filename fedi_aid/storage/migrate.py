"""Bring a database to the schema this version needs. The steps are in `migrations/`, inside the wheel too."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import fedi_aid
from fedi_aid.errors import Refused
from fedi_aid.storage import circles
from fedi_aid.storage.database import sync_connection


def _config() -> Config:
    package = Path(fedi_aid.__file__).parent
    inside = package / "migrations"  # an installed wheel
    config = Config()
    config.set_main_option(
        "script_location", str(inside if inside.is_dir() else package.parent / "migrations")
    )
    return config


def newest_revision() -> str:
    """The revision this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def upgrade_connection(connection: Connection, revision: str = "head") -> None:
    """Run the missing steps on an open connection; the caller commits."""
    config = _config()
    config.attributes["connection"] = connection
    circles.unwatch(connection)
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str:
    """The revision a database stands at; "" for an empty one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


async def migrate(url: str) -> bool:
    """Create or upgrade the schema; True when something changed. One transaction: all steps or none."""
    if url.startswith("sqlite"):
        with sync_connection(url) as connection:
            return _migrate(connection)
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


def _migrate(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        # Two processes that start together must not both create the tables.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727327)")
    before = revision_of(connection)
    if before == newest_revision():
        circles.watch(connection)
        return False
    if before and before not in {
        step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()
    }:
        raise Refused(
            "This database was written by a newer fedi_aid; install that version, or restore a backup.",
            log=f"unknown revision {before}",
        )
    upgrade_connection(connection)
    circles.watch(connection)
    return True
