"""The map as a drawing: from the places of audience/map.py to what the SVG of the page needs. Pure.

One radius of the last ring is `RADIUS` units; x to the right, y down, angles clockwise from the x axis.
"""

import math
from typing import Final

import msgspec

from fedi_aid.actions.spheres import Map
from fedi_aid.audience.map import BANDS, EDGE, dots
from fedi_aid.model.house import House
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.web import shown

RADIUS: Final = 400
HALF: Final = round((EDGE + 0.1) * RADIUS)  # from the centre to the border of the drawing
FACES: Final = 150  # the closest get a face, the others a small mark
TINTS: Final = 6  # classes tint-0 … tint-5 of the style
NAMED_AT: Final = 1.16  # where a region's name stands, in radii
INNER: Final = 0.09


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A friend: a face or, far out, a dot. `sphere`: the id of their region, 0 for none."""

    id: str
    name: str
    handle: str
    avatar: str
    initial: str
    x: float
    y: float
    level: int
    sphere: int
    face: bool


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A sphere: its tinted surface, where its name stands, and how it is aimed at."""

    sphere: int
    name: str
    outline: str
    x: float
    y: float
    anchor: str
    tint: int
    start: float
    width: float


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    level: int
    radius: float


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is drawn."""

    half: int
    radius: int
    edge: float
    regions: tuple[Region, ...]
    rings: tuple[Ring, ...]
    marks: tuple[Mark, ...]
    dots: tuple[tuple[float, float], ...]


def picture(house: House, found: Map) -> Picture:
    return Picture(
        half=HALF,
        radius=RADIUS,
        edge=EDGE,
        regions=_regions(found),
        rings=tuple(
            Ring(level=int(level), radius=round(outer * RADIUS, 1))
            for level, (_, outer) in sorted(BANDS.items())
            if level != Intimacy.BOTTLE
        ),
        marks=_marks(house, found),
        dots=tuple((round(x * RADIUS, 1), round(y * RADIUS, 1)) for x, y in dots()),
    )


def _regions(found: Map) -> tuple[Region, ...]:
    names = {sphere.id: sphere.name for sphere in found.spheres}
    regions = []
    for place, sector in enumerate(found.drawing.sectors):
        middle = math.radians(sector.middle)
        x, y = math.cos(middle) * NAMED_AT * RADIUS, math.sin(middle) * NAMED_AT * RADIUS
        regions.append(
            Region(
                sphere=sector.sphere or 0,
                name=names.get(sector.sphere, "") if sector.sphere is not None else "",
                outline=_wedge(sector.start, sector.width),
                x=round(x, 1),
                y=round(y, 1),
                # A name near the side grows inwards, so that it stays in the drawing.
                anchor="middle" if abs(x) < RADIUS / 2 else ("end" if x > 0 else "start"),
                tint=place % TINTS,
                start=round(sector.start, 2),
                width=round(sector.width, 2),
            )
        )
    return tuple(regions)


def _wedge(start: float, width: float) -> str:
    """The path of a ring's sector; a whole turn is two halves, since an arc cannot end where it begins."""
    if width >= 360:
        return f"{_wedge(start, 180)} {_wedge(start + 180, 180)}"
    gap = min(1.2, width / 4)
    begin, end = math.radians(start + gap), math.radians(start + width - gap)
    far = 1 if width - 2 * gap > 180 else 0
    inner, outer = INNER * RADIUS, RADIUS

    def at(radius: float, angle: float) -> str:
        return f"{math.cos(angle) * radius:.1f} {math.sin(angle) * radius:.1f}"

    return (
        f"M{at(inner, begin)}L{at(outer, begin)}A{outer} {outer} 0 {far} 1 {at(outer, end)}"
        f"L{at(inner, end)}A{inner:.1f} {inner:.1f} 0 {far} 0 {at(inner, begin)}Z"
    )


def _marks(house: House, found: Map) -> tuple[Mark, ...]:
    marks = []
    for order, (person, (x, y)) in enumerate(found.drawing.places.items()):
        who = shown.person(house, found.people[person])
        distance = math.hypot(x, y)
        level = next((one for one in sorted(BANDS, reverse=True) if distance <= BANDS[one][1]), 0)
        marks.append(
            Mark(
                id=str(person),
                name=who.name,
                handle=who.handle,
                avatar=who.avatar,
                initial=next((letter for letter in who.name if letter.isalnum()), "·").upper(),
                x=round(x * RADIUS, 1),
                y=round(y * RADIUS, 1),
                level=int(level),
                sphere=found.sphere_of.get(person) or 0,
                face=order < FACES,
            )
        )
    return tuple(marks)
