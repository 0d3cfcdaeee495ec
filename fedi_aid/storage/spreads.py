"""How close people are by way of others: weights of ties, made anew every day, and what two steps along them
lead to (AUDIENCE, closeness and speed).

A row of weights is made from what its own member did. Nothing here is for a page, an answer of the API or an
export: that two friends write to each other is theirs to tell (RULES R8).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, delete, func, or_, select, union_all

from fedi_aid.model.ids import SEQUENCE_BITS, PersonId
from fedi_aid.storage.tables.engine import spreads, tie_sums, tie_weights
from fedi_aid.storage.tables.people import members
from fedi_aid.storage.ties import friend_ids_of
from fedi_aid.storage.tx import Tx

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
SAME_WITHIN: Final = 0.1
_COMMITTED_LATE: Final = timedelta(hours=1)  # a smaller id may be seen after a greater one


def friends_of(tx: Tx, person_id: PersonId) -> set[PersonId]:
    """The ids of somebody's friends, wherever they live."""
    return set(tx.column(_FRIENDS, person_id=person_id))


def put_weights(tx: Tx, person_id: PersonId, weights: Mapping[PersonId, float]) -> None:
    """A member's weights in the place of those of before, with their sum."""
    tx.run(_DROP_WEIGHTS, {"person_id": person_id})
    tx.insert_many(
        tie_weights,
        [{"from_id": person_id, "to_id": other, "weight": weight} for other, weight in weights.items()],
    )
    tx.put(
        tie_sums, [tie_sums.c.person_id], person_id=person_id, total=sum(weights.values()), renewed_at=tx.now
    )


_PERSON = bindparam("person_id", type_=BigInteger())
_FRIENDS = friend_ids_of(_PERSON)
_DROP_WEIGHTS = delete(tie_weights).where(tie_weights.c.from_id == _PERSON)
_DROP_SPREADS = delete(spreads).where(spreads.c.from_id == _PERSON)


def _two_steps() -> Any:
    """T(u,·) = ½P(u,·) + ½Σ_v P(u,v)P(v,·), P the weights divided by their sums; of u's friends alone."""
    first, second = tie_weights.alias("first"), tie_weights.alias("second")
    of_mine, of_theirs = tie_sums.alias("of_mine"), tie_sums.alias("of_theirs")
    near = first.c.weight / of_mine.c.total / 2
    mine = first.join(of_mine, of_mine.c.person_id == first.c.from_id)
    theirs = mine.join(second, second.c.from_id == first.c.to_id).join(
        of_theirs, of_theirs.c.person_id == second.c.from_id
    )
    at_once = select(first.c.to_id, near.label("share")).select_from(mine).where(first.c.from_id == _PERSON)
    by_others = (
        select(second.c.to_id, (near * second.c.weight / of_theirs.c.total).label("share"))
        .select_from(theirs)
        .where(first.c.from_id == _PERSON)
    )
    both = union_all(at_once, by_others).subquery()
    share = func.sum(both.c.share)
    return (
        select(both.c.to_id, share.label("spread"))
        .where(both.c.to_id != _PERSON, both.c.to_id.in_(friend_ids_of(_PERSON)))
        .group_by(both.c.to_id)
        .having(share > bindparam("floor"))
        .order_by(share.desc(), both.c.to_id)
    )


_TWO_STEPS = _two_steps()


def two_steps(tx: Tx, person_id: PersonId, *, floor: float) -> dict[PersonId, float]:
    """T(u,·) of a member's friends, 0–1, as `scores.two_step_spread` has it, where it is above the floor; the
    largest first. It looks at the member's ties and at those of these people, whatever the network."""
    rows = tx.all(_TWO_STEPS, person_id=person_id, floor=floor)
    return {PersonId(row.to_id): float(row.spread) for row in rows}


def put_spread(tx: Tx, person_id: PersonId, found: Mapping[PersonId, float]) -> None:
    """What two steps lead to, in the place of what they led to before. Left alone where nothing changed by
    much: each change has circles measured anew (storage/circles.py), and ln T hardly notices."""
    known = {row.to_id: row.spread for row in tx.all(_FROM, person_id=person_id)}
    if known.keys() == found.keys() and all(
        abs(share - known[other]) <= SAME_WITHIN * known[other] for other, share in found.items()
    ):
        return
    tx.run(_DROP_SPREADS, {"person_id": person_id})
    tx.insert_many(
        spreads, [{"from_id": person_id, "to_id": other, "spread": share} for other, share in found.items()]
    )


_FROM = select(spreads.c.to_id, spreads.c.spread).where(spreads.c.from_id == _PERSON)
_AROUND: Any = select(spreads.c.from_id, spreads.c.to_id, spreads.c.spread).where(
    or_(spreads.c.from_id == _PERSON, spreads.c.to_id == _PERSON)
)


def around(tx: Tx, person_id: PersonId) -> tuple[dict[PersonId, float], dict[PersonId, float]]:
    """(T(u,i), T(i,u)) of a member u by i, where it is above the floor; T(i,u) of members here alone."""
    out: dict[PersonId, float] = {}
    back: dict[PersonId, float] = {}
    found: Any = tx.all(_AROUND, person_id=person_id)
    for one, other, share in found:
        if one == person_id:
            out[other] = share
        else:
            back[one] = share
    return out, back


def due(tx: Tx, before: datetime, *, limit: int) -> list[PersonId]:
    """Members whose weights were made before then, the longest ago first."""
    return tx.column(
        select(tie_sums.c.person_id)
        .where(tie_sums.c.renewed_at < before)
        .order_by(tie_sums.c.renewed_at, tie_sums.c.person_id)
        .limit(limit)
    )


def enrol(tx: Tx, *, limit: int) -> None:
    """Members who have no weights yet, the oldest first, get a row that is due. Ids are ordered by time
    (model.ids), so only those after the last one are looked at."""
    last = int(tx.scalar(select(func.max(tie_sums.c.person_id))) or 0)
    since = max(0, last - (int(_COMMITTED_LATE.total_seconds() * 1000) << SEQUENCE_BITS))
    known = select(tie_sums.c.person_id).where(tie_sums.c.person_id >= since)
    fresh = tx.column(
        select(members.c.person_id)
        .where(members.c.person_id >= since, members.c.person_id.not_in(known))
        .order_by(members.c.person_id)
        .limit(limit)
    )
    tx.insert_many(tie_sums, [{"person_id": one, "total": 0.0, "renewed_at": NEVER} for one in fresh])


def forget(tx: Tx, person_id: PersonId) -> None:
    """Somebody left for good: nothing leads to them, or by way of them, any more."""
    for table in (tie_weights, spreads):
        tx.run(delete(table).where(or_(table.c.from_id == person_id, table.c.to_id == person_id)))
    tx.run(delete(tie_sums).where(tie_sums.c.person_id == person_id))
