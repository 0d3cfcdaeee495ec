"""Conversations, pins and moves of people elsewhere: their questions, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from fedi_aid.actions import people as people_actions
from fedi_aid.actions import receiving
from fedi_aid.actions.people import RemoteActor
from fedi_aid.actions.receiving import IncomingPost
from fedi_aid.model.emojis import Emoji
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import (
    audience_rows,
    emojis,
    federation,
    moves,
    people,
    pins,
    post_views,
    posts,
    threads,
    timelines,
)
from fedi_aid.storage.database import Database
from fedi_aid.storage.timelines import Page
from tests.conftest import Clock
from tests.world import build

pytestmark = pytest.mark.anyio
FAR = "https://far.example"


@pytest.fixture
async def frank(database: Database) -> PersonId:
    actor = RemoteActor(
        uri=f"{FAR}/users/frank",
        username="frank",
        domain="far.example",
        inbox=f"{FAR}/users/frank/inbox",
        featured_uri=f"{FAR}/users/frank/pins",
        memorial=True,
        emojis=(Emoji("blob", f"{FAR}/blob.png"),),
    )
    return await database.write(people_actions.remember, actor)


async def arrives(database: Database, author: PersonId, name: str, **more: Any) -> PostId:
    def store(tx: Any) -> PostId:
        parent = posts.by_uri(tx, None, more.get("reply_to_uri") or "")
        incoming = IncomingPost(
            uri=f"{FAR}/notes/{name}",
            author_id=author,
            reach="public",
            html=name,
            created_at=tx.now,
            thread_uri=f"{FAR}/contexts/1",
            **more,
        )
        return receiving.store(tx, incoming, parent).id

    return await database.write(store)


async def test_a_conversation_is_put_together_in_any_order(
    database: Database, clock: Clock, frank: PersonId
) -> None:
    first, second, third = (f"{FAR}/notes/{name}" for name in ("first", "second", "third"))
    await arrives(database, frank, "third", reply_to_uri=second)
    await arrives(database, frank, "fourth", reply_to_uri=third)
    await arrives(database, frank, "second", reply_to_uri=first)
    top = await arrives(database, frank, "first")

    def told(tx: Any, post_id: PostId) -> list[str]:
        post = posts.get(tx, None, post_id)
        assert post is not None
        return [view.post.text for view in post_views.descendants(tx, None, post)]

    assert await database.read(told, top) == ["second", "third", "fourth"]
    left = await arrives(database, frank, "left", reply_to_uri=f"{FAR}/notes/right")
    right = await arrives(database, frank, "right", reply_to_uri=f"{FAR}/notes/left")
    assert await database.read(told, left) == ["right"]  # and so on it would go in a circle
    assert await database.read(told, right) == []
    listed = await database.read(lambda tx: threads.items(tx, thread_id=top, asker_id=None, server=None))
    assert sorted(listed) == sorted([first, second, third, f"{FAR}/notes/fourth"])
    known = await database.read(threads.to_complete, top)
    assert known is not None
    assert (known.uri, known.thread_uri) == (first, f"{FAR}/contexts/1")
    assert await database.read(threads.is_held, f"{FAR}/contexts/1")
    assert await database.read(threads.is_due, top, timedelta(minutes=15))
    await database.write(threads.take_turn, top)
    assert not await database.read(threads.is_due, top, timedelta(minutes=15))
    clock.forward(minutes=16)
    assert await database.read(threads.is_due, top, timedelta(minutes=15))


async def test_who_is_told_of_a_hidden_conversation(
    database: Database, clock: Clock, frank: PersonId
) -> None:
    """P01, P16: a reader, and their server; nobody else."""
    world = await build(database, clock)
    post_id = await world.amina.writes("Between friends.")
    name = await database.read(lambda tx: threads.began(tx, post_id))
    assert name is not None
    assert name[2] is not None
    root = await database.read(threads.root, name[2])
    assert root is not None
    assert (root.post_id, root.reach) == (post_id, "chosen")

    async def items(asker: PersonId | None, server: str | None) -> int:
        return len(
            await database.read(
                lambda tx: threads.items(tx, thread_id=post_id, asker_id=asker, server=server)
            )
        )

    assert await items(frank, "far.example") == 0
    await database.write(lambda tx: audience_rows.admit(tx, post_id, frank, kind="named", opaque="x" * 26))
    assert (await items(frank, None), await items(None, "far.example")) == (1, 1)
    assert (await items(None, None), await items(None, "other.example")) == (0, 0)
    await database.write(lambda tx: people.change(tx, frank, suspended_at=tx.now))
    assert await items(None, "far.example") == 0


async def test_pins_moves_and_marks_of_somebody_elsewhere(database: Database, frank: PersonId) -> None:
    one, two = [await arrives(database, frank, name) for name in ("one", "two")]

    def pinned(tx: Any) -> set[int]:
        return {view.post.id for view in timelines.by_author(tx, None, frank, Page(limit=9), pinned=True)}

    assert await database.read(pins.is_due, frank, timedelta(days=1))
    await database.write(pins.replace, frank, [f"{FAR}/notes/one", f"{FAR}/notes/unknown"])
    assert not await database.read(pins.is_due, frank, timedelta(days=1))
    assert await database.read(pinned) == {one}
    await database.write(pins.add, frank, f"{FAR}/notes/two")
    assert await database.read(pinned) == {one, two}

    await database.write(moves.put_aliases, frank, [f"{FAR}/users/gus"])
    await database.write(moves.note_move, frank, f"{FAR}/users/gus")
    await database.write(moves.forget_move, frank)
    where = await database.read(moves.whereabouts, frank)
    assert (where.also_known_as, where.moved_to) == ((f"{FAR}/users/gus",), None)
    assert where.moved_at is not None

    known = await database.read(people.by_id, frank)
    assert known is not None
    assert (known.memorial, known.suspended_there, known.emojis[0].name) == (True, False, "blob")
    assert await database.read(emojis.of_person, frank) == known.emojis
    assert await database.read(emojis.of_post, one) == ()
    assert not await database.read(federation.was_public, f"{FAR}/notes/one")
