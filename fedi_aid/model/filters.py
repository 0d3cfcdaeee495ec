"""Filters: what a member does not want to read, or only behind a warning; for their own eyes (PRODUCT S3).

Pure. A filter matches a post by a word or phrase, or by the post itself, and says where it applies.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

FilterAction = Literal["warn", "hide", "blur"]
Place = Literal["home", "notifications", "public", "thread", "account"]
ACTIONS: Final[tuple[FilterAction, ...]] = get_args(FilterAction)
PLACES: Final[tuple[Place, ...]] = get_args(Place)


class Keyword(msgspec.Struct, frozen=True, kw_only=True):
    """A word or phrase; `whole_word`: not inside a longer word."""

    id: int
    keyword: str
    whole_word: bool


class FilteredPost(msgspec.Struct, frozen=True, kw_only=True):
    """One post that a filter names."""

    id: int
    post_id: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One filter of a member, with what it looks for."""

    id: int
    title: str
    places: tuple[Place, ...]
    action: FilterAction
    expires_at: datetime | None
    keywords: tuple[Keyword, ...] = ()
    posts: tuple[FilteredPost, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A filter that a post runs into, and by what."""

    filter: Filter
    keywords: tuple[str, ...]
    post_ids: tuple[int, ...]


def matches(
    filters: Iterable[Filter], *, post_id: int, texts: Sequence[str], place: Place | None
) -> list[Match]:
    """The filters that a post with these texts runs into; `place` None asks for those of all places."""
    found: list[Match] = []
    for one in filters:
        if place is not None and place not in one.places:
            continue
        words = tuple(word.keyword for word in one.keywords if any(_stands_in(word, text) for text in texts))
        named = tuple(post.post_id for post in one.posts if post.post_id == post_id)
        if words or named:
            found.append(Match(filter=one, keywords=words, post_ids=named))
    return found


def _stands_in(word: Keyword, text: str) -> bool:
    """Without regard to case. A border is only asked for where the phrase begins or ends with a letter."""
    if not word.whole_word:
        return word.keyword.casefold() in text.casefold()
    before = r"(?<!\w)" if re.match(r"\w", word.keyword) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", word.keyword) else ""
    return re.search(f"{before}{re.escape(word.keyword)}{after}", text, re.IGNORECASE) is not None
