"""Status, with our own object beside Mastodon's fields.

`visibility` only ever says public, unlisted, private or direct: a fifth word crashes clients. What the engine
chose is `private`, and `visibility_ex` and `limited_scope` tell those who know the words the truth.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from fedi_aid.actions import projects
from fedi_aid.audience.explain import Reason, reasons, sentence
from fedi_aid.client_api.entities.account import account
from fedi_aid.client_api.entities.emoji import emojis_of
from fedi_aid.client_api.entities.filter import filtered
from fedi_aid.client_api.entities.look import Json, Look, maybe_moment, moment
from fedi_aid.client_api.entities.media import media_of
from fedi_aid.client_api.entities.poll import poll
from fedi_aid.model import caution, interest
from fedi_aid.model.filters import Filter
from fedi_aid.model.help import Request
from fedi_aid.model.ids import PersonId
from fedi_aid.model.leaving import way_to
from fedi_aid.model.people import Person
from fedi_aid.model.polls import Poll
from fedi_aid.model.posts import PostView, Reach
from fedi_aid.storage import access, own_asks, places, post_views
from fedi_aid.storage import filters as filter_rows
from fedi_aid.storage import quotes as quote_rows
from fedi_aid.storage.faces import PLAIN, Face, faces
from fedi_aid.storage.numbers import Numbers, numbers, requests_of
from fedi_aid.storage.polls import of_posts
from fedi_aid.storage.tx import Tx

VISIBILITY: Final[dict[Reach, str]] = {
    "public": "public",
    "unlisted": "unlisted",
    "followers": "private",
    "chosen": "private",
    "direct": "direct",
    "butler": "direct",
}
NOT_QUOTABLE: Final = {"automatic": [], "manual": [], "current_user": "denied"}
_STEP: Final = 5  # deliveries are told in steps of so many
_VAGUE_FROM: Final = 3  # levels from which the author is not told how many were asked (RULES R8)


class _Known(msgspec.Struct, frozen=True):
    """What a page of posts needs besides the posts, loaded at once."""

    faces: Mapping[int, Face]
    apps: dict[int, tuple[str, str | None]]
    numbers: dict[int, Numbers]
    requests: dict[int, Request]
    polls: dict[int, Poll]
    quotes: dict[int, Json]
    filters: list[Filter]
    projects: dict[int, str]  # those the viewer may know of: project → title
    heeded: set[PersonId]  # whose advice the viewer chose to heed
    now: datetime


def statuses(
    tx: Tx, look: Look, views: Sequence[PostView], known_faces: Mapping[int, Face] | None = None
) -> list[Json]:
    """A page of posts as their viewer may see them; boosts and carried requests come wrapped. `known_faces`:
    of all who stand on it, where they were asked for."""
    known = _load(tx, look, views, known_faces=known_faces)
    return [_maybe_wrapped(look, view, known) for view in views]


def status(tx: Tx, look: Look, view: PostView) -> Json:
    """One post, or one boost of it."""
    return statuses(tx, look, [view])[0]


def standing_on(views: Sequence[PostView]) -> set[PersonId]:
    """Whose accounts stand on a page of posts: who wrote them, and who boosted them."""
    return {view.author.id for view in views} | {view.boost.person.id for view in views if view.boost}


def _load(
    tx: Tx,
    look: Look,
    views: Sequence[PostView],
    *,
    nested: bool = False,
    known_faces: Mapping[int, Face] | None = None,
) -> _Known:
    own = [view.post for view in views if view.post.author_id == look.viewer]
    ids = [post.id for post in own if post.reach == "chosen"]
    return _Known(
        faces=known_faces if known_faces is not None else faces(tx, look.viewer, standing_on(views)),
        apps=access.app_names(tx, {post.app_id for post in own if post.app_id}),
        numbers=numbers(tx, ids),
        requests=requests_of(tx, ids),
        quotes=_quotes(tx, look, views, nested=nested),
        polls=of_posts(tx, look.viewer, [view.post.id for view in views if view.poll_id]),
        filters=filter_rows.all_of(tx, look.viewer, active=True) if look.viewer is not None else [],
        projects=projects.titles(tx, look.viewer, {view.post.project_id for view in views} - {None}),
        heeded=places.counsel_of(tx, look.viewer) if look.viewer is not None else set(),
        now=tx.now,
    )


def _quotes(tx: Tx, look: Look, views: Sequence[PostView], *, nested: bool) -> dict[int, Json]:
    """What these posts quote with the quoted author's leave, by post; a quote within a quote by its id alone.
    A claim that nobody confirmed is a link in the text and no quote (A18)."""
    found = quote_rows.of_posts(tx, [view.post.id for view in views]).values()
    told = {one.post_id: one.quoted_id for one in found if one.quoted_id is not None}
    revoked = {one.post_id for one in found if one.state == "revoked"}
    open_posts = [view for view in post_views.views(tx, look.viewer, list(told.values())) if _is_open(view)]
    seen = {view.post.id: view for view in open_posts}
    known = None if nested or not seen else _load(tx, look, open_posts, nested=True)
    shown: dict[int, Json] = {}
    for post_id, quoted_id in told.items():
        view = seen.get(quoted_id) if post_id not in revoked else None
        state = "revoked" if post_id in revoked else "accepted" if view else "unauthorized"
        if nested:
            shown[post_id] = {"state": state, "quoted_status_id": str(quoted_id) if view else None}
        else:
            whole = _plain(look, view, known) if view and known else None
            shown[post_id] = {"state": state, "quoted_status": whole}
    return shown


def _is_open(view: PostView) -> bool:
    return view.post.reach in ("public", "unlisted")


def _options(known: _Known, view: PostView) -> list[str]:
    """What a poll offers: filters look there too."""
    found = known.polls.get(view.post.id)
    return list(found.options) if found else []


def _maybe_wrapped(look: Look, view: PostView, known: _Known) -> Json:
    inner = _plain(look, view, known)
    boost = view.boost
    if boost is None:
        return inner
    return wrapped(
        look,
        inner,
        boost_id=boost.id,
        uri=boost.uri,
        created_at=moment(boost.created_at),
        by=account(look, boost.person, known.faces.get(boost.person.id, PLAIN)),
    )


def wrapped(look: Look, inner: Json, *, boost_id: int, uri: str, created_at: str, by: Json) -> Json:
    """A boost: an empty status around the one it shows."""
    return inner | {
        "id": str(boost_id),
        "uri": uri,
        "url": inner["url"],
        "created_at": created_at,
        "edited_at": None,
        "account": by,
        "content": "",
        "spoiler_text": "",
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "application": None,
        "pinned": False,
        "reblog": inner,
    }


def _plain(look: Look, view: PostView, known: _Known) -> Json:
    post = view.post
    mine = post.author_id == look.viewer
    shown: Json = {
        "id": str(post.id),
        "created_at": moment(post.created_at),
        "in_reply_to_id": str(post.reply_to_id) if post.reply_to_id and view.reply_to_visible else None,
        "in_reply_to_account_id": _replied_to(view),
        "sensitive": post.sensitive or view.author.sensitive_at is not None,
        "spoiler_text": post.summary,
        "visibility": VISIBILITY[post.reach],
        "language": post.language,
        "uri": post.uri,
        "url": way_to(look.house, "post", post.id, post.url or post.uri, view.author),
        "replies_count": view.replies,
        "reblogs_count": view.boosts,
        "favourites_count": view.favourites,
        "quotes_count": 0,
        "edited_at": maybe_moment(post.edited_at),
        "favourited": view.favourited,
        "reblogged": view.boosted,
        "muted": view.thread_muted,
        "bookmarked": view.bookmarked,
        "filtered": filtered(look, view, known.filters, _options(known, view)),
        "content": _content(look, view),
        "reblog": None,
        "application": _application(post.app_id, known) if mine else None,
        "account": account(look, view.author, known.faces.get(view.author.id, PLAIN)),
        "media_attachments": media_of(look, view, known.now),
        "mentions": [_mention(look, person) for person in view.mentions],
        "tags": [{"name": tag.folded, "url": look.house.tag_page(tag.folded)} for tag in view.tags],
        "emojis": emojis_of(look, view),
        "card": None,
        "poll": poll(look, known.polls[post.id], known.now) if post.id in known.polls else None,
        "quote": known.quotes.get(post.id),
        "quote_approval": NOT_QUOTABLE,
        "fedi_aid": _fedi_aid(look, view, known),
    }
    if mine:
        shown["pinned"] = view.pinned
    if post.reach == "chosen":
        shown["visibility_ex"] = "limited"
        shown["limited_scope"] = "circle"
    return shown


def _replied_to(view: PostView) -> str | None:
    """Whom it answers, as far as the viewer may see what it answers."""
    post = view.post
    return str(post.reply_to_person_id) if post.reply_to_person_id and view.reply_to_visible else None


def _application(app_id: int | None, known: _Known) -> Json | None:
    if app_id is None or app_id not in known.apps:
        return None
    name, website = known.apps[app_id]
    return {"name": name, "website": website}


def _mention(look: Look, person: Person) -> Json:
    return {
        "id": str(person.id),
        "username": person.username,
        "url": way_to(look.house, "person", person.id, person.url or person.uri, person),
        "acct": person.handle,
    }


def _fedi_aid(look: Look, view: PostView, known: _Known) -> Json:
    post = view.post
    mine = post.author_id == look.viewer
    shown: Json = {
        "intimacy": post.intimacy,
        "help": post.help_flag,
        "request": _request(view, known.requests.get(post.id)),
        "via": [{"id": str(one.id), "acct": one.handle} for one in view.carriers],
        "why": why(look, view),
        **_project(view, known),
        "counsel": post.author_id in known.heeded,
        "revision": post.revision,
        "offers_help": post.offers_help,
        "interest": interest.words(post.interest, look.locale) if post.paid else None,
        "asked_to_carry": view.asked_to_carry,
        "caution": _caution(view),
        "vouched_by": _vouched_by(view),
    }
    if mine:
        shown["held_until"] = maybe_moment(post.held_until)
        if post.reach == "chosen":
            found = known.numbers.get(post.id, Numbers())
            shown["audience"] = _audience(post.intimacy, found)
            shown["delivery"] = _delivery(post.intimacy, found)
    return shown


def _project(view: PostView, known: _Known) -> Json:
    """The project, for who may know of it."""
    known_id = view.post.project_id if view.post.project_id in known.projects else None
    shown_id = str(known_id) if known_id is not None else None
    return {"project_id": shown_id, "project_name": projects.told(view, known.projects)}


def _is_strangers(view: PostView) -> bool:
    """By somebody whom its reader does not know, and here because a friend carries it."""
    return view.access is not None and view.access.kind == "carried" and bool(view.carriers)


def _content(look: Look, view: PostView) -> str:
    if not _is_strangers(view):
        return view.post.html
    text = f"{view.post.summary} {view.post.text}"
    author, friend = f"@{view.author.handle}", view.carriers[0].name
    language: caution.Language = "fr" if look.locale.startswith("fr") else "en"
    return caution.with_care(
        view.post.html,
        text,
        author=author,
        friend=friend,
        language=language,
        vouched=view.post.vouched_at is not None,
    )


def _caution(view: PostView) -> Json | None:
    if not _is_strangers(view):
        return None
    return {"money": caution.speaks_of_money(f"{view.post.summary} {view.post.text}")}


def _vouched_by(view: PostView) -> Json | None:
    """The friend whose word this is, until its author's server has been asked (RULES R20)."""
    if view.post.vouched_at is None or not view.carriers:
        return None
    return {"id": str(view.carriers[0].id), "acct": view.carriers[0].handle}


def _request(view: PostView, request: Request | None) -> Json | None:
    """The flag. How the butler stands with it (asleep, paused) and how it ended is the author's to know."""
    if view.post.help_flag is None and request is None:
        return None
    if request is None:
        return {"state": "open" if view.post.flag_is_up else "lowered", "outcome": None}
    return {"state": request.state, "outcome": request.outcome}


def _audience(intimacy: int | None, found: Numbers) -> Json:
    """Numbers for the author, never names of the silent (RULES R1, R8)."""
    close = (intimacy or 0) >= _VAGUE_FROM
    return {
        "shown": found.shown,
        "asked": None if close else found.asked,
        "asked_to_carry": found.asked_to_carry,
        "offers": found.offers,
    }


def _delivery(intimacy: int | None, found: Numbers) -> Json | None:
    """How far a post has come to the servers of friends elsewhere: what these accepted, not what anybody saw
    (P13). In whole fives, and nothing for fewer or from level 3 on: a number that could be one person is a
    name (RULES R8)."""
    numbers = {"waiting": found.waiting, "delivered": found.delivered, "refused": found.refused}
    if (intimacy or 0) >= _VAGUE_FROM or sum(numbers.values()) < _STEP:
        return None
    return {name: number - number % _STEP for name, number in numbers.items()}


def why_asked(tx: Tx, look: Look, view: PostView) -> str | None:
    """`why`, with how many were asked beside this reader, up to level 2, where this server asked them."""
    vague = look.viewer is None or (view.post.intimacy or 0) >= _VAGUE_FROM
    return why(look, view, None if vague else own_asks.asked_with(tx, view.post.id, look.viewer or 0))


def why(look: Look, view: PostView, asked_count: int | None = None) -> str | None:
    """Why this reader was chosen, in their language; None where nobody chose them. Of what another server
    chose, what is known here (RULES R1)."""
    if view.post.reach != "chosen" or view.access is None or view.post.author_id == look.viewer:
        return None
    carrier = view.carriers[0].name if view.carriers else None
    told = [msgspec.convert(one, Reason) for one in view.access.reasons]
    told = told or list(reasons(circle=2 if carrier else 1))
    return sentence(told, view.author.name, look.locale, carrier_name=carrier, asked_count=asked_count)


def without(found: Json, names: Collection[str]) -> Json:
    return {name: value for name, value in found.items() if name not in names}
