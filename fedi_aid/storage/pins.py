"""Pinned posts of people elsewhere, as they say by their own word or their server lists them (A13)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import pinned_posts, posts
from fedi_aid.storage.tx import Tx

MOST: Final = 20


def _public(tx: Tx, uris: Sequence[str], author_id: int) -> dict[str, PostId]:
    rows = tx.all(
        select(posts.c.uri, posts.c.id).where(
            posts.c.uri.in_(list(uris)),
            posts.c.author_id == author_id,
            posts.c.reach.in_(("public", "unlisted")),
            posts.c.deleted_at.is_(None),
        )
    )
    return {row.uri: row.id for row in rows}


def is_known(tx: Tx, uri: str, author_id: int) -> bool:
    """A public post of theirs with this id is here."""
    return bool(_public(tx, [uri], author_id))


def add(tx: Tx, person_id: PersonId, uri: str) -> None:
    """Pin a public post of theirs; nothing else is pinned."""
    for post_id in _public(tx, [uri], person_id).values():
        tx.insert_new(pinned_posts, person_id=person_id, post_id=post_id, created_at=tx.now)


def replace(tx: Tx, person_id: PersonId, uris: Sequence[str]) -> None:
    """Exactly these public posts of theirs, as far as they are known, the first of the list newest."""
    known = _public(tx, uris, person_id)
    tx.run(delete(pinned_posts).where(pinned_posts.c.person_id == person_id))
    for uri in list(uris)[:MOST]:
        if uri in known:
            tx.insert_new(pinned_posts, person_id=person_id, post_id=known[uri], created_at=tx.now)
    tx.run(update(people).where(people.c.id == person_id).values(featured_at=tx.now))


def is_due(tx: Tx, person_id: int, every: timedelta) -> bool:
    """Somebody elsewhere has such a list, and it was not read lately."""
    old = or_(people.c.featured_at.is_(None), people.c.featured_at < tx.now - every)
    where = [people.c.id == person_id, people.c.domain != "", people.c.featured_uri.is_not(None), old]
    return tx.exists(select(people.c.id).where(*where))
