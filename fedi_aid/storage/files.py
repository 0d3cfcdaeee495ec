"""Questions about one's own uploaded files, and about files by where they are fetched (RULES R17)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, delete, or_, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.model.posts import Attachment, Post
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import audiences, media, posts
from fedi_aid.storage.tx import Tx

Purpose = Literal["post", "avatar", "header"]

_COLUMNS = tuple(media.c[name] for name in Attachment.__struct_fields__)
_ON_A_PUBLIC_POST = (
    select(posts.c.id)
    .where(
        posts.c.id == media.c.post_id,
        posts.c.reach.in_(("public", "unlisted")),
        posts.c.deleted_at.is_(None),
    )
    .exists()
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A file as somebody may have it: `post` None when it is on none; `row` and `kind` are of the reader's
    living row of the access list, empty without one."""

    file: Attachment
    owner_id: PersonId
    owner_uri: str
    post: Post | None
    row: str
    kind: str


def _attachment(row: Any) -> Attachment:
    return Attachment(**{name: getattr(row, name) for name in Attachment.__struct_fields__})


def own(tx: Tx, owner_id: int, media_id: int) -> tuple[Attachment, int | None] | None:
    """A file of this member for posts, and the post it stands on, if any."""
    row = tx.first(
        select(*_COLUMNS, media.c.post_id).where(
            media.c.id == media_id, media.c.owner_id == owner_id, media.c.purpose == "post"
        )
    )
    return (_attachment(row), row.post_id) if row is not None else None


def received(tx: Tx, media_id: int) -> Attachment | None:
    """A film or sound that is still to be made ready."""
    row = tx.first(select(*_COLUMNS).where(media.c.id == media_id, media.c.state == "received"))
    return _attachment(row) if row is not None else None


def insert(tx: Tx, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(media, id=new_id, created_at=tx.now, **values)
    return new_id


def change(tx: Tx, media_id: int, **values: Any) -> None:
    tx.run(update(media).where(media.c.id == media_id).values(**values))


def is_for_everybody(tx: Tx, name: str) -> bool:
    """The stored file with this `opaque` name is on a public post or the profile of somebody who is here."""
    open_to_all = or_(media.c.purpose.in_(("avatar", "header")), _ON_A_PUBLIC_POST)
    return tx.exists(
        select(media.c.id)
        .join(people, people.c.id == media.c.owner_id)
        .where(
            media.c.opaque == name,
            people.c.suspended_at.is_(None),
            people.c.deleted_at.is_(None),
            open_to_all,
        )
    )


def wanted(tx: Tx, media_id: int, reader: int) -> Wanted | None:
    """A file for this reader (0: anybody). None when it is gone, or its post is hidden from them: the same
    queries either way (RULES R7)."""
    row = tx.first(
        select(*_COLUMNS, media.c.post_id, media.c.owner_id, people.c.uri)
        .join(people, people.c.id == media.c.owner_id)
        .where(media.c.id == media_id)
    )
    post_id = (row.post_id if row is not None else None) or 0
    post = post_rows.get(tx, PersonId(reader) if reader else None, post_id)
    access = tx.first(
        select(audiences.c.opaque, audiences.c.kind).where(
            audiences.c.post_id == post_id,
            audiences.c.person_id == reader,
            audiences.c.ended_at.is_(None),
        )
    )
    if row is None or (post_id and post is None):
        return None
    return Wanted(
        file=_attachment(row),
        owner_id=PersonId(row.owner_id),
        owner_uri=row.uri,
        post=post,
        row=access.opaque if access is not None else "",
        kind=access.kind if access is not None else "",
    )


def on_a_post(tx: Tx, name: str) -> tuple[Attachment, int] | None:
    """The file with this `opaque` name and its post; whether the asker may have it is for the caller."""
    row = tx.first(
        select(*_COLUMNS, media.c.post_id).where(media.c.opaque == name, media.c.post_id.is_not(None))
    )
    return (_attachment(row), row.post_id) if row is not None else None


def for_profile(tx: Tx, owner_id: int, purpose: Purpose) -> Sequence[Attachment]:
    """What a member has put on their profile in this place."""
    rows = tx.all(select(*_COLUMNS).where(media.c.owner_id == owner_id, media.c.purpose == purpose))
    return [_attachment(row) for row in rows]


def is_kept(tx: Tx, media_id: int) -> bool:
    """A post that waits for its hour will have it."""
    return tx.exists(select(media.c.id).where(media.c.id == media_id, media.c.scheduled_id.is_not(None)))


def remove(tx: Tx, files: Sequence[Attachment]) -> list[str]:
    """Forget these files; the names under which they lie, to be removed after the commit."""
    tx.run(delete(media).where(media.c.id.in_([one.id for one in files])))
    return [name for one in files for name in (one.file, one.preview_file) if name]


def loose(tx: Tx, before: datetime, *, limit: int) -> Sequence[Attachment]:
    """Files that no post shows: uploaded before this moment and never used, or of a deleted post."""
    unused = and_(
        media.c.post_id.is_(None),
        media.c.scheduled_id.is_(None),
        media.c.purpose == "post",
        media.c.created_at < before,
    )
    deleted = (
        select(posts.c.id).where(posts.c.id == media.c.post_id, posts.c.deleted_at.is_not(None)).exists()
    )
    rows = tx.all(select(*_COLUMNS).where(or_(unused, deleted)).order_by(media.c.id).limit(limit))
    return [_attachment(row) for row in rows]
