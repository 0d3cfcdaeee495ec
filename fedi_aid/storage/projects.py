"""Questions about projects, causes and lists."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, or_, select, union_all, update

from fedi_aid.model.ids import PersonId, ProjectId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.people import endorsements, help_profiles, skills
from fedi_aid.storage.tables.projects import causes, person_causes, project_causes, project_people, projects
from fedi_aid.storage.tables.ties import list_people, lists
from fedi_aid.storage.tx import Tx


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project, as its owner and team may use it."""

    id: ProjectId
    owner_id: PersonId
    slug: str
    title: str
    description: str
    kind: str = "personal"
    state: str = "open"
    created_at: datetime | None = None
    touched_at: datetime | None = None


_PROJECT = tuple(projects.c[name] for name in Project.__struct_fields__)


def usable_by(tx: Tx, member_id: int, *, closed: bool = False) -> list[Project]:
    """Projects a member may write in, oldest first: their own, and those whose team they are on. `closed`:
    also those in which nothing is written any more."""
    team = select(project_people.c.project_id).where(
        project_people.c.person_id == member_id,
        project_people.c.role == "team",
        project_people.c.state == "accepted",
    )
    rows = tx.all(
        select(*_PROJECT)
        .where(
            or_(projects.c.owner_id == member_id, projects.c.id.in_(team)),
            projects.c.state.in_(("open", "closed") if closed else ("open",)),
        )
        .order_by(projects.c.id)
    )
    return [Project(**row._mapping) for row in rows]


def insert(tx: Tx, **values: Any) -> ProjectId:
    """A new project without causes and people."""
    new_id = tx.new_id()
    tx.insert(projects, id=new_id, created_at=tx.now, touched_at=tx.now, **values)
    return ProjectId(new_id)


def change(tx: Tx, project_id: int, **values: Any) -> None:
    tx.run(update(projects).where(projects.c.id == project_id).values(**values))


def is_taken(tx: Tx, owner_id: int, slug: str) -> bool:
    """Whether a member has a project, open or closed, that a tag would name like this."""
    return tx.exists(select(projects.c.id).where(projects.c.owner_id == owner_id, projects.c.slug == slug))


def remove(tx: Tx, project_id: int) -> None:
    """Forget a project; what was written in it stays its authors'."""
    for table in (project_causes, project_people):
        tx.run(delete(table).where(table.c.project_id == project_id))
    tx.run(delete(projects).where(projects.c.id == project_id))


def put_causes(tx: Tx, project_id: int, names: Mapping[str, str]) -> None:
    """The causes a project serves: tag → name. A cause that nobody had named yet comes into being."""
    for tag, name in names.items():
        tx.insert_new(causes, id=tx.new_id(), tag=tag, name=name, created_at=tx.now)
    found = tx.column(select(causes.c.id).where(causes.c.tag.in_(list(names))))
    tx.run(delete(project_causes).where(project_causes.c.project_id == project_id))
    for cause_id in found:
        tx.insert(project_causes, project_id=project_id, cause_id=cause_id)


def cause_names_of(tx: Tx, ids: Iterable[int]) -> dict[int, list[str]]:
    """project → the names of its causes, in the order of the alphabet."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = tx.all(
        select(project_causes.c.project_id, causes.c.name)
        .join(causes, causes.c.id == project_causes.c.cause_id)
        .where(project_causes.c.project_id.in_(list(ids)))
        .order_by(causes.c.name)
    )
    for row in rows:
        found[row.project_id].append(row.name)
    return found


def title_of(tx: Tx, project_id: int) -> str | None:
    found: str | None = tx.scalar(select(projects.c.title).where(projects.c.id == project_id))
    return found


def people_of(tx: Tx, project_id: int, role: str) -> set[PersonId]:
    """The accepted team or counsel of a project."""
    return set(
        tx.column(
            select(project_people.c.person_id).where(
                project_people.c.project_id == project_id,
                project_people.c.role == role,
                project_people.c.state == "accepted",
            )
        )
    )


def causes_of_project(tx: Tx, project_id: int) -> set[str]:
    return set(
        tx.column(
            select(causes.c.tag)
            .join(project_causes, project_causes.c.cause_id == causes.c.id)
            .where(project_causes.c.project_id == project_id)
        )
    )


def touch(tx: Tx, project_id: int) -> None:
    """Something was written in its logbook."""
    tx.run(update(projects).where(projects.c.id == project_id).values(touched_at=tx.now))


# -- what people can do and care for


_CAUSES = union_all(
    select(person_causes.c.person_id, causes.c.tag)
    .join(causes, causes.c.id == person_causes.c.cause_id)
    .where(among(person_causes.c.person_id, "ids")),
    select(projects.c.owner_id.label("person_id"), causes.c.tag)
    .join(project_causes, project_causes.c.project_id == projects.c.id)
    .join(causes, causes.c.id == project_causes.c.cause_id)
    .where(among(projects.c.owner_id, "ids"), projects.c.state == "open"),
)
_SKILLS = select(skills).where(among(skills.c.person_id, "ids"))
_ENDORSEMENTS = select(endorsements.c.to_id, endorsements.c.from_id, endorsements.c.name).where(
    among(endorsements.c.to_id, "ids"), endorsements.c.state == "accepted", endorsements.c.shown.is_(True)
)
_LANGUAGES = select(help_profiles.c.person_id, help_profiles.c.languages).where(
    among(help_profiles.c.person_id, "ids")
)


def causes_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, set[str]]:
    """The causes each of these people serves: their own, and those of their open projects."""
    wanted = set(ids)
    found: dict[int, set[str]] = defaultdict(set)
    if not wanted:
        return found
    for row in tx.all(_CAUSES, ids=wanted):
        found[row.person_id].add(row.tag)
    return found


def skills_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, list[tuple[str, bool, int]]]:
    """person → (skill, declared, times "not my thing")."""
    wanted = set(ids)
    found: dict[int, list[tuple[str, bool, int]]] = defaultdict(list)
    if wanted:
        for row in tx.all(_SKILLS, ids=wanted):
            found[row.person_id].append((row.skill, row.declared, row.not_my_thing))
    return found


def endorsements_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, list[tuple[PersonId, str]]]:
    """person → (who vouches, for what), accepted and shown by their owner only."""
    wanted = set(ids)
    found: dict[int, list[tuple[PersonId, str]]] = defaultdict(list)
    if wanted:
        for row in tx.all(_ENDORSEMENTS, ids=wanted):
            found[row.to_id].append((row.from_id, row.name))
    return found


def languages_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, set[str]]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = tx.all(_LANGUAGES, ids=wanted)
    return {row.person_id: set(row.languages or ()) for row in rows}


# -- lists: spheres that a member drew


def lists_of(tx: Tx, owner_id: int) -> list[tuple[int, str]]:
    """(id, title), oldest first."""
    rows = tx.all(select(lists.c.id, lists.c.title).where(lists.c.owner_id == owner_id).order_by(lists.c.id))
    return [(row.id, row.title) for row in rows]


def people_on_list(tx: Tx, list_id: int) -> set[PersonId]:
    return set(tx.column(select(list_people.c.person_id).where(list_people.c.list_id == list_id)))
