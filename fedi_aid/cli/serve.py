"""`fedi_aid serve`: check everything first, then answer requests and work until told to stop.

SIGTERM or SIGINT: no new connections, requests and jobs in progress get some seconds to end, then the exit
code is 0. A second signal ends requests at once.
"""

import asyncio
import errno
import gc
import os
import shlex
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import click
import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fedi_aid.app import Part, Running, create_app
from fedi_aid.cli import logs
from fedi_aid.cli.running import DEFAULT_PORT, keep_private, port_of, settle, words_of
from fedi_aid.errors import BadSetting
from fedi_aid.settings import Settings
from fedi_aid.storage import people as people_rows
from fedi_aid.web import setup
from fedi_aid.web.pages import PATHS

GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 75  # longer than the server in front keeps its side open, or it meets closed connections
BACKLOG = 2048

log = structlog.get_logger()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help=f"The port to listen on.  [default: {DEFAULT_PORT}]",
)
@click.option(
    "--only",
    type=click.Choice(["web", "work"]),
    help="Only answer requests, or only work in the background: for several processes on PostgreSQL.",
)
@click.pass_obj
def serve(config: str | None, host: str, port: int | None, only: Part | None) -> None:
    """Run the instance.

    Without FEDI_AID_BASE_URL a new instance is reached at http://localhost:PORT.
    """
    logs.configure(level="warning")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, host, port, only or "all"))


async def _serve(config: str | None, host: str, port: int | None, part: Part) -> None:
    settings, _ = await settle(config, port=port)
    port = port or port_of(settings.base_url) or DEFAULT_PORT
    listening = None if part == "work" else listen(host, port)
    try:
        logs.configure(level=settings.log_level, form=settings.log_format)
        keep_private()
        running = await Running.open(settings)
        try:
            if listening is None:
                await _work(running)
            else:
                await _answer(running, listening, part)
        finally:
            await running.close()
    finally:
        if listening is not None:
            listening.close()


# -- the port

_WHY = {
    errno.EADDRINUSE: "another program uses it; stop that one, or choose another with --port",
    errno.EACCES: "this user may not; choose one from 1024 with --port",
    errno.EADDRNOTAVAIL: "that address is not one of this machine; choose another with --host",
}


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address, on which nobody is heard yet; BadSetting when it cannot be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise BadSetting(f"{host[:100]} is not an address to listen on; see --host.") from None
    # `localhost` may be either; what is written as one of them is found as that alone.
    family, kind, protocol, _, address = sorted(found, key=lambda one: one[0] != socket.AF_INET)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as failure:
        bound.close()
        why = _WHY.get(failure.errno or 0, failure.strerror or "it cannot be opened")
        raise BadSetting(f"Port {port} on {host} cannot be listened on: {why}.") from None
    return bound


# -- running


class _Server(uvicorn.Server):
    """uvicorn, told by us when to stop: it would end the process by the signal before we have closed."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()

    def stop(self, running: Running) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        running.instance.bus.close()  # or open streams would be waited for


async def _answer(running: Running, listening: socket.socket, part: Part) -> None:
    settings = running.instance.settings
    members = await running.instance.db.read(people_rows.count_members)
    proxies = list(settings.trusted_proxies)
    server = _Server(
        uvicorn.Config(
            AccessLog(create_app(settings, part=part, running=running)),
            http="httptools",
            ws="websockets-sansio",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        ),
        started=lambda: _greet(settings, listening, members),
    )
    _on_signals(lambda: server.stop(running))
    # What stands now stands for good: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    await server.serve([listening])


async def _work(running: Running) -> None:
    stop = asyncio.Event()
    _on_signals(stop.set)
    await running.start()
    log.info("ready", part="work")
    await stop.wait()
    log.info("stopping", part="work")


def _on_signals(act: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, act)


def _greet(settings: Settings, listening: socket.socket, members: int) -> None:
    host, port = listening.getsockname()[:2]
    click.echo(f"fedi_aid is running at {settings.base_url} (listening on {host}, port {port}).")
    if not members:
        words = words_of("people create NAME --email YOU@EXAMPLE.ORG --admin")
        opens = f"{settings.base_url}{PATHS.setup}?code={setup.code(settings)}"
        click.echo(
            f"Nobody is a member yet. Set it up in a browser, with this address:\n\n    {opens}\n\n"
            f"or create the first one here:\n\n    {_where(settings)}{words}\n"
        )


def _where(settings: Settings) -> str:
    """The variables that another terminal needs to find this instance."""
    needed = {
        name: os.environ[name]
        for name in ("FEDI_AID_CONFIG", "FEDI_AID_BASE_URL", "FEDI_AID_DATA_DIR")
        if os.environ.get(name, "").strip()
    }
    if "FEDI_AID_DATA_DIR" not in needed and settings.data_dir != Path("data").absolute():
        needed["FEDI_AID_DATA_DIR"] = str(settings.data_dir)
    return "".join(f"{name}={shlex.quote(value)} " for name, value in needed.items())


# -- the access log


class AccessLog:
    """One line per request: method, path, status and time. Neither query (it may hold a code or a token) nor
    address (who reads when is nobody's business)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = log.bind()  # made once: a lazy logger is put together anew for every line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, tell)
        finally:
            write = self._log.debug if scope["path"] == "/health" else self._log.info
            took = round((time.perf_counter() - began) * 1000)
            write("request", method=scope["method"], path=scope["path"][:200], status=status, ms=took)
