"""Everybody with an account here, for the operator's command line. Who reads when is not part of it."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import MemberState, Role
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tx import Tx


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A member as the operator sees them."""

    id: PersonId
    username: str
    email: str
    role: Role
    state: MemberState
    uri: str
    created_at: datetime


def accounts(tx: Tx) -> list[Account]:
    """Every member, oldest first; the butler and the instance's own actor are not members."""
    rows = tx.all(
        select(
            people.c.id,
            people.c.username,
            people.c.uri,
            members.c.email,
            members.c.role,
            members.c.state,
            members.c.created_at,
        )
        .join(members, members.c.person_id == people.c.id)
        .where(members.c.role != "service")
        .order_by(people.c.id)
    )
    return [Account(**row._mapping) for row in rows]
