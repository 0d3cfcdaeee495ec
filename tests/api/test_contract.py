"""Every T0 endpoint that is the API's answers what Mastodon's clients require, to members and to visitors."""

import base64
from typing import Any

import pytest

from fedi_aid.client_api.routes import ROUTES
from tests.api.conftest import Caller, World, checked
from tests.api.openapi import conforms, is_a, well_shaped

pytestmark = pytest.mark.anyio

# The 48 rows of tier T0; the pages of OAuth are the web's, discovery is ActivityPub's.
T0 = """
GET /api/v1/accounts/{id} | POST /api/v1/accounts/{id}/follow | GET /api/v1/accounts/{id}/statuses
POST /api/v1/accounts/{id}/unfollow | GET /api/v1/accounts/relationships
GET /api/v1/accounts/verify_credentials | POST /api/v1/apps | GET /api/v1/instance | GET /api/v1/lists
GET /api/v1/notifications | POST /oauth/token | GET /api/v2/search | POST /api/v1/statuses
DELETE /api/v1/statuses/{id} | GET /api/v1/statuses/{id} | GET /api/v1/statuses/{id}/context
POST /api/v1/statuses/{id}/favourite | POST /api/v1/statuses/{id}/reblog
POST /api/v1/statuses/{id}/unfavourite | POST /api/v1/statuses/{id}/unreblog | GET /api/v1/timelines/home
GET /api/v1/timelines/public | GET /api/v1/custom_emojis | GET /api/v1/media/{id} | GET /api/v1/followed_tags
GET /api/v2/instance | PUT /api/v1/media/{id} | POST /api/v2/media | GET /api/v1/notifications/{id}
POST /oauth/revoke | GET /api/v1/accounts/lookup | GET /api/v1/accounts/search | GET /api/v1/markers
POST /api/v1/markers | GET /api/v1/announcements | GET /api/v1/filters | GET /api/v2/filters
GET /api/v1/preferences | GET /api/v1/streaming | POST /api/v1/media
GET /.well-known/oauth-authorization-server
"""
ROWS = [row.strip() for line in T0.strip().splitlines() for row in line.split("|")]


def test_every_t0_row_that_is_ours_has_a_route() -> None:
    known = {f"{method} {route.path}" for route in ROUTES for method in route.methods.split()}
    assert set(ROWS) <= known
    assert len(ROWS) == 41


class Scene:
    """A little community in which every endpoint has something to show."""

    def __init__(self, world: World, amina: Caller, bruno: Caller) -> None:
        self.world, self.amina, self.bruno = world, amina, bruno
        self.ids: dict[str, str] = {}


@pytest.fixture
async def scene(open_world: World) -> Scene:
    amina = await open_world.member("amina", display_name="Amina")
    bruno = await open_world.member("bruno", display_name="Bruno")
    chloe = await open_world.member("chloe")
    await open_world.befriend(amina, bruno)
    await chloe.post(f"/api/v1/accounts/{amina.id}/follow", data={"fedi_aid[word]": "We met at the market"})
    found = Scene(open_world, amina, bruno)
    request = await amina.say("Who knows a carpenter? #help #bottle")
    public = await amina.say("Good morning, world #garden", visibility="public", spoiler_text="hello")
    answer = await bruno.say("@amina I do", in_reply_to_id=request["id"])
    await bruno.post(f"/api/v1/statuses/{public['id']}/favourite")
    await bruno.post(f"/api/v1/statuses/{public['id']}/reblog")
    await bruno.post(f"/api/v1/statuses/{public['id']}/bookmark")
    sphere = await amina.post("/api/v1/lists", data={"title": "Choir"})
    await amina.post(f"/api/v1/lists/{sphere['id']}/accounts", json={"account_ids": [bruno.id]})
    await amina.post("/api/v1/markers", data={"home[last_read_id]": request["id"]})
    found.ids = {
        "request": request["id"],
        "public": public["id"],
        "answer": answer["id"],
        "list": sphere["id"],
        "amina": amina.id,
        "bruno": bruno.id,
    }
    notices = await amina.get("/api/v1/notifications")
    found.ids["notice"] = notices[0]["id"]
    return found


READS = [
    # path as described · path to call · None or query
    ("/api/v1/accounts/verify_credentials", "", {}),
    ("/api/v1/accounts/{id}", "bruno", {}),
    ("/api/v1/accounts/{id}/statuses", "amina", {}),
    ("/api/v1/accounts/{id}/followers", "amina", {}),
    ("/api/v1/accounts/{id}/following", "amina", {}),
    ("/api/v1/accounts/{id}/lists", "bruno", {}),
    ("/api/v1/accounts/relationships", "", {"id[]": "bruno"}),
    ("/api/v1/accounts/lookup", "", {"acct": "bruno"}),
    ("/api/v1/accounts/search", "", {"q": "bru"}),
    ("/api/v1/apps/verify_credentials", "", {}),
    ("/api/v1/instance", "", {}),
    ("/api/v2/instance", "", {}),
    ("/api/v1/instance/rules", "", {}),
    ("/api/v1/lists", "", {}),
    ("/api/v1/lists/{id}", "list", {}),
    ("/api/v1/lists/{id}/accounts", "list", {}),
    ("/api/v1/notifications", "", {}),
    ("/api/v1/notifications/{id}", "notice", {}),
    ("/api/v2/notifications", "", {}),
    ("/api/v2/search", "", {"q": "bruno", "resolve": "true"}),
    ("/api/v1/statuses/{id}", "request", {}),
    ("/api/v1/statuses/{id}", "public", {}),
    ("/api/v1/statuses/{id}/context", "request", {}),
    ("/api/v1/statuses/{id}/source", "request", {}),
    ("/api/v1/statuses/{id}/history", "request", {}),
    ("/api/v1/statuses/{id}/favourited_by", "public", {}),
    ("/api/v1/statuses/{id}/reblogged_by", "public", {}),
    ("/api/v1/timelines/home", "", {}),
    ("/api/v1/timelines/public", "", {}),
    ("/api/v1/timelines/tag/{hashtag}", "garden", {}),
    ("/api/v1/timelines/list/{list_id}", "list", {}),
    ("/api/v1/custom_emojis", "", {}),
    ("/api/v1/followed_tags", "", {}),
    ("/api/v1/markers", "", {"timeline[]": "home"}),
    ("/api/v1/announcements", "", {}),
    ("/api/v1/filters", "", {}),
    ("/api/v2/filters", "", {}),
    ("/api/v1/preferences", "", {}),
    ("/api/v1/conversations", "", {}),
    ("/api/v1/follow_requests", "", {}),
    ("/api/v1/blocks", "", {}),
    ("/api/v1/mutes", "", {}),
    ("/api/v1/favourites", "", {}),
    ("/api/v1/bookmarks", "", {}),
    ("/api/v1/trends/tags", "", {}),
    ("/api/v1/suggestions", "", {}),
    ("/.well-known/oauth-authorization-server", "", {}),
]
DESCRIBED_WRONG = {"/api/v1/filters"}  # said to be one filter; every server and client has a list
NOT_DESCRIBED = {"/api/v1/preferences": "Preferences"}  # no answer is described there, but the entity is
EMPTY = {
    *("custom_emojis", "followed_tags", "announcements", "filters", "tags", "suggestions"),
    *("blocks", "mutes"),
}


async def test_every_answer_is_what_the_description_says(scene: Scene) -> None:
    for described, key, query in READS:
        for caller in (scene.amina, scene.bruno):
            own = (
                described in ("/api/v1/statuses/{id}/source",) or "lists" in described or "list/" in described
            )
            if caller is scene.bruno and (own or key == "notice"):
                continue
            path = described
            for hole in ("{id}", "{hashtag}", "{list_id}"):
                path = path.replace(hole, scene.ids.get(key, key))
            asked = {
                name: scene.ids.get(value, value) if "id" in name else value for name, value in query.items()
            }
            body = await caller.get(path, params=asked)
            well_shaped(body, path)
            if described in NOT_DESCRIBED:
                is_a(body, NOT_DESCRIBED[described])
            elif described not in DESCRIBED_WRONG:
                conforms(body, "GET", described)
            if caller is scene.amina and isinstance(body, list) and path.split("/")[-1] not in EMPTY:
                expected = {"favourites", "bookmarks"}  # Amina did neither
                assert body or path.split("/")[-1] in expected, f"{path} had nothing to show"


async def test_what_changes_answers_what_the_description_says(scene: Scene) -> None:
    amina, bruno, ids = scene.amina, scene.bruno, scene.ids
    made = await amina.say("a thought")
    conforms(made, "POST", "/api/v1/statuses")
    conforms(await amina.post("/api/v1/apps", data=APP), "POST", "/api/v1/apps")
    for verb in ("favourite", "unfavourite", "bookmark", "unbookmark", "reblog", "unreblog"):
        body = await bruno.post(f"/api/v1/statuses/{ids['public']}/{verb}")
        well_shaped(body)
        conforms(body, "POST", f"/api/v1/statuses/{{id}}/{verb}")
    for verb in ("mute", "unmute", "block", "unblock", "follow", "unfollow", "remove_from_followers"):
        body = await bruno.post(f"/api/v1/accounts/{ids['amina']}/{verb}")
        conforms(body, "POST", f"/api/v1/accounts/{{id}}/{verb}")
    for verb in ("pin", "unpin", "mute", "unmute"):
        conforms(
            await amina.post(f"/api/v1/statuses/{made['id']}/{verb}"),
            "POST",
            f"/api/v1/statuses/{{id}}/{verb}",
        )
    edited = checked(await amina.call("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "better"}))
    conforms(edited, "PUT", "/api/v1/statuses/{id}")
    assert edited["edited_at"]
    removed = checked(await amina.call("DELETE", f"/api/v1/statuses/{made['id']}"))
    assert removed["text"] == "better"
    assert "content" not in removed
    profile = checked(
        await amina.call(
            "PATCH",
            "/api/v1/accounts/update_credentials",
            files={"display_name": (None, "Amina B."), "fields_attributes[0][name]": (None, "area"),
                   "fields_attributes[0][value]": (None, "Lyon"), "source[sensitive]": (None, "true")},
        )
    )  # fmt: skip
    conforms(profile, "PATCH", "/api/v1/accounts/update_credentials")
    assert profile["display_name"] == "Amina B."
    assert profile["fields"][0]["name"] == "area"
    assert profile["source"]["sensitive"] is True


APP = {"client_name": "Test", "redirect_uris": "tooot://instance-auth\nurn:ietf:wg:oauth:2.0:oob"}

ANONYMOUS = {"/api/v1/accounts/{id}", "/api/v1/statuses/{id}", "/api/v1/timelines/public"}


def _plain(path: str) -> str:
    for hole in ("{id}", "{list_id}", "{hashtag}", "{group_key}", "{name}"):
        path = path.replace(hole, "1")
    return path.replace("{stream:path}", "user").replace("{rest:path}", "nothing")


PROTECTED = [
    (method, route)
    for route in ROUTES
    if route.need != "public"
    for method in route.methods.split()
]  # fmt: skip


@pytest.mark.parametrize(
    "method,route", PROTECTED, ids=[f"{method} {route.path}" for method, route in PROTECTED]
)
async def test_without_a_token_and_with_too_small_a_scope(world: World, method: str, route: Any) -> None:
    """X02: each protected endpoint refuses a visitor, a false token, and a token for something else."""
    path = _plain(route.path)
    bare = await world.http.request(method, path)
    assert bare.status_code == 401
    assert bare.json() == {"error": "The access token is invalid"}
    false = await world.http.request(method, path, headers={"Authorization": "Bearer nobody"})
    assert false.status_code == 401
    if route.scopes:
        amina = await world.member("amina", scopes="profile" if "push" in route.scopes else "push")
        small = await amina.call(method, path)
        assert small.status_code == 403
        assert small.json() == {"error": "This action is outside the authorized scopes"}


async def test_what_does_not_exist_is_not_found_in_the_same_words(world: World, amina: Caller) -> None:
    for path in (
        *("/api/v1/accounts/1", "/api/v1/accounts/nobody", "/api/v1/statuses/1", "/api/v1/statuses/x"),
        *("/api/v1/statuses/99999999999999999999999", "/api/v1/statuses/1/context", "/api/v1/media/1"),
        *("/api/v1/notifications/1", "/api/v1/lists/1", "/api/v1/accounts/lookup?acct=nobody"),
        *("/api/v1/accounts/1/statuses", "/api/v1/timelines/list/1", "/api/v2/notifications/other-1"),
    ):
        assert await amina.get(path, 404) == {"error": "Record not found"}, path
    for method, path in (("GET", "/api/v1/nothing"), ("POST", "/api/v1/timelines/home"), ("GET", "/api/")):
        assert checked(await amina.call(method, path), 404) == {"error": "Not Found"}
    for verb in ("favourite", "reblog", "bookmark", "pin"):
        await amina.post(f"/api/v1/statuses/1/{verb}", 404)
    for verb in ("follow", "unfollow", "block", "mute"):
        await amina.post(f"/api/v1/accounts/1/{verb}", 404)


async def test_a_slash_at_the_end_changes_nothing(world: World, amina: Caller) -> None:
    for path in ("/api/v1/instance", "/api/v2/instance", "/api/v1/timelines/home"):
        assert await amina.get(path + "/") == await amina.get(path)
    made = await amina.post("/api/v1/statuses/", json={"status": "with a slash"})
    assert made["content"] == "<p>with a slash</p>"


async def test_any_web_client_may_call_and_read_every_answer(world: World, amina: Caller) -> None:
    asked = {
        "Origin": "https://phanpy.example",
        "Access-Control-Request-Headers": "authorization,idempotency-key",
    }
    preflight = await world.http.options("/api/v1/statuses", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert "idempotency-key" in preflight.headers["access-control-allow-headers"]
    for path in ("/api/v1/timelines/home", "/api/v1/statuses/1", "/oauth/userinfo", "/api/v1/nothing"):
        refused = await world.http.get(path, headers={"Origin": "https://phanpy.example"})
        assert refused.status_code in (401, 404)
        assert refused.headers["access-control-allow-origin"] == "*"
        assert "Link" in refused.headers["access-control-expose-headers"]


async def test_an_instance_says_who_it_is_in_words_clients_can_parse(world: World) -> None:
    v2 = checked(await world.http.get("/api/v2/instance"))
    assert v2["version"].startswith("4.6.0 (compatible; fedi_aid ")
    assert v2["api_versions"] == {"mastodon": 6, "fedi_aid": 1}
    assert v2["configuration"]["urls"]["streaming"] == "ws://aid.example"
    assert [level["level"] for level in v2["fedi_aid"]["levels"]] == [0, 1, 2, 3, 4]
    v1 = checked(await world.http.get("/api/v1/instance", headers={"Accept-Language": "fr"}))
    assert v1["uri"] == "aid.example"
    assert v1["urls"]["streaming_api"] == "ws://aid.example"
    assert v1["rules"][0]["text"] != v2["rules"][0]["text"]  # in French
    assert v1["stats"]["status_count"] == 0  # R7


async def test_members_are_counted_in_tens_once_a_day(world: World) -> None:
    """R7: the number of members does not tell when one came."""

    async def counted() -> int:
        return int(checked(await world.http.get("/api/v1/instance"))["stats"]["user_count"])

    assert await counted() == 0
    for number in range(11):
        await world.member(f"person{number}")
    assert await counted() == 0
    world.tick(days=1)
    assert await counted() == 20


async def test_odd_signs_in_paths_queries_and_headers_break_neither_engine(both_worlds: World) -> None:
    """J09: NUL, half surrogates, wildcards and backslashes are text like any other, or nothing."""
    amina = await both_worlds.member("amina")
    odd = [
        "%00",
        "a%00b",
        "%ED%A0%80",
        "%25",
        "_",
        "%5C",
        "%5C%25",
        "%27%3B--",
        "%F0%9F%92%A9",
        "%2F",
        "a" * 900,
    ]
    for sign in odd:
        for path in (
            *(f"/api/v1/timelines/tag/{sign}", f"/api/v1/accounts/lookup?acct={sign}@{sign}"),
            *(
                f"/api/v1/accounts/search?q={sign}",
                f"/api/v2/search?q=x{sign}",
                f"/api/v2/search?q=@a@{sign}",
            ),
            *(
                f"/api/v1/accounts/{amina.id}/statuses?tagged={sign}",
                f"/api/v1/accounts/{sign}",
                f"/media/{sign}",
            ),
            *(
                f"/api/v1/statuses/{sign}",
                f"/api/v2/notifications/{sign}",
                f"/api/v1/markers?timeline[]={sign}",
            ),
            f"/api/v1/notifications?types[]={sign}&max_id={sign}",
        ):
            answer = await amina.call("GET", path)
            assert answer.status_code in (200, 400, 404, 422), (path, answer.text)
        basic = base64.b64encode(f"{sign}:{sign}".encode()).decode()
        answer = await both_worlds.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
        )
        assert answer.json()["error"] == "invalid_client"
