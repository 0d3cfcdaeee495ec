"""Lists: to us spheres that a member draws (RULES R10)."""

from typing import Any

from fedi_aid.actions import lists
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.small import sphere
from fedi_aid.client_api.statuses import look_of
from fedi_aid.storage import lists as list_rows
from fedi_aid.storage.tx import Tx


async def index(call: Call) -> list[Json]:
    """GET /api/v1/lists"""
    return [sphere(row) for row in await call.db.read(list_rows.all_of, call.me)]


async def show(call: Call) -> Json:
    """GET /api/v1/lists/:id"""
    return sphere(await call.db.read(lists.own, call.me, call.path_id()))


async def create(call: Call) -> Json:
    """POST /api/v1/lists"""
    form = call.form
    made = await call.db.write(
        lists.make,
        call.me,
        title=form.text("title", limit=1_000),
        replies_policy=form.text("replies_policy", "list", limit=100),
        exclusive=form.flag("exclusive"),
    )
    return sphere(made)


async def update(call: Call) -> Json:
    """PUT /api/v1/lists/:id"""
    form = call.form
    changed = await call.db.write(
        lists.change,
        call.me,
        call.path_id(),
        title=form.maybe("title", limit=1_000),
        replies_policy=form.maybe("replies_policy", limit=100),
        exclusive=form.maybe_flag("exclusive"),
    )
    return sphere(changed)


async def remove(call: Call) -> Json:
    """DELETE /api/v1/lists/:id"""
    await call.db.write(lists.drop, call.me, call.path_id())
    return {}


async def people(call: Call) -> Any:
    """GET /api/v1/lists/:id/accounts; `limit=0` means all."""
    list_id, page = call.path_id(), call.page(default=40, most=80)
    everybody = call.form.maybe_number("limit") == 0

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        lists.own(tx, call.me, list_id)
        rows = list_rows.people_on(
            tx,
            list_id,
            max_id=page.max_id,
            since_id=page.since_id or page.min_id,
            limit=None if everybody else page.limit,
        )
        return accounts(tx, look_of(call), [one for _, one in rows]), [cursor for cursor, _ in rows]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors, full=False if everybody else None)


async def add_people(call: Call) -> Json:
    """POST /api/v1/lists/:id/accounts"""
    await call.db.write(lists.add, call.me, call.path_id(), call.form.ids("account_ids"))
    return {}


async def remove_people(call: Call) -> Json:
    """DELETE /api/v1/lists/:id/accounts"""
    await call.db.write(lists.remove, call.me, call.path_id(), call.form.ids("account_ids"))
    return {}
