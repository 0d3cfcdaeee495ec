"""Jobs that were given up: seen by the doctor and `work status`, and tried again."""

from pathlib import Path

import pytest

from fedi_aid.storage import jobs as queue
from fedi_aid.storage.database import open_database
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
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
        return [job.id for job in queue.claim(tx, "fetch", "test", jobs.KINDS["fetch_actor"].lease, 1)]

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
