"""Questions about causes: the shared vocabulary, and what the members of this instance added to it.

Rows of projects and people point at canonical causes only: a synonym is resolved when it is typed, and
`merge` moves what pointed at the other. What is compared with them is resolved by `canonical` first.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Table, delete, or_, select, update

from fedi_aid.model.causes import BY_KEY, VOCABULARY, Cause, key_of
from fedi_aid.storage.among import among_words
from fedi_aid.storage.tables.projects import causes, person_causes, project_causes, projects
from fedi_aid.storage.tx import Tx

_TARGET = causes.alias("target")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A cause as it is offered: `key` compares, `name` is shown; `also` are its other names here."""

    key: str
    name: str
    name_fr: str
    also: tuple[str, ...] = ()

    def called(self, locale: str) -> str:
        return self.name_fr if locale.lower().startswith("fr") else self.name


_MEANT = (
    select(causes.c.tag, _TARGET.c.tag.label("meant"))
    .outerjoin(_TARGET, _TARGET.c.id == causes.c.same_as_id)
    .where(among_words(causes.c.tag, "keys"))
)


def canonical(tx: Tx, keys: Iterable[str]) -> dict[str, str]:
    """key → key of the cause that is meant; what nobody knows means itself. Hashtags may be given as they
    are."""
    asked = {key: key_of(key) for key in keys}
    wanted = {key: BY_KEY[key].key if key in BY_KEY else key for key in asked.values()}
    looked_up = {*wanted, *wanted.values()} - {""}
    if not looked_up:
        return {}
    rows = tx.all(_MEANT, keys=looked_up)
    told = {row.tag: row.meant or row.tag for row in rows}
    return {
        given: told.get(key) or told.get(wanted[key]) or wanted[key] for given, key in asked.items() if key
    }


def ensure(tx: Tx, names: Iterable[str]) -> list[int]:
    """The ids of the causes that are meant by these names, each once; those that nobody had named yet come
    into being under the name given."""
    given: dict[str, str] = {}
    for name in names:
        given.setdefault(key_of(name), name)
    meant = canonical(tx, given)
    keys = list(dict.fromkeys(meant.values()))
    for key in keys:
        named = next(name for one, name in given.items() if meant.get(one) == key)
        _put(tx, key, BY_KEY.get(key), named)
    rows = tx.all(select(causes.c.id, causes.c.tag).where(causes.c.tag.in_(keys)))
    ids = {row.tag: row.id for row in rows}
    return [ids[key] for key in keys]


def _put(tx: Tx, key: str, listed: Cause | None, named: str) -> None:
    name = listed.en if listed is not None else named
    name_fr = listed.fr if listed is not None else None
    tx.insert_new(causes, id=tx.new_id(), tag=key, name=name, name_fr=name_fr, created_at=tx.now)


def names(tx: Tx, keys: Collection[str], locale: str) -> dict[str, str]:
    """key → what the cause is called in French (`fr…`) or English."""
    rows = tx.all(select(causes).where(causes.c.tag.in_(list(keys)))) if keys else []
    told = {row.tag: _known(row).called(locale) for row in rows}
    return {key: told.get(key) or BY_KEY[key].name(locale) for key in keys if key in told or key in BY_KEY}


def _known(row: Row[Any]) -> Known:
    return Known(key=row.tag, name=row.name, name_fr=row.name_fr or row.name)


def offered(tx: Tx, *, also_of: int | None = None) -> list[Known]:
    """The vocabulary and what admins added, by name; with the causes that one member serves already. Other
    members' own are nobody's business: a cause may tell of a hidden project."""
    own = _served_by(tx, also_of) if also_of is not None else set()
    rows = tx.all(
        select(causes, _TARGET.c.tag.label("meant"))
        .outerjoin(_TARGET, _TARGET.c.id == causes.c.same_as_id)
        .where(or_(causes.c.offered.is_(True), causes.c.same_as_id.is_not(None), causes.c.id.in_(own)))
    )
    merged = {row.tag: row.meant for row in rows if row.meant}
    also: dict[str, list[str]] = {}
    for row in rows:
        if row.meant:
            also.setdefault(row.meant, []).append(row.name)
    found = {
        one.key: Known(key=one.key, name=one.en, name_fr=one.fr, also=one.also)
        for one in VOCABULARY
        if one.key not in merged
    }
    for row in rows:
        if row.meant is None and row.tag not in found:
            found[row.tag] = _known(row)
    for one in VOCABULARY:  # what was merged away is found under its old names
        if one.key in merged:
            also.setdefault(merged[one.key], []).extend((one.en, one.fr, *one.also))
    with_names = [
        msgspec.structs.replace(one, also=(*one.also, *also.get(one.key, ()))) for one in found.values()
    ]
    return sorted(with_names, key=lambda one: one.key)


def _served_by(tx: Tx, member_id: int) -> set[int]:
    of_projects = (
        select(project_causes.c.cause_id)
        .join(projects, projects.c.id == project_causes.c.project_id)
        .where(projects.c.owner_id == member_id)
    )
    own = select(person_causes.c.cause_id).where(person_causes.c.person_id == member_id)
    return {*tx.column(of_projects), *tx.column(own)}


def begins_with(known: Sequence[Known], words: str, *, limit: int) -> list[Known]:
    """Those of these causes one of whose names begins with these words, best first: by their own name."""
    wanted = key_of(words)
    own = [one for one in known if _begins((one.name, one.name_fr), wanted)]
    others = [one for one in known if one not in own and _begins(one.also, wanted)]
    return [*own, *others][:limit]


def _begins(named: Iterable[str], wanted: str) -> bool:
    return any(key_of(name).startswith(wanted) for name in named)


# -- what an admin does


def offer(tx: Tx, name: str, name_fr: str | None) -> int:
    """A cause that is offered to everybody; known already or not."""
    [cause_id] = ensure(tx, [name])
    values: dict[str, object] = {"offered": True, "name": name}
    if name_fr:
        values["name_fr"] = name_fr
    tx.run(update(causes).where(causes.c.id == cause_id).values(**values))
    return cause_id


def merge(tx: Tx, key: str, into: int) -> None:
    """From now on this key means another cause, which is offered; whoever served it serves that one."""
    listed = BY_KEY.get(key)
    _put(tx, key, listed if listed is not None and listed.key == key else None, key)
    old: int = tx.scalar(select(causes.c.id).where(causes.c.tag == key))
    if old == into:
        return
    tx.run(
        update(causes)
        .where(or_(causes.c.id == old, causes.c.same_as_id == old))
        .values(same_as_id=into, offered=False)
    )
    tx.run(update(causes).where(causes.c.id == into).values(offered=True))
    for table, whose in ((project_causes, "project_id"), (person_causes, "person_id")):
        _move(tx, table, whose, old, into)


def _move(tx: Tx, table: Table, whose: str, old: int, into: int) -> None:
    for one in tx.column(select(table.c[whose]).where(table.c.cause_id == old)):
        tx.insert_new(table, **{whose: one, "cause_id": into})
    tx.run(delete(table).where(table.c.cause_id == old))


def is_known(tx: Tx, key: str) -> bool:
    """Whether somebody here has named it, as what it is."""
    return tx.exists(select(causes.c.id).where(causes.c.tag == key, causes.c.same_as_id.is_(None)))


def is_offered(tx: Tx, key: str) -> bool:
    """Whether an admin added it."""
    return tx.exists(select(causes.c.id).where(causes.c.tag == key, causes.c.offered.is_(True)))
