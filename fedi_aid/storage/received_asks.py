"""What members here are asked, to help or to carry: the side of whoever is asked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from fedi_aid.model.help import ReceivedAsk
from fedi_aid.model.ids import PersonId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.help import asks, received_asks, requests
from fedi_aid.storage.tx import Tx

_ASKED = tuple(received_asks.c[name] for name in ReceivedAsk.__struct_fields__)


def receive_ask(
    tx: Tx, uri: str, post_id: int, member_id: int, kind: str, *, due_at: datetime, **values: Any
) -> int | None:
    """Note an Offer to a member here; the id of the row, or None for a replay."""
    known = tx.first(
        select(received_asks.c.id, received_asks.c.state).where(
            received_asks.c.post_id == post_id,
            received_asks.c.member_id == member_id,
            received_asks.c.kind == kind,
        )
    )
    if known is not None:
        # A renewed ticket (FEDERATION_EXTENSION, lease) or the one re-offer: never a second row.
        tx.run(update(received_asks).where(received_asks.c.id == known.id).values(uri=uri, **values))
        return None
    new_id = tx.new_id()
    written = tx.insert_new(
        received_asks,
        id=new_id,
        uri=uri,
        post_id=post_id,
        member_id=member_id,
        kind=kind,
        state="waiting",
        due_at=due_at,
        created_at=tx.now,
        **values,
    )
    return new_id if written else None


def received(tx: Tx, received_id: int) -> ReceivedAsk | None:
    row = tx.first(select(*_ASKED).where(received_asks.c.id == received_id))
    return ReceivedAsk(**row._mapping) if row else None


def received_by_uri(tx: Tx, uri: str) -> ReceivedAsk | None:
    """By the Offer's id or the ticket's."""
    row = tx.first(select(*_ASKED).where(or_(received_asks.c.uri == uri, received_asks.c.ticket_uri == uri)))
    return ReceivedAsk(**row._mapping) if row else None


def received_for(
    tx: Tx, post_id: int, member_id: int | None = None, kind: str | None = None
) -> list[ReceivedAsk]:
    where = [received_asks.c.post_id == post_id]
    if member_id is not None:
        where.append(received_asks.c.member_id == member_id)
    if kind is not None:
        where.append(received_asks.c.kind == kind)
    rows = tx.all(select(*_ASKED).where(*where).order_by(received_asks.c.id))
    return [ReceivedAsk(**row._mapping) for row in rows]


def change_received(tx: Tx, received_id: int, **values: Any) -> None:
    tx.run(update(received_asks).where(received_asks.c.id == received_id).values(**values))


def waiting_for(tx: Tx, member_id: int, *, limit: int = 40) -> list[ReceivedAsk]:
    """What a member here was asked and has not answered, newest first."""
    rows = tx.all(
        select(*_ASKED)
        .where(received_asks.c.member_id == member_id, received_asks.c.state == "asked")
        .order_by(received_asks.c.id.desc())
        .limit(limit)
    )
    return [ReceivedAsk(**row._mapping) for row in rows]


def waiting_to_be_put(tx: Tx, member_id: int) -> list[ReceivedAsk]:
    """What is to be put to a member here when they may be disturbed, oldest first."""
    rows = tx.all(
        select(*_ASKED)
        .where(received_asks.c.member_id == member_id, received_asks.c.state == "waiting")
        .order_by(received_asks.c.id)
    )
    return [ReceivedAsk(**row._mapping) for row in rows]


def waiting_counts(tx: Tx, ids: Iterable[int]) -> dict[PersonId, int]:
    """How many asks wait for their turn with each of these members here, who will be disturbed by them; those
    of a request that rests here will not."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = tx.all(_WAITING, ids=wanted)
    return {row.member_id: row.number for row in rows}


_WAITING = (
    select(received_asks.c.member_id, func.count().label("number"))
    .outerjoin(requests, requests.c.post_id == received_asks.c.post_id)
    .where(
        received_asks.c.state == "waiting",
        or_(requests.c.state.is_(None), requests.c.state == "open"),
        among(received_asks.c.member_id, "ids"),
    )
    .group_by(received_asks.c.member_id)
)


def asks_known_of(tx: Tx, post_id: int) -> int:
    """How many people a request was put to, as far as this server knows: all of them for one of our own."""
    sent = tx.scalar(select(func.count()).select_from(asks).where(asks.c.post_id == post_id))
    put = tx.scalar(
        select(func.count())
        .select_from(received_asks)
        .where(received_asks.c.post_id == post_id, received_asks.c.state != "waiting")
    )
    return max(int(sent or 0), int(put or 0))


def close_received(tx: Tx, post_id: int) -> None:
    """Nothing asked of members here about this post stands any more."""
    tx.run(
        update(received_asks)
        .where(received_asks.c.post_id == post_id, received_asks.c.state.in_(("waiting", "asked")))
        .values(state="closed", due_at=None)
    )
