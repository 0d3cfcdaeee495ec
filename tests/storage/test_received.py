"""What inboxes keep, on both engines, when several requests come at the same moment."""

import asyncio

import pytest
from sqlalchemy import select

from fedi_aid.activitypub import inbox
from fedi_aid.model.people import Person
from fedi_aid.storage import jobs as queue
from fedi_aid.storage import people
from fedi_aid.storage.database import Database
from fedi_aid.storage.tables.federation import received
from fedi_aid.storage.tx import Tx

pytestmark = pytest.mark.anyio


def somebody(tx: Tx, number: int) -> Person:
    domain = f"h{number}.example"
    uri = f"https://{domain}/u"
    people.insert(tx, uri=uri, username="u", domain=domain, kind="person", inbox=f"{uri}/inbox")
    found = people.by_uri(tx, uri)
    assert found is not None
    return found


async def record(db: Database, who: Person, uri: str) -> None:
    activity = {"id": uri, "type": "Like", "actor": who.uri, "object": "https://here.example/1"}
    await db.write(inbox._record, activity, uri, who.uri, 0, b"{}", who)


async def test_an_id_belongs_to_one_actor_also_at_the_same_moment(database: Database) -> None:
    """A21: eight bring the same id at once; one is kept, with one job."""
    crowd = [await database.write(somebody, number) for number in range(8)]
    for turn in range(5):
        await asyncio.gather(*(record(database, who, f"https://x.example/{turn}") for who in crowd))
    kept = await database.read(lambda tx: tx.column(select(received.c.uri).order_by(received.c.uri)))
    assert kept == [f"https://x.example/{turn}" for turn in range(5)]
    assert sum(one.jobs for one in await database.read(queue.counts)) == 5


async def test_many_of_one_host_at_once_are_all_kept(database: Database) -> None:
    """No collision of their turns turns one away."""
    who = await database.write(somebody, 1)
    await asyncio.gather(*(record(database, who, f"https://h1.example/{n}") for n in range(40)))
    kept = await database.read(lambda tx: tx.column(select(received.c.uri)))
    assert len(set(kept)) == 40
    assert sum(one.jobs for one in await database.read(queue.counts)) == 40
