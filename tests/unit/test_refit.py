"""Fitting β0–β2 on outcomes: known answers, the prior, and signs that never turn."""

import math
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.audience.refit import BOUNDS, LEAST, SPREAD, applied, fit
from fedi_aid.audience.scores import DEFAULTS, Coefficients, chance_of_help, sigmoid
from fedi_aid.errors import Refused
from fedi_aid.model.learning import Sample


def group(benevolence: float, affinity: float, helped: int, of: int, **more: float | bool) -> list[Sample]:
    """So many people alike, of whom so many helped."""
    about = {"benevolence": benevolence, "affinity": affinity, "factor": 1.0} | more
    return [msgspec.convert(about | {"helped": number < helped}, Sample) for number in range(of)]


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def test_three_groups_have_one_known_answer() -> None:
    """Where the groups say it all, β are the log-odds; against 6,000 the prior weighs next to nothing."""
    told = [*group(0, 0, 200, 2_000), *group(1, 0, 1_200, 2_000), *group(0, 1, 500, 2_000)]
    found = fit(told)
    assert found.help0 == pytest.approx(logit(0.1), abs=0.02)
    assert found.help1 == pytest.approx(logit(0.6) - logit(0.1), abs=0.02)
    assert found.help2 == pytest.approx(logit(0.25) - logit(0.1), abs=0.02)
    assert (found.samples, found.helped) == (6_000, 1_900)
    assert found.loss_after < found.loss_before


def test_the_prior_and_the_data_meet_where_the_slope_is_zero() -> None:
    """One coefficient by hand: n(p − share) + (β − β_prior)/s² = 0 at the fitted β0, all else being 0."""
    found = fit(group(0, 0, 40, 400))
    slope = 400 * (sigmoid(found.help0) - 0.1) + (found.help0 - DEFAULTS.help0) / SPREAD**2
    assert slope == pytest.approx(0, abs=1e-3)
    assert DEFAULTS.help0 < found.help0 < logit(0.1)
    # What no outcome says anything about stays what it was.
    assert (found.help1, found.help2) == pytest.approx((DEFAULTS.help1, DEFAULTS.help2), abs=1e-6)


def test_who_was_less_able_is_not_held_against_kindness() -> None:
    """p = σ(z)·f: half as able with half the help is the same β, and so is a launch that looked away."""
    whole = fit([*group(0.2, 0, 100, 500), *group(0.8, 0, 300, 500)])
    half = fit([*group(0.2, 0, 100, 1_000, factor=0.5), *group(0.8, 0, 300, 1_000, factor=0.5)])
    away = fit([*group(0.2, 0, 100, 1_000, aim=0.5), *group(0.8, 0, 300, 1_000, aim=0.5)])
    for other in (half, away):
        assert (other.help0, other.help1) == pytest.approx((whole.help0, whole.help1), abs=0.05)


def test_a_quiet_showing_tells_who_helps_and_lowers_nobody() -> None:
    """Fewer help unasked; that goes into the fitted shift, and β stay those of asks."""
    asked = [*group(0.2, 0, 50, 500), *group(0.8, 0, 250, 500)]
    quiet = [*group(0.2, 0, 5, 500, quiet=True), *group(0.8, 0, 40, 500, quiet=True)]
    alone, both = fit(asked), fit([*asked, *quiet])
    assert (both.help0, both.help1) == pytest.approx((alone.help0, alone.help1), abs=0.15)


def test_signs_never_turn() -> None:
    """Where the less kind help more, kindness counts for nothing, never against somebody."""
    found = fit([*group(0.1, 1, 50, 2_000), *group(0.9, 0, 20, 2_000), *group(0.1, 0, 1_500, 2_000)])
    assert (found.help1, found.help2) == (0, 0)
    assert chance_of_help(0.9, 1, 1, 1, applied(found)) == chance_of_help(0.1, 0, 1, 1, applied(found))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), min_size=12, max_size=12))
def test_a_fit_never_does_worse_than_the_defaults_and_stays_in_bounds(
    kinds: list[tuple[float, float, bool]],
) -> None:
    told = [
        one
        for at, (kind, shared, quiet) in enumerate(kinds)
        for one in group(kind, shared, 2 + at % 5, 20, quiet=quiet)
    ]
    found = fit(told)
    values = (found.help0, found.help1, found.help2)
    assert all(low <= value <= high for value, (low, high) in zip(values, BOUNDS, strict=False))
    assert found.loss_after <= found.loss_before + 1e-9
    assert fit(told) == found


def test_it_finds_again_what_made_the_outcomes() -> None:
    """From outcomes drawn with β, β come back within what chance allows (some five standard errors)."""
    dice, truth = random.Random(5), Coefficients(help0=-1.6, help1=3.4, help2=0.4)
    told = []
    for _ in range(3_000):
        b, aff, factor = dice.random() * 0.8, dice.choice([0.0, 0.0, 0.5, 1.0]), dice.choice([1.0, 0.6, 1.3])
        helped = dice.random() < chance_of_help(b, aff, 1, factor, truth)
        told.append(Sample(benevolence=b, affinity=aff, factor=factor, helped=helped))
    found = fit(told)
    assert found.help0 == pytest.approx(truth.help0, abs=0.5)
    assert found.help1 == pytest.approx(truth.help1, abs=1.0)
    assert found.help2 == pytest.approx(truth.help2, abs=0.4)


@pytest.mark.parametrize(
    "told",
    [[], group(0.5, 0, 100, LEAST - 1), group(0.5, 0, 3, 1_000), group(0.5, 0, 997, 1_000)],
    ids=["none", "too few", "hardly any help", "hardly any without"],
)
def test_too_few_outcomes_are_refused_without_counting_the_helpful(told: list[Sample]) -> None:
    """R8: on a small instance the number of those who did not help is somebody's silence."""
    with pytest.raises(Refused, match="too little to learn from") as refusal:
        fit(told)
    assert refusal.value.sentence == str(fit_refusal())


def fit_refusal() -> str:
    try:
        fit([])
    except Refused as refusal:
        return refusal.sentence
    raise AssertionError


def test_a_stored_value_out_of_bounds_is_brought_back() -> None:
    found = applied({"help0": 3.0, "help1": -1.0, "help2": 99.0})
    assert (found.help0, found.help1, found.help2) == (0, 0, 4)
    assert msgspec.structs.replace(found, help0=-2.3, help1=2.8, help2=0.8) == DEFAULTS


@given(
    st.tuples(*(st.floats(-50, 50) for _ in range(3))),
    st.tuples(*(st.floats(0, 1) for _ in range(3))),
    st.floats(0, 2),
)
def test_whatever_was_learned_the_kinder_come_first(
    learned: tuple[float, ...], at: tuple[float, ...], factor: float
) -> None:
    """R9, R11: no outcome can turn the order of two people who differ in kindness, or in a shared cause."""
    k = applied(dict(zip(("help0", "help1", "help2"), learned, strict=True)))
    less, more = sorted(at[:2])
    assert chance_of_help(less, at[2], 1, factor, k) <= chance_of_help(more, at[2], 1, factor, k)
    assert chance_of_help(at[2], less, 1, factor, k) <= chance_of_help(at[2], more, 1, factor, k)
