"""Announcements of the people who run the instance."""

from fedi_aid.actions import announcing
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.small import announcement
from fedi_aid.client_api.forms import storable
from fedi_aid.errors import NotFound
from fedi_aid.storage import announcements
from fedi_aid.storage.tx import Tx


async def index(call: Call) -> list[Json]:
    """GET /api/v1/announcements; `with_dismissed` also those that were read."""
    everything = call.form.flag("with_dismissed")

    def work(tx: Tx) -> list[Json]:
        found = [one for one in announcements.current(tx, call.me) if everything or not one.read]
        signs = announcements.signs(tx, call.me, [one.id for one in found])
        return [announcement(one, signs.get(one.id, [])) for one in found]

    return await call.db.read(work)


async def dismiss(call: Call) -> Json:
    """POST /api/v1/announcements/:id/dismiss"""
    announcement_id = call.path_id()

    def work(tx: Tx) -> None:
        if not announcements.current(tx, call.me, only_id=announcement_id):
            raise NotFound
        announcements.put_read(tx, call.me, announcement_id)

    await call.db.write(work)
    return {}


async def react(call: Call) -> Json:
    """PUT /api/v1/announcements/:id/reactions/:name: an emoji"""
    await call.db.write(announcing.react, call.me, call.path_id(), _name(call))
    return {}


async def react_no_more(call: Call) -> Json:
    """DELETE /api/v1/announcements/:id/reactions/:name"""
    await call.db.write(announcing.react_no_more, call.me, call.path_id(), _name(call))
    return {}


def _name(call: Call) -> str:
    return storable(str(call.request.path_params["name"]))
