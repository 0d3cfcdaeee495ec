"""How often a member asked for more than the day's ration."""

from sqlalchemy import select

from fedi_aid.storage.tables.timelines import second_helpings
from fedi_aid.storage.tx import Tx


def helpings(tx: Tx, member_id: int, day: int) -> int:
    """How often on this day, counted from 1 January of the year 1."""
    found: int | None = tx.scalar(
        select(second_helpings.c.times).where(
            second_helpings.c.member_id == member_id, second_helpings.c.day == day
        )
    )
    return found or 0


def put_helpings(tx: Tx, member_id: int, day: int, times: int) -> None:
    tx.put(second_helpings, [second_helpings.c.member_id], member_id=member_id, day=day, times=times)
