"""Whose turn it is when several requests wait for one person: pure (AUDIENCE, butler)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec


class Waiting(msgspec.Struct, frozen=True):
    """An ask that waits for its person. `asked`: how many people its request has been put to."""

    ask_id: int
    raised_at: datetime
    asked: int


def turn(waiting: Iterable[Waiting], now: datetime) -> int | None:
    """The ask of the request with the largest age/(1 + asks sent); of equals the older one. None of none."""

    def claim(one: Waiting) -> tuple[float, int]:
        age = max(timedelta(0), now - one.raised_at)
        return (age.total_seconds() / (1 + one.asked), -one.ask_id)

    best = max(waiting, key=claim, default=None)
    return best.ask_id if best else None
