"""Idempotency keys: a draft sent twice is one post."""

from datetime import timedelta

from sqlalchemy import select

from fedi_aid.model.ids import PostId
from fedi_aid.storage.tables.posts import idempotency
from fedi_aid.storage.tx import Tx

KEY_MAX = 200


def same(tx: Tx, person_id: int, key: str | None, *, within: timedelta) -> PostId | None:
    """The post that this key made lately, if any."""
    if not key:
        return None
    found = tx.scalar(
        select(idempotency.c.post_id).where(
            idempotency.c.person_id == person_id,
            idempotency.c.key == key[:KEY_MAX],
            idempotency.c.created_at > tx.now - within,
        )
    )
    return PostId(found) if found else None


def remember(tx: Tx, person_id: int, key: str, post_id: int) -> None:
    keys = [idempotency.c.person_id, idempotency.c.key]
    values = {"person_id": person_id, "key": key[:KEY_MAX], "post_id": post_id, "created_at": tx.now}
    tx.put(idempotency, keys, **values)
