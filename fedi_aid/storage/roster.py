"""Everybody with an account here, for the operator's command line; everybody known, for moderators. Who reads
when is part of neither."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Row, delete, func, or_, select

from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import MemberState, Person, Role
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.posts import page_ids
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A member as the operator sees them."""

    id: PersonId
    username: str
    email: str
    role: Role
    state: MemberState
    uri: str
    created_at: datetime


def accounts(tx: Tx) -> list[Account]:
    """Every member, oldest first; the butler and the instance's own actor are not members."""
    rows = tx.all(
        select(
            people.c.id,
            people.c.username,
            people.c.uri,
            members.c.email,
            members.c.role,
            members.c.state,
            members.c.created_at,
        )
        .join(members, members.c.person_id == people.c.id)
        .where(members.c.role != "service")
        .order_by(people.c.id)
    )
    return [Account(**row._mapping) for row in rows]


# -- for moderators


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as moderators see them; the fields of a member are None for people elsewhere."""

    person: Person
    email: str | None
    role: Role | None
    state: MemberState | None
    locale: str | None
    word: str | None  # to the moderators, when they signed up
    since: datetime


State = Literal["active", "pending", "disabled", "limited", "suspended", "sensitive"]
_MEMBER = (members.c.email, members.c.role, members.c.state, members.c.locale, members.c.word_to_moderators)


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a moderator looks for; what is None does not matter."""

    here: bool | None = None
    state: State | None = None
    staff: bool = False
    username: str | None = None
    display_name: str | None = None
    domain: str | None = None
    email: str | None = None


_STATES: dict[State, ColumnElement[bool]] = {
    "active": people.c.suspended_at.is_(None) & or_(members.c.state.is_(None), members.c.state == "active"),
    "pending": members.c.state == "waiting",
    "disabled": members.c.state == "disabled",
    "limited": people.c.limited_at.is_not(None),
    "suspended": people.c.suspended_at.is_not(None),
    "sensitive": people.c.sensitive_at.is_not(None),
}


def _known(row: Row[Any]) -> Known:
    return Known(
        person=person_from(row),
        email=row.email,
        role=row.role,
        state=row.state,
        locale=row.locale,
        word=row.word_to_moderators,
        since=row.member_since or row.created_at,
    )


def _select() -> Any:
    return (
        select(*PERSON_COLUMNS, *_MEMBER, members.c.created_at.label("member_since"))
        .select_from(people.outerjoin(members, members.c.person_id == people.c.id))
        .where(
            people.c.deleted_at.is_(None),
            people.c.kind != "application",
            or_(members.c.role.is_(None), members.c.role != "service"),
        )
    )


def known(tx: Tx, person_id: int) -> Known | None:
    row = tx.first(_select().where(people.c.id == person_id))
    return _known(row) if row else None


def known_many(tx: Tx, ids: Iterable[int]) -> dict[PersonId, Known]:
    """Also those who have left, or are the house itself: they may stand in a report."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = tx.all(
        select(*PERSON_COLUMNS, *_MEMBER, members.c.created_at.label("member_since"))
        .select_from(people.outerjoin(members, members.c.person_id == people.c.id))
        .where(people.c.id.in_(wanted))
    )
    return {row.id: _known(row) for row in rows}


def seek(tx: Tx, sought: Sought, page: Page) -> list[Known]:
    """A page of people, the newest first."""
    statement = _select().with_only_columns(people.c.id).where(*_conditions(sought))
    ids = page_ids(
        tx,
        statement,
        people.c.id,
        max_id=page.max_id,
        since_id=page.since_id,
        min_id=page.min_id,
        limit=page.limit,
    )
    found = known_many(tx, ids)
    return [found[one] for one in ids]


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if sought.here is not None:
        where.append(people.c.domain == "" if sought.here else people.c.domain != "")
    if sought.state is not None:
        where.append(_STATES[sought.state])
    if sought.staff:
        where.append(members.c.role.in_(("moderator", "admin")))
    if sought.domain is not None:
        where.append(people.c.domain == sought.domain)
    for column, wanted in (
        (people.c.username, sought.username),
        (people.c.display_name, sought.display_name),
        (members.c.email, sought.email),
    ):
        if wanted is not None:
            where.append(func.lower(column).startswith(wanted.lower(), autoescape=True))
    return where


def admins(tx: Tx) -> list[PersonId]:
    """Those who may change everything, and can log in."""
    found = select(members.c.person_id).where(members.c.role == "admin", members.c.state == "active")
    return list(tx.column(found))


def remove(tx: Tx, person_id: int) -> None:
    """Somebody who was never let in leaves nothing behind, not even the name."""
    tx.run(delete(members).where(members.c.person_id == person_id, members.c.state == "waiting"))
    tx.run(delete(people).where(people.c.id == person_id, people.c.domain == ""))


def joined_between(tx: Tx, since: datetime, until: datetime) -> list[datetime]:
    """When members signed up, for counting."""
    return tx.column(
        select(members.c.created_at).where(
            members.c.role != "service", members.c.created_at >= since, members.c.created_at < until
        )
    )
