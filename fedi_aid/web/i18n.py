"""The two languages of the interface: catalogues, choice of language, dates and numbers.

A catalogue is a folder of TOML files per language, a table per page; both have the same files, keys and
placeholders (a test holds them to it). Texts are plain text with `{named}` places: no HTML, so escaping is
the template's.
"""

import datetime
import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Literal, get_args

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# How each language names itself, and where its dates and numbers come from.
OWN_NAMES: dict[Language, str] = {"en": "English", "fr": "Français"}
LOCALES: dict[Language, str] = {"en": "en_GB", "fr": "fr"}

BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
JUST_NOW = 180  # seconds
DAYS_BY_NAME = 7
PARTS_OF_DAY = (("night", 5), ("morning", 12), ("afternoon", 18), ("evening", 24))  # until this hour
MAX_ACCEPTED = 20  # entries of Accept-Language that are looked at


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every text of a language by its dotted key (`"login.title"`). Read once, shared: do not change it."""
    folder = resources.files("fedi_aid.web").joinpath("locale", language)
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name
    )
    tables = [table for entry in files for table in tomllib.loads(entry.read_text("utf-8")).items()]
    texts = {f"{page}.{key}": text for page, table in tables for key, text in table.items()}
    return {key: set_french_spaces(text) for key, text in texts.items()} if language == "fr" else texts


def set_french_spaces(text: str) -> str:
    """French high punctuation never starts a line: its plain spaces become non-breaking ones."""
    text = re.sub(r" ([;?!])", "\u202f\\1", text)
    text = re.sub(r" ([:»])", "\u00a0\\1", text)
    return text.replace("« ", "«\u00a0")


def isolate(value: str) -> str:
    """People's words inside a sentence of ours: they cannot turn it around.

    Direction controls are removed; a value with right-to-left letters is set apart (UAX #9, FSI … PDI).
    """
    value = BIDI_CONTROLS.sub("", value)
    rightwards = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in value)
    return f"\u2068{value}\u2069" if rightwards else value


class Translator:
    """The interface in one language: `t("login.title")`, `t("post.title", name="Amina")`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of `key` with its places filled. An unknown key or missing value is a KeyError."""
        return self._texts[key].format(
            **{name: isolate(value) if isinstance(value, str) else value for name, value in values.items()}
        )

    def has(self, key: str) -> bool:
        """Whether there is such a text: for keys that come from outside."""
        return key in self._texts

    def typeset(self, text: str) -> str:
        """Text of ours that is kept elsewhere (the charter), with the spaces its language wants."""
        return set_french_spaces(text) if self.language == "fr" else text

    def date(self, moment: datetime.datetime | datetime.date) -> str:
        """`17 July 2025`, `17 juillet 2025`."""
        return format_date(moment, format="long", locale=LOCALES[self.language])

    def moment(self, moment: datetime.datetime) -> str:
        """An aware datetime with its hour, in UTC and saying so: the reader's clock is not known here."""
        text = format_datetime(moment, "d MMMM y, HH:mm", tzinfo=datetime.UTC, locale=LOCALES[self.language])
        return f"{text} UTC"

    def near(self, moment: datetime.datetime, now: datetime.datetime, zone: datetime.tzinfo) -> str:
        """In words where it is near: `this morning`, `yesterday evening`, `on Tuesday`; else the date.

        `zone` is the reader's, so that an evening is theirs.
        """
        here, today = moment.astimezone(zone), now.astimezone(zone)
        days = (today.date() - here.date()).days
        if abs((now - moment).total_seconds()) < JUST_NOW:
            return self("near.now")
        part = next(name for name, until in PARTS_OF_DAY if here.hour < until)
        if days in (0, 1):
            return self(f"near.{'today' if days == 0 else 'yesterday'}_{part}")
        if 1 < days < DAYS_BY_NAME:
            return self("near.weekday", day=format_date(here, "EEEE", locale=LOCALES[self.language]))
        return self.date(here)

    def hour(self, moment: datetime.datetime, zone: datetime.tzinfo) -> str:
        """`Saturday 14 March, 16:00` on the reader's clock: for what ends at its hour."""
        return format_datetime(moment, "EEEE d MMMM, HH:mm", tzinfo=zone, locale=LOCALES[self.language])

    def number(self, value: int) -> str:
        """`1,234` in English, `1 234` in French."""
        return format_decimal(value, locale=LOCALES[self.language])


@cache
def translator(language: Language) -> Translator:
    """The shared translator of a language."""
    return Translator(language)


def pick_language(accept_language: str, query: str | None, cookie: str | None, default: str) -> Language:
    """The language of a page: the link's, else the one chosen, else the browser's wish, else `default`.

    Every argument is untrusted text; what is not understood is passed over. `default` is the instance's, and
    English stands in when even that is not one of ours.
    """
    for wish in (query, cookie, *_accepted(accept_language), default):
        language = _ours(wish or "")
        if language is not None:
            return language
    return "en"


def _ours(tag: str) -> Language | None:
    primary = tag.strip().lower().replace("_", "-").split("-")[0]
    return primary if primary in LANGUAGES else None


def _accepted(header: str) -> list[str]:
    """Tags of an Accept-Language header (RFC 9110 §12.5.4), most wanted first, refused ones left out."""
    wishes: list[tuple[float, str]] = []
    for entry in header.split(",")[:MAX_ACCEPTED]:
        tag, _, parameter = entry.partition(";")
        match = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameter) if parameter else None
        if parameter and match is None:
            continue
        weight = float(match.group(1)) if match else 1.0
        if weight > 0:
            wishes.append((weight, tag))
    return [tag for _, tag in sorted(wishes, key=lambda wish: -wish[0])]
