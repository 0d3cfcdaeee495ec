"""Sign-up: the charter is read and accepted first; what was typed is kept on every way back."""

from typing import Final

from starlette.responses import Response

from fedi_aid.actions import charters, registration
from fedi_aid.errors import Refused
from fedi_aid.model.charter import Charter
from fedi_aid.model.names import valid_local_username
from fedi_aid.model.people import Member
from fedi_aid.web import shown
from fedi_aid.web.i18n import LANGUAGES, Language
from fedi_aid.web.pages import PATHS, problem_for
from fedi_aid.web.sessions import start_session
from fedi_aid.web.visit import Visit

# Field → what is looked at before anything slow is done; the action decides the rest.
LONGEST: Final = {
    "agreement": 10,
    "charter": 20,
    "username": 100,
    "display_name": 400,
    "email": 400,
    "language": 10,
    "reason": 4_000,
    "invitation": 200,
}
Problems = dict[str, str]


async def show(visit: Visit) -> Response:
    """GET /signup; an invitation may come with the link."""
    if visit.session is not None:
        return visit.redirect(PATHS.today)
    invitation = visit.query.get("invitation", "")[: LONGEST["invitation"]]
    return await _form_page(visit, {"invitation": invitation} if invitation else {}, {})


async def sign_up(visit: Visit) -> Response:
    """POST /signup."""
    form = await visit.form()
    if visit.session is not None:
        return visit.redirect(PATHS.today)
    typed = {name: _line_ends(form.get(name, ""))[:longest] for name, longest in LONGEST.items()}
    password = form.get("password", "")
    if visit.site.registration == "closed":
        return await _form_page(visit, {}, {}, status=403)
    if not visit.is_our_form(form):
        return await _form_page(visit, typed, {"": "stale_form"}, status=403)
    if not visit.desk.sign_ups.take(visit.address, visit.seconds):
        return await _form_page(visit, typed, {"": "too_often"}, status=429)
    holds = await visit.db.read(charters.current)
    problems = _problems(visit, typed, password)
    if typed["agreement"] == "yes" and typed["charter"] != holds.version:
        problems = {"agreement": "charter_changed"} | problems
    if problems:
        return await _form_page(visit, typed, problems, status=422)
    try:
        member = await _register(visit, typed, password, holds)
    except Refused as refusal:
        key = problem_for(refusal.field, refusal.code)
        field = refusal.field if refusal.field in (*LONGEST, "password") else ""
        return await _form_page(visit, typed, {field: key}, status=422)
    return await _welcome(visit, member)


def _line_ends(text: str) -> str:
    """As its author counted it: browsers send two signs for a line end."""
    return text.replace("\r\n", "\n").strip()


def _problems(visit: Visit, typed: dict[str, str], password: str) -> Problems:
    """Everything that can be seen at once: nobody should have to send the form five times."""
    mode = visit.site.registration
    wrong = {
        "agreement": typed["agreement"] != "yes",
        "display_name": len(typed["display_name"]) > registration.DISPLAY_NAME_MAX,
        "username": not valid_local_username(typed["username"].lower()),
        "email": "@" not in typed["email"],
        "password": not registration.PASSWORD_MIN <= len(password) <= registration.PASSWORD_MAX,
        "language": typed["language"] not in LANGUAGES,
        "reason": mode == "approval" and not 0 < len(typed["reason"]) <= registration.REASON_MAX,
        "invitation": mode == "invite" and not typed["invitation"],
    }
    return {field: problem_for(field, "invalid") for field, is_wrong in wrong.items() if is_wrong}


async def _register(visit: Visit, typed: dict[str, str], password: str, holds: Charter) -> Member:
    """Make the account. Hash and keys take long and are made first, in a thread."""
    mode = visit.site.registration
    password_hash = await visit.desk.in_thread(registration.hash_password, password)
    keys = await visit.desk.in_thread(registration.new_keys)
    return await visit.db.write(
        registration.sign_up,
        username=typed["username"],
        email=typed["email"],
        password_hash=password_hash,
        keys=keys,
        display_name=typed["display_name"],
        locale=typed["language"],
        word=typed["reason"] if mode == "approval" else "",
        invitation=typed["invitation"] if mode == "invite" else "",
        charter_version=holds.version,
        address=visit.address,
    )


async def _welcome(visit: Visit, member: Member) -> Response:
    """Logged in at once where no moderator has to look first."""
    waiting = member.state != "active"
    language: Language = "fr" if member.locale == "fr" else "en"
    visit.keep_language(language)
    if not waiting:
        await start_session(visit, member.id)
    person = shown.me(visit.instance.house, member)
    return visit.page(
        "signup_done.html", query="", person=person, waiting=waiting, me=None if waiting else person
    )


async def _form_page(
    visit: Visit, typed: dict[str, str], problems: Problems, *, status: int = 200
) -> Response:
    holds = await visit.db.read(charters.current)
    return visit.page(
        "signup.html",
        status=status,
        charter=holds.said_in(visit.language),
        version=holds.version,
        typed=typed,
        problems=problems,
        password_min=registration.PASSWORD_MIN,
        csrf=visit.form_token(),
    )
