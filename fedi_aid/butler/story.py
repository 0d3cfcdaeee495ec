"""The story of a request, for its author and for the operator, in French or English: numbers, never names.

Who stayed silent is nobody's business. At levels 3 and 4, where the author knows the few who may see it, the
story does not even count who was asked (RULES R8).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_datetime

from fedi_aid.butler import letters
from fedi_aid.butler.words import story as words
from fedi_aid.model.help import Request
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.posts import Post
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx

OF_THE_SILENT: Final = frozenset({"wave", "reoffered"})
TOLD: Final = ("wave", "asked", "carriers", "outcome", "level", "urgency", "helpers_needed", "until")


class Line(msgspec.Struct, frozen=True):
    """One thing that happened: what the log calls it, its numbers, and a sentence."""

    at: datetime
    what: str
    sentence: str
    details: dict[str, Any] = {}


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A request as its author and the operator may know it. `now`: how it stands, a sentence without its
    point. The counts are None where they would tell of people the author knows by name."""

    id: str
    state: str
    wave: int
    asked_to_help: int | None
    asked_to_carry: int | None
    offered: int
    looks_again_at: datetime | None
    lines: tuple[Line, ...]
    now: str


def tell(tx: Tx, request: Request, locale: str, zone: str = "UTC") -> Story:
    """The whole story of a request; the caller has made sure whose eyes it is for."""
    post = post_rows.by_id_for_author(tx, request.post_id)
    close = _is_close(post)
    asks = ask_rows.asks_of(tx, request.post_id)
    lines = [
        Line(at, what, _sentence(what, details, locale), _public(details))
        for at, what, details in _happened(tx, request.post_id)
        if not (close and what in OF_THE_SILENT)
    ]
    return Story(
        id=str(request.post_id),
        state=request.state,
        wave=0 if close else request.wave,
        asked_to_help=None if close else sum(one.kind == "help" for one in asks),
        asked_to_carry=None if close else sum(one.kind == "carry" for one in asks),
        offered=len(help_rows.offers_of(tx, request.post_id)),
        looks_again_at=None if close else request.due_at,
        lines=tuple(lines),
        now=now(tx, request, post, locale, zone),
    )


def now(tx: Tx, request: Request, post: Post | None, locale: str, zone: str) -> str:
    """How a request stands, in one sentence without its point."""
    language = letters.language(locale)
    offers = len(help_rows.offers_of(tx, request.post_id))
    state = words.STATES[request.state][language]
    if request.state == "paused" and request.rests_until is not None:
        state += ", " + words.UNTIL[language].format(when=letters.day(request.rests_until, locale, zone))
    if _is_close(post):
        return words.NOW_CLOSE[language].format(state=state, offers=offers)
    asks = ask_rows.asks_of(tx, request.post_id)
    told = words.NOW[language].format(
        state=state,
        offers=offers,
        asked=letters.people(sum(one.kind == "help" for one in asks), locale),
        carriers=letters.people(sum(one.kind == "carry" for one in asks), locale),
    )
    if request.state == "open" and request.due_at is not None:
        when = format_datetime(request.due_at, words.WHEN[language], tzinfo=ZoneInfo(zone), locale=language)
        told += (" ; " if language == "fr" else "; ") + words.AGAIN[language].format(when=when)
    return told


def _is_close(post: Post | None) -> bool:
    return post is None or post.intimacy is None or post.intimacy >= Intimacy.CLOSE


def _happened(tx: Tx, post_id: int) -> Sequence[tuple[datetime, str, Mapping[str, Any]]]:
    """The log, with the looks of one wave told together: somebody asked in another's place between two waves
    is no event of their own."""
    found: list[tuple[datetime, str, dict[str, Any]]] = []
    waves: dict[Any, dict[str, Any]] = {}
    for at, what, _, details in help_rows.story(tx, post_id):
        known = dict(details or {})
        if what != "wave":
            found.append((at, what, known))
        elif known.get("wave") in waves:
            earlier = waves[known["wave"]]
            for name in ("asked", "carriers"):
                earlier[name] = earlier.get(name, 0) + known.get(name, 0)
        else:
            waves[known.get("wave")] = known
            found.append((at, what, known))
    return found


def _sentence(what: str, details: Mapping[str, Any], locale: str) -> str:
    language = letters.language(locale)
    template = words.HAPPENED.get(what)
    if template is None:
        return f"{what.capitalize()}."
    return template[language].format(
        wave=details.get("wave", "?"),
        asked=letters.people(details.get("asked", 0), locale),
        carriers=letters.people(details.get("carriers", 0), locale),
        level=details.get("level", "?"),
        outcome=words.OUTCOMES.get(details.get("outcome", ""), words.OUTCOMES["solved"])[language],
        change=letters.listed(_changes(details, locale), locale),
    )


def _changes(details: Mapping[str, Any], locale: str) -> list[str]:
    told = []
    if "urgency" in details:
        told.append(letters.urgency(details["urgency"], locale))
    if "helpers_needed" in details:
        told.append(letters.people(details["helpers_needed"], locale))
    return told


def _public(details: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and outcomes of a transition; nothing else is ever logged, and nothing else is shown."""
    return {name: details[name] for name in TOLD if name in details}
