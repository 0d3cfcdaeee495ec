"""Every setting once: the struct `Settings` is the table of name, type, default, what is accepted, and help.

Sources, the later wins: defaults < TOML file < `FEDI_AID_*` variables < the command line. Reading them
creates and changes nothing. Whatever is wrong ends in a `BadSetting` with one sentence; the value of a
secret is never part of it.
"""

import difflib
import ipaddress
import math
import os.path
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints
from urllib.parse import urlsplit

import idna
import msgspec

from fedi_aid.errors import BadSetting

PREFIX: Final = "FEDI_AID_"
CONFIG_VARIABLE: Final = "FEDI_AID_CONFIG"
CONFIG_NAME: Final = "fedi_aid.toml"
SQLITE_NAME: Final = "fedi_aid.sqlite3"
FAST_IF_TRUE: Final = 3600.0

Registration = Literal["open", "approval", "invite", "closed"]
Language = Literal["en", "fr"]
LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


class Rule(msgspec.Struct, frozen=True):
    """How a setting is read from text or TOML (`parse` raises ValueError), what is accepted, and help."""

    parse: Callable[[Any], Any]
    accepts: str
    help: str
    secret: bool = False


class SettingHelp(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as documentation shows it; `default` is written as in the environment."""

    name: str
    variable: str
    default: str
    accepts: str
    help: str
    secret: bool


# --- readers: text or TOML value → value ------------------------------------------------------------------


def _text(limit: int) -> Callable[[Any], str]:
    def parse(raw: Any) -> str:
        if not isinstance(raw, str) or len(raw) > limit or "\x00" in raw:
            raise ValueError
        return raw.strip()

    return parse


def _flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word not in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        raise ValueError
    return word in ("true", "yes", "on", "1")


def _choice(*accepted: str) -> Callable[[Any], str]:
    def parse(raw: Any) -> str:
        if not isinstance(raw, str) or raw.strip().lower() not in accepted:
            raise ValueError
        return raw.strip().lower()

    return parse


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(raw: Any) -> int:
        if isinstance(raw, str) and re.fullmatch(r"[0-9][0-9_]{0,18}", raw.strip()):
            raw = int(raw.strip())
        if type(raw) is not int or not low <= raw <= high:
            raise ValueError
        return raw

    return parse


def _divisor(raw: Any) -> float:
    """A number from 1; `true` is for those who only want it fast, `false` for normal speed."""
    word = str(raw).strip().lower()
    if word in ("true", "false"):
        return FAST_IF_TRUE if word == "true" else 1.0
    value = float(raw)
    if not math.isfinite(value) or not 1 <= value <= 1_000_000:
        raise ValueError
    return value


def _path(raw: Any) -> Path:
    if not isinstance(raw, (str, Path)) or not str(raw).strip() or "\x00" in str(raw):
        raise ValueError
    return Path(str(raw).strip()).expanduser().absolute()


def _base_url(raw: Any) -> str:
    """Scheme, host in lower case and ASCII, and a port unless it is the scheme's own; nothing else."""
    if not isinstance(raw, str) or re.search(r"[\x00-\x20\\]", raw.strip()):
        raise ValueError
    parts = urlsplit(raw.strip())
    host, port = parts.hostname or "", parts.port
    wrong = parts.username is not None or parts.query or parts.fragment or parts.path not in ("", "/")
    if parts.scheme not in ("http", "https") or wrong or port == 0:
        raise ValueError
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host).compressed}]"
    else:
        # IDNAError is a UnicodeError, hence a ValueError.
        host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", host) or ".." in host or len(host) > 253:
            raise ValueError
    own_port = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, own_port) else "")


def _database_url(raw: Any) -> str:
    """ "", `sqlite:///path`, or `postgresql+asyncpg://…`."""
    if not isinstance(raw, str) or re.search(r"[\x00-\x1f]", raw):
        raise ValueError
    url = raw.strip()
    if not url:
        return ""
    scheme, _, rest = url.partition("://")
    if scheme in ("sqlite", "sqlite+aiosqlite"):
        if not rest.startswith("/") or rest.strip("/") in ("", ":memory:") or "?" in rest:
            raise ValueError
        return f"sqlite:///{rest[1:]}"
    if scheme in ("postgresql", "postgresql+asyncpg"):
        parts = urlsplit(f"postgresql://{rest}")
        if not parts.path.strip("/") or parts.port == 0 or parts.fragment:
            raise ValueError
        return f"postgresql+asyncpg://{rest}"
    raise ValueError


def _secret_key(raw: Any) -> str:
    if not isinstance(raw, str) or 0 < len(raw.strip()) < 32 or len(raw) > 1_000:
        raise ValueError
    return raw.strip()


def _email(raw: Any) -> str:
    if not isinstance(raw, str) or (
        raw.strip() and not re.fullmatch(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}", raw.strip())
    ):
        raise ValueError
    return raw.strip()


def _networks(raw: Any) -> tuple[str, ...]:
    """Addresses and networks, as a TOML list or separated by commas; `none` for an empty list."""
    items = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise ValueError
    named = [item.strip() for item in items if item.strip()]
    if named == ["none"]:
        return ()
    return tuple(str(ipaddress.ip_network(item)) for item in named)


# --- the table ---------------------------------------------------------------------------------------------


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of one instance, checked and normalised. Make it with `load`."""

    base_url: Annotated[
        str,
        Rule(
            _base_url,
            "https:// and a host (http:// and a port too), without path, such as https://aid.example",
            "Where members and peers reach this instance. It is part of every member's address: choose it "
            "once. Plain http only on this machine, or with allow_private_addresses.",
        ),
    ] = "http://localhost:8080"
    data_dir: Annotated[
        Path, Rule(_path, "a folder", "Where the database, media and generated keys are kept.")
    ] = Path("data")
    database_url: Annotated[
        str,
        Rule(
            _database_url,
            "nothing, sqlite:///path or postgresql+asyncpg://user:password@host/name",
            "The database; nothing means SQLite in data_dir.",
            secret=True,
        ),
    ] = ""
    secret_key: Annotated[
        str,
        Rule(
            _secret_key,
            "at least 32 characters, or nothing",
            "Signs sessions and tokens; nothing means: made once and kept in data_dir. Several processes on "
            "several machines need the same one.",
            secret=True,
        ),
    ] = ""
    registration: Annotated[
        Registration,
        Rule(
            _choice("open", "approval", "invite", "closed"),
            "open, approval, invite or closed",
            "Who may sign up: anybody, anybody once a moderator approved, people with an invitation, nobody.",
        ),
    ] = "approval"
    limited_federation: Annotated[
        bool,
        Rule(
            _flag,
            "true or false",
            "Federate only with servers that an admin allowed (`fedi_aid peers allow`).",
        ),
    ] = False
    allow_private_addresses: Annotated[
        bool,
        Rule(
            _flag,
            "true or false",
            "Federate with servers on this machine or a private network, over plain http too. For tests and "
            "demos: it lifts the protection of the inner network.",
        ),
    ] = False
    allow_public_posts: Annotated[
        bool,
        Rule(
            _flag,
            "true or false",
            "Whether a post written as public is public. If not, it becomes a post of level 0.",
        ),
    ] = False
    fast_butler: Annotated[
        float,
        Rule(
            _divisor,
            f"a number from 1 to 1000000 (1 is normal speed), or true for {FAST_IF_TRUE:.0f}",
            "Divides every delay of the butler, of carrying and of delayed look-ups. For tests and demos: "
            "above 1 it needs allow_private_addresses.",
        ),
    ] = 1.0
    instance_name: Annotated[
        str, Rule(_text(100), "at most 100 characters", "The name shown on pages and in clients.")
    ] = "fedi_aid"
    instance_description: Annotated[
        str, Rule(_text(5_000), "at most 5000 characters", "What this instance is for, in a few sentences.")
    ] = ""
    contact_email: Annotated[
        str, Rule(_email, "an e-mail address, or nothing", "How to reach the admins; shown to everybody.")
    ] = ""
    default_language: Annotated[
        Language,
        Rule(_choice("en", "fr"), "en or fr", "The language of pages where a browser asks for neither."),
    ] = "en"
    post_max_chars: Annotated[
        int,
        Rule(
            _whole(100, 20_000),
            "a whole number from 100 to 20000",
            "The longest post, counted as Mastodon does.",
        ),
    ] = 5_000
    media_max_bytes: Annotated[
        int,
        Rule(
            _whole(1_000, 1_000_000_000),
            "a whole number of bytes from 1000",
            "The largest file one may attach.",
        ),
    ] = 16_777_216
    media_max_pixels: Annotated[
        int,
        Rule(
            _whole(10_000, 200_000_000),
            "a whole number of pixels from 10000",
            "The largest picture, width times height, that is opened at all.",
        ),
    ] = 33_177_600
    media_max_recording_bytes: Annotated[
        int,
        Rule(
            _whole(0, 4_000_000_000),
            "a whole number of bytes, 0 to take none",
            "The largest film or sound one may attach; it needs ffmpeg.",
        ),
    ] = 104_857_600
    media_max_seconds: Annotated[
        int,
        Rule(_whole(1, 7_200), "a whole number of seconds from 1 to 7200", "The longest film or sound."),
    ] = 600
    ffmpeg: Annotated[
        str,
        Rule(
            _text(300),
            "the name or path of a program, or nothing to look for it",
            "What films and sounds are made ready with.",
        ),
    ] = ""
    media_cache_bytes: Annotated[
        int,
        Rule(
            _whole(0, 1_000_000_000_000),
            "a whole number of bytes, 0 to keep none for long",
            "The room for copies of pictures from other servers; what was not seen for longest goes first.",
        ),
    ] = 1_000_000_000
    daily_ration: Annotated[
        int,
        Rule(
            _whole(1, 10_000),
            "a whole number from 1 to 10000",
            "Posts a day that a member who chose no number is shown.",
        ),
    ] = 60
    friend_requests_a_day: Annotated[
        int,
        Rule(
            _whole(0, 10_000),
            "a whole number from 0, no limit, to 10000",
            "How many people a member can ask in a day to become friends.",
        ),
    ] = 12
    trusted_proxies: Annotated[
        tuple[str, ...],
        Rule(
            _networks,
            "addresses or networks separated by commas, or none",
            "Whose X-Forwarded headers are believed.",
        ),
    ] = ("127.0.0.0/8", "::1/128")
    inbox_concurrency: Annotated[
        int,
        Rule(
            _whole(1, 200),
            "a whole number from 1 to 200",
            "Received activities for which something is looked up elsewhere, at once.",
        ),
    ] = 4
    deliver_concurrency: Annotated[
        int, Rule(_whole(1, 500), "a whole number from 1 to 500", "Deliveries to other servers at once.")
    ] = 200
    fetch_concurrency: Annotated[
        int, Rule(_whole(1, 200), "a whole number from 1 to 200", "Look-ups on other servers at once.")
    ] = 4
    butler_concurrency: Annotated[
        int, Rule(_whole(1, 50), "a whole number from 1 to 50", "Requests the butler looks after at once.")
    ] = 2
    media_concurrency: Annotated[
        int,
        Rule(
            _whole(1, 50),
            "a whole number from 1 to 50",
            "Pictures opened at once, each in a process of its own.",
        ),
    ] = 1
    log_format: Annotated[
        LogFormat, Rule(_choice("text", "json"), "text or json", "How log lines are written.")
    ] = "text"
    log_level: Annotated[
        LogLevel,
        Rule(
            _choice("debug", "info", "warning", "error"), "debug, info, warning or error", "What is logged."
        ),
    ] = "info"

    @property
    def domain(self) -> str:
        """Host, or host and port, as it stands in handles: `aid.example`, `localhost:8080`."""
        return urlsplit(self.base_url).netloc

    @property
    def secure(self) -> bool:
        """Whether members reach us over https: cookies are then `Secure`."""
        return self.base_url.startswith("https:")

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL; else it is the SQLite file at `sqlite_path`."""
        return self.database_url.startswith("postgresql")

    @property
    def sqlite_path(self) -> Path:
        """The SQLite file. Only where `is_postgres` is false; else ValueError."""
        if self.is_postgres:
            raise ValueError("the database is PostgreSQL")
        if not self.database_url:
            return self.data_dir / SQLITE_NAME
        return Path(self.database_url.removeprefix("sqlite:///")).absolute()

    def __repr__(self) -> str:
        """Every setting, secrets as `***`: logs and tracebacks may show it."""
        shown = (f"{name}={_shown(name, getattr(self, name))}" for name in RULES)
        return f"Settings({', '.join(shown)})"


def _rules() -> dict[str, Rule]:
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in Settings.__struct_fields__}


RULES: Final = _rules()


def _shown(name: str, value: object) -> str:
    return "***" if RULES[name].secret and value else repr(value)


# --- loading -----------------------------------------------------------------------------------------------


def load(
    environ: Mapping[str, str],
    toml_path: str | Path | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """The settings of an instance, from all sources; creates nothing.

    `environ` is usually `os.environ`; an empty variable counts as not set. The TOML file is `toml_path`, else
    the one that `FEDI_AID_CONFIG` names, else `fedi_aid.toml` in the data folder if there is one.
    `overrides` come from the command line; None means not given. Relative paths start from the working
    folder. Raises BadSetting.
    """
    variables = _parsed(_from_environment(environ), _variable)
    options = _parsed({name: raw for name, raw in (overrides or {}).items() if raw is not None}, _option)
    above = variables | options
    data_dir = above.get("data_dir", _default_data_dir())
    named = toml_path or environ.get(CONFIG_VARIABLE, "").strip()
    path = Path(os.path.expanduser(named)) if named else data_dir / CONFIG_NAME
    content = _from_file(path, must_exist=bool(named))
    below = _parsed(content, lambda name: f"{name} in {path}")
    if not named and below.get("data_dir", data_dir) != data_dir:
        raise BadSetting(f"data_dir in {path} names another folder than the one this file was found in.")
    settings = Settings(**({"data_dir": data_dir} | below | above))
    _check_together(settings)
    return settings


def explain() -> list[SettingHelp]:
    """Every setting in the order of the table, for the documentation and the command line."""
    defaults = Settings()
    return [
        SettingHelp(
            name=name,
            variable=_variable(name),
            default=_as_text(getattr(defaults, name)),
            accepts=rule.accepts,
            help=rule.help,
            secret=rule.secret,
        )
        for name, rule in RULES.items()
    ]


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _default_data_dir() -> Path:
    return Settings().data_dir.absolute()


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    known = {_variable(name): name for name in RULES}
    given: dict[str, str] = {}
    for variable, raw in environ.items():
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        if variable not in known:
            raise _unknown(variable.removeprefix(PREFIX).lower(), _variable, "config")
        if raw.strip():
            given[known[variable]] = raw
    return given


def _from_file(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        content = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            raise BadSetting(f"The settings file {path} does not exist.") from None
        return {}
    except UnicodeDecodeError:
        raise BadSetting(f"The settings file {path} is not UTF-8 text.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        raise BadSetting(f"The settings file {path} cannot be read: {reason}.") from None
    try:
        return tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The parser's message tells the place; it may quote a sign, never a value.
        raise BadSetting(f"The settings file {path} is not valid TOML: {error}.") from None


def _parsed(given: Mapping[str, Any], label: Callable[[str], str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, raw in given.items():
        if name not in RULES:
            raise _unknown(name, label)
        values[name] = _parse(name, raw, label(name))
    return values


def _parse(name: str, raw: Any, label: str) -> Any:
    rule = RULES[name]
    try:
        return rule.parse(raw)
    except (ValueError, TypeError, OverflowError, RuntimeError):
        # RuntimeError: a `~user` that does not exist.
        written = raw if isinstance(raw, str) else _as_text(raw)
        shown = "set" if rule.secret else f'"{written[:80]}"'
        raise BadSetting(f"{label} is {shown}, which cannot be used: it must be {rule.accepts}.") from None


def _unknown(name: str, label: Callable[[str], str], *others: str) -> BadSetting:
    close = difflib.get_close_matches(name.lower(), [*RULES, *others], n=1)
    hint = f"did you mean {label(close[0])}?" if close else "see the list of settings in the documentation."
    return BadSetting(f"{label(name[:100])} is not a setting: {hint}")


def _check_together(settings: Settings) -> None:
    """What no setting can tell alone."""
    if settings.allow_private_addresses:
        return
    if not settings.secure and not _is_loopback(urlsplit(settings.base_url).hostname or ""):
        raise BadSetting(
            f'base_url is "{settings.base_url}": plain http is for this machine only; use https, or set '
            "allow_private_addresses to true for a test network."
        )
    if settings.fast_butler > 1:
        raise BadSetting(  # RULES R27
            f'fast_butler is "{settings.fast_butler:g}": above 1 it is for tests and demos, and needs '
            "allow_private_addresses to be true."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
