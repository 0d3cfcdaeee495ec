"""Stamps: how a transaction knows that an author's circle is as it was when it was measured.

Measuring a circle of 150 friends takes longer than all else that a post is. So what was measured is kept
(`kept.py`), and beside it a stamp, a random number in a row of the author's. Whatever changes what a circle
is measured from takes the stamp away: triggers of the database do, in the same transaction, whichever
process, statement or cascade it was. Who finds the stamp may use what was measured when it was put there; who
finds none measures, and puts a new one, which nobody can have seen before.

Who is barred is not left to stamps: blocks, mutes and reports are read with every post (`ties.barred_by`).
"""

import hashlib
import secrets
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.engine import circle_stamps
from fedi_aid.storage.tx import Tx

STAMP_BITS: Final = 62
_STAMP = select(circle_stamps.c.stamp).where(circle_stamps.c.person_id == bindparam("person_id"))


def stamp_of(tx: Tx, author_id: PersonId) -> int | None:
    """The stamp of an author's circle; None when something has changed since it was last measured."""
    found: int | None = tx.scalar(_STAMP, person_id=author_id)
    return found


def put_stamp(tx: Tx, author_id: PersonId) -> int:
    """A new stamp, for what is measured in this transaction."""
    stamp = secrets.randbits(STAMP_BITS)
    tx.put(circle_stamps, [circle_stamps.c.person_id], person_id=author_id, stamp=stamp)
    return stamp


class _Watched(NamedTuple):
    """Whose circles a changed row touches: those of the people in `own`, or of the friends of `person`; with
    neither, everybody's. `of`: the only columns whose change counts."""

    own: tuple[str, ...] = ()
    person: str = ""
    of: tuple[str, ...] = ()


WATCHED: Final = {
    "follows": _Watched(own=("from_id", "to_id")),
    "contacts": _Watched(own=("from_id", "to_id")),
    "blocks": _Watched(own=("from_id", "to_id")),
    "close_pins": _Watched(own=("from_id",)),
    "spreads": _Watched(own=("from_id", "to_id")),
    "people": _Watched(person="{row}.id"),
    "person_causes": _Watched(person="{row}.person_id"),
    "help_profiles": _Watched(person="{row}.person_id"),
    "skills": _Watched(person="{row}.person_id"),
    "endorsements": _Watched(person="{row}.to_id"),
    "projects": _Watched(person="{row}.owner_id", of=("owner_id", "state")),
    "project_causes": _Watched(person="(SELECT owner_id FROM projects WHERE id = {row}.project_id)"),
    "causes": _Watched(),
    "coefficients": _Watched(),
}
"""What a circle is measured from. A test compares it with the tables that are read."""


def _forgets(watched: _Watched, row: str) -> str:
    statement = "DELETE FROM circle_stamps"
    if watched.own:
        return f"{statement} WHERE person_id IN ({', '.join(f'{row}.{name}' for name in watched.own)});"
    if watched.person:
        friends = f"SELECT from_id FROM follows WHERE to_id = {watched.person.format(row=row)}"  # noqa: S608 - ours
        return f"{statement} WHERE person_id IN ({friends});"
    return f"{statement};"


def _wanted(on_postgres: bool) -> dict[str, list[str]]:
    """Name of each trigger → the statements that make it. What does something else has another name."""
    made: dict[str, list[str]] = {}
    for table, watched in WATCHED.items():
        old, new = _forgets(watched, "OLD"), _forgets(watched, "NEW")
        of = f"UPDATE OF {', '.join(watched.of)}" if watched.of else "UPDATE"
        if on_postgres:
            body = (
                f"BEGIN IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; "
                "RETURN NULL; END"
            )
            name = _name(table, body + of)
            made[name] = [
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$",
                f"CREATE TRIGGER {name} AFTER INSERT OR {of} OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {name}()",
            ]
            continue
        for event, body in (("INSERT", new), (of, f"{old} {new}"), ("DELETE", old)):
            name = _name(f"{table}_{event[:6].lower()}", event + body)
            made[name] = [f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {body} END"]
    return made


def _name(about: str, body: str) -> str:
    return f"circle_{about}_{hashlib.sha256(body.encode()).hexdigest()[:8]}"


_ON_SQLITE: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'circle~_%' ESCAPE '~'"
)
_ON_POSTGRES: Final = (
    "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND NOT t.tgisinternal AND t.tgname LIKE 'circle~_%' ESCAPE '~'"
)


def watch(connection: Connection) -> None:
    """Make the triggers that are missing, and take away what is none of ours any more. A migration that
    rebuilt a table took its triggers with it."""
    on_postgres = connection.dialect.name == "postgresql"
    found = _found(connection, on_postgres)
    wanted = _wanted(on_postgres)
    if found == wanted.keys():
        return
    _drop(connection, found - wanted.keys(), on_postgres)
    connection.exec_driver_sql("DELETE FROM circle_stamps")  # nobody watched
    for name in wanted.keys() - found:
        for statement in wanted[name]:
            connection.exec_driver_sql(statement)


def unwatch(connection: Connection) -> None:
    """Take all triggers away: while tables are rebuilt, they would speak of some that are not there."""
    on_postgres = connection.dialect.name == "postgresql"
    _drop(connection, _found(connection, on_postgres), on_postgres)


def _found(connection: Connection, on_postgres: bool) -> set[str]:
    return set(connection.exec_driver_sql(_ON_POSTGRES if on_postgres else _ON_SQLITE).scalars())


def _drop(connection: Connection, names: set[str], on_postgres: bool) -> None:
    for name in names:
        connection.exec_driver_sql(
            f"DROP FUNCTION {name}() CASCADE" if on_postgres else f"DROP TRIGGER {name}"
        )
