"""Requests of members with few friends: nobody is lost between being asked to carry and being asked to help."""

from collections import Counter

import pytest

from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage.database import Database
from tests.conftest import Clock
from tests.world import World, build_empty

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
FRIENDS = ("bea", "cem", "dua")
CAN_YOU = ("Can you help", "May I show this")


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    made = await build_empty(database, clock)
    await made.moves_in("ada", *FRIENDS)
    for name in FRIENDS:
        await made.befriend(made.ada, made.everybody[name])
    return made


async def put_to(world: World, name: str) -> list[str]:
    """What a friend was asked about it, oldest first."""
    told = await world.everybody[name].letters()
    return [one for one in reversed(told) if any(words in one for words in CAN_YOU)]


async def days(world: World, number: int) -> None:
    for _ in range(number):
        await world.later(days=1)
        await world.ada.tells_butler("still")
        await world.settle()


async def test_every_friend_is_asked_whether_they_can_help_and_nobody_more_than_twice(world: World) -> None:
    """A bottle of somebody with three friends: all of them are asked to carry at once; the silent are asked,
    once, whether they can help themselves."""
    post_id = await world.ada.asks("Who has a ladder?", intimacy=0)
    await world.settle()
    for name in FRIENDS:
        assert ["May I show this" in one for one in await put_to(world, name)] == [True]
    await world.bea.tells_butler("no")
    await days(world, 5)
    assert len(await put_to(world, "bea")) == 1  # who will not carry it is not asked again
    for name in FRIENDS[1:]:
        told = await put_to(world, name)
        assert ["May I show this" in one for one in told] == [True, False], told
    rows = await world.db.read(ask_rows.asks_of, post_id)
    assert max(Counter(one.person_id for one in rows).values()) == 2
    assert not [one for one in rows if one.kind == "help" and one.reoffered_at is None]


async def test_who_is_asked_to_carry_can_say_that_they_help(world: World) -> None:
    """An offer is no consent to carry."""
    post_id = await world.ada.asks("Who has a ladder?", intimacy=0)
    await world.settle()
    await world.bea.tells_butler("Oui, je peux aider !")
    await world.settle()
    [offer] = await world.db.read(help_rows.offers_of, post_id)
    assert offer.person_id == world.bea.id
    assert {one.state for one in await world.db.read(ask_rows.asks_of, post_id) if one.kind == "carry"} == {
        "open"
    }
    assert "You can still answer “yes”" in (await world.bea.letters())[0]
    await world.bea.tells_butler("yes")
    await world.settle()
    assert "show it to a few of your friends" in (await world.bea.letters())[0]


async def test_at_level_one_the_silent_can_be_asked_to_carry(world: World) -> None:
    """After two days all were asked to help; with the author's yes some are asked to carry, in the place
    of being asked again."""
    post_id = await world.ada.asks("Who has a ladder?", intimacy=1)
    await world.settle()
    await world.later(hours=13)
    for _ in range(3):
        await world.later(hours=12)
    assert "May I ask a few friends" in (await world.ada.letters())[0]
    await world.ada.tells_butler("yes")
    await world.settle()
    await days(world, 3)
    rows = await world.db.read(ask_rows.asks_of, post_id)
    assert [one for one in rows if one.kind == "carry"]
    for name in FRIENDS:
        told = await put_to(world, name)
        assert len(told) == 2, told
        assert "Can you help" in told[0]
