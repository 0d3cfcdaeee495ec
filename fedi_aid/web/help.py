"""The room "Help": requests I could help with and why me, requests of mine and their story; closed ones rest.

Silence is an answer like any other: it costs nothing, and nobody is told (PRODUCT). Of my own requests I am
told numbers and who offered, never who stayed silent (RULES R1, R8).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import asked as asked_actions
from fedi_aid.actions import carry_consent, passing, posts, thanks
from fedi_aid.actions import help as help_actions
from fedi_aid.actions.posts import Draft
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.help import AskKind, ReceivedAsk, Request
from fedi_aid.model.ids import PostId
from fedi_aid.model.posts import PostView
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import own_asks, people, post_views, ties
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.numbers import Numbers, numbers
from fedi_aid.storage.raised import raised_around
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.cards import CLOSE_FROM, Card, cards, post_path, why
from fedi_aid.web.i18n import Language
from fedi_aid.web.pages import PATHS, Person
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

MOST: Final = 20
I_CAN_HELP: Final[Mapping[Language, str]] = {"en": "I can help.", "fr": "Je peux aider."}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What I was asked by name, and have not answered."""

    id: int
    kind: AskKind
    card: Card
    friends: tuple[tuple[int, str], ...] = ()  # to whom it can be passed
    goes_there: bool = False  # it is shown to that friend; else its author only hears the name


class Helper(msgspec.Struct, frozen=True, kw_only=True):
    """Who offered, and where their words are."""

    id: int
    person: Person
    path: str
    at: datetime
    thanked: bool


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a request: `key` of the table `story`, and what fills its places."""

    at: datetime
    key: str
    places: dict[str, str] = {}


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A request of mine. `asked` is None where its number is not told."""

    card: Card
    request: Request
    numbers: Numbers
    asked: int | None
    helpers: tuple[Helper, ...]
    story: tuple[Event, ...]


# -- the page


async def show(guest: Guest) -> Response:
    """GET /help."""
    return await _page(guest)


async def _page(
    guest: Guest, *, status: int = 200, problem: str = "", at: str = "", typed: str = ""
) -> Response:
    """`problem` stands at the form `at`, which keeps what was `typed`."""
    found = await guest.db.read(_help, guest)
    return await guest.page(
        "rooms/help.html", "help", status=status, problem=problem, at=at, typed=typed, **found
    )


def _help(tx: Tx, guest: Guest) -> dict[str, Any]:
    mine = _mine(tx, guest)
    views = post_views.views(tx, guest.id, raised_around(tx, guest.id, limit=MOST))
    return {
        "asked": questions(tx, guest, limit=MOST),
        "around": cards(tx, guest, views, "home"),
        "offered": {view.post.id for view in views if help_rows.has_offered(tx, view.post.id, guest.id)},
        "mine": [one for one in mine if one.request.state != "lowered"],
        "closed": [one for one in mine if one.request.state == "lowered"],
    }


def questions(tx: Tx, guest: Guest, *, limit: int) -> list[Asked]:
    """What this member was asked by name and has not answered, newest first."""
    waiting = received_rows.waiting_for(tx, guest.id, limit=limit)
    views = {view.post.id: view for view in post_views.views(tx, guest.id, [one.post_id for one in waiting])}
    known = {card.id: card for card in cards(tx, guest, list(views.values()))}
    friends = (
        sorted(((one.id, one.name) for one in ties.friends_of(tx, guest.id)), key=by_name) if waiting else []
    )
    return [
        Asked(
            id=one.id,
            kind=one.kind,
            card=_asked_card(tx, guest, views[one.post_id], known[one.post_id]),
            friends=tuple(pair for pair in friends if pair[0] != known[one.post_id].author_id),
            goes_there=views[one.post_id].post.carriable,
        )
        for one in waiting
        if one.post_id in known
    ]


def _asked_card(tx: Tx, guest: Guest, view: PostView, card: Card) -> Card:
    """Saying how many were asked by name with this member; never at levels 3 and 4 (RULES R8)."""
    vague = (view.post.intimacy or 0) >= CLOSE_FROM
    few = None if vague else own_asks.asked_with(tx, view.post.id, guest.id)
    return msgspec.structs.replace(card, why=why(view, guest.visit.language, few))


def by_name(pair: tuple[int, str]) -> str:
    """People in a list stand in the order of the alphabet."""
    return pair[1].casefold()


# -- my requests


def _mine(tx: Tx, guest: Guest) -> list[Mine]:
    found = help_rows.requests_by(tx, guest.id, limit=MOST)
    return told(tx, guest, found)


def told(tx: Tx, guest: Guest, found: list[Request]) -> list[Mine]:
    """The story of requests that are this member's own."""
    ids = [one.post_id for one in found]
    views = post_views.views(tx, guest.id, ids)
    known = {card.id: card for card in cards(tx, guest, views)}
    counted = numbers(tx, ids)
    return [
        Mine(
            card=known[one.post_id],
            request=one,
            numbers=counted[one.post_id],
            asked=None if _is_close(known[one.post_id]) else counted[one.post_id].asked,
            helpers=_helpers(tx, guest, one.post_id),
            story=_story(tx, guest, one.post_id, vague=_is_close(known[one.post_id])),
        )
        for one in found
        if one.post_id in known
    ]


def _is_close(card: Card) -> bool:
    return (card.level or 0) >= CLOSE_FROM


def _helpers(tx: Tx, guest: Guest, post_id: PostId) -> tuple[Helper, ...]:
    offers = [one for one in help_rows.offers_of(tx, post_id) if one.state != "withdrawn"]
    known = people.many(tx, [one.person_id for one in offers])
    return tuple(
        Helper(
            id=one.person_id,
            person=shown.person(tx.house, known[one.person_id]),
            path=post_path(one.reply_id or post_id),
            at=one.created_at,
            thanked=one.state == "thanked",
        )
        for one in offers
        if one.person_id in known
    )


# what the log says → key of the table `story`
STEPS: Final[Mapping[str, str]] = {
    "raised": "raised",
    "wave": "wave",
    "reoffered": "reoffered",
    "asked_author": "asked_author",
    "offered": "offered",
    "still": "still",
    "paused": "paused",
    "asleep": "asleep",
    "woken": "woken",
    "widened": "widened",
    "level_widened": "widened",
    "adjusted": "adjusted",
    "lowered": "lowered",
}


OF_THE_SILENT: Final = frozenset({"wave", "reoffered"})


def _story(tx: Tx, guest: Guest, post_id: PostId, *, vague: bool) -> tuple[Event, ...]:
    """Step by step, in numbers; the only names are of those who offered. `vague`: not even when anybody was
    asked, since their author knows the few who may see it."""
    log = help_rows.story(tx, post_id)
    known = people.many(tx, [by for _, what, by, _ in log if what == "offered" and by])
    offering = {int(one.id): one.name for one in known.values()}
    events = []
    for at, what, by, details in log:
        if what not in STEPS or (vague and what in OF_THE_SILENT):
            continue
        key, places = STEPS[what], dict[str, str]()
        if what == "wave":
            key, places = _wave(details if isinstance(details, dict) else {})
        elif what == "offered":
            name = offering.get(by or 0, "")
            key, places = ("offered", {"name": name}) if name else ("offered_by_one", {})
        elif what == "lowered":
            outcome = details.get("outcome") if isinstance(details, dict) else None
            key = f"lowered_{outcome}" if outcome in OUTCOMES else "lowered"
        events.append(Event(at=at, key=key, places=places))
    return tuple(events)


def _wave(details: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    asked, carriers = int(details.get("asked") or 0), int(details.get("carriers") or 0)
    if not (asked or carriers):
        return "wave", {}
    key = "wave_" + ("one" if asked == 1 else "many" if asked else "none") + ("_carried" if carriers else "")
    return key, {"number": str(asked), "carriers": str(carriers)}


OUTCOMES: Final = ("solved", "withdrawn", "no_longer_needed")


# -- answers to what I was asked


async def answer(guest: Guest, sent: Form) -> Response:
    """POST /help/asks/{id}: `do` is yes, no, later or know; `words` for the author alone."""
    ask_id, do, words = guest.path_id(), sent.get("do"), sent.get("words").strip()
    friend = row_id(sent.get("friend")) if sent.get("friend") else None
    if do not in ANSWERS:
        raise NotFound
    if do == "know" and not words and friend is None:
        return await _page(guest, status=422, problem="words_missing", at=f"know-{ask_id}")
    try:
        over = await guest.db.write(_answer, guest, ask_id, do, Said(words=words, friend=friend))
    except Refused as refused:
        return await _page(guest, status=422, problem=_problem(refused), at=f"know-{ask_id}", typed=words)
    return guest.go(PATHS.help, "ask_over" if over else SAID[do])


OPEN: Final = frozenset({"waiting", "asked", "passed"})  # passed: to one friend alone, so far


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with an answer: words for the author, and a friend to pass it on to."""

    words: str = ""
    friend: int | None = None


def _answer(tx: Tx, guest: Guest, ask_id: int, do: str, said: Said) -> bool:
    """True where it had been answered, or was over, before."""
    asked = received_rows.received(tx, ask_id)
    if asked is None or asked.member_id != guest.id:
        raise NotFound
    view = post_views.view(tx, guest.id, asked.post_id)
    if view is None or asked.state not in OPEN:
        return True
    ANSWERS[do](tx, guest, asked, view, said)
    return False


def _yes(tx: Tx, guest: Guest, asked: ReceivedAsk, view: PostView, said: Said) -> None:
    carry_consent.answer(tx, guest.id, asked.id, yes=True)
    if asked.kind == "help":
        offer(tx, guest, view.post.id, said.words)


def _no(tx: Tx, guest: Guest, asked: ReceivedAsk, _view: PostView, _said: Said) -> None:
    carry_consent.answer(tx, guest.id, asked.id, yes=False)


def _later(tx: Tx, guest: Guest, asked: ReceivedAsk, _view: PostView, _said: Said) -> None:
    asked_actions.put_off(tx, guest.id, asked.id)


def _know(tx: Tx, guest: Guest, asked: ReceivedAsk, view: PostView, said: Said) -> None:
    """Pass it to one friend (RULES R22), or name somebody to the author, for their eyes alone; the member
    themselves is out of it."""
    if said.friend is not None:
        passing.pass_on(tx, guest.member, view.post.id, said.friend, word=said.words)
    else:
        written = Draft(
            text=said.words,
            visibility="direct",
            reply_to_id=view.post.id,
            language=guest.member.default_language,
        )
        posts.publish(tx, guest.member, written, notice=False)
    known = received_rows.received(tx, asked.id)
    if known is not None and known.state in ("waiting", "asked"):
        carry_consent.answer(tx, guest.id, asked.id, yes=False)


ANSWERS: Final[Mapping[str, Callable[[Tx, Guest, ReceivedAsk, PostView, Said], None]]] = {
    "yes": _yes,
    "no": _no,
    "later": _later,
    "know": _know,
}
SAID: Final = {"yes": "ask_yes", "no": "ask_no", "later": "ask_later", "know": "ask_known"}


def offer(tx: Tx, guest: Guest, post_id: int, words: str) -> PostId:
    """ "I can help", in the member's words or ours."""
    return help_actions.offer(tx, guest.member, post_id, words=words or I_CAN_HELP[guest.visit.language])


# -- what I do with my own


async def change(guest: Guest, sent: Form) -> Response:
    """POST /help/requests/{id}: `do` is lower (`outcome`), adjust (`urgency`, `helpers`), rest or go_on."""
    post_id, do = guest.path_id(), sent.get("do")
    if do not in CHANGES:
        raise NotFound
    try:
        await guest.db.write(_change, guest, post_id, do, sent)
    except Refused as refused:
        return await _page(guest, status=422, problem=_problem(refused), at=f"request-{post_id}")
    back = post_path(post_id) if sent.get("back") == "post" else PATHS.help
    return guest.go(back, CHANGES[do])


CHANGES: Final[Mapping[str, str]] = {
    "lower": "flag_down",
    "adjust": "saved",
    "rest": "request_rests",
    "go_on": "request_goes_on",
}


def _change(tx: Tx, guest: Guest, post_id: int, do: str, sent: Form) -> None:
    if do == "lower":
        help_actions.lower(tx, guest.id, post_id, sent.get("outcome", "solved"))
    elif do == "adjust":
        helpers = sent.get("helpers", "1")
        help_actions.adjust(
            tx,
            guest.id,
            post_id,
            urgency=sent.get("urgency"),
            helpers_needed=int(helpers) if helpers.isdecimal() and len(helpers) < 4 else 0,
        )
    elif do == "rest":
        help_actions.rest(tx, guest.id, post_id)
    else:
        help_actions.keep(tx, guest.id, post_id)


async def thank(guest: Guest, sent: Form) -> Response:
    """POST /help/requests/{id}/thank: a `person` who offered, in `word`; `name` is a skill that one vouches
    for."""
    post_id, person, name = guest.path_id(), row_id(sent.get("person")), sent.get("name").strip()

    def work(tx: Tx) -> None:
        if not help_rows.has_offered(tx, post_id, person):
            raise NotFound
        thanks.thank(
            tx,
            guest.member,
            person,
            name=name,
            word=sent.get("word"),
            post_id=post_id,
            endorse=bool(name),
        )

    try:
        await guest.db.write(work)
    except Refused as refused:
        return await _page(guest, status=422, problem=_problem(refused), at=f"thank-{post_id}-{person}")
    return guest.go(post_path(post_id) if sent.get("back") == "post" else PATHS.help, "thanked")


# field of `Refused` → key of the table `problem`
PROBLEMS: Final[Mapping[str, str]] = {
    "text": "text_too_long",
    "urgency": "urgency_unknown",
    "helpers_needed": "helpers_unknown",
    "state": "flag_was_down",
    "id": "pass_refused",
    "account_id": "pass_refused",
    "words": "text_too_long",
    "name": "skill_unknown",
}


def _problem(refused: Refused) -> str:
    return PROBLEMS.get(refused.field, "other")


ROUTES: Final = (
    ("GET", PATHS.help, page(show)),
    ("POST", f"{PATHS.help}/asks/{{id}}", form(answer)),
    ("POST", f"{PATHS.help}/requests/{{id}}", form(change)),
    ("POST", f"{PATHS.help}/requests/{{id}}/thank", form(thank)),
)
