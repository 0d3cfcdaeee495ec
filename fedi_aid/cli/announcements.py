"""`fedi_aid announce`: what the people who run the instance tell everybody."""

from datetime import UTC, datetime

import click

from fedi_aid.actions import announcing
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.html import plain
from fedi_aid.storage import announcements
from fedi_aid.storage.announcements import Announced


@click.group()
def announce() -> None:
    """Announcements to all members, in their apps."""


def _moment(_context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        name = (option.name or "").replace("_", "-")
        raise click.BadParameter(f"{value!r} is no date for --{name}, such as 2026-03-14T09:00Z.") from None


@announce.command()
@click.argument("text")
@click.option("--from", "starts_at", callback=_moment, metavar="DATE", help="When what it is about begins.")
@click.option("--until", "ends_at", callback=_moment, metavar="DATE", help="When it is shown no more.")
@json_option
@click.pass_obj
def add(
    config: str | None, text: str, starts_at: datetime | None, ends_at: datetime | None, as_json: bool
) -> None:
    """Announce TEXT to every member."""

    async def act() -> int:
        async with instance(config) as running:
            return await running.instance.db.write(
                announcing.announce, text, starts_at=starts_at, ends_at=ends_at
            )

    made = run(act())
    answer(as_json, f"Announced as {made}.", {"id": str(made)})


@announce.command("list")
@json_option
@click.pass_obj
def show(config: str | None, as_json: bool) -> None:
    """List what is announced now."""

    async def act() -> list[Announced]:
        async with instance(config) as running:
            return await running.instance.db.read(announcements.current, 0)

    found = run(act())
    lines = [f"{one.id}  {one.published_at:%Y-%m-%d}  {' '.join(plain(one.html).split())}" for one in found]
    shown = [{"id": str(one.id), "html": one.html, "ends_at": one.ends_at} for one in found]
    answer(as_json, "\n".join(lines) or "Nothing is announced.", {"announcements": shown})


@announce.command()
@click.argument("announcement_id", metavar="ID", type=int)
@json_option
@click.pass_obj
def remove(config: str | None, announcement_id: int, as_json: bool) -> None:
    """Take an announcement back."""

    async def act() -> None:
        async with instance(config) as running:
            await running.instance.db.write(announcing.withdraw, announcement_id)

    try:
        run(act())
    except NotFound:
        raise Refused(f"There is no announcement {announcement_id}: see `fedi_aid announce list`.") from None
    answer(as_json, "It is taken back.", {"id": str(announcement_id)})
