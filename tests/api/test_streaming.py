"""Streaming over real sockets: what is told, to whom, and what ends it."""

import asyncio
import contextlib
import dataclasses
import json
import socket as sockets
from typing import Any

import httpx
import pytest
import websockets
from structlog.testing import capture_logs

from fedi_aid.actions import announcing, judging
from fedi_aid.bus import QUEUE, Bus
from fedi_aid.client_api import streaming
from fedi_aid.client_api.streaming import MAX_STREAMS
from fedi_aid.storage import access as access_rows
from fedi_aid.storage.neighbours import LOST
from fedi_aid.storage.tx import Announcement
from tests.api.conftest import Caller, World, checked
from tests.queries import counted

pytestmark = pytest.mark.anyio
PATIENCE = 60.0


def address(world: World, path: str = "/api/v1/streaming") -> str:
    return world.settings.base_url.replace("http", "ws", 1) + path


async def heard(socket: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    return found


async def subscribed(world: World, caller: Caller, *streams: dict[str, str]) -> Any:
    """A socket listening to these streams; a refused frame proves that the ones before it were read."""
    headers = {"Authorization": f"Bearer {caller.token}"}
    socket = await websockets.connect(address(world), additional_headers=headers, open_timeout=PATIENCE)
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
    """X02: no token, a false one, an app's own: refused before the handshake."""
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
    """X02: a token that is taken back is heard no more."""
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


async def test_devices_share_what_is_read_and_not_the_right_to_it(served: World) -> None:
    """X02: what all devices of a member hear is read once; a token that ends takes its own streams alone."""
    amina, bruno = await served.member("amina"), await served.member("bruno")
    await served.befriend(amina, bruno)
    devices = [await subscribed(served, amina, {"stream": "user"}) for _ in range(3)]
    second = dataclasses.replace(amina, token=await served.token(amina, "read write"))
    devices.append(await subscribed(served, second, {"stream": "user"}))
    devices.append(await subscribed(served, second, {"stream": "direct"}))
    first = await bruno.say("to all devices")
    told = [await heard(socket) for socket in devices[:4]]
    assert told.count(told[0]) == 4
    assert json.loads(told[0]["payload"])["id"] == first["id"]
    with counted() as statements:
        await bruno.say("read once")
        for socket in devices[:4]:
            await heard(socket)
    rendered = [one for one in statements if one.startswith("SELECT post_tags.post_id")]
    assert len(rendered) <= 2  # for Bruno's own answer, and once for Amina
    await served.db.write(access_rows.end_tokens, token_id=await _token_id(served, second))
    for socket in devices[3:]:
        with pytest.raises(websockets.ConnectionClosed):
            await heard(socket)
    third = await bruno.say("to what is left")
    assert json.loads((await heard(devices[0]))["payload"])["id"] == third["id"]
    for socket in devices[:3]:
        await socket.close()


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
    assert (
        await httpx.AsyncClient(timeout=PATIENCE).get(f"{served.settings.base_url}/api/v1/streaming/health")
    ).text == "OK"
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


async def test_announcements_are_told_with_the_signs_on_them(served: World) -> None:
    amina, bruno = await served.member("amina"), await served.member("bruno")
    socket = await subscribed(served, amina, {"stream": "user"})
    said = await served.db.write(announcing.announce, "The garden opens on Sunday")
    told = await heard(socket)
    assert (told["stream"], told["event"]) == (["user"], "announcement")
    [shown] = await amina.get("/api/v1/announcements")
    assert json.loads(told["payload"]) == shown
    path = f"/api/v1/announcements/{said}/reactions/🌱"
    for caller, count in ((bruno, 1), (amina, 2)):
        checked(await caller.call("PUT", path))
        told = await heard(socket)
        assert told["event"] == "announcement.reaction"
        assert json.loads(told["payload"]) == {"name": "🌱", "count": count, "announcement_id": str(said)}
    for caller, count in ((bruno, 1), (amina, 0)):
        checked(await caller.call("DELETE", path))
        assert json.loads((await heard(socket))["payload"])["count"] == count
    await served.db.write(announcing.withdraw, said)
    assert await heard(socket) == {"stream": ["user"], "event": "announcement.delete", "payload": str(said)}
    await socket.close()


async def test_what_is_deleted_leaves_the_open_streams_of_those_who_saw_it(served: World) -> None:
    """R7: a deletion is told to nobody who could not read the post."""
    amina, bruno, chloe = [await served.member(name) for name in ("amina", "bruno", "chloe")]
    await amina.post(f"/api/v1/accounts/{chloe.id}/block")
    streams = {"stream": "public"}, {"stream": "hashtag", "tag": "garden"}
    reader, blocked = await subscribed(served, bruno, *streams), await subscribed(served, chloe, *streams)
    made = await amina.say("for all #garden", visibility="public")
    for _ in streams:
        assert (await heard(reader))["event"] == "update"
    quiet = await amina.say("for those who look #garden", visibility="unlisted")
    for one in (quiet, made):
        checked(await amina.call("DELETE", f"/api/v1/statuses/{one['id']}"))
    told = [await heard(reader) for _ in streams]
    assert [(one["event"], one["payload"]) for one in told] == [("delete", made["id"])] * 2
    said = await bruno.say("after all that", visibility="public")
    assert json.loads((await heard(blocked))["payload"])["id"] == said["id"]
    await reader.close()
    await blocked.close()


async def test_a_member_who_may_not_act_hears_no_more(served: World) -> None:
    """X02: at once, not when something next happens."""
    amina = await served.member("amina")
    admin = await served.member("ada", role="admin")
    socket = await subscribed(served, amina, {"stream": "user"})
    other = await subscribed(served, admin, {"stream": "user"})
    await served.db.write(judging.judge, admin.member, amina.member.id, "disable", reason="why")
    with pytest.raises(websockets.ConnectionClosed):
        await heard(socket)
    await admin.say("still here")
    assert (await heard(other))["event"] == "update"
    await other.close()


async def test_a_break_is_made_up_for_by_paging(served: World) -> None:
    """Reconnect first, page then: every post once, whichever of the two brings it."""
    amina, bruno = await served.member("amina"), await served.member("bruno")
    await served.befriend(amina, bruno)
    socket = await subscribed(served, amina, {"stream": "user"})
    seen = [(await bruno.say("one"))["id"]]
    assert json.loads((await heard(socket))["payload"])["id"] == seen[0]
    await socket.close()
    missed = [(await bruno.say(f"while away {number}"))["id"] for number in range(45)]
    again = await subscribed(served, amina, {"stream": "user"})
    during = (await bruno.say("back again"))["id"]
    streamed = json.loads((await heard(again))["payload"])["id"]
    assert streamed == during
    paged: list[str] = []
    newest = seen[0]
    while page := await amina.get("/api/v1/timelines/home", params={"min_id": newest, "limit": 20}):
        paged = [one["id"] for one in page] + paged
        newest = paged[0]
    assert paged == [*reversed([*missed, during])]
    assert len(set(paged)) == len(paged)
    since = await amina.get("/api/v1/timelines/home", params={"since_id": missed[-3], "limit": 20})
    assert [one["id"] for one in since] == [during, missed[-1], missed[-2]]
    await again.close()


async def test_whoever_takes_nothing_is_left(served: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """H13: one reader who does not read holds neither memory nor anybody else up."""
    monkeypatch.setattr(streaming, "TOO_SLOW", 2.0)
    amina, bruno = await served.member("amina"), await served.member("bruno")
    made = await amina.say("word " * 900 + " #a #b #c #d #e", visibility="public")
    streams = [{"stream": "hashtag", "tag": tag} for tag in "abcde"] + [{"stream": "public"}]
    narrow = sockets.socket()
    narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    narrow.setblocking(False)
    host, port = served.settings.base_url.removeprefix("http://").split(":")
    await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
    headers = {"Authorization": f"Bearer {bruno.token}"}
    stuck = await websockets.connect(address(served), additional_headers=headers, sock=narrow, max_queue=1)
    for stream in streams:
        await stuck.send(json.dumps({"type": "subscribe", **stream}))
    listening = await subscribed(served, amina, {"stream": "hashtag", "tag": "a"})
    [behind] = {one for one in served.bus._listening() if one.member_id == bruno.member.id}
    with capture_logs() as logged:
        # How much the two ends of a socket hold is the machine's affair: it is told until they are full, and
        # then no more, or it would be left for the thousand events that wait for it.
        while len(served.bus._listening()) > 1:
            if behind._queue.qsize() > 100:
                await asyncio.sleep(0.02)
                continue
            for _ in range(60):
                served.bus.publish([Announcement("public", {"post_id": int(made["id"])})])
            for _ in range(60):
                assert json.loads((await heard(listening))["payload"])["id"] == made["id"]
    assert "stream_too_slow" in [line["event"] for line in logged]
    stuck.transport.abort()
    await listening.close()


async def test_a_heartbeat_comes_however_much_others_hear(
    served: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PING", 0.2)
    amina = await served.member("amina")
    headers = {"Authorization": f"Bearer {amina.token}"}
    busy = asyncio.create_task(_keep_busy(served))
    async with (
        httpx.AsyncClient(base_url=served.settings.base_url, timeout=PATIENCE) as client,
        client.stream("GET", "/api/v1/streaming/user", headers=headers) as response,
    ):
        lines = response.aiter_lines()
        found = [line async for line in _until_thump(lines)]
    assert found[-1] == ":thump"
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)


async def _keep_busy(world: World) -> None:
    while True:
        world.bus.publish([Announcement("public", {"post_id": 1})])
        await asyncio.sleep(0.02)


async def _until_thump(lines: Any) -> Any:
    async for line in lines:
        yield line
        if line == ":thump":
            return


async def test_every_stream_has_a_path_of_its_own(served: World) -> None:
    amina = await served.member("amina")
    made = await amina.post("/api/v1/lists", json={"title": "Choir"})
    more = {"list": {"list": made["id"]}, "hashtag": {"tag": "a"}, "hashtag:local": {"tag": "a"}}
    headers = {"Authorization": f"Bearer {amina.token}"}
    async with httpx.AsyncClient(base_url=served.settings.base_url, timeout=PATIENCE) as client:
        for stream in streaming.STREAMS:
            path = f"/api/v1/streaming/{stream.replace(':', '/')}"
            async with client.stream("GET", path, headers=headers, params=more.get(stream)) as response:
                assert response.status_code == 200, path
                assert await anext(response.aiter_lines()) == ":)"


async def test_news_that_was_lost_ends_the_streams(served: World) -> None:
    """Whatever another process said and nobody heard: readers come again, and page."""
    amina = await served.member("amina")
    socket = await subscribed(served, amina, {"stream": "user"})
    served.bus.publish([LOST])
    with pytest.raises(websockets.ConnectionClosed):
        await heard(socket)
    again = await subscribed(served, amina, {"stream": "user"})
    await amina.say("hello")
    assert (await heard(again))["event"] == "update"
    await again.close()


async def test_strangers_let_in_are_told(served: World) -> None:
    amina, sam = await served.member("amina"), await served.member("sam")
    await sam.say("@amina good day", visibility="direct")
    [waiting] = await amina.get("/api/v1/notifications/requests")
    socket = await subscribed(served, amina, {"stream": "user:notification"})
    await amina.post(f"/api/v1/notifications/requests/{waiting['id']}/accept")
    assert await heard(socket) == {
        "stream": ["user:notification"],
        "event": "notifications_merged",
        "payload": "1",
    }
    await socket.close()


async def test_who_is_a_thousand_events_behind_is_cut_off() -> None:
    """H13: what waits for one reader is bounded; the others hear on."""
    bus = Bus()
    behind, reading = bus.subscribe("home"), bus.subscribe("home")
    for number in range(QUEUE + 1):
        bus.publish([Announcement("home", {"entry_id": number})])
        found = await reading.next()
        assert found is not None
        assert found.ids["entry_id"] == number
    waiting = [one async for one in behind]
    assert len(waiting) < QUEUE
    bus.publish([Announcement("home", {"entry_id": -1})])
    assert await reading.next() is not None
    assert bus._listening() == [reading]
