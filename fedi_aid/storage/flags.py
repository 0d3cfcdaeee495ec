"""Reports as they travel between servers: what came in as a Flag, and what one of ours says."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import func, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.moderation import reports
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tx import Tx


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says. Who reported is for moderators here and travels no further."""

    id: int
    about_id: PersonId
    post_ids: tuple[int, ...]
    comment: str
    forwarded: bool


def put_flag(
    tx: Tx, *, uri: str, from_id: int, about_id: int, post_ids: Sequence[int], comment: str
) -> int | None:
    """A report from another server, with who sent it (A14); None for one that is known."""
    report_id = tx.new_id()
    written = tx.insert_new(
        reports,
        id=report_id,
        uri=uri,
        from_id=from_id,
        about_id=about_id,
        post_ids=list(post_ids),
        rule_ids=[],
        category="other",
        comment=comment,
        forwarded=False,
        created_at=tx.now,
    )
    return report_id if written else None


def flags_within(tx: Tx, domain: str, span: timedelta) -> int:
    """How many reports came from one server lately (A14)."""
    statement = (
        select(func.count())
        .select_from(reports.join(people, people.c.id == reports.c.from_id))
        .where(people.c.domain == domain, reports.c.created_at > tx.now - span)
    )
    return int(tx.scalar(statement) or 0)


def report(tx: Tx, report_id: int) -> Report | None:
    row = tx.first(select(reports).where(reports.c.id == report_id))
    if row is None:
        return None
    return Report(
        id=row.id,
        about_id=row.about_id,
        post_ids=tuple(int(one) for one in row.post_ids or ()),
        comment=row.comment,
        forwarded=row.forwarded,
    )


def uris_by(tx: Tx, author_id: int, post_ids: Sequence[int]) -> list[str]:
    """The ids of those of these posts that this person wrote."""
    return tx.column(
        select(posts.c.uri)
        .where(posts.c.id.in_(post_ids), posts.c.author_id == author_id)
        .order_by(posts.c.id)
    )


def note_forwarded(tx: Tx, report_id: int) -> None:
    tx.run(update(reports).where(reports.c.id == report_id).values(forwarded=True))
