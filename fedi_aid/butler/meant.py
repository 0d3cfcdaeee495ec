"""What a member's message means: which question it answers, which of their requests it is about.

An answer to one of the butler's messages means what that message was about. Without that, it counts only
when exactly one thing could be meant; else the butler lists them (RULES R5).
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from fedi_aid.butler import letters, speak
from fedi_aid.model.help import Question, QuestionKind
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx


def question(tx: Tx, member: Member, message: Post) -> Question | None:
    """What the message answers: the question of the message it replies to, or one further up. The butler's
    own message stands for itself (a vote on it)."""
    above: PostId | None = message.id
    for _ in range(20):
        if above is None:
            return None
        found = question_rows.question_of_message(tx, member.id, above)
        if found is not None:
            return found
        parent = post_rows.get(tx, member.id, above)
        above = parent.reply_to_id if parent else None
    return None


# What nobody waits for: it goes on without an answer, and is meant by a bare word for a week.
IN_PASSING: Final[frozenset[QuestionKind]] = frozenset({"helped", "vouch"})
CARDS: Final[frozenset[QuestionKind]] = frozenset({"goal", "tie"})
LATELY: Final = timedelta(days=7)


def open_question(
    tx: Tx, member: Member, message: Post, *, kinds: frozenset[QuestionKind] | None = None
) -> Question | None:
    """The one open question that a bare answer means, of these kinds; says why when there is none or more.
    Cards have answers of their own: no bare yes or no means one."""
    found = question(tx, member, message)
    lapsed = found is not None and found.state == "closed" and found.kind in IN_PASSING
    if found is not None and (found.state == "open" or lapsed) and (kinds is None or found.kind in kinds):
        return found
    waiting = [
        one
        for one in question_rows.open_questions(tx, member.id)
        if (one.kind in kinds if kinds is not None else one.kind not in CARDS)
        and (one.kind not in IN_PASSING or tx.now - one.created_at < LATELY)
    ]
    if found is not None and found.kind != "confirm":
        waiting = []  # it was answered, or the flag came down meanwhile
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        ask_which(tx, member, message, waiting)
    elif (about := card(tx, member, message)) is not None:
        say_choices(tx, member, message, about)
    else:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
    return None


def somebody_waits(tx: Tx, member: Member, message: Post) -> bool:
    """Whether a yes or a no would mean something now."""
    found = question(tx, member, message)
    if found is not None:
        return found.state == "open" and found.kind not in CARDS
    return any(one.kind not in CARDS for one in question_rows.open_questions(tx, member.id))


def let_lapse(tx: Tx, member_id: PersonId) -> None:
    """What nobody waits for stands open for a week, or two: then an answer to the letter itself is the only
    one."""
    old = [
        one.id
        for one in question_rows.open_questions(tx, member_id)
        if one.kind in IN_PASSING | CARDS and tx.now - one.created_at >= LATELY
    ]
    question_rows.close_questions(tx, ids=old)


def card(tx: Tx, member: Member, message: Post) -> Question | None:
    """The card that a message answers: the one above it, or, without one above, the last of this week."""
    found = question(tx, member, message)
    if found is not None:
        return found if found.kind in CARDS else None
    cards = [
        one
        for one in question_rows.open_questions(tx, member.id)
        if one.kind in CARDS and tx.now - one.created_at < LATELY
    ]
    return cards[-1] if cards else None


def say_choices(tx: Tx, member: Member, message: Post, about: Question) -> None:
    """A yes or a no to a card says nothing that it asked."""
    letter: letters.Letter = "goal_choices" if about.kind == "goal" else "tie_choices"
    speak.say(tx, member, letter, reply_to=message.id)


def who_helped(tx: Tx, member: Member, message: Post) -> Question | None:
    """The open question who helped that a message answers: the one above it, or the last of this week."""
    found = question(tx, member, message)
    if found is not None:
        return found if found.kind == "helped" and found.state != "answered" else None
    asked = [
        one
        for one in question_rows.open_questions(tx, member.id)
        if one.kind == "helped" and tx.now - one.created_at < LATELY
    ]
    return asked[-1] if asked else None


def ask_which(
    tx: Tx, member: Member, message: Post, waiting: Iterable[Question] = (), own: Iterable[PostId] = ()
) -> None:
    """List what could be meant: requests of one's own; questions, by their post or by their words."""
    said = [_post_words(tx, member, one) for one in own]
    said += [_post_words(tx, member, one.post_id) or _own_words(tx, member, one) for one in waiting]
    lines = [f"– {letters.quote(one, member.locale)}" for one in said if one]
    speak.say(tx, member, "which", reply_to=message.id, choices="\n".join(lines))


def _post_words(tx: Tx, member: Member, post_id: PostId | None) -> str:
    post = post_rows.get(tx, member.id, post_id) if post_id is not None else None
    return post.text if post is not None else ""


def _own_words(tx: Tx, member: Member, asked: Question) -> str:
    """What the butler wrote, without the address; of a letter that tells before it asks, what it asks."""
    text = _post_words(tx, member, asked.message_id).partition(" ")[2]
    return text[text.rfind(".", 0, text.find("?")) + 1 :].strip() if asked.kind == "vouch" else text


def one_request(tx: Tx, member: Member, message: Post) -> PostId | None:
    """The request of their own that an order means; says why when there is none or more than one. An order
    about somebody else's request, or one that is closed, is never taken for another."""
    asked = question(tx, member, message)
    own = [one.post_id for one in help_rows.open_requests_of(tx, member.id)]
    if asked is not None and asked.post_id is not None:
        if asked.post_id in own:
            return asked.post_id
        request = help_rows.request(tx, asked.post_id)
        mine = request is not None and request.author_id == member.id
        speak.say(tx, member, "already_down" if mine else "not_yours", reply_to=message.id)
        return None
    if len(own) == 1:
        return own[0]
    if not own:
        speak.say(tx, member, "nothing_open", reply_to=message.id)
        return None
    ask_which(tx, member, message, own=own)
    return None
