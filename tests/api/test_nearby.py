"""Friends in common, suggestions and recommendations: a tie is told by both of its ends or by none (S2, R7)."""

from typing import Any

import pytest

from tests.api.conftest import Caller, World
from tests.api.openapi import conforms, is_a, well_shaped

pytestmark = pytest.mark.anyio

A = "/api/v1/accounts"
FAMILIAR = f"{A}/familiar_followers"


async def shows(caller: Caller, **fields: Any) -> None:
    given = {"fedi_aid": {"show_friends": True}, "discoverable": True} | fields
    answer = await caller.call("PATCH", f"{A}/update_credentials", json=given)
    assert answer.status_code == 200, answer.text
    assert answer.json()["fedi_aid"]["show_friends"] is given["fedi_aid"]["show_friends"]


async def familiar(caller: Caller, *others: Caller) -> list[list[str]]:
    found = await caller.get(FAMILIAR, params={"id[]": [one.id for one in others]})
    conforms(found, "GET", FAMILIAR)
    well_shaped(found)
    assert [one["id"] for one in found] == [one.id for one in others]
    return [[person["acct"] for person in one["accounts"]] for one in found]


async def suggested(caller: Caller) -> list[str]:
    found = await caller.get("/api/v2/suggestions")
    conforms(found, "GET", "/api/v2/suggestions")
    plain = await caller.get("/api/v1/suggestions")
    conforms(plain, "GET", "/api/v1/suggestions")
    assert [one["account"]["id"] for one in found] == [one["id"] for one in plain]
    assert all(one["sources"] == ["friends_of_friends"] for one in found)
    return [one["account"]["acct"] for one in found]


async def square(world: World) -> tuple[Caller, Caller, Caller, Caller]:
    """Amina – Bruno – Chloe, Amina – Dora – Chloe."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    chloe, dora = await world.member("chloe"), await world.member("dora")
    for one, other in ((amina, bruno), (bruno, chloe), (amina, dora), (dora, chloe)):
        await world.befriend(one, other)
    return amina, bruno, chloe, dora


async def test_friends_in_common_where_both_ends_show_it(both_worlds: World) -> None:
    amina, bruno, chloe, dora = await square(both_worlds)
    assert await familiar(amina, chloe) == [[]]
    await shows(bruno)
    assert await familiar(amina, chloe) == [[]]
    await shows(chloe)
    assert await familiar(amina, chloe) == [["bruno"]]
    await shows(dora)
    assert await familiar(amina, chloe, bruno, amina) == [["bruno", "dora"], [], []]
    # Who has no friend in common learns nothing, whatever they show.
    sam = await both_worlds.member("sam")
    await shows(sam)
    assert await familiar(sam, chloe) == [[]]
    await shows(chloe, fedi_aid={"show_friends": False})
    assert await familiar(amina, chloe) == [[]]


async def test_a_block_hides_the_tie(world: World) -> None:
    amina, bruno, chloe, dora = await square(world)
    for one in (bruno, chloe, dora):
        await shows(one)
    await chloe.post(f"{A}/{amina.id}/block")
    assert await familiar(amina, chloe) == [[]]
    assert "chloe" not in await suggested(amina)
    await chloe.post(f"{A}/{amina.id}/unblock")
    await bruno.post(f"{A}/{chloe.id}/block")
    assert await familiar(amina, chloe) == [["dora"]]


async def test_who_shares_most_friends_is_suggested_first(both_worlds: World) -> None:
    world = both_worlds
    amina, bruno, chloe, dora = await square(world)
    farid, gwen = await world.member("farid"), await world.member("gwen")
    await world.befriend(bruno, farid)
    await world.befriend(bruno, gwen)
    for one in (bruno, chloe, dora, farid):
        await shows(one)
    assert await suggested(amina) == ["chloe", "farid"]  # gwen shows nothing
    await shows(gwen, discoverable=False)
    assert "gwen" not in await suggested(amina)  # and does not wish to be found
    limited = await amina.get("/api/v2/suggestions", params={"limit": 1})
    assert [one["account"]["acct"] for one in limited] == ["chloe"]
    await amina.post(f"{A}/{chloe.id}/follow")
    assert await suggested(amina) == ["farid"]
    assert (await amina.call("DELETE", f"/api/v1/suggestions/{farid.id}")).json() == {}
    assert await suggested(amina) == []
    assert (await amina.call("DELETE", f"/api/v1/suggestions/{farid.id}")).status_code == 200
    assert (await amina.call("DELETE", "/api/v1/suggestions/not-one")).status_code == 404


async def test_muted_people_are_not_suggested(world: World) -> None:
    amina, bruno, chloe, dora = await square(world)
    for one in (bruno, chloe, dora):
        await shows(one)
    assert await suggested(amina) == ["chloe"]
    await amina.post(f"{A}/{chloe.id}/mute")
    assert await suggested(amina) == []


async def endorsed(caller: Caller, by: Caller) -> list[str]:
    found = await caller.get(f"{A}/{by.id}/endorsements")
    conforms(found, "GET", f"{A}/{{id}}/endorsements")
    return [one["acct"] for one in found]


@pytest.mark.parametrize(("on", "off"), [("endorse", "unendorse"), ("pin", "unpin")])
async def test_recommending(world: World, on: str, off: str) -> None:
    amina, bruno, chloe, dora = await square(world)
    refused = await amina.post(f"{A}/{chloe.id}/{on}", 422)
    assert "following" in refused["error"]
    await amina.post(f"{A}/99999/{on}", 404)
    relation = await amina.post(f"{A}/{bruno.id}/{on}")
    is_a(relation, "Relationship")
    assert relation["endorsed"] is True
    await amina.post(f"{A}/{bruno.id}/{on}")
    await amina.post(f"{A}/{dora.id}/{on}")
    mine = await amina.get("/api/v1/endorsements")
    conforms(mine, "GET", "/api/v1/endorsements")
    assert [one["acct"] for one in mine] == ["dora", "bruno"] == await endorsed(amina, amina)
    # To others it is a tie like any other.
    assert await endorsed(chloe, amina) == []
    await shows(bruno)
    assert await endorsed(chloe, amina) == ["bruno"]
    visitor = (await world.http.get(f"{A}/{amina.id}/endorsements")).json()
    assert [one["acct"] for one in visitor] == ["bruno"]
    await bruno.post(f"{A}/{chloe.id}/block")
    assert await endorsed(chloe, amina) == []
    page = await amina.call("GET", "/api/v1/endorsements", params={"limit": 1})
    assert 'rel="next"' in page.headers["link"]
    assert (await amina.post(f"{A}/{bruno.id}/{off}"))["endorsed"] is False
    await amina.post(f"{A}/{dora.id}/unfollow")
    assert await amina.get("/api/v1/endorsements") == []
    (relation,) = await amina.get(f"{A}/relationships", params={"id[]": dora.id})
    assert relation["endorsed"] is False


async def test_numbers_are_shown_by_who_wishes(world: World) -> None:
    """S1: followers, follows, posts and favourites of others are 0 until their owner shows them."""
    amina, bruno, _, dora = await square(world)
    post = await amina.say("good morning")
    await dora.post(f"/api/v1/statuses/{post['id']}/favourite")
    await dora.say("and to you", in_reply_to_id=post["id"])

    async def seen() -> tuple[list[int], int, int]:
        account = await bruno.get(f"{A}/{amina.id}")
        status = await bruno.get(f"/api/v1/statuses/{post['id']}")
        counts = [account[f"{name}_count"] for name in ("followers", "following", "statuses")]
        return counts, status["favourites_count"], status["replies_count"]

    # An answer is between its author and hers: for Bruno there is none.
    assert await seen() == ([0, 0, 0], 0, 0)
    await amina.call("PATCH", f"{A}/update_credentials", json={"fedi_aid": {"show_counts": True}})
    assert await seen() == ([2, 2, 1], 1, 0)
