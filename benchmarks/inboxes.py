"""A process that plays the inboxes of many small servers, for measurements and tests on one machine.

    .venv/bin/python benchmarks/inboxes.py --port 9000 [--software mastodon] [--slow-seconds 3]

Every address of loopback is a host of its own: `http://127.10.0.7:9000/users/friend/inbox` is the inbox of
host 7. Everything that is sent is accepted with 202 and noted; nothing is verified, so that what is measured
is the sender. Hosts in 127.10.1.0/24 behave badly: 127.10.1.1 takes a request and never answers, 127.10.1.2
answers late. A dead one needs no process: any port where nobody listens.

Asked by whoever measures: `GET /control/wait?n=200&seconds=20` answers as soon as n requests have come from
well-behaved hosts, with all of them; `GET /control/reset` forgets. It ends with its standard input.
"""

import argparse
import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

HANGS, SLOW = "127.10.1.1", "127.10.1.2"
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
_ID = b'"id":"'


class Book:
    """What came, and who waits for it."""

    def __init__(self, software: str, slow_seconds: float) -> None:
        self.software = software
        self.slow_seconds = slow_seconds
        self.arrivals: list[dict[str, Any]] = []
        self.good = 0
        self.body = b""
        self.news = asyncio.Event()

    def note(self, host: str, kind: str, body: bytes) -> None:
        start = body.find(_ID) + len(_ID)
        uri = body[start : body.find(b'"', start)].decode()
        self.arrivals.append({"at": time.monotonic(), "host": host, "kind": kind, "id": uri})
        self.body = body
        if host not in (HANGS, SLOW):
            self.good += 1
            self.news.set()

    async def wait(self, wanted: int, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while self.good < wanted and time.monotonic() < end:
            self.news.clear()
            try:
                async with asyncio.timeout(max(0.01, end - time.monotonic())):
                    await self.news.wait()
            except TimeoutError:
                break
        return {"arrivals": self.arrivals, "body": self.body.decode()}

    def reset(self) -> dict[str, Any]:
        self.arrivals, self.good, self.body = [], 0, b""
        return {}


class Inbox(asyncio.Protocol):
    """Just enough HTTP/1.1: one request after the other, bodies with a length."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.waiting = b""
        self.transport: asyncio.Transport
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].decode("latin-1")
            lines = head.split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
            }
            length = int(headers.get("content-length", 0))
            if len(self.waiting) < end + 4 + length:
                return
            body = self.waiting[end + 4 : end + 4 + length]
            self.waiting = self.waiting[end + 4 + length :]
            method, target, _ = lines[0].split(" ", 2)
            self.take(method, target, headers, body)

    def take(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        host = headers.get("host", "").partition(":")[0]
        if method == "POST":
            given = headers.get("signature-input", "")
            kind = "ed25519" if "ed25519" in given else "rfc9421" if given else "cavage"
            self.book.note(host, kind, body)
            if host == HANGS:
                return
            if host == SLOW:
                asyncio.get_running_loop().call_later(self.book.slow_seconds, self.transport.write, _ACCEPTED)
            else:
                self.transport.write(_ACCEPTED)
            if headers.get("connection") == "close" and host != SLOW:
                self.transport.close()
            return
        task = asyncio.ensure_future(self.tell(target, headers["host"]))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def tell(self, target: str, host: str) -> None:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer: dict[str, Any]
        if parts.path == "/control/wait":
            answer = await self.book.wait(int(query["n"]), float(query["seconds"]))
        elif parts.path == "/control/reset":
            answer = self.book.reset()
        elif parts.path == "/.well-known/nodeinfo":
            rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
            answer = {"links": [{"rel": rel, "href": f"http://{host}/nodeinfo/2.0"}]}
        else:
            answer = {"version": "2.0", "software": {"name": self.book.software, "version": "1"}}
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def serve(port: int, book: Book) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Inbox(book), "0.0.0.0", port, backlog=1024)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--software", default="mastodon")
    asked.add_argument("--slow-seconds", type=float, default=3.0)
    given = asked.parse_args()
    asyncio.run(serve(given.port, Book(given.software, given.slow_seconds)))
