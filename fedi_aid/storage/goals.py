"""Questions about the goals of projects."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Literal

import msgspec
from sqlalchemy import delete, func, select, update

from fedi_aid.model.ids import PersonId, ProjectId
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.projects import goals, projects
from fedi_aid.storage.tx import Tx

GoalState = Literal["open", "done", "dropped"]
# A project's rhythm is told by its last so many posts.
RHYTHM_OF = 30


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """An objective of a project. `due_at`: the beginning of a day, UTC. `touched_at`: when it was last
    described, or a post was written in its project while it was open."""

    id: int
    project_id: ProjectId
    title: str
    state: GoalState
    position: int
    due_at: datetime | None
    reached_at: datetime | None
    touched_at: datetime
    created_at: datetime


class Untouched(msgspec.Struct, frozen=True, kw_only=True):
    """An open goal and how long nothing was done about it. `median_gap`: between the project's own posts;
    None where it has fewer than three."""

    member_id: PersonId
    project_id: ProjectId
    project_title: str
    goal: Goal
    since: timedelta
    median_gap: timedelta | None


_GOAL = tuple(goals.c[name] for name in Goal.__struct_fields__)
_ORDER = (goals.c.position, goals.c.id)


def of_projects(tx: Tx, ids: Iterable[int]) -> dict[int, list[Goal]]:
    """The goals of each project, in the order of their owner."""
    found: dict[int, list[Goal]] = defaultdict(list)
    for row in tx.all(select(*_GOAL).where(goals.c.project_id.in_(list(ids))).order_by(*_ORDER)):
        found[row.project_id].append(Goal(**row._mapping))
    return found


def one(tx: Tx, project_id: int, goal_id: int) -> Goal | None:
    row = tx.first(select(*_GOAL).where(goals.c.id == goal_id, goals.c.project_id == project_id))
    return Goal(**row._mapping) if row else None


def by_id(tx: Tx, goal_id: int) -> Goal | None:
    row = tx.first(select(*_GOAL).where(goals.c.id == goal_id))
    return Goal(**row._mapping) if row else None


def insert(tx: Tx, project_id: int, title: str, due_at: datetime | None) -> int:
    """A new goal, after the others."""
    new_id = tx.new_id()
    last = tx.scalar(select(func.max(goals.c.position)).where(goals.c.project_id == project_id))
    tx.insert(
        goals,
        id=new_id,
        project_id=project_id,
        title=title,
        due_at=due_at,
        position=0 if last is None else last + 1,
        touched_at=tx.now,
        created_at=tx.now,
    )
    return new_id


def change(tx: Tx, goal_id: int, **values: Any) -> None:
    tx.run(update(goals).where(goals.c.id == goal_id).values(**values, touched_at=tx.now))


def put_order(tx: Tx, ids: Sequence[int]) -> None:
    for position, goal_id in enumerate(ids):
        tx.run(update(goals).where(goals.c.id == goal_id).values(position=position))


def remove(tx: Tx, goal_id: int) -> None:
    tx.run(delete(goals).where(goals.c.id == goal_id))


def goals_due(
    tx: Tx,
    now: datetime,
    *,
    times: float = 3.0,
    at_least: timedelta = timedelta(days=21),
    limit: int = 500,
    member_id: int | None = None,
) -> list[Untouched]:
    """Open goals of members' open projects that were left untouched for `times` the project's own median gap
    between posts, and for `at_least` so long; the longest first; all of them, or one member's. Whether, and
    when, somebody is told is for the butler: this asks nobody anything."""
    rows = tx.all(
        select(*_GOAL, projects.c.owner_id, projects.c.title.label("project_title"))
        .join(projects, projects.c.id == goals.c.project_id)
        .join(people, people.c.id == projects.c.owner_id)
        .where(
            goals.c.state == "open",
            goals.c.touched_at <= now - at_least,
            projects.c.state == "open",
            people.c.domain == "",
            people.c.suspended_at.is_(None),
            *((projects.c.owner_id == member_id,) if member_id is not None else ()),
        )
        .order_by(goals.c.touched_at)
        .limit(limit)
    )
    gaps = {one: median_gap(tx, one) for one in {row.project_id for row in rows}}
    found = []
    for row in rows:
        goal = Goal(**{name: getattr(row, name) for name in Goal.__struct_fields__})
        gap = gaps[row.project_id]
        since = now - goal.touched_at
        if since >= (gap or timedelta()) * times:
            found.append(
                Untouched(
                    member_id=PersonId(row.owner_id),
                    project_id=ProjectId(row.project_id),
                    project_title=row.project_title,
                    goal=goal,
                    since=since,
                    median_gap=gap,
                )
            )
    return found


def median_gap(tx: Tx, project_id: int) -> timedelta | None:
    """The median time between two posts of a project; None where there are fewer than three."""
    when = tx.column(
        select(posts.c.created_at)
        .where(posts.c.project_id == project_id, posts.c.deleted_at.is_(None))
        .order_by(posts.c.id.desc())
        .limit(RHYTHM_OF)
    )
    if len(when) < 3:
        return None
    seconds = [abs((later - earlier).total_seconds()) for later, earlier in pairwise(when)]
    return timedelta(seconds=median(seconds))
