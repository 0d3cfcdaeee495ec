"""The composition root: settings in, a running instance out. Nothing below knows what is wired here.

`Running.open` migrates, opens the database and the network, makes sure that the instance's own actors stand,
and can start the workers. `create_app` wraps it in a Starlette application for uvicorn.
"""

import asyncio
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedi_aid.actions import files, recordings, registration
from fedi_aid.actions.entry import Door
from fedi_aid.actions.house_settings import TOPIC
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import carried_files, remote
from fedi_aid.activitypub import routes as activitypub_routes
from fedi_aid.activitypub.delivery.handlers import QUICK
from fedi_aid.activitypub.delivery.handlers import handlers_for as wire_handlers
from fedi_aid.activitypub.signing import application_signer
from fedi_aid.bus import Bus
from fedi_aid.butler import handlers as butler
from fedi_aid.butler import scheduled
from fedi_aid.client_api import push
from fedi_aid.errors import FediAidError
from fedi_aid.model.house import House
from fedi_aid.model.seals import Seal
from fedi_aid.model.vapid import VapidKey
from fedi_aid.net.client import Net, user_agent
from fedi_aid.secret import key_for
from fedi_aid.settings import Settings
from fedi_aid.storage import house_settings, people
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import Database, open_database
from fedi_aid.storage.migrate import migrate
from fedi_aid.storage.neighbours import Neighbours, neighbours_of
from fedi_aid.storage.tx import Announcement, utc_now
from fedi_aid.work.kinds import Lane
from fedi_aid.work.periodic import Timetable
from fedi_aid.work.runner import Runner

Part = Literal["all", "web", "work"]
PUSHES_AT_ONCE = 8
log = structlog.get_logger()


def house_of(settings: Settings) -> House:
    """What transactions must know of the settings."""
    return House(
        base_url=settings.base_url,
        allow_public_posts=settings.allow_public_posts,
        post_max_chars=settings.post_max_chars,
        daily_ration=settings.daily_ration,
        friend_requests_a_day=settings.friend_requests_a_day,
        registration=settings.registration,
        limited_federation=settings.limited_federation,
        default_language=settings.default_language,
        fast_butler=settings.fast_butler,
        seal=Seal(key_for(settings, "fedi_aid addresses of files")),
        vapid=VapidKey.derived(key_for(settings, "fedi_aid push messages")),
    )


def database_url(settings: Settings) -> str:
    """The database to open: the one named, else SQLite in the data folder."""
    return settings.database_url or f"sqlite:///{settings.sqlite_path}"


class Running:
    """An instance with its doors open. `start` begins the workers, `close` ends everything gracefully."""

    def __init__(self, instance: Instance, neighbours: Neighbours | None = None) -> None:
        settings = instance.settings
        self.instance = instance
        self._neighbours = neighbours
        handlers = {
            **butler.handlers(),
            **scheduled.handlers(instance.db),
            **wire_handlers(instance),
            **files.handlers(instance),
            **recordings.handlers(instance),
            **push.handlers(instance),
        }
        concurrency: dict[Lane, int] = {
            "inbox": settings.inbox_concurrency,
            "lookup": settings.inbox_concurrency,
            "deliver": settings.deliver_concurrency,
            "fetch": settings.fetch_concurrency,
            "butler": settings.butler_concurrency,
            "media": 1,
            "push": PUSHES_AT_ONCE,
        }
        self.runner = Runner(
            instance.db,
            handlers,
            quick=QUICK,
            concurrency=concurrency,
            worker_id=f"{_place()}/{os.getpid()}/{secrets.token_hex(3)}",
        )
        self.timetable = Timetable(
            instance.db,
            [
                *butler.periodic_tasks(1 / settings.fast_butler),
                *files.PERIODIC,
                *carried_files.PERIODIC,
            ],
        )
        self._working = False

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        net: Net | None = None,
        clock: Callable[[], datetime] = utc_now,
        database: Database | None = None,
    ) -> "Running":
        """Migrate, open, and make sure that the application actor and the butler stand."""
        neighbours: Neighbours | None = None
        if database is None:
            if not settings.is_postgres:
                settings.data_dir.mkdir(parents=True, exist_ok=True)
            await migrate(database_url(settings))
            database = open_database(database_url(settings), clock=clock, house=house_of(settings))
            neighbours = neighbours_of(database_url(settings), database.hear)
            database.on_own_commit(neighbours.tell)
        bus = Bus()
        database.on_commit(bus.publish)
        await _ensure_actors(database)
        if neighbours is not None:
            await neighbours.open()
        if net is None:
            net = Net(settings.allow_private_addresses, user_agent(settings.base_url))
        instance = Instance(settings=settings, db=database, net=net, bus=bus)
        await _dress(instance)
        database.on_commit(partial(_redress, instance, set()))
        return cls(instance, neighbours)

    async def start(self) -> None:
        """Begin working: jobs, periodic tasks."""
        await self.instance.db.write(queue.release_dead, _place(), _is_alive)
        await self.runner.start()
        await self.timetable.start()
        self._working = True

    async def close(self) -> None:
        """Finish what runs, give back what waits, close the doors."""
        self.instance.bus.close()
        if self._working:
            await self.timetable.stop()
            await self.runner.stop()
        await self.instance.net.aclose()
        if self._neighbours is not None:
            await self._neighbours.close()
        await self.instance.db.close()


async def _dress(instance: Instance) -> None:
    instance.dress(await instance.db.read(house_settings.all_of))


def _redress(
    instance: Instance, tasks: set[asyncio.Task[None]], told: Sequence[Announcement], _lanes: set[str]
) -> None:
    """An admin changed what the instance says of itself, here or in another process."""
    if any(one.topic == TOPIC for one in told):
        task = asyncio.get_running_loop().create_task(_dress(instance))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def _place() -> str:
    """This machine, as workers name it."""
    return socket.gethostname().replace("/", "-")


def _is_alive(process: int) -> bool:
    """Whether a process of this machine runs, other than this one, which has not worked yet."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _ensure_actors(database: Database) -> None:
    if await database.read(registration.needs_setup):
        keys = await asyncio.gather(
            asyncio.to_thread(registration.new_keys), asyncio.to_thread(registration.new_keys)
        )
        await database.write(registration.ensure_instance, *keys)


def create_app(settings: Settings, *, part: Part = "all", running: Running | None = None) -> "FediAid":
    """The ASGI application. `part`: `web` answers requests and `work` only works, for several processes on
    PostgreSQL. `running` hands in an instance that is open already (tests)."""
    return FediAid(settings, part=part, running=running)


class FediAid:
    """Starlette, made once the instance is open; wrapped in what every answer needs."""

    def __init__(self, settings: Settings, *, part: Part, running: Running | None) -> None:
        self._settings = settings
        self._part = part
        self._given = running
        self._app: ASGIApp = Starlette(lifespan=self._lifespan)
        self._ready: ASGIApp | None = None
        if running is not None:
            self._ready = self._build(running.instance)

    def _build(self, instance: Instance) -> ASGIApp:
        # Only what answers requests needs these: a command of the operator's starts sooner without.
        from fedi_aid.client_api import routes as api_routes
        from fedi_aid.web import routes as web_routes

        resolve = partial(_resolve, instance)
        routes = [
            Route("/health", partial(_health, instance)),
            # Before the many of the API: routes are tried in order, and most requests are other servers'.
            *activitypub_routes.routes(instance),
            *api_routes.build(instance, resolve, partial(application_signer, instance)),
            *web_routes.routes(instance, resolve),
        ]
        app = Starlette(routes=routes)
        app.state.instance = instance
        app.router.redirect_slashes = False
        return Outermost(app, instance)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        running = self._given or await Running.open(self._settings)
        self._ready = self._build(running.instance)
        if self._part != "web":
            await running.start()
        log.info("ready", base_url=self._settings.base_url, part=self._part)
        try:
            yield
        finally:
            if self._given is None:
                await running.close()
            log.info("stopped")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._ready is None:
            await self._app(scope, receive, send)
        else:
            await self._ready(scope, receive, send)


async def _resolve(
    instance: Instance, words: str, *, fresh: bool = False
) -> tuple[Literal["person", "post"], int] | None:
    """What a member looks for on other servers: a handle or an address."""
    found = await remote.resolve(instance, words, fresh=fresh)
    if found is None:
        return None
    is_person = await instance.db.read(people.by_id, found) is not None
    return ("person" if is_person else "post"), int(found)


async def _health(instance: Instance, _request: Request) -> Response:
    """For load balancers and containers: the process answers and so does the database."""
    try:
        await instance.db.ping()
    except Exception as failure:
        log.error("unhealthy", reason=type(failure).__name__)
        return JSONResponse({"status": "database does not answer"}, status_code=503)
    return JSONResponse({"status": "OK"})


LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Outermost:
    """Around every request: only our own host is answered, every answer has a request id, and what nobody
    expected becomes one line of log and a plain sentence."""

    def __init__(self, app: ASGIApp, instance: Instance) -> None:
        self._app = app
        self._hosts = _our_hosts(instance.settings)
        self._door = Door(instance.db)
        self._dice = random.Random()  # noqa: S311 - names, to find a line of log by; asking the system takes longer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        host = _host_of(scope)
        if path != "/health" and host not in self._hosts:
            await _refuse_host(scope, receive, send)
            return
        started = False
        request_id = f"{self._dice.getrandbits(64):016x}"

        async def tell(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            client = scope.get("client")
            if path != "/health" and client and await self._door.is_shut(client[0]):
                await _turn_away(scope, receive, tell)
                return
            await self._app(scope, receive, tell)
        except Exception as failure:
            reason = failure.log if isinstance(failure, FediAidError) else type(failure).__name__
            log.exception("unexpected failure", path=path, request_id=request_id, reason=reason)
            if started or scope["type"] == "websocket":
                raise
            answer = JSONResponse({"error": "Something went wrong here."}, status_code=500)
            await answer(scope, receive, tell)


def _our_hosts(settings: Settings) -> frozenset[str]:
    """The names we answer to: our domain, and on a loopback instance every name of loopback."""
    parts = urlsplit(settings.base_url)
    hosts = {settings.domain}
    default = {"http": 80, "https": 443}[parts.scheme]
    name = parts.hostname or ""
    bracketed = f"[{name}]" if ":" in name else name
    if (parts.port or default) == default:
        hosts.add(f"{bracketed}:{default}")
    if bracketed in LOOPBACK:
        hosts |= {f"{one}:{parts.port or default}" for one in LOOPBACK}
    return frozenset(hosts)


def _host_of(scope: Scope) -> str:
    values: list[bytes] = [value for key, value in scope["headers"] if key == b"host"]
    return values[0].decode("latin-1").lower() if len(values) == 1 else ""


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """From an address that an admin keeps out altogether."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await JSONResponse({"error": "Forbidden"}, status_code=403)(scope, receive, send)


async def _refuse_host(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    answer = JSONResponse({"error": "This server does not answer to that host name."}, status_code=421)
    await answer(scope, receive, send)
