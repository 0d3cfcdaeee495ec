"""Requests, and their authors, that are known by a carrier's word alone (RULES R20)."""

from datetime import timedelta

from sqlalchemy import exists, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tables.help import leases
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import audiences, favourites, posts
from fedi_aid.storage.tables.ties import follows
from fedi_aid.storage.tx import Tx


def waits(tx: Tx, thread_id: int) -> bool:
    """A conversation that began with a request whose author has not been looked up: nothing of it leaves."""
    return tx.exists(
        select(posts.c.id).where(
            posts.c.id == thread_id, posts.c.vouched_at.is_not(None), posts.c.deleted_at.is_(None)
        )
    )


def unproven_of(tx: Tx, author_id: int) -> list[PostId]:
    """What somebody is said to have written, and has not been proven to have."""
    return tx.column(
        select(posts.c.id).where(
            posts.c.author_id == author_id, posts.c.vouched_at.is_not(None), posts.c.deleted_at.is_(None)
        )
    )


def living_leases(tx: Tx, post_id: int) -> bool:
    return tx.exists(select(leases.c.post_id).where(leases.c.post_id == post_id, leases.c.state != "ended"))


def was_false(tx: Tx, carrier_id: int, span: timedelta) -> bool:
    """This carrier lately vouched for something that turned out not to be its author's."""
    return tx.exists(
        select(posts.c.id).where(
            posts.c.vouched_at.is_not(None),
            posts.c.deleted_at > tx.now - span,
            exists(
                select(leases.c.post_id).where(
                    leases.c.post_id == posts.c.id, leases.c.carrier_id == carrier_id
                )
            ),
        )
    )


def free_uri(tx: Tx, post_id: int, uri: str) -> None:
    """Give the address of a false request back to whoever it truly belongs to."""
    tx.run(update(posts).where(posts.c.id == post_id).values(uri=f"{uri}#unproven-{post_id}"))


# -- what members here did meanwhile, and nobody was told of


def answers(tx: Tx, post_id: int, author_id: int) -> list[PostId]:
    """What members here wrote in answer, for its author among others."""
    return tx.column(
        select(posts.c.id)
        .join(people, people.c.id == posts.c.author_id)
        .where(
            posts.c.thread_id == post_id,
            posts.c.id != post_id,
            posts.c.deleted_at.is_(None),
            people.c.domain == "",
            exists(
                select(audiences.c.post_id).where(
                    audiences.c.post_id == posts.c.id,
                    audiences.c.person_id == author_id,
                    audiences.c.ended_at.is_(None),
                )
            ),
        )
        .order_by(posts.c.id)
    )


def likes(tx: Tx, post_id: int) -> list[tuple[PersonId, str]]:
    """(member, id of the Like) of everybody here who likes it."""
    rows = tx.all(
        select(favourites.c.person_id, favourites.c.uri)
        .join(people, people.c.id == favourites.c.person_id)
        .where(favourites.c.post_id == post_id, favourites.c.uri.is_not(None), people.c.domain == "")
    )
    return [(row.person_id, row.uri) for row in rows]


def wishes(tx: Tx, person_id: int) -> list[tuple[PersonId, str, str]]:
    """(member, id of the Follow, word) of everybody here who asked to become their friend."""
    rows = tx.all(
        select(follows.c.from_id, follows.c.uri, follows.c.word)
        .join(people, people.c.id == follows.c.from_id)
        .where(
            follows.c.to_id == person_id,
            follows.c.state == "asked",
            follows.c.uri.is_not(None),
            people.c.domain == "",
        )
    )
    return [(row.from_id, row.uri, row.word) for row in rows]
