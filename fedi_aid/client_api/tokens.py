"""A member's tokens: which programs hold one, and the end of any of them."""

from fedi_aid.actions import access
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json, day, moment
from fedi_aid.storage.access import Token


async def index(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/tokens: which programs may act for me, newest first"""
    found = await call.db.read(access.own_tokens, call.me)
    return [_token(call, one) for one in found]


def _token(call: Call, found: Token) -> Json:
    """Never the token itself: nobody here knows it."""
    assert call.caller is not None
    return {
        "id": str(found.id),
        "app": {"name": found.app.name, "website": found.app.website},
        "scopes": list(found.scopes),
        "created_at": moment(found.created_at),
        "last_used_on": day(found.last_used_at) if found.last_used_at else None,
        "current": found.id == call.caller.token_id,
    }


async def revoke(call: Call) -> Json:
    """DELETE /api/v1/fedi_aid/tokens/:id: that program may act for me no more; also the one that asks"""
    await call.db.write(access.revoke_own, call.me, call.path_id())
    return {}
