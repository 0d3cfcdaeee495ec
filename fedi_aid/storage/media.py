"""Questions about uploaded files and their place on a post."""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from fedi_aid.storage.tables.posts import media
from fedi_aid.storage.tx import Tx


def attach(tx: Tx, owner_id: int, post_id: int, media_ids: Sequence[int]) -> bool:
    """Put a member's own, ready and unused files on a post, in order; False when any is not such a file."""
    wanted = list(dict.fromkeys(media_ids))
    good = tx.scalar(
        select(func.count()).where(
            media.c.id.in_(wanted),
            media.c.owner_id == owner_id,
            media.c.state == "ready",
            media.c.purpose == "post",
            media.c.scheduled_id.is_(None),
            (media.c.post_id.is_(None)) | (media.c.post_id == post_id),
        )
    )
    if good != len(wanted):
        return False
    tx.run(update(media).where(media.c.post_id == post_id).values(post_id=None))
    for position, media_id in enumerate(wanted):
        tx.run(update(media).where(media.c.id == media_id).values(post_id=post_id, position=position))
    return True
