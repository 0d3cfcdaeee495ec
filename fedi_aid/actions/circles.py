"""An author's first circle, measured once and kept until something changes in it (storage/circles.py).

Kept is what lasts: who is how close. Whom a request might ask depends on the hour and on what was asked of
whom lately: that is read with every request, of those alone whom it might be shown to.
"""

from collections.abc import Collection

import msgspec

from fedi_aid.audience import candidates, engine, promises
from fedi_aid.audience.engine import Ask, Candidate, Choice
from fedi_aid.audience.learned import coefficients
from fedi_aid.audience.scores import Coefficients
from fedi_aid.model.ids import PersonId
from fedi_aid.model.intimacy import LEVELS
from fedi_aid.storage import circles, ties
from fedi_aid.storage.ties import Around
from fedi_aid.storage.tx import Tx

CHOICES = 8  # of one circle, for asks that are the same again


class _Mark(msgspec.Struct, frozen=True):
    """What a kept circle is good for: a stamp, a day, and exactly these people barred."""

    stamp: int
    day: int
    barred: frozenset[PersonId]


class Circle:
    """An author's friends, and as candidates, as far as that lasts. Good in the transaction it was asked for
    in."""

    def __init__(
        self,
        author_id: PersonId,
        mark: _Mark | None,
        k: Coefficients,
        friends: dict[PersonId, Around],
        pool: list[Candidate],
    ) -> None:
        self.mark = mark
        self.friends = friends
        self.pool = pool
        self._author_id = author_id
        self._k = k
        self._choices: dict[bytes, Choice] = {}

    def choose(self, tx: Tx, ask: Ask) -> Choice:
        """The engine's choice, which keeps the promises. For an ordinary post it needs neither chance nor the
        hour, so the same ask, of the same circle on the same day, is answered once."""
        if ask.flag_raised or ask.wanted:
            among = None
            if len(self.pool) > LEVELS[ask.level].ring:
                among = {one.person for one in engine.within(ask, self.pool)}
            return self._chosen(tx, ask, self.just_now(tx, among, ask.wanted))
        name = msgspec.msgpack.encode(ask)
        known = self._choices.get(name)
        if known is None:
            if len(self._choices) >= CHOICES:
                self._choices.pop(next(iter(self._choices)))
            known = self._choices[name] = self._chosen(tx, ask, self.pool)
        return known

    def just_now(
        self, tx: Tx, among: Collection[PersonId] | None = None, wanted: Collection[str] | None = None
    ) -> list[Candidate]:
        """The same people with what is of the moment, of everybody or of those `among` them; of what they can
        do all, or what is `wanted`."""
        return candidates.of_the_moment(
            tx, self._author_id, self.friends, self.pool, among=among, wanted=wanted
        )

    def _chosen(self, tx: Tx, ask: Ask, pool: list[Candidate]) -> Choice:
        choice = engine.choose(ask, pool, tx.now, tx.dice, self._k)
        promises.check(choice, ask, pool)
        return choice


def around(tx: Tx, author_id: PersonId) -> Circle:
    """The circle of an author who writes, in the transaction of the post. Who is barred is read each time."""
    stamp = circles.stamp_of(tx, author_id)
    if stamp is None:
        stamp = circles.put_stamp(tx, author_id)
    mark = _mark(tx, author_id, stamp)
    known = _kept(tx, author_id, mark)
    if known is None:
        known = measured(tx, author_id, mark)
        tx.kept.put(("circle", author_id), known)
    return known


def pool_of(tx: Tx, author_id: PersonId) -> list[Candidate]:
    """`candidates.around`, from the circle that is kept where there is one; it writes nothing."""
    stamp = circles.stamp_of(tx, author_id)
    known = None if stamp is None else _kept(tx, author_id, _mark(tx, author_id, stamp))
    return candidates.around(tx, author_id) if known is None else known.just_now(tx)


def _mark(tx: Tx, author_id: PersonId, stamp: int) -> _Mark:
    barred = frozenset(ties.barred_around(tx, author_id))
    return _Mark(stamp, ties.day_number(tx.now), barred)


def _kept(tx: Tx, author_id: PersonId, mark: _Mark) -> Circle | None:
    known: Circle | None = tx.kept.get(("circle", author_id))
    return known if known is not None and known.mark == mark else None


def measured(tx: Tx, author_id: PersonId, mark: _Mark | None = None) -> Circle:
    """The circle as it is now, to be kept under that mark."""
    return Circle(author_id, mark, coefficients(tx), *candidates.circle(tx, author_id))
