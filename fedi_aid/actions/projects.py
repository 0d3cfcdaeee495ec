"""Projects: what a member is working on, and in whose logbook they write.

A project is used by its owner and its team; nobody else learns of it but through the posts they are shown.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.control_tags import slug
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.model.scan import fold_tag
from fedi_aid.storage import projects as rows
from fedi_aid.storage.projects import Project
from fedi_aid.storage.tx import Tx

TITLE_MAX: Final = 100
DESCRIPTION_MAX: Final = 2_000
CAUSES_MAX: Final = 10
CAUSE_MAX: Final = 60
PROJECTS_MAX: Final = 50
KINDS: Final = ("personal", "professional")
STATES: Final = ("open", "closed")
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a member says of a project; None: as it is."""

    title: str | None = None
    description: str | None = None
    kind: str | None = None
    state: str | None = None
    causes: tuple[str, ...] | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A project as those who write in it see it; `mine`: the viewer is its owner."""

    project: Project
    causes: tuple[str, ...]
    mine: bool


def begin(tx: Tx, me: PersonId, wish: Wish) -> Shown:
    """Describe a new project. Refused, naming the field."""
    if len(rows.usable_by(tx, me, closed=True)) >= PROJECTS_MAX:
        raise Refused(f"At most {PROJECTS_MAX} projects", field="title")
    values = _checked(tx, me, wish, None)
    if "title" not in values:
        raise Refused("Title can't be blank", code="blank", field="title")
    project_id = rows.insert(tx, uri=tx.house.new_project(), owner_id=me, **values)
    if wish.causes:
        rows.put_causes(tx, project_id, _causes(wish.causes))
    return one(tx, me, project_id)


def change(tx: Tx, me: PersonId, project_id: int, wish: Wish) -> Shown:
    """Describe it anew, close it or open it again: its owner alone. NotFound, Refused."""
    known = one(tx, me, project_id)
    if not known.mine:
        raise Refused("Only its owner can change a project", code="forbidden")
    values = _checked(tx, me, wish, known.project)
    if values:
        rows.change(tx, project_id, **values)
    if wish.causes is not None:
        rows.put_causes(tx, project_id, _causes(wish.causes))
    return one(tx, me, project_id)


def remove(tx: Tx, me: PersonId, project_id: int) -> None:
    """Forget a project of one's own; posts keep its name. NotFound, Refused."""
    if not one(tx, me, project_id).mine:
        raise Refused("Only its owner can remove a project", code="forbidden")
    rows.remove(tx, project_id)


def one(tx: Tx, me: PersonId, project_id: int) -> Shown:
    """A project that the member writes in. NotFound for any other."""
    found = [known for known in mine(tx, me) if known.project.id == project_id]
    if not found:
        raise NotFound
    return found[0]


def mine(tx: Tx, me: PersonId) -> Sequence[Shown]:
    """The projects a member writes in, open and closed, oldest first."""
    found = rows.usable_by(tx, me, closed=True)
    causes = rows.cause_names_of(tx, [project.id for project in found])
    return [
        Shown(project=project, causes=tuple(causes.get(project.id, ())), mine=project.owner_id == me)
        for project in found
    ]


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
    for name, given, known_words in (("kind", wish.kind, KINDS), ("state", wish.state, STATES)):
        if given is not None:
            if given not in known_words:
                raise Refused(f"{name.title()} is one of {', '.join(known_words)}", field=name)
            values[name] = given
    return values


def _causes(names: Sequence[str]) -> dict[str, str]:
    """tag → name as it was written; what differs by case and accents only is one cause."""
    if len(names) > CAUSES_MAX:
        raise Refused(f"At most {CAUSES_MAX} causes", field="causes")
    found: dict[str, str] = {}
    for name in (clean_name(one.lstrip("#"), CAUSE_MAX + 1) for one in names):
        tag = fold_tag(_BETWEEN_WORDS.sub("", name))  # as the hashtag that says it
        if not tag or len(name) > CAUSE_MAX:
            raise Refused(f"A cause has 1 to {CAUSE_MAX} characters", field="causes")
        found.setdefault(tag, name)
    return found
