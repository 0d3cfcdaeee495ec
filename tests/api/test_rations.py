"""PRODUCT S1: timelines end with the day's ration, in pages like any other; and more is to be had for asking."""

import re
from typing import Any

import pytest

from fedi_aid.butler import handlers as butler
from fedi_aid.storage import people as people_rows
from fedi_aid.work.runner import Runner
from tests.api.conftest import Caller, World

pytestmark = pytest.mark.anyio

HOME = "/api/v1/timelines/home"
RATION = "/api/v1/fedi_aid/ration"


async def nothing(_job: Any) -> None:
    return None


async def all_pages(caller: Caller, path: str = HOME, limit: int = 4) -> list[list[str]]:
    """Follow `next` to the end, as clients do."""
    pages = []
    address: str | None = f"{path}?limit={limit}"
    while address is not None:
        answer = await caller.call("GET", address)
        assert answer.status_code == 200
        pages.append([one["id"] for one in answer.json()])
        found = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        address = found[1] if found else None
        assert len(pages) < 50
    return pages


async def somebody(world: World, ration: int, posts: int) -> tuple[Caller, list[str]]:
    amina = await world.member("amina")
    await world.db.write(people_rows.change_member, amina.member.id, daily_ration=ration)
    written = [(await amina.say(f"post {number}"))["id"] for number in range(posts)]
    return amina, written[::-1]


@pytest.mark.parametrize("limit", [1, 3, 4, 6, 12, 40])
async def test_home_ends_with_the_ration_whatever_the_page(world: World, limit: int) -> None:
    amina, written = await somebody(world, 12, 15)
    pages = await all_pages(amina, limit=limit)
    assert [one for page in pages for one in page] == written[:12]
    assert all(pages)  # no client is sent to an empty page to learn that this was all
    assert all(len(page) == limit for page in pages[:-1])


async def test_a_client_that_pages_by_itself_comes_to_the_same_end(world: World) -> None:
    amina, written = await somebody(world, 6, 9)
    assert await amina.get(HOME, params={"max_id": written[5]}) == []
    assert [one["id"] for one in await amina.get(HOME, params={"max_id": written[3]})] == written[4:6]
    upwards = await amina.get(HOME, params={"min_id": "1", "limit": 2})
    assert [one["id"] for one in upwards] == written[4:6]
    newer = await amina.get(HOME, params={"since_id": written[8]})
    assert [one["id"] for one in newer] == written[:6]


async def test_few_posts_are_all_there_is(world: World) -> None:
    amina, written = await somebody(world, 10, 3)
    assert await all_pages(amina, limit=3) == [written]
    assert await all_pages(amina, limit=2) == [written[:2], written[2:]]


async def test_what_comes_is_always_there(world: World) -> None:
    """A ration is a depth, not a count of what was read: news is never kept back."""
    amina, written = await somebody(world, 5, 5)
    assert await all_pages(amina) == [written[:4], written[4:]]
    newest = (await amina.say("one more"))["id"]
    assert [one for page in await all_pages(amina) for one in page] == [newest, *written[:4]]


async def test_whoever_asks_gets_as_much_again_until_tomorrow(both_worlds: World) -> None:
    world = both_worlds
    amina, written = await somebody(world, 5, 14)
    assert await amina.get(RATION) == {"ration": 5, "helpings": 0, "depth": 5}
    assert await amina.post(RATION) == {"ration": 5, "helpings": 1, "depth": 10}
    assert [one for page in await all_pages(amina) for one in page] == written[:10]
    await amina.post(RATION)
    assert [one for page in await all_pages(amina) for one in page] == written
    world.tick(days=1)
    assert (await amina.get(RATION))["depth"] == 5
    assert [one for page in await all_pages(amina) for one in page] == written[:5]
    for _ in range(60):
        found = await amina.post(RATION)
    assert found["helpings"] == 50


async def test_the_day_is_the_members_own(world: World) -> None:
    """09:00 in Greenwich: in Auckland the day is over in two hours."""
    amina, _ = await somebody(world, 5, 1)
    await amina.call("PATCH", "/api/v1/fedi_aid/butler", json={"time_zone": "Pacific/Auckland"})
    await amina.post(RATION)
    world.tick(hours=1)
    assert (await amina.get(RATION))["helpings"] == 1
    world.tick(hours=2)
    assert (await amina.get(RATION))["helpings"] == 0


@pytest.mark.parametrize("word", ["more", "Encore plus, s'il te plaît"])
async def test_a_stock_client_asks_the_butler(world: World, word: str) -> None:
    amina, _ = await somebody(world, 5, 8)
    await amina.say(f"@butler {word}", visibility="direct")
    handlers = {**butler.handlers(), "fan_out": nothing}
    await Runner(world.db, handlers, concurrency={"butler": 1, "deliver": 1}, worker_id="t").run_until_idle()
    assert (await amina.get(RATION))["helpings"] == 1
    letter, *_ = await amina.get("/api/v1/notifications", params={"types[]": "mention"})  # the newest
    assert "10" in letter["status"]["content"]


async def test_the_size_is_ones_own_to_choose(world: World) -> None:
    amina = await world.member("amina")
    changed = await amina.call("PATCH", "/api/v1/fedi_aid/butler", json={"daily_ration": 7})
    assert changed.json()["daily_ration"] == 7
    assert (await amina.get(RATION))["ration"] == 7
    for bad in (0, 4, 501, "many", [1, {}]):
        answer = await amina.call("PATCH", "/api/v1/fedi_aid/butler", json={"daily_ration": bad})
        assert answer.status_code == 422
        assert "daily_ration" in answer.json()["details"]


async def test_open_timelines_and_lists_end_too(open_world: World) -> None:
    world = open_world
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    await world.db.write(people_rows.change_member, amina.member.id, daily_ration=5)
    written = [(await bruno.say(f"{n} #garden", visibility="public"))["id"] for n in range(8)][::-1]
    made = await amina.post("/api/v1/lists", json={"title": "Bruno"})
    await amina.post(f"/api/v1/lists/{made['id']}/accounts", json={"account_ids": [bruno.id]})
    for path in (
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/garden",
        f"/api/v1/timelines/list/{made['id']}",
    ):
        assert [one for page in await all_pages(amina, path, 2) for one in page] == written[:5], path
    # A visitor's ration is the instance's.
    assert len((await world.http.get("/api/v1/timelines/public")).json()) == 8
