"""Where people say they have gone, and by which other addresses they say they are known."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, select, update

from fedi_aid.model.people import Person
from fedi_aid.storage.among import among
from fedi_aid.storage.people import many
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tx import Tx


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """What an actor's own document said when it was last fetched, and a move that was believed."""

    also_known_as: tuple[str, ...]
    fetched_at: datetime | None
    moved_to: str | None
    moved_at: datetime | None


_WHEREABOUTS = select(
    people.c.also_known_as, people.c.fetched_at, people.c.moved_to, people.c.moved_at
).where(people.c.id == bindparam("person_id"))


def whereabouts(tx: Tx, person_id: int) -> Whereabouts:
    row = tx.first(_WHEREABOUTS, person_id=person_id)
    if row is None:
        return Whereabouts(also_known_as=(), fetched_at=None, moved_to=None, moved_at=None)
    return Whereabouts(
        also_known_as=tuple(row.also_known_as or ()),
        fetched_at=row.fetched_at,
        moved_to=row.moved_to,
        moved_at=row.moved_at,
    )


def note_move(tx: Tx, person_id: int, target_uri: str) -> None:
    values = {"moved_to": target_uri, "moved_at": tx.now}
    tx.run(update(people).where(people.c.id == person_id).values(**values))


def forget_move(tx: Tx, person_id: int) -> None:
    """They live there again; when they moved is kept, for the cooldown."""
    tx.run(update(people).where(people.c.id == person_id).values(moved_to=None))


def put_aliases(tx: Tx, person_id: int, uris: Sequence[str]) -> None:
    tx.run(update(people).where(people.c.id == person_id).values(also_known_as=list(uris)))


_TARGET = people.alias("target")
_MOVED = (
    select(people.c.id, _TARGET.c.id.label("target_id"))
    .join(_TARGET, _TARGET.c.uri == people.c.moved_to)
    .where(among(people.c.id, "ids"), people.c.moved_at.is_not(None))
)


def destinations(tx: Tx, person_ids: Iterable[int]) -> dict[int, Person]:
    """Where those of these people live now who have moved and were believed."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = tx.all(_MOVED, ids=wanted)
    found = many(tx, [row.target_id for row in rows])
    return {row.id: found[row.target_id] for row in rows if row.target_id in found}
