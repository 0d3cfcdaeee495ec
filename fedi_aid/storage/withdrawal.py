"""What must go when a tie is cut: one place that knows every table that tie gave access through."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, delete, or_, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tables.help import asks, carried_to, leases, received_asks
from fedi_aid.storage.tables.posts import audiences, boosts, posts
from fedi_aid.storage.tables.timelines import home_entries, notifications
from fedi_aid.storage.tx import Tx


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an access list that has just ended: who held which post, under which opaque name."""

    post_id: PostId
    person_id: PersonId
    author_id: PersonId
    opaque: str


def between(tx: Tx, one: int, other: int) -> list[Withdrawn]:
    """End every row by which either reads the other's engine-chosen or direct posts."""
    return _end(
        tx,
        or_(
            (posts.c.author_id == one) & (audiences.c.person_id == other),
            (posts.c.author_id == other) & (audiences.c.person_id == one),
        ),
    )


def from_post(tx: Tx, post_id: int, people: Sequence[int] | None = None) -> list[Withdrawn]:
    """End the rows of one post, for these people or for everybody but its author."""
    condition: ColumnElement[bool] = posts.c.id == post_id
    if people is not None:
        condition &= audiences.c.person_id.in_(people)
    return _end(tx, condition)


def _end(tx: Tx, condition: ColumnElement[bool]) -> list[Withdrawn]:
    rows = tx.all(
        select(audiences.c.post_id, audiences.c.person_id, audiences.c.opaque, posts.c.author_id)
        .join(posts, posts.c.id == audiences.c.post_id)
        .where(audiences.c.ended_at.is_(None), posts.c.reach != "butler", condition)
    )
    for row in rows:
        tx.run(
            update(audiences)
            .where(audiences.c.post_id == row.post_id, audiences.c.person_id == row.person_id)
            .values(ended_at=tx.now)
        )
        where = [home_entries.c.post_id == row.post_id, home_entries.c.member_id == row.person_id]
        for entry_id in tx.column(select(home_entries.c.entry_id).where(*where)):
            tx.announce("gone", member_id=row.person_id, entry_id=entry_id)
        tx.run(delete(home_entries).where(*where))
        tx.run(
            delete(notifications).where(
                notifications.c.post_id == row.post_id, notifications.c.member_id == row.person_id
            )
        )
    return [
        Withdrawn(post_id=row.post_id, person_id=row.person_id, author_id=row.author_id, opaque=row.opaque)
        for row in rows
    ]


def open_asks(tx: Tx, author_id: int, person_id: int) -> list[tuple[int, PostId]]:
    """Close what an author had asked somebody; (ask, post) of each, so that peers can be told."""
    rows = tx.all(
        select(asks.c.id, asks.c.post_id)
        .join(posts, posts.c.id == asks.c.post_id)
        .where(
            posts.c.author_id == author_id,
            asks.c.person_id == person_id,
            asks.c.state.in_(("open", "accepted")),
        )
    )
    ids = [row.id for row in rows]
    if ids:
        tx.run(update(asks).where(asks.c.id.in_(ids)).values(state="withdrawn", closed_at=tx.now))
    return [(row.id, row.post_id) for row in rows]


def open_asks_on(tx: Tx, post_id: int, person_id: int) -> list[tuple[int, PostId]]:
    """Close what somebody was asked about one post."""
    ids = tx.column(
        select(asks.c.id).where(
            asks.c.post_id == post_id,
            asks.c.person_id == person_id,
            asks.c.state.in_(("open", "accepted")),
        )
    )
    if ids:
        tx.run(update(asks).where(asks.c.id.in_(ids)).values(state="withdrawn", closed_at=tx.now))
    return [(ask_id, PostId(post_id)) for ask_id in ids]


def received_from(tx: Tx, author_id: int, member_id: int) -> list[PostId]:
    """Close what somebody had asked one of our members; the posts our member was carrying."""
    mine = (
        received_asks.c.member_id == member_id,
        received_asks.c.post_id.in_(select(posts.c.id).where(posts.c.author_id == author_id)),
    )
    carrying = tx.column(
        select(received_asks.c.post_id).where(
            *mine, received_asks.c.kind == "carry", received_asks.c.state.in_(("accepted", "passed"))
        )
    )
    tx.run(update(received_asks).where(*mine).values(state="closed", due_at=None))
    return carrying


def carried_between(tx: Tx, carrier_id: int, person_id: int) -> list[PostId]:
    """Posts that one carried to the other: hidden when their friendship ends (RULES R2)."""
    carried = tx.column(
        select(carried_to.c.post_id).where(
            carried_to.c.carrier_id == carrier_id,
            carried_to.c.person_id == person_id,
            carried_to.c.state == "shown",
        )
    )
    tx.run(
        update(carried_to)
        .where(carried_to.c.carrier_id == carrier_id, carried_to.c.person_id == person_id)
        .values(state="withdrawn")
    )
    return carried


def leases_between(tx: Tx, *conditions: ColumnElement[bool]) -> list[tuple[PostId, PersonId]]:
    """End the leases that match and their boosts; (post, reader) of each."""
    rows = tx.all(select(leases).where(leases.c.state != "ended", *conditions))
    for row in rows:
        tx.run(
            update(leases)
            .where(
                leases.c.post_id == row.post_id,
                leases.c.carrier_id == row.carrier_id,
                leases.c.person_id == row.person_id,
            )
            .values(state="ended")
        )
        if row.boost_id:
            tx.run(update(boosts).where(boosts.c.id == row.boost_id).values(ended_at=tx.now))
            tx.run(delete(home_entries).where(home_entries.c.entry_id == row.boost_id))
            tx.announce("gone", member_id=row.person_id, entry_id=row.boost_id)
    return [(row.post_id, row.person_id) for row in rows]


def live_leases(tx: Tx, post_id: int, person_id: int) -> int:
    """How many living leases still show a request to a reader."""
    return len(
        tx.column(
            select(leases.c.carrier_id).where(
                leases.c.post_id == post_id, leases.c.person_id == person_id, leases.c.state == "shown"
            )
        )
    )


def lease_conditions(
    *,
    post_id: int | None = None,
    carrier_id: int | None = None,
    person_id: int | None = None,
    author_id: int | None = None,
    offer_uri: str | None = None,
    ticket_uri: str | None = None,
) -> list[ColumnElement[bool]]:
    """Conditions on leases from whatever is known."""
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (leases.c.post_id, post_id),
        (leases.c.carrier_id, carrier_id),
        (leases.c.person_id, person_id),
        (leases.c.offer_uri, offer_uri),
        (leases.c.ticket_uri, ticket_uri),
    ):
        if value is not None:
            conditions.append(column == value)
    if author_id is not None:
        conditions.append(leases.c.post_id.in_(select(posts.c.id).where(posts.c.author_id == author_id)))
    return conditions
