"""A launch aims; it opens nothing: whatever the weights, nobody is shown a post, asked or asked to carry who
would not have been without it (R10, R11)."""

import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.audience import engine, promises
from fedi_aid.audience.engine import AIMED_AT, Ask, Candidate
from fedi_aid.model.ids import PersonId
from tests.promises.test_engine import NOW, SEED, asks, friend, pools, unit


def weights() -> st.SearchStrategy[dict[PersonId, float]]:
    return st.dictionaries(st.integers(1, 30).map(PersonId), unit(), max_size=30)


def aimed(ask: Ask, near: dict[PersonId, float], elsewhere: float) -> Ask:
    return msgspec.structs.replace(ask, launched=near, launched_elsewhere=elsewhere)


def unaimed(ask: Ask) -> Ask:
    return msgspec.structs.replace(ask, launched=None, launched_elsewhere=0.0)


@settings(deadline=None)
@given(asks(), pools(), weights(), unit(), SEED)
def test_r11_weights_never_widen_anything(
    ask: Ask, pool: list[Candidate], near: dict[PersonId, float], elsewhere: float, seed: int
) -> None:
    without, launched = unaimed(ask), aimed(ask, near, elsewhere)
    before = {one.person for one in engine.choose(without, pool, NOW, random.Random(seed)).shown}
    choice = engine.choose(launched, pool, NOW, random.Random(seed))
    promises.check(choice, launched, pool)
    assert {one.person for one in choice.shown} <= before
    assert {one.person for one in choice.asked} <= before
    carriers = {one.person for one in engine.carriers(without, pool, 30, NOW)}
    assert {one.person for one in engine.carriers(launched, pool, 30, NOW)} <= carriers


@settings(deadline=None)
@given(asks(), pools(), weights(), unit(), st.integers(1, 30), unit())
def test_more_weight_for_one_takes_nobody_away(
    ask: Ask, pool: list[Candidate], near: dict[PersonId, float], elsewhere: float, person: int, more: float
) -> None:
    """Weights are each person's own: raising one never costs another their place."""
    raised = near | {PersonId(person): max(more, near.get(PersonId(person), elsewhere))}
    before = {one.person for one in engine.shown(aimed(ask, near, elsewhere), pool, NOW)}
    after = {one.person for one in engine.shown(aimed(ask, raised, elsewhere), pool, NOW)}
    assert before <= after <= before | {PersonId(person)}


@settings(deadline=None)
@given(asks(), pools())
def test_aiming_at_everybody_is_aiming_at_nobody(ask: Ask, pool: list[Candidate]) -> None:
    everybody = aimed(ask, dict.fromkeys((one.person for one in pool), 1.0), 0.0)
    assert engine.shown(everybody, pool, NOW) == engine.shown(unaimed(ask), pool, NOW)


def test_an_ordinary_post_goes_where_it_was_launched_and_to_the_team() -> None:
    """M5, M11: the direction narrows; who is committed to the project, and who is named, stay."""
    pool = [friend(number) for number in range(1, 6)]
    ask = Ask(
        level=engine.Intimacy.FRIENDS,
        launched={PersonId(1): 1.0, PersonId(2): AIMED_AT, PersonId(3): 0.0},
        team=frozenset({PersonId(4)}),
        named=(PersonId(5),),
    )
    assert {one.person for one in engine.shown(ask, pool, NOW)} == {1, 2, 4, 5}


def test_a_wave_may_come_from_one_sphere_when_it_was_launched_there() -> None:
    pool = [friend(number, sphere=7) for number in range(1, 9)]
    ask = Ask(level=engine.Intimacy.FRIENDS, flag_raised=True, launched={one.person: 1.0 for one in pool})
    scattered = engine.next_asks(ask, pool, (), 4, NOW, random.Random(1))
    there = engine.next_asks(
        msgspec.structs.replace(ask, spheres=frozenset({7})), pool, (), 4, NOW, random.Random(1)
    )
    assert len(scattered) == 2
    assert len(there) == 4
