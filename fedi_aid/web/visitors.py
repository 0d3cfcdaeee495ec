"""What anybody may read: the first page, the charter, public profiles, posts and tags; and nothing else.

A page here shows public posts only, whoever is logged in: what was written for a few people is read in their
apps. What is hidden goes through the same questions as what is missing, and ends in the same bytes (R7).
"""

from typing import Final

from starlette.responses import Response

from fedi_aid.actions import charters
from fedi_aid.errors import NotFound
from fedi_aid.model.people import BUTLER, Person
from fedi_aid.model.posts import PostView, Viewer
from fedi_aid.model.text import fold_tag
from fedi_aid.storage import people, post_views, timelines
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.asked import ShownPoll, poll_of
from fedi_aid.web.visit import Visit, row_id

PAGE: Final = 20
MAX_TAG: Final = 100
PUBLIC: Final = frozenset({"public", "unlisted"})


async def landing(visit: Visit) -> Response:
    return visit.page("landing.html", said=visit.query.get("said", ""))


async def charter(visit: Visit) -> Response:
    holds = await visit.db.read(charters.current)
    session = visit.session
    asked = session is not None and await visit.db.read(charters.to_accept, session.member.id) is not None
    return visit.page(
        "charter.html",
        charter=holds.said_in(visit.language),
        since=holds.since,
        version=holds.version if asked else "",
        csrf=session.csrf if session else "",
        said=visit.query.get("said", ""),
    )


async def nothing(_visit: Visit) -> Response:
    """Every address that is nobody's."""
    raise NotFound


async def profile(visit: Visit) -> Response:
    """GET /@name: a member's public profile and posts; the butler's, with no more than what it is."""
    before = _before(visit)
    name = str(visit.request.path_params["name"])
    found, views = await visit.db.read(_profile, visit.viewer, name, before)
    house = visit.instance.house
    whole = shown.profile(house, found, is_service=found.username == BUTLER)
    return visit.page(
        "profile.html",
        profile=whole,
        posts=[shown.post(house, view, visit.db.clock()) for view in views[:PAGE]],
        older=_older(whole.person.path, views),
    )


def _profile(tx: Tx, viewer: Viewer, name: str, before: int | None) -> tuple[Person, list[PostView]]:
    person = people.by_handle(tx, name)
    member = people.member(tx, person.id if person else 0)
    page = Page(max_id=before, limit=PAGE + 1)
    open_to_all = timelines.by_author(tx, None, person.id if person else 0, page, exclude_replies=True)
    views = _seen_by(tx, viewer, open_to_all)
    if member is None or member.state != "active" or member.person.suspended_at is not None:
        raise NotFound
    if member.role == "service" and member.person.username != BUTLER:
        raise NotFound
    return member.person, [] if member.role == "service" else views


async def post(visit: Visit) -> Response:
    """GET /@name/{id}: a public post with its public replies."""
    name = str(visit.request.path_params["name"])
    post_id = row_id(str(visit.request.path_params["post_id"]))
    view, replies, poll = await visit.db.read(_post, visit.viewer, name, post_id)
    house = visit.instance.house
    return visit.page(
        "post.html",
        post=shown.post(house, view, visit.db.clock()),
        replies=[shown.post(house, reply, visit.db.clock()) for reply in replies],
        poll=poll,
    )


def _post(
    tx: Tx, viewer: Viewer, name: str, post_id: int
) -> tuple[PostView, list[PostView], ShownPoll | None]:
    found = _seen_by(tx, viewer, post_views.views(tx, None, [post_id]))
    if not found or found[0].author.handle.casefold() != name.casefold():
        raise NotFound
    replies = _seen_by(tx, viewer, post_views.descendants(tx, None, found[0].post))
    return found[0], replies, poll_of(tx, None, found[0])


async def tag(visit: Visit) -> Response:
    """GET /tags/{name}: public posts with a tag. A tag that nobody used publicly, or nobody ever used, is
    the same empty page (P19)."""
    before = _before(visit)
    folded = fold_tag(str(visit.request.path_params["name"]))
    if not 0 < len(folded) <= MAX_TAG or not folded.isprintable():
        raise NotFound
    views = await visit.db.read(_tagged, visit.viewer, folded, before)
    house = visit.instance.house
    return visit.page(
        "tag.html",
        tag=folded,
        posts=[shown.post(house, view, visit.db.clock()) for view in views[:PAGE]],
        older=_older("", views),
    )


def _tagged(tx: Tx, viewer: Viewer, folded: str, before: int | None) -> list[PostView]:
    page = Page(max_id=before, limit=PAGE + 1)
    return _seen_by(tx, viewer, timelines.tagged(tx, None, folded, page))


def _seen_by(tx: Tx, viewer: Viewer, open_to_all: list[PostView]) -> list[PostView]:
    """Of posts that everybody may see, those that this viewer may too: a block hides public posts as well.
    What waits for its author (RULES R14) is shown to nobody here."""
    public = [view for view in open_to_all if view.post.reach in PUBLIC and view.post.held_until is None]
    return public if viewer is None else post_views.views(tx, viewer, [view.post.id for view in public])


def _before(visit: Visit) -> int | None:
    return row_id(visit.query["before"]) if "before" in visit.query else None


def _older(path: str, views: list[PostView]) -> str:
    """The next page, where there is one; a path, or a query of the page itself."""
    return f"{path}?before={views[PAGE - 1].post.id}" if len(views) > PAGE else ""
