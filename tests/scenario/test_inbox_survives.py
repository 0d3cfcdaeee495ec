"""What was answered with 202 is understood, exactly once, although the server is killed with -9 meanwhile.

A real process on loopback, signed activities from a hand-made server, several at a time. Bounded and
self-stopping.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.scenario.remote_peer import Signed, follow, open_peer, send
from tests.scenario.servers import Server, until

NUMBER = 240
AT_ONCE = 8

pytestmark = pytest.mark.processes


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    try:
        yield made
    finally:
        made.stop()


def rows(server: Server, statement: str) -> list[tuple[object, ...]]:
    path = server.folder / "data" / "fedi_aid.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as database:
        return database.execute(statement).fetchall()


def in_the_home(server: Server) -> Counter[str]:
    """How often each post stands in the member's home, by its address at its author's server."""
    found = rows(
        server,
        "SELECT p.uri FROM home_entries h JOIN posts p ON p.id = h.post_id WHERE p.uri LIKE '%/statuses/%'",
    )
    return Counter(str(uri) for (uri,) in found)


def note_of(activity: str) -> str:
    return activity.replace("/activities/", "/statuses/")


async def until_killed(server: Server, requests: list[Signed], at: int) -> set[str]:
    """Send, and kill the server in the middle of it, when `at` have been answered; the notes it had accepted."""
    answers: dict[str, int] = {}
    sending = asyncio.create_task(send(server.domain, requests, concurrency=AT_ONCE, answers=answers))
    while len(answers) < at and not sending.done():  # noqa: ASYNC110 - answers send no event
        await asyncio.sleep(0)
    server.kill()
    await sending
    assert at <= len(answers) < len(requests), "it was killed in the middle"
    assert set(answers.values()) == {202}
    return {note_of(uri) for uri in answers}


async def story(server: Server) -> None:
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.add, "amina")
    token = await asyncio.to_thread(server.token, "amina")
    async with open_peer() as peer:
        await follow(server.url, token, peer)
        [frank] = peer.actors
        inboxes = (f"{server.url}/inbox", f"{server.url}/users/amina/inbox")
        requests = [
            frank.signs(frank.creates(f"Number {at}"), inboxes[at % 2], kind="ed25519")
            for at in range(NUMBER)
        ]
        accepted = await until_killed(server, requests, NUMBER // 4)
        await asyncio.to_thread(server.start)
        accepted |= await until_killed(server, requests[NUMBER // 2 :], NUMBER // 4)
        await asyncio.to_thread(server.start)

        await asyncio.to_thread(
            until, "all that was accepted is understood", lambda: accepted <= set(in_the_home(server))
        )
        # What its server heard no answer to, it sends again; and here all of it, also what had arrived.
        again = await send(server.domain, requests, concurrency=AT_ONCE, patient=True)
        assert set(again.values()) == {202}
        await asyncio.to_thread(until, "everything is understood", lambda: len(in_the_home(server)) == NUMBER)
    assert in_the_home(server) == {note_of(one.uri): 1 for one in requests}
    assert rows(server, "SELECT count(*) FROM posts WHERE uri LIKE '%/statuses/%'") == [(NUMBER,)]
    assert rows(server, "SELECT state FROM jobs WHERE kind = 'handle_activity'") == []
    assert rows(server, "SELECT count(*) FROM received WHERE body IS NOT NULL") == [(0,)]


def test_every_accepted_activity_survives_kill_9(server: Server) -> None:
    asyncio.run(story(server))
