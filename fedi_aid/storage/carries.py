"""Carrying: the tickets an author's friends hold, what members here carry, and the leases by which a carried
request reaches somebody here."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, func, or_, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tables.help import (
    asks,
    carried_to,
    leases,
    received_asks,
    request_log,
    requests,
    seen_offers,
)
from fedi_aid.storage.tables.posts import boosts, posts
from fedi_aid.storage.tx import Tx

# -- tickets (the author's side)


def living_tickets(tx: Tx, author_id: int) -> list[tuple[int, PostId]]:
    """(ask, post) of the tickets that an author's friends hold while a flag is up."""
    rows = tx.all(
        select(asks.c.id, asks.c.post_id)
        .join(requests, requests.c.post_id == asks.c.post_id)
        .where(
            asks.c.kind == "carry",
            asks.c.state.in_(("open", "accepted")),
            asks.c.ticket_ends_at > tx.now,
            requests.c.author_id == author_id,
            requests.c.state != "lowered",
        )
    )
    return [(row.id, row.post_id) for row in rows]


def tickets_to_renew(tx: Tx, before: datetime, *, resting_since: datetime) -> list[tuple[int, PostId]]:
    """(ask, post) of tickets that end before then, while the flag is up and they were not withdrawn; of a
    request that sleeps or is paused only when it came to rest after `resting_since`."""
    rested = (
        select(func.max(request_log.c.created_at))
        .where(request_log.c.post_id == requests.c.post_id, request_log.c.what.in_(("asleep", "paused")))
        .scalar_subquery()
    )
    rows = tx.all(
        select(asks.c.id, asks.c.post_id)
        .join(requests, requests.c.post_id == asks.c.post_id)
        .where(
            asks.c.kind == "carry",
            asks.c.state.in_(("open", "accepted")),
            asks.c.ticket_ends_at < before,
            or_(
                requests.c.state == "open",
                and_(requests.c.state.in_(("asleep", "paused")), rested > resting_since),
            ),
        )
        .limit(200)
    )
    return [(row.id, row.post_id) for row in rows]


_RAISED = (posts.c.help_flag.is_(True), posts.c.deleted_at.is_(None), posts.c.intimacy.in_((0, 1)))


def carriable_before(tx: Tx, author_id: int, post_id: int) -> set[PostId]:
    """An author's own requests that are older and still up for being carried: friends were asked to."""
    asked = select(asks.c.post_id).where(asks.c.kind == "carry")
    return set(
        tx.column(
            select(posts.c.id).where(
                posts.c.author_id == author_id, posts.c.id < post_id, *_RAISED, posts.c.id.in_(asked)
            )
        )
    )


def put_to_carry(tx: Tx, member_id: int, author_id: int) -> set[PostId]:
    """Open requests of one author that a member here was asked to carry, and did not refuse."""
    return set(
        tx.column(
            select(posts.c.id)
            .join(received_asks, received_asks.c.post_id == posts.c.id)
            .where(
                posts.c.author_id == author_id,
                *_RAISED,
                received_asks.c.member_id == member_id,
                received_asks.c.kind == "carry",
                received_asks.c.state.in_(("waiting", "asked", "accepted", "passed", "resting")),
            )
        )
    )


def carried_here(tx: Tx, author_id: int) -> set[PostId]:
    """Requests of one author that living leases bring to somebody here."""
    return set(
        tx.column(
            select(leases.c.post_id)
            .join(posts, posts.c.id == leases.c.post_id)
            .where(posts.c.author_id == author_id, leases.c.state != "ended", leases.c.ends_at > tx.now)
        )
    )


# -- what members here carry (the carrier's side)


def put_carried(tx: Tx, uri: str, post_id: int, carrier_id: int, person_id: int) -> None:
    """A member here offers a request to one friend; a renewal gives the Offer a new id, and is no new carry
    of the day."""
    known = tx.run(
        update(carried_to)
        .where(
            carried_to.c.post_id == post_id,
            carried_to.c.carrier_id == carrier_id,
            carried_to.c.person_id == person_id,
        )
        .values(uri=uri, state="shown")
    )
    if known:
        return
    tx.put(
        carried_to,
        [carried_to.c.post_id, carried_to.c.carrier_id, carried_to.c.person_id],
        id=tx.new_id(),
        uri=uri,
        post_id=post_id,
        carrier_id=carrier_id,
        person_id=person_id,
        state="shown",
        created_at=tx.now,
    )


def carried(tx: Tx, post_id: int, carrier_id: int | None = None) -> list[tuple[str, PersonId, PersonId, str]]:
    """(offer uri, carrier, person, state) of what members here carried."""
    where = [carried_to.c.post_id == post_id]
    if carrier_id is not None:
        where.append(carried_to.c.carrier_id == carrier_id)
    rows = tx.all(select(carried_to).where(*where).order_by(carried_to.c.id))
    return [(row.uri, row.carrier_id, row.person_id, row.state) for row in rows]


def carrying(
    tx: Tx, *, author_id: int | None = None, carrier_id: int | None = None
) -> list[tuple[PostId, PersonId]]:
    """(post, carrier) of what members here carry: of one author, or by one carrier, also before anybody has
    been shown it."""
    where = [received_asks.c.kind == "carry", received_asks.c.state.in_(("accepted", "passed"))]
    if carrier_id is not None:
        where.append(received_asks.c.member_id == carrier_id)
    if author_id is not None:
        where.append(received_asks.c.post_id.in_(select(posts.c.id).where(posts.c.author_id == author_id)))
    rows = tx.all(select(received_asks.c.post_id, received_asks.c.member_id).where(*where).distinct())
    return [(row.post_id, row.member_id) for row in rows]


def carried_since(tx: Tx, carrier_id: int, since: datetime) -> tuple[int, int]:
    """(requests, people) a carrier carried since then, for the carrier's own budget."""
    rows = tx.all(
        select(carried_to.c.post_id, carried_to.c.person_id).where(
            carried_to.c.carrier_id == carrier_id, carried_to.c.created_at >= since
        )
    )
    return len({row.post_id for row in rows}), len({row.person_id for row in rows})


def change_carried(
    tx: Tx, post_id: int, carrier_id: int, *, state: str, person_id: int | None = None
) -> None:
    where = [carried_to.c.post_id == post_id, carried_to.c.carrier_id == carrier_id]
    if person_id is not None:
        where.append(carried_to.c.person_id == person_id)
    tx.run(update(carried_to).where(*where).values(state=state))


# -- leases of members here (the reader's side)


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """By which carrier a request reached a member here, and until when."""

    post_id: PostId
    carrier_id: PersonId
    person_id: PersonId
    offer_uri: str
    ticket_uri: str
    seats: int
    word: str
    state: str  # held, shown, ended
    boost_id: int | None
    ends_at: datetime


_LEASE = tuple(leases.c[name] for name in Lease.__struct_fields__)


def put_lease(tx: Tx, **values: Any) -> None:
    """A new lease, or the same one renewed: then its first day stays."""
    keys = [leases.c.post_id, leases.c.carrier_id, leases.c.person_id]
    same = [column == values[column.name] for column in keys]
    if not tx.run(update(leases).where(*same).values(**values)):
        tx.insert(leases, **({"created_at": tx.now} | values))


def leases_of(
    tx: Tx, post_id: int, *, person_id: int | None = None, carrier_id: int | None = None
) -> list[Lease]:
    where = [leases.c.post_id == post_id]
    if person_id is not None:
        where.append(leases.c.person_id == person_id)
    if carrier_id is not None:
        where.append(leases.c.carrier_id == carrier_id)
    rows = tx.all(select(*_LEASE).where(*where))
    return [Lease(**row._mapping) for row in rows]


def shown_since(tx: Tx, person_id: int, since: datetime) -> set[PostId]:
    """The carried requests that a member here was shown since then; what was only held counts when it is."""
    return set(
        tx.column(
            select(leases.c.post_id)
            .join(boosts, boosts.c.id == leases.c.boost_id)
            .where(leases.c.person_id == person_id, boosts.c.created_at >= since)
        )
    )


def brought_since(tx: Tx, carrier_id: int, since: datetime) -> tuple[set[PostId], set[PersonId]]:
    """(requests, people): what one carrier brought to members here since then, and to whom."""
    rows = tx.all(
        select(leases.c.post_id, leases.c.person_id).where(
            leases.c.carrier_id == carrier_id, leases.c.created_at >= since
        )
    )
    return {row.post_id for row in rows}, {row.person_id for row in rows}


def lapsed_leases(tx: Tx, *, limit: int = 200) -> list[Lease]:
    rows = tx.all(select(*_LEASE).where(leases.c.ends_at <= tx.now, leases.c.state != "ended").limit(limit))
    return [Lease(**row._mapping) for row in rows]


def change_lease(tx: Tx, lease: Lease, **values: Any) -> None:
    tx.run(
        update(leases)
        .where(
            leases.c.post_id == lease.post_id,
            leases.c.carrier_id == lease.carrier_id,
            leases.c.person_id == lease.person_id,
        )
        .values(**values)
    )


def see_offer(tx: Tx, uri: str) -> bool:
    """Remember an Offer's id; False when it had been seen (a replay)."""
    return tx.insert_new(seen_offers, uri=uri, created_at=tx.now)
