"""What the butler says: courteous, brief, never cheerful about trouble, never making anybody feel guilty.

The sentences are in `words`, in two languages with the same places. Numbers, never names of the silent.
"""

import re
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
from fedi_aid.errors import NotFound, Refused

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
_BEFORE_SIGNS: Final = re.compile(r" (?=[;:?!»])|(?<=«) ")

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
    words = LETTERS[letter][language(locale)]
    return (_typeset(words) if language(locale) == "fr" else words).format(**values)


def _typeset(words: str) -> str:
    """French puts a space, at which no line ends, before ; : ? ! and inside quotation marks."""
    return _BEFORE_SIGNS.sub("\u00a0", words)


def excerpt(text: str) -> str:
    """The beginning of a post on one line, as a reminder of which one is meant. Without mentions: quoting a
    handle would name somebody in a message that is not for them."""
    line = " ".join(text.replace("@", "@\u200b").split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def quote(text: str, locale: str) -> str:
    """The beginning of what somebody wrote, between quotation marks."""
    return f"«\u00a0{excerpt(text)}\u00a0»" if language(locale) == "fr" else f"“{excerpt(text)}”"


def colon(locale: str) -> str:
    """A colon as it is set."""
    return "\u00a0: " if language(locale) == "fr" else ": "


def quoted(word: str, locale: str) -> str:
    """Somebody's own word as a paragraph after a letter's first; nothing for none."""
    return f"\n\n{quote(word, locale)}" if word.strip() else ""


def seen_by(people: int, locale: str) -> str:
    """`3 friends may see it`; never who."""
    if language(locale) == "fr":
        return f"{people} ami·es peuvent le voir" if people > 1 else f"{people} ami·e peut le voir"
    return f"{people} friend{'' if people == 1 else 's'} may see it"


def seen_by_nobody(level: int, locale: str) -> str:
    """What an author can do whose request nobody may see yet."""
    french = language(locale) == "fr"
    if level == 0:  # there is nothing wider
        if french:
            return "Proposez à quelqu’un de devenir votre ami·e\u00a0: je regarde encore tant qu’il est levé."
        return "Ask somebody to become your friend: I look again for as long as it is up."
    if french:
        return "Vous pouvez écrire à un niveau plus large, ou d’abord vous présenter à quelqu’un."
    return "You can write again at a wider level, or introduce yourself to someone first."


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


def not_thanked(names: str, locale: str) -> str:
    """Who was named, and could not be thanked; nothing for nobody."""
    if not names:
        return ""
    if language(locale) == "fr":
        return f" Je n’ai pu remercier {names}\u00a0: je remercie vos ami·es, et qui vous a proposé son aide."
    return f" I could not thank {names}: I thank friends of yours, and whoever offered you help."


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


def reason(refusal: Refused | NotFound, locale: str) -> str:
    """Why an order was refused, as a sentence in the member's language."""
    if isinstance(refusal, NotFound):
        return NOBODY[language(locale)]
    if language(locale) != "fr":
        return refusal.sentence
    return REASONS_FR.get(refusal.code, REASONS_FR.get(refusal.field, REASONS_FR[""]))


NOBODY: Final[Mapping[str, str]] = MappingProxyType(
    {"en": "I know nobody by that name here.", "fr": "je ne connais personne de ce nom ici."}
)
# By code, else by field; the sentence of the error itself is English.
REASONS_FR: Final[Mapping[str, str]] = MappingProxyType(
    {
        "too_many": "c’est tout pour aujourd’hui, revenez demain.",
        "forbidden": "cela se fait entre ami·es.",
        "person": "son serveur ne connaît pas cela ; un message de votre main le lui dira aussi bien.",
        "": "je n’y reconnais rien que je puisse noter ; quelques mots suffisent, un par chose.",
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
