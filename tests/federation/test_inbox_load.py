"""Much at once: what waits is understood together, each for itself, in order, and no host at another's cost."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from fedi_aid.actions import ties
from fedi_aid.activitypub import inbox
from fedi_aid.storage.tables.federation import received, tombstones
from fedi_aid.storage.tables.posts import posts
from tests.federation.conftest import Fediverse, Peer, Persona, Server

pytestmark = pytest.mark.anyio

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
Says = Callable[[Persona, str], Awaitable[int]]


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


async def follow(fediverse: Fediverse, server: Server, who: Persona) -> None:
    await server.amina.does(ties.follow, who)
    await fediverse.settle()
    accept = who.says("Accept", who.peer.said("Follow")[-1])
    assert (await who.posts(server.amina.inbox, accept)).status_code == 202
    await fediverse.settle()


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    who = fediverse.peer("big.example", "frank").persona("frank")
    await follow(fediverse, one, who)
    return who


@pytest.fixture
async def grace(fediverse: Fediverse, one: Server) -> Persona:
    who = fediverse.peer("small.example", "grace").persona("grace")
    await follow(fediverse, one, who)
    return who


async def says(who: Persona, text: str, server: Server, **more: Any) -> int:
    """A public note to the shared inbox; the status it was answered with."""
    created = who.says("Create", who.note(text, [PUBLIC], **more))
    return (await who.posts(f"https://{server.host}/inbox", created)).status_code


async def count(server: Server, table: Any) -> int:
    return await server.instance.db.read(lambda tx: int(tx.scalar(select(func.count()).select_from(table))))


# -- fairness (D08)


async def test_a_host_that_sends_too_much_keeps_the_rest(
    one: Server, frank: Persona, grace: Persona, fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D08: 503 with Retry-After, nothing stored, and others are let in as ever."""
    monkeypatch.setattr(inbox, "WAITING_OF_A_HOST", 5)
    assert [await says(frank, f"f{n}", one) for n in range(7)] == [202] * 5 + [503] * 2
    stored = await count(one, received)
    refused = await frank.posts(
        "https://one.example/inbox", frank.says("Like", "https://one.example/notes/x")
    )
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) == inbox.FULL_RETRY_AFTER
    assert await count(one, received) == stored
    assert await says(grace, "g", one) == 202
    await fediverse.settle()
    assert sorted(await one.amina.reads()) == ["f0", "f1", "f2", "f3", "f4", "g"]
    assert await says(frank, "again", one) == 202


async def test_one_host_does_not_keep_another_waiting(one: Server, frank: Persona, grace: Persona) -> None:
    """D08: a hundred wait, and the one that came last is among the next."""
    for n in range(100):
        assert await says(frank, f"f{n}", one) == 202
    assert await says(grace, "g", one) == 202
    jobs = await one.runner._claim("inbox", 2)
    assert await one.runner._do_quick(jobs) == []
    assert sorted(await one.amina.reads()) == ["f0", "g"]


# -- together, and each for itself


async def test_a_bad_one_does_not_spoil_those_beside_it(
    one: Server, frank: Persona, fediverse: Fediverse
) -> None:
    """Refused, ignored, and in need of a document that is not there: each leaves nothing, the rest is seen. The
    log says why, by the id of the row, and nothing of what was said."""
    inbox_url = "https://one.example/inbox"
    strange = frank.note("stolen words", [PUBLIC]) | {"attributedTo": "https://big.example/users/other"}
    assert await says(frank, "first", one) == 202
    await frank.posts(inbox_url, frank.says("Create", strange))
    await frank.posts(inbox_url, frank.says("Listen", frank.note("secret song", [PUBLIC])))
    await frank.posts(inbox_url, frank.says("Announce", "https://big.example/notes/missing", to=[PUBLIC]))
    assert await says(frank, "last", one) == 202
    ids = await one.instance.db.read(lambda tx: set(tx.column(select(received.c.id))))
    with capture_logs() as lines:
        await fediverse.settle()
    assert await one.amina.reads() == ["last", "first"]
    assert await one.waiting() == {}
    refused = [line for line in lines if line["event"] == "activity_not_accepted"]
    assert [line["kind"] for line in refused] == ["Create", "Announce"]
    ignored = [line for line in lines if line["event"] == "understood_and_ignored"]
    assert [(line["log_level"], line["kind"], line["object"]) for line in ignored] == [
        ("debug", "Listen", "Note")
    ]
    assert {line["received"] for line in refused + ignored} <= ids
    assert "stolen" not in repr(lines) and "song" not in repr(lines)
    bodies = await one.instance.db.read(lambda tx: tx.column(select(received.c.body)))
    assert set(bodies) == {None}


async def test_a_delete_before_its_create_wins_in_one_batch(
    one: Server, frank: Persona, fediverse: Fediverse
) -> None:
    """A05: also when both wait at the same time, whichever came first."""
    inbox_url = "https://one.example/inbox"
    created = frank.says("Create", frank.note("gone", [PUBLIC], name="notes/gone"))
    deleted = frank.says("Delete", {"type": "Tombstone", "id": frank.id("notes/gone")})
    for activity in (deleted, created):
        assert (await frank.posts(inbox_url, activity)).status_code == 202
    await fediverse.settle()
    assert await one.amina.reads() == []
    assert await count(one, posts) == 0
    assert await count(one, tombstones) == 1


async def test_create_update_delete_are_understood_in_order(
    one: Server, frank: Persona, fediverse: Fediverse
) -> None:
    """A22: all three of many posts wait at once, mixed with each other."""
    inbox_url = "https://one.example/inbox"
    notes = [frank.note(f"n{n}", [PUBLIC], name=f"notes/n{n}") for n in range(6)]
    for note in notes:
        await frank.posts(inbox_url, frank.says("Create", note))
    for note in notes:
        changed = note | {"content": "<p>changed</p>", "updated": "2026-03-14T09:00:00Z"}
        await frank.posts(inbox_url, frank.says("Update", changed))
    for note in notes[:3]:
        await frank.posts(inbox_url, frank.says("Delete", {"type": "Tombstone", "id": note["id"]}))
    await fediverse.settle()
    assert await one.amina.reads() == ["changed"] * 3


async def test_the_same_activity_many_times_is_one(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """H08, A21: by both inboxes and again and again, before any of it was understood."""
    activity = frank.says("Create", frank.note("once", [PUBLIC, one.amina.uri]))
    for _ in range(3):
        for url in ("https://one.example/inbox", one.amina.inbox):
            assert (await frank.posts(url, activity)).status_code == 202
    await fediverse.settle()
    assert await one.amina.reads() == ["once"]
    assert await count(one, posts) == 1
    assert (await frank.posts(one.amina.inbox, activity)).status_code == 202
    await fediverse.settle()
    assert await one.amina.reads() == ["once"]


async def test_a_storm_of_deletes_costs_nothing(one: Server, fediverse: Fediverse) -> None:
    """D11: nobody here knows them: no key is fetched, nothing is stored, no job waits."""
    peer: Peer = fediverse.peer("storm.example", *(f"u{n}" for n in range(40)))
    for n in range(40):
        who = peer.persona(f"u{n}")
        assert (await who.posts("https://one.example/inbox", who.says("Delete", who.uri))).status_code == 202
    assert peer.asked == []
    assert await count(one, received) == 0
    assert await one.waiting() == {}
