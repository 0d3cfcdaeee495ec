"""What friends do for each other, put to the one whom it concerns, when they may be disturbed: an endorsement
to accept, thanks, an introduction. A no and silence are never told."""

from collections.abc import Callable
from datetime import datetime

from fedi_aid.actions import endorsements, introductions
from fedi_aid.butler import letters, speak
from fedi_aid.butler.asked import LATER, free_from
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Question
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import endorsements as endorsement_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import introductions as introduction_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def _must_wait(tx: Tx, member: Member, again: Callable[[datetime], object]) -> bool:
    """It is not the moment: it comes again later, as settings may change."""
    free_at = free_from(tx, member)
    if free_at <= tx.now:
        return False
    again(min(free_at, tx.now + tx.house.soon(LATER)))
    return True


def _quoted(word: str) -> str:
    return f"\n\n“{letters.excerpt(word)}”" if word.strip() else ""


# -- endorsements


def put_endorsement(tx: Tx, endorsement_id: int) -> None:
    """Ask a member whether they accept what somebody vouches for. Who told the butler to be silent finds it
    on their profile."""
    known = endorsement_rows.by_id(tx, endorsement_id)
    member = people_rows.member(tx, known.to_id) if known else None
    by = people_rows.by_id(tx, known.from_id) if known else None
    if known is None or member is None or by is None or known.state != "offered" or member.butler_silent:
        return
    if _must_wait(tx, member, lambda at: jobs.butler_endorsed(tx, endorsement_id, at)):
        return
    help_rows.interrupt(tx, member.id, "endorsement")
    message_id = speak.say(tx, member, "endorsed", name=by.name, what=known.label, word=_quoted(known.word))
    help_rows.put_question(tx, member.id, "endorsement", about_id=known.id, message_id=message_id)


def on_endorsement(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member said yes or no to an endorsement."""
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    try:
        if yes:
            endorsements.accept(tx, member.id, question.about_id or 0)
        else:
            endorsements.decline(tx, member.id, question.about_id or 0)
    except NotFound:
        speak.say(tx, member, "no_longer_there", reply_to=message.id)
        return
    speak.say(tx, member, "noted_endorsed" if yes else "noted_not_endorsed", reply_to=message.id)


# -- thanks


def tell_thanks(tx: Tx, thanks_id: int) -> None:
    """Close the loop: the person one helped says thank you. In waking hours; it costs nobody's budget."""
    known = endorsement_rows.thanks_by_id(tx, thanks_id)
    member = people_rows.member(tx, known.to_id) if known else None
    by = people_rows.by_id(tx, known.from_id) if known else None
    if known is None or member is None or by is None or member.butler_silent:
        return
    if _must_wait(tx, member, lambda at: jobs.butler_thanked(tx, thanks_id, at)):
        return
    what = ""
    if known.label:
        what = f" pour : {known.label}" if letters.language(member.locale) == "fr" else f" for: {known.label}"
    speak.say(tx, member, "thanked", name=by.name, what=what, word=_quoted(known.word))


def on_vouch(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member who thanked somebody for something vouches for it too, or does not."""
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    known = endorsement_rows.thanks_by_id(tx, question.about_id or 0)
    other = people_rows.by_id(tx, known.to_id) if known else None
    if known is None or other is None or known.from_id != member.id:
        speak.say(tx, member, "no_longer_there", reply_to=message.id)
    elif not yes:
        speak.say(tx, member, "noted_not_vouched", reply_to=message.id)
    else:
        vouch(tx, member, message, other.id, known.label)


def vouch(tx: Tx, member: Member, message: Post, person_id: int, name: str) -> None:
    """Offer an endorsement, and say what will happen, or why nothing will."""
    try:
        made = endorsements.endorse(tx, member.id, person_id, name=name)
    except (NotFound, Refused) as refusal:
        speak.say(tx, member, "refused_order", reply_to=message.id, reason=refusal.sentence)
        return
    other = people_rows.by_id(tx, person_id)
    speak.say(
        tx,
        member,
        "noted_vouched",
        reply_to=message.id,
        name=other.name if other else "",
        what=made.label,
    )


# -- introductions


def put_introduction(tx: Tx, introduced_id: int) -> None:
    """Ask a member whether they would like to meet whom a friend introduces."""
    known = introduction_rows.to_by_id(tx, introduced_id)
    member = people_rows.member(tx, known.member_id) if known else None
    by = people_rows.by_id(tx, known.by_id) if known else None
    other = people_rows.by_id(tx, known.other_id) if known else None
    if known is None or member is None or by is None or other is None:
        return
    if known.state != "offered" or member.butler_silent:
        return
    if _must_wait(tx, member, lambda at: jobs.butler_introduced(tx, introduced_id, at)):
        return
    help_rows.interrupt(tx, member.id, "introduction")
    message_id = speak.say(
        tx,
        member,
        "introduced",
        by=by.name,
        name=other.name,
        # Not as a mention: this message is for nobody else.
        handle=other.handle,
        word=_quoted(known.word),
    )
    help_rows.put_question(tx, member.id, "introduction", about_id=known.id, message_id=message_id)


def on_introduction(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member would like to meet somebody, or would not."""
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    known = introduction_rows.to_by_id(tx, question.about_id or 0)
    other = people_rows.by_id(tx, known.other_id) if known else None
    try:
        if yes:
            introductions.accept(tx, member.id, question.about_id or 0)
        else:
            introductions.decline(tx, member.id, question.about_id or 0)
    except NotFound:
        speak.say(tx, member, "no_longer_there", reply_to=message.id)
        return
    if yes:
        speak.say(tx, member, "noted_met", reply_to=message.id, name=other.name if other else "")
    else:
        speak.say(tx, member, "noted_not_met", reply_to=message.id)
