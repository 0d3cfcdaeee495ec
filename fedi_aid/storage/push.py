"""Questions about push subscriptions: one per token, where a member's device is reached."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from sqlalchemy import delete, func, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.access import tokens
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.timelines import push_subscriptions
from fedi_aid.storage.tx import Tx

PushPolicy = Literal["all", "followed", "follower", "none"]
AT_MOST = 20  # devices of one member that are told


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """`alerts`: which kinds of notices it wants; `sealed_token`: what the client knows its account by."""

    id: int
    token_id: int
    member_id: PersonId
    endpoint: str
    p256dh: str
    auth: str
    alerts: dict[str, bool]
    policy: PushPolicy
    standard: bool
    sealed_token: str


_COLUMNS = tuple(push_subscriptions.c[name] for name in Subscription.__struct_fields__)


def _one(tx: Tx, *where: Any) -> Subscription | None:
    row = tx.first(select(*_COLUMNS).where(*where))
    return Subscription(**row._mapping) if row is not None else None


def of_token(tx: Tx, token_id: int) -> Subscription | None:
    return _one(tx, push_subscriptions.c.token_id == token_id)


def living(tx: Tx, subscription_id: int) -> tuple[Subscription, tuple[str, ...]] | None:
    """A subscription whose token was not revoked, with the token's scopes."""
    row = tx.first(
        select(*_COLUMNS, tokens.c.scopes)
        .join(tokens, tokens.c.id == push_subscriptions.c.token_id)
        .where(push_subscriptions.c.id == subscription_id, tokens.c.revoked_at.is_(None))
    )
    if row is None:
        return None
    values = {column.name: row._mapping[column.name] for column in _COLUMNS}
    return Subscription(**values), tuple(row.scopes.split())


def ids_of(tx: Tx, member_id: int) -> list[int]:
    """The newest subscriptions of a member."""
    return tx.column(
        select(push_subscriptions.c.id)
        .where(push_subscriptions.c.member_id == member_id)
        .order_by(push_subscriptions.c.id.desc())
        .limit(AT_MOST)
    )


def insert(tx: Tx, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(push_subscriptions, id=new_id, created_at=tx.now, **values)
    return new_id


def change(tx: Tx, subscription_id: int, **values: Any) -> None:
    tx.run(update(push_subscriptions).where(push_subscriptions.c.id == subscription_id).values(**values))


def remove(tx: Tx, *, subscription_id: int | None = None, token_id: int | None = None) -> int:
    """Forget the subscription with this id, or of this token."""
    if subscription_id is not None:
        where = push_subscriptions.c.id == subscription_id
    else:
        where = push_subscriptions.c.token_id == token_id
    return tx.run(delete(push_subscriptions).where(where))


def highest_level(tx: Tx, post_ids: Iterable[int | None]) -> int | None:
    """The highest intimacy among these posts, whoever may see them: what must not be said aloud."""
    found: int | None = tx.scalar(
        select(func.max(posts.c.intimacy)).where(posts.c.id.in_([one for one in post_ids if one is not None]))
    )
    return found
