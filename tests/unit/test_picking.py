"""Whom one look asks, worked out by hand: first to help, then to carry, and nobody more than twice."""

import random
from datetime import UTC, datetime, timedelta

from fedi_aid.audience.engine import Ask, Candidate
from fedi_aid.audience.scores import Closeness
from fedi_aid.butler.picking import Picked, pick
from fedi_aid.butler.waves import REOFFER_AFTER, Plan, Situation
from fedi_aid.model.help import AskRow, Offer, Request
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
BOTTLE = Ask(level=Intimacy.BOTTLE, flag_raised=True)


def friends(number: int, **values: object) -> list[Candidate]:
    """The first is the closest."""
    return [
        Candidate(
            person=PersonId(one),
            circle=1,
            closeness=Closeness(
                strength=0.9 - one / 100, benevolence=0.9 - one / 100, se=0.05, author_days=20
            ),
            **values,
        )
        for one in range(1, number + 1)
    ]


def asked(number: int, kind: str, *, state: str, at: datetime = START) -> AskRow:
    return AskRow(
        id=number + 1000,
        post_id=1,
        person_id=PersonId(number),
        kind=kind,
        uri="",
        state=state,
        wave=0,
        ticket_uri=None,
        ticket_ends_at=None,
        reoffered_at=None,
        created_at=at,
    )


def picked(
    plan: Plan,
    pool: list[Candidate],
    asks: tuple[AskRow, ...] = (),
    *,
    ask: Ask = BOTTLE,
    offered: bool = False,
) -> Picked:
    request = Request(
        post_id=1,
        author_id=PersonId(500),
        state="open",
        outcome=None,
        urgency="normal",
        helpers_needed=1,
        wave=0,
        reoffered=False,
        raised_at=START,
        lowered_at=None,
        due_at=START,
        checked_in_at=None,
        checkins=0,
        widening_agreed=None,
    )
    offer = Offer(
        id=1, post_id=1, person_id=501, reply_id=None, via_id=None, state="offered", created_at=START
    )
    known = Situation(
        request=request,
        level=int(ask.level),
        asks=asks,
        now=START + REOFFER_AFTER,
        offers=(offer,) if offered else (),
    )
    return pick(plan, ask, pool, known, random.Random(1))


def people(chosen: tuple[object, ...]) -> list[int]:
    return [one.person for one in chosen]


def test_the_best_are_asked_to_help_and_the_next_to_carry():
    got = picked(Plan(asks=2, carriers=2), friends(10))
    assert set(people(got.helpers)) == {1, 2}
    assert people(got.carriers) == [3, 4]
    assert not got.again and not got.repeated


def test_few_friends_are_kept_for_carrying():
    """Two asks and two to carry, of three friends: two carry, who can say that they help, and one is asked."""
    got = picked(Plan(asks=2, carriers=2), friends(3))
    assert people(got.helpers) == [3]
    assert people(got.carriers) == [1, 2]


def test_nobody_is_asked_where_the_plan_asks_nobody_nor_at_a_level_that_is_not_carried():
    assert picked(Plan(), friends(5)) == Picked()
    close = Ask(level=Intimacy.FRIENDS, flag_raised=True)
    assert not picked(Plan(asks=1, carriers=3), friends(5), ask=close).carriers


def test_the_minimum_is_put_to_people_asleep_or_in_demand_and_waits_there():
    asleep = friends(5, quiet_now=True, used=9.0)
    assert not picked(Plan(asks=2), asleep).helpers
    assert len(picked(Plan(asks=2, least=2), asleep).helpers) == 2
    assert not picked(Plan(asks=2, least=2), friends(5, paused=True)).helpers


def test_a_silent_carrier_is_asked_to_help_after_two_days_if_nobody_new_is_left():
    rows = tuple(asked(one, "carry", state="open") for one in (1, 2))
    got = picked(Plan(asks=2), friends(2), rows)
    assert set(people(got.helpers)) == {1, 2} and got.again
    early = tuple(asked(one, "carry", state="open", at=START + timedelta(hours=1)) for one in (1, 2))
    assert not picked(Plan(asks=2), friends(2), early).helpers
    assert not picked(Plan(asks=2), friends(2), rows, offered=True).helpers
    fresh = picked(Plan(asks=1), friends(3), rows)
    assert people(fresh.helpers) == [3] and not fresh.again


def test_who_was_silent_to_an_ask_may_be_asked_to_carry_once():
    rows = (asked(1, "help", state="freed"), asked(2, "help", state="refused"))
    got = picked(Plan(carriers=2), friends(2), rows)
    assert people(got.carriers) == [1]
    assert dict(got.repeated) == {PersonId(1): 1001}
    twice = (*rows, asked(1, "carry", state="open"))
    assert not picked(Plan(carriers=2), friends(2), twice).carriers
