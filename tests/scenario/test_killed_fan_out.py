"""kill -9 in the middle of a fan-out to 200 servers: none is forgotten, and what is known to have arrived is
not sent again."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fedi_aid.actions import access, people, registration
from fedi_aid.app import Running
from fedi_aid.settings import load
from fedi_aid.storage import federation
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from tests.ports import free_port
from tests.scenario.servers import PATIENCE, Server, until

INBOXES = Path(__file__).parents[2] / "benchmarks" / "inboxes.py"
SERVERS = 200
PLACE = "127.10.0"


@pytest.fixture
def inboxes() -> Iterator[int]:
    """The port of a process that plays 200 servers."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(INBOXES), "--port", str(port)], stdin=subprocess.PIPE)
    try:
        until("the inboxes answer", lambda: _answers(port))
        yield port
    finally:
        assert process.stdin is not None
        process.stdin.close()  # it ends with its standard input
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/nodeinfo/2.0", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def came(port: int, wanted: int, seconds: float) -> list[dict[str, Any]]:
    """What arrived, once that much did or the time is up."""
    url = f"http://127.0.0.1:{port}/control/wait?n={wanted}&seconds={seconds}"
    found: list[dict[str, Any]] = httpx.get(url, timeout=seconds + PATIENCE).json()["arrivals"]
    return found


def furnish(server: Server, port: int) -> str:
    """Amina, and a friend of hers on each of the 200, all pinned as close; her token."""
    keys = registration.new_keys()

    def move_in(tx: Tx) -> str:
        amina = registration.sign_up(
            tx, username="amina", email="a@example.org", password_hash="x", keys=keys, trusted=True
        )
        for at in range(SERVERS):
            host = f"{PLACE}.{at + 1}:{port}"
            uri = f"http://{host}/users/friend"
            friend = people.remember(
                tx,
                people.RemoteActor(
                    uri=uri,
                    username="friend",
                    domain=host,
                    inbox=f"{uri}/inbox",
                    public_key_pem=keys.rsa_public_pem,
                    public_key_id=f"{uri}#main-key",
                ),
            )
            tie_rows.put_follow(tx, amina.id, friend, state="accepted", uri=None)
            tie_rows.put_follow(tx, friend, amina.id, state="accepted", uri=None)
            tie_rows.put_close_pin(tx, amina.id, friend)
            federation.put_software(tx, host, "mastodon", "4")
        return access.give_token(tx, amina.id, scopes="read write").token

    async def act() -> str:
        named = {name: value for name, value in server.environment.items() if name.startswith("FEDI_AID_")}
        running = await Running.open(load(named))
        try:
            return await running.instance.db.write(move_in)
        finally:
            await running.close()

    return asyncio.run(act())


def still_to_do(database: Path) -> set[str]:
    """Hosts whose delivery is not known to have arrived, by what a killed server left on the disk."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT args FROM jobs WHERE kind = 'deliver'").fetchall()
    connection.close()
    return {httpx.URL(json.loads(row[0])["inbox_url"]).host for row in rows}


def test_none_is_lost_and_none_that_arrived_is_sent_again(inboxes: int, tmp_path: Path) -> None:
    # Few at once, so that there is a middle in which to kill.
    server = Server(tmp_path / "one", FEDI_AID_DELIVER_CONCURRENCY="6")
    token = furnish(server, inboxes)
    server.start()
    try:
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as app:
            form = {"status": "The ramp is drawn.", "visibility": "unlisted"}
            app.post("/api/v1/statuses", json=form, timeout=PATIENCE).raise_for_status()
        before = came(inboxes, 25, PATIENCE)
        server.kill()
        assert len(before) >= 25
        arrived = {one["host"] for one in came(inboxes, 10_000, 2)}  # also what was on its way
        waiting = still_to_do(Path(server.environment["FEDI_AID_DATA_DIR"]) / "fedi_aid.sqlite3")
        assert waiting, "it was quicker than the kill"
        server.start()
        until("all have it", lambda: len({one["host"] for one in came(inboxes, 10_000, 1)}) == SERVERS)
        until("nothing waits", lambda: not server.command("work", "status")["jobs"])
    finally:
        server.stop()
    every = came(inboxes, 1, 1)
    ids: dict[str, set[str]] = {}
    for one in every:
        ids.setdefault(one["host"], set()).add(one["id"])
    assert len(ids) == SERVERS
    assert all(len(each) == 1 for each in ids.values())  # the same activity, should it come twice
    times = Counter(one["host"] for one in every)
    twice = {host for host, number in times.items() if number > 1}
    # Only what had arrived without its answer being recorded; never three times.
    assert twice <= waiting & arrived
    assert len(twice) <= 6
    assert max(times.values()) <= 2
