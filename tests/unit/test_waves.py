"""The butler's policy, clause by clause (AUDIENCE, butler): pure, no database, no clock but the one handed in."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.butler import fairness, waves
from fedi_aid.butler.waves import Plan, Situation, next_step, step
from fedi_aid.model.help import TRANSITIONS, AskRow, Offer, Request
from fedi_aid.model.hours import ALWAYS_AWAKE, Hours, after_waking, awake_from, is_quiet

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def request(**values: object) -> Request:
    known = {
        "post_id": 1,
        "author_id": 2,
        "state": "open",
        "outcome": None,
        "urgency": "normal",
        "helpers_needed": 1,
        "wave": 0,
        "reoffered": False,
        "raised_at": START,
        "lowered_at": None,
        "due_at": START,
        "checked_in_at": None,
        "checkins": 0,
        "widening_agreed": None,
    }
    return Request(**{**known, **values})


def ask(
    number: int, *, state: str = "open", kind: str = "help", at: datetime = START, **values: object
) -> AskRow:
    known = {
        "id": number,
        "uri": f"https://one.example/activities/{number}",
        "post_id": 1,
        "person_id": 100 + number,
        "kind": kind,
        "state": state,
        "wave": 0,
        "ticket_uri": None,
        "ticket_ends_at": None,
        "reoffered_at": None,
        "created_at": at,
    }
    return AskRow(**{**known, **values})


def offer(at: datetime) -> Offer:
    return Offer(id=1, post_id=1, person_id=500, reply_id=None, via_id=None, state="offered", created_at=at)


def at(age: timedelta, *, level: int = 2, asks: object = (), **values: object) -> Plan:
    """The step of a request of this age; values that a request has are its, the others the situation's."""
    of_request = {name: values.pop(name) for name in list(values) if name in Request.__struct_fields__}
    return step(
        Situation(request=request(**of_request), level=level, asks=tuple(asks), now=START + age, **values)
    )


# -- m open asks by urgency, growing by half every 12 hours, four times


@pytest.mark.parametrize(("urgency", "open_asks"), [("low", 2), ("normal", 3), ("high", 8)])
def test_so_many_are_asked_at_once(urgency: str, open_asks: int) -> None:
    assert at(timedelta(0), urgency=urgency).asks == open_asks


@pytest.mark.parametrize(
    ("hours", "target"), [(0, 3), (11, 3), (12, 4), (24, 6), (36, 10), (48, 15), (60, 15), (400, 15)]
)
def test_the_target_grows_by_half_every_twelve_hours_four_times(hours: int, target: int) -> None:
    assert at(hours * HOUR, checked_in_at=START + 399 * HOUR, heard_at=START + hours * HOUR).asks == target


def test_as_many_as_helpers_are_needed() -> None:
    assert at(timedelta(0), helpers_needed=6).asks == 6


def test_a_refusal_is_replaced_at_once() -> None:
    asks = [ask(1, state="refused", closed_at=START + HOUR), ask(2), ask(3)]
    assert at(HOUR, asks=asks).asks == 1


def test_at_most_forty_are_asked() -> None:
    """The hard limit counts people: a refusal gives no place back."""
    asks = [ask(number, state="refused", closed_at=START) for number in range(1, 39)]
    assert at(DAY, asks=asks).asks == 2
    assert at(DAY, asks=[*asks, ask(39, state="freed"), ask(40, state="freed")]).asks == 0


def test_nobody_new_is_asked_once_enough_have_offered_until_the_author_says_still() -> None:
    assert at(DAY, offers=[offer(START + HOUR)]).asks == 0
    assert at(DAY, offers=[offer(START + HOUR)], level=0).carriers == 0
    assert at(DAY, offers=[offer(START + HOUR)], helpers_needed=2).asks == 6
    assert at(DAY, offers=[offer(START + HOUR)], heard_at=START + 2 * HOUR).asks == 6


def test_every_request_is_put_to_three_people_whatever_they_are_worth() -> None:
    """The minimum of exposure."""
    assert at(timedelta(0), urgency="low").least == 2
    assert at(12 * HOUR, urgency="low", asks=[ask(1), ask(2)]).least == 1
    assert at(DAY, asks=[ask(number) for number in (1, 2, 3)]).least == 0


# -- twenty waking hours of silence


def test_silence_frees_the_slot_after_twenty_hours() -> None:
    assert at(20 * HOUR - HOUR, asks=[ask(7)]).free == ()
    assert at(20 * HOUR, asks=[ask(7)]).free == (7,)


def test_only_waking_hours_count_and_those_of_the_person_asked() -> None:
    """From 9 h, quiet from 21 to 8: twelve hours today, eight tomorrow until 16 h; in Tokyo it is 18 h already."""
    there = {107: Hours(21, 8, "UTC")}
    assert at(31 * HOUR - timedelta(minutes=1), asks=[ask(7)], hours=there).free == ()
    assert at(31 * HOUR, asks=[ask(7)], hours=there).free == (7,)
    tokyo = {107: Hours(21, 8, "Asia/Tokyo")}
    assert at(35 * HOUR, asks=[ask(7)], hours=tokyo).free == ()
    assert at(42 * HOUR, asks=[ask(7)], hours=tokyo).free == (7,)


def test_of_whom_nothing_is_known_the_authors_own_hours_stand_for_theirs() -> None:
    assert at(24 * HOUR, asks=[ask(7)], author=Hours(21, 8)).free == ()


def test_a_clock_that_goes_fast_has_no_nights() -> None:
    """R27."""
    fast = {"stretch": 1 / 600, "author": Hours(21, 8)}
    assert at(timedelta(minutes=2), asks=[ask(7)], **fast).free == (7,)


# -- the one re-offer


def silent(number: int, *, closed: timedelta) -> AskRow:
    return ask(number, state="freed", closed_at=START + closed)


def test_the_silent_are_asked_once_more_after_48_hours_without_an_open_ask() -> None:
    asks = [silent(1, closed=20 * HOUR), silent(2, closed=30 * HOUR)]
    assert at(77 * HOUR, asks=asks).reoffer == ()
    assert at(78 * HOUR, asks=asks).reoffer == (1, 2)


def test_not_while_somebody_has_an_open_ask_nor_when_somebody_has_offered() -> None:
    asks = [silent(1, closed=20 * HOUR)]
    assert at(90 * HOUR, asks=[*asks, ask(2, at=START + 80 * HOUR)]).reoffer == ()
    assert at(90 * HOUR, asks=asks, offers=[offer(START + HOUR)], helpers_needed=5).reoffer == ()


def test_never_twice_and_never_to_who_refused() -> None:
    once = silent(1, closed=40 * HOUR)
    again = msgspec.structs.replace(once, reoffered_at=START + 20 * HOUR)
    refused = ask(2, state="refused", closed_at=START + HOUR)
    assert at(200 * HOUR, asks=[again, refused], heard_at=START + 190 * HOUR).reoffer == ()


def test_a_re_offer_has_its_own_twenty_hours() -> None:
    again = ask(1, reoffered_at=START + 78 * HOUR)
    assert at(97 * HOUR, asks=[again]).free == ()
    assert at(98 * HOUR, asks=[again]).free == (1,)


def test_the_silent_are_asked_again_a_targets_worth_at_a_time() -> None:
    asks = [silent(number, closed=20 * HOUR) for number in range(1, 31)]
    assert len(at(90 * HOUR, asks=asks).reoffer) == 15
    rest = [msgspec.structs.replace(one, reoffered_at=START + 90 * HOUR) for one in asks[:15]]
    assert len(at(115 * HOUR, asks=[*rest, *asks[15:]], reoffered=True).reoffer) == 15


# -- rings and carriers


def test_the_best_carriers_of_a_bottle_are_asked_with_the_first_wave() -> None:
    assert at(timedelta(0), level=0).carriers == waves.FIRST_CARRIERS
    assert at(12 * HOUR, level=0, asks=[ask(n, kind="carry") for n in range(5)]).carriers == 1


def test_level_one_waits_48_hours_and_the_authors_yes() -> None:
    assert at(47 * HOUR, level=1).carriers == 0
    assert at(49 * HOUR, level=1, widening_agreed=False).carriers == 0
    assert at(47 * HOUR, level=1, widening_agreed=True).carriers == 0
    assert at(48 * HOUR, level=1, widening_agreed=True).carriers == waves.FIRST_CARRIERS


@pytest.mark.parametrize("level", [2, 3, 4])
def test_a_request_of_level_two_or_more_is_never_carried(level: int) -> None:
    for hours in range(0, 400, 12):
        known = {"widening_agreed": True, "heard_at": START + hours * HOUR}
        assert at(hours * HOUR, level=level, **known).carriers == 0


def test_the_author_of_a_level_one_is_asked_once_and_that_stands_for_a_check_in() -> None:
    plan = at(48 * HOUR, level=1)
    assert (plan.ask_to_widen, plan.check_in) == (True, False)
    assert (
        at(60 * HOUR, level=1, widening_agreed=False, checked_in_at=START + 48 * HOUR).ask_to_widen is False
    )
    assert at(48 * HOUR, level=1, offers=[offer(START + HOUR)]).ask_to_widen is False


# -- the author


@pytest.mark.parametrize("moment", [48 * HOUR, 4 * DAY, 7 * DAY])
def test_the_author_is_asked_at_48_hours_day_4_and_day_7(moment: timedelta) -> None:
    before = {"checked_in_at": START + moment - 30 * HOUR, "heard_at": START + moment - 29 * HOUR}
    assert at(moment - HOUR, **before).check_in is False
    assert at(moment, **before).check_in is True
    assert at(moment + HOUR, **{**before, "checked_in_at": START + moment}).check_in is False


def test_then_weekly_as_long_as_the_author_answers() -> None:
    answered = {"checked_in_at": START + 7 * DAY, "heard_at": START + 7 * DAY + HOUR}
    assert at(13 * DAY, **answered).check_in is False
    assert at(14 * DAY, **answered).check_in is True


def test_a_still_does_not_bring_the_next_question_nearer() -> None:
    assert at(50 * HOUR, checked_in_at=START + 48 * HOUR, heard_at=START + 49 * HOUR).check_in is False


def test_without_an_answer_by_day_seven_the_request_sleeps() -> None:
    asked = {"checked_in_at": START + 7 * DAY}
    assert at(7 * DAY + 11 * HOUR, **asked).sleep is False
    plan = at(7 * DAY + 12 * HOUR, **asked)
    assert (plan.sleep, plan.asks, plan.due_at) == (True, 0, None)


def test_an_author_who_was_never_asked_is_asked_before_it_sleeps() -> None:
    """The server was down for a month."""
    plan = at(30 * DAY)
    assert (plan.sleep, plan.check_in) == (False, True)
    assert at(30 * DAY + 11 * HOUR, checked_in_at=START + 30 * DAY).sleep is False
    assert at(30 * DAY + 12 * HOUR, checked_in_at=START + 30 * DAY).sleep is True


def test_nothing_is_said_to_an_author_in_quiet_hours_or_away() -> None:
    night = Hours(8, 10)  # it is 9 h
    quiet = at(48 * HOUR, author=night)
    assert (quiet.check_in, quiet.due_at) == (False, START + 49 * HOUR)
    assert at(49 * HOUR, author=night).check_in is True
    away = at(5 * DAY, away_until=START + 9 * DAY)
    assert away.check_in is False
    assert away.asks > 0  # the others are awake
    assert at(30 * DAY, checked_in_at=START + 2 * DAY, away_until=START + 40 * DAY).sleep is False
    back = at(40 * DAY, checked_in_at=START + 2 * DAY, away_until=START + 40 * DAY)
    assert (back.sleep, back.check_in) == (False, False)


def test_a_pause_with_an_end_is_over_at_it_and_one_without_never() -> None:
    assert at(5 * DAY, state="paused", rests_until=START + 6 * DAY) == Plan(due_at=START + 6 * DAY)
    assert at(6 * DAY, state="paused", rests_until=START + 6 * DAY).wake is True
    assert at(60 * DAY, state="paused") == Plan()


@pytest.mark.parametrize("state", ["asleep", "lowered"])
def test_nothing_is_done_for_a_request_that_sleeps_or_is_down(state: str) -> None:
    assert at(DAY, state=state, level=0) == Plan()


def test_nothing_leaves_the_lowered_state_and_nothing_but_the_author_enters_it() -> None:
    assert all("lowered" not in before for before in TRANSITIONS.values())
    assert {what for what, moves in TRANSITIONS.items() if "lowered" in moves.values()} == {"lowered"}
    assert TRANSITIONS["asleep"] == {"open": "asleep"}


# -- clocks


@given(
    hours=st.integers(-100, 2_000),
    level=st.integers(0, 4),
    urgency=st.sampled_from(["low", "normal", "high"]),
    states=st.lists(
        st.tuples(
            st.sampled_from(["open", "accepted", "refused", "freed", "withdrawn"]),
            st.integers(0, 300),
            st.booleans(),
        ),
        max_size=50,
    ),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    heard=st.none() | st.integers(0, 2_000),
    asked=st.none() | st.integers(0, 2_000),
)
def test_whatever_happened_the_limits_hold(hours, level, urgency, states, quiet, heard, asked) -> None:
    """Also on a clock that was set back, or forward by months."""
    asks = [
        ask(
            number, state=state, at=START + since * HOUR, reoffered_at=START + since * HOUR if again else None
        )
        for number, (state, since, again) in enumerate(states)
    ]
    plan = at(
        hours * HOUR,
        level=level,
        urgency=urgency,
        asks=asks,
        author=Hours(*quiet),
        heard_at=None if heard is None else START + heard * HOUR,
        checked_in_at=None if asked is None else START + asked * HOUR,
    )
    now = START + hours * HOUR
    assert 0 <= plan.least <= plan.asks
    assert len(asks) + plan.asks <= max(waves.MAX_ASKS, len(asks))
    assert set(plan.reoffer) <= {one.id for one in asks if one.state == "freed" and one.reoffered_at is None}
    assert set(plan.free) <= {one.id for one in asks if one.state == "open"}
    if plan.check_in or plan.ask_to_widen or plan.sleep:
        assert not is_quiet(Hours(*quiet), now)
    assert not (plan.check_in and plan.ask_to_widen)
    if plan.sleep:
        assert plan.due_at is None
    else:
        assert plan.due_at is not None
        assert now < plan.due_at <= max(now, START) + 2 * waves.WAVE


def test_a_request_of_which_no_more_is_known() -> None:
    """What the benchmark of the engine runs on."""
    known = request(wave=0)
    assert next_step(known, 2, [], START) == step(Situation(request=known, level=2, asks=(), now=START))


# -- whose turn it is


def test_the_turn_is_of_the_largest_age_over_asks_sent() -> None:
    def waiting(number: int, age: int, asked: int) -> fairness.Waiting:
        return fairness.Waiting(number, START - age * HOUR, asked)

    assert fairness.turn([waiting(1, 10, 4), waiting(2, 5, 0), waiting(3, 30, 9)], START) == 2
    assert fairness.turn([waiting(1, 100, 4), waiting(2, 5, 0)], START) == 1
    assert fairness.turn([waiting(2, 5, 0), waiting(1, 5, 0)], START) == 1
    assert fairness.turn([waiting(1, -5, 0)], START) == 1
    assert fairness.turn([], START) is None


# -- hours


def test_quiet_hours_go_over_midnight_and_follow_the_zone() -> None:
    paris = Hours(21, 8, "Europe/Paris")
    assert is_quiet(paris, datetime(2026, 3, 14, 20, 0, tzinfo=UTC))
    assert not is_quiet(paris, datetime(2026, 3, 14, 19, 59, tzinfo=UTC))
    assert awake_from(paris, datetime(2026, 3, 14, 20, 30, tzinfo=UTC)) == datetime(
        2026, 3, 15, 7, tzinfo=UTC
    )
    assert not is_quiet(ALWAYS_AWAKE, START)


def test_the_night_the_clocks_change_is_an_hour_shorter() -> None:
    """From Saturday 20 h to Sunday 9 h in Paris, quiet from 21 to 8: one hour, then one; twelve hours pass by the
    wall's thirteen."""
    paris = Hours(21, 8, "Europe/Paris")
    evening = datetime(2026, 3, 28, 19, 0, tzinfo=UTC)
    assert after_waking(paris, evening, 2 * HOUR) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


@given(
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    zone=st.sampled_from(["UTC", "Europe/Paris", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]),
    minutes=st.integers(0, 60 * 24 * 400),
    needed=st.integers(1, 40),
)
def test_waking_time_passes_only_awake(quiet, zone, minutes: int, needed: int) -> None:
    hours, start = Hours(*quiet, zone), START + timedelta(minutes=minutes)
    end = after_waking(hours, start, needed * HOUR)
    assert end - start >= needed * HOUR
    assert not is_quiet(hours, end - timedelta(seconds=1))
    awake = awake_from(hours, start)
    assert start <= awake <= start + 25 * HOUR
    assert not is_quiet(hours, awake)
