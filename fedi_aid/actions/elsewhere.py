"""Pictures that lie on other servers, shown from here: nobody's app ever asks a stranger's server (B13).

The first request fetches, through the guard and within a size; a child process makes the picture anew, so
that what goes out is only ever a picture (B07, B08, B09); a copy is kept within a quota.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
import structlog

from fedi_aid.actions.instance import Instance
from fedi_aid.errors import FediAidError, NotFound, Refused
from fedi_aid.media.cache import Cache, Copy
from fedi_aid.media.picture import Shape
from fedi_aid.media.recordings import HEAD, PLAYED_AS, reader_of
from fedi_aid.media.workshop import Workshop
from fedi_aid.model.posts import Attachment
from fedi_aid.net.client import Sign
from fedi_aid.storage import domain_rules
from fedi_aid.work.jobs import host_of

Signer = Callable[[], Awaitable[Sign]]

SECONDS: Final = 15.0
# What could not be had is not asked for again for so long, and so many such addresses are remembered.
MISSED_FOR: Final = 600.0
MISSES: Final = 10_000
# A recording is held in memory while it is fetched.
MOST_HELD: Final = 40_000_000

log = structlog.get_logger()


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture elsewhere. `scope` is "" for what everybody may see, else the name of what hides it: a copy
    made for one hidden post is never shown for anything else that names the same address. `signed`: asked for
    with our signature, which tells its server which instance asks and never who. `digest`: SHA-256 of the
    file in hexadecimal, where its author's server said it."""

    url: str
    shape: Shape | Literal["recording"]
    scope: str = ""
    signed: bool = False
    digest: str | None = None

    @property
    def name(self) -> str:
        """What our copy is called in the cache."""
        return f"{self.shape} {self.scope} {self.url}"


def of_post(file: Attachment, *, hidden: bool, author_uri: str) -> Picture:
    """A file of a post from elsewhere. Only its author's own server is asked with a signature: or else a
    stranger could name somebody's hidden picture in a post of their own and have us fetch it."""
    url = file.remote_url or ""
    return Picture(
        url=url,
        shape="post" if file.kind == "image" else "recording",
        scope=str(file.id) if hidden else "",
        signed=hidden and urlsplit(url)[:2] == urlsplit(author_uri)[:2],
        digest=file.digest,
    )


class Elsewhere:
    """Copies of pictures for one server process."""

    def __init__(self, instance: Instance, workshop: Workshop, signer: Signer | None) -> None:
        settings = instance.settings
        self._instance = instance
        self._workshop = workshop
        self._signer = signer
        self._cache = Cache(settings.data_dir, quota=settings.media_cache_bytes)
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self._missed: OrderedDict[str, float] = OrderedDict()

    async def copy(self, picture: Picture, *, small: bool) -> Copy:
        """Our copy, fetched if there is none yet; NotFound when it cannot be had."""
        name, small = picture.name, small and picture.shape != "recording"
        found = await asyncio.to_thread(self._cache.find, name, small=small)
        if found is None:
            await self._fetched_once(name, picture)
            found = await asyncio.to_thread(self._cache.find, name, small=small)
        if found is None:
            raise NotFound
        return found

    async def _fetched_once(self, name: str, picture: Picture) -> None:
        """Several who ask at the same time wait for one fetch; one who leaves does not end it."""
        if self._missed.get(name, 0.0) > asyncio.get_running_loop().time():
            raise NotFound
        task = self._fetching.get(name)
        if task is None:
            task = asyncio.create_task(self._fetch(name, picture), name="a picture from elsewhere")
            self._fetching[name] = task
            task.add_done_callback(lambda _: self._fetching.pop(name, None))
        await asyncio.shield(task)

    async def _fetch(self, name: str, picture: Picture) -> None:
        try:
            raw = await self._bytes(picture)
            if picture.shape == "recording":
                suffix = _played_as(raw)
                await asyncio.to_thread(self._cache.keep_bytes, name, raw, suffix)
                return
            made = await self._workshop.make(raw, shape=picture.shape)
        except FediAidError as problem:
            log.info("no_copy", host=host_of(picture.url), reason=problem.sentence)
            self._missed[name] = asyncio.get_running_loop().time() + MISSED_FOR
            while len(self._missed) > MISSES:
                self._missed.popitem(last=False)
            return
        await asyncio.to_thread(self._cache.keep, name, made)

    async def _bytes(self, picture: Picture) -> bytes:
        instance = self._instance
        if instance.house.owns(picture.url):
            raise NotFound(log="one of our own addresses (F18)")
        if await instance.db.read(domain_rules.rejects_media, host_of(picture.url)):
            raise NotFound(log="pictures of that server are not shown")
        settings = instance.settings
        most = settings.media_max_bytes
        if picture.shape == "recording":
            most = max(most, min(settings.media_max_recording_bytes, MOST_HELD))
        sign = await self._signer() if picture.signed and self._signer is not None else None
        answer = await instance.net.get(
            picture.url,
            accept="*/*" if picture.shape == "recording" else "image/*",
            max_bytes=most,
            deadline=SECONDS,
            sign=sign,
        )
        if answer.status != 200:
            raise NotFound(log=f"status {answer.status}")
        if picture.digest and hashlib.sha256(answer.body).hexdigest() != picture.digest:
            raise NotFound(log="not what its author signed")
        return answer.body


def _played_as(raw: bytes) -> str:
    """The suffix under which a recording from elsewhere is kept, by its first bytes alone: it goes out as the
    type they say, whatever its server called it, and browsers open it as nothing else (B07, B09)."""
    found = PLAYED_AS.get(reader_of(raw[:HEAD]) or "")
    if found is None:
        raise Refused("File content type is not supported", log="no recording that is played here")
    return found[1]
