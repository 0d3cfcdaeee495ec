"""Filters: a member's own, and what may stand in one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.filters import ACTIONS, PLACES, Filter, FilteredPost, Keyword
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_name
from fedi_aid.storage import filters
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx

FILTERS_MAX: Final = 100
KEYWORDS_MAX: Final = 100
POSTS_MAX: Final = 200
TITLE_MAX: Final = 256
KEYWORD_MAX: Final = 512


class KeywordWish(msgspec.Struct, frozen=True, kw_only=True):
    """A keyword to add (`id` None), to change, or to remove."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    remove: bool = False


class FilterWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; None stays. `forever` takes the end away."""

    title: str | None = None
    places: tuple[str, ...] | None = None
    action: str | None = None
    lasts: timedelta | None = None
    forever: bool = False
    keywords: tuple[KeywordWish, ...] = ()


def own(tx: Tx, me: PersonId, filter_id: int) -> Filter:
    """A filter of one's own, expired or not. NotFound."""
    found = filters.all_of(tx, me, only_id=filter_id)
    if not found:
        raise NotFound
    return found[0]


def make(tx: Tx, me: PersonId, wish: FilterWish) -> Filter:
    """A new filter. Refused for one without a title or a place."""
    if filters.count(tx, me) >= FILTERS_MAX:
        raise Refused(f"At most {FILTERS_MAX} filters")
    values = {"action": "warn"} | _values(tx, msgspec.structs.replace(wish, title=wish.title or ""))
    if "contexts" not in values:
        raise Refused("Context can't be blank", code="blank", field="context")
    filter_id = filters.insert(tx, me, **values)
    _change_keywords(tx, own(tx, me, filter_id), wish.keywords)
    return _changed(tx, me, filter_id)


def change(tx: Tx, me: PersonId, filter_id: int, wish: FilterWish) -> Filter:
    """Change what is given. NotFound, Refused."""
    known = own(tx, me, filter_id)
    values = _values(tx, wish)
    if values:
        filters.change(tx, filter_id, **values)
    _change_keywords(tx, known, wish.keywords)
    return _changed(tx, me, filter_id)


def _changed(tx: Tx, me: PersonId, filter_id: int) -> Filter:
    tx.announce("filters", member_id=me)
    return own(tx, me, filter_id)


def drop(tx: Tx, me: PersonId, filter_id: int) -> None:
    own(tx, me, filter_id)
    filters.drop(tx, filter_id)
    tx.announce("filters", member_id=me)


def _values(tx: Tx, wish: FilterWish) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if wish.title is not None:
        values["title"] = _title(wish.title)
    if wish.places is not None:
        values["contexts"] = _places(wish.places)
    if wish.action is not None:
        if wish.action not in ACTIONS:
            raise Refused("Filter action is not included in the list", field="filter_action")
        values["action"] = wish.action
    if wish.forever:
        values["expires_at"] = None
    elif wish.lasts is not None:
        values["expires_at"] = tx.now + wish.lasts
    return values


def _title(title: str) -> str:
    if len(title) > TITLE_MAX:
        raise Refused(f"Title has at most {TITLE_MAX} characters", field="title")
    title = clean_name(title, TITLE_MAX)
    if not title:
        raise Refused("Title can't be blank", code="blank", field="title")
    return title


def _places(places: Sequence[str]) -> list[str]:
    known = list(dict.fromkeys(place for place in places if place))
    if not known:
        raise Refused("Context can't be blank", code="blank", field="context")
    if not set(known) <= set(PLACES):
        raise Refused("Context is not included in the list", field="context")
    return known


# -- keywords


def _change_keywords(tx: Tx, known: Filter, wishes: Sequence[KeywordWish]) -> None:
    by_id = {one.id: one for one in known.keywords}
    number = len(by_id)
    for wish in wishes:
        old = by_id.get(wish.id) if wish.id is not None else None
        if wish.id is not None and old is None:
            raise NotFound
        if wish.remove:
            if old is not None:
                filters.drop_keyword(tx, old.id)
                number -= 1
            continue
        number += old is None
        _put_keyword(tx, known.id, old, wish)
    if number > KEYWORDS_MAX:
        raise Refused(f"At most {KEYWORDS_MAX} keywords in a filter", field="keywords_attributes")


def _put_keyword(tx: Tx, filter_id: int, old: Keyword | None, wish: KeywordWish) -> int:
    word = wish.keyword if wish.keyword is not None else old.keyword if old else ""
    whole = wish.whole_word if wish.whole_word is not None else old.whole_word if old else True
    word = word.strip()
    if not word:
        raise Refused("Keyword can't be blank", code="blank", field="keyword")
    if len(word) > KEYWORD_MAX:
        raise Refused(f"Keyword has at most {KEYWORD_MAX} characters", field="keyword")
    return filters.put_keyword(tx, filter_id, word, whole, row_id=old.id if old else None)


def keyword(tx: Tx, me: PersonId, row_id: int) -> Keyword:
    """NotFound unless it is in a filter of one's own."""
    return _keyword(tx, me, row_id)[1]


def _keyword(tx: Tx, me: PersonId, row_id: int) -> tuple[Filter, Keyword]:
    known = filters.of_keyword(tx, me, row_id)
    if known is None:
        raise NotFound
    return known, next(one for one in known.keywords if one.id == row_id)


def add_keyword(tx: Tx, me: PersonId, filter_id: int, wish: KeywordWish) -> Keyword:
    """NotFound, Refused."""
    known = own(tx, me, filter_id)
    if len(known.keywords) >= KEYWORDS_MAX:
        raise Refused(f"At most {KEYWORDS_MAX} keywords in a filter", field="keyword")
    row_id = _put_keyword(tx, filter_id, None, wish)
    tx.announce("filters", member_id=me)
    return keyword(tx, me, row_id)


def change_keyword(tx: Tx, me: PersonId, row_id: int, wish: KeywordWish) -> Keyword:
    """NotFound, Refused."""
    known, old = _keyword(tx, me, row_id)
    _put_keyword(tx, known.id, old, wish)
    tx.announce("filters", member_id=me)
    return keyword(tx, me, row_id)


def drop_keyword(tx: Tx, me: PersonId, row_id: int) -> Filter:
    """NotFound; the filter as it was before."""
    known, old = _keyword(tx, me, row_id)
    filters.drop_keyword(tx, old.id)
    tx.announce("filters", member_id=me)
    return known


# -- posts


def add_post(tx: Tx, me: PersonId, filter_id: int, post_id: int) -> FilteredPost:
    """Filter one post that the member may see. NotFound, Refused."""
    known = own(tx, me, filter_id)
    post = post_rows.get(tx, me, post_id)
    if post is None:
        raise NotFound
    if any(one.post_id == post.id for one in known.posts):
        raise Refused("Status has already been taken", code="taken", field="status_id")
    if len(known.posts) >= POSTS_MAX:
        raise Refused(f"At most {POSTS_MAX} posts in a filter", field="status_id")
    row_id = filters.put_post(tx, filter_id, post.id)
    tx.announce("filters", member_id=me)
    return FilteredPost(id=row_id, post_id=post.id)


def filtered_post(tx: Tx, me: PersonId, row_id: int) -> FilteredPost:
    """NotFound unless it is in a filter of one's own."""
    known = filters.of_post(tx, me, row_id)
    if known is None:
        raise NotFound
    return next(one for one in known.posts if one.id == row_id)


def drop_post(tx: Tx, me: PersonId, row_id: int) -> FilteredPost:
    """NotFound; what was removed."""
    gone = filtered_post(tx, me, row_id)
    filters.drop_post(tx, gone.id)
    tx.announce("filters", member_id=me)
    return gone
