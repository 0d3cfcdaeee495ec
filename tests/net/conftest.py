"""Small real servers on loopback, written by hand so that they can misbehave as no library would."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from fedi_aid.net.client import Net


@dataclass
class Asked:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Handler = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Served:
    """A listening server: where it is, what it was asked, how many connections it saw."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    method, target, _ = first.split(" ")
    asked = Asked(method, target, headers, b"")
    asked.body = await reader.readexactly(int(asked.header("content-length") or 0))
    return asked


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def serve(anyio_backend: str) -> AsyncIterator[Serve]:
    """`await serve(handler)` starts a server whose handler writes the raw answer; closing is not its concern."""
    tasks: set[asyncio.Task[None]] = set()
    servers: list[asyncio.Server] = []

    async def start(handler: Handler, *, ssl_context: ssl.SSLContext | None = None) -> Served:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            served.connections += 1
            served.open += 1
            try:
                with suppress(asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
                    while not writer.is_closing():
                        asked = await _read(reader)
                        served.asked.append(asked)
                        await handler(asked, writer)
                        await writer.drain()
            finally:
                served.open -= 1
                tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=ssl_context)
        servers.append(server)
        served = Served(server.sockets[0].getsockname()[1])
        return served

    yield start
    for server in servers:
        server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def net(anyio_backend: str) -> AsyncIterator[Net]:
    """A `Net` that may speak to loopback."""
    made = Net(True, "fedi_aid/test (+http://127.0.0.1)")
    yield made
    await made.aclose()
