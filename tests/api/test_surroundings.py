"""What apps ask around the posts: announcements, the directory, the instance's own words, embedding, lists of
what there is none of."""

from typing import Any

import pytest

from fedi_aid.storage import announcements
from tests.api.conftest import Caller, World, checked
from tests.api.openapi import conforms, well_shaped

pytestmark = pytest.mark.anyio


async def test_announcements_are_read_and_gone(world: World, amina: Caller, bruno: Caller) -> None:
    path = "/api/v1/announcements"
    old = await world.db.write(announcements.publish, "<p>Closed on Monday</p>", ends_at=world.clock())
    new = await world.db.write(announcements.publish, "<p>Welcome</p>")
    world.tick()
    found = await amina.get(path)
    conforms(found, "GET", path)
    well_shaped(found)
    assert [(one["id"], one["content"], one["read"]) for one in found] == [
        (str(new), "<p>Welcome</p>", False)
    ]
    assert await amina.post(f"{path}/{new}/dismiss") == {}
    assert await amina.get(path) == []
    assert [one["read"] for one in await amina.get(path, params={"with_dismissed": "true"})] == [True]
    assert len(await bruno.get(path)) == 1
    for missing in (old, 1, "x"):
        await amina.post(f"{path}/{missing}/dismiss", 404)


async def test_the_directory_shows_who_wishes_to_be_found(world: World, amina: Caller, bruno: Caller) -> None:
    """S2: nobody else; and those whom a block keeps apart do not meet there."""
    chloe = await world.member("chloe")

    async def listed(caller: Caller | None = None, **query: Any) -> list[str]:
        path = "/api/v1/directory"
        body = (
            await caller.get(path, params=query)
            if caller
            else checked(await world.http.get(path, params=query))
        )
        conforms(body, "GET", path)
        return [one["acct"] for one in body]

    assert await listed() == []
    for one in (amina, bruno):
        await one.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": True})
    assert await listed() == await listed(chloe, order="active") == ["bruno", "amina"]
    assert await listed(limit=1, offset=1) == ["amina"]
    await chloe.post(f"/api/v1/accounts/{bruno.id}/block")
    assert await listed(chloe) == ["amina"]
    assert await listed(bruno) == ["bruno", "amina"]
    await amina.post(f"/api/v1/accounts/{bruno.id}/block")
    assert await listed(bruno) == ["bruno"]
    refused = checked(await world.http.get("/api/v1/directory", params={"limit": "many"}), 422)
    assert "limit" in refused["details"]


async def test_an_instance_tells_about_itself(make_world: Any) -> None:
    world = await make_world(instance_description="For <neighbours>")
    for name in ("extended_description", "privacy_policy", "activity", "peers"):
        path = f"/api/v1/instance/{name}"
        body = checked(await world.http.get(path))
        conforms(body, "GET", path)
        well_shaped(body)
    said = checked(await world.http.get("/api/v1/instance/extended_description"))["content"]
    assert said.startswith("<p>For &lt;neighbours&gt;</p>")
    english, french = [
        checked(
            await world.http.get("/api/v1/instance/privacy_policy", headers={"Accept-Language": language})
        )
        for language in ("en", "fr")
    ]
    assert english["content"] != french["content"]
    assert checked(await world.http.get("/api/v1/instance/languages"))[0] == {"code": "en", "name": "English"}
    assert checked(await world.http.get("/api/v1/instance/translation_languages")) == {}


async def test_activity_gives_nobody_away(world: World) -> None:
    """R7: who came is rounded up to tens and told from the next day on; nothing else is counted."""

    async def weeks() -> list[dict[str, str]]:
        found: list[dict[str, str]] = checked(await world.http.get("/api/v1/instance/activity"))
        return found

    assert len(await weeks()) == 12
    amina = await world.member("amina")
    await amina.say("hello")
    assert {one["registrations"] for one in await weeks()} == {"0"}
    world.tick(days=1)
    assert sorted(one["registrations"] for one in await weeks()) == sorted(["10", *["0"] * 11])
    assert {(one["statuses"], one["logins"]) for one in await weeks()} == {("0", "0")}


async def test_only_public_posts_are_embedded(open_world: World) -> None:
    """R7: what is not public is as if it were not, for its author too."""
    amina = await open_world.member("amina", display_name="<Amina>")
    public = await amina.say("Good <morning>", visibility="public")
    found = await amina.get("/api/oembed", params={"url": public["url"], "maxwidth": 300})
    conforms(found, "GET", "/api/oembed")
    assert (found["author_name"], found["width"]) == ("<Amina>", 300)
    assert "&lt;Amina&gt;" in found["html"]
    assert "Good &lt;morning&gt;" in found["html"]
    hidden = [
        await amina.say("for friends"),
        await amina.say("#bottle who?"),
        await amina.say("x", visibility="direct"),
    ]
    missing = (await amina.call("GET", "/api/oembed", params={"url": "http://aid.example/@amina/1"})).content
    for url in (
        *(f"http://aid.example/@amina/{one['id']}" for one in hidden),
        *("", "https://elsewhere.example/@amina/1", "http://aid.example/@amina", hidden[0]["uri"]),
    ):
        refused = await amina.call("GET", "/api/oembed", params={"url": url})
        assert (refused.status_code, refused.content) == (404, missing), url


async def test_what_there_is_none_of_is_an_empty_list(world: World, amina: Caller, bruno: Caller) -> None:
    """Trends are none here; suggestions and endorsements neither, until somebody shows their friends."""
    await world.befriend(amina, bruno)
    for path in (
        *("/api/v1/trends/tags", "/api/v1/trends/statuses", "/api/v1/trends/links", "/api/v1/endorsements"),
        *("/api/v1/suggestions", "/api/v2/suggestions", "/api/v1/instance/peers"),
    ):
        body = await amina.get(path)
        conforms(body, "GET", path)
        assert body == []
    assert await amina.get(f"/api/v1/accounts/{bruno.id}/endorsements") == []


async def test_quotes_of_a_post_are_none_and_need_the_post(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R16: nothing can be quoted; R7: a hidden post is as absent here as anywhere."""
    made = await amina.say("mine alone")
    path = f"/api/v1/statuses/{made['id']}/quotes"
    body = await amina.get(path)
    conforms(body, "GET", "/api/v1/statuses/{id}/quotes")
    assert body == []
    hidden = await bruno.call("GET", path)
    missing = await bruno.call("GET", "/api/v1/statuses/1/quotes")
    assert (hidden.status_code, hidden.content) == (404, missing.content)


async def test_many_at_once_leaves_out_what_one_may_not_see(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R7: a bulk request says no more than single ones."""
    await world.befriend(amina, bruno)
    chloe = await world.member("chloe")
    made = await amina.say("for friends")
    asked = {"id[]": [made["id"], "1", "x"]}
    assert [one["id"] for one in await bruno.get("/api/v1/statuses", params=asked)] == [made["id"]]
    assert await chloe.get("/api/v1/statuses", params=asked) == []
    people = await chloe.get("/api/v1/accounts", params={"id[]": [amina.id, "1", bruno.id]})
    conforms(people, "GET", "/api/v1/accounts")
    assert [one["acct"] for one in people] == ["amina", "bruno"]
    await chloe.get("/api/v1/statuses", 422, params={"id[]": ["1"] * 41})


async def test_a_note_is_for_ones_own_eyes(world: World, amina: Caller, bruno: Caller) -> None:
    noted = await amina.post(f"/api/v1/accounts/{bruno.id}/note", json={"comment": "The baker"})
    conforms(noted, "POST", "/api/v1/accounts/{id}/note")
    assert noted["note"] == "The baker"
    (seen,) = await bruno.get("/api/v1/accounts/relationships", params={"id[]": amina.id})
    assert seen["note"] == ""
    await amina.post(f"/api/v1/accounts/{bruno.id}/note", 422, json={"comment": "x" * 2_001})
    await amina.post("/api/v1/accounts/1/note", 404, json={"comment": "x"})
