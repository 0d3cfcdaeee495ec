"""Pictures of carried requests come through the carrier's server, and never from the author's (RULES R17).

The author's server would learn who looked; so Bruno's server fetches what it is asked to carry when it is
asked, whatever Bruno will say, and hands the same bytes to Chloé's. Her server knows them by the digest in
what Amina signed, and makes the picture anew. It fetches them whatever becomes of the Offer, so that Bruno's
server learns neither that it was shown nor that it was not (C12). Each Offer has addresses of its own
(capabilities), which open to a signature of Chloé's server while Bruno carries.
"""

import asyncio
import hashlib
import struct
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from fedi_aid.actions import files as file_actions
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import answers, attached, documents
from fedi_aid.activitypub.builders.notes import SHA256
from fedi_aid.activitypub.documents import same_origin, text
from fedi_aid.activitypub.objects import asker_of
from fedi_aid.activitypub.signatures import multibase
from fedi_aid.activitypub.signing import application_signer
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media.store import Store
from fedi_aid.media.workshop import Workshop
from fedi_aid.model.ids import opaque
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import carried_files, domain_rules
from fedi_aid.storage.carried_files import CarriedFile, OnItsWay
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.periodic import Periodic
from fedi_aid.work.runner import Finish

SECONDS: Final = 30.0
KEPT_FOR: Final = timedelta(days=7)  # longer than any lease, once the request is over
AT_ONCE: Final = 200
_NAMED: Final = struct.Struct(">QQ")
_KIND: Final = "carried file"

log = structlog.get_logger()


# -- the carrier's side


def gather(tx: Tx, post: Post) -> None:
    """A member here was asked to carry a post of another server: its pictures are fetched now, before and
    whatever the member answers."""
    for _, digest, _, file, url in carried_files.pictures_of(tx, post.id):
        if file is None and url is not None and same_origin(url, post.uri):
            _want(tx, url, post.uri, digest, keep_raw=True)


def attachments(tx: Tx, post: Post, carrier_id: int, person_id: int) -> list[dict[str, Any]]:
    """What an Offer says of the pictures of what it carries: where this reader's server finds them."""
    carried_id = carried_files.carry_id(tx, post.id, carrier_id, person_id)
    found = []
    for media_id, digest, content_type, _, _ in carried_files.pictures_of(tx, post.id):
        if carried_id is None or carried_files.on_its_way(tx, carried_id, media_id) is None:
            continue  # it has not come yet
        word = tx.house.seal.word(_KIND, _NAMED.pack(carried_id, media_id))
        found.append(
            {
                "type": "Document",
                "mediaType": content_type,
                "url": f"{tx.house.base_url}/carried/{word}",
                "digestMultibase": multibase.encode(SHA256 + bytes.fromhex(digest)),
            }
        )
    return found


async def file(request: Request) -> Response:
    """GET /carried/{word}: the bytes as their author's server gave them, to the one server they are for."""
    instance: Instance = request.app.state.instance
    asker = await asker_of(request)
    named = instance.house.seal.content(_KIND, str(request.path_params["word"]))
    found = await instance.db.read(_file_for, asker, *(_NAMED.unpack(named) if named else (0, 0)))
    path = Store(instance.settings.data_dir).path(found.raw) if found is not None else None
    if found is None or path is None or not await asyncio.to_thread(path.is_file):
        return answers.not_found()
    headers = {
        "Cache-Control": "private, no-store",
        "Vary": "Accept, Signature",
        "Content-Security-Policy": "default-src 'none'; form-action 'none'; sandbox",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(path, media_type=found.content_type, headers=headers)


def _file_for(tx: Tx, asker: Person | None, carried_id: int, media_id: int) -> OnItsWay | None:
    """The same queries for what is hidden and what is missing (RULES R7)."""
    found = carried_files.on_its_way(tx, carried_id, media_id)
    if found is None or asker is None or not found.held or asker.domain != found.reader_domain:
        return None
    return found


# -- the reader's side


def want(tx: Tx, offer: dict[str, Any], carrier: Person) -> None:
    """Fetch what a friend's Offer says to have of the pictures in what it carries: of its own origin, and by
    a digest that the embedded note names. Asked for once, whatever becomes of the Offer."""
    document = offer.get("object")
    note = document.get("object") if isinstance(document, dict) else None
    note_uri = text(note, "id")
    if not isinstance(note, dict) or note_uri is None:
        return
    signed = {one.digest for one in attached.files(note) if one.digest is not None}
    if domain_rules.rejects_media(tx, jobs.host_of(note_uri)):
        return
    for url, digest in _offered(offer):
        if digest in signed and same_origin(url, carrier.uri):
            _want(tx, url, note_uri, digest, keep_raw=False)


def _offered(offer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(address, digest) of the files beside what an Offer carries; other attachments are not looked at."""
    for one in documents.objects(offer, "attachment")[: attached.MAX_FILES]:
        url = attached.web(text(one, "url"))
        digest = attached.digest_of(text(one, "digestMultibase"))
        if url is not None and digest is not None and text(one, "type") == "Document":
            yield url, digest


def _want(tx: Tx, url: str, note_uri: str, digest: str, *, keep_raw: bool) -> None:
    if not tx.house.owns(url) and not carried_files.is_known(tx, url):
        jobs.fetch_carried(tx, url, note_uri, digest, keep_raw=keep_raw)


# -- both


class Gatherer:
    """Fetches pictures for one server process."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._workshop = Workshop(max_pixels=instance.settings.media_max_pixels)

    async def fetch_carried(self, job: Job) -> Finish | None:
        """Job `fetch_carried`: what does not come, is no picture or not what was signed is left out."""
        instance, args = self._instance, job.args
        if await instance.db.read(carried_files.is_known, args["url"]):
            return None
        try:
            raw = await self._bytes(args["url"], args["digest"])
            made = await self._workshop.make(raw)
        except (NotFound, Refused) as refusal:
            log.info("carried_file_not_had", host=jobs.host_of(args["url"]), why=refusal.log[:200])
            return None
        stored = await file_actions.store(instance, made)
        name = None
        if args["keep_raw"]:
            name = f"{opaque()}.raw"
            await asyncio.to_thread(Store(instance.settings.data_dir).put, name, raw)
        found = CarriedFile(
            url=args["url"],
            note_uri=args["note_uri"],
            digest=args["digest"],
            raw=name,
            file=stored.file,
            preview_file=stored.preview_file,
            content_type=made.content_type,
        )
        return partial(_keep, found)

    async def _bytes(self, url: str, digest: str) -> bytes:
        instance = self._instance
        answer = await instance.net.get(
            url,
            accept="image/*",
            max_bytes=instance.settings.media_max_bytes,
            deadline=SECONDS,
            sign=await application_signer(instance),
        )
        if answer.status != 200:
            raise NotFound(log=f"status {answer.status}")
        if hashlib.sha256(answer.body).hexdigest() != digest:
            raise NotFound(log="not what its author signed")
        return answer.body


def _keep(found: CarriedFile, tx: Tx) -> None:
    """A second copy of the same file is dropped again: that it was fetched is all its carrier may learn."""
    known = carried_files.with_digest(tx, found.note_uri, found.digest)
    if known is not None and (known.raw or not found.raw):
        jobs.drop_files(tx, [one for one in (found.file, found.preview_file, found.raw) if one])
        found = msgspec.structs.replace(known, url=found.url)
    carried_files.put(tx, found)
    carried_files.give(tx, found.note_uri)


def forget_stale(tx: Tx) -> None:
    """Drop what came for requests that are over, or that were never shown here."""
    for one in carried_files.stale(tx, tx.now - KEPT_FOR, limit=AT_ONCE):
        names = carried_files.forget(tx, one)
        if names:
            jobs.drop_files(tx, names)


PERIODIC: Final = (Periodic(name="carried files are forgotten", every=timedelta(hours=1), act=forget_stale),)
