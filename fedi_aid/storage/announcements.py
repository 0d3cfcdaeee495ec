"""Announcements: what the people who run the instance tell everybody, and who has read it."""

from datetime import datetime

import msgspec
from sqlalchemy import and_, or_, select

from fedi_aid.storage.tables.timelines import announcement_reads, announcements
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
