"""What members did with posts, for the eyes that may know: favourites, bookmarks, who did, versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, or_, select

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import PostView, Viewer
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.post_views import views
from fedi_aid.storage.posts import page_ids, visible_to
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import audiences, bookmarks, boosts, favourites, post_edits, posts
from fedi_aid.storage.tables.timelines import home_entries
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

_SHELVES = {"favourites": favourites, "bookmarks": bookmarks}
_DEEDS = {"favourites": favourites, "boosts": boosts}


def shelf(tx: Tx, member_id: int, which: str, page: Page) -> list[tuple[int, PostView]]:
    """A member's `favourites` or `bookmarks` that they may still see, newest deed first, with the cursor."""
    table = _SHELVES[which]
    statement = (
        select(table.c.id)
        .join(posts, posts.c.id == table.c.post_id)
        .where(table.c.person_id == member_id, visible_to(PersonId(member_id)))
    )
    ids = page_ids(
        tx,
        statement,
        table.c.id,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    rows = {
        row.id: row.post_id for row in tx.all(select(table.c.id, table.c.post_id).where(table.c.id.in_(ids)))
    }
    seen = {view.post.id: view for view in views(tx, PersonId(member_id), list(rows.values()))}
    return [(one, seen[rows[one]]) for one in ids if rows.get(one) in seen]


def who(
    tx: Tx,
    viewer: Viewer,
    post_id: int,
    author_id: int,
    which: str,
    *,
    max_id: int | None,
    since_id: int | None,
    limit: int,
) -> list[tuple[int, Person]]:
    """Who favourited or boosted a post the viewer may see. The author sees all; others see themselves, and
    for boosts those who carried the request to them (RULES R7)."""
    table: Any = _DEEDS[which]
    me = viewer or 0
    own_deed = table.c.person_id == me
    if which == "boosts":
        for_all = boosts.c.for_id.is_(None)
        own_deed = or_(for_all if viewer == author_id else and_(for_all, own_deed), boosts.c.for_id == me)
    where = [table.c.post_id == post_id]
    if which == "boosts":
        where += [boosts.c.ended_at.is_(None), own_deed]
    elif viewer != author_id:
        where.append(own_deed)
    statement = (
        select(*PERSON_COLUMNS, table.c.id.label("cursor"))
        .join(people, people.c.id == table.c.person_id)
        .where(*where, people.c.deleted_at.is_(None))
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    if max_id is not None:
        statement = statement.where(table.c.id < max_id)
    if since_id is not None:
        statement = statement.where(table.c.id > since_id)
    return [(row.cursor, person_from(row)) for row in tx.all(statement)]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier text of a post."""

    revision: int
    html: str
    summary: str
    sensitive: bool
    created_at: datetime


def versions(tx: Tx, viewer: Viewer, post_id: int, author_id: int) -> list[Version]:
    """The versions before the present one, oldest first; a reader's begin with the one first shown to them
    (RULES R15). The caller has checked that the viewer may see the post."""
    since = 1
    if viewer is not None and viewer != author_id:
        since = int(
            tx.scalar(
                select(audiences.c.since_revision).where(
                    audiences.c.post_id == post_id, audiences.c.person_id == viewer
                )
            )
            or 1
        )
    rows = tx.all(
        select(post_edits)
        .where(post_edits.c.post_id == post_id, post_edits.c.revision >= since)
        .order_by(post_edits.c.revision)
    )
    return [
        Version(
            revision=row.revision,
            html=row.html,
            summary=row.summary,
            sensitive=row.sensitive,
            created_at=row.created_at,
        )
        for row in rows
    ]


def is_home(tx: Tx, member_id: int, post_id: int) -> bool:
    """The post stands in a member's home, as itself or carried."""
    return tx.exists(
        select(home_entries.c.entry_id).where(
            home_entries.c.member_id == member_id, home_entries.c.post_id == post_id
        )
    )


def search_own(tx: Tx, member_id: int, words: str, *, limit: int, offset: int = 0) -> Sequence[PostView]:
    """Posts a member wrote that contain the words: nobody else's are searched."""
    pattern = "%" + words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    ids: list[PostId] = tx.column(
        select(posts.c.id)
        .where(
            posts.c.author_id == member_id,
            posts.c.reach != "butler",
            posts.c.text.ilike(pattern, escape="\\"),
            visible_to(PersonId(member_id)),
        )
        .order_by(posts.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return views(tx, PersonId(member_id), ids)
