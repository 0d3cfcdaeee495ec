"""Servers that a member does not want to hear of."""

from typing import Any

from fedi_aid.actions import ties
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.storage import ties as tie_rows


def _domain(call: Call) -> str:
    return call.form.text("domain", limit=1_000)


async def index(call: Call) -> Any:
    """GET /api/v1/domain_blocks; the cursor is when a server was blocked."""
    page = call.page(default=100, most=200)
    found = [
        (int(when.timestamp() * 1000), domain)
        for when, domain in await call.db.read(tie_rows.muted_domains, call.me)
    ]
    if page.max_id is not None:
        found = [one for one in found if one[0] < page.max_id]
    after = max(page.since_id or 0, page.min_id or 0)
    found = [one for one in found if one[0] > after]
    found = found[-page.limit :] if page.min_id else found[: page.limit]
    return call.paged([domain for _, domain in found], page, [cursor for cursor, _ in found])


async def create(call: Call) -> Json:
    """POST /api/v1/domain_blocks"""
    await call.db.write(ties.mute_domain, call.me, _domain(call))
    return {}


async def remove(call: Call) -> Json:
    """DELETE /api/v1/domain_blocks"""
    await call.db.write(ties.unmute_domain, call.me, _domain(call))
    return {}


async def preview(call: Call) -> Json:
    """GET /api/v1/domain_blocks/preview: what blocking it would cut."""
    followed, followers = await call.db.read(ties.ties_with_domain, call.me, _domain(call))
    return {"following_count": followed, "followers_count": followers}
