"""The author's own word on an audience: who is added, who is left out, of one post or always."""

from sqlalchemy import bindparam, delete, or_, select

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.posts import audience_corrections as corrections
from fedi_aid.storage.tx import Tx

ALWAYS = 0


def put(tx: Tx, author_id: int, person_id: int, post_id: int, kind: str) -> None:
    """`kind`: added, removed or wrong_person; the last word on somebody counts."""
    tx.put(
        corrections,
        [corrections.c.author_id, corrections.c.person_id, corrections.c.post_id],
        author_id=author_id,
        person_id=person_id,
        post_id=post_id,
        kind=kind,
        created_at=tx.now,
    )


def left_out(tx: Tx, author_id: int, post_id: int) -> set[PersonId]:
    """Whom the author keeps out of this post, or of all their posts."""
    return set(tx.column(_LEFT_OUT, author_id=author_id, post_id=post_id))


_LEFT_OUT = select(corrections.c.person_id).where(
    corrections.c.author_id == bindparam("author_id"),
    or_(corrections.c.post_id == ALWAYS, corrections.c.post_id == bindparam("post_id")),
    corrections.c.kind.in_(("removed", "wrong_person")),
)


def added(tx: Tx, author_id: int, post_id: int) -> list[PersonId]:
    """Whom the author named for this post beside those its text names."""
    return tx.column(_ADDED, author_id=author_id, post_id=post_id)


_ADDED = select(corrections.c.person_id).where(
    corrections.c.author_id == bindparam("author_id"),
    corrections.c.post_id == bindparam("post_id"),
    corrections.c.kind == "added",
)


def always_left_out(tx: Tx, author_id: int) -> list[PersonId]:
    return tx.column(
        select(corrections.c.person_id)
        .where(corrections.c.author_id == author_id, corrections.c.post_id == ALWAYS)
        .order_by(corrections.c.created_at.desc())
    )


def forget_always(tx: Tx, author_id: int, person_id: int) -> bool:
    """The author may be read by them again, from the next post on."""
    where = (
        corrections.c.author_id == author_id,
        corrections.c.person_id == person_id,
        corrections.c.post_id == ALWAYS,
    )
    return tx.run(delete(corrections).where(*where)) == 1
