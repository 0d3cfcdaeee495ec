"""Streaming: what happens, told as it happens, over one WebSocket or server-sent events.

An announcement on the bus carries ids only; each stream asks the database again for its own viewer, so an
event never shows more than a request would, and a revoked token ends its streams.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from fedi_aid.actions.access import Caller
from fedi_aid.client_api import auth
from fedi_aid.client_api.answer import answer_json
from fedi_aid.client_api.call import Api, Call
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Look
from fedi_aid.client_api.entities.notification import notifications
from fedi_aid.client_api.entities.small import announcement, conversation
from fedi_aid.client_api.entities.status import status
from fedi_aid.client_api.forms import as_id
from fedi_aid.errors import FediAidError, NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.posts import PostView
from fedi_aid.model.text import fold_tag
from fedi_aid.storage import access, announcements, conversations, lists, post_views, shelves, timelines
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Announcement, Tx

log = structlog.get_logger()

PING: Final = 30.0
MAX_FRAME: Final = 4_000
MAX_CHANNELS: Final = 50
MAX_STREAMS: Final = 20  # of one member at once, in this process
TOO_SLOW: Final = 20.0  # seconds a reader may take for one frame; whoever is slower comes again, and pages

KEYS: Final = "keys"  # one of a member's tokens ended, or they may not act any more
_OPEN: Final = ("public", "changed", "erased")
# Stream → (scopes of which one is needed, the topics that feed it).
STREAMS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "user": (
        ("read:statuses",),
        ("home", "gone", "changed", "notification", "merged", "filters", "said", "answered", "unsaid"),
    ),
    "user:notification": (("read:notifications",), ("notification", "merged")),
    "list": (("read:lists",), ("home", "gone", "changed")),
    "direct": (("read:statuses",), ("conversation",)),
    "public": (("read:statuses",), _OPEN),
    "public:media": (("read:statuses",), _OPEN),
    "public:local": (("read:statuses",), _OPEN),
    "public:local:media": (("read:statuses",), _OPEN),
    "public:remote": (("read:statuses",), _OPEN),
    "public:remote:media": (("read:statuses",), _OPEN),
    "hashtag": (("read:statuses",), _OPEN),
    "hashtag:local": (("read:statuses",), _OPEN),
}
TOPICS: Final = (*sorted({topic for _, topics in STREAMS.values() for topic in topics}), KEYS)


class Channel(msgspec.Struct, frozen=True):
    """One thing listened to; `about` is a tag or a list id."""

    stream: str
    about: str = ""

    @property
    def names(self) -> list[str]:
        return [self.stream, self.about] if self.about else [self.stream]


class Event(msgspec.Struct, frozen=True):
    """One thing to tell; `payload` is text already, and `frame` all that a WebSocket is sent."""

    channel: Channel
    event: str
    payload: str
    frame: str


def channel_for(tx: Tx, caller: Caller, stream: str, *, tag: str = "", list_id: str = "") -> Channel:
    """The channel a client asks for. Refused when there is none such, or the token does not reach so far."""
    if stream not in STREAMS:
        raise Refused("Unknown stream type", code="bad_request")
    if not any(caller.may(scope) for scope in STREAMS[stream][0]):
        raise Refused("Access token does not have the required scopes", code="unauthorized")
    if stream.startswith("hashtag"):
        folded = fold_tag(tag.lstrip("#"))[:200]
        if not folded:
            raise Refused("Missing tag name parameter", code="bad_request")
        return Channel(stream, folded)
    if stream == "list":
        if caller.member is None or lists.one(tx, caller.member.id, as_id(list_id)) is None:
            raise NotFound
        return Channel(stream, str(as_id(list_id)))
    return Channel(stream)


Told = tuple[frozenset[int], list[Event]]


def events(
    tx: Tx,
    token_ids: frozenset[int],
    look: Look,
    me: PersonId,
    channels: frozenset[Channel],
    told: Announcement,
) -> Told:
    """(those of these tokens of one member that still open, what one announcement means to them now)."""
    living = frozenset(access.tokens_that_open(tx, token_ids))
    found: list[Event] = []
    for channel in channels if living else ():
        if told.topic in STREAMS[channel.stream][1]:
            what = _event(tx, look, me, channel, told)
            if what is not None:
                frame = {"stream": channel.names, "event": what[0], "payload": what[1]}
                found.append(Event(channel, *what, _text(frame)))
    return living, found


def _event(tx: Tx, look: Look, me: PersonId, channel: Channel, told: Announcement) -> tuple[str, str] | None:
    match told.topic:
        case "home":
            return _update(tx, look, channel, told.ids["entry_id"], me)
        case "gone":
            return "delete", str(told.ids["entry_id"])
        case "changed":
            return _changed(tx, look, channel, told.ids["post_id"], me)
        case "public":
            return _update(tx, look, channel, told.ids["post_id"], me)
        case "notification":
            return _notification(tx, look, me, told.ids["notification_id"])
        case "filters":
            return "filters_changed", ""
        case "merged":
            return "notifications_merged", "1"
        case "said":
            return _announcement(tx, me, told.ids["announcement_id"])
        case "answered":
            return _signs(tx, me, told)
        case "unsaid":
            return "announcement.delete", str(told.ids["announcement_id"])
        case "erased":
            return _erased(tx, me, told)
        case "conversation":
            found = conversations.conversation(tx, me, thread_id=told.ids["thread_id"])
            return ("conversation", _text(conversation(tx, look, found))) if found else None
    return None


def _text(body: Any) -> str:
    return msgspec.json.encode(body).decode()


def _update(tx: Tx, look: Look, channel: Channel, entry_id: int, me: PersonId) -> tuple[str, str] | None:
    view = post_views.view(tx, me, entry_id)
    if view is None or not _belongs(tx, channel, view, me):
        return None
    people = [view.author.id, *([view.boost.person.id] if view.boost else [])]
    if tie_rows.muted_among(tx, me, people):
        return None
    shown = status(tx, _placed(look, channel), view)
    return None if is_hidden(shown) else ("update", _text(shown))


def _placed(look: Look, channel: Channel) -> Look:
    """Filters apply where the stream stands."""
    return msgspec.structs.replace(look, place="home" if channel.stream in ("user", "list") else "public")


def _changed(tx: Tx, look: Look, channel: Channel, post_id: int, me: PersonId) -> tuple[str, str] | None:
    """An edit is told where the post stands: in one's home, or on an open timeline."""
    view = post_views.view(tx, me, post_id)
    if view is None or not _belongs(tx, channel, view, me):
        return None
    if channel.stream in ("user", "list") and not shelves.is_home(tx, me, post_id):
        return None
    shown = status(tx, _placed(look, channel), view)
    return None if is_hidden(shown) else ("status.update", _text(shown))


def _belongs(tx: Tx, channel: Channel, view: PostView, me: PersonId) -> bool:
    stream, post = channel.stream, view.post
    if stream == "user":
        return True
    if stream == "list":
        on_list = lists.people_on(tx, int(channel.about), max_id=None, since_id=None, limit=None)
        return any(person.id == view.author.id for _, person in on_list)
    if post.reach != "public" or (":media" in stream and not view.media):
        return False
    if view.author.limited_at is not None:  # kept out of public places
        return False
    if ":local" in stream and not view.author.local:
        return False
    if ":remote" in stream and view.author.local:
        return False
    if stream.startswith("hashtag"):
        return any(tag.folded == channel.about for tag in view.tags)
    return post.reply_to_uri is None


def _erased(tx: Tx, me: PersonId, told: Announcement) -> tuple[str, str] | None:
    """A public post is gone: for those who could have read it, and it is the same to all of them."""
    if tie_rows.is_blocked_either_way(tx, told.ids["author_id"], me):
        return None
    return "delete", str(told.ids["post_id"])


def _announcement(tx: Tx, me: PersonId, announcement_id: int) -> tuple[str, str] | None:
    found = announcements.current(tx, me, only_id=announcement_id)
    if not found:
        return None
    signs = announcements.signs(tx, me, [announcement_id])
    return "announcement", _text(announcement(found[0], signs.get(announcement_id, [])))


def _signs(tx: Tx, me: PersonId, told: Announcement) -> tuple[str, str] | None:
    """How often a sign stands on an announcement now; 0 when nobody's is left."""
    announcement_id, name = told.ids["announcement_id"], told.ids["name"]
    if not announcements.current(tx, me, only_id=announcement_id):
        return None
    signs = announcements.signs(tx, me, [announcement_id]).get(announcement_id, [])
    count = next((one.count for one in signs if one.name == name), 0)
    body = {"name": name, "count": count, "announcement_id": str(announcement_id)}
    return "announcement.reaction", _text(body)


def _notification(tx: Tx, look: Look, me: PersonId, notice_id: int) -> tuple[str, str] | None:
    found = timelines.notices(tx, me, Page(limit=1), only_id=notice_id)
    if not found:
        return None
    shown = notifications(tx, msgspec.structs.replace(look, place="notifications"), found)[0]
    return None if is_hidden(shown.get("status")) else ("notification", _text(shown))


# -- listeners


class Listener:
    """One connection: a member, their channels, and the announcements that concern them."""

    def __init__(self, api: Api, caller: Caller) -> None:
        member = auth.active_member(caller)
        self.api = api
        self.caller = caller
        self.me = member.id
        self.look = Look(viewer=member.id, house=api.instance.house, locale=member.locale)
        self.channels: frozenset[Channel] = frozenset()
        self._closed = False
        if len(api.streams.get(self.me, ())) >= MAX_STREAMS:
            raise Refused("Too many streams are open", code="too_many")
        api.streams.setdefault(self.me, []).append(caller.token_id)
        self._subscription = api.instance.bus.subscribe(*TOPICS, member_id=self.me)

    async def listen_to(self, stream: str, *, tag: str = "", list_id: str = "") -> Channel:
        """Add a channel. Refused, NotFound."""
        channel = await self.channel(stream, tag=tag, list_id=list_id)
        if channel not in self.channels and len(self.channels) >= MAX_CHANNELS:
            raise Refused("Too many streams on one connection", code="bad_request")
        self.channels |= {channel}
        return channel

    async def channel(self, stream: str, *, tag: str = "", list_id: str = "") -> Channel:
        return await self.api.instance.db.read(
            lambda tx: channel_for(tx, self.caller, stream, tag=tag, list_id=list_id)
        )

    async def told(self) -> AsyncIterator[list[Event]]:
        """Events as they come; an empty list every half minute, when the key has been checked again."""
        clock = asyncio.get_running_loop().time
        ping_at = clock() + PING
        while True:
            try:
                async with asyncio.timeout_at(ping_at):  # also where others hear much, and this one nothing
                    news = await self._subscription.next()
            except TimeoutError:
                ping_at = clock() + PING
                if not await self.api.instance.db.read(access.token_opens, self.caller.token_id):
                    return
                yield []
                continue
            if news is None:
                return
            if not self._concerns_me(news):
                continue
            living, found = await self._read(news)
            if self.caller.token_id not in living:
                return  # the token was revoked, or its member may no longer act
            if found:
                yield found

    async def _read(self, news: Announcement) -> Told:
        """Read once for all devices of a member that hear of it at the same time and listen to the same: they
        share what is under way, and nothing that is over."""
        name = (self.me, self.channels, self.look.locale, id(news))
        under_way = self.api.telling.get(name)
        if under_way is None:
            tokens = frozenset((self.caller.token_id, *self.api.streams.get(self.me, ())))
            reading = self.api.instance.db.read(events, tokens, self.look, self.me, self.channels, news)
            under_way = self.api.telling[name] = asyncio.ensure_future(reading)
            under_way.add_done_callback(lambda _: self.api.telling.pop(name, None))
        told: Told = await asyncio.shield(under_way)
        return told

    def _concerns_me(self, told: Announcement) -> bool:
        whose = told.ids.get("member_id")
        if whose is not None and whose != self.me:
            return False
        if told.topic == KEYS:
            return True
        return any(told.topic in STREAMS[channel.stream][1] for channel in self.channels)

    def close(self) -> None:
        """Listen no more; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        self._subscription.close()
        open_ones = self.api.streams.get(self.me, [])
        if self.caller.token_id in open_ones:
            open_ones.remove(self.caller.token_id)
        if not open_ones:
            self.api.streams.pop(self.me, None)


# -- WebSocket


async def websocket(api: Api, socket: WebSocket) -> None:
    """GET /api/v1/streaming as a WebSocket, with one stream in the query or many by frames."""
    protocols = socket.scope.get("subprotocols") or []
    token = auth.token_of(socket) or (protocols[0][: auth.MAX_TOKEN] if protocols else None)
    try:
        caller = await auth.identify(api.instance, token)
        if caller is None:
            raise Refused("The access token is invalid", code="unauthorized")
        listener = Listener(api, caller)
    except FediAidError as failure:
        await _turn_away(socket, failure)
        return
    try:
        # A browser drops the connection unless the token it sent as a protocol comes back as the chosen one.
        await socket.accept(subprotocol=protocols[0] if protocols else None)
        await _converse(socket, listener)
    except WebSocketDisconnect:
        log.debug("stream_left")
    except TimeoutError:
        log.info("stream_too_slow")
    finally:
        listener.close()


async def _turn_away(socket: WebSocket, failure: FediAidError) -> None:
    body = {"error": failure.sentence}
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(answer_json(body, status=401))
    else:
        await socket.close()


async def _converse(socket: WebSocket, listener: Listener) -> None:
    """Read frames and send events until either side has had enough."""
    query = socket.query_params
    if "stream" in query:
        await _obey(
            socket,
            listener,
            {
                "type": "subscribe",
                "stream": query["stream"],
                "tag": query.get("tag", ""),
                "list": query.get("list", ""),
            },
        )
    tasks = [asyncio.create_task(_hear(socket, listener)), asyncio.create_task(_tell(socket, listener))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if socket.application_state == WebSocketState.CONNECTED:
        async with asyncio.timeout(TOO_SLOW):
            await socket.close()


async def _hear(socket: WebSocket, listener: Listener) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        frame = _frame(text) if text is not None else None
        if frame is None:
            await socket.send_text(_text({"error": "Bad request", "status": 400}))
        else:
            await _obey(socket, listener, frame)


def _frame(text: str) -> dict[str, Any] | None:
    if len(text) > MAX_FRAME:
        return None
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _obey(socket: WebSocket, listener: Listener, frame: dict[str, Any]) -> None:
    stream = str(frame.get("stream") or "")
    which = {"tag": str(frame.get("tag") or ""), "list_id": str(frame.get("list") or "")}
    try:
        if frame.get("type") == "subscribe":
            await listener.listen_to(stream, **which)
        elif frame.get("type") == "unsubscribe":
            listener.channels -= {await listener.channel(stream, **which)}
        else:
            raise Refused("Unknown message type", code="bad_request")
    except NotFound:
        await socket.send_text(_text({"error": "Not found", "status": 404}))
    except Refused as refused:
        code = 401 if refused.code == "unauthorized" else 400
        await socket.send_text(_text({"error": refused.sentence, "status": code}))


async def _tell(socket: WebSocket, listener: Listener) -> None:
    async for found in listener.told():
        for one in found:
            async with asyncio.timeout(TOO_SLOW):
                await socket.send_text(one.frame)


# -- server-sent events


async def health(_call: Call) -> Response:
    """GET /api/v1/streaming/health"""
    return PlainTextResponse("OK")


async def server_sent(call: Call) -> Response:
    """GET /api/v1/streaming/… : one stream, named by the path or by `?stream=`."""
    assert call.caller is not None
    path = str(call.request.path_params.get("stream", "")).strip("/").replace("/", ":")
    stream = path or call.form.text("stream", limit=100)
    if stream.startswith("public") and call.form.flag("only_media"):
        stream += ":media"
    tag, list_id = call.form.text("tag", limit=500), call.form.text("list", limit=100)
    listener = Listener(call.api, call.caller)
    try:
        await listener.listen_to(stream, tag=tag, list_id=list_id)
    except BaseException:
        listener.close()
        raise
    headers = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
    return _Told(listener, call.request, headers)


class _Told(StreamingResponse):
    """Events as they come. A reader who does not take them in time is left."""

    def __init__(self, listener: Listener, request: Request, headers: dict[str, str]) -> None:
        super().__init__(_lines(listener, request), media_type="text/event-stream", headers=headers)
        self._listener = listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except TimeoutError:
            log.info("stream_too_slow")
        finally:
            self._listener.close()

    async def stream_response(self, send: Send) -> None:
        async def in_time(message: Message) -> None:
            async with asyncio.timeout(TOO_SLOW):
                await send(message)

        await super().stream_response(in_time)


async def _lines(listener: Listener, request: Request) -> AsyncIterator[str]:
    yield ":)\n\n"
    async for found in listener.told():
        if await request.is_disconnected():
            return
        yield "".join(f"event: {one.event}\ndata: {one.payload}\n\n" for one in found) or ":thump\n\n"
