"""What a follow's bell rings for, words about pictures, and answers that are honest about what is not here."""

from typing import Any

import pytest

from tests.api.conftest import Caller, World
from tests.api.openapi import is_a, well_shaped
from tests.media.conftest import picture

pytestmark = pytest.mark.anyio

A, S = "/api/v1/accounts", "/api/v1/statuses"


async def told(caller: Caller) -> list[tuple[str, str]]:
    found = await caller.get("/api/v1/notifications", params={"types[]": ["status", "mention"]})
    for one in found:
        well_shaped(one)
        is_a(one, "Notification")
    return [(one["type"], one["status"]["id"]) for one in found]


async def test_the_bell_rings_for_what_is_new_and_for_nothing_else(both_worlds: World) -> None:
    amina, bruno, chloe = [await both_worlds.member(name) for name in ("amina", "bruno", "chloe")]
    for friend in (bruno, chloe):
        await both_worlds.befriend(amina, friend)
    answer = await bruno.post(f"{A}/{amina.id}/follow", json={"notify": True})
    assert answer["notifying"] is True
    chosen = await amina.say("for friends")
    public = await amina.say("for all", visibility="public")
    named = await amina.say("for all, and @bruno", visibility="public")
    theirs = await chloe.say("my own words", visibility="public")
    await amina.say("an answer", in_reply_to_id=theirs["id"], visibility="public")
    thread = await amina.say("more of it", in_reply_to_id=public["id"], visibility="public")
    await amina.post(f"{S}/{theirs['id']}/reblog")
    expected = [("status", thread), ("mention", named), ("status", public), ("status", chosen)]
    assert await told(bruno) == [(kind, one["id"]) for kind, one in expected]
    assert [kind for kind, _ in await told(chloe)] == ["mention"], "who did not ask hears of answers alone"
    assert (await bruno.post(f"{A}/{amina.id}/follow", json={"notify": False}))["notifying"] is False
    await amina.say("once more", visibility="public")
    assert len(await told(bruno)) == len(expected)


async def test_no_bell_rings_for_who_was_left_out(both_worlds: World) -> None:
    """R7: a post that somebody does not get rings for them neither."""
    amina, bruno = await both_worlds.member("amina"), await both_worlds.member("bruno")
    await both_worlds.befriend(amina, bruno)
    await bruno.post(f"{A}/{amina.id}/follow", json={"notify": True})
    said = await amina.say("for friends")
    await amina.post(
        f"/api/v1/fedi_aid/statuses/{said['id']}/wrong_person", json={"account_id": bruno.id, "always": True}
    )
    await amina.say("for other friends")
    assert await told(bruno) == []


# -- words about pictures


async def test_pictures_of_a_profile_have_words(world: World, amina: Caller) -> None:
    path = f"{A}/update_credentials"
    sent = {"avatar": ("a.png", picture("PNG"), "image/png")}
    made = await amina.call("PATCH", path, data={"avatar_description": " A loaf "}, files=sent)
    assert made.json()["avatar_description"] == "A loaf"
    changed = await amina.call("PATCH", path, json={"header_description": "The oven"})
    assert changed.json()["header_description"] == "The oven"
    for found in (await amina.get(f"{A}/{amina.id}"), await amina.get("/api/v1/profile")):
        assert (found["avatar_description"], found["header_description"]) == ("A loaf", "The oven")
    long = await amina.call("PATCH", path, json={"avatar_description": "x" * 1_501})
    assert long.status_code == 422
    assert "avatar_description" in long.json()["details"]
    # Another picture does not show what the words say; without a picture there is nothing to say.
    again = await amina.call("PATCH", path, files=sent)
    assert again.json()["avatar_description"] == ""
    await amina.call("PATCH", path, json={"avatar_description": "A loaf"})
    assert (await amina.call("DELETE", "/api/v1/profile/avatar")).json()["avatar_description"] == ""


async def uploaded(caller: Caller) -> Any:
    return await caller.post("/api/v2/media", files={"file": ("a.jpg", picture(), "image/jpeg")})


async def test_an_edit_changes_words_about_pictures(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    file, spare, theirs = await uploaded(amina), await uploaded(amina), await uploaded(bruno)
    made = await amina.say("Look", media_ids=[file["id"]])
    path = f"{S}/{made['id']}"
    edited = await amina.call(
        "PUT",
        path,
        json={
            "status": "Look",
            "media_ids": [file["id"], spare["id"]],
            "media_attributes": [
                {"id": file["id"], "description": "A ramp", "focus": "0.5,-1"},
                {"id": spare["id"], "description": "Stairs"},
            ],
        },
    )
    assert edited.status_code == 200, edited.text
    shown = (await bruno.get(path))["media_attachments"]
    assert [one["description"] for one in shown] == ["A ramp", "Stairs"]
    assert shown[0]["meta"]["focus"] == {"x": 0.5, "y": -1.0}
    form = {
        "status": "Look",
        "media_ids[]": file["id"],
        "media_attributes[][id]": file["id"],
        "media_attributes[][description]": "The ramp",
    }
    assert (await amina.call("PUT", path, data=form)).status_code == 200
    for wrong, field in (
        ({"id": theirs["id"], "description": "mine now"}, "media_attributes"),
        ({"id": "1", "description": "nothing"}, "media_attributes"),
        ({"description": "which?"}, "media_attributes"),
        ({"id": file["id"], "description": "x" * 1_501}, "description"),
        ({"id": file["id"], "focus": "2,0"}, "focus"),
    ):
        refused = await amina.call("PUT", path, json={"status": "Changed", "media_attributes": [wrong]})
        assert refused.status_code == 422, wrong
        assert field in refused.json()["details"]
    kept = await bruno.get(path)
    assert kept["content"] == "<p>Look</p>", "nothing of a refused edit stays"
    assert [one["description"] for one in kept["media_attachments"]] == ["The ramp"]
    assert (await bruno.get(f"/api/v1/media/{theirs['id']}"))["description"] is None


# -- what is not here


async def test_honest_answers(world: World, amina: Caller, bruno: Caller) -> None:
    """R7: for a hidden post they are those for a missing one."""
    made = await amina.say("Just me https://far.example/page")
    assert await amina.get(f"{S}/{made['id']}/card") == {}
    hidden, missing = (
        await bruno.call("GET", f"{S}/{made['id']}/card"),
        await bruno.call("GET", f"{S}/1/card"),
    )
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content
    for method, path in (
        ("POST", f"{S}/{made['id']}/translate"),
        ("POST", f"{S}/{made['id']}/quotes/1/revoke"),
        ("GET", "/api/v1_alpha/async_refreshes/1"),
        ("GET", f"{A}/{amina.id}/collections"),
    ):
        answer = await amina.call(method, path)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"}), path


async def test_kinds_of_notices_are_asked_for_and_left_out(
    world: World, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    made = await amina.say("hello")
    await bruno.post(f"{S}/{made['id']}/favourite")
    world.tick()
    await bruno.say("@amina hello", visibility="direct")

    async def kinds(version: int = 1, **query: Any) -> list[str]:
        found = await amina.get(f"/api/v{version}/notifications", params=query)
        return [one["type"] for one in (found if version == 1 else found["notification_groups"])]

    everything = await kinds()
    assert everything[:2] == ["mention", "favourite"]
    for version in (1, 2):
        assert await kinds(version, **{"types[]": ["favourite"]}) == ["favourite"]
        assert await kinds(version, **{"exclude_types[]": ["mention"]}) == everything[1:]
        both = {"types[]": ["favourite", "mention"], "exclude_types[]": "favourite"}
        assert await kinds(version, **both) == ["mention"]
        assert await kinds(version, **{"types[]": ["nothing"]}) == []
        assert await kinds(version, account_id=amina.id) == []


async def test_what_somebody_wrote_is_sifted(world: World, amina: Caller) -> None:
    file = await uploaded(amina)
    plain = await amina.say("bread #garden")
    shown = await amina.say("look", media_ids=[file["id"]])
    answer = await amina.say("more", in_reply_to_id=plain["id"])
    await amina.post(f"{S}/{plain['id']}/pin")

    async def ids(**query: Any) -> list[str]:
        return [one["id"] for one in await amina.get(f"{A}/{amina.id}/statuses", params=query)]

    everything = [answer["id"], shown["id"], plain["id"]]
    assert await ids() == await ids(exclude_reblogs="true") == everything
    assert await ids(exclude_replies="true") == everything, "one's own thread is no reply to somebody"
    assert await ids(only_media="true") == [shown["id"]]
    assert await ids(tagged="Garden") == [plain["id"]]
    assert await ids(pinned="true") == [plain["id"]]
    assert await ids(pinned="true", only_media="true") == []


async def test_the_same_key_is_one_post(world: World, amina: Caller) -> None:
    """Also of a post without media; another member's key is another key."""
    held = {"Idempotency-Key": "abc"}
    first, again = [await amina.post(S, json={"status": "once"}, headers=held) for _ in range(2)]
    assert first["id"] == again["id"]
    bruno = await world.member("bruno")
    assert (await bruno.post(S, json={"status": "once"}, headers=held))["id"] != first["id"]
