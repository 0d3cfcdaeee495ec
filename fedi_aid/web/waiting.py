"""The dots of the frame: which rooms hold something that waits for this member. Never a number."""

from collections.abc import Callable, Mapping
from typing import Final

from fedi_aid.model.ids import PersonId
from fedi_aid.storage import conversations, ties
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.web.pages import Room


def waiting(tx: Tx, me: PersonId) -> frozenset[Room]:
    """The rooms to mark. Each asks for one row."""
    return frozenset(room for room, question in QUESTIONS.items() if question(tx, me))


def _asked(tx: Tx, me: PersonId) -> bool:
    return bool(received_rows.waiting_for(tx, me, limit=1))


def _written_to(tx: Tx, me: PersonId) -> bool:
    return conversations.any_unread(tx, me) or bool(question_rows.open_questions(tx, me))


def _wanted_as_friend(tx: Tx, me: PersonId) -> bool:
    return bool(ties.followers(tx, me, state="asked", max_id=None, since_id=None, limit=1))


QUESTIONS: Final[Mapping[Room, Callable[[Tx, PersonId], bool]]] = {
    "help": _asked,
    "messages": _written_to,
    "people": _wanted_as_friend,
}
