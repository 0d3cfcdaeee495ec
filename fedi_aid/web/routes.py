"""Every address of the pages, in one table. `app` mounts it last: its last row answers for all the rest."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib import resources
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fedi_aid.actions.instance import Instance
from fedi_aid.web import (
    admin,
    components,
    consenting,
    help,
    introduction,
    joining,
    judged,
    leaving,
    map,
    me,
    messages,
    moderation,
    moving,
    my_data,
    people,
    post_page,
    projects,
    reporting,
    second_factor,
    servers,
    sessions,
    setup,
    stories,
    today,
    visitors,
    write,
)
from fedi_aid.web.pages import PATHS
from fedi_aid.web.render import modules_mark, static_url
from fedi_aid.web.visit import Desk, Handler, LookUp, Visit, serve

TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "js": "text/javascript; charset=utf-8",
}
FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
FOR_AN_HOUR: Final = "public, max-age=3600"


class StaticFile(msgspec.Struct, frozen=True):
    """A file of static/, read once; `url` is the address whose content never changes."""

    content: bytes
    media_type: str
    url: str


def _static_files() -> Mapping[str, StaticFile]:
    folder = resources.files("fedi_aid.web").joinpath("static")
    return {
        entry.name: StaticFile(
            entry.read_bytes(), TYPES[entry.name.rpartition(".")[2]], static_url(entry.name)
        )
        for entry in folder.iterdir()
        if entry.name.rpartition(".")[2] in TYPES
    }


STATIC: Final = _static_files()


async def static(desk: Desk, request: Request) -> Response:
    """GET /static/{name}, /static/{mark}/{module}: only what is in the table: no path leads out of it."""
    name = str(request.path_params["name"])
    file = STATIC.get(name)
    if file is None:
        return await serve(desk, visitors.nothing, request)
    mark = request.path_params.get("mark")
    if mark is not None and not name.endswith(".js"):
        return await serve(desk, visitors.nothing, request)
    marked = mark == modules_mark() or f"{PATHS.static}/{name}?{request.query_params}" == file.url
    return Response(
        file.content,
        headers={
            "Content-Type": file.media_type,
            "Cache-Control": FOR_A_YEAR if marked else FOR_AN_HOUR,
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            # Apps that run in a browser show the portrait of who has none.
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


async def favicon(_desk: Desk, _request: Request) -> Response:
    """For browsers that ask without being told."""
    return Response(b"", 302, headers={"Location": STATIC["favicon.svg"].url, "Cache-Control": FOR_AN_HOUR})


async def robots(_desk: Desk, _request: Request) -> Response:
    """Nothing here is for search engines."""
    return Response(
        b"User-agent: *\nDisallow: /\n",
        headers={"Cache-Control": FOR_AN_HOUR, "X-Content-Type-Options": "nosniff"},
        media_type="text/plain",
    )


async def about(visit: Visit) -> Response:
    return visit.redirect(PATHS.landing, 302)


ANY: Final = "GET POST PUT PATCH DELETE OPTIONS"

# Each room has its own table of (methods, path, handler).
ROOMS: Final = (
    introduction,
    me,
    map,
    today,
    post_page,
    write,
    help,
    messages,
    judged,
    moderation,
    reporting,
    servers,
    people,
    projects,
    stories,
    my_data,
    moving,
    admin,
)

TABLE: Final[tuple[tuple[str, str, Handler], ...]] = (
    # methods, path, handler
    ("GET", PATHS.landing, visitors.landing),
    ("GET", "/about", about),
    ("GET", PATHS.components, components.show),
    ("GET", PATHS.charter, visitors.charter),
    ("GET", PATHS.signup, joining.show),
    ("POST", PATHS.signup, joining.sign_up),
    ("GET", PATHS.login, sessions.show_login),
    ("POST", PATHS.login, sessions.log_in),
    ("POST", PATHS.login_code, sessions.log_in_with_code),
    ("GET", PATHS.second_factor, second_factor.show),
    ("POST", PATHS.second_factor, second_factor.change),
    ("POST", PATHS.logout, sessions.log_out),
    ("GET", PATHS.home, sessions.home),
    ("POST", PATHS.revoke_app, sessions.revoke_app),
    ("GET", PATHS.authorize, consenting.show),
    ("GET", PATHS.authorize + "/", consenting.show),
    ("POST", PATHS.authorize, consenting.answer),
    ("POST", PATHS.authorize + "/", consenting.answer),
    ("GET", PATHS.authorize + "/native", consenting.show_code),
    ("GET", "/@{name}", visitors.profile),
    ("GET", "/@{name}/{post_id}", visitors.post),
    ("GET", "/tags/{name}", visitors.tag),
    ("GET", "/leaving/{word}", leaving.page),
    *judged.PUBLIC_ROUTES,
    *setup.PUBLIC_ROUTES,
    *(row for room in ROOMS for row in room.ROUTES),
    # The rest
    (ANY, "/{rest:path}", visitors.nothing),
)


# Files: nobody is recognised for them, and browsers may keep them.
FILES: Final[tuple[tuple[str, Callable[[Desk, Request], Awaitable[Response]]], ...]] = (
    (PATHS.static + "/{name}", static),
    (PATHS.static + "/{mark}/{name}", static),
    ("/favicon.ico", favicon),
    ("/robots.txt", robots),
)


def routes(instance: Instance, look_up: LookUp | None = None) -> list[BaseRoute]:
    """Starlette's routes for one running instance. Makes the instance's secret key if it has none yet.
    `look_up` asks another server for somebody; without it only who is known here is found."""
    desk = Desk(instance, look_up)
    files = [Route(path, partial(answer, desk)) for path, answer in FILES]
    pages = [
        Route(path, partial(serve, desk, handler), methods=methods.split())
        for methods, path, handler in TABLE
    ]
    return [*files, *pages]
