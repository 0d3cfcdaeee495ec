"""A post with its thread, and what one does with it; hidden and missing are one page (RULES R7).

Before an answer is sent, the page says who will read it (RULES R4). Only its author changes, removes or
narrows a post, and only its author finds the story of their request here.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from starlette.responses import Response

from fedi_aid.actions import (
    audiences,
    carry_consent,
    editing,
    erasing,
    files,
    polls,
    posts,
    reactions,
    threads,
)
from fedi_aid.actions.posts import Draft
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.posts import PostView
from fedi_aid.storage import audience_rows, people, post_views, ties
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.web import asked, shown, tabs
from fedi_aid.web import help as help_room
from fedi_aid.web.cards import card, cards, post_path
from fedi_aid.web.pages import PATHS, Attachment
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

ABOVE: Final = 40
BELOW: Final = 100

# Who reads an answer: key of the table `thread`.
Readers = Literal["readers_author", "readers_open", "readers_own", "readers_those", "readers_butler"]


class Overtaken(Exception):
    """What a form was made from was changed meanwhile, in another tab or app."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a post that is being changed."""

    id: int
    shown: Attachment | None
    alt: str


# -- reading


async def show(guest: Guest) -> Response:
    """GET /posts/{id}."""
    return await _page(guest)


async def _page(
    guest: Guest, *, status: int = 200, problem: str = "", at: str = "", typed: str = ""
) -> Response:
    """`problem` stands at the form `at`, which keeps what was `typed`."""
    post_id = guest.path_id()
    found = await guest.db.read(_thread, guest, post_id)
    if found is None:
        return guest.go(f"{PATHS.messages}/butler")
    if await guest.db.read(threads.is_due, post_id):
        await guest.db.write(threads.complete, post_id)
    return await guest.page(
        "rooms/post.html",
        "today",
        status=status,
        problem=problem,
        at=at,
        typed=typed,
        once=secrets.token_urlsafe(12),
        **found,
    )


def seen(tx: Tx, guest: Guest, post_id: int) -> PostView:
    """A post, by its id or that of a boost, which this member may see; NotFound for hidden and missing."""
    view = post_views.view(tx, guest.id, post_id)
    if view is None:
        raise NotFound
    return view


def _thread(tx: Tx, guest: Guest, post_id: int) -> dict[str, Any] | None:
    """None for a letter of the butler's: it is read among the messages."""
    view = seen(tx, guest, post_id)
    post, me = view.post, guest.id
    if post.reach == "butler":
        return None
    mine = post.author_id == me
    above = post_views.ancestors(tx, me, post, limit=ABOVE)
    below = post_views.descendants(tx, me, post, limit=BELOW)
    request = help_rows.request(tx, post.id) if mine else None
    told = help_room.told(tx, guest, [request]) if request else []
    return {
        "card": card(tx, guest, view),
        "above": cards(tx, guest, above, "thread"),
        "below": cards(tx, guest, below, "thread"),
        "poll": asked.poll_of(tx, me, view),
        "readers": _readers(tx, guest, view),
        "may_be_public": post.reach == "public" and tx.house.allow_public_posts,
        "may_offer": post.flag_is_up and not mine and not help_rows.has_offered(tx, post.id, me),
        "has_offered": post.flag_is_up and not mine and help_rows.has_offered(tx, post.id, me),
        "carry": carry_consent.open_question(tx, me, post.id) if view.asked_to_carry else None,
        "story": told[0] if told else None,
        "quiet": view.thread_muted,
        "foreseen": _foreseen(tx, guest, view),
        "friends": _friends(tx, guest) if mine and post.reach == "chosen" else [],
    }


def _friends(tx: Tx, guest: Guest) -> list[tuple[int, str]]:
    found = [(one.id, one.name) for one in ties.friends_of(tx, guest.id)]
    return sorted(found, key=lambda one: one[1].casefold())


def _foreseen(tx: Tx, guest: Guest, view: PostView) -> list[str]:
    """Who would see what waits for my word, if it went now (RULES R14)."""
    if view.post.author_id != guest.id or view.post.held_until is None:
        return []
    known = people.many(tx, audiences.foreseen(tx, guest.member, view.post))
    return [one.name for one in known.values()]


def _readers(tx: Tx, guest: Guest, view: PostView) -> tuple[Readers, str]:
    """(who will read an answer, their name) by RULES R4."""
    post = view.post
    if post.author_id != guest.id:
        opened = post.reach in ("public", "unlisted")
        return ("readers_open" if opened else "readers_author"), view.author.name
    if post.reach == "chosen":
        return "readers_own", ""
    if post.reach in ("public", "unlisted"):
        return "readers_open", view.author.name
    holders = [person for person, _, _ in audience_rows.audience_of(tx, post.id) if person != guest.id]
    names = [one.name for one in view.mentions if one.id in holders]
    return "readers_those", ", ".join(names)


# -- answering


async def reply(guest: Guest, sent: Form) -> Response:
    """POST /posts/{id}/reply: `text`, `openly` where the conversation is public; sent twice, it is one."""
    text, post_id = sent.get("text"), guest.path_id()
    draft = Draft(
        text=text,
        visibility="public" if sent.ticked("openly") else "private",
        reply_to_id=post_id,
        language=guest.member.default_language,
        idempotency_key=f"page:{sent.get('once')}" if sent.get("once") else None,
    )
    try:
        answer_id = await guest.db.write(posts.publish, guest.member, draft)
    except Refused as refused:
        return await _page(guest, status=422, problem=text_problem(refused), at="reply", typed=text)
    return guest.go(post_path(answer_id), "answered")


# (field, code) of `Refused` for words → key of the table `problem`
TEXT_PROBLEMS: Final[Mapping[tuple[str, str], str]] = {
    ("text", "blank"): "text_empty",
    ("text", "invalid"): "text_too_long",
    ("media_ids", "invalid"): "files_unusable",
}


def text_problem(refused: Refused) -> str:
    return TEXT_PROBLEMS.get((refused.field, refused.code), "other")


async def offer(guest: Guest, sent: Form) -> Response:
    """POST /posts/{id}/offer: "I can help", in `words` or in ours."""
    words, post_id = sent.get("words").strip(), guest.path_id()
    try:
        await guest.db.write(help_room.offer, guest, post_id, words)
    except Refused as refused:
        return await _page(guest, status=422, problem=text_problem(refused), at="offer", typed=words)
    return guest.go(post_path(post_id), "offered")


async def thank(guest: Guest, sent: Form) -> Response:
    """POST /posts/{id}/thank: a quiet thank-you for its author alone; `do` is undo to take it back."""
    undo, post_id = sent.get("do") == "undo", guest.path_id()
    await guest.db.write(reactions.unfavourite if undo else reactions.favourite, guest.id, post_id)
    return guest.go(post_path(post_id), "" if undo else "thanked")


async def quiet(guest: Guest, sent: Form) -> Response:
    """POST /posts/{id}/quiet: hear no more of this conversation; `do` is undo to hear of it again."""
    undo, post_id = sent.get("do") == "undo", guest.path_id()
    await guest.db.write(reactions.unmute_thread if undo else reactions.mute_thread, guest.id, post_id)
    return guest.go(post_path(post_id), "saved")


async def stop_carrying(guest: Guest, _sent: Form) -> Response:
    """POST /posts/{id}/stop-carrying: my name is taken back, here and elsewhere."""
    post_id = guest.path_id()

    def work(tx: Tx) -> None:
        carry_consent.withdraw(tx, guest.id, seen(tx, guest, post_id).post.id)

    await guest.db.write(work)
    return guest.go(post_path(post_id), "carry_stopped")


async def vote(guest: Guest, sent: Form) -> Response:
    """POST /posts/{id}/vote: `choice`, as places of its options."""
    post_id = guest.path_id()
    chosen = [int(one) for one in sent.all("choice") if one.isdecimal() and len(one) < 3]

    def work(tx: Tx) -> None:
        view = seen(tx, guest, post_id)
        if view.poll_id is None:
            raise NotFound
        polls.vote(tx, guest.member, view.poll_id, chosen)

    try:
        await guest.db.write(work)
    except Refused:
        return await _page(guest, status=422, problem="vote_not_counted", at="vote")
    return guest.go(post_path(post_id), "voted")


# -- one's own


def _own(tx: Tx, guest: Guest, post_id: int) -> PostView:
    view = seen(tx, guest, post_id)
    if view.post.author_id != guest.id or view.boost is not None or view.post.reach == "butler":
        raise NotFound
    return view


async def show_edit(guest: Guest) -> Response:
    """GET /posts/{id}/edit."""
    return await _edit_page(guest)


async def _edit_page(
    guest: Guest, *, status: int = 200, problem: str = "", typed: Form | None = None
) -> Response:
    view, media = await guest.db.read(_to_edit, guest, guest.path_id())
    return await guest.page(
        "rooms/edit.html",
        "today",
        status=status,
        problem=problem,
        post_id=view.post.id,
        before=tabs.mark_of((view.post.text, view.post.summary)),
        stands=view.post.text if problem == "changed_meanwhile" else "",
        text=typed.get("text") if typed else view.post.text,
        warning=typed.get("warning") if typed else view.post.summary,
        level=view.post.intimacy if view.post.reach == "chosen" else None,
        flag=view.post.flag_is_up,
        media=[
            msgspec.structs.replace(one, alt=typed.get(f"alt_{one.id}", one.alt)) if typed else one
            for one in media
        ],
    )


def _to_edit(tx: Tx, guest: Guest, post_id: int) -> tuple[PostView, Sequence[File]]:
    view = _own(tx, guest, post_id)
    return view, [
        File(id=one.id, shown=shown.attachment(tx.house, view, one, tx.now), alt=one.alt)
        for one in view.media
    ]


async def edit(guest: Guest, sent: Form) -> Response:
    """POST /posts/{id}/edit: its words; level, flag and project stay (RULES R15)."""
    post_id = guest.path_id()

    def work(tx: Tx) -> None:
        old = _own(tx, guest, post_id)
        wanted = (sent.get("text"), sent.get("warning").strip())
        if tabs.was_overtaken(sent, (old.post.text, old.post.summary), wanted):
            raise Overtaken
        for one in old.media:
            alt = sent.get(f"alt_{one.id}", one.alt)
            if alt != one.alt:
                files.describe_on_post(tx, guest.id, old.post.id, one.id, alt=alt)
        draft = Draft(
            text=sent.get("text"),
            summary=sent.get("warning").strip(),
            # what is behind a warning is sensitive by that alone
            sensitive=old.post.sensitive and not old.post.summary,
            media_ids=tuple(one.id for one in old.media),
            app_id=old.post.app_id,
        )
        editing.edit(tx, guest.member, old.post.id, draft)

    try:
        await guest.db.write(work)
    except Overtaken:
        return await _edit_page(guest, status=422, problem="changed_meanwhile", typed=sent)
    except Refused as refused:
        return await _edit_page(guest, status=422, problem=text_problem(refused), typed=sent)
    return guest.go(post_path(post_id), "edited")


async def delete(guest: Guest, _sent: Form) -> Response:
    """POST /posts/{id}/delete: gone here, and everywhere it went."""
    post_id = guest.path_id()

    def work(tx: Tx) -> None:
        erasing.delete(tx, guest.id, _own(tx, guest, post_id).post.id)

    await guest.db.write(work)
    return guest.go(PATHS.today, "deleted")


async def wrong_person(guest: Guest, sent: Form) -> Response:
    """POST /posts/{id}/wrong-person: `person` shall not read this, nor anything of mine with `always`. Who
    could not read it anyway gets the same answer: a post has no list of its readers."""
    post_id = guest.path_id()
    person = sent.get("person")
    if not person:
        return await _page(guest, status=422, problem="person_missing", at="wrong-person")
    person_id, always = row_id(person), sent.ticked("always")

    def work(tx: Tx) -> None:
        post = _own(tx, guest, post_id).post
        if audience_rows.ever_held(tx, person_id, post.id):
            audiences.wrong_person(tx, guest.member, post.id, person_id, always=always)

    await guest.db.write(work)
    return guest.go(post_path(post_id), "left_out")


async def send_anyway(guest: Guest, _sent: Form) -> Response:
    """POST /posts/{id}/release: what waits for its author's word goes on its way (RULES R14)."""
    post_id = guest.path_id()

    def work(tx: Tx) -> None:
        post = _own(tx, guest, post_id).post
        question_rows.close_questions(tx, post_id=post.id, state="answered", answer="yes")
        posts.release(tx, guest.member, post.id)

    await guest.db.write(work)
    return guest.go(post_path(post_id), "sent")


_POST: Final = "/posts/{id}"
ROUTES: Final = (
    ("GET", _POST, page(show)),
    ("POST", f"{_POST}/reply", form(reply)),
    ("POST", f"{_POST}/offer", form(offer)),
    ("POST", f"{_POST}/thank", form(thank)),
    ("POST", f"{_POST}/quiet", form(quiet)),
    ("POST", f"{_POST}/stop-carrying", form(stop_carrying)),
    ("POST", f"{_POST}/vote", form(vote)),
    ("GET", f"{_POST}/edit", page(show_edit)),
    ("POST", f"{_POST}/edit", form(edit)),
    ("POST", f"{_POST}/delete", form(delete)),
    ("POST", f"{_POST}/wrong-person", form(wrong_person)),
    ("POST", f"{_POST}/release", form(send_anyway)),
)
