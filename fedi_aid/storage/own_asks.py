"""What was asked of a member here, as they know it themselves."""

from datetime import datetime

from sqlalchemy import exists, func, or_, select

from fedi_aid.model.help import ReceivedAsk
from fedi_aid.storage.tables.engine import interruptions
from fedi_aid.storage.tables.help import asks, received_asks
from fedi_aid.storage.tx import Tx

_ASK = tuple(received_asks.c[name] for name in ReceivedAsk.__struct_fields__)


def put_to(tx: Tx, member_id: int, *, limit: int) -> list[ReceivedAsk]:
    """What the butler asked them, or they agreed to beforehand, newest first. What waits for a better hour,
    or was over before they were told, they do not know of."""
    told = exists(
        select(interruptions.c.id).where(
            interruptions.c.person_id == member_id, interruptions.c.post_id == received_asks.c.post_id
        )
    )
    rows = tx.all(
        select(*_ASK)
        .where(
            received_asks.c.member_id == member_id,
            or_(
                received_asks.c.state.in_(("asked", "accepted", "resting", "refused")),
                told & (received_asks.c.state == "closed"),
            ),
        )
        .order_by(received_asks.c.id.desc())
        .limit(limit)
    )
    return [ReceivedAsk(**row._mapping) for row in rows]


def interruptions_of(tx: Tx, member_id: int, since: datetime) -> int:
    """How often they were disturbed since then."""
    where = (interruptions.c.person_id == member_id, interruptions.c.created_at >= since)
    return int(tx.scalar(select(func.count()).where(*where)) or 0)


def asked_with(tx: Tx, post_id: int, person_id: int) -> int | None:
    """How many people were asked by name in the same wave as somebody, they included; None where they were
    not asked, or where another server asked them."""
    wave = tx.scalar(
        select(asks.c.wave).where(
            asks.c.post_id == post_id, asks.c.person_id == person_id, asks.c.kind == "help"
        )
    )
    if wave is None:
        return None
    same = (asks.c.post_id == post_id, asks.c.kind == "help", asks.c.wave == wave)
    return int(tx.scalar(select(func.count()).where(*same)) or 0)
