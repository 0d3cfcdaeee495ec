"""Templates become pages here, and every page gets the same strict headers.

A page loads its style and pictures from this server and nothing else; it runs no script unless it names one
of ours, cannot be framed, is kept in no shared cache, and asks not to be indexed unless its route says so.
"""

import datetime
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from fedi_aid.web.i18n import LANGUAGES, OWN_NAMES, Language, Translator, translator
from fedi_aid.web.icons import icon
from fedi_aid.web.pages import PATHS

MAX_QUERY_FIELDS = 40  # of a page's query kept in its language links

POLICY: tuple[tuple[str, str], ...] = (
    ("default-src", "'none'"),
    ("style-src", "'self'"),
    ("img-src", "'self'"),
    ("media-src", "'self'"),
    ("form-action", "'self'"),
    ("base-uri", "'none'"),
    ("frame-ancestors", "'none'"),
)

# `same-origin`, not `no-referrer`: the latter makes browsers send `Origin: null` with our own forms.
SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "no-store",
    }
)

# Never a place to send anyone: these schemes run or carry content instead of naming an app.
UNSAFE_SCHEMES = frozenset({"javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "urn"})


def headers(*, form_action_extra: str = "", index: bool = False, scripts: bool = False) -> dict[str, str]:
    """The headers of a page, with `Content-Type` left to the response.

    `scripts`: the page loads modules of ours, which may ask this server and nobody else.

    `form_action_extra` is the redirect URI of an app: browsers hold the redirect after a form to
    `form-action` too, so its origin (or its scheme, when it is an app's own) is allowed. It is untrusted:
    what is not a plain address adds nothing. `index` lets search engines list the page.
    """
    chosen = dict(SECURITY_HEADERS)
    source = form_source(form_action_extra)
    if source:
        policy = chosen["Content-Security-Policy"]
        chosen["Content-Security-Policy"] = policy.replace(
            "form-action 'self'", f"form-action 'self' {source}"
        )
    if scripts:
        chosen["Content-Security-Policy"] += "; script-src 'self'; connect-src 'self'"
    if index:
        del chosen["X-Robots-Tag"]
    return chosen


def form_source(redirect_uri: str) -> str:
    """The CSP source that covers a redirect URI (CSP3 §2.3.1), or "" for none.

    `https://app.example:8443/cb?x` → `https://app.example:8443`, `tooot://instance-auth` → `tooot:`.
    """
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", redirect_uri)
    if match is None or match.group(1).lower() in UNSAFE_SCHEMES:
        return ""
    scheme = match.group(1).lower()
    if scheme not in ("http", "https"):
        return f"{scheme}:"
    try:
        parts = urlsplit(redirect_uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host):
        return f"{scheme}://{host}" if port is None else f"{scheme}://{host}:{port}"
    # CSP has no form for IPv6 or non-ASCII hosts: the scheme alone is the narrowest source that still works.
    return f"{scheme}:" if host and not re.search(r"[\s;,]", host) else ""


# What a page outside the rooms has of them.
NO_ROOM: Mapping[str, object] = MappingProxyType(
    {"room": "", "rooms": (), "waiting": frozenset(), "scripts": (), "said": ""}
)


def render(language: Language, template: str, /, **context: object) -> str:
    """A whole page. `template` is a file of templates/, `context` what its first lines list.

    Common to all: `site` (pages.Site), and where they apply `me` (pages.Person, None for a visitor) and
    `query` (the raw query string that a change of language must keep). A value that a template needs and does
    not get is an UndefinedError: a bug of ours.
    """
    t = translator(language)
    common: dict[str, object] = {"t": t, "language": language, "me": None, "query": "", **NO_ROOM}
    return environment().get_template(template).render({**common, **context})


@cache
def environment() -> Environment:
    """The one Jinja2 environment: everything escaped, nothing undefined."""
    env = Environment(
        loader=PackageLoader("fedi_aid.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals.update(
        paths=PATHS, paths_of=msgspec.structs.asdict(PATHS), languages=LANGUAGES, language_names=OWN_NAMES
    )
    env.globals.update(icon=icon, static=static_url, module=module_url, language_link=language_link)
    env.filters.update(combine=_combined, date=_date, hour=_hour, moment=_moment, near=_near, stamp=stamp)
    return env


@cache
def static_url(name: str) -> str:
    """The address of a file of static/, with a mark that changes when the file does."""
    content = resources.files("fedi_aid.web").joinpath("static", name).read_bytes()
    return f"{PATHS.static}/{name}?v={hashlib.sha256(content).hexdigest()[:8]}"


@cache
def modules_mark() -> str:
    """A mark that changes when any script does: modules import their neighbours by relative address, so all
    of one version live under one mark."""
    folder = resources.files("fedi_aid.web").joinpath("static")
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".js")), key=lambda e: e.name
    )
    return hashlib.sha256(b"".join(entry.read_bytes() for entry in scripts)).hexdigest()[:8]


def module_url(name: str) -> str:
    """The address of a script of static/, among its neighbours of the same version."""
    return f"{PATHS.static}/{modules_mark()}/{name}"


def language_link(query: str, language: Language) -> str:
    """A relative link to the page being read in another language; the rest of its query is kept."""
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        fields = []
    kept = [(name, value) for name, value in fields if name != "lang"]
    return "?" + urlencode([*kept, ("lang", language)])


def stamp(moment: datetime.datetime) -> str:
    """An aware datetime for `<time datetime>`: UTC, to the second."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pass_context
def _date(context: Context, moment: datetime.datetime) -> str:
    return cast(Translator, context["t"]).date(moment)


@pass_context
def _moment(context: Context, moment: datetime.datetime) -> str:
    return cast(Translator, context["t"]).moment(moment)


@pass_context
def _near(context: Context, moment: datetime.datetime) -> str:
    """In words, on the clock of the member who reads; only in rooms."""
    translator_ = cast(Translator, context["t"])
    now, zone = cast(datetime.datetime, context["now"]), cast(datetime.tzinfo, context["zone"])
    return translator_.near(moment, now, zone)


@pass_context
def _hour(context: Context, moment: datetime.datetime) -> str:
    """With its hour, on the clock of the member who reads; only in rooms."""
    return cast(Translator, context["t"]).hour(moment, cast(datetime.tzinfo, context["zone"]))


def _combined(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    return {**one, **other}
