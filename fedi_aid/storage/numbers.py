"""What an author is told about their own posts: numbers, never names of the silent (RULES R1, R8)."""

from collections.abc import Collection

import msgspec
from sqlalchemy import func, select

from fedi_aid.model.help import Request
from fedi_aid.storage.tables.help import asks, offers, requests
from fedi_aid.storage.tables.posts import audiences
from fedi_aid.storage.tx import Tx


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """`shown` counts friends only: who was reached through others is not known to anybody."""

    shown: int = 0
    asked: int = 0
    asked_to_carry: int = 0
    offers: int = 0


_REQUEST = tuple(requests.c[name] for name in Request.__struct_fields__)


def numbers(tx: Tx, ids: Collection[int]) -> dict[int, Numbers]:
    """The numbers of each of these posts; the caller has checked that they are the viewer's own."""
    if not ids:
        return {}
    found: dict[int, dict[str, int]] = {one: {} for one in ids}
    count = func.count().label("number")
    shown = select(audiences.c.post_id, count).where(
        audiences.c.post_id.in_(ids),
        audiences.c.circle == 1,
        audiences.c.kind.in_(("chosen", "asked", "named")),
        audiences.c.ended_at.is_(None),
    )
    for row in tx.all(shown.group_by(audiences.c.post_id)):
        found[row.post_id]["shown"] = row.number
    asked = select(asks.c.post_id, asks.c.kind, count).where(asks.c.post_id.in_(ids))
    for row in tx.all(asked.group_by(asks.c.post_id, asks.c.kind)):
        found[row.post_id]["asked_to_carry" if row.kind == "carry" else "asked"] = row.number
    offered = select(offers.c.post_id, count).where(offers.c.post_id.in_(ids), offers.c.state != "withdrawn")
    for row in tx.all(offered.group_by(offers.c.post_id)):
        found[row.post_id]["offers"] = row.number
    return {one: Numbers(**values) for one, values in found.items()}


def requests_of(tx: Tx, ids: Collection[int]) -> dict[int, Request]:
    """The requests among these posts."""
    if not ids:
        return {}
    rows = tx.all(select(*_REQUEST).where(requests.c.post_id.in_(ids)))
    return {row.post_id: Request(**row._mapping) for row in rows}
