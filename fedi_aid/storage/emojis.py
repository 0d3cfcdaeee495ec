"""Little pictures by where they stand."""

from sqlalchemy import select

from fedi_aid.model.emojis import Emoji, from_stored
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tx import Tx


def of_person(tx: Tx, person_id: int) -> tuple[Emoji, ...]:
    """Of a profile that is not suspended."""
    where = (people.c.id == person_id, people.c.suspended_at.is_(None), people.c.deleted_at.is_(None))
    return from_stored(tx.scalar(select(people.c.emojis).where(*where)))


def of_post(tx: Tx, post_id: int) -> tuple[Emoji, ...]:
    """Of a text that stands, by somebody not suspended: they are their server's, the same in all posts."""
    return from_stored(
        tx.scalar(
            select(posts.c.emojis)
            .join(people, people.c.id == posts.c.author_id)
            .where(posts.c.id == post_id, posts.c.deleted_at.is_(None), people.c.suspended_at.is_(None))
        )
    )
