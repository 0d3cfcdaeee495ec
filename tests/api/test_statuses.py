"""Posts through the API: what is obeyed, who sees what, and what nobody is told."""

import pytest

from fedi_aid.actions import carry_tickets, carrying
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World, checked

pytestmark = pytest.mark.anyio


async def home_ids(caller: Caller) -> list[str]:
    return [one["id"] for one in await caller.get("/api/v1/timelines/home")]


async def test_control_tags_are_obeyed_and_gone(world: World, amina: Caller, bruno: Caller) -> None:
    """R13: the main job from a stock client."""
    await world.befriend(amina, bruno)
    made = await amina.say("My shop needs a ramp. Who knows a carpenter? #help #bottle")
    assert made["content"] == "<p>My shop needs a ramp. Who knows a carpenter?</p>"
    assert made["visibility"] == "private"
    assert (made["visibility_ex"], made["limited_scope"]) == ("limited", "circle")
    assert made["tags"] == []
    assert made["fedi_aid"]["intimacy"] == 0
    assert made["fedi_aid"]["help"] is True
    assert made["fedi_aid"]["request"] == {"state": "open", "outcome": None}
    assert made["fedi_aid"]["audience"] == {"shown": 1, "asked": 0, "asked_to_carry": 0, "offers": 0}
    seen = await bruno.get(f"/api/v1/statuses/{made['id']}")
    assert "audience" not in seen["fedi_aid"]
    assert seen["application"] is None
    why = await bruno.get(f"/api/v1/fedi_aid/statuses/{made['id']}/why")
    assert why["why"].startswith("Amina ")
    assert why["why"] == seen["fedi_aid"]["why"]


@pytest.mark.parametrize(
    "sent,intimacy,visibility",
    [
        ({}, 2, "private"),
        ({"visibility": "private"}, 2, "private"),
        ({"visibility": "unlisted"}, 0, "private"),
        ({"visibility": "public"}, 0, "private"),
        ({"fedi_aid": {"intimacy": 3}}, 3, "private"),
        ({"fedi_aid": {"intimacy": 1, "help": True}, "visibility": "public"}, 1, "private"),
    ],
)
async def test_the_label_is_narrowed_never_widened(
    amina: Caller, sent: dict[str, object], intimacy: int, visibility: str
) -> None:
    """R13: `public` where it is not allowed is level 0, the object wins over the label."""
    made = await amina.say("hello", **sent)
    assert made["fedi_aid"]["intimacy"] == intimacy
    assert made["visibility"] == visibility


async def test_the_object_comes_in_a_form_too(amina: Caller) -> None:
    made = await amina.post(
        "/api/v1/statuses",
        content="status=hello&fedi_aid%5Bintimacy%5D=1&fedi_aid%5Bhelp%5D=true",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert made["fedi_aid"]["intimacy"] == 1
    assert made["fedi_aid"]["help"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"status": ""},
        {"status": "   "},
        {"status": "#help #bottle"},
        {"status": "x" * 5001},
        {"status": "x #intimacy9"},
        {"status": "x #intimacy1 #intimacy3"},
        {"status": "x", "visibility": "limited"},
        {"status": "x", "fedi_aid": {"intimacy": 7}},
        {"status": "x", "fedi_aid": "yes"},
        {"status": "x", "fedi_aid": {"project_id": "1"}},
        {"status": "x", "media_ids": ["1"]},
        {"status": "x", "media_ids": ["not one"]},
        {"status": "x", "poll": {"options": ["a"], "expires_in": 300}},
        {"status": "x", "scheduled_at": "2020-01-01T00:00:00.000Z"},
        {"status": {"not": "text"}},
        {"status": "x", "sensitive": "perhaps"},
        {"status": "x", "visibility": "direct", "fedi_aid": {"help": True}},
    ],
)
async def test_what_cannot_be_done_is_refused_and_nothing_is_stored(
    amina: Caller, body: dict[str, object]
) -> None:
    refused = await amina.post("/api/v1/statuses", 422, json=body)
    assert refused["error"].startswith("Validation failed: ")
    assert await home_ids(amina) == []


async def test_the_same_key_gives_the_same_post_for_an_hour(world: World, amina: Caller) -> None:
    how = {"json": {"status": "once"}, "headers": {"Idempotency-Key": "abc"}}
    first = await amina.post("/api/v1/statuses", **how)
    assert (await amina.post("/api/v1/statuses", **how))["id"] == first["id"]
    world.tick(hours=2)
    assert (await amina.post("/api/v1/statuses", **how))["id"] != first["id"]


async def test_a_hidden_post_is_as_absent_as_a_missing_one(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R7: an outsider and a visitor get, on every route, byte for byte what they get for nothing."""
    chloe = await world.member("chloe")
    await world.befriend(amina, bruno)
    made = await amina.say("for friends alone #garden")
    await bruno.get(f"/api/v1/statuses/{made['id']}")
    missing = str(int(made["id"]) + 1)
    paths = ["", "/context", "/history", "/source", "/favourited_by", "/reblogged_by"]
    verbs = ["favourite", "unfavourite", "reblog", "unreblog", "bookmark", "unbookmark", "pin", "mute"]
    for path in paths:
        hidden = await chloe.call("GET", f"/api/v1/statuses/{made['id']}{path}")
        absent = await chloe.call("GET", f"/api/v1/statuses/{missing}{path}")
        assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
        assert hidden.status_code == 404
        assert _headers(hidden) == _headers(absent)
        if path != "/source":
            visitor = await world.http.get(f"/api/v1/statuses/{made['id']}{path}")
            assert visitor.status_code == 404
    for verb in verbs:
        hidden = await chloe.call("POST", f"/api/v1/statuses/{made['id']}/{verb}")
        absent = await chloe.call("POST", f"/api/v1/statuses/{missing}/{verb}")
        assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    for method in ("PUT", "DELETE"):
        hidden = await chloe.call(method, f"/api/v1/statuses/{made['id']}", json={"status": "mine"})
        assert hidden.status_code == 404
    reply = await chloe.call("POST", "/api/v1/statuses", json={"status": "so?", "in_reply_to_id": made["id"]})
    assert reply.status_code == 404
    account = await chloe.get(f"/api/v1/accounts/{amina.id}")
    assert account["statuses_count"] == 0
    assert account["last_status_at"] is None
    for where in (
        f"/api/v1/accounts/{amina.id}/statuses",
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/garden",
        f"/api/v1/statuses?id[]={made['id']}",
    ):
        assert await chloe.get(where) == []
    for words in ("friends alone", made["uri"], made["url"], f"http://aid.example/@amina/{made['id']}"):
        found = await chloe.get("/api/v2/search", params={"q": words, "resolve": "true"})
        assert found["statuses"] == []


def _headers(response: object) -> dict[str, str]:
    headers = dict(response.headers)  # type: ignore[attr-defined]
    return {name: value for name, value in headers.items() if not name.startswith("x-ratelimit")}


async def test_an_answer_goes_to_the_author_and_stays_out_of_the_strangers_queue(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R4: a stock client answers `private`; the server makes it direct."""
    chloe = await world.member("chloe")
    await world.befriend(amina, bruno)
    await world.befriend(amina, chloe)
    made = await amina.say("Who has a van?")
    answer = await bruno.say("@amina @chloe me", in_reply_to_id=made["id"], visibility="private")
    assert answer["visibility"] == "direct"
    assert "visibility_ex" not in answer
    notices = await amina.get("/api/v1/notifications", params={"types[]": "mention"})
    assert [one["status"]["id"] for one in notices] == [answer["id"]]
    context = await amina.get(f"/api/v1/statuses/{made['id']}/context")
    assert [one["id"] for one in context["descendants"]] == [answer["id"]]
    outsider = await world.member("dov")
    await outsider.get(f"/api/v1/statuses/{answer['id']}", 404)


async def test_a_parent_that_the_reader_cannot_see_is_not_named(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R7: in_reply_to_id is null for whom the parent does not exist."""
    chloe = await world.member("chloe")
    await world.befriend(amina, bruno)
    await world.befriend(bruno, chloe)
    first = await amina.say("@bruno do you know somebody?", visibility="direct")
    second = await bruno.say("@amina @chloe perhaps her", in_reply_to_id=first["id"], visibility="direct")
    assert [mention["acct"] for mention in second["mentions"]] == [
        "amina"
    ]  # R4: Chloé does not hold the parent
    await chloe.get(f"/api/v1/statuses/{second['id']}", 404)


async def test_favourites_are_counted_for_the_author_alone(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R7, S1: others see their own favourite and no number of others'."""
    chloe = await world.member("chloe")
    await world.befriend(amina, bruno)
    await world.befriend(amina, chloe)
    made = await amina.say("hello")
    path = f"/api/v1/statuses/{made['id']}"
    liked = await bruno.post(f"{path}/favourite")
    assert (liked["favourited"], liked["favourites_count"]) == (True, 1)
    assert (await chloe.get(path))["favourites_count"] == 0
    assert (await amina.get(path))["favourites_count"] == 1
    assert [one["acct"] for one in await amina.get(f"{path}/favourited_by")] == ["bruno"]
    assert [one["acct"] for one in await bruno.get(f"{path}/favourited_by")] == ["bruno"]
    assert await chloe.get(f"{path}/favourited_by") == []
    await bruno.post(f"{path}/unfavourite")
    assert await amina.get(f"{path}/favourited_by") == []


async def test_only_a_request_one_is_asked_to_carry_can_be_boosted(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R16."""
    await world.befriend(amina, bruno)
    made = await amina.say("Not for others")
    refused = await bruno.post(f"/api/v1/statuses/{made['id']}/reblog", 403)
    assert refused == {"error": "This action is not allowed"}
    assert (await bruno.get(f"/api/v1/statuses/{made['id']}"))["reblogged"] is False


async def test_a_carried_request_is_a_boost_by_the_friend_who_carries_it(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R16, R7: boosting is the yes; the reader sees via whom, nobody learns how far it went."""
    chloe, dov = await world.member("chloe", display_name="Chloé"), await world.member("dov")
    await world.befriend(amina, bruno)
    await world.befriend(bruno, chloe)
    await world.befriend(amina, dov)
    made = await amina.say("Who knows a carpenter? #help #bottle")
    path = f"/api/v1/statuses/{made['id']}"
    await bruno.post(f"{path}/reblog", 403)

    def ask(tx: Tx) -> bool:
        post = post_rows.get(tx, amina.member.id, int(made["id"]))
        friend = people_rows.by_id(tx, bruno.member.id)
        assert post is not None
        assert friend is not None
        return carry_tickets.ask_to_carry(tx, post, friend, wave=1)

    assert await world.db.write(ask)
    assert (await bruno.get(path))["fedi_aid"]["asked_to_carry"] is True
    yes = await bruno.post(f"{path}/reblog")
    assert yes["reblog"]["id"] == made["id"]
    assert yes["reblog"]["reblogged"] is True
    assert yes["account"]["acct"] == "bruno"
    assert await world.db.write(carrying.spread, int(made["id"]), bruno.member.id) == 1
    entry = (await chloe.get("/api/v1/timelines/home"))[0]
    assert (entry["account"]["acct"], entry["reblog"]["account"]["acct"]) == ("bruno", "amina")
    assert entry["id"] != made["id"]
    assert entry["visibility"] == "private"
    assert [one["acct"] for one in entry["reblog"]["fedi_aid"]["via"]] == ["bruno"]
    assert entry["reblog"]["fedi_aid"]["why"].startswith("Amina asks, via your friend Bruno.")
    assert entry["reblog"]["fedi_aid"]["caution"] == {"money": False}
    assert "@amina" in entry["reblog"]["content"]
    assert (await bruno.get(path))["fedi_aid"]["caution"] is None
    assert [one["acct"] for one in await chloe.get(f"{path}/reblogged_by")] == ["bruno"]
    for other in (amina, dov):
        assert await other.get(f"{path}/reblogged_by") == []
        assert (await other.get(path))["reblogs_count"] == 0
    numbers = (await amina.get(path))["fedi_aid"]["audience"]
    assert numbers == {"shown": 2, "asked": 0, "asked_to_carry": 1, "offers": 0}
    await chloe.post(f"{path}/reblog", 403)
    back = await bruno.post(f"{path}/unreblog")
    assert back["reblogged"] is False
    assert await chloe.get("/api/v1/timelines/home") == []
    await chloe.get(path, 404)


async def test_a_boost_wraps_the_post(open_world: World) -> None:
    amina, bruno = await open_world.member("amina"), await open_world.member("bruno")
    await open_world.befriend(amina, bruno)
    made = await amina.say("for all", visibility="public")
    assert made["visibility"] == "public"
    boost = await bruno.post(f"/api/v1/statuses/{made['id']}/reblog")
    assert boost["id"] != made["id"]
    assert boost["reblog"]["id"] == made["id"]
    assert boost["account"]["acct"] == "bruno"
    assert boost["content"] == ""
    shown = await amina.get("/api/v1/timelines/home")
    assert boost["id"] in [one["id"] for one in shown]
    assert [one["acct"] for one in await amina.get(f"/api/v1/statuses/{made['id']}/reblogged_by")] == [
        "bruno"
    ]
    back = await bruno.post(f"/api/v1/statuses/{boost['id']}/unreblog")
    assert (back["id"], back["reblogged"]) == (made["id"], False)


async def test_an_edit_is_kept_and_a_reader_sees_versions_from_the_first_shown(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R15."""
    await world.befriend(amina, bruno)
    made = await amina.say("one", spoiler_text="about")
    path = f"/api/v1/statuses/{made['id']}"
    edited = checked(await amina.call("PATCH", path, data={"status": "two"}))
    assert edited["content"] == "<p>two</p>"
    assert edited["spoiler_text"] == "about"
    assert edited["fedi_aid"]["revision"] == 2
    assert await amina.get(f"{path}/source") == {"id": made["id"], "text": "two", "spoiler_text": "about"}
    assert [one["content"] for one in await amina.get(f"{path}/history")] == ["<p>one</p>", "<p>two</p>"]
    await bruno.get(f"{path}/source", 404)
    assert [one["content"] for one in await bruno.get(f"{path}/history")] == ["<p>one</p>", "<p>two</p>"]
    widened = await amina.call("PUT", path, json={"status": "two", "fedi_aid": {"intimacy": 0}})
    assert widened.status_code == 422
    assert "fedi_aid[widen]=true" in widened.json()["error"]
    assert (await amina.get(path))["fedi_aid"]["revision"] == 2
    meant = {"status": "three", "fedi_aid[intimacy]": "0", "fedi_aid[widen]": "true"}
    wider = checked(await amina.call("PUT", path, data=meant))
    assert (wider["content"], wider["fedi_aid"]["intimacy"]) == ("<p>three</p>", 0)


async def test_a_deleted_post_is_gone_everywhere(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    made = await amina.say("soon gone")
    assert made["id"] in await home_ids(bruno)
    removed = checked(await amina.call("DELETE", f"/api/v1/statuses/{made['id']}"))
    assert removed["text"] == "soon gone"
    assert await home_ids(bruno) == []
    await amina.get(f"/api/v1/statuses/{made['id']}", 404)


async def test_a_conversation_is_read_and_put_away(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    await amina.say("@bruno just you", visibility="direct")
    found = (await bruno.get("/api/v1/conversations"))[0]
    assert (found["unread"], [one["acct"] for one in found["accounts"]]) == (True, ["amina"])
    assert (await bruno.post(f"/api/v1/conversations/{found['id']}/read"))["unread"] is False
    checked(await amina.call("DELETE", f"/api/v1/conversations/{found['id']}"), 404)
    checked(await bruno.call("DELETE", f"/api/v1/conversations/{found['id']}"))
    assert await bruno.get("/api/v1/conversations") == []


async def test_what_is_said_to_the_butler_is_between_the_two(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R5."""
    await world.befriend(amina, bruno)
    said = await amina.say("@butler yes @bruno")
    assert said["visibility"] == "direct"
    assert [one["acct"] for one in said["mentions"]] == ["butler"]
    await bruno.get(f"/api/v1/statuses/{said['id']}", 404)
    assert await bruno.get("/api/v1/notifications", params={"types[]": "mention"}) == []
    assert await amina.get(f"/api/v1/accounts/{amina.id}/statuses") == []


async def test_help_is_offered_and_the_flag_lowered(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    made = await amina.say("Who has a van? #help")
    own = f"/api/v1/fedi_aid/statuses/{made['id']}"
    said = await bruno.post(f"{own}/offer", json={"words": "I have one"})
    assert said["fedi_aid"]["offers_help"] is True
    assert (await amina.get(f"{own}/why"))["audience"]["offers"] == 1
    await bruno.post(f"{own}/lower", 404)
    assert (await amina.post(f"{own}/lower", 422, json={"outcome": "bored"}))["error"]
    lowered = await amina.post(f"{own}/lower", json={"outcome": "solved"})
    assert lowered["fedi_aid"]["help"] is False
    assert lowered["fedi_aid"]["request"] == {"state": "lowered", "outcome": "solved"}
    shown = await bruno.get(f"/api/v1/statuses/{made['id']}")
    assert shown["fedi_aid"]["help"] is False
    assert shown["fedi_aid"]["request"] == {"state": "lowered", "outcome": None}


async def test_the_main_job_on_both_engines(both_worlds: World) -> None:
    amina, bruno = await both_worlds.member("amina"), await both_worlds.member("bruno")
    dov = await both_worlds.member("dov")
    await both_worlds.befriend(amina, bruno)
    await both_worlds.befriend(amina, dov)
    await amina.post(f"/api/v1/accounts/{dov.id}/block")
    made = await amina.say("Who knows a carpenter? #help #bottle")
    assert made["id"] in await home_ids(bruno)
    assert await home_ids(dov) == []
    await dov.get(f"/api/v1/statuses/{made['id']}", 404)
    answer = await bruno.say("@amina me", in_reply_to_id=made["id"])
    assert (await amina.get("/api/v1/notifications"))[0]["type"] == "mention"
    found = await amina.get("/api/v2/search", params={"q": "carpenter"})
    assert [one["id"] for one in found["statuses"]] == [made["id"]]
    for path in ("/api/v1/conversations", "/api/v2/notifications", "/api/v1/favourites", "/api/v1/bookmarks"):
        await bruno.get(path)
    await amina.post(f"/api/v1/statuses/{answer['id']}/favourite")
    await amina.post(f"/api/v1/statuses/{answer['id']}/bookmark")
    assert [one["id"] for one in await amina.get("/api/v1/favourites")] == [answer["id"]]
    assert [one["id"] for one in await amina.get("/api/v1/bookmarks")] == [answer["id"]]
    assert checked(await amina.call("DELETE", f"/api/v1/statuses/{made['id']}"))["text"]


async def test_an_address_elsewhere_is_looked_up_for_members_only(world: World, amina: Caller) -> None:
    asked: list[str] = []
    far = await world.stranger("far")

    async def resolve(words: str) -> tuple[str, PersonId]:
        asked.append(words)
        return "person", far

    world.resolve = resolve
    address = "https://far.example/@far"
    found = await amina.get("/api/v2/search", params={"q": address, "resolve": "true"})
    assert [one["acct"] for one in found["accounts"]] == ["far@far.example"]
    by_handle = await amina.get("/api/v2/search", params={"q": "@far@far.example", "resolve": "true"})
    assert [one["acct"] for one in by_handle["accounts"]] == ["far@far.example"]
    assert asked == [address, "@far@far.example"]
    visitor = await world.http.get("/api/v2/search", params={"q": address, "resolve": "true"})
    assert visitor.status_code == 401
    assert len(asked) == 2


async def test_what_a_stranger_asks_opens_nothing_and_is_reported_at_once(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """C14: a carried request has no links, a word about money, and can be reported from where it is shown; the
    friend who carries it and its author see what was written."""
    chloe = await world.member("chloe", display_name="Chloé", locale="fr")
    await world.befriend(amina, bruno)
    await world.befriend(bruno, chloe)
    made = await amina.say("Please send 200 € to https://pay.example/amina #help #bottle")

    def carried(tx: Tx) -> None:
        post = post_rows.get(tx, amina.member.id, int(made["id"]))
        friend = people_rows.by_id(tx, bruno.member.id)
        assert post is not None
        assert friend is not None
        assert carry_tickets.ask_to_carry(tx, post, friend, wave=1)

    await world.db.write(carried)
    path = f"/api/v1/statuses/{made['id']}"
    await bruno.post(f"{path}/reblog")
    assert await world.db.write(carrying.spread, int(made["id"]), bruno.member.id) == 1
    shown = (await chloe.get("/api/v1/timelines/home"))[0]["reblog"]
    assert shown["fedi_aid"]["caution"] == {"money": True}
    assert "<a" not in shown["content"]
    assert "href" not in shown["content"]
    assert "pay.example/amina" in shown["content"]
    assert "argent" in shown["content"]
    for other in (amina, bruno):
        seen = await other.get(path)
        assert 'href="https://pay.example/amina"' in seen["content"]
        assert "⚠" not in seen["content"]
    reported = await chloe.post(
        "/api/v1/reports", json={"account_id": shown["account"]["id"], "status_ids": [shown["id"]]}
    )
    assert reported["action_taken"] is False
