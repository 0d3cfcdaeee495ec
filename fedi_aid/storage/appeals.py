"""What people say against decisions about them, and what they are answered."""

from typing import Any

from sqlalchemy import select, update

from fedi_aid.model.moderation import Appeal
from fedi_aid.storage.tables.moderation import appeals, decisions
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx

_APPEAL = tuple(appeals.c[name] for name in Appeal.__struct_fields__)


def _appeals(tx: Tx, *where: Any, limit: int | None = None) -> list[Appeal]:
    statement = select(*_APPEAL).where(*where).order_by(appeals.c.id.desc())
    return [Appeal(**row._mapping) for row in tx.all(statement.limit(limit) if limit else statement)]


def one(tx: Tx, appeal_id: int) -> Appeal | None:
    found = _appeals(tx, appeals.c.id == appeal_id)
    return found[0] if found else None


def about(tx: Tx, person_id: int) -> dict[int, Appeal]:
    """Somebody's appeals by their decisions."""
    theirs = select(decisions.c.id).where(decisions.c.about_id == person_id)
    return {found.decision_id: found for found in _appeals(tx, appeals.c.decision_id.in_(theirs))}


def page_of(tx: Tx, page: Page, *, answered: bool) -> list[Appeal]:
    """For moderators, newest first."""
    where: list[Any] = [appeals.c.answered_at.is_not(None) if answered else appeals.c.answered_at.is_(None)]
    if page.max_id is not None:
        where.append(appeals.c.id < page.max_id)
    return _appeals(tx, *where, limit=page.limit)


def put(tx: Tx, decision_id: int, text: str) -> int | None:
    """The new appeal's id; None when there is one about this decision."""
    appeal_id = tx.new_id()
    new = tx.insert_new(appeals, id=appeal_id, decision_id=decision_id, text=text, created_at=tx.now)
    return appeal_id if new else None


def answer(tx: Tx, appeal_id: int, **values: Any) -> bool:
    """False when it was answered meanwhile."""
    unanswered = (appeals.c.id == appeal_id, appeals.c.answered_at.is_(None))
    return tx.run(update(appeals).where(*unanswered).values(answered_at=tx.now, **values)) == 1
