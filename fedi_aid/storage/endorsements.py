"""What people vouch for of each other, and thanks for help."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, bindparam, delete, func, or_, select, union, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.people import endorsements, people, thanks
from fedi_aid.storage.tx import Tx

Kind = Literal["skill", "value", "quality"]
State = Literal["offered", "accepted", "declined"]


class Endorsement(msgspec.Struct, frozen=True, kw_only=True):
    """One person vouches for something of another. `name` is folded, `label` as it was written."""

    id: int
    uri: str | None
    from_id: PersonId
    to_id: PersonId
    kind: Kind
    name: str
    label: str
    word: str
    state: State
    shown: bool
    created_at: datetime


class Thanks(msgspec.Struct, frozen=True, kw_only=True):
    """One person thanked another for help, perhaps in a skill, perhaps with a post."""

    id: int
    uri: str
    from_id: PersonId
    to_id: PersonId
    post_id: PostId | None
    name: str
    label: str
    word: str
    created_at: datetime


_ENDORSEMENT = tuple(endorsements.c[name] for name in Endorsement.__struct_fields__)
_THANKS = tuple(thanks.c[name] for name in Thanks.__struct_fields__)


def put(tx: Tx, **values: Any) -> int | None:
    """A new one; None where the same person vouched for the same already, or the uri is taken."""
    new_id = tx.new_id()
    written = tx.insert_new(
        endorsements, **({"id": new_id, "state": "offered", "shown": True, "created_at": tx.now} | values)
    )
    return new_id if written else None


def _one(tx: Tx, *where: Any) -> Endorsement | None:
    row = tx.first(select(*_ENDORSEMENT).where(*where))
    return Endorsement(**row._mapping) if row else None


def by_id(tx: Tx, endorsement_id: int) -> Endorsement | None:
    return _one(tx, endorsements.c.id == endorsement_id)


def by_uri(tx: Tx, uri: str) -> Endorsement | None:
    return _one(tx, endorsements.c.uri == uri)


def same(tx: Tx, from_id: int, to_id: int, kind: str, name: str) -> Endorsement | None:
    return _one(
        tx,
        endorsements.c.from_id == from_id,
        endorsements.c.to_id == to_id,
        endorsements.c.kind == kind,
        endorsements.c.name == name,
    )


def change(tx: Tx, endorsement_id: int, **values: Any) -> None:
    tx.run(update(endorsements).where(endorsements.c.id == endorsement_id).values(**values))


def remove(tx: Tx, endorsement_id: int) -> None:
    tx.run(delete(endorsements).where(endorsements.c.id == endorsement_id))


def received(tx: Tx, me: int, *, limit: int = 200) -> list[Endorsement]:
    """What others vouch for of a member and they did not decline, newest first."""
    rows = tx.all(
        select(*_ENDORSEMENT)
        .where(endorsements.c.to_id == me, endorsements.c.state != "declined")
        .order_by(endorsements.c.id.desc())
        .limit(limit)
    )
    return [Endorsement(**row._mapping) for row in rows]


def given(tx: Tx, me: int, *, limit: int = 200) -> list[Endorsement]:
    """What a member vouches for of others, newest first."""
    rows = tx.all(
        select(*_ENDORSEMENT)
        .where(endorsements.c.from_id == me)
        .order_by(endorsements.c.id.desc())
        .limit(limit)
    )
    return [Endorsement(**row._mapping) for row in rows]


_SHOWN = (
    select(*_ENDORSEMENT)
    .join(people, people.c.id == endorsements.c.from_id)
    .where(
        among(endorsements.c.to_id, "ids"),
        endorsements.c.state == "accepted",
        endorsements.c.shown.is_(True),
        # A word counts while whoever gave it is there.
        people.c.deleted_at.is_(None),
        people.c.suspended_at.is_(None),
    )
    .order_by(endorsements.c.id)
)


def shown_of(tx: Tx, ids: Iterable[int]) -> dict[int, list[Endorsement]]:
    """person → what they accepted and show, oldest first."""
    found: dict[int, list[Endorsement]] = defaultdict(list)
    wanted = set(ids)
    if wanted:
        for row in tx.all(_SHOWN, ids=wanted):
            found[row.to_id].append(Endorsement(**row._mapping))
    return found


def forget_between(tx: Tx, one: int, other: int) -> None:
    """Neither vouches for the other any more."""
    both = or_(
        and_(endorsements.c.from_id == one, endorsements.c.to_id == other),
        and_(endorsements.c.from_id == other, endorsements.c.to_id == one),
    )
    tx.run(delete(endorsements).where(both))


def forget_person(tx: Tx, person_id: int) -> None:
    """Nothing that somebody said or was said of them, in endorsements and thanks, is kept."""
    for table in (endorsements, thanks):
        tx.run(delete(table).where(or_(table.c.from_id == person_id, table.c.to_id == person_id)))


# -- thanks


def put_thanks(tx: Tx, **values: Any) -> int | None:
    """None for a uri that was seen."""
    new_id = tx.new_id()
    return new_id if tx.insert_new(thanks, **({"id": new_id, "created_at": tx.now} | values)) else None


def thanks_by_id(tx: Tx, thanks_id: int) -> Thanks | None:
    row = tx.first(select(*_THANKS).where(thanks.c.id == thanks_id))
    return Thanks(**row._mapping) if row else None


def thanks_to(tx: Tx, me: int, *, limit: int = 100) -> list[Thanks]:
    """Who thanked a member, newest first."""
    rows = tx.all(select(*_THANKS).where(thanks.c.to_id == me).order_by(thanks.c.id.desc()).limit(limit))
    return [Thanks(**row._mapping) for row in rows]


_THANKED = (
    select(thanks.c.to_id, thanks.c.name, func.count(thanks.c.from_id.distinct()).label("people"))
    .where(among(thanks.c.to_id, "ids"), thanks.c.name != "")
    .group_by(thanks.c.to_id, thanks.c.name)
)


def thanked_in(tx: Tx, ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """person → skill → how many people thanked them for help in it."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    wanted = set(ids)
    if wanted:
        for row in tx.all(_THANKED, ids=wanted):
            found[row.to_id][row.name] = row.people
    return found


_VOUCHERS = union(
    select(endorsements.c.to_id, endorsements.c.from_id).where(
        among(endorsements.c.to_id, "ids"),
        endorsements.c.state == "accepted",
        endorsements.c.shown.is_(True),
        endorsements.c.from_id != bindparam("but"),
    ),
    select(thanks.c.to_id, thanks.c.from_id).where(
        among(thanks.c.to_id, "ids"), thanks.c.from_id != bindparam("but")
    ),
)


def vouchers(tx: Tx, ids: Iterable[int], *, but: int) -> dict[int, int]:
    """person → how many distinct people other than `but` vouch for or thanked them (AUDIENCE §2, counsel)."""
    found: dict[int, int] = defaultdict(int)
    wanted = set(ids)
    if wanted:
        for row in tx.all(_VOUCHERS, ids=wanted, but=but):
            found[row.to_id] += 1
    return found
