"""Reports that members make. Who made one is for moderators alone."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.moderation import reports
from fedi_aid.storage.tx import Tx


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One report as its writer knows it. `forward`: to the other person's server, without who reported."""

    id: int
    about_id: PersonId
    post_ids: tuple[int, ...]
    rule_ids: tuple[str, ...]
    category: str
    comment: str
    forward: bool
    created_at: datetime


def insert(
    tx: Tx,
    from_id: int,
    about_id: int,
    *,
    post_ids: Sequence[int],
    comment: str,
    category: str,
    rule_ids: Sequence[str],
    forward: bool,
) -> int:
    new_id = tx.new_id()
    tx.insert(
        reports,
        id=new_id,
        from_id=from_id,
        about_id=about_id,
        post_ids=list(post_ids),
        rule_ids=list(rule_ids),
        category=category,
        comment=comment,
        forwarded=forward,
        created_at=tx.now,
    )
    return new_id


def by_writer(tx: Tx, from_id: int, report_id: int) -> Report | None:
    """A report for the eyes of whoever made it."""
    row = tx.first(select(reports).where(reports.c.id == report_id, reports.c.from_id == from_id))
    if row is None:
        return None
    return Report(
        id=row.id,
        about_id=PersonId(row.about_id),
        post_ids=tuple(row.post_ids),
        rule_ids=tuple(row.rule_ids),
        category=row.category,
        comment=row.comment,
        forward=row.forwarded,
        created_at=row.created_at,
    )


def count_since(tx: Tx, from_id: int, since: datetime) -> int:
    """How many reports somebody made since then."""
    mine = select(func.count()).select_from(reports)
    return int(tx.scalar(mine.where(reports.c.from_id == from_id, reports.c.created_at > since)) or 0)
