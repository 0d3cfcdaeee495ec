"""Stories: mine, those I may read, and where I am quoted; arranging one; and the page on which one is read.

That page is for whoever may read the story, logged in or not: to all others it is no page, as for a story
that never was (RULES R7, R12).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.responses import Response

from fedi_aid.actions import projects, stories
from fedi_aid.actions.stories import Piece, Release, Told, Wish, Workshop
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.posts import PostView
from fedi_aid.storage.stories import PUBLIC, Part, Story
from fedi_aid.storage.tx import Tx
from fedi_aid.web import cards, shown, tabs
from fedi_aid.web.pages import PATHS, Post
from fedi_aid.web.rooms import Form, Guest, form, page
from fedi_aid.web.visit import Visit, row_id

NEW: Final = f"{PATHS.stories}/new"
EXCERPT: Final = 60
# width of a story → key of its sentence
READERS: Final[Mapping[int, str]] = {PUBLIC: "everybody", 2: "friends", 3: "close", 4: "confidants"}

# (field, code) of `Refused` → key of the catalogue's `problem` table
PROBLEMS: Final = {
    ("title", "blank"): "title_needed",
    ("title", "too_long"): "title_needed",
    ("parts", "blank"): "words_missing",
    ("parts", "too_long"): "story_too_long",
    ("parts", "too_many"): "story_too_long",
    ("level", "not_here"): "step_unknown",
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A story in a list."""

    id: str
    title: str
    author: str
    state: str
    readers: str


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Where a member is quoted: the post is their own."""

    id: str
    title: str
    author: str
    readers: str
    state: str
    post: Post


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a story as it is read."""

    text: str = ""
    post: Post | None = None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A piece on its author's desk. `kind` is what the form sends of it; `post` is missing where it is out of
    sight now."""

    kind: str
    text: str
    retold: bool
    release: Release
    post: Post | None


def problem_of(refused: Refused) -> str:
    return PROBLEMS.get((refused.field or "", refused.code or ""), "other")


# -- all of them


async def show(guest: Guest) -> Response:
    """GET /stories; `project_id`: those of one project."""
    wanted = row_id(guest.query["project_id"]) if "project_id" in guest.query else None

    def work(tx: Tx) -> dict[str, Any]:
        about = projects.one(tx, guest.id, wanted, guest.visit.language) if wanted is not None else None
        return {
            "about": about,
            "mine": [_entry(one, "") for one in stories.mine(tx, guest.id, wanted)],
            "others": [_entry(one, author.name) for one, author in stories.of_others(tx, guest.id, wanted)],
            "asks": _asks(tx, guest) if wanted is None else [],
        }

    return await guest.page("rooms/stories.html", "projects", **await guest.db.read(work))


def _entry(story: Story, author: str) -> Entry:
    return Entry(
        id=str(story.id),
        title=story.title,
        author=author,
        state=story.state,
        readers=READERS[story.shown_to_level],
    )


def _asks(tx: Tx, guest: Guest) -> list[Ask]:
    found = stories.quoted(tx, guest.id)
    posts = _posts(tx, guest, [one.view for one in found])
    return [
        Ask(
            id=str(one.consent.id),
            title=one.story.title,
            author=one.author.name,
            readers=READERS[one.story.shown_to_level],
            state=one.consent.state,
            post=posts[one.view.post.id],
        )
        for one in found
    ]


def _posts(tx: Tx, guest: Guest, views: list[PostView]) -> dict[int, Post]:
    return {card.id: card.post for card in cards.cards(tx, guest, views)}


async def answer(guest: Guest, sent: Form) -> Response:
    """POST /stories: to be quoted, or not, or no longer."""
    if sent.get("do") not in ("yes", "no"):
        raise NotFound
    await guest.db.write(stories.answer, guest.id, row_id(sent.get("id")), yes=sent.get("do") == "yes")
    return guest.go(PATHS.stories, "saved")


# -- one, as it is read


async def show_one(visit: Visit) -> Response:
    """GET /stories/{id}: for its readers; the same bytes for all others, and for one that is missing."""
    story_id = row_id(str(visit.request.path_params["id"]))
    guest = Guest(visit, visit.session) if visit.session else None

    def work(tx: Tx) -> tuple[Told, list[Line]]:
        told = stories.read(tx, visit.viewer, story_id)
        views = [line.view for line in told.lines if line.view is not None]
        if guest is not None:
            posts = _posts(tx, guest, views)
        else:
            posts = {view.post.id: shown.post(tx.house, view, tx.now) for view in views}
        return told, [
            Line(text=line.text, post=posts[line.view.post.id] if line.view else None) for line in told.lines
        ]

    told, lines = await visit.db.read(work)
    context: dict[str, Any] = {
        "story": told.story,
        "author": shown.person(visit.instance.house, told.author),
        "project": told.project,
        "lines": lines,
        "readers": READERS[told.story.shown_to_level],
        "mine": told.story.author_id == visit.viewer,
    }
    if guest is not None:
        return await guest.page("rooms/story.html", "projects", **context)
    return visit.page("rooms/story.html", **context)


# -- telling one


async def show_new(guest: Guest) -> Response:
    """GET /stories/new; `project_id`: of which project."""
    return await _new_page(guest, guest.query.get("project_id", ""), "")


async def _new_page(guest: Guest, chosen: str, title: str, problem: str = "") -> Response:
    mine = await guest.db.read(projects.mine, guest.id, guest.visit.language)
    return await guest.page(
        "rooms/story_new.html",
        "projects",
        status=422 if problem else 200,
        projects=[(str(one.project.id), one.project.title) for one in mine if one.role in ("owner", "team")],
        chosen=chosen,
        title=title,
        problem=problem,
    )


async def begin(guest: Guest, sent: Form) -> Response:
    """POST /stories/new."""
    project_id, title = sent.get("project_id"), sent.get("title")
    try:
        made = await guest.db.write(stories.begin, guest.id, row_id(project_id), title)
    except Refused as refused:
        return await _new_page(guest, project_id, title, problem_of(refused))
    return guest.go(f"{PATHS.stories}/{made.id}/edit")


async def show_edit(guest: Guest) -> Response:
    """GET /stories/{id}/edit: its author alone."""
    return await _edit_page(guest, None)


def _stands(bench: Workshop) -> Wish:
    """A story as it is now, in the form in which one is put."""
    return Wish(
        title=bench.story.title,
        level=bench.story.shown_to_level,
        parts=tuple(one.part for one in bench.pieces),
    )


async def _edit_page(guest: Guest, typed: Wish | None, problem: str = "", at: str = "") -> Response:
    story_id = guest.path_id()

    def work(tx: Tx) -> tuple[Workshop, dict[int, Post], tuple[int, ...]]:
        bench = stories.workshop(tx, guest.id, story_id)
        views = [one.view for one in bench.pieces if one.view is not None]
        return bench, _posts(tx, guest, views), stories.widths(tx)

    bench, posts, widths = await guest.db.read(work)
    known = {one.part.post_id: one for one in bench.pieces}
    stands = _stands(bench)
    wish = typed or stands
    return await guest.page(
        "rooms/story_edit.html",
        "projects",
        status=422 if problem else 200,
        story=bench.story,
        project=bench.project,
        title=wish.title,
        level=wish.level,
        widths=[(str(width), READERS[width]) for width in widths],
        pieces=[_on_desk(part, known, posts) for part in wish.parts],
        others=[(str(view.post.id), _excerpt(view), view.post.id in bench.fitting) for view in bench.others],
        elsewhere=bench.elsewhere,
        before=tabs.mark_of(stands),
        problem=problem,
        at=at,
    )


def _on_desk(part: Part, known: Mapping[int | None, Piece], posts: Mapping[int, Post]) -> Desk:
    piece = known.get(part.post_id)
    embeds, about = part.embeds, part.post_id
    return Desk(
        kind="text" if about is None else f"{'post' if embeds else 'retold'}-{about}",
        text=part.text or "",
        retold=about is not None and not embeds,
        release=piece.release if piece is not None and embeds else "own",
        post=posts.get(about) if about is not None else None,
    )


def _excerpt(view: PostView) -> str:
    words = " ".join((view.post.summary or view.post.text).split())
    short = words if len(words) <= EXCERPT else f"{words[: EXCERPT - 1].rstrip()}…"
    return f"{view.author.name}: {short}"


def _wish(sent: Form) -> Wish:
    """The story as the form has it; `part` says what each piece is, in order, `text-0`, … what is said."""
    parts = []
    for position, kind in enumerate(sent.all("part")):
        name, _, number = kind.partition("-")
        text = sent.get(f"text-{position}")
        if name == "text":
            parts.append(Part(text=text))
        elif name == "retold":
            parts.append(Part(text=text, post_id=row_id(number)))
        elif name == "post":
            parts.append(Part(post_id=row_id(number)))
        else:
            raise NotFound
    level = sent.get("level", "2")
    known = level in {str(width) for width in READERS}
    return Wish(title=sent.get("title"), level=int(level) if known else 2, parts=tuple(parts))


def _moved(parts: tuple[Part, ...], name: str, place: int, sent: Form) -> tuple[Part, ...]:
    """The parts after one button was pressed."""
    found = list(parts)
    if name == "text":
        found.append(Part(text=""))
    elif name == "post" and sent.get("post"):
        found.append(Part(post_id=row_id(sent.get("post"))))
    elif name in STEPS and 0 <= place < len(found):
        piece = found.pop(place)
        if name != "drop":
            found.insert(max(0, place + STEPS[name]), piece)
    return tuple(found)


STEPS: Final[Mapping[str, int]] = {"up": -1, "down": 1, "drop": 0}


async def edit(guest: Guest, sent: Form) -> Response:
    """POST /stories/{id}/edit: whatever the button, what was typed is kept first."""
    story_id = guest.path_id()
    name, _, number = sent.get("do").partition("-")
    if name == "remove":
        await guest.db.write(stories.remove, guest.id, story_id)
        return guest.go(PATHS.stories, "done")
    wish = _wish(sent)
    place = int(number) if number.isdecimal() and len(number) < 4 else -1
    put = msgspec.structs.replace(wish, parts=_moved(wish.parts, name, place, sent))

    def work(tx: Tx) -> Story | None:
        bench = stories.workshop(tx, guest.id, story_id)
        if tabs.was_overtaken(sent, _stands(bench), put):
            return None
        story = stories.arrange(tx, guest.id, story_id, put)
        return DOES[name](tx, guest.id, story_id) if name in DOES else story

    try:
        story = await guest.db.write(work)
    except Refused as refused:
        return await _edit_page(guest, wish, problem_of(refused), refused.field or "")
    if story is None:
        return await _edit_page(guest, wish, "changed_meanwhile")
    if name == "publish" and story.state == "published":
        return guest.go(f"{PATHS.stories}/{story_id}", "story_published")
    return guest.go(f"{PATHS.stories}/{story_id}/edit", "story_asked" if name == "publish" else "saved")


DOES: Final[Mapping[str, Callable[..., Story]]] = {"publish": stories.publish, "back": stories.take_back}

ROUTES: Final = (
    ("GET", PATHS.stories, page(show)),
    ("POST", PATHS.stories, form(answer)),
    ("GET", NEW, page(show_new)),
    ("POST", NEW, form(begin)),
    ("GET", PATHS.stories + "/{id}", show_one),
    ("GET", PATHS.stories + "/{id}/edit", page(show_edit)),
    ("POST", PATHS.stories + "/{id}/edit", form(edit)),
)
