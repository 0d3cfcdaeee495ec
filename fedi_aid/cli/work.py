"""`fedi_aid work`: what waits, what was given up, and another try."""

import click

from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.storage import jobs as queue

SHOWN = 20


@click.group()
def work() -> None:
    """The queue of jobs."""


@work.command()
@json_option
@click.pass_obj
def status(config: str | None, as_json: bool) -> None:
    """Count the jobs, and name those that were given up."""

    async def act() -> tuple[list[queue.Count], list[queue.BuriedJob]]:
        async with instance(config) as running:
            return await running.instance.db.read(
                lambda tx: (queue.counts(tx), queue.buried(tx, limit=SHOWN))
            )

    counts, buried = run(act())
    lines = [
        f"{one.lane:<8}  {one.kind:<16}  {one.state:<8}  {one.jobs:>6}  {one.host or ''}".rstrip()
        for one in counts
    ]
    lines += [
        f"Given up: {one.id}, {one.kind}, after {one.attempts} attempts: {one.last_error} "
        f"(try again: fedi_aid work retry {one.id})"
        for one in buried
    ]
    answer(as_json, "\n".join(lines) or "Nothing waits.", {"jobs": counts, "buried": buried})


@work.command()
@click.argument("job_id", metavar="ID", type=int)
@json_option
@click.pass_obj
def retry(config: str | None, job_id: int, as_json: bool) -> None:
    """Try a job again that was given up, as if it were new."""

    async def act() -> bool:
        async with instance(config) as running:
            return await running.instance.db.write(queue.dig_up, job_id)

    if not run(act()):
        raise Refused(f"No job {job_id} was given up: see `fedi_aid work status`.")
    answer(as_json, f"Job {job_id} will be tried again now.", {"id": str(job_id), "state": "waiting"})
