"""What the engine chose, with the terms of each score, and what came of it: kept to learn from, and for
nothing else.

A row that nothing came of is somebody's silence. No question here is for a page, an answer of the API or an
export; `samples` hands out numbers without names (RULES R8). After 30 days a row forgets whom and which
post it was about, after two years it is gone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import delete, func, or_, select, update

from fedi_aid.model.ids import SEQUENCE_BITS, PersonId
from fedi_aid.model.learning import Came, Sample
from fedi_aid.storage.tables.engine import outcomes
from fedi_aid.storage.tx import Tx

What = Literal["shown", "asked"]

NAMED_FOR: Final = timedelta(days=30)
KEPT_FOR: Final = timedelta(days=730)
NOBODY: Final = 0
HELPED: Final = ("accepted", "helped")
COUNTS: Final = (*HELPED, "declined", "wrong_person")  # and silence


class _Terms(msgspec.Struct, frozen=True):
    """The terms of a score, as far as anything is learned from them."""

    benevolence: float
    affinity: float
    able: float
    response: float
    aim: float = 1.0


def record(tx: Tx, post_id: int, what: What, terms: Mapping[PersonId, Any], *, level: int | None) -> None:
    """The engine chose these people for a request: person → terms. In the transaction of the choice; a second
    showing, or ask, of the same person is not a new one."""
    if not terms:
        return
    of_these = (outcomes.c.post_id == post_id, outcomes.c.person_id.in_(list(terms)))
    known = set(tx.column(select(outcomes.c.person_id).where(*of_these, outcomes.c.what == what)))
    tx.insert_many(
        outcomes,
        [
            {
                "id": tx.new_id(),
                "post_id": post_id,
                "person_id": person_id,
                "what": what,
                "level": level,
                "terms": of_score,
                "created_at": tx.now,
            }
            for person_id, of_score in terms.items()
            if person_id not in known
        ],
    )
    if what == "asked":
        seen_before = (outcomes.c.what == "shown", outcomes.c.came.is_(None))
        tx.run(update(outcomes).where(*of_these, *seen_before).values(came="asked"))


def came_of(tx: Tx, post_id: int, person_id: int, came: Came) -> bool:
    """What came of an ask, or else of a quiet showing; False when there was neither. That it was the wrong
    person is the last word."""
    row = tx.first(
        select(outcomes.c.id, outcomes.c.came)
        .where(outcomes.c.post_id == post_id, outcomes.c.person_id == person_id)
        .order_by(outcomes.c.what)  # asked before shown
        .limit(1)
    )
    if row is None:
        return False
    if row.came != "wrong_person":
        tx.run(update(outcomes).where(outcomes.c.id == row.id).values(came=came))
    return True


def wrong_person(tx: Tx, post_id: int, person_id: int, *, level: int | None) -> None:
    """The author says that a choice went too far: the only true label of leakage. Also of a post that was no
    request, of which nothing else is kept."""
    if not came_of(tx, post_id, person_id, "wrong_person"):
        tx.insert(
            outcomes,
            id=tx.new_id(),
            post_id=post_id,
            person_id=person_id,
            what="shown",
            level=level,
            came="wrong_person",
            created_at=tx.now,
        )


def moot(tx: Tx, post_id: int, since: datetime) -> None:
    """The need is gone: who was chosen after `since` had no time to answer, and nothing is learned of it."""
    unanswered = (outcomes.c.post_id == post_id, outcomes.c.came.is_(None))
    tx.run(update(outcomes).where(*unanswered, outcomes.c.created_at > since).values(came="moot"))


def forget_post(tx: Tx, post_id: int) -> None:
    """Its author took it back: nothing is learned of it."""
    tx.run(delete(outcomes).where(outcomes.c.post_id == post_id))


def forget_person(tx: Tx, person_id: int) -> None:
    """Somebody left for good: what was learned stays, without them."""
    tx.run(update(outcomes).where(outcomes.c.person_id == person_id).values(person_id=NOBODY, post_id=NOBODY))


def forget(tx: Tx) -> int:
    """What is older than 30 days loses its names, what is older than two years goes; how many rows."""
    named = (outcomes.c.id < _first_id(tx.now - NAMED_FOR), outcomes.c.post_id != NOBODY)
    changed = tx.run(update(outcomes).where(*named).values(post_id=NOBODY, person_id=NOBODY))
    return changed + tx.run(delete(outcomes).where(outcomes.c.id < _first_id(tx.now - KEPT_FOR)))


def _first_id(moment: datetime) -> int:
    """Ids are ordered by time (model.ids): every row made before then has a smaller one."""
    return int(moment.timestamp() * 1000) << SEQUENCE_BITS


def samples(tx: Tx, before: datetime, *, limit: int) -> list[Sample]:
    """The newest settled choices made before then, without names. Who was asked after being shown counts
    once, as asked."""
    rows = tx.all(
        select(outcomes.c.what, outcomes.c.terms, outcomes.c.came)
        .where(
            outcomes.c.id < _first_id(before),
            outcomes.c.terms.is_not(None),
            or_(outcomes.c.came.is_(None), outcomes.c.came.in_(COUNTS)),
        )
        .order_by(outcomes.c.id.desc())
        .limit(limit)
    )
    return [_sample(row.what, msgspec.convert(row.terms, _Terms), row.came) for row in rows]


def _sample(what: str, terms: _Terms, came: str | None) -> Sample:
    return Sample(
        benevolence=terms.benevolence,
        affinity=terms.affinity,
        factor=terms.able * terms.response,
        aim=terms.aim,
        quiet=what == "shown",
        helped=came in HELPED,
    )


def wrong_people(tx: Tx) -> int:
    """How often an author said so, in all: a number for whoever looks after the engine."""
    return int(tx.scalar(select(func.count()).where(outcomes.c.came == "wrong_person")) or 0)
