"""Announcements of the people who run the instance."""

from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.small import announcement
from fedi_aid.errors import NotFound
from fedi_aid.storage import announcements
from fedi_aid.storage.tx import Tx


async def index(call: Call) -> list[Json]:
    """GET /api/v1/announcements; `with_dismissed` also those that were read."""
    everything = call.form.flag("with_dismissed")
    found = await call.db.read(announcements.current, call.me)
    return [announcement(one) for one in found if everything or not one.read]


async def dismiss(call: Call) -> Json:
    """POST /api/v1/announcements/:id/dismiss"""
    announcement_id = call.path_id()

    def work(tx: Tx) -> None:
        if not announcements.current(tx, call.me, only_id=announcement_id):
            raise NotFound
        announcements.put_read(tx, call.me, announcement_id)

    await call.db.write(work)
    return {}
