"""What keeps people apart: servers one does not want to hear of, and reports."""

from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import ties
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.moderation import reports
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World, checked
from tests.api.openapi import conforms, well_shaped

pytestmark = pytest.mark.anyio

BLOCKS, REPORTS = "/api/v1/domain_blocks", "/api/v1/reports"


async def far_friend(world: World, amina: Caller, username: str = "frank") -> PersonId:
    """Somebody elsewhere with whom Amina is friends."""
    found = await world.stranger(username)

    def work(tx: Tx) -> None:
        tie_rows.put_follow(
            tx, amina.member.id, found, state="accepted", uri=f"https://aid.example/1/{username}"
        )
        tie_rows.put_follow(
            tx, found, amina.member.id, state="accepted", uri=f"https://far.example/2/{username}"
        )

    await world.db.write(work)
    return found


async def jobs_of(world: World) -> list[str]:
    return await world.db.read(lambda tx: tx.column(select(jobs.c.kind)))


async def test_blocking_a_server_cuts_ties_and_hides_its_people(world: World, amina: Caller) -> None:
    frank = await far_friend(world, amina)
    assert await amina.get(f"{BLOCKS}/preview", params={"domain": "far.example"}) == {
        "following_count": 1,
        "followers_count": 1,
    }
    assert await amina.post(BLOCKS, data={"domain": "Far.Example"}) == {}
    listed = await amina.get(BLOCKS)
    conforms(listed, "GET", BLOCKS)
    assert listed == ["far.example"]
    (relation,) = await amina.get("/api/v1/accounts/relationships", params={"id[]": str(frank)})
    assert (relation["following"], relation["followed_by"], relation["domain_blocking"]) == (
        False,
        False,
        True,
    )
    assert "tell_tie" in await jobs_of(world)  # their server hears that the follows ended
    again = await world.db.write(
        ties.follow_arrived, frank, amina.member.id, uri="https://far.example/follows/3"
    )
    assert again is None
    assert await amina.get("/api/v1/follow_requests") == []
    barred = await world.db.read(tie_rows.barred_ids, frank, [amina.member.id])
    assert barred == {amina.member.id}  # also where somebody else chooses
    assert checked(await amina.call("DELETE", BLOCKS, json={"domain": "far.example"})) == {}
    assert await amina.get(BLOCKS) == []
    await world.db.write(ties.follow_arrived, frank, amina.member.id, uri="https://far.example/follows/4")
    assert [one["acct"] for one in await amina.get("/api/v1/follow_requests")] == ["frank@far.example"]


async def test_what_its_people_did_is_not_shown(world: World, amina: Caller) -> None:
    await world.stranger("gina", "other.example")
    frank = await world.stranger("frank")
    await world.db.write(ties.follow_arrived, frank, amina.member.id, uri="https://far.example/follows/1")
    assert [one["type"] for one in await amina.get("/api/v1/notifications")] == ["follow_request"]
    await amina.post(BLOCKS, json={"domain": "far.example"})
    assert await amina.get("/api/v1/notifications") == []
    assert await amina.get("/api/v1/follow_requests") == []
    bruno = await world.member("bruno")
    assert await bruno.get(BLOCKS) == []  # it is one member's alone


async def test_domain_blocks_by_pages(world: World, amina: Caller) -> None:
    for name in ("one.example", "two.example", "three.example"):
        await amina.post(BLOCKS, json={"domain": name})
        world.tick()
    page = await amina.call("GET", BLOCKS, params={"limit": 2})
    assert checked(page) == ["three.example", "two.example"]
    assert await amina.get(page.links["next"]["url"].removeprefix("http://aid.example")) == ["one.example"]


async def test_what_is_no_other_server_is_refused(amina: Caller) -> None:
    for domain in ("", "no server", "aid.example", "localhost", "x" * 600, "a..b"):
        for method, path in (("POST", BLOCKS), ("DELETE", BLOCKS), ("GET", f"{BLOCKS}/preview")):
            refused = checked(await amina.call(method, path, params={"domain": domain}), 422)
            assert "domain" in refused["details"], domain


async def test_who_is_muted_leaves_lists_too(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    made = await amina.post("/api/v1/lists", json={"title": "Choir"})
    await amina.post(f"/api/v1/lists/{made['id']}/accounts", json={"account_ids": [bruno.id]})
    await bruno.say("hello, choir")
    path = f"/api/v1/timelines/list/{made['id']}"
    assert len(await amina.get(path)) == 1
    await amina.post(f"/api/v1/accounts/{bruno.id}/mute")
    assert await amina.get(path) == []


# -- reports


async def test_a_report_with_rules_and_posts(world: World, amina: Caller, bruno: Caller) -> None:
    await world.befriend(amina, bruno)
    said = await bruno.say("something unkind")
    made = await amina.post(
        REPORTS,
        json={
            "account_id": bruno.id,
            "status_ids": [said["id"]],
            "comment": " It hurts ",
            "rule_ids": ["4"],
            "forward": True,
        },
    )
    conforms(made, "POST", REPORTS)
    well_shaped(made)
    assert made["target_account"]["acct"] == "bruno"
    assert (made["category"], made["comment"], made["status_ids"]) == ("violation", "It hurts", [said["id"]])
    assert (made["rule_ids"], made["forwarded"], made["action_taken"]) == (
        ["4"],
        False,
        False,
    )  # he is from here
    assert await bruno.get("/api/v1/notifications", params={"exclude_types[]": "follow"}) == []


async def test_after_a_report_neither_is_in_an_audience_of_the_other(
    world: World, amina: Caller, bruno: Caller
) -> None:
    """R6: it acts on what comes, in both directions, and cannot be noticed."""
    await world.befriend(amina, bruno)
    before = await amina.say("before")
    theirs = await bruno.say("before too")
    await amina.post(REPORTS, data={"account_id": bruno.id})
    later, answer = await amina.say("after"), await bruno.say("after too")
    assert (await bruno.get(f"/api/v1/statuses/{before['id']}"))["id"] == before["id"]
    assert (await amina.get(f"/api/v1/statuses/{theirs['id']}"))["id"] == theirs["id"]
    await bruno.get(f"/api/v1/statuses/{later['id']}", 404)
    await amina.get(f"/api/v1/statuses/{answer['id']}", 404)
    (relation,) = await bruno.get("/api/v1/accounts/relationships", params={"id[]": amina.id})
    assert relation["followed_by"] is True


async def test_forwarding_is_for_people_elsewhere(world: World, amina: Caller) -> None:
    frank = await world.stranger("frank")
    silent = await amina.post(REPORTS, data={"account_id": str(frank)})
    assert silent["forwarded"] is False
    assert "send_flag" not in await jobs_of(world)
    told = await amina.post(REPORTS, data={"account_id": str(frank), "forward": "true", "category": "spam"})
    assert (told["forwarded"], told["category"]) == (True, "spam")
    assert (await jobs_of(world)).count("send_flag") == 1


async def test_a_report_finds_nothing_out(world: World, amina: Caller, bruno: Caller) -> None:
    """R7: a post one may not see, one of somebody else and one that is not are alike, and nothing is kept."""
    hidden = await bruno.say("not for Amina")
    own = await amina.say("mine")
    answers = set()
    for status_id in (hidden["id"], own["id"], "1", "x", "99999999999999999999"):
        body = {"account_id": bruno.id, "status_ids": [status_id]}
        refused = await amina.call("POST", REPORTS, json=body)
        answers.add((refused.status_code, refused.content))
    for account_id in ("1", "x", ""):
        refused = await amina.call("POST", REPORTS, json={"account_id": account_id})
        answers.add((refused.status_code, refused.content))
    assert answers == {(404, b'{"error":"Record not found"}')}
    assert await world.db.read(lambda tx: tx.column(select(reports.c.id))) == []


async def test_what_cannot_be_reported_is_refused(world: World, amina: Caller, bruno: Caller) -> None:
    butler: Any = await amina.get("/api/v1/accounts/lookup", params={"acct": "butler"})
    for body, field in (
        ({"account_id": amina.id}, "account_id"),
        ({"account_id": butler["id"]}, "account_id"),
        ({"category": "boring"}, "category"),
        ({"rule_ids": ["99"]}, "rule_ids"),
        ({"comment": "x" * 1_001}, "comment"),
    ):
        refused = await amina.post(REPORTS, 422, json={"account_id": bruno.id} | body)
        assert field in refused["details"]
