"""Places on the team and in the counsel of projects: who was invited, and what became of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import bindparam, delete, func, or_, select, update

from fedi_aid.model.ids import PersonId, ProjectId
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.projects import project_people, projects
from fedi_aid.storage.tx import Tx

ProjectRole = Literal["team", "counsel"]
# declined: its owner sees "invited"; shut: declined, and then taken back by its owner; resting: counsel
# whom its owner does not ask for a while
PlaceState = Literal["invited", "accepted", "declined", "resting", "left", "removed", "shut"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's place in a project. `uri` is that of the Invite; `word`: what its owner said with it."""

    id: int
    project_id: ProjectId
    person_id: PersonId
    role: ProjectRole
    state: PlaceState
    uri: str
    word: str
    created_at: datetime
    answered_at: datetime | None


_PLACE = tuple(project_people.c[name] for name in Place.__struct_fields__)


def _all(tx: Tx, *where: Any) -> list[Place]:
    rows = tx.all(
        select(*_PLACE).where(*where, project_people.c.id.is_not(None)).order_by(project_people.c.id)
    )
    return [Place(**row._mapping) for row in rows]


def _one(tx: Tx, *where: Any) -> Place | None:
    return next(iter(_all(tx, *where)), None)


def by_id(tx: Tx, place_id: int) -> Place | None:
    return _one(tx, project_people.c.id == place_id)


def by_uri(tx: Tx, uri: str) -> Place | None:
    return _one(tx, project_people.c.uri == uri)


def of(tx: Tx, project_id: int, person_id: int, role: str) -> Place | None:
    return _one(
        tx,
        project_people.c.project_id == project_id,
        project_people.c.person_id == person_id,
        project_people.c.role == role,
    )


def in_project(tx: Tx, project_id: int) -> list[Place]:
    """Everybody who ever was invited, in the order of the invitations."""
    return _all(tx, project_people.c.project_id == project_id)


def of_person(tx: Tx, person_id: int, *states: PlaceState) -> list[Place]:
    """Somebody's places in these states."""
    return _all(tx, project_people.c.person_id == person_id, project_people.c.state.in_(states))


def roles_in(tx: Tx, person_id: int, ids: Iterable[int]) -> dict[int, set[ProjectRole]]:
    """project → what this person has accepted to be there; resting counsel has not gone."""
    found: dict[int, set[ProjectRole]] = {}
    rows = tx.all(
        select(project_people.c.project_id, project_people.c.role).where(
            project_people.c.person_id == person_id,
            project_people.c.project_id.in_(list(ids)),
            project_people.c.state.in_(("accepted", "resting")),
        )
    )
    for row in rows:
        found.setdefault(row.project_id, set()).add(row.role)
    return found


def between(tx: Tx, one: int, other: int) -> list[Place]:
    """Places that one of the two has in a project of the other."""
    mine = select(projects.c.id).where(projects.c.owner_id == one)
    theirs = select(projects.c.id).where(projects.c.owner_id == other)
    return _all(
        tx,
        or_(
            (project_people.c.person_id == other) & project_people.c.project_id.in_(mine),
            (project_people.c.person_id == one) & project_people.c.project_id.in_(theirs),
        ),
    )


def counsel_of(tx: Tx, member_id: int) -> set[PersonId]:
    """Whose advice a member has chosen to heed on one of their open projects, and who agreed."""
    return set(tx.column(_COUNSEL, owner_id=member_id))


_COUNSEL = (
    select(project_people.c.person_id)
    .distinct()
    .join(projects, projects.c.id == project_people.c.project_id)
    .where(
        projects.c.owner_id == bindparam("owner_id"),
        projects.c.state == "open",
        project_people.c.role == "counsel",
        project_people.c.state == "accepted",
    )
)


def elsewhere(tx: Tx, project_id: int) -> list[Place]:
    """Places of people on other servers who were told of a project."""
    return _all(
        tx,
        project_people.c.project_id == project_id,
        project_people.c.state.in_(("invited", "accepted", "declined", "resting")),
        project_people.c.person_id.in_(select(people.c.id).where(people.c.domain != "")),
    )


def invited_since(tx: Tx, owner_id: int, since: datetime) -> int:
    """How many people a member invited since a moment."""
    found: int = tx.scalar(
        select(func.count())
        .select_from(project_people)
        .join(projects, projects.c.id == project_people.c.project_id)
        .where(projects.c.owner_id == owner_id, project_people.c.created_at >= since)
    )
    return found


def invite(tx: Tx, project_id: int, person_id: int, role: str, *, uri: str, word: str) -> int:
    """A new invitation; one that was there before starts anew under the new uri."""
    new_id = tx.new_id()
    tx.put(
        project_people,
        [project_people.c.project_id, project_people.c.person_id, project_people.c.role],
        project_id=project_id,
        person_id=person_id,
        role=role,
        id=new_id,
        state="invited",
        uri=uri,
        word=word,
        created_at=tx.now,
        answered_at=None,
    )
    return new_id


def change(tx: Tx, place_id: int, state: PlaceState) -> None:
    tx.run(
        update(project_people).where(project_people.c.id == place_id).values(state=state, answered_at=tx.now)
    )


def remove(tx: Tx, place_id: int) -> None:
    tx.run(delete(project_people).where(project_people.c.id == place_id))


def is_anybody_in(tx: Tx, project_id: int) -> bool:
    """Whether somebody still has, or could take, a place in it."""
    return tx.exists(select(project_people.c.person_id).where(project_people.c.project_id == project_id))
