"""The author's own word on an audience: naming adds, removing excludes, both silently."""

import pytest

from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio


async def test_who_is_removed_does_not_see_this_post(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    told = await amina.post(
        "/api/v1/fedi_aid/preview", json={"status": "x", "fedi_aid": {"removed": [bruno.id]}}
    )
    assert told["friends"] == 0
    hidden = await amina.say("Not for Bruno", fedi_aid={"removed": [bruno.id]})
    shown = await amina.say("For all")
    assert [one["id"] for one in await bruno.get("/api/v1/timelines/home")] == [shown["id"]]
    assert (await bruno.call("GET", f"/api/v1/statuses/{hidden['id']}")).status_code == 404


async def test_who_is_named_is_added_even_at_the_closest_level(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """AUDIENCE: one in three helpers is invisible to the graph, so the author may name people."""
    await world.befriend(amina, bruno)
    made = await amina.say("A hard week", fedi_aid={"intimacy": 4, "approved": True, "named": [bruno.id]})
    assert (await bruno.get(f"/api/v1/statuses/{made['id']}"))["id"] == made["id"]


async def test_naming_a_stranger_adds_nobody(world: World, amina: Caller, bruno: Caller) -> None:
    """R3."""
    made = await amina.say("Hello", fedi_aid={"intimacy": 0, "help": True, "named": [bruno.id]})
    assert (await bruno.call("GET", f"/api/v1/statuses/{made['id']}")).status_code == 404


async def test_the_wrong_person_loses_the_post_and_is_not_told(
    world: World, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    made = await amina.say("For few")
    before = await bruno.get("/api/v1/notifications")
    path = f"/api/v1/fedi_aid/statuses/{made['id']}/wrong_person"
    await amina.post(path, json={"account_id": bruno.id, "always": True})
    assert (await bruno.call("GET", f"/api/v1/statuses/{made['id']}")).status_code == 404
    assert await bruno.get("/api/v1/notifications") == before
    assert [one["acct"] for one in await amina.get("/api/v1/fedi_aid/left_out")] == ["bruno"]
    later = await amina.say("Later")
    assert (await bruno.call("GET", f"/api/v1/statuses/{later['id']}")).status_code == 404
    assert (await amina.call("DELETE", f"/api/v1/fedi_aid/left_out/{bruno.id}")).status_code == 200
    again = await amina.say("Again")
    assert (await bruno.get(f"/api/v1/statuses/{again['id']}"))["id"] == again["id"]


async def test_only_ones_own_readers_can_be_taken_out(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    made = await amina.say("Mine")
    path = f"/api/v1/fedi_aid/statuses/{made['id']}/wrong_person"
    assert (await bruno.call("POST", path, json={"account_id": amina.id})).status_code == 404
    assert (await amina.call("POST", path, json={"account_id": "4711"})).status_code == 404


async def test_a_pin_opens_every_level_and_is_told_to_nobody(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R9."""
    await world.befriend(amina, bruno)
    before = await bruno.get(f"/api/v1/accounts/relationships?id[]={amina.id}")
    pinned = await amina.post(f"/api/v1/fedi_aid/accounts/{bruno.id}/close")
    assert pinned["fedi_aid"]["close"] is True
    assert await bruno.get(f"/api/v1/accounts/relationships?id[]={amina.id}") == before
    told = await amina.post("/api/v1/fedi_aid/preview", json={"status": "x", "fedi_aid": {"intimacy": 4}})
    assert told["friends"] == 1
    loose = await amina.post(f"/api/v1/fedi_aid/accounts/{bruno.id}/unclose")
    assert loose["fedi_aid"]["close"] is False
    told = await amina.post("/api/v1/fedi_aid/preview", json={"status": "x", "fedi_aid": {"intimacy": 4}})
    assert told["friends"] == 0


async def test_a_muted_conversation_is_not_heard_of(world: World, amina: Caller, bruno: Caller) -> None:
    async def heard() -> list[str]:
        return [one["id"] for one in await amina.get("/api/v1/notifications?types[]=mention")]

    await world.befriend(amina, bruno)
    made = await amina.say("A ladder, anybody?")
    await bruno.say("I have one", in_reply_to_id=made["id"])
    before = await heard()
    await amina.post(f"/api/v1/statuses/{made['id']}/mute")
    await bruno.say("And a saw", in_reply_to_id=made["id"])
    assert await heard() == before
    await amina.post(f"/api/v1/statuses/{made['id']}/unmute")
    await bruno.say("And nails", in_reply_to_id=made["id"])
    assert len(await heard()) == len(before) + 1
