"""Obeying: a member wrote to the butler, and the butler does it and says what will happen.

`HANDLERS` is the whole of what it obeys: one row per verb of `phrases`. A handler gets the member, their
message and the order, and writes at most one answer.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from fedi_aid.butler import (
    card_answers,
    choices,
    commands,
    known,
    letters,
    meant,
    own_requests,
    passing,
    phrases,
    readers,
    speak,
    telling,
    thanking,
    who_helped,
    wishes,
    yes_and_no,
)
from fedi_aid.butler.commands import Command
from fedi_aid.butler.phrases import Verb
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx

LISTENS_FOR: Final = timedelta(hours=1)
MOST_MESSAGES: Final = 60
MOST_UNKNOWN: Final = 10

HANDLERS: Mapping[Verb, Callable[[Tx, Member, Post, Command], None]] = MappingProxyType(
    {
        "yes": yes_and_no.answer,
        "no": yes_and_no.answer,
        "done": own_requests.done,
        "withdrawn": own_requests.done,
        "no_longer_needed": own_requests.done,
        "still": own_requests.still,
        "pause": own_requests.pause,
        "later": wishes.later,
        "resume": own_requests.resume,
        "stop": wishes.stop,
        "level": wishes.level,
        "urgency": own_requests.urgency,
        "helpers": own_requests.helpers,
        "requests": own_requests.listed,
        "ration": wishes.ration,
        "hours": wishes.hours,
        "zone": wishes.zone,
        "less": wishes.less,
        "known": known.tell,
        "can_help": telling.can_help,
        "speaks": telling.speaks,
        "not_mine": telling.not_mine,
        "abilities": telling.tell_abilities,
        "thank": thanking.thank,
        "vouch": thanking.vouch,
        "introduce": telling.introduce,
        "who_asks": telling.who_asks,
        "cards_on": wishes.choose_card,
        "cards_off": wishes.choose_card,
        "more": wishes.more,
        "pass": passing.pass_on,
        "with": readers.add,
        "without": readers.leave_out,
        "offer": yes_and_no.offer,
        "write": card_answers.write,
        "help": wishes.list_orders,
    }
)


def read(tx: Tx, message_id: PostId) -> None:
    """Understand one message of a member and act on it; at most one answer.

    Who writes without end, a loop of two machines say, is told so once and then not heard for a while; the
    same goes, sooner, for what is not understood.
    """
    message = post_rows.by_id_for_author(tx, message_id)
    member = people_rows.member(tx, message.author_id) if message else None
    if message is None or member is None or message.reach != "butler":
        return
    said = question_rows.messages_to_butler(tx, member.id, tx.now - LISTENS_FOR, upto=message.id)
    if said > MOST_MESSAGES:
        if said == MOST_MESSAGES + 1:
            speak.say(tx, member, "too_many", reply_to=message.id)
        return
    command = commands.parse(message.text)
    if command is not None:
        obey(tx, member, message, command)
    elif not who_helped.understood(tx, member, message):
        _not_understood(tx, member, message)


def _not_understood(tx: Tx, member: Member, message: Post) -> None:
    """A short answer that helps, so many times in an hour; what was said stays without effect."""
    since = tx.now - LISTENS_FOR
    lately = question_rows.words_to_butler(tx, member.id, since, upto=message.id, limit=MOST_MESSAGES)
    if sum(commands.parse(one) is None for one in lately) > MOST_UNKNOWN:
        return
    if commands.is_courtesy(message.text):
        speak.say(tx, member, "courtesy", reply_to=message.id)
    elif commands.hesitates(message.text) and meant.somebody_waits(tx, member, message):
        speak.say(tx, member, "yes_or_no", reply_to=message.id)
    elif (verb := commands.near(message.text)) is not None:
        word = phrases.SPELLED[verb][letters.language(member.locale)]
        speak.say(tx, member, "unknown_near", reply_to=message.id, word=word)
    else:
        speak.say(tx, member, "unknown", reply_to=message.id)


def obey(tx: Tx, member: Member, message: Post, command: Command) -> None:
    """An order in words, or by a vote on a letter."""
    if not card_answers.taken(tx, member, message, command):
        HANDLERS[command.verb](tx, member, message, command)


def voted(tx: Tx, post_id: PostId, person_id: PersonId, choice: int) -> None:
    """A member's vote on a question of the butler means what its words would, written in answer to it."""
    asked = post_rows.get(tx, person_id, post_id)
    member = people_rows.member(tx, person_id)
    poll = poll_rows.of_post(tx, person_id, post_id) if asked else None
    if asked is None or member is None or poll is None:
        return
    question = question_rows.question_of_message(tx, member.id, asked.id)
    verb = choices.chosen(poll.options, choice)
    if poll.multiple and question is not None and question.kind == "helped":
        if question.state != "answered":
            who_helped.voted(tx, member, asked, question, poll.own or (choice,))
    elif verb is not None:
        obey(tx, member, asked, Command(verb))
