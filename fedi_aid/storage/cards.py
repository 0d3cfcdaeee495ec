"""Cards: what the butler wrote to members unasked, beside requests, and which of them each wants."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.help import card_choices, cards
from fedi_aid.storage.tables.people import members
from fedi_aid.storage.tx import Tx

KEPT = timedelta(days=740)  # the longest time for which the same card does not come again


def choices(tx: Tx, member_id: int) -> dict[str, bool]:
    """kind → wanted, of those the member chose; the others are as they come."""
    rows = tx.all(
        select(card_choices.c.kind, card_choices.c.wanted).where(card_choices.c.member_id == member_id)
    )
    return {row.kind: row.wanted for row in rows}


def choose(tx: Tx, member_id: int, kind: str, wanted: bool) -> None:
    """A member wants one kind of card, or not."""
    tx.put(
        card_choices,
        [card_choices.c.member_id, card_choices.c.kind],
        member_id=member_id,
        kind=kind,
        wanted=wanted,
    )


def put(tx: Tx, member_id: int, kind: str, subject_id: int | None) -> None:
    """Remember that a card was written."""
    tx.insert(cards, id=tx.new_id(), member_id=member_id, kind=kind, subject_id=subject_id, created_at=tx.now)


def sent_since(tx: Tx, member_id: int, kind: str, since: datetime) -> set[int]:
    """What the cards of one kind were about that a member got since then; 0 for nothing in particular."""
    rows = tx.column(
        select(cards.c.subject_id).where(
            cards.c.member_id == member_id, cards.c.kind == kind, cards.c.created_at >= since
        )
    )
    return {one or 0 for one in rows}


def members_due(tx: Tx, *, limit: int = 200) -> list[PersonId]:
    """Members to whom the butler may next write a card; who is new is first looked at with the others."""
    return tx.column(
        select(members.c.person_id)
        .where(
            or_(members.c.next_card_at <= tx.now, members.c.next_card_at.is_(None)),
            members.c.state == "active",
        )
        .order_by(members.c.next_card_at)
        .limit(limit)
    )


def look_again(tx: Tx, member_id: int, after: timedelta) -> None:
    """When to think of a member next."""
    tx.run(update(members).where(members.c.person_id == member_id).values(next_card_at=tx.now + after))


def forget(tx: Tx) -> int:
    """Cards that are older than anything they are asked for; how many."""
    return tx.run(delete(cards).where(cards.c.created_at < tx.now - KEPT))


def forget_member(tx: Tx, member_id: int) -> None:
    """Somebody is gone for good."""
    tx.run(delete(cards).where(cards.c.member_id == member_id))
    tx.run(delete(card_choices).where(card_choices.c.member_id == member_id))
