"""What friends do for each other, put to the one whom it concerns, when they may be disturbed: an endorsement
to accept, thanks, an introduction. A no and silence are never told."""

from collections.abc import Callable, Mapping
from datetime import datetime

from fedi_aid.actions import endorsements, introductions
from fedi_aid.butler import letters, speak
from fedi_aid.butler.asked import LATER, free_from
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Question
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import endorsements as endorsement_rows
from fedi_aid.storage import introductions as introduction_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands


def _must_wait(tx: Tx, member: Member, again: Callable[[datetime], object]) -> bool:
    """It is not the moment: it comes again later, as settings may change."""
    free_at = free_from(tx, member)
    if free_at <= tx.now:
        return False
    again(min(free_at, tx.now + tx.house.soon(LATER)))
    return True


# -- endorsements


def put_endorsement(tx: Tx, endorsement_id: int) -> None:
    """Ask a member whether they accept what somebody vouches for. Who told the butler to be silent finds it
    on their profile."""
    known = endorsement_rows.by_id(tx, endorsement_id)
    member = people_rows.member(tx, known.to_id) if known else None
    by = people_rows.by_id(tx, known.from_id) if known else None
    if known is None or member is None or by is None or known.state != "offered" or member.butler_silent:
        return
    if _must_wait(tx, member, lambda at: errands.butler_endorsed(tx, endorsement_id, at)):
        return
    question_rows.interrupt(tx, member.id, "endorsement")
    message_id = speak.say(
        tx, member, "endorsed", name=by.name, what=known.label, word=letters.quoted(known.word, member.locale)
    )
    question_rows.put_question(tx, member.id, "endorsement", about_id=known.id, message_id=message_id)


def on_endorsement(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member said yes or no to an endorsement."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
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
    if _must_wait(tx, member, lambda at: errands.butler_thanked(tx, thanks_id, at)):
        return
    what = ""
    if known.label:
        what = f" pour : {known.label}" if letters.language(member.locale) == "fr" else f" for: {known.label}"
    word = letters.quoted(known.word, member.locale)
    post = post_rows.get(tx, member.id, known.post_id) if known.post_id is not None else None
    if post is None:
        speak.say(tx, member, "thanked", name=by.name, what=what, word=word)
    else:
        excerpt = letters.excerpt(post.text)
        speak.say(tx, member, "thanked_helper", name=by.name, what=what, excerpt=excerpt, word=word)


def on_vouch(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member who thanked somebody for something vouches for it too, or does not."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    made = [endorsement_rows.thanks_by_id(tx, one) for one in question.details or [question.about_id or 0]]
    known = [one for one in made if one is not None and one.from_id == member.id]
    if not known:
        speak.say(tx, member, "no_longer_there", reply_to=message.id)
    elif not yes:
        speak.say(tx, member, "noted_not_vouched", reply_to=message.id)
    else:
        vouch(tx, member, message, {one.to_id: one.label for one in known})


def vouch(tx: Tx, member: Member, message: Post, of: Mapping[PersonId, str]) -> None:
    """Offer endorsements, person by person, and say what will happen, or why nothing will."""
    people = people_rows.many(tx, of)
    told, reason = [], ""
    for person_id, name in of.items():
        try:
            made = endorsements.endorse(tx, member.id, person_id, name=name)
        except (NotFound, Refused) as refusal:
            reason = letters.reason(refusal, member.locale)
        else:
            told.append((people[person_id].name, made.label))
    if not told:
        speak.say(tx, member, "refused_order", reply_to=message.id, reason=reason)
        return
    names = letters.listed([person for person, _ in told], member.locale)
    labels = letters.listed(list(dict.fromkeys(label for _, label in told)), member.locale)
    speak.say(tx, member, "noted_vouched", reply_to=message.id, name=names, what=labels)


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
    if _must_wait(tx, member, lambda at: errands.butler_introduced(tx, introduced_id, at)):
        return
    question_rows.interrupt(tx, member.id, "introduction")
    message_id = speak.say(
        tx,
        member,
        "introduced",
        by=by.name,
        name=other.name,
        # Not as a mention: this message is for nobody else.
        handle=other.handle,
        word=letters.quoted(known.word, member.locale),
    )
    question_rows.put_question(tx, member.id, "introduction", about_id=known.id, message_id=message_id)


def on_introduction(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A member would like to meet somebody, or would not."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
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
