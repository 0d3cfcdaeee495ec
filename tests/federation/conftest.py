"""Several instances and some hand-made peers in one process, over the fake internet."""

import hashlib
import json
import random
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fedi_aid.actions import editing, erasing, posts, registration, ties
from fedi_aid.actions.instance import Instance
from fedi_aid.actions.posts import Draft
from fedi_aid.activitypub import extension, remote
from fedi_aid.activitypub.delivery.handlers import QUICK, handlers_for
from fedi_aid.activitypub.routes import routes
from fedi_aid.activitypub.signatures import cavage, keys, proofs
from fedi_aid.bus import Bus
from fedi_aid.butler import handlers as butler
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.house import House
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import PostView
from fedi_aid.net.fake import Exchange, FakeInternet
from fedi_aid.settings import Settings
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views, timelines
from fedi_aid.storage.database import open_database
from fedi_aid.storage.jobs import counts
from fedi_aid.storage.timelines import Page
from fedi_aid.work.runner import Runner

AS = "application/activity+json"


@cache
def keys_of(name: str) -> registration.NewKeys:
    """The same pair for the same name all through a run: making RSA keys is slow.

    The Ed25519 key is the same in every run: the exclusions of a ticket follow from it, and one in 32 of
    anybody's friends matches them by chance (RULES R19), which must not decide whether a test passes.
    """
    private = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"cast {name}".encode()).digest())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return msgspec.structs.replace(registration.new_keys(), ed25519_private_pem=pem.decode("ascii"))


class Who:
    """A member of one of the servers."""

    def __init__(self, server: "Server", member: Member) -> None:
        self.server = server
        self.id: PersonId = member.id
        self.name = member.person.username
        self.uri = member.person.uri
        self.inbox = f"{self.uri}/inbox"

    @property
    def handle(self) -> str:
        return f"{self.name}@{self.server.host}"

    async def member(self) -> Member:
        found = await self.server.instance.db.read(people_rows.member, self.id)
        assert found is not None
        return found

    async def writes(self, text: str, **draft: Any) -> PostId:
        wish = Explicit(intimacy=draft.pop("intimacy", None), help=draft.pop("help", None))
        draft.setdefault("language", "en")
        draft.setdefault("approved", True)  # as from a preview: waiting for a yes is tested elsewhere (R14)
        written = Draft(text=text, wish=wish, **draft)
        return await self.server.instance.db.write(posts.publish, await self.member(), written)

    async def asks(self, text: str, *, intimacy: int = 0, **draft: Any) -> PostId:
        return await self.writes(text, intimacy=intimacy, help=True, **draft)

    async def edits(self, post_id: int, text: str) -> None:
        await self.server.instance.db.write(editing.edit, await self.member(), post_id, Draft(text=text))

    async def deletes(self, post_id: int) -> None:
        await self.server.instance.db.write(erasing.delete, self.id, post_id)

    async def sees(self, post_id: int) -> PostView | None:
        return await self.server.instance.db.read(post_views.view, self.id, post_id)

    async def home(self) -> list[PostView]:
        return await self.server.instance.db.read(timelines.home, self.id, Page(limit=40))

    async def reads(self) -> list[str]:
        """Texts in the home timeline without the butler's letters, newest first."""
        return [one.post.text for one in await self.home() if one.author.username != "butler"]

    async def notices(self) -> list[str]:
        found = await self.server.instance.db.read(timelines.notices, self.id, Page(limit=40))
        return [one.kind for one in found]

    async def told(self) -> list[str]:
        """Texts of the posts they are notified of; strangers' wait elsewhere."""
        found = await self.server.instance.db.read(timelines.notices, self.id, Page(limit=40))
        return [one.post.post.text for one in found if one.post is not None]

    async def knows(self, other: "Who | Persona") -> Person:
        """The other as this server knows them, fetched when it does not yet."""
        known = await self.server.instance.db.read(people_rows.by_uri, other.uri)
        return known or await remote.fetch_actor(self.server.instance, other.uri)

    async def does(self, act: Callable[..., Any], other: "Who | Persona", **more: Any) -> Any:
        """An act of `actions.ties` towards somebody."""
        known = await self.knows(other)
        return await self.server.instance.db.write(act, self.id, known.id, **more)


class Server:
    """One fedi_aid instance: its database, its jobs, its app on the fake internet."""

    def __init__(self, host: str, instance: Instance) -> None:
        self.host = host
        self.instance = instance
        self.app = Starlette(routes=routes(instance))
        self.app.state.instance = instance
        self.runner = Runner(
            instance.db,
            {**butler.handlers(), **handlers_for(instance)},
            quick=QUICK,
            concurrency={"inbox": 4, "lookup": 4, "deliver": 8, "fetch": 2, "butler": 2},
            worker_id=host,
        )
        self.people: dict[str, Who] = {}

    async def moves_in(self, *names: str) -> None:
        for name in names:
            member = await self.instance.db.write(
                registration.sign_up,
                username=name,
                email=f"{name}@{self.host}",
                password_hash="none",
                keys=keys_of(name),
                display_name=name.capitalize(),
                trusted=True,
            )
            self.people[name] = Who(self, member)

    def __getattr__(self, name: str) -> Who:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    async def waiting(self) -> dict[str, int]:
        """Kinds of jobs that are left, with their state."""
        found = await self.instance.db.read(counts)
        return {f"{one.kind}:{one.state}": one.jobs for one in found}


class Persona:
    """Somebody on a hand-made peer."""

    def __init__(self, peer: "Peer", name: str) -> None:
        self.peer = peer
        self.name = name
        self.uri = f"https://{peer.host}/users/{name}"
        self.inbox = f"{self.uri}/inbox"
        self.keys = keys_of(f"{name}@peer")
        self.key_id = f"{self.uri}#main-key"
        self.proof_key_id = f"{self.uri}#ed25519-key"

    def document(self) -> dict[str, Any]:
        private = keys.load_private(self.keys.ed25519_private_pem)
        multikey = keys.to_multikey(private.public_key())  # type: ignore[arg-type]
        generator = {"type": "Application", "implements": extension.implements()}
        return {
            "@context": ["https://www.w3.org/ns/activitystreams"],
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "inbox": self.inbox,
            "followers": f"{self.uri}/followers",
            "publicKey": {
                "id": self.key_id,
                "owner": self.uri,
                "publicKeyPem": self.keys.rsa_public_pem,
            },
            "assertionMethod": [
                {
                    "id": self.proof_key_id,
                    "type": "Multikey",
                    "controller": self.uri,
                    "publicKeyMultibase": multikey,
                }
            ],
            **({} if self.peer.plain else {"generator": generator}),
        }

    def proves(self, activity: dict[str, Any], now: datetime) -> dict[str, Any]:
        private = keys.load_private(self.keys.ed25519_private_pem)
        return proofs.sign(activity, private, self.proof_key_id, now)  # type: ignore[arg-type]

    def id(self, name: str) -> str:
        return f"https://{self.peer.host}/{name}"

    def says(self, kind: str, about: Any, name: str = "", **more: Any) -> dict[str, Any]:
        """An activity of theirs with an id of its own."""
        self.peer.made += 1
        return {
            "@context": extension.CONTEXT,
            "id": self.id(name or f"activities/{self.peer.made}"),
            "type": kind,
            "actor": self.uri,
            "object": about,
            **more,
        }

    def note(self, text: str, to: list[str], name: str = "", **more: Any) -> dict[str, Any]:
        self.peer.made += 1
        return {
            "id": self.id(name or f"notes/{self.peer.made}"),
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>{text}</p>",
            "published": "2026-03-14T08:59:00Z",
            "to": to,
            "cc": [],
            **more,
        }

    async def posts(self, inbox: str, activity: dict[str, Any] | bytes, **how: Any) -> httpx.Response:
        """POST, signed as this persona unless `how` says otherwise (`key_id`, `private`, `headers`, `drop`,
        `sent`: other bytes than were signed, `host`, `now`)."""
        return await self.peer.send(self, inbox, activity, **how)


class Peer:
    """A server made by hand: actors, documents, and everything it was sent."""

    def __init__(self, internet: FakeInternet, host: str, clock: Callable[[], datetime], plain: bool) -> None:
        self.host = host
        self.internet = internet
        self.clock = clock
        self.plain = plain
        self.made = 0
        self.personas: dict[str, Persona] = {}
        self.documents: dict[str, tuple[int, Any]] = {}
        self.got: list[dict[str, Any]] = []
        self.got_at: list[str] = []
        self.asked: list[str] = []
        routes_ = [Route("/{path:path}", self._any, methods=["GET", "POST"])]
        internet.add(host, Starlette(routes=routes_))

    def persona(self, name: str) -> Persona:
        return self.personas.setdefault(name, Persona(self, name))

    async def _any(self, request: Request) -> Response:
        path = request.url.path
        if request.method == "POST":
            self.got.append(json.loads(await request.body()))
            self.got_at.append(path)
            return Response(b"", 202)
        self.asked.append(path)
        if path in self.documents:
            status, content = self.documents[path]
            return JSONResponse(content, status, media_type=AS)
        name = path.removeprefix("/users/")
        if path.startswith("/users/") and name in self.personas:
            return JSONResponse(self.personas[name].document(), media_type=AS)
        return Response(b"", 404)

    def said(self, kind: str) -> list[dict[str, Any]]:
        """Activities of a kind that this peer was sent."""
        return [one for one in self.got if one["type"] == kind]

    async def send(
        self,
        signer: Persona,
        inbox: str,
        activity: dict[str, Any] | bytes,
        *,
        key_id: str | None = None,
        private: str | None = None,
        headers: dict[str, str] | None = None,
        drop: tuple[str, ...] = (),
        sent: bytes | None = None,
        host: str | None = None,
        now: datetime | None = None,
        method: str = "POST",
    ) -> httpx.Response:
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        url = httpx.URL(inbox)
        request = cavage.Outgoing(
            method=method,
            host=host or url.netloc.decode(),
            target=url.raw_path.decode(),
            body=body if method == "POST" else None,
        )
        material = keys.load_private(private or signer.keys.rsa_private_pem)
        signed = cavage.sign(
            request, key_id=key_id or signer.key_id, private_key=material, now=now or self.clock()
        )
        fields = {name: value for name, value in signed if name not in drop}
        async with httpx.AsyncClient(transport=self.internet.seen_from(self.host)) as client:
            return await client.request(
                method,
                url,
                content=(sent if sent is not None else body) if method == "POST" else None,
                headers={"Accept": AS} | fields | (headers or {}),
            )

    async def gets(self, signer: Persona, url: str) -> httpx.Response:
        return await self.send(signer, url, b"", method="GET")


class Fediverse:
    """All of it: servers by short name, peers, one clock."""

    def __init__(self, template: Path, folder: Path, clock: Any) -> None:
        self.internet = FakeInternet()
        self.template = template
        self.folder = folder
        self.clock = clock
        self.servers: dict[str, Server] = {}
        self.stopped: list[Server] = []

    async def server(self, host: str, *names: str, **settings: Any) -> Server:
        path = self.folder / f"{host}.sqlite3"
        shutil.copyfile(self.template, path)
        base = f"https://{host}"
        house = House(base_url=base, allow_public_posts=bool(settings.get("allow_public_posts")))
        db = open_database(f"sqlite:///{path}", clock=self.clock, dice=random.Random(host), house=house)
        bus = Bus()
        db.on_commit(bus.publish)
        await db.write(registration.ensure_instance, keys_of(host), keys_of("butler"))
        instance = Instance(
            settings=Settings(base_url=base, data_dir=self.folder, **settings),
            db=db,
            net=self.internet.net(host),
            bus=bus,
        )
        made = Server(host, instance)
        self.internet.add(host, made.app)
        self.servers[host] = made
        await made.moves_in(*names)
        return made

    def peer(self, host: str, *names: str, plain: bool = True) -> Peer:
        made = Peer(self.internet, host, self.clock, plain)
        for name in names:
            made.persona(name)
        return made

    async def settle(self) -> None:
        """Let every server do all that is due, until nothing is left to do now."""
        for _ in range(50):
            if not sum([await one.runner.run_until_idle() for one in self.servers.values()]):
                return
        raise AssertionError("the servers keep each other busy")

    async def later(self, **parts: float) -> None:
        self.clock.forward(**parts)
        for one in self.servers.values():
            tasks = butler.periodic_tasks()
            await one.instance.db.write(lambda tx, tasks=tasks: [task.act(tx) for task in tasks])
        await self.settle()

    def stop(self, server: Server) -> None:
        """It answers nothing and does nothing any more."""
        self.internet.kill(server.host)
        self.stopped.append(self.servers.pop(server.host))

    async def befriend(self, one: Who, other: Who) -> None:
        await one.does(ties.follow, other)
        await self.settle()
        await other.does(ties.accept, one)
        await self.settle()

    def posts_to(self, path: str) -> list[Exchange]:
        """POSTs that arrived at this path."""
        return [
            one for one in self.internet.exchanges if one.method == "POST" and httpx.URL(one.url).path == path
        ]

    async def asks(self, url: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """An unsigned GET by nobody in particular."""
        async with httpx.AsyncClient(transport=self.internet.seen_from("nobody.example")) as client:
            return await client.get(url, headers={"Accept": AS} | (headers or {}))

    async def close(self) -> None:
        for one in (*self.servers.values(), *self.stopped):
            await one.instance.net.aclose()
            await one.instance.db.close()


@pytest.fixture
async def fediverse(sqlite_template: Path, tmp_path: Path, clock: Any) -> AsyncIterator[Fediverse]:
    made = Fediverse(sqlite_template, tmp_path, clock)
    yield made
    await made.close()
