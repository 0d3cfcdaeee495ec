"""One request for a page: who comes, in which language, and every answer with the same strict headers.

Handlers get a `Visit` and return a response. What they raise becomes a page too: nothing else escapes.
"""

import asyncio
import re
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, Literal, Protocol, TypeVar
from urllib.parse import parse_qsl

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fedi_aid.actions import access
from fedi_aid.actions.access import OpenSession
from fedi_aid.actions.instance import Instance
from fedi_aid.errors import Missing, NotFound, Refused, TryLater
from fedi_aid.media.recordings import Studio
from fedi_aid.media.workshop import Workshop
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Viewer
from fedi_aid.storage.database import Database
from fedi_aid.web import shown, trust
from fedi_aid.web.i18n import LANGUAGES, Language, pick_language
from fedi_aid.web.limits import (
    CODES_OF_ONE,
    LOGINS_AS_ONE,
    LOGINS_FROM_ADDRESS,
    LOOK_UPS_BY_ONE,
    PAGES_FROM_ADDRESS,
    SIGN_UPS_FROM_ADDRESS,
    Attempts,
    address_key,
)
from fedi_aid.web.pages import Person, Site
from fedi_aid.web.render import headers, render

T = TypeVar("T")
ErrorKind = Literal[
    "not_found",
    "bad_request",
    "forbidden",
    "stale_form",
    "too_large",
    "too_many",
    "bad_app",
    "bad_redirect",
    "bad_scope",
    "broken",
    "unavailable",
]
STATUS: Final[dict[ErrorKind, int]] = {
    "not_found": 404,
    "bad_request": 400,
    "forbidden": 403,
    "stale_form": 403,
    "too_large": 413,
    "too_many": 429,
    "bad_app": 400,
    "bad_redirect": 400,
    "bad_scope": 400,
    "broken": 500,
    "unavailable": 503,
}
MAX_FORM: Final = 64_000  # bytes
MAX_FIELDS: Final = 50
MAX_ID: Final = 2**63 - 1
FORM_TYPE: Final = "application/x-www-form-urlencoded"
HASHES_AT_ONCE: Final = 2  # each takes 64 MiB
BUSY_SECONDS: Final = 30

log = structlog.get_logger()


class Stop(Exception):
    """End with the error page of this kind."""

    def __init__(self, kind: ErrorKind) -> None:
        super().__init__(kind)
        self.kind: ErrorKind = kind


def row_id(text: str) -> int:
    """An id that came from outside; NotFound for what cannot be one, as for one that nothing has."""
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) <= MAX_ID:
        raise NotFound
    return int(text)


class LookUp(Protocol):
    """Asks another server for somebody or something, by handle or address; `fresh`: anew if known. What was
    found: ("person" or "post", id)."""

    def __call__(
        self, words: str, /, *, fresh: bool = False
    ) -> Awaitable[tuple[Literal["person", "post"], int] | None]: ...


class Desk:
    """What the pages of one process share: the instance, the key of forms, and who tried how often."""

    def __init__(self, instance: Instance, look_up: LookUp | None = None) -> None:
        self.instance = instance
        self._look_up = look_up
        self.look_ups = Attempts(LOOK_UPS_BY_ONE)
        self.key = trust.form_key(instance.settings)
        self.cookies = trust.cookie_names(instance.settings)
        self.logins_from_address = Attempts(LOGINS_FROM_ADDRESS)
        self.logins_as_one = Attempts(LOGINS_AS_ONE)
        self.codes_of_one = Attempts(CODES_OF_ONE)
        self.sign_ups = Attempts(SIGN_UPS_FROM_ADDRESS)
        self.pages_opened = Attempts(PAGES_FROM_ADDRESS)
        settings = instance.settings
        self.workshop = Workshop(max_pixels=settings.media_max_pixels, at_once=settings.media_concurrency)
        self.takes_recordings = Studio.of(settings).open
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)

    async def look_up(self, words: str, *, fresh: bool = False) -> PersonId | None:
        """Ask another server for somebody, by their handle or address; who was found is known here from then
        on. `fresh`: also when they are known."""
        found = await self._look_up(words, fresh=fresh) if self._look_up is not None else None
        return PersonId(found[1]) if found is not None and found[0] == "person" else None

    async def in_thread(self, work: Callable[..., T], *args: Any) -> T:
        """Do slow work (password hashes, keys) beside the event loop, little of it at once."""
        async with self._hashing:
            return await asyncio.to_thread(work, *args)


class Visit:
    """One request, understood."""

    def __init__(self, desk: Desk, request: Request) -> None:
        self.desk = desk
        self.request = request
        self.session: OpenSession | None = None
        self.site: Site = shown.site(desk.instance.settings)
        self.query: dict[str, str] = dict(request.query_params)
        self._nonce = request.cookies.get(desk.cookies.form, "")
        self._new_cookies: list[tuple[str, str, timedelta | None]] = []
        self._chosen: Language | None = None

    # -- who comes

    @property
    def instance(self) -> Instance:
        return self.desk.instance

    @property
    def db(self) -> Database:
        return self.instance.db

    @property
    def session_secret(self) -> str:
        return self.request.cookies.get(self.desk.cookies.session, "")

    @property
    def member(self) -> Member | None:
        """Who is logged in and may act."""
        return self.session.member if self.session else None

    @property
    def viewer(self) -> Viewer:
        return self.session.member.id if self.session else None

    @property
    def me(self) -> Person | None:
        return shown.me(self.instance.house, self.session.member) if self.session else None

    @property
    def address(self) -> str:
        """The visitor's address as attempts are counted; the server in front has put the real one here."""
        return address_key(self.request.client.host if self.request.client else "unknown")

    @property
    def seconds(self) -> float:
        return self.db.clock().timestamp()

    @property
    def raw_query(self) -> str:
        query: bytes = self.request.scope["query_string"]
        return query.decode("ascii", "replace")

    async def recognise(self) -> None:
        """Find the session. Refuse what no table can hold before anything is looked up with it."""
        given = (self.request.scope["path"], *self.query.keys(), *self.query.values())
        if any("\x00" in text for text in given):
            raise Stop("bad_request")
        if self.session_secret:
            found = await self.db.read(access.session_of, self.session_secret)
            self.session = found if found and found.member.state == "active" else None

    @property
    def language(self) -> Language:
        """The link's, else the one chosen in this browser, else the member's, else the browser's wish."""
        if self._chosen is not None:
            return self._chosen
        settled = self.session.member.locale if self.session else ""
        return pick_language(
            settled or self.request.headers.get("accept-language", ""),
            self.query.get("lang"),
            self.request.cookies.get(self.desk.cookies.language),
            self.instance.settings.default_language,
        )

    def may_look_up(self, member_id: int) -> bool:
        """Whether other servers may be asked once more for this member (X01)."""
        return self.desk.look_ups.take(str(member_id), self.seconds)

    # -- forms

    async def form(self) -> dict[str, str]:
        """The fields of the form sent, each once. Stops at what no form of ours sends."""
        if self.request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
            raise Stop("bad_request")
        body = bytearray()
        try:
            async for piece in self.request.stream():
                body += piece
                if len(body) > MAX_FORM:
                    raise Stop("bad_request")
            text = body.decode("ascii")
            fields = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
        except (ValueError, ClientDisconnect):
            raise Stop("bad_request") from None
        if any("\x00" in value for pair in fields for value in pair):
            raise Stop("bad_request")
        return dict(fields)

    def form_token(self) -> str:
        """The token for a form before login; the browser gets the cookie that belongs to it."""
        if not trust.is_nonce(self._nonce):
            self._nonce = trust.new_nonce()
            self._new_cookies.append((self.desk.cookies.form, self._nonce, None))
        return trust.form_token(self.desk.key, self._nonce, self.db.clock())

    def is_our_form(self, form: dict[str, str]) -> bool:
        """Whether a form before login was sent from a page of ours in this browser, not too long ago."""
        return trust.comes_from_us(
            self.request.headers, self.instance.settings.base_url
        ) and trust.form_token_is_good(self.desk.key, self._nonce, form.get("csrf", ""), self.db.clock())

    def check_session_form(self, form: dict[str, str], session: OpenSession) -> None:
        """Stop unless a logged-in form was sent from a page of ours by this session."""
        ours = trust.comes_from_us(self.request.headers, self.instance.settings.base_url)
        if not ours or not trust.same(form.get("csrf", ""), session.csrf):
            raise Stop("stale_form")

    # -- pages that open in one browser

    @property
    def reader(self) -> str:
        """This browser's own secret for such pages; empty where it has none yet."""
        kept = self.request.cookies.get(self.desk.cookies.reader, "")
        return kept if trust.is_nonce(kept) else ""

    def keep_reader(self, secret: str) -> None:
        self._new_cookies.append((self.desk.cookies.reader, secret, trust.READER_LIFE))

    # -- answers

    def keep_session(self, secret: str) -> None:
        self._new_cookies.append((self.desk.cookies.session, secret, access.SESSION_LIFE))

    def drop_session(self) -> None:
        self._new_cookies.append((self.desk.cookies.session, "", timedelta(0)))

    def keep_language(self, language: Language) -> None:
        """This browser's pages are in this language from now on."""
        self._chosen = language
        self._new_cookies.append((self.desk.cookies.language, language, trust.LANGUAGE_LIFE))

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        redirect_uri: str = "",
        query: str | None = None,
        extra: dict[str, str] | None = None,
        has_scripts: bool = False,
        **context: object,
    ) -> Response:
        """A whole page. `has_scripts`: it may run modules of ours; `redirect_uri`: the app that its form may
        lead to; `query`: what its language links keep, else the request's own; `extra`: more headers."""
        kept = self.raw_query if query is None else query
        common: dict[str, object] = {"site": self.site, "me": self.me, "query": kept}
        body = render(self.language, template, **(common | context))
        return Response(
            body,
            status,
            headers={
                **headers(form_action_extra=redirect_uri, scripts=has_scripts),
                "Content-Language": self.language,
                **(extra or {}),
            },
            media_type="text/html",
        )

    def error(self, kind: ErrorKind, extra: dict[str, str] | None = None) -> Response:
        """An error page: the same bytes whatever was asked for (RULES R7)."""
        return self.page("error.html", status=STATUS[kind], extra=extra, query="", kind=kind)

    def redirect(self, location: str, status: int = 303) -> Response:
        return Response(b"", status, headers={**headers(), "Location": location})

    def finish(self, response: Response) -> Response:
        """Add the cookies of this visit."""
        asked = self.query.get("lang", "")
        for language in LANGUAGES:
            if language == asked and self.request.cookies.get(self.desk.cookies.language) != asked:
                self.keep_language(language)
        for name, value, life in self._new_cookies:
            trust.put_cookie(response, name, value, secure=self.instance.settings.secure, life=life)
        return response


Handler = Callable[[Visit], Awaitable[Response]]


async def serve(desk: Desk, handler: Handler, request: Request) -> Response:
    """Answer one request; whatever fails is a page."""
    visit = Visit(desk, request)
    try:
        await visit.recognise()
        response = await handler(visit)
    except Exception as failure:  # the outermost wall of the pages
        response = _page_of(visit, failure)
    return visit.finish(response)


REFUSALS: Final[dict[str, ErrorKind]] = {"forbidden": "forbidden", "unauthorized": "forbidden"}


def _page_of(visit: Visit, failure: Exception) -> Response:
    if isinstance(failure, Stop):
        return visit.error(failure.kind)
    if isinstance(failure, (NotFound, Missing)):
        return visit.error("not_found")
    if isinstance(failure, Refused):
        return visit.error(REFUSALS.get(failure.code, "bad_request"))
    if isinstance(failure, TryLater):
        return visit.error(
            "unavailable", extra={"Retry-After": str(max(1, round(failure.seconds or BUSY_SECONDS)))}
        )
    # One line, without the words of the failure: they may hold what somebody typed.
    last = traceback.extract_tb(failure.__traceback__)[-1]
    log.error("page_failed", failure=type(failure).__name__, place=f"{last.filename}:{last.lineno}")
    return visit.error("broken")
