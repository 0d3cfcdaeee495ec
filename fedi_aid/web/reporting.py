"""Reporting somebody, or something they wrote, to those who look after this server; or theirs too."""

from typing import Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import charters, moderation
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person as Someone
from fedi_aid.model.posts import PostView
from fedi_aid.storage import people, post_views
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.pages import PATHS
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import row_id


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who is reported, and for which post, if for one."""

    person: Someone
    post: PostView | None


PROBLEMS: Final = {"too_many": "too_often"}


async def show(guest: Guest) -> Response:
    """GET /report?post=ID or ?person=ID."""
    return await _page(guest, guest.query.get("post", ""), guest.query.get("person", ""), Form(fields={}))


async def send(guest: Guest, sent: Form) -> Response:
    """POST /report."""
    post, person = sent.get("post"), sent.get("person")

    def work(tx: Tx) -> int:
        about = _subject(tx, guest.id, post, person)
        return moderation.report(
            tx,
            guest.id,
            about.person.id,
            post_ids=[about.post.post.id] if about.post else [],
            comment=sent.get("comment"),
            rule_ids=sent.all("rule"),
            forward=sent.ticked("forward"),
        )

    if not sent.get("comment").strip() and not sent.all("rule"):
        return await _page(guest, post, person, sent, "report_empty", status=422)
    try:
        await guest.db.write(work)
    except Refused as refused:
        problem = PROBLEMS.get(refused.code or "", "report_not_possible")
        return await _page(guest, post, person, sent, problem, status=422)
    return guest.go(PATHS.today, "reported")


def _subject(tx: Tx, me: PersonId, post: str, person: str) -> Subject:
    """NotFound for what its reporter cannot see, as for what is not there."""
    if post:
        view = post_views.view(tx, me, row_id(post))
        if view is None:
            raise NotFound
        return Subject(person=view.author, post=view)
    found = people.by_id(tx, row_id(person))
    if found is None or found.kind == "application" or found.suspended_at is not None:
        raise NotFound
    return Subject(person=found, post=None)


async def _page(
    guest: Guest, post: str, person: str, typed: Form, problem: str = "", *, status: int = 200
) -> Response:
    about = await guest.db.read(_subject, guest.id, post, person)
    holds = await guest.db.read(charters.current)
    house = guest.visit.instance.house
    return await guest.page(
        "rooms/report.html",
        "today",
        status=status,
        about=shown.person(house, about.person),
        post=shown.post(house, about.post, guest.db.clock()) if about.post else None,
        fields={"post": post, "person": person},
        elsewhere="" if about.person.local else about.person.domain,
        charter=holds.said_in(guest.visit.language),
        ticked=typed.all("rule"),
        comment=typed.get("comment"),
        forward=typed.ticked("forward"),
        problem=problem,
    )


ROUTES: Final = (("GET", PATHS.report, page(show)), ("POST", PATHS.report, form(send)))
