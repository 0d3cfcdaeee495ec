"""The butler's own questions to the database, on both engines."""

from datetime import timedelta

import pytest

from fedi_aid.actions import carry_consent
from fedi_aid.actions import help as help_actions
from fedi_aid.actions.people import update_profile
from fedi_aid.errors import NotFound, Refused
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import cards
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from tests.world import World, build

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database, clock) -> World:
    return await build(database, clock)


async def test_a_step_that_the_table_does_not_know_is_not_taken(world: World) -> None:
    """Every transition stands in the row and in the log, with who and when; nothing leaves `lowered`."""
    post_id = await world.amina.asks("My shop needs a ramp")
    me = world.amina.id

    def steps(tx: Tx) -> list[bool]:
        return [
            help_rows.move(tx, post_id, "woken"),  # it does not rest
            help_rows.move(tx, post_id, "paused", by_id=me),
            help_rows.move(tx, post_id, "asleep"),  # it is paused
            help_rows.move(tx, post_id, "still", by_id=me),
            help_rows.move(tx, post_id, "lowered", by_id=me, details={"outcome": "solved"}),
            help_rows.move(tx, post_id, "still", by_id=me),
            help_rows.move(tx, 4711, "still", by_id=me),
        ]

    assert await world.db.write(steps) == [False, True, False, True, True, False, False]
    story = await world.db.read(help_rows.story, post_id)
    assert [(what, by) for _, what, by, _ in story] == [
        ("raised", me),
        ("paused", me),
        ("still", me),
        ("lowered", me),
    ]
    assert (await world.db.read(help_rows.request, post_id)).state == "lowered"


async def test_only_ones_own_request_that_is_up_is_changed(world: World) -> None:
    post_id = await world.amina.asks("My shop needs a ramp")
    for act in (help_actions.keep, help_actions.rest, help_actions.adjust):
        with pytest.raises(NotFound):
            await world.db.write(act, world.bruno.id, post_id)
    await world.db.write(help_actions.lower, world.amina.id, post_id)
    for act in (help_actions.keep, help_actions.rest, help_actions.adjust):
        with pytest.raises(Refused):
            await world.db.write(act, world.amina.id, post_id)


async def test_what_waits_for_somebody_is_counted_and_put_by_fairness(world: World) -> None:
    await world.db.write(update_profile, world.bruno.id, paused_until=world.clock() + timedelta(days=1))
    post_id = await world.amina.asks("My shop needs a ramp")

    def ask(tx: Tx) -> None:
        carry_consent.ask_arrived(
            tx, uri=tx.house.new_activity(), post_id=post_id, member_id=world.bruno.id, kind="help"
        )

    await world.db.write(ask)
    ids = [world.amina.id, world.bruno.id, world.chloe.id]
    assert await world.db.read(received_rows.waiting_counts, ids) == {world.bruno.id: 1}
    assert await world.db.read(received_rows.waiting_counts, []) == {}
    [waiting] = await world.db.read(received_rows.waiting_to_be_put, world.bruno.id)
    assert waiting.post_id == post_id
    assert await world.db.read(received_rows.asks_known_of, post_id) == 0
    await world.db.write(help_actions.rest, world.amina.id, post_id)
    assert await world.db.read(received_rows.waiting_counts, ids) == {}  # it rests: nobody will be disturbed


async def test_messages_and_offers_are_counted(world: World) -> None:
    post_id = await world.amina.asks("My shop needs a ramp")
    await world.settle()
    await world.bruno.tells_butler("yes")
    await world.settle()
    last = await world.bruno.tells_butler("help")
    ago = world.clock() - timedelta(hours=1)
    assert (
        await world.db.read(lambda tx: question_rows.messages_to_butler(tx, world.bruno.id, ago, upto=last))
        == 2
    )
    assert await world.db.read(help_rows.offers_since, world.amina.id, ago) == 1
    assert await world.db.read(help_rows.offers_by_since, world.bruno.id, ago) == 1
    assert await world.db.read(help_rows.offers_by_since, world.amina.id, ago) == 0
    assert await world.db.read(ask_rows.open_asks_between, world.amina.id, [world.bruno.id]) == set()
    assert post_id


async def test_cards_are_remembered_chosen_and_forgotten(world: World) -> None:
    me = world.amina.id
    now = world.clock()
    await world.db.write(cards.put, me, "goals", 7)
    await world.db.write(cards.put, me, "digest", None)
    assert await world.db.read(cards.sent_since, me, "goals", now - timedelta(days=1)) == {7}
    assert await world.db.read(cards.sent_since, me, "digest", now - timedelta(days=1)) == {0}
    assert await world.db.read(cards.sent_since, me, "goals", now + timedelta(days=1)) == set()
    await world.db.write(cards.choose, me, "goals", False)
    await world.db.write(cards.choose, me, "goals", True)
    assert await world.db.read(cards.choices, me) == {"goals": True}
    assert me in await world.db.read(cards.members_due)  # new here: nobody has thought of them
    await world.db.write(cards.look_again, me, timedelta(days=7))
    assert me not in await world.db.read(cards.members_due)
    world.clock.forward(days=7)
    assert me in await world.db.read(cards.members_due)
    await world.db.write(cards.forget_member, me)
    assert await world.db.read(cards.choices, me) == {}
    world.clock.forward(days=800)
    await world.db.write(cards.put, world.bruno.id, "goals", 7)
    assert await world.db.write(cards.forget) == 0
    world.clock.forward(days=800)
    assert await world.db.write(cards.forget) == 1
