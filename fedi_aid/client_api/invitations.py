"""The people of a project, and invitations to one: sent, received, answered."""

from fedi_aid.actions import invitations
from fedi_aid.actions.invitations import Invitation, Seat
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, moment
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.storage.tx import Tx


def _seats(tx: Tx, call: Call, found: list[Seat]) -> list[Json]:
    shown = accounts(tx, look_of(call), [one.person for one in found])
    return [
        {"account": account, "role": one.role, "state": one.state, "answers_here": not one.plain}
        for one, account in zip(found, shown, strict=True)
    ]


def _role(call: Call) -> str:
    return call.form.text("role", "team", limit=100)


async def people(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/projects/:id/people: who is in it, as far as the caller may know"""
    return await call.db.read(lambda tx: _seats(tx, call, invitations.people(tx, call.me, call.path_id())))


async def invite(call: Call) -> Json:
    """POST /api/v1/fedi_aid/projects/:id/people: asks a friend, `account_id`, to join as `role` (team,
    counsel) with a `word`"""
    member, project_id, form = call.member, call.path_id(), call.form
    person_id = form.maybe_id("account_id")
    if person_id is None:
        raise Refused("account_id can't be blank", code="blank", field="account_id")
    role, word = _role(call), form.text("word", limit=5_000)

    def work(tx: Tx) -> Json:
        return _seats(tx, call, [invitations.invite(tx, member, project_id, person_id, role, word)])[0]

    return await call.db.write(work)


async def change(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/projects/:id/people/:account_id: `state`: resting or accepted for counsel;
    accepted for a friend on an ordinary server who said yes"""
    member, project_id, person_id = call.member, call.path_id(), call.path_id("account_id")
    state, role = call.form.text("state", limit=100), _role(call)
    if state not in ("accepted", "resting"):
        raise Refused("State is one of accepted, resting", field="state")

    def work(tx: Tx) -> Json:
        seats = {(one.person.id, one.role): one for one in invitations.people(tx, member.id, project_id)}
        known = next((one for key, one in seats.items() if key == (person_id, role)), None)
        if known is not None and known.state == "invited" and state == "accepted":
            seat = invitations.agreed(tx, member, project_id, person_id, role)
        else:
            seat = invitations.rest(tx, member, project_id, person_id, resting=state == "resting")
        return _seats(tx, call, [seat])[0]

    return await call.db.write(work)


async def remove(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/projects/:id/people/:account_id: ends a place as `role`, or takes an invitation
    back"""
    member = call.member
    await call.db.write(invitations.remove, member, call.path_id(), call.path_id("account_id"), _role(call))
    return {}


async def leave(call: Call) -> Json:
    """POST /api/v1/fedi_aid/projects/:id/leave: gives one's own place as `role` up"""
    await call.db.write(invitations.leave, call.me, call.path_id(), _role(call))
    return {}


# -- what the caller is asked


def _invitations(tx: Tx, call: Call, found: list[Invitation]) -> list[Json]:
    shown = accounts(tx, look_of(call), [one.owner for one in found])
    return [
        {
            "id": str(one.place.id),
            "role": one.place.role,
            "word": one.place.word,
            "project": {"title": one.project.title, "description": one.project.description},
            "account": account,
            "created_at": moment(one.place.created_at),
        }
        for one, account in zip(found, shown, strict=True)
    ]


async def received(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/invitations: what the caller was asked and has not answered"""
    return await call.db.read(lambda tx: _invitations(tx, call, invitations.received(tx, call.me)))


async def accept(call: Call) -> Json:
    """POST /api/v1/fedi_aid/invitations/:id/accept: joins; also after a no"""
    project = await call.db.write(invitations.accept, call.me, call.path_id())
    return {"project_id": str(project.id)}


async def decline(call: Call) -> Json:
    """POST /api/v1/fedi_aid/invitations/:id/decline: nobody is told"""
    await call.db.write(invitations.decline, call.me, call.path_id())
    return {}
