"""Projects: what a member is working on, and in whose logbook they write.

Who may see one: its owner, its team and counsel, and the owner's friends as far as its level says (2, the
default: all of them; 3 and 4: those who pass that gate; 0 and 1: also friends of friends whom one of its
requests reached). It is in no search and on no timeline. Its logbook is, for each reader, the posts that they
may read anyway (RULES R12).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

import msgspec

from fedi_aid.actions import files
from fedi_aid.audience import candidates, engine
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model import causes as vocabulary
from fedi_aid.model.control_tags import slug
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Attachment, PostView, Viewer
from fedi_aid.storage import goals as goal_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import places, ties, timelines
from fedi_aid.storage import projects as rows
from fedi_aid.storage import stories as story_rows
from fedi_aid.storage.goals import Goal
from fedi_aid.storage.projects import Project
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

TITLE_MAX: Final = 100
DESCRIPTION_MAX: Final = 2_000
CAUSES_MAX: Final = 10
CAUSE_MAX: Final = 60
PROJECTS_MAX: Final = 50
KINDS: Final = ("personal", "professional")
STATES: Final = ("open", "closed")
LEVELS: Final = range(5)
NO_PICTURE: Final = 0

Standing = Literal["owner", "team", "counsel", "reader"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a member says of a project; None: as it is. `picture_id` 0 takes the picture away."""

    title: str | None = None
    description: str | None = None
    kind: str | None = None
    state: str | None = None
    causes: tuple[str, ...] | None = None
    shown_to_level: int | None = None
    picture_id: int | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A project as one viewer sees it; all that a page of it needs beside its logbook and people.

    `role`: what the viewer is to it. `mine`: they are its owner. `writes`: they may write in it now.
    """

    project: Project
    owner: Person
    role: Standing
    causes: tuple[str, ...]
    goals: tuple[Goal, ...]
    picture: Attachment | None

    @property
    def mine(self) -> bool:
        return self.role == "owner"

    @property
    def writes(self) -> bool:
        return self.role in ("owner", "team") and self.project.is_open


def question(title: str, locale: str) -> str:
    """What the composer asks who is about to write in a project."""
    if locale.lower().startswith("fr"):
        return f"Comment vous sentez-vous aujourd’hui par rapport à « {title} » ?"
    return f"How do you feel about “{title}” today?"


# -- seeing


def visible(tx: Tx, viewer: Viewer, ids: Iterable[int]) -> dict[int, Standing]:
    """Those of these projects that somebody may know of, and what they are to each. For a stranger what is
    hidden takes the same questions as what is missing."""
    wanted = set(ids)
    if viewer is None or not wanted:
        return {}
    known = rows.many(tx, wanted)
    owners = people_rows.many(tx, {one.owner_id for one in known.values()} | {viewer})
    roles = places.roles_in(tx, viewer, wanted)
    friends = rows.friends_among(tx, viewer, owners)
    found: dict[int, Standing] = {}
    circles: dict[tuple[PersonId, int], frozenset[PersonId]] = {}
    for project_id in wanted:
        project = known.get(project_id)
        owner = owners.get(project.owner_id) if project is not None else None
        if project is None or owner is None or owner.suspended_at is not None:
            continue
        if owner.id == viewer:
            found[project_id] = "owner"
        elif project_id in roles and owner.id in friends:
            found[project_id] = "team" if "team" in roles[project_id] else "counsel"
        elif owner.local and _is_shown(tx, project, viewer, owner.id in friends, circles):
            found[project_id] = "reader"
    return found


def _is_shown(
    tx: Tx,
    project: Project,
    viewer: PersonId,
    friend: bool,
    circles: dict[tuple[PersonId, int], frozenset[PersonId]],
) -> bool:
    """`circles`: those that were measured already, by owner and level."""
    if not friend:
        wide = project.shown_to_level <= Intimacy.WIDE
        barred = ties.is_blocked_either_way(tx, viewer, project.owner_id)
        return wide and not barred and bool(rows.with_their_posts(tx, viewer, [project.id]))
    if project.shown_to_level <= Intimacy.FRIENDS:
        return True
    key = (project.owner_id, project.shown_to_level)
    if key not in circles:
        circles[key] = circle(tx, *key)
    return viewer in circles[key]


def circle(tx: Tx, owner_id: PersonId, level: int) -> frozenset[PersonId]:
    """Friends who pass the gate of a level. A mute acts on what is written from then on: a page that went
    away would tell of it (RULES R6)."""
    friends, found = candidates.circle(tx, owner_id)
    pool = [msgspec.structs.replace(one, barred=False) for one in found]
    return frozenset(one.person for one in engine.eligible(pool, Intimacy(level)) if one.person in friends)


def titles(tx: Tx, viewer: Viewer, ids: Iterable[int | None]) -> dict[int, str]:
    """project → title, of those of these projects that somebody may know of."""
    wanted = {one for one in ids if one is not None}
    found = visible(tx, viewer, wanted) if wanted else {}
    return {one.id: one.title for one in rows.many(tx, found).values()} if found else {}


def told(view: PostView, known: Mapping[int, str]) -> str | None:
    """What the viewer of a post is told of its project: its title where it is among those `known` to them.
    The name of one elsewhere came with the post: its author's server gives it to those alone who may know it.
    """
    post = view.post
    if post.project_id is not None and post.project_id in known:
        return known[post.project_id]
    return post.project_name if not view.author.local or post.author_id == view.viewer else None


def one(tx: Tx, me: PersonId, project_id: int, locale: str = "en") -> Shown:
    """A project that the viewer may see. NotFound for any other."""
    found = visible(tx, me, [project_id])
    if project_id not in found:
        raise NotFound
    return _dressed(tx, found, locale)[0]


def mine(tx: Tx, me: PersonId, locale: str = "en") -> list[Shown]:
    """The projects a member owns, is on the team of, or counsels, open and closed, oldest first."""
    ids = {one.id for one in rows.owned_by(tx, me)}
    ids |= {one.project_id for one in places.of_person(tx, me, "accepted", "resting")}
    found = {one: role for one, role in visible(tx, me, ids).items() if role != "reader"}
    return _dressed(tx, found, locale)


def of_person(tx: Tx, me: PersonId, person_id: int, locale: str = "en") -> list[Shown]:
    """Somebody's own projects as far as the viewer may see them, oldest first."""
    return _dressed(tx, visible(tx, me, [one.id for one in rows.owned_by(tx, person_id)]), locale)


def _dressed(tx: Tx, standing: Mapping[int, Standing], locale: str) -> list[Shown]:
    ids = sorted(standing)
    known = rows.many(tx, ids)
    owners = people_rows.many(tx, {one.owner_id for one in known.values()})
    causes = rows.cause_names_of(tx, ids, locale)
    goals = goal_rows.of_projects(tx, ids)
    pictures = rows.pictures(
        tx, [one.picture_media_id for one in known.values() if one.picture_media_id is not None]
    )
    return [
        Shown(
            project=known[project_id],
            owner=owners[known[project_id].owner_id],
            role=standing[project_id],
            causes=tuple(causes.get(project_id, ())),
            goals=tuple(goals.get(project_id, ())),
            picture=pictures.get(known[project_id].picture_media_id or 0),
        )
        for project_id in ids
    ]


def logbook(tx: Tx, me: PersonId, project_id: int, page: Page) -> list[PostView]:
    """What was written in a project, newest first, as far as the viewer may read it (RULES R12). NotFound for
    a project that is hidden from them."""
    if project_id not in visible(tx, me, [project_id]):
        raise NotFound
    return timelines.logbook(tx, me, project_id, page)


def shows_picture(tx: Tx, reader: int, media_id: int) -> bool:
    """Whether a file is the picture of a project that its reader may see now (RULES R17)."""
    found = rows.with_picture(tx, media_id)
    return found is not None and found.id in visible(tx, PersonId(reader), [found.id])


# -- describing


def begin(tx: Tx, me: PersonId, wish: Wish, locale: str = "en") -> Shown:
    """Describe a new project. Refused, naming the field."""
    if len(rows.owned_by(tx, me)) >= PROJECTS_MAX:
        raise Refused(f"At most {PROJECTS_MAX} projects", field="title")
    values = _checked(tx, me, wish, None)
    if "title" not in values:
        raise Refused("Title can't be blank", code="blank", field="title")
    project_id = rows.insert(tx, uri=tx.house.new_project(), owner_id=me, **values)
    _put_rest(tx, me, project_id, wish)
    return one(tx, me, project_id, locale)


def change(tx: Tx, me: PersonId, project_id: int, wish: Wish, locale: str = "en") -> Shown:
    """Describe it anew, close it or open it again: its owner alone. NotFound, Refused."""
    known = own(tx, me, project_id, "change")
    values = _checked(tx, me, wish, known)
    if values:
        rows.change(tx, project_id, **values)
    _put_rest(tx, me, project_id, wish)
    if {"title", "description", "state"} & values.keys() and places.elsewhere(tx, project_id):
        jobs.tell_project(tx, project_id)
    return one(tx, me, project_id, locale)


def _put_rest(tx: Tx, me: PersonId, project_id: int, wish: Wish) -> None:
    if wish.causes is not None:
        rows.put_causes(tx, project_id, _causes(wish.causes))
    if wish.picture_id is None:
        return
    media_id = wish.picture_id if wish.picture_id != NO_PICTURE else None
    shown = rows.many(tx, [project_id])[project_id].picture_media_id
    if media_id not in (None, shown) and not rows.is_free_picture(tx, me, media_id or 0):
        raise Refused(
            "This picture cannot be used: not found, not ready, or used elsewhere.", field="picture_id"
        )
    _forget_pictures(tx, rows.put_picture(tx, project_id, media_id))


def _forget_pictures(tx: Tx, ids: Sequence[int]) -> None:
    files.forget(tx, list(rows.pictures(tx, ids).values()))


def own(tx: Tx, me: PersonId, project_id: int, doing: str) -> Project:
    """A project of one's own. NotFound where it is hidden; Refused where only its owner may do this."""
    found = visible(tx, me, [project_id])
    if project_id not in found:
        raise NotFound
    if found[project_id] != "owner":
        raise Refused(f"Only its owner can {doing} a project", code="forbidden")
    return rows.many(tx, [project_id])[project_id]


def remove(tx: Tx, me: PersonId, project_id: int) -> None:
    """Forget a project of one's own; posts keep its name. NotFound, Refused."""
    _forget(tx, own(tx, me, project_id, "remove"))


def forget_all_of(tx: Tx, person_id: int) -> None:
    """Somebody is gone for good: their projects, and their places in others', go with them."""
    for project in rows.owned_by(tx, person_id):
        _forget(tx, project)
    for place in places.of_person(tx, person_id, *_EVERY_STATE):
        places.remove(tx, place.id)


_EVERY_STATE: Final = get_args(places.PlaceState)


def _forget(tx: Tx, project: Project) -> None:
    for place in places.elsewhere(tx, project.id):
        jobs.undo_invite(tx, project.owner_id, place.person_id, place.uri, project.uri)
    if project.picture_media_id is not None:
        _forget_pictures(tx, rows.put_picture(tx, project.id, None))
    story_rows.detach(tx, project.id)
    rows.remove(tx, project.id)


def _checked(tx: Tx, me: PersonId, wish: Wish, known: Project | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if wish.title is not None:
        values["title"] = title = clean_name(wish.title, TITLE_MAX + 1)
        values["slug"] = short = slug(title)
        if not short:
            raise Refused("Title can't be blank", code="blank", field="title")
        if len(title) > TITLE_MAX:
            raise Refused(f"Title has at most {TITLE_MAX} characters", field="title")
        if (known is None or short != known.slug) and rows.is_taken(tx, me, short):
            raise Refused("Title is that of another project of yours", code="taken", field="title")
    if wish.description is not None:
        values["description"] = wish.description.strip()
        if len(values["description"]) > DESCRIPTION_MAX:
            raise Refused(f"Description has at most {DESCRIPTION_MAX} characters", field="description")
    if wish.kind is not None:
        values["kind"] = _one_of("Kind", wish.kind, KINDS)
    if wish.state is not None and (known is None or wish.state != known.state):
        values["state"] = _one_of("State", wish.state, STATES)
        values["closed_at"] = tx.now if wish.state == "closed" else None
    if wish.shown_to_level is not None:
        if wish.shown_to_level not in LEVELS:
            raise Refused("The level must be a whole number from 0 to 4.", field="shown_to_level")
        values["shown_to_level"] = wish.shown_to_level
    return values


def _one_of(name: str, given: str, words: Collection[str]) -> str:
    if given not in words:
        raise Refused(f"{name} is one of {', '.join(words)}", field=name.lower())
    return given


def _causes(names: Sequence[str]) -> list[str]:
    """As they were written, each once: what differs by case, accents and signs only is one cause."""
    if len(names) > CAUSES_MAX:
        raise Refused(f"At most {CAUSES_MAX} causes", field="causes")
    found: dict[str, str] = {}
    for name in (clean_name(one.lstrip("#"), CAUSE_MAX + 1) for one in names):
        if not vocabulary.key_of(name) or len(name) > CAUSE_MAX:
            raise Refused(f"A cause has 1 to {CAUSE_MAX} characters", field="causes")
        found.setdefault(vocabulary.key_of(name), name)
    return list(found.values())
