"""What the butler says: courteous, brief, never cheerful about trouble, never making anybody feel guilty.

The sentences are in `words`, in two languages with the same places. Numbers, never names of the silent.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.lists import format_list

from fedi_aid.butler.words import cards, conversation, news, own_posts, passing, projects, requests, stories
from fedi_aid.butler.words import friends as friend_words

Letter = (
    cards.CardLetter
    | requests.RequestLetter
    | own_posts.PostLetter
    | conversation.AnswerLetter
    | news.NewsLetter
    | projects.ProjectLetter
    | passing.PassLetter
    | friend_words.FriendLetter
    | stories.StoryLetter
)

LETTERS: Mapping[Letter, Mapping[str, str]] = MappingProxyType(
    dict(
        chain(
            cards.WORDS.items(),
            requests.WORDS.items(),
            own_posts.WORDS.items(),
            conversation.WORDS.items(),
            news.WORDS.items(),
            projects.WORDS.items(),
            passing.WORDS.items(),
            friend_words.WORDS.items(),
            stories.WORDS.items(),
        )
    )
)

EXCERPT = 120

# What is said even to whoever told the butler to be silent: it is about something they have just done, and
# nothing goes on without them, or it is the word of the moderators.
NECESSARY: Final[frozenset[Letter]] = frozenset(
    {
        *("approve_close", "approve_confidants", "approve_nobody", "level", "level_close", "unpublished"),
        *("severed", "warned", "warned_sensitive", "warned_limit", "warned_removed"),
        *("appeal_accepted", "appeal_refused"),
    }
)


def compose(letter: Letter, locale: str, **values: object) -> str:
    """The text of a letter in French (`fr…`) or English."""
    language = "fr" if locale.lower().startswith("fr") else "en"
    return LETTERS[letter][language].format(**values)


def excerpt(text: str) -> str:
    """The beginning of a post on one line, as a reminder of which one is meant. Without mentions: quoting a
    handle would name somebody in a message that is not for them."""
    line = " ".join(text.replace("@", "@\u200b").split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def seen_by(people: int, locale: str) -> str:
    """`3 friends`; never who."""
    if locale.lower().startswith("fr"):
        return f"{people} ami·e{'s' if people > 1 else ''}"
    return f"{people} friend{'' if people == 1 else 's'}"


def beforehand(level: int, locale: str) -> str:
    """What an author is told before a friend shows a request to somebody outside (RULES R22)."""
    if level > 1:
        return ""
    if locale.lower().startswith("fr"):
        return (
            "\n\nUn·e ami·e qui la relaie peut aussi la montrer à quelqu’un qui n’est pas sur un serveur "
            "comme le nôtre : une seule personne à la fois, dans un seul navigateur, sans images, pendant "
            "trois jours au plus."
        )
    return (
        "\n\nA friend who carries it may also show it to somebody who is on no server like ours: to one "
        "person at a time, in one browser, without pictures, for three days at the most."
    )


def thanked(helpers: int, locale: str) -> str:
    """What became of those who offered help."""
    if locale.lower().startswith("fr"):
        if not helpers:
            return "J’ai remercié celles et ceux que j’avais sollicités."
        return f"J’ai remercié {helpers} personne{'s' if helpers > 1 else ''} de leur aide."
    if not helpers:
        return "I have thanked those I had asked."
    return f"I have thanked {helpers} {'person' if helpers == 1 else 'people'} for their help."


def listed(names: Sequence[str], locale: str) -> str:
    """`Amina, Bruno and Chloé`."""
    locale = "fr" if locale.lower().startswith("fr") else "en"
    return format_list(list(names), locale=locale) if names else ""


def language(locale: str) -> str:
    """`fr` or `en`."""
    return "fr" if locale.lower().startswith("fr") else "en"


def day(moment: datetime, locale: str, zone: str) -> str:
    """`3 March 2026`, on somebody's own calendar."""
    return format_date(moment.astimezone(ZoneInfo(zone)), format="long", locale=language(locale))


def people(number: int, locale: str) -> str:
    """`3 people`."""
    if language(locale) == "fr":
        return f"{number} personne{'s' if number > 1 else ''}"
    return f"{number} {'person' if number == 1 else 'people'}"


def times(number: int, locale: str) -> str:
    """`3 times`."""
    if language(locale) == "fr":
        return f"{number} fois"
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def weeks(length: timedelta, locale: str) -> str:
    """`3 weeks`."""
    number = max(1, length.days // 7)
    if language(locale) == "fr":
        return f"{number} semaine{'s' if number > 1 else ''}"
    return f"{number} week{'' if number == 1 else 's'}"


def week_in_numbers(numbers: Mapping[str, int], locale: str) -> str:
    """One line for each number of the digest that is not 0."""
    return "\n".join(
        f"– {WEEK_LINES[name][language(locale)].format(number)}" for name, number in numbers.items() if number
    )


WEEK_LINES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "own": {"en": "flags of yours that are up: {}", "fr": "vos drapeaux levés : {}"},
        "offers": {"en": "offers of help you got: {}", "fr": "propositions d’aide reçues : {}"},
        "given": {"en": "offers of help you made: {}", "fr": "propositions d’aide que vous avez faites : {}"},
        "waiting": {
            "en": "requests that await a word from you: {}",
            "fr": "demandes qui attendent un mot : {}",
        },
    }
)


def urgency(name: str, locale: str) -> str:
    """How urgent a request is, as it is said of one."""
    return URGENCY[name][language(locale)]


URGENCY: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "low": {"en": "of low urgency", "fr": "de faible urgence"},
        "normal": {"en": "of normal urgency", "fr": "d’urgence normale"},
        "high": {"en": "urgent", "fr": "urgente"},
    }
)
