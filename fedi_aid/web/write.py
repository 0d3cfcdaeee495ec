"""The room "Write": text first, one sentence that says who may see it, and everything else below.

What the form sends, and any page that leads here with a form of its own may send too:

| field | |
| --- | --- |
| `text`, `warning` | the words, and what is said before them |
| `project_id` | the logbook, "" for none |
| `level` | 0–4; where it is missing the landing says it, else the member's own default counts |
| `sphere_id` | a sphere or list as direction, "" for none |
| `landing` | "distance,angle" as the launch of the API takes it; then it is the direction |
| `flag`, `need`, `urgency`, `helpers` | "yes"; what exactly; low, normal, high; how many people |
| `add`, `remove` | ids of friends put in and left out by hand, any number of each |
| `media`, `alt_ID`, `drop` | ids of files uploaded before, their descriptions, those to take off again |
| `picture`, `picture_alt` | files to upload now, and the description of a single one (`attaching.py`) |
| `poll`, `option`, `poll_lasts` | "yes" to ask with answers to choose from; these; for how many minutes |
| `poll_multiple`, `poll_hidden` | "yes": several may be chosen; results are told at the end only |
| `interest` | "yes": paid or interested, and `interest_words` |
| `seen` | whom the author has been shown, as this page wrote it; levels 3 and 4 go to those only (R14) |
| `once` | random; sent twice, it is published once |
| `do` | send, look (show the form again with who might see it), attach (upload what was chosen) |
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, get_args

import msgspec
from starlette.responses import Response

from fedi_aid.actions import files, launching, posts, spheres
from fedi_aid.actions.posts import MEDIA_MAX, Draft
from fedi_aid.actions.preview import Preview, preview
from fedi_aid.actions.spheres import Map
from fedi_aid.errors import Refused
from fedi_aid.model import interest
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.help import Urgency
from fedi_aid.model.ids import PersonId, PostId, ProjectId, RowId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.polls import OPTION_CHARS, OPTIONS_MAX, PollWish
from fedi_aid.storage import people, projects, ties
from fedi_aid.storage.tx import Tx
from fedi_aid.web import attaching, shown
from fedi_aid.web.attaching import Media
from fedi_aid.web.cards import post_path
from fedi_aid.web.foreseen import STEPS, sentence, step
from fedi_aid.web.i18n import translator
from fedi_aid.web.pages import PATHS, Person
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

LOOK: Final = f"{PATHS.write}/look"
MAX_HELPERS: Final = 20
NO_LEVEL: Final = -1  # something was said that is no level
BLANK: Final = "…"  # stands for words that are not written yet
DAY: Final = 24 * 60
LASTS: Final = (30, 60, 6 * 60, DAY, 3 * DAY, 7 * DAY, 30 * DAY)  # minutes that a poll can be open


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form. `level` None: not said; `seen`: as the page wrote it, "" for nothing shown."""

    text: str = ""
    warning: str = ""
    project_id: str = ""
    level: int | None = None
    sphere_id: str = ""
    landing: str = ""
    flag: bool = False
    need: str = ""
    urgency: str = "normal"
    helpers: int = 1
    add: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()
    media: tuple[Media, ...] = ()
    alt_asked: bool = False
    poll: bool = False
    options: tuple[str, ...] = ()
    poll_lasts: int = DAY
    poll_multiple: bool = False
    poll_hidden: bool = False
    interest: bool = False
    interest_words: str = ""
    seen: str = ""
    once: str = ""


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """Who might see it. `people`: those whom the level shows by name; `counts` by level; `seen` comes back
    with the form. `problem`: a key of the table `problem`, and then nothing else is known."""

    sentence: str = ""
    level: int | None = None
    people: tuple[tuple[int, Person], ...] = ()
    added: tuple[tuple[int, str], ...] = ()
    removed: tuple[tuple[int, str], ...] = ()
    counts: Mapping[int, int] = {}
    seen: str = ""
    problem: str = ""


class Unseen(Exception):
    """Somebody would read it whom its author has not been shown (RULES R14)."""


# -- what was typed


def typed(sent: Form) -> Typed:
    """The form as it came; what is out of range is as if it had not been said, but for the level."""
    level, helpers, urgency = sent.get("level"), sent.get("helpers", "1"), sent.get("urgency", "normal")
    removed, lasts = _ids(sent, "remove"), sent.get("poll_lasts")
    return Typed(
        text=sent.get("text"),
        warning=sent.get("warning"),
        project_id=_id_or_nothing(sent.get("project_id")),
        level=_level(level),
        sphere_id=_id_or_nothing(sent.get("sphere_id")),
        landing=sent.get("landing")[:60],
        flag=sent.ticked("flag"),
        need=sent.get("need"),
        urgency=urgency if urgency in get_args(Urgency) else "normal",
        helpers=min(MAX_HELPERS, max(1, int(helpers))) if helpers.isdecimal() and len(helpers) < 4 else 1,
        add=tuple(one for one in _ids(sent, "add") if one not in removed),
        remove=removed,
        alt_asked=sent.ticked("alt_asked"),
        poll=sent.ticked("poll"),
        options=sent.all("option")[:OPTIONS_MAX],
        poll_lasts=next((one for one in LASTS if str(one) == lasts), DAY),
        poll_multiple=sent.ticked("poll_multiple"),
        poll_hidden=sent.ticked("poll_hidden"),
        interest=sent.ticked("interest"),
        interest_words=sent.get("interest_words"),
        seen=sent.get("seen"),
        once=sent.get("once")[:60] or secrets.token_urlsafe(12),
    )


def _level(said: str) -> int | None:
    """Anything that is none of the five is refused later: it might have been meant to be a narrower one."""
    if not said:
        return None
    return int(said) if said in {str(int(one)) for one in Intimacy} else NO_LEVEL


def _ids(sent: Form, name: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(sent.ids(name)))


def _id_or_nothing(text: str) -> str:
    return str(row_id(text)) if text else ""


def _draft(guest: Guest, paper: Typed, *, blank_too: bool = False) -> Draft:
    """The post as it would be published, without the direction of a landing. `blank_too`: before a word is
    written."""
    words = "\n\n".join(
        part for part in (paper.text.strip(), paper.need.strip() if paper.flag else "") if part
    )
    return Draft(
        text=words or (BLANK if blank_too else ""),
        summary=paper.warning.strip(),
        language=guest.member.default_language,
        media_ids=tuple(one.id for one in paper.media),
        poll=_poll(paper),
        idempotency_key=f"page:{paper.once}",
        wish=Explicit(
            intimacy=paper.level,
            help=paper.flag or None,
            project_id=ProjectId(int(paper.project_id)) if paper.project_id else None,
            sphere_id=RowId(int(paper.sphere_id)) if paper.sphere_id and not paper.landing else None,
            paid=paper.interest or None,
            interest=interest.clean(paper.interest_words) if paper.interest else "",
        ),
        named=paper.add,
        removed=paper.remove,
        urgency=paper.urgency,
        helpers_needed=paper.helpers,
    )


def _poll(paper: Typed) -> PollWish | None:
    """Lines that were left empty are no answers."""
    if not paper.poll:
        return None
    return PollWish(
        options=tuple(one.strip() for one in paper.options if one.strip()),
        lasts=timedelta(minutes=paper.poll_lasts),
        multiple=paper.poll_multiple,
        hide_totals=paper.poll_hidden,
    )


def _aimed(tx: Tx, guest: Guest, draft: Draft, paper: Typed, found: Map | None) -> Draft:
    """With the direction of its landing; a level that was chosen here counts instead of the landing's."""
    if not paper.landing or found is None:
        return draft
    distance, _, angle = paper.landing.partition(",")
    try:
        point = float(distance), float(angle or "0")
    except ValueError:
        point = -1.0, 0.0
    bare = msgspec.structs.replace(draft, wish=msgspec.structs.replace(draft.wish, intimacy=None))
    aimed = launching.launch(tx, guest.member, bare, found, *point).draft
    if paper.level is None:
        return aimed
    return msgspec.structs.replace(aimed, wish=msgspec.structs.replace(aimed.wish, intimacy=paper.level))


async def _map(guest: Guest, paper: Typed) -> Map | None:
    """The map that a landing is a point of."""
    return await spheres.look(guest.db, guest.member) if paper.landing else None


# -- who might see it


def _foresee(tx: Tx, guest: Guest, paper: Typed, found: Map | None) -> Foreseen:
    t = translator(guest.visit.language)
    try:
        draft = _aimed(tx, guest, _draft(guest, paper, blank_too=True), paper, found)
        told = preview(tx, guest.member, draft)
    except Refused as refused:
        return Foreseen(problem=problem_of(refused), level=paper.level)
    by_hand = people.many(tx, [*paper.add, *paper.remove])
    return Foreseen(
        sentence=sentence(t, told),
        level=int(told.intimacy) if told.intimacy is not None else None,
        people=tuple((one.id, shown.person(tx.house, one)) for one in told.people),
        added=tuple((one, by_hand[PersonId(one)].name) for one in paper.add if one in by_hand),
        removed=tuple((one, by_hand[PersonId(one)].name) for one in paper.remove if one in by_hand),
        counts=told.levels,
        seen=_seen_word(told),
    )


def _seen_word(told: Preview) -> str:
    """What the author has before their eyes: the level, and who is on the list."""
    return f"{told.intimacy}:{','.join(str(one.id) for one in told.people)}"


def _check_seen(told: Preview, seen: str) -> None:
    """Raises Unseen unless everybody who would read it stood on the list that its author has approved."""
    level, _, ids = seen.partition(":")
    approved = {one for one in ids.split(",") if one}
    if level != str(told.intimacy) or not {str(one.id) for one in told.people} <= approved:
        raise Unseen


# -- the page


async def show(guest: Guest) -> Response:
    """GET /write?project_id=…&flag=yes: an empty form."""
    given = guest.query
    level = given.get("level", "")
    paper = Typed(
        project_id=_id_or_nothing(given.get("project_id", "") or given.get("project", "")),
        flag=given.get("flag") == "yes",
        level=int(level) if level in {"0", "1", "2", "3", "4"} else None,
        once=secrets.token_urlsafe(12),
    )
    return await _page(guest, paper)


async def _page(
    guest: Guest, paper: Typed, problem: str = "", *, status: int = 200, look: bool = False
) -> Response:
    """`look`: the eye is led to who might see it, since that is what is to be decided now."""
    found = await _map(guest, paper)
    around = await guest.db.read(_around, guest)
    if around["directions"] is None:
        await spheres.look(guest.db, guest.member)
        around = await guest.db.read(_around, guest)
    foreseen = await guest.db.read(_foresee, guest, paper, found)
    level = foreseen.level if foreseen.level is not None else paper.level
    t = translator(guest.visit.language)
    return await guest.page(
        "rooms/write.html",
        "write",
        scripts=("write.js",),
        status=status,
        paper=paper,
        foreseen=foreseen,
        level=guest.member.default_intimacy if level is None else level,
        steps=[(int(one), step(t, int(one))) for one in STEPS],
        project=dict(around["projects"]).get(paper.project_id, ""),
        problem=problem or foreseen.problem,
        look=look,
        most=MEDIA_MAX,
        accept=attaching.accepted(guest),
        most_bytes=attaching.most_bytes(guest),
        recordings=guest.visit.desk.takes_recordings,
        options=(*paper.options, *[""] * OPTIONS_MAX)[:OPTIONS_MAX],
        option_chars=OPTION_CHARS,
        lasts=LASTS,
        **around,
    )


def _around(tx: Tx, guest: Guest) -> dict[str, Any]:
    """What there is to choose from. `directions` None: the map has to be drawn first."""
    friends = {one.id: one for one in ties.friends_of(tx, guest.id)}
    directions = spheres.named(tx, guest.member, friends)
    return {
        "projects": [(str(one.id), one.title) for one in projects.usable_by(tx, guest.id)],
        "directions": directions and [(str(one), name) for one, name in directions],
        "friends": sorted(
            ((one.id, one.name) for one in friends.values()), key=lambda one: one[1].casefold()
        ),
    }


# -- what comes of it


async def write(guest: Guest, sent: Form) -> Response:
    """POST /write: `do` is send, look or attach."""
    paper, do = typed(sent), sent.get("do", "send")
    held = await attaching.attached(guest, sent)
    paper = msgspec.structs.replace(paper, media=held.media)
    if held.problem:
        return await _page(guest, paper, held.problem, status=422)
    if do != "send":
        return await _page(guest, paper, look=do == "look")
    if not all(one.ready for one in paper.media):
        return await _page(guest, paper, "file_not_ready", status=422)
    if paper.media and not paper.alt_asked and not all(one.alt for one in paper.media):
        return await _page(guest, msgspec.structs.replace(paper, alt_asked=True), "alt_missing", status=422)
    found = await _map(guest, paper)
    try:
        post_id = await guest.db.write(_send, guest, paper, found)
    except Unseen:
        return await _page(guest, paper, "look_first", status=422, look=True)
    except Refused as refused:
        return await _page(guest, paper, problem_of(refused), status=422)
    return guest.go(post_path(post_id), "sent_flag" if paper.flag else "sent")


def _send(tx: Tx, guest: Guest, paper: Typed, found: Map | None) -> PostId:
    draft = _aimed(tx, guest, _draft(guest, paper), paper, found)
    told = preview(tx, guest.member, draft)
    if told.intimacy is not None and told.intimacy >= Intimacy.CLOSE:
        _check_seen(told, paper.seen)
        draft = msgspec.structs.replace(draft, approved=True)
    for one in paper.media:
        files.describe(tx, guest.id, one.id, alt=one.alt)
    return posts.publish(tx, guest.member, draft)


async def look(guest: Guest, sent: Form) -> Response:
    """POST /write/look: who might see it now, as a piece of the page; stores nothing."""
    paper = typed(sent)
    found = await _map(guest, paper)
    foreseen = await guest.db.read(_foresee, guest, paper, found)
    return guest.visit.page("rooms/who.html", foreseen=foreseen)


# field of `Refused` → key of the table `problem`
PROBLEMS: Final[Mapping[str, str]] = {
    "media_ids": "files_unusable",
    "project_id": "project_gone",
    "sphere_id": "sphere_gone",
    "intimacy": "step_unknown",
    "distance": "landing_outside",
    "angle": "landing_outside",
    "fedi_aid[weights]": "sphere_gone",
    "description": "alt_too_long",
    "fedi_aid[interest]": "interest_not_here",
    "poll": "poll_alone",
    "poll[options]": "poll_number",
}
POLL_PROBLEMS: Final[Mapping[str, str]] = {
    "long": "poll_long",
    "doubled": "poll_doubled",
    "files": "poll_with_files",
}


def problem_of(refused: Refused) -> str:
    if refused.field == "text":
        return "text_empty" if refused.code == "blank" else "text_too_long"
    if refused.code == "forbidden":
        return "lives_elsewhere"
    if refused.field.startswith("poll"):
        return POLL_PROBLEMS.get(refused.code) or PROBLEMS.get(refused.field, "poll_number")
    return PROBLEMS.get(refused.field, "other")


ROUTES: Final = (
    ("GET", PATHS.write, page(show)),
    ("POST", PATHS.write, form(write, max_file=attaching.largest)),
    ("POST", LOOK, form(look)),
    *attaching.ROUTES,
)
