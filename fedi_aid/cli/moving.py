"""`fedi_aid people alias`, `move`, `stay`: a member moves in or out, at the operator's hand."""

from collections.abc import Callable

import click

from fedi_aid.actions import moves
from fedi_aid.activitypub import remote
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.model.people import Member
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx


def _member(tx: Tx, name: str) -> Member:
    found = people_rows.member_by_login(tx, name)
    if found is None or found.role == "service" or found.state == "deleted":
        raise Refused(f"There is no member called {name[:100]}.")
    return found


def _act(
    config: str | None, name: str, acct: str | None, act: Callable[[Tx, int, int], None]
) -> tuple[Member, moves.Dwelling]:
    """One act of a member towards another account, which is looked up anew."""

    async def work() -> tuple[Member, moves.Dwelling]:
        async with instance(config) as running:
            db = running.instance.db
            member = await db.read(_member, name)
            other_id = 0
            if acct is not None:
                found = await remote.resolve(running.instance, acct, fresh=True)
                if found is None or await db.read(people_rows.by_id, found) is None:
                    raise Refused(f"The account {acct[:200]} cannot be found.")
                other_id = int(found)
            await db.write(act, member.id, other_id)
            return member, await db.read(moves.dwelling_of, member.id)

    return run(work())


def _answer(as_json: bool, words: str, found: tuple[Member, moves.Dwelling]) -> None:
    member, dwelling = found
    answer(
        as_json,
        words,
        {
            "username": member.person.username,
            "uri": member.person.uri,
            "aliases": [alias.uri for alias in dwelling.aliases],
            "moved_to": dwelling.moved_to.uri if dwelling.moved_to is not None else None,
            "free_at": dwelling.free_at,
        },
    )


@click.command()
@click.argument("name")
@click.argument("acct")
@click.option("--remove", is_flag=True, help="Take it back.")
@json_option
@click.pass_obj
def alias(config: str | None, name: str, acct: str, remove: bool, as_json: bool) -> None:
    """Say that the account ACCT elsewhere is the member NAME's too, so that it can move here."""
    found = _act(config, name, acct, moves.drop_alias if remove else moves.add_alias)
    said = "is not named as another account of" if remove else "is named as another account of"
    _answer(as_json, f"{acct} {said} {found[0].person.username} now.", found)


@click.command()
@click.argument("name")
@click.argument("acct")
@click.option("--from", "inwards", is_flag=True, help="ACCT has moved here, and cannot say so itself.")
@json_option
@click.pass_obj
def move(config: str | None, name: str, acct: str, inwards: bool, as_json: bool) -> None:
    """Send everybody who follows the member NAME to ACCT, which has to name that member's account."""
    found = _act(config, name, acct, moves.move_in if inwards else moves.move_out)
    username = found[0].person.username
    words = f"{acct} lives here as {username} now." if inwards else f"{username} lives at {acct} now."
    _answer(as_json, f"{words} A running server tells the others.", found)


@click.command()
@click.argument("name")
@json_option
@click.pass_obj
def stay(config: str | None, name: str, as_json: bool) -> None:
    """Take back the move of the member NAME."""

    def act(tx: Tx, me: int, _: int) -> None:
        moves.stay(tx, me)

    found = _act(config, name, None, act)
    _answer(as_json, f"{found[0].person.username} lives here after all.", found)
