"""Leaving for good: flags come down first, then what somebody wrote is taken back, here and elsewhere."""

from fedi_aid.actions import help
from fedi_aid.errors import Refused
from fedi_aid.model.people import Member
from fedi_aid.storage import access, people, roster
from fedi_aid.storage import help as help_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def depart(tx: Tx, me: Member, confirmed: str) -> None:
    """Delete a member's account. `confirmed`: their user name, typed by them. The name stays taken.

    Every carried request is withdrawn first (RULES R6); other servers are told; posts, pictures, ties and
    settings go in steps, by jobs. Refused: another name; the only admin, without whom the house would stand.
    """
    if confirmed.strip().lstrip("@").lower() != me.person.username.lower():
        raise Refused("Type your user name to confirm.", field="confirmed")
    if me.role == "admin" and len(roster.admins(tx)) < 2:
        raise Refused("You are the only admin: make somebody else one first.", code="only_admin")
    for request in help_rows.open_requests_of(tx, me.id):
        help.lower(tx, me.id, request.post_id, "withdrawn")
    people.change(tx, me.id, suspended_at=tx.now, suspended_with="self")
    people.change_member(tx, me.id, state="deleted")
    access.end_tokens(tx, member_id=me.id)
    access.end_sessions(tx, me.id)
    jobs.tell_gone(tx, me.id)
