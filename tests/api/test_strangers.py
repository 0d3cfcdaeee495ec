"""PRODUCT S2: strangers wait until they are let in, and the policy says who is a stranger."""

from typing import Any

import pytest

from fedi_aid.actions import strangers
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World, checked
from tests.api.openapi import conforms, is_a, well_shaped

pytestmark = pytest.mark.anyio

REQUESTS = "/api/v1/notifications/requests"
V1, V2 = "/api/v1/notifications/policy", "/api/v2/notifications/policy"


async def types(caller: Caller, **query: Any) -> list[str]:
    return [one["type"] for one in await caller.get("/api/v1/notifications", params=query)]


async def approach(chloe: Caller, text: str = "hello @amina") -> Any:
    return await chloe.say(text, visibility="direct")


async def test_a_stranger_waits_and_is_let_in(world: World, amina: Caller, bruno: Caller) -> None:
    """S2: what waited joins the rest, conversations too, and from then on they are heard."""
    first, second = await approach(bruno), await approach(bruno, "@amina again")
    assert await types(amina) == []
    assert await amina.get("/api/v1/conversations") == []
    assert (await amina.get("/api/v1/notifications/unread_count"))["count"] == 0
    waiting = await amina.get(REQUESTS)
    conforms(waiting, "GET", REQUESTS)
    well_shaped(waiting)
    assert [(one["account"]["acct"], one["notifications_count"]) for one in waiting] == [("bruno", "2")]
    assert waiting[0]["last_status"]["id"] == second["id"]
    one = await amina.get(f"{REQUESTS}/{waiting[0]['id']}")
    conforms(one, "GET", REQUESTS + "/{id}")
    assert one == waiting[0]
    looked_at = await amina.get(
        "/api/v1/notifications", params={"include_filtered": "true", "account_id": bruno.id}
    )
    assert [notice["status"]["id"] for notice in looked_at] == [second["id"], first["id"]]
    assert await amina.post(f"{REQUESTS}/{one['id']}/accept") == {}
    assert await amina.get(REQUESTS) == []
    assert await types(amina) == ["mention", "mention"]
    assert [found["last_status"]["id"] for found in await amina.get("/api/v1/conversations")] == [
        second["id"],
        first["id"],
    ]
    assert await amina.get(f"{REQUESTS}/merged") == {"merged": True}
    await approach(bruno, "@amina thank you")
    assert len(await types(amina)) == 3
    await amina.post(f"{REQUESTS}/{one['id']}/accept", 404)


async def test_who_is_sent_away_learns_nothing_and_waits_again(amina: Caller, bruno: Caller) -> None:
    written = await approach(bruno)
    (one,) = await amina.get(REQUESTS)
    assert await amina.post(f"{REQUESTS}/{one['id']}/dismiss") == {}
    assert await amina.get(REQUESTS) == []
    assert await types(amina, include_filtered="true") == []
    assert (await bruno.get(f"/api/v1/statuses/{written['id']}"))["content"]
    await approach(bruno, "@amina please")
    assert len(await amina.get(REQUESTS)) == 1


async def test_many_at_once_and_by_pages(world: World, amina: Caller, bruno: Caller) -> None:
    others = [bruno, await world.member("chloe"), await world.member("dario")]
    for other in others:
        await approach(other)
    page = await amina.call("GET", REQUESTS, params={"limit": 2})
    assert [one["account"]["acct"] for one in checked(page)] == ["dario", "chloe"]
    rest = await amina.get(page.links["next"]["url"].removeprefix("http://aid.example"))
    assert [one["account"]["acct"] for one in rest] == ["bruno"]
    ids = {one["account"]["acct"]: one["id"] for one in await amina.get(REQUESTS)}
    await amina.post(f"{REQUESTS}/accept", json={"id": [ids["bruno"], ids["chloe"], "1"]})
    await amina.post(f"{REQUESTS}/dismiss", data={"id[]": ids["dario"]})
    assert await amina.get(REQUESTS) == []
    assert [one["account"]["acct"] for one in await amina.get("/api/v1/notifications")] == ["chloe", "bruno"]


async def test_requests_are_ones_own(world: World, amina: Caller, bruno: Caller) -> None:
    """R7: somebody else's request, one that is gone and none at all are alike."""
    await approach(bruno)
    (one,) = await amina.get(REQUESTS)
    chloe = await world.member("chloe")
    for caller, which in ((chloe, one["id"]), (chloe, "1"), (chloe, "x"), (bruno, one["id"])):
        missing = await chloe.call("GET", f"{REQUESTS}/1")
        for method, path in (("GET", ""), ("POST", "/accept"), ("POST", "/dismiss")):
            found = await caller.call(method, f"{REQUESTS}/{which}{path}")
            assert (found.status_code, found.content) == (404, missing.content)
    await chloe.post(f"{REQUESTS}/accept", json={"id": [one["id"]]})
    assert await amina.get(REQUESTS) == [one]
    await amina.post(f"/api/v1/accounts/{bruno.id}/block")
    await amina.get(f"{REQUESTS}/{one['id']}", 404)


async def test_an_answer_to_what_was_shown_is_expected(world: World, amina: Caller, bruno: Caller) -> None:
    """S2, R4: whom a member showed something does not wait, also after the tie has ended."""
    await world.befriend(amina, bruno)
    asked = await amina.say("Who knows a carpenter? #help #bottle")
    await bruno.post(f"/api/v1/statuses/{asked['id']}/favourite")
    await bruno.say("I do", in_reply_to_id=asked["id"])
    assert await amina.get(REQUESTS) == []
    assert await types(amina, exclude_types="follow") == ["mention", "favourite"]


async def test_the_policy_in_both_versions(amina: Caller) -> None:
    policy = await amina.get(V2)
    conforms(policy, "GET", V2)
    assert policy == {
        "for_not_following": "filter",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "filter",
        "for_limited_accounts": "filter",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    old = await amina.get(V1)
    is_a(old, "V1NotificationPolicy")
    assert (old["filter_not_following"], old["filter_new_accounts"]) == (True, False)
    changed = checked(await amina.call("PUT", V2, json={"for_new_accounts": "drop"}))
    conforms(changed, "PATCH", V2)
    assert (changed["for_new_accounts"], changed["for_not_following"]) == ("drop", "filter")
    again = checked(await amina.call("PATCH", V1, data={"filter_not_following": "false"}))
    assert (again["filter_not_following"], again["filter_new_accounts"]) == (False, True)
    assert (await amina.get(V2))["for_not_following"] == "accept"


async def test_a_policy_that_is_none_is_refused(amina: Caller) -> None:
    for path, body, field in (
        (V2, {"for_not_following": "wait"}, "for_not_following"),
        (V2, {"for_new_accounts": ["accept", {"a": 1}]}, "for_new_accounts"),
        (V1, {"filter_new_accounts": "perhaps"}, "filter_new_accounts"),
    ):
        refused = checked(await amina.call("PATCH", path, json=body), 422)
        assert field in refused["details"]
    assert (await amina.get(V2))["for_not_following"] == "filter"


async def test_what_the_policy_says_is_done(world: World, amina: Caller, bruno: Caller) -> None:
    async def wish(**changes: str) -> None:
        checked(await amina.call("PATCH", V2, json=changes))

    await wish(for_not_following="accept", for_private_mentions="accept")
    await approach(bruno)
    assert await types(amina) == ["mention"]
    await wish(for_not_following="drop")
    await approach(bruno, "@amina hear me")
    assert await types(amina, include_filtered="true") == ["mention"]
    await wish(for_not_following="accept", for_private_mentions="filter")
    await approach(bruno, "@amina once more")
    assert len(await amina.get(REQUESTS)) == 1
    assert (await amina.get(V2))["summary"] == {"pending_requests_count": 1, "pending_notifications_count": 1}
    await wish(for_private_mentions="accept", for_not_followers="filter")
    chloe = await world.member("chloe")
    await approach(chloe)
    assert len(await amina.get(REQUESTS)) == 2
    await wish(for_not_followers="accept", for_new_accounts="filter")
    dario = await world.member("dario")
    await approach(dario)
    assert len(await amina.get(REQUESTS)) == 3
    world.tick(days=40)
    await approach(await world.member("emma"))  # new again
    assert len(await amina.get(REQUESTS)) == 4
    await approach(chloe, "@amina I am not new any more")
    assert "mention" in await types(amina, account_id=chloe.id)


async def test_public_posts_do_not_reach_a_stranger_either(open_world: World) -> None:
    """S2: a mention, a favourite and a boost by somebody not followed wait."""
    amina = await open_world.member("amina")
    bruno = await open_world.member("bruno")
    said = await amina.say("hello, world", visibility="public")
    await bruno.say("@amina look", visibility="public")
    await bruno.post(f"/api/v1/statuses/{said['id']}/favourite")
    await bruno.post(f"/api/v1/statuses/{said['id']}/reblog")
    assert await types(amina) == []
    (one,) = await amina.get(REQUESTS)
    assert one["notifications_count"] == "3"
    await open_world.befriend(amina, bruno)
    await bruno.say("@amina look again", visibility="public")
    assert "mention" in await types(amina)


async def test_dismissing_and_clearing(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    for text in ("@amina one", "@amina two"):
        await approach(bruno, text)
    for version in ("v1", "v2"):
        unread = await amina.get(f"/api/{version}/notifications/unread_count")
        conforms(unread, "GET", f"/api/{version}/notifications/unread_count")
        assert unread == {"count": 3}  # and that they are friends
    newest = (await amina.get("/api/v1/notifications"))[0]["id"]
    assert await amina.post(f"/api/v1/notifications/{newest}/dismiss") == {}
    await amina.post(f"/api/v1/notifications/{newest}/dismiss", 404)
    await bruno.post(f"/api/v1/notifications/{newest}/dismiss", 404)
    left = (await amina.get("/api/v1/notifications"))[0]["id"]
    await amina.post("/api/v1/markers", data={"notifications[last_read_id]": left})
    assert await amina.get("/api/v2/notifications/unread_count") == {"count": 0}
    assert await amina.post("/api/v1/notifications/clear") == {}
    assert await types(amina) == []


async def test_people_of_a_limited_server_wait(world: World, amina: Caller) -> None:
    """What an admin limits does not knock at everybody's door, not even where strangers are heard."""
    frank, gina = await world.stranger("frank"), await world.stranger("gina", "other.example")
    checked(await amina.call("PATCH", V2, json={"for_not_following": "accept"}))

    def knock(tx: Tx) -> list[str]:
        tx.insert(domain_rules, domain="far.example", severity="limit", created_at=tx.now)
        return [strangers.tell(tx, amina.member.id, "favourite", one, post_id=0) for one in (frank, gina)]

    assert await world.db.write(knock) == ["wait", "show"]
    (waiting,) = await amina.get(REQUESTS)
    assert (waiting["account"]["acct"], waiting["last_status"]) == ("frank@far.example", None)
