"""Questions about one's own uploaded files, and about files by their capability name (RULES R17)."""

from typing import Any

from sqlalchemy import or_, select, update

from fedi_aid.model.posts import Attachment
from fedi_aid.storage.tables.posts import media, posts
from fedi_aid.storage.tx import Tx

_COLUMNS = tuple(media.c[name] for name in Attachment.__struct_fields__)


def own(tx: Tx, owner_id: int, media_id: int) -> tuple[Attachment, int | None] | None:
    """A file of this member and the post it stands on, if any."""
    row = tx.first(
        select(*_COLUMNS, media.c.post_id).where(media.c.id == media_id, media.c.owner_id == owner_id)
    )
    if row is None:
        return None
    return Attachment(**{name: getattr(row, name) for name in Attachment.__struct_fields__}), row.post_id


def insert(tx: Tx, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(media, id=new_id, created_at=tx.now, **values)
    return new_id


def change(tx: Tx, media_id: int, **values: Any) -> None:
    tx.run(update(media).where(media.c.id == media_id).values(**values))


def may_be_fetched(tx: Tx, file: str) -> bool:
    """A stored file stands by this name and its post, if it has one, is not gone.

    The name is 128 random bits: knowing it is the permission.
    """
    alive = or_(
        media.c.post_id.is_(None),
        select(posts.c.id).where(posts.c.id == media.c.post_id, posts.c.deleted_at.is_(None)).exists(),
    )
    return tx.exists(select(media.c.id).where(or_(media.c.file == file, media.c.preview_file == file), alive))
