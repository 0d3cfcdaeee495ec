"""Reading a collection elsewhere: so many pages, all on its own origin; nothing in it believed by itself."""

from typing import Any

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.errors import Refused

TYPES = ("Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage")
PAGES = 3


class Collection:
    """What one said: `owner` it names, `items` as they came, ids or embedded documents."""

    def __init__(self, uri: str, owner: str | None) -> None:
        self.uri = uri
        self.owner = owner
        self.items: list[str | dict[str, Any]] = []


async def read_collection(instance: Instance, uri: str, budget: Budget, *, most: int) -> Collection:
    """At most `most` items of at most three pages (F13); `Refused` for what is no collection. What goes on at
    another origin, or where one has been, ends there."""
    page: object = (await fetch_document(instance, uri, budget)).plain
    found = Collection(uri, documents.link(page, "attributedTo"))
    been = {uri}
    for _ in range(PAGES + 1):
        if not documents.is_type(page, *TYPES):
            raise Refused("This is no list.", log=f"no collection at {uri[:300]}")
        found.items += _items(page)
        following = _next(page)
        if following is None or len(found.items) >= most:
            break
        if isinstance(following, dict):
            page = following
            continue
        if following in been or not documents.same_origin(following, uri) or budget.left <= 0:
            break
        been.add(following)
        page = (await fetch_document(instance, following, budget)).plain
    found.items = found.items[:most]
    return found


def _items(page: object) -> list[str | dict[str, Any]]:
    several: list[str | dict[str, Any]] = []
    for name in ("orderedItems", "items"):
        value = page.get(name) if isinstance(page, dict) else None
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | dict):
                several.append(one)
    return several


def _next(page: object) -> dict[str, Any] | str | None:
    """What follows: the first page of a collection, or the next of a page; embedded where it has items."""
    for name in ("first", "next"):
        value = page.get(name) if isinstance(page, dict) else None
        if isinstance(value, dict):
            return value if "orderedItems" in value or "items" in value else documents.text(value, "id")
        if isinstance(value, str):
            return value
    return None


def id_of(item: str | dict[str, Any]) -> str | None:
    """The id of an item; of an activity in a history, that of what it is about (FEP-171b)."""
    if isinstance(item, str):
        return item
    about = documents.link(item, "object") if documents.is_type(item, "Create", "Add") else None
    return about or documents.text(item, "id")
