"""A hand-made server on loopback that people here follow, and that then has a lot to say.

It answers for its actors (WebFinger, actor documents), accepts nothing but a Follow, signs activities
beforehand, and sends them over a few kept connections. For benchmarks and for tests with real processes; it
lives in the event loop of whoever uses it.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fedi_aid.activitypub.signatures import cavage, keys, rfc9421

AS = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
Kind = Literal["rsa", "ed25519"]
Signature = Literal["cavage", "rfc9421"]


class Signed(msgspec.Struct, frozen=True):
    """One request, whole, as it goes over the wire; `uri` is the id of its activity."""

    uri: str
    raw: bytes


class Actor:
    """Somebody of this server, with an address of their own (a port is a host of its own here)."""

    def __init__(self, origin: str, name: str) -> None:
        self.name = name
        self.host = urlsplit(origin).netloc
        self.uri = f"{origin}/users/{name}"
        self.rsa = keys.generate_rsa()
        self.ed25519 = keys.generate_ed25519()
        self.made = 0

    def document(self) -> dict[str, Any]:
        multikey = keys.to_multikey(keys.load_public(self.ed25519.public_pem))  # type: ignore[arg-type]
        return {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "publicKey": {
                "id": f"{self.uri}#main-key",
                "owner": self.uri,
                "publicKeyPem": self.rsa.public_pem,
            },
            "assertionMethod": [
                {
                    "id": f"{self.uri}#ed25519-key",
                    "type": "Multikey",
                    "controller": self.uri,
                    "publicKeyMultibase": multikey,
                }
            ],
        }

    def says(self, kind: str, about: Any, **more: Any) -> dict[str, Any]:
        self.made += 1
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{self.uri}/activities/{self.made}",
            "type": kind,
            "actor": self.uri,
            "object": about,
            **more,
        }

    def creates(self, text: str) -> dict[str, Any]:
        """A Create of a public note, as a follower's server gets it, with the usual furniture."""
        number = self.made + 1
        uri = f"{self.uri}/statuses/{number}"
        to, cc = [PUBLIC], [f"{self.uri}/followers"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        note = {
            "id": uri,
            "type": "Note",
            "summary": None,
            "inReplyTo": None,
            "published": now,
            "url": uri,
            "attributedTo": self.uri,
            "to": to,
            "cc": cc,
            "sensitive": False,
            "content": f"<p>{text}</p>",
            "contentMap": {"en": f"<p>{text}</p>"},
            "attachment": [],
            "tag": [],
            "replies": {
                "id": f"{uri}/replies",
                "type": "Collection",
                "first": {"type": "CollectionPage", "partOf": f"{uri}/replies", "items": []},
            },
        }
        return self.says("Create", note, published=now, to=to, cc=cc)

    def signs(
        self, activity: dict[str, Any], inbox: str, *, kind: Kind = "rsa", how: Signature = "cavage"
    ) -> Signed:
        """The POST of an activity to an inbox, signed now."""
        body = json.dumps(activity).encode()
        fields = self.headers(body, inbox, kind=kind, how=how)
        return Signed(activity["id"], request_bytes(urlsplit(inbox).path, fields, body))

    def headers(
        self, body: bytes, inbox: str, *, kind: Kind = "rsa", how: Signature = "cavage"
    ) -> list[tuple[str, str]]:
        """What is sent with a body, signature and all."""
        parts = urlsplit(inbox)
        pair, name = (self.rsa, "main-key") if kind == "rsa" else (self.ed25519, "ed25519-key")
        private, key_id, now = keys.load_private(pair.private_pem), f"{self.uri}#{name}", datetime.now(UTC)
        if how == "cavage":
            wanted = cavage.Outgoing(method="POST", host=parts.netloc, target=parts.path, body=body)
            return cavage.sign(wanted, key_id=key_id, private_key=private, now=now)
        signed = rfc9421.sign("POST", inbox, body, key_id=key_id, private_key=private, now=now)
        return [("Host", parts.netloc), *signed]


def request_bytes(path: str, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """A whole POST as it goes over the wire; headers may be as odd as one likes."""
    lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class RemotePeer:
    """One actor per address; `async with open_peer(n) as peer` serves them."""

    def __init__(self, origins: Sequence[str]) -> None:
        self.actors = [Actor(origin, f"frank{at}") for at, origin in enumerate(origins)]
        self.app = Starlette(
            routes=[
                Route("/.well-known/webfinger", self._webfinger),
                Route("/users/{name}", self._actor),
                Route("/users/{name}/inbox", self._inbox, methods=["POST"]),
            ]
        )
        self._sending: set[asyncio.Task[Any]] = set()

    def _asked(self, request: Request) -> Actor | None:
        return next((one for one in self.actors if one.host == request.headers["host"]), None)

    async def _webfinger(self, request: Request) -> Response:
        actor = self._asked(request)
        if actor is None or request.query_params.get("resource") != f"acct:{actor.name}@{actor.host}":
            return Response(status_code=404)
        link = {"rel": "self", "type": AS, "href": actor.uri}
        return JSONResponse({"subject": f"acct:{actor.name}@{actor.host}", "links": [link]})

    async def _actor(self, request: Request) -> Response:
        actor = self._asked(request)
        if actor is None or request.path_params["name"] != actor.name:
            return Response(status_code=404)
        return JSONResponse(actor.document(), media_type=AS)

    async def _inbox(self, request: Request) -> Response:
        """Friendly: every Follow is accepted; all else is heard and forgotten."""
        actor, activity = self._asked(request), await request.json()
        if actor is not None and activity["type"] == "Follow":
            answer = actor.signs(actor.says("Accept", activity), f"{activity['actor']}/inbox")
            task = asyncio.create_task(send(urlsplit(activity["actor"]).netloc, [answer]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return Response(status_code=202)


@asynccontextmanager
async def open_peer(addresses: int = 1) -> AsyncIterator[RemotePeer]:
    """A peer that answers on that many ports of 127.0.0.1, each one host with one actor."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(addresses)]
    peer = RemotePeer([f"http://127.0.0.1:{one.getsockname()[1]}" for one in sockets])
    config = uvicorn.Config(peer.app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve(sockets))  # `serve` would take the signals of the process
    while not server.started:  # noqa: ASYNC110 - it sends no event
        await asyncio.sleep(0.01)
    try:
        yield peer
    finally:
        server.should_exit = True
        await serving
        for one in sockets:
            one.close()


async def send(
    address: str,
    requests: Iterable[Signed],
    *,
    concurrency: int = 1,
    patient: bool = False,
    stubborn: bool = False,
    answers: dict[str, int] | None = None,
) -> dict[str, int]:
    """POST each request once over `concurrency` kept connections; the status by the id of the activity.

    An id is absent when its connection broke before the answer came, and so are those that would have gone
    over it, unless `stubborn`, who opens another. `patient` asks again after a 429 or 503, as every server
    does. `answers` is filled while they come.
    """
    host, _, port = address.rpartition(":")
    waiting = iter(requests)
    answers = {} if answers is None else answers

    async def go_on() -> None:
        while stubborn:
            with suppress(OSError, EOFError):
                await one_connection()
                return
        await one_connection()

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            for signed in waiting:
                while True:
                    writer.write(signed.raw)
                    answers[signed.uri] = status = await _status(reader)
                    if not patient or status not in (429, 503):
                        break
                    await asyncio.sleep(0.2)
        finally:
            writer.close()

    done = await asyncio.gather(*(go_on() for _ in range(concurrency)), return_exceptions=True)
    for problem in done:
        if isinstance(problem, BaseException) and not isinstance(problem, OSError | EOFError):
            raise problem
    return answers


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if length:
        await reader.readexactly(length)
    return int(head[9:12])


async def follow(url: str, token: str, peer: RemotePeer) -> None:
    """A member here follows every actor there, through the API, until all have accepted."""
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=90
    ) as client:
        ids = []
        for actor in peer.actors:
            asked = {"q": f"@{actor.name}@{actor.host}", "resolve": "true", "type": "accounts"}
            found = (await client.get("/api/v2/search", params=asked)).raise_for_status().json()
            ids.append(found["accounts"][0]["id"])
            (await client.post(f"/api/v1/accounts/{ids[-1]}/follow")).raise_for_status()
        end = asyncio.get_running_loop().time() + 90
        while asyncio.get_running_loop().time() < end:
            answer = await client.get("/api/v1/accounts/relationships", params={"id[]": ids})
            if all(one["following"] for one in answer.raise_for_status().json()):
                return
            await asyncio.sleep(0.5)
    raise AssertionError("the follows were never accepted")
