"""What the butler asks members and waits for, what they write to it, and how often it disturbed them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from fedi_aid.model.help import Question
from fedi_aid.model.ids import PersonId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.engine import interruptions
from fedi_aid.storage.tables.help import questions
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tx import Tx

_QUESTION = tuple(questions.c[name] for name in Question.__struct_fields__)


def put_question(tx: Tx, member_id: int, kind: str, **values: Any) -> int:
    new_id = tx.new_id()
    tx.insert(questions, id=new_id, member_id=member_id, kind=kind, state="open", created_at=tx.now, **values)
    return new_id


def messages_to_butler(tx: Tx, member_id: int, since: datetime, *, upto: int) -> int:
    """How many messages a member wrote to the butler since then, up to this one."""
    found = tx.scalar(
        select(func.count())
        .select_from(posts)
        .where(
            posts.c.author_id == member_id,
            posts.c.reach == "butler",
            posts.c.id <= upto,
            posts.c.created_at >= since,
        )
    )
    return int(found or 0)


def words_to_butler(tx: Tx, member_id: int, since: datetime, *, upto: int, limit: int) -> list[str]:
    """What a member wrote to the butler since then, up to this message, the last first."""
    return tx.column(
        select(posts.c.text)
        .where(
            posts.c.author_id == member_id,
            posts.c.reach == "butler",
            posts.c.id <= upto,
            posts.c.created_at >= since,
        )
        .order_by(posts.c.id.desc())
        .limit(limit)
    )


def open_questions(tx: Tx, member_id: int) -> list[Question]:
    rows = tx.all(
        select(*_QUESTION)
        .where(questions.c.member_id == member_id, questions.c.state == "open")
        .order_by(questions.c.id)
    )
    return [Question(**row._mapping) for row in rows]


def was_asked(tx: Tx, member_id: int, kind: str, post_id: int) -> bool:
    """Whether a member was ever asked this about a post."""
    return tx.exists(
        select(questions.c.id).where(
            questions.c.member_id == member_id, questions.c.kind == kind, questions.c.post_id == post_id
        )
    )


def question_of_message(tx: Tx, member_id: int, message_id: int) -> Question | None:
    """The question that one of the butler's messages asked."""
    row = tx.first(
        select(*_QUESTION).where(questions.c.member_id == member_id, questions.c.message_id == message_id)
    )
    return Question(**row._mapping) if row else None


def close_questions(
    tx: Tx,
    *,
    state: str = "closed",
    answer: str | None = None,
    ids: Sequence[int] | None = None,
    post_id: int | None = None,
    member_id: int | None = None,
) -> int:
    """Close the open questions that match all that is given; nothing given closes nothing."""
    where = [questions.c.state == "open"]
    if ids is not None:
        where.append(questions.c.id.in_(ids))
    if post_id is not None:
        where.append(questions.c.post_id == post_id)
    if member_id is not None:
        where.append(questions.c.member_id == member_id)
    if len(where) == 1:
        return 0
    return tx.run(update(questions).where(*where).values(state=state, answer=answer, closed_at=tx.now))


def close_questions_about(tx: Tx, member_id: int, about_id: int, *, answer: str | None) -> None:
    """Close what the butler asked a member about one received ask."""
    tx.run(
        update(questions)
        .where(
            questions.c.member_id == member_id,
            questions.c.about_id == about_id,
            questions.c.state == "open",
        )
        .values(state="answered" if answer else "closed", answer=answer, closed_at=tx.now)
    )


def interrupt(tx: Tx, person_id: int, kind: str, post_id: int | None = None) -> None:
    tx.insert(
        interruptions,
        id=tx.new_id(),
        person_id=person_id,
        kind=kind,
        post_id=post_id,
        created_at=tx.now,
    )


def told_about(tx: Tx, post_id: int) -> set[PersonId]:
    """Members here whom the butler asked about this request."""
    return set(tx.column(select(interruptions.c.person_id).where(interruptions.c.post_id == post_id)))


_INTERRUPTIONS = select(interruptions.c.person_id, interruptions.c.created_at).where(
    among(interruptions.c.person_id, "ids"), interruptions.c.created_at >= bindparam("since")
)


def interruptions_since(tx: Tx, ids: Iterable[int], since: datetime) -> dict[int, list[datetime]]:
    wanted = set(ids)
    found: dict[int, list[datetime]] = {}
    if not wanted:
        return found
    for row in tx.all(_INTERRUPTIONS, ids=wanted, since=since):
        found.setdefault(row.person_id, []).append(row.created_at)
    return found
