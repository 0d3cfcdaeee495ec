"""What the engine is told of people's past: answers to one's own requests, rest after helping, the two-step
spread; from the acts to the candidate."""

import pytest

from fedi_aid.actions import carry_consent, lists
from fedi_aid.actions import help as help_actions
from fedi_aid.audience import candidates, engine, spread
from fedi_aid.audience.engine import Candidate
from fedi_aid.audience.scores import response
from fedi_aid.storage import asks, received_asks, spreads
from fedi_aid.storage.asks import Answers
from fedi_aid.storage.database import Database
from tests.conftest import Clock
from tests.world import Who, World, build

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    made = await build(database, clock)
    await made.moves_in("gwen", "zoe")
    for friend in (made.gwen, made.zoe):
        await made.befriend(made.amina, friend)
    return made


async def seen_by(world: World, author: Who) -> dict[int, Candidate]:
    pool = await world.db.read(candidates.around, author.id)
    return {one.person: one for one in pool}


async def test_an_answer_counts_as_what_it_is(world: World) -> None:
    """AUDIENCE §3, resp: help offered counts, silence half, a refusal not at all; towards this author alone."""
    amina, bruno, gwen, zoe = world.amina, world.bruno, world.gwen, world.zoe
    post_id = await amina.asks("Who has a ladder?")
    await world.settle()
    await world.db.write(help_actions.offer, await bruno.member(), post_id, words="I do.")
    [waiting] = await world.db.read(received_asks.waiting_for, gwen.id)
    await world.db.write(carry_consent.answer, gwen.id, waiting.id, yes=False)
    before = await world.db.read(asks.answers_to, amina.id)
    assert before == {bruno.id: Answers(1, 1, 0), gwen.id: Answers(1, 0, 0), zoe.id: Answers(1, 0, 0)}
    for _ in range(3):  # nights do not count
        await world.later(hours=14)
    after = await world.db.read(asks.answers_to, amina.id)
    assert after == before | {zoe.id: Answers(1, 0, 1)}
    found = await seen_by(world, amina)
    told = {
        one: (found[one.id].asked, found[one.id].accepted, found[one.id].silent) for one in (bruno, gwen, zoe)
    }
    assert told == {bruno: (1, 1, 0), gwen: (1, 0, 0), zoe: (1, 0, 1)}
    assert response(0, 1) < response(0, 0) == 1 < response(1, 0)
    assert await world.db.read(asks.answers_to, bruno.id) == {}


async def test_no_time_to_answer_is_no_silence_and_a_carry_is_no_ask(world: World) -> None:
    post_id = await world.amina.asks("My shop needs a ramp", intimacy=0)
    await world.settle()
    asked = await world.db.read(asks.asks_of, post_id)
    helping = {one.person_id for one in asked if one.kind == "help"}
    carrying = {one.person_id for one in asked if one.kind == "carry"}
    assert carrying and not carrying & helping
    world.clock.forward(hours=2)
    await world.db.write(help_actions.rest, world.amina.id, post_id)
    states = {one.state for one in await world.db.read(asks.asks_of, post_id) if one.kind == "help"}
    assert states <= {"freed"}
    found = await world.db.read(asks.answers_to, world.amina.id)
    assert found == dict.fromkeys(helping, Answers(1, 0, 0))


async def test_who_came_forward_rests(world: World) -> None:
    """AUDIENCE §3: 48 hours after helping nobody asks them anything; they see what they see."""
    amina, bruno, gwen = world.amina, world.bruno, world.gwen
    await world.befriend(gwen, bruno)
    post_id = await amina.asks("Who has a ladder?")
    await world.settle()
    await world.db.write(help_actions.offer, await bruno.member(), post_id, words="I do.")
    assert (await seen_by(world, gwen))[bruno.id].resting
    other = await gwen.asks("Who has a saw?")
    await world.settle()
    assert await bruno.sees(other) is not None
    assert bruno.id not in {one.person_id for one in await world.db.read(asks.asks_of, other)}
    world.clock.forward(hours=49)
    assert not (await seen_by(world, gwen))[bruno.id].resting


async def test_help_that_was_thanked_is_a_reason(world: World) -> None:
    """The author's thanks make it a fact that the reader knows."""
    amina, bruno = world.amina, world.bruno
    post_id = await amina.asks("Who has a ladder?")
    await world.settle()
    await world.db.write(help_actions.offer, await bruno.member(), post_id, words="I do.")
    assert not (await seen_by(world, amina))[bruno.id].helped_before
    await world.db.write(help_actions.confirm, amina.id, post_id, bruno.id)
    assert (await seen_by(world, amina))[bruno.id].helped_before
    assert not (await seen_by(world, bruno))[amina.id].helped_before
    world.clock.forward(days=3)
    again = await amina.asks("Who has a saw?")
    told = await bruno.sees(again)
    assert [one["kind"] for one in told.access.reasons] == ["helped_before"]


async def test_t_is_fed_and_moves_the_gate_by_little(world: World) -> None:
    """AUDIENCE §2: T(u,i) of the night before; it opens no level that the author did not."""
    amina, bruno, gwen = world.amina, world.bruno, world.gwen
    await world.befriend(bruno, gwen)
    before = await seen_by(world, amina)
    await bruno.writes("@gwen hello", visibility="direct")
    await amina.writes("@bruno hello", visibility="direct")
    without = await seen_by(world, amina)
    for one in (bruno, amina):  # as the nights before
        await world.db.write(spread.renew, one.id)
    assert await world.db.read(spreads.around, amina.id) == ({bruno.id: 0.5, gwen.id: 0.5}, {})
    found = await seen_by(world, amina)
    assert found[gwen.id].closeness.benevolence > before[gwen.id].closeness.benevolence
    assert found[bruno.id].closeness.benevolence > without[bruno.id].closeness.benevolence
    for one in (bruno, gwen):
        gain = found[one.id].closeness.benevolence - without[one.id].closeness.benevolence
        assert gain < 0.02
    for level in engine.Intimacy:
        passed = [engine.passes_gate(pool[gwen.id], level) for pool in (before, found)]
        assert passed[0] == passed[1]
    await gwen.writes("@amina hello", visibility="direct")
    await world.db.write(spread.renew, gwen.id)
    now = await seen_by(world, amina)
    assert now[gwen.id].closeness.benevolence == found[gwen.id].closeness.benevolence  # R9
    assert now[gwen.id].closeness.strength > found[gwen.id].closeness.strength


async def test_r10_a_list_changes_nobodys_closeness(world: World) -> None:
    """R10: it is a direction, and never a signal."""
    before = await seen_by(world, world.amina)
    mine = await world.db.write(lists.make, world.amina.id, title="Close ones")
    await world.db.write(lists.add, world.amina.id, mine.id, [world.bruno.id])
    assert await seen_by(world, world.amina) == before
