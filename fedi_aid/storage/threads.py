"""Conversations that reach over several servers: which collection names one, and what stands in it."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.posts import Post, Reach
from fedi_aid.storage.posts import visible_to
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import audiences, posts
from fedi_aid.storage.ties import blocked_either_way
from fedi_aid.storage.tx import Tx


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """The first post of a conversation that a member here began."""

    post_id: PostId
    uri: str
    reach: Reach
    author_uri: str


def root(tx: Tx, thread_uri: str) -> Root | None:
    """The conversation of a member here that has this name."""
    row = tx.first(
        select(posts.c.id, posts.c.uri, posts.c.reach, people.c.uri.label("author_uri"))
        .join(people, people.c.id == posts.c.author_id)
        .where(posts.c.thread_uri == thread_uri, posts.c.id == posts.c.thread_id, people.c.domain == "")
    )
    if row is None:
        return None
    return Root(post_id=row.id, uri=row.uri, reach=row.reach, author_uri=row.author_uri)


def began(tx: Tx, thread_id: int) -> tuple[Reach, bool, str | None] | None:
    """(reach, by a member here, name) of a conversation's first post."""
    row = tx.first(
        select(posts.c.reach, people.c.domain, posts.c.thread_uri)
        .join(people, people.c.id == posts.c.author_id)
        .where(posts.c.id == thread_id)
    )
    return (row.reach, row.domain == "", row.thread_uri) if row else None


def name_for_answer(tx: Tx, parent: Post) -> str | None:
    """The conversation that an answer belongs to: ours where a member here began it, else the parent's."""
    first = began(tx, parent.thread_id)
    if first is not None and first[1]:
        return first[2]
    return parent.thread_uri


def items(
    tx: Tx,
    *,
    thread_id: int | None = None,
    reply_to_id: int | None = None,
    asker_id: PersonId | None,
    server: str | None,
    limit: int = 200,
) -> list[str]:
    """The ids of a conversation's posts, or of the answers to one post, oldest first, that this asker may
    know of: public ones and those that they hold; with `server`, also those that somebody there wrote or
    holds (P16)."""
    known = [visible_to(None)]
    if asker_id is not None:
        known.append(visible_to(asker_id))
    if server is not None:
        known.append(_somebody_at(server))
    where = [posts.c.reply_to_id == reply_to_id] if reply_to_id else [posts.c.thread_id == thread_id]
    uris = tx.column(
        select(posts.c.uri)
        .where(*where, posts.c.reach != "butler", or_(*known))
        .order_by(posts.c.id)
        .limit(limit)
    )
    return uris


def _somebody_at(server: str) -> ColumnElement[bool]:
    """SQL condition on `posts`: somebody of that server wrote it, or holds it without a block between."""
    author, reader = people.alias("author"), people.alias("reader")
    written = select(author.c.id).where(
        author.c.id == posts.c.author_id, author.c.domain == server, author.c.suspended_at.is_(None)
    )
    standing = select(author.c.id).where(author.c.id == posts.c.author_id, author.c.suspended_at.is_(None))
    held = (
        select(audiences.c.post_id)
        .join(reader, reader.c.id == audiences.c.person_id)
        .where(
            audiences.c.post_id == posts.c.id,
            audiences.c.ended_at.is_(None),
            reader.c.domain == server,
            reader.c.suspended_at.is_(None),
            reader.c.deleted_at.is_(None),
            ~blocked_either_way(posts.c.author_id, reader.c.id),
        )
    )
    return and_(
        posts.c.deleted_at.is_(None),
        posts.c.held_until.is_(None),
        or_(written.exists(), and_(standing.exists(), held.exists())),
    )


# -- completing others' conversations


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of where a public post of somebody elsewhere stands."""

    uri: str
    reply_to_uri: str | None
    thread_uri: str | None
    replies_uri: str | None


def is_held(tx: Tx, thread_uri: str) -> bool:
    """Some public post here says that it belongs to this conversation of somebody elsewhere."""
    return tx.exists(select(posts.c.id).where(posts.c.thread_uri == thread_uri, visible_to(None)))


def to_complete(tx: Tx, post_id: int) -> Known | None:
    """A public post of somebody elsewhere; None for everything else."""
    author = people.alias("author")
    row = tx.first(
        select(
            posts.c.uri,
            posts.c.reply_to_id,
            posts.c.reply_to_uri,
            posts.c.thread_uri,
            posts.c.replies_uri,
        )
        .join(author, author.c.id == posts.c.author_id)
        .where(posts.c.id == post_id, visible_to(None), author.c.domain != "")
    )
    if row is None:
        return None
    return Known(
        uri=row.uri,
        reply_to_uri=row.reply_to_uri if row.reply_to_id is None else None,
        thread_uri=row.thread_uri,
        replies_uri=row.replies_uri,
    )


def is_due(tx: Tx, post_id: int, every: timedelta) -> bool:
    """A public post of somebody elsewhere, whose conversation was not completed lately."""
    lately = select(posts.c.id).where(posts.c.id == post_id, posts.c.completed_at > tx.now - every)
    return to_complete(tx, post_id) is not None and not tx.exists(lately)


def take_turn(tx: Tx, post_id: int) -> None:
    """It is being completed now."""
    tx.run(update(posts).where(posts.c.id == post_id).values(completed_at=tx.now))


def among_known(tx: Tx, uris: Sequence[str]) -> set[str]:
    """Those of these ids that some post here has, whoever may see it."""
    return set(tx.column(select(posts.c.uri).where(posts.c.uri.in_(list(uris)))))


_PUBLIC = posts.c.reach.in_(("public", "unlisted"))
_ORPHANS = select(posts.c.id, posts.c.thread_id).where(
    posts.c.reply_to_uri == bindparam("uri"),
    posts.c.reply_to_id.is_(None),
    posts.c.thread_id != bindparam("thread_id"),
    _PUBLIC,
)


def adopt(tx: Tx, parent: Post) -> None:
    """A public post has come after public answers to it: they are put below it, with what is public below
    them. One that stands above it already stays where it is: nothing goes in a circle."""
    for row in tx.all(_ORPHANS, uri=parent.uri, thread_id=parent.thread_id):
        put = {"reply_to_id": parent.id, "reply_to_person_id": parent.author_id}
        tx.run(update(posts).where(posts.c.id == row.id).values(**put))
        below = update(posts).where(posts.c.thread_id == row.thread_id, _PUBLIC)
        tx.run(below.values(thread_id=parent.thread_id))
