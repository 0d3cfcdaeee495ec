"""Questions about people and members."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select, update

from fedi_aid.model.emojis import from_stored
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Field, Member, Person, SigningKeys
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tx import Tx

PERSON_COLUMNS = tuple(
    people.c[name]
    for name in (
        *("id uri username domain kind display_name bio url avatar_url header_url fields locked".split()),
        *("discoverable public_key_pem public_key_id ed25519_multikey ed25519_key_id inbox".split()),
        *("shared_inbox followers_uri implements created_at fetched_at suspended_at vouched_at".split()),
        *("limited_at sensitive_at indexable memorial suspended_there emojis avatar_alt header_alt".split()),
    )
)


def person_from(row: Row[Any]) -> Person:
    """A `Person` from a row whose first columns are `PERSON_COLUMNS`."""
    # By place, not by name: a page of posts makes many.
    said = dict(zip(_PERSON_NAMES, row, strict=False))
    assert said["uri"] == row.uri
    said["fields"] = tuple(map(_field, said["fields"] or ()))
    said["implements"] = tuple(said["implements"] or ())
    for name in _MARKS:
        said[name] = bool(said[name])
    said["emojis"] = from_stored(said["emojis"])
    return Person(**said)


_PERSON_NAMES = tuple(column.name for column in PERSON_COLUMNS)
_MARKS = ("indexable", "memorial", "suspended_there")


def _field(item: Any) -> Field:
    verified = item.get("verified_at")
    return Field(item["name"], item["value"], datetime.fromisoformat(verified) if verified else None)


_STANDING = select(*PERSON_COLUMNS).where(people.c.deleted_at.is_(None))
# Asked for with every activity that comes in, so they are made once.
_BY_ID = _STANDING.where(people.c.id == bindparam("person_id"))
_MANY = _STANDING.where(among(people.c.id, "ids"))
# Whoever is only vouched for (RULES R20) is nobody yet for who asks by address or by name.
_MET = _STANDING.where(people.c.vouched_at.is_(None))
_BY_URI = _MET.where(people.c.uri == bindparam("uri"))
_BY_URI_OR_VOUCHED = _STANDING.where(people.c.uri == bindparam("uri"))
_BY_KEY_ID = _STANDING.where(
    or_(people.c.public_key_id == bindparam("key_id"), people.c.ed25519_key_id == bindparam("key_id"))
)


def _one(tx: Tx, statement: Select[Any], **binds: Any) -> Person | None:
    row = tx.first(statement, **binds)
    return person_from(row) if row else None


def by_id(tx: Tx, person_id: int) -> Person | None:
    return _one(tx, _BY_ID, person_id=person_id)


def by_uri(tx: Tx, uri: str) -> Person | None:
    return _one(tx, _BY_URI, uri=uri)


def by_uri_or_vouched(tx: Tx, uri: str) -> Person | None:
    """The same, also where a carrier's word is all that is known of them (RULES R20)."""
    return _one(tx, _BY_URI_OR_VOUCHED, uri=uri)


def is_purged(tx: Tx, person_id: int) -> bool:
    """What they wrote was erased for good."""
    return tx.exists(select(people.c.id).where(people.c.id == person_id, people.c.purged_at.is_not(None)))


def by_handle(tx: Tx, username: str, domain: str = "") -> Person | None:
    """Case does not matter in handles; ours are stored in lower case, others as they came."""
    return _one(tx, _MET.where(*_named(username, domain)))


def by_handle_or_vouched(tx: Tx, username: str, domain: str) -> Person | None:
    """Who has a handle, also by a carrier's word alone: handles are never given twice."""
    return _one(tx, _STANDING.where(*_named(username, domain)))


def _named(username: str, domain: str) -> tuple[ColumnElement[bool], ...]:
    return func.lower(people.c.username) == username.lower(), people.c.domain == domain.lower()


def by_key_id(tx: Tx, key_id: str) -> Person | None:
    """The person a cached signing key belongs to."""
    return _one(tx, _BY_KEY_ID, key_id=key_id)


def featured_uri(tx: Tx, person_id: int) -> str | None:
    """The collection of pinned posts that somebody elsewhere names as theirs."""
    found: str | None = tx.scalar(select(people.c.featured_uri).where(people.c.id == person_id))
    return found


def put_fields(tx: Tx, person_id: int, fields: Iterable[Field]) -> None:
    """The fields of a profile, with when each link was last seen to be theirs."""
    change(tx, person_id, fields=[msgspec.to_builtins(field) for field in fields])


def many(tx: Tx, ids: Iterable[int]) -> dict[PersonId, Person]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = tx.all(_MANY, ids=wanted)
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
            people.c.vouched_at.is_(None),
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
    plain = {column.name: values[column.name] for column in _MEMBER_COLUMNS}
    fields = tuple(Field(item["name"], item["value"]) for item in plain.pop("fields_source") or ())
    return Member(person=person_from(row), fields_source=fields, created_at=row.member_since, **plain)


_MEMBERS = select(*PERSON_COLUMNS, *_MEMBER_COLUMNS, members.c.created_at.label("member_since")).join(
    members, members.c.person_id == people.c.id
)
_MEMBER = _MEMBERS.where(people.c.id == bindparam("person_id"))
_MANY_MEMBERS = _MEMBERS.where(among(people.c.id, "ids"))


def member(tx: Tx, person_id: int) -> Member | None:
    """A member by id, whatever their state; None for people elsewhere."""
    row = tx.first(_MEMBER, person_id=person_id)
    return _member_from(row) if row else None


def member_by_login(tx: Tx, login: str) -> Member | None:
    """By e-mail address or user name."""
    login = login.strip().lower()
    named = (people.c.username == login.lstrip("@")) & (people.c.domain == "")
    row = tx.first(_MEMBERS.where(or_(members.c.email == login, named)))
    return _member_from(row) if row else None


def members_by_ids(tx: Tx, ids: Iterable[int]) -> dict[PersonId, Member]:
    wanted = set(ids)
    found = map(_member_from, tx.all(_MANY_MEMBERS, ids=wanted)) if wanted else ()
    return {one.id: one for one in found}


class Availability(msgspec.Struct, frozen=True):
    """When and how often a member here may be disturbed, and by whom."""

    weekly_budget: int
    paused_until: datetime | None
    butler_silent: bool
    time_zone: str
    quiet_from: int
    quiet_until: int
    accepts_carried: bool
    carry_consent: str


_AVAILABILITIES = select(
    members.c.person_id, *(members.c[name] for name in Availability.__struct_fields__)
).where(among(members.c.person_id, "ids"))


def availabilities(tx: Tx, ids: Iterable[int]) -> dict[PersonId, Availability]:
    """Of those of these people who are members here."""
    wanted = set(ids)
    rows: Iterable[Any] = tx.all(_AVAILABILITIES, ids=wanted) if wanted else ()
    return {row[0]: Availability(*row[1:]) for row in rows}


def password_hash(tx: Tx, person_id: int) -> str | None:
    found: str | None = tx.scalar(select(members.c.password_hash).where(members.c.person_id == person_id))
    return found


def email_taken(tx: Tx, email: str) -> bool:
    return tx.exists(select(members.c.person_id).where(members.c.email == email.lower()))


def insert_member(tx: Tx, **values: Any) -> None:
    values.setdefault("created_at", tx.now)
    tx.insert(members, **values)


def left_by_themselves(tx: Tx, person_id: int) -> bool:
    """Whether somebody is gone by their own wish."""
    return tx.exists(select(people.c.id).where(people.c.id == person_id, people.c.suspended_with == "self"))


def is_gone(tx: Tx, person_id: int) -> bool:
    """Whether somebody is gone for good: by their own wish, or because their suspension is final."""
    gone = people.c.suspended_with.in_(("self", "final"))
    return tx.exists(select(people.c.id).where(people.c.id == person_id, gone))


def change_member(tx: Tx, person_id: int, **values: Any) -> None:
    tx.run(update(members).where(members.c.person_id == person_id).values(**values))
    if "state" in values:
        tx.announce("keys", member_id=person_id)


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
            people.c.limited_at.is_(None),
            people.c.deleted_at.is_(None),
        )
        .order_by(people.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [person_from(row) for row in rows]
