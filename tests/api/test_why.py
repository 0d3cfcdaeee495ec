"""M1: each recipient can ask why them, and is told facts that they may know; the author reads numbers."""

from typing import Any

import pytest

from fedi_aid.butler import handlers as butler
from fedi_aid.storage.jobs import Job
from fedi_aid.work.runner import Finish, Runner
from tests.api.conftest import Caller, World
from tests.world import WIRE_JOBS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def gwen(world: World) -> Caller:
    return await world.member("gwen")


async def settle(world: World) -> None:
    """Let the butler do what is due; nobody here lives elsewhere."""

    async def nothing(job: Job) -> Finish | None:
        return None

    kinds = {**butler.handlers(), **dict.fromkeys((*WIRE_JOBS, "carry_spread"), nothing)}
    lanes = {"inbox": 1, "deliver": 1, "fetch": 1, "butler": 1}
    await Runner(world.db, kinds, concurrency=lanes, worker_id="test").run_until_idle()


async def why(caller: Caller, made: Any) -> Any:
    return await caller.get(f"/api/v1/fedi_aid/statuses/{made['id']}/why")


async def test_a_recipient_reads_who_asks_how_many_and_why(
    world: World, amina: Caller, bruno: Caller, gwen: Caller
) -> None:
    """AUDIENCE, explanation: "Amina asks you (not everyone: 2 people)"."""
    for friend in (bruno, gwen):
        await world.befriend(amina, friend)
    made = await amina.say("Who has a ladder?", fedi_aid={"help": True, "intimacy": 2})
    assert (await why(bruno, made))["why"] == "Amina shares this with you (not everyone). You are friends."
    await settle(world)
    for friend in (bruno, gwen):
        told = "Amina asks you (not everyone: 2 people). You are friends."
        assert (await why(friend, made))["why"] == told
        assert [one["why"] for one in await friend.get("/api/v1/fedi_aid/asks")] == [told]
    own = await why(amina, made)
    assert own["why"] is None
    assert own["audience"] == {"shown": 2, "asked": 2, "asked_to_carry": 0, "offers": 0}
    assert not {"Bruno", "Gwen", bruno.id, gwen.id} & set(str(own).replace("'", " ").split())


async def test_from_level_three_on_nobody_is_told_how_many(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R8."""
    await world.befriend(amina, bruno)
    await amina.post(f"/api/v1/fedi_aid/accounts/{bruno.id}/close")
    made = await amina.say("A hard week", fedi_aid={"help": True, "intimacy": 3, "approved": True})
    await settle(world)
    told = (await why(bruno, made))["why"]
    assert told.startswith("Amina shares this with you (not everyone).")
    assert "close" not in told  # a pin is the author's own word, and never a reason that is told
    assert (await why(amina, made))["audience"]["asked"] is None


async def test_silence_refusal_and_help_read_alike_until_help_is_offered(
    world: World, amina: Caller, bruno: Caller, gwen: Caller
) -> None:
    """R8, P01: what the log keeps of who was asked and said nothing or no is in no answer to the author."""
    for friend in (bruno, gwen):
        await world.befriend(amina, friend)
    made = await amina.say("Who has a ladder?", fedi_aid={"help": True, "intimacy": 2})
    await settle(world)
    paths = (
        f"/api/v1/statuses/{made['id']}",
        f"/api/v1/fedi_aid/statuses/{made['id']}/why",
        f"/api/v1/fedi_aid/statuses/{made['id']}/offers",
        "/api/v1/fedi_aid/requests",
        "/api/v1/fedi_aid/knowledge",
        "/api/v1/notifications",
    )
    before = [(await amina.call("GET", path)).content for path in paths]
    asked = await bruno.get("/api/v1/fedi_aid/asks")
    await bruno.post(f"/api/v1/fedi_aid/asks/{asked[0]['id']}/no")
    assert [(await amina.call("GET", path)).content for path in paths] == before
    outsider = await world.member("frank")
    assert (await outsider.call("GET", paths[1])).status_code == 404


async def letters(caller: Caller) -> list[str]:
    """What the butler wrote to somebody, newest first."""
    told = await caller.get("/api/v1/notifications?types[]=mention")
    return [one["status"]["content"] for one in told if one["account"]["acct"] == "butler"]


async def test_an_author_is_told_when_nobody_sees_what_they_wrote(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """PRODUCT: where nobody is close enough the butler says so; nothing reaches further to fill a quota."""
    await amina.say("Good morning")
    await settle(world)
    assert "you have no friends here so far" in (await letters(amina))[0]
    await world.befriend(amina, bruno)
    await amina.say("Good evening")
    await settle(world)
    assert len(await letters(amina)) == 1
    made = await amina.post("/api/v1/lists", json={"title": "Nobody"})
    lonely = await amina.say("To the choir", fedi_aid={"sphere_id": made["id"]})
    await settle(world)
    assert "I found no friend whom it concerns" in (await letters(amina))[0]
    assert (await bruno.call("GET", f"/api/v1/statuses/{lonely['id']}")).status_code == 404
    await amina.say("To the choir, help", fedi_aid={"intimacy": 3, "help": True, "approved": True})
    await settle(world)
    assert "nobody is close enough to see it yet" in (await letters(amina))[0]
    assert len(await letters(amina)) == 3
