"""Our own endpoints about requests and the butler: mine and their story, those put to me, my settings."""

from datetime import UTC, datetime
from typing import Any, Final, get_args
from zoneinfo import available_timezones

from starlette.responses import Response

from fedi_aid.actions import carry_consent, passing, people
from fedi_aid.actions import help as help_actions
from fedi_aid.butler import asked as asked_here
from fedi_aid.butler import cards, story
from fedi_aid.client_api.call import Call
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Json, maybe_moment, moment
from fedi_aid.client_api.entities.status import status, statuses, why_asked
from fedi_aid.client_api.forms import Form
from fedi_aid.client_api.statuses import look_of, seen
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import Request
from fedi_aid.model.people import Member
from fedi_aid.storage import cards as card_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views, ties
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx

WORDS: Final = {"en": "I can help.", "fr": "Je peux aider."}
CONSENTS: Final = ("ask", "always", "never")


# -- my requests


async def mine(call: Call) -> Response:
    """GET /api/v1/fedi_aid/requests: my requests with their story, newest first."""
    page, me, member = call.page(), call.me, call.member

    def work(tx: Tx) -> tuple[list[Json], list[int]]:
        found = help_rows.requests_by(tx, me, max_id=page.max_id, limit=page.limit)
        views = post_views.views(tx, me, [one.post_id for one in found])
        shown = dict(zip([one.post.id for one in views], statuses(tx, look_of(call), views), strict=True))
        body = [_request(tx, member, one, shown[one.post_id]) for one in found if one.post_id in shown]
        return body, [one.post_id for one in found]

    body, cursors = await call.db.read(work)
    return call.paged(body, page, cursors)


async def one(call: Call) -> Json:
    """GET /api/v1/fedi_aid/requests/:id: one of my requests, by the id of its status."""
    post_id, member = call.path_id(), call.member
    return await call.db.read(lambda tx: _one(tx, call, member, post_id))


async def change_one(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/requests/:id: how urgent it is, how many it needs, whether it rests."""
    post_id, member, form = call.path_id(), call.member, call.form
    urgency = form.maybe("urgency", limit=100)
    needed = form.maybe_number("helpers_needed")
    state = form.maybe("state", limit=100)
    if state not in (None, "open", "paused"):
        raise Refused("It is open or paused; to lower the flag there is a way of its own", field="state")
    until = _moment(form.maybe("rests_until", limit=100), "rests_until") if "rests_until" in form else None

    def work(tx: Tx) -> Json:
        seen(tx, member.id, post_id)
        help_actions.adjust(tx, member.id, post_id, urgency=urgency, helpers_needed=needed)
        if state == "open":
            help_actions.keep(tx, member.id, post_id)
        elif state == "paused":
            help_actions.rest(tx, member.id, post_id, until=until)
        return _one(tx, call, member, post_id)

    return await call.db.write(work)


def _one(tx: Tx, call: Call, member: Member, post_id: int) -> Json:
    view = seen(tx, member.id, post_id)
    request = help_rows.request(tx, view.post.id)
    if request is None or request.author_id != member.id:
        raise NotFound
    return _request(tx, member, request, status(tx, look_of(call), view))


def _request(tx: Tx, member: Member, request: Request, shown: Json) -> Json:
    """How it stands, in numbers, transitions and sentences; never a name of the silent (RULES R8)."""
    told = story.tell(tx, request, member.locale, member.time_zone)
    return {
        "status": shown,
        "state": request.state,
        "outcome": request.outcome,
        "urgency": request.urgency,
        "helpers_needed": request.helpers_needed,
        "wave": told.wave,
        "asked_to_help": told.asked_to_help,
        "asked_to_carry": told.asked_to_carry,
        "offered": told.offered,
        "raised_at": moment(request.raised_at),
        "lowered_at": maybe_moment(request.lowered_at),
        "looks_again_at": maybe_moment(told.looks_again_at),
        "rests_until": maybe_moment(request.rests_until),
        "now": told.now,
        "story": [
            {"at": moment(line.at), "what": line.what, "sentence": line.sentence, "details": line.details}
            for line in told.lines
        ],
    }


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
        for one in received_rows.waiting_for(tx, me):
            view = post_views.view(tx, me, one.post_id)
            if view is not None:
                body.append(
                    {
                        "id": str(one.id),
                        "kind": one.kind,
                        "why": why_asked(tx, look_of(call), view),
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
        one = received_rows.received(tx, ask_id)
        if one is None or one.member_id != member.id or one.state not in ("waiting", "asked"):
            raise NotFound
        view = seen(tx, member.id, one.post_id)
        carry_consent.answer(tx, member.id, one.id, yes=yes)
        if yes and one.kind == "help":
            help_actions.offer(tx, member, view.post.id, words=words)
        return status(tx, look_of(call), seen(tx, member.id, one.post_id))

    return await call.db.write(work)


async def pass_on(call: Call) -> Json:
    """POST /api/v1/fedi_aid/requests/:id/pass: show it to a friend of mine by name, with a `word` of mine."""
    post_id, member = call.path_id(), call.member
    person_id = call.form.maybe_id("account_id") or 0
    word = call.form.text("word", limit=passing.WORD_MAX).strip()

    def work(tx: Tx) -> Json:
        post = seen(tx, member.id, post_id).post
        return {"passed": passing.pass_on(tx, member, post.id, person_id, word=word)}

    return await call.db.write(work)


# -- how the butler may speak to me


async def settings(call: Call) -> Json:
    """GET /api/v1/fedi_aid/butler"""
    member = call.member
    return await call.db.read(lambda tx: _settings(tx, member))


async def change_settings(call: Call) -> Json:
    """PATCH /api/v1/fedi_aid/butler: what is not sent stays."""
    changes, me = _changes(call.form), call.me
    trusted = call.form.ids("carry_always_for") if "carry_always_for" in call.form else None
    liked = _cards(call.form.group("cards"))
    silent = call.member.butler_silent

    def work(tx: Tx) -> Json:
        for kind, wanted in liked.items():
            card_rows.choose(tx, me, kind, wanted)
        if silent and changes.get("butler_silent") is False:
            asked_here.take_up(tx, me)
        if trusted is not None:
            carry_consent.always_for(tx, me, trusted)
        return _settings(tx, people.update_profile(tx, me, **changes))

    return await call.db.write(work)


def _settings(tx: Tx, member: Member) -> Json:
    return {
        "weekly_budget": member.weekly_budget,
        "quiet_from": member.quiet_from,
        "quiet_until": member.quiet_until,
        "time_zone": member.time_zone,
        "carry_consent": member.carry_consent,
        "carry_always_for": [str(one) for one in sorted(ties.carried_for_always(tx, member.id))],
        "silent_refusals": member.silent_refusals,
        "accepts_carried": member.accepts_carried,
        "butler_silent": member.butler_silent,
        "paused_until": maybe_moment(member.paused_until),
        "default_intimacy": member.default_intimacy,
        "daily_ration": member.daily_ration,
        "plain_confidants": member.plain_confidants,
        "locale": member.locale,
        "cards": cards.wanted(tx, member.id),
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
    for name in ("accepts_carried", "silent_refusals", "butler_silent", "plain_confidants"):
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
        changes["paused_until"] = _moment(form.maybe("paused_until", limit=100), "paused_until")
    return changes


def _cards(form: Form) -> dict[str, bool]:
    """Which kinds of card are switched on or off."""
    unknown = set(form.names()) - set(get_args(cards.Kind))
    if unknown:
        raise Refused(f"The cards are {', '.join(get_args(cards.Kind))}", field="cards")
    return {kind: form.flag(kind) for kind in form.names()}


def _within(name: str, number: int, low: int, high: int) -> int:
    if not low <= number <= high:
        raise Refused(f"It is a whole number from {low} to {high}", field=name)
    return number


def _moment(text: str | None, field: str) -> datetime | None:
    """A date to come; nothing ends the pause."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("This is no date, such as 2026-03-14T09:00:00Z", field=field) from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if not datetime(2020, 1, 1, tzinfo=UTC) < found < datetime(2100, 1, 1, tzinfo=UTC):
        raise Refused("This date is out of range", field=field)
    return found
