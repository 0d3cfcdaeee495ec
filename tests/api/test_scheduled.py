"""Posts for later: kept as written, published once at their hour, for those who are friends then."""

from datetime import timedelta
from typing import Any

import pytest

from fedi_aid.actions import files as file_actions
from fedi_aid.butler import handlers as butler
from fedi_aid.butler import scheduled as at_their_hour
from fedi_aid.storage import files as file_rows
from fedi_aid.storage import jobs as queue
from fedi_aid.storage import people as people_rows
from fedi_aid.work.runner import Runner
from tests.api.conftest import Caller, World
from tests.api.openapi import conforms, is_a, well_shaped
from tests.media.conftest import picture

pytestmark = pytest.mark.anyio

PATH, STATUSES = "/api/v1/scheduled_statuses", "/api/v1/statuses"


async def nothing(_job: Any) -> None:
    return None


def runner(world: World, worker: str = "clock") -> Runner:
    handlers = {**butler.handlers(), **at_their_hour.handlers(world.db), "fan_out": nothing}
    return Runner(world.db, handlers, concurrency={"butler": 1, "deliver": 1, "media": 1}, worker_id=worker)


def hour(world: World, **later: float) -> str:
    return str((world.clock() + timedelta(**later)).isoformat())


async def plan(caller: Caller, text: str = "good morning", status: int = 200, **fields: Any) -> Any:
    given = {"status": text, "scheduled_at": hour(caller.world, hours=1)} | fields
    return await caller.post(STATUSES, status, json=given)


async def written(caller: Caller, by: Caller) -> list[str]:
    found = await caller.get(f"/api/v1/accounts/{by.id}/statuses")
    return [one["content"] for one in found]


async def test_it_is_kept_as_written_and_goes_at_its_hour(both_worlds: World) -> None:
    world = both_worlds
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    sent = {"file": ("a.jpg", picture(), "image/jpeg")}
    media = await amina.post("/api/v2/media", files=sent)
    planned = await plan(
        amina,
        "the ramp #help",
        spoiler_text="wood",
        language="fr",
        visibility="private",
        media_ids=[media["id"]],
        fedi_aid={"intimacy": 1},
    )
    is_a(planned, "ScheduledStatus")
    well_shaped(planned)
    params = planned["params"]
    assert (params["text"], params["spoiler_text"], params["visibility"]) == (
        "the ramp #help",
        "wood",
        "private",
    )
    assert (params["language"], params["media_ids"], params["scheduled_at"]) == ("fr", [media["id"]], None)
    assert params["fedi_aid"]["intimacy"] == 1
    assert [one["id"] for one in planned["media_attachments"]] == [media["id"]]
    listed = await amina.get(PATH)
    conforms(listed, "GET", PATH)
    assert listed == [planned]
    assert await amina.get(f"{PATH}/{planned['id']}") == planned
    assert await written(amina, amina) == []

    world.tick(minutes=59)
    await runner(world).run_until_idle()
    assert await written(amina, amina) == []
    # Chosen when it goes: who became a friend meanwhile reads it, who was left does not.
    chloe = await world.member("chloe")
    await world.befriend(amina, chloe)
    await bruno.post(f"/api/v1/accounts/{amina.id}/unfollow")
    world.tick(minutes=2)
    await runner(world).run_until_idle()
    (mine,) = await amina.get(f"/api/v1/accounts/{amina.id}/statuses")
    assert mine["fedi_aid"]["help"] is not None
    assert mine["fedi_aid"]["intimacy"] == 1
    assert (mine["spoiler_text"], mine["language"]) == ("wood", "fr")
    assert [one["id"] for one in mine["media_attachments"]] == [media["id"]]
    assert len(await written(chloe, amina)) == 1
    assert await written(bruno, amina) == []
    assert await amina.get(PATH) == []
    await runner(world).run_until_idle()
    assert len(await written(amina, amina)) == 1


async def test_a_worker_killed_in_the_middle_publishes_once(both_worlds: World) -> None:
    """The row goes, the post comes and the job ends in one transaction: a kill -9 anywhere leaves all or
    nothing, and whoever takes the job back finds out."""
    world = both_worlds
    amina = await world.member("amina")
    await plan(amina)
    world.tick(hours=2)
    lease = timedelta(minutes=1)
    (job,) = [
        one
        for one in await world.db.write(queue.claim, "butler", "killed", lease, 5)
        if one.kind == "publish_scheduled"
    ]
    finish = await at_their_hour.handlers(world.db)["publish_scheduled"](job)
    assert finish is not None  # tried out, and then the power went
    assert await written(amina, amina) == []
    world.tick(minutes=2)
    await runner(world).run_until_idle()
    assert len(await written(amina, amina)) == 1
    # The one that was thought dead wakes up: its claim is lost, and what it would do is nothing.
    assert not await world.db.write(lambda tx: queue.finish(tx, job.id, held=job))
    await world.db.write(finish)
    assert len(await written(amina, amina)) == 1


async def test_another_hour_and_never(world: World) -> None:
    amina = await world.member("amina")
    one, other = await plan(amina, "first"), await plan(amina, "second")
    later = hour(world, days=2)
    moved = (await amina.call("PUT", f"{PATH}/{one['id']}", json={"scheduled_at": later})).json()
    is_a(moved, "ScheduledStatus")
    assert moved["scheduled_at"].startswith(later[:16])
    assert (await amina.call("DELETE", f"{PATH}/{other['id']}")).json() == {}
    assert (await amina.call("GET", f"{PATH}/{other['id']}")).status_code == 404
    assert (await amina.call("DELETE", f"{PATH}/{other['id']}")).status_code == 404
    world.tick(hours=2)
    await runner(world).run_until_idle()
    assert await written(amina, amina) == []
    sooner = hour(world, minutes=6)
    assert (await amina.call("PUT", f"{PATH}/{one['id']}", json={"scheduled_at": sooner})).status_code == 200
    world.tick(minutes=7)
    await runner(world).run_until_idle()
    assert len(await written(amina, amina)) == 1


async def test_what_waits_is_its_authors_alone(world: World) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    planned = await plan(amina)
    assert await bruno.get(PATH) == []
    missing = await bruno.call("GET", f"{PATH}/999999999")
    for method, body in (("GET", {}), ("PUT", {"scheduled_at": hour(world, hours=3)}), ("DELETE", {})):
        hidden = await bruno.call(method, f"{PATH}/{planned['id']}", json=body)
        assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert (await amina.get(f"{PATH}/{planned['id']}")) == planned


@pytest.mark.parametrize(
    "when",
    [
        *(
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-03-14",
            "2020-01-01T00:00:00Z",
            "9999-12-31T23:59:59-10:00",
        ),
        *("0001-01-01T00:00:00+10:00", "2026-03-14T09:04:00Z", "2040-01-01T00:00:00Z", "1e9", "٢٠٢٦-٠٣-١٥"),
        ["2026-03-20T00:00:00Z", {"a": 1}],
    ],
)
async def test_bad_dates_are_refused(world: World, when: Any) -> None:
    amina = await world.member("amina")
    refused = await plan(amina, status=422, scheduled_at=when)
    assert "scheduled_at" in refused["details"]
    planned = await plan(amina)
    answer = await amina.call("PUT", f"{PATH}/{planned['id']}", json={"scheduled_at": when})
    assert answer.status_code == 422
    assert "scheduled_at" in answer.json()["details"]
    assert await amina.get(PATH) == [planned]


async def test_a_blank_hour_means_now_for_a_new_post_and_nothing_for_an_old_one(world: World) -> None:
    amina = await world.member("amina")
    assert "content" in await plan(amina, scheduled_at="")
    planned = await plan(amina)
    assert (await amina.call("PUT", f"{PATH}/{planned['id']}", json={})).status_code == 422


@pytest.mark.parametrize(
    "fields",
    [
        {"status": ""},
        {"status": "x" * 6_000},
        {"media_ids": ["123456789"]},
        {"status": "#intimacy9", "visibility": "private"},
        {"poll": {"options": ["one"], "expires_in": 600}},
        {"fedi_aid": {"intimacy": 9}},
        {"in_reply_to_id": "99999"},
    ],
)
async def test_what_could_not_be_published_now_is_refused_at_once(
    world: World, fields: dict[str, Any]
) -> None:
    """And leaves nothing behind: the rehearsal is taken back."""
    amina = await world.member("amina")
    refused = await amina.call(
        "POST", STATUSES, json={"status": "hello", "scheduled_at": hour(world, hours=1)} | fields
    )
    assert refused.status_code in (404, 422)
    assert await amina.get(PATH) == []
    assert await written(amina, amina) == []
    assert [one for one in await world.db.read(queue.counts) if one.kind != "butler_confirm"] == []


async def test_polls_and_answers_wait_too(world: World) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    poll = {"options": ["Monday", "Tuesday"], "expires_in": 3600, "multiple": True}
    planned = await plan(amina, "which day?", poll=poll)
    is_a(planned, "ScheduledStatus")
    assert planned["params"]["poll"] == poll | {"hide_totals": False}
    post = await bruno.say("@amina when?", visibility="direct")
    answer = await plan(amina, "soon", in_reply_to_id=post["id"])
    assert answer["params"]["in_reply_to_id"] == int(post["id"])
    world.tick(hours=2)
    await runner(world).run_until_idle()
    mine = await amina.get(f"/api/v1/accounts/{amina.id}/statuses")
    asked = next(one for one in mine if one["poll"])
    assert [option["title"] for option in asked["poll"]["options"]] == ["Monday", "Tuesday"]
    # The poll runs from when it is published.
    assert asked["poll"]["expires_at"].startswith((world.clock() + timedelta(hours=1)).isoformat()[:16])
    thread = await bruno.get(f"{STATUSES}/{post['id']}/context")
    assert len(thread["descendants"]) == 1


async def test_files_wait_with_it_and_are_for_nothing_else(world: World) -> None:
    amina = await world.member("amina")
    sent = {"file": ("a.jpg", picture(), "image/jpeg")}
    media = await amina.post("/api/v2/media", files=sent)
    planned = await plan(amina, media_ids=[media["id"]], scheduled_at=hour(world, days=9))
    await amina.post(STATUSES, 422, json={"status": "now", "media_ids": [media["id"]]})
    await plan(amina, "twice", 422, media_ids=[media["id"]])
    assert (await amina.call("DELETE", f"/api/v1/media/{media['id']}")).status_code == 422
    world.tick(days=3)
    await world.db.write(file_actions.remove_loose)
    assert await world.db.read(file_rows.own, amina.member.id, int(media["id"])) is not None
    assert (await amina.call("DELETE", f"{PATH}/{planned['id']}")).status_code == 200
    await world.db.write(file_actions.remove_loose)
    assert await world.db.read(file_rows.own, amina.member.id, int(media["id"])) is None


async def test_what_cannot_go_any_more_comes_back_to_its_author(world: World) -> None:
    """Nothing half written, nothing lost, and nobody else hears of it."""
    amina, bruno = await world.member("amina"), await world.member("bruno", locale="fr")
    await world.befriend(amina, bruno)
    post = await amina.say("@bruno when?", visibility="direct")
    await plan(bruno, "jeudi, avec @amina", in_reply_to_id=post["id"])
    assert (await amina.call("DELETE", f"{STATUSES}/{post['id']}")).status_code == 200
    world.tick(hours=2)
    await runner(world).run_until_idle()
    assert await bruno.get(PATH) == []
    assert await written(bruno, bruno) == []
    (letter,) = await bruno.get("/api/v1/notifications", params={"types[]": "mention"})
    assert letter["account"]["acct"] == "butler"
    assert "jeudi, avec" in letter["status"]["content"]
    assert "n’est plus là" in letter["status"]["content"]
    assert [one["username"] for one in letter["status"]["mentions"]] == ["bruno"]
    mine = await amina.get("/api/v1/notifications", params={"types[]": "mention"})
    assert mine == []


async def test_a_suspended_author_publishes_nothing(world: World) -> None:
    amina = await world.member("amina")
    await plan(amina)
    await world.db.write(people_rows.change_member, amina.member.id, state="suspended")
    world.tick(hours=2)
    await runner(world).run_until_idle()
    await world.db.write(people_rows.change_member, amina.member.id, state="active")
    assert await written(amina, amina) == []
    assert await amina.get(PATH) == []


async def test_levels_3_and_4_wait_for_their_authors_word_at_their_hour(world: World) -> None:
    """RULES R14: agreeing to a preview days before says nothing of who is close then."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    await amina.post(f"/api/v1/fedi_aid/accounts/{bruno.id}/close")
    await plan(amina, "I am afraid", fedi_aid={"intimacy": 4, "approved": True})
    world.tick(hours=2)
    await runner(world).run_until_idle()
    assert len(await written(amina, amina)) == 1
    assert await written(bruno, amina) == []


async def test_sent_twice_it_is_one(world: World) -> None:
    amina = await world.member("amina")
    given = {"status": "once", "scheduled_at": hour(world, hours=1)}
    headers = {"Idempotency-Key": "a key"}
    one = await amina.post(STATUSES, json=given, headers=headers)
    assert await amina.post(STATUSES, json=given, headers=headers) == one
    now = await amina.post(STATUSES, json={"status": "now"}, headers=headers)
    assert now["id"] != one["id"]
    assert len(await amina.get(PATH)) == 1


async def test_only_so_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    amina = await world.member("amina")
    day = world.clock().date() + timedelta(days=2)
    first = None
    for number in range(25):
        first = await plan(amina, f"post {number}", scheduled_at=f"{day}T{number % 24:02d}:00:00Z")
    refused = await plan(amina, "one more", 422, scheduled_at=f"{day}T23:59:59Z")
    assert "25" in refused["error"]
    assert first is not None
    within = {"scheduled_at": f"{day}T12:34:00Z"}
    assert (await amina.call("PUT", f"{PATH}/{first['id']}", json=within)).status_code == 200
    monkeypatch.setattr("fedi_aid.actions.scheduling.IN_ALL", 25)
    refused = await plan(amina, "another day", 422, scheduled_at=f"{day + timedelta(days=1)}T12:00:00Z")
    assert "At most 25" in refused["error"]
    pages = await amina.call("GET", PATH, params={"limit": 20})
    assert len(pages.json()) == 20
    assert 'rel="next"' in pages.headers["link"]
