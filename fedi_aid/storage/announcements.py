"""Announcements: what the people who run the instance tell everybody, and who has read it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import and_, case, delete, func, or_, select

from fedi_aid.storage.tables.timelines import announcement_reactions, announcement_reads, announcements
from fedi_aid.storage.tx import Tx


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """One announcement as a member sees it; `html` is clean."""

    id: int
    html: str
    starts_at: datetime | None
    ends_at: datetime | None
    published_at: datetime
    read: bool


def current(tx: Tx, member_id: int, *, only_id: int | None = None) -> list[Announced]:
    """What is announced now, oldest first."""
    read = announcement_reads.c.member_id.is_not(None).label("read")
    mine = and_(
        announcement_reads.c.announcement_id == announcements.c.id,
        announcement_reads.c.member_id == member_id,
    )
    statement = (
        select(announcements, read)
        .select_from(announcements.outerjoin(announcement_reads, mine))
        .where(
            announcements.c.published_at <= tx.now,
            or_(announcements.c.ends_at.is_(None), announcements.c.ends_at > tx.now),
        )
        .order_by(announcements.c.id)
    )
    if only_id is not None:
        statement = statement.where(announcements.c.id == only_id)
    return [
        Announced(
            id=row.id,
            html=row.html,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            published_at=row.published_at,
            read=row.read,
        )
        for row in tx.all(statement)
    ]


def put_read(tx: Tx, member_id: int, announcement_id: int) -> None:
    tx.insert_new(announcement_reads, announcement_id=announcement_id, member_id=member_id, read_at=tx.now)


def publish(tx: Tx, html: str, *, starts_at: datetime | None = None, ends_at: datetime | None = None) -> int:
    """Announce something from now on; `html` must be clean. Its id."""
    new_id = tx.new_id()
    tx.insert(
        announcements,
        id=new_id,
        html=html,
        starts_at=starts_at,
        ends_at=ends_at,
        published_at=tx.now,
        created_at=tx.now,
    )
    return new_id


def remove(tx: Tx, announcement_id: int) -> bool:
    """Forget an announcement with all that hangs on it; False when there is none."""
    for table in (announcement_reads, announcement_reactions):
        tx.run(delete(table).where(table.c.announcement_id == announcement_id))
    return tx.run(delete(announcements).where(announcements.c.id == announcement_id)) == 1


# -- signs


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """An emoji that members put on an announcement; `mine`: the one who looks did too."""

    name: str
    count: int
    mine: bool


def signs(tx: Tx, member_id: int, ids: Iterable[int]) -> dict[int, list[Sign]]:
    """The signs on these announcements, by announcement, the oldest first."""
    table = announcement_reactions
    mine = func.sum(case((table.c.member_id == member_id, 1), else_=0))
    rows = tx.all(
        select(table.c.announcement_id, table.c.name, func.count().label("number"), mine.label("mine"))
        .where(table.c.announcement_id.in_(list(ids)))
        .group_by(table.c.announcement_id, table.c.name)
        .order_by(table.c.announcement_id, func.min(table.c.created_at), table.c.name)
    )
    found: dict[int, list[Sign]] = defaultdict(list)
    for row in rows:
        found[row.announcement_id].append(Sign(name=row.name, count=row.number, mine=bool(row.mine)))
    return found


def put_sign(tx: Tx, member_id: int, announcement_id: int, name: str) -> None:
    tx.insert_new(
        announcement_reactions,
        announcement_id=announcement_id,
        member_id=member_id,
        name=name,
        created_at=tx.now,
    )


def drop_sign(tx: Tx, member_id: int, announcement_id: int, name: str) -> bool:
    table = announcement_reactions
    where = table.c.announcement_id == announcement_id, table.c.member_id == member_id, table.c.name == name
    return tx.run(delete(table).where(*where)) == 1
