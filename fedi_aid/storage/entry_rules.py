"""Who may not come in: addresses and networks, providers of mail, single mail addresses as digests."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, or_, select, update

from fedi_aid.model.moderation import EntryKind, EntryRule
from fedi_aid.storage.posts import page_ids
from fedi_aid.storage.tables.moderation import entry_rules
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

_COLUMNS = tuple(entry_rules.c[name] for name in EntryRule.__struct_fields__)


def _read(tx: Tx, *where: Any) -> list[EntryRule]:
    rows = tx.all(select(*_COLUMNS).where(*where).order_by(entry_rules.c.id.desc()))
    return [EntryRule(**row._mapping) for row in rows]


def by_id(tx: Tx, kind: EntryKind, rule_id: int) -> EntryRule | None:
    found = _read(tx, entry_rules.c.kind == kind, entry_rules.c.id == rule_id)
    return found[0] if found else None


def by_values(tx: Tx, kind: EntryKind, values: Iterable[str]) -> list[EntryRule]:
    """Rules about any of these."""
    return _read(tx, entry_rules.c.kind == kind, entry_rules.c.value.in_(set(values)))


def networks(tx: Tx) -> list[EntryRule]:
    """Every rule about addresses that has not run out."""
    living = or_(entry_rules.c.expires_at.is_(None), entry_rules.c.expires_at > tx.now)
    return _read(tx, entry_rules.c.kind == "ip", living)


def page_of(tx: Tx, kind: EntryKind, page: Page) -> list[EntryRule]:
    """Rules of one kind, the newest first; those that ran out are among them."""
    statement = select(entry_rules.c.id).where(entry_rules.c.kind == kind)
    ids = page_ids(
        tx,
        statement,
        entry_rules.c.id,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    return _read(tx, entry_rules.c.id.in_(ids))


def insert(tx: Tx, kind: EntryKind, value: str, **values: Any) -> int | None:
    """The id of a new rule; None when there is one about this value."""
    new_id = tx.new_id()
    written = tx.insert_new(entry_rules, id=new_id, kind=kind, value=value, created_at=tx.now, **values)
    return new_id if written else None


def change(tx: Tx, rule_id: int, **values: Any) -> None:
    tx.run(update(entry_rules).where(entry_rules.c.id == rule_id).values(**values))


def drop(tx: Tx, kind: EntryKind, *, rule_id: int | None = None, value: str | None = None) -> bool:
    where = [entry_rules.c.kind == kind]
    where.append(entry_rules.c.id == rule_id if value is None else entry_rules.c.value == value)
    return tx.run(delete(entry_rules).where(*where)) > 0
