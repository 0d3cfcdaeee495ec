"""A post as a member finds it in the rooms: why they see it, through whom, and what they can do with it.

Only what its reader may know (RULES R1, R7): every value comes from a `PostView` of theirs. A member's own
post also says how wide it is.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec
from markupsafe import Markup

from fedi_aid.actions import projects
from fedi_aid.audience.explain import Reason, reasons, sentence
from fedi_aid.model import caution
from fedi_aid.model.filters import Filter, Match, Place, matches
from fedi_aid.model.house import House
from fedi_aid.model.ids import PersonId
from fedi_aid.model.posts import PostView, Reach
from fedi_aid.storage import filters
from fedi_aid.storage.tx import Tx
from fedi_aid.web import shown
from fedi_aid.web.i18n import Language
from fedi_aid.web.pages import Person, Post
from fedi_aid.web.rooms import Guest

CLOSE_FROM: Final = 3  # levels from which an author is not told how many were asked (RULES R8)
_ANCHOR: Final = re.compile(r"<a\b[^>]*>")
_REL: Final = re.compile(r'\srel="[^"]*"')


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A post of a room. `post.path` is its page in the rooms.

    `flag` is "up" or "down" on a request, else "". `via`: the friend who carries it here; `shared_by`: who
    boosted a public post; `answers`: whose post it answers, where its reader may see that. `why` is a whole
    sentence, empty where nobody chose its reader. `level` only on one's own posts that the engine chose for;
    `held`: it waits for its author's word. `put_aside`: the title of the reader's filter that folds it.
    """

    id: int
    author_id: PersonId
    post: Post
    reach: Reach
    mine: bool
    flag: Literal["up", "down", ""] = ""
    via: Person | None = None
    shared_by: Person | None = None
    answers: str = ""
    why: str = ""
    project: str = ""
    level: int | None = None
    held: bool = False
    thanked: bool = False
    carrying: bool = False
    asked_to_carry: bool = False
    has_poll: bool = False
    put_aside: str = ""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads, and where: filters apply in some places only."""

    id: PersonId
    language: Language
    place: Place | None = None
    filters: Sequence[Filter] = ()


def post_path(post_id: int) -> str:
    """The page of a post in the rooms."""
    return f"/posts/{post_id}"


def cards(tx: Tx, guest: Guest, views: Sequence[PostView], place: Place | None = None) -> list[Card]:
    """These posts in order, without those that their reader wants hidden in this place."""
    reader = Reader(
        id=guest.id,
        language=guest.visit.language,
        place=place,
        filters=filters.all_of(tx, guest.id, active=True) if place else (),
    )
    known = projects.titles(tx, guest.id, {view.post.project_id for view in views})
    found = []
    for view in views:
        met = _matches(view, reader)
        if not any(one.filter.action == "hide" for one in met):
            found.append(_card(tx, view, reader, met, known))
    return found


def card(tx: Tx, guest: Guest, view: PostView) -> Card:
    """One post, as its reader asked for it: no filter is in between."""
    return cards(tx, guest, [view])[0]


def _matches(view: PostView, reader: Reader) -> list[Match]:
    if reader.place is None or view.post.author_id == reader.id:
        return []
    texts = [view.post.text, view.post.summary, *(file.alt for file in view.media)]
    return matches(reader.filters, post_id=view.post.id, texts=texts, place=reader.place)


def _card(tx: Tx, view: PostView, reader: Reader, met: Sequence[Match], known: Mapping[int, str]) -> Card:
    found, house = view.post, tx.house
    mine = found.author_id == reader.id
    plain = shown.post(house, view, tx.now)
    asked = {True: "up", False: "down", None: ""}[found.help_flag]
    return Card(
        id=found.id,
        author_id=found.author_id,
        post=msgspec.structs.replace(
            plain,
            path=post_path(found.id),
            html=Markup(at_home(house, _words(view, reader.language))),  # noqa: S704 - sanitised when stored
            sensitive=plain.sensitive or view.author.sensitive_at is not None,
        ),
        reach=found.reach,
        mine=mine,
        flag=asked,  # type: ignore[arg-type]
        via=shown.person(house, view.carriers[0]) if view.carriers else None,
        shared_by=shown.person(house, view.boost.person) if view.boost and not view.boost.carried else None,
        answers=_answered(view),
        why=why(view, reader.language),
        project=projects.told(view, known) or "",
        level=found.intimacy if mine and found.reach == "chosen" else None,
        held=mine and found.held_until is not None,
        thanked=view.favourited,
        carrying=view.boosted and found.reach != "public",
        asked_to_carry=view.asked_to_carry,
        has_poll=view.poll_id is not None,
        put_aside=met[0].filter.title if met else "",
    )


def _answered(view: PostView) -> str:
    """Whom it answers; itself a continuation, it says nothing."""
    post = view.post
    if not post.reply_to_person_id or not view.reply_to_visible or post.reply_to_person_id == post.author_id:
        return ""
    return next((one.name for one in view.mentions if one.id == post.reply_to_person_id), "")


def why(view: PostView, language: Language, asked_count: int | None = None) -> str:
    """Why this reader was chosen, from facts that they may know (PRODUCT M1); "" where nobody chose them.
    `asked_count`: how many were asked by name with them."""
    if view.post.reach != "chosen" or view.access is None or view.post.author_id == view.viewer:
        return ""
    carrier = view.carriers[0].name if view.carriers else None
    told = [msgspec.convert(one, Reason) for one in view.access.reasons]
    told = told or list(
        reasons(circle=2 if carrier else 1)
    )  # chosen elsewhere: what is known here (RULES R1)
    return sentence(told, view.author.name, language, carrier_name=carrier, asked_count=asked_count)


def _words(view: PostView, language: Language) -> str:
    """What a friend carried is shown with care: nothing that opens, and a line about money (C14)."""
    if view.access is None or view.access.kind != "carried" or not view.carriers:
        return view.post.html
    return caution.with_care(
        view.post.html,
        f"{view.post.summary} {view.post.text}",
        author=f"@{view.author.handle}",
        friend=view.carriers[0].name,
        language=language,
        vouched=view.post.vouched_at is not None,
    )


def at_home(house: House, html: str) -> str:
    """Sanitised HTML whose links to this server are paths, and whose others tell nobody who reads (B13)."""

    def one(match: re.Match[str]) -> str:
        tag = match[0]
        inside = tag.replace(f'href="{house.base_url}/', 'href="/')
        if inside != tag:
            return _REL.sub("", inside).replace(' target="_blank"', "")
        return _REL.sub("", tag)[:-1] + ' rel="nofollow noopener noreferrer">'

    return _ANCHOR.sub(one, html)
