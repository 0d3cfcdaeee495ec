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
| `picture`, `picture_alt` | files to upload now, and the description of a single one |
| `interest` | "yes": paid or interested, and `interest_words` |
| `seen` | whom the author has been shown, as this page wrote it; levels 3 and 4 go to those only (R14) |
| `once` | random; sent twice, it is published once |
| `do` | send, look (show the form again with who might see it), attach (upload what was chosen) |
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from fedi_aid.actions import aiming, files, launching, posts, spheres
from fedi_aid.actions.posts import MEDIA_MAX, Draft
from fedi_aid.actions.preview import Preview, preview
from fedi_aid.actions.spheres import Map
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media import addresses
from fedi_aid.model import interest
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.help import Urgency
from fedi_aid.model.ids import PersonId, PostId, ProjectId, RowId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.storage import files as file_rows
from fedi_aid.storage import people, projects, ties
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.cards import post_path
from fedi_aid.web.foreseen import STEPS, sentence, step
from fedi_aid.web.i18n import translator
from fedi_aid.web.pages import PATHS, Person
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

LOOK: Final = f"{PATHS.write}/look"
PICTURE: Final = f"{PATHS.write}/picture"
MAX_FILE: Final = 32 * 2**20  # what a form may bring; the instance's own limit says what is taken
MAX_HELPERS: Final = 20
BLANK: Final = "…"  # stands for words that are not written yet


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded and is on no post yet; `picture` is its small form's path."""

    id: int
    alt: str
    picture: str


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
    """The form as it came; what is out of range is as if it had not been said."""
    level, helpers, urgency = sent.get("level"), sent.get("helpers", "1"), sent.get("urgency", "normal")
    removed = _ids(sent, "remove")
    return Typed(
        text=sent.get("text"),
        warning=sent.get("warning"),
        project_id=_id_or_nothing(sent.get("project_id")),
        level=int(level) if level in {str(int(one)) for one in Intimacy} else None,
        sphere_id=_id_or_nothing(sent.get("sphere_id")),
        landing=sent.get("landing")[:60],
        flag=sent.ticked("flag"),
        need=sent.get("need"),
        urgency=urgency if urgency in get_args(Urgency) else "normal",
        helpers=min(MAX_HELPERS, max(1, int(helpers))) if helpers.isdecimal() and len(helpers) < 4 else 1,
        add=tuple(one for one in _ids(sent, "add") if one not in removed),
        remove=removed,
        alt_asked=sent.ticked("alt_asked"),
        interest=sent.ticked("interest"),
        interest_words=sent.get("interest_words"),
        seen=sent.get("seen"),
        once=sent.get("once")[:60] or secrets.token_urlsafe(12),
    )


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
    found = await spheres.look(guest.db, guest.member)
    around = await guest.db.read(_around, guest, found)
    foreseen = await guest.db.read(_foresee, guest, paper, found if paper.landing else None)
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
        **around,
    )


def _around(tx: Tx, guest: Guest, found: Map) -> dict[str, Any]:
    """What there is to choose from."""
    names = {one.id: one.name or _of(found, one) for one in found.spheres}
    aimable = aiming.aimable(tx, guest.id)
    friends = sorted(
        ((one.id, one.name) for one in ties.friends_of(tx, guest.id)), key=lambda one: one[1].casefold()
    )
    return {
        "projects": [(str(one.id), one.title) for one in projects.usable_by(tx, guest.id)],
        "directions": [
            (str(one), name or names.get(one, "")) for one, name in aimable if name or names.get(one)
        ],
        "friends": friends,
    }


def _of(found: Map, sphere: spheres.Sphere) -> str:
    """A sphere without a name goes by its first people."""
    return ", ".join(found.people[one].name for one in sphere.people[:3] if one in found.people)


# -- what comes of it


async def write(guest: Guest, sent: Form) -> Response:
    """POST /write: `do` is send, look or attach."""
    paper, do = typed(sent), sent.get("do", "send")
    paper, problem = await _with_media(guest, paper, sent)
    if problem:
        return await _page(guest, paper, problem, status=422)
    if do != "send":
        return await _page(guest, paper, look=do == "look")
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
    "distance": "landing_outside",
    "angle": "landing_outside",
    "fedi_aid[weights]": "sphere_gone",
    "description": "alt_too_long",
    "fedi_aid[interest]": "interest_not_here",
}


def problem_of(refused: Refused) -> str:
    if refused.field == "text":
        return "text_empty" if refused.code == "blank" else "text_too_long"
    return PROBLEMS.get(refused.field, "other")


# -- pictures


async def picture(guest: Guest, sent: Form) -> Response:
    """POST /write/picture: one picture, kept and shown back as a piece of the form. 422 with a sentence."""
    paper, problem = await _with_media(guest, Typed(once="-"), sent)
    if problem or not paper.media:
        text = translator(guest.visit.language)(f"problem.{problem or 'file_missing'}")
        return guest.visit.page("rooms/sentence.html", status=422, text=text)
    return guest.visit.page("rooms/file.html", file=paper.media[0])


FILE_PROBLEMS: Final[Mapping[str, str]] = {"too_large": "file_too_large", "alt": "alt_too_long"}


async def _with_media(guest: Guest, paper: Typed, sent: Form) -> tuple[Typed, str]:
    """The form with the files it holds and those that came with it, and what is wrong with one of these."""
    kept = await guest.db.read(_kept, guest, sent)
    chosen: Sequence[UploadFile] = sent.files.get("picture", ())
    problem = "file_too_large" if sent.oversized else ""
    if len(kept) + len(chosen) > MEDIA_MAX:
        chosen, problem = chosen[: max(0, MEDIA_MAX - len(kept))], "files_too_many"
    alone = sent.get("picture_alt") if len(chosen) == 1 else ""
    for one in chosen:
        try:
            kept.append(await _keep(guest, one, alone))
        except Refused as refused:
            problem = FILE_PROBLEMS.get(refused.code if refused.field == "file" else "alt", "file_no_picture")
    return msgspec.structs.replace(paper, media=tuple(kept)), problem


def _kept(tx: Tx, guest: Guest, sent: Form) -> list[Media]:
    """Files of this member that were uploaded before, are on no post, and stay in the form."""
    dropped = set(sent.ids("drop"))
    found = []
    for media_id in _ids(sent, "media"):
        file = file_rows.own(tx, guest.id, media_id)
        if file is not None and file[1] is None and media_id not in dropped:
            found.append(_media(tx, guest, media_id, sent.get(f"alt_{media_id}", file[0].alt)))
    return found


def _media(tx: Tx, guest: Guest, media_id: int, alt: str) -> Media:
    file = files.own(tx, guest.id, media_id)
    found = addresses.addresses(tx.house, file, None, reader=guest.id, row="", now=tx.now)
    if found is None:
        raise NotFound
    return Media(id=file.id, alt=alt, picture=found.preview.removeprefix(tx.house.base_url))


async def _keep(guest: Guest, chosen: UploadFile, alt: str) -> Media:
    """A picture made anew and noted as this member's. Refused."""
    alt, most = files.checked_alt(alt), guest.visit.instance.settings.media_max_bytes
    raw = await chosen.read(most + 1)
    if len(raw) > most:
        raise Refused("The file is too large", code="too_large", field="file")
    made = await guest.visit.desk.workshop.make(raw, shape="post")
    stored = await files.store(guest.visit.instance, made)
    file = await guest.db.write(files.add, guest.id, stored, alt=alt)
    return await guest.db.read(_media, guest, file.id, alt)


ROUTES: Final = (
    ("GET", PATHS.write, page(show)),
    ("POST", PATHS.write, form(write, max_file=MAX_FILE)),
    ("POST", LOOK, form(look)),
    ("POST", PICTURE, form(picture, max_file=MAX_FILE)),
)
