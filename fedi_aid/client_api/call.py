"""What happens around every handler: token, scope, rate limit, form, and any failure in the one shape."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedi_aid.actions.access import Caller
from fedi_aid.actions.elsewhere import Elsewhere, Signer
from fedi_aid.actions.instance import Instance
from fedi_aid.client_api import auth, cors, forms
from fedi_aid.client_api.answer import answer_json
from fedi_aid.client_api.auth import Need
from fedi_aid.client_api.errors import TooMany, answer_to
from fedi_aid.client_api.forms import Form
from fedi_aid.client_api.limits import LOOK_UPS, NORMAL, Limit, Limiter
from fedi_aid.client_api.paging import link_header, page_of
from fedi_aid.errors import NotFound, Refused
from fedi_aid.media.recordings import Studio
from fedi_aid.media.workshop import Workshop
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Viewer
from fedi_aid.storage.database import Database
from fedi_aid.storage.timelines import Page

Found = tuple[Literal["person", "post"], int]


class Resolve(Protocol):
    """Finds somebody or something elsewhere by handle or address; `fresh`: asked for anew if known."""

    def __call__(self, words: str, /, *, fresh: bool = False) -> Awaitable[Found | None]: ...


class Api:
    """What the endpoints share in one process.

    `resolve` finds a person or post elsewhere by URI or handle, over the network; it returns
    `("person", id)`, `("post", id)` or None, and never raises for what a stranger's server does. `signer`
    signs what the instance asks of other servers.
    """

    def __init__(
        self, instance: Instance, resolve: Resolve | None = None, signer: Signer | None = None
    ) -> None:
        settings = instance.settings
        self.instance = instance
        self.resolve = resolve
        self.limiter = Limiter()
        self.streams: dict[PersonId, list[int]] = {}  # of each member: with which tokens streams are open
        self.telling: dict[Any, Any] = {}  # what is being read for them just now (streaming.py)
        self.members = (date.min, 0, 0)  # day, all, active: read once a day (RULES R7)
        self.workshop = Workshop(max_pixels=settings.media_max_pixels, at_once=settings.media_concurrency)
        self.takes_recordings = Studio.of(settings).open
        self.elsewhere = Elsewhere(instance, self.workshop, signer)


class Route(msgspec.Struct, frozen=True):
    """One row of the table in routes.py."""

    methods: str  # separated by spaces
    path: str
    handler: "Handler"
    need: Need
    scopes: tuple[str, ...] = ()  # any one of them
    limit: Limit = NORMAL
    takes_files: bool = False
    takes_recordings: bool = False  # then also films and sounds, which are larger


class Call:
    """One request, understood. Handlers get this and nothing else."""

    def __init__(self, api: Api, request: Request, route: Route, caller: Caller | None, form: Form) -> None:
        self.api = api
        self.request = request
        self.route = route
        self.caller = caller
        self.form = form

    @property
    def instance(self) -> Instance:
        return self.api.instance

    @property
    def db(self) -> Database:
        return self.api.instance.db

    @property
    def base_url(self) -> str:
        return self.instance.settings.base_url

    @property
    def viewer(self) -> Viewer:
        """Who reads: a member, or None for a visitor and for an app."""
        return self.caller.member.id if self.caller and self.caller.member else None

    @property
    def member(self) -> Member:
        """The member who calls; only on routes that need one."""
        if self.caller is None:
            raise Refused("The access token is invalid", code="unauthorized")
        return auth.active_member(self.caller)

    @property
    def me(self) -> PersonId:
        return self.member.id

    @property
    def locale(self) -> str:
        """The language to speak to the viewer: their own, else the instance's."""
        if self.caller and self.caller.member:
            return self.caller.member.locale
        return self.instance.settings.default_language

    def may_look_up(self) -> bool:
        """Whether other servers may be asked once more for this caller; without, what is known here is found
        (X01)."""
        return self.api.limiter.take(f"look up {self.viewer}", LOOK_UPS).remaining >= 0

    def path_id(self, name: str = "id") -> int:
        """An id of the path. NotFound for what cannot be one, as for one that nothing has."""
        found = forms.as_id(str(self.request.path_params[name]))
        if not found:
            raise NotFound
        return found

    def page(self, *, default: int = 20, most: int = 40) -> Page:
        return page_of(self.form, default=default, most=most)

    def paged(
        self, body: Sequence[Any], page: Page, cursors: Sequence[int], *, full: bool | None = None
    ) -> Response:
        """A page and its `Link` header."""
        links = link_header(
            self.base_url, self.request.url.path, self.request.url.query, page, cursors, full=full
        )
        return answer_json(body, headers=links)


Handler = Callable[[Call], Awaitable[Any]]


async def serve(api: Api, routes: Mapping[str, Route], request: Request) -> Response:
    """Answer one request to a path whose methods are `routes`."""
    if request.method == "OPTIONS":
        return cors.preflight(request.headers)
    headers: dict[str, str] = {}
    try:
        response = await _handled(api, routes, request, headers)
    except Exception as failure:  # the outermost wall: nothing of a failure gets past it unshaped
        response = answer_to(failure)
    finally:
        await forms.close(request)
    for name, value in headers.items():
        response.headers[name] = value
    cors.open_to_all(response.headers)
    return response


async def _handled(
    api: Api, routes: Mapping[str, Route], request: Request, headers: dict[str, str]
) -> Response:
    route = routes.get("GET" if request.method == "HEAD" else request.method)
    if route is None:
        return answer_json({"error": "Not Found"}, status=404)
    token = auth.token_of(request)
    # Registering and signing up are counted by address whoever calls; so is all that comes without a token.
    by_address = route.need != "user" and route.limit is not NORMAL
    if token is None or by_address:
        _count(api, route, _address(request), headers)
    max_file = api.instance.settings.media_max_bytes if route.takes_files else 0
    if route.takes_recordings and api.takes_recordings and token is not None:
        max_file = max(max_file, api.instance.settings.media_max_recording_bytes)
    form: Form | None = None
    if token is None:
        form = await forms.read(request, max_file=max_file)
        token = auth.token_of(request, form)
    caller = auth.permit(await _identified(api, route, token, request, headers), route.need, route.scopes)
    if caller is not None and not by_address:
        _count(api, route, f"token {caller.token_id}", headers)
    if form is None:
        form = await forms.read(request, max_file=max_file)
    answer = await route.handler(Call(api, request, route, caller, form))
    return answer if isinstance(answer, Response) else answer_json(answer)


async def _identified(
    api: Api, route: Route, token: str | None, request: Request, headers: dict[str, str]
) -> Caller | None:
    """The caller. A token that opens nothing is a visitor's where visitors are let in, and is counted."""
    try:
        return await auth.identify(api.instance, token)
    except Refused:
        _count(api, route, _address(request), headers)
        if route.need == "public":
            return None
        raise


def _count(api: Api, route: Route, key: str, headers: dict[str, str]) -> None:
    standing = api.limiter.take(key, route.limit)
    headers.update(standing.headers)
    if standing.remaining < 0:
        raise TooMany


def _address(request: Request) -> str:
    """The caller's address; the server in front has already put the real one here (`trusted_proxies`)."""
    return f"address {request.client.host if request.client else 'unknown'}"
