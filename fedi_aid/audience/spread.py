"""Weights of ties and the two-step spread, made anew for each member once a day (AUDIENCE, closeness).

How near somebody stands by way of others hardly changes from day to day, and is dear to work out with every
post: so it is worked out beforehand, one member after the other, at a cost that follows their own ties.
"""

from datetime import timedelta
from typing import Final

from fedi_aid.audience.learned import coefficients
from fedi_aid.audience.scores import Contact, Signals, outgoing, tie_weight
from fedi_aid.model.contacts import LASTING_DAYS
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import spreads, ties
from fedi_aid.storage.ties import DaysWith
from fedi_aid.storage.tx import Tx

EVERY: Final = timedelta(days=1)
AT_ONCE: Final = 100  # members in one transaction
NOTHING: Final = DaysWith((), 0, False)


def renew_due(tx: Tx) -> None:
    """Members whose weights are a day old, and those who have none yet; a periodic task."""
    spreads.enrol(tx, limit=AT_ONCE)
    for person_id in spreads.due(tx, tx.now - tx.house.soon(EVERY), limit=AT_ONCE):
        renew(tx, person_id)


def renew(tx: Tx, person_id: PersonId) -> None:
    """A member's weights from their own acts, then what two steps along the weights lead to."""
    spreads.put_weights(tx, person_id, weights(tx, person_id))
    floor = coefficients(tx).spread_floor  # less than that counts as nothing
    spreads.put_spread(tx, person_id, spreads.two_steps(tx, person_id, floor=floor))


def weights(tx: Tx, person_id: PersonId) -> dict[PersonId, float]:
    """e^x − 1 for every friend towards whom a member did anything, x(u,i) as in `scores.outgoing`. Who did
    something alone has none (RULES R9)."""
    today = ties.day_number(tx.now)
    done, got = ties.days_with(tx, person_id, since_day=today - LASTING_DAYS)
    pinned = ties.close_ids(tx, person_id)
    friends = spreads.friends_of(tx, person_id)
    found = {}
    for other in sorted(friends.intersection({*done, *pinned})):
        mine, theirs = done.get(other, NOTHING), got.get(other, NOTHING)
        both = set(theirs.days)
        signals = Signals(
            contacts=tuple(Contact(day, 1, int(day in both)) for day in sorted(set(mine.days))),
            help_given=theirs.helped,
            acknowledged=mine.acknowledged,
            pinned=other in pinned,
        )
        found[other] = tie_weight(outgoing(signals, today))
    return found
