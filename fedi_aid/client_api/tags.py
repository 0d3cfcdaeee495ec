"""Hashtags: looked at, followed, featured. How much one is used is nobody's business (RULES R7)."""

from typing import Any

from fedi_aid.actions import tags
from fedi_aid.client_api.accounts import someone
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json, Look
from fedi_aid.client_api.entities.small import featured_tag, hashtag
from fedi_aid.client_api.forms import storable
from fedi_aid.client_api.statuses import look_of
from fedi_aid.errors import Refused
from fedi_aid.model.posts import Tag
from fedi_aid.storage import tags as rows
from fedi_aid.storage.tags import KeptTag
from fedi_aid.storage.tx import Tx

SUGGESTED = 10


def _name(call: Call) -> str:
    return storable(str(call.request.path_params["name"])[:200])


def _kept(look: Look, found: KeptTag) -> Json:
    return hashtag(look, Tag(found.tag, found.name), found)


async def show(call: Call) -> Json:
    """GET /api/v1/tags/:name"""
    tag = tags.named(_name(call))
    if call.viewer is None:
        return hashtag(look_of(call), tag, None)
    known = await call.db.read(rows.kept, call.viewer, [tag.folded])
    return hashtag(look_of(call), tag, known.get(tag.folded))


async def follow(call: Call) -> Json:
    """POST /api/v1/tags/:name/follow"""
    return _kept(look_of(call), await call.db.write(tags.follow, call.me, _name(call)))


async def unfollow(call: Call) -> Json:
    """POST /api/v1/tags/:name/unfollow"""
    return _kept(look_of(call), await call.db.write(tags.unfollow, call.me, _name(call)))


async def feature(call: Call) -> Json:
    """POST /api/v1/tags/:name/feature"""
    return _kept(look_of(call), await call.db.write(tags.feature, call.me, _name(call)))


async def unfeature(call: Call) -> Json:
    """POST /api/v1/tags/:name/unfeature"""
    return _kept(look_of(call), await call.db.write(tags.unfeature, call.me, _name(call)))


async def followed(call: Call) -> Any:
    """GET /api/v1/followed_tags; the cursor is the tie's own id, not the tag's."""
    page = call.page(default=100, most=200)
    found = await call.db.read(rows.followed, call.me, page)
    return call.paged([_kept(look_of(call), one) for one in found], page, [one.id for one in found])


# -- featured


async def featured(call: Call) -> list[Json]:
    """GET /api/v1/featured_tags"""
    found = await call.db.read(rows.featured, call.me)
    return [featured_tag(look_of(call), one) for one in found]


async def featured_by(call: Call) -> list[Json]:
    """GET /api/v1/accounts/:id/featured_tags: what a member chose to show; none is known of others."""
    person_id = call.path_id()

    def work(tx: Tx) -> list[Json]:
        someone(tx, person_id)
        return [featured_tag(look_of(call), one) for one in rows.featured(tx, person_id)]

    return await call.db.read(work)


async def add_featured(call: Call) -> Json:
    """POST /api/v1/featured_tags"""
    name = call.form.text("name", limit=1_000).strip()
    if not name:
        raise Refused("Name can't be blank", code="blank", field="name")
    made = await call.db.write(tags.feature, call.me, name[:200])
    return featured_tag(look_of(call), made)


async def remove_featured(call: Call) -> Json:
    """DELETE /api/v1/featured_tags/:id"""
    await call.db.write(tags.unfeature_row, call.me, call.path_id())
    return {}


async def suggestions(call: Call) -> list[Json]:
    """GET /api/v1/featured_tags/suggestions: tags one uses oneself."""
    found = await call.db.read(rows.often_used, call.me, limit=SUGGESTED)
    return [hashtag(look_of(call), one, None) for one in found]
