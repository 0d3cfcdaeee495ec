"""kill -9 while posts go out at their hour: each is published once, and none is forgotten."""

import asyncio
import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx

from fedi_aid.actions import access, registration, scheduling
from fedi_aid.actions.posts import Draft
from fedi_aid.app import Running
from fedi_aid.settings import load
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from tests.scenario.servers import PATIENCE, Server, until

POSTS = 125
A_DAY = 25  # as many may be scheduled


def furnish(server: Server) -> str:
    """Amina, who has scheduled many posts, and her friend Bruno; his token."""
    keys = registration.new_keys()

    def move_in(tx: Tx) -> str:
        amina, bruno = (
            registration.sign_up(
                tx, username=name, email=f"{name}@x.org", password_hash="x", keys=keys, trusted=True
            )
            for name in ("amina", "bruno")
        )
        tie_rows.put_follow(tx, amina.id, bruno.id, state="accepted", uri=None)
        tie_rows.put_follow(tx, bruno.id, amina.id, state="accepted", uri=None)
        for at in range(POSTS):
            due_at = tx.now + timedelta(days=1 + at // A_DAY)
            scheduling.schedule(tx, amina, Draft(text=f"number {at}"), due_at)
        return access.give_token(tx, bruno.id, scopes="read").token

    async def act() -> str:
        named = {name: value for name, value in server.environment.items() if name.startswith("FEDI_AID_")}
        running = await Running.open(load(named))
        try:
            return await running.instance.db.write(move_in)
        finally:
            await running.close()

    return asyncio.run(act())


def the_hour_comes(path: Path) -> None:
    """While the server is down: what was days away is due now."""
    with closing(sqlite3.connect(path)) as database, database:
        moved = database.execute("UPDATE scheduled_posts SET due_at = 1").rowcount
        jobs = database.execute("UPDATE jobs SET due_at = 1 WHERE kind = 'publish_scheduled'").rowcount
    assert (moved, jobs) == (POSTS, POSTS)


def standing(path: Path) -> tuple[list[str], list[str]]:
    """(texts that are published, texts that wait for their hour), by what is on the disk."""
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as database, database:
        published = [row[0] for row in database.execute("SELECT text FROM posts WHERE text LIKE 'number %'")]
        drafts = database.execute("SELECT draft FROM scheduled_posts").fetchall()
    return published, [json.loads(row[0])["text"] for row in drafts]


def test_each_goes_out_once(tmp_path: Path) -> None:
    server = Server(tmp_path / "one")
    token = furnish(server)
    path = Path(server.environment["FEDI_AID_DATA_DIR"]) / "fedi_aid.sqlite3"
    every = {f"number {at}" for at in range(POSTS)}
    the_hour_comes(path)
    try:
        server.start()
        end = time.monotonic() + PATIENCE
        while len(standing(path)[0]) < 5 and time.monotonic() < end:
            time.sleep(0.002)
        server.kill()
        published, waiting = standing(path)
        assert len(published) >= 5
        assert waiting, "it was quicker than the kill"
        assert sorted(published + waiting) == sorted(every)  # all of a post, or nothing of it
        server.start()
        until("all are published", lambda: len(standing(path)[0]) >= POSTS and not standing(path)[1])
        home = httpx.get(
            f"{server.url}/api/v1/timelines/home?limit=40",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
        ).json()
    finally:
        server.stop()
    published, waiting = standing(path)
    assert Counter(published) == Counter(every)
    assert waiting == []
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT id FROM jobs WHERE kind = 'publish_scheduled'").fetchall() == []
    assert len(home) == 40  # and they stand in the home of who may read them
    assert all("number" in one["content"] for one in home)
