"""Who reads a post, by its author's word after it was written; and passing a request by name, over the API."""

import pytest

from fedi_aid.actions import posts
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chloe(world: World) -> Caller:
    return await world.member("chloe", display_name="Chloe")


AID = "/api/v1/fedi_aid"


async def test_a_friend_is_added_and_somebody_left_out(world: World, amina: Caller, bruno: Caller) -> None:
    """R3, R6: silently; a stranger cannot be added, nor somebody else's reader."""
    await world.befriend(amina, bruno)
    made = await amina.say("Not for everybody", fedi_aid={"removed": [bruno.id]})
    path, here = f"{AID}/statuses/{made['id']}", f"/api/v1/statuses/{made['id']}"
    before = await bruno.get("/api/v1/notifications")
    assert (await bruno.call("GET", here)).status_code == 404
    await amina.post(f"{path}/add_reader", json={"account_id": bruno.id})
    assert (await bruno.get(here))["id"] == made["id"]
    await amina.post(f"{path}/remove_reader", json={"account_id": bruno.id})
    assert (await bruno.call("GET", here)).status_code == 404
    # A mention says that one was named; nothing says that one was taken out.
    assert [one["type"] for one in await bruno.get("/api/v1/notifications")] in (["mention"], []) or before
    for act in ("add_reader", "remove_reader"):
        assert (await bruno.call("POST", f"{path}/{act}", json={"account_id": amina.id})).status_code == 404
    assert (await amina.call("POST", f"{path}/add_reader", json={"account_id": "4711"})).status_code == 422


async def test_always(world: World, amina: Caller, bruno: Caller) -> None:
    """Left out of one post and of all to come, or beforehand; and let in again."""
    await world.befriend(amina, bruno)
    made = await amina.say("First")
    path = f"{AID}/statuses/{made['id']}/remove_reader"
    await amina.post(path, json={"account_id": bruno.id, "always": True})
    second = await amina.say("Second")
    assert (await bruno.call("GET", f"/api/v1/statuses/{second['id']}")).status_code == 404
    assert (await amina.call("DELETE", f"{AID}/left_out/{bruno.id}")).status_code == 200
    third = await amina.say("Third")
    assert (await bruno.get(f"/api/v1/statuses/{third['id']}"))["id"] == third["id"]
    assert (await amina.call("POST", f"{AID}/left_out/{bruno.id}")).status_code == 200
    fourth = await amina.say("Fourth")
    assert (await bruno.call("GET", f"/api/v1/statuses/{fourth['id']}")).status_code == 404
    assert (await amina.call("POST", f"{AID}/left_out/4711")).status_code == 404


async def test_a_confidence_waits_with_a_list_that_its_author_corrects(
    world: World, amina: Caller, bruno: Caller, chloe: Caller
) -> None:
    """R14: level 4 goes to whom its author approved, over the API as by the butler."""
    for friend in (bruno, chloe):
        await world.befriend(amina, friend)
    made = await amina.say("A hard week", fedi_aid={"intimacy": 4})
    path, here = f"{AID}/statuses/{made['id']}", f"/api/v1/statuses/{made['id']}"
    await amina.post(f"{path}/add_reader", json={"account_id": bruno.id})
    await amina.post(f"{path}/add_reader", json={"account_id": chloe.id})
    await amina.post(f"{path}/remove_reader", json={"account_id": chloe.id})
    for one in (bruno, chloe):
        assert (await one.call("GET", here)).status_code == 404
    await world.db.write(posts.release, amina.member, int(made["id"]))  # as the yes to the butler does
    assert (await bruno.get(here))["id"] == made["id"]
    assert (await chloe.call("GET", here)).status_code == 404


async def test_passing_by_name(world: World, amina: Caller, bruno: Caller, chloe: Caller) -> None:
    """R22, R7: to a friend, what one was shown as a friend of its author; anything else is a clear refusal."""
    await world.befriend(amina, bruno)
    await world.befriend(bruno, chloe)
    made = await amina.say("My shop needs a ramp", fedi_aid={"intimacy": 0, "help": True})
    path = f"{AID}/requests/{made['id']}/pass"
    told = await bruno.post(path, json={"account_id": chloe.id, "word": "She has a van"})
    assert told == {"passed": "carried"}
    close = await amina.say("Between us", fedi_aid={"intimacy": 2, "help": True})
    told = await bruno.post(f"{AID}/requests/{close['id']}/pass", json={"account_id": chloe.id})
    assert told == {"passed": "suggested"}
    quiet = await amina.say("No request", fedi_aid={"intimacy": 0})
    missing = await bruno.call("POST", f"{AID}/requests/4711/pass", json={"account_id": chloe.id})
    other = await bruno.call("POST", f"{AID}/requests/{quiet['id']}/pass", json={"account_id": chloe.id})
    assert (
        (missing.status_code, missing.content) == (other.status_code, other.content) == (404, other.content)
    )
    for who in (amina.id, bruno.id, "4711"):
        assert (await bruno.call("POST", path, json={"account_id": who})).status_code == 422


async def test_for_whom_one_carries_always(world: World, amina: Caller, bruno: Caller) -> None:
    """The consents, and that a no may look like silence."""
    await world.befriend(amina, bruno)
    changed = {"carry_always_for": [amina.id], "silent_refusals": True}
    told = await bruno.call("PATCH", f"{AID}/butler", json=changed)
    assert (told.json()["carry_always_for"], told.json()["silent_refusals"]) == ([amina.id], True)
    refused = await bruno.call("PATCH", f"{AID}/butler", json={"carry_always_for": ["4711"]})
    assert refused.status_code == 422
    again = await bruno.get(f"{AID}/butler")
    assert again["carry_always_for"] == [amina.id]
