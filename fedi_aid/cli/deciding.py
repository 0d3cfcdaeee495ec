"""`fedi_aid people role`, `approve`, `reject`, `suspend`, `unsuspend`: decisions from the command line."""

from collections.abc import Callable

import click

from fedi_aid.actions import judging
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.storage import people
from fedi_aid.storage.roster import Known
from fedi_aid.storage.tx import Tx

ROLES = ("member", "moderator", "admin")


def _decide(config: str | None, handle: str, act: Callable[[Tx, int], Known]) -> Known:
    def work(tx: Tx) -> Known:
        name, _, domain = handle.strip().lstrip("@").partition("@")
        found = people.by_handle(tx, name, "" if domain == tx.house.domain else domain)
        if found is None:
            raise Refused(f"Nobody called {handle[:100]} is known here.")
        return act(tx, found.id)

    async def run_it() -> Known:
        async with instance(config) as running:
            return await running.instance.db.write(work)

    return run(run_it())


def _say(as_json: bool, found: Known, sentence: str) -> None:
    data = {
        "id": str(found.person.id),
        "handle": found.person.handle,
        "role": found.role,
        "state": found.state,
        "suspended": found.person.suspended_at is not None,
    }
    answer(as_json, sentence.format(found.person.handle), data)


@click.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@json_option
@click.pass_obj
def role(config: str | None, name: str, role: str, as_json: bool) -> None:
    """Make NAME a moderator, an admin, or an ordinary member again."""
    found = _decide(config, name, lambda tx, who: judging.give_role(tx, None, who, role))  # type: ignore[arg-type]
    _say(as_json, found, f"{{}} is {role} now.")


@click.command()
@click.argument("name")
@json_option
@click.pass_obj
def approve(config: str | None, name: str, as_json: bool) -> None:
    """Let NAME in, who signed up and waits."""
    _say(
        as_json, _decide(config, name, lambda tx, who: judging.approve(tx, None, who)), "{} may come in now."
    )


@click.command()
@click.argument("name")
@json_option
@click.pass_obj
def reject(config: str | None, name: str, as_json: bool) -> None:
    """Turn NAME away, who signed up and waits; nothing of them is kept."""
    found = _decide(config, name, lambda tx, who: judging.reject(tx, None, who))
    _say(as_json, found, "{} was turned away.")


@click.command()
@click.argument("handle")
@click.option("--reason", required=True, help="Why: they are told, and it stands in the public log.")
@json_option
@click.pass_obj
def suspend(config: str | None, handle: str, reason: str, as_json: bool) -> None:
    """Suspend HANDLE, here or elsewhere; a member for 30 days, then what they wrote is erased."""

    def act(tx: Tx, who: int) -> Known:
        judging.judge(tx, None, who, "suspend", reason)
        return judging.someone(tx, who)

    _say(as_json, _decide(config, handle, act), "{} is suspended.")


@click.command()
@click.argument("handle")
@json_option
@click.pass_obj
def unsuspend(config: str | None, handle: str, as_json: bool) -> None:
    """Take a suspension back; ties that it cut stay cut."""
    found = _decide(config, handle, lambda tx, who: judging.lift(tx, None, who, "suspend"))
    _say(as_json, found, "{} is not suspended any more.")
