"""A careful word about somebody whose influence one might heed, from what this server has seen (PRODUCT S4a).

Facts with their numbers, and no judgement: never a score, never shown to anybody but the member who is being
advised, and nothing at all about somebody of whom too little is known.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final, Literal

import msgspec
from babel.dates import format_date
from babel.numbers import format_decimal

POSTS_ENOUGH: Final = 10
READERS_ENOUGH: Final = 5
DAYS_ENOUGH: Final = 14
FOLLOWERS_ENOUGH: Final = 100
SPIKE_TIMES: Final = 10
SPIKE_SHARE: Final = 0.2
SPIKE_LEAST: Final = 50
RATIO_WORTH_SAYING: Final = 5

Kind = Literal["engagement", "spike", "ratio_many", "ratio_few"]


class Day(msgspec.Struct, frozen=True):
    """Follower figures of one day (days since 1970)."""

    day: int
    followers: int
    following: int | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What this server has seen: `posts` in public, `reactions` to them, how many members here are their
    `readers`, and figures by day, oldest first."""

    posts: int = 0
    reactions: int = 0
    readers: int = 0
    days: tuple[Day, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fact and its evidence. Which numbers a kind has: engagement (posts, reactions, readers), spike
    (before, after, day), ratios (followers, following)."""

    kind: Kind
    numbers: tuple[int, ...]


def findings(known: Known) -> tuple[Finding, ...]:
    """What can be said with enough to go by, in a fixed order; often nothing."""
    found = (_engagement(known), _spike(known.days), _ratio(known.days))
    return tuple(one for one in found if one is not None)


def engagement_rate(known: Known) -> float | None:
    """Reactions per post and reader here, 0 and more; None below ten posts or five readers."""
    if known.posts < POSTS_ENOUGH or known.readers < READERS_ENOUGH:
        return None
    return known.reactions / (known.posts * known.readers)


def _engagement(known: Known) -> Finding | None:
    if engagement_rate(known) is None:
        return None
    return Finding(kind="engagement", numbers=(known.posts, known.reactions, known.readers))


def _spike(days: Sequence[Day]) -> Finding | None:
    """The greatest gain between two figures of neighbouring days, where it is at least ten times the usual
    one, a fifth of the followers of before, and fifty people. None below two weeks of figures or a hundred
    followers."""
    if len(days) < DAYS_ENOUGH or days[-1].followers < FOLLOWERS_ENOUGH:
        return None
    steps = [(later.followers - earlier.followers, earlier, later) for earlier, later in pairwise(days)]
    usual = median(abs(gain) for gain, _, _ in steps)
    gain, earlier, later = max(steps, key=lambda step: step[0])
    least = max(SPIKE_TIMES * max(usual, 1.0), SPIKE_SHARE * earlier.followers, SPIKE_LEAST)
    if gain < least or later.day - earlier.day > 3:
        return None
    return Finding(kind="spike", numbers=(earlier.followers, later.followers, later.day))


def _ratio(days: Sequence[Day]) -> Finding | None:
    """Followers against followed, where one is at least five times the other."""
    if not days:
        return None
    followers, following = days[-1].followers, days[-1].following
    if following is None or max(followers, following) < FOLLOWERS_ENOUGH:
        return None
    if followers >= RATIO_WORTH_SAYING * max(following, 1):
        return Finding(kind="ratio_many", numbers=(followers, following))
    if following >= RATIO_WORTH_SAYING * max(followers, 1):
        return Finding(kind="ratio_few", numbers=(followers, following))
    return None


def sentence(found: Sequence[Finding], locale: str) -> str:
    """The facts in French (`fr…`) or English, with the reminder that they are only what was seen from here;
    empty for no fact."""
    if not found:
        return ""
    language = "fr" if locale.lower().startswith("fr") else "en"
    words = _WORDS[language]
    said = [words[one.kind].format(**_told(one, language)) for one in found]
    return f"{words['opening']} {words['between'].join(said)}. {words['closing']}"


def _told(one: Finding, language: str) -> dict[str, str]:
    if one.kind == "spike":
        before, after, day = one.numbers
        when = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()
        date = format_date(when, format="long", locale=language)
        return {"before": _number(before, language), "after": _number(after, language), "date": date}
    names = ("posts", "reactions", "readers") if one.kind == "engagement" else ("followers", "following")
    return {name: _number(value, language) for name, value in zip(names, one.numbers, strict=True)}


def _number(value: int, language: str) -> str:
    return str(format_decimal(value, locale=language))


_WORDS: Final = {
    "en": {
        "opening": "Seen from this server:",
        "between": "; ",
        "engagement": (
            "{reactions} reactions to the last {posts} public posts that came by, which {readers} members "
            "here could read"
        ),
        "spike": "from {before} to {after} followers around {date}, far more than on other days",
        "ratio_many": "followed by {followers}, following {following}",
        "ratio_few": "followed by {followers}, following {following}",
        "closing": "There may be good reasons for it; it is for you to weigh.",
    },
    "fr": {
        "opening": "Vu depuis ce serveur :",
        "between": " ; ",
        "engagement": (
            "{reactions} réactions aux {posts} derniers messages publics passés par ici, que {readers} "
            "membres pouvaient lire"
        ),
        "spike": "de {before} à {after} abonnés vers le {date}, bien plus que les autres jours",
        "ratio_many": "suivi par {followers} personnes, en suit {following}",
        "ratio_few": "suivi par {followers} personnes, en suit {following}",
        "closing": "Il peut y avoir de bonnes raisons ; à vous d’en juger.",
    },
}
