"""`fedi_aid people`: create, list, make a token, change keys. Through the same acts as the pages."""

import asyncio
import sys

import click

from fedi_aid.actions import access, keys, registration, second_factor
from fedi_aid.actions.access import NewToken
from fedi_aid.cli import deciding, moving
from fedi_aid.cli.output import answer, json_option
from fedi_aid.cli.running import instance, run
from fedi_aid.errors import Refused
from fedi_aid.model.people import Member, Person
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import roster
from fedi_aid.storage.tx import Tx

SCOPES = "read write follow push"


@click.group()
def people() -> None:
    """Members of this instance."""


for _command in (moving.alias, moving.move, moving.stay):
    people.add_command(_command)
for _command in (deciding.role, deciding.approve, deciding.reject, deciding.suspend, deciding.unsuspend):
    people.add_command(_command)


@people.command()
@click.argument("name")
@click.option("--email", required=True, help="Their e-mail address.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
@click.option("--admin", is_flag=True, help="Let them administer the instance.")
@click.option("--display-name", default="", help="What they are called on their profile.")
@click.option("--locale", type=click.Choice(registration.LOCALES), default="en", show_default=True)
@json_option
@click.pass_obj
def create(
    config: str | None,
    name: str,
    email: str,
    password_stdin: bool,
    admin: bool,
    display_name: str,
    locale: str,
    as_json: bool,
) -> None:
    """Create a member, whatever the registration mode."""
    password = _password(password_stdin)

    async def act() -> Member:
        # A password that is too short is refused before anything is opened or created.
        password_hash = await asyncio.to_thread(registration.hash_password, password)
        async with instance(config) as running:
            made = await asyncio.to_thread(registration.new_keys)

            def sign_up(tx: Tx) -> Member:
                return registration.sign_up(
                    tx,
                    username=name,
                    email=email,
                    password_hash=password_hash,
                    keys=made,
                    display_name=display_name,
                    locale=locale,
                    role="admin" if admin else "member",
                    trusted=True,
                )

            return await running.instance.db.write(sign_up)

    member = run(act())
    answer(
        as_json,
        f"{member.person.username} is a member now: {member.person.url}",
        {
            "id": str(member.id),
            "username": member.person.username,
            "email": member.email,
            "role": member.role,
            "state": member.state,
            "uri": member.person.uri,
        },
    )


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask for a password: give it with --password-stdin.")
    word: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return word


@people.command()
@click.argument("name")
@click.option("--scopes", default=SCOPES, show_default=True, help="What the token allows.")
@json_option
@click.pass_obj
def token(config: str | None, name: str, scopes: str, as_json: bool) -> None:
    """Make an access token that lets a program act as a member."""

    def give(tx: Tx) -> NewToken:
        member = people_rows.member_by_login(tx, name)
        if member is None or member.role == "service" or member.state == "deleted":
            raise Refused(f"There is no member called {name[:100]}.")
        return access.give_token(tx, member.id, scopes=scopes)

    async def act() -> NewToken:
        async with instance(config) as running:
            return await running.instance.db.write(give)

    made = run(act())
    answer(
        as_json,
        f"{made.token}",
        {
            "access_token": made.token,
            "token_type": "Bearer",
            "scope": " ".join(made.scopes),
            "created_at": int(made.created_at.timestamp()),
        },
    )


@people.command("rotate-keys")
@click.argument("name")
@json_option
@click.pass_obj
def rotate_keys(config: str | None, name: str, as_json: bool) -> None:
    """Give a member new keys, and tell the servers that know them; `instance` is the instance's own actor."""

    async def act() -> Person:
        async with instance(config) as running:
            made = await asyncio.to_thread(registration.new_keys)
            return await running.instance.db.write(keys.rotate, name, made)

    person = run(act())
    answer(
        as_json,
        f"{person.username} has new keys. Other servers are told as soon as the server runs.",
        {"id": str(person.id), "username": person.username, "uri": person.uri},
    )


@people.command("forget-second-factor")
@click.argument("name")
@json_option
@click.pass_obj
def forget_second_factor(config: str | None, name: str, as_json: bool) -> None:
    """Ask a member for no code at login any more: for whoever lost phone and recovery codes.

    Make sure first that it is really they who ask.
    """

    def forget(tx: Tx) -> Person:
        member = people_rows.member_by_login(tx, name)
        if member is None or not second_factor.forget(tx, member.id):
            raise Refused(f"No member called {name[:100]} is asked for codes.")
        return member.person

    async def act() -> Person:
        async with instance(config) as running:
            return await running.instance.db.write(forget)

    person = run(act())
    answer(
        as_json,
        f"{person.username} logs in with the password alone now.",
        {"id": str(person.id), "username": person.username, "second_factor": False},
    )


@people.command("list")
@json_option
@click.pass_obj
def list_(config: str | None, as_json: bool) -> None:
    """List the members."""

    async def act() -> list[roster.Account]:
        async with instance(config) as running:
            return await running.instance.db.read(roster.accounts)

    found = run(act())
    lines = [f"{one.username:<30}  {one.role:<9}  {one.state:<9}  {one.email}" for one in found]
    answer(
        as_json,
        "\n".join(lines) or "Nobody is a member yet: see `fedi_aid people create --help`.",
        {
            "people": [
                {
                    "id": str(one.id),
                    "username": one.username,
                    "email": one.email,
                    "role": one.role,
                    "state": one.state,
                    "uri": one.uri,
                    "created_at": one.created_at,
                }
                for one in found
            ]
        },
    )
