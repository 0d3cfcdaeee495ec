"""Logging in and out, and a member's own page."""

import hashlib
from contextlib import suppress
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.responses import Response

from fedi_aid.actions import access, judging, registration, second_factor
from fedi_aid.actions.access import NewSession
from fedi_aid.errors import NotFound
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import access as access_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown, trust
from fedi_aid.web.pages import PATHS
from fedi_aid.web.trust import own_path
from fedi_aid.web.visit import Visit, row_id

MAX_LOGIN = 254
MAX_AGENT = 200
MAX_CODE = 40
NOT_ACTIVE = {
    "waiting": "waiting",
    "disabled": "suspended",
    "suspended": "suspended",
}  # state → key of the catalogue's `problem`


def login_path(next_path: str, *, again: bool = False) -> str:
    """The login page that leads on to a path; `again`: also for who is logged in."""
    fields = {"next": next_path} | ({"again": "yes"} if again else {})
    return f"{PATHS.login}?{urlencode(fields, quote_via=quote)}"


# -- login


async def show_login(visit: Visit) -> Response:
    """GET /login?next=…&again=…"""
    next_path = own_path(visit.query.get("next", ""))
    if visit.session is not None and visit.query.get("again") != "yes":
        return visit.redirect(next_path or PATHS.today)
    return await _login_page(visit, next_path)


async def log_in(visit: Visit) -> Response:
    """POST /login. An unknown login and a wrong password give one answer after one and the same time."""
    form = await visit.form()
    typed, next_path = form.get("login", "").strip()[:MAX_LOGIN], own_path(form.get("next", ""))
    if not visit.is_our_form(form):
        return await _login_page(visit, next_path, typed, "stale_form", status=403)
    who = hashlib.sha256(typed.lower().lstrip("@").encode()).hexdigest()
    allowed = visit.desk.logins_from_address.take(visit.address, visit.seconds)
    if not (visit.desk.logins_as_one.take(who, visit.seconds) and allowed):
        return await _login_page(visit, next_path, typed, "too_often", status=429)
    found = await visit.db.read(registration.login, typed)
    password_hash = found[1] if found else None
    right = await visit.desk.in_thread(registration.check_password, password_hash, form.get("password", ""))
    if not right or found is None or found[0].state == "deleted":
        return await _login_page(visit, next_path, typed, "wrong_login", status=422)
    visit.desk.logins_as_one.forgive(who)
    member = found[0]
    if member.state != "active":
        reason = await visit.db.read(judging.why_shut_out, member.id)
        passed = trust.passed_word(visit.desk.key, member.id, visit.db.clock()) if reason else ""
        return await _login_page(
            visit, next_path, typed, NOT_ACTIVE[member.state], status=403, reason=reason, passed=passed
        )
    if await visit.db.read(second_factor.is_on, member.id):
        return code_page(visit, trust.passed_word(visit.desk.key, member.id, visit.db.clock()), next_path)
    await start_session(visit, member.id)
    return visit.redirect(next_path or PATHS.today)


async def log_in_with_code(visit: Visit) -> Response:
    """POST /login/code: the second step, in the minutes after the first."""
    form = await visit.form()
    next_path, passed = own_path(form.get("next", "")), form.get("passed", "")
    member_id = trust.who_passed(visit.desk.key, passed, visit.db.clock())
    if not visit.is_our_form(form) or member_id is None:
        return await _login_page(visit, next_path, "", "stale_form", status=403)
    if not visit.desk.codes_of_one.take(str(member_id), visit.seconds):
        return code_page(visit, passed, next_path, "too_often", status=429)
    me = PersonId(member_id)
    if not await visit.db.write(second_factor.check, me, form.get("code", "")[:MAX_CODE]):
        return code_page(visit, passed, next_path, "wrong_code", status=422)
    visit.desk.codes_of_one.forgive(str(member_id))
    await start_session(visit, me)
    return visit.redirect(next_path or PATHS.today)


def code_page(visit: Visit, passed: str, next_path: str, problem: str = "", *, status: int = 200) -> Response:
    """Asks for the code, after the password was right."""
    return visit.page(
        "login_code.html",
        status=status,
        query="",
        problem=problem,
        passed=passed,
        next=next_path,
        csrf=visit.form_token(),
    )


async def start_session(visit: Visit, member_id: PersonId) -> None:
    """Log this browser in, and out of what it was in before."""
    agent = visit.request.headers.get("user-agent", "").replace("\x00", "")[:MAX_AGENT]
    made = await visit.db.write(_open, member_id, agent, visit.session_secret)
    visit.keep_session(made.secret)


def _open(tx: Tx, member_id: PersonId, agent: str, before: str) -> NewSession:
    if before:
        access.close_session(tx, before)
    return access.open_session(tx, member_id, agent=agent)


async def _login_page(
    visit: Visit,
    next_path: str,
    typed: str = "",
    problem: str = "",
    *,
    status: int = 200,
    reason: str = "",
    passed: str = "",
) -> Response:
    asked = _asked_by_app(next_path)
    client_id, redirect_uri = asked.get("client_id", ""), asked.get("redirect_uri", "")
    app = await visit.db.read(access_rows.app_by_client_id, client_id) if client_id else None
    return visit.page(
        "login.html",
        status=status,
        # Browsers hold every redirect after a form to `form-action`: login may end at the app.
        redirect_uri=redirect_uri if app and redirect_uri in app.redirect_uris else "",
        query=login_path(next_path, again=visit.query.get("again") == "yes").partition("?")[2],
        problem=problem,
        reason=reason,
        passed=passed,
        typed=typed,
        next=next_path,
        app=app.name if app else "",
        csrf=visit.form_token(),
    )


def _asked_by_app(next_path: str) -> dict[str, str]:
    """What an app asked where login goes on to the consent page; nothing elsewhere."""
    parts = urlsplit(next_path)
    if parts.path != PATHS.authorize or "%00" in parts.query:
        return {}
    return dict(parse_qsl(parts.query))


async def log_out(visit: Visit) -> Response:
    """POST /logout."""
    form = await visit.form()
    if visit.session is not None:
        visit.check_session_form(form, visit.session)
        await visit.db.write(access.close_session, visit.session_secret)
        visit.drop_session()
    return visit.redirect(PATHS.landing)


# -- the member's page


async def home(visit: Visit) -> Response:
    """GET /home."""
    if visit.session is None:
        return visit.redirect(login_path(PATHS.home))
    tokens = await visit.db.read(access.authorised_apps, visit.session.member.id)
    return visit.page(
        "home.html",
        apps=[shown.authorised_app(token) for token in tokens],
        csrf=visit.session.csrf,
    )


async def revoke_app(visit: Visit) -> Response:
    """POST /home/apps/revoke. An app that holds no key any more is as good as done."""
    form = await visit.form()
    if visit.session is None:
        return visit.redirect(login_path(PATHS.home))
    visit.check_session_form(form, visit.session)
    with suppress(NotFound):
        await visit.db.write(access.revoke_app, visit.session.member.id, row_id(form.get("app", "")))
    return visit.redirect(PATHS.home)
