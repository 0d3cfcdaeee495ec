"""Rows that people leave on posts: favourites, boosts, bookmarks, pins, muted threads."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, func, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tables.posts import bookmarks, boosts, favourites, pinned_posts, thread_mutes
from fedi_aid.storage.tx import Tx


class BoostRow(msgspec.Struct, frozen=True, kw_only=True):
    """A boost, live or ended."""

    id: int
    uri: str
    post_id: PostId
    person_id: PersonId
    for_id: PersonId | None
    created_at: datetime
    ended_at: datetime | None


_BOOST = tuple(boosts.c[name] for name in BoostRow.__struct_fields__)


def put_favourite(tx: Tx, person_id: int, post_id: int, uri: str | None) -> bool:
    return tx.insert_new(
        favourites, id=tx.new_id(), post_id=post_id, person_id=person_id, uri=uri, created_at=tx.now
    )


def favourite_uri(tx: Tx, person_id: int, post_id: int) -> str | None:
    found: str | None = tx.scalar(
        select(favourites.c.uri).where(favourites.c.person_id == person_id, favourites.c.post_id == post_id)
    )
    return found


def favourite_by_uri(tx: Tx, uri: str) -> tuple[PersonId, PostId] | None:
    row = tx.first(select(favourites.c.person_id, favourites.c.post_id).where(favourites.c.uri == uri))
    return (row.person_id, row.post_id) if row else None


def drop_favourite(tx: Tx, person_id: int, post_id: int) -> bool:
    where = (favourites.c.person_id == person_id, favourites.c.post_id == post_id)
    return tx.run(delete(favourites).where(*where)) == 1


def put_bookmark(tx: Tx, person_id: int, post_id: int) -> bool:
    return tx.insert_new(bookmarks, id=tx.new_id(), post_id=post_id, person_id=person_id, created_at=tx.now)


def drop_bookmark(tx: Tx, person_id: int, post_id: int) -> bool:
    where = (bookmarks.c.person_id == person_id, bookmarks.c.post_id == post_id)
    return tx.run(delete(bookmarks).where(*where)) == 1


def put_pin(tx: Tx, person_id: int, post_id: int) -> bool:
    return tx.insert_new(pinned_posts, person_id=person_id, post_id=post_id, created_at=tx.now)


def count_pins(tx: Tx, person_id: int) -> int:
    return int(tx.scalar(select(func.count()).where(pinned_posts.c.person_id == person_id)) or 0)


def drop_pin(tx: Tx, person_id: int, post_id: int) -> bool:
    where = (pinned_posts.c.person_id == person_id, pinned_posts.c.post_id == post_id)
    return tx.run(delete(pinned_posts).where(*where)) == 1


def mute_thread(tx: Tx, person_id: int, thread_id: int) -> None:
    tx.insert_new(thread_mutes, person_id=person_id, thread_id=thread_id)


def unmute_thread(tx: Tx, person_id: int, thread_id: int) -> None:
    where = (thread_mutes.c.person_id == person_id, thread_mutes.c.thread_id == thread_id)
    tx.run(delete(thread_mutes).where(*where))


def put_boost(tx: Tx, person_id: int, post_id: int, *, uri: str, for_id: int | None = None) -> int | None:
    """A new boost's id; None when this URI is known."""
    new_id = tx.new_id()
    written = tx.insert_new(
        boosts,
        id=new_id,
        uri=uri,
        post_id=post_id,
        person_id=person_id,
        for_id=for_id,
        created_at=tx.now,
    )
    return new_id if written else None


def revive_boost(tx: Tx, boost_id: int) -> None:
    """What was taken back stands again."""
    tx.run(update(boosts).where(boosts.c.id == boost_id).values(ended_at=None))


def boost_by(tx: Tx, person_id: int, post_id: int, *, for_id: int | None = None) -> BoostRow | None:
    """A living boost of one post by one person (for one reader)."""
    wanted = boosts.c.for_id.is_(None) if for_id is None else boosts.c.for_id == for_id
    row = tx.first(
        select(*_BOOST).where(
            boosts.c.person_id == person_id,
            boosts.c.post_id == post_id,
            boosts.c.ended_at.is_(None),
            wanted,
        )
    )
    return BoostRow(**row._mapping) if row else None


def boost_by_uri(tx: Tx, uri: str) -> BoostRow | None:
    row = tx.first(select(*_BOOST).where(boosts.c.uri == uri))
    return BoostRow(**row._mapping) if row else None


def end_boost(tx: Tx, boost_id: int) -> None:
    tx.run(update(boosts).where(boosts.c.id == boost_id).values(ended_at=tx.now))
