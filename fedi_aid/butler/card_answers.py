"""What a member answers to a card: a goal is reached, waits or is let go; a friend is written to or kept, or
the tie ends. Each answer does what it says, by the actions that any other page uses."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fedi_aid.actions import goals, ties
from fedi_aid.butler import letters, meant, speak
from fedi_aid.butler.commands import Command
from fedi_aid.butler.phrases import Verb
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Question, QuestionKind
from fedi_aid.model.ids import PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import goals as goal_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx

# What each kind of card can be answered with; "not now" and "it still matters" are the same.
ANSWERS: Mapping[QuestionKind, frozenset[Verb]] = MappingProxyType(
    {
        "goal": frozenset({"done", "later", "still", "withdrawn"}),
        "tie": frozenset({"write", "still", "later", "withdrawn"}),
    }
)


def taken(tx: Tx, member: Member, message: Post, command: Command) -> bool:
    """Whether the order was meant for a card, and is done with.

    Without a card above it, a word that could also mean one's own request, or a question, is asked back: no
    flag comes down by an answer to a card.
    """
    card = meant.card(tx, member, message)
    if card is None or command.verb not in ANSWERS[card.kind] or command.rest:
        return False
    if meant.question(tx, member, message) is None:
        own, waiting = _could_mean(tx, member, command.verb)
        if own or waiting:
            meant.ask_which(tx, member, message, [*waiting, card], own)
            return True
    _KINDS[card.kind](tx, member, message, card, command.verb)
    return True


def _could_mean(tx: Tx, member: Member, verb: Verb) -> tuple[list[PostId], list[Question]]:
    """What else a bare word could be about: requests of their own, questions to them."""
    if verb == "write":
        return [], []
    if verb == "later":
        waiting = question_rows.open_questions(tx, member.id)
        return [], [one for one in waiting if one.kind not in meant.CARDS]
    return [one.post_id for one in help_rows.open_requests_of(tx, member.id)], []


def write(tx: Tx, member: Member, message: Post, _command: Command) -> None:
    """ "I will write", and no card that it answers."""
    speak.say(tx, member, "nothing_open", reply_to=message.id)


def choices_again(tx: Tx, member: Member, message: Post, question: Question, _yes: bool) -> None:
    """A yes or no below a card."""
    meant.say_choices(tx, member, message, question)


def _on_goal(tx: Tx, member: Member, message: Post, card: Question, verb: Verb) -> None:
    goal = goal_rows.by_id(tx, card.about_id or 0)
    if goal is None or goal.state != "open":
        _over(tx, member, message, card)
        return
    _close(tx, card, verb)
    told = {"goal": letters.excerpt(goal.title)}
    if verb in ("later", "still"):
        speak.say(tx, member, "noted_goal_waits", reply_to=message.id, **told)
        return
    state = "done" if verb == "done" else "dropped"
    try:
        goals.change(tx, member.id, goal.project_id, goal.id, goals.Wish(state=state))
    except (NotFound, Refused):
        _over(tx, member, message, card)
        return
    letter: letters.Letter = "noted_goal_done" if verb == "done" else "noted_goal_dropped"
    speak.say(tx, member, letter, reply_to=message.id, **told)


def _on_tie(tx: Tx, member: Member, message: Post, card: Question, verb: Verb) -> None:
    friend = people_rows.by_id(tx, card.about_id or 0)
    if friend is None or not tie_rows.are_friends(tx, member.id, friend.id):
        _over(tx, member, message, card)
        return
    _close(tx, card, verb)
    told = {"name": friend.name, "handle": friend.handle}
    if verb == "write":
        speak.say(tx, member, "noted_tie_write", reply_to=message.id, **told)
    elif verb in ("still", "later"):
        speak.say(tx, member, "noted_tie_kept", reply_to=message.id, **told)
    else:
        ties.unfollow(tx, member.id, friend.id)
        speak.say(tx, member, "noted_tie_ended", reply_to=message.id, **told)


_KINDS: Mapping[QuestionKind, Callable[[Tx, Member, Post, Question, Verb], None]] = MappingProxyType(
    {"goal": _on_goal, "tie": _on_tie}
)


def _close(tx: Tx, card: Question, verb: Verb) -> None:
    question_rows.close_questions(tx, ids=[card.id], state="answered", answer=verb)


def _over(tx: Tx, member: Member, message: Post, card: Question) -> None:
    question_rows.close_questions(tx, ids=[card.id])
    speak.say(tx, member, "no_longer_there", reply_to=message.id)
