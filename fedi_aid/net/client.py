"""`Net`: how this server asks other servers. One per process.

No cookies, no proxies, no `.netrc`, no redirects but those checked here, a deadline and a size for everything
(checks F01 to F12, F17, H20). httpx is the interface and aiohttp the transport: see docs/decisions/0002.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urljoin

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from fedi_aid import __version__
from fedi_aid.net.body import ACCEPT_ACTIVITY, is_activity, media_type, read_body
from fedi_aid.net.error import Kind, NetError
from fedi_aid.net.guard import AddressRefused, Checked, GuardedResolver, Lookup, check_url, guarded_socket
from fedi_aid.net.slots import Slots, WarmHosts

JSON_BYTES = 1_048_576
ANSWER_BYTES = 16_384
SECONDS = 20.0
MAX_REDIRECTS = 3

# Below the shortest idle time common among servers (5 s), so that a POST seldom meets a closing connection.
_KEEP_SECONDS = 4.0
_KEPT_HOSTS = 64
_WAITING = 2_000
_CONNECT_SECONDS = 8.0

# The request extension that says whether its connection may stay open.
_KEEP = "fedi_aid.keep"

_REDIRECTS = (301, 302, 303, 307, 308)
# What was meant for one address must not reach the next (H20); `sign` makes new ones.
_FIRST_HOP_ONLY = (
    "authorization",
    "host",
    "date",
    "digest",
    "content-digest",
    "signature",
    "signature-input",
)
_BAD_HEADER = re.compile(r"[^\x20-\x7e\t]")

Sign = Callable[[str, str], Mapping[str, str]]
"""Method and address as sent in, headers to add out. Asked again for every redirect."""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, whatever its status.

    `url` is the address that answered: the one asked for without its fragment, or the last redirect's target.
    `headers` is looked up in any case; `body` is decoded; `content_type` is bare and lower case, or empty.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    content_type: str


def user_agent(base_url: str) -> str:
    """Names the software and the instance, never a member (F17)."""
    return f"fedi_aid/{__version__} (+{base_url})"


class Net:
    """Asks other servers, within bounds. Made once per process, closed with `aclose()`.

    `allow_private` opens http, any port, loopback and private networks: development and tests only.
    `total` and `per_host` bound the requests in progress. `transport` replaces the network (`fake`);
    `lookup` replaces the machine's resolver; `ssl_context` the trusted authorities.
    """

    def __init__(
        self,
        allow_private: bool,
        user_agent: str,
        *,
        total: int = 256,
        per_host: int = 8,
        transport: httpx.AsyncBaseTransport | None = None,
        lookup: Lookup | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._slots = Slots(total=total, per_host=per_host, waiting=_WAITING)
        self._warm = WarmHosts(hosts=_KEPT_HOSTS, seconds=_KEEP_SECONDS)
        self._resolver = GuardedResolver(allow_private=allow_private, lookup=lookup)
        self._http = httpx.AsyncClient(
            transport=transport or _transport(self._resolver, allow_private, total, ssl_context),
            headers={"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"},
            # A jar that takes nothing: httpx has no other way to keep no cookies.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()
        await self._resolver.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = JSON_BYTES,
        accept: str = "*/*",
        deadline: float = SECONDS,
        sign: Sign | None = None,
    ) -> Response:
        """The answer after at most three redirects, each checked like the first and signed anew (F06).

        `deadline`: seconds in all, from this call to the last byte, waiting in line and redirects included.
        `NetError` if there is no answer, or one larger than `max_bytes`.
        """
        end = asyncio.get_running_loop().time() + deadline
        given = _headers({"Accept": accept}, url)
        given.update(_headers(headers or {}, url))
        checked = check_url(url, allow_private=self._allow_private)
        shown = url.partition("#")[0]
        seen: set[str] = set()
        for _ in range(MAX_REDIRECTS + 1):
            seen.add(checked.url)
            with _plain_errors(checked.url):
                answer = await self._get_once(checked, shown, given, sign, max_bytes, end)
            if isinstance(answer, Response):
                return answer
            following = _next_hop(checked, answer, self._allow_private)
            if following.url in seen:
                raise NetError("redirect", checked.url, "redirects in a circle")
            checked, shown = following, following.url
            for name in _FIRST_HOP_ONLY:
                given.pop(name, None)
        raise NetError("redirect", url, f"more than {MAX_REDIRECTS} redirects")

    async def get_json(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = JSON_BYTES,
        deadline: float = SECONDS,
        sign: Sign | None = None,
    ) -> Response:
        """An ActivityPub document as raw bytes, or an error status for the caller to judge (404, 410…).

        A success whose content type is not ActivityPub's is `NetError("bad_response")` (F08). The caller
        compares the document's id with `Response.url` (F09).
        """
        answer = await self.get(
            url, headers=headers, max_bytes=max_bytes, accept=ACCEPT_ACTIVITY, deadline=deadline, sign=sign
        )
        if 200 <= answer.status < 300 and not is_activity(httpx.Headers(answer.headers)):
            raise NetError("bad_response", answer.url, f"content type {answer.content_type[:80]!r}")
        return answer

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        deadline: float = SECONDS,
        *,
        sign: Sign | None = None,
    ) -> Response:
        """Send `body`. A redirect is an answer like any other and is never followed (H20).

        The status is what counts: an answer's body that breaks off, never ends or has more than 16 KiB is
        given as an empty one. `headers` that sign the request must have been made over
        `guard.canonical_url(url)`; `sign` is handed that address.
        """
        end = asyncio.get_running_loop().time() + deadline
        checked = check_url(url, allow_private=self._allow_private)
        with _plain_errors(checked.url):
            async with self._slots.hold(checked.origin, end):
                async with asyncio.timeout_at(end):
                    response = await self._send("POST", checked, _headers(headers or {}, url), sign, body)
                try:
                    kept = b""
                    with suppress(NetError, TimeoutError, httpx.HTTPError, aiohttp.ClientError, OSError):
                        async with asyncio.timeout_at(end):
                            kept = await read_body(response, ANSWER_BYTES)
                finally:
                    await _close(response)
                    self._touch(checked)
        return _response(response, url.partition("#")[0], kept)

    async def _get_once(
        self,
        checked: Checked,
        shown: str,
        headers: httpx.Headers,
        sign: Sign | None,
        max_bytes: int,
        end: float,
    ) -> Response | str:
        """One hop: the answer, or where it says to go instead."""
        async with self._slots.hold(checked.origin, end), asyncio.timeout_at(end):
            response = await self._send("GET", checked, headers, sign, None)
            try:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    return str(response.headers["location"])
                return _response(response, shown, await read_body(response, max_bytes))
            finally:
                await _close(response)
                self._touch(checked)

    async def _send(
        self, method: str, checked: Checked, headers: httpx.Headers, sign: Sign | None, body: bytes | None
    ) -> httpx.Response:
        sent = httpx.Headers(headers)
        if sign is not None:
            sent.update(_headers(sign(method, checked.url), checked.url))
        keep = self._warm.has_room(checked.origin, asyncio.get_running_loop().time())
        if not keep:
            sent["Connection"] = "close"
        request = self._http.build_request(
            method, checked.url, headers=sent, content=body, extensions={_KEEP: keep}
        )
        response = await self._http.send(request, stream=True)
        if response.status_code < 200:
            await _close(response)
            raise NetError("bad_response", checked.url, f"status {response.status_code}")
        return response

    def _touch(self, checked: Checked) -> None:
        """The connection idles from now on, not from when it was asked for."""
        self._warm.has_room(checked.origin, asyncio.get_running_loop().time())


def _transport(
    resolver: GuardedResolver, allow_private: bool, total: int, ssl_context: ssl.SSLContext | None
) -> "_WarmAndCold":
    trusted = ssl_context or httpx.create_ssl_context(trust_env=False)

    def session(keep: bool) -> aiohttp.ClientSession:
        # Made with the first request: a session belongs to the loop it is made in.
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            socket_factory=guarded_socket(allow_private),
            ssl=trusted,
            limit=total,
            keepalive_timeout=_KEEP_SECONDS if keep else None,
            force_close=not keep,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
        )

    return _WarmAndCold(
        warm=AiohttpTransport(client=lambda: session(True), verify=trusted, trust_env=False),
        cold=AiohttpTransport(client=lambda: session(False), verify=trusted, trust_env=False),
    )


class _WarmAndCold(httpx.AsyncBaseTransport):
    """Two pools: one keeps connections open for a while, the other none. `WarmHosts` says which to use."""

    def __init__(self, *, warm: httpx.AsyncBaseTransport, cold: httpx.AsyncBaseTransport) -> None:
        self._warm = warm
        self._cold = cold

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = self._warm if request.extensions.get(_KEEP) else self._cold
        return await pool.handle_async_request(request)

    async def aclose(self) -> None:
        await self._warm.aclose()
        await self._cold.aclose()


def _headers(given: Mapping[str, str], url: str) -> httpx.Headers:
    """Headers that are one line each; `NetError("refused")` if a text from elsewhere tries to be more."""
    for name, value in given.items():
        if _BAD_HEADER.search(name + value):
            raise NetError("refused", url, f"header {name[:40]!r} has a forbidden character")
    return httpx.Headers(given)


def _next_hop(checked: Checked, location: str, allow_private: bool) -> Checked:
    try:
        target = urljoin(checked.url, location.strip(" \t"))
    except ValueError as problem:
        raise NetError("redirect", checked.url, f"location {location[:200]!r}") from problem
    following = check_url(target, allow_private=allow_private)
    if checked.scheme == "https" and following.scheme != "https":
        raise NetError("redirect", following.url, "redirects from https to http")
    return following


def _response(response: httpx.Response, url: str, body: bytes) -> Response:
    return Response(
        status=response.status_code,
        url=url,
        headers=response.headers,
        body=body,
        content_type=media_type(response.headers),
    )


async def _close(response: httpx.Response) -> None:
    """Give the connection back, or drop it; never wait for a peer that does not read."""
    with suppress(TimeoutError, httpx.HTTPError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(1):
            await response.aclose()


# Read from the top, over the whole chain of causes: the transport calls a lost connection a timeout.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], Kind], ...] = (
    ((AddressRefused,), "refused"),
    ((socket.gaierror, aiohttp.ClientConnectorDNSError), "dns"),
    ((TimeoutError,), "timeout"),
    ((aiohttp.ClientPayloadError, aiohttp.ClientResponseError), "bad_response"),
    ((aiohttp.ClientConnectionError, httpx.ConnectError), "connect"),
    ((httpx.TimeoutException,), "timeout"),
    ((httpx.NetworkError, OSError), "connect"),
    ((Exception,), "bad_response"),
)


@contextmanager
def _plain_errors(url: str) -> Iterator[None]:
    """Whatever the libraries raise becomes a `NetError`."""
    try:
        yield
    except (
        TimeoutError,
        httpx.HTTPError,
        httpx.InvalidURL,
        httpx.StreamError,
        aiohttp.ClientError,
        OSError,
        ValueError,
    ) as problem:
        chain: list[BaseException] = []
        cause: BaseException | None = problem
        while cause is not None and len(chain) < 10:
            chain.append(cause)
            cause = cause.__cause__ or cause.__context__
        kind = next(kind for types, kind in _KINDS if any(isinstance(one, types) for one in chain))
        raise NetError(kind, url, f"{type(problem).__name__}: {problem}"[:500]) from problem
