"""Questions about members' second factors. Secrets come and go sealed (`actions.second_factor`)."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, select, update

from fedi_aid.storage.tables.access import second_factors
from fedi_aid.storage.tx import Tx


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """One member's: `confirmed_at` None while it is only shown; `recovery` are digests of unused codes."""

    secret: str
    confirmed_at: datetime | None
    last_step: int
    recovery: tuple[str, ...]


def of(tx: Tx, member_id: int) -> SecondFactor | None:
    row = tx.first(select(second_factors).where(second_factors.c.member_id == member_id))
    if row is None:
        return None
    return SecondFactor(
        secret=row.secret,
        confirmed_at=row.confirmed_at,
        last_step=row.last_step,
        recovery=tuple(row.recovery),
    )


def put(tx: Tx, member_id: int, secret: str) -> None:
    """A new one, not in use yet, in the place of any other."""
    remove(tx, member_id)
    tx.insert(second_factors, member_id=member_id, secret=secret, recovery=[], created_at=tx.now)


def change(tx: Tx, member_id: int, **values: Any) -> None:
    tx.run(update(second_factors).where(second_factors.c.member_id == member_id).values(**values))


def use_step(tx: Tx, member_id: int, step: int) -> bool:
    """Use up a step of the clock and all before it; False when it was used already."""
    used = tx.run(
        update(second_factors)
        .where(second_factors.c.member_id == member_id, second_factors.c.last_step < step)
        .values(last_step=step)
    )
    return used == 1


def remove(tx: Tx, member_id: int) -> bool:
    """Whether there was one."""
    return tx.run(delete(second_factors).where(second_factors.c.member_id == member_id)) == 1
