"""What came of each choice is kept to learn from, in the transaction of the choice, and shown to nobody (R8)."""

from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import audiences, carry_consent, erasing, learning, posts, thanks
from fedi_aid.actions import help as help_actions
from fedi_aid.audience import learned
from fedi_aid.audience.refit import Fit
from fedi_aid.audience.scores import DEFAULTS
from fedi_aid.errors import Refused
from fedi_aid.storage import outcomes
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.database import Database
from fedi_aid.storage.tables.engine import outcomes as table
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock
from tests.world import Who, World, build

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    made = await build(database, clock)
    await made.moves_in("gwen")
    await made.befriend(made.amina, made.gwen)
    return made


async def rows(world: World) -> list[Any]:
    return await world.db.read(lambda tx: list(tx.all(select(table).order_by(table.c.id))))


async def kept(world: World, who: Who) -> dict[str, str | None]:
    """What is kept of one person: what → what came of it."""
    return {row.what: row.came for row in await rows(world) if row.person_id == who.id}


async def put_to(world: World, who: Who) -> int:
    """The id of what they were asked."""
    waiting = await world.db.read(received_rows.waiting_for, who.id)
    return waiting[0].id


async def test_every_ask_is_kept_with_the_terms_of_its_score(world: World) -> None:
    post_id = await world.amina.asks("Who has a ladder?", intimacy=1)
    await world.settle()
    asked = [row for row in await rows(world) if row.what == "asked"]
    assert {row.person_id for row in asked} == {world.bruno.id, world.gwen.id}
    for row in asked:
        assert (row.post_id, row.level, row.came) == (post_id, 1, None)
        assert set(row.terms) >= {"benevolence", "affinity", "able", "response", "price", "p", "aim"}
    shown = [row.came for row in await rows(world) if row.what == "shown"]
    assert shown == ["asked", "asked"]  # who was asked counts once


async def test_ordinary_posts_leave_nothing(world: World) -> None:
    await world.amina.writes("A good day.")
    assert await rows(world) == []


async def test_help_refusal_and_silence_are_told_apart_here_alone(world: World) -> None:
    post_id = await world.amina.asks("Who has a ladder?")
    await world.settle()
    await world.db.write(help_actions.offer, await world.bruno.member(), post_id, words="I do.")
    assert (await kept(world, world.bruno))["asked"] == "accepted"
    await world.db.write(carry_consent.answer, world.gwen.id, await put_to(world, world.gwen), yes=False)
    assert (await kept(world, world.gwen))["asked"] == "declined"
    await world.db.write(help_actions.lower, world.amina.id, post_id, "solved")
    assert (await kept(world, world.bruno))["asked"] == "accepted"
    await world.db.write(thanks.thank, await world.amina.member(), world.bruno.id, post_id=post_id)
    assert (await kept(world, world.bruno))["asked"] == "helped"
    assert (await kept(world, world.gwen))["asked"] == "declined"


async def test_who_had_no_time_to_answer_teaches_nothing(world: World) -> None:
    early = await world.amina.asks("Who has a ladder?")
    await world.settle()
    await world.db.write(help_actions.lower, world.amina.id, early, "no_longer_needed")
    assert {row.came for row in await rows(world) if row.what == "asked"} == {"moot"}
    world.clock.forward(days=3)
    late = await world.amina.asks("Who has a saw?")
    await world.settle()
    world.clock.forward(days=2)
    await world.db.write(help_actions.lower, world.amina.id, late, "no_longer_needed")
    assert {row.came for row in await rows(world) if row.post_id == late and row.what == "asked"} == {None}


async def test_the_wrong_person_is_the_last_word(world: World) -> None:
    """AUDIENCE: the only true label of leakage; also of a post that was no request."""
    request = await world.amina.asks("Who has a ladder?")
    await world.settle()
    plain = await world.amina.writes("A good day.")
    me = await world.amina.member()
    for post_id in (request, plain):
        await world.db.write(audiences.wrong_person, me, post_id, world.bruno.id, always=False)
    found = [(row.post_id, row.what) for row in await rows(world) if row.came == "wrong_person"]
    assert found == [(request, "asked"), (plain, "shown")]
    await world.db.write(outcomes.came_of, request, world.bruno.id, "accepted")
    assert (await kept(world, world.bruno))["asked"] == "wrong_person"


async def test_a_choice_and_its_row_are_one_transaction(world: World) -> None:
    """What is rolled back was never chosen."""
    me = await world.amina.member()

    class Fails(Exception):
        pass

    def work(tx: Tx) -> None:
        posts.publish(tx, me, posts.Draft(text="Who has a ladder? #help"))
        assert tx.all(select(table))
        raise Fails

    with pytest.raises(Fails):
        await world.db.write(work)
    assert await rows(world) == []


async def test_names_go_after_a_month_and_the_rest_after_two_years(world: World) -> None:
    await world.amina.asks("Who has a ladder?")
    await world.settle()
    many = len(await rows(world))
    world.clock.forward(days=29)
    assert await world.db.write(outcomes.forget) == 0
    world.clock.forward(days=2)
    assert await world.db.write(outcomes.forget) == many
    assert {(row.post_id, row.person_id) for row in await rows(world)} == {(0, 0)}
    assert len(await world.db.read(learning.settled)) == 2  # what was learned stays, without anybody
    world.clock.forward(days=730)
    assert await world.db.write(outcomes.forget) == many
    assert await rows(world) == []


async def test_a_request_taken_back_and_a_person_gone_leave_no_names(world: World) -> None:
    post_id = await world.amina.asks("Who has a ladder?")
    await world.settle()
    await world.db.write(outcomes.forget_person, world.gwen.id)
    assert await kept(world, world.gwen) == {}
    await world.db.write(erasing.delete, world.amina.id, post_id)
    assert {row.post_id for row in await rows(world)} == {0}


async def test_only_settled_outcomes_are_learned_from(world: World) -> None:
    post_id = await world.amina.asks("Who has a ladder?")
    await world.settle()
    await world.db.write(help_actions.offer, await world.bruno.member(), post_id, words="I do.")
    assert await world.db.read(learning.settled) == []
    world.clock.forward(days=8)
    told = await world.db.read(learning.settled)
    assert sorted((one.helped, one.quiet) for one in told) == [(False, False), (True, False)]


# -- what is in force


FIT = Fit(help0=-1.0, help1=3.5, help2=0.2, samples=900, helped=90, loss_before=0.4, loss_after=0.3)


async def test_nothing_changes_before_it_is_accepted_and_everybody_reads_the_same(world: World) -> None:
    with pytest.raises(Refused, match="Nothing was proposed"):
        await world.db.write(learning.accept, "eve")
    await world.db.write(learning.propose, FIT)
    assert await world.db.read(learned.coefficients) == DEFAULTS
    before, after = await world.db.write(learning.accept, "eve")
    assert before == DEFAULTS
    assert (after.help0, after.help1, after.help2) == (-1.0, 3.5, 0.2)
    assert await world.db.read(learned.coefficients) == after
    standing = await world.db.read(learning.standing)
    assert standing.accepted is not None
    assert standing.accepted.decided_by == "eve"
    assert standing.accepted.decided_at == world.clock()
    assert standing.proposed is None
    assert await world.db.write(learning.reset)
    assert await world.db.read(learned.coefficients) == DEFAULTS
    assert not await world.db.write(learning.reset)


async def test_the_engine_chooses_by_what_was_accepted(world: World) -> None:
    """Where nobody here ever helps a new friend, a request is not shown to new friends any more (R25)."""
    seen = await world.amina.asks("Who has a ladder?")
    assert await world.bruno.sees(seen) is not None
    unlikely = Fit(help0=-6.0, help1=0, help2=0, samples=900, helped=20, loss_before=0.4, loss_after=0.1)
    await world.db.write(learning.propose, unlikely)
    await world.db.write(learning.accept, "eve")
    hidden = await world.amina.asks("Who has a saw?")
    assert await world.bruno.sees(hidden) is None
