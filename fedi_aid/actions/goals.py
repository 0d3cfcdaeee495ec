"""Goals: what a project is to reach, with or without a day; done or dropped by its owner's word alone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, get_args

import msgspec

from fedi_aid.actions import projects
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.storage import goals as rows
from fedi_aid.storage.goals import Goal, GoalState
from fedi_aid.storage.tx import Tx

TITLE_MAX: Final = 200
GOALS_MAX: Final = 50
STATES: Final[tuple[str, ...]] = get_args(GoalState)
NO_DAY: Final = ""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner says of a goal; None: as it is. `due` is a day (2026-12-24), "" for none."""

    title: str | None = None
    due: str | None = None
    state: str | None = None


def add(tx: Tx, me: PersonId, project_id: int, wish: Wish) -> Goal:
    """A new goal of a project of one's own, after the others. NotFound; Refused, naming the field."""
    projects.own(tx, me, project_id, "change the goals of")
    if len(rows.of_projects(tx, [project_id]).get(project_id, ())) >= GOALS_MAX:
        raise Refused(f"At most {GOALS_MAX} goals", field="title")
    values = _checked(tx, wish)
    if "title" not in values:
        raise Refused("Title can't be blank", code="blank", field="title")
    goal_id = rows.insert(tx, project_id, values.pop("title"), values.pop("due_at", None))
    if values:
        rows.change(tx, goal_id, **values)
    return _one(tx, project_id, goal_id)


def change(tx: Tx, me: PersonId, project_id: int, goal_id: int, wish: Wish) -> Goal:
    """Say it anew, or that it is done, dropped, or open again. It counts as touched."""
    projects.own(tx, me, project_id, "change the goals of")
    _one(tx, project_id, goal_id)
    rows.change(tx, goal_id, **_checked(tx, wish))
    return _one(tx, project_id, goal_id)


def put_order(tx: Tx, me: PersonId, project_id: int, ids: Sequence[int]) -> list[Goal]:
    """These first, in this order; the others after them, as they were."""
    projects.own(tx, me, project_id, "change the goals of")
    known = [one.id for one in rows.of_projects(tx, [project_id]).get(project_id, ())]
    first = [one for one in dict.fromkeys(ids) if one in known]
    rows.put_order(tx, [*first, *(one for one in known if one not in first)])
    return rows.of_projects(tx, [project_id]).get(project_id, [])


def remove(tx: Tx, me: PersonId, project_id: int, goal_id: int) -> None:
    """Forget a goal altogether."""
    projects.own(tx, me, project_id, "change the goals of")
    _one(tx, project_id, goal_id)
    rows.remove(tx, goal_id)


def _one(tx: Tx, project_id: int, goal_id: int) -> Goal:
    found = rows.one(tx, project_id, goal_id)
    if found is None:
        raise NotFound
    return found


def _checked(tx: Tx, wish: Wish) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if wish.title is not None:
        values["title"] = title = clean_name(wish.title, TITLE_MAX + 1)
        if not title:
            raise Refused("Title can't be blank", code="blank", field="title")
        if len(title) > TITLE_MAX:
            raise Refused(f"Title has at most {TITLE_MAX} characters", field="title")
    if wish.due is not None:
        values["due_at"] = _day(wish.due.strip())
    if wish.state is not None:
        if wish.state not in STATES:
            raise Refused(f"State is one of {', '.join(STATES)}", field="state")
        values["state"] = wish.state
        values["reached_at"] = tx.now if wish.state == "done" else None
    return values


def _day(said: str) -> datetime | None:
    if said == NO_DAY:
        return None
    try:
        day = date.fromisoformat(said[:10])
        if not 1970 <= day.year <= 9000:
            raise ValueError
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        raise Refused("The day is written like 2026-12-24", field="due") from None
