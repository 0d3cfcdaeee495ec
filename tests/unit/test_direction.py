"""Who stands near those a post is aimed at: values worked out by hand, and what must hold for any friends (R10)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.audience.direction import STEPS, Field
from fedi_aid.model.ids import PersonId

ONE, TWO, THREE, FOUR = (PersonId(number) for number in range(1, 5))


def test_two_people_and_the_tie_between_them():
    """w_12 = 1, nobody in common; staying weighs the mean, 1. A row sums to 2: each step leaves half and takes half."""
    assert Field([(ONE, TWO)]).around({ONE: 1.0}) == pytest.approx({ONE: 1.0, TWO: 1.0})


def test_three_in_a_row_by_hand():
    """1–2–3. d = 1, 2, 1. In common: 1 and 3 share 2, so w_13 = 1/√(1·1) = 1; w_12 = w_23 = 1. Rows: 2, 2, 2; the
    mean of 6 over 4 ends of ties is 1½, which everybody adds for staying: 3½. The middle has two ties: its part is
    divided by 2^0.15."""
    w = [[1.5 / 3.5, 1 / 3.5, 1 / 3.5], [1 / 3.5, 1.5 / 3.5, 1 / 3.5], [1 / 3.5, 1 / 3.5, 1.5 / 3.5]]
    at, met = [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    for share in STEPS:
        at = [sum(at[i] * w[i][j] for i in range(3)) for j in range(3)]
        met = [total + share * weight for total, weight in zip(met, at, strict=True)]
    met[1] /= 2**0.15
    got = Field([(ONE, TWO), (TWO, THREE)]).around({ONE: 1.0})
    assert [got[one] for one in (ONE, TWO, THREE)] == pytest.approx([one / max(met) for one in met])


def test_a_shared_profile_brings_nearer():
    ties = [(ONE, TWO), (ONE, THREE)]
    profiles = {ONE: frozenset({"river"}), TWO: frozenset({"river"}), THREE: frozenset({"bread"})}
    got = Field(ties, profiles | {FOUR: frozenset({"choir"})}).around({ONE: 1.0})
    assert got[TWO] > got[THREE]


def test_who_knows_nobody_leads_nowhere():
    assert Field([]).around({ONE: 1.0}) == {}
    assert Field([(ONE, TWO)]).around({THREE: 1.0}) == {}
    assert Field([(ONE, TWO)]).around({ONE: 0.0}) == {}
    assert THREE not in Field([(ONE, TWO), (THREE, FOUR)]).around({ONE: 1.0})


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=30),
    st.dictionaries(st.integers(1, 9).map(PersonId), st.floats(0, 1), max_size=4),
)
def test_it_is_a_share_of_the_nearest_and_adds_no_stranger(pairs, seeds):
    ties = [(PersonId(one), PersonId(other)) for one, other in pairs]
    got = Field(ties).around(seeds)
    tied = {one for pair in ties if pair[0] != pair[1] for one in pair}
    assert got.keys() <= tied
    assert all(-1e-9 <= weight <= 1 + 1e-9 for weight in got.values())
    assert not got or max(got.values()) == pytest.approx(1)
    assert got == Field(reversed(ties)).around(seeds) or got == pytest.approx(
        Field(reversed(ties)).around(seeds)
    )
