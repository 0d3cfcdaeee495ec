"""Media: pictures in, made anew before anybody sees them; out by a name that cannot be guessed."""

import asyncio
import hashlib
from typing import Final

from starlette.responses import FileResponse, Response

from fedi_aid.actions import files
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.media import media
from fedi_aid.client_api.forms import Form
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media.pictures import Picture, prepare
from fedi_aid.media.store import Store, content_type
from fedi_aid.model.ids import opaque
from fedi_aid.storage.files import may_be_fetched

FILE_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


async def upload(call: Call) -> Json:
    """POST /api/v1/media and /api/v2/media: ready when answered, so always 200."""
    form, me = call.form, call.me
    sent = form.file("file")
    if sent is None:
        raise Refused("File can't be blank", code="blank", field="file")
    alt, focus = files.checked_alt(form.text("description")), _focus(form)
    settings = call.instance.settings
    raw = await sent.read(settings.media_max_bytes + 1)
    if len(raw) > settings.media_max_bytes:
        raise Refused("The file is too large", field="file")
    async with call.api.picture_slots:
        picture = await asyncio.to_thread(prepare, raw, max_pixels=settings.media_max_pixels)
    secret = opaque()
    name, small = f"{secret}.{picture.suffix}", f"{secret}_small.{picture.suffix}"
    store = Store(settings.data_dir)
    await asyncio.to_thread(_keep, store, picture, name, small)
    made = await call.db.write(
        files.add,
        me,
        picture,
        name=name,
        preview_name=small,
        opaque=secret,
        digest=hashlib.sha256(picture.full).hexdigest(),
        alt=alt,
        focus=focus,
    )
    return media(look_of(call), made)


def _keep(store: Store, picture: Picture, name: str, small: str) -> None:
    store.put(name, picture.full)
    store.put(small, picture.preview)


def _focus(form: Form) -> tuple[float, float] | None:
    """`x,y`, each from -1 to 1."""
    given = form.maybe("focus", limit=100)
    if not given:
        return None
    try:
        x, y = (float(part) for part in given.split(","))
    except ValueError:
        raise Refused("Focus must be two numbers", field="focus") from None
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Refused("Focus must be between -1 and 1", field="focus")
    return x, y


async def show(call: Call) -> Json:
    """GET /api/v1/media/:id: one's own."""
    return media(look_of(call), await call.db.read(files.own, call.me, call.path_id()))


async def update(call: Call) -> Json:
    """PUT /api/v1/media/:id: until it is on a post."""
    form = call.form
    changed = await call.db.write(
        files.describe, call.me, call.path_id(), alt=form.maybe("description"), focus=_focus(form)
    )
    return media(look_of(call), changed)


async def fetch(call: Call) -> Response:
    """GET /media/:name: the name is the permission; dead when the post is."""
    name = str(call.request.path_params["name"])
    kind, path = content_type(name), Store(call.instance.settings.data_dir).path(name)
    if kind is None or path is None or not await call.db.read(may_be_fetched, name):
        raise NotFound
    if not await asyncio.to_thread(path.is_file):
        raise NotFound
    return FileResponse(path, media_type=kind, headers=dict(FILE_HEADERS))
