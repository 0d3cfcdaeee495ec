"""Levels 3 and 4 from a stock client wait for their author (R14); level 1 widens by consent alone."""

import pytest

from fedi_aid.actions import ties
from fedi_aid.storage import asks as ask_rows
from tests.world import World, build

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database, clock) -> World:
    world = await build(database, clock)
    await world.db.write(ties.pin_as_close, world.amina.id, world.bruno.id)
    return world


async def test_level_four_is_the_authors_alone_until_a_yes(world: World) -> None:
    """R14, and R9: a pin is the author's own word."""
    post_id = await world.amina.asks("I was dismissed today.", intimacy=4)
    await world.later(days=30)
    assert await world.bruno.sees(post_id) is None
    assert "who may see it, and nobody else: Bruno." in (await world.amina.letters())[-1]
    await world.amina.tells_butler("yes")
    await world.settle()
    assert await world.bruno.sees(post_id) is not None
    assert await world.chloe.sees(post_id) is None


async def test_level_three_goes_after_five_minutes(world: World) -> None:
    post_id = await world.amina.writes("A hard week.", intimacy=3)
    await world.settle()
    assert await world.bruno.sees(post_id) is None
    await world.later(minutes=6)
    assert await world.bruno.sees(post_id) is not None


async def test_level_three_can_be_kept_back_and_sent_later(world: World) -> None:
    post_id = await world.amina.writes("A hard week.", intimacy=3)
    await world.settle()
    await world.amina.tells_butler("non")
    await world.later(days=2)
    assert await world.bruno.sees(post_id) is None
    assert "stays yours alone" in (await world.amina.letters())[0]
    await world.amina.tells_butler("oui")
    await world.settle()
    assert await world.bruno.sees(post_id) is not None


async def test_a_held_request_asks_nobody(world: World) -> None:
    post_id = await world.amina.asks("I need to talk.", intimacy=4)
    await world.later(days=3)
    assert await world.db.read(ask_rows.asks_of, post_id) == []
    assert not await world.bruno.letters()


async def test_level_one_reaches_the_second_circle_only_if_its_author_agrees(world: World) -> None:
    """AUDIENCE §5: at 48 hours, if the author says yes."""
    post_id = await world.amina.asks("Who has a van on Saturday?", intimacy=1)
    await world.settle()
    assert {one.kind for one in await world.db.read(ask_rows.asks_of, post_id)} <= {"help"}
    await world.later(hours=49)
    question = next(one for one in await world.amina.letters() if "Nobody has come forward" in one)
    assert "Who has a van" in question
    assert {one.kind for one in await world.db.read(ask_rows.asks_of, post_id)} <= {"help"}


async def test_an_unknown_sphere_stays_a_hashtag_and_the_butler_says_so(world: World) -> None:
    """R13."""
    post_id = await world.amina.writes("Groceries and a ladder #to_do")
    await world.settle()
    seen = await world.amina.sees(post_id)
    assert seen.post.text.endswith("#to_do")
    assert "to_do" in (await world.amina.letters())[0]


async def test_a_request_to_someone_who_blocked_me_looks_like_any_other(world: World) -> None:
    """R6: a block is never told."""
    towards_a_blocker = await world.db.write(ties.follow, world.dov.id, world.amina.id)
    towards_a_stranger = await world.db.write(ties.follow, world.dov.id, world.eve.id)
    assert towards_a_blocker.requested
    assert towards_a_stranger.requested
