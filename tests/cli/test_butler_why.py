"""The story of a request for the operator: numbers, never names of the silent (PRODUCT: privacy)."""

from datetime import datetime

import msgspec
import pytest

from fedi_aid.cli.butler import in_sentences, story
from fedi_aid.storage.database import Database
from tests.conftest import Clock
from tests.world import build

pytestmark = pytest.mark.anyio


async def test_story_is_told_with_numbers(database: Database, clock: Clock) -> None:
    world = await build(database, clock)
    post_id = await world.amina.asks("My shop needs a ramp. Who knows a carpenter?")
    await world.settle()
    asleep_after: datetime = await world.later(days=1)
    told = await database.read(story, post_id)
    assert told.id == str(post_id)
    assert told.lines[0].sentence == "The flag was raised."
    assert [line.at for line in told.lines] == sorted(line.at for line in told.lines)
    assert told.asked_to_help + told.asked_to_carry >= 1  # bruno was asked, and is silent
    assert told.lines[1].what == "wave"
    assert told.lines[1].at <= asleep_after
    written = in_sentences(told) + msgspec.json.encode(told).decode()
    assert "asked to help" in written
    for word in ("bruno", "chloe", "dov", "amina", "ramp", str(world.bruno.id)):
        assert word not in written.lower()
