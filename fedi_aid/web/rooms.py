"""What the rooms of a member have in common: who may enter, forms that lose nothing, and the frame around.

A room is a file with a literal `ROUTES` of (methods, path, handler). Its handlers take a `Guest`: the visit
of somebody who is logged in. A form that comes after its session ended is shown again, to be sent anew.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fedi_aid.actions.access import OpenSession
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member, Role
from fedi_aid.settings import Settings
from fedi_aid.web import trust
from fedi_aid.web.pages import PATHS, ROOMS, Room
from fedi_aid.web.sessions import login_path
from fedi_aid.web.visit import FORM_TYPE, MAX_FORM, Handler, Stop, Visit, row_id
from fedi_aid.web.waiting import waiting

MAX_FILES: Final = 4
STRANGERS_FILE: Final = 8 * 2**20  # bytes of each file of a form whose session is over
MOST_BYTES: Final = 256 * 2**20  # of the files of one form, unless a single one may be larger
MOST_FIELDS: Final = 250  # a list of friends with a box each is one form
MULTIPART: Final = "multipart/form-data"
# Never shown again, whatever page they were typed on.
SECRET_FIELDS: Final = ("password", "code", "csrf", "secret")
EXTRA_ROOMS: Final[Mapping[Role, tuple[Room, ...]]] = {
    "moderator": ("moderation",),
    "admin": ("moderation", "admin"),
}


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a form sent: every field with all its values in order, and the files chosen in it. `oversized`:
    one of these was too large and is not among them."""

    fields: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[UploadFile, ...]] = {}
    oversized: bool = False

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field: a ticked box after its hidden `no` wins."""
        values = self.fields.get(name)
        return values[-1] if values else default

    def all(self, name: str) -> tuple[str, ...]:
        return self.fields.get(name, ())

    def ids(self, name: str) -> list[int]:
        """The field's values as ids; NotFound for what cannot be one."""
        return [row_id(value) for value in self.all(name) if value]

    def ticked(self, name: str) -> bool:
        return self.get(name) == "yes"


class Guest:
    """One request of somebody who is logged in."""

    def __init__(self, visit: Visit, session: OpenSession) -> None:
        self.visit = visit
        self.session = session
        self.db = visit.db
        self.query = visit.query

    @property
    def member(self) -> Member:
        return self.session.member

    @property
    def id(self) -> PersonId:
        return self.session.member.id

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.member.time_zone)

    def path_id(self, name: str = "id") -> int:
        """The id in the address; NotFound for what cannot be one."""
        return row_id(str(self.visit.request.path_params[name]))

    async def page(
        self,
        template: str,
        room: Room,
        /,
        *,
        scripts: tuple[str, ...] = (),
        status: int = 200,
        **context: Any,
    ) -> Response:
        """A page of a room: the frame marks the room, and says what waits for this member.

        `scripts`: modules of static/ that make the page better and without which it works too.
        """
        marked = await self.db.read(waiting, self.id)
        common: dict[str, Any] = {
            "room": room,
            "rooms": (*ROOMS, *EXTRA_ROOMS.get(self.member.role, ())),
            "waiting": marked,
            "scripts": scripts,
            "said": self.query.get("said", ""),
            "csrf": self.session.csrf,
            "now": self.db.clock(),
            "zone": self.zone,
        }
        return self.visit.page(template, status=status, has_scripts=bool(scripts), **(common | context))

    def go(self, path: str, said: str = "") -> Response:
        """On to a page of ours when something is done; `said`: which sentence of the table `said` it has."""
        joint = "&" if "?" in path else "?"
        return self.visit.redirect(f"{path}{joint}said={said}" if said else path)


PageHandler = Callable[[Guest], Awaitable[Response]]
FormHandler = Callable[[Guest, Form], Awaitable[Response]]


def page(handler: PageHandler) -> Handler:
    """A page for members; others are led to the login and back here."""

    @wraps(handler)
    async def answer(visit: Visit) -> Response:
        if visit.session is None:
            return visit.redirect(login_path(_own_address(visit)))
        return await handler(Guest(visit, visit.session))

    return answer


def form(handler: FormHandler, *, max_file: int | Callable[[Settings], int] = 0) -> Handler:
    """The target of a form of members. `max_file`: bytes of each file it takes, 0 for none; or what says so.

    Without a session, or with the token of an older one, what was typed is shown again and nothing is done.
    """

    @wraps(handler)
    async def answer(visit: Visit) -> Response:
        largest = max_file(visit.instance.settings) if callable(max_file) else max_file
        sent = await _read(visit.request, largest if visit.session else min(largest, STRANGERS_FILE))
        if not trust.comes_from_us(visit.request.headers, visit.instance.settings.base_url):
            raise Stop("stale_form")
        if visit.session is None:
            return _again(visit, sent, "over")
        if not trust.same(sent.get("csrf"), visit.session.csrf):
            return _again(visit, sent, "stale")
        return await handler(Guest(visit, visit.session), sent)

    return answer


def only(role: Role, handler: PageHandler) -> PageHandler:
    """For members with this role or a higher one; to others the page does not exist."""

    @wraps(handler)
    async def answer(guest: Guest) -> Response:
        check_role(guest, role)
        return await handler(guest)

    return answer


def only_form(role: Role, handler: FormHandler) -> FormHandler:
    """As `only`, for a form's target."""

    @wraps(handler)
    async def answer(guest: Guest, sent: Form) -> Response:
        check_role(guest, role)
        return await handler(guest, sent)

    return answer


RANKS: Final[Mapping[Role, int]] = {"service": -1, "member": 0, "moderator": 1, "admin": 2}


def check_role(guest: Guest, role: Role) -> None:
    """Raises the page that says `not found`, as for an address that is nobody's."""
    if RANKS[guest.member.role] < RANKS[role]:
        raise Stop("not_found")


def _own_address(visit: Visit) -> str:
    path = str(visit.request.scope["path"])
    return f"{path}?{visit.raw_query}" if visit.raw_query else path


def _again(visit: Visit, sent: Form, why: str) -> Response:
    """The form again with all it held, a new token where there is a session, and no file."""
    kept = [
        (name, value)
        for name, values in sent.fields.items()
        if not any(secret in name for secret in SECRET_FIELDS)
        for value in values
    ]
    back = urlsplit(visit.request.headers.get("referer", "")).path
    return visit.page(
        "rooms/again.html",
        status=403,
        query="",
        why=why,
        action=_own_address(visit),
        kept=kept,
        had_files=bool(sent.files),
        login=login_path(trust.own_path(back) or PATHS.today),
        csrf=visit.session.csrf if visit.session else "",
    )


async def _read(request: Request, max_file: int) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (FORM_TYPE, MULTIPART):
        raise Stop("bad_request")
    most = MAX_FORM + (max(max_file, min(max_file * MAX_FILES, MOST_BYTES)) if kind == MULTIPART else 0)
    if int(request.headers.get("content-length") or most + 1) > most:
        raise Stop("too_large")
    try:
        data = await request.form(max_files=MAX_FILES, max_fields=MOST_FIELDS, max_part_size=MAX_FORM)
    except (MultiPartException, ClientDisconnect, ValueError):
        raise Stop("bad_request") from None
    fields: dict[str, list[str]] = {}
    files: dict[str, list[UploadFile]] = {}
    oversized = False
    for name, value in data.multi_items():
        if isinstance(value, str):
            if "\x00" in value or len(value) > MAX_FORM:
                raise Stop("bad_request")
            fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
        elif value.filename:
            if not max_file:
                raise Stop("too_large")
            if (value.size or 0) > max_file:
                oversized = True
                continue
            files.setdefault(name, []).append(value)
    return Form(
        fields={name: tuple(values) for name, values in fields.items()},
        files={name: tuple(values) for name, values in files.items()},
        oversized=oversized,
    )
