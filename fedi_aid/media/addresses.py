"""Where a file is fetched, by whom, and until when (RULES R17).

| file | of | address |
| --- | --- | --- |
| lies here | a public post, a profile | `/media/<name>`, for everybody, kept by browsers |
| lies here | anything else | `/media/<sealed>`, another one for each reader |
| lies elsewhere | a public post, a profile | `/proxy/<sealed>`, the same for everybody |
| lies elsewhere | anything else | `/proxy/<sealed>`, another one for each reader |
| lies here | a post that goes whole to a fedi_aid peer | `/files/<name>`, opens to a signature alone |

A sealed address names the file, its reader and their row of the access list: it opens while that row lives.
Nothing is stored for it, and nobody but this instance can make one, so that `/proxy` fetches nothing that was
not shown here.
"""

import hashlib
import struct
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from fedi_aid.model.emojis import Emoji
from fedi_aid.model.house import House
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Attachment, Post, PostView

Place = Literal["avatar", "header"]

EXPIRING_LEVEL: Final = 3
# An address is the same for half a day, so that apps can keep the picture, and lives for one at the most.
SLOT: Final = timedelta(hours=12)
OPEN: Final = frozenset({"public", "unlisted"})

_FILE: Final = struct.Struct(">QQI?6s")
_PLACE: Final = struct.Struct(">Q?6s")
_EMOJI: Final = struct.Struct(">?Q6s")


class Addresses(msgspec.Struct, frozen=True):
    """Of a file and of its small form."""

    full: str
    preview: str


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """What a sealed address says. `reader` 0 is everybody; `slot` 0 means that it does not expire by itself;
    `mark` is of the reader's row of the access list, empty without one."""

    media_id: int
    reader: int
    slot: int
    small: bool
    mark: bytes


def addresses(
    house: House, file: Attachment, post: Post | None, *, reader: int, row: str, now: datetime
) -> Addresses | None:
    """A file as `reader` fetches it, whose row of the access list has the opaque name `row` (empty for the
    author). `post` None: it is on none yet. None for a file that is nowhere."""
    if not file.file and not file.remote_url:
        return None
    if post is not None and post.reach in OPEN:
        if file.file:
            full = house.media_url(file.file)
            return Addresses(full, house.media_url(file.preview_file) if file.preview_file else full)
        reader, row = 0, ""
    slot, mark = _slot(now) if _expires(post) else 0, _mark(row)
    full, small = (
        house.seal.word("file", _FILE.pack(file.id, reader, slot, is_small, mark))
        for is_small in (False, True)
    )
    if file.file is None:
        return Addresses(house.proxy_url(full), house.proxy_url(small))
    suffix, small_suffix = (name.rpartition(".")[2] for name in (file.file, file.preview_file or file.file))
    return Addresses(house.media_url(f"{full}.{suffix}"), house.media_url(f"{small}.{small_suffix}"))


def as_seen(house: House, view: PostView, file: Attachment, now: datetime) -> Addresses | None:
    """A file of a post as the viewer of this view fetches it. None also for a picture elsewhere on what a
    friend carried here: asking its author's server for it would tell that the request arrived."""
    if view.access is not None and view.access.kind == "carried" and not file.file:
        return None
    mine = view.viewer == view.post.author_id
    row = view.access.opaque if view.access is not None and not mine else ""
    return addresses(house, file, view.post, reader=view.viewer or 0, row=row, now=now)


def read_permit(house: House, word: str) -> Permit | None:
    """What a sealed address of a file says; None for what we did not write."""
    content = house.seal.content("file", word)
    if content is None:
        return None
    media_id, reader, slot, small, mark = _FILE.unpack(content)
    return Permit(media_id=media_id, reader=reader, slot=slot, small=small, mark=mark)


def opens(permit: Permit, post: Post | None, *, owner: PersonId, row: str, now: datetime) -> bool:
    """Whether the address still opens. `post` is None, or what `permit.reader` may see now; `row` is the
    opaque name of their living row of the access list, empty without one."""
    if post is None:
        return permit.reader == owner
    if post.reach in OPEN:
        return True
    mine = permit.reader == post.author_id
    if permit.mark != _mark("" if mine else row) or not (mine or row):
        return False
    return not _expires(post) or 0 <= _slot(now) - permit.slot <= 1


def _expires(post: Post | None) -> bool:
    return post is not None and post.reach == "chosen" and (post.intimacy or 0) >= EXPIRING_LEVEL


def _slot(now: datetime) -> int:
    return int(now.timestamp() // SLOT.total_seconds())


def _mark(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:6] if text else b"\0" * 6


# -- profiles


def portrait(house: House, person: Person, place: Place) -> str | None:
    """Where somebody's picture is fetched: here, whoever's it is (B13). None where they have none."""
    url = person.avatar_url if place == "avatar" else person.header_url
    if not url or house.owns(url):
        return url if url and person.local else None
    content = _PLACE.pack(person.id, place == "header", _mark(url))
    return house.proxy_url(house.seal.word("portrait", content))


def read_portrait(house: House, word: str) -> tuple[PersonId, Place, bytes] | None:
    """(person, which picture, mark of its address) of a sealed address of a profile picture."""
    content = house.seal.content("portrait", word)
    if content is None:
        return None
    person_id, header, mark = _PLACE.unpack(content)
    return PersonId(person_id), "header" if header else "avatar", mark


def emoji(house: House, owner: Person | Post, one: Emoji) -> str:
    """Where a little picture of a text or profile is fetched: here (B13)."""
    content = _EMOJI.pack(isinstance(owner, Person), owner.id, _mark(one.url))
    return house.proxy_url(house.seal.word("emoji", content))


def read_emoji(house: House, word: str) -> tuple[bool, int, bytes] | None:
    """(of a profile, whose or on which post, mark of its address) of a sealed address of a little picture."""
    content = house.seal.content("emoji", word)
    return _EMOJI.unpack(content) if content is not None else None


def is_still(url: str, mark: bytes) -> bool:
    """The mark is of this address: a changed picture has another address."""
    return _mark(url) == mark
