"""The formulas of the audience engine, against values worked out by hand, and the worked cases of RULES R9."""

import itertools
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.audience.engine import Candidate, eligible
from fedi_aid.audience.scores import (
    DEFAULTS,
    Capability,
    Closeness,
    Contact,
    Endorser,
    Signals,
    able,
    affinity,
    capability,
    chance_of_help,
    closeness_sum,
    contact_weight,
    counsel,
    day_of,
    idf,
    initiative,
    launched,
    measure,
    measure_second,
    price,
    response,
    rests_until,
    second_circle_benevolence,
    sigmoid,
    standard_error,
    tie_strength,
    tie_weight,
    two_step_spread,
    used_budget,
)
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import LEVELS, Intimacy

TODAY = 20_000


def ago(days: int, by_author: int = 1, by_other: int = 1) -> Contact:
    return Contact(TODAY - days, by_author, by_other)


def every(step: int, count: int, start: int = 0) -> tuple[Contact, ...]:
    return tuple(ago(start + step * n) for n in range(count))


def levels_of(signals: Signals) -> set[int]:
    friend = Candidate(person=PersonId(1), circle=1, closeness=measure(signals, TODAY), pinned=signals.pinned)
    return {int(level) for level in Intimacy if eligible([friend], level)}


def test_contact_weight_halves_after_its_half_life_and_doubles_when_both_acted():
    assert contact_weight([ago(0, by_other=0)], TODAY, 14) == 1
    assert contact_weight([ago(14, by_other=0)], TODAY, 14) == pytest.approx(0.5)
    assert contact_weight([ago(0)], TODAY, 14) == 2
    assert contact_weight([ago(0, by_author=0, by_other=50)], TODAY, 14) == 0
    assert contact_weight([ago(-3)], TODAY, 14) == 2, "a clock ahead of ours counts as today"


def test_closeness_sum_adds_its_five_terms():
    assert closeness_sum(0, 0) == 0
    whole = closeness_sum(math.e - 1, math.e - 1, help_given=1, acknowledged=True, pinned=True)
    assert whole == pytest.approx(1 + 1.5 + 2 * math.log(2) + 1 + 3)


def test_tie_strength_of_strangers_and_its_direction():
    assert tie_strength(0, 0) == pytest.approx(1 / (1 + math.exp(1.25)))
    assert tie_strength(4, 2) == pytest.approx(sigmoid(-1.25 + 0.3 * 4 + 0.05 * 2))
    assert tie_strength(4, 9) == tie_strength(4, 4)
    assert tie_strength(1, 1, spread_to=1.0) == pytest.approx(sigmoid(-1.25 + 0.35 + 0.012 * math.log(150)))
    assert tie_strength(1, 1, spread_to=0.0) == tie_strength(1, 1, spread_to=1 / 200)


def test_sigmoid_does_not_overflow():
    assert sigmoid(-1000) == 0
    assert sigmoid(1000) == 1
    assert sigmoid(0) == 0.5


def test_two_step_spread_is_half_direct_half_through_friends():
    a, b, c = PersonId(1), PersonId(2), PersonId(3)
    weights = {a: {b: 3.0, c: 1.0}, b: {a: 1.0, c: 1.0}, c: {}}
    spread = two_step_spread(weights, a)
    assert spread[b] == pytest.approx(0.375)
    assert spread[c] == pytest.approx(0.125 + 0.5 * 0.75 * 0.5)
    assert a not in spread
    assert two_step_spread({a: {b: tie_weight(0)}}, a) == {}


def test_standard_error_shrinks_with_contact_days():
    assert standard_error(0) == 0.28
    assert standard_error(3) == pytest.approx(0.14)


def test_initiative_counts_days_of_the_author_only():
    assert initiative([], TODAY) == 0.5
    assert initiative([ago(1, by_author=0, by_other=9)], TODAY) == 0.5
    assert initiative([ago(1), ago(2)], TODAY) == 0.5
    assert initiative([ago(1, by_other=0)], TODAY) == 0
    assert initiative([ago(1), ago(2, by_other=0), ago(3, by_other=0)], TODAY) == 0.25
    assert initiative([ago(1, by_author=1, by_other=500)], TODAY) == 0.5


def test_benevolence_of_a_new_friend():
    got = measure(Signals(), TODAY)
    assert got.benevolence == pytest.approx(0.85 / (1 + math.exp(1.25)))
    assert (got.se, got.author_days, got.last_author_day) == (0.28, 0, None)


def test_second_circle_is_a_weighted_mean_with_a_prior():
    assert second_circle_benevolence([]) == pytest.approx(0.55 * 0.3)
    assert second_circle_benevolence([(0.5, 0.9)], 0.4) == pytest.approx(
        0.55 * (0.45 + 0.15) / 1.0 + 0.25 * 0.4
    )
    two = second_circle_benevolence([(0.5, 0.5), (0.5, 0.5)])
    one = second_circle_benevolence([(0.5, 0.5)])
    assert one < two < 0.55 * 0.5, "more carriers lend certainty, not a sum"
    assert measure_second([(0.5, 0.5)]).se == 0.12


def test_counsel_saturates_at_fifty():
    assert counsel(0) == 0
    assert counsel(6) == pytest.approx(math.log(7) / math.log(50))
    assert counsel(49) == pytest.approx(1)
    assert counsel(10_000) == 1


def test_capability():
    assert capability(None) == 0.03
    assert capability(Capability(skill="french", declared=True)) == pytest.approx(2.03 / 3)
    by_two = Capability(skill="french", endorsers=(Endorser("Marco", 0.5), Endorser("Lena", 0.25)))
    assert capability(by_two) == pytest.approx(0.78 / 1.75)
    assert capability(Capability(skill="french", thanked=2)) == pytest.approx(4.03 / 5)
    assert capability(Capability(skill="french", declared=True, not_mine=1)) == pytest.approx(2.03 / 4)


def test_able_takes_the_best_skill_and_asks_for_a_common_language():
    mine = (Capability(skill="french", declared=True),)
    assert able((), mine) == 1
    assert able(("french", "welding"), mine) == pytest.approx(2.03 / 3)
    assert able(("welding",), mine) == 0.03
    assert able((), (), {"fr"}, {"de"}) == 0.05
    assert able((), (), {"fr"}, {"de", "fr"}) == 1
    assert able((), (), {"fr"}, ()) == 1


def test_affinity_weighs_rare_causes_more():
    assert affinity((), {"river"}, {}) == 0
    assert affinity({"river", "bread"}, {"river"}, {}) == 0.5
    assert affinity({"river", "bread"}, {"river"}, {"river": 3.0}) == 0.75
    assert idf(99, 0) == pytest.approx(math.log(100) + 1)
    assert idf(99, 99) == 1


def test_declining_never_counts_and_silence_counts_half():
    assert response(0, 0) == pytest.approx(1)
    assert response(0, 4) == pytest.approx((2 / (2 + 2 / 0.15)) / 0.15)
    assert response(0, 10_000) == 0.3
    assert response(10_000, 0) == 2.5


def test_price_of_an_interruption():
    assert price(0, 3) == pytest.approx(1)
    assert price(1.5, 3) == pytest.approx((1 - math.exp(-0.5)) / (1 - math.exp(-1)))
    assert price(3, 3) == 0
    assert price(0, 0) == 0
    assert used_budget([0, 3.5, 7]) == pytest.approx(1.75)


def test_chance_of_help():
    assert chance_of_help(0, 0, 1, 1) == pytest.approx(1 / (1 + math.exp(2.3)))
    assert chance_of_help(0.5, 1, 0.5, 2) == pytest.approx(1 / (1 + math.exp(0.1)))
    assert chance_of_help(1, 1, 1, 2.5) == 1
    assert launched(0.5, 0) == pytest.approx(0.15)
    assert launched(0.5, 1) == 0.5
    assert launched(0.5, 7) == 0.5


def test_days_are_counted_in_utc_and_need_a_zone():
    assert day_of(datetime(1970, 1, 2, tzinfo=UTC)) == 1
    assert day_of(datetime(1970, 1, 2, 1, tzinfo=timezone(timedelta(hours=2)))) == 0
    with pytest.raises(ValueError):
        day_of(datetime(2026, 1, 1))
    helped = datetime(2026, 1, 1, tzinfo=UTC)
    assert rests_until(helped) - helped.timestamp() == 48 * 3600


# Worked cases of RULES R9. T(u,i), where the author's friend stands in the graph, must change none of them.
PLACES = st.sampled_from([0.0, 0.01, 0.2, 1.0])


@settings(deadline=None)
@given(PLACES)
def test_r9_a_new_friend_without_contact_is_eligible_at_0_to_2(place):
    assert levels_of(Signals(spread_to=place)) == {0, 1, 2}


@settings(deadline=None)
@given(PLACES, st.integers(0, 6), st.integers(12, 14))
def test_r9_weekly_contact_for_three_months_is_level_3(place, since, weeks):
    assert levels_of(Signals(contacts=every(7, weeks, since), spread_to=place)) == {0, 1, 2, 3}


@settings(deadline=None)
@given(PLACES, st.integers(0, 2), st.integers(28, 31))
def test_r9_daily_contact_for_a_month_is_level_4(place, since, days):
    assert levels_of(Signals(contacts=every(1, days, since), spread_to=place)) == {0, 1, 2, 3, 4}


@settings(deadline=None)
@given(PLACES, st.integers(0, 6), st.integers(12, 14), st.integers(1, 9))
def test_r9_weekly_contact_and_help_given_is_level_4(place, since, weeks, helps):
    signals = Signals(contacts=every(7, weeks, since), help_given=helps, spread_to=place)
    assert levels_of(signals) == {0, 1, 2, 3, 4}


@settings(deadline=None)
@given(
    st.lists(
        st.builds(Contact, st.integers(TODAY - 800, TODAY), st.integers(1, 5), st.integers(0, 5)), max_size=40
    ),
    st.lists(
        st.builds(Contact, st.integers(TODAY - 800, TODAY), st.just(0), st.integers(1, 1000)), max_size=60
    ),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_r9_one_sided_acts_never_raise_benevolence(shared, alone, spread_from, raised):
    before = measure(Signals(contacts=tuple(shared), spread_from=spread_from), TODAY)
    after = measure(Signals(contacts=(*shared, *alone), spread_from=raised), TODAY)
    assert after.benevolence == before.benevolence
    assert (after.se, after.author_days, after.last_author_day) == (
        before.se,
        before.author_days,
        before.last_author_day,
    )


def test_r9_a_thousand_one_sided_acts_are_as_a_new_friend():
    pushy = Signals(contacts=tuple(ago(n, by_author=0, by_other=3) for n in range(1000)), spread_from=1.0)
    assert measure(pushy, TODAY).benevolence == measure(Signals(), TODAY).benevolence
    assert levels_of(pushy) == {0, 1, 2}


@settings(deadline=None)
@given(
    st.lists(
        st.builds(Contact, st.integers(TODAY - 4000, TODAY - 365), st.integers(1, 9), st.integers(0, 9)),
        min_size=5,
        max_size=400,
        unique_by=lambda one: one.day,
    ),
    st.integers(0, 50),
    st.integers(0, 50),
    st.booleans(),
    PLACES,
)
def test_r9_a_year_of_silence_leads_back_to_level_2(contacts, given_help, received, thanked, place):
    signals = Signals(
        contacts=tuple(contacts),
        help_given=given_help,
        help_received=received,
        acknowledged=thanked,
        spread_to=place,
    )
    assert levels_of(signals) == {0, 1, 2}


def test_r9_closeness_of_ten_years_is_level_4_until_the_silence_lasts_a_year():
    daily = every(1, 3650)
    assert 4 in levels_of(Signals(contacts=daily))
    silent = tuple(Contact(one.day - 365, one.by_author, one.by_other) for one in daily)
    assert levels_of(Signals(contacts=silent)) == {0, 1, 2}


@settings(deadline=None)
@given(st.integers(0, 4), st.integers(0, 300), st.integers(0, 50))
def test_r9_levels_3_and_4_need_five_days_of_the_authors_acts(days, alone, helps):
    contacts = (*every(1, days), *(ago(10 + n, by_author=0, by_other=9) for n in range(alone)))
    assert levels_of(Signals(contacts=contacts, help_given=helps, acknowledged=True)) <= {0, 1, 2}


def test_r9_a_pin_passes_every_level():
    assert levels_of(Signals(pinned=True)) == {0, 1, 2, 3, 4}


def test_r9_a_block_passes_none():
    near = Closeness(strength=1, benevolence=1, se=0, author_days=300, last_author_day=TODAY)
    blocked = Candidate(person=PersonId(1), circle=1, closeness=near, pinned=True, barred=True)
    assert [level for level in Intimacy if eligible([blocked], level, named=(PersonId(1),))] == []


def test_levels_only_narrow_as_they_rise():
    """R11: each column of the table moves one way."""
    table = [LEVELS[level] for level in sorted(Intimacy)]
    for lower, higher in itertools.pairwise(table):
        assert higher.theta >= lower.theta
        assert higher.kappa >= lower.kappa
        assert higher.ring <= lower.ring
        assert higher.hard_cap <= lower.hard_cap
        assert higher.author_days >= lower.author_days
        assert higher.p_show >= lower.p_show
    assert [one.hard_cap for one in table] == [3000, 150, 50, 15, 5]
    assert [one.p_show for one in table] == [0.05, 0.05, 0.08, 0.10, 0.10]
    assert [one.second_circle == "never" for one in table] == [False, False, True, True, True]
    assert LEVELS[Intimacy.BOTTLE].name("fr-FR") == "bouteille à la mer"
    assert LEVELS[Intimacy.BOTTLE].name("de") == "message in a bottle"


@settings(deadline=None)
@given(
    st.lists(
        st.builds(Contact, st.integers(TODAY - 900, TODAY), st.integers(0, 9), st.integers(0, 9)), max_size=50
    )
)
def test_scores_stay_within_bounds(contacts):
    got = measure(
        Signals(contacts=tuple(contacts), help_given=3, pinned=True, spread_to=1, spread_from=1), TODAY
    )
    assert 0 <= got.benevolence <= got.strength <= 1
    assert 0 < got.se <= DEFAULTS.se
