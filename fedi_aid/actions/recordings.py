"""Films and sounds that members attach: received as they are, made ready by a job, shown only then.

What was received (`….raw`) is never served. A file that cannot be made is kept as a row that says why, until
it is cleaned away with other files that no post shows.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

import structlog

from fedi_aid.actions import files
from fedi_aid.actions.instance import Instance
from fedi_aid.errors import Refused
from fedi_aid.media.picture import Picture
from fedi_aid.media.recordings import HEAD, Kind, Recording, Studio, moves, reader_of
from fedi_aid.media.store import Store, stem
from fedi_aid.media.workshop import Workshop
from fedi_aid.model.ids import PersonId, opaque
from fedi_aid.model.posts import Attachment
from fedi_aid.storage import files as file_rows
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.runner import Finish, Handler

KIND_BY_READER: Final[Mapping[str, Kind]] = {"mov": "video", "matroska": "video", "gif": "gifv"}
_CHUNK: Final = 2**20

# The recording, its still, SHA-256 and bytes of the file.
Made = tuple[Recording, Picture | None, str, int]

log = structlog.get_logger()


async def kind_of(source: BinaryIO, *, most: int) -> Kind | None:
    """What kind of recording a file seems to be by how it begins; None for a picture and for anything else.
    A GIF is one when it moves within so many bytes. The file is at its beginning again afterwards."""
    return await asyncio.to_thread(_kind, source, most)


def _kind(source: BinaryIO, most: int) -> Kind | None:
    head = source.read(HEAD)
    reader = reader_of(head)
    if reader == "gif" and not moves(head + source.read(most)):
        reader = None
    source.seek(0)
    return KIND_BY_READER.get(reader, "audio") if reader is not None else None


async def receive(instance: Instance, source: BinaryIO) -> str:
    """Keep a file as it came, under a new name; Refused (field `file`) when it is too large."""
    name = opaque()
    most = instance.settings.media_max_recording_bytes
    if not await asyncio.to_thread(Store(instance.settings.data_dir).take, f"{name}.raw", source, most):
        raise Refused("The file is too large", field="file")
    return name


def add(
    tx: Tx, me: PersonId, name: str, kind: Kind, *, alt: str = "", focus: tuple[float, float] | None = None
) -> Attachment:
    """Note a received file as a member's own, to be made ready. What it is may turn out differently."""
    media_id = file_rows.insert(
        tx,
        owner_id=me,
        purpose="post",
        kind=kind,
        state="received",
        file=f"{name}.raw",
        alt=files.checked_alt(alt),
        meta=files.focus_meta(focus),
        opaque=name,
    )
    jobs.make_recording(tx, media_id)
    return files.own(tx, me, media_id)


def handlers(instance: Instance) -> Mapping[str, Handler]:
    """The job that makes recordings."""
    settings = instance.settings
    studio, lies = Studio.of(settings), Store(settings.data_dir)
    workshop = Workshop(max_pixels=settings.media_max_pixels)

    async def make_recording(job: Job) -> Finish | None:
        """Job `make_recording`: the received file made anew, or a row that says why it cannot be."""
        media_id = int(job.args["media_id"])
        received = await instance.db.read(file_rows.received, media_id)
        if received is None or received.file is None:
            return None
        name = stem(received.file) or ""
        try:
            recording, still, digest, size = await _make(studio, workshop, lies, received.file, name)
        except Refused as refusal:
            log.info("recording_refused", media=media_id, why=refusal.log or refusal.sentence)
            return partial(_give_up, received=received, refusal=refusal)
        made = (recording, still, digest, size)
        return partial(_ready, received=received, name=name, made=made)

    return {"make_recording": make_recording}


async def _make(studio: Studio, workshop: Workshop, lies: Store, raw: str, name: str) -> Made:
    """The recording and its still, both lying where they will be shown."""
    source = lies.room(raw)
    half = source.with_suffix(".part")
    try:
        reader = reader_of(await asyncio.to_thread(_head, source))
        if reader is None or not studio.open:
            raise Refused("File content type is not supported", field="file")
        made = await studio.make(source, reader, half)
        still = await workshop.make(made.frame) if made.frame is not None else None
        digest, size = await asyncio.to_thread(_digest, half)
        await asyncio.to_thread(half.replace, lies.room(f"{name}.{made.suffix}"))
    finally:
        with suppress(FileNotFoundError):
            half.unlink()
    if still is not None:
        await asyncio.to_thread(lies.put, f"{name}_small.{still.suffix}", still.preview)
    return made, still, digest, size


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except FileNotFoundError:
        raise Refused("The file is not there any more", field="file") from None


def _digest(path: Path) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            size += len(chunk)
    return found.hexdigest(), size


def _ready(tx: Tx, *, received: Attachment, name: str, made: Made) -> None:
    recording, still, digest, size = made
    file = f"{name}.{recording.suffix}"
    small = f"{name}_small.{still.suffix}" if still is not None else None
    if file_rows.received(tx, received.id) is None:  # thrown away meanwhile
        jobs.drop_files(tx, [one for one in (received.file, file, small) if one])
        return
    file_rows.change(
        tx,
        received.id,
        state="ready",
        kind=recording.kind,
        content_type=recording.content_type,
        file=file,
        preview_file=small,
        blurhash=still.blurhash if still is not None else None,
        meta=(received.meta or {}) | _meta(recording, still, size),
        digest=digest,
        size=size,
    )
    jobs.drop_files(tx, [received.file] if received.file else [])


def _meta(made: Recording, still: Picture | None, size: int) -> dict[str, Any]:
    """Mastodon's `meta` of a recording: seconds, bits a second; pixels of a film and of its still."""
    original: dict[str, Any] = {"duration": made.seconds}
    if made.seconds > 0:
        original["bitrate"] = round(size * 8 / made.seconds)
    if made.size is not None:
        original |= files.measures(made.size)
    if made.frames_a_second is not None:
        rate = Fraction(made.frames_a_second).limit_denominator(1001)
        original["frame_rate"] = f"{rate.numerator}/{rate.denominator}"
    small = {"small": files.measures(still.preview_size)} if still is not None else {}
    return {"original": original} | small


def _give_up(tx: Tx, *, received: Attachment, refusal: Refused) -> None:
    why = {"refused": refusal.sentence, "code": refusal.code}
    file_rows.change(tx, received.id, state="failed", file=None, meta=why)
    jobs.drop_files(tx, [received.file] if received.file else [])
