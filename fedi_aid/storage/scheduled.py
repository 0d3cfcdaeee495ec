"""Posts that wait for their hour: their words and wishes, and the files that are kept for them."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.posts import page_ids
from fedi_aid.storage.tables.posts import media, scheduled_posts
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """`draft` is what `actions.scheduling` put there."""

    id: int
    author_id: PersonId
    draft: Any
    due_at: datetime


_COLUMNS = tuple(scheduled_posts.c[name] for name in Scheduled.__struct_fields__)


def _all(tx: Tx, *where: ColumnElement[bool]) -> list[Scheduled]:
    rows = tx.all(select(*_COLUMNS).where(*where).order_by(scheduled_posts.c.id.desc()))
    return [Scheduled(**row._mapping) for row in rows]


def one(tx: Tx, scheduled_id: int, *, author_id: int | None = None) -> Scheduled | None:
    """One of them; with `author_id` only if it is theirs."""
    where = [scheduled_posts.c.id == scheduled_id]
    if author_id is not None:
        where.append(scheduled_posts.c.author_id == author_id)
    found = _all(tx, *where)
    return found[0] if found else None


def of_author(tx: Tx, author_id: int, page: Page) -> list[Scheduled]:
    """A member's, the last made first."""
    ids = page_ids(
        tx,
        select(scheduled_posts.c.id).where(scheduled_posts.c.author_id == author_id),
        scheduled_posts.c.id,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    return _all(tx, scheduled_posts.c.id.in_(ids))


def count(
    tx: Tx, author_id: int, *, since: datetime | None = None, before: datetime | None = None, but: int = 0
) -> int:
    """How many a member has, due from `since` on and earlier than `before`; without the one named `but`."""
    where = [scheduled_posts.c.author_id == author_id, scheduled_posts.c.id != but]
    if since is not None:
        where.append(scheduled_posts.c.due_at >= since)
    if before is not None:
        where.append(scheduled_posts.c.due_at < before)
    return int(tx.scalar(select(func.count()).select_from(scheduled_posts).where(*where)) or 0)


def insert(tx: Tx, author_id: int, draft: Any, due_at: datetime) -> int:
    new_id = tx.new_id()
    tx.insert(scheduled_posts, id=new_id, author_id=author_id, draft=draft, due_at=due_at)
    return new_id


def move(tx: Tx, scheduled_id: int, due_at: datetime) -> None:
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == scheduled_id).values(due_at=due_at))


def remove(tx: Tx, scheduled_id: int) -> bool:
    """Forget it and let its files go; False when it had gone."""
    tx.run(update(media).where(media.c.scheduled_id == scheduled_id).values(scheduled_id=None))
    return tx.run(delete(scheduled_posts).where(scheduled_posts.c.id == scheduled_id)) == 1


def keep_files(tx: Tx, scheduled_id: int, media_ids: list[int]) -> None:
    tx.run(update(media).where(media.c.id.in_(media_ids)).values(scheduled_id=scheduled_id))
