"""Our own endpoints, for clients that know us; everything essential works without them."""

from fedi_aid.actions import help
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.status import status, why
from fedi_aid.client_api.statuses import look_of, seen
from fedi_aid.storage.tx import Tx


async def explain(call: Call) -> Json:
    """GET /api/v1/fedi_aid/statuses/:id/why: why I see this, or, for its author, how far it went."""
    post_id = call.path_id()

    def work(tx: Tx) -> Json:
        view = seen(tx, call.viewer, post_id)
        own = status(tx, look_of(call), view)["fedi_aid"]
        found: Json = {"why": why(look_of(call), view), "via": own["via"], "intimacy": own["intimacy"]}
        if "audience" in own:
            found["audience"] = own["audience"]
        return found

    return await call.db.read(work)


async def lower(call: Call) -> Json:
    """POST /api/v1/fedi_aid/statuses/:id/lower: the need is gone; `outcome` says how."""
    post_id, me = call.path_id(), call.me
    outcome = call.form.text("outcome", "solved", limit=100)

    def work(tx: Tx) -> Json:
        post = seen(tx, me, post_id).post
        help.lower(tx, me, post.id, outcome)
        return status(tx, look_of(call), seen(tx, me, post.id))

    return await call.db.write(work)


async def offer(call: Call) -> Json:
    """POST /api/v1/fedi_aid/statuses/:id/offer: "I can help", in `words`; answers the reply that says so."""
    post_id, member = call.path_id(), call.member
    words = call.form.text("words")

    def work(tx: Tx) -> Json:
        post = seen(tx, member.id, post_id).post
        reply_id = help.offer(tx, member, post.id, words=words)
        return status(tx, look_of(call), seen(tx, member.id, reply_id))

    return await call.db.write(work)
