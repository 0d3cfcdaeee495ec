"""The drawing of a map, and what a landing point on it means."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.audience.launch import ELSEWHERE, Landing, land, nearness
from fedi_aid.audience.map import (
    BANDS,
    DOTS,
    EDGE,
    ROUNDING,
    Drawing,
    Face,
    Sector,
    Seen,
    dots,
    draw,
    polar,
)
from fedi_aid.errors import Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy

HALVES = (Sector(sphere=7, start=0, width=180), Sector(sphere=8, start=180, width=180))


def face(number: int, level: int = 2, sphere: int | None = None) -> Face:
    return Face(person=PersonId(number), level=Intimacy(level), sphere=sphere)


def many(number: int, dice: random.Random, spheres: int = 3) -> list[Face]:
    found = [
        face(one + 1, dice.choice([0, 1, 1, 2, 2, 3, 4]), dice.choice([None, *range(10, 10 + spheres)]))
        for one in range(number)
    ]
    return sorted(found, key=lambda one: -one.level)


def kept(drawing: Drawing) -> list[Seen]:
    return [Seen(sphere=one.sphere, angle=one.middle) for one in drawing.sectors if one.sphere is not None]


def moved(before: Drawing, after: Drawing) -> dict[PersonId, float]:
    both = before.places.keys() & after.places.keys()
    return {person: math.dist(before.places[person], after.places[person]) for person in both}


def test_nobody_at_all_has_a_map_too() -> None:
    assert draw([]) == Drawing(sectors=(Sector(sphere=None, start=0.0, width=360.0),), places={})


def test_rings_are_nested_and_fill_the_map() -> None:
    ends = [BANDS[level] for level in sorted(Intimacy, reverse=True)]
    assert all(outer == inner for (_, outer), (inner, _) in itertools.pairwise(ends))
    assert ends[3][1] == 1.0
    assert ends[-1][1] < min(math.hypot(*dot) for dot in dots())


def test_sectors_are_as_wide_as_they_have_people() -> None:
    faces = [*(face(one, sphere=10) for one in range(1, 9)), face(20, sphere=11), face(21)]
    wide, narrow, rest = draw(faces, [Seen(sphere=10), Seen(sphere=11), Seen(sphere=12)]).sectors
    assert (wide.sphere, narrow.sphere, rest.sphere) == (10, 11, None)
    assert wide.width > narrow.width > rest.width > 0
    assert wide.width + narrow.width + rest.width == pytest.approx(360)


def test_r1_the_second_circle_is_a_decoration() -> None:
    """R1: the same dots for everybody, whoever is around them."""
    assert len(dots()) == DOTS
    assert dots() == dots()
    assert all(1.1 < math.hypot(*dot) < EDGE for dot in dots())
    assert len(set(dots())) == DOTS


def test_nothing_moves_when_nothing_changes() -> None:
    faces = many(80, random.Random(3))
    first = draw(faces, [Seen(sphere=one) for one in (10, 11, 12)])
    second = draw(faces, kept(first), first.places)
    assert second == first
    assert draw(list(reversed(faces)), kept(second), second.places).places == first.places


def test_somebody_new_moves_the_others_little() -> None:
    faces = many(150, random.Random(4))
    first = draw(faces, [Seen(sphere=one) for one in (10, 11, 12)])
    second = draw([*faces, face(999, 2, 10)], kept(first), first.places)
    steps = sorted(moved(first, second).values())
    assert steps[len(steps) // 2] < 0.02
    assert sum(steps) / len(steps) < 0.03


def test_the_order_of_spheres_and_their_directions_stay() -> None:
    faces = many(60, random.Random(5))
    first = draw(faces, [Seen(sphere=one) for one in (10, 11, 12)])
    second = draw(
        [*faces, *(face(one, 1, 13) for one in range(300, 306))],
        [*kept(first), Seen(sphere=13)],
        first.places,
    )
    assert [one.sphere for one in second.sectors] == [10, 11, 12, 13, None]
    old = {one.sphere: one.middle for one in first.sectors}
    for sector in second.sectors[:3]:
        gap = abs((sector.middle - old[sector.sphere] + 180) % 360 - 180)
        assert gap < 30


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 60))
def test_everybody_is_on_their_ring_and_in_their_sector(seed: int, number: int) -> None:
    dice = random.Random(seed)
    faces = many(number, dice)
    was = {
        PersonId(one): (dice.uniform(-2, 2), dice.uniform(-2, 2))
        for one in range(1, number + 20)
        if dice.random() < 0.5
    }
    drawn = draw(
        faces,
        [Seen(sphere=one, angle=dice.choice([None, dice.uniform(0, 360)])) for one in (10, 11, 12)],
        was,
    )
    assert drawn.places.keys() == {one.person for one in faces}
    sectors = {one.sphere: one for one in drawn.sectors}
    for one in faces:
        distance, angle = polar(drawn.places[one.person])
        inner, outer = BANDS[one.level]
        assert inner - ROUNDING <= distance <= outer + ROUNDING
        sector = sectors[one.sphere]
        off = (angle - sector.start + 1) % 360
        assert off <= sector.width + 2


# -- where a post lands


@pytest.mark.parametrize(
    ("distance", "level"), [(0, 4), (0.2, 4), (0.3, 3), (0.5, 2), (0.9, 1), (1.0, 1), (1.05, 0), (EDGE, 0)]
)
def test_the_nearer_the_more_intimate(distance: float, level: int) -> None:
    assert land(distance, 10, HALVES, raised=True).level == level


@pytest.mark.parametrize(
    ("distance", "angle", "field"),
    [
        (EDGE + 0.01, 0, "distance"),
        (-0.1, 0, "distance"),
        (math.nan, 0, "distance"),
        (math.inf, 0, "distance"),
        (0.5, 361, "angle"),
        (0.5, -361, "angle"),
        (0.5, math.nan, "angle"),
    ],
)
def test_outside_the_map_is_refused(distance: float, angle: float, field: str) -> None:
    with pytest.raises(Refused) as refused:
        land(distance, angle, HALVES, raised=True)
    assert refused.value.field == field


def test_beyond_the_last_ring_only_a_request_goes() -> None:
    assert land(1.0, 0, HALVES, raised=False).level == 1
    with pytest.raises(Refused, match="raise the flag"):
        land(1.01, 0, HALVES, raised=False)


def test_neighbours_get_less_the_further_they_are() -> None:
    def at(angle: float) -> Landing:
        return land(0.5, angle, HALVES, raised=False)

    assert at(90).weights == {7: 1.0, 8: 0.0}
    assert at(180).weights == {7: 1.0, 8: 1.0}
    assert at(170).weights[8] > at(160).weights[8] > at(150).weights[8] > 0
    assert at(-90) == at(270)


@given(st.floats(-360, 360), st.floats(0, EDGE))
def test_a_landing_weighs_one_sphere_fully_and_turns_smoothly(angle: float, distance: float) -> None:
    here = land(distance, angle, HALVES, raised=True)
    assert max(here.weights.values()) == 1.0
    beside = land(distance, max(-360.0, angle - 0.5), HALVES, raised=True)
    assert all(abs(beside.weights[one] - here.weights[one]) < 0.06 for one in (7, 8))


def test_those_in_no_sphere_can_be_aimed_at() -> None:
    alone = (Sector(sphere=None, start=0, width=360),)
    assert land(0.5, 33, alone, raised=False).weights == {ELSEWHERE: 1.0}


def test_r10_a_list_says_more_than_what_was_found() -> None:
    """R10: the member's own word wins, and of several lists the one aimed at."""
    found = nearness(
        {1: 1.0, 2: 0.2, 3: 0.5},
        {1: frozenset({10, 11})},
        {2: frozenset({11, 12}), 3: frozenset({12})},
    )
    assert found == {10: 1.0, 11: 0.2, 12: 0.5}
