"""The room of those who look after the instance: reports, appeals, people who ask to come in, decisions.

Everything goes through the same actions as the API: what a moderator reads that was not written for them is
noted in the log, whom they decide about is told why.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import appeals, cases, charters, judging
from fedi_aid.errors import Refused
from fedi_aid.model.moderation import ACTIONS, Action, Decision
from fedi_aid.model.people import Member, Role
from fedi_aid.model.posts import PostView
from fedi_aid.storage import moderation as rows
from fedi_aid.storage import reports, roster
from fedi_aid.storage.reports import Case
from fedi_aid.storage.roster import Known, Sought
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.pages import PATHS, Person
from fedi_aid.web.rooms import Form, Guest, form, only, only_form, page
from fedi_aid.web.visit import row_id

PAGE: Final = 30
CASES: Final = f"{PATHS.moderation}/reports"
APPEALS: Final = f"{PATHS.moderation}/appeals"
PEOPLE: Final = f"{PATHS.moderation}/people"
ROLES: Final[tuple[Role, ...]] = ("member", "moderator", "admin")
LOG: Final = f"{PATHS.moderation}/log"

# field or code of `Refused` → key of the catalogue's `problem` table
PROBLEMS: Final = {
    "text": "reason_needed",
    "words": "reason_needed",
    "forbidden": "not_yours_to_decide",
    "own_decision": "own_decision",
    "answered": "answered_already",
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A report in the queue. `by` is told to moderators alone."""

    case: Case
    about: Person
    by: Person
    assigned: Person | None


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """One report with all that a moderator may see of it."""

    line: Line
    known: Known
    posts: list[PostView]
    decisions: list[Decision]


def problem_of(refused: Refused) -> str:
    return PROBLEMS.get(refused.field or "") or PROBLEMS.get(refused.code or "") or "other"


def _line(tx: Tx, guest: Guest, case: Case) -> Line:
    house = guest.visit.instance.house
    people = roster.known_many(tx, [case.from_id, case.about_id, *filter(None, [case.assigned_id])])

    def named(person_id: int | None) -> Person | None:
        found = people.get(person_id) if person_id is not None else None  # type: ignore[call-overload]
        return shown.person(house, found.person) if found else None

    nobody = Person(name="–", handle="")
    return Line(
        case=case,
        about=named(case.about_id) or nobody,
        by=named(case.from_id) or nobody,
        assigned=named(case.assigned_id),
    )


# -- the queue


async def show(guest: Guest) -> Response:
    """GET /moderation: open reports, newest first; what else waits."""
    closed = guest.query.get("closed") == "yes"
    before = row_id(guest.query["before"]) if "before" in guest.query else None

    def work(tx: Tx) -> tuple[list[Line], bool, bool]:
        found = reports.cases(tx, Page(max_id=before, limit=PAGE), closed=closed)
        lines = [_line(tx, guest, case) for case in found]
        asking = roster.seek(tx, Sought(state="pending"), Page(limit=1))
        return lines, bool(appeals.waiting(tx, Page(limit=1))), bool(asking)

    lines, appealed, asking = await guest.db.read(work)
    return await guest.page(
        "rooms/moderation.html",
        "moderation",
        lines=lines,
        closed=closed,
        appealed=appealed,
        asking=asking,
        older=str(lines[-1].case.id) if len(lines) == PAGE else "",
        titles=await _titles(guest),
    )


async def _titles(guest: Guest) -> dict[str, str]:
    holds = await guest.db.read(charters.current)
    return {rule.id: rule.title for rule in holds.said_in(guest.visit.language).rules}


# -- one report


async def case(guest: Guest) -> Response:
    """GET /moderation/reports/{id}."""
    return await _case(guest)


async def _case(guest: Guest, problem: str = "", typed: str = "", *, status: int = 200) -> Response:
    report_id = guest.path_id()

    def work(tx: Tx) -> Whole:
        found = cases.case(tx, report_id)
        return Whole(
            line=_line(tx, guest, found),
            known=judging.someone(tx, found.about_id),
            posts=cases.look_at(tx, guest.member, found),
            decisions=rows.decisions_about(tx, found.about_id),
        )

    # A write: who was shown a post that is not theirs to read leaves a line in the log.
    whole = await guest.db.write(work)
    house, now = guest.visit.instance.house, guest.db.clock()
    posts_of_case = whole.line.case.post_ids
    return await guest.page(
        "rooms/case.html",
        "moderation",
        status=status,
        whole=whole,
        posts=[shown.post(house, view, now) for view in whole.posts],
        titles=await _titles(guest),
        actions=_fitting(whole.known, with_posts=bool(posts_of_case)),
        problem=problem,
        typed=typed,
    )


def _fitting(known: Known, *, with_posts: bool) -> list[Action]:
    """What can be decided about them: nobody elsewhere has a login here, and only a report names posts."""
    unfit = {"disable"} if known.state is None else set()
    return [one for one in ACTIONS if one not in unfit and (with_posts or one != "remove")]


async def change_case(guest: Guest, sent: Form) -> Response:
    """POST /moderation/reports/{id}: `act` is take, leave, close, reopen, sort or decide."""
    report_id, act = guest.path_id(), sent.get("act")
    try:
        if act == "decide":
            await guest.db.write(_decide, guest.member, report_id, _action(sent), sent.get("text"))
        elif act == "sort":
            await guest.db.write(
                cases.sort, guest.member, report_id, category=None, rule_ids=list(sent.all("rule"))
            )
        elif act in STEPS:
            await guest.db.write(STEPS[act], guest.member, report_id)
    except Refused as refused:
        return await _case(guest, problem_of(refused), sent.get("text"), status=422)
    return guest.go(f"{CASES}/{report_id}", "saved")


STEPS: Final[dict[str, Callable[[Tx, Member, int], Any]]] = {
    "take": cases.take,
    "leave": cases.leave,
    "close": cases.close,
    "reopen": cases.reopen,
}


def _decide(tx: Tx, by: Member, report_id: int, action: Action, text: str) -> None:
    found = cases.case(tx, report_id)
    judging.judge(tx, by, found.about_id, action, text, report_id=report_id)


# -- people


async def people(guest: Guest) -> Response:
    """GET /moderation/people: those who ask to come in, or whom a name finds."""
    name = guest.query.get("name", "").strip()[:100]
    sought = Sought(username=name.lstrip("@").partition("@")[0]) if name else Sought(state="pending")
    found = await guest.db.read(lambda tx: roster.seek(tx, sought, Page(limit=PAGE)))
    house = guest.visit.instance.house
    return await guest.page(
        "rooms/moderated_people.html",
        "moderation",
        name=name,
        people=[(one, shown.person(house, one.person)) for one in found],
    )


async def person(guest: Guest) -> Response:
    """GET /moderation/people/{id}."""
    return await _person(guest)


async def _person(guest: Guest, problem: str = "", typed: str = "", *, status: int = 200) -> Response:
    person_id = guest.path_id()
    known, decisions = await guest.db.read(
        lambda tx: (judging.someone(tx, person_id), rows.decisions_about(tx, person_id))
    )
    return await guest.page(
        "rooms/moderated_person.html",
        "moderation",
        status=status,
        known=known,
        person=shown.person(guest.visit.instance.house, known.person),
        decisions=decisions,
        actions=_fitting(known, with_posts=False),
        titles=await _titles(guest),
        problem=problem,
        typed=typed,
    )


async def change_person(guest: Guest, sent: Form) -> Response:
    """POST /moderation/people/{id}: `act` is decide, lift, approve, reject, or (for admins) role."""
    person_id, act = guest.path_id(), sent.get("act")

    def work(tx: Tx) -> None:
        if act == "decide":
            judging.judge(tx, guest.member, person_id, _action(sent), sent.get("text"))
        elif act == "lift":
            judging.lift(tx, guest.member, person_id, _action(sent))
        elif act == "approve":
            judging.approve(tx, guest.member, person_id)
        elif act == "reject":
            judging.reject(tx, guest.member, person_id)
        elif act == "role":
            _give_role(tx, guest.member, person_id, sent.get("role"))

    try:
        await guest.db.write(work)
    except Refused as refused:
        return await _person(guest, problem_of(refused), sent.get("text"), status=422)
    return guest.go(PEOPLE if act == "reject" else f"{PEOPLE}/{person_id}", "saved")


def _action(sent: Form) -> Action:
    given = sent.get("action")
    action = next((one for one in ACTIONS if one == given), None)
    if action is None:
        raise Refused("There is no such decision.", field="action")
    return action


def _give_role(tx: Tx, by: Member, person_id: int, role: str) -> None:
    if by.role != "admin" or person_id == by.id:
        raise Refused("This action is not allowed", code="forbidden")
    wanted: Role | None = next((one for one in ROLES if one == role), None)
    if wanted is not None:
        judging.give_role(tx, by, person_id, wanted)


# -- appeals


async def show_appeals(guest: Guest) -> Response:
    """GET /moderation/appeals."""
    return await _appeals(guest)


async def _appeals(guest: Guest, typed: dict[int, tuple[str, str]] | None = None) -> Response:
    def work(tx: Tx) -> list[tuple[Any, Decision, Person]]:
        house = guest.visit.instance.house
        found = appeals.waiting(tx, Page(limit=PAGE))
        known = roster.known_many(tx, [decision.about_id for _, decision in found])
        return [
            (appeal, decision, shown.person(house, known[decision.about_id].person))
            for appeal, decision in found
            if decision.about_id in known
        ]

    return await guest.page(
        "rooms/appeals.html",
        "moderation",
        status=422 if typed else 200,
        waiting=await guest.db.read(work),
        titles=await _titles(guest),
        typed=typed or {},
    )


async def answer_appeal(guest: Guest, sent: Form) -> Response:
    """POST /moderation/appeals/{id}."""
    appeal_id, accepted = guest.path_id(), sent.get("act") == "accept"
    try:
        await guest.db.write(
            appeals.answer, guest.member, appeal_id, accepted=accepted, words=sent.get("words")
        )
    except Refused as refused:
        return await _appeals(guest, {appeal_id: (problem_of(refused), sent.get("words"))})
    return guest.go(APPEALS, "saved")


# -- the log, with names, for those who keep it


async def show_log(guest: Guest) -> Response:
    """GET /moderation/log."""
    before = row_id(guest.query["before"]) if "before" in guest.query else None

    def work(tx: Tx) -> list[tuple[rows.Entry, str, str]]:
        entries = rows.entries(tx, before=before, limit=PAGE)
        ids = [one for entry in entries for one in (entry.by_id, entry.about_id) if one is not None]
        known = roster.known_many(tx, ids)
        return [
            (
                entry,
                known[entry.by_id].person.handle if entry.by_id in known else "",
                known[entry.about_id].person.handle if entry.about_id in known else entry.subject,
            )
            for entry in entries
        ]

    lines = await guest.db.read(work)
    return await guest.page(
        "rooms/moderation_log.html",
        "moderation",
        lines=lines,
        older=str(lines[-1][0].id) if len(lines) == PAGE else "",
    )


def _page(handler: Any) -> Any:
    return page(only("moderator", handler))


def _form(handler: Any) -> Any:
    return form(only_form("moderator", handler))


ROUTES: Final = (
    ("GET", PATHS.moderation, _page(show)),
    ("GET", CASES + "/{id}", _page(case)),
    ("POST", CASES + "/{id}", _form(change_case)),
    ("GET", PEOPLE, _page(people)),
    ("GET", PEOPLE + "/{id}", _page(person)),
    ("POST", PEOPLE + "/{id}", _form(change_person)),
    ("GET", APPEALS, _page(show_appeals)),
    ("POST", APPEALS + "/{id}", _form(answer_appeal)),
    ("GET", LOG, _page(show_log)),
)
