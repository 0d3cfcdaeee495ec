"""Reports, for moderators. Posts that are not theirs to read are shown with a report that names them, and a
line in the log says that they looked: so even looking is a transaction that writes."""

from collections.abc import Callable, Sequence
from typing import Any

from fedi_aid.actions import cases
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.admin import admin_reports
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.statuses import look_of
from fedi_aid.storage import reports
from fedi_aid.storage.reports import Case
from fedi_aid.storage.tx import Tx


def _shown(tx: Tx, call: Call, found: Sequence[Case]) -> list[Json]:
    posts = [cases.look_at(tx, call.member, one) for one in found]
    return admin_reports(tx, look_of(call), found, posts)


async def index(call: Call) -> Any:
    """GET /api/v1/admin/reports: open ones, or `resolved`; by `account_id` who made it, `target_account_id`
    whom it is about, `by_target_domain`"""
    form, page = call.form, call.page(default=100, most=200)
    wanted: dict[str, Any] = {
        "closed": form.flag("resolved"),
        "from_id": form.maybe_id("account_id"),
        "about_id": form.maybe_id("target_account_id"),
        "about_domain": form.text("by_target_domain", limit=500).lower() or None,
    }

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = reports.cases(tx, page, **wanted)
        return _shown(tx, call, found), [one.id for one in found]

    shown, cursors = await call.db.write(work)
    return call.paged(shown, page, cursors)


async def _one(call: Call, act: Callable[[Tx, int], Case]) -> Json:
    report_id = call.path_id()
    return await call.db.write(lambda tx: _shown(tx, call, [act(tx, report_id)])[0])


async def show(call: Call) -> Json:
    """GET /api/v1/admin/reports/:id"""
    return await _one(call, cases.case)


async def update(call: Call) -> Json:
    """PUT /api/v1/admin/reports/:id: `category`, `rule_ids`"""
    form = call.form
    category = form.maybe("category", limit=100)
    rule_ids = form.texts("rule_ids", limit=100) if "rule_ids" in form else None
    return await _one(
        call, lambda tx, which: cases.sort(tx, call.member, which, category=category, rule_ids=rule_ids)
    )


async def assign_to_self(call: Call) -> Json:
    """POST /api/v1/admin/reports/:id/assign_to_self"""
    return await _one(call, lambda tx, which: cases.take(tx, call.member, which))


async def unassign(call: Call) -> Json:
    """POST /api/v1/admin/reports/:id/unassign"""
    return await _one(call, lambda tx, which: cases.leave(tx, call.member, which))


async def resolve(call: Call) -> Json:
    """POST /api/v1/admin/reports/:id/resolve"""
    return await _one(call, lambda tx, which: cases.close(tx, call.member, which))


async def reopen(call: Call) -> Json:
    """POST /api/v1/admin/reports/:id/reopen"""
    return await _one(call, lambda tx, which: cases.reopen(tx, call.member, which))
