"""Who acted towards whom, by day (`ties.record_contact` writes it): for how long, and what a member did."""

from typing import Final

from sqlalchemy import delete, func, select, true

from fedi_aid.model.contacts import CONTACT_DAYS, LASTING, LASTING_DAYS
from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.ties import contacts
from fedi_aid.storage.ties import day_number
from fedi_aid.storage.tx import Tx

DAYS_AT_ONCE: Final = 3


def forget(tx: Tx) -> int:
    """What is too old to weigh anything goes, the oldest few days at a time, so that no turn takes long; how
    many rows. Help, thanks and endorsements are remembered longer (model.contacts)."""
    today = day_number(tx.now)
    gone = 0
    for limit, of_this_kind in (
        (today - CONTACT_DAYS, contacts.c.kind.not_in(LASTING)),
        (today - LASTING_DAYS, true()),
    ):
        old = select(contacts.c.day).where(contacts.c.day < limit, of_this_kind)
        days = tx.column(old.distinct().order_by(contacts.c.day).limit(DAYS_AT_ONCE))
        if days:
            gone += tx.run(delete(contacts).where(contacts.c.day.in_(days), of_this_kind))
    return gone


def days_of_mine(tx: Tx, person_id: int) -> list[tuple[PersonId, int, int]]:
    """(person, days, last day) of a member's own acts towards each person, the most days first."""
    days = func.count(contacts.c.day.distinct()).label("days")
    rows = tx.all(
        select(contacts.c.to_id, days, func.max(contacts.c.day).label("last"))
        .where(contacts.c.from_id == person_id)
        .group_by(contacts.c.to_id)
        .order_by(days.desc(), contacts.c.to_id)
    )
    return [(PersonId(row.to_id), int(row.days), int(row.last)) for row in rows]
