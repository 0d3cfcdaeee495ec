"""Any web client on any site may call us: no cookie is ever read here, the token says who calls."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

METHODS: Final = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
EXPOSED: Final = (
    "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, "
    "Mastodon-Async-Refresh, Deprecation"
)


def open_to_all(headers: MutableHeaders) -> None:
    """On every answer, errors too: without the exposed `Link` no web client reaches page two."""
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED


def preflight(headers: Headers) -> Response:
    """The answer to OPTIONS: no token needed, whatever header the client wants to send is allowed."""
    response = Response(status_code=204)
    open_to_all(response.headers)
    response.headers["Access-Control-Allow-Methods"] = METHODS
    asked = headers.get("access-control-request-headers", "")
    safe = asked.isascii() and asked.isprintable() and len(asked) < 1_000
    response.headers["Access-Control-Allow-Headers"] = asked if asked and safe else "*"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response
