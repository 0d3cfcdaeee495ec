"""Introductions: of two friends of a member here to each other, and of members here to somebody."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, delete, or_, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.ties import introduced, introductions
from fedi_aid.storage.tx import Tx

State = Literal["offered", "accepted", "declined", "withdrawn", "made"]


class Introduction(msgspec.Struct, frozen=True, kw_only=True):
    """A member here introduces two friends to each other. An `…_uri` is the Offer's, to one elsewhere."""

    id: int
    by_id: PersonId
    one_id: PersonId
    other_id: PersonId
    one_uri: str | None
    other_uri: str | None
    word: str
    one_accepted: bool | None
    other_accepted: bool | None
    created_at: datetime


class Introduced(msgspec.Struct, frozen=True, kw_only=True):
    """A friend introduces a member here to somebody."""

    id: int
    uri: str
    member_id: PersonId
    by_id: PersonId
    other_id: PersonId
    word: str
    state: State
    created_at: datetime


_INTRODUCTION = tuple(introductions.c[name] for name in Introduction.__struct_fields__)
_INTRODUCED = tuple(introduced.c[name] for name in Introduced.__struct_fields__)


def _first(tx: Tx, *where: Any) -> Introduction | None:
    row = tx.first(select(*_INTRODUCTION).where(*where))
    return Introduction(**row._mapping) if row else None


def put(tx: Tx, **values: Any) -> int | None:
    """None where the same person introduced these two already."""
    new_id = tx.new_id()
    return new_id if tx.insert_new(introductions, **({"id": new_id, "created_at": tx.now} | values)) else None


def by_id(tx: Tx, introduction_id: int) -> Introduction | None:
    return _first(tx, introductions.c.id == introduction_id)


def by_uri(tx: Tx, uri: str) -> Introduction | None:
    """By the id of either Offer."""
    return _first(tx, or_(introductions.c.one_uri == uri, introductions.c.other_uri == uri))


def of_the_two(tx: Tx, by_person: int, one: int, other: int) -> Introduction | None:
    low, high = sorted((one, other))
    return _first(
        tx,
        introductions.c.by_id == by_person,
        introductions.c.one_id == low,
        introductions.c.other_id == high,
    )


def change(tx: Tx, introduction_id: int, **values: Any) -> None:
    tx.run(update(introductions).where(introductions.c.id == introduction_id).values(**values))


# -- to a member here


def put_to(tx: Tx, **values: Any) -> int | None:
    """None for a uri that was seen, and for the same introduction once more."""
    new_id = tx.new_id()
    row = {"id": new_id, "state": "offered", "created_at": tx.now} | values
    return new_id if tx.insert_new(introduced, **row) else None


def _to(tx: Tx, *where: Any) -> Introduced | None:
    row = tx.first(select(*_INTRODUCED).where(*where))
    return Introduced(**row._mapping) if row else None


def to_by_id(tx: Tx, introduced_id: int) -> Introduced | None:
    return _to(tx, introduced.c.id == introduced_id)


def to_by_uri(tx: Tx, uri: str) -> Introduced | None:
    return _to(tx, introduced.c.uri == uri)


def to_member(tx: Tx, member_id: int, by_person: int, other: int) -> Introduced | None:
    return _to(
        tx,
        introduced.c.member_id == member_id,
        introduced.c.by_id == by_person,
        introduced.c.other_id == other,
    )


def change_to(tx: Tx, introduced_id: int, state: State) -> None:
    tx.run(update(introduced).where(introduced.c.id == introduced_id).values(state=state))


def waiting(tx: Tx, member_id: int, *, limit: int = 40) -> list[Introduced]:
    """What waits for a member's word, newest first."""
    rows = tx.all(
        select(*_INTRODUCED)
        .where(introduced.c.member_id == member_id, introduced.c.state == "offered")
        .order_by(introduced.c.id.desc())
        .limit(limit)
    )
    return [Introduced(**row._mapping) for row in rows]


def has_declined(tx: Tx, member_id: int, other: int) -> bool:
    """A member once declined to meet somebody, whoever introduced them."""
    return tx.exists(
        select(introduced.c.id).where(
            introduced.c.member_id == member_id,
            introduced.c.other_id == other,
            introduced.c.state == "declined",
        )
    )


def forget_person(tx: Tx, person_id: int) -> None:
    """Nothing is kept of whom somebody introduced, or was introduced to."""
    for table, columns in (
        (introductions, ("by_id", "one_id", "other_id")),
        (introduced, ("member_id", "by_id", "other_id")),
    ):
        tx.run(delete(table).where(or_(*(table.c[name] == person_id for name in columns))))


def close_between(tx: Tx, one: int, other: int) -> None:
    """Who introduced is no friend any more, or the two are kept apart: nothing waits for a word of theirs."""
    both = or_(
        and_(introduced.c.member_id == one, introduced.c.by_id == other),
        and_(introduced.c.member_id == other, introduced.c.by_id == one),
        and_(introduced.c.member_id == one, introduced.c.other_id == other),
        and_(introduced.c.member_id == other, introduced.c.other_id == one),
    )
    tx.run(
        update(introduced)
        .where(both, introduced.c.state.in_(("offered", "accepted")))
        .values(state="withdrawn")
    )
