"""Hashtags that members follow or show on their profile; a row that does neither is gone."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.model.posts import Tag
from fedi_aid.storage.posts import page_ids
from fedi_aid.storage.tables.posts import post_tags, posts
from fedi_aid.storage.tables.ties import follows
from fedi_aid.storage.tables.timelines import followed_tags, home_entries
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx


class KeptTag(msgspec.Struct, frozen=True, kw_only=True):
    """One member's tie to a tag; `id` is what clients page and delete by."""

    id: int
    tag: str
    name: str
    featured: bool
    followed: bool


_KEPT = tuple(followed_tags.c[name] for name in KeptTag.__struct_fields__)


def kept(tx: Tx, member_id: int, folded: Iterable[str]) -> dict[str, KeptTag]:
    """How a member stands with these tags; the others are missing."""
    rows = tx.all(
        select(*_KEPT).where(followed_tags.c.member_id == member_id, followed_tags.c.tag.in_(set(folded)))
    )
    return {row.tag: KeptTag(**row._mapping) for row in rows}


def put(tx: Tx, member_id: int, tag: Tag, **marks: bool) -> KeptTag:
    """Set `followed` or `featured`; both false removes the row."""
    known = kept(tx, member_id, [tag.folded]).get(tag.folded)
    if known is None:
        values = {"followed": False, "featured": False} | marks
        new_id = tx.new_id()
        if any(values.values()):
            tx.insert(followed_tags, id=new_id, member_id=member_id, tag=tag.folded, name=tag.name, **values)
        return KeptTag(id=new_id, tag=tag.folded, name=tag.name, **values)
    changed = msgspec.structs.replace(known, **marks)
    mine = followed_tags.c.id == known.id
    if changed.followed or changed.featured:
        tx.run(update(followed_tags).where(mine).values(**marks))
    else:
        tx.run(delete(followed_tags).where(mine))
    return changed


def followed(tx: Tx, member_id: int, page: Page) -> list[KeptTag]:
    """The tags a member follows, newest first, paged by `id`."""
    mine = select(followed_tags.c.id).where(
        followed_tags.c.member_id == member_id, followed_tags.c.followed.is_(True)
    )
    ids = page_ids(
        tx,
        mine,
        followed_tags.c.id,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    rows = {row.id: row for row in tx.all(select(*_KEPT).where(followed_tags.c.id.in_(ids)))}
    return [KeptTag(**rows[one]._mapping) for one in ids if one in rows]


def count(tx: Tx, member_id: int, mark: str) -> int:
    """How many tags a member has `followed` or `featured`."""
    mine = [followed_tags.c.member_id == member_id, followed_tags.c[mark].is_(True)]
    return int(tx.scalar(select(func.count()).select_from(followed_tags).where(*mine)) or 0)


def featured(tx: Tx, member_id: int) -> list[KeptTag]:
    """The tags a member shows on their profile, in the order of the alphabet."""
    rows = tx.all(
        select(*_KEPT)
        .where(followed_tags.c.member_id == member_id, followed_tags.c.featured.is_(True))
        .order_by(followed_tags.c.tag)
    )
    return [KeptTag(**row._mapping) for row in rows]


def featured_by_id(tx: Tx, member_id: int, row_id: int) -> KeptTag | None:
    row = tx.first(
        select(*_KEPT).where(
            followed_tags.c.id == row_id,
            followed_tags.c.member_id == member_id,
            followed_tags.c.featured.is_(True),
        )
    )
    return KeptTag(**row._mapping) if row else None


def often_used(tx: Tx, member_id: int, *, limit: int) -> list[Tag]:
    """Tags of a member's own posts, the most used first, without those they feature: for their eyes."""
    shown = select(followed_tags.c.tag).where(
        followed_tags.c.member_id == member_id, followed_tags.c.featured.is_(True)
    )
    rows = tx.all(
        select(post_tags.c.tag, func.min(post_tags.c.name).label("name"))
        .join(posts, posts.c.id == post_tags.c.post_id)
        .where(posts.c.author_id == member_id, posts.c.deleted_at.is_(None), post_tags.c.tag.not_in(shown))
        .group_by(post_tags.c.tag)
        .order_by(func.count().desc(), post_tags.c.tag)
        .limit(limit)
    )
    return [Tag(row.tag, row.name) for row in rows]


def follower_ids(tx: Tx, post_id: int) -> list[PersonId]:
    """Members who follow a tag of this post."""
    return tx.column(_FOLLOWERS, post_id=post_id)


_FOLLOWERS = (
    select(followed_tags.c.member_id)
    .distinct()
    .where(
        followed_tags.c.tag.in_(select(post_tags.c.tag).where(post_tags.c.post_id == bindparam("post_id"))),
        followed_tags.c.followed.is_(True),
    )
)


def forget_home(tx: Tx, member_id: int, folded: str) -> None:
    """Take out of a home what only this tag had brought there."""
    tagged = select(post_tags.c.post_id).where(post_tags.c.tag == folded)
    other_tags = (
        select(post_tags.c.post_id)
        .join(followed_tags, followed_tags.c.tag == post_tags.c.tag)
        .where(
            followed_tags.c.member_id == member_id,
            followed_tags.c.followed.is_(True),
            followed_tags.c.tag != folded,
        )
    )
    wanted = select(follows.c.to_id).where(follows.c.from_id == member_id, follows.c.state == "accepted")
    by_tag = select(posts.c.id).where(
        posts.c.id.in_(tagged),
        posts.c.id.not_in(other_tags),
        posts.c.reach == "public",
        posts.c.author_id != member_id,
        posts.c.author_id.not_in(wanted),
    )
    tx.run(
        delete(home_entries).where(
            home_entries.c.member_id == member_id,
            home_entries.c.boost_id.is_(None),
            home_entries.c.post_id.in_(by_tag),
        )
    )
