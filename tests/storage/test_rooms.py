"""What the rooms of a member ask: conversations with people and with the butler, and raised flags around them, on
both engines."""

import pytest

from fedi_aid.actions import carry, ties
from fedi_aid.storage import conversations
from fedi_aid.storage import help as help_rows
from fedi_aid.storage.raised import raised_around
from fedi_aid.storage.timelines import Page
from tests.world import World, build

pytestmark = pytest.mark.anyio


async def test_the_butler_is_one_conversation_apart_from_people(database, clock) -> None:
    """R5: its letters are in none of those with people; each side finds its own alone."""
    world: World = await build(database, clock)
    db, amina, bruno = world.db, world.amina.id, world.bruno.id
    await world.amina.tells_butler("help")
    await world.amina.tells_butler("help")
    await world.settle()
    letters = await db.read(lambda tx: conversations.with_butler(tx, amina, limit=40))
    assert [one.author.username for one in letters].count("butler") == 2
    assert [one.post.id for one in letters] == sorted((one.post.id for one in letters), reverse=True)
    assert len(await db.read(lambda tx: conversations.with_butler(tx, amina, limit=1))) == 1
    assert await db.read(lambda tx: conversations.with_butler(tx, bruno, limit=40)) == []
    assert await db.read(conversations.butler_unread, amina)
    await db.write(conversations.read_butler, amina)
    assert not await db.read(conversations.any_unread, amina)

    first = await world.amina.writes("@bruno The big bowl?", visibility="direct")
    second = await world.bruno.writes("In the cellar.", visibility="direct", reply_to_id=first)
    await world.amina.writes("@bruno And the small one?", visibility="direct")
    found = await db.read(conversations.with_people, amina, Page())
    assert [[one.username for one in talk.people] for talk in found] == [["bruno"], ["bruno"]]
    older = await db.read(conversations.with_people, amina, Page(max_id=found[0].cursor))
    assert [talk.id for talk in older] == [found[1].id]
    thread = older[0].last.post.thread_id if older[0].last else 0
    said = await db.read(lambda tx: conversations.said_in(tx, bruno, thread, limit=40))
    assert [one.post.id for one in said] == [first, second]
    assert await db.read(lambda tx: conversations.said_in(tx, world.eve.id, thread, limit=40)) == []
    assert not await db.read(conversations.butler_unread, amina)


async def test_raised_flags_around_a_member(database, clock) -> None:
    """Those they may see and were not asked about by name; without what they said no to, or whom they muted."""
    world: World = await build(database, clock)
    db, bruno = world.db, world.bruno.id

    async def around(who: int) -> list[int]:
        return await db.read(lambda tx: raised_around(tx, who, limit=20))

    quiet = await world.amina.asks("A ramp?")
    await world.amina.writes("Flour came in")
    assert await around(bruno) == [quiet]
    assert await around(world.amina.id) == await around(world.dov.id) == await around(world.eve.id) == []
    await world.settle()
    [asked] = await db.read(help_rows.waiting_for, bruno)
    assert await around(bruno) == [], "it stands among what they were asked"
    await db.write(lambda tx: carry.answer(tx, bruno, asked.id, yes=False))
    assert await around(bruno) == []
    other = await world.chloe.asks("A pianist?")
    assert await around(bruno) == [other]
    await db.write(ties.mute, bruno, world.chloe.id)
    assert await around(bruno) == []
