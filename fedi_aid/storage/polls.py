"""Rows of polls and votes. Who may vote, and who may look, is decided by whether they see the post."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from fedi_aid.model.ids import PersonId
from fedi_aid.model.polls import IncomingPoll, Poll, PollWish
from fedi_aid.model.posts import Viewer
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import polls, posts, votes
from fedi_aid.storage.tx import Tx


def add(tx: Tx, post_id: int, wish: PollWish) -> int:
    """A poll of a post that was written here; its id."""
    return _insert(
        tx,
        post_id,
        options=list(wish.options),
        counts=[0] * len(wish.options),
        multiple=wish.multiple,
        hide_totals=wish.hide_totals,
        ends_at=tx.now + wish.lasts,
    )


def add_incoming(tx: Tx, post_id: int, found: IncomingPoll) -> int:
    """A poll of a post from elsewhere, with the counts its author's server gives; its id."""
    return _insert(
        tx,
        post_id,
        options=list(found.options),
        counts=list(found.counts),
        multiple=found.multiple,
        voters=found.voters,
        ends_at=found.ends_at,
        closed_at=found.closed_at,
    )


def _insert(tx: Tx, post_id: int, **values: Any) -> int:
    poll_id = tx.new_id()
    tx.insert(polls, id=poll_id, post_id=post_id, **values)
    return poll_id


def refresh(tx: Tx, poll_id: int, found: IncomingPoll) -> None:
    """What its author's server says now (A17: the caller knows that it is theirs)."""
    values = {"counts": list(found.counts), "voters": found.voters}
    change(tx, poll_id, ends_at=found.ends_at, closed_at=found.closed_at, **values)


def change(tx: Tx, poll_id: int, **values: Any) -> None:
    tx.run(update(polls).where(polls.c.id == poll_id).values(**values))


def of_posts(tx: Tx, viewer: Viewer, post_ids: Iterable[int]) -> dict[int, Poll]:
    """The polls of these posts, by post; the caller has seen that the viewer may see the posts."""
    wanted = set(post_ids)
    if not wanted:
        return {}
    rows = tx.all(
        select(polls, posts.c.author_id)
        .join(posts, posts.c.id == polls.c.post_id)
        .where(polls.c.post_id.in_(wanted))
    )
    own = _own(tx, viewer, [row.id for row in rows])
    return {
        row.post_id: Poll(
            id=row.id,
            post_id=row.post_id,
            author_id=row.author_id,
            options=tuple(row.options),
            counts=tuple(row.counts),
            multiple=row.multiple,
            hide_totals=row.hide_totals,
            voters=row.voters,
            ends_at=row.ends_at,
            closed_at=row.closed_at,
            own=tuple(own.get(row.id, ())),
        )
        for row in rows
    }


def of_post(tx: Tx, viewer: Viewer, post_id: int) -> Poll | None:
    return of_posts(tx, viewer, [post_id]).get(post_id)


def post_of(tx: Tx, poll_id: int) -> int | None:
    """The post that a poll belongs to."""
    found: int | None = tx.scalar(select(polls.c.post_id).where(polls.c.id == poll_id))
    return found


def _own(tx: Tx, viewer: Viewer, poll_ids: Sequence[int]) -> dict[int, list[int]]:
    if viewer is None or not poll_ids:
        return {}
    found: dict[int, list[int]] = {}
    statement = select(votes.c.poll_id, votes.c.choice).where(
        votes.c.poll_id.in_(poll_ids), votes.c.person_id == viewer
    )
    for row in tx.all(statement.order_by(votes.c.choice)):
        found.setdefault(row.poll_id, []).append(row.choice)
    return found


# -- votes


def put_vote(tx: Tx, poll_id: int, person_id: int, choice: int, uri: str | None) -> bool:
    """One choice of one person; False when they had made it before."""
    return tx.insert_new(
        votes, poll_id=poll_id, person_id=person_id, choice=choice, uri=uri, created_at=tx.now
    )


def vote_uris(tx: Tx, poll_id: int, person_id: int) -> list[tuple[int, str]]:
    """(choice, id of the note that says so) of one person."""
    rows = tx.all(
        select(votes.c.choice, votes.c.uri)
        .where(votes.c.poll_id == poll_id, votes.c.person_id == person_id, votes.c.uri.is_not(None))
        .order_by(votes.c.choice)
    )
    return [(row.choice, row.uri) for row in rows]


def count_again(tx: Tx, poll: Poll) -> None:
    """The results of a poll from here, out of the votes themselves."""
    rows = tx.all(
        select(votes.c.choice, func.count().label("number"))
        .where(votes.c.poll_id == poll.id)
        .group_by(votes.c.choice)
    )
    numbers = {row.choice: row.number for row in rows}
    voters = tx.scalar(select(func.count(votes.c.person_id.distinct())).where(votes.c.poll_id == poll.id))
    counts = [numbers.get(place, 0) for place in range(len(poll.options))]
    change(tx, poll.id, counts=counts, voters=int(voters or 0))


def members_who_voted(tx: Tx, poll_id: int) -> list[PersonId]:
    return tx.column(
        select(votes.c.person_id)
        .distinct()
        .join(people, people.c.id == votes.c.person_id)
        .where(votes.c.poll_id == poll_id, people.c.domain == "")
    )


def voters_elsewhere(tx: Tx, post_id: int) -> list[PersonId]:
    """People on other servers who voted in the poll of a post."""
    return tx.column(
        select(votes.c.person_id)
        .distinct()
        .join(polls, polls.c.id == votes.c.poll_id)
        .join(people, people.c.id == votes.c.person_id)
        .where(polls.c.post_id == post_id, people.c.domain != "")
    )


def close(tx: Tx, poll_id: int, when: datetime) -> None:
    change(tx, poll_id, closed_at=when)


def forget(tx: Tx, post_id: int) -> None:
    """The post is gone, and what was answered with it."""
    mine = select(polls.c.id).where(polls.c.post_id == post_id)
    tx.run(delete(votes).where(votes.c.poll_id.in_(mine)))
    tx.run(delete(polls).where(polls.c.post_id == post_id))
