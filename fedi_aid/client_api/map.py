"""The map: my friends around me, the spheres they are in, and where a post would land."""

from fedi_aid.actions import launching
from fedi_aid.actions import spheres as sphere_actions
from fedi_aid.actions.spheres import Map, Sphere
from fedi_aid.audience.launch import ELSEWHERE
from fedi_aid.audience.map import BANDS, EDGE, dots
from fedi_aid.client_api.aid import foreseen
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.statuses import draft_of, look_of
from fedi_aid.storage.tx import Tx


async def show(call: Call) -> Json:
    """GET /api/v1/fedi_aid/map: my friends by closeness and sphere; the second circle is a decoration"""
    found = await sphere_actions.look(call.db, call.member)
    order = list(found.drawing.places)
    shown = await call.db.read(
        lambda tx: accounts(tx, look_of(call), [found.people[person] for person in order])
    )
    return {
        "edge": EDGE,
        "rings": [
            {"intimacy": int(level), "radius": outer if level else EDGE}
            for level, (_, outer) in sorted(BANDS.items(), reverse=True)
        ],
        "sectors": _sectors(found),
        "people": [
            {
                "account": account,
                "x": found.drawing.places[person][0],
                "y": found.drawing.places[person][1],
                "sphere_id": _id(found.sphere_of.get(person)),
            }
            for person, account in zip(order, shown, strict=True)
        ],
        "dots": [{"x": x, "y": y} for x, y in dots()],
    }


def _sectors(found: Map) -> list[Json]:
    names = {sphere.id: sphere.name for sphere in found.spheres}
    return [
        {
            "sphere_id": _id(sector.sphere),
            "name": names.get(sector.sphere, "") if sector.sphere is not None else "",
            "start": round(sector.start, 2),
            "width": round(sector.width, 2),
        }
        for sector in found.drawing.sectors
    ]


def _id(sphere_id: int | None) -> str | None:
    return None if sphere_id is None else str(sphere_id)


async def spheres(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/spheres: what my friends fall into, my lists among them"""
    found = await sphere_actions.look(call.db, call.member)
    return [_sphere(one) for one in found.spheres]


def _sphere(one: Sphere) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "list_id": _id(one.list_id),
        "hidden": one.hidden,
        "account_ids": [str(person) for person in one.people],
    }


async def change_sphere(call: Call) -> Json:
    """PUT /api/v1/fedi_aid/spheres/:id: name it, hide it, or put its people on a list of mine"""
    sphere_id, member, form = call.path_id(), call.member, call.form
    name = form.maybe("name", limit=1_000)
    hidden, list_id = form.maybe_flag("hidden"), form.maybe_id("list_id")

    def work(tx: Tx) -> Json:
        return _sphere(
            sphere_actions.change(tx, member, sphere_id, name=name, hidden=hidden, list_id=list_id)
        )

    return await call.db.write(work)


async def launch(call: Call) -> Json:
    """POST /api/v1/fedi_aid/launch: what a draft that lands at `distance` and `angle` would be, and who
    might see it; stores nothing"""
    member, draft = call.member, draft_of(call)
    distance, angle = call.form.decimal("distance"), call.form.decimal("angle")
    launching.check(draft, distance, angle)
    found = await sphere_actions.look(call.db, member)

    def work(tx: Tx) -> Json:
        launch = launching.launch(tx, member, draft, found, distance, angle)
        return {
            "intimacy": int(launch.landing.level),
            "weights": {
                "others" if sphere == ELSEWHERE else str(sphere): weight
                for sphere, weight in launch.landing.weights.items()
                if weight
            },
            "preview": foreseen(tx, look_of(call), launch.preview),
        }

    return await call.db.read(work)
