"""Questions about invitations."""

from sqlalchemy import or_, select, update

from fedi_aid.storage.tables.people import invites
from fedi_aid.storage.tx import Tx


def make(tx: Tx, code: str, *, made_by: int | None, uses: int = 1) -> None:
    tx.insert(invites, id=tx.new_id(), code=code, made_by=made_by, uses_left=uses, created_at=tx.now)


def is_good(tx: Tx, code: str) -> bool:
    """The invitation exists, has uses left and has not expired."""
    return tx.exists(
        select(invites.c.id).where(
            invites.c.code == code,
            invites.c.uses_left > 0,
            or_(invites.c.expires_at.is_(None), invites.c.expires_at > tx.now),
        )
    )


def use(tx: Tx, code: str) -> None:
    tx.run(update(invites).where(invites.c.code == code).values(uses_left=invites.c.uses_left - 1))
