"""The map: a member at the centre, friends on rings by closeness, spheres as sectors. Pure and deterministic.

Distances are in radii of the last ring, angles in degrees from the x axis towards the y axis. No number about
anybody goes in or out: a ring says which levels somebody may be shown, the place on the ring says their
sphere. Faces begin where they were yesterday, so that they do not jump.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy

Point = tuple[float, float]

BANDS: Final[Mapping[Intimacy, tuple[float, float]]] = MappingProxyType(
    {
        Intimacy.CONFIDANTS: (0.1, 0.26),
        Intimacy.CLOSE: (0.26, 0.45),
        Intimacy.FRIENDS: (0.45, 0.72),
        Intimacy.WIDE: (0.72, 1.0),
        Intimacy.BOTTLE: (1.0, 1.1),
    }
)
"""Between which distances the friends of a level live: those who pass it, and no more intimate one."""
EDGE: Final = 1.25
DOTS: Final = 48
GOLDEN: Final = math.pi * (3 - math.sqrt(5))
ROUNDS: Final = 20
YIELDS: Final = 0.25  # how much somebody who was here yesterday moves aside for somebody new
STILL: Final = 1e-4
ROUNDING: Final = 1.5e-3
BAND_MARGIN: Final = 0.012
SECTOR_MARGIN: Final = 3.0  # degrees


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A friend to be drawn: the most intimate level that they pass, and their sphere."""

    person: PersonId
    level: Intimacy
    sphere: int | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sphere was when it was last drawn; spheres are given in their order around the map."""

    sphere: int
    angle: float | None = None


class Sector(msgspec.Struct, frozen=True, kw_only=True):
    """A region of the map, from `start` over `width` degrees; None is for those who are in no sphere."""

    sphere: int | None
    start: float
    width: float

    @property
    def middle(self) -> float:
        return (self.start + self.width / 2) % 360


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A whole map."""

    sectors: tuple[Sector, ...]
    places: dict[PersonId, Point]


def draw(
    faces: Sequence[Face], spheres: Sequence[Seen] = (), before: Mapping[PersonId, Point] | None = None
) -> Drawing:
    """Place these faces (closest first). `spheres`: all that may be drawn, in their order; `before`: where
    faces were. Where nobody came, left or moved to another ring or sphere, everybody stays where they were.
    """
    was = before or {}
    sectors = _sectors(faces, spheres)
    by_sphere = {sector.sphere: sector for sector in sectors}
    drawn = {sector.sphere for sector in sectors}
    cells = [(face, by_sphere[face.sphere if face.sphere in drawn else None]) for face in faces]
    places: dict[PersonId, Point] = {}
    settled: set[PersonId] = set()
    rings = Counter(face.level for face in faces)
    passed: Counter[Intimacy] = Counter()
    for at, (face, sector) in enumerate(cells):
        old = was.get(face.person)
        passed[face.level] += 1
        if old is None:
            order = (passed[face.level] - 0.5) / rings[face.level]
            places[face.person] = _newcomer(face, sector, at, order)
        else:
            there = _within(old, face, sector)
            # What rounding put over a border is where it was.
            places[face.person] = _rounded(old) if math.dist(there, old) < ROUNDING else there
            settled.add(face.person)
    if any(places[person] != _rounded(was[person]) for person in settled) or len(settled) < len(faces):
        _spread(cells, places, settled)
    return Drawing(sectors=sectors, places=places)


def dots() -> tuple[Point, ...]:
    """The second circle: always the same dots in the same places, so that they tell nothing (RULES R1)."""
    found = []
    for at in range(DOTS):
        distance = 1.13 + 0.1 * ((at * 0.618034) % 1)
        found.append(_rounded((distance * math.cos(at * GOLDEN), distance * math.sin(at * GOLDEN))))
    return tuple(found)


def polar(point: Point) -> tuple[float, float]:
    """(distance, angle in degrees, 0–360)."""
    return math.hypot(*point), math.degrees(math.atan2(point[1], point[0])) % 360


# -- sectors


def _sectors(faces: Sequence[Face], spheres: Sequence[Seen]) -> tuple[Sector, ...]:
    """As wide as they have people, a sphere one share more; those in no sphere come last. Turned as a whole
    to where the spheres were."""
    known = {seen.sphere for seen in spheres}
    people = Counter(face.sphere if face.sphere in known else None for face in faces)
    order: list[int | None] = [seen.sphere for seen in spheres if people[seen.sphere]]
    if people[None] or not order:
        order.append(None)
    shares = {sphere: max(1, people[sphere] + (sphere is not None)) for sphere in order}
    share = 360 / sum(shares.values())
    sectors = []
    start = 0.0
    for sphere in order:
        width = shares[sphere] * share
        sectors.append(Sector(sphere=sphere, start=start, width=width))
        start += width
    turn = _turn(sectors, {seen.sphere: seen.angle for seen in spheres}, people)
    return tuple(msgspec.structs.replace(one, start=(one.start + turn) % 360) for one in sectors)


def _turn(
    sectors: Sequence[Sector], angles: Mapping[int, float | None], people: Mapping[int | None, int]
) -> float:
    """The turn after which the spheres are nearest to where they were; 0 where none was drawn before."""
    east = north = 0.0
    for sector in sectors:
        old = angles.get(sector.sphere) if sector.sphere is not None else None
        if old is not None:
            gap = math.radians(old - sector.middle)
            east += people[sector.sphere] * math.cos(gap)
            north += people[sector.sphere] * math.sin(gap)
    if math.hypot(east, north) < 1e-9:
        return 0.0
    return round(math.degrees(math.atan2(north, east)), 6)


# -- faces


def _newcomer(face: Face, sector: Sector, at: int, order: float) -> Point:
    """A place on the ring by order of closeness, 0–1, and in the sector wherever the golden ratio falls."""
    inner, outer = BANDS[face.level]
    angle = sector.start + sector.width * ((at * 0.618034 + 0.5) % 1)
    return _within(_at(inner + (outer - inner) * order, angle), face, sector)


def _within(point: Point, face: Face, sector: Sector) -> Point:
    """The point itself, or the nearest one on the face's ring and in its sector."""
    distance, angle = polar(point)
    inner, outer = BANDS[face.level]
    held = min(outer - BAND_MARGIN, max(inner + BAND_MARGIN, distance))
    margin = min(SECTOR_MARGIN, sector.width / 8)
    off = (angle - sector.start) % 360
    turned = off
    if sector.width < 359.999 and not margin <= off <= sector.width - margin:
        past = off - (sector.width - margin)
        turned = margin if (margin - off) % 360 < past % 360 else sector.width - margin
    return _rounded(_at(held, sector.start + turned))


def _spread(
    cells: Sequence[tuple[Face, Sector]], places: dict[PersonId, Point], settled: set[PersonId]
) -> None:
    """Push faces that overlap apart, a few rounds: newcomers more than who was there before."""
    apart = min(0.11, 1.05 / math.sqrt(max(1, len(cells))))
    for _ in range(ROUNDS):
        pushes = _pushes(places, apart)
        moved = 0.0
        for face, sector in cells:
            push = pushes.get(face.person)
            if push is None:
                continue
            x, y = places[face.person]
            much = YIELDS if face.person in settled else 1.0
            there = _within((x + push[0] * much, y + push[1] * much), face, sector)
            moved = max(moved, math.hypot(there[0] - x, there[1] - y))
            places[face.person] = there
        if moved < STILL:
            return


def _pushes(places: Mapping[PersonId, Point], apart: float) -> dict[PersonId, Point]:
    """Half of what is missing between every two who are too near, away from each other."""
    squares: dict[tuple[int, int], list[PersonId]] = defaultdict(list)
    for person, (x, y) in places.items():
        squares[int(x // apart), int(y // apart)].append(person)
    pushes: dict[PersonId, Point] = {}
    for person, (x, y) in places.items():
        column, row = int(x // apart), int(y // apart)
        east = north = 0.0
        for beside in (column - 1, column, column + 1):
            for below in (row - 1, row, row + 1):
                for other in squares.get((beside, below), ()):
                    if other == person:
                        continue
                    dx, dy = x - places[other][0], y - places[other][1]
                    gap = math.hypot(dx, dy)
                    if gap >= apart:
                        continue
                    if gap < 1e-6:
                        way = (person - other) * GOLDEN
                        dx, dy, gap = math.cos(way), math.sin(way), 1.0
                        east, north = east + dx * apart / 2, north + dy * apart / 2
                        continue
                    east += dx / gap * (apart - gap) / 2
                    north += dy / gap * (apart - gap) / 2
        if east or north:
            pushes[person] = (east, north)
    return pushes


def _at(distance: float, angle: float) -> Point:
    return distance * math.cos(math.radians(angle)), distance * math.sin(math.radians(angle))


def _rounded(point: Point) -> Point:
    """To a thousandth: nobody's closeness can be read off the last digits."""
    return round(point[0], 3), round(point[1], 3)
