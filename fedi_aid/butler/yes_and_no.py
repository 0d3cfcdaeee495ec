"""Yes and no: what they mean depends on what was asked. A kind of question is a row of `QUESTIONS`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from fedi_aid.actions import carry_consent, widening
from fedi_aid.actions import help as help_actions
from fedi_aid.actions import posts as writing
from fedi_aid.butler import (
    card_answers,
    friends,
    invited,
    letters,
    meant,
    own_requests,
    passing,
    quoted,
    speak,
    who_helped,
)
from fedi_aid.butler.commands import Command
from fedi_aid.model.help import Question, QuestionKind
from fedi_aid.model.ids import PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

ABOUT_HELPING: Final[frozenset[QuestionKind]] = frozenset({"ask", "offer", "carry"})
I_CAN_HELP = {"en": "I can help.", "fr": "Je peux aider."}


def answer(tx: Tx, member: Member, message: Post, command: Command) -> None:
    found = meant.open_question(tx, member, message)
    if found is not None:
        QUESTIONS[found.kind](tx, member, message, found, command.verb == "yes")


def offer(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """ "I can help": a yes to whoever asks for help. To a request that one is asked to carry it is an offer;
    whether one carries it is still to be said."""
    found = meant.open_question(tx, member, message, kinds=ABOUT_HELPING)
    if found is None:
        return
    if found.kind != "carry":
        QUESTIONS[found.kind](tx, member, message, found, True)
    elif found.post_id is not None:
        _offer(tx, member, message, found.post_id, None, letter="noted_offer_carry")


def _on_carry(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.about_id is not None:
        carry_consent.answer(tx, member.id, question.about_id, yes=yes)
    speak.say(tx, member, "noted_yes_carry" if yes else "noted_no", reply_to=message.id)


def _on_ask(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.about_id is not None:
        carry_consent.answer(tx, member.id, question.about_id, yes=yes)
    if yes and question.post_id is not None:
        _offer(tx, member, message, question.post_id, None)
    else:
        speak.say(tx, member, "noted_no", reply_to=message.id)


def _on_offer(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if yes and question.post_id is not None:
        _offer(tx, member, message, question.post_id, question.about_id)
    else:
        speak.say(tx, member, "noted_no", reply_to=message.id)


def _offer(
    tx: Tx,
    member: Member,
    message: Post,
    post_id: PostId,
    reply_id: int | None,
    *,
    letter: letters.Letter = "noted_offer",
) -> None:
    post = post_rows.get(tx, member.id, post_id)
    if post is None or not post.flag_is_up:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
        return
    words = I_CAN_HELP["fr" if member.locale.startswith("fr") else "en"]
    help_actions.offer(tx, member, post_id, words=words, reply_id=reply_id)
    author = people_rows.by_id(tx, post.author_id)
    speak.say(tx, member, letter, reply_to=message.id, author=author.name if author else "")


def _on_checkin(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """ "Does it still stand?": yes keeps it, no lowers it."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.post_id is None:
        return
    if yes:
        own_requests.keep(tx, member, message, question.post_id)
    else:
        own_requests.lower(tx, member, message, question.post_id, "no_longer_needed")


def _on_approve(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A post of level 3 or 4 goes by its author's word, or stays theirs (RULES R14)."""
    post = post_rows.get(tx, member.id, question.post_id or 0)
    if post is None or post.held_until is None:
        question_rows.close_questions(tx, ids=[question.id])
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    elif yes:
        question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes")
        writing.release(tx, member, post.id)
        speak.say(tx, member, "noted_released", reply_to=message.id)
    else:
        # The question stays open for that message: a later yes still counts.
        post_rows.change(tx, post.id, held_until=tx.now + writing.UNTIL_A_YES)
        speak.say(tx, member, "noted_kept_back", reply_to=message.id)


def _on_widen(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.post_id is None:
        return
    help_rows.change_request(tx, question.post_id, heard_at=tx.now)
    if not yes:
        speak.say(tx, member, "noted_no_widening", reply_to=message.id)
        return
    help_rows.change_request(tx, question.post_id, widening_agreed=True, due_at=tx.now)
    help_rows.log(tx, question.post_id, "widened", by_id=member.id)
    errands.butler_wave(tx, question.post_id, tx.now)
    speak.say(tx, member, "noted_widened", reply_to=message.id)


def _on_level(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A post is shown wider by its author's second word, never by an edit alone (RULES R15)."""
    question_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    post = post_rows.get(tx, member.id, question.post_id or 0)
    level = Intimacy(question.about_id or 0)
    if not yes:
        speak.say(tx, member, "noted_level_stays", reply_to=message.id)
    elif post is None or post.held_until is not None or not widening.is_wider(post, level):
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    else:
        widening.widen(tx, member, post.id, level)
        name = LEVELS[level].name(member.locale)
        speak.say(tx, member, "noted_level", reply_to=message.id, level=int(level), level_name=name)


QUESTIONS: Mapping[str, Callable[[Tx, Member, Post, Question, bool], None]] = MappingProxyType(
    {
        "carry": _on_carry,
        "ask": _on_ask,
        "offer": _on_offer,
        "checkin": _on_checkin,
        "approve": _on_approve,
        "widen": _on_widen,
        "level": _on_level,
        "endorsement": friends.on_endorsement,
        "introduction": friends.on_introduction,
        "vouch": friends.on_vouch,
        "invite": invited.answered,
        "suggested": passing.on_suggested,
        "quoted": quoted.answered,
        "helped": who_helped.answer,
        "goal": card_answers.choices_again,
        "tie": card_answers.choices_again,
    }
)
