"""Media: pictures are made anew before anybody sees them; out by an address that opens for one reader."""

import asyncio
from typing import Final

from starlette.responses import FileResponse, Response

from fedi_aid.actions import files
from fedi_aid.actions.elsewhere import Picture, of_post
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.media import media
from fedi_aid.client_api.forms import Form
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media import addresses
from fedi_aid.media.addresses import OPEN, Permit
from fedi_aid.media.picture import Picture as Made
from fedi_aid.media.picture import Shape
from fedi_aid.media.store import Store, content_type, stem
from fedi_aid.model.posts import Attachment
from fedi_aid.storage import files as file_rows
from fedi_aid.storage import people
from fedi_aid.storage.files import Wanted
from fedi_aid.storage.tx import Tx

FILE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; form-action 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
FOR_ONE: Final = "private, no-store"
FOR_ALL: Final = "public, max-age=31536000, immutable"
COPIED: Final = "public, max-age=86400"


# -- one's own


async def upload(call: Call) -> Json:
    """POST /api/v1/media and /api/v2/media: ready when answered, so always 200."""
    form, me = call.form, call.me
    alt, focus = files.checked_alt(form.text("description")), _focus(form)
    made = await made_of(call, "file", "post")
    if made is None:
        raise Refused("File can't be blank", code="blank", field="file")
    stored = await files.store(call.instance, made)
    return _own(call, await call.db.write(files.add, me, stored, alt=alt, focus=focus))


async def made_of(call: Call, field: str, shape: Shape) -> Made | None:
    """The picture sent in this field, made anew; None when there is none. Refused, naming the field."""
    sent = call.form.file(field)
    if sent is None:
        return None
    most = call.instance.settings.media_max_bytes
    raw = await sent.read(most + 1)
    if len(raw) > most:
        raise Refused("The file is too large", field=field)
    try:
        return await call.api.workshop.make(raw, shape=shape)
    except Refused as refusal:
        raise Refused(refusal.sentence, field=field, log=refusal.log) from None


def _own(call: Call, file: Attachment) -> Json:
    """A file of the caller's, on no post yet as far as its address goes."""
    found = addresses.addresses(call.instance.house, file, None, reader=call.me, row="", now=call.db.clock())
    return media(file, found)


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
    return await call.db.read(_shown, call, call.path_id())


def _shown(tx: Tx, call: Call, media_id: int) -> Json:
    """As its owner fetches it, on the post where it stands."""
    file = files.own(tx, call.me, media_id)
    found = file_rows.wanted(tx, media_id, call.me)
    post = found.post if found is not None else None
    return media(file, addresses.addresses(tx.house, file, post, reader=call.me, row="", now=tx.now))


async def update(call: Call) -> Json:
    """PUT /api/v1/media/:id: until it is on a post."""
    form = call.form
    return _own(
        call,
        await call.db.write(
            files.describe, call.me, call.path_id(), alt=form.maybe("description"), focus=_focus(form)
        ),
    )


# -- out


async def fetch(call: Call) -> Response:
    """GET /media/:name: a public file by its name, a hidden one by a reader's own address (RULES R17)."""
    name = str(call.request.path_params["name"])
    public = stem(name)
    if public is not None:
        if not await call.db.read(file_rows.is_for_everybody, public):
            raise NotFound
        return await _lying_here(call, name, FOR_ALL)
    found = await _opened(call, name.rpartition(".")[0])
    wanted, permit = found
    file = wanted.file.preview_file if permit.small and wanted.file.preview_file else wanted.file.file
    if file is None or file.rpartition(".")[2] != name.rpartition(".")[2]:
        raise NotFound
    return await _lying_here(call, file, FOR_ONE)


async def _opened(call: Call, word: str) -> tuple[Wanted, Permit]:
    """The file behind a sealed address, if it still opens for its reader."""
    permit = addresses.read_permit(call.instance.house, word)
    wanted = await call.db.read(
        file_rows.wanted, permit.media_id if permit else 0, permit.reader if permit else 0
    )
    if permit is None or wanted is None:
        raise NotFound
    if not addresses.opens(permit, wanted.post, owner=wanted.owner_id, row=wanted.row, now=call.db.clock()):
        raise NotFound
    return wanted, permit


async def _lying_here(call: Call, name: str, keeping: str) -> Response:
    kind, path = content_type(name), Store(call.instance.settings.data_dir).path(name)
    if kind is None or path is None or not await asyncio.to_thread(path.is_file):
        raise NotFound
    return FileResponse(path, media_type=kind, headers=_headers(keeping, name.rpartition(".")[2]))


def _headers(keeping: str, suffix: str) -> dict[str, str]:
    shown_as = {"Content-Disposition": f'inline; filename="picture.{suffix}"'}
    return FILE_HEADERS | shown_as | {"Cache-Control": keeping}


async def proxy(call: Call) -> Response:
    """GET /proxy/:word: a picture of another server, from here (B13). Only what we gave out opens."""
    word = str(call.request.path_params["word"])
    portrait = await call.db.read(_portrait, word)
    if portrait is not None:
        return await _copy(call, portrait, small=False, keeping=COPIED)
    wanted, permit = await _opened(call, word)
    # What a friend carried is never asked of its author's server: that would tell that it arrived.
    if wanted.file.remote_url is None or wanted.file.kind != "image" or wanted.kind == "carried":
        raise NotFound
    hidden = wanted.post is None or wanted.post.reach not in OPEN
    picture = of_post(wanted.file, hidden=hidden, author_uri=wanted.owner_uri)
    return await _copy(call, picture, small=permit.small, keeping=FOR_ONE if hidden else COPIED)


def _portrait(tx: Tx, word: str) -> Picture | None:
    """The profile picture that a sealed address names, if it is still the same."""
    read = addresses.read_portrait(tx.house, word)
    if read is None:
        return None
    person_id, place, mark = read
    person = people.by_id(tx, person_id)
    if person is None or person.suspended_at is not None:
        return None
    url = person.avatar_url if place == "avatar" else person.header_url
    return Picture(url=url, shape=place) if url and addresses.is_still(url, mark) else None


async def _copy(call: Call, picture: Picture, *, small: bool, keeping: str) -> Response:
    found = await call.api.elsewhere.copy(picture, small=small)
    headers = _headers(keeping, found.path.suffix.removeprefix("."))
    return FileResponse(found.path, media_type=found.content_type, headers=headers)
