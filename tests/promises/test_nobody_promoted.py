"""R11: adding a block never adds anyone, also where it ends a friendship; nor does a suspension."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from fedi_aid.actions import ties
from fedi_aid.audience import candidates, engine
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.database import Database
from fedi_aid.storage.tx import Tx
from tests.conftest import Clock

pytestmark = pytest.mark.anyio

FRIENDS = 20  # more than the rings of levels 3 and 4 have room for
ENDS: dict[str, Callable[[Tx, PersonId, PersonId], object]] = {
    "the author blocks": lambda tx, me, other: ties.block(tx, me, other),
    "a friend here blocks": lambda tx, me, other: ties.block(tx, other, me),
    "a friend elsewhere blocks": lambda tx, me, other: ties.block_arrived(tx, other, me, uri=None),
    "both block": lambda tx, me, other: (ties.block(tx, me, other), ties.block(tx, other, me)),
    "a friend is suspended": lambda tx, _, other: people_rows.change(tx, other, suspended_at=tx.now),
}


def village(tx: Tx, dice: random.Random) -> list[PersonId]:
    everybody = []
    for at in range(FRIENDS + 1):
        uri = f"https://here.example/{at}"
        one = people_rows.insert(tx, uri=uri, username=f"p{at}", domain="", inbox=None, implements=[])
        people_rows.insert_member(tx, person_id=one, email=uri, rsa_private_pem="", ed25519_private_pem="")
        everybody.append(one)
    me, *others = everybody
    for other in others:
        tie_rows.put_follow(tx, me, other, state="accepted", uri=None)
        tie_rows.put_follow(tx, other, me, state="accepted", uri=None)
        if dice.random() < 0.4:
            tie_rows.put_close_pin(tx, me, other)
    return everybody


def meet(tx: Tx, me: PersonId, others: list[PersonId], dice: random.Random) -> None:
    for other in others:
        if dice.random() < 0.8:
            tie_rows.record_contact(tx, me, other, "reply")
        if dice.random() < 0.6:
            tie_rows.record_contact(tx, other, me, "reply")


def may_see(tx: Tx, me: PersonId) -> dict[Intimacy, list[PersonId]]:
    pool = candidates.around(tx, me)
    return {level: [one.person for one in engine.eligible(pool, level)] for level in Intimacy}


@pytest.mark.parametrize("how", ENDS)
async def test_an_end_adds_nobody(database: Database, clock: Clock, how: str) -> None:
    dice = random.Random(how)
    me, *others = await database.write(village, dice)
    for _ in range(8):
        await database.write(meet, me, others, dice)
        clock.now += timedelta(days=1)
    for level in (Intimacy.CONFIDANTS, Intimacy.CLOSE, Intimacy.FRIENDS):
        before = await database.read(may_see, me)
        gone = before[level][0]
        await database.write(ENDS[how], me, gone)
        after = await database.read(may_see, me)
        for each in Intimacy:
            assert set(after[each]) == set(before[each]) - {gone}


async def test_who_is_let_in_again_finds_no_place_kept(database: Database, clock: Clock) -> None:
    """A block that is lifted has no friend to speak of: the next closest have the ring to themselves."""
    dice = random.Random(1)
    me, *others = await database.write(village, dice)
    await database.write(meet, me, others, dice)
    before = (await database.read(may_see, me))[Intimacy.CONFIDANTS]
    await database.write(ties.block, me, before[0])
    assert len((await database.read(may_see, me))[Intimacy.CONFIDANTS]) == len(before) - 1
    await database.write(ties.unblock, me, before[0])
    after = (await database.read(may_see, me))[Intimacy.CONFIDANTS]
    assert before[0] not in after
    assert len(after) == len(before)


@pytest.mark.parametrize("how", ENDS)
async def test_whose_friends_are_all_gone_is_told_what_who_never_had_any_is(
    database: Database, clock: Clock, how: str
) -> None:
    """R6, R8: the list of friends is empty, and the engine's sentence tells of no block either."""
    dice = random.Random(how)
    me, *others = await database.write(village, dice)
    await database.write(meet, me, others, dice)
    for other in others:
        await database.write(ENDS[how], me, other)

    def why(tx: Tx, level: Intimacy) -> str | None:
        assert tie_rows.friends_around(tx, me) == []
        return engine.choose(engine.Ask(level=level), candidates.around(tx, me), tx.now, dice).empty

    assert {await database.read(why, level) for level in Intimacy} == {"no_friends_yet"}
