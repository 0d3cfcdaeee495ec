"""Until when: "2 weeks", "until 3 March", "jusqu’à lundi", "2026-04-03". Pure; days are of one time zone."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_day_names, get_month_names

LONGEST: Final = timedelta(days=366)

_UNITS: Final[Mapping[str, timedelta]] = MappingProxyType(
    {
        **dict.fromkeys(("hour", "hours", "h", "heure", "heures"), timedelta(hours=1)),
        **dict.fromkeys(("day", "days", "d", "jour", "jours", "j"), timedelta(days=1)),
        **dict.fromkeys(("week", "weeks", "w", "semaine", "semaines"), timedelta(days=7)),
        **dict.fromkeys(("fortnight", "quinzaine"), timedelta(days=14)),
        **dict.fromkeys(("month", "months", "mois"), timedelta(days=30)),
    }
)
_NUMBERS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("a", "an", "one", "un", "une"), 1),
        **dict.fromkeys(("two", "deux", "couple"), 2),
        **dict.fromkeys(("three", "trois"), 3),
        **dict.fromkeys(("four", "quatre"), 4),
        **dict.fromkeys(("six",), 6),
    }
)
_SMALL: Final = frozenset(
    "for until till the of next le la l au a du de pour pendant jusqu jusque prochain prochaine st nd rd th "
    "er please s il vous te plait merci thanks".split()
)
_HOUR: Final = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})(?!\d)\s*(?:h(?:eures?)?\b|h(?=\d)|:)?\s*(?:(?<=[h:])(?P<minutes>\d\d))?"
    r"\s*(?P<half>[ap]\.?m\b)?"
)
_TOMORROW: Final = frozenset({"tomorrow", "demain"})


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn")


_MONTHS: Final[Mapping[str, int]] = {
    _plain(name).rstrip("."): number
    for locale in ("en", "fr")
    for width in ("wide", "abbreviated")
    for number, name in get_month_names(width, locale=locale).items()
}
_DAYS: Final[Mapping[str, int]] = {
    _plain(name): number for locale in ("en", "fr") for number, name in get_day_names(locale=locale).items()
}


def read(text: str, now: datetime, zone: str) -> datetime | None:
    """The moment that somebody means, later than now and within a year; None for what is not understood.

    A length of time counts from now; a date or a day of the week means its beginning, where they live.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    day = _numeric(text)
    if day is None:
        words = [_plain(word) for word in re.findall(r"[^\W\d_]+|\d+", text)]
        words = [word for at, word in enumerate(words) if word not in _SMALL or _counts(words, at)]
        length = _length(words)
        if length is not None:
            return now + length if timedelta(0) < length <= LONGEST else None
        day = _day(words, today)
    if day is None or not today < day <= today + LONGEST:
        return None
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(now.tzinfo)


def between(text: str) -> tuple[int, int] | None:
    """From which full hour to which: "22 h à 8 h", "10 pm to 8 am", "22-8"; None for anything else."""
    found = list(_HOUR.finditer(text.casefold()))
    if len(found) != 2 or any(one["minutes"] not in (None, "00") for one in found):
        return None
    first, last = (_hour(int(one["hour"]), one["half"]) for one in found)
    return None if first is None or last is None or first == last else (first, last)


def _hour(number: int, half: str | None) -> int | None:
    if half is not None:
        return number % 12 + 12 * (half[0] == "p") if 1 <= number <= 12 else None
    return number % 24 if number <= 24 else None


def place(text: str) -> str | None:
    """The time zone that somebody means by its name or its city: "Europe/Paris", "paris"."""
    said = "_".join(_plain(word) for word in re.findall(r"[^\W\d_]+|[/+-]\d*", text))
    said = re.sub(r"_?/_?", "/", said)
    return next(
        (zone for zone in _zones() if zone.casefold() in (said, said.replace("_", "-"))), None
    ) or next((zone for zone in _zones() if zone.casefold().rpartition("/")[2] == said), None)


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))


def _counts(words: Sequence[str], at: int) -> bool:
    """ "a week": the article is a number there."""
    return words[at] in _NUMBERS and at + 1 < len(words) and words[at + 1] in _UNITS


def _length(words: Sequence[str]) -> timedelta | None:
    if len(words) != 2 or words[1] not in _UNITS:
        return _UNITS.get(words[0]) if len(words) == 1 and words[0] in ("fortnight", "quinzaine") else None
    number = _NUMBERS.get(words[0]) or (int(words[0]) if words[0].isdecimal() and len(words[0]) < 5 else None)
    return _UNITS[words[1]] * number if number else None


def _numeric(text: str) -> date | None:
    """2026-04-03, 3/4/2026 and 3.4.2026: the day first, as most of the world writes it."""
    for pattern, order in (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})", (0, 1, 2)),
        (r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", (2, 1, 0)),
    ):
        found = re.search(pattern, text)
        if found:
            parts = found.groups()
            return _date(*(int(parts[place]) for place in order))
    return None


def _day(words: Sequence[str], today: date) -> date | None:
    if len(words) == 1 and words[0] in _TOMORROW:
        return today + timedelta(days=1)
    if len(words) == 1 and words[0] in _DAYS:
        return today + timedelta(days=(_DAYS[words[0]] - today.weekday() - 1) % 7 + 1)
    words = [word for word in words if word not in _DAYS]
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 5]
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    if len(months) != 1 or not numbers or len(words) != len(numbers) + 1 or len(numbers) > 2:
        return None
    if len(numbers) == 2:
        return _date(numbers[1], months[0], numbers[0])
    found = _date(today.year, months[0], numbers[0])
    return found if found is None or found > today else _date(today.year + 1, months[0], numbers[0])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
