"""Quiet hours on somebody's own clock, and time that passes only while they are awake. Pure."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

_HOUR = timedelta(hours=1)
_LONGEST_WAIT = 72  # hours to look ahead; quiet hours end within a day whatever the clocks do


class Hours(msgspec.Struct, frozen=True):
    """From which hour until which somebody is left in peace, in their time zone; the same hour twice: never.
    The defaults are those of a new member, and stand for people of whom nothing is known."""

    quiet_from: int = 21
    quiet_until: int = 8
    zone: str = "UTC"


ALWAYS_AWAKE = Hours(0, 0)


def is_quiet(hours: Hours, moment: datetime) -> bool:
    start, end = hours.quiet_from, hours.quiet_until
    if start == end:
        return False
    hour = moment.astimezone(ZoneInfo(hours.zone)).hour
    return start <= hour < end if start < end else hour >= start or hour < end


def awake_from(hours: Hours, moment: datetime) -> datetime:
    """The first moment from then on that is not quiet."""
    at = moment
    for _ in range(_LONGEST_WAIT):
        if not is_quiet(hours, at):
            return at
        at = _next_hour(hours, at)
    return at


@lru_cache(maxsize=4096)
def after_waking(hours: Hours, start: datetime, needed: timedelta) -> datetime:
    """The moment at which somebody has been awake for so long since `start`."""
    if hours.quiet_from == hours.quiet_until:
        return start + needed
    at, left = start, needed
    while left > timedelta(0):
        step = _next_hour(hours, at) - at
        if not is_quiet(hours, at):
            if left <= step:
                return at + left
            left -= step
        at += step
    return at


def _next_hour(hours: Hours, moment: datetime) -> datetime:
    """The next full hour of the wall clock: zones are shifted by quarters, and clocks are changed on the
    hour."""
    local = moment.astimezone(ZoneInfo(hours.zone))
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment.astimezone(UTC) + _HOUR - past
