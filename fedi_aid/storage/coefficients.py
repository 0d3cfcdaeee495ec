"""What was learned from outcomes: proposed, in force, and what was in force before."""

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, select, update

from fedi_aid.storage.tables.engine import coefficients
from fedi_aid.storage.tx import Tx


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """One row: the values by name, from how many outcomes, and who put them in force when."""

    id: int
    values: dict[str, float]
    samples: int
    helped: int
    loss_before: float | None
    loss_after: float | None
    decided_by: str
    decided_at: datetime | None
    created_at: datetime


_NEWEST = (
    select(*(coefficients.c[name] for name in Learned.__struct_fields__))
    .where(coefficients.c.state == bindparam("state"))
    .order_by(coefficients.c.id.desc())
    .limit(1)
)


def _newest(tx: Tx, state: str) -> Learned | None:
    row = tx.first(_NEWEST, state=state)
    return Learned(**row._mapping) if row else None


def in_force(tx: Tx) -> Learned | None:
    """None: nothing was accepted, or it was taken back; the defaults count."""
    return _newest(tx, "accepted")


def proposed(tx: Tx) -> Learned | None:
    return _newest(tx, "proposed")


def propose(
    tx: Tx, values: dict[str, float], *, samples: int, helped: int, loss_before: float, loss_after: float
) -> None:
    """In the place of what was proposed before and not accepted."""
    tx.run(delete(coefficients).where(coefficients.c.state == "proposed"))
    tx.insert(
        coefficients,
        id=tx.new_id(),
        values=values,
        state="proposed",
        samples=samples,
        helped=helped,
        loss_before=loss_before,
        loss_after=loss_after,
        created_at=tx.now,
    )


def put_in_force(tx: Tx, row_id: int, by: str) -> None:
    retire(tx)
    tx.run(
        update(coefficients)
        .where(coefficients.c.id == row_id)
        .values(state="accepted", decided_by=by, decided_at=tx.now)
    )


def retire(tx: Tx) -> bool:
    """What was in force is not any more; False when nothing was."""
    return tx.run(update(coefficients).where(coefficients.c.state == "accepted").values(state="old")) > 0
