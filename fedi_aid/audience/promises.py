"""What no choice may break, checked on every choice before it is stored. It raises and never trims.

Written against the rules, not against the engine: an error there must not be repeated here.
"""

from collections import Counter
from collections.abc import Sequence

from fedi_aid.audience.engine import Ask, Candidate, Choice
from fedi_aid.model.intimacy import LEVELS, Intimacy


class BrokenPromise(Exception):
    """A choice breaks a promise: a bug. Nothing may be stored or sent; ids go to the log, no text does."""


def check(choice: Choice, ask: Ask, candidates: Sequence[Candidate]) -> None:
    """Raises `BrokenPromise` unless the choice keeps them all; returns nothing and changes nothing.

    Everybody shown is a candidate, once; not barred, not excluded, reachable; in the first circle unless a
    live carrier brings a raised request of level 0–1; within the hard cap and the ring, close enough for
    the level, pinned or named. Only people shown are asked, once, and only while the flag is up.
    """
    known = {one.person: one for one in candidates}
    if len(known) != len(candidates):
        raise BrokenPromise("a candidate was given twice")
    people = [one.person for one in choice.shown]
    _once(people, "shown")
    asked = [one.person for one in choice.asked]
    _once(asked, "asked")
    if len(people) > LEVELS[ask.level].hard_cap:
        raise BrokenPromise(f"{len(people)} people at level {int(ask.level)}")
    for person in people:
        if person not in known:
            raise BrokenPromise(f"{person} is not a candidate")
        _may_see(known[person], ask)
    if stray := set(asked) - set(people):
        raise BrokenPromise(f"asked but not shown: {sorted(stray)}")
    if asked and not ask.flag_raised:
        raise BrokenPromise("asked without a flag")
    _within_ring(people, ask, candidates)


def _once(people: Sequence[int], where: str) -> None:
    twice = [person for person, times in Counter(people).items() if times > 1]
    if twice:
        raise BrokenPromise(f"{where} twice: {twice}")


def _may_see(one: Candidate, ask: Ask) -> None:
    if one.barred:
        raise BrokenPromise(f"{one.person} is barred")
    if one.person in ask.excluded:
        raise BrokenPromise(f"{one.person} is excluded")
    if not one.reachable:
        raise BrokenPromise(f"{one.person} cannot be reached")
    if one.circle != 1:
        _second_circle(one, ask)
    elif not one.pinned and one.person not in ask.named:
        _close_enough(one, ask.level)


def _second_circle(one: Candidate, ask: Ask) -> None:
    if ask.level >= Intimacy.FRIENDS:
        raise BrokenPromise(f"{one.person} is outside the first circle at level {int(ask.level)}")
    if not ask.flag_raised:
        raise BrokenPromise(f"{one.person} is outside the first circle and the flag is down")
    carried = len(set(one.carriers))
    shared = not ask.causes.isdisjoint(one.causes)
    if carried < 1 or (ask.level == Intimacy.WIDE and carried < 2 and not shared):
        raise BrokenPromise(f"{one.person} is not carried")


def _close_enough(one: Candidate, level: Intimacy) -> None:
    rule = LEVELS[level]
    if one.closeness.author_days < rule.author_days:
        raise BrokenPromise(f"{one.person}: the author acted on too few days for level {int(level)}")
    if one.closeness.benevolence - rule.kappa * one.closeness.se < rule.theta:
        raise BrokenPromise(f"{one.person} is not close enough for level {int(level)}")


def _within_ring(people: Sequence[int], ask: Ask, candidates: Sequence[Candidate]) -> None:
    """Nobody neither pinned nor named is shown past the ring: at least `ring` friends are closer, blocked
    or not.
    """
    ring = LEVELS[ask.level].ring
    if len(candidates) <= ring:
        return
    inside = set(people)
    friends = sorted((-one.closeness.benevolence, one.person) for one in candidates if one.circle == 1)
    rank = {person: at for at, (_, person) in enumerate(friends)}
    for one in candidates:
        free = one.circle != 1 or one.pinned or one.person in ask.named
        if one.person in inside and not free and rank[one.person] >= ring:
            raise BrokenPromise(f"{one.person} is outside the ring of level {int(ask.level)}")
