"""Obeying: a member wrote to the butler, and the butler does it and says what will happen.

`HANDLERS` is the whole of what it obeys: one row per verb of `phrases`. A handler gets the member, their
message and the order, and writes at most one answer.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from fedi_aid.butler import (
    choices,
    commands,
    known,
    own_requests,
    passing,
    readers,
    speak,
    telling,
    wishes,
    yes_and_no,
)
from fedi_aid.butler.commands import Command
from fedi_aid.butler.phrases import Verb
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import posts as post_rows
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
        "less": wishes.less,
        "known": known.tell,
        "can_help": telling.can_help,
        "speaks": telling.speaks,
        "not_mine": telling.not_mine,
        "abilities": telling.tell_abilities,
        "thank": telling.thank,
        "vouch": telling.vouch,
        "introduce": telling.introduce,
        "who_asks": telling.who_asks,
        "cards_on": wishes.choose_card,
        "cards_off": wishes.choose_card,
        "more": wishes.more,
        "pass": passing.pass_on,
        "with": readers.add,
        "without": readers.leave_out,
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
    said = help_rows.messages_to_butler(tx, member.id, tx.now - LISTENS_FOR, upto=message.id)
    if said > MOST_MESSAGES:
        if said == MOST_MESSAGES + 1:
            speak.say(tx, member, "too_many", reply_to=message.id)
        return
    command = commands.parse(message.text)
    if command is not None:
        HANDLERS[command.verb](tx, member, message, command)
    elif said <= MOST_UNKNOWN:
        speak.say(tx, member, "unknown", reply_to=message.id)


def voted(tx: Tx, post_id: PostId, person_id: PersonId, choice: int) -> None:
    """A member's vote on a question of the butler means what its words would, written in answer to it."""
    asked = post_rows.get(tx, person_id, post_id)
    member = people_rows.member(tx, person_id)
    poll = poll_rows.of_post(tx, person_id, post_id) if asked else None
    verb = choices.chosen(poll.options, choice) if poll else None
    if asked is not None and member is not None and verb is not None:
        HANDLERS[verb](tx, member, asked, Command(verb))
