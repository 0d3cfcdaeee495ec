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


REFUSED: list[tuple[Any, str]] = [
    ({"fedi_aid": {"intimacy": 5}}, "The intimacy level must be a whole number from 0 to 4"),
    ({"fedi_aid": {"intimacy": -1}}, "The intimacy level must be a whole number from 0 to 4"),
    ({"fedi_aid": {"intimacy": "much"}}, "Intimacy must be a whole number"),
    ({"fedi_aid": {"intimacy": 2.5}}, "Intimacy must be a whole number"),
    ({"fedi_aid": {"project_id": "4711"}}, "This project is not yours."),
    ({"fedi_aid": {"project_id": "x"}}, "This project is not yours."),
    ({"fedi_aid": {"sphere_id": "4711"}}, "This sphere is not yours."),
    ({"fedi_aid": {"sphere_id": "x"}}, "This sphere is not yours."),
    ({"fedi_aid": {"weights": {"4711": 1}}}, "This sphere is not yours."),
    (
        {"status": "x #intimacy7"},
        "#intimacy7 is not an intimacy level: write #intimacy0 (widest) to #intimacy4.",
    ),
    ({"status": "x #bottle #intimacy3"}, "The tags ask for intimacy 0 and 3 at once: keep one."),
    ({"status": "x #project_one #project_two"}, "The tags name more than one project: keep one."),
    ({"status": "x #to_choir #to_band"}, "The tags name more than one sphere: keep one."),
]


async def test_what_cannot_be_obeyed_is_refused_alike_before_and_when_it_is_sent(amina: Caller) -> None:
    """R13: each with its own sentence, and nothing is stored."""
    for title in ("One", "Two"):
        await amina.post("/api/v1/fedi_aid/projects", json={"title": title})
    for title in ("Choir", "Band"):
        await amina.post("/api/v1/lists", json={"title": title})
    for draft, why in REFUSED:
        paths = ["/api/v1/fedi_aid/preview", "/api/v1/statuses"]
        if "status" in draft or "project_id" in draft["fedi_aid"]:  # else the landing says it
            paths.append("/api/v1/fedi_aid/launch")
        for path in paths:
            answer = await amina.call("POST", path, json={"status": "x", "distance": 0.6, "angle": 0} | draft)
            assert answer.status_code == 422, (path, draft)
            assert why in answer.json()["error"], (path, draft)
    assert await amina.get("/api/v1/timelines/home") == []


async def test_it_says_what_another_direction_would_change(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """For each sphere and list, exactly what launching the draft at it alone would say; only if asked for."""
    gwen = await world.member("gwen")
    for friend in (bruno, gwen):
        await world.befriend(amina, friend)
    lists = {}
    for title, members in (("Choir", [bruno.id]), ("Band", [bruno.id, gwen.id]), ("Nobody", [])):
        made = await amina.post("/api/v1/lists", json={"title": title})
        lists[title] = made["id"]
        if members:
            await amina.post(f"/api/v1/lists/{made['id']}/accounts", json={"account_ids": members})
    for wish in ({}, {"intimacy": 1}, {"help": True}, {"intimacy": 4}, {"removed": [gwen.id]}):
        told = await foresee(amina, status="A ramp", fedi_aid=wish, directions=True)
        assert told["directions"].keys() == set(lists.values())
        for sphere_id, number in told["directions"].items():
            there = await foresee(amina, status="A ramp", fedi_aid=wish | {"sphere_id": sphere_id})
            assert number == there["friends"]
    told = await foresee(amina, status="A ramp", directions=True)
    assert {title: told["directions"][one] for title, one in lists.items()} == {
        "Choir": 1, "Band": 2, "Nobody": 0,
    }  # fmt: skip
    assert "directions" not in await foresee(amina, status="A ramp")


async def test_the_order_of_faces_tells_nothing(world: World, amina: Caller, bruno: Caller) -> None:
    """AUDIENCE: never a rank. Who is pinned, or written to every day, stands where the alphabet says."""
    names = ["zoe", "amelie", "mona"]
    for name in names:
        await world.befriend(amina, await world.member(name, display_name=name.title()))
    await world.befriend(amina, bruno)
    zoe = next(
        one for one in await amina.get(f"/api/v1/accounts/{amina.id}/following") if one["acct"] == "zoe"
    )
    await amina.post(f"/api/v1/fedi_aid/accounts/{zoe['id']}/close")
    told = await foresee(amina, status="A ramp")
    assert [one["acct"] for one in told["accounts"]] == ["amelie", "bruno", "mona", "zoe"]


async def test_an_approved_confidence_goes_at_once(world: World, amina: Caller, bruno: Caller) -> None:
    """R14: who has seen the preview need not wait for the butler's list."""
    await world.befriend(amina, bruno)
    await world.db.write(ties.pin_as_close, amina.id, bruno.id)
    held = await amina.say("A hard week", fedi_aid={"intimacy": 4})
    assert held["fedi_aid"]["held_until"] is not None
    sent = await amina.say("A hard week", fedi_aid={"intimacy": 4, "approved": True})
    assert sent["fedi_aid"]["held_until"] is None
    assert [one["id"] for one in await bruno.get("/api/v1/timelines/home")] == [sent["id"]]
