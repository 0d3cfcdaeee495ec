"""A host whose queue an admin paused gets nothing until the pause ends, or until somebody tries again."""

from datetime import timedelta

import pytest

from fedi_aid.storage import host_queues, jobs
from fedi_aid.storage.database import Database

pytestmark = pytest.mark.anyio

HOST = "slow.example"
LEASE = timedelta(minutes=5)


async def test_a_paused_host_gets_nothing_until_then(database: Database) -> None:
    await database.write(lambda tx: tx.enqueue("deliver", lane="deliver", args={}, host=HOST))
    until = database.clock() + timedelta(days=1)
    assert await database.write(host_queues.pause, HOST, until) == 1
    assert await database.write(lambda tx: jobs.claim(tx, "deliver", "w", LEASE, 5)) == []
    [shown] = await database.read(host_queues.queues)
    assert (shown.host, shown.waiting, shown.closed_until) == (HOST, 1, until)
    assert await database.write(host_queues.try_again, HOST) == 1
    assert len(await database.write(lambda tx: jobs.claim(tx, "deliver", "w", LEASE, 5))) == 1
