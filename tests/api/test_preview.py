"""The preview tells what publishing would do, and stores nothing."""

from typing import Any

import pytest

from fedi_aid.actions import ties
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio


async def foresee(caller: Caller, **draft: Any) -> Any:
    return await caller.post("/api/v1/fedi_aid/preview", json=draft)


async def test_it_says_what_publishing_then_does(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    for level in (0, 1, 2):
        told = await foresee(amina, status="A ramp", fedi_aid={"intimacy": level})
        made = await amina.say("A ramp", fedi_aid={"intimacy": level})
        assert told["friends"] == made["fedi_aid"]["audience"]["shown"] == 1
        assert told["levels"][str(level)] == 1


async def test_a_new_friend_is_in_no_close_circle_until_pinned(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R9: a pin is the author's own word; faces are shown from level 2 on, numbers before."""
    await world.befriend(amina, bruno)
    told = await foresee(amina, status="A hard week", fedi_aid={"intimacy": 4})
    assert (told["friends"], told["accounts"], told["empty"]) == (0, [], "no_one_close_enough")
    await world.db.write(ties.pin_as_close, amina.id, bruno.id)
    told = await foresee(amina, status="A hard week", fedi_aid={"intimacy": 4})
    assert [one["acct"] for one in told["accounts"]] == ["bruno"]
    assert (await foresee(amina, status="A ramp #bottle"))["accounts"] == []


async def test_tags_are_obeyed_as_in_a_post(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    told = await foresee(amina, status="My shop needs a ramp #help #bottle")
    assert (told["intimacy"], told["help"], told["second_circle"]) == (0, True, "if_carried")
    assert told["may_ask_to_carry"] == 1
    told = await foresee(amina, status="My shop needs a ramp #help")
    assert (told["intimacy"], told["second_circle"], told["may_ask_to_carry"]) == (2, "never", 0)


async def test_it_stores_nothing(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    await foresee(amina, status="A secret #help")
    assert await bruno.get("/api/v1/timelines/home") == []
    assert await amina.get("/api/v1/timelines/home") == []


async def test_contradictions_are_refused_as_in_a_post(amina: Caller) -> None:
    refused = await amina.call("POST", "/api/v1/fedi_aid/preview", json={"status": "x #bottle #intimacy3"})
    assert refused.status_code == 422
    assert "error" in refused.json()


async def test_an_approved_confidence_goes_at_once(world: World, amina: Caller, bruno: Caller) -> None:
    """R14: who has seen the preview need not wait for the butler's list."""
    await world.befriend(amina, bruno)
    await world.db.write(ties.pin_as_close, amina.id, bruno.id)
    held = await amina.say("A hard week", fedi_aid={"intimacy": 4})
    assert held["fedi_aid"]["held_until"] is not None
    sent = await amina.say("A hard week", fedi_aid={"intimacy": 4, "approved": True})
    assert sent["fedi_aid"]["held_until"] is None
    assert [one["id"] for one in await bruno.get("/api/v1/timelines/home")] == [sent["id"]]
