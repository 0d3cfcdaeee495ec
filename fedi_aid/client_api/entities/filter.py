"""Filter in both versions, and FilterResult: which of the viewer's filters a status runs into."""

from collections.abc import Iterable
from typing import Any

from fedi_aid.client_api.entities.look import Json, Look, maybe_moment
from fedi_aid.model.filters import Filter, FilteredPost, Keyword, matches
from fedi_aid.model.posts import PostView


def filter_v2(found: Filter) -> Json:
    return _head(found) | {
        "keywords": [keyword(one) for one in found.keywords],
        "statuses": [filtered_post(one) for one in found.posts],
    }


def _head(found: Filter) -> Json:
    return {
        "id": str(found.id),
        "title": found.title,
        "context": list(found.places),
        "expires_at": maybe_moment(found.expires_at),
        "filter_action": found.action,
    }


def keyword(one: Keyword) -> Json:
    return {"id": str(one.id), "keyword": one.keyword, "whole_word": one.whole_word}


def filtered_post(one: FilteredPost) -> Json:
    return {"id": str(one.id), "status_id": str(one.post_id)}


def filter_v1(found: Filter, one: Keyword) -> Json:
    """V1::Filter is one keyword of a filter."""
    return {
        "id": str(one.id),
        "phrase": one.keyword,
        "context": list(found.places),
        "whole_word": one.whole_word,
        "expires_at": maybe_moment(found.expires_at),
        "irreversible": found.action == "hide",
    }


def filtered(
    look: Look, view: PostView, filters: Iterable[Filter], options: Iterable[str] = ()
) -> list[Json]:
    """FilterResults of a post, where it stands; nobody's own posts are filtered. `options`: its poll's."""
    if view.post.author_id == look.viewer:
        return []
    texts = [view.post.text, view.post.summary, *(file.alt for file in view.media), *options]
    return [
        {
            "filter": _head(match.filter),
            "keyword_matches": list(match.keywords) or None,
            "status_matches": [str(one) for one in match.post_ids] or None,
        }
        for match in matches(filters, post_id=view.post.id, texts=texts, place=look.place)
    ]


def is_hidden(status: Any) -> bool:
    """The viewer asked not to see this status at all, here."""
    return status is not None and any(one["filter"]["filter_action"] == "hide" for one in status["filtered"])
