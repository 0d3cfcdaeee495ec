"""What commands share: the settings of this run, checked, and the open instance.

A command may run beside a server (SQLite in WAL mode waits for the other writer) or without one.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fedi_aid.app import Running, database_url
from fedi_aid.cli import logs
from fedi_aid.errors import BadSetting
from fedi_aid.settings import Settings, load
from fedi_aid.storage.condition import Condition, look

T = TypeVar("T")
DEFAULT_PORT = 8080


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end; only warnings are logged, and never to standard output."""
    logs.configure(level="warning")
    return asyncio.run(work)


@asynccontextmanager
async def instance(config: str | None) -> AsyncIterator[Running]:
    """The instance with its doors open, migrated first where it must be, without its workers."""
    settings, _ = await settle(config)
    keep_private()
    running = await Running.open(settings)
    try:
        yield running
    finally:
        await running.close()


def keep_private() -> None:
    """What is created from now on is for this user alone: the database holds members' private keys."""
    os.umask(0o077)


async def settle(config: str | None, *, port: int | None = None) -> tuple[Settings, Condition]:
    """The settings of this run, checked before anything is created, and what stands in the database.

    Where no base URL is given, an instance that stands keeps the one it has, and a new one gets
    `http://localhost:PORT`. BadSetting when a folder cannot be written, the database does not answer, or it
    belongs to another base URL.
    """
    settings = load(os.environ, config)
    check_folders(settings)
    condition = await look(database_url(settings))
    home = home_of(condition)
    given = base_url_is_given(settings)
    if not given:
        here = f"http://localhost:{port}" if port else home or settings.base_url
        settings = load(os.environ, config, {"base_url": here})
    if home and home != settings.base_url:
        raise BadSetting(_moved(settings.base_url, home, given))
    return settings, condition


def home_of(condition: Condition) -> str:
    """The base URL that the database was first served under, "" for a new one."""
    return condition.application.removesuffix("/actor")


def base_url_is_given(settings: Settings) -> bool:
    """By a variable, or by a settings file that says something else than the default."""
    return bool(os.environ.get("FEDI_AID_BASE_URL", "").strip()) or settings.base_url != Settings().base_url


def _moved(base_url: str, home: str, given: bool) -> str:
    port = port_of(home)
    way = f"set base_url to {home}" if given or not port else f"use --port {port}"
    return (
        f"This database belongs to {home}, which is part of its members' addresses, and cannot be served as "
        f"{base_url}: {way}, or choose another data_dir."
    )


def port_of(base_url: str) -> int | None:
    """The port of a plain-http base URL, where members reach us without a server in front."""
    parts = urlsplit(base_url)
    return parts.port or 80 if parts.scheme == "http" else None


def check_folders(settings: Settings) -> None:
    """BadSetting unless the data can be written where it belongs; creates nothing."""
    check_folder("The data folder", settings.data_dir)
    if settings.is_postgres:
        return
    path = settings.sqlite_path
    check_folder("The folder of the database", path.parent)
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise BadSetting(f"The database {path} cannot be written by this user.")


def check_folder(what: str, folder: Path) -> None:
    """BadSetting unless `folder`, or the nearest one above it that exists, can be written."""
    existing = folder
    while not os.path.exists(existing) and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise BadSetting(f"{what} {folder} cannot be made: {existing} is not a folder.")
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as failure:
        raise BadSetting(f"{what} {folder} cannot be written: {failure.strerror or failure}.") from None


def words_of(*words: str) -> str:
    """How to type a command of ours here: with the path and the data folder it needs."""
    program = sys.argv[0] if os.sep in sys.argv[0] else "fedi_aid"
    if program.endswith("__main__.py"):
        program = f"{sys.executable} -m fedi_aid"
    near = os.path.relpath(program) if program.startswith(os.getcwd() + os.sep) else program
    return " ".join([near, *words])
