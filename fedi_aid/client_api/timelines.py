"""Timelines: home, public, hashtag, list, and one's own favourites and bookmarks. All of them end."""

from collections.abc import Sequence
from typing import Any

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
from fedi_aid.storage.tx import Tx


def cursor_of(view: PostView) -> int:
    """The id clients page by: the boost's where there is one."""
    return view.boost.id if view.boost else view.post.id


def _page(tx: Tx, call: Call, place: Place, views: Sequence[PostView]) -> tuple[list[Json], list[int]]:
    """Without what the viewer wants hidden here; the cursors are those of all, so that paging goes on."""
    found = [one for one in statuses(tx, look_of(call, place), views) if not is_hidden(one)]
    return found, [cursor_of(view) for view in views]


async def home(call: Call) -> Any:
    """GET /api/v1/timelines/home"""
    page = call.page()
    found, cursors = await call.db.read(lambda tx: _page(tx, call, "home", timelines.home(tx, call.me, page)))
    return call.paged(found, page, cursors)


async def public(call: Call) -> Any:
    """GET /api/v1/timelines/public"""
    page, local, remote = call.page(), call.form.flag("local"), call.form.flag("remote")

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        return _page(tx, call, "public", timelines.public(tx, call.viewer, page, local=local, remote=remote))

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


async def tagged(call: Call) -> Any:
    """GET /api/v1/timelines/tag/:hashtag: public posts only (RULES R7); `any[]`, `all[]`, `none[]`."""
    page, form = call.page(), call.form
    tag = fold_tag(storable(str(call.request.path_params["hashtag"])[:200]).lstrip("#"))
    asked = {
        "also": _tags(form, "any"),
        "every": _tags(form, "all"),
        "without": _tags(form, "none"),
        "local": form.flag("local"),
        "remote": form.flag("remote"),
        "only_media": form.flag("only_media"),
    }

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        views = timelines.tagged(tx, call.viewer, tag, page, **asked)  # type: ignore[arg-type]
        return _page(tx, call, "public", views)

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


def _tags(form: Form, name: str) -> list[str]:
    return [fold_tag(tag.strip().lstrip("#")[:200]) for tag in form.texts(name, limit=20) if tag.strip()]


async def listed(call: Call) -> Any:
    """GET /api/v1/timelines/list/:list_id"""
    page, list_id = call.page(), call.path_id("list_id")

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        if lists.one(tx, call.me, list_id) is None:
            raise NotFound
        return _page(tx, call, "home", timelines.listed(tx, call.me, list_id, page))

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


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
