"""Tokens: POST /oauth/token and /oauth/revoke (RFC 6749 §4.1.3, §4.4, RFC 7009), form or JSON."""

import base64
import binascii
from urllib.parse import unquote_plus

from starlette.responses import Response

from fedi_aid.actions import access
from fedi_aid.actions.access import NewToken, OAuthRefused
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.look import Json
from fedi_aid.client_api.entities.small import token as shown
from fedi_aid.client_api.errors import answer_to
from fedi_aid.client_api.forms import storable


def client_of(call: Call) -> tuple[str, str | None]:
    """Id and secret of the app, from the body or from HTTP Basic; the secret is None when there is none.

    Refused where both are used and name two apps (RFC 6749 §2.3).
    """
    scheme, _, given = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise _invalid("The Authorization header cannot be read.") from None
        named = storable(unquote_plus(name))
        if call.form.text("client_id", named, limit=1_000) not in (named, ""):
            raise _invalid("The Authorization header and the body name two clients.")
        return named, storable(unquote_plus(secret))
    secret_given = call.form.maybe("client_secret", limit=1_000)
    return call.form.text("client_id", limit=1_000), secret_given or None


def _invalid(sentence: str) -> OAuthRefused:
    return OAuthRefused("invalid_request", sentence)


def _required(call: Call, name: str) -> str:
    value = call.form.text(name, limit=4_000)
    if not value:
        raise _invalid(f"Missing required parameter: {name}.")
    return value


async def issue(call: Call) -> Json | Response:
    """POST /oauth/token: `authorization_code` or `client_credentials`. Tokens do not expire."""
    try:
        return await _issued(call)
    except OAuthRefused as refused:
        by_header = call.request.headers.get("authorization", "").lower().startswith("basic ")
        if refused.code != "invalid_client" or not by_header:
            raise
        # Only to whom tried that way (RFC 6749 §5.2): a browser would ask its user for a password.
        answer: Response = answer_to(refused)
        answer.headers["WWW-Authenticate"] = 'Basic realm="fedi_aid"'
        return answer


async def _issued(call: Call) -> Json:
    grant = _required(call, "grant_type")
    if grant == "authorization_code":
        return shown(await _for_code(call))
    if grant == "client_credentials":
        client_id, secret = client_of(call)
        scope = call.form.text("scope", limit=2_000)
        made = await call.db.write(
            access.client_credentials, client_id=client_id, client_secret=secret, scope=scope
        )
        return shown(made)
    raise OAuthRefused(
        "unsupported_grant_type", "The authorization grant type is not supported by the server."
    )


async def _for_code(call: Call) -> NewToken:
    client_id, secret = client_of(call)
    made = await call.db.write(
        access.exchange_code,
        client_id=client_id,
        client_secret=secret,
        code=_required(call, "code"),
        redirect_uri=_required(call, "redirect_uri"),
        verifier=call.form.maybe("code_verifier", limit=1_000),
    )
    if made is None:  # used before: the first token is revoked by now
        raise access.invalid_grant()
    return made


async def revoke(call: Call) -> Json:
    """POST /oauth/revoke"""
    client_id, secret = client_of(call)
    given = call.form.text("token", limit=1_000)
    await call.db.write(access.revoke, client_id=client_id, client_secret=secret, token=given)
    return {}
