"""People, for those who look after the instance: looking, deciding, taking back."""

from collections.abc import Callable
from typing import Any, Final

from fedi_aid.actions import judging
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.admin import admin_accounts
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.moderation import ACTIONS
from fedi_aid.client_api.forms import Form, as_id
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.model.moderation import Action
from fedi_aid.storage import roster
from fedi_aid.storage.roster import Known, Sought, State
from fedi_aid.storage.tx import Tx

_OURS: Final[dict[str, Action]] = {theirs: ours for ours, theirs in ACTIONS.items()}
_STATES: Final[dict[str, State]] = {
    "active": "active",
    "pending": "pending",
    "disabled": "disabled",
    "silenced": "limited",
    "suspended": "suspended",
    "sensitized": "sensitive",
}


def _words(form: Form, **more: Any) -> Sought:
    return Sought(
        username=form.maybe("username", limit=200),
        display_name=form.maybe("display_name", limit=200),
        domain=(form.text("by_domain", limit=500) or form.text("domain", limit=500)).lower() or None,
        email=form.maybe("email", limit=400),
        **more,
    )


async def _listed(call: Call, sought: Sought) -> Any:
    page = call.page(default=100, most=200)
    if call.form.text("ip", limit=100).strip():
        return call.paged([], page, [])  # no address is kept, so nobody can be found by one

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = roster.seek(tx, sought, page)
        return admin_accounts(tx, look_of(call), found), [one.person.id for one in found]

    shown, cursors = await call.db.read(work)
    return call.paged(shown, page, cursors)


async def index_v1(call: Call) -> Any:
    """GET /api/v1/admin/accounts: by flags: `local`, `remote`, `active`, `pending`, `disabled`, `silenced`,
    `suspended`, `sensitized`, `staff`; by the beginning of a name or address; `by_domain`"""
    form = call.form
    here = True if form.flag("local") else False if form.flag("remote") else None
    states = [ours for theirs, ours in _STATES.items() if form.flag(theirs)]
    state = states[-1] if states else None
    return await _listed(call, _words(form, here=here, state=state, staff=form.flag("staff")))


async def index_v2(call: Call) -> Any:
    """GET /api/v2/admin/accounts: by `origin`, `status`, `permissions`, the beginning of a name or address"""
    form = call.form
    origin, status = form.text("origin", limit=100), form.text("status", limit=100)
    if origin not in ("", "local", "remote"):
        raise Refused("Origin is not included in the list", field="origin")
    if status and status not in _STATES:
        raise Refused("Status is not included in the list", field="status")
    if form.text("permissions", limit=100) not in ("", "staff"):
        raise Refused("Permissions is not included in the list", field="permissions")
    here = origin == "local" if origin else None
    staff = form.text("permissions", limit=100) == "staff" or bool(form.texts("role_ids"))
    return await _listed(call, _words(form, here=here, state=_STATES.get(status), staff=staff))


def _one(tx: Tx, call: Call, found: Known) -> Json:
    return admin_accounts(tx, look_of(call), [found])[0]


async def show(call: Call) -> Json:
    """GET /api/v1/admin/accounts/:id"""
    person_id = call.path_id()
    return await call.db.read(lambda tx: _one(tx, call, judging.someone(tx, person_id)))


async def act(call: Call) -> Json:
    """POST /api/v1/admin/accounts/:id/action: `type`: none, sensitive, disable, silence, suspend; `text` is
    the reason, which the person is told, and may be left out for a report that names rules"""
    person_id, form = call.path_id(), call.form
    word = form.text("type", limit=100)
    if word not in _OURS:
        raise Refused("Type is not included in the list", field="type")
    report_id = as_id(form.text("report_id", limit=100)) if form.text("report_id", limit=100) else None
    text = form.text("text")

    def work(tx: Tx) -> None:
        judging.judge(tx, call.member, person_id, _OURS[word], text, report_id=report_id)

    await call.db.write(work)
    return {}


async def _changed(call: Call, change: Callable[[Tx, int], Known]) -> Json:
    person_id = call.path_id()
    return await call.db.write(lambda tx: _one(tx, call, change(tx, person_id)))


async def enable(call: Call) -> Json:
    """POST /api/v1/admin/accounts/:id/enable"""
    return await _changed(call, lambda tx, who: judging.lift(tx, call.member, who, "disable"))


async def unsensitive(call: Call) -> Json:
    """POST /api/v1/admin/accounts/:id/unsensitive"""
    return await _changed(call, lambda tx, who: judging.lift(tx, call.member, who, "sensitive"))


async def unsilence(call: Call) -> Json:
    """POST /api/v1/admin/accounts/:id/unsilence"""
    return await _changed(call, lambda tx, who: judging.lift(tx, call.member, who, "limit"))


async def unsuspend(call: Call) -> Json:
    """POST /api/v1/admin/accounts/:id/unsuspend: within 30 days; ties that were cut stay cut"""
    return await _changed(call, lambda tx, who: judging.lift(tx, call.member, who, "suspend"))


async def approve(call: Call) -> Json:
    """POST /api/v1/admin/accounts/:id/approve"""
    return await _changed(call, lambda tx, who: judging.approve(tx, call.member, who))


async def reject(call: Call) -> Json:
    """POST /api/v1/admin/accounts/:id/reject: nothing of them is kept"""
    person_id = call.path_id()

    def work(tx: Tx) -> Json:
        shown = _one(tx, call, judging.someone(tx, person_id))
        judging.reject(tx, call.member, person_id)
        return shown

    return await call.db.write(work)


async def remove(call: Call) -> Json:
    """DELETE /api/v1/admin/accounts/:id: make a suspension final now: what they wrote is erased"""
    return await _changed(call, lambda tx, who: judging.make_final(tx, call.member, who))
