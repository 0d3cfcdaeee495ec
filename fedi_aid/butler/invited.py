"""Invitations to projects: put to a member when they may be disturbed, and what becomes of their answer."""

from typing import Final

from fedi_aid.actions import invitations
from fedi_aid.butler import letters, speak
from fedi_aid.butler.asked import LATER, free_from
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Question
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import places
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.places import ProjectRole
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

INVITED: Final[dict[ProjectRole, letters.Letter]] = {"team": "invited_team", "counsel": "invited_counsel"}
JOINED: Final[dict[ProjectRole, letters.Letter]] = {"team": "joined_team", "counsel": "joined_counsel"}


def put(tx: Tx, place_id: int) -> None:
    """Ask, once, within the member's own budget and quiet hours (RULES R23); later if it is not the moment.
    Who told the butler to be silent finds it among their projects, and is asked when they call it again."""
    place = places.by_id(tx, place_id)
    member = people_rows.member(tx, place.person_id) if place else None
    if place is None or member is None or place.state != "invited" or member.butler_silent:
        return
    if any(
        one.kind == "invite" and one.about_id == place_id
        for one in question_rows.open_questions(tx, member.id)
    ):
        return
    try:
        found = invitations.invitation(tx, member.id, place_id)
    except NotFound:
        return
    free_at = free_from(tx, member)
    if free_at > tx.now:
        errands.butler_invited(tx, place_id, min(free_at, tx.now + tx.house.soon(LATER)))
        return
    question_rows.interrupt(tx, member.id, "invite")
    message_id = speak.say(
        tx,
        member,
        INVITED[place.role],
        owner=found.owner.name,
        title=letters.excerpt(found.project.title),
        about=_about(found, member.locale),
    )
    if message_id is not None:
        question_rows.put_question(tx, member.id, "invite", about_id=place_id, message_id=message_id)


def _about(found: invitations.Invitation, locale: str) -> str:
    """What it is about, and the owner's word: both theirs, told as such."""
    told = (found.project.description, found.place.word)
    return "".join(letters.quoted(one, locale) for one in told)


def answered(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member said yes or no to the butler."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    try:
        found = invitations.invitation(tx, member.id, question.about_id or 0)
        if yes:
            invitations.accept(tx, member.id, found.place.id)
        else:
            invitations.decline(tx, member.id, found.place.id)
    except (NotFound, Refused):
        speak.say(tx, member, "noted_invite_over", reply_to=message.id)
        return
    if yes:
        title = letters.excerpt(found.project.title)
        speak.say(tx, member, "noted_joined", reply_to=message.id, title=title, owner=found.owner.name)
    else:
        speak.say(tx, member, "noted_invite_no", reply_to=message.id)


def joined(tx: Tx, place_id: int) -> None:
    """Tell the owner of a project who joined; of who did not, nothing is ever said."""
    place = places.by_id(tx, place_id)
    project = project_rows.by_id(tx, place.project_id) if place else None
    owner = people_rows.member(tx, project.owner_id) if project else None
    who = people_rows.by_id(tx, place.person_id) if place else None
    if place is None or project is None or owner is None or who is None or place.state != "accepted":
        return
    if not owner.butler_silent:
        speak.say(tx, owner, JOINED[place.role], name=who.name, title=letters.excerpt(project.title))
