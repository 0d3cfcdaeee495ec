"""People through the API: ties, requests, what an account shows, signing up."""

import pytest

from tests.api.conftest import Caller, Maker, World, checked

pytestmark = pytest.mark.anyio


async def stands(caller: Caller, other: Caller) -> dict[str, object]:
    found = await caller.get("/api/v1/accounts/relationships", params={"id[]": other.id})
    assert isinstance(found[0], dict)
    return found[0]


async def test_asking_and_accepting_makes_friends(world: World, amina: Caller, bruno: Caller) -> None:
    """R26: accepting is mutual."""
    asked = await amina.post(
        f"/api/v1/accounts/{bruno.id}/follow", json={"fedi_aid": {"word": "From the choir"}}
    )
    assert (asked["following"], asked["requested"]) == (False, True)
    waiting = await bruno.get("/api/v1/follow_requests")
    assert [one["acct"] for one in waiting] == ["amina"]
    assert [one["type"] for one in await bruno.get("/api/v1/notifications")] == ["follow_request"]
    accepted = await bruno.post(f"/api/v1/follow_requests/{amina.id}/authorize")
    assert (accepted["following"], accepted["followed_by"]) == (True, True)
    assert accepted["fedi_aid"]["friend"] is True
    assert (await amina.get(f"/api/v1/accounts/{bruno.id}"))["fedi_aid"]["friend"] is True
    assert await bruno.get("/api/v1/follow_requests") == []


async def test_a_refusal_is_final_and_silent(amina: Caller, bruno: Caller) -> None:
    """R26."""
    await amina.post(f"/api/v1/accounts/{bruno.id}/follow")
    refused = await bruno.post(f"/api/v1/follow_requests/{amina.id}/reject")
    assert refused["requested_by"] is False
    await amina.post(f"/api/v1/accounts/{bruno.id}/follow")
    assert await bruno.get("/api/v1/follow_requests") == []
    await bruno.post("/api/v1/follow_requests/1/authorize", 404)


async def test_a_block_ends_access_and_is_not_told(world: World, amina: Caller, bruno: Caller) -> None:
    """R6: the rows go at once, the blocked learn nothing."""
    await world.befriend(amina, bruno)
    made = await amina.say("for friends")
    await bruno.get(f"/api/v1/statuses/{made['id']}")
    blocked = await amina.post(f"/api/v1/accounts/{bruno.id}/block")
    assert (blocked["blocking"], blocked["following"]) == (True, False)
    await bruno.get(f"/api/v1/statuses/{made['id']}", 404)
    assert (await stands(bruno, amina))["blocked_by"] is False
    assert [one["acct"] for one in await amina.get("/api/v1/blocks")] == ["bruno"]
    assert await bruno.get("/api/v1/blocks") == []
    assert (await amina.post(f"/api/v1/accounts/{bruno.id}/unblock"))["blocking"] is False


async def test_a_mute_acts_on_what_comes_and_is_not_told(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    muted = await bruno.post(
        f"/api/v1/accounts/{amina.id}/mute", data={"duration": "3600", "notifications": "0"}
    )
    assert (muted["muting"], muted["muting_notifications"]) == (True, False)
    assert [one["acct"] for one in await bruno.get("/api/v1/mutes")] == ["amina"]
    assert (await stands(amina, bruno))["muting"] is False
    world.tick(hours=2)
    assert await bruno.get("/api/v1/mutes") == []
    assert (await bruno.post(f"/api/v1/accounts/{amina.id}/unmute"))["muting"] is False


async def test_numbers_are_shown_to_nobody_unless_one_wants_it(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """S1, R7: no vanity counts; last_status_at is one's own."""
    chloe = await world.member("chloe")
    await world.befriend(amina, bruno)
    await amina.say("for friends")
    own = await amina.get("/api/v1/accounts/verify_credentials")
    assert (own["followers_count"], own["following_count"], own["statuses_count"]) == (1, 1, 1)
    assert own["last_status_at"] == "2026-03-14"
    for other in (bruno, chloe):
        seen = await other.get(f"/api/v1/accounts/{amina.id}")
        assert (seen["followers_count"], seen["following_count"], seen["statuses_count"]) == (0, 0, 0)
        assert seen["last_status_at"] is None
    changed = await amina.call(
        "PATCH", "/api/v1/accounts/update_credentials", json={"fedi_aid": {"show_counts": True}}
    )
    assert checked(changed)["fedi_aid"]["show_counts"] is True
    seen = await chloe.get(f"/api/v1/accounts/{amina.id}")
    assert (seen["followers_count"], seen["statuses_count"]) == (1, 0)  # R7: no post that she could see
    assert (await bruno.get(f"/api/v1/accounts/{amina.id}"))["statuses_count"] == 1


async def test_who_knows_whom_is_told_to_nobody_else(world: World, amina: Caller, bruno: Caller) -> None:
    """R7: no server and no member learns another's graph."""
    await world.befriend(amina, bruno)
    chloe = await world.member("chloe")
    for tie in ("followers", "following"):
        assert [one["acct"] for one in await amina.get(f"/api/v1/accounts/{amina.id}/{tie}")] == ["bruno"]
        for other in (bruno, chloe):
            assert await other.get(f"/api/v1/accounts/{amina.id}/{tie}") == []
        assert checked(await world.http.get(f"/api/v1/accounts/{amina.id}/{tie}")) == []
    familiar = await chloe.get("/api/v1/accounts/familiar_followers", params={"id[]": amina.id})
    assert familiar == [{"id": amina.id, "accounts": []}]


async def test_nobody_is_come_upon_who_did_not_wish_it(world: World, amina: Caller, bruno: Caller) -> None:
    """S2: a handle finds, the beginning of a name only finds whom one knows, who wishes it, or the butler."""
    chloe = await world.member("chloe")

    async def found(caller: Caller, words: str) -> list[str]:
        return [one["acct"] for one in await caller.get("/api/v1/accounts/search", params={"q": words})]

    assert await found(chloe, "ami") == []
    assert await found(chloe, "@amina") == ["amina"]
    assert await found(chloe, "amina@aid.example") == ["amina"]
    assert await found(chloe, "but") == ["butler"]
    assert await found(chloe, "instance") == []
    await world.befriend(amina, bruno)
    assert await found(bruno, "ami") == ["amina"]
    await amina.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": True})
    assert await found(chloe, "ami") == ["amina"]


async def test_lists_are_ones_own(world: World, amina: Caller, bruno: Caller) -> None:
    """R10."""
    await world.befriend(amina, bruno)
    made = await amina.post("/api/v1/lists", json={"title": " Choir "})
    assert made == {"id": made["id"], "title": "Choir", "replies_policy": "list", "exclusive": False}
    path = f"/api/v1/lists/{made['id']}"
    await amina.post(f"{path}/accounts", data={"account_ids[]": bruno.id})
    assert [one["acct"] for one in await amina.get(f"{path}/accounts", params={"limit": 0})] == ["bruno"]
    assert [one["id"] for one in await amina.get(f"/api/v1/accounts/{bruno.id}/lists")] == [made["id"]]
    written = await bruno.say("hello, choir")
    shown = await amina.get(f"/api/v1/timelines/list/{made['id']}")
    assert [one["id"] for one in shown] == [written["id"]]
    stranger = await world.member("chloe")
    await amina.post(f"{path}/accounts", 404, json={"account_ids": [stranger.id]})
    for method, where in (("GET", path), ("DELETE", path), ("PUT", path), ("GET", f"{path}/accounts")):
        assert (await bruno.call(method, where)).status_code == 404
    renamed = checked(await amina.call("PUT", path, data={"title": "Band", "exclusive": "true"}))
    assert (renamed["title"], renamed["exclusive"]) == ("Band", True)
    checked(await amina.call("DELETE", f"{path}/accounts", json={"account_ids": [bruno.id]}))
    assert await amina.get(f"{path}/accounts") == []
    assert checked(await amina.call("DELETE", path)) == {}
    await amina.get(path, 404)
    assert (await amina.post("/api/v1/lists", 422, json={"title": "  "}))["details"]["title"]


async def test_marks_and_notes_are_kept(amina: Caller, bruno: Caller) -> None:
    saved = await amina.post(
        "/api/v1/markers", data={"home[last_read_id]": "12", "notifications[last_read_id]": "7"}
    )
    assert saved["home"]["last_read_id"] == "12"
    again = await amina.post("/api/v1/markers", json={"home": {"last_read_id": "15"}})
    assert (list(again), again["home"]["version"]) == (["home"], 2)
    both = await amina.get(
        "/api/v1/markers", params=[("timeline[]", "home"), ("timeline[]", "notifications")]
    )
    assert set(both) == {"home", "notifications"}
    assert await bruno.get("/api/v1/markers", params={"timeline[]": "home"}) == {}
    await amina.post("/api/v1/markers", 422, json={"home": {"last_read_id": "x"}})
    noted = await amina.post(f"/api/v1/accounts/{bruno.id}/note", json={"comment": "sings bass"})
    assert noted["note"] == "sings bass"
    assert (await stands(bruno, amina))["note"] == ""


async def test_notifications_are_dismissed_one_by_one_or_all(
    world: World, amina: Caller, bruno: Caller
) -> None:
    made = await world.member("chloe")
    for caller in (bruno, made):
        await caller.post(f"/api/v1/accounts/{amina.id}/follow")
        world.tick()
    first, second = await amina.get("/api/v1/notifications")
    assert (await amina.get("/api/v1/notifications/unread_count"))["count"] == 2
    await amina.post("/api/v1/markers", json={"notifications": {"last_read_id": second["id"]}})
    assert (await amina.get("/api/v2/notifications/unread_count"))["count"] == 1
    grouped = await amina.get(f"/api/v2/notifications/{first['group_key']}")
    assert grouped["notification_groups"][0]["sample_account_ids"] == [made.id]
    assert len(await amina.get(f"/api/v2/notifications/{first['group_key']}/accounts")) == 1
    await bruno.get(f"/api/v1/notifications/{first['id']}", 404)
    await bruno.post(f"/api/v1/notifications/{first['id']}/dismiss", 404)
    await amina.post(f"/api/v1/notifications/{first['id']}/dismiss")
    assert [one["id"] for one in await amina.get("/api/v1/notifications")] == [second["id"]]
    await amina.post("/api/v1/notifications/clear")
    assert await amina.get("/api/v1/notifications") == []


async def test_pages_link_to_each_other_and_end(world: World, amina: Caller, bruno: Caller) -> None:
    """S1: a short page has no next; links are absolute, on our origin, and keep what was asked."""
    ids = [(await amina.say(f"thought {number}"))["id"] for number in range(5)]
    path: str | None = "/api/v1/timelines/home?limit=2&foo=bar"
    seen: list[str] = []
    while path:
        response = await amina.call("GET", path)
        seen += [one["id"] for one in checked(response)]
        following = response.links.get("next", {}).get("url")
        if following:
            assert following.startswith("http://aid.example/api/v1/timelines/home?foo=bar&limit=2&max_id=")
        path = following
    assert seen == list(reversed(ids))
    newer = await amina.call("GET", f"/api/v1/timelines/home?min_id={ids[1]}&limit=2")
    assert [one["id"] for one in checked(newer)] == [ids[3], ids[2]]
    since = await amina.get(f"/api/v1/timelines/home?since_id={ids[1]}&limit=2")
    assert [one["id"] for one in since] == [ids[4], ids[3]]
    empty = await bruno.call("GET", "/api/v1/timelines/home")
    assert "link" not in empty.headers
    liked = [(await amina.post(f"/api/v1/statuses/{one}/favourite"))["id"] for one in ids]
    assert liked == ids
    first = await amina.call("GET", "/api/v1/favourites?limit=2")
    rest = await amina.call("GET", first.links["next"]["url"])
    assert [one["id"] for one in checked(first) + checked(rest)] == [ids[4], ids[3], ids[2], ids[1]]


# -- signing up through an app


SIGN_UP = {"username": "dina", "email": "dina@people.example", "password": "correct horse", "agreement": True}


async def app_token(world: World, scopes: str = "read write follow push") -> str:
    form = {"client_name": "A client", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": scopes}
    app = checked(await world.http.post("/api/v1/apps", data=form))
    grant = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "scope": scopes,
    }
    return str(checked(await world.http.post("/oauth/token", json=grant))["access_token"])


async def sign_up(world: World, token: str, **changes: object) -> tuple[int, dict[str, object]]:
    response = await world.http.post(
        "/api/v1/accounts", json=SIGN_UP | changes, headers={"Authorization": f"Bearer {token}"}
    )
    return response.status_code, response.json()


async def test_an_app_signs_somebody_up(world: World) -> None:
    status, made = await sign_up(world, await app_token(world))
    assert (status, made["token_type"]) == (200, "Bearer")
    headers = {"Authorization": f"Bearer {made['access_token']}"}
    me = checked(await world.http.get("/api/v1/accounts/verify_credentials", headers=headers))
    assert me["acct"] == "dina"


async def test_what_is_wrong_with_a_sign_up_is_told_by_field(world: World, amina: Caller) -> None:
    token = await app_token(world)
    for changes, field, code in (
        ({"username": ""}, "username", "ERR_BLANK"),
        ({"agreement": False}, "agreement", "ERR_ACCEPTED"),
        ({"username": "amina"}, "username", "ERR_TAKEN"),
        ({"username": "not a name"}, "username", "ERR_INVALID"),
        ({"email": "nowhere"}, "email", "ERR_INVALID"),
    ):
        world.tick(hours=1)
        status, refused = await sign_up(world, token, **changes)
        assert status == 422
        assert refused["details"][field][0]["error"] == code  # type: ignore[index]


async def test_a_waiting_members_token_does_nothing_yet(make_world: Maker) -> None:
    world = await make_world(registration="approval")
    status, made = await sign_up(world, await app_token(world), reason="I heard of you at the market")
    assert status == 200
    headers = {"Authorization": f"Bearer {made['access_token']}"}
    answer = await world.http.get("/api/v1/timelines/home", headers=headers)
    assert answer.status_code == 403
    assert answer.json() == {"error": "Your login is currently pending approval"}


async def test_an_apps_own_token_is_nobody(world: World) -> None:
    token = await app_token(world)
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/api/v1/timelines/home", "/api/v1/accounts/verify_credentials"):
        answer = await world.http.get(path, headers=headers)
        assert answer.status_code == 422
        assert answer.json() == {"error": "This method requires an authenticated user"}
    assert (await world.http.get("/api/v1/timelines/public", headers=headers)).status_code == 200


async def test_a_picture_of_oneself_is_refused_rather_than_lost(amina: Caller) -> None:
    answer = await amina.call(
        "PATCH", "/api/v1/accounts/update_credentials", files={"avatar": ("me.png", b"\x89PNG", "image/png")}
    )
    assert answer.status_code == 422
