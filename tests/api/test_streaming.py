"""Streaming over real sockets: what is told, to whom, and what ends it."""

import asyncio
import contextlib
import json
from typing import Any

import httpx
import pytest
import websockets

from fedi_aid.client_api.streaming import MAX_STREAMS
from fedi_aid.storage import access as access_rows
from tests.api.conftest import Caller, World, checked

pytestmark = pytest.mark.anyio
PATIENCE = 10.0


def address(world: World, path: str = "/api/v1/streaming") -> str:
    return world.settings.base_url.replace("http", "ws", 1) + path


async def heard(socket: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    return found


async def subscribed(world: World, caller: Caller, *streams: dict[str, str]) -> Any:
    """A socket listening to these streams; a refused frame proves that the ones before it were read."""
    headers = {"Authorization": f"Bearer {caller.token}"}
    socket = await websockets.connect(address(world), additional_headers=headers)
    for stream in streams:
        await socket.send(json.dumps({"type": "subscribe", **stream}))
    await socket.send(json.dumps({"type": "subscribe", "stream": "nothing"}))
    assert await heard(socket) == {"error": "Unknown stream type", "status": 400}
    return socket


async def test_the_token_comes_in_three_ways_and_a_protocol_is_echoed(served: World) -> None:
    amina = await served.member("amina")
    ways: list[dict[str, Any]] = [
        {"uri": address(served), "subprotocols": [amina.token]},
        {"uri": address(served, f"/api/v1/streaming?access_token={amina.token}&stream=user")},
        {"uri": address(served, "/api/v1/streaming/"), "additional_headers": {"Authorization": f"Bearer {amina.token}"}},
    ]  # fmt: skip
    for way in ways:
        async with websockets.connect(**way) as socket:
            assert socket.subprotocol == (amina.token if "subprotocols" in way else None)
            await socket.send(json.dumps({"type": "subscribe", "stream": "user"}))
            await socket.send("{}")
            assert (await heard(socket))["status"] == 400
            made = await amina.say("hello")
            event = await heard(socket)
            assert (event["stream"], event["event"]) == (["user"], "update")
            assert json.loads(event["payload"])["id"] == made["id"]


async def test_without_a_good_token_nobody_listens(served: World) -> None:
    """C07: no token, a false one, an app's own: refused before the handshake."""
    for how in ({}, {"subprotocols": ["nobody"]}):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(address(served), **how)
        assert refused.value.response.status_code == 401
    small = await served.member("bruno", scopes="write")
    async with websockets.connect(address(served), subprotocols=[small.token]) as socket:
        await socket.send(json.dumps({"type": "subscribe", "stream": "user"}))
        assert await heard(socket) == {
            "error": "Access token does not have the required scopes",
            "status": 401,
        }


async def test_frames_that_cannot_be_read_are_told_so(served: World) -> None:
    amina = await served.member("amina")
    socket = await subscribed(served, amina, {"stream": "user"})
    for frame in ("", "x", "[]", "{" * 3000, "x" * 5000, '{"type": "dance"}', '{"type": "subscribe"}'):
        await socket.send(frame)
        assert (await heard(socket))["status"] == 400
    await socket.send(b"bytes")
    assert (await heard(socket))["status"] == 400
    for stream in ({"stream": "hashtag"}, {"stream": "list", "list": "1"}):
        await socket.send(json.dumps({"type": "subscribe", **stream}))
        assert (await heard(socket))["status"] in (400, 404)
    await socket.send(json.dumps({"type": "unsubscribe", "stream": "user"}))
    await socket.send("x")
    await heard(socket)
    await amina.say("not told any more")
    await socket.send("x")
    assert (await heard(socket))["status"] == 400
    await socket.close()


async def test_only_those_who_may_see_are_told(served: World) -> None:
    """R7: an outsider's stream is silent about what is hidden, its deletion included."""
    amina, bruno, chloe = [await served.member(name) for name in ("amina", "bruno", "chloe")]
    await served.befriend(amina, bruno)
    streams = (
        {"stream": "user"},
        {"stream": "public"},
        {"stream": "hashtag", "tag": "garden"},
        {"stream": "direct"},
    )
    friend, outsider = await subscribed(served, bruno, *streams), await subscribed(served, chloe, *streams)
    hidden = await amina.say("for friends #garden")
    assert (await heard(friend))["event"] == "update"
    checked(
        await amina.call("PUT", f"/api/v1/statuses/{hidden['id']}", json={"status": "for friends, changed"})
    )
    changed = await heard(friend)
    assert changed["event"] == "status.update"
    assert json.loads(changed["payload"])["content"] == "<p>for friends, changed</p>"
    checked(await amina.call("DELETE", f"/api/v1/statuses/{hidden['id']}"))
    assert await heard(friend) == {"stream": ["user"], "event": "delete", "payload": hidden["id"]}
    said = await amina.say("@bruno just you", visibility="direct")
    events = [await heard(friend) for _ in range(3)]
    assert {event["event"] for event in events} == {"notification", "update", "conversation"}
    assert said["id"] in events[0]["payload"]
    # The first thing the outsider hears is the public post that follows all this.
    public = await amina.say("for all #garden", visibility="public")
    first = [await heard(outsider), await heard(outsider)]
    assert {tuple(event["stream"]) for event in first} == {("public",), ("hashtag", "garden")}
    assert all(json.loads(event["payload"])["id"] == public["id"] for event in first)
    await friend.close()
    await outsider.close()


async def test_each_public_stream_takes_its_own(served: World) -> None:
    amina = await served.member("amina")
    listening = await subscribed(
        served,
        amina,
        *(
            {"stream": name}
            for name in ("public:local", "public:remote", "public:media", "public:local:media")
        ),
        {"stream": "hashtag:local", "tag": "Garden"},
        {"stream": "hashtag", "tag": "other"},
    )
    await amina.say("for all #garden", visibility="public")
    streams = [(await heard(listening))["stream"] for _ in range(2)]
    assert sorted(streams) == [["hashtag:local", "garden"], ["public:local"]]
    await listening.close()


async def test_a_list_is_streamed_to_its_owner(served: World) -> None:
    amina, bruno, chloe = [await served.member(name) for name in ("amina", "bruno", "chloe")]
    for friend in (bruno, chloe):
        await served.befriend(amina, friend)
    made = await amina.post("/api/v1/lists", json={"title": "Choir"})
    await amina.post(f"/api/v1/lists/{made['id']}/accounts", json={"account_ids": [bruno.id]})
    listening = await subscribed(served, amina, {"stream": "list", "list": made["id"]})
    await chloe.say("not on it")
    wanted = await bruno.say("on it")
    event = await heard(listening)
    assert event["stream"] == ["list", made["id"]]
    assert json.loads(event["payload"])["id"] == wanted["id"]
    await listening.close()


async def test_a_revoked_token_ends_its_streams(served: World) -> None:
    """C08."""
    amina = await served.member("amina")
    listening = await subscribed(served, amina, {"stream": "user"})
    other = await served.token(amina, "read write")
    await served.db.write(access_rows.end_tokens, token_id=await _token_id(served, amina))
    answer = await served.http.post(
        "/api/v1/statuses", json={"status": "secret"}, headers={"Authorization": f"Bearer {other}"}
    )
    assert answer.status_code == 200
    with pytest.raises(websockets.ConnectionClosed):
        await heard(listening)


async def _token_id(world: World, caller: Caller) -> int:
    from fedi_aid.actions.access import caller_of_token

    found = await world.db.read(caller_of_token, caller.token)
    assert found is not None
    return found.token_id


async def test_one_member_cannot_open_streams_without_end(served: World) -> None:
    amina = await served.member("amina")
    open_sockets = [await subscribed(served, amina) for _ in range(MAX_STREAMS)]
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(address(served), subprotocols=[amina.token])
    for socket in open_sockets:
        await socket.close()
    for _ in range(200):
        with contextlib.suppress(websockets.InvalidStatus):
            await (await websockets.connect(address(served), subprotocols=[amina.token])).close()
            return
        await asyncio.sleep(0.02)
    pytest.fail("closed streams were never forgotten")


async def test_server_sent_events(served: World) -> None:
    amina = await served.member("amina")
    assert (await httpx.AsyncClient().get(f"{served.settings.base_url}/api/v1/streaming/health")).text == "OK"
    async with httpx.AsyncClient(base_url=served.settings.base_url, timeout=PATIENCE) as client:
        headers = {"Authorization": f"Bearer {amina.token}"}
        for path in ("/api/v1/streaming/user", "/api/v1/streaming?stream=user"):
            async with client.stream("GET", path, headers=headers) as response:
                assert response.headers["content-type"].startswith("text/event-stream")
                assert response.headers["access-control-allow-origin"] == "*"
                lines = response.aiter_lines()
                assert await anext(lines) == ":)"
                made = await amina.say("hello")
                found = [line async for line in _until_data(lines)]
                assert found[-2] == "event: update"
                assert json.loads(found[-1].removeprefix("data: "))["id"] == made["id"]
        assert (await client.get("/api/v1/streaming/nothing", headers=headers)).status_code == 400
        assert (await client.get("/api/v1/streaming/hashtag", headers=headers)).status_code == 400
        assert (await client.get("/api/v1/streaming/user")).status_code == 401


async def _until_data(lines: Any) -> Any:
    async for line in lines:
        yield line
        if line.startswith("data:"):
            return


async def test_what_one_does_not_want_to_read_is_not_streamed(served: World) -> None:
    """Filters that hide, and people muted, act on streams too; and apps hear that filters changed."""
    amina, bruno = await served.member("amina"), await served.member("bruno")
    await served.befriend(amina, bruno)
    socket = await subscribed(served, amina, {"stream": "user"})
    made = {"title": "t", "context": ["home"], "filter_action": "hide"}
    await amina.post("/api/v2/filters", json=made | {"keywords_attributes": [{"keyword": "onions"}]})
    assert (await heard(socket))["event"] == "filters_changed"
    await bruno.say("about onions", visibility="public")
    await bruno.say("about bread", visibility="public")
    assert "bread" in (await heard(socket))["payload"]
    await amina.post(f"/api/v1/accounts/{bruno.id}/mute")
    await bruno.say("about cheese", visibility="public")
    await amina.say("about me")
    assert "about me" in (await heard(socket))["payload"]
    await socket.close()
