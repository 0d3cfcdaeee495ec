"""Scheduled statuses: written now, published at their hour."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from fedi_aid.actions import scheduling
from fedi_aid.actions.posts import Draft
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.client_api.entities.scheduled import scheduled
from fedi_aid.client_api.forms import Form
from fedi_aid.errors import Refused
from fedi_aid.storage import scheduled as rows
from fedi_aid.storage.tx import Tx


def _look(call: Call) -> Look:
    return Look(viewer=call.viewer, house=call.instance.house, locale=call.locale)


def hour_of(form: Form) -> datetime | None:
    """`scheduled_at`, an ISO 8601 date with or without an offset (then UTC); None when nothing is said."""
    given = form.text("scheduled_at", limit=1_000).strip()
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("Scheduled at is not a valid date", field="scheduled_at") from None


async def schedule(call: Call, draft: Draft, due_at: datetime) -> Json:
    """Keep a draft for later, if it could be published now: POST /api/v1/statuses with `scheduled_at`."""
    member = call.member
    scheduling.check_date(call.db.clock(), due_at)
    with suppress(scheduling.WouldWork):
        await call.db.write(scheduling.rehearse, member, draft)

    def work(tx: Tx) -> Json:
        return scheduled(tx, _look(call), [scheduling.schedule(tx, member, draft, due_at)])[0]

    return await call.db.write(work)


async def index(call: Call) -> Any:
    """GET /api/v1/scheduled_statuses"""
    page = call.page()

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = rows.of_author(tx, call.me, page)
        return scheduled(tx, _look(call), found), [one.id for one in found]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def show(call: Call) -> Json:
    """GET /api/v1/scheduled_statuses/:id"""
    scheduled_id, member = call.path_id(), call.member

    def work(tx: Tx) -> Json:
        return scheduled(tx, _look(call), [scheduling.own(tx, member, scheduled_id)])[0]

    return await call.db.read(work)


async def update(call: Call) -> Json:
    """PUT /api/v1/scheduled_statuses/:id: another hour, at least five minutes from now."""
    scheduled_id, member, due_at = call.path_id(), call.member, hour_of(call.form)

    def work(tx: Tx) -> Json:
        found = scheduling.own(tx, member, scheduled_id)
        if due_at is None:
            raise Refused("Scheduled at can't be blank", code="blank", field="scheduled_at")
        return scheduled(tx, _look(call), [scheduling.reschedule(tx, member, found.id, due_at)])[0]

    return await call.db.write(work)


async def remove(call: Call) -> Json:
    """DELETE /api/v1/scheduled_statuses/:id"""
    await call.db.write(scheduling.cancel, call.member, call.path_id())
    return {}
