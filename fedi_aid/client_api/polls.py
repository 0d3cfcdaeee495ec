"""Polls: how one stands, and answering it."""

from fedi_aid.actions import polls
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.poll import poll
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.storage.tx import Tx


async def show(call: Call) -> Json:
    """GET /api/v1/polls/:id: for who may see the post; hidden and missing are alike (RULES R7)."""
    poll_id = call.path_id()

    def work(tx: Tx) -> Json:
        return poll(look_of(call), polls.seen(tx, call.viewer, poll_id)[0], tx.now)

    return await call.db.read(work)


async def vote(call: Call) -> Json:
    """POST /api/v1/polls/:id/votes with `choices[]`, places in the list of options."""
    poll_id, member = call.path_id(), call.member
    wanted = [_place(text) for text in call.form.texts("choices", limit=100)]

    def work(tx: Tx) -> Json:
        polls.vote(tx, member, poll_id, wanted)
        return poll(look_of(call), polls.seen(tx, member.id, poll_id)[0], tx.now)

    return await call.db.write(work)


def _place(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise Refused("The chosen vote option does not exist", field="choices")
    return int(text)
