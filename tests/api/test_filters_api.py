"""Filters through the API: version 2, version 1 on the same rows, and what they do (PRODUCT S3)."""

from typing import Any

import pytest

from tests.api.conftest import Caller, World, checked
from tests.api.openapi import conforms, is_a, well_shaped

pytestmark = pytest.mark.anyio

V1, V2 = "/api/v1/filters", "/api/v2/filters"


async def make(caller: Caller, word: str = "onions", **more: Any) -> Any:
    body = {
        "title": "Not now",
        "context": ["home"],
        "keywords_attributes": [{"keyword": word, "whole_word": True}],
    }
    return await caller.post(V2, json=body | more)


async def test_a_filter_from_beginning_to_end(amina: Caller) -> None:
    made = await make(amina, filter_action="hide", expires_in=3600)
    conforms(made, "POST", V2)
    well_shaped(made)
    assert (made["title"], made["context"], made["filter_action"]) == ("Not now", ["home"], "hide")
    assert [word["keyword"] for word in made["keywords"]] == ["onions"]
    path = f"{V2}/{made['id']}"
    assert await amina.get(path) == made
    conforms(await amina.get(V2), "GET", V2)
    changed = checked(
        await amina.call(
            "PUT",
            path,
            data={
                "title": "Later",
                "context[]": ["home", "public"],
                "expires_in": "",
                "keywords_attributes[0][id]": made["keywords"][0]["id"],
                "keywords_attributes[0][_destroy]": "true",
                "keywords_attributes[1][keyword]": "leeks",
            },
        )
    )
    conforms(changed, "PUT", V2 + "/{id}")
    assert (changed["title"], changed["context"], changed["expires_at"]) == (
        "Later",
        ["home", "public"],
        None,
    )
    assert [word["keyword"] for word in changed["keywords"]] == ["leeks"]
    assert changed["filter_action"] == "hide"  # what is not sent stays
    assert checked(await amina.call("DELETE", path)) == {}
    assert await amina.get(V2) == []
    await amina.get(path, 404)


async def test_keywords_and_posts_one_by_one(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    said = await bruno.say("about the weather")
    made = await make(amina)
    path = f"{V2}/{made['id']}"
    added = await amina.post(f"{path}/keywords", data={"keyword": "leeks", "whole_word": "false"})
    conforms(added, "POST", V2 + "/{filter_id}/keywords")
    where = f"{V2}/keywords/{added['id']}"
    assert await amina.get(where) == added == {"id": added["id"], "keyword": "leeks", "whole_word": False}
    changed = checked(await amina.call("PATCH", where, json={"keyword": "garlic"}))
    assert changed == {"id": added["id"], "keyword": "garlic", "whole_word": False}
    words = await amina.get(f"{path}/keywords")
    assert [one["keyword"] for one in words] == ["onions", "garlic"]
    assert checked(await amina.call("DELETE", where)) == {}
    await amina.get(where, 404)
    named = await amina.post(f"{path}/statuses", json={"status_id": said["id"]})
    conforms(named, "POST", V2 + "/{filter_id}/statuses")
    assert await amina.get(f"{path}/statuses") == [named]
    assert await amina.get(f"{V2}/statuses/{named['id']}") == named
    await amina.post(f"{path}/statuses", 422, json={"status_id": said["id"]})
    (home,) = [one for one in await amina.get("/api/v1/timelines/home") if one["id"] == said["id"]]
    assert home["filtered"][0]["status_matches"] == [said["id"]]
    assert home["filtered"][0]["keyword_matches"] is None
    assert checked(await amina.call("DELETE", f"{V2}/statuses/{named['id']}")) == named
    await amina.get(f"{V2}/statuses/{named['id']}", 404)


async def test_filters_are_ones_own(world: World, amina: Caller, bruno: Caller) -> None:
    """R7: somebody else's filter, a missing one and a post one may not see are alike."""
    made = await make(amina)
    secret = await amina.say("for nobody here")
    word = made["keywords"][0]["id"]
    named = await amina.post(f"{V2}/{made['id']}/statuses", json={"status_id": secret["id"]})
    missing = (await bruno.call("GET", f"{V2}/1")).content
    for method, path, body in (
        ("GET", f"{V2}/{made['id']}", {}),
        ("PUT", f"{V2}/{made['id']}", {"title": "mine"}),
        ("DELETE", f"{V2}/{made['id']}", {}),
        ("GET", f"{V2}/{made['id']}/keywords", {}),
        ("POST", f"{V2}/{made['id']}/keywords", {"keyword": "x"}),
        ("GET", f"{V2}/keywords/{word}", {}),
        ("PUT", f"{V2}/keywords/{word}", {"keyword": "x"}),
        ("DELETE", f"{V2}/keywords/{word}", {}),
        ("GET", f"{V2}/statuses/{named['id']}", {}),
        ("DELETE", f"{V2}/statuses/{named['id']}", {}),
        ("GET", f"{V1}/{word}", {}),
        ("PUT", f"{V1}/{word}", {"phrase": "x", "context": ["home"]}),
        ("DELETE", f"{V1}/{word}", {}),
    ):
        found = await bruno.call(method, path, json=body)
        assert (found.status_code, found.content) == (404, missing), path
    own = await make(bruno)
    hidden = await bruno.call("POST", f"{V2}/{own['id']}/statuses", json={"status_id": secret["id"]})
    assert (hidden.status_code, hidden.content) == (404, missing)
    other = await bruno.call("PUT", f"{V2}/{own['id']}", json={"keywords_attributes": [{"id": word}]})
    assert (other.status_code, other.content) == (404, missing)
    assert await amina.get(f"{V2}/{made['id']}") == made | {"statuses": [named]}


async def test_what_cannot_be_a_filter_is_refused(amina: Caller) -> None:
    for body, field in (
        ({"title": " "}, "title"),
        ({"title": "x" * 300}, "title"),
        ({"context": []}, "context"),
        ({"context": ["kitchen"]}, "context"),
        ({"filter_action": "shout"}, "filter_action"),
        ({"expires_in": -5}, "expires_in"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"keywords_attributes": [{"keyword": " "}]}, "keyword"),
        ({"keywords_attributes": [{"keyword": "x" * 600}]}, "keyword"),
        ({"keywords_attributes": "onions"}, "keywords_attributes"),
    ):
        refused = checked(await amina.call("POST", V2, json={"title": "t", "context": ["home"]} | body), 422)
        assert field in refused["details"], refused
    assert await amina.get(V2) == []


async def test_version_one_is_the_same_filters(amina: Caller) -> None:
    made = await amina.post(V1, data={"phrase": "onions", "context[]": "home", "irreversible": "true"})
    is_a(made, "V1Filter")
    assert made == {
        "id": made["id"],
        "phrase": "onions",
        "context": ["home"],
        "whole_word": True,
        "expires_at": None,
        "irreversible": True,
    }
    (whole,) = await amina.get(V2)
    assert (whole["title"], whole["filter_action"]) == ("onions", "hide")
    assert await amina.get(V1) == [made]
    assert await amina.get(f"{V1}/{made['id']}") == made
    changed = checked(
        await amina.call("PUT", f"{V1}/{made['id']}", json={"phrase": "leeks", "context": ["public"]})
    )
    assert (changed["phrase"], changed["context"]) == ("leeks", ["public"])
    await amina.post(f"{V2}/{whole['id']}/keywords", data={"keyword": "garlic"})
    checked(await amina.call("PUT", f"{V1}/{made['id']}", json={"phrase": "x", "context": ["home"]}), 422)
    assert checked(await amina.call("DELETE", f"{V1}/{made['id']}")) == {}
    (rest,) = await amina.get(V1)
    assert rest["phrase"] == "garlic"
    checked(await amina.call("DELETE", f"{V1}/{rest['id']}"))
    assert await amina.get(V2) == []


async def test_warned_of_in_the_right_places(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    await make(amina, context=["home", "notifications"])
    said = await bruno.say("I peel Onions, @amina")
    fine = await bruno.say("I peel onionskins")
    home = {one["id"]: one for one in await amina.get("/api/v1/timelines/home")}
    is_a(home[said["id"]], "Status")
    (result,) = home[said["id"]]["filtered"]
    is_a(result, "FilterResult")
    assert (result["filter"]["title"], result["keyword_matches"]) == ("Not now", ["onions"])
    assert home[fine["id"]]["filtered"] == []  # part of a longer word
    profile = {one["id"]: one for one in await amina.get(f"/api/v1/accounts/{bruno.id}/statuses")}
    assert profile[said["id"]]["filtered"] == []  # not in this place
    (notice,) = [one for one in await amina.get("/api/v1/notifications") if one["type"] == "mention"]
    assert notice["status"]["filtered"]
    alone = await amina.get(f"/api/v1/statuses/{said['id']}")
    assert alone["filtered"]  # the app knows where it shows it
    own = await bruno.get(f"/api/v1/statuses/{said['id']}")
    assert own["filtered"] == []  # a filter is its owner's alone


async def test_hidden_ones_leave_timelines_and_pages_go_on(
    world: World, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    first = await bruno.say("about bread")
    for _ in range(2):
        await bruno.say("about onions, @amina")
    await make(amina, filter_action="hide", context=["home", "notifications", "account"])
    page = await amina.call("GET", "/api/v1/timelines/home", params={"limit": 2})
    assert checked(page) == []
    rest = await amina.get(page.links["next"]["url"].removeprefix("http://aid.example"))
    assert [one["id"] for one in rest] == [first["id"]]
    assert {one["type"] for one in await amina.get("/api/v1/notifications")} == {"follow"}
    groups = await amina.get("/api/v2/notifications")
    assert {one["type"] for one in groups["notification_groups"]} == {"follow"}
    assert [one["id"] for one in await amina.get(f"/api/v1/accounts/{bruno.id}/statuses")] == [first["id"]]


async def test_a_filter_ends_when_it_said(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    said = await bruno.say("about onions")
    await make(amina, filter_action="hide", expires_in=600)
    assert said["id"] not in [one["id"] for one in await amina.get("/api/v1/timelines/home")]
    world.tick(minutes=11)
    (shown,) = [one for one in await amina.get("/api/v1/timelines/home") if one["id"] == said["id"]]
    assert shown["filtered"] == []
    assert len(await amina.get(V2)) == 1  # it can be renewed


async def test_filters_are_told_to_open_apps_and_apply_to_streams(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """An app that streams hears that filters changed, and nothing of what they hide."""
    await world.befriend(amina, bruno)
    listening = world.bus.subscribe("filters", "home")
    await make(amina, filter_action="hide")
    told = await listening.next()
    assert told is not None
    assert (told.topic, told.ids["member_id"]) == ("filters", amina.member.id)
    listening.close()
