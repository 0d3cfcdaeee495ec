"""Timelines end (PRODUCT S1): the newest so many posts, and then no more, until more is asked for.

Nothing is counted of what anybody reads: the ration is a depth. What lies below it is not gone; whoever wants
it asks once, and gets as much again until the day (of their own time zone) is over.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fedi_aid.model.house import House
from fedi_aid.model.people import Member
from fedi_aid.storage import rations
from fedi_aid.storage.tx import Tx

HELPINGS_MAX: Final = 50


class Ration(msgspec.Struct, frozen=True, kw_only=True):
    """`size`: posts of one helping; `helpings`: how many were asked for today beyond the first."""

    size: int
    helpings: int = 0

    @property
    def depth(self) -> int:
        """How many posts of a timeline can be reached."""
        return self.size * (1 + self.helpings)


def _day(member: Member, now: datetime) -> int:
    try:
        return now.astimezone(ZoneInfo(member.time_zone)).toordinal()
    except (ZoneInfoNotFoundError, ValueError):
        return now.toordinal()


def size_of(house: House, member: Member | None) -> int:
    """What a member chose; otherwise, and for a visitor, the instance's."""
    own = member.daily_ration if member is not None else None
    return own if own is not None else house.daily_ration


def of(tx: Tx, member: Member | None) -> Ration:
    """Somebody's ration today."""
    size = size_of(tx.house, member)
    if member is None:
        return Ration(size=size)
    return Ration(size=size, helpings=rations.helpings(tx, member.id, _day(member, tx.now)))


def ask_for_more(tx: Tx, member: Member) -> Ration:
    """Another helping, for today."""
    now = of(tx, member)
    times = min(now.helpings + 1, HELPINGS_MAX)
    rations.put_helpings(tx, member.id, _day(member, tx.now), times)
    return Ration(size=now.size, helpings=times)
