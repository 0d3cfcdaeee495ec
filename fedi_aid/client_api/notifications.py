"""Notifications, single and grouped, and conversations."""

from collections.abc import Sequence
from typing import Any

from fedi_aid.actions import marks
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.notification import CLASSIC, group_of, grouped, notifications
from fedi_aid.client_api.entities.small import conversation
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import NotFound
from fedi_aid.storage import bundles, conversations, timelines
from fedi_aid.storage.bundles import Bundle
from fedi_aid.storage.timelines import Notice, Page
from fedi_aid.storage.tx import Tx

UNREAD_MOST = 1_000
GROUP_MOST = 400


def _wanted(call: Call) -> dict[str, Any]:
    """Types asked for; without a word only those every client knows."""
    types = call.form.texts("types") or list(CLASSIC)
    return {
        "kinds": types,
        "exclude": call.form.texts("exclude_types"),
        "from_id": call.form.maybe_id("account_id"),
        # Clients look at one stranger's requests so, before letting them in.
        "strangers": None if call.form.flag("include_filtered") else False,
    }


async def index(call: Call) -> Any:
    """GET /api/v1/notifications"""
    page, wanted = call.page(default=40, most=80), _wanted(call)

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = timelines.notices(tx, call.me, page, **wanted)
        shown = notifications(tx, look_of(call, "notifications"), found)
        return [one for one in shown if not is_hidden(one.get("status"))], [notice.id for notice in found]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


def _one(tx: Tx, call: Call, notice_id: int) -> Sequence[Notice]:
    found = timelines.notices(tx, call.me, Page(limit=1), only_id=notice_id)
    found = found or timelines.notices(tx, call.me, Page(limit=1), only_id=notice_id, strangers=True)
    if not found:
        raise NotFound
    return found


async def show(call: Call) -> Json:
    """GET /api/v1/notifications/:id"""
    notice_id = call.path_id()
    return await call.db.read(lambda tx: notifications(tx, look_of(call), _one(tx, call, notice_id))[0])


async def dismiss(call: Call) -> Json:
    """POST /api/v1/notifications/:id/dismiss"""
    notice_id = call.path_id()

    def work(tx: Tx) -> None:
        if not timelines.clear_notifications(tx, call.me, only_id=notice_id):
            raise NotFound

    await call.db.write(work)
    return {}


async def dismiss_many(call: Call) -> Json:
    """DELETE /api/v1/notifications/destroy_multiple: `ids[]`; what is not there any more is left out."""
    wanted = call.form.ids("ids", limit=200)

    def work(tx: Tx) -> None:
        for notice_id in wanted:
            timelines.clear_notifications(tx, call.me, only_id=notice_id)

    await call.db.write(work)
    return {}


async def clear(call: Call) -> Json:
    """POST /api/v1/notifications/clear"""
    await call.db.write(timelines.clear_notifications, call.me)
    return {}


def _read_until(tx: Tx, call: Call) -> int | None:
    read = {mark.timeline: mark.last_read_id for mark in marks.marks(tx, call.me, ("notifications",))}
    return read.get("notifications")


def _unread(tx: Tx, call: Call, limit: int, wanted: dict[str, Any]) -> int:
    page = Page(since_id=_read_until(tx, call), limit=limit)
    return len(timelines.notices(tx, call.me, page, **wanted))


async def unread_count(call: Call) -> Json:
    """GET /api/v1/notifications/unread_count"""
    limit, wanted = call.form.number("limit", 100, low=1, high=UNREAD_MOST), _wanted(call)
    return {"count": await call.db.read(_unread, call, limit, wanted)}


# -- API v2: groups


def _bundled(call: Call) -> tuple[str, ...]:
    """Which of the kinds that can be taken together the client wants so; without a word all."""
    asked = call.form.texts("grouped_types")
    return tuple(kind for kind in bundles.BUNDLED if kind in asked) if asked else bundles.BUNDLED


async def index_grouped(call: Call) -> Any:
    """GET /api/v2/notifications: favourites of one post are one group, boosts too"""
    page, wanted, bundled = call.page(default=40, most=80), _wanted(call), _bundled(call)

    def work(tx: Tx) -> tuple[Json, list[int]]:
        found = bundles.bundles(tx, call.me, page, bundled=bundled, **wanted)
        shown = grouped(tx, look_of(call, "notifications"), found, bundled)
        return shown, [one.newest.id for one in found]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)  # type: ignore[arg-type]


async def unread_groups(call: Call) -> Json:
    """GET /api/v2/notifications/unread_count: groups with something new"""
    limit, wanted = call.form.number("limit", 100, low=1, high=UNREAD_MOST), _wanted(call)
    bundled = _bundled(call)

    def work(tx: Tx) -> int:
        page = Page(since_id=_read_until(tx, call), limit=limit)
        return len(bundles.bundles(tx, call.me, page, bundled=bundled, **wanted))

    return {"count": await call.db.read(work)}


def _group(tx: Tx, call: Call, *, faces: int = bundles.FACES) -> Bundle:
    """The group that the path names. NotFound."""
    named = group_of(str(call.request.path_params["group_key"]))
    if named is None:
        raise NotFound
    kind, number = named
    if not kind:
        (alone,) = _one(tx, call, number)
        return Bundle(newest=alone, oldest_id=alone.id, count=1, people=(alone.person,))
    found = bundles.one(tx, call.me, kind, number, faces=faces)
    found = found or bundles.one(tx, call.me, kind, number, faces=faces, strangers=True)
    if found is None:
        raise NotFound
    return found


def _shown_as(call: Call) -> tuple[str, ...]:
    """A group of one that was asked for by its own key answers by that key."""
    alone = str(call.request.path_params["group_key"]).startswith("ungrouped-")
    return () if alone else bundles.BUNDLED


async def show_group(call: Call) -> Json:
    """GET /api/v2/notifications/:group_key"""
    return await call.db.read(lambda tx: grouped(tx, look_of(call), [_group(tx, call)], _shown_as(call)))


async def group_accounts(call: Call) -> list[Json]:
    """GET /api/v2/notifications/:group_key/accounts: everybody of the group, the latest first"""
    return await call.db.read(
        lambda tx: accounts(tx, look_of(call), _group(tx, call, faces=GROUP_MOST).people)
    )


async def dismiss_group(call: Call) -> Json:
    """POST /api/v2/notifications/:group_key/dismiss"""
    named = group_of(str(call.request.path_params["group_key"]))
    if named is None:
        raise NotFound
    kind, number = named

    def work(tx: Tx) -> None:
        if kind:
            bundles.drop(tx, call.me, kind, number)
        else:
            timelines.clear_notifications(tx, call.me, only_id=number)

    await call.db.write(work)
    return {}


# -- conversations


async def conversation_index(call: Call) -> Any:
    """GET /api/v1/conversations"""
    page = call.page()

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = conversations.conversations_of(tx, call.me, page)
        return [conversation(tx, look_of(call), one) for one in found], [one.cursor for one in found]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def _set_unread(call: Call, unread: bool) -> Json:
    row_id = call.path_id()

    def work(tx: Tx) -> Json:
        found = marks.mark_conversation(tx, call.me, row_id, unread=unread)
        return conversation(tx, look_of(call), found)

    return await call.db.write(work)


async def read_conversation(call: Call) -> Json:
    """POST /api/v1/conversations/:id/read"""
    return await _set_unread(call, False)


async def unread_conversation(call: Call) -> Json:
    """POST /api/v1/conversations/:id/unread"""
    return await _set_unread(call, True)


async def forget_conversation(call: Call) -> Json:
    """DELETE /api/v1/conversations/:id"""
    await call.db.write(marks.forget_conversation, call.me, call.path_id())
    return {}
