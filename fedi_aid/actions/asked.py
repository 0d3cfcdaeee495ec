"""What a member who was asked puts off: it costs nothing, and nobody is told."""

from datetime import timedelta
from typing import Final

from fedi_aid.errors import NotFound
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

PUT_OFF: Final = timedelta(days=1)


def put_off(tx: Tx, me: PersonId, received_id: int) -> None:
    """Not now: the butler comes back to it in a day, if the flag is still up. NotFound for what this member
    was not asked, or has answered."""
    asked = received_rows.received(tx, received_id)
    if asked is None or asked.member_id != me or asked.state not in ("waiting", "asked"):
        raise NotFound
    later = tx.now + tx.house.soon(PUT_OFF)
    question_rows.close_questions_about(tx, me, asked.id, answer="later")
    received_rows.change_received(tx, asked.id, state="waiting", due_at=later)
    errands.carry_received(tx, asked.id, later)
