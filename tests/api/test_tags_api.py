"""Hashtags: followed, featured, combined; public posts and nothing else (P19)."""

import pytest

from tests.api.conftest import Caller, World, checked
from tests.api.openapi import conforms, is_a, well_shaped

pytestmark = pytest.mark.anyio

TAGS, FEATURED = "/api/v1/tags", "/api/v1/featured_tags"


async def home(caller: Caller) -> list[str]:
    return [one["id"] for one in await caller.get("/api/v1/timelines/home")]


async def two(world: World) -> tuple[Caller, Caller]:
    return await world.member("amina"), await world.member("bruno")


async def test_looking_following_and_back(open_world: World) -> None:
    amina, _ = await two(open_world)
    seen = await amina.get(f"{TAGS}/Garden")
    conforms(seen, "GET", TAGS + "/{name}")
    assert (seen["name"], seen["following"], seen["history"]) == ("garden", False, [])  # R7
    followed = await amina.post(f"{TAGS}/Garden/follow")
    conforms(followed, "POST", TAGS + "/{name}/follow")
    assert followed["following"] is True
    assert (await amina.get(f"{TAGS}/garden"))["following"] is True
    anonymous = checked(await open_world.http.get(f"{TAGS}/garden"))
    assert anonymous["following"] is False
    (found,) = (await amina.get("/api/v2/search", params={"q": "#garden"}))["hashtags"]
    assert found["following"] is True
    old = await amina.get("/api/v1/search", params={"q": "garden"})
    assert old["hashtags"] == ["garden"]
    assert (await amina.post(f"{TAGS}/garden/unfollow"))["following"] is False
    assert await amina.get("/api/v1/followed_tags") == []
    for odd in ("a%20b", "%23", "12", "x!y"):
        await amina.post(f"{TAGS}/{odd}/follow", 404)


async def test_followed_tags_have_a_cursor_of_their_own(open_world: World) -> None:
    amina, bruno = await two(open_world)
    for name in ("bread", "garden", "music"):
        await amina.post(f"{TAGS}/{name}/follow")
        open_world.tick()
    page = await amina.call("GET", "/api/v1/followed_tags", params={"limit": 2})
    conforms(checked(page), "GET", "/api/v1/followed_tags")
    assert [one["name"] for one in checked(page)] == ["music", "garden"]
    rest = await amina.get(page.links["next"]["url"].removeprefix("http://aid.example"))
    assert [one["name"] for one in rest] == ["bread"]
    assert await bruno.get("/api/v1/followed_tags") == []


async def test_only_public_posts_of_a_followed_tag_come_home(open_world: World) -> None:
    """P19: what the engine chose, an unlisted and a direct post stay where they are."""
    amina, bruno = await two(open_world)
    chloe = await open_world.member("chloe")
    await open_world.befriend(bruno, chloe)
    await amina.post(f"{TAGS}/garden/follow")
    public = await bruno.say("my #Garden", visibility="public")
    chosen = await bruno.say("my #garden for friends")
    named = await bruno.say("@chloe my #garden", visibility="direct")
    bottle = await bruno.say("my #garden", visibility="unlisted")
    assert await home(amina) == [public["id"]]
    for hidden in (chosen, named, bottle):
        await amina.get(f"/api/v1/statuses/{hidden['id']}", 404)
    assert await home(await open_world.member("dario")) == []
    await amina.post(f"/api/v1/accounts/{bruno.id}/mute")
    assert await home(amina) == []
    await amina.post(f"/api/v1/accounts/{bruno.id}/unmute")
    await amina.post(f"/api/v1/accounts/{bruno.id}/block")
    await bruno.say("#garden again", visibility="public")
    assert await home(amina) == []


async def test_unfollowing_takes_out_what_only_the_tag_had_brought(open_world: World) -> None:
    amina, bruno = await two(open_world)
    chloe = await open_world.member("chloe")
    await open_world.befriend(amina, chloe)
    for name in ("garden", "bread"):
        await amina.post(f"{TAGS}/{name}/follow")
    own = await amina.say("#garden", visibility="public")
    only = await bruno.say("#garden", visibility="public")
    both = await bruno.say("#garden #bread", visibility="public")
    friend = await chloe.say("#garden", visibility="public")
    assert set(await home(amina)) == {own["id"], only["id"], both["id"], friend["id"]}
    await amina.post(f"{TAGS}/garden/unfollow")
    assert set(await home(amina)) == {own["id"], both["id"], friend["id"]}


async def test_a_timeline_of_several_tags(open_world: World) -> None:
    amina, _ = await two(open_world)
    posts = {
        words: (await amina.say(words, visibility="public"))["id"]
        for words in ("#bread", "#garden", "#bread #garden", "#bread #garden #sold", "#music")
    }

    async def shown(**query: object) -> list[str]:
        found = await amina.get("/api/v1/timelines/tag/bread", params=query)
        return [words for words, post_id in posts.items() if post_id in [one["id"] for one in found]]

    assert await shown() == ["#bread", "#bread #garden", "#bread #garden #sold"]
    assert await shown(**{"any[]": ["music", "#garden"]}) == list(posts)
    assert await shown(**{"all[]": "Garden"}) == ["#bread #garden", "#bread #garden #sold"]
    assert await shown(**{"all[]": "garden", "none[]": "sold"}) == ["#bread #garden"]
    assert await shown(only_media="true") == []
    assert await shown(remote="true") == []


async def test_featured_tags_are_shown_without_numbers(open_world: World) -> None:
    """R7: how often and when a tag was used is told to nobody."""
    amina, bruno = await two(open_world)
    await amina.say("#garden #bread", visibility="public")
    await amina.say("#garden", visibility="public")
    suggested = await amina.get(f"{FEATURED}/suggestions")
    conforms(suggested, "GET", FEATURED + "/suggestions")
    assert [one["name"] for one in suggested] == ["garden", "bread"]
    made = await amina.post(FEATURED, data={"name": "#Garden"})
    conforms(made, "POST", FEATURED)
    well_shaped(made)
    assert (made["name"], made["statuses_count"], made["last_status_at"]) == ("garden", "0", None)
    assert [one["name"] for one in await amina.get(f"{FEATURED}/suggestions")] == ["bread"]
    shown = await bruno.get(f"/api/v1/accounts/{amina.id}/featured_tags")
    conforms(shown, "GET", "/api/v1/accounts/{id}/featured_tags")
    assert shown == await amina.get(FEATURED) == [made]
    assert checked(await bruno.call("DELETE", f"{FEATURED}/{made['id']}"), 404)
    assert checked(await amina.call("DELETE", f"{FEATURED}/{made['id']}")) == {}
    assert await bruno.get(f"/api/v1/accounts/{amina.id}/featured_tags") == []
    tag = await amina.post(f"{TAGS}/bread/feature")
    is_a(tag, "Tag")
    assert tag["featuring"] is True
    assert (await amina.post(f"{TAGS}/bread/unfeature"))["featuring"] is False
    await bruno.get("/api/v1/accounts/1/featured_tags", 404)


async def test_limits_and_blanks_are_refused(open_world: World) -> None:
    amina, _ = await two(open_world)
    blank = await amina.post(FEATURED, 422, data={"name": " "})
    assert "name" in blank["details"]
    for number in range(10):
        await amina.post(FEATURED, data={"name": f"tag{number}x"})
    await amina.post(FEATURED, 422, data={"name": "onemore"})
    await amina.post(FEATURED, data={"name": "tag1x"})  # it is there already
    assert len(await amina.get(FEATURED)) == 10
