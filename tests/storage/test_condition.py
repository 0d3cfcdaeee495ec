"""What stands in a database, and who has an account: the operator's questions, on both engines."""

import os
from pathlib import Path

import pytest

from fedi_aid.errors import BadSetting
from fedi_aid.storage.condition import Condition, look
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.migrate import newest_revision
from fedi_aid.storage.roster import accounts
from tests.conftest import Clock
from tests.world import build

pytestmark = pytest.mark.anyio


async def test_condition_of_a_new_and_of_a_started_instance(database_url: str, clock: Clock) -> None:
    assert await look(database_url) == Condition(revision=newest_revision())
    opened = open_database(database_url, clock=clock)
    world = await build(opened, clock)
    await opened.write(lambda tx: tx.enqueue("deliver", "deliver", {}))
    found = await look(database_url)
    assert found.application == world.db.house.application()
    assert (found.buried, found.last_turn) == (0, None)
    await opened.close()


async def test_roster_has_members_and_no_service(database: Database, clock: Clock) -> None:
    await build(database, clock)
    found = await database.read(accounts)
    assert [one.username for one in found] == ["amina", "bruno", "chloe", "dov", "eve"]
    assert {(one.role, one.state) for one in found} == {("member", "active")}


async def test_looking_creates_nothing(tmp_path: Path) -> None:
    assert await look(f"sqlite:///{tmp_path}/none/aid.sqlite3") == Condition()
    (tmp_path / "empty.sqlite3").touch()
    assert await look(f"sqlite:///{tmp_path}/empty.sqlite3") == Condition()
    assert os.listdir(tmp_path) == ["empty.sqlite3"]


async def test_a_password_is_never_told(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        url = "postgresql+asyncpg://amina:hidden@127.0.0.1:9/aid"
    else:
        url = database_url.replace("/process_", "/missing_").replace("postgres@", "postgres:hidden@")
    with pytest.raises(BadSetting, match="does not answer") as refused:
        await look(url)
    assert "hidden" not in refused.value.sentence
