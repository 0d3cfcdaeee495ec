"""My data: what the engine knows of me in words, everything to take away, lists to bring along, leaving."""

import asyncio
from typing import Final

from starlette.responses import Response

from fedi_aid.actions import bringing, departing, exporting, knowledge, registration
from fedi_aid.errors import NotFound, Refused
from fedi_aid.storage import people
from fedi_aid.web.pages import PATHS
from fedi_aid.web.render import headers
from fedi_aid.web.rooms import Form, Guest, form, page

DATA: Final = f"{PATHS.me}/data"
KNOWN: Final = f"{DATA}/known"
ALL: Final = f"{DATA}/all.zip"
BRING: Final = f"{DATA}/bring"
LEAVE: Final = f"{PATHS.me}/leave"
KINDS: Final = ("following", "blocked", "muted", "domains", "posts")
LIST_BYTES: Final = bringing.BYTES

PROBLEMS: Final = {"confirmed": "name_to_confirm", "only_admin": "only_admin"}


async def show(guest: Guest) -> Response:
    """GET /me/data."""
    return await _data(guest)


async def _data(
    guest: Guest, brought: exporting.Brought | None = None, problem: str = "", *, status: int = 200
) -> Response:
    return await guest.page(
        "rooms/my_data.html",
        "me",
        scripts=("busy.js",),
        status=status,
        kinds=KINDS,
        brought=brought,
        problem=problem,
        addresses={"known": KNOWN, "all": ALL, "bring": BRING, "leave": LEAVE},
    )


async def show_known(guest: Guest) -> Response:
    """GET /me/data/known: what the engine knows, in sentences."""
    sections = await guest.db.read(knowledge.knowledge, guest.member, guest.visit.language)
    return await guest.page("rooms/known.html", "me", sections=sections)


async def download(guest: Guest) -> Response:
    """GET /me/data/all.zip."""
    taken = await guest.db.read(exporting.take, guest.member)
    packed = await asyncio.to_thread(exporting.pack, taken, guest.visit.instance.settings.data_dir)
    name = f"{guest.member.person.username}.zip"
    return Response(
        packed,
        headers={**headers(), "Content-Disposition": f'attachment; filename="{name}"'},
        media_type="application/zip",
    )


async def bring(guest: Guest, sent: Form) -> Response:
    """POST /me/data/bring: a list, or posts, from elsewhere. Nobody is asked or told anything by it."""
    chosen, kind = sent.files.get("list", ()), sent.get("kind")
    if kind not in KINDS:
        raise NotFound
    if sent.oversized:
        return await _data(guest, problem="list_too_large", status=422)
    try:
        content = await chosen[0].read() if chosen else b""
        if kind == "posts":
            number = await guest.db.write(bringing.bring, guest.member, content)
            brought = exporting.Brought(done=number)
        else:
            text = content.decode("utf-8-sig")
            brought = await guest.db.write(exporting.bring, guest.member, kind, text)
    except (Refused, UnicodeDecodeError):
        return await _data(guest, problem="list_unreadable", status=422)
    return await _data(guest, brought)


async def show_leave(guest: Guest) -> Response:
    """GET /me/leave."""
    return await _leave(guest)


async def _leave(guest: Guest, problem: str = "", *, status: int = 200) -> Response:
    return await guest.page("rooms/leave.html", "me", status=status, problem=problem, export=ALL, leave=LEAVE)


async def leave(guest: Guest, sent: Form) -> Response:
    """POST /me/leave: with the user name typed and the password, for good."""
    problem = await password_problem(guest, sent)
    if problem:
        return await _leave(guest, problem, status=422)
    try:
        await guest.db.write(departing.depart, guest.member, sent.get("confirmed"))
    except Refused as refused:
        known = PROBLEMS.get(refused.code or "") or PROBLEMS.get(refused.field or "", "other")
        return await _leave(guest, known, status=422)
    guest.visit.drop_session()
    return guest.visit.redirect(f"{PATHS.landing}?said=left")


async def password_problem(guest: Guest, sent: Form) -> str:
    """What is wrong with the `password` that came with a grave step, as a key of the table `problem`; ""."""
    if not guest.visit.desk.logins_as_one.take(f"password:{guest.id}", guest.visit.seconds):
        return "too_often"
    hashed = await guest.db.read(people.password_hash, guest.id)
    given = sent.get("password")[: registration.PASSWORD_MAX]
    right = await guest.visit.desk.in_thread(registration.check_password, hashed, given)
    return "" if right else "wrong_password"


ROUTES: Final = (
    ("GET", DATA, page(show)),
    ("GET", KNOWN, page(show_known)),
    ("GET", ALL, page(download)),
    ("POST", BRING, form(bring, max_file=LIST_BYTES)),
    ("GET", LEAVE, page(show_leave)),
    ("POST", LEAVE, form(leave)),
)
