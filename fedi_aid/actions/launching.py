"""Launching: a draft that lands somewhere on the map becomes one with a level and a direction."""

from typing import Final

import msgspec

from fedi_aid.actions import posts
from fedi_aid.actions.posts import Draft
from fedi_aid.actions.preview import Preview, preview
from fedi_aid.actions.spheres import Map
from fedi_aid.audience.launch import Landing, land
from fedi_aid.audience.map import BANDS, EDGE
from fedi_aid.errors import Refused
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member
from fedi_aid.storage.tx import Tx

# What a landing point says instead.
SAID_BY_THE_LANDING: Final = ("intimacy", "sphere_id", "weights")


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A landing, the draft as it would be published, and who might see it."""

    landing: Landing
    draft: Draft
    preview: Preview


def check(draft: Draft, distance: float, angle: float) -> None:
    """Before anybody's map is drawn. Refused: a point outside the map, a draft that says where it goes."""
    for name in SAID_BY_THE_LANDING:
        if getattr(draft.wish, name) not in (None, ()):
            raise Refused(
                "Where it lands says how intimate it is and where it goes", field=f"fedi_aid[{name}]"
            )
    land(distance, angle, (), raised=True)


def launch(tx: Tx, me: Member, draft: Draft, found: Map, distance: float, angle: float) -> Launch:
    """What the draft would be if it landed there. Stores nothing. Refused like `publish`, and a landing
    beyond the last ring without a raised flag."""
    want, _, _ = posts.weigh(tx, me, draft)
    landing = land(distance, angle, found.drawing.sectors, raised=want.help)
    wish = msgspec.structs.replace(
        draft.wish, intimacy=int(landing.level), weights=tuple(landing.weights.items())
    )
    aimed = msgspec.structs.replace(draft, wish=wish)
    return Launch(landing=landing, draft=aimed, preview=preview(tx, me, aimed))


def point_of(found: Map, sphere: int | None, level: Intimacy) -> tuple[float, float]:
    """(distance, angle) of the middle of a sphere's region (None: of those in no sphere) on a level's ring:
    the list says with it what the gesture says. Refused: no such region on this map."""
    sector = next((one for one in found.drawing.sectors if one.sphere == sphere), None)
    if sector is None:
        raise Refused("There is no such sphere on your map.", field="sphere_id")
    inner, outer = BANDS[level]
    return (inner + (EDGE if level == Intimacy.BOTTLE else outer)) / 2, sector.middle
