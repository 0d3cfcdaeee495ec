"""`fedi_aid butler why ID`: the story of a request, told with numbers. It names nobody: who stayed silent is
nobody's business, the operator's neither, and who is left out of a list of names is named by it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import click
import msgspec

from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.model.help import Request
from fedi_aid.storage import help as help_rows
from fedi_aid.storage.tx import Tx


class Line(msgspec.Struct, frozen=True):
    """One thing that happened."""

    at: datetime
    what: str
    sentence: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the operator may know it."""

    id: str
    state: str
    wave: int
    asked_to_help: int
    asked_to_carry: int
    offered: int
    looks_again_at: datetime | None
    lines: tuple[Line, ...]


def _people(number: object) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _wave(details: Mapping[str, Any]) -> str:
    asked, carriers = details.get("asked", 0), details.get("carriers", 0)
    return (
        f"Wave {details.get('wave', '?')}: {_people(asked)} asked to help, "
        f"{_people(carriers)} asked to carry it on."
    )


# What `storage.help.log` was given → what is said of it.
SENTENCES: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "raised": lambda _: "The flag was raised.",
    "wave": _wave,
    "offered": lambda _: "Somebody offered to help.",
    "still": lambda _: "The author said that help is still needed.",
    "widened": lambda _: "The author agreed that friends of friends may be reached.",
    "level_widened": lambda details: f"The author widened it to level {details.get('level', '?')}.",
    "paused": lambda _: "The author paused the request.",
    "asleep": lambda _: "The request was put to sleep: nobody is asked any more until its author wakes it.",
    "lowered": lambda details: f"The author lowered the flag: {details.get('outcome', 'done')}.",
}


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
    return "\n".join([*(f"{line.at:%Y-%m-%d %H:%M} UTC  {line.sentence}" for line in told.lines), _now(told)])


def story(tx: Tx, request_id: int) -> Story:
    """The story of a request of a member here; Refused when there is none."""
    request: Request | None = help_rows.request(tx, request_id)
    if request is None:
        raise Refused(f"There is no request {request_id} here.")
    asks = help_rows.asks_of(tx, request_id)
    lines = [Line(request.raised_at, "raised", "The flag was raised.")]
    for at, what, _, details in help_rows.story(tx, request_id):
        tell = SENTENCES.get(what)
        if what != "raised":
            lines.append(Line(at, what, tell(details or {}) if tell else f"{what.capitalize()}."))
    return Story(
        id=str(request_id),
        state=request.state,
        wave=request.wave,
        asked_to_help=sum(1 for ask in asks if ask.kind == "help"),
        asked_to_carry=sum(1 for ask in asks if ask.kind == "carry"),
        offered=len(help_rows.offers_of(tx, request_id)),
        looks_again_at=request.due_at,
        lines=tuple(lines),
    )


def _now(told: Story) -> str:
    again = (
        f" The butler looks again at {told.looks_again_at:%Y-%m-%d %H:%M} UTC." if told.looks_again_at else ""
    )
    return (
        f"Now: {told.state}; {_people(told.asked_to_help)} asked to help, {_people(told.asked_to_carry)} to "
        f"carry, {told.offered} offered.{again}"
    )
