"""Our own endpoints about requests and the butler: mine and their story, those put to me, my settings."""

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import available_timezones

from starlette.responses import Response

from fedi_aid.actions import carry, people
from fedi_aid.actions import help as help_actions
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, maybe_moment, moment
from fedi_aid.client_api.entities.status import status, statuses, why
from fedi_aid.client_api.forms import Form
from fedi_aid.client_api.statuses import look_of, seen
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Request
from fedi_aid.model.people import Member
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views
from fedi_aid.storage.tx import Tx

WORDS: Final = {"en": "I can help.", "fr": "Je peux aider."}
CONSENTS: Final = ("ask", "always", "never")


# -- my requests


async def mine(call: Call) -> Response:
    """GET /api/v1/fedi_aid/requests: my requests with their story, newest first."""
    page, me = call.page(), call.me

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = help_rows.requests_by(tx, me, max_id=page.max_id, limit=page.limit)
        views = post_views.views(tx, me, [one.post_id for one in found])
        shown = dict(zip([one.post.id for one in views], statuses(tx, look_of(call), views), strict=True))
        body = [_request(tx, one, shown[one.post_id]) for one in found if one.post_id in shown]
        return body, [one.post_id for one in found]

    body, cursors = await call.db.read(work)
    return call.paged(body, page, cursors)


def _request(tx: Tx, request: Request, shown: Json) -> Json:
    """How it stands, in numbers and transitions; never a name of the silent (RULES R8)."""
    return {
        "status": shown,
        "state": request.state,
        "outcome": request.outcome,
        "urgency": request.urgency,
        "helpers_needed": request.helpers_needed,
        "wave": request.wave,
        "raised_at": moment(request.raised_at),
        "lowered_at": maybe_moment(request.lowered_at),
        "looks_again_at": maybe_moment(request.due_at),
        "story": [
            {"at": moment(at), "what": what, "details": _public(details)}
            for at, what, _, details in help_rows.story(tx, request.post_id)
        ],
    }


def _public(details: Any) -> Json:
    """Numbers and outcomes of a transition; nothing else is ever logged, and nothing else is shown."""
    known = details if isinstance(details, dict) else {}
    return {name: known[name] for name in ("wave", "asked", "carriers", "outcome") if name in known}


async def offers(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/statuses/:id/offers: who offers to help with my request."""
    post_id, me = call.path_id(), call.me

    def work(tx: Tx) -> list[Json]:
        post = seen(tx, me, post_id).post
        if post.author_id != me or help_rows.request(tx, post.id) is None:
            raise NotFound
        found = help_rows.offers_of(tx, post.id)
        known = people_rows.many(tx, [one.person_id for one in found])
        present = [one for one in found if one.person_id in known]
        who = accounts(tx, look_of(call), [known[one.person_id] for one in present])
        return [
            {
                "account": shown,
                "state": one.state,
                "reply_id": str(one.reply_id) if one.reply_id else None,
                "at": moment(one.created_at),
            }
            for one, shown in zip(present, who, strict=True)
        ]

    return await call.db.read(work)


# -- what is asked of me


async def asked(call: Call) -> list[Json]:
    """GET /api/v1/fedi_aid/asks: what I was asked and have not answered, newest first."""
    me = call.me

    def work(tx: Tx) -> list[Json]:
        body = []
        for one in help_rows.waiting_for(tx, me):
            view = post_views.view(tx, me, one.post_id)
            if view is not None:
                body.append(
                    {
                        "id": str(one.id),
                        "kind": one.kind,
                        "why": why(look_of(call), view),
                        "at": moment(one.created_at),
                        "status": status(tx, look_of(call), view),
                    }
                )
        return body

    return await call.db.read(work)


async def say_yes(call: Call) -> Json:
    """POST /api/v1/fedi_aid/asks/:id/yes: carry it, or say "I can help", in `words`."""
    return await _answer(call, yes=True)


async def say_no(call: Call) -> Json:
    """POST /api/v1/fedi_aid/asks/:id/no: nobody is told."""
    return await _answer(call, yes=False)


async def _answer(call: Call, *, yes: bool) -> Json:
    ask_id, member = call.path_id(), call.member
    language = "fr" if member.locale.startswith("fr") else "en"
    words = call.form.text("words", limit=10_000).strip() or WORDS[language]

    def work(tx: Tx) -> Json:
        one = help_rows.received(tx, ask_id)
        if one is None or one.member_id != member.id or one.state not in ("waiting", "asked"):
            raise NotFound
        view = seen(tx, member.id, one.post_id)
        carry.answer(tx, member.id, one.id, yes=yes)
        if yes and one.kind == "help":
            help_actions.offer(tx, member, view.post.id, words=words)
        return status(tx, look_of(call), seen(tx, member.id, one.post_id))

    return await call.db.write(work)


# -- how the butler may speak to me


async def settings(call: Call) -> Json:
    """GET /api/v1/fedi_aid/butler"""
    return _settings(call.member)


async def change_settings(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/butler: what is not sent stays."""
    changes, me = _changes(call.form), call.me

    def work(tx: Tx) -> Json:
        return _settings(people.update_profile(tx, me, **changes))

    return await call.db.write(work)


def _settings(member: Member) -> Json:
    return {
        "weekly_budget": member.weekly_budget,
        "quiet_from": member.quiet_from,
        "quiet_until": member.quiet_until,
        "time_zone": member.time_zone,
        "carry_consent": member.carry_consent,
        "accepts_carried": member.accepts_carried,
        "butler_silent": member.butler_silent,
        "paused_until": maybe_moment(member.paused_until),
        "default_intimacy": member.default_intimacy,
        "daily_ration": member.daily_ration,
        "plain_confidants": member.plain_confidants,
        "locale": member.locale,
    }


def _changes(form: Form) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, low, high in (
        ("weekly_budget", 1, 7),
        ("quiet_from", 0, 23),
        ("quiet_until", 0, 23),
        ("default_intimacy", 0, 4),
        ("daily_ration", 5, 500),
    ):
        number = form.maybe_number(name)
        if number is not None:
            changes[name] = _within(name, number, low, high)
    for name in ("accepts_carried", "butler_silent", "plain_confidants"):
        flag = form.maybe_flag(name)
        if flag is not None:
            changes[name] = flag
    for name, allowed in (("carry_consent", CONSENTS), ("locale", ("en", "fr"))):
        word = form.maybe(name, limit=100)
        if word is not None:
            if word not in allowed:
                raise Refused(f"It is one of {', '.join(allowed)}", field=name)
            changes[name] = word
    zone = form.maybe("time_zone", limit=100)
    if zone is not None:
        if zone not in available_timezones():
            raise Refused("This is no time zone, such as Europe/Paris", field="time_zone")
        changes["time_zone"] = zone
    if "paused_until" in form:
        changes["paused_until"] = _moment(form.maybe("paused_until", limit=100))
    return changes


def _within(name: str, number: int, low: int, high: int) -> int:
    if not low <= number <= high:
        raise Refused(f"It is a whole number from {low} to {high}", field=name)
    return number


def _moment(text: str | None) -> datetime | None:
    """A date to come; nothing ends the pause."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("This is no date, such as 2026-03-14T09:00:00Z", field="paused_until") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if not datetime(2020, 1, 1, tzinfo=UTC) < found < datetime(2100, 1, 1, tzinfo=UTC):
        raise Refused("This date is out of range", field="paused_until")
    return found
