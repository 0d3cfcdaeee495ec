"""The access list: rows of `audiences`. No living row, no post (docs/architecture.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import audiences, posts
from fedi_aid.storage.tx import Tx


def audience_of(tx: Tx, post_id: int) -> list[tuple[PersonId, str, int]]:
    """(person, kind, circle) of the living rows, for delivery and for the author's own numbers."""
    rows = tx.all(
        select(audiences.c.person_id, audiences.c.kind, audiences.c.circle).where(
            audiences.c.post_id == post_id, audiences.c.ended_at.is_(None)
        )
    )
    return [(row.person_id, row.kind, row.circle) for row in rows]


_ELSEWHERE = (
    select(audiences.c.person_id, audiences.c.kind, audiences.c.circle)
    .join(people, people.c.id == audiences.c.person_id)
    .where(audiences.c.post_id == bindparam("post_id"), audiences.c.ended_at.is_(None), people.c.domain != "")
)


def readers_elsewhere(tx: Tx, post_id: int) -> list[tuple[PersonId, str, int]]:
    """`audience_of`, of those alone who live on other servers."""
    return [(row.person_id, row.kind, row.circle) for row in tx.all(_ELSEWHERE, post_id=post_id)]


def holds(tx: Tx, person_id: int, post_id: int) -> bool:
    """A living row of the access list stands for this person."""
    return tx.exists(
        select(audiences.c.post_id).where(
            audiences.c.post_id == post_id,
            audiences.c.person_id == person_id,
            audiences.c.ended_at.is_(None),
        )
    )


def ever_held(tx: Tx, person_id: int, post_id: int) -> bool:
    """A row of the access list stands or stood for this person."""
    return tx.exists(
        select(audiences.c.post_id).where(audiences.c.post_id == post_id, audiences.c.person_id == person_id)
    )


def admit(
    tx: Tx,
    post_id: int,
    person_id: int,
    *,
    kind: str,
    opaque: str,
    circle: int = 1,
    reasons: Any = None,
    score: float | None = None,
    revision: int = 1,
) -> bool:
    """Give somebody a row of the access list (again); False when they had a living one."""
    if holds(tx, person_id, post_id):
        return False
    tx.put(
        audiences,
        [audiences.c.post_id, audiences.c.person_id],
        post_id=post_id,
        person_id=person_id,
        kind=kind,
        circle=circle,
        reasons=reasons,
        score=score,
        opaque=opaque,
        since_revision=revision,
        created_at=tx.now,
        ended_at=None,
    )
    return True


def admit_all(tx: Tx, post_id: int, rows: Sequence[Mapping[str, Any]], *, revision: int) -> None:
    """The first readers of a post, in one statement; rows as the arguments of `admit`, with `person_id`.

    For a post that has no access list yet; where it has one, each goes through `admit`.
    """
    if tx.scalar(_HAS_READERS, post_id=post_id):
        for row in rows:
            admit(tx, post_id, row["person_id"], **{k: v for k, v in row.items() if k != "person_id"})
        return
    common = {"post_id": post_id, "since_revision": revision, "created_at": tx.now, "ended_at": None}
    tx.insert_many(audiences, rows, **common)


_HAS_READERS = select(exists(select(audiences.c.post_id).where(audiences.c.post_id == bindparam("post_id"))))


def dismiss(tx: Tx, *where: ColumnElement[bool]) -> int:
    """End rows of the access list; media links and projections named by them die with them."""
    return tx.run(update(audiences).where(audiences.c.ended_at.is_(None), *where).values(ended_at=tx.now))


def carried_readers_without_answer(tx: Tx, post_id: int) -> list[PersonId]:
    """Members here whom a carried request reached and who neither answered nor offered."""
    answered = select(posts.c.author_id).where(posts.c.reply_to_id == post_id, posts.c.deleted_at.is_(None))
    return tx.column(
        select(audiences.c.person_id).where(
            audiences.c.post_id == post_id,
            audiences.c.kind == "carried",
            audiences.c.ended_at.is_(None),
            audiences.c.person_id.not_in(answered),
        )
    )
