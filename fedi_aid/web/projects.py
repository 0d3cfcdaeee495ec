"""The room "Projects": mine and those I am in; one with its goals, people and logbook; describing one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import causes as cause_acts
from fedi_aid.actions import goals, invitations, projects
from fedi_aid.actions.projects import Shown, Wish
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage import ties
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.web import cards, shown
from fedi_aid.web.foreseen import STEPS
from fedi_aid.web.pages import PATHS, Person
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

NEW: Final = f"{PATHS.projects}/new"
LOGBOOK: Final = 20
TWICE: Final = timedelta(minutes=10)  # the same again so soon is one that was sent twice

# field of `Refused` → key of the catalogue's `problem` table
PROBLEMS: Final = {
    "title": "title_needed",
    "causes": "causes_many",
    "due": "due_unknown",
    "account_id": "not_to_be_invited",
    "role": "not_to_be_invited",
}


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the team or in the counsel, or invited."""

    id: str
    person: Person
    role: str
    state: str


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A project as a page shows it."""

    shown: Shown
    owner: Person
    seats: list[Seat]
    posts: list[cards.Card]
    friends: list[tuple[str, str]]
    older: str


def problem_of(refused: Refused) -> str:
    return PROBLEMS.get(refused.field or "", "other")


async def show(guest: Guest) -> Response:
    """GET /projects."""
    mine = await guest.db.read(projects.mine, guest.id, guest.visit.language)
    return await guest.page(
        "rooms/projects.html",
        "projects",
        open=[one for one in mine if one.project.is_open],
        closed=[one for one in mine if not one.project.is_open],
    )


# -- describing one


async def show_new(guest: Guest) -> Response:
    """GET /projects/new."""
    return await _form_page(guest, None, {})


async def show_edit(guest: Guest) -> Response:
    """GET /projects/{id}/edit: its owner alone."""
    found = await guest.db.read(projects.one, guest.id, guest.path_id(), guest.visit.language)
    if not found.mine:
        raise NotFound
    typed = {
        "title": found.project.title,
        "description": found.project.description,
        "kind": found.project.kind,
        "causes": ", ".join(found.causes),
        "shown_to_level": str(found.project.shown_to_level),
    }
    return await _form_page(guest, found, typed)


async def _form_page(
    guest: Guest, found: Shown | None, typed: dict[str, str], problem: str = "", at: str = ""
) -> Response:
    known = await guest.db.read(cause_acts.suggested, guest.id, "", limit=60)
    return await guest.page(
        "rooms/project_edit.html",
        "projects",
        status=422 if problem else 200,
        found=found,
        typed=typed,
        causes=[one.name for one in known],
        kinds=projects.KINDS,
        steps=[step for step in STEPS if step <= Intimacy.CONFIDANTS],
        problem=problem,
        at=at,
    )


def _wish(sent: Form) -> Wish:
    level = sent.get("shown_to_level", "2")
    return Wish(
        title=sent.get("title"),
        description=sent.get("description"),
        kind=sent.get("kind", "personal"),
        causes=tuple(one.strip() for one in sent.get("causes").split(",") if one.strip()),
        shown_to_level=int(level) if level in {str(int(one)) for one in Intimacy} else 2,
    )


async def begin(guest: Guest, sent: Form) -> Response:
    """POST /projects/new: sent twice, it is the same one."""
    wish = _wish(sent)

    def work(tx: Tx) -> int:
        for mine in project_rows.owned_by(tx, guest.id):
            same = (mine.title, mine.description) == (
                (wish.title or "").strip(),
                (wish.description or "").strip(),
            )
            if same and tx.now - mine.created_at < TWICE:
                return mine.id
        return projects.begin(tx, guest.id, wish, guest.visit.language).project.id

    try:
        made = await guest.db.write(work)
    except Refused as refused:
        return await _form_page(guest, None, _typed(sent), problem_of(refused), refused.field or "")
    return guest.go(f"{PATHS.projects}/{made}", "saved")


def _typed(sent: Form) -> dict[str, str]:
    return {name: sent.get(name) for name in ("title", "description", "kind", "causes", "shown_to_level")}


async def change(guest: Guest, sent: Form) -> Response:
    """POST /projects/{id}/edit."""
    project_id = guest.path_id()
    try:
        await guest.db.write(projects.change, guest.id, project_id, _wish(sent), guest.visit.language)
    except Refused as refused:
        found = await guest.db.read(projects.one, guest.id, project_id, guest.visit.language)
        return await _form_page(guest, found, _typed(sent), problem_of(refused), refused.field or "")
    return guest.go(f"{PATHS.projects}/{project_id}", "saved")


# -- one of them


async def show_one(guest: Guest) -> Response:
    """GET /projects/{id}: hidden or missing alike is no page."""
    return await _one(guest)


async def _one(guest: Guest, problem: str = "", *, status: int = 200) -> Response:
    project_id = guest.path_id()
    before = row_id(guest.query["before"]) if "before" in guest.query else None
    house = guest.visit.instance.house

    def work(tx: Tx) -> Whole:
        found = projects.one(tx, guest.id, project_id, guest.visit.language)
        views = projects.logbook(tx, guest.id, project_id, Page(max_id=before, limit=LOGBOOK))
        seats = invitations.people(tx, guest.id, project_id)
        taken = {seat.person.id for seat in seats}
        friends = ties.friends_of(tx, guest.id) if found.mine else []
        return Whole(
            shown=found,
            owner=shown.person(house, found.owner),
            seats=[
                Seat(
                    id=str(seat.person.id),
                    person=shown.person(house, seat.person),
                    role=seat.role,
                    state=seat.state,
                )
                for seat in seats
            ],
            posts=cards.cards(tx, guest, views),
            friends=[(str(one.id), one.name) for one in friends if one.id not in taken and one.kind != "bot"],
            older=str(views[-1].post.id) if len(views) == LOGBOOK else "",
        )

    whole = await guest.db.read(work)
    return await guest.page(
        "rooms/project.html",
        "projects",
        status=status,
        whole=whole,
        question=projects.question(whole.shown.project.title, guest.visit.language),
        problem=problem,
    )


async def act(guest: Guest, sent: Form) -> Response:
    """POST /projects/{id}."""
    project_id, name = guest.path_id(), sent.get("act")
    if name not in ACTS:
        raise NotFound
    try:
        await guest.db.write(ACTS[name], guest, project_id, sent)
    except Refused as refused:
        return await _one(guest, problem_of(refused), status=422)
    if name == "remove":
        return guest.go(PATHS.projects, "done")
    return guest.go(f"{PATHS.projects}/{project_id}", "saved")


def _goal(sent: Form) -> int:
    return row_id(sent.get("goal"))


def _person(sent: Form) -> int:
    return row_id(sent.get("person"))


ACTS: Final[dict[str, Callable[[Tx, Guest, int, Form], Any]]] = {
    "add_goal": lambda tx, guest, project, sent: goals.add(
        tx, guest.id, project, goals.Wish(title=sent.get("title"), due=sent.get("due"))
    ),
    "reach": lambda tx, guest, project, sent: goals.change(
        tx, guest.id, project, _goal(sent), goals.Wish(state="reached")
    ),
    "reopen_goal": lambda tx, guest, project, sent: goals.change(
        tx, guest.id, project, _goal(sent), goals.Wish(state="open")
    ),
    "drop_goal": lambda tx, guest, project, sent: goals.remove(tx, guest.id, project, _goal(sent)),
    "invite": lambda tx, guest, project, sent: invitations.invite(
        tx, guest.member, project, _person(sent), sent.get("role"), sent.get("word")
    ),
    "uninvite": lambda tx, guest, project, sent: invitations.remove(
        tx, guest.member, project, _person(sent), sent.get("role")
    ),
    "agreed": lambda tx, guest, project, sent: invitations.agreed(
        tx, guest.member, project, _person(sent), sent.get("role")
    ),
    "rest": lambda tx, guest, project, sent: invitations.rest(
        tx, guest.member, project, _person(sent), resting=True
    ),
    "wake": lambda tx, guest, project, sent: invitations.rest(
        tx, guest.member, project, _person(sent), resting=False
    ),
    "leave": lambda tx, guest, project, sent: invitations.leave(tx, guest.id, project, sent.get("role")),
    "close": lambda tx, guest, project, _: projects.change(tx, guest.id, project, Wish(state="closed")),
    "open": lambda tx, guest, project, _: projects.change(tx, guest.id, project, Wish(state="open")),
    "remove": lambda tx, guest, project, _: projects.remove(tx, guest.id, project),
}

ROUTES: Final = (
    ("GET", PATHS.projects, page(show)),
    ("GET", NEW, page(show_new)),
    ("POST", NEW, form(begin)),
    ("GET", PATHS.projects + "/{id}", page(show_one)),
    ("POST", PATHS.projects + "/{id}", form(act)),
    ("GET", PATHS.projects + "/{id}/edit", page(show_edit)),
    ("POST", PATHS.projects + "/{id}/edit", form(change)),
)
