"""C: with whom will somebody be in contact next? Counting days with decay, against counting messages."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from benchmarks.audience.graphs import Message
from fedi_aid.audience.scores import Contact, Signals, contact_weight, measure

SPLITS: Final = range(20, 120, 10)  # days at which the past ends
AHEAD: Final = 30  # days of the future that count
KNOWN: Final = 5  # people somebody must have written to, so that there is a choice
TAU: Final = 7.0


def measured(messages: Sequence[Message]) -> dict[str, float]:
    """P@1: how often the first of the ranking is written to again, by those who write to anybody known."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for today in SPLITS:
        past, future = _split(messages, today)
        for sender, known in past.items():
            written = future.get(sender, set()) & known.keys()
            if len(known) < KNOWN or not written:
                continue
            for name, first in _firsts(known, today).items():
                hits[name].append(first in written)
    return {name: statistics.fmean(found) for name, found in hits.items()}


def _firsts(known: dict[int, dict[int, list[int]]], today: int) -> dict[str, int]:
    days = {
        person: tuple(Contact(day, *counts) for day, counts in sorted(by_day.items()))
        for person, by_day in known.items()
    }
    ranking = {
        "messages counted": {one: sum(day.by_author for day in found) for one, found in days.items()},
        "contact_weight, τ=7": {one: contact_weight(found, today, TAU) for one, found in days.items()},
        "closeness, for the gate": {
            one: measure(Signals(contacts=found), today).strength for one, found in days.items()
        },
    }
    return {name: max(found, key=lambda one: (found[one], -one)) for name, found in ranking.items()}


def _split(
    messages: Sequence[Message], today: int
) -> tuple[dict[int, dict[int, dict[int, list[int]]]], dict[int, set[int]]]:
    """(who → whom they wrote to → day → [sent, received], who → whom they will write to)."""
    found: dict[int, dict[int, dict[int, list[int]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(lambda: [0, 0]))
    )
    future = defaultdict(set)
    for sender, receiver, day in messages:
        if day < today:
            found[sender][receiver][day][0] += 1
            found[receiver][sender][day][1] += 1
        elif day < today + AHEAD:
            future[sender].add(receiver)
    past = {
        sender: {one: days for one, days in known.items() if any(counts[0] for counts in days.values())}
        for sender, known in found.items()
    }
    return past, future


def tell(messages: Sequence[Message]) -> None:
    print("\nC with whom next, P@1")
    for name, share in measured(messages).items():
        print(f"  {name:<28} {share:.3f}")
