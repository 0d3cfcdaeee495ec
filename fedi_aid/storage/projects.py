"""Questions about projects, causes and lists."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import or_, select, update

from fedi_aid.model.ids import PersonId, ProjectId
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


_PROJECT = tuple(projects.c[name] for name in Project.__struct_fields__)


def usable_by(tx: Tx, member_id: int) -> list[Project]:
    """Projects a member may write in: their own, and those whose team they are on."""
    team = select(project_people.c.project_id).where(
        project_people.c.person_id == member_id,
        project_people.c.role == "team",
        project_people.c.state == "accepted",
    )
    rows = tx.all(
        select(*_PROJECT).where(
            or_(projects.c.owner_id == member_id, projects.c.id.in_(team)), projects.c.state == "open"
        )
    )
    return [Project(**row._mapping) for row in rows]


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


def causes_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, set[str]]:
    """The causes each of these people serves: their own, and those of their open projects."""
    wanted = set(ids)
    found: dict[int, set[str]] = defaultdict(set)
    if not wanted:
        return found
    own = select(person_causes.c.person_id, causes.c.tag).join(
        causes, causes.c.id == person_causes.c.cause_id
    )
    for row in tx.all(own.where(person_causes.c.person_id.in_(wanted))):
        found[row.person_id].add(row.tag)
    through = (
        select(projects.c.owner_id.label("person_id"), causes.c.tag)
        .join(project_causes, project_causes.c.project_id == projects.c.id)
        .join(causes, causes.c.id == project_causes.c.cause_id)
    )
    for row in tx.all(through.where(projects.c.owner_id.in_(wanted), projects.c.state == "open")):
        found[row.person_id].add(row.tag)
    return found


def skills_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, list[tuple[str, bool, int]]]:
    """person → (skill, declared, times "not my thing")."""
    wanted = set(ids)
    found: dict[int, list[tuple[str, bool, int]]] = defaultdict(list)
    if wanted:
        for row in tx.all(select(skills).where(skills.c.person_id.in_(wanted))):
            found[row.person_id].append((row.skill, row.declared, row.not_my_thing))
    return found


def endorsements_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, list[tuple[PersonId, str]]]:
    """person → (who vouches, for what), accepted and shown by their owner only."""
    wanted = set(ids)
    found: dict[int, list[tuple[PersonId, str]]] = defaultdict(list)
    if wanted:
        rows = tx.all(
            select(endorsements.c.to_id, endorsements.c.from_id, endorsements.c.name).where(
                endorsements.c.to_id.in_(wanted),
                endorsements.c.state == "accepted",
                endorsements.c.shown.is_(True),
            )
        )
        for row in rows:
            found[row.to_id].append((row.from_id, row.name))
    return found


def languages_of_people(tx: Tx, ids: Iterable[int]) -> dict[int, set[str]]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = tx.all(
        select(help_profiles.c.person_id, help_profiles.c.languages).where(
            help_profiles.c.person_id.in_(wanted)
        )
    )
    return {row.person_id: set(row.languages or ()) for row in rows}


# -- lists: spheres that a member drew


def lists_of(tx: Tx, owner_id: int) -> list[tuple[int, str]]:
    """(id, title), oldest first."""
    rows = tx.all(select(lists.c.id, lists.c.title).where(lists.c.owner_id == owner_id).order_by(lists.c.id))
    return [(row.id, row.title) for row in rows]


def people_on_list(tx: Tx, list_id: int) -> set[PersonId]:
    return set(tx.column(select(list_people.c.person_id).where(list_people.c.list_id == list_id)))
