"""Requests that members here pass to a friend by name (RULES R22)."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tables.help import passed_on
from fedi_aid.storage.tx import Tx


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """One request, passed by one member to one friend. `page` and `reader` are digests."""

    id: int
    post_id: PostId
    carrier_id: PersonId
    person_id: PersonId
    word: str
    page: str | None
    note_id: PostId | None
    reader: str | None
    ends_at: datetime
    opened_at: datetime | None
    answer: str | None
    may_be_named: bool
    closed_at: datetime | None
    created_at: datetime


_COLUMNS = tuple(passed_on.c[name] for name in Passed.__struct_fields__)


def _one(tx: Tx, *where: Any) -> Passed | None:
    row = tx.first(select(*_COLUMNS).where(*where))
    return Passed(**row._mapping) if row else None


def by_id(tx: Tx, passed_id: int) -> Passed | None:
    return _one(tx, passed_on.c.id == passed_id)


def by_page(tx: Tx, digest: str) -> Passed | None:
    return _one(tx, passed_on.c.page == digest)


def between(tx: Tx, post_id: int, carrier_id: int, person_id: int) -> Passed | None:
    return _one(
        tx,
        passed_on.c.post_id == post_id,
        passed_on.c.carrier_id == carrier_id,
        passed_on.c.person_id == person_id,
    )


def insert(tx: Tx, **values: Any) -> int | None:
    """The new row's id; None when it was passed to them before."""
    new_id = tx.new_id()
    written = tx.insert_new(passed_on, id=new_id, created_at=tx.now, may_be_named=False, **values)
    return new_id if written else None


def change(tx: Tx, passed_id: int, **values: Any) -> None:
    tx.run(update(passed_on).where(passed_on.c.id == passed_id).values(**values))


def pages_since(tx: Tx, carrier_id: int, since: datetime) -> int:
    """How many pages somebody has made since then."""
    found: int = tx.scalar(
        select(func.count()).where(
            passed_on.c.carrier_id == carrier_id,
            passed_on.c.page.is_not(None),
            passed_on.c.created_at >= since,
        )
    )
    return found


def pages_of(tx: Tx, post_id: int, carrier_id: int | None = None) -> list[Passed]:
    """Pages of a request that have not been closed."""
    where = [passed_on.c.post_id == post_id, passed_on.c.page.is_not(None), passed_on.c.closed_at.is_(None)]
    if carrier_id is not None:
        where.append(passed_on.c.carrier_id == carrier_id)
    return [Passed(**row._mapping) for row in tx.all(select(*_COLUMNS).where(*where))]


def open_pages(tx: Tx, *, limit: int) -> list[Passed]:
    """Pages that have not been closed, those that end first, first."""
    rows = tx.all(
        select(*_COLUMNS)
        .where(passed_on.c.page.is_not(None), passed_on.c.closed_at.is_(None))
        .order_by(passed_on.c.ends_at)
        .limit(limit)
    )
    return [Passed(**row._mapping) for row in rows]


def bind(tx: Tx, passed_id: int, reader: str) -> bool:
    """Give a page to the first browser that opens it; False when another was first."""
    return (
        tx.run(
            update(passed_on)
            .where(passed_on.c.id == passed_id, passed_on.c.reader.is_(None))
            .values(reader=reader, opened_at=tx.now)
        )
        == 1
    )
