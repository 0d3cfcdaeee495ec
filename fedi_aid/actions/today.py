"""A member's day: what came since their midnight, those first whose advice they chose to heed (RULES R26)."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fedi_aid.actions import rations
from fedi_aid.model.people import Member
from fedi_aid.model.posts import PostView
from fedi_aid.storage import places, timelines
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

AT_MOST: Final = 200


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """`counsel`: by people of counsel, newest first; `others`: the rest, newest first. Together no more than
    the day's ration."""

    counsel: tuple[PostView, ...]
    others: tuple[PostView, ...]


def of(tx: Tx, member: Member) -> Day:
    """The member's day so far."""
    depth = min(rations.of(tx, member).depth, AT_MOST)
    begins = _midnight(member, tx.now)
    views = [
        one
        for one in timelines.home(tx, member.id, Page(limit=depth, depth=depth))
        if (one.boost.created_at if one.boost else one.post.created_at) >= begins
    ]
    heeded = places.counsel_of(tx, member.id)
    first = tuple(one for one in views if one.boost is None and one.author.id in heeded)
    told = {one.post.id for one in first}
    return Day(counsel=first, others=tuple(one for one in views if one.boost or one.post.id not in told))


def _midnight(member: Member, now: datetime) -> datetime:
    try:
        local = now.astimezone(ZoneInfo(member.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = now
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
