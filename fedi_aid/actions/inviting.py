"""Invitations to sign up: one person at a time, few a week, and for two weeks (PRODUCT S2)."""

from datetime import timedelta
from typing import Final

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.people import Member
from fedi_aid.storage import invites
from fedi_aid.storage.invites import Invite
from fedi_aid.storage.tx import Tx

A_WEEK: Final = 5
GOOD_FOR: Final = timedelta(days=14)
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else


def invite(tx: Tx, me: Member) -> str:
    """A new code, for one person. Refused when the week's are used up, and where nobody new is taken."""
    if tx.house.registration == "closed":
        raise Refused("This server takes nobody new at the moment.", code="closed")
    staff = me.role != "member"
    if not staff and invites.made_since(tx, me.id, tx.now - timedelta(days=7)) >= A_WEEK:
        raise Refused(f"At most {A_WEEK} invitations a week.", code="too_many")
    code = "".join(tx.dice.choice(ALPHABET) for _ in range(13))
    invites.make(tx, code, made_by=me.id, expires_at=tx.now + GOOD_FOR)
    return code


def mine(tx: Tx, me: Member) -> list[Invite]:
    """Those that still open the door; for who looks after the instance, everybody's."""
    return invites.open_of(tx, None if me.role != "member" else me.id)


def end(tx: Tx, me: Member, code: str) -> None:
    """Take one back. NotFound for one that is not theirs to end."""
    if not invites.end(tx, code, None if me.role != "member" else me.id):
        raise NotFound
