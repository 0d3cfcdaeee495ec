"""Our own endpoints, for clients that know us; everything essential works without them."""

from fedi_aid.actions import audiences, help, readers, ties
from fedi_aid.actions.preview import Preview, preview
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts, relationship
from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.client_api.entities.status import status, why_asked
from fedi_aid.client_api.statuses import draft_of, look_of, seen
from fedi_aid.errors import NotFound
from fedi_aid.storage import corrections
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx


async def explain(call: Call) -> Json:
    """GET /api/v1/fedi_aid/statuses/:id/why: why I see this, or, for its author, how far it went."""
    post_id = call.path_id()

    def work(tx: Tx) -> Json:
        view = seen(tx, call.viewer, post_id)
        own, told = status(tx, look_of(call), view)["fedi_aid"], why_asked(tx, look_of(call), view)
        found: Json = {"why": told, "via": own["via"], "intimacy": own["intimacy"]}
        if "audience" in own:
            found["audience"] = own["audience"]
        return found

    return await call.db.read(work)


async def foresee(call: Call) -> Json:
    """POST /api/v1/fedi_aid/preview: who might see a draft, in the fields of POST /api/v1/statuses; with
    `directions`, what each sphere would change."""
    draft, member, directions = draft_of(call), call.member, call.form.flag("directions")

    def work(tx: Tx) -> Json:
        return foreseen(tx, look_of(call), preview(tx, member, draft, directions=directions))

    return await call.db.read(work)


def foreseen(tx: Tx, look: Look, found: Preview) -> Json:
    """Preview: who might see a draft, faces where the level shows them."""
    told: Json = {
        "reach": found.reach,
        "intimacy": found.intimacy,
        "help": found.help,
        "friends": found.friends,
        "accounts": accounts(tx, look, found.people),
        "levels": {str(level): number for level, number in found.levels.items()},
        "may_ask_to_carry": found.may_ask_to_carry,
        "second_circle": found.second_circle,
        "empty": found.empty,
    }
    if found.directions is not None:
        told["directions"] = {str(sphere): number for sphere, number in found.directions.items()}
    return told


async def wrong_person(call: Call) -> Json:
    """POST /api/v1/fedi_aid/statuses/:id/wrong_person: take a reader out; `always`: of all posts."""
    post_id, member = call.path_id(), call.member
    person_id = call.form.maybe_id("account_id") or 0
    always = call.form.flag("always")

    def work(tx: Tx) -> Json:
        post = seen(tx, member.id, post_id).post
        audiences.wrong_person(tx, member, post.id, person_id, always=always)
        return status(tx, look_of(call), seen(tx, member.id, post.id))

    return await call.db.write(work)


async def add_reader(call: Call) -> Json:
    """POST /api/v1/fedi_aid/statuses/:id/add_reader: a friend may read my post too; `account_id`."""
    post_id, member = call.path_id(), call.member
    person_id = call.form.maybe_id("account_id") or 0

    def work(tx: Tx) -> Json:
        post = seen(tx, member.id, post_id).post
        readers.add(tx, member, post.id, person_id)
        return status(tx, look_of(call), seen(tx, member.id, post.id))

    return await call.db.write(work)


async def remove_reader(call: Call) -> Json:
    """POST /api/v1/fedi_aid/statuses/:id/remove_reader: they do not read it; `always`: nor any to come."""
    post_id, member = call.path_id(), call.member
    person_id, always = call.form.maybe_id("account_id") or 0, call.form.flag("always")

    def work(tx: Tx) -> Json:
        post = seen(tx, member.id, post_id).post
        readers.leave_out(tx, member, post.id, person_id, always=always)
        return status(tx, look_of(call), seen(tx, member.id, post.id))

    return await call.db.write(work)


async def leave_out(call: Call) -> Json:
    """POST /api/v1/fedi_aid/left_out/:id: they read none of my posts to come; they are never told."""
    person_id, me = call.path_id(), call.me
    await call.db.write(readers.leave_out_always, me, person_id)
    return {}


async def pin_as_close(call: Call) -> Json:
    """POST /api/v1/fedi_aid/accounts/:id/close: my own word that somebody is close; they are never told."""
    person_id, me = call.path_id(), call.me
    return await call.db.write(lambda tx: relationship(ties.pin_as_close(tx, me, person_id)))


async def unpin_as_close(call: Call) -> Json:
    """POST /api/v1/fedi_aid/accounts/:id/unclose: takes that word back, for posts to come."""
    person_id, me = call.path_id(), call.me
    return await call.db.write(lambda tx: relationship(ties.unpin_as_close(tx, me, person_id)))


async def left_out(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/left_out: whom I keep out of all my posts."""
    me = call.me

    def work(tx: Tx) -> list[Json]:
        ids = corrections.always_left_out(tx, me)
        known = people_rows.many(tx, ids)
        return accounts(tx, look_of(call), [known[one] for one in ids if one in known])

    return await call.db.read(work)


async def let_in(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/left_out/:id: they may read me again, from the next post on."""
    person_id, me = call.path_id(), call.me
    if not await call.db.write(corrections.forget_always, me, person_id):
        raise NotFound
    return {}


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
