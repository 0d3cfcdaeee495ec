"""Contacts between people of one server: each kind, by day, for as long as it weighs anything (R9)."""

from typing import Any

import pytest
from sqlalchemy import func, select

from fedi_aid.actions import endorsements, reactions, thanks, ties
from fedi_aid.actions import help as help_actions
from fedi_aid.audience import candidates
from fedi_aid.audience.engine import passes_gate
from fedi_aid.model.contacts import CONTACT_DAYS, LASTING_DAYS, ContactKind
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.storage import contacts
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.database import Database
from fedi_aid.storage.tables.ties import contacts as table
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock
from tests.world import Who, World, build

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    return await build(database, clock)


async def kinds(world: World, one: Who, other: Who) -> set[str]:
    """What `one` did towards `other`, so far."""

    def work(tx: Tx) -> set[str]:
        return set(
            tx.column(select(table.c.kind).where(table.c.from_id == one.id, table.c.to_id == other.id))
        )

    return await world.db.read(work)


async def test_each_kind_of_contact_is_noted(world: World) -> None:
    amina, bruno = world.amina, world.bruno
    await amina.writes("@bruno hello", visibility="direct")
    assert await kinds(world, amina, bruno) == {"named"}
    post_id = await amina.writes("A good day, @bruno")
    assert await kinds(world, amina, bruno) == {"named", "mentioned"}
    await bruno.writes("It was.", reply_to_id=post_id)
    await world.db.write(reactions.favourite, bruno.id, post_id)
    assert await kinds(world, bruno, amina) == {"reply", "favourite"}
    await world.db.write(ties.pin_as_close, amina.id, bruno.id)
    assert await kinds(world, amina, bruno) == {"named", "mentioned", "pinned"}
    await world.db.write(endorsements.endorse, bruno.id, amina.id, name="Cooking")
    assert await kinds(world, bruno, amina) == {"reply", "favourite", "endorsed"}


async def test_help_and_thanks_are_noted_when_help_solved_it(world: World) -> None:
    for outcome in ("solved", "withdrawn"):
        post_id = await world.amina.asks(f"{outcome}: who has a ladder?")
        await world.db.write(help_actions.offer, await world.bruno.member(), post_id, words="I do.")
        assert "offered" in await kinds(world, world.bruno, world.amina)
        if outcome == "withdrawn":
            before = await world.db.read(_counts)
            await world.db.write(help_actions.lower, world.amina.id, post_id, outcome)
            assert await world.db.read(_counts) == before  # an offer alone earns nothing (R9)
        else:
            await world.db.write(help_actions.lower, world.amina.id, post_id, outcome)
            assert "helped" not in await kinds(world, world.bruno, world.amina)
            await world.db.write(thanks.thank, await world.amina.member(), world.bruno.id, post_id=post_id)
            assert "helped" in await kinds(world, world.bruno, world.amina)
            assert "thanked" in await kinds(world, world.amina, world.bruno)


def _counts(tx: Tx) -> list[Any]:
    lasting = table.c.kind.in_(("helped", "thanked"))
    return [tuple(row) for row in tx.all(select(table).where(lasting).order_by(table.c.kind))]


async def test_being_among_the_readers_is_no_contact(world: World) -> None:
    await world.amina.writes("A good day.")
    await world.amina.asks("Who has a ladder?")
    await world.settle()
    assert await kinds(world, world.amina, world.bruno) == set()


async def act(world: World, one: Who, other: Who, kind: ContactKind, days: range) -> None:
    """`kind`, on each of these days before today."""
    today = tie_rows.day_number(world.clock())
    acts = [
        {"from_id": one.id, "to_id": other.id, "day": today - days_ago, "kind": kind, "count": 1}
        for days_ago in days
    ]
    await world.db.write(lambda tx: tx.insert_many(table, acts))


async def levels(world: World, author: Who, reader: Who) -> set[int]:
    """The levels at which the reader passes the author's gate."""

    def work(tx: Tx) -> set[int]:
        pool = candidates.around(tx, author.id)
        found = next(one for one in pool if one.person == reader.id)
        return {int(level) for level in Intimacy if passes_gate(found, level)}

    return await world.db.read(work)


async def test_two_way_days_open_levels_and_one_sided_acts_do_not(world: World) -> None:
    """R9: only days on which the author acted count, from the table to the gate."""
    amina, bruno = world.amina, world.bruno
    for kind in ("reply", "favourite", "named"):
        await act(world, bruno, amina, kind, range(90))  # type: ignore[arg-type]
    assert await levels(world, amina, bruno) == {0, 1, 2}
    assert await levels(world, bruno, amina) >= {0, 1, 2, 3}  # who acted is the author there
    await act(world, amina, bruno, "reply", range(0, 90, 7))
    assert await levels(world, amina, bruno) >= {0, 1, 2, 3}


async def test_an_authors_favourites_and_mentions_are_no_confidence(world: World) -> None:
    """R9 names what counts for the gate: reply, message, thanks, pin."""
    for kind in ("favourite", "mentioned"):
        await act(world, world.amina, world.bruno, kind, range(90))  # type: ignore[arg-type]
    assert await levels(world, world.amina, world.bruno) == {0, 1, 2}
    await act(world, world.amina, world.bruno, "reply", range(0, 90, 2))
    assert await levels(world, world.amina, world.bruno) >= {0, 1, 2, 3}


async def test_what_weighs_nothing_any_more_is_forgotten(world: World) -> None:
    per_kind = select(table.c.kind, func.count().label("days")).group_by(table.c.kind)
    amina, bruno = world.amina, world.bruno
    await act(world, amina, bruno, "reply", range(CONTACT_DAYS - 3, CONTACT_DAYS + 10))
    await act(world, bruno, amina, "helped", range(LASTING_DAYS - 3, LASTING_DAYS + 5))

    def left(tx: Tx) -> dict[str, int]:
        return {row.kind: row.days for row in tx.all(per_kind)}

    turns = 0
    while await world.db.write(contacts.forget):
        turns += 1
    assert turns > 1  # a few days at a time
    assert await world.db.read(left) == {"reply": 4, "helped": 4}
    assert await world.db.write(contacts.forget) == 0
