"""Cutting the ties of a server or of a person that was suspended. Each member concerned is told, once, and it
is final: lifting the suspension does not bring a friendship back, whoever is meant has to ask again (A24).

A large server is cut in steps, each of which leaves nothing half done: who is still tied is who comes next.
"""

from collections.abc import Sequence
from typing import Final

from fedi_aid.actions import notices, ties
from fedi_aid.model.ids import PersonId
from fedi_aid.model.moderation import SeveranceKind
from fedi_aid.model.people import Person
from fedi_aid.storage import domain_rules, moderation, people
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

AT_ONCE: Final = 50  # members in one transaction


def sever_server(tx: Tx, domain: str) -> None:
    """Cut the ties of the next members with a server that is suspended; the rest follows as a job."""
    if not domain_rules.is_suspended(tx, domain):
        return  # it was lifted meanwhile: who was not cut off yet is not
    members = domain_rules.tied_members(tx, domain, limit=AT_ONCE)
    for member_id in members:
        cut(tx, member_id, domain_rules.tied_with(tx, member_id, domain), "domain", domain)
    if len(members) == AT_ONCE:
        errands.sever(tx, domain=domain)


def sever_person(tx: Tx, person_id: int) -> None:
    """The same for one person elsewhere."""
    person = people.by_id(tx, person_id)
    if person is None or person.suspended_at is None:
        return
    members = tie_rows.tied_to(tx, person_id, here=True, limit=AT_ONCE)
    for member in members:
        cut(tx, member.id, [person], "account", person.handle)
    if len(members) == AT_ONCE:
        errands.sever(tx, person_id=person_id)


def cut(tx: Tx, member_id: PersonId, others: Sequence[Person], kind: SeveranceKind, target: str) -> None:
    """Cut a member's ties with these people, and tell them if there were any."""
    known = tie_rows.relations(tx, member_id, [one.id for one in others])
    followed = [one.handle for one in others if known[one.id].following]
    followers = [one.handle for one in others if known[one.id].followed_by]
    for other in others:
        ties.part(tx, member_id, other)
        tie_rows.drop_close_pin(tx, member_id, other.id)
    if not followed and not followers:
        return  # only a question was open between them
    severance_id = moderation.put_severance(
        tx, member_id, kind, target, followed=followed, followers=followers
    )
    notices.notify_about(tx, member_id, "severed_relationships", member_id, severance_id)
    errands.butler_severed(tx, member_id, severance_id)
