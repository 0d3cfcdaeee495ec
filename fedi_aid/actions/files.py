"""Pictures that members attach or put on their profile: their rows, and what happens to files nobody shows.

The files themselves are made and stored before the transaction, and removed after it (media/).
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from fedi_aid.actions.elsewhere import of_post
from fedi_aid.actions.instance import Instance
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media.addresses import Place
from fedi_aid.media.cache import Cache
from fedi_aid.media.picture import Picture, Size
from fedi_aid.media.store import Store
from fedi_aid.model.ids import PersonId, opaque
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Attachment
from fedi_aid.storage import files, people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from fedi_aid.work.periodic import Periodic
from fedi_aid.work.runner import Finish, Handler

ALT_MAX: Final = 1_500
UNUSED_FOR: Final = timedelta(days=1)
AT_ONCE: Final = 500  # files removed in one turn


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that lies on disk, and the names of its two forms."""

    picture: Picture
    name: str
    file: str
    preview_file: str


async def store(instance: Instance, picture: Picture) -> Stored:
    """Write a picture to disk under a new name. Until a row names it, nobody can fetch it."""
    name = opaque()
    stored = Stored(
        picture=picture,
        name=name,
        file=f"{name}.{picture.suffix}",
        preview_file=f"{name}_small.{picture.suffix}",
    )
    lies = Store(instance.settings.data_dir)
    await asyncio.to_thread(lies.put, stored.file, picture.full)
    await asyncio.to_thread(lies.put, stored.preview_file, picture.preview)
    return stored


async def discard(instance: Instance, stored: Stored) -> None:
    """Remove a picture that no row came to name."""
    lies = Store(instance.settings.data_dir)
    for name in (stored.file, stored.preview_file):
        await asyncio.to_thread(lies.drop, name)


# -- on posts


def checked_alt(alt: str) -> str:
    alt = alt.strip()
    if len(alt) > ALT_MAX:
        raise Refused(f"The description has at most {ALT_MAX} characters", field="description")
    return alt


def add(
    tx: Tx, me: PersonId, stored: Stored, *, alt: str = "", focus: tuple[float, float] | None = None
) -> Attachment:
    """Note a stored picture as a member's own, on no post yet."""
    return own(tx, me, _insert(tx, me, stored, "post", alt=checked_alt(alt), focus=focus))


def _insert(
    tx: Tx,
    me: PersonId,
    stored: Stored,
    purpose: files.Purpose,
    *,
    alt: str = "",
    focus: tuple[float, float] | None = None,
) -> int:
    picture = stored.picture
    meta = {
        form: measures(size) for form, size in (("original", picture.size), ("small", picture.preview_size))
    }
    return files.insert(
        tx,
        owner_id=me,
        purpose=purpose,
        kind="image",
        state="ready",
        content_type=picture.content_type,
        file=stored.file,
        preview_file=stored.preview_file,
        alt=alt,
        blurhash=picture.blurhash,
        meta=meta | focus_meta(focus),
        size=len(picture.full),
        digest=hashlib.sha256(picture.full).hexdigest(),
        opaque=stored.name,
    )


def measures(size: Size) -> dict[str, Any]:
    """Pixels as Mastodon's `meta` says them."""
    return {
        "width": size.width,
        "height": size.height,
        "size": f"{size.width}x{size.height}",
        "aspect": size.width / size.height,
    }


def focus_meta(focus: tuple[float, float] | None) -> dict[str, dict[str, float]]:
    """The point to keep in sight, as Mastodon's `meta` says it."""
    return {"focus": {"x": focus[0], "y": focus[1]}} if focus is not None else {}


def own(tx: Tx, me: PersonId, media_id: int) -> Attachment:
    """A file of one's own. NotFound for anything else."""
    found = files.own(tx, me, media_id)
    if found is None:
        raise NotFound
    return found[0]


def describe(
    tx: Tx,
    me: PersonId,
    media_id: int,
    *,
    alt: str | None = None,
    focus: tuple[float, float] | None = None,
) -> Attachment:
    """Change the description or focus of a file that is not on a post yet. NotFound, Refused."""
    found = files.own(tx, me, media_id)
    if found is None or found[1] is not None:
        raise NotFound
    if alt is not None:
        files.change(tx, media_id, alt=checked_alt(alt))
    if focus is not None:
        files.change(tx, media_id, meta=(found[0].meta or {}) | focus_meta(focus))
    return own(tx, me, media_id)


def describe_on_post(
    tx: Tx,
    me: PersonId,
    post_id: int,
    media_id: int,
    *,
    alt: str | None = None,
    focus: tuple[float, float] | None = None,
) -> None:
    """The same of a file of this post of one's own, or of a loose one that an edit is about to put there. The
    edit tells readers. Refused."""
    found = files.own(tx, me, media_id)
    if found is None or found[1] not in (post_id, None):
        raise Refused("These files cannot be used.", field="media_attributes")
    if alt is not None:
        files.change(tx, media_id, alt=checked_alt(alt))
    if focus is not None:
        files.change(tx, media_id, meta=(found[0].meta or {}) | focus_meta(focus))


def withdraw(tx: Tx, me: PersonId, media_id: int) -> None:
    """Throw away a file of one's own that stands nowhere. NotFound; Refused while a post has it or waits for
    its hour with it."""
    found = files.own(tx, me, media_id)
    if found is None:
        raise NotFound
    if found[1] is not None or files.is_kept(tx, media_id):
        raise Refused("Media attachment is currently used by a status", field="id")
    _remove(tx, [found[0]])


# -- on profiles


def put_on_profile(tx: Tx, me: PersonId, place: Place, stored: Stored | None) -> Member:
    """Show a stored picture in this place of one's profile, or none; the one before goes, with its words.
    Servers that know the member are told."""
    before = files.for_profile(tx, me, place)
    url = None
    if stored is not None:
        _insert(tx, me, stored, place)
        url = tx.house.media_url(stored.file)
    if stored is not None or before:
        people.change(tx, me, **{f"{place}_url": url, f"{place}_alt": ""})
        jobs.tell_person(tx, me)
    _remove(tx, before)
    member = people.member(tx, me)
    if member is None:
        raise NotFound
    return member


# -- what nobody shows


def _remove(tx: Tx, loose: Sequence[Attachment]) -> None:
    names = files.remove(tx, loose)
    copies = [
        of_post(one, hidden=hidden, author_uri="").name
        for one in loose
        if one.remote_url
        for hidden in (True, False)
    ]
    if names or copies:
        jobs.drop_files(tx, names, copies)


def forget(tx: Tx, loose: Sequence[Attachment]) -> None:
    """Throw away files that nothing shows any more."""
    if loose:
        _remove(tx, loose)


def remove_loose(tx: Tx) -> None:
    """Forget uploads that were on no post for a day, and files of deleted posts."""
    _remove(tx, files.loose(tx, tx.now - UNUSED_FOR, limit=AT_ONCE))


PERIODIC: Final = (Periodic(name="loose files are removed", every=timedelta(hours=1), act=remove_loose),)


def handlers(instance: Instance) -> Mapping[str, Handler]:
    """The jobs about files."""
    settings = instance.settings
    lies = Store(settings.data_dir)
    copies = Cache(settings.data_dir, quota=settings.media_cache_bytes)

    async def drop_files(job: Job) -> Finish | None:
        """Job `drop_files`: their rows are gone, the files go too."""
        for name in job.args["names"]:
            await asyncio.to_thread(lies.drop, name)
        for name in job.args["copies"]:
            await asyncio.to_thread(copies.drop, name)
        return None

    return {"drop_files": drop_files}
