"""OAuth's page: an app asks, a member answers (RFC 6749 §4.1.1–4.1.2.1; CLIENT_API pitfalls of login).

It works without scripts in a window inside an app. The code goes nowhere before an app and its address are
known: until then every fault is a page, never a redirect. A fault of a known app is told to it only once
somebody is logged in, so that our address cannot be used to send strangers elsewhere (RFC 9700 §4.11.2).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from fedi_aid.actions import access
from fedi_aid.actions.access import App, AuthorizeRequest, OAuthRefused
from fedi_aid.errors import NotFound
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import access as access_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.consent import explain_scopes
from fedi_aid.web.pages import PATHS
from fedi_aid.web.sessions import login_path
from fedi_aid.web.visit import ErrorKind, Visit

FAULTS: Final[dict[str, ErrorKind]] = {
    "invalid_client": "bad_app",
    "invalid_redirect_uri": "bad_redirect",
    "invalid_scope": "bad_scope",
}


async def show(visit: Visit) -> Response:
    """GET /oauth/authorize."""
    asked, fault = await _checked(visit, visit.query)
    if fault is not None and not fault.location:
        return visit.error(FAULTS.get(fault.code, "bad_request"))
    here = _again(visit.raw_query)
    if visit.session is None or (asked is not None and asked.force_login):
        return visit.redirect(login_path(here, again=visit.session is not None), 302)
    if asked is None:
        return visit.redirect(fault.location if fault else PATHS.home, 302)
    return visit.page(
        "authorize.html",
        redirect_uri=asked.redirect_uri,
        app=shown.asking_app(asked),
        asks=explain_scopes(asked.scopes),
        request=asked.params(),
        switch=login_path(here, again=True),
        csrf=visit.session.csrf,
    )


async def answer(visit: Visit) -> Response:
    """POST /oauth/authorize: the member allowed or denied. Nothing of the request is taken on trust."""
    form = await visit.form()
    asked, fault = await _checked(visit, form)
    if asked is None:
        return visit.error(FAULTS.get(fault.code, "bad_request") if fault else "bad_request")
    if visit.session is None:
        return visit.redirect(login_path(f"{PATHS.authorize}?{urlencode(asked.params())}"))
    visit.check_session_form(form, visit.session)
    if form.get("decision") == "deny":
        return visit.redirect(access.deny(asked) or PATHS.home, 302)
    if form.get("decision") != "allow":
        return visit.error("bad_request")
    granted = await visit.db.write(access.grant_code, asked, visit.session.member.id)
    return visit.redirect(granted.location, 302)


async def show_code(visit: Visit) -> Response:
    """GET /oauth/authorize/native?code=…: for apps that cannot be returned to. Only for whom the code is."""
    code = visit.query.get("code", "")
    if visit.session is None:
        return visit.redirect(login_path(_again(visit.raw_query, f"{PATHS.authorize}/native")), 302)
    app = await visit.db.read(_app_of_fresh_code, visit.session.member.id, code)
    return visit.page("oob.html", code=code, app=app.name, query="")


def _app_of_fresh_code(tx: Tx, member_id: PersonId, code: str) -> App:
    found = access_rows.code(tx, access.digest(code))
    app = access.app_of_code(tx, code)
    if found is None or app is None or found.member_id != member_id:
        raise NotFound
    if found.used_at is not None or found.expires_at <= tx.now:
        raise NotFound
    return app


async def _checked(
    visit: Visit, params: Mapping[str, str]
) -> tuple[AuthorizeRequest | None, OAuthRefused | None]:
    """What is asked, or what is wrong with it."""
    try:
        return await visit.db.read(access.prepare_authorization, params), None
    except OAuthRefused as fault:
        return None, fault


def _again(query: str, path: str = PATHS.authorize) -> str:
    """The same request as a path to come back to; the login it forced has then happened."""
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "force_login"]
    return f"{path}?{urlencode(kept)}"
