"""Media: pictures are made anew before anybody sees them; out by an address that opens for one reader."""

import asyncio
from typing import Final

from starlette.responses import FileResponse, Response

from fedi_aid.actions import files, projects, recordings
from fedi_aid.actions.elsewhere import Picture, of_post
from fedi_aid.client_api.answer import answer_json
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.media import KINDS, media
from fedi_aid.client_api.forms import focus_of
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media import addresses
from fedi_aid.media.addresses import OPEN, Permit
from fedi_aid.media.picture import Picture as Made
from fedi_aid.media.picture import Shape
from fedi_aid.media.recordings import Kind
from fedi_aid.media.store import Store, content_type, stem
from fedi_aid.model.posts import Attachment
from fedi_aid.storage import emojis, people
from fedi_aid.storage import files as file_rows
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
WAITS_SECONDS: Final = 30.0
LOOKS_SECONDS: Final = 0.5
COPIED: Final = "public, max-age=86400"


# -- one's own


async def upload(call: Call) -> Response:
    """POST /api/v2/media: 200 for a picture, which is ready; 202 for a film or sound, whose `url` is
    null while a job makes it ready."""
    return _answer(call, await _uploaded(call))


async def upload_and_wait(call: Call) -> Response:
    """POST /api/v1/media: as v2, and waits a while for a film or sound, which old apps expect to be ready."""
    file = await _uploaded(call)
    until = asyncio.get_running_loop().time() + WAITS_SECONDS
    while file.state == "received" and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(LOOKS_SECONDS)
        file = await call.db.read(files.own, call.me, file.id)
    return _answer(call, file)


async def _uploaded(call: Call) -> Attachment:
    form, me = call.form, call.me
    alt, focus = files.checked_alt(form.text("description")), focus_of(form)
    kind = await _recording_kind(call)
    if kind is not None:
        sent = form.file("file")
        assert sent is not None
        name = await recordings.receive(call.instance, sent.file)
        return await call.db.write(recordings.add, me, name, kind, alt=alt, focus=focus)
    made = await made_of(call, "file", "post")
    if made is None:
        raise Refused("File can't be blank", code="blank", field="file")
    stored = await files.store(call.instance, made)
    return await call.db.write(files.add, me, stored, alt=alt, focus=focus)


async def _recording_kind(call: Call) -> Kind | None:
    """What kind of recording was sent; None for a picture, for nothing, and where none are taken."""
    sent = call.form.file("file")
    if sent is None or not call.api.takes_recordings:
        return None
    return await recordings.kind_of(sent.file, most=call.instance.settings.media_max_bytes)


def _answer(call: Call, file: Attachment, *, later: int = 202) -> Response:
    """A file of the caller's; `later`: the status while it is made ready. Refused for one that cannot be."""
    if file.state == "failed":
        why = file.meta.get("refused") if isinstance(file.meta, dict) else None
        raise Refused(str(why or "The file cannot be read"), field="file")
    return answer_json(_own(call, file), status=later if file.state == "received" else 200)


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


async def show(call: Call) -> Response:
    """GET /api/v1/media/:id: one's own; 206 while it is made ready."""
    file, shown = await call.db.read(_shown, call, call.path_id())
    return answer_json(shown) if file.state == "ready" else _answer(call, file, later=206)


def _shown(tx: Tx, call: Call, media_id: int) -> tuple[Attachment, Json]:
    """As its owner fetches it, on the post where it stands."""
    file = files.own(tx, call.me, media_id)
    found = file_rows.wanted(tx, media_id, call.me)
    post = found.post if found is not None else None
    return file, media(file, addresses.addresses(tx.house, file, post, reader=call.me, row="", now=tx.now))


async def update(call: Call) -> Response:
    """PUT /api/v1/media/:id: until it is on a post; 206 while it is made ready."""
    form = call.form
    changed = await call.db.write(
        files.describe, call.me, call.path_id(), alt=form.maybe("description"), focus=focus_of(form)
    )
    return _answer(call, changed, later=206)


async def remove(call: Call) -> Json:
    """DELETE /api/v1/media/:id: one's own, while it is on no post."""
    await call.db.write(files.withdraw, call.me, call.path_id())
    return {}


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
    if addresses.opens(permit, wanted.post, owner=wanted.owner_id, row=wanted.row, now=call.db.clock()):
        return wanted, permit
    if wanted.post is None and await call.db.read(projects.shows_picture, permit.reader, permit.media_id):
        return wanted, permit
    raise NotFound


async def _lying_here(call: Call, name: str, keeping: str) -> Response:
    kind, path = content_type(name), Store(call.instance.settings.data_dir).path(name)
    if kind is None or path is None or not await asyncio.to_thread(path.is_file):
        raise NotFound
    return FileResponse(path, media_type=kind, headers=_headers(keeping, name.rpartition(".")[2]))


def _headers(keeping: str, suffix: str) -> dict[str, str]:
    shown_as = {"Content-Disposition": f'inline; filename="file.{suffix}"'}
    return FILE_HEADERS | shown_as | {"Cache-Control": keeping}


async def proxy(call: Call) -> Response:
    """GET /proxy/:word: a picture of another server, from here (B13). Only what we gave out opens."""
    word = str(call.request.path_params["word"])
    portrait = await call.db.read(_portrait, word)
    if portrait is not None:
        return await _copy(call, portrait, small=False, keeping=COPIED)
    emoji = await call.db.read(_emoji, word)
    if emoji is not None:
        return await _copy(call, emoji, small=True, keeping=COPIED)
    wanted, permit = await _opened(call, word)
    # What a friend carried is never asked of its author's server: that would tell that it arrived.
    if wanted.file.remote_url is None or wanted.file.kind not in KINDS or wanted.kind == "carried":
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


def _emoji(tx: Tx, word: str) -> Picture | None:
    """The little picture that a sealed address names, while its text or profile still has it."""
    read = addresses.read_emoji(tx.house, word)
    if read is None:
        return None
    of_profile, owner_id, mark = read
    found = emojis.of_person(tx, owner_id) if of_profile else emojis.of_post(tx, owner_id)
    url = next((one.url for one in found if addresses.is_still(one.url, mark)), None)
    return Picture(url=url, shape="post") if url is not None else None


async def _copy(call: Call, picture: Picture, *, small: bool, keeping: str) -> Response:
    found = await call.api.elsewhere.copy(picture, small=small)
    headers = _headers(keeping, found.path.suffix.removeprefix("."))
    return FileResponse(found.path, media_type=found.content_type, headers=headers)
