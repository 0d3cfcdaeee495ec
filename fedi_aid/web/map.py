"""The room "Map": the people around me, and the slingshot that throws a post at them.

The gesture only fills in `landing`, "distance,angle" as the launch of the API takes it; the list beside it
says the same with `step` (a level) and `sphere`. Both lead to the page that shows where it landed, where
faces are corrected and the post is sent; nothing is sent by the gesture.
"""

import secrets
from typing import Final

import msgspec
from starlette.responses import JSONResponse, Response

from fedi_aid.actions import launching, posts, projects, spheres
from fedi_aid.actions.launching import Launch
from fedi_aid.actions.posts import Draft
from fedi_aid.actions.preview import Preview, preview
from fedi_aid.actions.spheres import Map
from fedi_aid.errors import Refused
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import ProjectId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.foreseen import STEPS, sentence, step
from fedi_aid.web.i18n import translator
from fedi_aid.web.pages import PATHS
from fedi_aid.web.picture import picture
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

LAND: Final = f"{PATHS.map}/land"
GLANCE: Final = f"{PATHS.map}/glance"
SEND: Final = f"{PATHS.map}/send"
URGENCIES: Final = ("low", "normal", "high")
MAX_HELPERS: Final = 20
ALL_ROUND: Final = "all"  # the list's choice of no direction


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the folded paper. `landing`: "" until it is thrown; `sphere`, `step`: the list's words."""

    text: str = ""
    project: str = ""
    flag: bool = False
    urgency: str = "normal"
    helpers: int = 1
    landing: str = ""
    sphere: str = ALL_ROUND
    step: str = "2"
    add: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()


def typed(sent: Form) -> Typed:
    """The paper as a form of this room sends it; what is out of range is as if it had not been said."""
    helpers = sent.get("helpers", "1")
    urgency = sent.get("urgency", "normal")
    offered, kept = set(sent.ids("offered")), set(sent.ids("keep"))
    return Typed(
        text=sent.get("text"),
        project=sent.get("project"),
        flag=sent.ticked("flag"),
        urgency=urgency if urgency in URGENCIES else "normal",
        helpers=min(MAX_HELPERS, max(1, int(helpers))) if helpers.isdecimal() and len(helpers) < 4 else 1,
        landing=sent.get("landing"),
        sphere=sent.get("sphere", ALL_ROUND),
        step=sent.get("step", "2"),
        add=tuple(sorted(set(sent.ids("add")) | (kept - offered))),
        remove=tuple(sorted(set(sent.ids("remove")) | (offered - kept))),
    )


# -- pages


async def show(guest: Guest) -> Response:
    """GET /map."""
    return await _map_page(guest, Typed(project=guest.query.get("project", "")))


async def again(guest: Guest, sent: Form) -> Response:
    """POST /map: back to the map with the paper as it was."""
    return await _map_page(guest, msgspec.structs.replace(typed(sent), landing="", add=(), remove=()))


async def _map_page(guest: Guest, paper: Typed, problem: str = "", *, status: int = 200) -> Response:
    found = await spheres.look(guest.db, guest.member)
    return await guest.page(
        "rooms/map.html",
        "map",
        scripts=("map.js",),
        status=status,
        picture=picture(guest.visit.instance.house, found),
        paper=paper,
        projects=await guest.db.read(_projects, guest),
        steps=STEPS,
        addresses={"land": LAND, "glance": GLANCE},
        problem=problem,
    )


async def glance(guest: Guest, sent: Form) -> Response:
    """POST /map/glance: while pulling. `{sentence, step, lit}`; `lit`: ids of those who would see it, empty
    where only their number is told. A paper without text is thrown like any other here."""
    paper, found = typed(sent), await spheres.look(guest.db, guest.member)
    t = translator(guest.visit.language)
    draft = _draft(guest, paper)
    blank = msgspec.structs.replace(draft, text=draft.text or "…")
    try:
        launch = await guest.db.read(_landed, guest, blank, found, paper)
    except Refused as refused:
        return JSONResponse({"sentence": t(f"problem.{_problem(refused)}"), "step": "", "lit": []})
    lit = [str(person.id) for person in launch.people]
    level = launch.intimacy
    return JSONResponse(
        {"sentence": sentence(t, launch), "step": step(t, level) if level is not None else "", "lit": lit},
        headers={"Cache-Control": "no-store"},
    )


async def land(guest: Guest, sent: Form) -> Response:
    """POST /map/land: where it landed, who may see it, to be corrected and sent."""
    paper, found = typed(sent), await spheres.look(guest.db, guest.member)
    if not paper.text.strip():
        return await _map_page(guest, paper, "text_empty", status=422)
    try:
        told = await guest.db.read(_landed, guest, _draft(guest, paper), found, paper)
    except Refused as refused:
        return await _map_page(guest, paper, _problem(refused), status=422)
    house, t = guest.visit.instance.house, translator(guest.visit.language)
    seen = {person.id for person in told.people}
    others = [person for person in found.people.values() if person.id not in seen]
    return await guest.page(
        "rooms/landing.html",
        "map",
        paper=paper,
        sentence=sentence(t, told),
        step=step(t, told.intimacy) if told.intimacy is not None else "",
        carried=told.second_circle != "never",
        faces=[(str(person.id), shown.person(house, person)) for person in told.people],
        others=sorted(
            ((str(person.id), shown.person(house, person)) for person in others),
            key=lambda pair: pair[1].name.casefold(),
        ),
        counted=bool(told.friends and not told.people),
        problem="",
        once=secrets.token_urlsafe(12),
        addresses={"land": LAND, "map": PATHS.map, "send": SEND},
    )


async def send(guest: Guest, sent: Form) -> Response:
    """POST /map/send: the author has seen who may read it. Sent twice, it is published once."""
    paper, found = typed(sent), await spheres.look(guest.db, guest.member)
    draft = msgspec.structs.replace(
        _draft(guest, paper), approved=True, idempotency_key=f"page:{sent.get('once')}"
    )

    def work(tx: Tx) -> int:
        return posts.publish(tx, guest.member, _aimed(tx, guest, draft, found, paper))

    try:
        post_id = await guest.db.write(work)
    except Refused as refused:
        return await _map_page(guest, paper, _problem(refused), status=422)
    return guest.go(f"/posts/{post_id}", "sent")


# -- what they share


def _projects(tx: Tx, guest: Guest) -> list[tuple[str, str]]:
    mine = projects.mine(tx, guest.id, guest.visit.language)
    return [(str(one.project.id), one.project.title) for one in mine]


def _draft(guest: Guest, paper: Typed) -> Draft:
    return Draft(
        text=paper.text,
        language=guest.member.default_language,
        wish=Explicit(
            help=paper.flag or None,
            project_id=ProjectId(row_id(paper.project)) if paper.project else None,
        ),
        named=paper.add,
        removed=paper.remove,
        urgency=paper.urgency,
        helpers_needed=paper.helpers,
    )


def _aimed(tx: Tx, guest: Guest, draft: Draft, found: Map, paper: Typed) -> Draft:
    """The draft with what the landing, or the list, says about level and direction."""
    if paper.landing or paper.sphere != ALL_ROUND:
        return _launch(tx, guest, draft, found, paper).draft
    return _all_round(draft, paper)


def _landed(tx: Tx, guest: Guest, draft: Draft, found: Map, paper: Typed) -> Preview:
    if paper.landing or paper.sphere != ALL_ROUND:
        return _launch(tx, guest, draft, found, paper).preview
    return preview(tx, guest.member, _all_round(draft, paper))


def _launch(tx: Tx, guest: Guest, draft: Draft, found: Map, paper: Typed) -> Launch:
    distance, angle = _point(found, paper)
    return launching.launch(tx, guest.member, draft, found, distance, angle)


def _all_round(draft: Draft, paper: Typed) -> Draft:
    level = _level(paper)
    if level == Intimacy.BOTTLE and not draft.wish.help:
        raise Refused("Beyond the last ring only a request for help goes.", field="distance")
    return msgspec.structs.replace(draft, wish=msgspec.structs.replace(draft.wish, intimacy=int(level)))


def _point(found: Map, paper: Typed) -> tuple[float, float]:
    if not paper.landing:
        sphere = row_id(paper.sphere) if paper.sphere != "0" else None
        return launching.point_of(found, sphere, _level(paper))
    distance, comma, angle = paper.landing.partition(",")
    try:
        return (float(distance), float(angle)) if comma else (-1.0, 0.0)
    except ValueError:
        return -1.0, 0.0


def _level(paper: Typed) -> Intimacy:
    if paper.step not in {str(int(level)) for level in Intimacy}:
        raise Refused("There are five steps.", field="intimacy")
    return Intimacy(int(paper.step))


# field of `Refused` → key of the catalogue's `problem` table
PROBLEMS: Final = {
    "distance": "landing_outside",
    "angle": "landing_outside",
    "sphere_id": "sphere_gone",
    "intimacy": "step_unknown",
    "project_id": "project_gone",
    "fedi_aid[project_id]": "project_gone",
    "status": "text_too_long",
    "text": "text_too_long",
}


def _problem(refused: Refused) -> str:
    if refused.field == "text" and refused.code == "blank":
        return "text_empty"
    return PROBLEMS.get(refused.field or "", "other")


ROUTES: Final = (
    ("GET", PATHS.map, page(show)),
    ("POST", PATHS.map, form(again)),
    ("POST", GLANCE, form(glance)),
    ("POST", LAND, form(land)),
    ("POST", SEND, form(send)),
)
