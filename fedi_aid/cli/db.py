"""`fedi_aid db`: look after the database."""

import click

from fedi_aid.app import database_url
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import keep_private, run, settle
from fedi_aid.storage.migrate import migrate, newest_revision


@click.group()
def db() -> None:
    """The database."""


@db.command("migrate")
@json_option
@click.pass_obj
def migrate_(config: str | None, as_json: bool) -> None:
    """Create the tables, or bring them to what this version needs. `serve` does it too."""

    async def act() -> bool:
        settings, _ = await settle(config)
        keep_private()
        if not settings.is_postgres:
            settings.sqlite_path.parent.mkdir(parents=True, exist_ok=True)
        return await migrate(database_url(settings))

    changed = run(act())
    revision = newest_revision()
    said = (
        f"The database was brought to {revision}." if changed else f"The database is at {revision} already."
    )
    answer(as_json, said, {"changed": changed, "revision": revision})
