"""Jobs that were given up: seen by the doctor and `work status`, and tried again."""

from pathlib import Path

import pytest

from fedi_aid.model.ids import PersonId
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import open_database
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs, kinds
from tests.cli.operator import Operator


@pytest.mark.anyio
async def test_a_buried_job(operator: Operator, sqlite_template: Path) -> None:
    database = open_database(f"sqlite:///{operator.has(sqlite_template)}")

    def give_up(tx: Tx) -> int:
        jobs.fetch_actor(tx, "https://gone.example/users/x")
        job_id = int(queue_ids(tx)[0])
        queue.bury(tx, job_id, "410 Gone")
        return job_id

    def queue_ids(tx: Tx) -> list[int]:
        return [job.id for job in queue.claim(tx, "fetch", "test", kinds.KINDS["fetch_actor"].lease, 1)]

    job_id = await database.write(give_up)
    await database.close()
    sick = operator.run("doctor")
    assert sick.returncode == 1
    assert "WRONG  jobs: 1 given up. See why with `fedi_aid work status`" in sick.stdout
    status = operator.ask("work", "status")
    assert [one["state"] for one in status["jobs"]] == ["buried"]
    assert (status["buried"][0]["id"], status["buried"][0]["last_error"]) == (job_id, "410 Gone")
    assert operator.ask("work", "retry", str(job_id)) == {"id": str(job_id), "state": "waiting"}
    again = operator.run("work", "retry", str(job_id))
    assert again.returncode == 1
    assert f"No job {job_id} was given up" in again.stderr


@pytest.mark.anyio
async def test_hosts_that_do_not_take_what_is_sent(operator: Operator, sqlite_template: Path) -> None:
    """Waiting, given up, since when and why, per host; no inbox and no person (P13). Tried again, and dropped."""
    database = open_database(f"sqlite:///{operator.has(sqlite_template)}")

    def trouble(tx: Tx) -> None:
        for number, host in enumerate(("dead.example", "dead.example", "fine.example")):
            uri = f"https://{host}/users/olga/inbox"
            jobs.deliver(tx, f"https://here.example/{number}", uri, PersonId(1), host, f"order {number}")
        for _ in range(queue.BREAKER_AT):
            queue.host_failed(tx, "dead.example", tx.now)

    await database.write(trouble)
    await database.close()
    shown = operator.run("work", "hosts")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "dead.example: 2 waiting, 0 given up" in shown.stdout
    assert "failing since" in shown.stdout
    assert "fine.example" not in shown.stdout
    assert "olga" not in shown.stdout
    (dead,) = operator.ask("work", "hosts")["hosts"]
    assert (dead["host"], dead["waiting"], dead["failures"]) == ("dead.example", 2, queue.BREAKER_AT)
    assert "inbox" not in str(dead)
    every = operator.ask("work", "hosts", "--all")["hosts"]
    assert [one["host"] for one in every] == ["dead.example", "fine.example"]
    assert operator.ask("work", "retry-host", "dead.example") == {"host": "dead.example", "jobs": 2}
    assert operator.ask("work", "hosts")["hosts"] == []
    assert operator.ask("work", "drop-host", "dead.example") == {"host": "dead.example", "jobs": 2}
    for words in ("retry-host", "drop-host"):
        again = operator.run("work", words, "dead.example")
        assert again.returncode == 1
        assert "Nothing waits for dead.example" in again.stderr
