"""Stories: posts of a project with text between them, and what those who are quoted said to it.

Here is who may know of a story (`seen`); which posts each reader finds in it is for `storage.posts` and
`actions.stories` (RULES R12).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, exists, false, or_, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.posts import Viewer
from fedi_aid.storage.posts import visible_to
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.projects import stories, story_consents, story_parts
from fedi_aid.storage.ties import blocked_either_way, friend_ids_of
from fedi_aid.storage.tx import Tx

PUBLIC: Final = -1  # shown_to_level of a story for everybody

StoryState = Literal["draft", "asked", "published"]
ConsentState = Literal["asked", "given", "refused"]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A story without its parts. `shown_to_level`: of intimacy, or `PUBLIC`."""

    id: int
    author_id: PersonId
    project_id: int | None
    title: str
    shown_to_level: int
    asked_at: datetime | None
    published_at: datetime | None
    created_at: datetime

    @property
    def state(self) -> StoryState:
        if self.published_at is not None:
            return "published"
        return "draft" if self.asked_at is None else "asked"

    @property
    def public(self) -> bool:
        return self.shown_to_level == PUBLIC


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a story: a post (`text` None), or words of its author; with `post_id` these retell it."""

    text: str | None = None
    post_id: int | None = None

    @property
    def embeds(self) -> bool:
        return self.text is None


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said to being quoted. `letter_id`: the butler's message that asked them, if any."""

    id: int
    story_id: int
    post_id: PostId
    person_id: PersonId
    state: ConsentState
    letter_id: int | None


_STORY = tuple(stories.c[name] for name in Story.__struct_fields__)
_CONSENT = tuple(story_consents.c[name] for name in Consent.__struct_fields__)


# -- who may know of one


def _seen_by(viewer: Viewer, allow_public: bool) -> ColumnElement[bool]:
    """SQL condition on `stories`: this viewer may know that the story exists, as far as friendship says; for
    the levels of the closest `actions.stories` asks the engine besides."""
    told = and_(
        stories.c.published_at.is_not(None),
        ~exists(
            select(people.c.id).where(
                people.c.id == stories.c.author_id,
                or_(people.c.suspended_at.is_not(None), people.c.deleted_at.is_not(None)),
            )
        ),
    )
    public = stories.c.shown_to_level == PUBLIC if allow_public else false()
    if viewer is None:
        return and_(told, public)
    return or_(
        stories.c.author_id == viewer,
        and_(
            told,
            or_(public, stories.c.author_id.in_(friend_ids_of(viewer))),
            ~blocked_either_way(stories.c.author_id, viewer),
        ),
    )


def seen(tx: Tx, viewer: Viewer, story_id: int) -> Story | None:
    """One story, if this viewer may know of it."""
    row = tx.first(
        select(*_STORY).where(stories.c.id == story_id, _seen_by(viewer, tx.house.allow_public_posts))
    )
    return Story(**row._mapping) if row else None


def seen_of_others(tx: Tx, viewer: PersonId, project_id: int | None, *, limit: int) -> list[Story]:
    """What others told, the newest first: of one project, or of friends."""
    where = [stories.c.author_id != viewer, _seen_by(viewer, tx.house.allow_public_posts)]
    if project_id is not None:
        where.append(stories.c.project_id == project_id)
    else:
        where.append(stories.c.author_id.in_(friend_ids_of(viewer)))
    rows = tx.all(select(*_STORY).where(*where).order_by(stories.c.published_at.desc()).limit(limit))
    return [Story(**row._mapping) for row in rows]


def by_author(tx: Tx, author_id: int) -> list[Story]:
    """Somebody's own, in whatever state, the newest first."""
    rows = tx.all(select(*_STORY).where(stories.c.author_id == author_id).order_by(stories.c.id.desc()))
    return [Story(**row._mapping) for row in rows]


def by_id(tx: Tx, story_id: int) -> Story | None:
    """A story, whoever may see it: that is for the caller."""
    row = tx.first(select(*_STORY).where(stories.c.id == story_id))
    return Story(**row._mapping) if row else None


# -- what it is made of


def parts_of(tx: Tx, story_id: int) -> list[Part]:
    rows = tx.all(
        select(story_parts.c.text, story_parts.c.post_id)
        .where(story_parts.c.story_id == story_id)
        .order_by(story_parts.c.position)
    )
    return [Part(text=row.text, post_id=row.post_id) for row in rows]


def readable(tx: Tx, viewer: PersonId, ids: Iterable[int]) -> set[PostId]:
    """Those of these posts that this person may read."""
    return set(tx.column(select(posts.c.id).where(posts.c.id.in_(list(ids)), visible_to(viewer))))


def quotable(tx: Tx, author_id: PersonId, project_id: int) -> list[PostId]:
    """What may go into a story of a project, the oldest first: its logbook and the answers to it, as far as
    the story's author reads them and their authors are members here, who alone can be asked. What was
    written to a few people by name is never among it."""
    here = posts.c.author_id.in_(select(people.c.id).where(people.c.domain == ""))
    return tx.column(_in_logbook(author_id, project_id).where(here).order_by(posts.c.id))


def any_from_elsewhere(tx: Tx, author_id: PersonId, project_id: int) -> bool:
    """Whether there would be more of it, had its authors been members here."""
    elsewhere = posts.c.author_id.in_(select(people.c.id).where(people.c.domain != ""))
    return tx.exists(_in_logbook(author_id, project_id).where(elsewhere))


def _in_logbook(author_id: PersonId, project_id: int) -> Select[tuple[PostId]]:
    logbook = select(posts.c.id).where(posts.c.project_id == project_id)
    return select(posts.c.id).where(
        or_(posts.c.project_id == project_id, posts.c.reply_to_id.in_(logbook)),
        posts.c.reach.in_(("public", "unlisted", "chosen")),
        posts.c.held_until.is_(None),
        visible_to(author_id),
    )


def insert(tx: Tx, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(stories, id=new_id, created_at=tx.now, **values)
    return new_id


def change(tx: Tx, story_id: int, **values: Any) -> None:
    tx.run(update(stories).where(stories.c.id == story_id).values(**values))


def put_parts(tx: Tx, story_id: int, parts: Sequence[Part]) -> None:
    tx.run(delete(story_parts).where(story_parts.c.story_id == story_id))
    for position, part in enumerate(parts):
        tx.insert(story_parts, story_id=story_id, position=position, post_id=part.post_id, text=part.text)


def remove(tx: Tx, story_id: int) -> None:
    """A story with its parts and what was said to it."""
    for table in (story_parts, story_consents):
        tx.run(delete(table).where(table.c.story_id == story_id))
    tx.run(delete(stories).where(stories.c.id == story_id))


def detach(tx: Tx, project_id: int) -> None:
    """A project is forgotten; what was told of it stays."""
    tx.run(update(stories).where(stories.c.project_id == project_id).values(project_id=None))


def forget_person(tx: Tx, person_id: int) -> None:
    """Somebody is gone for good: their stories, and their word on those of others."""
    for story in by_author(tx, person_id):
        remove(tx, story.id)
    tx.run(delete(story_consents).where(story_consents.c.person_id == person_id))


# -- those who are quoted


def consents_to(tx: Tx, story_id: int) -> list[Consent]:
    """All that was asked for a story, the first first; also of posts that it shows no more."""
    return _consents(tx, story_consents.c.story_id == story_id)


def consents_of(tx: Tx, person_id: int) -> list[Consent]:
    """All that somebody was asked."""
    return _consents(tx, story_consents.c.person_id == person_id)


def consent(tx: Tx, consent_id: int) -> Consent | None:
    return next(iter(_consents(tx, story_consents.c.id == consent_id)), None)


def _consents(tx: Tx, where: ColumnElement[bool]) -> list[Consent]:
    rows = tx.all(select(*_CONSENT).where(where).order_by(story_consents.c.id))
    return [Consent(**row._mapping) for row in rows]


def ask(tx: Tx, story_id: int, post_id: int, person_id: int) -> None:
    tx.insert(
        story_consents,
        id=tx.new_id(),
        story_id=story_id,
        post_id=post_id,
        person_id=person_id,
        state="asked",
        created_at=tx.now,
    )


def change_consents(tx: Tx, ids: Iterable[int], **values: Any) -> None:
    tx.run(update(story_consents).where(story_consents.c.id.in_(list(ids))).values(**values))
