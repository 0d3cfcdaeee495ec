"""Who calls: the bearer token, in the header, the query or the body; and whether it may do this."""

from collections.abc import Sequence
from typing import Final, Literal

from starlette.requests import HTTPConnection

from fedi_aid.actions import access
from fedi_aid.actions.access import Caller
from fedi_aid.actions.instance import Instance
from fedi_aid.client_api.errors import INVALID_TOKEN, OUT_OF_SCOPE
from fedi_aid.client_api.forms import Form
from fedi_aid.errors import Refused
from fedi_aid.model.moderation import RANKS
from fedi_aid.model.people import Member

Need = Literal["public", "app", "user", "moderator", "admin"]
_RANK_NEEDED: Final[dict[Need, int]] = {
    "user": RANKS["member"],
    "moderator": RANKS["moderator"],
    "admin": RANKS["admin"],
}
MAX_TOKEN: Final = 200
REASONS: Final = {
    "waiting": "Your login is currently pending approval",
    "disabled": "Your login is currently disabled",
    "suspended": "Your login is currently disabled",
}


def token_of(request: HTTPConnection, form: Form | None = None) -> str | None:
    """The token of a request; None when it carries none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        return given.strip()[:MAX_TOKEN]
    if form is not None and "access_token" in form:
        return form.text("access_token", limit=1_000)[:MAX_TOKEN]
    return (request.query_params.get("access_token") or "")[:MAX_TOKEN] or None


async def identify(instance: Instance, token: str | None) -> Caller | None:
    """Who a token stands for; Refused 401 for one that opens nothing."""
    if token is None:
        return None
    caller = await instance.db.read(access.caller_of_token, token)
    if caller is None:
        raise Refused(INVALID_TOKEN, code="unauthorized")
    if caller.stale:
        member_id = caller.member.id if caller.member else None
        await instance.db.write(access.note_use, caller.token_id, member_id)
    return caller


def permit(caller: Caller | None, need: Need, scopes: Sequence[str]) -> Caller | None:
    """The caller, if an endpoint that needs this lets them in; any one of the scopes is enough.

    Refused 401 without the token it takes, 403 for the wrong scope or a member who may not act. A public
    endpoint treats a caller without the scope as a visitor.
    """
    if caller is None:
        if need == "public":
            return None
        raise Refused(INVALID_TOKEN, code="unauthorized")
    allowed = not scopes or any(caller.may(scope) for scope in scopes)
    if need == "public":
        active = caller.member is not None and caller.member.state == "active"
        return caller if allowed and active else None
    if not allowed:
        raise Refused(OUT_OF_SCOPE, code="forbidden")
    if need != "app":
        member = active_member(caller)
        if RANKS[member.role] < _RANK_NEEDED[need]:
            raise Refused("This action is not allowed", code="forbidden")
    return caller


def active_member(caller: Caller) -> Member:
    """The member behind a token. Refused 422 for an app's own token, 403 for one who may not act."""
    if caller.member is None:
        raise Refused("This method requires an authenticated user", code="user_needed")
    if caller.member.state != "active":
        raise Refused(REASONS.get(caller.member.state, "This action is not allowed"), code="forbidden")
    return caller.member
