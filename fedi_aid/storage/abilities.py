"""What people can help with: of members as they say it, of friends elsewhere as their server told us."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Text, and_, delete, exists, func, or_, select, type_coerce, union_all, update

from fedi_aid.model.abilities import Kind, ShownTo
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import CARRY_ABILITY, Person
from fedi_aid.storage.among import among
from fedi_aid.storage.causes import ensure
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.tables.people import endorsements, help_profiles, members, people, skills, thanks
from fedi_aid.storage.tables.projects import causes, person_causes
from fedi_aid.storage.tables.ties import follows
from fedi_aid.storage.ties import friend_ids_of
from fedi_aid.storage.tx import Tx


class HelpProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said of themselves. `only_through`: friends by whom alone requests may be carried to
    them; empty: by any. `fetched_at`: of somebody elsewhere, when their server was last asked."""

    languages: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    only_through: tuple[PersonId, ...] = ()
    availability: str = ""
    shown_to: ShownTo = "friends"
    shared_with_friends_servers: bool = False
    paused: bool = False
    fetched_at: datetime | None = None
    updated_at: datetime | None = None


NOTHING_SAID = HelpProfile()
_LISTS = ("languages", "kinds", "only_through")
_PROFILE = tuple(help_profiles.c[name] for name in HelpProfile.__struct_fields__)
_PROFILES = select(help_profiles.c.person_id, *_PROFILE).where(among(help_profiles.c.person_id, "ids"))


def profiles_of(tx: Tx, ids: Iterable[int]) -> dict[int, HelpProfile]:
    """person → what they said; nobody who said nothing."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = {}
    for row in tx.all(_PROFILES, ids=wanted):
        values = dict(row._mapping)
        person_id = values.pop("person_id")
        values |= {name: tuple(values[name] or ()) for name in _LISTS}
        found[person_id] = HelpProfile(**values)
    return found


class Wishes(msgspec.Struct, frozen=True, gc=False):
    """Of a `HelpProfile`: what the choice of an audience needs to know."""

    languages: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    only_through: tuple[PersonId, ...] = ()
    paused: bool = False


NO_WISHES = Wishes()
_WISHES = select(
    help_profiles.c.person_id, *(help_profiles.c[name] for name in Wishes.__struct_fields__)
).where(among(help_profiles.c.person_id, "ids"))


def wishes_of(tx: Tx, ids: Iterable[int]) -> dict[PersonId, Wishes]:
    """person → what they wish for; nobody who said nothing."""
    wanted = list(ids)
    rows: Iterable[Any] = tx.all(_WISHES, ids=wanted) if wanted else ()
    return {
        person: Wishes(frozenset(languages or ()), frozenset(kinds or ()), tuple(only or ()), paused)
        for person, languages, kinds, only, paused in rows
    }


def profile_of(tx: Tx, person_id: int) -> HelpProfile:
    return profiles_of(tx, [person_id]).get(person_id, NOTHING_SAID)


def put_profile(tx: Tx, person_id: int, **values: Any) -> None:
    """Change what is given; lists come as sequences."""
    stored = {name: list(value) if name in _LISTS else value for name, value in values.items()}
    tx.put(
        help_profiles,
        [help_profiles.c.person_id],
        **({"person_id": person_id, "updated_at": tx.now} | stored),
    )


# -- skills


def skills_of(tx: Tx, person_id: int) -> list[tuple[str, str, bool]]:
    """(key, label, declared) in the order of the alphabet; not declared: "not my thing"."""
    rows = tx.all(select(skills).where(skills.c.person_id == person_id).order_by(skills.c.skill))
    return [
        (row.skill, row.label or row.skill, row.declared) for row in rows if row.declared or row.not_my_thing
    ]


def put_skills(tx: Tx, person_id: int, declared: Mapping[str, str], refused: Mapping[str, str]) -> None:
    """All that somebody can help with, and what is not their thing: key → label. What is declared is no
    longer "not my thing"."""
    tx.run(delete(skills).where(skills.c.person_id == person_id))
    for folded, label in declared.items():
        tx.insert(skills, person_id=person_id, skill=folded, label=label, declared=True, not_my_thing=0)
    for folded, label in refused.items():
        if folded not in declared:
            tx.insert(skills, person_id=person_id, skill=folded, label=label, declared=False, not_my_thing=1)


# -- causes


def causes_of(tx: Tx, person_id: int, locale: str) -> list[str]:
    """The names of the causes that somebody cares for, their projects' left aside."""
    rows = tx.all(
        select(causes.c.name, causes.c.name_fr)
        .join(person_causes, person_causes.c.cause_id == causes.c.id)
        .where(person_causes.c.person_id == person_id)
        .order_by(causes.c.name)
    )
    french = locale.lower().startswith("fr")
    return [(row.name_fr if french else None) or row.name for row in rows]


def cause_keys_of(tx: Tx, ids: Iterable[int]) -> dict[int, set[str]]:
    """person → the causes that they say they care for; not those of their projects."""
    found: dict[int, set[str]] = {}
    rows = tx.all(
        select(person_causes.c.person_id, causes.c.tag)
        .join(causes, causes.c.id == person_causes.c.cause_id)
        .where(person_causes.c.person_id.in_(list(ids)))
    )
    for row in rows:
        found.setdefault(row.person_id, set()).add(row.tag)
    return found


def put_causes(tx: Tx, person_id: int, names: Iterable[str]) -> None:
    """All the causes that somebody cares for; one that nobody had named yet comes into being."""
    tx.run(delete(person_causes).where(person_causes.c.person_id == person_id))
    for cause_id in ensure(tx, names):
        tx.insert(person_causes, person_id=person_id, cause_id=cause_id)


def skills_around(tx: Tx, person_id: int, keys: Iterable[str]) -> set[str]:
    """Which of these skills any friend of somebody has, by their own word or as others vouch."""
    wanted = list(keys)
    if not wanted:
        return set()
    declared = select(skills.c.skill).where(
        skills.c.skill.in_(wanted),
        skills.c.declared.is_(True),
        skills.c.person_id.in_(friend_ids_of(person_id)),
    )
    vouched = select(endorsements.c.name).where(
        endorsements.c.name.in_(wanted),
        endorsements.c.state == "accepted",
        endorsements.c.shown.is_(True),
        endorsements.c.to_id.in_(friend_ids_of(person_id)),
    )
    return {*tx.column(declared), *tx.column(vouched)}


# -- friends elsewhere


def forget(tx: Tx, person_id: int) -> bool:
    """Nothing is known any more of what somebody can help with; whether anything was."""
    tx.run(delete(skills).where(skills.c.person_id == person_id))
    tx.run(delete(person_causes).where(person_causes.c.person_id == person_id))
    return tx.run(delete(help_profiles).where(help_profiles.c.person_id == person_id)) == 1


def _is_friend_here() -> Any:
    """SQL condition on `people`: a member here is their friend."""
    there, back = follows.alias("there"), follows.alias("back")
    return exists(
        select(there.c.id)
        .join(back, and_(back.c.from_id == there.c.to_id, back.c.to_id == there.c.from_id))
        .join(members, members.c.person_id == there.c.from_id)
        .where(there.c.to_id == people.c.id, there.c.state == "accepted", back.c.state == "accepted")
    )


def has_friend_here(tx: Tx, person_id: int) -> bool:
    return tx.exists(select(people.c.id).where(people.c.id == person_id, _is_friend_here()))


def due(tx: Tx, before: datetime, *, limit: int) -> list[PersonId]:
    """Friends elsewhere whose server has not been asked since then, the longest ago first."""
    speaks = type_coerce(people.c.implements, Text()).like(f'%"{CARRY_ABILITY}"%')
    return tx.column(
        select(people.c.id)
        .outerjoin(help_profiles, help_profiles.c.person_id == people.c.id)
        .where(
            people.c.domain != "",
            people.c.help_uri.is_not(None),
            people.c.deleted_at.is_(None),
            people.c.suspended_at.is_(None),
            speaks,
            or_(help_profiles.c.fetched_at.is_(None), help_profiles.c.fetched_at < before),
            _is_friend_here(),
        )
        .order_by(func.coalesce(help_profiles.c.fetched_at, 0), people.c.id)
        .limit(limit)
    )


def help_uri(tx: Tx, person_id: int) -> str | None:
    """Where somebody's server may be asked what they can help with."""
    found: str | None = tx.scalar(select(people.c.help_uri).where(people.c.id == person_id))
    return found


def orphaned(tx: Tx, *, limit: int) -> list[PersonId]:
    """People elsewhere of whom a profile is kept and who are nobody's friend here any more."""
    return tx.column(
        select(people.c.id)
        .join(help_profiles, help_profiles.c.person_id == people.c.id)
        .where(people.c.domain != "", ~_is_friend_here())
        .limit(limit)
    )


def is_friend_of_domain(tx: Tx, member_id: int, domain: str) -> bool:
    """Whether a member has a friend on that server."""
    there, back = follows.alias("there"), follows.alias("back")
    return tx.exists(
        select(there.c.id)
        .join(back, and_(back.c.from_id == there.c.to_id, back.c.to_id == there.c.from_id))
        .join(people, people.c.id == there.c.to_id)
        .where(
            there.c.from_id == member_id,
            there.c.state == "accepted",
            back.c.state == "accepted",
            people.c.domain == domain,
            people.c.suspended_at.is_(None),
            people.c.deleted_at.is_(None),
        )
    )


def friends_elsewhere(tx: Tx, member_id: int) -> list[Person]:
    """A member's friends on other servers that understand the extension."""
    there, back = follows.alias("there"), follows.alias("back")
    rows = tx.all(
        select(*PERSON_COLUMNS)
        .join(there, there.c.to_id == people.c.id)
        .join(back, and_(back.c.from_id == there.c.to_id, back.c.to_id == there.c.from_id))
        .where(
            there.c.from_id == member_id,
            there.c.state == "accepted",
            back.c.state == "accepted",
            people.c.domain != "",
            people.c.deleted_at.is_(None),
            people.c.suspended_at.is_(None),
        )
        .order_by(people.c.id)
    )
    return [one for one in map(person_from, rows) if one.speaks_fedi_aid]


def note_asked(tx: Tx, person_id: int) -> None:
    """Their server was asked, whatever it said."""
    put_profile(tx, person_id, fetched_at=tx.now)


def refuse_skills(tx: Tx, person_id: int, refused: Mapping[str, str]) -> None:
    """Not their thing, once more: key → label; a declared skill is so no longer."""
    for folded, label in refused.items():
        known = tx.first(select(skills).where(skills.c.person_id == person_id, skills.c.skill == folded))
        if known is None:
            tx.insert(skills, person_id=person_id, skill=folded, label=label, declared=False, not_my_thing=1)
        else:
            tx.run(
                update(skills)
                .where(skills.c.person_id == person_id, skills.c.skill == folded)
                .values(declared=False, not_my_thing=known.not_my_thing + 1)
            )


_LABELS = union_all(
    select(thanks.c.name.label("skill"), thanks.c.label).where(
        among(thanks.c.to_id, "ids"), thanks.c.label != ""
    ),
    select(endorsements.c.name.label("skill"), endorsements.c.label).where(
        among(endorsements.c.to_id, "ids"), endorsements.c.state == "accepted", endorsements.c.label != ""
    ),
    select(skills.c.skill, skills.c.label).where(among(skills.c.person_id, "ids"), skills.c.label != ""),
)


def labels(tx: Tx, ids: Collection[int]) -> dict[str, str]:
    """key → how it is written, of what these people can do; their own word before that of others."""
    return {row.skill: row.label for row in tx.all(_LABELS, ids=list(ids))}
