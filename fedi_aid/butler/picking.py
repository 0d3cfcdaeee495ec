"""Whom one look at a request asks: the numbers of the plan, the order of the engine. Pure."""

from collections.abc import Collection, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Final

import msgspec

from fedi_aid.audience import engine
from fedi_aid.audience.engine import Ask, Candidate, Chosen
from fedi_aid.audience.scores import DEFAULTS, Coefficients
from fedi_aid.butler.waves import REOFFER_AFTER, Plan, Situation
from fedi_aid.model.ids import PersonId

_NOBODY: Final[Mapping[PersonId, int]] = MappingProxyType({})


class Picked(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked to help and who to carry, best first; nobody is both.

    `again`: who helps was asked to carry before, and this is their second question. `repeated`: those of the
    carriers whose second question it is → their ask to help, which met silence.
    """

    helpers: tuple[Chosen, ...] = ()
    again: bool = False
    carriers: tuple[Chosen, ...] = ()
    repeated: Mapping[PersonId, int] = _NOBODY


class _Look(msgspec.Struct, frozen=True):
    plan: Plan
    ask: Ask
    pool: Sequence[Candidate]
    known: Situation
    dice: Random
    k: Coefficients


def pick(
    plan: Plan,
    ask: Ask,
    pool: Sequence[Candidate],
    known: Situation,
    dice: Random,
    k: Coefficients = DEFAULTS,
) -> Picked:
    """So many as the plan says: first to help, then of the others to carry. Of few friends some are kept for
    carrying: they can say that they help, too.

    Where nobody new is left, who was asked the one thing and said nothing is asked the other, in the place of
    being asked once more: nobody hears of a request more than twice.
    """
    if not plan.asks and not plan.carriers:
        return Picked()
    look = _Look(plan, ask, pool, known, dice, k)
    already = {one.person_id for one in known.asks} | {one.person_id for one in known.offers}
    helpers = _helpers(look, {*already, *_kept_for_carrying(look, already)})
    again = False
    if not helpers and (silent := _silent_carriers(known)):
        helpers, again = _helpers(look, already - silent), True
    taken = {*already, *(one.person for one in helpers)}
    carriers = _carriers(look, taken, plan.carriers)
    rows = _silent_helpers(known) if len(carriers) < plan.carriers else {}
    seconds: tuple[Chosen, ...] = ()
    if rows:
        others = (taken - set(rows)) | {one.person for one in carriers}
        seconds = _carriers(look, others, plan.carriers - len(carriers))
    return Picked(
        helpers=helpers,
        again=again,
        carriers=(*carriers, *seconds),
        repeated={one.person: rows[one.person] for one in seconds if one.person in rows},
    )


def _helpers(look: _Look, already: Collection[PersonId]) -> tuple[Chosen, ...]:
    """At least the request's minimum, if there are so many."""
    plan, ask, now = look.plan, look.ask, look.known.now
    chosen = engine.next_asks(ask, look.pool, already, plan.asks, now, look.dice, look.k)
    missing = plan.least - len(chosen)
    if missing <= 0:
        return chosen
    # The minimum waits for its turn with people who are in demand or asleep: their own servers see to that,
    # and there a request that was put to few goes first.
    taken = {*already, *(one.person for one in chosen)}
    rested = [msgspec.structs.replace(one, used=0.0, quiet_now=False) for one in look.pool]
    more = engine.next_asks(ask, rested, taken, missing, now, look.dice, look.k, least=missing)
    return (*chosen, *more)


def _carriers(look: _Look, already: Collection[PersonId], seats: int) -> tuple[Chosen, ...]:
    if seats <= 0:
        return ()
    return engine.carriers(look.ask, look.pool, seats, look.known.now, already, look.k)


def _kept_for_carrying(look: _Look, already: Collection[PersonId]) -> list[PersonId]:
    """Where there are too few for both, those who can carry: a bottle that does not travel is none, and
    whoever is asked to carry reads it and can answer."""
    plan = look.plan
    if not plan.carriers:
        return []
    able = _carriers(look, already, len(look.pool))
    if len(able) >= plan.asks + plan.carriers:
        return []
    return [one.person for one in able[: plan.carriers]]


def _silent_carriers(known: Situation) -> set[PersonId]:
    """Who was asked to carry two days ago, to help never, while nobody offers. A no looks like silence from
    here: the server of whoever gave it keeps the second question from them."""
    if known.offers:
        return set()
    helping = {one.person_id for one in known.helping}
    return {
        one.person_id
        for one in known.asks
        if one.kind == "carry"
        and one.state in ("open", "accepted")
        and one.person_id not in helping
        and one.created_at + REOFFER_AFTER * known.stretch <= known.now
    }


def _silent_helpers(known: Situation) -> dict[PersonId, int]:
    """person → their ask: who was asked once to help, said nothing, and was not asked to carry."""
    carrying = {one.person_id for one in known.asks if one.kind == "carry"}
    return {
        one.person_id: one.id
        for one in known.helping
        if one.state == "freed" and one.reoffered_at is None and one.person_id not in carrying
    }
