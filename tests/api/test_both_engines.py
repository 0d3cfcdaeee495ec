"""What lies around the posts, on SQLite and on PostgreSQL: each question is asked once on both."""

import pytest

from fedi_aid.storage import announcements
from tests.api.conftest import World, checked

pytestmark = pytest.mark.anyio


async def test_strangers_filters_tags_and_servers(both_worlds: World) -> None:
    world = both_worlds
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await bruno.say("@amina hello", visibility="direct")
    await bruno.say("@amina hello again", visibility="direct")
    (waiting,) = await amina.get("/api/v1/notifications/requests", params={"min_id": "1"})
    assert waiting["notifications_count"] == "2"
    summary = (await amina.get("/api/v2/notifications/policy"))["summary"]
    assert summary == {"pending_requests_count": 1, "pending_notifications_count": 2}
    checked(await amina.call("PATCH", "/api/v2/notifications/policy", json={"for_new_accounts": "filter"}))
    checked(await amina.call("PATCH", "/api/v2/notifications/policy", json={"for_new_accounts": "accept"}))
    await amina.post(f"/api/v1/notifications/requests/{waiting['id']}/accept")
    assert len(await amina.get("/api/v1/notifications")) == 2
    assert len(await amina.get("/api/v1/conversations")) == 2

    await amina.post("/api/v1/tags/garden/follow")
    await amina.post("/api/v1/featured_tags", data={"name": "bread"})
    made = await bruno.say("#garden #bread onions", visibility="public")
    assert [one["id"] for one in await amina.get("/api/v1/timelines/home")] == [made["id"]]
    query = {"any[]": "music", "all[]": "bread", "none[]": "sold"}
    assert len(await amina.get("/api/v1/timelines/tag/garden", params=query)) == 1
    assert [one["name"] for one in await bruno.get("/api/v1/featured_tags/suggestions")] == [
        "bread",
        "garden",
    ]

    body = {"title": "t", "context": ["home"], "keywords_attributes": [{"keyword": "onions"}]}
    one = await amina.post("/api/v2/filters", json=body)
    await amina.post(f"/api/v2/filters/{one['id']}/statuses", json={"status_id": made["id"]})
    (shown,) = await amina.get("/api/v1/timelines/home")
    assert shown["filtered"][0]["status_matches"] == [made["id"]]
    assert checked(await amina.call("DELETE", f"/api/v2/filters/{one['id']}")) == {}
    await amina.post("/api/v1/tags/garden/unfollow")
    assert await amina.get("/api/v1/timelines/home") == []

    await amina.post("/api/v1/domain_blocks", data={"domain": "far.example"})
    assert await amina.get("/api/v1/domain_blocks") == ["far.example"]
    assert len(await amina.get("/api/v1/timelines/public")) == 1
    told = await world.db.write(announcements.publish, "<p>Welcome</p>")
    await amina.post(f"/api/v1/announcements/{told}/dismiss")
    assert await amina.get("/api/v1/announcements") == []
    assert (await amina.post("/api/v1/reports", data={"account_id": bruno.id}))["category"] == "other"
    await bruno.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": True})
    assert len(await amina.get("/api/v1/directory")) == 1
    world.tick(days=1)
    weeks = checked(await world.http.get("/api/v1/instance/activity"))
    assert "10" in {week["registrations"] for week in weeks}
