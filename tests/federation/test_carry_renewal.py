"""A block during a live lease withdraws the tickets at once; they come anew at the ordinary renewal (R19)."""

import pytest

from fedi_aid.actions import carry, ties
from tests.federation.conftest import Fediverse
from tests.federation.test_carry import LOOK_UP, Three, world

pytestmark = pytest.mark.anyio
__all__ = ["world"]


async def test_a_block_during_a_lease_takes_the_request_back_and_brings_it_again(
    world: Three, fediverse: Fediverse
) -> None:
    """R19, P12: the blocked one never sees it again; the others do, without a new notice."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe()
    dov = await world.one.amina.knows(world.two.dov)
    await world.one.instance.db.write(ties.block, world.one.amina.id, dov.id)
    await fediverse.settle()
    assert (await world.asked()).state == "resting"
    assert await world.seen_by_chloe() == []
    # The next ordinary renewal: a new ticket, and Bruno is not asked again.
    await fediverse.later(hours=40)
    await world.one.instance.db.write(carry.renew)
    await fediverse.settle()
    await fediverse.later(minutes=31)
    assert (await world.asked()).state == "accepted"
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]


async def test_a_renewed_ticket_goes_on_without_a_new_notice(world: Three, fediverse: Fediverse) -> None:
    """C11: the lease is longer, and nobody is told twice."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    told = await world.three.chloe.notices()
    await fediverse.later(hours=50)
    await world.one.instance.db.write(carry.renew)
    await fediverse.settle()
    await fediverse.later(minutes=31)
    await fediverse.later(hours=30)
    await world.three.instance.db.write(carry.lapse)
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]
    assert await world.three.chloe.notices() == told
