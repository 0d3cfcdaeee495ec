"""A running client API over a fresh database, and people who call it."""

import asyncio
import itertools
import random
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from fedi_aid.actions import access, registration, ties
from fedi_aid.actions.instance import Instance
from fedi_aid.actions.people import RemoteActor, remember
from fedi_aid.bus import Bus
from fedi_aid.client_api.routes import build
from fedi_aid.model.house import House
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.settings import Settings
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.tx import Tx

BASE = "http://aid.example"
ALL_SCOPES = "read write follow push profile"


@pytest.fixture(scope="session")
def keys() -> registration.NewKeys:
    return registration.new_keys()


@dataclass
class Caller:
    """A member with a token, who calls."""

    world: "World"
    member: Member
    token: str

    @property
    def id(self) -> str:
        return str(self.member.id)

    @property
    def username(self) -> str:
        return self.member.person.username

    async def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | how.pop("headers", {})
        return await self.world.http.request(method, path, headers=headers, **how)

    async def get(self, path: str, status: int = 200, **how: Any) -> Any:
        return checked(await self.call("GET", path, **how), status)

    async def post(self, path: str, status: int = 200, **how: Any) -> Any:
        return checked(await self.call("POST", path, **how), status)

    async def say(self, text: str, **fields: Any) -> Any:
        """Write a post and move the clock on, so that the next thing is later."""
        answer = await self.post("/api/v1/statuses", json={"status": text, **fields})
        self.world.tick()
        return answer


def checked(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, f"{response.request.url}: {response.status_code} {response.text}"
    return response.json()


class World:
    """One instance, its API, and everybody on it."""

    def __init__(self, db: Database, settings: Settings, keys: registration.NewKeys, clock: Any) -> None:
        self.db = db
        self.settings = settings
        self.keys = keys
        self.clock = clock
        self.bus = Bus()
        db.on_commit(self.bus.publish)
        self.resolve: Callable[[str], Awaitable[Any]] | None = None
        # The client API never touches the network itself: what would is `resolve`.
        self.instance = Instance(settings=settings, db=db, net=None, bus=self.bus)  # type: ignore[arg-type]
        self.app = Starlette(routes=build(self.instance, self._resolve))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=True), base_url=settings.base_url
        )
        self._numbers = itertools.count()

    async def _resolve(self, words: str, *, fresh: bool = False) -> Any:
        return await self.resolve(words) if self.resolve else None

    def tick(self, **parts: float) -> None:
        self.clock.forward(**(parts or {"seconds": 1}))

    async def member(self, username: str, scopes: str = ALL_SCOPES, **more: Any) -> Caller:
        def work(tx: Tx) -> tuple[Member, str]:
            made = registration.sign_up(
                tx,
                username=username,
                email=f"{username}@people.example",
                password_hash="not a hash",
                keys=self.keys,
                trusted=True,
                **more,
            )
            return made, access.give_token(tx, made.id, scopes=scopes).token

        member, token = await self.db.write(work)
        self.tick()
        return Caller(self, member, token)

    async def token(self, caller: Caller, scopes: str) -> str:
        return (await self.db.write(access.give_token, caller.member.id, scopes=scopes)).token

    async def befriend(self, one: Caller, other: Caller) -> None:
        await self.db.write(ties.follow, one.member.id, other.member.id)
        await self.db.write(ties.accept, other.member.id, one.member.id)
        self.tick()

    async def stranger(self, username: str, domain: str = "far.example") -> PersonId:
        actor = RemoteActor(
            uri=f"https://{domain}/users/{username}",
            username=username,
            domain=domain,
            url=f"https://{domain}/@{username}",
            display_name=username.title(),
            inbox=f"https://{domain}/users/{username}/inbox",
        )
        return await self.db.write(remember, actor)


def settings_for(data_dir: Path, **more: Any) -> Settings:
    return Settings(**({"base_url": BASE, "data_dir": data_dir, "registration": "open"} | more))


async def world_on(db: Database, settings: Settings, keys: registration.NewKeys, clock: Any) -> World:
    db.house = House(
        base_url=settings.base_url,
        allow_public_posts=settings.allow_public_posts,
        post_max_chars=settings.post_max_chars,
        registration=settings.registration,
    )
    await db.write(registration.ensure_instance, keys, keys)
    return World(db, settings, keys, clock)


Maker = Callable[..., Awaitable[World]]


@pytest.fixture
async def make_world(
    tmp_path: Path, sqlite_template: Path, keys: registration.NewKeys, clock: Any, dice: random.Random
) -> AsyncIterator[Maker]:
    """Make a world on SQLite with settings of its own."""
    made: list[World] = []

    async def make(**settings: Any) -> World:
        path = tmp_path / f"world{len(made)}.sqlite3"
        shutil.copyfile(sqlite_template, path)
        db = open_database(f"sqlite:///{path}", clock=clock, dice=dice)
        made.append(await world_on(db, settings_for(tmp_path, **settings), keys, clock))
        return made[-1]

    yield make
    for world in made:
        await world.http.aclose()
        world.bus.close()
        await world.db.close()


@pytest.fixture
async def world(make_world: Maker) -> World:
    """An ordinary instance: no public posts."""
    return await make_world()


@pytest.fixture
async def open_world(make_world: Maker) -> World:
    """An instance where public posts are allowed."""
    return await make_world(allow_public_posts=True)


@pytest.fixture
async def both_worlds(
    database: Database, tmp_path: Path, keys: registration.NewKeys, clock: Any
) -> AsyncIterator[World]:
    """The same on SQLite and on PostgreSQL."""
    made = await world_on(database, settings_for(tmp_path, allow_public_posts=True), keys, clock)
    yield made
    await made.http.aclose()
    made.bus.close()


@pytest.fixture
async def amina(world: World) -> Caller:
    return await world.member("amina", display_name="Amina")


@pytest.fixture
async def bruno(world: World) -> Caller:
    return await world.member("bruno", display_name="Bruno")


@pytest.fixture
async def served(make_world: Maker) -> AsyncIterator[World]:
    """A world that answers on a real loopback port, at `world.settings.base_url`."""
    listening = socket.socket()
    # Little room in between: a reader who takes nothing is noticed after kilobytes, not megabytes.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    world = await make_world(base_url=f"http://127.0.0.1:{port}", allow_public_posts=True)
    config = uvicorn.Config(world.app, lifespan="off", log_level="error", ws="websockets-sansio")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    yield world
    world.bus.close()
    server.should_exit = True
    await running
    listening.close()
