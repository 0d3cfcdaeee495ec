"""Projects of the caller, and their logbooks."""

from typing import Any

from fedi_aid.actions import projects
from fedi_aid.actions.projects import Shown, Wish
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Json, moment
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.client_api.statuses import look_of
from fedi_aid.storage import timelines
from fedi_aid.storage.tx import Tx


def project(shown: Shown) -> Json:
    """Our own entity: see docs/api-extension.md."""
    known = shown.project
    return {
        "id": str(known.id),
        "title": known.title,
        "description": known.description,
        "kind": known.kind,
        "state": known.state,
        "causes": list(shown.causes),
        "tag": f"project_{known.slug}",
        "mine": shown.mine,
        "created_at": moment(known.created_at) if known.created_at else None,
        "touched_at": moment(known.touched_at) if known.touched_at else None,
    }


def _wish(call: Call) -> Wish:
    form = call.form
    return Wish(
        title=form.maybe("title", limit=1_000),
        description=form.maybe("description"),
        kind=form.maybe("kind", limit=100),
        state=form.maybe("state", limit=100),
        causes=tuple(form.texts("causes", limit=100)) if "causes" in form else None,
    )


async def index(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/projects: those the caller writes in, open and closed"""
    return [project(one) for one in await call.db.read(projects.mine, call.me)]


async def show(call: Call) -> Json:
    """GET /api/v1/fedi_aid/projects/:id"""
    return project(await call.db.read(projects.one, call.me, call.path_id()))


async def create(call: Call) -> Json:
    """POST /api/v1/fedi_aid/projects: `title`, `description`, `kind`, `causes[]`"""
    return project(await call.db.write(projects.begin, call.me, _wish(call)))


async def update(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/projects/:id: also `state`, open or closed"""
    return project(await call.db.write(projects.change, call.me, call.path_id(), _wish(call)))


async def remove(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/projects/:id: what was written stays"""
    await call.db.write(projects.remove, call.me, call.path_id())
    return {}


async def logbook(call: Call) -> Any:
    """GET /api/v1/fedi_aid/projects/:id/logbook: its posts, as far as the caller may see them"""
    project_id, page = call.path_id(), call.page()

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        projects.one(tx, call.me, project_id)
        views = timelines.logbook(tx, call.me, project_id, page)
        shown = [one for one in statuses(tx, look_of(call, "account"), views) if not is_hidden(one)]
        return shown, [view.post.id for view in views]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)
