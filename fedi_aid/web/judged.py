"""What was decided, for those it was decided about: reasons, appeals and answers; and the log for everybody.

Who is shut out cannot log in: after their password was right, the login page carries a word
(trust.passed_word) with which the appeal is theirs.
"""

from typing import Final

from starlette.responses import Response

from fedi_aid.actions import appeals, charters
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import moderation
from fedi_aid.storage.tx import Tx
from fedi_aid.web import trust
from fedi_aid.web.pages import PATHS
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import Handler, Visit, row_id

LINES: Final = 100
PROBLEMS: Final = {"blank": "appeal_empty", "too_long": "text_too_long", "lifted": "appeal_lifted"}


async def show(guest: Guest) -> Response:
    """GET /me/decisions."""
    return await _page(guest)


async def appeal(guest: Guest, sent: Form) -> Response:
    """POST /me/decisions."""
    decision_id = row_id(sent.get("decision"))
    try:
        await guest.db.write(appeals.appeal, guest.id, decision_id, sent.get("text"))
    except Refused as refused:
        problem = PROBLEMS.get(refused.code or "", "other")
        return await _page(guest, {decision_id: (problem, sent.get("text"))}, status=422)
    return guest.go(PATHS.decisions, "appealed")


async def _page(
    guest: Guest, typed: dict[int, tuple[str, str]] | None = None, *, status: int = 200
) -> Response:
    judged = await guest.db.read(appeals.decisions_about, guest.id)
    return await guest.page(
        "rooms/decisions.html",
        "me",
        status=status,
        judged=judged,
        titles=await _titles(guest.visit),
        typed=typed or {},
    )


async def accept_charter(guest: Guest, sent: Form) -> Response:
    """POST /charter: a member accepts the version they have read."""
    try:
        await guest.db.write(charters.accept, guest.id, sent.get("version"))
    except Refused:
        return guest.go(PATHS.charter)
    return guest.go(PATHS.charter, "charter_accepted")


# -- for everybody


async def log(visit: Visit) -> Response:
    """GET /charter/log: what was decided and why, without names."""
    entries = await visit.db.read(lambda tx: moderation.public_entries(tx, limit=LINES))
    return visit.page("log.html", entries=entries, titles=await _titles(visit))


async def _titles(visit: Visit) -> dict[str, str]:
    """Rule id → title, in the language of the page."""
    holds = await visit.db.read(charters.current)
    return {rule.id: rule.title for rule in holds.said_in(visit.language).rules}


async def appeal_shut_out(visit: Visit) -> Response:
    """POST /appeal: with the word that the login page gave. Without `text`, the form."""
    sent = await visit.form()
    passed = sent.get("passed", "")
    member_id = trust.who_passed(visit.desk.key, passed, visit.db.clock())
    if not visit.is_our_form(sent) or member_id is None:
        return visit.error("stale_form")
    me = PersonId(member_id)
    judged = await visit.db.read(appeals.decisions_about, me)
    standing = next((one for one in judged if one.decision.lifted_at is None), None)
    if standing is None:
        raise NotFound
    problem = ""
    if "text" in sent and standing.appeal is None:
        try:
            await visit.db.write(appeals.appeal, me, standing.decision.id, sent["text"])
        except Refused as refused:
            problem = PROBLEMS.get(refused.code or "", "other")
        judged = await visit.db.read(appeals.decisions_about, me)
        standing = next(one for one in judged if one.decision.id == standing.decision.id)
    return visit.page(
        "appeal.html",
        status=422 if problem else 200,
        query="",
        judged=standing,
        titles=await _titles(visit),
        typed=sent.get("text", ""),
        problem=problem,
        passed=passed,
        csrf=visit.form_token(),
    )


def to_accept(tx: Tx, me: PersonId) -> bool:
    """Whether a new charter waits for this member."""
    return charters.to_accept(tx, me) is not None


ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", PATHS.decisions, page(show)),
    ("POST", PATHS.decisions, form(appeal)),
    ("POST", PATHS.charter, form(accept_charter)),
)
PUBLIC_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", PATHS.log, log),
    ("POST", PATHS.appeal, appeal_shut_out),
)
