"""Stories: a member arranges posts of a project with words between them, and chooses who may read it (S4d).

Each reader finds the intersection with every post's own access list (RULES R12): a post that is narrower than
the story is never in it, its author retells it. Somebody else's post is in it from their yes on, and goes
with their no, at once; to the story's author a no looks like no answer.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from fedi_aid.actions import projects
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.names import clean_name
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Post, PostView, Viewer
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import post_views, ties
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import stories as rows
from fedi_aid.storage.stories import PUBLIC, Consent, Part, Story
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands

TITLE_MAX: Final = 100
STORIES_MAX: Final = 50
PARTS_MAX: Final = 40
TEXT_MAX: Final = 4_000
WHOLE_MAX: Final = 20_000  # characters of all its texts
LISTED: Final = 40
# From everybody to the very few. Wider levels of posts need a flag, which a story has not.
WIDTHS: Final = (PUBLIC, int(Intimacy.FRIENDS), int(Intimacy.CLOSE), int(Intimacy.CONFIDANTS))

# own: no one is asked; released: its author said yes; waiting: they did not, or not yet, or not any more
Release = Literal["own", "released", "waiting"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A story as its author wants it, whole."""

    title: str
    level: int
    parts: tuple[Part, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A piece as a reader finds it: words of the story's author, or a post that this reader may read."""

    text: str = ""
    view: PostView | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A story as one reader finds it. `project`: its title, where they may know of it."""

    story: Story
    author: Person
    project: str
    lines: tuple[Line, ...]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece as its author arranges it. `view` is theirs; None where the post is out of their sight now."""

    part: Part
    view: PostView | None = None
    release: Release = "own"


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """A story on its author's desk. `others`: what may still go into it; `fitting`: those that may stand in
    it as they are; `elsewhere`: the logbook also has words of people who cannot be asked."""

    story: Story
    project: str
    pieces: tuple[Piece, ...]
    others: tuple[PostView, ...]
    fitting: frozenset[int]
    elsewhere: bool


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """What a member was asked: a post of theirs in somebody's story."""

    consent: Consent
    story: Story
    author: Person
    view: PostView


def fits(post: Post, level: int) -> bool:
    """Whether a post may stand in a story of this width (RULES R12): it is no narrower."""
    if level == PUBLIC:
        return post.reach == "public"
    if post.reach == "chosen":
        return post.intimacy is not None and post.intimacy <= level
    return post.reach in ("public", "unlisted")


def widths(tx: Tx) -> tuple[int, ...]:
    """For whom a story can be on this instance."""
    return WIDTHS if tx.house.allow_public_posts else WIDTHS[1:]


# -- reading


def read(tx: Tx, viewer: Viewer, story_id: int) -> Told:
    """A story as this viewer finds it. NotFound for one that is hidden from them, as for a missing one."""
    story = rows.seen(tx, viewer, story_id)
    if story is None or not _passes(tx, viewer, story):
        raise NotFound
    author = people_rows.by_id(tx, story.author_id)
    assert author is not None
    return Told(
        story=story,
        author=author,
        project=projects.titles(tx, viewer, [story.project_id]).get(story.project_id or 0, ""),
        lines=tuple(_lines(tx, viewer, story)),
    )


def _passes(tx: Tx, viewer: Viewer, story: Story) -> bool:
    """The gate of the levels of the closest, as for a project."""
    if viewer == story.author_id or story.shown_to_level <= Intimacy.FRIENDS:
        return True
    return viewer in projects.circle(tx, story.author_id, story.shown_to_level)


def _lines(tx: Tx, viewer: Viewer, story: Story) -> list[Line]:
    parts = rows.parts_of(tx, story.id)
    shown: dict[int, PostView] = {view.post.id: view for view in _embedded(tx, viewer, story, parts)}
    found = []
    for part in parts:
        if part.text:
            found.append(Line(text=part.text))
        elif part.embeds and part.post_id in shown:
            found.append(Line(view=shown[part.post_id]))
    return found


def _embedded(tx: Tx, viewer: Viewer, story: Story, parts: Sequence[Part]) -> list[PostView]:
    """The posts of a story that this viewer may read, that its author may read too, that are no narrower than
    it is now, and whose own authors agreed."""
    ids = [part.post_id for part in parts if part.embeds and part.post_id is not None]
    held = rows.readable(tx, story.author_id, ids)
    given = {one.post_id for one in rows.consents_to(tx, story.id) if one.state == "given"}
    return [
        view
        for view in post_views.views(tx, viewer, ids)
        if view.post.id in held
        and view.post.held_until is None
        and fits(view.post, story.shown_to_level)
        and (view.post.author_id == story.author_id or view.post.id in given)
    ]


def mine(tx: Tx, me: PersonId, project_id: int | None = None) -> list[Story]:
    """A member's own stories, the newest first."""
    found = rows.by_author(tx, me)
    return [one for one in found if project_id is None or one.project_id == project_id]


def of_others(tx: Tx, me: PersonId, project_id: int | None = None) -> list[tuple[Story, Person]]:
    """Stories of friends, or of one project, that a member may read, the newest first."""
    found = [one for one in rows.seen_of_others(tx, me, project_id, limit=LISTED) if _passes(tx, me, one)]
    authors = people_rows.many(tx, {one.author_id for one in found})
    return [(one, authors[one.author_id]) for one in found if one.author_id in authors]


# -- telling one


def begin(tx: Tx, me: PersonId, project_id: int, title: str) -> Story:
    """A new draft, for friends, with nothing in it yet. Sent twice, it is the same one. NotFound for a
    project that the member neither owns nor is on the team of; Refused."""
    if projects.visible(tx, me, [project_id]).get(project_id) not in ("owner", "team"):
        raise NotFound
    named = _title(title)
    known = rows.by_author(tx, me)
    for one in known:
        if one.state == "draft" and (one.title, one.project_id) == (named, project_id):
            return one
    if len(known) >= STORIES_MAX:
        raise Refused(f"At most {STORIES_MAX} stories", code="too_many", field="title")
    level = int(Intimacy.FRIENDS)
    new_id = rows.insert(tx, author_id=me, project_id=project_id, title=named, shown_to_level=level)
    return own(tx, me, new_id)


def own(tx: Tx, me: PersonId, story_id: int) -> Story:
    """A story of one's own. NotFound for any other."""
    story = rows.by_id(tx, story_id)
    if story is None or story.author_id != me:
        raise NotFound
    return story


def workshop(tx: Tx, me: PersonId, story_id: int) -> Workshop:
    """A story as its author arranges it. NotFound."""
    story = own(tx, me, story_id)
    parts = rows.parts_of(tx, story.id)
    used = [part.post_id for part in parts if part.post_id is not None]
    possible = rows.quotable(tx, me, story.project_id) if story.project_id is not None else []
    found = post_views.views(tx, me, [*used, *possible])
    views: dict[int, PostView] = {view.post.id: view for view in found}
    given = {one.post_id for one in rows.consents_to(tx, story.id) if one.state == "given"}

    def release(part: Part) -> Release:
        view = views.get(part.post_id or 0)
        if not part.embeds or (view is not None and view.post.author_id == me):
            return "own"
        return "released" if part.post_id in given else "waiting"

    return Workshop(
        story=story,
        project=projects.titles(tx, me, [story.project_id]).get(story.project_id or 0, ""),
        pieces=tuple(
            Piece(part=part, view=views.get(part.post_id or 0), release=release(part)) for part in parts
        ),
        others=tuple(views[one] for one in possible if one in views and one not in used),
        fitting=frozenset(one for one, view in views.items() if fits(view.post, story.shown_to_level)),
        elsewhere=story.project_id is not None and rows.any_from_elsewhere(tx, me, story.project_id),
    )


def arrange(tx: Tx, me: PersonId, story_id: int, wish: Wish) -> Story:
    """Put a story as a whole; a draft stays its author's alone. Whom an asked or published story newly quotes
    is asked; who agreed to fewer readers is asked again. NotFound, Refused naming the field."""
    story = own(tx, me, story_id)
    if wish.level not in widths(tx) and wish.level != story.shown_to_level:
        raise Refused("A story cannot be for them here.", code="not_here", field="level")
    parts = _checked(tx, me, story, wish)
    title = _title(wish.title)
    if wish.level < story.shown_to_level:
        _ask_anew(tx, story)
        if story.published_at is None:
            rows.change(tx, story.id, asked_at=None)
    rows.change(tx, story.id, title=title, shown_to_level=wish.level)
    rows.put_parts(tx, story.id, parts)
    changed = own(tx, me, story.id)
    if changed.state != "draft":
        _ask(tx, changed)
    return changed


def _title(given: str) -> str:
    title = clean_name(given, TITLE_MAX + 1)
    if not title:
        raise Refused("Title can't be blank", code="blank", field="title")
    if len(title) > TITLE_MAX:
        raise Refused(f"Title has at most {TITLE_MAX} characters", code="too_long", field="title")
    return title


def _checked(tx: Tx, me: PersonId, story: Story, wish: Wish) -> list[Part]:
    """The parts as they are stored: what is narrower than the story becomes an empty text to fill in, and an
    empty one of what is wide enough becomes the post again."""
    if len(wish.parts) > PARTS_MAX:
        raise Refused(f"At most {PARTS_MAX} parts", code="too_many", field="parts")
    texts = [part.text.strip() for part in wish.parts if part.text is not None]
    if any(len(text) > TEXT_MAX for text in texts) or sum(map(len, texts)) > WHOLE_MAX:
        raise Refused(f"A text has at most {TEXT_MAX} characters", code="too_long", field="parts")
    used = [part.post_id for part in wish.parts if part.post_id is not None]
    before = {part.post_id for part in rows.parts_of(tx, story.id)}
    possible = rows.quotable(tx, me, story.project_id) if story.project_id is not None else []
    if len(used) != len(set(used)) or not set(used) <= before | set(possible):
        raise NotFound
    known: dict[int, Post] = {view.post.id: view.post for view in post_views.views(tx, me, used)}
    return [_fitted(part, known, wish.level) for part in wish.parts]


def _fitted(part: Part, known: Mapping[int, Post], level: int) -> Part:
    text = part.text.strip() if part.text is not None else None
    if part.post_id is None:
        return Part(text=text or "")
    post = known.get(part.post_id)
    if text or post is None:  # retold; or out of sight, which may pass
        return Part(text=text, post_id=part.post_id)
    return Part(text=None if fits(post, level) else "", post_id=part.post_id)


def publish(tx: Tx, me: PersonId, story_id: int) -> Story:
    """Let its readers have it. Whom it quotes is told first: with the first call they are asked, with the
    next it is published, with the posts of those who agreed so far. NotFound, Refused."""
    story = own(tx, me, story_id)
    if story.shown_to_level not in widths(tx):
        raise Refused("A story cannot be for them here.", code="not_here", field="level")
    if not any(part.text or part.embeds for part in rows.parts_of(tx, story.id)):
        raise Refused("There is nothing in it yet.", code="blank", field="parts")
    if story.published_at is None:
        first = _ask(tx, story) or (story.asked_at is None and bool(_quoted(tx, story)))
        values = {"asked_at": tx.now} if first else {"published_at": tx.now}
        rows.change(tx, story.id, **values)
    return own(tx, me, story.id)


def take_back(tx: Tx, me: PersonId, story_id: int) -> Story:
    """Make it its author's alone again; what those quoted said holds. NotFound."""
    story = own(tx, me, story_id)
    rows.change(tx, story.id, published_at=None)
    return own(tx, me, story.id)


def remove(tx: Tx, me: PersonId, story_id: int) -> None:
    """Forget a story; the posts in it stay their authors'. NotFound."""
    story = own(tx, me, story_id)
    for person in {one.person_id for one in rows.consents_to(tx, story.id)}:
        question_rows.close_questions_about(tx, person, story.id, answer=None)
    rows.remove(tx, story.id)


# -- those who are quoted


def _quoted(tx: Tx, story: Story) -> list[Post]:
    """What others wrote that stands in a story, as far as its author may read it."""
    ids = [part.post_id for part in rows.parts_of(tx, story.id) if part.embeds and part.post_id is not None]
    found = post_views.views(tx, story.author_id, ids)
    return [view.post for view in found if view.post.author_id != story.author_id]


def _ask(tx: Tx, story: Story) -> bool:
    """Ask those who are quoted and were not asked yet; whether there is anybody. Who said no is not asked
    again."""
    known = rows.consents_to(tx, story.id)
    asked = {one.post_id for one in known}
    new = [post for post in _quoted(tx, story) if post.id not in asked]
    for post in new:
        rows.ask(tx, story.id, post.id, post.author_id)
    untold = {one.person_id for one in known if one.state == "asked" and one.letter_id is None}
    for person in untold | {post.author_id for post in new}:
        errands.butler_quoted(tx, story.id, person, tx.now)
    return bool(new)


def _ask_anew(tx: Tx, story: Story) -> None:
    """More people are to read it than those quoted were told: until they say yes to that, nobody does."""
    open_ = [one for one in rows.consents_to(tx, story.id) if one.state != "refused"]
    rows.change_consents(tx, [one.id for one in open_], state="asked", letter_id=None)
    for person in {one.person_id for one in open_}:
        question_rows.close_questions_about(tx, person, story.id, answer=None)


def quoted(tx: Tx, me: PersonId) -> list[Quoted]:
    """What a member was asked, whatever they said, the newest first. Nothing of somebody between whom and
    them a block stands; of whom they do not hear, only what they had agreed to."""
    asked = rows.consents_of(tx, me)
    if not asked:
        return []
    views = {view.post.id: view for view in post_views.views(tx, me, [one.post_id for one in asked])}
    found = []
    for one in reversed(asked):
        story = rows.by_id(tx, one.story_id)
        author = people_rows.by_id(tx, story.author_id) if story else None
        if story is None or author is None or author.suspended_at is not None or one.post_id not in views:
            continue
        if ties.is_blocked_either_way(tx, me, author.id):
            continue
        if one.state != "given" and author.id in ties.muted_among(tx, me, [author.id]):
            continue
        found.append(Quoted(consent=one, story=story, author=author, view=views[one.post_id]))
    return found


def answer(tx: Tx, me: PersonId, consent_id: int, *, yes: bool) -> None:
    """Agree to be quoted, or do not, or no longer; either can be changed. NotFound."""
    consent = rows.consent(tx, consent_id)
    if consent is None or consent.person_id != me:
        raise NotFound
    _answered(tx, [consent], yes=yes)
    left = [one for one in _of(tx, me, consent.story_id) if one.state == "asked"]
    if not left:
        question_rows.close_questions_about(tx, me, consent.story_id, answer="yes" if yes else "no")


def answer_letter(tx: Tx, me: PersonId, story_id: int, letter_id: int, *, yes: bool) -> Story:
    """The same for all that one letter of the butler asked. NotFound where the story is gone."""
    told = [one for one in _of(tx, me, story_id) if one.letter_id == letter_id]
    story = rows.by_id(tx, story_id)
    if story is None or not told:
        raise NotFound
    _answered(tx, told, yes=yes)
    return story


def _of(tx: Tx, person_id: PersonId, story_id: int) -> list[Consent]:
    return [one for one in rows.consents_to(tx, story_id) if one.person_id == person_id]


def _answered(tx: Tx, consents: Sequence[Consent], *, yes: bool) -> None:
    state = "given" if yes else "refused"
    rows.change_consents(tx, [one.id for one in consents], state=state, answered_at=tx.now)


def to_ask(tx: Tx, story_id: int, person_id: PersonId) -> list[Quoted]:
    """What is still to be put to somebody, as long as its story shows it."""
    parts = rows.parts_of(tx, story_id)
    shown = {part.post_id for part in parts if part.embeds}
    return [
        one
        for one in quoted(tx, person_id)
        if one.consent.story_id == story_id
        and one.consent.state == "asked"
        and one.consent.letter_id is None
        and one.consent.post_id in shown
        and one.story.state != "draft"
    ]
