"""The first set-up, in the browser: while nobody is admin, whoever has the code that the server printed when
it started names the instance and becomes its first admin."""

import hashlib
import hmac
from typing import Final

from starlette.responses import Response

from fedi_aid.actions import charters, house_settings, registration
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.secret import key_for
from fedi_aid.settings import Settings
from fedi_aid.storage import roster
from fedi_aid.storage.tx import Tx
from fedi_aid.web import trust
from fedi_aid.web.i18n import LANGUAGES
from fedi_aid.web.pages import PATHS, problem_for
from fedi_aid.web.sessions import start_session
from fedi_aid.web.visit import Visit

FIELDS: Final = (*house_settings.EDITABLE, "username", "display_name", "email")
REGISTRATIONS: Final = ("open", "approval", "invite", "closed")


def code(settings: Settings) -> str:
    """The word that opens the set-up: of this instance's secret, so that it is the same until it is done."""
    return hmac.new(key_for(settings, "fedi_aid first set-up"), b"setup", hashlib.sha256).hexdigest()[:24]


async def show(visit: Visit) -> Response:
    """GET /setup?code=…: nothing once there is an admin, or with another code."""
    await _check(visit, visit.query.get("code", ""))
    return await _page(visit, {}, {})


async def _check(visit: Visit, given: str) -> None:
    right = trust.same(given, code(visit.instance.operator))
    admins = await visit.db.read(roster.admins)
    if not right or admins:
        raise NotFound


async def set_up(visit: Visit) -> Response:
    """POST /setup."""
    sent = await visit.form()
    await _check(visit, sent.get("code", ""))
    typed = {name: sent.get(name, "").strip() for name in FIELDS}
    if not visit.is_our_form(sent):
        return await _page(visit, typed, {"": "stale_form"}, status=403)
    password = sent.get("password", "")
    problems = {}
    if not registration.PASSWORD_MIN <= len(password) <= registration.PASSWORD_MAX:
        problems["password"] = problem_for("password", "invalid")
    if not typed["instance_name"]:
        problems["instance_name"] = "house_name"
    if problems:
        return await _page(visit, typed, problems, status=422)
    hashed = await visit.desk.in_thread(registration.hash_password, password)
    keys = await visit.desk.in_thread(registration.new_keys)

    def work(tx: Tx) -> PersonId:
        if roster.admins(tx):
            raise NotFound
        house_settings.change(tx, None, visit.instance.operator, typed)
        member = registration.sign_up(
            tx,
            username=typed["username"],
            email=typed["email"],
            password_hash=hashed,
            keys=keys,
            display_name=typed["display_name"],
            locale=visit.language,
            role="admin",
            trusted=True,
            charter_version=charters.current(tx).version,
        )
        return member.id

    try:
        member_id = await visit.db.write(work)
    except Refused as refused:
        at = refused.field if refused.field in FIELDS else ""
        return await _page(visit, typed, {at: problem_for(refused.field, refused.code)}, status=422)
    await start_session(visit, member_id)
    return visit.redirect(f"{PATHS.moderation}/charter")


async def _page(
    visit: Visit, typed: dict[str, str], problems: dict[str, str], *, status: int = 200
) -> Response:
    settings = visit.instance.settings
    now = {name: getattr(settings, name) or "" for name in house_settings.EDITABLE}
    return visit.page(
        "setup.html",
        status=status,
        query=f"code={visit.query.get('code', '')}",
        typed={"username": "", "display_name": "", "email": ""} | now | typed,
        problems=problems,
        operators=house_settings.given_by_operator(visit.instance.operator),
        registrations=REGISTRATIONS,
        all_languages=LANGUAGES,
        code=code(visit.instance.operator),
        csrf=visit.form_token(),
    )


PUBLIC_ROUTES: Final = (("GET", PATHS.setup, show), ("POST", PATHS.setup, set_up))
