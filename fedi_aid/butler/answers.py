"""Obeying: a member wrote to the butler, and the butler does it and says what will happen.

An answer to one of the butler's messages means what that message was about. Without that, it counts only
when exactly one thing could be meant; else the butler lists them (RULES R5).
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from babel.dates import format_date

from fedi_aid.actions import carry, rations, widening
from fedi_aid.actions import help as help_actions
from fedi_aid.actions import posts as writing
from fedi_aid.actions.people import update_profile
from fedi_aid.butler import commands, letters, speak
from fedi_aid.butler.commands import Command, Verb
from fedi_aid.model.help import Question
from fedi_aid.model.ids import PostId
from fedi_aid.model.intimacy import LEVELS, Intimacy
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

PAUSE = timedelta(days=7)
I_CAN_HELP = {"en": "I can help.", "fr": "Je peux aider."}


def read(tx: Tx, message_id: PostId) -> None:
    """Understand one message of a member and act on it; at most one answer."""
    message = post_rows.by_id_for_author(tx, message_id)
    member = people_rows.member(tx, message.author_id) if message else None
    if message is None or member is None or message.reach != "butler":
        return
    command = commands.parse(message.text)
    if command is None:
        speak.say(tx, member, "unknown", reply_to=message.id)
        return
    HANDLERS[command.verb](tx, member, message, command)


def _meant(tx: Tx, member: Member, message: Post) -> Question | None:
    """What the message answers: the question of the message it replies to, or one further up."""
    above = message.reply_to_id
    for _ in range(20):
        if above is None:
            return None
        question = help_rows.question_of_message(tx, member.id, above)
        if question is not None:
            return question
        parent = post_rows.get(tx, member.id, above)
        above = parent.reply_to_id if parent else None
    return None


def _which(tx: Tx, member: Member, message: Post, posts: list[PostId]) -> None:
    lines = []
    for post_id in posts:
        post = post_rows.get(tx, member.id, post_id)
        if post is not None:
            lines.append(f"– “{letters.excerpt(post.text)}”")
    speak.say(tx, member, "which", reply_to=message.id, choices="\n".join(lines))


# -- yes and no


def _yes_or_no(tx: Tx, member: Member, message: Post, command: Command) -> None:
    meant = _meant(tx, member, message)
    waiting = help_rows.open_questions(tx, member.id)
    if meant is None or meant.state != "open":
        if meant is not None and meant.kind != "confirm":
            waiting = []  # it was answered, or the flag came down meanwhile
        if len(waiting) != 1:
            if waiting:
                _which(tx, member, message, [one.post_id for one in waiting if one.post_id])
            else:
                speak.say(tx, member, "nothing_open", reply_to=message.id)
            return
        meant = waiting[0]
    _QUESTIONS[meant.kind](tx, member, message, meant, command.verb == "yes")


def _on_carry(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.about_id is not None:
        carry.answer(tx, member.id, question.about_id, yes=yes)
    speak.say(tx, member, "noted_yes_carry" if yes else "noted_no", reply_to=message.id)


def _on_ask(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.about_id is not None:
        carry.answer(tx, member.id, question.about_id, yes=yes)
    if yes and question.post_id is not None:
        _offer(tx, member, message, question.post_id, None)
    else:
        speak.say(tx, member, "noted_no", reply_to=message.id)


def _on_offer(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if yes and question.post_id is not None:
        _offer(tx, member, message, question.post_id, question.about_id)
    else:
        speak.say(tx, member, "noted_no", reply_to=message.id)


def _offer(tx: Tx, member: Member, message: Post, post_id: PostId, reply_id: int | None) -> None:
    post = post_rows.get(tx, member.id, post_id)
    if post is None or not post.flag_is_up:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
        return
    words = I_CAN_HELP["fr" if member.locale.startswith("fr") else "en"]
    help_actions.offer(tx, member, post_id, words=words, reply_id=reply_id)
    author = people_rows.by_id(tx, post.author_id)
    speak.say(tx, member, "noted_offer", reply_to=message.id, author=author.name if author else "")


def _on_checkin(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """ "Does it still stand?": yes keeps it, no lowers it."""
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.post_id is None:
        return
    if yes:
        _keep(tx, member, message, question.post_id)
    else:
        _lower(tx, member, message, question.post_id, "no_longer_needed")


def _on_approve(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A post of level 3 or 4 goes by its author's word, or stays theirs (RULES R14)."""
    post = post_rows.get(tx, member.id, question.post_id or 0)
    if post is None or post.held_until is None:
        help_rows.close_questions(tx, ids=[question.id])
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    elif yes:
        help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes")
        writing.release(tx, member, post.id)
        speak.say(tx, member, "noted_released", reply_to=message.id)
    else:
        # The question stays open for that message: a later yes still counts.
        post_rows.change(tx, post.id, held_until=tx.now + writing.UNTIL_A_YES)
        speak.say(tx, member, "noted_kept_back", reply_to=message.id)


def _on_widen(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
    if question.post_id is None or not yes:
        speak.say(tx, member, "noted_no", reply_to=message.id)
        return
    help_rows.change_request(tx, question.post_id, widening_agreed=True, due_at=tx.now)
    help_rows.log(tx, question.post_id, "widened", by_id=member.id)
    jobs.butler_wave(tx, question.post_id, tx.now)
    speak.say(tx, member, "noted_widened", reply_to=message.id)


def _on_level(tx: Tx, member: Member, message: Post, question: Question, yes: bool) -> None:
    """A post is shown wider by its author's second word, never by an edit alone (RULES R15)."""
    help_rows.close_questions(tx, ids=[question.id], state="answered", answer="yes" if yes else "no")
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


_QUESTIONS: Mapping[str, Callable[[Tx, Member, Post, Question, bool], None]] = MappingProxyType(
    {
        "carry": _on_carry,
        "ask": _on_ask,
        "offer": _on_offer,
        "checkin": _on_checkin,
        "approve": _on_approve,
        "widen": _on_widen,
        "level": _on_level,
    }
)


# -- the author's own requests


def _one_request(tx: Tx, member: Member, message: Post) -> PostId | None:
    """The request a command means; says why when there is none or more than one."""
    meant = _meant(tx, member, message)
    own = [one.post_id for one in help_rows.open_requests_of(tx, member.id)]
    if meant is not None and meant.post_id in own:
        return meant.post_id
    if len(own) == 1:
        return own[0]
    if own:
        _which(tx, member, message, own)
    else:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    return None


def _done(tx: Tx, member: Member, message: Post, command: Command) -> None:
    post_id = _one_request(tx, member, message)
    if post_id is not None:
        _lower(tx, member, message, post_id, "solved" if command.verb == "done" else "withdrawn")


def _lower(tx: Tx, member: Member, message: Post, post_id: PostId, outcome: str) -> None:
    helpers = len(help_rows.offers_of(tx, post_id))
    post = help_actions.lower(tx, member.id, post_id, outcome)
    speak.say(
        tx,
        member,
        "lowered",
        reply_to=message.id,
        excerpt=letters.excerpt(post.text),
        thanked=letters.thanked(helpers, member.locale),
    )


def _still(tx: Tx, member: Member, message: Post, command: Command) -> None:
    if member.paused_until is not None and member.paused_until > tx.now:
        update_profile(tx, member.id, paused_until=None)
        speak.say(tx, member, "noted_still", reply_to=message.id)
        return
    post_id = _one_request(tx, member, message)
    if post_id is not None:
        _keep(tx, member, message, post_id)


def _keep(tx: Tx, member: Member, message: Post, post_id: PostId) -> None:
    help_rows.change_request(tx, post_id, state="open", due_at=tx.now, checkins=0)
    help_rows.log(tx, post_id, "still", by_id=member.id)
    for question in help_rows.open_questions(tx, member.id):
        if question.post_id == post_id and question.kind == "checkin":
            help_rows.close_questions(tx, ids=[question.id], state="answered", answer="still")
    jobs.butler_wave(tx, post_id, tx.now)
    speak.say(tx, member, "noted_still", reply_to=message.id)


def _pause(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """An author rests their request; anybody else asks not to be asked for a week."""
    own = help_rows.open_requests_of(tx, member.id)
    if not own:
        until = tx.now + PAUSE
        update_profile(tx, member.id, paused_until=until)
        day = format_date(until, format="long", locale="fr" if member.locale.startswith("fr") else "en")
        speak.say(tx, member, "noted_pause_member", reply_to=message.id, until=day)
        return
    post_id = _one_request(tx, member, message)
    if post_id is not None:
        help_rows.change_request(tx, post_id, state="paused", due_at=None)
        help_rows.log(tx, post_id, "paused", by_id=member.id)
        speak.say(tx, member, "noted_pause_request", reply_to=message.id)


def _help(tx: Tx, member: Member, message: Post, command: Command) -> None:
    speak.say(tx, member, "help", reply_to=message.id)


def _more(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """More of one's timelines than the day's ration (PRODUCT S1)."""
    found = rations.ask_for_more(tx, member)
    speak.say(tx, member, "more", reply_to=message.id, depth=found.depth)


HANDLERS: Mapping[Verb, Callable[[Tx, Member, Post, Command], None]] = MappingProxyType(
    {
        "yes": _yes_or_no,
        "no": _yes_or_no,
        "done": _done,
        "withdrawn": _done,
        "still": _still,
        "pause": _pause,
        "help": _help,
        "more": _more,
    }
)
