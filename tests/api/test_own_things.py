"""One's profile and tokens, announcements, and the endpoints that are small."""

from datetime import timedelta

import pytest

from fedi_aid.actions import announcing
from fedi_aid.errors import Refused
from tests.api.conftest import Caller, World
from tests.api.openapi import conforms, is_a, well_shaped
from tests.media.conftest import picture

pytestmark = pytest.mark.anyio

ANNOUNCEMENTS = "/api/v1/announcements"


# -- the profile


async def test_the_profile_is_as_one_typed_it(world: World) -> None:
    amina = await world.member("amina")
    empty = await amina.get("/api/v1/profile")
    is_a(empty, "Profile")
    assert (empty["avatar"], empty["header"]) == (None, None)
    sent = {"avatar": ("a.jpg", picture(), "image/jpeg")}
    data = {
        "display_name": "Amina B.",
        "note": "Cook & *friend*",
        "fields_attributes[0][name]": "site",
        "fields_attributes[0][value]": "https://amina.example",
        "discoverable": "true",
        "avatar_description": "me",
    }
    changed = (await amina.call("PATCH", "/api/v1/profile", data=data, files=sent)).json()
    is_a(changed, "Profile")
    assert changed["note"] == "Cook & *friend*"
    assert changed["fields"] == [{"name": "site", "value": "https://amina.example", "verified_at": None}]
    assert changed["avatar"].startswith("http://aid.example/media/")
    assert changed["discoverable"] is True
    assert await amina.get("/api/v1/profile") == changed
    account = await amina.get("/api/v1/accounts/verify_credentials")
    assert account["display_name"] == "Amina B."
    refused = await amina.call("PATCH", "/api/v1/profile", json={"display_name": "x" * 101})
    assert refused.status_code == 422
    assert "display_name" in refused.json()["details"]


# -- tokens


async def test_a_member_sees_who_may_act_for_them_and_ends_it(both_worlds: World) -> None:
    world = both_worlds
    amina, bruno = await world.member("amina"), await world.member("bruno")
    other = Caller(world, amina.member, await world.token(amina, "read:statuses"))
    found = await amina.get("/api/v1/fedi_aid/tokens")
    well_shaped(found)
    assert [one["scopes"] for one in found] == [["read:statuses"], "read write follow push profile".split()]
    assert [one["current"] for one in found] == [False, True]
    assert amina.token not in str(found)
    await other.get("/api/v1/timelines/home")
    theirs = (await bruno.get("/api/v1/fedi_aid/tokens"))[0]["id"]
    missing = await amina.call("DELETE", "/api/v1/fedi_aid/tokens/12345")
    hidden = await amina.call("DELETE", f"/api/v1/fedi_aid/tokens/{theirs}")
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert (await amina.call("DELETE", f"/api/v1/fedi_aid/tokens/{found[0]['id']}")).json() == {}
    assert (await other.call("GET", "/api/v1/timelines/home")).status_code == 401
    assert (await amina.call("DELETE", f"/api/v1/fedi_aid/tokens/{found[0]['id']}")).status_code == 404
    assert (await amina.call("DELETE", f"/api/v1/fedi_aid/tokens/{found[1]['id']}")).status_code == 200
    assert (await amina.call("GET", "/api/v1/fedi_aid/tokens")).status_code == 401


# -- announcements


async def test_announcements_and_signs(both_worlds: World) -> None:
    world = both_worlds
    amina, bruno = await world.member("amina"), await world.member("bruno")
    until = world.clock() + timedelta(days=1)
    made = await world.db.write(
        announcing.announce, "We move on <b>Sunday</b>.\n\nhttps://aid.example", ends_at=until
    )
    (found,) = await amina.get(ANNOUNCEMENTS)
    is_a(found, "Announcement")
    well_shaped(found)
    assert "<b>" not in found["content"]
    assert "<a href=" in found["content"]
    path = f"{ANNOUNCEMENTS}/{made}/reactions"
    assert (await amina.call("PUT", f"{path}/👍")).json() == {}
    assert (await amina.call("PUT", f"{path}/👍")).json() == {}
    assert (await bruno.call("PUT", f"{path}/👍")).json() == {}
    world.tick()
    assert (await bruno.call("PUT", f"{path}/👩🏽‍🌾")).json() == {}
    (found,) = await amina.get(ANNOUNCEMENTS)
    is_a(found, "Announcement")
    assert found["reactions"] == [
        {"name": "👍", "count": 2, "me": True},
        {"name": "👩🏽‍🌾", "count": 1, "me": False},
    ]
    assert (await amina.call("DELETE", f"{path}/👍")).json() == {}
    assert (await amina.call("DELETE", f"{path}/👍")).status_code == 404
    assert (await amina.call("DELETE", f"{path}/👩🏽‍🌾")).status_code == 404  # Bruno's, not hers
    assert (await amina.call("PUT", f"{ANNOUNCEMENTS}/99/reactions/👍")).status_code == 404
    for bad in ("hello", "thumbs_up", "1", "a👍", "👍" * 20, "<b>", "%00"):
        assert (await amina.call("PUT", f"{path}/{bad}")).status_code in (404, 422), bad
    world.tick(days=2)
    assert await amina.get(ANNOUNCEMENTS) == []
    assert (await amina.call("PUT", f"{path}/👍")).status_code == 404


async def test_only_so_many_different_signs(world: World) -> None:
    amina = await world.member("amina")
    made = await world.db.write(announcing.announce, "Hello")
    path = f"{ANNOUNCEMENTS}/{made}/reactions"
    for sign in "👍🎉🌻🚲🍞🏡🌙⛵":
        assert (await amina.call("PUT", f"{path}/{sign}")).status_code == 200, sign
    assert (await amina.call("PUT", f"{path}/🎻")).status_code == 422
    assert (await amina.call("PUT", f"{path}/🎉")).status_code == 200


@pytest.mark.parametrize("sign", ["👍", "👍🏽", "👩🏽‍🌾", "🇫🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️", "1️⃣", "#️⃣", "⛵"])
def test_what_keyboards_call_an_emoji(sign: str) -> None:
    assert announcing.is_sign(sign)


@pytest.mark.parametrize("sign", ["", "a", "1", ":smile:", "👍a", "\u20e3", "x\u20e3", "🇫🇷" * 9, "\ufe0f"])
def test_what_is_none(sign: str) -> None:
    assert not announcing.is_sign(sign)


async def test_an_announcement_needs_words_and_time(world: World) -> None:
    with pytest.raises(Refused, match="words"):
        await world.db.write(announcing.announce, "  ")
    with pytest.raises(Refused, match="at most"):
        await world.db.write(announcing.announce, "x" * 5_001)
    with pytest.raises(Refused, match="over before"):
        await world.db.write(announcing.announce, "Hello", ends_at=world.clock())


# -- small ones


async def test_what_is_never_confirmed_and_never_quoted(world: World) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    assert (await amina.call("POST", "/api/v1/emails/confirmations", json={})).status_code == 403
    assert await amina.get("/api/v1/emails/check_confirmation") is True
    post = await amina.say("hello")
    path = f"/api/v1/statuses/{post['id']}/interaction_policy"
    same = (await amina.call("PUT", path, json={"quote_approval_policy": "nobody"})).json()
    conforms(same, "PUT", "/api/v1/statuses/{id}/interaction_policy")
    refused = await amina.call("PUT", path, json={"quote_approval_policy": "public"})
    assert refused.status_code == 422
    assert "quote_approval_policy" in refused.json()["details"]
    assert (await bruno.call("PUT", path, json={"quote_approval_policy": "nobody"})).status_code == 404


async def test_notifications_are_dismissed_in_the_old_ways_too(world: World) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    for _ in range(3):
        await bruno.say("@amina hello", visibility="direct")
    ids = [one["id"] for one in await amina.get("/api/v1/notifications", params={"types[]": "mention"})]
    assert len(ids) == 3
    assert (await bruno.call("DELETE", f"/api/v1/notifications/{ids[0]}")).status_code == 404
    assert (await amina.call("DELETE", f"/api/v1/notifications/{ids[0]}")).json() == {}
    answer = await amina.call(
        "DELETE", "/api/v1/notifications/destroy_multiple", params={"ids[]": [*ids, "1"]}
    )
    assert answer.json() == {}
    assert await amina.get("/api/v1/notifications", params={"types[]": "mention"}) == []


@pytest.mark.parametrize(
    "path", ["/api/v1/timelines/link?url=https://a.example", "/api/v1/trends/tags", "/api/v1/trends/links"]
)
async def test_what_there_is_none_of_is_an_empty_list(world: World, path: str) -> None:
    amina = await world.member("amina")
    assert await amina.get(path) == []


async def test_a_file_that_stands_nowhere_can_be_thrown_away(world: World) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    sent = {"file": ("a.jpg", picture(), "image/jpeg")}
    loose = (await amina.post("/api/v2/media", files=sent))["id"]
    used = (await amina.post("/api/v2/media", files=sent))["id"]
    await amina.say("look", media_ids=[used])
    assert (await bruno.call("DELETE", f"/api/v1/media/{loose}")).status_code == 404
    assert (await amina.call("DELETE", f"/api/v1/media/{used}")).status_code == 422
    assert (await amina.call("DELETE", f"/api/v1/media/{loose}")).json() == {}
    assert (await amina.call("GET", f"/api/v1/media/{loose}")).status_code == 404
    assert (await amina.call("GET", f"/api/v1/media/{used}")).status_code == 200
