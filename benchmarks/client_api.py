"""How fast the client API is: a real server over loopback, against a bare route with the same bytes.

    .venv/bin/python benchmarks/client_api.py [--requests 400] [--posts 400] [--sockets 500]

`fedi_aid serve` on SQLite, with data made by actions beforehand: Amina has 150 friends on the server, 2,000
posts in her home, a thread of 100 answers, and notifications. Measured by one client and by sixteen: her home
by forties, one status, the thread's context, notifications by forties, and posts that go to all her friends,
until they are committed and stand in their homes. Then how long a post takes to the last of 500 sockets.
The baseline, in the same run: Starlette under uvicorn, answering the same bytes from memory.

Queries are counted in this process, without the server. Bounded; ends what it started and nothing else. Read
the ratios, and the processor's time for each request, which others who use the machine change least: absolute
numbers are this machine's. A post is answered when it is on the disk: what one client can do ends there.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.asyncio.client import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the tests know how to start a server

from fedi_aid.actions import access, posts, reactions, registration
from fedi_aid.actions.posts import Draft
from fedi_aid.app import Running, create_app
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member
from fedi_aid.net.fake import FakeInternet
from fedi_aid.settings import load
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.ties import contacts
from fedi_aid.storage.tx import Tx
from tests.ports import free_port
from tests.queries import counted
from tests.scenario.servers import Server

FRIENDS = 150
HOME = 2_000
ANSWERS = 100
TOKENS = 60  # one token may call 300 times in five minutes
BOTTLE = Explicit(intimacy=0)  # goes to all friends
PATIENCE = 60.0


# -- the data


class Made(NamedTuple):
    """What stands in the data folder."""

    tokens: list[str]  # Amina's
    listening: list[str]  # one of each friend
    post: PostId
    thread: PostId


async def make(server: Server) -> Made:
    """Amina, her friends, what they wrote, into the folder of a server that does not run yet."""
    running = await Running.open(load(server.environment), net=FakeInternet().net(server.domain))
    db = running.instance.db
    keys = await asyncio.to_thread(registration.new_keys)

    def move_in(tx: Tx) -> tuple[Member, list[Member], list[str], list[str]]:
        everybody = [
            registration.sign_up(
                tx, username=name, email=f"{name}@example.org", password_hash="x", keys=keys, trusted=True
            )
            for name in ("amina", *(f"friend{at}" for at in range(FRIENDS)))
        ]
        amina, *friends = everybody
        for one in friends:
            tie_rows.put_follow(tx, amina.id, one.id, state="accepted", uri=None)
            tie_rows.put_follow(tx, one.id, amina.id, state="accepted", uri=None)
        today = tie_rows.day_number(tx.now)
        days = [
            {"from_id": from_id, "to_id": to_id, "day": today - at * 3, "kind": "reply", "count": 1}
            for one in friends
            for from_id, to_id in ((amina.id, one.id), (one.id, amina.id))
            for at in range(5)
        ]
        tx.insert_many(contacts, days)
        mine = [access.give_token(tx, amina.id, scopes="read write") for _ in range(TOKENS)]
        theirs = [access.give_token(tx, one.id, scopes="read") for one in friends]
        return amina, friends, [one.token for one in mine], [one.token for one in theirs]

    amina, friends, mine, theirs = await db.write(move_in)

    def thread(tx: Tx) -> PostId:
        first = posts.publish(tx, amina, Draft(text="Who has a ladder? #garden", wish=BOTTLE))
        for at in range(ANSWERS):
            answer = Draft(text=f"@amina I have one, number {at}.", reply_to_id=first)
            posts.publish(tx, friends[at], answer)
        return first

    began = await db.write(thread)
    written: list[PostId] = []
    for start in range(0, HOME, 50):

        def write(tx: Tx, start: int = start) -> list[PostId]:
            texts = [
                f"Day {at} of the garden: beans are up, https://example.org/{at} says how. #beans #day{at}"
                for at in range(start, start + 50)
            ]
            return [
                posts.publish(tx, friends[at % FRIENDS], Draft(text=text, wish=BOTTLE))
                for at, text in enumerate(texts, start)
            ]

        written += await db.write(write)

    def like(tx: Tx) -> None:
        for at in range(60):
            reactions.favourite(tx, amina.id, written[-at - 1])
            reactions.favourite(tx, friends[at].id, began)

    await db.write(like)
    await running.close()
    with sqlite3.connect(server.folder / "data" / "fedi_aid.sqlite3") as database:
        database.execute("DELETE FROM jobs")  # of the time before; only what is measured is worked on
    return Made(mine, theirs, written[-1], began)


def pages(made: Made) -> dict[str, str]:
    return {
        "home, 40 a page": "/api/v1/timelines/home?limit=40",
        "status by id": f"/api/v1/statuses/{made.post}",
        f"context, {ANSWERS} answers": f"/api/v1/statuses/{made.thread}/context",
        "notifications, 40": "/api/v1/notifications?limit=40",
    }


# -- a client that costs next to nothing


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._head = b""

    async def open(self) -> "Client":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        return self

    def close(self) -> None:
        self._writer.close()

    async def ask(self, path: str, token: str, body: bytes = b"") -> bytes:
        """The body of a 200."""
        method, more = ("POST", f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n")
        if not body:
            method, more = "GET", ""
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{more}"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
            + body
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{method} {path}: {head[:40]!r} {answer[:300]!r}")
        return answer


class Speed(NamedTuple):
    """Milliseconds at the median and for the slowest twentieth; requests a second; milliseconds of a
    processor that the server used for each, all its threads together."""

    median: float
    p95: float
    rate: float
    cpu: float


class Load:
    """Sends requests with many tokens in turn, so that no limit is met."""

    def __init__(self, port: int, tokens: Sequence[str], process: int) -> None:
        self._port = port
        self._tokens = tokens
        self._process = process
        self._turn = 0

    def _token(self) -> str:
        self._turn += 1
        return self._tokens[self._turn % len(self._tokens)]

    async def run(self, path: str, number: int, clients: int, bodies: Sequence[bytes] = ()) -> Speed:
        """`number` requests by so many clients at once."""
        taken: list[float] = []
        todo = iter(range(number))

        async def work() -> None:
            client = await Client(self._port).open()
            for at in todo:
                start = time.perf_counter()
                await client.ask(path, self._token(), bodies[at] if bodies else b"")
                taken.append(time.perf_counter() - start)
            client.close()

        used = seconds_of_cpu(self._process)
        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(clients)))
        spent = time.perf_counter() - began
        cpu = (seconds_of_cpu(self._process) - used) * 1000 / number
        taken.sort()
        median, p95 = statistics.median(taken) * 1000, taken[int(len(taken) * 0.95)] * 1000
        return Speed(median, p95, number / spent, cpu)


# -- the baseline


def bare(port: int, folder: Path) -> None:
    """The same bytes from memory, by Starlette under uvicorn with the server's own settings."""
    bodies = {path.name: path.read_bytes() for path in folder.iterdir()}

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(bodies[request.path_params["name"]], media_type="application/json")

    app = Starlette(routes=[Route("/{name}", answer, methods=["GET", "POST"])])
    uvicorn.run(app, port=port, http="httptools", log_level="warning", access_log=False, loop="uvloop")


@asynccontextmanager
async def this_program(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until_up(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit("the bare server does not answer")


# -- streaming


async def listen(port: int, tokens: Sequence[str], sockets: int) -> None:
    """Open sockets; say so; then, for every post, when the first and the last of them heard of it."""
    waiting: asyncio.Queue[float] = asyncio.Queue()

    async def one(at: int) -> None:
        url = f"ws://127.0.0.1:{port}/api/v1/streaming?stream=user"
        headers = {"Authorization": f"Bearer {tokens[at % len(tokens)]}"}
        async with connect(url, additional_headers=headers, compression=None, open_timeout=60) as socket:
            ready.release()
            async for frame in socket:
                if '"event":"update"' in str(frame):
                    waiting.put_nowait(time.monotonic())

    ready = asyncio.Semaphore(0)
    tasks = []
    for at in range(sockets):
        tasks.append(asyncio.create_task(one(at)))
        await ready.acquire()
    await asyncio.sleep(1)  # the last one's subscription
    print(json.dumps("ready"), flush=True)
    while True:
        heard = [await waiting.get() for _ in range(sockets)]
        print(json.dumps([min(heard), statistics.median(heard), max(heard)]), flush=True)


async def fan_out(server: Server, made: Made, sockets: int, rounds: int) -> None:
    words = [str(server.port), str(sockets), json.dumps(made.listening[:125])]
    async with this_program("listen", *words) as ears:
        assert ears.stdout is not None
        assert json.loads(await asyncio.wait_for(ears.stdout.readline(), PATIENCE)) == "ready"
        client = await Client(server.port).open()
        first, middle, last, answered = [], [], [], []
        for at in range(rounds):
            body = json.dumps({"status": f"Number {at}: who is awake?", "fedi_aid": {"intimacy": 0}}).encode()
            start = time.monotonic()
            await client.ask("/api/v1/statuses", made.tokens[-1], body)
            answered.append(time.monotonic() - start)
            heard = json.loads(await asyncio.wait_for(ears.stdout.readline(), PATIENCE))
            for place, when in zip((first, middle, last), heard, strict=True):
                place.append(when - start)
            await asyncio.sleep(0.2)
        client.close()
    told = [statistics.median(times) * 1000 for times in (answered, first, middle, last)]
    print(
        f"streaming, {sockets} sockets: answered after {told[0]:.1f} ms, first {told[1]:.0f}, "
        f"half {told[2]:.0f}, last {told[3]:.0f} ms (slowest {max(last) * 1000:.0f}); "
        f"{sockets / told[3] * 1000:.0f} events/s"
    )


# -- queries, counted here


async def queries(server: Server, made: Made) -> dict[str, int]:
    """Statements of each request, over the same data, after one that fills what is filled once."""
    running = await Running.open(load(server.environment), net=FakeInternet().net(server.domain))
    app = create_app(running.instance.settings, running=running)
    headers = {"Authorization": f"Bearer {made.tokens[0]}"}
    found = {}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=server.url, headers=headers
    ) as client:
        for name, path in pages(made).items():
            for _ in range(2):
                with counted() as statements:
                    (await client.get(path)).raise_for_status()
            found[name] = len(statements)
        for at in range(2):
            body = {"status": f"Before {at}: one more", "fedi_aid": {"intimacy": 0}}
            with counted() as statements:
                (await client.post("/api/v1/statuses", json=body)).raise_for_status()
        found["post"] = len(statements)
    await running.close()
    return found


# -- the run


def memory(process: int) -> tuple[float, float]:
    """(resident now, resident at most) in MB."""
    lines = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines() if ":" in line
    )
    now, most = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def seconds_of_cpu(process: int) -> float:
    """What a process has used of the processors, its threads together."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tell(name: str, clients: int, ours: Speed, base: Speed, size: int, statements: int) -> None:
    print(
        f"{name:<22} {clients:3} client(s) {ours.median:8.2f} ms, p95 {ours.p95:7.2f}, {ours.rate:6.0f} /s"
        f", {ours.cpu:5.2f} ms of a processor"
        f"   bare {base.median:5.2f} ms {base.rate:6.0f} /s   x {ours.median / base.median:5.1f}"
        f"   {size / 1000:6.1f} kB, {statements} queries",
        flush=True,
    )


def posted(number: int, word: str) -> list[bytes]:
    return [
        json.dumps(
            {"status": f"{word} {at}: what is ripe may be picked. #garden", "fedi_aid": {"intimacy": 0}}
        ).encode()
        for at in range(number)
    ]


async def in_homes(server: Server, word: str) -> int:
    path = server.folder / "data" / "fedi_aid.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
        counting = "SELECT count(*) FROM home_entries JOIN posts ON posts.id = post_id WHERE text LIKE ?"
        return int(database.execute(counting, (f"{word} %",)).fetchone()[0])


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    server = Server(folder / "server", FEDI_AID_FAST_BUTLER="1")
    began = time.perf_counter()
    made = await make(server)
    print(f"data made in {time.perf_counter() - began:.1f} s")
    statements = await queries(server, made)
    kept = folder / "bodies"
    kept.mkdir()
    port = free_port()
    try:
        await asyncio.to_thread(server.start)
        assert server.process is not None
        print(f"memory of the server at its start: {memory(server.process.pid)[0]:.0f} MB")
        load_on = Load(server.port, made.tokens, server.process.pid)
        client = await Client(server.port).open()
        bodies: dict[str, bytes] = {}
        for name, path in pages(made).items():
            bodies[name] = await client.ask(path, made.tokens[0])
        bodies["post"] = await client.ask("/api/v1/statuses", made.tokens[0], posted(1, "First")[0])
        client.close()
        for at, body in enumerate(bodies.values()):
            (kept / str(at)).write_bytes(body)
        async with this_program("bare", str(port), str(kept)) as other:
            await until_up(port)
            base_load = Load(port, ["x"], other.pid)
            for at, (name, path) in enumerate(pages(made).items()):
                await load_on.run(path, 50, 2)  # warm
                for clients in (1, 16):
                    base = await base_load.run(f"/{at}", arguments.requests, clients)
                    ours = await load_on.run(path, arguments.requests, clients)
                    tell(name, clients, ours, base, len(bodies[name]), statements[name])
            await load_on.run("/api/v1/statuses", 10, 2, posted(10, "Warm"))
            for clients in (1, 16):
                word = f"By{clients}"
                sent = posted(arguments.posts, word)
                base = await base_load.run(f"/{len(bodies) - 1}", arguments.posts, clients, sent)
                ours = await load_on.run("/api/v1/statuses", arguments.posts, clients, sent)
                tell(
                    f"post to {FRIENDS} friends", clients, ours, base, len(bodies["post"]), statements["post"]
                )
                stand = await in_homes(server, word)
                print(f"{'':22} {stand / arguments.posts:.1f} homes each, when answered")
        if arguments.sockets:
            await fan_out(server, made, arguments.sockets, 10)
        now, most = memory(server.process.pid)
        print(f"memory of the server: {now:.0f} MB now, {most:.0f} MB at most")
    finally:
        await asyncio.to_thread(server.stop)


def main() -> None:
    if sys.argv[1:2] == ["bare"]:
        bare(int(sys.argv[2]), Path(sys.argv[3]))
        return
    if sys.argv[1:2] == ["listen"]:
        uvloop.run(listen(int(sys.argv[2]), json.loads(sys.argv[4]), int(sys.argv[3])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--posts", type=int, default=400)
    parser.add_argument("--sockets", type=int, default=500, help="0 leaves streaming out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fedi_aid-bench-") as folder:
        uvloop.run(run(arguments, Path(folder)))


if __name__ == "__main__":
    main()
