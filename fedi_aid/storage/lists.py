"""Lists: spheres that a member drew. They never change closeness and never leave the server (RULES R10)."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import delete, select, update

from fedi_aid.model.people import Person
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.ties import list_people, lists
from fedi_aid.storage.tx import Tx


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """One list of a member."""

    id: int
    title: str
    replies_policy: str
    exclusive: bool


_LIST = tuple(lists.c[name] for name in ListRow.__struct_fields__)


def all_of(tx: Tx, owner_id: int) -> list[ListRow]:
    rows = tx.all(select(*_LIST).where(lists.c.owner_id == owner_id).order_by(lists.c.id))
    return [ListRow(**row._mapping) for row in rows]


def one(tx: Tx, owner_id: int, list_id: int) -> ListRow | None:
    """A list of this owner's."""
    row = tx.first(select(*_LIST).where(lists.c.owner_id == owner_id, lists.c.id == list_id))
    return ListRow(**row._mapping) if row else None


def containing(tx: Tx, owner_id: int, person_id: int) -> list[ListRow]:
    """The owner's lists on which a person stands."""
    mine = select(list_people.c.list_id).where(list_people.c.person_id == person_id)
    statement = select(*_LIST).where(lists.c.owner_id == owner_id, lists.c.id.in_(mine))
    return [ListRow(**row._mapping) for row in tx.all(statement.order_by(lists.c.id))]


def insert(tx: Tx, owner_id: int, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(lists, id=new_id, owner_id=owner_id, created_at=tx.now, **values)
    return new_id


def change(tx: Tx, list_id: int, **values: Any) -> None:
    tx.run(update(lists).where(lists.c.id == list_id).values(**values))


def drop(tx: Tx, list_id: int) -> None:
    tx.run(delete(list_people).where(list_people.c.list_id == list_id))
    tx.run(delete(lists).where(lists.c.id == list_id))


def add(tx: Tx, list_id: int, person_id: int) -> bool:
    return tx.insert_new(list_people, list_id=list_id, person_id=person_id)


def remove(tx: Tx, list_id: int, ids: Iterable[int]) -> None:
    tx.run(delete(list_people).where(list_people.c.list_id == list_id, list_people.c.person_id.in_(set(ids))))


def people_on(
    tx: Tx, list_id: int, *, max_id: int | None, since_id: int | None, limit: int | None
) -> list[tuple[int, Person]]:
    """Who stands on a list, paged by the person's id; `limit` None means all."""
    statement = (
        select(*PERSON_COLUMNS)
        .join(list_people, list_people.c.person_id == people.c.id)
        .where(list_people.c.list_id == list_id, people.c.deleted_at.is_(None))
        .order_by(people.c.id.desc())
    )
    if max_id is not None:
        statement = statement.where(people.c.id < max_id)
    if since_id is not None:
        statement = statement.where(people.c.id > since_id)
    if limit is not None:
        statement = statement.limit(limit)
    return [(row.id, person_from(row)) for row in tx.all(statement)]
