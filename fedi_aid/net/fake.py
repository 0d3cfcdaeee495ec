"""A fake internet: several servers in one process, each an ASGI app behind a host name. For tests and demos.

    internet = FakeInternet()
    internet.add("lyon.example", app_of_lyon)
    net = internet.net("lyon.example")          # how Lyon's server asks the others

Everything but the sockets is real: `Net`'s guard, limits, redirects and errors, and the apps. Every exchange
is recorded, so that a test can read each byte that each server was given.
"""

import asyncio
import socket
from collections.abc import Iterator

import httpx
import msgspec
from starlette.types import ASGIApp

from fedi_aid.net.client import Net, user_agent


class AppCrashed(Exception):
    """An app let an exception through: a fault of the app that no caller should take for a network error."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its answer, as sent. `sender` and `host` are `name` or `name:port`.

    `arrived` is false when nobody was there to be asked. `status` is 0 and the answer empty when none came
    back: the host was dead, its app crashed, or the sender stopped waiting.
    """

    sender: str
    host: str
    method: str
    url: str
    arrived: bool
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    status: int
    answer_headers: tuple[tuple[bytes, bytes], ...]
    answer: bytes

    @property
    def request_bytes(self) -> bytes:
        """All that the host was given: request line, headers, body."""
        line = f"{self.method} {self.url}\r\n".encode()
        return line + _lines(self.headers) + b"\r\n" + self.body

    @property
    def answer_bytes(self) -> bytes:
        """All that the sender was given back: status, headers, body."""
        return f"{self.status}\r\n".encode() + _lines(self.answer_headers) + b"\r\n" + self.answer


class _Trouble(msgspec.Struct, kw_only=True):
    """What is wrong with a host; `times` counts down, None is for good."""

    dead: bool = False
    seconds: float = 0
    status: int = 0
    retry_after: str = ""
    times: int | None = None


class FakeInternet:
    """Hosts by name, their troubles, and the record of all that passed between them."""

    def __init__(self) -> None:
        self._apps: dict[str, ASGIApp] = {}
        self._troubles: dict[str, _Trouble] = {}
        self.exchanges: list[Exchange] = []

    def add(self, host: str, app: ASGIApp) -> None:
        """Put an app behind `name` or `name:port`; it replaces the one that was there."""
        self._apps[host.lower()] = app

    def kill(self, host: str) -> None:
        """Nothing listens any more: connections are refused, until `heal`."""
        self._troubles[host.lower()] = _Trouble(dead=True)

    def slow(self, host: str, seconds: float) -> None:
        """Every answer takes so long, until `heal`. The app acts first: only its answer is late."""
        self._troubles[host.lower()] = _Trouble(seconds=seconds)

    def fail(self, host: str, status: int, *, retry_after: str = "", times: int | None = None) -> None:
        """Answer `status` (and `Retry-After`) without asking the app, `times` times or until `heal`."""
        self._troubles[host.lower()] = _Trouble(status=status, retry_after=retry_after, times=times)

    def heal(self, host: str) -> None:
        """The host is well again."""
        self._troubles.pop(host.lower(), None)

    def seen_from(self, sender: str) -> httpx.AsyncBaseTransport:
        """The transport of the server named `sender`, for `Net(transport=…)`."""
        return _Seat(self, sender.lower())

    def net(self, sender: str, *, total: int = 100, per_host: int = 8) -> Net:
        """A `Net` for the server named `sender`, with the guard of a real instance: https only."""
        return Net(
            False,
            user_agent(f"https://{sender}"),
            total=total,
            per_host=per_host,
            transport=self.seen_from(sender),
        )

    def received_by(self, host: str) -> list[bytes]:
        """Every byte this server was given: the requests it got, and the answers to what it asked."""
        return list(self._given_to(host.lower()))

    def _given_to(self, host: str) -> Iterator[bytes]:
        for exchange in self.exchanges:
            if exchange.host == host and exchange.arrived:
                yield exchange.request_bytes
            if exchange.sender == host and exchange.status:
                yield exchange.answer_bytes

    async def carry(self, sender: str, request: httpx.Request) -> httpx.Response:
        """Take one request to its host and the answer back, recording both; httpx errors like a transport."""
        host = request.url.netloc.decode("ascii").lower()
        body = await request.aread()
        trouble = self._trouble_of(host)
        there = host in self._apps and not trouble.dead
        # Recorded at once, so that what a host was given is known even if no answer ever comes.
        at = len(self.exchanges)
        asked = _asked(sender, host, request, body, there)
        self.exchanges.append(asked)
        if host not in self._apps:
            nowhere = socket.gaierror(socket.EAI_NONAME, "no such host")
            raise httpx.ConnectError(f"{host} is not on this internet") from nowhere
        if trouble.dead:
            raise httpx.ConnectError(f"{host} is dead", request=request)
        response = await self._answer(host, request, trouble)
        answer = b"".join([chunk async for chunk in response.aiter_raw()])
        self.exchanges[at] = msgspec.structs.replace(
            asked,
            status=response.status_code,
            answer_headers=tuple(response.headers.raw),
            answer=answer,
        )
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(answer), request=request
        )

    async def _answer(self, host: str, request: httpx.Request, trouble: _Trouble) -> httpx.Response:
        if trouble.status:
            headers = {"Retry-After": trouble.retry_after} if trouble.retry_after else {}
            return httpx.Response(trouble.status, headers=headers, stream=httpx.ByteStream(b""))
        try:
            response = await httpx.ASGITransport(self._apps[host]).handle_async_request(request)
        except Exception as problem:
            raise AppCrashed(f"{request.method} {request.url} crashed {host}") from problem
        await asyncio.sleep(trouble.seconds)
        return response

    def _trouble_of(self, host: str) -> _Trouble:
        trouble = self._troubles.get(host)
        if trouble is None:
            return _Trouble()
        if trouble.times is not None:
            trouble.times -= 1
            if trouble.times <= 0:
                del self._troubles[host]
        return trouble


class _Seat(httpx.AsyncBaseTransport):
    """One server's place on the fake internet."""

    def __init__(self, internet: FakeInternet, sender: str) -> None:
        self._internet = internet
        self._sender = sender

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._internet.carry(self._sender, request)


def _asked(sender: str, host: str, request: httpx.Request, body: bytes, arrived: bool) -> Exchange:
    return Exchange(
        sender=sender,
        host=host,
        method=request.method,
        url=str(request.url),
        arrived=arrived,
        headers=tuple(request.headers.raw),
        body=body,
        status=0,
        answer_headers=(),
        answer=b"",
    )


def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)
