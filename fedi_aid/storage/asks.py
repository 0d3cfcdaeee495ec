"""Whom an author's requests were put to by name, and what became of it: the author's side.

Silence is a state that nobody is shown.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, and_, bindparam, case, func, or_, select, type_coerce, update

from fedi_aid.model.help import AskRow
from fedi_aid.model.ids import PersonId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.help import asks, requests
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tx import Tx

_ASK = tuple(asks.c[name] for name in AskRow.__struct_fields__)
THINKING = timedelta(hours=48)  # longer than any twenty waking hours
TO_ANSWER = timedelta(hours=20)  # no less than twenty waking hours


def ask(tx: Tx, post_id: int, person_id: int, kind: str, *, uri: str, **values: Any) -> int | None:
    """Note that somebody is asked by name; None when they had been asked already."""
    new_id = tx.new_id()
    written = tx.insert_new(
        asks,
        id=new_id,
        uri=uri,
        post_id=post_id,
        person_id=person_id,
        kind=kind,
        state="open",
        created_at=tx.now,
        **values,
    )
    return new_id if written else None


def asks_of(tx: Tx, post_id: int) -> list[AskRow]:
    rows = tx.all(select(*_ASK).where(asks.c.post_id == post_id).order_by(asks.c.id))
    return [AskRow(**row._mapping) for row in rows]


def ask_by_uri(tx: Tx, uri: str) -> AskRow | None:
    row = tx.first(select(*_ASK).where(or_(asks.c.uri == uri, asks.c.ticket_uri == uri)))
    return AskRow(**row._mapping) if row else None


def change_ask(tx: Tx, ask_id: int, **values: Any) -> None:
    tx.run(update(asks).where(asks.c.id == ask_id).values(**values))


def free_asks(tx: Tx, post_id: int) -> None:
    """A request rests: nobody is waited for; who offers all the same is as welcome."""
    tx.run(
        update(asks)
        .where(asks.c.post_id == post_id, asks.c.kind == "help", asks.c.state == "open")
        .values(state="freed", closed_at=tx.now)
    )


_OPEN_ASKS = (
    select(asks.c.person_id)
    .join(posts, posts.c.id == asks.c.post_id)
    .where(
        asks.c.state == "open",
        or_(asks.c.kind == "help", asks.c.created_at >= bindparam("since")),
        posts.c.author_id == bindparam("author_id"),
        among(asks.c.person_id, "ids"),
    )
)


def open_asks_between(tx: Tx, author_id: int, these: Iterable[int]) -> set[PersonId]:
    """Who, of these, has an open ask from this author: one at a time (AUDIENCE, hard limits). A carrier's
    ticket stays open while the flag is up: there two days of silence are an answer."""
    wanted = set(these)
    if not wanted:
        return set()
    since = tx.now - tx.house.soon(THINKING)
    return set(tx.column(_OPEN_ASKS, author_id=author_id, ids=wanted, since=since))


class Answers(msgspec.Struct, frozen=True, gc=False):
    """What somebody made of the requests that one author put to them: how many these were, how often they
    took it up, and how often they said nothing for as long as they were given. The rest they declined, or
    had no time to answer."""

    asked: int = 0
    accepted: int = 0
    silent: int = 0


NO_ANSWERS = Answers()
_HEARD_NOTHING = and_(
    asks.c.state == "freed",
    type_coerce(asks.c.closed_at, BigInteger) - type_coerce(asks.c.created_at, BigInteger)
    >= bindparam("given", type_=BigInteger()),
)
_ANSWERS = (
    select(
        asks.c.person_id,
        func.count().label("asked"),
        func.sum(case((asks.c.state == "accepted", 1), else_=0)).label("accepted"),
        func.sum(case((_HEARD_NOTHING, 1), else_=0)).label("silent"),
    )
    .join(requests, requests.c.post_id == asks.c.post_id)
    .where(requests.c.author_id == bindparam("author_id"), asks.c.kind == "help")
    .group_by(asks.c.person_id)
)


def answers_to(tx: Tx, author_id: int) -> dict[PersonId, Answers]:
    """What each person made of an author's requests for help; to be asked to carry is another thing. A free
    slot that came of a pause, before the time to answer was over, is nobody's silence."""
    given = round(tx.house.soon(TO_ANSWER).total_seconds() * 1000)
    return {
        PersonId(row.person_id): Answers(int(row.asked), int(row.accepted), int(row.silent))
        for row in tx.all(_ANSWERS, author_id=author_id, given=given)
    }
