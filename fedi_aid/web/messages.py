"""The room "Messages": conversations, the butler's first; and strangers at the door.

The butler is one conversation, though each of its letters begins a thread. An answer to it by a button is the
word that one would write: the butler reads it as it reads any message (RULES R5).
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from markupsafe import Markup
from starlette.responses import Response

from fedi_aid.actions import marks, polls, posts, strangers
from fedi_aid.actions.posts import Draft
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import BUTLER
from fedi_aid.model.posts import PostView
from fedi_aid.storage import conversations, people, post_views, ties
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import strangers as door
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.cards import Card, cards, post_path
from fedi_aid.web.i18n import Language
from fedi_aid.web.pages import PATHS, Person
from fedi_aid.web.post_page import text_problem
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

PAGE: Final = 30
LETTERS: Final = 40
EXCERPT: Final = 120

# Which words answer a letter that offers no choice, and what they say.
SAY: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"yes": "yes", "no": "no"},
    "fr": {"yes": "oui", "no": "non"},
}


# The names that a message is addressed to, as they stand at its beginning.
_NAMES: Final = re.compile(
    r"^<p>(?:<span class=\"h-card\"[^>]*><a [^>]*>@<span>[^<]*</span></a></span>\s*)+(?:<br\s*/?>)?"
)


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in the list: the others in it, and the beginning of what was said last."""

    path: str
    people: tuple[Person, ...]
    words: str
    at: datetime | None
    unread: bool
    butlers: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `choices`: those that a letter of the butler's offers, as buttons; `plain`: it waits for
    yes or no without offering any; `about`: the post it means."""

    card: Card
    mine: bool
    choices: tuple[str, ...] = ()
    plain: bool = False
    about: str = ""


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the door, and the last thing they wrote, where it can be read."""

    id: int
    person: Person
    words: str
    at: datetime


# -- the list


async def show(guest: Guest) -> Response:
    """GET /messages?before=…"""
    before = row_id(guest.query["before"]) if "before" in guest.query else None
    found = await guest.db.read(_list, guest, before)
    return await guest.page("rooms/messages.html", "messages", **found)


def _list(tx: Tx, guest: Guest, before: int | None) -> dict[str, Any]:
    found = conversations.with_people(tx, guest.id, Page(max_id=before, limit=PAGE + 1))
    letters = conversations.with_butler(tx, guest.id, limit=1)
    return {
        "butler": _butlers_talk(tx, guest, letters) if before is None else None,
        "asks": bool(question_rows.open_questions(tx, guest.id)),
        "talks": [_talk(tx, one) for one in found[:PAGE]],
        "older": found[PAGE - 1].cursor if len(found) > PAGE else None,
        "door": bool(door.waiting(tx, guest.id, Page(limit=1))),
    }


def _the_butler(tx: Tx) -> tuple[Person, ...]:
    found = people.by_handle(tx, BUTLER)
    return (shown.person(tx.house, found),) if found else ()


def _butlers_talk(tx: Tx, guest: Guest, letters: list[PostView]) -> Talk:
    return Talk(
        path=f"{PATHS.messages}/butler",
        people=_the_butler(tx),
        words=_excerpt(letters[0]) if letters else "",
        at=letters[0].post.created_at if letters else None,
        unread=conversations.butler_unread(tx, guest.id),
        butlers=True,
    )


def _talk(tx: Tx, found: conversations.Conversation) -> Talk:
    return Talk(
        path=f"{PATHS.messages}/{found.id}",
        people=tuple(shown.person(tx.house, one) for one in found.people),
        words=_excerpt(found.last) if found.last else "",
        at=found.last.post.created_at if found.last else None,
        unread=found.unread,
    )


def _bare(card: Card) -> Card:
    """Without the names before it: who reads it stands above the conversation."""
    words = Markup(_NAMES.sub("<p>", card.post.html))  # noqa: S704 - sanitised when stored
    return msgspec.structs.replace(card, post=msgspec.structs.replace(card.post, html=words))


def _excerpt(view: PostView) -> str:
    """How it begins, without the names it is addressed to."""
    words = view.post.summary or view.post.text
    while words.startswith("@") and " " in words:
        words = words.partition(" ")[2].lstrip()
    line = " ".join(words.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT].rstrip()}…"


# -- the butler


async def show_butler(guest: Guest) -> Response:
    """GET /messages/butler."""
    return await _butler_page(guest)


async def _butler_page(guest: Guest, problem: str = "", typed: str = "", *, status: int = 200) -> Response:
    lines = await guest.db.read(_letters, guest)
    if await guest.db.read(conversations.butler_unread, guest.id):
        await guest.db.write(conversations.read_butler, guest.id)
    return await guest.page(
        "rooms/talk.html",
        "messages",
        status=status,
        people=await guest.db.read(_the_butler),
        lines=lines,
        action=f"{PATHS.messages}/butler",
        butler=True,
        about="",
        problem=problem,
        typed=typed,
        once=secrets.token_urlsafe(12),
    )


def _letters(tx: Tx, guest: Guest) -> list[Line]:
    views = list(reversed(conversations.with_butler(tx, guest.id, limit=LETTERS)))
    asked = {one.message_id: one for one in question_rows.open_questions(tx, guest.id) if one.message_id}
    missing = [one for one in asked if one not in {view.post.id for view in views}]
    views = [*post_views.views(tx, guest.id, missing), *views]  # a question is never out of sight
    about = {
        view.post.id
        for view in post_views.views(tx, guest.id, [one.post_id for one in asked.values() if one.post_id])
    }
    offered = poll_rows.of_posts(tx, guest.id, [view.post.id for view in views])
    newest = views[-1].post.id if views else 0
    lines = []
    for view, card in zip(views, cards(tx, guest, views), strict=True):
        question, poll = asked.get(view.post.id), offered.get(view.post.id)
        waits = question is not None or view.post.id == newest
        open_ = poll is not None and waits and not poll.own and not poll.has_ended(tx.now)
        lines.append(
            Line(
                card=_bare(card),
                mine=card.mine,
                choices=poll.options if poll is not None and open_ else (),
                plain=question is not None and poll is None,
                about=post_path(question.post_id) if question and question.post_id in about else "",
            )
        )
    return lines


async def tell_butler(guest: Guest, sent: Form) -> Response:
    """POST /messages/butler: `text`, or a button to the message `to`: its `choice`, or an `answer`."""
    if sent.get("choice"):
        return await _choose(guest, row_id(sent.get("to")), sent.get("choice"))
    word = SAY[guest.visit.language].get(sent.get("answer"), "")
    text = word or sent.get("text").strip()
    if not text:
        return await _butler_page(guest, "text_empty", status=422)
    draft = Draft(
        text=text if sent.get("to") else f"@{BUTLER} {text}",
        visibility="direct",
        reply_to_id=row_id(sent.get("to")) if sent.get("to") else None,
        language=guest.visit.language,
        idempotency_key=f"page:{sent.get('once')}" if sent.get("once") else None,
    )
    try:
        await guest.db.write(_tell, guest, draft)
    except Refused as refused:
        return await _butler_page(guest, text_problem(refused), text, status=422)
    return guest.go(f"{PATHS.messages}/butler", "butler_told")


async def _choose(guest: Guest, letter_id: int, choice: str) -> Response:
    """A choice that a letter offers; a vote in any app says the same."""

    def work(tx: Tx) -> None:
        letter = post_views.view(tx, guest.id, letter_id)
        if letter is None or letter.post.reach != "butler" or letter.poll_id is None:
            raise NotFound
        polls.vote(tx, guest.member, letter.poll_id, [int(choice)] if choice.isdecimal() else [])

    try:
        await guest.db.write(work)
    except Refused:
        return await _butler_page(guest, "choice_made", status=422)
    return guest.go(f"{PATHS.messages}/butler", "butler_told")


def _tell(tx: Tx, guest: Guest, draft: Draft) -> None:
    if draft.reply_to_id is not None:
        letter = post_views.view(tx, guest.id, draft.reply_to_id)
        if letter is None or letter.post.reach != "butler":
            raise NotFound
    posts.publish(tx, guest.member, draft)


# -- a conversation with people


async def show_one(guest: Guest) -> Response:
    """GET /messages/{id}."""
    return await _talk_page(guest)


async def _talk_page(guest: Guest, problem: str = "", typed: str = "", *, status: int = 200) -> Response:
    found, lines, about = await guest.db.read(_conversation, guest, guest.path_id())
    if found.unread:
        await guest.db.write(lambda tx: marks.mark_conversation(tx, guest.id, found.id, unread=False))
    house = guest.visit.instance.house
    return await guest.page(
        "rooms/talk.html",
        "messages",
        status=status,
        people=tuple(shown.person(house, one) for one in found.people),
        lines=lines,
        action=f"{PATHS.messages}/{found.id}",
        butler=False,
        about=about,
        problem=problem,
        typed=typed,
        once=secrets.token_urlsafe(12),
    )


def _one(tx: Tx, guest: Guest, row: int) -> conversations.Conversation:
    found = conversations.conversation(tx, guest.id, row_id=row)
    if found is None or found.last is None or found.last.post.reach == "butler":
        raise NotFound
    return found


def _conversation(tx: Tx, guest: Guest, row: int) -> tuple[conversations.Conversation, list[Line], str]:
    """(the conversation, what was said in it, the page of the post that it began with)."""
    found = _one(tx, guest, row)
    assert found.last is not None
    thread_id = found.last.post.thread_id
    views = conversations.said_in(tx, guest.id, thread_id, limit=LETTERS)
    first = post_views.view(tx, guest.id, thread_id)
    lines = [Line(card=_bare(card), mine=card.mine) for card in cards(tx, guest, views)]
    about = post_path(thread_id) if first is not None and first.post.reach not in ("direct", "butler") else ""
    return found, lines, about


async def reply(guest: Guest, sent: Form) -> Response:
    """POST /messages/{id}: to those in it, and nobody else (RULES R4)."""
    row, text = guest.path_id(), sent.get("text")
    try:
        await guest.db.write(_reply, guest, row, text, sent.get("once"))
    except Refused as refused:
        return await _talk_page(guest, text_problem(refused), text, status=422)
    return guest.go(f"{PATHS.messages}/{row}", "answered")


def _reply(tx: Tx, guest: Guest, row: int, text: str, once: str) -> None:
    """The newest message of the others is answered, where there is one: then the others of a larger
    conversation are named, so that they go on reading."""
    found = _one(tx, guest, row)
    assert found.last is not None
    views = conversations.said_in(tx, guest.id, found.last.post.thread_id, limit=LETTERS)
    theirs = [view for view in views if view.author.id != guest.id]
    parent = theirs[-1] if theirs else views[-1]
    others = (
        [one for one in found.people if one.id != parent.author.id]
        if theirs and len(found.people) > 1
        else []
    )
    named = "".join(f"@{one.handle} " for one in others)
    posts.publish(
        tx,
        guest.member,
        Draft(
            text=f"{named}{text}" if text.strip() else "",
            visibility="direct",
            reply_to_id=parent.post.id,
            language=guest.member.default_language,
            idempotency_key=f"page:{once}" if once else None,
        ),
    )


# -- a new one


async def show_new(guest: Guest) -> Response:
    """GET /messages/new?to=…: to a friend; nobody is approached unsolicited (PRODUCT S2)."""
    return await _new_page(guest, guest.query.get("to", ""))


async def _new_page(
    guest: Guest, to: str, problem: str = "", typed: str = "", *, status: int = 200
) -> Response:
    friends = await guest.db.read(_friends, guest.id)
    return await guest.page(
        "rooms/new_message.html",
        "messages",
        status=status,
        friends=friends,
        to=to,
        problem=problem,
        typed=typed,
        once=secrets.token_urlsafe(12),
    )


def _friends(tx: Tx, me: PersonId) -> list[tuple[str, str]]:
    found = [(str(one.id), one.name) for one in ties.friends_of(tx, me)]
    return sorted(found, key=lambda one: one[1].casefold())


async def write_new(guest: Guest, sent: Form) -> Response:
    """POST /messages/new: `to` a friend, `text`."""
    to, text = sent.get("to"), sent.get("text")
    if not to:
        return await _new_page(guest, to, "person_missing", text, status=422)
    if not text.strip():
        return await _new_page(guest, to, "text_empty", status=422)
    try:
        row = await guest.db.write(_write_new, guest, row_id(to), text, sent.get("once"))
    except Refused as refused:
        return await _new_page(guest, to, text_problem(refused), text, status=422)
    return guest.go(f"{PATHS.messages}/{row}" if row else PATHS.messages, "answered")


def _write_new(tx: Tx, guest: Guest, to: int, text: str, once: str) -> int | None:
    friend = next((one for one in ties.friends_of(tx, guest.id) if one.id == to), None)
    if friend is None:
        raise NotFound
    draft = Draft(
        text=f"@{friend.handle} {text}",
        visibility="direct",
        language=guest.member.default_language,
        idempotency_key=f"page:{once}" if once else None,
    )
    post_id = posts.publish(tx, guest.member, draft)
    view = post_views.view(tx, guest.id, post_id)
    found = conversations.conversation(tx, guest.id, thread_id=view.post.thread_id) if view else None
    return found.id if found else None


# -- strangers at the door


async def show_door(guest: Guest) -> Response:
    """GET /messages/door: people whom I do not know and who wrote; they wait until I let them in."""
    waiting = await guest.db.read(_door, guest)
    return await guest.page("rooms/door.html", "messages", waiting=waiting)


def _door(tx: Tx, guest: Guest) -> list[Stranger]:
    return [
        Stranger(
            id=one.id,
            person=shown.person(tx.house, one.person),
            words=_excerpt(one.last) if one.last else "",
            at=one.last_at,
        )
        for one in door.waiting(tx, guest.id, Page(limit=PAGE))
    ]


async def answer_door(guest: Guest, sent: Form) -> Response:
    """POST /messages/door/{id}: `do` is let_in or send_away; who is sent away is told nothing."""
    waiting_id, welcome = guest.path_id(), sent.get("do") == "let_in"

    def work(tx: Tx) -> None:
        one = strangers.at_the_door(tx, guest.id, waiting_id)
        (strangers.let_in if welcome else strangers.send_away)(tx, guest.id, [one.id])

    await guest.db.write(work)
    return guest.go(f"{PATHS.messages}/door", "let_in" if welcome else "sent_away")


ROUTES: Final = (
    ("GET", PATHS.messages, page(show)),
    ("GET", f"{PATHS.messages}/butler", page(show_butler)),
    ("POST", f"{PATHS.messages}/butler", form(tell_butler)),
    ("GET", f"{PATHS.messages}/new", page(show_new)),
    ("POST", f"{PATHS.messages}/new", form(write_new)),
    ("GET", f"{PATHS.messages}/door", page(show_door)),
    ("POST", f"{PATHS.messages}/door/{{id}}", form(answer_door)),
    ("GET", f"{PATHS.messages}/{{id}}", page(show_one)),
    ("POST", f"{PATHS.messages}/{{id}}", form(reply)),
)
