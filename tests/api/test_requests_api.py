"""Requests, asks and the butler's settings through our own endpoints."""

import pytest

from fedi_aid.actions import carry_consent
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio


async def asked_to(world: World, author: Caller, friend: Caller, kind: str, text: str) -> str:
    """The author's request, put to a friend by name; its status id."""
    level = 0 if kind == "carry" else 2
    made = await author.say(text, fedi_aid={"intimacy": level, "help": True})

    def ask(tx) -> None:
        carry_consent.ask_arrived(
            tx, uri=tx.house.new_activity(), post_id=int(made["id"]), member_id=friend.member.id, kind=kind
        )
        from fedi_aid.storage import received_asks as received_rows

        for one in received_rows.received_for(tx, int(made["id"]), friend.member.id):
            received_rows.change_received(tx, one.id, state="asked")

    await world.db.write(ask)
    return made["id"]


async def test_what_is_asked_of_me_and_a_yes(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    status_id = await asked_to(world, amina, bruno, "help", "Who can lend a ladder?")
    [ask] = await bruno.get("/api/v1/fedi_aid/asks")
    assert (ask["kind"], ask["status"]["id"]) == ("help", status_id)
    assert ask["why"].startswith("Amina")
    await bruno.post(f"/api/v1/fedi_aid/asks/{ask['id']}/yes", json={"words": "I have one."})
    assert await bruno.get("/api/v1/fedi_aid/asks") == []
    [offer] = await amina.get(f"/api/v1/fedi_aid/statuses/{status_id}/offers")
    assert offer["account"]["acct"] == "bruno"
    reply = await amina.get(f"/api/v1/statuses/{offer['reply_id']}")
    assert "I have one." in reply["content"]


async def test_a_no_is_told_to_nobody(world: World, amina: Caller, bruno: Caller) -> None:
    """PRODUCT M12: the author learns nothing from a refusal."""
    await world.befriend(amina, bruno)
    status_id = await asked_to(world, amina, bruno, "carry", "Who can lend a ladder?")
    before = await amina.get("/api/v1/fedi_aid/requests")
    [ask] = await bruno.get("/api/v1/fedi_aid/asks")
    await bruno.post(f"/api/v1/fedi_aid/asks/{ask['id']}/no")
    assert await amina.get("/api/v1/fedi_aid/requests") == before
    assert await amina.get(f"/api/v1/fedi_aid/statuses/{status_id}/offers") == []


async def test_an_ask_of_somebody_else_is_as_missing(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    await asked_to(world, amina, bruno, "help", "Who can lend a ladder?")
    [ask] = await bruno.get("/api/v1/fedi_aid/asks")
    theirs = await amina.call("POST", f"/api/v1/fedi_aid/asks/{ask['id']}/yes")
    missing = await amina.call("POST", "/api/v1/fedi_aid/asks/4711/yes")
    assert (
        (theirs.status_code, theirs.content)
        == (missing.status_code, missing.content)
        == (404, missing.content)
    )


async def test_only_the_author_sees_offers(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    status_id = await asked_to(world, amina, bruno, "help", "Who can lend a ladder?")
    refused = await bruno.call("GET", f"/api/v1/fedi_aid/statuses/{status_id}/offers")
    missing = await bruno.call("GET", "/api/v1/fedi_aid/statuses/4711/offers")
    assert (refused.status_code, refused.content) == (404, missing.content)


async def test_my_requests_have_a_story_of_numbers(world: World, amina: Caller, bruno: Caller) -> None:
    """R8."""
    await world.befriend(amina, bruno)
    status_id = await asked_to(world, amina, bruno, "help", "Who can lend a ladder?")
    [request] = await amina.get("/api/v1/fedi_aid/requests")
    assert request["status"]["id"] == status_id
    assert [one["what"] for one in request["story"]] == ["raised"]
    await amina.post(f"/api/v1/fedi_aid/statuses/{status_id}/lower", json={"outcome": "solved"})
    [request] = await amina.get("/api/v1/fedi_aid/requests")
    assert (request["state"], request["outcome"]) == ("lowered", "solved")
    assert "bruno" not in str(request["story"])
    assert await bruno.get("/api/v1/fedi_aid/requests") == []


async def test_the_butlers_settings_are_changed_and_kept(amina: Caller) -> None:
    told = await amina.call(
        "PATCH", "/api/v1/fedi_aid/butler", json={"weekly_budget": 1, "carry_consent": "never"}
    )
    assert told.status_code == 200
    kept = await amina.get("/api/v1/fedi_aid/butler")
    assert (kept["weekly_budget"], kept["carry_consent"], kept["quiet_from"]) == (1, "never", 21)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekly_budget": 0},
        {"weekly_budget": 99},
        {"quiet_from": 24},
        {"carry_consent": "perhaps"},
        {"time_zone": "Mars/Olympus"},
        {"paused_until": "soon"},
        {"paused_until": "9999-01-01"},
        {"default_intimacy": 5},
    ],
)
async def test_a_wrong_setting_is_refused_and_changes_nothing(
    amina: Caller, wrong: dict[str, object]
) -> None:
    before = await amina.get("/api/v1/fedi_aid/butler")
    refused = await amina.call("PATCH", "/api/v1/fedi_aid/butler", json=wrong)
    assert refused.status_code == 422
    assert "error" in refused.json()
    assert await amina.get("/api/v1/fedi_aid/butler") == before


async def test_one_request_is_read_and_changed_by_its_author_alone(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R8: what somebody else gets is, byte for byte, what they get for none."""
    await world.befriend(amina, bruno)
    status_id = await asked_to(world, amina, bruno, "help", "Who can lend a ladder?")
    path = f"/api/v1/fedi_aid/requests/{status_id}"
    found = await amina.get(path)
    assert (found["state"], found["urgency"], found["helpers_needed"]) == ("open", "normal", 1)
    assert found["story"][0]["sentence"] == "The flag was raised."
    assert found["now"].startswith("open; ")
    changed = await amina.call("PATCH", path, json={"urgency": "high", "helpers_needed": 2})
    assert (changed.json()["urgency"], changed.json()["helpers_needed"]) == ("high", 2)
    assert changed.json()["story"][-1]["sentence"] == "The author changed it: urgent and 2 people."
    rested = await amina.call("PATCH", path, json={"state": "paused", "rests_until": "2026-03-20T09:00:00Z"})
    assert rested.json()["state"] == "paused"
    assert "until March 20, 2026" in rested.json()["now"]
    again = await amina.call("PATCH", path, json={"state": "open"})
    assert (again.json()["state"], again.json()["rests_until"]) == ("open", None)
    for method, body in (("GET", None), ("PATCH", {"urgency": "low"})):
        theirs = await bruno.call(method, path, json=body)
        missing = await bruno.call(method, "/api/v1/fedi_aid/requests/4711", json=body)
        assert (theirs.status_code, theirs.content) == (missing.status_code, missing.content)
        assert missing.status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"urgency": "purple"},
        {"helpers_needed": 0},
        {"helpers_needed": 21},
        {"state": "asleep"},
        {"state": "lowered"},
        {"state": "paused", "rests_until": "soon"},
        {"state": "paused", "rests_until": "2025-01-01"},
    ],
)
async def test_a_wrong_change_of_a_request_is_refused(
    world: World, amina: Caller, bruno: Caller, wrong: dict[str, object]
) -> None:
    await world.befriend(amina, bruno)
    status_id = await asked_to(world, amina, bruno, "help", "Who can lend a ladder?")
    path = f"/api/v1/fedi_aid/requests/{status_id}"
    before = await amina.get(path)
    refused = await amina.call("PATCH", path, json=wrong)
    assert refused.status_code == 422
    assert await amina.get(path) == before


async def test_a_flag_that_is_down_cannot_be_paused(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    status_id = await asked_to(world, amina, bruno, "help", "Who can lend a ladder?")
    await amina.post(f"/api/v1/fedi_aid/statuses/{status_id}/lower", json={"outcome": "solved"})
    refused = await amina.call("PATCH", f"/api/v1/fedi_aid/requests/{status_id}", json={"state": "paused"})
    assert refused.status_code == 422
    assert (await amina.get(f"/api/v1/fedi_aid/requests/{status_id}"))["state"] == "lowered"


async def test_each_kind_of_card_is_switched_by_itself(amina: Caller) -> None:
    before = (await amina.get("/api/v1/fedi_aid/butler"))["cards"]
    assert (before["digest"], before["goals"]) == (False, True)
    changed = await amina.call(
        "PATCH", "/api/v1/fedi_aid/butler", json={"cards": {"digest": True, "goals": False}}
    )
    assert changed.json()["cards"] == {**before, "digest": True, "goals": False}
    assert (await amina.get("/api/v1/fedi_aid/butler"))["cards"] == changed.json()["cards"]
    refused = await amina.call("PATCH", "/api/v1/fedi_aid/butler", json={"cards": {"bananas": True}})
    assert refused.status_code == 422
