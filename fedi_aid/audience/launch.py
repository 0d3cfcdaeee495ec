"""The slingshot: where a post lands on the map says how intimate it is and which spheres it is aimed at.

Pure. A landing point is a distance, in radii of the last ring, and an angle in degrees, as on the map.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from fedi_aid.audience.map import BANDS, EDGE, Sector
from fedi_aid.errors import Refused
from fedi_aid.model.intimacy import Intimacy

FALL: Final = 35.0  # degrees beyond a sector at which its weight is e^(-1/2)
LEAST: Final = 0.05  # a lighter sphere is not aimed at
ELSEWHERE: Final = 0  # stands for those who are in no sphere; no row has this id
AIMED: Final = 0.5  # from this weight on a post counts as launched at a sphere


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """Level, and the weight of each sphere of the map, 0–1 (`ELSEWHERE`: of those in none)."""

    level: Intimacy
    weights: dict[int, float]


def land(distance: float, angle: float, sectors: Sequence[Sector], *, raised: bool) -> Landing:
    """What a landing point means: the nearer, the more intimate; 1 for the sphere it lands in, less for its
    neighbours the further they are.

    Refused: a point outside the map, an angle of more than a turn, and beyond the last ring without a raised
    flag: that far only a request for help goes.
    """
    if not (math.isfinite(distance) and 0 <= distance <= EDGE):
        raise Refused(f"This lands outside the map: the distance is from 0 to {EDGE}", field="distance")
    if not (math.isfinite(angle) and -360 <= angle <= 360):
        raise Refused("The angle is in degrees, from -360 to 360", field="angle")
    level = next((one for one in sorted(BANDS, reverse=True) if distance <= BANDS[one][1]), Intimacy.BOTTLE)
    if level == Intimacy.BOTTLE and not raised:
        raise Refused(
            "Beyond the last ring only a request for help goes: raise the flag, or pull less far",
            field="distance",
        )
    weights = {
        sector.sphere if sector.sphere is not None else ELSEWHERE: _weight(angle, sector)
        for sector in sectors
    }
    return Landing(level=level, weights=weights)


def _weight(angle: float, sector: Sector) -> float:
    off = (angle - sector.start) % 360
    if off <= sector.width:
        return 1.0
    gap = min(off - sector.width, 360 - off)
    weight = round(math.exp(-((gap / FALL) ** 2) / 2), 3)
    return weight if weight >= LEAST else 0.0


def nearness(
    weights: Mapping[int, float], spheres: Mapping[int, frozenset[int]], lists: Mapping[int, frozenset[int]]
) -> dict[int, float]:
    """π of everybody in a sphere that has a weight, 0–1: that of their list where they are on one (of
    several, the largest), else that of the sphere they were found in."""
    found: dict[int, float] = {}
    for sphere, people in spheres.items():
        found |= dict.fromkeys(people, weights[sphere])
    listed: dict[int, float] = {}
    for list_id, people in lists.items():
        for person in people:
            listed[person] = max(listed.get(person, 0.0), weights[list_id])
    return found | listed
