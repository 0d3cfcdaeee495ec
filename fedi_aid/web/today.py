"""The room "Today": what friends tell, who could use me; and it ends (PRODUCT S1).

A page holds so many posts; the last one of the day's ration says so, and what lies below is shown to whoever
asks.
"""

from typing import Any, Final

from starlette.responses import Response

from fedi_aid.actions import rations, today
from fedi_aid.model.ids import PersonId
from fedi_aid.model.posts import PostView
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import ties, timelines
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.web import cards
from fedi_aid.web import help as help_room
from fedi_aid.web.pages import PATHS
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id

PAGE: Final = 20
QUESTIONS: Final = 3
LETTERS: Final = frozenset({"direct", "butler"})  # they are read among the messages


async def show(guest: Guest) -> Response:
    """GET /today?before=…"""
    before = row_id(guest.query["before"]) if "before" in guest.query else None
    found = await guest.db.read(_today, guest, before)
    return await guest.page("rooms/today.html", "today", **found)


async def more(guest: Guest, sent: Form) -> Response:
    """POST /today/more: another helping, and on below what was read."""
    below = sent.get("before")
    await guest.db.write(rations.ask_for_more, guest.member)
    return guest.go(f"{PATHS.today}?before={row_id(below)}" if below else PATHS.today)


def _today(tx: Tx, guest: Guest, before: int | None) -> dict[str, Any]:
    me, ration = guest.id, rations.of(tx, guest.member)
    views = timelines.home(tx, me, Page(max_id=before, limit=PAGE + 1, depth=ration.depth))
    longer = len(views) > PAGE
    views = views[:PAGE]
    last = _cursor(views[-1]) if views else before
    asked = help_room.questions(tx, guest, limit=QUESTIONS) if before is None else []
    put = {one.card.id for one in asked}
    told = [one for one in views if one.post.reach not in LETTERS and one.post.id not in put]
    if before is None:
        heeded = [one for one in today.of(tx, guest.member).counsel if one.post.reach not in LETTERS]
        first = {one.post.id for one in heeded}
        told = [*heeded, *(one for one in told if one.post.id not in first)]
    return {
        "asked": asked,
        "letter": before is None and _is_asked_by_letter(tx, me),
        "posts": cards.cards(tx, guest, told, "home"),
        "older": last if longer else None,
        "below": last if not longer and _is_more(tx, me, last) else None,
        "later": before is not None,
        "friendless": not views and not ties.friends_of(tx, me),
    }


def _cursor(view: PostView) -> int:
    return view.boost.id if view.boost else view.post.id


def _is_asked_by_letter(tx: Tx, me: PersonId) -> bool:
    """The butler waits for a word on something else than what stands above."""
    return any(one.kind not in ("ask", "carry") for one in question_rows.open_questions(tx, me))


def _is_more(tx: Tx, me: PersonId, last: int | None) -> bool:
    """Something lies below the ration, or below what was read of it."""
    return last is not None and bool(timelines.home(tx, me, Page(max_id=last, limit=1)))


ROUTES: Final = (
    ("GET", PATHS.today, page(show)),
    ("POST", f"{PATHS.today}/more", form(more)),
)
