"""Timelines: home, public, hashtag, list, and one's own favourites and bookmarks. All of them end."""

from collections.abc import Callable
from typing import Any

import msgspec

from fedi_aid.actions import rations
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.client_api.forms import Form, storable
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import NotFound
from fedi_aid.model.filters import Place
from fedi_aid.model.posts import PostView
from fedi_aid.model.text import fold_tag
from fedi_aid.storage import lists, shelves, timelines
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx


def cursor_of(view: PostView) -> int:
    """The id clients page by: the boost's where there is one."""
    return view.boost.id if view.boost else view.post.id


Ask = Callable[[Tx, Page], list[PostView]]


async def _ends(call: Call, place: Place, ask: Ask) -> Any:
    """A page of a timeline that ends with the day's ration: the last one has no `next` (PRODUCT S1). Without
    what the viewer wants hidden here; the cursors are those of all, so that paging goes on."""
    page = call.page()

    def work(tx: Tx) -> tuple[list[Json], list[int], bool]:
        # One more than asked for tells whether any follows; a page upwards has its own older ones below it.
        more = 0 if page.min_id is not None else 1
        views = ask(tx, msgspec.structs.replace(page, limit=page.limit + more, depth=_depth(tx, call, page)))
        full = len(views) >= page.limit + more
        views = views[: page.limit]
        found = [one for one in statuses(tx, look_of(call, place), views) if not is_hidden(one)]
        return found, [cursor_of(view) for view in views], full

    found, cursors, full = await call.db.read(work)
    return call.paged(found, page, cursors, full=full)


def _depth(tx: Tx, call: Call, page: Page) -> int:
    """How far down the viewer may go; the first page needs to know it only when it is as long as a ration."""
    member = call.caller.member if call.caller else None
    size = rations.size_of(tx.house, member)
    first = page.max_id is None and page.since_id is None and page.min_id is None
    return size if first and page.limit < size else rations.of(tx, member).depth


async def home(call: Call) -> Any:
    """GET /api/v1/timelines/home: the newest, as many as the day's ration"""
    return await _ends(call, "home", lambda tx, page: timelines.home(tx, call.me, page))


async def public(call: Call) -> Any:
    """GET /api/v1/timelines/public"""
    local, remote = call.form.flag("local"), call.form.flag("remote")

    def ask(tx: Tx, page: Page) -> list[PostView]:
        return timelines.public(tx, call.viewer, page, local=local, remote=remote)

    return await _ends(call, "public", ask)


async def tagged(call: Call) -> Any:
    """GET /api/v1/timelines/tag/:hashtag: public posts only (RULES R7); `any[]`, `all[]`, `none[]`."""
    form = call.form
    tag = fold_tag(storable(str(call.request.path_params["hashtag"])[:200]).lstrip("#"))
    asked = {
        "also": _tags(form, "any"),
        "every": _tags(form, "all"),
        "without": _tags(form, "none"),
        "local": form.flag("local"),
        "remote": form.flag("remote"),
        "only_media": form.flag("only_media"),
    }

    def ask(tx: Tx, page: Page) -> list[PostView]:
        return timelines.tagged(tx, call.viewer, tag, page, **asked)  # type: ignore[arg-type]

    return await _ends(call, "public", ask)


def _tags(form: Form, name: str) -> list[str]:
    return [fold_tag(tag.strip().lstrip("#")[:200]) for tag in form.texts(name, limit=20) if tag.strip()]


async def listed(call: Call) -> Any:
    """GET /api/v1/timelines/list/:list_id"""
    list_id = call.path_id("list_id")

    def ask(tx: Tx, page: Page) -> list[PostView]:
        if lists.one(tx, call.me, list_id) is None:
            raise NotFound
        return timelines.listed(tx, call.me, list_id, page)

    return await _ends(call, "home", ask)


async def favourites(call: Call) -> Any:
    """GET /api/v1/favourites"""
    return await _shelf(call, "favourites")


async def bookmarks(call: Call) -> Any:
    """GET /api/v1/bookmarks"""
    return await _shelf(call, "bookmarks")


async def _shelf(call: Call, which: str) -> Any:
    page = call.page()

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        rows = shelves.shelf(tx, call.me, which, page)
        return statuses(tx, look_of(call), [view for _, view in rows]), [cursor for cursor, _ in rows]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def ration(call: Call) -> Json:
    """GET /api/v1/fedi_aid/ration: after how many posts my timelines end today"""
    return _ration(await call.db.read(rations.of, call.member))


async def more(call: Call) -> Json:
    """POST /api/v1/fedi_aid/ration: another helping, until the day is over"""
    return _ration(await call.db.write(rations.ask_for_more, call.member))


def _ration(found: rations.Ration) -> Json:
    return {"ration": found.size, "helpings": found.helpings, "depth": found.depth}
