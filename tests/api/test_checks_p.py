"""Every way to come upon a post obeys the access list that the home timeline obeys."""

import pytest

from tests.api.conftest import World

pytestmark = pytest.mark.anyio

WORD = "quagmire"


async def test_no_side_door_shows_a_hidden_post(world: World) -> None:
    """P18, RULES R7: search by word and by address, tags, profiles, threads, notices, markers, exports of the
    API: somebody outside gets what they get for a post that does not exist; a reader finds it at home."""
    amina, bruno, dov = [await world.member(name) for name in ("amina", "bruno", "dov")]
    await world.befriend(amina, bruno)
    said = await amina.say(f"A {WORD} for friends. #marmalade", fedi_aid={"intimacy": 2})
    assert WORD in str(await bruno.get("/api/v1/timelines/home"))
    paths = [
        f"/api/v2/search?q={WORD}&type=statuses",
        f"/api/v2/search?q={said['uri']}&resolve=true",
        f"/api/v2/search?q={said['url'] or said['uri']}&type=statuses",
        "/api/v1/timelines/tag/marmalade",
        "/api/v1/timelines/public",
        "/api/v1/timelines/home",
        f"/api/v1/accounts/{amina.id}/statuses",
        f"/api/v1/accounts/{amina.id}/statuses?pinned=true",
        "/api/v1/notifications",
        "/api/v1/bookmarks",
        "/api/v1/favourites",
    ]
    for path in paths:
        answer = await dov.call("GET", path)
        assert answer.status_code == 200, path
        assert WORD not in answer.text, path
        assert str(said["id"]) not in answer.text, path
    missing = str(int(said["id"]) + 1)
    for path in ("", "/context", "/source", "/history", "/favourited_by", "/reblogged_by"):
        hidden = await dov.call("GET", f"/api/v1/statuses/{said['id']}{path}")
        absent = await dov.call("GET", f"/api/v1/statuses/{missing}{path}")
        assert hidden.status_code == absent.status_code == 404, path
        assert hidden.content == absent.content
    # What a reader finds by word is their own alone: words of others are not searched.
    assert (await bruno.get(f"/api/v2/search?q={WORD}"))["statuses"] == []
    assert len((await amina.get(f"/api/v2/search?q={WORD}"))["statuses"]) == 1
