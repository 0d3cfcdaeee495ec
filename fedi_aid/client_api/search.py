"""Search: people one may come upon, tags, one's own posts, and by address whatever one may see."""

import re
from typing import Any, Final

from fedi_aid.client_api.accounts import found_people, someone
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.client_api.entities.small import hashtag
from fedi_aid.client_api.entities.status import statuses
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.model.posts import Tag
from fedi_aid.model.text import fold_tag, scan
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views, shelves
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import tags as tag_rows
from fedi_aid.storage.tx import Tx

KINDS: Final = ("accounts", "statuses", "hashtags")
_ADDRESS = re.compile(r"https?://[^\s]+", re.IGNORECASE)
_HANDLE = re.compile(r"@?[^@\s/]+@[^@\s/]+")


async def search(call: Call) -> Json:
    """GET /api/v2/search; `resolve` and `offset` are for members."""
    form = call.form
    words = form.text("q", limit=2_000).strip()
    if not words:
        raise Refused("Q can't be blank", code="bad_request")
    kind = form.text("type", limit=100)
    resolve, offset = form.flag("resolve"), form.number("offset", 0, high=10_000)
    if call.viewer is None and (resolve or offset):
        raise Refused("The access token is invalid", code="unauthorized")
    limit = form.number("limit", 20, low=1, high=40)
    kinds = [one for one in KINDS if kind in ("", one)]
    address = _ADDRESS.fullmatch(words) is not None
    if (
        resolve
        and call.api.resolve is not None
        and (address or _HANDLE.fullmatch(words))
        and call.may_look_up()
    ):
        found = await call.api.resolve(words)
        if found is not None and address:
            return await call.db.read(_by_id, look_of(call), kinds, *found)
    if address:
        return await call.db.read(_by_uri, look_of(call), kinds, words)
    return await call.db.read(_by_words, look_of(call), kinds, words, limit, offset, form.flag("following"))


async def search_v1(call: Call) -> Json:
    """GET /api/v1/search: the same, with tags as mere words."""
    found = await search(call)
    return found | {"hashtags": [tag["name"] for tag in found["hashtags"]]}


def _result(**found: list[Json]) -> Json:
    return {kind: found.get(kind, []) for kind in KINDS}


def _by_id(tx: Tx, look: Look, kinds: list[str], kind: str, row_id: int) -> Json:
    if kind == "person" and "accounts" in kinds:
        return _result(accounts=accounts(tx, look, [someone(tx, row_id)]))
    if kind == "post" and "statuses" in kinds:
        return _result(statuses=statuses(tx, look, post_views.views(tx, look.viewer, [row_id])))
    return _result()


def _by_uri(tx: Tx, look: Look, kinds: list[str], uri: str) -> Json:
    """What is known here under an address, as far as the viewer may see it."""
    found: dict[str, Any] = {}
    if "statuses" in kinds:
        post = post_rows.by_uri(tx, look.viewer, uri)
        page = re.fullmatch(rf"{re.escape(look.base_url)}/@[^/]+/([0-9]+)", uri)
        post_id = post.id if post else int(page[1][:19]) if page else 0
        views = post_views.views(tx, look.viewer, [post_id]) if 0 < post_id < 2**63 else []
        found["statuses"] = statuses(tx, look, views)
    if "accounts" in kinds:
        person = people_rows.by_uri(tx, uri)
        profile = re.fullmatch(rf"{re.escape(look.base_url)}/@([^/@]+)", uri)
        if person is None and profile is not None:
            person = people_rows.by_handle(tx, profile[1])
        shown = person is not None and person.kind != "application" and person.suspended_at is None
        found["accounts"] = accounts(tx, look, [person]) if person is not None and shown else []
    return _result(**found)


def _by_words(
    tx: Tx, look: Look, kinds: list[str], words: str, limit: int, offset: int, following: bool
) -> Json:
    found: dict[str, list[Json]] = {}
    if "accounts" in kinds:
        found["accounts"] = found_people(tx, look, words, limit=limit, offset=offset, following=following)
    if "hashtags" in kinds and offset == 0:
        found["hashtags"] = _tags(tx, look, words)
    if "statuses" in kinds and look.viewer is not None:
        mine = shelves.search_own(tx, look.viewer, words, limit=limit, offset=offset)
        found["statuses"] = statuses(tx, look, mine)
    return _result(**found)


def _tags(tx: Tx, look: Look, words: str) -> list[Json]:
    """The tag the words are, if they can be one; how much it is used is nobody's business (RULES R7)."""
    tags = scan(f"#{words.lstrip('#')}").tags
    if len(tags) != 1 or tags[0].name != words.lstrip("#"):
        return []
    folded = fold_tag(tags[0].name)
    kept = tag_rows.kept(tx, look.viewer, [folded]) if look.viewer is not None else {}
    return [hashtag(look, Tag(folded, tags[0].name), kept.get(folded))]
