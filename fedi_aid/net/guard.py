"""Which addresses this server may speak to: never the machines behind its own firewall.

`check_url` and `allowed_address` are pure. `GuardedResolver` and `guarded_socket` hold the connection to what
was checked, so that a name cannot answer one thing to the check and another to the connection.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpx
import msgspec
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from fedi_aid.net.error import NetError

MAX_URL = 4096
MAX_ANSWERS = 64
MAX_TRIED = 8

_PORTS = {"https": 443, "http": 80}

# IANA special-purpose registries, and what clouds put on addresses that look public.
_REFUSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT (and 100.100.100.200, a cloud's metadata)
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent, reachable from inside only
        "169.254.0.0/16",  # link-local (and 169.254.169.254, metadata)
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# Outside 2000::/3 nothing is public: that alone refuses ::, ::1, v4-compatible ::a.b.c.d, v4-mapped
# ::ffff:a.b.c.d, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10 and ff00::/8.
_PUBLIC_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo 2001::/32, benchmarks 2001:2::/48, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")

# What `allow_private` opens: loopback and private networks, in their plain form only.
_PRIVATE_V4 = tuple(
    IPv4Network(block) for block in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_PRIVATE_V6 = tuple(IPv6Network(block) for block in ("::1/128", "fc00::/7"))

_INSIDE_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "home.arpa", "lan", "onion")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERAL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BAD_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\xa0\\]")


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An address that may be asked. `url` is what goes on the wire, letter for letter: sign this one."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port: what shares connections and concurrency limits."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{shown}:{self.port}"


class AddressRefused(OSError):
    """A name led to an address that may not be spoken to. An OSError, so that aiohttp carries it."""


def check_url(url: str, *, allow_private: bool) -> Checked:
    """The address, ready to be asked, without its fragment; `NetError("refused")` if it may not be.

    https on its default port only; with `allow_private` (development and tests) also http, any port, bare
    names and private addresses. Checks F01 to F04. A name still has to pass `GuardedResolver`.
    """
    parsed = _parse(url)
    scheme, port = parsed.scheme, parsed.port
    if scheme not in (_PORTS if allow_private else ("https",)):
        raise NetError("refused", url, f"scheme {scheme[:20]!r}")
    if port is None or port == 0 or not (allow_private or port == _PORTS[scheme]):
        raise NetError("refused", url, f"port {port}")
    host = parsed.raw_host or ""
    reason = _refused_host(host, allow_private)
    if reason:
        raise NetError("refused", url, reason)
    return Checked(url=_text(parsed), scheme=scheme, host=host, port=port)


def canonical_url(url: str) -> str:
    """The address as it goes on the wire (`Checked.url`), whether or not it may be asked.

    A signature over a request target has to be made over this one. `NetError("refused")` if it is no URL.
    """
    return _text(_parse(url))


def allowed_address(ip: str | IPv4Address | IPv6Address, allow_private: bool) -> bool:
    """Whether a connection to this address may be made (F02, F03). What is no address may not."""
    try:
        address = ip_address(ip) if isinstance(ip, str) else ip
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        if allow_private and any(address in block for block in _PRIVATE_V4):
            return True
        return address.is_global and not any(address in block for block in _REFUSED_V4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        # The way out of an IPv6-only network: it leads exactly to the IPv4 address inside, which is judged
        # as a public one always, because a translator is no way to reach one's own machine.
        return allowed_address(IPv4Address(int(address) & 0xFFFF_FFFF), False)
    if allow_private and any(address in block for block in _PRIVATE_V6):
        return True
    return address in _PUBLIC_V6 and not any(address in block for block in _REFUSED_V6)


@lru_cache(maxsize=1024)
def _parse(url: str) -> yarl.URL:
    """What the HTTP client and the connection both make of a URL; refused if they would differ.

    Each of the two libraries quotes in its own way. Going round until nothing changes gives the one spelling
    that both leave alone, so that what was checked and signed is what is sent.
    """
    if len(url) > MAX_URL:
        raise NetError("refused", url, f"longer than {MAX_URL} characters")
    if _BAD_CHARACTERS.search(url):
        raise NetError("refused", url, "space, backslash or control character")
    scheme, separator, rest = url.partition("://")
    if not separator or "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]:
        raise NetError("refused", url, "not a plain URL" if not separator else "user name or password")
    text = url
    for _ in range(4):
        try:
            parsed = yarl.URL(str(httpx.URL(text)))
            if not parsed.raw_host or parsed.scheme != scheme.lower():
                raise NetError("refused", url, "no host")
            again = _text(parsed)
        except (ValueError, httpx.InvalidURL) as problem:
            raise NetError("refused", url, f"not a URL: {problem}") from problem
        if again == text:
            return parsed
        text = again
    raise NetError("refused", url, "no single spelling")


def _text(url: yarl.URL) -> str:
    host = url.raw_host or ""
    shown = f"[{host}]" if ":" in host else host
    port = "" if url.port == _PORTS.get(url.scheme) else f":{url.port}"
    return f"{url.scheme}://{shown}{port}{url.raw_path_qs}"


def _refused_host(host: str, allow_private: bool) -> str:
    """Why this host may not be asked, or an empty string."""
    if ":" in host or _NUMERAL.fullmatch(host.rpartition(".")[2]):
        # RFC 3986 and WHATWG: a name never ends in a number. Strict quads only: 0x7f.1 or 0177.0.0.1
        # would mean one thing to this check and another to a resolver (F04).
        return "" if allowed_address(host, allow_private) else "private, special or odd address"
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return "not a host name"
    if allow_private:
        return ""
    if "." not in host or host.endswith(tuple(f".{name}" for name in _INSIDE_NAMES)):
        return "a name of the inside"
    return ""


Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""A name and a port in, every address it has out; OSError if it has none."""


class SystemLookup:
    """The machine's own resolver, in threads of its own: a slow name server starves nothing else."""

    THREADS = 8
    WAITING = 256

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.THREADS, thread_name_prefix="names")
        self._waiting = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if self._waiting >= self.WAITING:
            raise socket.gaierror(socket.EAI_AGAIN, "too many names are being looked up")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            infos = await loop.run_in_executor(self._threads, self._ask, host, port)
        finally:
            self._waiting -= 1
        return [str(info[4][0]) for info in infos]

    @staticmethod
    def _ask(host: str, port: int) -> list[tuple[Any, ...]]:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Looks a name up once, checks **every** answer, and hands only checked addresses to the connector (F05).

    One bad answer among good ones refuses the name: that mixture is what rebinding looks like. The connector
    connects to the addresses given here; Host and SNI keep the name.
    """

    def __init__(self, *, allow_private: bool, lookup: Lookup | None = None) -> None:
        self._allow_private = allow_private
        self._own = SystemLookup() if lookup is None else None
        self._lookup: Lookup = lookup or self._own  # type: ignore[assignment]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            answers = list(dict.fromkeys(await self._lookup(host, port)))
        except UnicodeError as problem:
            raise socket.gaierror(socket.EAI_NONAME, f"no such name: {host!r}") from problem
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
        if len(answers) > MAX_ANSWERS:
            raise AddressRefused(f"{host} has {len(answers)} addresses")
        for answer in answers:
            if not allowed_address(answer, self._allow_private):
                raise AddressRefused(f"{host} leads to {answer}")
        results = [_result(host, port, answer) for answer in answers]
        return [one for one in results if family in (socket.AF_UNSPEC, one["family"])][:MAX_TRIED]

    async def close(self) -> None:
        if self._own is not None:
            self._own.close()


def _result(host: str, port: int, answer: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in answer else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=answer, port=port, family=family, proto=0, flags=flags)


def guarded_socket(allow_private: bool) -> Callable[[tuple[Any, ...]], socket.socket]:
    """The last gate: a socket is only made for an address that may be spoken to, however it was come by."""

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not allowed_address(str(address[0]), allow_private):
            raise AddressRefused(f"no connection to {address[0]}")
        return socket.socket(family, kind, protocol)

    return make
