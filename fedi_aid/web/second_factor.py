"""The page on which a member switches codes at login on and off."""

import io
from typing import Final

import segno
from markupsafe import Markup
from starlette.responses import Response

from fedi_aid.actions import second_factor
from fedi_aid.actions.second_factor import Setup
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tx import Tx
from fedi_aid.web.pages import PATHS
from fedi_aid.web.sessions import MAX_CODE, login_path
from fedi_aid.web.visit import Visit

MODULE: Final = 4  # CSS pixels of a square of the QR code


async def show(visit: Visit) -> Response:
    """GET /home/second-factor."""
    if visit.session is None:
        return visit.redirect(login_path(PATHS.second_factor))
    return await _page(visit, visit.session.member.id, visit.session.csrf)


async def change(visit: Visit) -> Response:
    """POST /home/second-factor: `act` is begin, confirm or off."""
    form = await visit.form()
    if visit.session is None:
        return visit.redirect(login_path(PATHS.second_factor))
    visit.check_session_form(form, visit.session)
    me, csrf, code = visit.session.member.id, visit.session.csrf, form.get("code", "")[:MAX_CODE]
    if not visit.desk.codes_of_one.take(str(me), visit.seconds):
        return await _page(visit, me, csrf, "too_often", status=429)
    try:
        match form.get("act"):
            case "begin":
                await visit.db.write(second_factor.begin, me)
            case "confirm":
                words = await visit.db.write(second_factor.confirm, me, code)
                visit.desk.codes_of_one.forgive(str(me))
                return visit.page("second_factor.html", state="done", words=words, csrf=csrf)
            case "off":
                await visit.db.write(second_factor.turn_off, me, code)
    except Refused:
        return await _page(visit, me, csrf, "wrong_code", status=422)
    except NotFound:  # done in another window meanwhile
        pass
    return visit.redirect(PATHS.second_factor)


def _state(tx: Tx, me: PersonId) -> tuple[bool, Setup | None]:
    if second_factor.is_on(tx, me):
        return True, None
    try:
        return False, second_factor.pending(tx, me)
    except NotFound:
        return False, None


async def _page(visit: Visit, me: PersonId, csrf: str, problem: str = "", *, status: int = 200) -> Response:
    on, setup = await visit.db.read(_state, me)
    return visit.page(
        "second_factor.html",
        status=status,
        state="on" if on else ("pending" if setup else "off"),
        problem=problem,
        secret=setup.secret if setup else "",
        uri=setup.uri if setup else "",
        picture=_qr(setup.uri) if setup else "",
        csrf=csrf,
    )


def _qr(uri: str) -> Markup:
    """The QR code as SVG within the page, so that the secret is in no address."""
    out = io.BytesIO()
    segno.make(uri, error="m").save(
        out,
        kind="svg",
        scale=MODULE,
        border=4,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=False,
        nl=False,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, holds no text
