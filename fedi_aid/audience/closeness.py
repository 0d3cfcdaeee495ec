"""Closeness of whole circles: what `scores.measure` says, worked out from lists of days. Pure.

`scores.measure` is the formula, and a test compares the two: this is the same for the many friends of one
author, without an object for every day.
"""

from collections.abc import Collection, Iterable, Sequence
from math import fsum

import msgspec

from fedi_aid.audience import scores
from fedi_aid.audience.scores import DEFAULTS, Closeness, Coefficients, Contact, Signals
from fedi_aid.model.contacts import LASTING_DAYS

_SHORT, _LONG = (
    tuple(2 ** (-age / half_life) for age in range(LASTING_DAYS + 1))
    for half_life in (scores.SHORT_MEMORY, scores.LONG_MEMORY)
)


def measure_days(
    mine: Collection[int], theirs: Collection[int], known: Signals, today: int, k: Coefficients = DEFAULTS
) -> Closeness:
    """`scores.measure` of `known` with the contacts of these days: those on which the author acted, and those
    on which the other did; in any order, and a day as often as it comes."""
    if not mine:
        return scores.measure(known, today, k)
    days = set(mine)
    ages = [today - day for day in days]
    last, first = min(ages), max(ages)
    if last < 0 or first > LASTING_DAYS:
        contacts = tuple(Contact(day, 1, int(day in theirs)) for day in sorted(days))
        return scores.measure(msgspec.structs.replace(known, contacts=contacts), today, k)
    both = [today - day for day in days.intersection(theirs)]
    # fsum: the same to the last bit in whatever order the days come.
    short, long = _sum(_SHORT, both), _sum(_LONG, both)
    x_to = scores.closeness_sum(
        _sum(_SHORT, ages) + short,
        _sum(_LONG, ages) + long,
        help_given=known.help_given,
        acknowledged=known.acknowledged,
        pinned=known.pinned,
    )
    x_from = scores.closeness_sum(2 * short, 2 * long, help_given=known.help_received)
    recent, answered = len(ages), len(both)
    if first >= scores.YEAR:
        recent, answered = _of_a_year(ages), _of_a_year(both)
    initiative = answered / (answered + recent) if recent else 0.5
    gate = scores.tie_strength(x_to, x_from, known.spread_to, 0.0, k)
    strength = gate
    if known.spread_from:
        strength = scores.tie_strength(x_to, x_from, known.spread_to, known.spread_from, k)
    return Closeness(
        strength=strength,
        benevolence=gate * (k.benevolence_base + k.initiative_weight * initiative),
        se=scores.standard_error(recent, k),
        author_days=recent,
        last_author_day=today - last,
    )


def _of_a_year(ages: Sequence[int]) -> int:
    return len([age for age in ages if age < scores.YEAR])


def _sum(weights: Sequence[float], ages: Iterable[int]) -> float:
    return fsum(map(weights.__getitem__, ages))
