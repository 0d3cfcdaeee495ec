"""A member's conversations: threads of direct messages, as that member may see them."""

import msgspec
from sqlalchemy import BigInteger, ColumnElement, bindparam, delete, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import PostView
from fedi_aid.storage.among import VIEWER
from fedi_aid.storage.people import many as many_people
from fedi_aid.storage.post_views import views
from fedi_aid.storage.posts import visible_to
from fedi_aid.storage.tables.posts import post_mentions, posts
from fedi_aid.storage.tables.timelines import conversations
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One thread; `people` are the others in it, never the member. `cursor` is what clients page by."""

    id: int
    cursor: int
    unread: bool
    people: tuple[Person, ...]
    last: PostView | None


def conversations_of(tx: Tx, member_id: int, page: Page) -> list[Conversation]:
    """The latest first; clients page by the last message's id."""
    statement = select(conversations).where(conversations.c.member_id == member_id)
    if page.max_id is not None:
        statement = statement.where(conversations.c.last_post_id < page.max_id)
    for bound in (page.since_id, page.min_id):
        if bound is not None:
            statement = statement.where(conversations.c.last_post_id > bound)
    order = conversations.c.last_post_id.asc() if page.min_id else conversations.c.last_post_id.desc()
    rows = list(tx.all(statement.order_by(order).limit(page.limit)))
    if page.min_id:
        rows.reverse()
    return [_dressed(tx, member_id, row) for row in rows]


def conversation(
    tx: Tx, member_id: int, *, thread_id: int | None = None, row_id: int | None = None
) -> Conversation | None:
    """One by its own id or its thread's, if it is this member's."""
    statement = select(conversations).where(conversations.c.member_id == member_id)
    if thread_id is not None:
        statement = statement.where(conversations.c.thread_id == thread_id)
    if row_id is not None:
        statement = statement.where(conversations.c.id == row_id)
    row = tx.first(statement)
    return _dressed(tx, member_id, row) if row else None


def any_unread(tx: Tx, member_id: int) -> bool:
    """Whether something was written to this member that they have not opened."""
    unread = select(conversations.c.id).where(conversations.c.member_id == member_id, conversations.c.unread)
    return tx.first(unread.limit(1)) is not None


def _dressed(tx: Tx, member_id: int, row: object) -> Conversation:
    values = row._mapping  # type: ignore[attr-defined]
    viewer = PersonId(member_id)
    last = views(tx, viewer, [values["last_post_id"]])
    if not last:  # it was deleted or hidden: the newest that can still be seen stands for the thread
        newest = tx.scalar(
            select(posts.c.id)
            .where(
                posts.c.thread_id == values["thread_id"],
                posts.c.reach.in_(("direct", "butler")),
                visible_to(viewer),
            )
            .order_by(posts.c.id.desc())
        )
        last = views(tx, viewer, [newest]) if newest else []
    others: list[int] = []
    if last:
        named = tx.column(select(post_mentions.c.person_id).where(post_mentions.c.post_id == last[0].post.id))
        others = [one for one in (last[0].author.id, *named) if one != member_id]
    known = many_people(tx, others)
    return Conversation(
        id=values["id"],
        cursor=values["last_post_id"],
        unread=values["unread"],
        people=tuple(known[PersonId(one)] for one in dict.fromkeys(others) if one in known),
        last=last[0] if last else None,
    )


def set_unread(tx: Tx, member_id: int, row_id: int, unread: bool) -> bool:
    where = (conversations.c.member_id == member_id, conversations.c.id == row_id)
    return tx.run(update(conversations).where(*where).values(unread=unread)) == 1


def forget(tx: Tx, member_id: int, row_id: int) -> bool:
    """Take a thread off the member's list; its messages stay, a new one brings it back."""
    return (
        tx.run(
            delete(conversations).where(conversations.c.member_id == member_id, conversations.c.id == row_id)
        )
        == 1
    )


# -- the butler apart from people

_MINE = select(conversations.c.thread_id).where(conversations.c.member_id == VIEWER)
_LETTERS = (
    select(posts.c.id)
    .where(posts.c.reach == "butler", posts.c.thread_id.in_(_MINE), visible_to(VIEWER))
    .order_by(posts.c.id.desc())
    .limit(bindparam("most", type_=BigInteger()))
)


def with_butler(tx: Tx, member_id: int, *, limit: int) -> list[PostView]:
    """What a member and the butler wrote to each other, in whatever thread, the latest first."""
    return views(tx, PersonId(member_id), tx.column(_LETTERS, viewer=member_id, most=limit))


def _is_butlers() -> ColumnElement[bool]:
    last = posts.alias("last")
    return (
        select(last.c.id).where(last.c.id == conversations.c.last_post_id, last.c.reach == "butler").exists()
    )


def with_people(tx: Tx, member_id: int, page: Page) -> list[Conversation]:
    """As `conversations_of`, without the butler's letters, and downwards only."""
    statement = select(conversations).where(conversations.c.member_id == member_id, ~_is_butlers())
    if page.max_id is not None:
        statement = statement.where(conversations.c.last_post_id < page.max_id)
    rows = tx.all(statement.order_by(conversations.c.last_post_id.desc()).limit(page.limit))
    return [_dressed(tx, member_id, row) for row in rows]


def butler_unread(tx: Tx, member_id: int) -> bool:
    """Whether a letter of the butler's has not been opened."""
    mine = (conversations.c.member_id == member_id, conversations.c.unread)
    return tx.exists(select(conversations.c.id).where(*mine, _is_butlers()))


def read_butler(tx: Tx, member_id: int) -> None:
    """All of the butler's letters to this member have been opened."""
    mine = (conversations.c.member_id == member_id, conversations.c.unread)
    tx.run(update(conversations).where(*mine, _is_butlers()).values(unread=False))


def said_in(tx: Tx, member_id: int, thread_id: int, *, limit: int) -> list[PostView]:
    """The latest direct messages of a thread that this member may see, oldest first."""
    viewer = PersonId(member_id)
    newest = (
        select(posts.c.id)
        .where(posts.c.thread_id == thread_id, posts.c.reach == "direct", visible_to(viewer))
        .order_by(posts.c.id.desc())
        .limit(limit)
    )
    return views(tx, viewer, list(reversed(tx.column(newest))))
