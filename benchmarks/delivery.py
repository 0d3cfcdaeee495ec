"""How long one post takes to reach many other servers, as a ratio to a bare loop that sends the same.

    .venv/bin/python benchmarks/delivery.py [--inboxes 200] [--posts 5] [--only plain]

Real processes on loopback, bounded, stops by itself: `fedi_aid serve` with SQLite in a temporary folder,
`inboxes.py` as the other servers, and this one, which writes posts as an app does and measures from the
request to the last arrival. The bare loop is httpx with kept connections and the same requests signed by the
same code, as many at once, once with the signing in its own loop and nothing else to do. Read the ratios; the
absolute numbers are this machine's.
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from inboxes import HANGS, SLOW

from fedi_aid.actions import access, people, registration
from fedi_aid.activitypub import extension
from fedi_aid.activitypub.signatures import keys
from fedi_aid.activitypub.signing import headers_for
from fedi_aid.app import Running
from fedi_aid.model.people import SigningKeys
from fedi_aid.settings import load
from fedi_aid.storage import federation
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx

AT_ONCE = 100  # requests in progress, in the bare loop as in the server
PATIENCE = 30.0
HERE = Path(__file__).parent
ABILITIES = (extension.CARRY, extension.RFC9421, extension.ED25519)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One sort of post to one sort of server. `bad`: three of the hosts are dead, hanging and slow."""

    name: str
    says: str
    form: dict[str, Any]
    speaks_fedi_aid: bool = False
    bad: bool = False


QUIET = {"visibility": "unlisted"}  # level 0, no flag: the engine chooses, and shows it without a notice
CASES = (
    Case(name="public", says="public, one body for all", form={"visibility": "public"}),
    Case(name="plain", says="chosen, plain peers, a body each", form=QUIET),
    Case(name="fedi_aid", says="chosen, fedi_aid peers", form=QUIET, speaks_fedi_aid=True),
    Case(name="bad", says="plain; one dead, one hangs, one slow", form=QUIET, bad=True),
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


class Place:
    """A temporary instance: its folder, port and settings, and where its friends live."""

    def __init__(self, folder: Path, inboxes_port: int, inboxes: int, case: Case) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.case = case
        self.hosts = [f"127.10.0.{at + 1}:{inboxes_port}" for at in range(inboxes - 3 * case.bad)]
        self.good = len(self.hosts)
        if case.bad:
            dead = f"127.10.1.3:{free_port()}"
            # In the middle of all others: whoever is served in order must not wait for them.
            self.hosts[5:5] = [dead, f"{HANGS}:{inboxes_port}", f"{SLOW}:{inboxes_port}"]
        self.settings = {
            "FEDI_AID_BASE_URL": self.url,
            "FEDI_AID_DATA_DIR": str(folder / case.name),
            "FEDI_AID_ALLOW_PRIVATE_ADDRESSES": "true",
            "FEDI_AID_ALLOW_PUBLIC_POSTS": "true",
        }
        self.keys = registration.new_keys()

    async def furnish(self) -> tuple[str, SigningKeys]:
        """Amina, and a friend of hers on every host, pinned as close; her token and her keys."""
        running = await Running.open(load(self.settings))
        try:
            return await running.instance.db.write(self._furnish)
        finally:
            await running.close()

    def _furnish(self, tx: Tx) -> tuple[str, SigningKeys]:
        amina = registration.sign_up(
            tx, username="amina", email="a@example.org", password_hash="x", keys=self.keys, trusted=True
        )
        for host in self.hosts:
            friend = people.remember(tx, self._friend(host))
            tie_rows.put_follow(tx, amina.id, friend, state="accepted", uri=None)
            tie_rows.put_follow(tx, friend, amina.id, state="accepted", uri=None)
            tie_rows.put_close_pin(tx, amina.id, friend)
            if self.case.speaks_fedi_aid:
                federation.hear_of_rfc9421(tx, host, ed25519=True)
            federation.put_software(tx, host, "fedi_aid" if self.case.speaks_fedi_aid else "mastodon", "1")
        signing = people_rows.signing_keys(tx, amina.id)
        assert signing is not None
        return access.give_token(tx, amina.id, scopes="read write").token, signing

    def _friend(self, host: str) -> people.RemoteActor:
        uri = f"http://{host}/users/friend"
        private = keys.load_private(self.keys.ed25519_private_pem)
        return people.RemoteActor(
            uri=uri,
            username="friend",
            domain=host,
            inbox=f"{uri}/inbox",
            public_key_pem=self.keys.rsa_public_pem,
            public_key_id=f"{uri}#main-key",
            ed25519_multikey=keys.to_multikey(private.public_key()),  # type: ignore[arg-type]
            ed25519_key_id=f"{uri}#ed25519-key",
            implements=ABILITIES if self.case.speaks_fedi_aid else (),
        )

    @contextmanager
    def served(self, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
        words = [sys.executable, "-m", "fedi_aid", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FEDI_AID_")}
        with (folder / f"{self.case.name}.log").open("wb") as log:
            process = subprocess.Popen(words, env=kept | self.settings, stdout=log, stderr=log)
            try:
                _until_it_answers(process, f"{self.url}/health")
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


def _until_it_answers(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def cpu_seconds(pid: int) -> float:
    """What a process has worked so far, where /proc tells it: unlike the clock, little moved by others."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int:
    """Memory of a process now, where /proc tells it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)


class Inboxes:
    """The other process, asked over HTTP."""

    def __init__(self) -> None:
        self.port = free_port()
        words = [sys.executable, str(HERE / "inboxes.py"), "--port", str(self.port)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE + 5)
        _until_it_answers(self.process, f"http://127.0.0.1:{self.port}/nodeinfo/2.0")

    def reset(self) -> None:
        self.client.get("/control/reset")

    def wait(self, wanted: int) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/control/wait?n={wanted}&seconds={PATIENCE}").json()
        return found

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.client.close()


class Found(msgspec.Struct, frozen=True):
    """Of one post: seconds until the author was answered, the first and the last arrival."""

    answered: float
    first: float
    last: float
    kinds: tuple[str, ...]


def write_posts(place: Place, inboxes: Inboxes, token: str, posts: int) -> tuple[list[Found], bytes]:
    """Write, and wait for all well-behaved inboxes, one post after the other."""
    found = []
    body = b""
    with httpx.Client(base_url=place.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as app:
        for at in range(posts):
            inboxes.reset()
            start = time.monotonic()
            said = app.post(
                "/api/v1/statuses", json={"status": f"Day {at}: the ramp is drawn."} | place.case.form
            )
            answered = time.monotonic() - start
            said.raise_for_status()
            came = inboxes.wait(place.good)
            good = [one for one in came["arrivals"] if one["host"] not in (HANGS, SLOW)]
            if len(good) != place.good:
                raise SystemExit(f"{place.case.name}: {len(good)} of {place.good} inboxes were reached")
            times = [one["at"] - start for one in good]
            kinds = tuple(sorted({one["kind"] for one in good}))
            found.append(Found(answered, min(times), max(times), kinds))
            body = came["body"].encode()
            time.sleep(0.7)  # what is left to record is no part of the next post's time
    return found, body


async def bare_loop(place: Place, signer: SigningKeys, body: bytes, dialect: Any) -> float:
    """Seconds to sign and send the same to the same hosts, with nothing else to do."""
    urls = [
        f"http://{host}/users/friend/inbox" for host in place.hosts[: place.good] if "127.10.1." not in host
    ]
    taken = []
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=len(urls))
    async with httpx.AsyncClient(limits=limits, timeout=PATIENCE) as client:
        room = asyncio.Semaphore(AT_ONCE)

        async def send(url: str) -> None:
            async with room:
                headers = headers_for(signer, "POST", url, body, datetime.now(UTC), dialect)
                (await client.post(url, content=body, headers=headers)).raise_for_status()

        for _ in range(3):
            start = time.monotonic()
            await asyncio.gather(*(send(url) for url in urls))
            taken.append(time.monotonic() - start)
    return statistics.median(taken)


def pure_signing(signer: SigningKeys, body: bytes, times: int, dialect: Any) -> float:
    start = time.monotonic()
    for at in range(times):
        headers_for(signer, "POST", f"http://127.10.0.{at}/inbox", body, datetime.now(UTC), dialect)
    return time.monotonic() - start


def ms(seconds: float) -> str:
    return f"{seconds * 1000:7.0f} ms"


def measure(case: Case, inboxes: Inboxes, folder: Path, count: int, posts: int) -> float:
    """Run one case and print it; median seconds to the last arrival."""
    place = Place(folder, inboxes.port, count, case)
    token, signer = asyncio.run(place.furnish())
    with place.served(folder) as server:
        write_posts(place, inboxes, token, 1)  # the first finds no warm cache
        before, worked = resident_kib(server.pid), cpu_seconds(server.pid)
        found, body = write_posts(place, inboxes, token, posts)
        after, worked = resident_kib(server.pid), cpu_seconds(server.pid) - worked
    kinds = sorted({kind for one in found for kind in one.kinds})
    dialect = kinds[0]
    inboxes.reset()
    bare = asyncio.run(bare_loop(place, signer, body, dialect))
    signing = pure_signing(signer, body, place.good, dialect)
    last = statistics.median(one.last for one in found)
    print(f"{case.name}: {case.says}; {place.good} inboxes, signed as {', '.join(kinds)}, {len(body)} bytes")
    print(f"  answer to the author {ms(statistics.median(one.answered for one in found))}")
    print(f"  first arrival        {ms(statistics.median(one.first for one in found))}")
    print(
        f"  last arrival         {ms(last)}   (all: {', '.join(f'{one.last * 1000:.0f}' for one in found)})"
    )
    print(f"  bare httpx loop      {ms(bare)}   ratio {last / bare:.2f}")
    print(f"  signing alone        {ms(signing)}   ratio {last / signing:.2f}")
    print(f"  CPU of our server    {ms(worked / posts)}   a post, with all that is recorded afterwards")
    print(f"  memory {before / 1024:.0f} MiB before, {after / 1024:.0f} MiB after {posts} posts", flush=True)
    return last


def main(inboxes_wanted: int, posts: int, only: str | None) -> None:
    last: dict[str, float] = {}
    inboxes = Inboxes()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for case in CASES:
                if only in (None, case.name):
                    last[case.name] = measure(case, inboxes, Path(folder), inboxes_wanted, posts)
    finally:
        inboxes.close()
    if {"plain", "bad"} <= last.keys():
        print(f"bad neighbours cost the others: {ms(last['bad'] - last['plain'])} of {ms(last['plain'])}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--inboxes", type=int, default=200, help="at most 250")
    asked.add_argument("--posts", type=int, default=5)
    asked.add_argument("--only", choices=[case.name for case in CASES])
    given = asked.parse_args()
    main(min(given.inboxes, 250), given.posts, given.only)
