"""Notification requests: strangers wait here until they are let in; and the policy that says who waits."""

from collections.abc import Mapping
from typing import Any, Final

from fedi_aid.actions import strangers
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.notification import requests
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.model.notices import NoticePolicy, Treatment
from fedi_aid.storage import strangers as rows
from fedi_aid.storage.tx import Tx

# Mastodon's words and ours.
TREATMENT: Final[Mapping[str, Treatment]] = {"accept": "show", "filter": "wait", "drop": "drop"}
SAID: Final[Mapping[Treatment, str]] = {ours: theirs for theirs, ours in TREATMENT.items()}
V1_WISHES: Final = ("not_following", "not_followers", "new_accounts", "private_mentions")


async def index(call: Call) -> Any:
    """GET /api/v1/notifications/requests"""
    page = call.page(default=40, most=80)

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = rows.waiting(tx, call.me, page)
        return requests(tx, look_of(call), found), [one.id for one in found]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def show(call: Call) -> Json:
    """GET /api/v1/notifications/requests/:id"""
    waiting_id = call.path_id()

    def work(tx: Tx) -> Json:
        return requests(tx, look_of(call), [strangers.at_the_door(tx, call.me, waiting_id)])[0]

    return await call.db.read(work)


async def accept(call: Call) -> Json:
    """POST /api/v1/notifications/requests/:id/accept"""
    waiting_id = call.path_id()

    def work(tx: Tx) -> None:
        strangers.let_in(tx, call.me, [strangers.at_the_door(tx, call.me, waiting_id).id])

    await call.db.write(work)
    return {}


async def dismiss(call: Call) -> Json:
    """POST /api/v1/notifications/requests/:id/dismiss"""
    waiting_id = call.path_id()

    def work(tx: Tx) -> None:
        strangers.send_away(tx, call.me, [strangers.at_the_door(tx, call.me, waiting_id).id])

    await call.db.write(work)
    return {}


async def accept_many(call: Call) -> Json:
    """POST /api/v1/notifications/requests/accept: `id[]`; what is not there any more is left out."""
    await call.db.write(strangers.let_in, call.me, call.form.ids("id", limit=100))
    return {}


async def dismiss_many(call: Call) -> Json:
    """POST /api/v1/notifications/requests/dismiss: `id[]`"""
    await call.db.write(strangers.send_away, call.me, call.form.ids("id", limit=100))
    return {}


async def merged(_call: Call) -> Json:
    """GET /api/v1/notifications/requests/merged: accepting merges at once."""
    return {"merged": True}


# -- the policy


def _summary(tx: Tx, call: Call) -> Json:
    people, number = rows.counts(tx, call.me)
    return {"pending_requests_count": people, "pending_notifications_count": number}


def _v2(tx: Tx, call: Call, policy: NoticePolicy) -> Json:
    said = {f"for_{name}": SAID[getattr(policy, name)] for name in rows.WISHES}
    return said | {"summary": _summary(tx, call)}


def _v1(tx: Tx, call: Call, policy: NoticePolicy) -> Json:
    said: Json = {f"filter_{name}": getattr(policy, name) != "show" for name in V1_WISHES}
    return said | {"summary": _summary(tx, call)}


async def policy_v2(call: Call) -> Json:
    """GET /api/v2/notifications/policy"""
    return await call.db.read(lambda tx: _v2(tx, call, rows.policy(tx, call.me)))


async def policy_v1(call: Call) -> Json:
    """GET /api/v1/notifications/policy"""
    return await call.db.read(lambda tx: _v1(tx, call, rows.policy(tx, call.me)))


async def change_v2(call: Call) -> Json:
    """PATCH /api/v2/notifications/policy: `accept`, `filter` or `drop` for each."""
    changes: dict[str, str] = {}
    for name in rows.WISHES:
        said = call.form.maybe(f"for_{name}", limit=100)
        if said is not None and said not in TREATMENT:
            raise Refused(f"For {name.replace('_', ' ')} is not included in the list", field=f"for_{name}")
        if said is not None:
            changes[name] = TREATMENT[said]
    return await call.db.write(lambda tx: _v2(tx, call, strangers.change_policy(tx, call.me, changes)))


async def change_v1(call: Call) -> Json:
    """PATCH /api/v1/notifications/policy: true or false for each."""
    flags = {name: call.form.maybe_flag(f"filter_{name}") for name in V1_WISHES}
    changes = {name: "wait" if flag else "show" for name, flag in flags.items() if flag is not None}
    return await call.db.write(lambda tx: _v1(tx, call, strangers.change_policy(tx, call.me, changes)))
