"""Aiming a post at spheres: at one by its name or id, or at several with the weights of a launch."""

from collections.abc import Iterable, Mapping
from itertools import chain

import msgspec

from fedi_aid.audience import launch
from fedi_aid.audience.direction import Field
from fedi_aid.audience.launch import AIMED, ELSEWHERE
from fedi_aid.errors import Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import spheres, ties
from fedi_aid.storage.tx import Tx


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """What a direction means to the engine: π of people, None where nothing was aimed at; π of those in no
    sphere that counts; the spheres it was launched at."""

    nearness: dict[PersonId, float] | None = None
    elsewhere: float = 0.0
    spheres: frozenset[int] = frozenset()


def aimable(tx: Tx, me: PersonId) -> list[tuple[int, str]]:
    """(id, name) of every sphere a post of mine may be aimed at: my lists, then those found that are neither
    hidden nor merged into a list; "" for those that I gave no name."""
    lists = project_rows.lists_of(tx, me)
    known = {list_id for list_id, _ in lists}
    found = [
        (row.id, row.name)
        for row in spheres.all_of(tx, me)
        if not row.is_list and not row.hidden and row.list_id not in known
    ]
    return [*lists, *found]


def weights_of(tx: Tx, me: PersonId, given: Iterable[tuple[int, float]]) -> dict[int, float]:
    """The weights of a launch, with 0 for the spheres it does not name; nothing for a post that was not
    launched. Refused: a sphere of somebody else's, a weight outside 0–1, none above 0."""
    weights = dict(given)
    if not weights:
        return {}
    mine = dict.fromkeys(chain((ELSEWHERE,), (sphere_id for sphere_id, _ in aimable(tx, me))), 0.0)
    if not weights.keys() <= mine.keys():
        raise Refused("This sphere is not yours.", field="fedi_aid[weights]")
    if not all(0 <= weight <= 1 for weight in weights.values()) or not any(weights.values()):
        raise Refused("A weight is from 0 to 1, and one of them is above 0.", field="fedi_aid[weights]")
    return mine | weights


def aim_at(tx: Tx, weights: Mapping[int, float], *, request: bool = False) -> Aim:
    """Who is how near to what a post is aimed at. A request also counts those who are near the people it is
    aimed at, by the ties that its author may know of; an ordinary post stays in its spheres."""
    if not weights:
        return Aim()
    owner = spheres.owner_of(tx, weights) if request else None
    field = _field(tx, owner) if owner is not None else None
    found, listed = spheres.people_in(tx, weights), spheres.people_on_these_lists(tx, weights)
    return _aim(weights, found, listed, field)


def each_alone(tx: Tx, me: PersonId, *, request: bool = False) -> dict[int, Aim]:
    """What each sphere that a post of mine may be aimed at means, alone, as `aim_at` has it."""
    mine = [sphere_id for sphere_id, _ in aimable(tx, me)]
    found, listed = spheres.people_in(tx, mine), spheres.people_on_these_lists(tx, mine)
    field = _field(tx, me) if request and mine else None
    return {
        one: _aim(
            {one: 1.0},
            {one: found[one]} if one in found else {},
            {one: listed[one]} if one in listed else {},
            field,
        )
        for one in mine
    }


def _aim(
    weights: Mapping[int, float],
    found: Mapping[int, frozenset[int]],
    listed: Mapping[int, frozenset[int]],
    field: Field | None,
) -> Aim:
    near = launch.nearness(weights, found, listed)
    elsewhere = weights.get(ELSEWHERE, 0.0)
    if field is not None:
        near = _with_those_beside(field, near, elsewhere)
    return Aim(
        nearness={PersonId(person): weight for person, weight in near.items()},
        elsewhere=elsewhere,
        spheres=frozenset(sphere for sphere, weight in weights.items() if weight >= AIMED),
    )


def _field(tx: Tx, me: PersonId) -> Field:
    """Who stands beside whom among a member's friends, as far as the member may know."""
    causes = spheres.causes_shown(tx, [friend.id for friend in ties.friends_of(tx, me)])
    known = [*spheres.friendships_shown(tx, me), *spheres.addressed_together(tx, me)]
    return Field(known, {PersonId(person): frozenset(tags) for person, tags in causes.items()})


def _with_those_beside(field: Field, near: Mapping[int, float], elsewhere: float) -> dict[int, float]:
    """The same, and more for those whom a walk from the people aimed at meets often; nobody gets less."""
    seeds = {PersonId(person): weight for person, weight in near.items() if weight >= AIMED}
    met = field.around(seeds)
    return {
        person: max(near.get(person, elsewhere), met.get(PersonId(person), 0.0)) for person in {*near, *met}
    }
