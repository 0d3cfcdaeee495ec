"""How often a member went towards others lately: few a day, so that nobody is swamped (PRODUCT S2)."""

from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, select

from fedi_aid.storage.tables.ties import approaches
from fedi_aid.storage.tx import Tx

Approach = Literal["friendship", "introduction", "endorsement", "thanks"]


def note(tx: Tx, member_id: int, kind: Approach) -> None:
    """A member went towards somebody."""
    tx.insert(approaches, id=tx.new_id(), member_id=member_id, kind=kind, created_at=tx.now)


def since(tx: Tx, member_id: int, kind: Approach, moment: datetime) -> int:
    found: int | None = tx.scalar(
        select(func.count()).where(
            approaches.c.member_id == member_id, approaches.c.kind == kind, approaches.c.created_at > moment
        )
    )
    return found or 0


def forget(tx: Tx, before: datetime) -> int:
    return tx.run(delete(approaches).where(approaches.c.created_at < before))
