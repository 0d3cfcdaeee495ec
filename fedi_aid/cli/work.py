"""`fedi_aid work`: what waits, what was given up, how other servers fare, and another try."""

from datetime import datetime

import click

from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.storage import host_queues
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.host_queues import HostQueue

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


@work.command()
@click.option("--all", "everything", is_flag=True, help="Also hosts for which all goes well.")
@json_option
@click.pass_obj
def hosts(config: str | None, everything: bool, as_json: bool) -> None:
    """List the servers that do not take what is sent to them."""

    async def act() -> list[HostQueue]:
        async with instance(config) as running:
            return await running.instance.db.read(lambda tx: host_queues.queues(tx, troubled=not everything))

    found = run(act())
    lines = [line for one in found for line in _about(one)]
    answer(as_json, "\n".join(lines) or "All servers take what is sent to them.", {"hosts": found})


def _about(one: HostQueue) -> list[str]:
    lines = [f"{one.host}: {one.waiting + one.running} waiting, {one.buried} given up"]
    if one.failing_since is not None:
        tried = f", not tried before {_when(one.closed_until)}" if one.closed_until else ""
        lines.append(f"  failing since {_when(one.failing_since)}, {one.failures} times in a row{tried}")
    if one.last_success is not None:
        lines.append(f"  last worked about {_when(one.last_success)}")
    if one.error is not None:
        lines.append(f"  last error: {one.error}")
    return lines


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@work.command("retry-host")
@click.argument("host")
@json_option
@click.pass_obj
def retry_host(config: str | None, host: str, as_json: bool) -> None:
    """Try everything for one server now, as if it were new."""

    async def act() -> int:
        async with instance(config) as running:
            return await running.instance.db.write(host_queues.try_again, host.lower())

    number = run(act())
    if not number:
        raise Refused(f"Nothing waits for {host[:200]}: see `fedi_aid work hosts --all`.")
    answer(as_json, f"{number} for {host} will be tried now.", {"host": host, "jobs": number})


@work.command("drop-host")
@click.argument("host")
@json_option
@click.pass_obj
def drop_host(config: str | None, host: str, as_json: bool) -> None:
    """Drop for good what waits for one server, removals of posts included."""

    async def act() -> int:
        async with instance(config) as running:
            return await running.instance.db.write(host_queues.drop, host.lower())

    number = run(act())
    if not number:
        raise Refused(f"Nothing waits for {host[:200]}: see `fedi_aid work hosts --all`.")
    answer(as_json, f"{number} for {host} dropped.", {"host": host, "jobs": number})
