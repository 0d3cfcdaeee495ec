"""Projects, their goals and their logbooks; causes; and the member's day, which begins with counsel."""

from typing import Any, Final

from fedi_aid.actions import causes, goals, projects, today
from fedi_aid.actions.projects import NO_PICTURE, Shown, Wish
from fedi_aid.client_api.accounts import someone
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.filter import is_hidden
from fedi_aid.client_api.entities.look import Json, Look, day, maybe_moment, moment
from fedi_aid.client_api.entities.media import media
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.media.addresses import addresses
from fedi_aid.storage.goals import Goal
from fedi_aid.storage.tx import Tx

CAUSES_AT_ONCE: Final = 20


def entities(tx: Tx, look: Look, found: list[Shown]) -> list[Json]:
    """Our own entity, as the viewer may know it: see docs/api-extension.md."""
    owners = accounts(tx, look, [one.owner for one in found])
    return [_project(tx, look, one, owner) for one, owner in zip(found, owners, strict=True)]


def _project(tx: Tx, look: Look, shown: Shown, owner: Json) -> Json:
    known = shown.project
    return {
        "id": str(known.id),
        "title": known.title,
        "description": known.description,
        "picture": _picture(tx, look, shown),
        "kind": known.kind,
        "state": known.state,
        "shown_to_level": known.shown_to_level if shown.mine else None,
        "causes": list(shown.causes),
        "goals": [goal(one) for one in shown.goals],
        "account": owner,
        "role": shown.role,
        "mine": shown.mine,
        "tag": f"project_{known.slug}" if shown.role in ("owner", "team") else None,
        "prompt": projects.question(known.title, look.locale) if shown.writes else None,
        "created_at": moment(known.created_at) if shown.mine else None,
        "touched_at": moment(known.touched_at) if shown.mine else None,
        "closed_at": maybe_moment(known.closed_at),
    }


def _picture(tx: Tx, look: Look, shown: Shown) -> Json | None:
    if shown.picture is None or look.viewer is None:
        return None
    found = addresses(look.house, shown.picture, None, reader=look.viewer, row="", now=tx.now)
    return media(shown.picture, found)


def goal(one: Goal) -> Json:
    """Our own entity."""
    return {
        "id": str(one.id),
        "title": one.title,
        "state": one.state,
        "due_on": day(one.due_at) if one.due_at else None,
        "reached_on": day(one.reached_at) if one.reached_at else None,
    }


def _wish(call: Call) -> Wish:
    form = call.form
    return Wish(
        title=form.maybe("title", limit=1_000),
        description=form.maybe("description"),
        kind=form.maybe("kind", limit=100),
        state=form.maybe("state", limit=100),
        causes=tuple(form.texts("causes", limit=100)) if "causes" in form else None,
        shown_to_level=form.maybe_number("shown_to_level"),
        picture_id=_picture_id(call),
    )


def _picture_id(call: Call) -> int | None:
    """An id; empty takes the picture away."""
    if "picture_id" not in call.form:
        return None
    if not call.form.text("picture_id", limit=100).strip():
        return NO_PICTURE
    found = call.form.maybe_id("picture_id")
    if found is None:
        raise Refused("There is no such picture", field="picture_id")
    return found


async def index(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/projects: those the caller owns, is on the team of, or counsels"""

    def work(tx: Tx) -> list[Json]:
        return entities(tx, look_of(call), projects.mine(tx, call.me, call.locale))

    return await call.db.read(work)


async def of_account(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/accounts/:id/projects: somebody's own, as far as the caller may see them"""

    def work(tx: Tx) -> list[Json]:
        owner = someone(tx, call.path_id())
        return entities(tx, look_of(call), projects.of_person(tx, call.me, owner.id, call.locale))

    return await call.db.read(work)


async def show(call: Call) -> Json:
    """GET /api/v1/fedi_aid/projects/:id"""

    def work(tx: Tx) -> Json:
        return entities(tx, look_of(call), [projects.one(tx, call.me, call.path_id(), call.locale)])[0]

    return await call.db.read(work)


async def create(call: Call) -> Json:
    """POST /api/v1/fedi_aid/projects: `title`, `description`, `kind`, `causes[]`, `shown_to_level`,
    `picture_id`"""
    wish = _wish(call)

    def work(tx: Tx) -> Json:
        return entities(tx, look_of(call), [projects.begin(tx, call.me, wish, call.locale)])[0]

    return await call.db.write(work)


async def update(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/projects/:id: also `state`, open or closed"""
    wish, project_id = _wish(call), call.path_id()

    def work(tx: Tx) -> Json:
        return entities(tx, look_of(call), [projects.change(tx, call.me, project_id, wish, call.locale)])[0]

    return await call.db.write(work)


async def remove(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/projects/:id: what was written stays"""
    await call.db.write(projects.remove, call.me, call.path_id())
    return {}


async def logbook(call: Call) -> Any:
    """GET /api/v1/fedi_aid/projects/:id/logbook: its posts, as far as the caller may see them"""
    project_id, page = call.path_id(), call.page()

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        views = projects.logbook(tx, call.me, project_id, page)
        shown = [one for one in statuses(tx, look_of(call, "account"), views) if not is_hidden(one)]
        return shown, [view.post.id for view in views]

    found, cursors = await call.db.read(work)
    return call.paged(found, page, cursors)


# -- goals


def _goal_wish(call: Call) -> goals.Wish:
    form = call.form
    return goals.Wish(
        title=form.maybe("title", limit=1_000),
        due=form.maybe("due_on", limit=100),
        state=form.maybe("state", limit=100),
    )


async def add_goal(call: Call) -> Json:
    """POST /api/v1/fedi_aid/projects/:id/goals: `title`, `due_on` (a day)"""
    return goal(await call.db.write(goals.add, call.me, call.path_id(), _goal_wish(call)))


async def order_goals(call: Call) -> list[Json]:
    """POST /api/v1/fedi_aid/projects/:id/goals/order: these `ids[]` first, in this order"""
    ids = call.form.ids("ids")
    return [goal(one) for one in await call.db.write(goals.put_order, call.me, call.path_id(), ids)]


async def change_goal(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/projects/:id/goals/:goal_id: also `state`, open, done or dropped"""
    changed = await call.db.write(
        goals.change, call.me, call.path_id(), call.path_id("goal_id"), _goal_wish(call)
    )
    return goal(changed)


async def remove_goal(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/projects/:id/goals/:goal_id"""
    await call.db.write(goals.remove, call.me, call.path_id(), call.path_id("goal_id"))
    return {}


# -- causes, and the day


async def search_causes(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/causes: those one of whose names begins with `q`, in the caller's language"""
    words = call.form.text("q", limit=200)
    limit = call.form.number("limit", CAUSES_AT_ONCE, low=1, high=100)
    found = await call.db.read(lambda tx: causes.suggested(tx, call.me, words, limit=limit))
    return [{"name": one.called(call.locale), "tag": one.key} for one in found]


async def my_day(call: Call) -> Json:
    """GET /api/v1/fedi_aid/today: what came since the caller's midnight, counsel's posts first"""
    member = call.member

    def work(tx: Tx) -> Json:
        found = today.of(tx, member)
        views = [*found.counsel, *found.others]
        shown = statuses(tx, look_of(call, "home"), views)
        first, rest = shown[: len(found.counsel)], shown[len(found.counsel) :]
        return {
            "counsel": [one for one in first if not is_hidden(one)],
            "others": [one for one in rest if not is_hidden(one)],
        }

    return await call.db.read(work)
