"""`fedi_aid butler why ID`: the story of a request, told with numbers. It names nobody: who stayed silent is
nobody's business, the operator's neither, and who is left out of a list of names is named by it."""

import click
import msgspec

from fedi_aid.butler.story import Story, tell
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.storage import help as help_rows
from fedi_aid.storage.tx import Tx


@click.group()
def butler() -> None:
    """The butler."""


@butler.command()
@click.argument("request_id", type=int)
@json_option
@click.pass_obj
def why(config: str | None, request_id: int, as_json: bool) -> None:
    """Tell the story of a request: what was done, when, and how many were asked."""

    async def act() -> Story:
        async with instance(config) as running:
            return await running.instance.db.read(story, request_id)

    told = run(act())
    answer(as_json, in_sentences(told), msgspec.to_builtins(told))


def in_sentences(told: Story) -> str:
    """One line per thing that happened, and how it stands."""
    happened = [f"{line.at:%Y-%m-%d %H:%M} UTC  {line.sentence}" for line in told.lines]
    return "\n".join([*happened, f"Now: {told.now}."])


def story(tx: Tx, request_id: int) -> Story:
    """The story of a request of a member here; Refused when there is none."""
    request = help_rows.request(tx, request_id)
    if request is None:
        raise Refused(f"There is no request {request_id} here.")
    return tell(tx, request, "en")
