"""Closeness of whole circles equals the formula, `scores.measure`, whatever passed between two people."""

import random

from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.audience.closeness import measure_days
from fedi_aid.audience.scores import Closeness, Contact, Signals, measure

TODAY = 20_000
days = st.lists(st.integers(TODAY - 1_100, TODAY + 2) | st.integers(TODAY - 20, TODAY), max_size=30)
share = st.just(0.0) | st.floats(0, 1)
signals = st.builds(
    Signals,
    help_given=st.integers(0, 9),
    help_received=st.integers(0, 9),
    acknowledged=st.booleans(),
    pinned=st.booleans(),
    spread_to=share,
    spread_from=share,
)


def nearly(one: Closeness, other: Closeness) -> bool:
    return all(
        abs(getattr(one, name) - getattr(other, name)) < 1e-12 for name in ("strength", "benevolence", "se")
    ) and (one.author_days, one.last_author_day) == (other.author_days, other.last_author_day)


@given(days, days, signals, st.randoms(use_true_random=False))
def test_the_quick_way_is_the_formula(
    mine: list[int], theirs: list[int], known: Signals, dice: random.Random
) -> None:
    """R9: a day counts once, and only days on which the author acted; the order says nothing."""
    contacts = tuple(Contact(day, int(day in mine), int(day in theirs)) for day in sorted({*mine, *theirs}))
    reference = measure(Signals(**{name: getattr(known, name) for name in FACTS}, contacts=contacts), TODAY)
    quick = measure_days(mine, theirs, known, TODAY)
    assert nearly(quick, reference)
    shuffled = [*mine, *mine]
    dice.shuffle(shuffled)
    assert measure_days(shuffled, set(theirs), known, TODAY) == quick


FACTS = [name for name in Signals.__struct_fields__ if name != "contacts"]
