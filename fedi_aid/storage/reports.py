"""Reports that members make. Who made one is for moderators alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.posts import PostView
from fedi_aid.storage.post_views import evidence
from fedi_aid.storage.posts import page_ids
from fedi_aid.storage.tables.moderation import reports
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.timelines import Page
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


# -- for moderators


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One report as moderators handle it, with who made it."""

    id: int
    from_id: PersonId
    about_id: PersonId
    post_ids: tuple[PostId, ...]
    rule_ids: tuple[str, ...]
    category: str
    comment: str
    forwarded: bool
    assigned_id: PersonId | None
    closed_at: datetime | None
    closed_by: PersonId | None
    created_at: datetime
    updated_at: datetime


def _cases(tx: Tx, *where: ColumnElement[bool]) -> list[Case]:
    rows = tx.all(select(reports).where(*where).order_by(reports.c.id.desc()))
    return [
        Case(
            **{
                **{name: row._mapping[name] for name in Case.__struct_fields__},
                "post_ids": tuple(PostId(int(one)) for one in row.post_ids or ()),
                "rule_ids": tuple(row.rule_ids or ()),
                "updated_at": row.updated_at or row.created_at,
            }
        )
        for row in rows
    ]


def case(tx: Tx, report_id: int) -> Case | None:
    found = _cases(tx, reports.c.id == report_id)
    return found[0] if found else None


def cases(
    tx: Tx,
    page: Page,
    *,
    closed: bool | None = None,
    from_id: int | None = None,
    about_id: int | None = None,
    about_domain: str | None = None,
) -> list[Case]:
    """A page of reports, the newest first; `closed` None asks for all."""
    where: list[ColumnElement[bool]] = []
    if closed is not None:
        where.append(reports.c.closed_at.is_not(None) if closed else reports.c.closed_at.is_(None))
    if from_id is not None:
        where.append(reports.c.from_id == from_id)
    if about_id is not None:
        where.append(reports.c.about_id == about_id)
    if about_domain is not None:
        there = select(people.c.id).where(people.c.domain == about_domain)
        where.append(reports.c.about_id.in_(there))
    ids = page_ids(
        tx,
        select(reports.c.id).where(*where),
        reports.c.id,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    return _cases(tx, reports.c.id.in_(ids)) if ids else []


def change(tx: Tx, report_id: int, **values: Any) -> None:
    tx.run(update(reports).where(reports.c.id == report_id).values(updated_at=tx.now, **values))


def close_about(tx: Tx, about_id: int, by_id: int | None) -> int:
    """Something was decided about somebody: what was open about them is closed; how many."""
    return tx.run(
        update(reports)
        .where(reports.c.about_id == about_id, reports.c.closed_at.is_(None))
        .values(closed_at=tx.now, closed_by=by_id, updated_at=tx.now)
    )


def posts_of(tx: Tx, moderator: PersonId, found: Case) -> list[PostView]:
    """What a report points at, for a moderator, hidden posts too; the caller writes down that they looked."""
    return evidence(tx, moderator, found.post_ids, found.about_id)


def created_between(
    tx: Tx, since: datetime, until: datetime, *, about_domain: str | None = None
) -> list[datetime]:
    """When reports were made, for counting."""
    where = [reports.c.created_at >= since, reports.c.created_at < until]
    if about_domain is not None:
        where.append(reports.c.about_id.in_(select(people.c.id).where(people.c.domain == about_domain)))
    return tx.column(select(reports.c.created_at).where(*where))


def closed_between(tx: Tx, since: datetime, until: datetime) -> list[datetime]:
    """When reports were closed, for counting."""
    return tx.column(
        select(reports.c.closed_at).where(reports.c.closed_at >= since, reports.c.closed_at < until)
    )
