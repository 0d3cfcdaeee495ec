"""Sign-up: the charter is read and accepted first; what was typed is kept on every way back."""

import hashlib
from typing import Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import registration
from fedi_aid.errors import Refused
from fedi_aid.model.charter import charter_in
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
        return visit.redirect(PATHS.home)
    invitation = visit.query.get("invitation", "")[: LONGEST["invitation"]]
    return _form_page(visit, {"invitation": invitation} if invitation else {}, {})


async def sign_up(visit: Visit) -> Response:
    """POST /signup."""
    form = await visit.form()
    if visit.session is not None:
        return visit.redirect(PATHS.home)
    typed = {name: _line_ends(form.get(name, ""))[:longest] for name, longest in LONGEST.items()}
    password = form.get("password", "")
    if visit.site.registration == "closed":
        return _form_page(visit, {}, {}, status=403)
    if not visit.is_our_form(form):
        return _form_page(visit, typed, {"": "stale_form"}, status=403)
    if not visit.desk.sign_ups.take(visit.address, visit.seconds):
        return _form_page(visit, typed, {"": "too_often"}, status=429)
    problems = _problems(visit, typed, password)
    if problems:
        return _form_page(visit, typed, problems, status=422)
    try:
        member = await _register(visit, typed, password)
    except Refused as refusal:
        key = problem_for(refusal.field, refusal.code)
        field = refusal.field if refusal.field in (*LONGEST, "password") else ""
        return _form_page(visit, typed, {field: key}, status=422)
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


async def _register(visit: Visit, typed: dict[str, str], password: str) -> Member:
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
        charter_version=charter_version(visit.language),
        address=visit.address,
    )


def charter_version(language: Language) -> str:
    """Which words were accepted: the language, and a digest of the text in it."""
    words = msgspec.json.encode(charter_in(language))
    return f"{language}-{hashlib.sha256(words).hexdigest()[:16]}"


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


def _form_page(visit: Visit, typed: dict[str, str], problems: Problems, *, status: int = 200) -> Response:
    return visit.page(
        "signup.html",
        status=status,
        charter=charter_in(visit.language),
        typed=typed,
        problems=problems,
        password_min=registration.PASSWORD_MIN,
        csrf=visit.form_token(),
    )
