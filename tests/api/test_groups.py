"""Grouped notifications: likes of one post are one line, only who is heard of counts, no page repeats one."""

from typing import Any

import pytest

from tests.api.conftest import Caller, World
from tests.api.openapi import conforms, well_shaped

pytestmark = pytest.mark.anyio

PATH = "/api/v2/notifications"
NAMES = ("bruno", "chloe", "dora")


async def scene(world: World) -> tuple[Caller, list[Caller], list[str]]:
    """Amina's two posts, each liked by her three friends in turn, and a word between them."""
    amina = await world.member("amina")
    friends = [await world.member(name) for name in NAMES]
    for one in friends:
        await world.befriend(amina, one)
    await amina.post("/api/v1/notifications/clear")
    posts = [(await amina.say(text))["id"] for text in ("one", "two")]
    for one in friends:
        await like(one, posts[0])
    await friends[0].say("@amina hello", visibility="direct")
    for one in friends:
        await like(one, posts[1])
    return amina, friends, posts


async def like(caller: Caller, post: str) -> None:
    await caller.post(f"/api/v1/statuses/{post}/favourite")
    caller.world.tick()


async def groups(caller: Caller, **query: Any) -> Any:
    found = await caller.get(PATH, params=query)
    conforms(found, "GET", PATH)
    well_shaped({name: value for name, value in found.items() if name != "notification_groups"})
    accounts = {one["id"] for one in found["accounts"]}
    for group in found["notification_groups"]:
        assert set(group["sample_account_ids"]) <= accounts
    return found


def brief(found: Any) -> list[tuple[str, int]]:
    return [(one["type"], one["notifications_count"]) for one in found["notification_groups"]]


async def test_likes_of_one_post_are_one_group(both_worlds: World) -> None:
    amina, friends, posts = await scene(both_worlds)
    found = await groups(amina)
    assert brief(found) == [("favourite", 3), ("mention", 1), ("favourite", 3)]
    newest = found["notification_groups"][0]
    assert newest["group_key"] == f"favourite-{posts[1]}"
    assert newest["status_id"] == posts[1]
    assert newest["sample_account_ids"] == [one.id for one in reversed(friends)]
    singles = await amina.get("/api/v1/notifications", params={"types[]": "favourite"})
    assert newest["page_max_id"] == singles[0]["id"] == str(newest["most_recent_notification_id"])
    assert newest["page_min_id"] == singles[2]["id"]
    assert {one["group_key"] for one in singles} == {f"favourite-{post}" for post in posts}
    assert len(found["accounts"]) == 3
    assert len(found["statuses"]) == 3
    assert (await amina.get(f"{PATH}/unread_count")) == {"count": 3}
    await amina.post("/api/v1/markers", json={"notifications": {"last_read_id": newest["page_min_id"]}})
    assert (await amina.get(f"{PATH}/unread_count")) == {"count": 1}


async def test_one_group_its_people_and_its_end(both_worlds: World) -> None:
    amina, friends, posts = await scene(both_worlds)
    path = f"{PATH}/favourite-{posts[0]}"
    one = await amina.get(path)
    conforms(one, "GET", PATH + "/{group_key}")
    assert brief(one) == [("favourite", 3)]
    people = await amina.get(f"{path}/accounts")
    conforms(people, "GET", PATH + "/{group_key}/accounts")
    assert [person["acct"] for person in people] == list(reversed(NAMES))
    assert (await friends[0].call("GET", path)).status_code == 404
    assert (await friends[0].post(f"{path}/dismiss")) == {}
    assert len(brief(await groups(amina))) == 3
    assert await amina.post(f"{path}/dismiss") == {}
    assert brief(await groups(amina)) == [("favourite", 3), ("mention", 1)]
    assert (await amina.call("GET", path)).status_code == 404
    for bad in (
        "favourite-",
        "favourite-x",
        "mention-1",
        "ungrouped-0",
        "nothing",
        "follow-99999999999999999999",
    ):
        assert (await amina.call("GET", f"{PATH}/{bad}")).status_code == 404, bad
        assert (await amina.call("POST", f"{PATH}/{bad}/dismiss")).status_code == 404, bad


async def test_a_client_says_what_to_group(world: World) -> None:
    amina, _, _ = await scene(world)
    alone = await groups(amina, **{"grouped_types[]": "reblog"})
    assert brief(alone) == [*[("favourite", 1)] * 3, ("mention", 1), *[("favourite", 1)] * 3]
    key = alone["notification_groups"][0]["group_key"]
    again = await amina.get(f"{PATH}/{key}")
    assert [(one["group_key"], one["notifications_count"]) for one in again["notification_groups"]] == [
        (key, 1)
    ]


async def test_pages_repeat_no_group_and_lose_none(world: World) -> None:
    amina, friends, posts = await scene(world)
    await friends[0].post(f"/api/v1/statuses/{posts[0]}/unfavourite")
    await like(friends[0], posts[0])  # the older group is now the newest
    whole = [one["group_key"] for one in (await groups(amina))["notification_groups"]]
    assert whole[0] == f"favourite-{posts[0]}"
    paged: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    for _ in range(10):
        page = (await groups(amina, **query))["notification_groups"]
        if not page:
            break
        paged += [one["group_key"] for one in page]
        query["max_id"] = page[-1]["page_max_id"]
    assert paged == whole


async def test_who_is_not_heard_is_in_no_group(world: World) -> None:
    """Mutes and blocks: the group shrinks, and stands where the newest of the others stands."""
    amina, friends, posts = await scene(world)
    await amina.post(f"/api/v1/accounts/{friends[2].id}/mute")
    await amina.post(f"/api/v1/accounts/{friends[1].id}/block")
    found = await groups(amina)
    assert brief(found) == [("favourite", 1), ("mention", 1), ("favourite", 1)]
    assert {one["acct"] for one in found["accounts"]} == {"bruno"}
    await amina.post(f"/api/v1/accounts/{friends[2].id}/unmute")
    assert brief(await groups(amina))[0] == ("favourite", 2)
    only = await groups(amina, account_id=friends[0].id)
    assert brief(only) == [("favourite", 1), ("mention", 1), ("favourite", 1)]
    assert [one["acct"] for one in await amina.get(f"{PATH}/favourite-{posts[0]}/accounts")] == [
        "dora",
        "bruno",
    ]
