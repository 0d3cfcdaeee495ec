"""A member's spheres and map: found once a day, drawn whenever somebody looks, and changed by their owner.

What is read, computed and written are three steps: finding spheres takes tens of milliseconds, and no
transaction waits for it. What was drawn is kept, so that tomorrow's map begins there.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fedi_aid.actions import lists
from fedi_aid.audience import candidates, engine
from fedi_aid.audience.map import Drawing, Face, Point, Seen, draw
from fedi_aid.audience.spheres import Found, Friend, Known, Label, Tie, detect, observed
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Member, Person
from fedi_aid.storage import lists as list_rows
from fedi_aid.storage import spheres as rows
from fedi_aid.storage import ties
from fedi_aid.storage.database import Database
from fedi_aid.storage.spheres import PlaceRow, SphereRow
from fedi_aid.storage.tx import Tx

FOUND_FOR: Final = timedelta(hours=20)
NAME_MAX: Final = 100
TRIES: Final = 3


class Sphere(msgspec.Struct, frozen=True, kw_only=True):
    """A sphere as its owner sees it. `people`: friends in it; `list_id`: the list that it is, or into which
    it was merged."""

    id: int
    name: str
    list_id: int | None
    hidden: bool
    people: tuple[PersonId, ...]


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """What a member's map shows: everybody on it, each friend's place, the spheres of its sectors."""

    drawing: Drawing
    people: dict[PersonId, Person]
    sphere_of: dict[PersonId, int]
    spheres: tuple[Sphere, ...]


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """All that a map is drawn from. `friends` is None while the spheres found last still hold."""

    people: dict[PersonId, Person]
    levels: dict[PersonId, Intimacy]  # closest first
    lists: dict[int, frozenset[int]]
    titles: dict[int, str]
    spheres: tuple[SphereRow, ...]
    places: tuple[PlaceRow, ...]
    now: datetime
    friends: tuple[Friend, ...] | None = None
    observed: tuple[Tie, ...] = ()


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A map that was drawn and not yet kept. Spheres that are new have negative ids."""

    found: tuple[Found, ...] | None
    found_in: dict[PersonId, int]
    shown_in: dict[PersonId, int]
    order: tuple[int, ...]
    drawing: Drawing
    changed: bool


async def look(db: Database, me: Member) -> Map:
    """The map as it is now: drawn anew where anything changed, and kept for tomorrow."""
    for _ in range(TRIES):
        around = await db.read(gather, me)
        drawn = await asyncio.to_thread(compose, around)
        if not drawn.changed:
            return await db.read(_shown, me, around, drawn, as_read=True)
        kept = await db.write(keep, me, around, drawn)
        if kept is not None:
            return await db.read(_shown, me, around, kept)
    return await db.read(_shown, me, around, _without_new(drawn))


# -- what a map is drawn from


def gather(tx: Tx, me: Member) -> Surroundings:
    """Friends whom the member has not put aside, with the level each would pass: blocks, and who can be
    reached, do not move anybody (RULES R6, R11)."""
    friends = {friend.id: friend for friend in ties.friends_of(tx, me.id)}
    away = rows.put_aside_by(tx, me.id, friends)
    levels = {
        person: level
        for person, level in _levels(tx, me.id).items()
        if person in friends and person not in away
    }
    people = {person: friends[person] for person in levels}
    places = rows.places_of(tx, me.id)
    titles = {row.id: row.title for row in list_rows.all_of(tx, me.id)}
    around = Surroundings(
        people=people,
        levels=levels,
        lists=rows.people_on_lists(tx, me.id),
        titles=titles,
        spheres=tuple(rows.all_of(tx, me.id)),
        places=tuple(places),
        now=tx.now,
    )
    stale = any(tx.now - place.updated_at > FOUND_FOR for place in places)
    if not stale and people.keys() <= {place.person_id for place in places}:
        return around
    return _with_ties(tx, me.id, around)


def _levels(tx: Tx, me: PersonId) -> dict[PersonId, Intimacy]:
    """The most intimate level that each friend passes, closest first."""
    friends, around = candidates.circle(tx, me)
    pool = [msgspec.structs.replace(one, barred=False, reachable=True) for one in around]
    found = {one.person: Intimacy.BOTTLE for one in engine.ranked(pool) if one.person in friends}
    for level in sorted(Intimacy):
        for one in engine.eligible(pool, level):
            if one.person in friends:
                found[one.person] = level
    return found


def _with_ties(tx: Tx, me: PersonId, around: Surroundings) -> Surroundings:
    ids = list(around.people)
    tags, causes = rows.tags_seen(tx, me, ids), rows.causes_shown(tx, ids)
    friends = tuple(
        Friend(
            person=person,
            domain=around.people[person].domain,
            causes=frozenset(causes.get(person, ())),
            tags=frozenset(tags.get(person, ())),
            lists=frozenset(list_id for list_id, people in around.lists.items() if person in people),
        )
        for person in ids
    )
    seen = [*rows.answers_seen(tx, me, ids), *rows.addressed_together(tx, me)]
    known = [(one, other, 1.0) for one, other in rows.friendships_shown(tx, me)]
    return msgspec.structs.replace(around, friends=friends, observed=(*known, *observed(seen)))


# -- drawing


def compose(around: Surroundings) -> Drawn:
    """Find the spheres where that is due, and draw. Pure."""
    mine = {row.id: row for row in around.spheres if not row.is_list}
    before = _as_found(around, mine)
    found: tuple[Found, ...] | None = None
    if around.friends is None:
        found_in = {person: known.key for known in before for person in known.people}
    else:
        found = detect(around.friends, around.observed, before)
        found_in = {
            person: one.key if one.key is not None else -at - 1
            for at, one in enumerate(found)
            for person in one.people
        }
    shown_in = _shown_in(around, found_in, mine)
    order = _order(around, found, mine)
    angles = {row.id: row.angle for row in around.spheres}
    old: dict[PersonId, Point] = {place.person_id: (place.x, place.y) for place in around.places}
    drawing = draw(
        [Face(person=one, level=level, sphere=shown_in.get(one)) for one, level in around.levels.items()],
        [Seen(sphere=sphere, angle=angles.get(sphere)) for sphere in order],
        old,
    )
    changed = found is not None or drawing.places != old or _turned(around, drawing)
    return Drawn(
        found=found, found_in=found_in, shown_in=shown_in, order=order, drawing=drawing, changed=changed
    )


def _turned(around: Surroundings, drawing: Drawing) -> bool:
    """The lists that are kept are not those of today, or a sphere's middle is elsewhere."""
    angles = {row.id: row.angle for row in around.spheres}
    if around.lists.keys() != {row.id for row in around.spheres if row.is_list}:
        return True
    return any(
        (old := angles.get(sector.sphere)) is None or abs(old - sector.middle) > 0.01
        for sector in drawing.sectors
        if sector.sphere is not None
    )


def _as_found(around: Surroundings, mine: Mapping[int, SphereRow]) -> list[Known]:
    people: dict[int, set[PersonId]] = {key: set() for key in mine}
    for place in around.places:
        if place.sphere_id in people and place.person_id in around.people:
            people[place.sphere_id].add(place.person_id)
    return [
        Known(key=row.id, label=_label(row), people=frozenset(people[row.id]))
        for row in mine.values()
        if people[row.id]
    ]


def _label(row: SphereRow) -> Label:
    return msgspec.convert({"kind": row.label_kind, "value": row.label}, Label)


def _shown_in(
    around: Surroundings, found_in: Mapping[PersonId, int], mine: Mapping[int, SphereRow]
) -> dict[PersonId, int]:
    """The sphere in which each is drawn: the smallest of the lists they are on, else the one they were found
    in unless it is hidden or merged."""
    away = {row.id for row in mine.values() if row.hidden or row.list_id in around.lists}
    shown = {person: sphere for person, sphere in found_in.items() if sphere not in away}
    sizes = sorted(around.lists, key=lambda list_id: (-len(around.lists[list_id]), -list_id))
    for list_id in sizes:  # the smallest comes last, and wins
        shown |= {person: list_id for person in around.people if person in around.lists[list_id]}
    return {person: sphere for person, sphere in shown.items() if person in around.people}


def _order(
    around: Surroundings, found: Sequence[Found] | None, mine: Mapping[int, SphereRow]
) -> tuple[int, ...]:
    """Those known in their old order, then new ones."""
    known = [row.id for row in around.spheres if row.id in mine or row.id in around.lists]
    fresh = [-at - 1 for at, one in enumerate(found or ()) if one.key is None]
    return tuple(dict.fromkeys([*known, *fresh, *around.lists]))


# -- keeping


def keep(tx: Tx, me: Member, around: Surroundings, drawn: Drawn) -> Drawn | None:
    """Store what was drawn; the same with the ids that new spheres have now. None when somebody else drew or
    changed it in the meantime: then it has to be drawn again."""
    tx.alone_with(f"map {me.id}")
    if (tuple(rows.all_of(tx, me.id)), tuple(rows.places_of(tx, me.id))) != (around.spheres, around.places):
        return None
    ids = {sphere: tx.new_id() if sphere < 0 else sphere for sphere in drawn.order}
    kept = _renumbered(drawn, ids)
    labels = {
        ids.get(one.key if one.key is not None else -at - 1, 0): one.label
        for at, one in enumerate(drawn.found or ())
    }
    alive = set(kept.found_in.values()) | around.lists.keys()
    alive |= {row.id for row in around.spheres if row.hidden or row.list_id or row.name} - _gone(around)
    middles = {one.sphere: one.middle for one in kept.drawing.sectors if one.sphere is not None}
    old = {row.id: row for row in around.spheres}
    rows.drop(tx, [row.id for row in around.spheres if row.id not in alive])
    for position, sphere in enumerate(one for one in kept.order if one in alive):
        row = old.get(sphere)
        label = labels.get(sphere) or (_label(row) if row else Label(kind="people", value=""))
        rows.put(
            tx,
            me.id,
            sphere,
            name=row.name if row else "",
            list_id=sphere if sphere in around.lists else _merged_into(around, row),
            label_kind=label.kind,
            label=label.value,
            hidden=row.hidden if row else False,
            position=position,
            angle=middles.get(sphere, row.angle if row else None),
        )
    oldest = min((place.updated_at for place in around.places), default=around.now)
    found_at = around.now if drawn.found is not None else oldest
    rows.replace_places(tx, me.id, kept.drawing.places, kept.found_in, found_at)
    return kept


def _merged_into(around: Surroundings, row: SphereRow | None) -> int | None:
    return row.list_id if row and row.list_id in around.lists else None


def _gone(around: Surroundings) -> set[int]:
    """Lists that were deleted."""
    return {row.id for row in around.spheres if row.is_list and row.id not in around.lists}


def _renumbered(drawn: Drawn, ids: Mapping[int, int]) -> Drawn:
    sectors = tuple(
        msgspec.structs.replace(one, sphere=ids[one.sphere]) if one.sphere is not None else one
        for one in drawn.drawing.sectors
    )
    return msgspec.structs.replace(
        drawn,
        found_in={person: ids[sphere] for person, sphere in drawn.found_in.items()},
        shown_in={person: ids[sphere] for person, sphere in drawn.shown_in.items()},
        order=tuple(ids[sphere] for sphere in drawn.order),
        drawing=msgspec.structs.replace(drawn.drawing, sectors=sectors),
    )


def _without_new(drawn: Drawn) -> Drawn:
    """What can be shown of a map that could not be kept: spheres without an id cannot be aimed at."""
    known = [sphere for sphere in drawn.order if sphere > 0]
    return msgspec.structs.replace(
        drawn,
        shown_in={person: sphere for person, sphere in drawn.shown_in.items() if sphere > 0},
        order=tuple(known),
        drawing=msgspec.structs.replace(
            drawn.drawing,
            sectors=tuple(one for one in drawn.drawing.sectors if one.sphere is None or one.sphere > 0),
        ),
    )


# -- showing


def _shown(tx: Tx, me: Member, around: Surroundings, drawn: Drawn, *, as_read: bool = False) -> Map:
    """`as_read`: nothing was changed by drawing it."""
    spheres = all_of(tx, me, around.people, around if as_read else None)
    return Map(drawing=drawn.drawing, people=around.people, sphere_of=drawn.shown_in, spheres=spheres)


def all_of(
    tx: Tx, me: Member, friends: Mapping[PersonId, Person], around: Surroundings | None = None
) -> tuple[Sphere, ...]:
    """A member's spheres in their order around the map, with these friends in them; lists are among them.
    `around`: what was read of them already."""
    titles = around.titles if around else {row.id: row.title for row in list_rows.all_of(tx, me.id)}
    listed = around.lists if around else rows.people_on_lists(tx, me.id)
    every = around.spheres if around else rows.all_of(tx, me.id)
    found = rows.people_in(tx, [row.id for row in every])
    tags = rows.names_of_tags(tx, [row.label for row in every if row.label_kind == "cause"])
    spheres = []
    for row in every:
        if row.is_list and row.id not in titles:
            continue
        inside = listed[row.id] if row.is_list else found.get(row.id, frozenset())
        spheres.append(
            Sphere(
                id=row.id,
                name=titles[row.id] if row.is_list else row.name or called(row, me, friends, titles, tags),
                list_id=row.list_id if row.list_id in titles else None,
                hidden=row.hidden,
                people=tuple(person for person in friends if person in inside),
            )
        )
    return tuple(spheres)


def named(tx: Tx, me: Member, friends: Mapping[PersonId, Person]) -> list[tuple[int, str]] | None:
    """(id, name) of every sphere a post may be aimed at, as the map was drawn last: lists, then those found
    that are neither hidden nor merged into one. None when the map is to be drawn first (`look`): one of these
    friends is new on it, or it is of yesterday."""
    places = rows.places_of(tx, me.id)
    away = rows.put_aside_by(tx, me.id, friends)
    shown = {person: friend for person, friend in friends.items() if person not in away}
    fresh = all(tx.now - place.updated_at <= FOUND_FOR for place in places)
    if not fresh or not shown.keys() <= {place.person_id for place in places}:
        return None
    titles = {row.id: row.title for row in list_rows.all_of(tx, me.id)}
    found = [
        row
        for row in rows.all_of(tx, me.id)
        if not row.is_list and not row.hidden and row.list_id not in titles
    ]
    tags = rows.names_of_tags(tx, [row.label for row in found if row.label_kind == "cause"])
    return [*titles.items(), *((row.id, row.name or called(row, me, shown, titles, tags)) for row in found)]


_AROUND = {"en": "Around {}", "fr": "Autour de {}"}
_HERE = {"en": "On this server", "fr": "Sur ce serveur"}
_OTHERS = {"en": "{} and others", "fr": "{} et d’autres"}
_SOME = {"en": "Some friends", "fr": "Quelques ami·es"}


def called(
    row: SphereRow,
    me: Member,
    friends: Mapping[PersonId, Person],
    titles: Mapping[int, str],
    tags: Mapping[str, str],
) -> str:
    """What a sphere that was given no name is called, in the member's language."""
    language = "fr" if me.locale.startswith("fr") else "en"
    match row.label_kind:
        case "cause":
            return tags.get(row.label, row.label)
        case "tag":
            return f"#{row.label}"
        case "server":
            return row.label or _HERE[language]
        case "list" if int(row.label) in titles:
            return _AROUND[language].format(titles[int(row.label)])
        case "people":
            known = [friends[PersonId(one)] for one in _ids(row.label) if PersonId(one) in friends]
            if known:
                names = ", ".join(one.display_name or one.username for one in known)
                return _OTHERS[language].format(names)
    return _SOME[language]


def _ids(label: str) -> list[int]:
    return [int(one) for one in label.split(",") if one]


# -- changing


def change(
    tx: Tx,
    me: Member,
    sphere_id: int,
    *,
    name: str | None = None,
    hidden: bool | None = None,
    list_id: int | None = None,
) -> Sphere:
    """Name a sphere ("" takes the name back), hide it or show it again, or merge it into a list: its people
    are put on the list, and it is drawn no more by itself. NotFound, Refused; a list is changed as a list."""
    row = rows.one(tx, me.id, sphere_id)
    if row is None:
        raise NotFound
    if row.is_list:
        raise Refused("This sphere is a list: change the list.", field="id")
    friends = {friend.id: friend for friend in ties.friends_of(tx, me.id)}
    if name is not None:
        rows.change(tx, row.id, name=_name(name))
    if hidden is not None:
        rows.change(tx, row.id, hidden=hidden)
    if list_id is not None:
        _merge(tx, me, row, list_id, friends)
    return next(one for one in all_of(tx, me, friends) if one.id == row.id)


def _merge(tx: Tx, me: Member, row: SphereRow, list_id: int, friends: Mapping[PersonId, Person]) -> None:
    if list_rows.one(tx, me.id, list_id) is None:
        raise Refused("This list is not yours.", field="list_id")
    away = rows.put_aside_by(tx, me.id, friends)
    inside = rows.people_in(tx, [row.id]).get(row.id, frozenset())
    lists.add(tx, me.id, list_id, [one for one in sorted(inside) if PersonId(one) in friends.keys() - away])
    rows.change(tx, row.id, list_id=list_id)


def _name(name: str) -> str:
    name = clean_name(name, NAME_MAX + 1)
    if len(name) > NAME_MAX:
        raise Refused(f"Name has at most {NAME_MAX} characters", field="name")
    return name


def friends_shown(tx: Tx, me: Member) -> dict[PersonId, Person]:
    """The friends who may stand on a member's map."""
    friends = {friend.id: friend for friend in ties.friends_of(tx, me.id)}
    away = rows.put_aside_by(tx, me.id, friends)
    return {person: friend for person, friend in friends.items() if person not in away}
