"""How fast the paths are that everybody waits for, each as a ratio to a baseline of the same run.

    .venv/bin/python benchmarks/main_paths.py [--friends 150] [--rounds 200]

Bounded, offline, one process, a temporary SQLite file: inbox ingestion (signature, origins, durable row),
delivery fan-out (a post to many servers), a home page, the choice of an audience, a look of the butler.
Read the ratios; the absolute numbers are this machine's.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fedi_aid.actions import audiences, people, posts, registration
from fedi_aid.actions.posts import Draft
from fedi_aid.activitypub import extension
from fedi_aid.activitypub.signatures import cavage, keys
from fedi_aid.app import Running, create_app
from fedi_aid.butler import requests
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.people import Member
from fedi_aid.net.fake import FakeInternet
from fedi_aid.settings import load
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

OURS = "https://bench.example"
PEER = "https://peer.example"


class Bench:
    """An open instance with one member, Amina, and her friends: half here, half on another server."""

    def __init__(self, running: Running, amina: Member, peer_keys: registration.NewKeys) -> None:
        self.running = running
        self.db = running.instance.db
        self.amina = amina
        self.peer_keys = peer_keys
        self.private = keys.load_private(peer_keys.rsa_private_pem)


async def build(folder: Path, friends: int, internet: FakeInternet) -> Bench:
    settings = load({"FEDI_AID_BASE_URL": OURS, "FEDI_AID_DATA_DIR": str(folder)})
    running = await Running.open(settings, net=internet.net("bench.example"))
    shared = registration.new_keys()

    def people_move_in(tx: Tx) -> Member:
        def move_in(name: str) -> Member:
            return registration.sign_up(
                tx,
                username=name,
                email=f"{name}@example.org",
                password_hash="x",
                keys=shared,
                trusted=True,
            )

        amina = move_in("amina")
        for at in range(friends):
            other = move_in(f"friend{at}").id if at % 2 else people.remember(tx, remote(at, shared))
            tie_rows.put_follow(tx, amina.id, other, state="accepted", uri=None)
            tie_rows.put_follow(tx, other, amina.id, state="accepted", uri=None)
        return amina

    amina = await running.instance.db.write(people_move_in)
    return Bench(running, amina, shared)


def remote(at: int, shared: registration.NewKeys) -> people.RemoteActor:
    uri = f"{PEER}/users/friend{at}"
    private = keys.load_private(shared.ed25519_private_pem)
    return people.RemoteActor(
        uri=uri,
        username=f"friend{at}",
        domain="peer.example",
        inbox=f"{uri}/inbox",
        public_key_pem=shared.rsa_public_pem,
        public_key_id=f"{uri}#main-key",
        ed25519_multikey=keys.to_multikey(private.public_key()),  # type: ignore[arg-type]
        ed25519_key_id=f"{uri}#ed25519-key",
        implements=(extension.CARRY,),
    )


async def timed(act: Callable[[], Awaitable[Any]], rounds: int) -> float:
    """Median seconds of one call."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        await act()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def tell(what: str, seconds: float, baseline: str, base_seconds: float) -> None:
    ratio = seconds / base_seconds if base_seconds else float("inf")
    print(
        f"{what:<44} {seconds * 1000:9.2f} ms   x {ratio:6.1f} of {baseline} ({base_seconds * 1000:.2f} ms)"
    )


AT_ONCE = 50


async def many(act: Callable[[], Awaitable[Any]], rounds: int) -> float:
    """Seconds of one call when fifty are under way at a time, as many senders are."""
    start = time.perf_counter()
    for _ in range(rounds // AT_ONCE):
        await asyncio.gather(*(act() for _ in range(AT_ONCE)))
    return (time.perf_counter() - start) / (rounds // AT_ONCE * AT_ONCE)


async def inbox(bench: Bench, rounds: int) -> None:
    """A signed Create into a personal inbox, to its 202: parse, verify, store; the job comes later."""
    app = create_app(bench.running.instance.settings, running=bench.running)

    async def plain(request: Request) -> Response:
        return JSONResponse({"bytes": len(await request.body())}, 202)

    bare = Starlette(routes=[Route("/inbox", plain, methods=["POST"])])
    target = "/users/amina/inbox"
    serial = iter(range(10**9))

    def signed() -> tuple[bytes, dict[str, str]]:
        at = next(serial)
        actor = f"{PEER}/users/friend0"
        note = f"{PEER}/notes/{at}"
        body = json.dumps(
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": f"{note}/create",
                "type": "Create",
                "actor": actor,
                "to": [f"{OURS}/users/amina"],
                "object": {
                    "id": note,
                    "type": "Note",
                    "attributedTo": actor,
                    "to": [f"{OURS}/users/amina"],
                    "content": "<p>Good morning.</p>",
                    "published": "2026-03-14T09:00:00Z",
                },
            }
        ).encode()
        outgoing = cavage.Outgoing(
            method="POST",
            host="bench.example",
            target=target,
            body=body,
            content_type="application/activity+json",
        )
        headers = cavage.sign(
            outgoing, key_id=f"{actor}#main-key", private_key=bench.private, now=datetime.now(UTC)
        )
        return body, dict(headers)

    ready = [signed() for _ in range(rounds)]
    waiting = iter(ready)
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OURS) as ours,
        httpx.AsyncClient(transport=httpx.ASGITransport(bare), base_url=OURS) as theirs,
    ):

        async def post() -> None:
            body, headers = next(waiting)
            answer = await ours.post(target, content=body, headers=headers)
            assert answer.status_code == 202, answer.text

        base = await many(lambda: theirs.post("/inbox", content=ready[0][0]), rounds)
        tell("inbox: signed Create to 202, 50 at once", await many(post, rounds), "a bare route", base)


async def write_many(bench: Bench, count: int) -> None:
    """A full home: what friends wrote, and requests of Amina's."""
    locals_ = [one for one in await bench.db.read(tie_rows.friends_of, bench.amina.id) if one.local]
    dice = random.Random(1)
    for at in range(count):
        person = dice.choice(locals_)
        member = await bench.db.read(people_rows.member, person.id)
        assert member is not None
        await bench.db.write(posts.publish, member, Draft(text=f"Day {at} of the garden"))


async def main(friends: int, rounds: int) -> None:
    internet = FakeInternet()

    async def accept(request: Request) -> Response:
        await request.body()
        return Response(status_code=202)

    internet.add("peer.example", Starlette(routes=[Route("/{rest:path}", accept, methods=["POST", "GET"])]))
    with tempfile.TemporaryDirectory() as folder:
        bench = await build(Path(folder), friends, internet)
        empty = await timed(lambda: bench.db.read(lambda tx: None), rounds)
        commit = await timed(lambda: bench.db.write(lambda tx: None), rounds)
        await inbox(bench, rounds)
        await write_many(bench, rounds)
        page = await timed(lambda: bench.db.read(timelines.home, bench.amina.id, Page(limit=20)), rounds)
        tell("home: a page of 20", page, "an empty read", empty)
        wish = Explicit(intimacy=0, help=True)
        draft = Draft(text="A ramp for the shop", wish=wish)
        pool = await timed(lambda: bench.db.read(audiences.pool_of, bench.amina), max(5, rounds // 10))
        known = await timed(lambda: bench.db.read(tie_rows.friends_of, bench.amina.id), max(5, rounds // 10))
        tell(f"audience: the pool of {friends} friends", pool, "listing them", known)
        published: list[int] = []

        async def publish() -> None:
            published.append(await bench.db.write(posts.publish, bench.amina, draft))

        tell(
            f"publish: choice among {friends}, access list",
            await timed(publish, max(5, rounds // 10)),
            "an empty commit",
            commit,
        )
        look = await timed(lambda: bench.db.write(requests.wave, published[-1]), max(5, rounds // 10))
        tell("butler: one look at a request", look, "an empty commit", commit)
        before = len(internet.exchanges)
        start = time.perf_counter()
        await bench.running.runner.run_until_idle(1000)
        spent = time.perf_counter() - start
        sent = len(internet.exchanges) - before
        body = b"x" * 2000
        outgoing = cavage.Outgoing(
            method="POST", host="peer.example", target="/inbox", body=body, content_type="text/plain"
        )

        async def sign() -> None:
            cavage.sign(outgoing, key_id="x", private_key=bench.private, now=datetime.now(UTC))

        signing = await timed(sign, rounds)
        if sent:
            tell(f"fan-out: one of {sent} deliveries", spent / sent, "one RSA signature", signing)
        await bench.running.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--friends", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=500, help="at least 50")
    given = parser.parse_args()
    asyncio.run(main(given.friends, given.rounds))
