"""Questions about people and members."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, or_, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Field, Member, Person, SigningKeys
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tx import Tx

PERSON_COLUMNS = tuple(
    people.c[name]
    for name in (
        *("id uri username domain kind display_name bio url avatar_url header_url fields locked".split()),
        *("discoverable public_key_pem public_key_id ed25519_multikey ed25519_key_id inbox".split()),
        *("shared_inbox followers_uri implements created_at fetched_at suspended_at".split()),
    )
)


def person_from(row: Row[Any]) -> Person:
    """A `Person` from a row selected with `PERSON_COLUMNS`."""
    values = row._mapping
    return Person(
        **{
            **{column.name: values[column] for column in PERSON_COLUMNS},
            "fields": tuple(Field(item["name"], item["value"]) for item in values[people.c.fields] or ()),
            "implements": tuple(values[people.c.implements] or ()),
        }
    )


def _one(tx: Tx, *where: ColumnElement[bool]) -> Person | None:
    row = tx.first(select(*PERSON_COLUMNS).where(people.c.deleted_at.is_(None), *where))
    return person_from(row) if row else None


def by_id(tx: Tx, person_id: int) -> Person | None:
    return _one(tx, people.c.id == person_id)


def by_uri(tx: Tx, uri: str) -> Person | None:
    return _one(tx, people.c.uri == uri)


def by_handle(tx: Tx, username: str, domain: str = "") -> Person | None:
    """Case does not matter in handles; ours are stored in lower case, others as they came."""
    return _one(tx, func.lower(people.c.username) == username.lower(), people.c.domain == domain.lower())


def by_key_id(tx: Tx, key_id: str) -> Person | None:
    """The person a cached signing key belongs to."""
    return _one(tx, or_(people.c.public_key_id == key_id, people.c.ed25519_key_id == key_id))


def featured_uri(tx: Tx, person_id: int) -> str | None:
    """The collection of pinned posts that somebody elsewhere names as theirs."""
    found: str | None = tx.scalar(select(people.c.featured_uri).where(people.c.id == person_id))
    return found


def many(tx: Tx, ids: Iterable[int]) -> dict[PersonId, Person]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = tx.all(select(*PERSON_COLUMNS).where(people.c.id.in_(wanted), people.c.deleted_at.is_(None)))
    return {PersonId(row.id): person_from(row) for row in rows}


def search(tx: Tx, words: str, *, limit: int, offset: int = 0) -> Sequence[Person]:
    """Known people whose handle or name starts with the words; the caller filters by who asks."""
    pattern = words.strip().lstrip("@").lower().replace("%", "").replace("_", r"\_") + "%"
    username, _, domain = pattern.rstrip("%").partition("@")
    match = or_(
        func.lower(people.c.username).like(pattern, escape="\\"),
        func.lower(people.c.display_name).like(pattern, escape="\\"),
    )
    if domain:
        match = (func.lower(people.c.username) == username.replace(r"\_", "_")) & people.c.domain.like(
            domain + "%", escape="\\"
        )
    rows = tx.all(
        select(*PERSON_COLUMNS)
        .where(
            match,
            people.c.kind != "application",
            people.c.deleted_at.is_(None),
            people.c.suspended_at.is_(None),
        )
        .order_by(people.c.domain, people.c.username)
        .limit(limit)
        .offset(offset)
    )
    return [person_from(row) for row in rows]


def insert(tx: Tx, **values: Any) -> PersonId:
    """A new row of `people`; `id` and `created_at` are filled in when missing."""
    values.setdefault("id", tx.new_id())
    values.setdefault("created_at", tx.now)
    tx.insert(people, **values)
    return PersonId(values["id"])


def change(tx: Tx, person_id: int, **values: Any) -> None:
    tx.run(update(people).where(people.c.id == person_id).values(**values))


# -- members

_MEMBER_COLUMNS = tuple(
    members.c[field.encode_name]
    for field in msgspec.structs.fields(Member)
    if field.encode_name not in ("person", "created_at")
)


def _member_from(row: Row[Any]) -> Member:
    values = row._mapping
    plain = {column.name: values[column] for column in _MEMBER_COLUMNS}
    fields = tuple(Field(item["name"], item["value"]) for item in plain.pop("fields_source") or ())
    return Member(person=person_from(row), fields_source=fields, created_at=row.member_since, **plain)


def _members(tx: Tx, *where: ColumnElement[bool]) -> list[Member]:
    rows = tx.all(
        select(*PERSON_COLUMNS, *_MEMBER_COLUMNS, members.c.created_at.label("member_since"))
        .join(members, members.c.person_id == people.c.id)
        .where(*where)
    )
    return [_member_from(row) for row in rows]


def member(tx: Tx, person_id: int) -> Member | None:
    """A member by id, whatever their state; None for people elsewhere."""
    found = _members(tx, people.c.id == person_id)
    return found[0] if found else None


def member_by_login(tx: Tx, login: str) -> Member | None:
    """By e-mail address or user name."""
    login = login.strip().lower()
    found = _members(
        tx, or_(members.c.email == login, (people.c.username == login.lstrip("@")) & (people.c.domain == ""))
    )
    return found[0] if found else None


def members_by_ids(tx: Tx, ids: Iterable[int]) -> dict[PersonId, Member]:
    wanted = set(ids)
    return {found.id: found for found in _members(tx, people.c.id.in_(wanted))} if wanted else {}


def password_hash(tx: Tx, person_id: int) -> str | None:
    found: str | None = tx.scalar(select(members.c.password_hash).where(members.c.person_id == person_id))
    return found


def email_taken(tx: Tx, email: str) -> bool:
    return tx.exists(select(members.c.person_id).where(members.c.email == email.lower()))


def insert_member(tx: Tx, **values: Any) -> None:
    values.setdefault("created_at", tx.now)
    tx.insert(members, **values)


def change_member(tx: Tx, person_id: int, **values: Any) -> None:
    tx.run(update(members).where(members.c.person_id == person_id).values(**values))


def signing_keys(tx: Tx, person_id: int) -> SigningKeys | None:
    """Private keys of a local actor (member, butler or application)."""
    row = tx.first(
        select(people.c.id, people.c.uri, members.c.rsa_private_pem, members.c.ed25519_private_pem)
        .join(members, members.c.person_id == people.c.id)
        .where(people.c.id == person_id)
    )
    if row is None:
        return None
    return SigningKeys(PersonId(row.id), row.uri, row.rsa_private_pem, row.ed25519_private_pem)


def count_members(tx: Tx, *, active_since: datetime | None = None) -> int:
    statement = (
        select(func.count())
        .select_from(members.join(people, people.c.id == members.c.person_id))
        .where(people.c.kind == "person", members.c.state == "active")
    )
    if active_since is not None:
        statement = statement.where(members.c.last_seen_at >= active_since)
    return int(tx.scalar(statement) or 0)


def joined_since(tx: Tx, since: datetime, *, before: datetime) -> list[datetime]:
    """When members came, between the two: for numbers that are rounded."""
    return tx.column(
        select(members.c.created_at)
        .join(people, people.c.id == members.c.person_id)
        .where(people.c.kind == "person", members.c.created_at >= since, members.c.created_at < before)
    )


def listed(tx: Tx, *, limit: int, offset: int = 0) -> list[Person]:
    """Active members who wish to be found, the newest first."""
    rows = tx.all(
        select(*PERSON_COLUMNS)
        .join(members, members.c.person_id == people.c.id)
        .where(
            people.c.discoverable.is_(True),
            members.c.state == "active",
            members.c.role != "service",
            people.c.suspended_at.is_(None),
            people.c.deleted_at.is_(None),
        )
        .order_by(people.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [person_from(row) for row in rows]
