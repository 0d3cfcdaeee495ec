"""Polls through the API: made, shown, answered, and everything that is refused."""

from typing import Any

import pytest

from fedi_aid.actions import polls
from tests.api.conftest import Caller, World
from tests.api.openapi import conforms

pytestmark = pytest.mark.anyio
POLL = {"options": ["Soup", "Salad"], "expires_in": 300}


async def test_a_poll_is_made_shown_and_answered(both_worlds: World) -> None:
    amina, bruno = await both_worlds.member("amina"), await both_worlds.member("bruno")
    await both_worlds.befriend(amina, bruno)
    made = await amina.say("Lunch?", poll=POLL)
    poll = made["poll"]
    assert [one["title"] for one in poll["options"]] == ["Soup", "Salad"]
    assert (poll["multiple"], poll["expired"], poll["voted"], poll["own_votes"]) == (False, False, True, [])
    conforms(made, "GET", "/api/v1/statuses/{id}")
    seen = (await bruno.get(f"/api/v1/statuses/{made['id']}"))["poll"]
    assert (seen["voted"], seen["own_votes"], seen["votes_count"]) == (False, [], 0)
    voted = await bruno.post(f"/api/v1/polls/{poll['id']}/votes", data={"choices[]": "1"})
    assert (voted["voted"], voted["own_votes"]) == (True, [1])
    assert [one["votes_count"] for one in voted["options"]] == [0, 1]
    assert voted["voters_count"] == 1
    conforms(await bruno.get(f"/api/v1/polls/{poll['id']}"), "GET", "/api/v1/polls/{id}")
    again = await bruno.post(f"/api/v1/polls/{poll['id']}/votes", 422, json={"choices": ["0"]})
    assert again["error"] == "Validation failed: You have already voted on this poll"


@pytest.mark.parametrize("choices", [["2"], ["-1"], ["x"], [], ["0", "1"], ["9" * 30]])
async def test_a_choice_must_be_one_of_the_options(
    world: World, amina: Caller, bruno: Caller, choices: list[str]
) -> None:
    await world.befriend(amina, bruno)
    made = await amina.say("Lunch?", poll=POLL)
    await bruno.post(f"/api/v1/polls/{made['poll']['id']}/votes", 422, json={"choices": choices})
    assert (await bruno.get(f"/api/v1/polls/{made['poll']['id']}"))["votes_count"] == 0


async def test_after_the_end_nobody_votes_and_all_see(world: World, amina: Caller, bruno: Caller) -> None:
    """Totals that are hidden are shown at the end, when author and voters are told."""
    await world.befriend(amina, bruno)
    made = await amina.say("Lunch?", poll=POLL | {"hide_totals": True, "multiple": True})
    path = f"/api/v1/polls/{made['poll']['id']}"
    voted = await bruno.post(f"{path}/votes", json={"choices": [0, 1]})
    assert voted["own_votes"] == [0, 1]
    assert [one["votes_count"] for one in voted["options"]] == [None, None]
    assert (voted["votes_count"], voted["voters_count"]) == (0, None)
    world.tick(minutes=6)
    await bruno.post(f"{path}/votes", 422, json={"choices": [0]})
    await world.db.write(polls.end, int(made["poll"]["id"]))
    over = await amina.get(path)
    assert over["expired"] is True
    assert (over["votes_count"], over["voters_count"]) == (2, 1)
    for caller in (amina, bruno):
        notices = await caller.get("/api/v1/notifications", params={"types[]": "poll"})
        assert [(one["type"], one["status"]["id"]) for one in notices] == [("poll", made["id"])]


async def test_a_hidden_poll_is_as_absent_as_a_missing_one(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R7, R16."""
    made = await amina.say("Lunch?", poll=POLL)
    for path, method in (("", "GET"), ("/votes", "POST")):
        hidden = await bruno.call(
            method, f"/api/v1/polls/{made['poll']['id']}{path}", json={"choices": ["0"]}
        )
        missing = await bruno.call(method, f"/api/v1/polls/1{path}", json={"choices": ["0"]})
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content == missing.content
    await amina.post(f"/api/v1/polls/{made['poll']['id']}/votes", 422, json={"choices": ["0"]})


@pytest.mark.parametrize(
    "body",
    [
        {"poll": POLL | {"options": ["One"]}},
        {"poll": POLL | {"options": list("abcde")}},
        {"poll": POLL | {"options": ["a", ""]}},
        {"poll": POLL | {"options": ["a", "a"]}},
        {"poll": POLL | {"options": ["a", "b" * 51]}},
        {"poll": POLL | {"expires_in": 10}},
        {"poll": POLL | {"expires_in": 10**12}},
        {"poll": {"options": ["a", "b"]}},
        {"poll": "yes"},
        {"poll": POLL, "fedi_aid": {"help": True}},
        {"poll": POLL, "status": "@butler which?"},
        {"poll": POLL, "status": ""},
    ],
)
async def test_a_poll_that_cannot_be_is_refused(amina: Caller, body: dict[str, Any]) -> None:
    await amina.post("/api/v1/statuses", 422, json={"status": "Lunch?"} | body)
    assert await amina.get("/api/v1/timelines/home") == []


async def test_an_edit_keeps_the_poll(world: World, amina: Caller) -> None:
    made = await amina.say("Lunch?", poll=POLL)
    path = f"/api/v1/statuses/{made['id']}"
    edited = await amina.call("PUT", path, json={"status": "Dinner?", "poll": POLL})
    assert edited.json()["poll"]["id"] == made["poll"]["id"]
    other = await amina.call("PUT", path, json={"status": "Tea?", "poll": POLL | {"options": ["a", "b"]}})
    assert other.status_code == 422
    plain = await amina.say("No poll.", poll={"options": []})
    assert plain["poll"] is None
