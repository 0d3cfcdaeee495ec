"""What the rooms of a member ask: conversations with people and with the butler, and raised flags around them, on
both engines."""

import pytest

from fedi_aid.actions import carry_consent, moderation, ties
from fedi_aid.storage import conversations, spheres
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage import ties as tie_rows
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
    [asked] = await db.read(received_rows.waiting_for, bruno)
    assert await around(bruno) == [], "it stands among what they were asked"
    await db.write(lambda tx: carry_consent.answer(tx, bruno, asked.id, yes=False))
    assert await around(bruno) == []
    other = await world.chloe.asks("A pianist?")
    assert await around(bruno) == [other]
    await db.write(ties.mute, bruno, world.chloe.id)
    assert await around(bruno) == []


async def test_who_is_put_aside_is_found_at_once(database, clock) -> None:
    """R6, R8: blocked by either side, muted or reported by me; who muted or reported me is not among them."""
    world: World = await build(database, clock)
    db, amina, bruno, chloe, dov = world.db, world.amina.id, world.bruno.id, world.chloe.id, world.dov.id
    everybody = [bruno, chloe, dov]
    assert await db.read(spheres.put_aside_by, amina, everybody) == {dov}, "blocked"
    assert await db.read(spheres.put_aside_by, dov, [amina, bruno]) == {amina}, "by the other"
    await db.write(tie_rows.put_mute, amina, bruno)
    await db.write(moderation.report, amina, chloe)
    assert await db.read(spheres.put_aside_by, amina, everybody) == {bruno, chloe, dov}
    assert await db.read(spheres.put_aside_by, amina, [bruno]) == {bruno}
    assert await db.read(spheres.put_aside_by, bruno, [amina]) == set()
    assert await db.read(spheres.put_aside_by, chloe, [amina]) == set()
