"""Addresses that an admin keeps out altogether: nothing is answered to them, whatever they ask."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fedi_aid.actions import entry
from fedi_aid.app import Running, create_app
from fedi_aid.settings import Settings
from fedi_aid.storage.database import open_database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(sqlite_template: Path, tmp_path: Path, clock: Any) -> AsyncIterator[Running]:
    settings = Settings(base_url="https://aid.example", data_dir=tmp_path)
    path = tmp_path / "door.sqlite3"
    shutil.copyfile(sqlite_template, path)
    database = open_database(f"sqlite:///{path}", clock=clock)
    made = await Running.open(settings, database=database)
    yield made
    await made.close()


async def asks(app: Any, address: str, path: str = "/api/v2/instance") -> int:
    transport = httpx.ASGITransport(app, client=(address, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="https://aid.example") as client:
        return (await client.get(path)).status_code


async def test_who_is_kept_out(running: Running, clock: Any) -> None:
    app, db = create_app(running.instance.settings, running=running), running.instance.db
    assert await asks(app, "203.0.113.9") == 200

    async def bar(network: str, severity: str) -> int:
        return (await db.write(lambda tx: entry.bar_network(tx, None, network, severity))).id

    await bar("198.51.100.0/24", "no_sign_up")
    shut = await bar("203.0.113.0/24", "no_access")
    await bar("2001:db8::/32", "no_access")
    for address, path, status in (
        ("203.0.113.9", "/api/v2/instance", 403),
        ("203.0.113.9", "/login", 403),
        ("203.0.113.9", "/users/butler", 403),
        ("203.0.113.9", "/health", 200),  # a load balancer's question
        ("::ffff:203.0.113.9", "/api/v2/instance", 403),
        ("2001:db8::1", "/api/v2/instance", 403),
        ("198.51.100.1", "/api/v2/instance", 200),
        ("203.0.114.1", "/api/v2/instance", 200),
        ("testclient", "/api/v2/instance", 200),
    ):
        assert await asks(app, address, path) == status, (address, path)
    await db.write(entry.lift, None, "ip", shut)
    assert await asks(app, "203.0.113.9") == 200


async def test_a_rule_made_by_another_process_is_seen_within_a_minute(running: Running, clock: Any) -> None:
    app, db = create_app(running.instance.settings, running=running), running.instance.db
    assert await asks(app, "203.0.113.9") == 200
    other = open_database(
        f"sqlite:///{running.instance.settings.data_dir / 'door.sqlite3'}", clock=clock, house=db.house
    )
    await other.write(lambda tx: entry.bar_network(tx, None, "203.0.113.9", "no_access"))
    await other.close()
    clock.forward(minutes=1)
    assert await asks(app, "203.0.113.9") == 403
