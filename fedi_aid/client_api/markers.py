"""Markers: how far a member read."""

from fedi_aid.actions import marks
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.small import markers
from fedi_aid.errors import Refused


async def show(call: Call) -> Json:
    """GET /api/v1/markers?timeline[]="""
    wanted = tuple(call.form.texts("timeline"))
    return markers(await call.db.read(marks.marks, call.me, wanted))


async def save(call: Call) -> Json:
    """POST /api/v1/markers: `home[last_read_id]=…`"""
    read: dict[str, int] = {}
    for name in marks.TIMELINES:
        if name in call.form:
            last = call.form.group(name).maybe_id("last_read_id")
            if not last:
                raise Refused("Last read is not an id", field=f"{name}[last_read_id]")
            read[name] = last
    return markers(await call.db.write(marks.set_marks, call.me, read))
