"""Registering client programs. Clients keep what they get for ever, so apps are never purged."""

from fedi_aid.actions import access
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.small import application, new_application
from fedi_aid.errors import Refused


async def register(call: Call) -> Json:
    """POST /api/v1/apps: `redirect_uris` is a string, lines, or a list."""
    form = call.form
    uris = tuple(line for text in form.texts("redirect_uris", limit=40) for line in text.split())
    made = await call.db.write(
        access.register_app,
        name=form.text("client_name", limit=1_000),
        redirect_uris=uris,
        scopes=form.text("scopes", limit=2_000),
        website=form.maybe("website", limit=4_000),
    )
    return new_application(made, call.instance.house.vapid.public)


async def verify(call: Call) -> Json:
    """GET /api/v1/apps/verify_credentials: with any token."""
    if call.caller is None:
        raise Refused("The access token is invalid", code="unauthorized")
    return application(call.caller.app, call.instance.house.vapid.public)
