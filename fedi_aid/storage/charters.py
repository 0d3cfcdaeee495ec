"""The versions of the instance's charter, and which one a member accepted."""

from typing import Final

import msgspec
from sqlalchemy import Integer, cast, select

from fedi_aid.model.charter import DEFAULT, Charter, Rule, Words
from fedi_aid.storage.tables.moderation import charters
from fedi_aid.storage.tables.people import members
from fedi_aid.storage.tx import Tx

_NEWEST_FIRST: Final = cast(charters.c.version, Integer).desc()


class _Text(msgspec.Struct, frozen=True):
    """A version as it is kept."""

    preamble: Words
    rules: tuple[Rule, ...]


def current(tx: Tx) -> Charter:
    """The charter that holds: the newest version, or the default one."""
    row = tx.first(select(charters).order_by(_NEWEST_FIRST).limit(1))
    return DEFAULT if row is None else _charter(row.version, row.rules, row.created_at)


def all_of(tx: Tx) -> list[Charter]:
    """Every version, newest first, the default one last."""
    rows = tx.all(select(charters).order_by(_NEWEST_FIRST))
    return [*(_charter(row.version, row.rules, row.created_at) for row in rows), DEFAULT]


def _charter(version: str, kept: object, since: object) -> Charter:
    text = msgspec.convert(kept, _Text)
    return msgspec.structs.replace(
        DEFAULT, version=version, preamble=text.preamble, rules=text.rules, since=since
    )


def put(tx: Tx, version: str, preamble: Words, rules: tuple[Rule, ...]) -> bool:
    """Keep a new version. False when somebody else kept one of this number meanwhile."""
    text = msgspec.to_builtins(_Text(preamble, rules))
    return tx.insert_new(charters, version=version, rules=text, created_at=tx.now)


def accepted_by(tx: Tx, member_id: int) -> str | None:
    """The version that a member accepted last."""
    found = tx.scalar(select(members.c.charter_version).where(members.c.person_id == member_id))
    return None if found is None else str(found)
