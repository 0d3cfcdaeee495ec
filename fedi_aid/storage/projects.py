"""Questions about projects, causes and lists."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, or_, select, union_all, update

from fedi_aid.model.ids import PersonId, ProjectId
from fedi_aid.model.posts import Attachment
from fedi_aid.storage import causes as cause_rows
from fedi_aid.storage.among import among, among_words
from fedi_aid.storage.tables.people import endorsements, help_profiles, people, skills
from fedi_aid.storage.tables.posts import audiences, media, posts
from fedi_aid.storage.tables.projects import (
    causes,
    goals,
    person_causes,
    project_causes,
    project_people,
    projects,
)
from fedi_aid.storage.tables.ties import list_people, lists
from fedi_aid.storage.ties import friend_ids_of
from fedi_aid.storage.tx import Tx


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project of a member here; or one elsewhere that a member here is invited to, as far as they were told
    of it (title, description, whether it goes on)."""

    id: ProjectId
    uri: str
    owner_id: PersonId
    slug: str
    title: str
    description: str
    picture_media_id: int | None = None
    kind: str = "personal"
    shown_to_level: int = 2
    state: str = "open"
    closed_at: datetime | None = None
    created_at: datetime
    touched_at: datetime

    @property
    def is_open(self) -> bool:
        return self.state == "open"


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
    """Forget a project with its goals, causes and people; what was written in it stays its authors'."""
    detach_posts(tx, project_id)
    for table in (project_causes, project_people, goals):
        tx.run(delete(table).where(table.c.project_id == project_id))
    tx.run(delete(projects).where(projects.c.id == project_id))


def by_id(tx: Tx, project_id: int) -> Project | None:
    """A project, whoever may see it: that is for the caller."""
    row = tx.first(select(*_PROJECT).where(projects.c.id == project_id))
    return Project(**row._mapping) if row else None


def by_uri(tx: Tx, uri: str) -> Project | None:
    row = tx.first(select(*_PROJECT).where(projects.c.uri == uri))
    return Project(**row._mapping) if row else None


def many(tx: Tx, ids: Iterable[int]) -> dict[int, Project]:
    rows = tx.all(select(*_PROJECT).where(projects.c.id.in_(list(ids))))
    return {row.id: Project(**row._mapping) for row in rows}


def owned_by(tx: Tx, owner_id: int) -> list[Project]:
    """Somebody's own, oldest first."""
    rows = tx.all(select(*_PROJECT).where(projects.c.owner_id == owner_id).order_by(projects.c.id))
    return [Project(**row._mapping) for row in rows]


def put_causes(tx: Tx, project_id: int, names: Iterable[str]) -> None:
    """The causes a project serves, by any of their names."""
    found = cause_rows.ensure(tx, names)
    tx.run(delete(project_causes).where(project_causes.c.project_id == project_id))
    for cause_id in found:
        tx.insert(project_causes, project_id=project_id, cause_id=cause_id)


def cause_names_of(tx: Tx, ids: Iterable[int], locale: str = "en") -> dict[int, list[str]]:
    """project → the names of its causes in this language, in the order of the alphabet."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = tx.all(
        select(project_causes.c.project_id, causes.c.name, causes.c.name_fr)
        .join(causes, causes.c.id == project_causes.c.cause_id)
        .where(project_causes.c.project_id.in_(list(ids)))
    )
    french = locale.lower().startswith("fr")
    for row in rows:
        found[row.project_id].append((row.name_fr if french else None) or row.name)
    return {project_id: sorted(names) for project_id, names in found.items()}


def title_of(tx: Tx, project_id: int) -> str | None:
    found: str | None = tx.scalar(select(projects.c.title).where(projects.c.id == project_id))
    return found


def with_their_posts(tx: Tx, viewer: int, ids: Iterable[int]) -> set[int]:
    """Those of these projects of which this viewer holds a post by the project's owner."""
    return set(
        tx.column(
            select(posts.c.project_id)
            .distinct()
            .join(projects, projects.c.id == posts.c.project_id)
            .join(audiences, audiences.c.post_id == posts.c.id)
            .where(
                posts.c.project_id.in_(list(ids)),
                posts.c.author_id == projects.c.owner_id,
                posts.c.deleted_at.is_(None),
                audiences.c.person_id == viewer,
                audiences.c.ended_at.is_(None),
            )
        )
    )


def friends_among(tx: Tx, member_id: int, owners: Iterable[int]) -> set[PersonId]:
    """Those of these people who are friends of this one."""
    return set(
        tx.column(
            select(people.c.id).where(
                people.c.id.in_(list(owners)), people.c.id.in_(friend_ids_of(member_id))
            )
        )
    )


def with_picture(tx: Tx, media_id: int) -> Project | None:
    """The project whose picture this is."""
    row = tx.first(select(*_PROJECT).where(projects.c.picture_media_id == media_id))
    return Project(**row._mapping) if row else None


def put_picture(tx: Tx, project_id: int, media_id: int | None) -> list[int]:
    """Show a picture on a project, or none (`is_free_picture` says which may be). The ids of the files that
    no project shows any more."""
    before: int | None = tx.scalar(select(projects.c.picture_media_id).where(projects.c.id == project_id))
    if media_id == before:
        return []
    if media_id is not None:
        tx.run(update(media).where(media.c.id == media_id).values(purpose="project"))
    change(tx, project_id, picture_media_id=media_id)
    return [before] if before is not None else []


def is_free_picture(tx: Tx, owner_id: int, media_id: int) -> bool:
    """Whether a member may put this file on a project: their own picture, ready, and used nowhere."""
    return tx.exists(
        select(media.c.id).where(
            media.c.id == media_id,
            media.c.owner_id == owner_id,
            media.c.kind == "image",
            media.c.state == "ready",
            media.c.purpose == "post",
            media.c.post_id.is_(None),
            media.c.scheduled_id.is_(None),
        )
    )


def pictures(tx: Tx, ids: Iterable[int]) -> dict[int, Attachment]:
    """Files of projects, by id."""
    columns = [media.c[name] for name in Attachment.__struct_fields__]
    rows = tx.all(select(*columns).where(media.c.id.in_(list(ids)), media.c.purpose == "project"))
    return {row.id: Attachment(**row._mapping) for row in rows}


def detach_posts(tx: Tx, project_id: int) -> None:
    """What was written in it stays its authors', under its name."""
    tx.run(update(posts).where(posts.c.project_id == project_id).values(project_id=None))


def people_of(tx: Tx, project_id: int, role: str) -> set[PersonId]:
    """The accepted team or counsel of a project, its owner not among them."""
    return set(
        tx.column(
            select(project_people.c.person_id).where(
                project_people.c.project_id == project_id,
                project_people.c.role == role,
                project_people.c.state == "accepted",
            )
        )
    )


def team_of(tx: Tx, project_id: int) -> set[PersonId]:
    """Who is committed to a project: its owner and its team."""
    owner = tx.scalar(select(projects.c.owner_id).where(projects.c.id == project_id))
    return people_of(tx, project_id, "team") | ({PersonId(owner)} if owner is not None else set())


def causes_of_project(tx: Tx, project_id: int) -> set[str]:
    return set(
        tx.column(
            select(causes.c.tag)
            .join(project_causes, project_causes.c.cause_id == causes.c.id)
            .where(project_causes.c.project_id == project_id)
        )
    )


def touch(tx: Tx, project_id: int) -> None:
    """Something was written in its logbook: its open goals are in mind again."""
    tx.run(update(projects).where(projects.c.id == project_id).values(touched_at=tx.now))
    open_goals = update(goals).where(goals.c.project_id == project_id, goals.c.state == "open")
    tx.run(open_goals.values(touched_at=tx.now))


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
_THESE = _SKILLS.where(among_words(skills.c.skill, "names"))
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


def skills_of_people(
    tx: Tx, ids: Iterable[int], only: Collection[str] | None = None
) -> dict[int, list[tuple[str, bool, int]]]:
    """person → (skill, declared, times "not my thing"), of all skills or of these."""
    wanted = set(ids)
    found: dict[int, list[tuple[str, bool, int]]] = defaultdict(list)
    if wanted:
        rows = tx.all(_SKILLS, ids=wanted) if only is None else tx.all(_THESE, ids=wanted, names=only)
        for row in rows:
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
