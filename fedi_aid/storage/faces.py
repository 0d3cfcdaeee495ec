"""What an account shows to one viewer: numbers are nobody's business by default (PRODUCT S1, RULES R7)."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, or_, select

from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Viewer
from fedi_aid.storage.among import VIEWER, among
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.posts import visible_to
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.ties import mutes
from fedi_aid.storage.ties import count_follows, friend_ids_of
from fedi_aid.storage.tx import Tx


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one person for one viewer; zero where they are not shown. `friend` is the viewer's."""

    friend: bool = False
    followers: int = 0
    following: int = 0
    posts: int = 0
    last_post_at: datetime | None = None


PLAIN = Face()

_FRIENDS = select(people.c.id).where(among(people.c.id, "ids"), people.c.id.in_(friend_ids_of(VIEWER)))
_COUNTED = select(members.c.person_id).where(
    among(members.c.person_id, "ids"), or_(members.c.show_counts.is_(True), members.c.person_id == VIEWER)
)


def faces(tx: Tx, viewer: Viewer, ids: Iterable[int]) -> dict[int, Face]:
    """The faces of these people. Only oneself, and members who chose to show their numbers, have any; the
    date of the last post is one's own alone."""
    wanted = set(ids)
    if not wanted:
        return {}
    friends: set[int] = set()
    if viewer is not None:
        friends = set(tx.column(_FRIENDS, ids=wanted, viewer=viewer))
    counted = tx.column(_COUNTED, ids=wanted, viewer=viewer or 0)
    found = {one: Face(friend=one in friends) for one in wanted}
    for one in counted:
        followers, following = count_follows(tx, one)
        written, last = _written(tx, viewer, one)
        found[one] = Face(
            friend=one in friends,
            followers=followers,
            following=following,
            posts=written,
            last_post_at=last if one == viewer else None,
        )
    return found


_WHEN = select(posts.c.created_at).where(posts.c.id == bindparam("post_id"))


@cache
def _written_by(anonymous: bool) -> Select[Any, Any]:
    return select(func.count().label("number"), func.max(posts.c.id).label("last")).where(
        posts.c.author_id == bindparam("author_id"),
        posts.c.reach != "butler",
        visible_to(None if anonymous else VIEWER),
    )


def _written(tx: Tx, viewer: Viewer, author_id: int) -> tuple[int, datetime | None]:
    """How many posts of an author this viewer may see, and when the last was written."""
    row = tx.first(_written_by(viewer is None), author_id=author_id, viewer=viewer)
    if row is None or not row.number:
        return 0, None
    last = tx.first(_WHEN, post_id=row.last)
    return row.number, last.created_at if last else None


def muted_people(
    tx: Tx, member_id: int, *, max_id: int | None, since_id: int | None, limit: int
) -> list[tuple[int, Person]]:
    """Whom a member muted; paged by the person's id."""
    statement = (
        select(*PERSON_COLUMNS)
        .join(mutes, mutes.c.to_id == people.c.id)
        .where(
            mutes.c.from_id == member_id,
            or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > tx.now),
            people.c.deleted_at.is_(None),
        )
        .order_by(people.c.id.desc())
        .limit(limit)
    )
    if max_id is not None:
        statement = statement.where(people.c.id < max_id)
    if since_id is not None:
        statement = statement.where(people.c.id > since_id)
    return [(PersonId(row.id), person_from(row)) for row in tx.all(statement)]
