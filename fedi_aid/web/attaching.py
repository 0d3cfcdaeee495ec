"""Pictures, films and sounds for a post that is being written: uploaded by the form, or ahead by the script.

A picture is made anew at once. A film or sound is made ready by a job (actions/recordings.py): until then its
piece of the form says so, and the post waits.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from fedi_aid.actions import files, recordings
from fedi_aid.actions.posts import MEDIA_MAX
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media import addresses
from fedi_aid.media.recordings import TYPES
from fedi_aid.model.posts import Attachment as Row
from fedi_aid.settings import Settings
from fedi_aid.storage import files as file_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.i18n import translator
from fedi_aid.web.pages import PATHS
from fedi_aid.web.rooms import Form, Guest, form, page

UPLOAD: Final = f"{PATHS.write}/picture"
PICTURES: Final = ("image/jpeg", "image/png", "image/webp", "image/gif")
FORM_FILE: Final = 32 * 2**20  # is read in any case: so a picture that is too large costs no word

# `Refused` of a file: code → key of the table `problem`
PICTURE_PROBLEMS: Final[Mapping[str, str]] = {"too_large": "file_too_large"}
RECORDING_PROBLEMS: Final[Mapping[str, str]] = {
    "too_long": "recording_too_long",
    "too_many_pixels": "recording_too_wide",
}


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded and is on no post yet. `picture`: the path of what is shown of it, `path` that
    of the file; both empty while it is made `ready`."""

    id: int
    kind: Literal["image", "video", "audio"]
    alt: str
    ready: bool = True
    picture: str = ""
    path: str = ""


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """The files a form holds now; `problem`: what was wrong with one, a key of the table `problem`, or ""."""

    media: tuple[Media, ...] = ()
    problem: str = ""


def largest(settings: Settings) -> int:
    """Bytes of a file that the form reads; the instance's own limits say what is taken."""
    return max(FORM_FILE, settings.media_max_recording_bytes)


def accepted(guest: Guest) -> str:
    """What a file field offers to choose."""
    return ",".join((*PICTURES, *(TYPES if guest.visit.desk.takes_recordings else ())))


def most_bytes(guest: Guest) -> int:
    """The largest file that is taken at all, for the script to say so before it is sent."""
    settings = guest.visit.instance.settings
    recording = settings.media_max_recording_bytes if guest.visit.desk.takes_recordings else 0
    return max(settings.media_max_bytes, recording)


async def attached(guest: Guest, sent: Form) -> Attached:
    """The files that the form holds and those that came with it."""
    kept, problem = await guest.db.read(_kept, guest, sent)
    chosen: Sequence[UploadFile] = sent.files.get("picture", ())
    if sent.oversized:
        problem = "file_too_large"
    if len(kept) + len(chosen) > MEDIA_MAX:
        chosen, problem = chosen[: max(0, MEDIA_MAX - len(kept))], "files_too_many"
    alone = sent.get("picture_alt") if len(chosen) == 1 else ""
    for one in chosen:
        try:
            kept.append(await _keep(guest, one, alone))
        except Refused as refused:
            problem = refused.code
    return Attached(media=tuple(kept), problem=problem)


def _kept(tx: Tx, guest: Guest, sent: Form) -> tuple[list[Media], str]:
    """Files of this member that were uploaded before, are on no post, and stay in the form."""
    dropped, problem = set(sent.ids("drop")), ""
    found = []
    for media_id in dict.fromkeys(sent.ids("media")):
        file = file_rows.own(tx, guest.id, media_id)
        if file is None or file[1] is not None or media_id in dropped:
            continue
        if file[0].state == "failed":
            problem = _why(file[0])
        else:
            found.append(_media(tx, guest, file[0], sent.get(f"alt_{media_id}", file[0].alt)))
    return found, problem


def _why(failed: Row) -> str:
    """Why a recording could not be made, as a key of the table `problem`."""
    code = failed.meta.get("code") if isinstance(failed.meta, dict) else None
    return RECORDING_PROBLEMS.get(str(code), "recording_unreadable")


def _media(tx: Tx, guest: Guest, file: Row, alt: str) -> Media:
    ready = file.state == "ready"
    found = addresses.addresses(tx.house, file, None, reader=guest.id, row="", now=tx.now) if ready else None
    drawn = file.kind == "image" or file.preview_file is not None
    return Media(
        id=file.id,
        kind=shown.KINDS.get(file.kind, "image"),
        alt=alt,
        ready=ready,
        picture=found.preview.removeprefix(tx.house.base_url) if found is not None and drawn else "",
        path=found.full.removeprefix(tx.house.base_url) if found is not None else "",
    )


async def _keep(guest: Guest, chosen: UploadFile, alt: str) -> Media:
    """A file that is noted as this member's. Refused, whose code is a key of the table `problem`."""
    try:
        alt = files.checked_alt(alt)
    except Refused as refused:
        raise Refused(refused.sentence, code="alt_too_long") from None
    kind = await recordings.kind_of(chosen.file, most=guest.visit.instance.settings.media_max_bytes)
    takes = guest.visit.desk.takes_recordings
    if kind is None or (kind == "gifv" and not takes):
        return await _picture(guest, chosen, alt)
    if not takes:
        raise Refused("Films and sounds are not taken here.", code="recordings_not_here")
    try:
        name = await recordings.receive(guest.visit.instance, chosen.file)
    except Refused as refused:
        raise Refused(refused.sentence, code="file_too_large") from None
    file = await guest.db.write(recordings.add, guest.id, name, kind, alt=alt)
    return await guest.db.read(_media, guest, file, alt)


async def _picture(guest: Guest, chosen: UploadFile, alt: str) -> Media:
    """A picture made anew."""
    most = guest.visit.instance.settings.media_max_bytes
    raw = await chosen.read(most + 1)
    if len(raw) > most:
        raise Refused("The file is too large", code="file_too_large")
    try:
        made = await guest.visit.desk.workshop.make(raw, shape="post")
    except Refused as refused:
        known = PICTURE_PROBLEMS.get(refused.code, "file_unreadable")
        raise Refused(refused.sentence, code=known, log=refused.log) from None
    stored = await files.store(guest.visit.instance, made)
    file = await guest.db.write(files.add, guest.id, stored, alt=alt)
    return await guest.db.read(_media, guest, file, alt)


# -- pieces of the form, for the script


async def upload(guest: Guest, sent: Form) -> Response:
    """POST /write/picture: one file, kept and shown back as a piece of the form. 422 with a sentence."""
    found = await attached(guest, sent)
    if found.problem or not found.media:
        return _sentence(guest, found.problem or "file_missing")
    return guest.visit.page("rooms/file.html", file=found.media[0])


async def again(guest: Guest) -> Response:
    """GET /write/files/{id}: the piece of a file as it is now; 422 with a sentence when it cannot be used."""
    file = await guest.db.read(file_rows.own, guest.id, guest.path_id())
    if file is None or file[1] is not None:
        raise NotFound
    if file[0].state == "failed":
        return _sentence(guest, _why(file[0]))
    return guest.visit.page("rooms/file.html", file=await guest.db.read(_media, guest, file[0], file[0].alt))


def _sentence(guest: Guest, problem: str) -> Response:
    text = translator(guest.visit.language)(f"problem.{problem}")
    return guest.visit.page("rooms/sentence.html", status=422, text=text)


ROUTES: Final = (
    ("POST", UPLOAD, form(upload, max_file=largest)),
    ("GET", f"{PATHS.write}/files/{{id}}", page(again)),
)
