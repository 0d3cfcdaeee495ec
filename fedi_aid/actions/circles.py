"""An author's first circle, measured once and kept until something changes in it (storage/circles.py).

What is kept is for ordinary posts. Whom a request might ask depends on the hour and on what was asked of whom
lately: that is measured with every request.
"""

import msgspec

from fedi_aid.audience import candidates, engine, promises
from fedi_aid.audience.engine import Ask, Candidate, Choice
from fedi_aid.audience.learned import coefficients
from fedi_aid.audience.scores import Coefficients
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.storage import circles, ties
from fedi_aid.storage.tx import Tx

CHOICES = 8  # of one circle, for asks that are the same again


class Friend(msgspec.Struct, frozen=True):
    """What is needed of a friend besides what the engine knows of them."""

    local: bool
    speaks_fedi_aid: bool


class _Mark(msgspec.Struct, frozen=True):
    """What a kept circle is good for: a stamp, a day, and exactly these people barred."""

    stamp: int
    day: int
    barred: frozenset[PersonId]


class Circle:
    """An author's friends, and as candidates."""

    def __init__(
        self, mark: _Mark | None, k: Coefficients, people: dict[PersonId, Person], pool: list[Candidate]
    ) -> None:
        self.mark = mark
        self._k = k
        self.friends = {one.id: Friend(one.local, one.speaks_fedi_aid) for one in people.values()}
        self.pool = pool
        self._choices: dict[bytes, Choice] = {}

    def choose(self, tx: Tx, ask: Ask) -> Choice:
        """The engine's choice, which keeps the promises. For an ordinary post it needs neither chance nor the
        hour, so the same ask, of the same circle on the same day, is answered once."""
        if ask.flag_raised or self.mark is None:
            return self._fresh(tx, ask)
        name = msgspec.msgpack.encode(ask)
        known = self._choices.get(name)
        if known is None:
            if len(self._choices) >= CHOICES:
                self._choices.pop(next(iter(self._choices)))
            known = self._choices[name] = self._fresh(tx, ask)
        return known

    def _fresh(self, tx: Tx, ask: Ask) -> Choice:
        choice = engine.choose(ask, self.pool, tx.now, tx.dice, self._k)
        promises.check(choice, ask, self.pool)
        return choice


def around(tx: Tx, author_id: PersonId, *, request: bool) -> Circle:
    """The circle of an author who writes, in the transaction of the post. Who is barred is read each time."""
    if request:
        return _measured(tx, author_id, None)
    stamp = circles.stamp_of(tx, author_id)
    barred = frozenset(ties.barred_around(tx, author_id))
    day = ties.day_number(tx.now)
    if stamp is None:
        stamp = circles.put_stamp(tx, author_id)
    mark = _Mark(stamp, day, barred)
    known: Circle | None = tx.kept.get(("circle", author_id))
    if known is None or known.mark != mark:
        known = _measured(tx, author_id, mark)
        tx.kept.put(("circle", author_id), known)
    return known


def _measured(tx: Tx, author_id: PersonId, mark: _Mark | None) -> Circle:
    return Circle(mark, coefficients(tx), *candidates.circle(tx, author_id))
