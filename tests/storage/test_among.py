"""`among`: one text of a statement for any number of ids, on both engines."""

from pathlib import Path

import pytest
from sqlalchemy import select

from fedi_aid.storage.among import among
from fedi_aid.storage.database import Database, sqlite_engine
from fedi_aid.storage.tables.moderation import entry_rules
from fedi_aid.storage.tx import Tx
from tests.queries import counted

pytestmark = pytest.mark.anyio

SOME = select(entry_rules.c.id).where(among(entry_rules.c.id, "ids")).order_by(entry_rules.c.id)
OTHERS = select(entry_rules.c.id).where(~among(entry_rules.c.id, "ids")).order_by(entry_rules.c.id)


async def test_none_one_and_many_are_the_same_statement(database: Database) -> None:
    def write(tx: Tx) -> None:
        for at in range(300):
            tx.insert(
                entry_rules,
                id=at + 2**62,
                kind="ip",
                value=f"n{at}",
                severity="no_access",
                comment="",
                created_at=tx.now,
            )

    await database.write(write)

    def look(tx: Tx) -> None:
        assert tx.column(SOME, ids=()) == []
        assert tx.column(SOME, ids={2**62 + 7, 5}) == [2**62 + 7]
        assert len(tx.column(SOME, ids=range(2**62, 2**62 + 300))) == 300
        assert tx.column(OTHERS, ids=range(2**62, 2**62 + 299)) == [2**62 + 299]

    with counted() as statements:
        await database.read(look)
    assert len(set(statements)) == 2
    assert len(statements) == 4


def test_ids_are_looked_up_by_their_index(tmp_path: Path) -> None:
    """On SQLite a truth value that is compared with 1 would read the whole table."""
    engine = sqlite_engine(tmp_path / "any.sqlite3")
    assert ") = 1" not in str(SOME.compile(dialect=engine.dialect))
