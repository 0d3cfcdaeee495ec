"""Friends in common and whom they lead to, as far as those concerned show their friends; and whom a member
recommends on their profile."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, delete, func, or_, select

from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.tables.people import members, people
from fedi_aid.storage.tables.ties import follows, passed_over, recommended
from fedi_aid.storage.ties import blocked_either_way, friend_ids_of, muted_ids
from fedi_aid.storage.tx import Tx

_THERE = follows.alias("there")
_BACK = follows.alias("back_again")
_ONE, _OTHER = members.alias("one"), members.alias("other")


def _pairs(me: int) -> Any:
    """Friendships between a friend of mine (`_THERE.from_id`) and somebody else, both of whom live here and
    show their friends. A tie is told by both of its ends or by none."""
    return (
        select(_THERE.c.from_id, _THERE.c.to_id)
        .join(
            _BACK,
            and_(
                _BACK.c.from_id == _THERE.c.to_id,
                _BACK.c.to_id == _THERE.c.from_id,
                _BACK.c.state == "accepted",
            ),
        )
        .join(_ONE, and_(_ONE.c.person_id == _THERE.c.from_id, _ONE.c.show_friends.is_(True)))
        .join(_OTHER, and_(_OTHER.c.person_id == _THERE.c.to_id, _OTHER.c.show_friends.is_(True)))
        .where(
            _THERE.c.state == "accepted",
            _THERE.c.from_id.in_(friend_ids_of(me)),
            _THERE.c.to_id != me,
            ~blocked_either_way(_THERE.c.from_id, _THERE.c.to_id),
        )
    )


def _is_around(table: Any = people) -> Any:
    return and_(table.c.deleted_at.is_(None), table.c.suspended_at.is_(None))


def in_common(tx: Tx, me: int, ids: Iterable[int]) -> dict[int, list[Person]]:
    """For each of these people, the friends they have in common with a member, oldest account first. Nobody
    for oneself, and for those whom a block keeps apart from the member."""
    found: dict[int, list[Person]] = defaultdict(list)
    pairs = _pairs(me).where(_THERE.c.to_id.in_(list(ids)), ~blocked_either_way(_THERE.c.to_id, PersonId(me)))
    pairs = pairs.subquery()
    rows = tx.all(
        select(*PERSON_COLUMNS, pairs.c.to_id.label("whose"))
        .join(people, people.c.id == pairs.c.from_id)
        .where(_is_around())
        .order_by(people.c.id)
    )
    for row in rows:
        found[row.whose].append(person_from(row))
    return found


def among_friends(tx: Tx, me: int) -> list[tuple[PersonId, PersonId]]:
    """Friendships between two friends of a member, each once, where both show their friends."""
    pairs = _pairs(me).where(_THERE.c.to_id.in_(friend_ids_of(me)), _THERE.c.from_id < _THERE.c.to_id)
    return [(row.from_id, row.to_id) for row in tx.all(pairs.order_by(_THERE.c.from_id, _THERE.c.to_id))]


def suggested(tx: Tx, me: int, *, limit: int) -> list[Person]:
    """Who has most friends in common with a member, wishes to be found, and is neither tied to them in any
    way, nor kept apart, nor passed over."""
    pairs = _pairs(me).subquery()
    number = func.count().label("number")
    tied = or_(
        and_(follows.c.from_id == me, follows.c.to_id == people.c.id),
        and_(follows.c.to_id == me, follows.c.from_id == people.c.id),
    )
    passed = and_(passed_over.c.member_id == me, passed_over.c.person_id == people.c.id)
    best = (
        select(pairs.c.to_id, number)
        .join(people, people.c.id == pairs.c.to_id)
        .where(
            _is_around(),
            people.c.discoverable.is_(True),
            people.c.kind == "person",
            people.c.limited_at.is_(None),
            people.c.moved_to.is_(None),
            ~select(follows.c.id).where(tied).exists(),
            ~select(passed_over.c.person_id).where(passed).exists(),
            people.c.id.not_in(muted_ids(tx.now, me)),
            ~blocked_either_way(people.c.id, PersonId(me)),
        )
        .group_by(pairs.c.to_id)
        .order_by(number.desc(), pairs.c.to_id)
        .limit(limit)
        .subquery()
    )
    rows = tx.all(
        select(*PERSON_COLUMNS)
        .join(best, best.c.to_id == people.c.id)
        .order_by(best.c.number.desc(), people.c.id)
    )
    return [person_from(row) for row in rows]


def pass_over(tx: Tx, me: int, person_id: int) -> None:
    """Do not suggest them again."""
    tx.insert_new(passed_over, member_id=me, person_id=person_id, created_at=tx.now)


def passed_over_by(tx: Tx, me: int) -> set[PersonId]:
    """Whom a member does not want to be suggested."""
    return set(tx.column(select(passed_over.c.person_id).where(passed_over.c.member_id == me)))


# -- recommended on a profile


def recommend(tx: Tx, me: int, person_id: int) -> None:
    tx.insert_new(recommended, id=tx.new_id(), from_id=me, to_id=person_id, created_at=tx.now)


def recommend_no_more(tx: Tx, me: int, person_id: int) -> None:
    tx.run(delete(recommended).where(recommended.c.from_id == me, recommended.c.to_id == person_id))


def recommended_by(
    tx: Tx, person_id: int, viewer: int | None, *, max_id: int | None, since_id: int | None, limit: int
) -> list[tuple[int, Person]]:
    """Whom somebody recommends and still follows, newest first, with the row's id. Others than they
    themselves see those alone who live here and show their friends too."""
    still = and_(
        follows.c.from_id == recommended.c.from_id,
        follows.c.to_id == recommended.c.to_id,
        follows.c.state == "accepted",
    )
    statement = (
        select(*PERSON_COLUMNS, recommended.c.id.label("row"))
        .join(people, people.c.id == recommended.c.to_id)
        .join(follows, still)
        .where(recommended.c.from_id == person_id, _is_around())
    )
    if viewer != person_id:
        shows = select(members.c.person_id).where(
            members.c.person_id == recommended.c.to_id, members.c.show_friends.is_(True)
        )
        statement = statement.where(shows.exists())
        if viewer is not None:
            statement = statement.where(~blocked_either_way(recommended.c.to_id, PersonId(viewer)))
    if max_id is not None:
        statement = statement.where(recommended.c.id < max_id)
    if since_id is not None:
        statement = statement.where(recommended.c.id > since_id)
    rows = tx.all(statement.order_by(recommended.c.id.desc()).limit(limit))
    return [(row.row, person_from(row)) for row in rows]
