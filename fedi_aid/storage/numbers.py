"""What an author is told about their own posts: numbers, never names of the silent (RULES R1, R8)."""

from collections.abc import Collection

import msgspec
from sqlalchemy import func, literal_column, select, union_all

from fedi_aid.model.help import Request
from fedi_aid.storage import deliveries
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.help import asks, offers, requests
from fedi_aid.storage.tables.posts import audiences
from fedi_aid.storage.tx import Tx


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """`shown` counts friends only: who was reached through others is not known to anybody."""

    shown: int = 0
    asked: int = 0
    asked_to_carry: int = 0
    offers: int = 0
    waiting: int = 0  # elsewhere: on their way …
    delivered: int = 0  # … taken by their servers, which says nothing of who saw …
    refused: int = 0  # … or not


_REQUEST = tuple(requests.c[name] for name in Request.__struct_fields__)
_REQUESTS = select(*_REQUEST).where(among(requests.c.post_id, "ids"))
_NUMBER = func.count().label("number")
# What is counted → whose number it is; any other kind of ask is one.
_NAMES = {"shown": "shown", "carry": "asked_to_carry", "offers": "offers"}
_NUMBERS = union_all(
    select(literal_column("'shown'").label("what"), audiences.c.post_id, _NUMBER)
    .where(
        among(audiences.c.post_id, "ids"),
        audiences.c.circle == 1,
        audiences.c.kind.in_(("chosen", "asked", "named")),
        audiences.c.ended_at.is_(None),
    )
    .group_by(audiences.c.post_id),
    select(asks.c.kind.label("what"), asks.c.post_id, _NUMBER)
    .where(among(asks.c.post_id, "ids"))
    .group_by(asks.c.post_id, asks.c.kind),
    select(literal_column("'offers'").label("what"), offers.c.post_id, _NUMBER)
    .where(among(offers.c.post_id, "ids"), offers.c.state != "withdrawn")
    .group_by(offers.c.post_id),
)


def numbers(tx: Tx, ids: Collection[int]) -> dict[int, Numbers]:
    """The numbers of each of these posts; the caller has checked that they are the viewer's own."""
    if not ids:
        return {}
    found: dict[int, dict[str, int]] = {one: {} for one in ids}
    for row in tx.all(_NUMBERS, ids=ids):
        found[row.post_id][_NAMES.get(row.what, "asked")] = row.number
    for post_id, states in deliveries.states(tx, ids).items():
        found[post_id] |= states
    return {one: Numbers(**values) for one, values in found.items()}


def requests_of(tx: Tx, ids: Collection[int]) -> dict[int, Request]:
    """The requests among these posts."""
    if not ids:
        return {}
    rows = tx.all(_REQUESTS, ids=ids)
    return {row.post_id: Request(**row._mapping) for row in rows}
