"""Questions about invitations."""

from datetime import datetime

import msgspec
from sqlalchemy import func, or_, select, update

from fedi_aid.storage.tables.people import invites
from fedi_aid.storage.tx import Tx


def make(
    tx: Tx, code: str, *, made_by: int | None, uses: int = 1, expires_at: datetime | None = None
) -> None:
    tx.insert(
        invites,
        id=tx.new_id(),
        code=code,
        made_by=made_by,
        uses_left=uses,
        expires_at=expires_at,
        created_at=tx.now,
    )


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


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation to sign up that still has uses."""

    code: str
    uses_left: int
    expires_at: datetime | None
    created_at: datetime


def open_of(tx: Tx, made_by: int | None) -> list[Invite]:
    """Those of one member that still open the door, newest first; of anybody for None."""
    where = [invites.c.uses_left > 0, or_(invites.c.expires_at.is_(None), invites.c.expires_at > tx.now)]
    if made_by is not None:
        where.append(invites.c.made_by == made_by)
    columns = [invites.c[name] for name in Invite.__struct_fields__]
    rows = tx.all(select(*columns).where(*where).order_by(invites.c.id.desc()).limit(100))
    return [Invite(**row._mapping) for row in rows]


def end(tx: Tx, code: str, made_by: int | None) -> bool:
    """It opens nothing any more. False for one that is not theirs."""
    where = [invites.c.code == code]
    if made_by is not None:
        where.append(invites.c.made_by == made_by)
    return tx.run(update(invites).where(*where).values(uses_left=0)) == 1


def made_since(tx: Tx, made_by: int, since: datetime) -> int:
    """How many a member made since then."""
    where = (invites.c.made_by == made_by, invites.c.created_at > since)
    return int(tx.scalar(select(func.count()).where(*where)) or 0)
