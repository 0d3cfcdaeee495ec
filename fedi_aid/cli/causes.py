"""`fedi_aid causes`: the vocabulary by which those who mean the same find each other."""

import click

from fedi_aid.actions import causes as actions
from fedi_aid.actions.causes import Listed
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run


@click.group()
def causes() -> None:
    """Causes that projects and people serve, each with all its names."""


@causes.command("list")
@json_option
@click.pass_obj
def show(config: str | None, as_json: bool) -> None:
    """List the vocabulary. Causes that members named for themselves are not in it."""

    async def act() -> list[Listed]:
        async with instance(config) as running:
            return await running.instance.db.read(actions.listed)

    found = run(act())
    lines = [_line(one) for one in found]
    shown = [
        {"tag": one.key, "name": one.name, "name_fr": one.name_fr, "also": list(one.also)} for one in found
    ]
    answer(as_json, "\n".join(lines), {"causes": shown})


def _line(one: Listed) -> str:
    names = one.name if one.name_fr == one.name else f"{one.name} / {one.name_fr}"
    return f"{names}  ({', '.join(one.also)})" if one.also else names


@causes.command()
@click.argument("name")
@click.option("--fr", "name_fr", default="", metavar="NAME", help="What it is called in French.")
@click.option("--also", multiple=True, metavar="NAME", help="Another name for it; may be given again.")
@json_option
@click.pass_obj
def add(config: str | None, name: str, name_fr: str, also: tuple[str, ...], as_json: bool) -> None:
    """Offer the cause NAME to everybody."""

    async def act() -> str:
        async with instance(config) as running:
            return await running.instance.db.write(actions.add, name, name_fr=name_fr, also=also)

    key = run(act())
    answer(as_json, f"{name} is in the vocabulary now.", {"tag": key})


@causes.command()
@click.argument("name")
@click.argument("into")
@json_option
@click.pass_obj
def merge(config: str | None, name: str, into: str, as_json: bool) -> None:
    """Let NAME mean the cause INTO from now on; whoever served the one serves the other."""

    async def act() -> tuple[str, str]:
        async with instance(config) as running:
            return await running.instance.db.write(actions.merge, name, into)

    old, new = run(act())
    answer(as_json, f"{name} means {into} now.", {"tag": old, "into": new})
