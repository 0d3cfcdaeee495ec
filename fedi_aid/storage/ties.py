"""Questions about what ties people and what keeps them apart."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.sql.functions import aggregate_strings

from fedi_aid.model.contacts import OF_CONFIDENCE, ContactKind
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import CARRY_ABILITY, Person, Relation
from fedi_aid.storage.among import VIEWER, among
from fedi_aid.storage.people import PERSON_COLUMNS, person_from
from fedi_aid.storage.tables.base import Moment
from fedi_aid.storage.tables.moderation import reports
from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.ties import (
    always_carried,
    blocks,
    close_pins,
    contacts,
    domain_mutes,
    follows,
    mutes,
    private_notes,
    recommended,
)
from fedi_aid.storage.tx import Tx


class FollowRow(msgspec.Struct, frozen=True, kw_only=True):
    """One follow, in whatever state."""

    id: int
    from_id: PersonId
    to_id: PersonId
    state: str  # asked, accepted, refused
    uri: str | None
    word: str
    created_at: datetime


_FOLLOW = tuple(follows.c[name] for name in ("id", "from_id", "to_id", "state", "uri", "word", "created_at"))


def day_number(moment: datetime) -> int:
    """Days since 1970 in UTC: the grain at which contacts are kept."""
    return int(moment.timestamp() // 86400)


# -- follows and friends


def follow(tx: Tx, from_id: int, to_id: int) -> FollowRow | None:
    row = tx.first(select(*_FOLLOW).where(follows.c.from_id == from_id, follows.c.to_id == to_id))
    return FollowRow(**row._mapping) if row else None


def follow_by_uri(tx: Tx, uri: str) -> FollowRow | None:
    row = tx.first(select(*_FOLLOW).where(follows.c.uri == uri))
    return FollowRow(**row._mapping) if row else None


def put_follow(
    tx: Tx, from_id: int, to_id: int, *, state: str, uri: str | None, word: str = "", **more: Any
) -> int:
    """Insert the follow or change its state; returns its id."""
    known = follow(tx, from_id, to_id)
    accepted_at = tx.now if state == "accepted" else None
    if known is None:
        new_id = tx.new_id()
        values = {
            "id": new_id,
            "from_id": from_id,
            "to_id": to_id,
            "state": state,
            "uri": uri,
            "word": word,
            "created_at": tx.now,
            "accepted_at": accepted_at,
        }
        tx.insert(follows, **(values | more))
        return new_id
    changes: dict[str, Any] = {"state": state, "accepted_at": accepted_at} | more
    if uri is not None:
        changes["uri"] = uri
    if word:
        changes["word"] = word
    tx.run(update(follows).where(follows.c.id == known.id).values(**changes))
    return known.id


def drop_follow(tx: Tx, from_id: int, to_id: int) -> bool:
    return tx.run(delete(follows).where(follows.c.from_id == from_id, follows.c.to_id == to_id)) == 1


def is_following(tx: Tx, from_id: int, to_id: int) -> bool:
    found = follow(tx, from_id, to_id)
    return found is not None and found.state == "accepted"


def are_friends(tx: Tx, one: int, other: int) -> bool:
    """Two accepted follows."""
    return is_following(tx, one, other) and is_following(tx, other, one)


def friends_before(tx: Tx, person_id: int, moment: datetime) -> set[PersonId]:
    """Who was somebody's friend by then, and still is: new friends never gain old posts (RULES R6)."""
    back = follows.alias("back")
    return set(
        tx.column(
            friend_ids_of(person_id).where(
                follows.c.to_id.in_(
                    select(follows.c.to_id).where(
                        follows.c.from_id == person_id, follows.c.accepted_at <= moment
                    )
                ),
                follows.c.to_id.in_(
                    select(back.c.from_id).where(back.c.to_id == person_id, back.c.accepted_at <= moment)
                ),
            )
        )
    )


def friend_ids_of(person_id: Any) -> Any:
    """A subquery of the ids of someone's friends, wherever they live."""
    back = follows.alias("back")
    return (
        select(follows.c.to_id)
        .join(back, and_(back.c.from_id == follows.c.to_id, back.c.to_id == follows.c.from_id))
        .where(follows.c.from_id == person_id, follows.c.state == "accepted", back.c.state == "accepted")
    )


_FRIENDS = select(*PERSON_COLUMNS).where(
    people.c.id.in_(friend_ids_of(bindparam("person_id"))),
    people.c.deleted_at.is_(None),
    people.c.suspended_at.is_(None),
)


def friends_of(tx: Tx, person_id: int) -> list[Person]:
    return [person_from(row) for row in tx.all(_FRIENDS, person_id=person_id)]


class Around(msgspec.Struct, frozen=True, gc=False):
    """A friend, as far as the choice of an audience needs them: `friends_of` without reading whole people.
    `has_inbox`: a post can be delivered there."""

    id: PersonId
    local: bool
    speaks_fedi_aid: bool
    has_inbox: bool


_AROUND = select(
    people.c.id,
    type_coerce(people.c.domain == "", Integer).label("here"),
    type_coerce(people.c.implements, Text()).label("implements"),
    type_coerce(people.c.inbox.is_not(None), Integer).label("inbox"),
    type_coerce(people.c.suspended_at.is_not(None), Integer).label("suspended"),
).where(people.c.id.in_(friend_ids_of(bindparam("person_id"))), people.c.deleted_at.is_(None))
_CARRIES = f'"{CARRY_ABILITY}"'
_PARTED_BY_BLOCK = select(people.c.id).where(
    people.c.id.in_(
        union_all(
            *(
                select(other).where(one == bindparam("person_id"), blocks.c.between_friends.is_(true()))
                for one, other in ((blocks.c.from_id, blocks.c.to_id), (blocks.c.to_id, blocks.c.from_id))
            )
        )
    ),
    people.c.deleted_at.is_(None),
)


def friends_around(tx: Tx, person_id: int) -> list[Around]:
    """The same people as `friends_of`."""
    return friends_and_parted(tx, person_id)[0]


def friends_and_parted(tx: Tx, person_id: int) -> tuple[list[Around], set[PersonId]]:
    """(`friends_around`; who was a friend until a block came between the two, from either side, or is
    suspended). The latter see nothing, and keep their place among the closest, so that nobody else takes it
    (RULES R11)."""
    friends, parted = [], set(tx.column(_PARTED_BY_BLOCK, person_id=person_id))
    rows: Iterable[Any] = tx.all(_AROUND, person_id=person_id)
    for person, here, said, inbox, suspended in rows:
        if suspended:
            parted.add(person)
        else:
            parted.discard(person)
            friends.append(Around(person, bool(here), bool(here) or _CARRIES in (said or ""), bool(inbox)))
    return friends, parted


def words_to(tx: Tx, person_id: int, ids: Iterable[int]) -> dict[PersonId, str]:
    """With what word of introduction each of these people asked somebody to become friends."""
    rows = tx.all(
        select(follows.c.from_id, follows.c.word).where(
            follows.c.to_id == person_id, follows.c.from_id.in_(list(ids)), follows.c.state == "asked"
        )
    )
    return {row.from_id: row.word for row in rows}


def _page_of_people(
    tx: Tx,
    cursor: Any,
    where: Sequence[ColumnElement[bool]],
    join: ColumnElement[bool],
    *,
    max_id: int | None,
    since_id: int | None,
    limit: int,
) -> list[tuple[int, Person]]:
    """People behind rows of a tie, newest tie first, with the id to page by."""
    statement = (
        select(*PERSON_COLUMNS, cursor.label("cursor"))
        .join(people, join)
        .where(*where, people.c.deleted_at.is_(None))
        .order_by(cursor.desc())
        .limit(limit)
    )
    if max_id is not None:
        statement = statement.where(cursor < max_id)
    if since_id is not None:
        statement = statement.where(cursor > since_id)
    return [(row.cursor, person_from(row)) for row in tx.all(statement)]


def followers(tx: Tx, person_id: int, *, state: str = "accepted", **page: Any) -> list[tuple[int, Person]]:
    """Those who follow, or (state `asked`) ask to: page arguments `max_id`, `since_id`, `limit`.
    A request by somebody blocked is not among them."""
    return _page_of_people(
        tx,
        follows.c.id,
        [
            follows.c.to_id == person_id,
            follows.c.state == state,
            ~blocked_either_way(follows.c.to_id, follows.c.from_id),
        ],
        people.c.id == follows.c.from_id,
        **page,
    )


def following(tx: Tx, person_id: int, *, state: str = "accepted", **page: Any) -> list[tuple[int, Person]]:
    return _page_of_people(
        tx,
        follows.c.id,
        [follows.c.from_id == person_id, follows.c.state == state],
        people.c.id == follows.c.to_id,
        **page,
    )


def follower_ids_here(tx: Tx, person_id: int) -> list[PersonId]:
    """Members here who follow someone: who gets a public post of theirs."""
    return tx.column(_FOLLOWERS_HERE, person_id=person_id)


_FOLLOWERS_HERE = (
    select(follows.c.from_id)
    .join(people, people.c.id == follows.c.from_id)
    .where(follows.c.to_id == bindparam("person_id"), follows.c.state == "accepted", people.c.domain == "")
)


def with_bell(tx: Tx, person_id: int) -> list[PersonId]:
    """Members here who follow someone and wish to be told of what they write."""
    return tx.column(_WITH_BELL, person_id=person_id)


_WITH_BELL = _FOLLOWERS_HERE.where(follows.c.notify.is_(True))


# -- blocks, mutes, reports


def blocked_either_way(one: Any, other: Any) -> ColumnElement[bool]:
    """SQL condition: a block stands between the two, in either direction."""
    return exists(
        select(blocks.c.from_id).where(
            or_(
                and_(blocks.c.from_id == one, blocks.c.to_id == other),
                and_(blocks.c.from_id == other, blocks.c.to_id == one),
            )
        )
    )


def is_blocked_either_way(tx: Tx, one: int, other: int) -> bool:
    return bool(tx.scalar(select(blocked_either_way(one, other))))


def blocked_among(tx: Tx, person_id: int, among: Iterable[int]) -> set[PersonId]:
    """Those of these people between whom and this one a block stands, in either direction."""
    wanted = list(among)
    theirs = select(blocks.c.from_id).where(blocks.c.to_id == person_id, blocks.c.from_id.in_(wanted))
    ours = select(blocks.c.to_id).where(blocks.c.from_id == person_id, blocks.c.to_id.in_(wanted))
    return {*tx.column(theirs), *tx.column(ours)}


def has_blocked(tx: Tx, from_id: int, to_id: int) -> bool:
    return tx.exists(select(blocks.c.from_id).where(blocks.c.from_id == from_id, blocks.c.to_id == to_id))


def put_block(tx: Tx, from_id: int, to_id: int, *, uri: str | None = None) -> bool:
    """Put it before the ties are cut: it remembers that it parted friends (RULES R11)."""
    friends = are_friends(tx, from_id, to_id) or to_id in friends_and_parted(tx, from_id)[1]
    return tx.insert_new(
        blocks, from_id=from_id, to_id=to_id, uri=uri, created_at=tx.now, between_friends=friends
    )


def drop_block(tx: Tx, from_id: int, to_id: int) -> bool:
    return tx.run(delete(blocks).where(blocks.c.from_id == from_id, blocks.c.to_id == to_id)) == 1


def put_mute(
    tx: Tx, from_id: int, to_id: int, *, notifications: bool = True, expires_at: datetime | None = None
) -> None:
    tx.put(
        mutes,
        [mutes.c.from_id, mutes.c.to_id],
        from_id=from_id,
        to_id=to_id,
        notifications=notifications,
        expires_at=expires_at,
        created_at=tx.now,
    )


def drop_mute(tx: Tx, from_id: int, to_id: int) -> bool:
    return tx.run(delete(mutes).where(mutes.c.from_id == from_id, mutes.c.to_id == to_id)) == 1


def muted_ids(now: Any, member_id: Any) -> Any:
    """A subquery of those a member does not want to read: muted, or of a server they muted."""
    muted = select(mutes.c.to_id).where(
        mutes.c.from_id == member_id, or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > now)
    )
    of_domains = (
        select(people.c.id)
        .join(domain_mutes, domain_mutes.c.domain == people.c.domain)
        .where(domain_mutes.c.member_id == member_id)
    )
    return muted.union_all(of_domains)


def muted_among(tx: Tx, member_id: int, ids: Iterable[int]) -> set[PersonId]:
    """Whom of these a member does not want to read."""
    return set(tx.column(_MUTED_AMONG, ids=set(ids), now=tx.now, viewer=member_id))


_MUTED_AMONG = select(people.c.id).where(
    among(people.c.id, "ids"), people.c.id.in_(muted_ids(bindparam("now", type_=Moment()), VIEWER))
)


def put_domain_mute(tx: Tx, member_id: int, domain: str) -> bool:
    return tx.insert_new(domain_mutes, member_id=member_id, domain=domain, created_at=tx.now)


def drop_domain_mute(tx: Tx, member_id: int, domain: str) -> bool:
    mine = [domain_mutes.c.member_id == member_id, domain_mutes.c.domain == domain]
    return tx.run(delete(domain_mutes).where(*mine)) == 1


def muted_domains(tx: Tx, member_id: int) -> list[tuple[datetime, str]]:
    """The servers a member muted, the newest first."""
    rows = tx.all(
        select(domain_mutes.c.created_at, domain_mutes.c.domain)
        .where(domain_mutes.c.member_id == member_id)
        .order_by(domain_mutes.c.created_at.desc(), domain_mutes.c.domain)
    )
    return [(row.created_at, row.domain) for row in rows]


def mutes_domain_of(tx: Tx, member_id: int, person_id: int) -> bool:
    """A member muted the server where somebody lives."""
    return tx.exists(
        select(people.c.id)
        .join(domain_mutes, domain_mutes.c.domain == people.c.domain)
        .where(domain_mutes.c.member_id == member_id, people.c.id == person_id)
    )


def tied_on(tx: Tx, member_id: int, domain: str) -> list[tuple[Person, bool, bool]]:
    """Everybody of a server with whom a member has a tie or asked for one, whether the member follows them,
    whether they follow the member."""
    mine = select(follows.c.to_id).where(follows.c.from_id == member_id)
    theirs = select(follows.c.from_id).where(follows.c.to_id == member_id)
    rows = tx.all(
        select(*PERSON_COLUMNS).where(
            people.c.domain == domain, or_(people.c.id.in_(mine), people.c.id.in_(theirs))
        )
    )
    found = [person_from(row) for row in rows]
    known = relations(tx, member_id, [one.id for one in found])
    return [(one, known[one.id].following, known[one.id].followed_by) for one in found]


def tied_to(tx: Tx, person_id: int, *, limit: int, here: bool = False) -> list[Person]:
    """Those with whom somebody has a tie, or a wish for one; `here`: only members of this server."""
    mine = select(follows.c.to_id).where(follows.c.from_id == person_id)
    theirs = select(follows.c.from_id).where(follows.c.to_id == person_id)
    statement = select(*PERSON_COLUMNS).where(
        or_(people.c.id.in_(mine), people.c.id.in_(theirs)), people.c.kind != "application"
    )
    if here:
        statement = statement.where(people.c.domain == "")
    return [person_from(row) for row in tx.all(statement.order_by(people.c.id).limit(limit))]


def blocked_people(tx: Tx, person_id: int, **page: Any) -> list[tuple[int, Person]]:
    """Whom a member blocked; paged by the person's id."""
    return _page_of_people(
        tx, blocks.c.to_id, [blocks.c.from_id == person_id], people.c.id == blocks.c.to_id, **page
    )


def carried_for_always(tx: Tx, member_id: int) -> set[PersonId]:
    """Friends whose requests a member carries without being asked each time."""
    return set(tx.column(select(always_carried.c.person_id).where(always_carried.c.member_id == member_id)))


def carry_for_always(tx: Tx, member_id: int, these: Iterable[int]) -> None:
    """Put these people in the place of those of before."""
    tx.run(delete(always_carried).where(always_carried.c.member_id == member_id))
    tx.insert_many(always_carried, [{"member_id": member_id, "person_id": one} for one in sorted(set(these))])


def barred_ids(tx: Tx, author_id: int, these: Iterable[int]) -> set[PersonId]:
    """Who, of these, must never be in an audience of the author: blocked, muted or reported by either side
    as far as this server knows, or of a domain that the other side muted (PRODUCT, the two promises)."""
    wanted = set(these)
    return set(tx.column(_BARRED, author_id=author_id, ids=wanted, now=tx.now)) if wanted else set()


def _barred() -> Any:
    """The statement of `barred_ids`, made once."""
    author = bindparam("author_id", type_=BigInteger())
    parts = []
    for table, one, other in (
        (blocks, blocks.c.from_id, blocks.c.to_id),
        (mutes, mutes.c.from_id, mutes.c.to_id),
        (reports, reports.c.from_id, reports.c.about_id),
    ):
        running = or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > bindparam("now", type_=Moment()))
        extra = [running] if table is mutes else []
        parts.append(select(other).where(one == author, among(other, "ids"), *extra))
        parts.append(select(one).where(other == author, among(one, "ids"), *extra))
    of_domains = select(people.c.id).join(domain_mutes, domain_mutes.c.domain == people.c.domain)
    parts.append(of_domains.where(domain_mutes.c.member_id == author, among(people.c.id, "ids")))
    # And those who muted the author's server.
    home = select(people.c.domain).where(people.c.id == author).scalar_subquery()
    muting = select(domain_mutes.c.member_id).where(domain_mutes.c.domain == home)
    parts.append(muting.where(among(domain_mutes.c.member_id, "ids")))
    return union_all(*parts)


_BARRED = _barred()


def barred_around(tx: Tx, author_id: int) -> set[PersonId]:
    """Everybody whom `barred_ids` would bar from this author, as far as they follow each other or a block,
    mute or report stands between the two: the same answer for any friend, without naming them."""
    return set(tx.column(_BARRED_AROUND, author_id=author_id, now=tx.now))


def _barred_around() -> Any:
    author = bindparam("author_id", type_=BigInteger())
    running = or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > bindparam("now", type_=Moment()))
    parts = []
    for table, one, other in (
        (blocks, blocks.c.from_id, blocks.c.to_id),
        (mutes, mutes.c.from_id, mutes.c.to_id),
        (reports, reports.c.from_id, reports.c.about_id),
    ):
        extra = [running] if table is mutes else []
        parts += [select(other).where(one == author, *extra), select(one).where(other == author, *extra)]
    parts.append(
        select(people.c.id)
        .join(follows, follows.c.to_id == people.c.id)
        .join(domain_mutes, domain_mutes.c.domain == people.c.domain)
        .where(domain_mutes.c.member_id == author, follows.c.from_id == author)
    )
    home = select(people.c.domain).where(people.c.id == author).scalar_subquery()
    parts.append(
        select(domain_mutes.c.member_id)
        .join(follows, follows.c.to_id == domain_mutes.c.member_id)
        .where(domain_mutes.c.domain == home, follows.c.from_id == author)
    )
    return union_all(*parts)


_BARRED_AROUND = _barred_around()


def barred_uris(tx: Tx, author_id: int, *, limit: int) -> list[str]:
    """The addresses of everybody known here whom `barred_ids` would bar from this author, up to `limit`; of
    muted servers, those whose own server shows what friends of friends carry."""
    found: list[int] = []
    for table, one, other in (
        (blocks, blocks.c.from_id, blocks.c.to_id),
        (mutes, mutes.c.from_id, mutes.c.to_id),
        (reports, reports.c.from_id, reports.c.about_id),
    ):
        newest = table.c.created_at.desc()
        found += tx.column(select(other).where(one == author_id).order_by(newest).limit(limit))
        found += tx.column(select(one).where(other == author_id).order_by(newest).limit(limit))
    speaks = type_coerce(people.c.implements, Text()).like(f"%{_CARRIES}%")
    found += tx.column(
        select(people.c.id)
        .join(domain_mutes, domain_mutes.c.domain == people.c.domain)
        .where(domain_mutes.c.member_id == author_id, speaks)
        .limit(limit)
    )
    ids = list(dict.fromkeys(found))[:limit]
    return tx.column(select(people.c.uri).where(people.c.id.in_(ids)))


# -- pins, notes, contacts


def close_ids(tx: Tx, person_id: int) -> set[PersonId]:
    return set(tx.column(_CLOSE, person_id=person_id))


_CLOSE = select(close_pins.c.to_id).where(close_pins.c.from_id == bindparam("person_id"))


def put_close_pin(tx: Tx, from_id: int, to_id: int) -> bool:
    return tx.insert_new(close_pins, from_id=from_id, to_id=to_id, created_at=tx.now)


def drop_close_pin(tx: Tx, from_id: int, to_id: int) -> bool:
    where = (close_pins.c.from_id == from_id, close_pins.c.to_id == to_id)
    return tx.run(delete(close_pins).where(*where)) == 1


def put_note(tx: Tx, from_id: int, to_id: int, text: str) -> None:
    keys = [private_notes.c.from_id, private_notes.c.to_id]
    tx.put(private_notes, keys, from_id=from_id, to_id=to_id, text=text)


def record_contact(tx: Tx, from_id: int, to_id: int, kind: ContactKind) -> None:
    """Someone acted towards someone today; the engine's only raw material (AUDIENCE, closeness)."""
    if from_id == to_id:
        return
    day = day_number(tx.now)
    key = (
        contacts.c.from_id == from_id,
        contacts.c.to_id == to_id,
        contacts.c.day == day,
        contacts.c.kind == kind,
    )
    if tx.run(update(contacts).where(*key).values(count=contacts.c.count + 1)):
        return
    # What is done towards somebody who is only vouched for is evidence of nothing (RULES R20).
    if not tx.exists(
        select(people.c.id).where(people.c.id.in_((from_id, to_id)), people.c.vouched_at.is_not(None))
    ):
        tx.insert_new(contacts, from_id=from_id, to_id=to_id, day=day, kind=kind, count=1)


_CONTACTS = select(
    contacts.c.from_id, contacts.c.to_id, contacts.c.day, contacts.c.kind, contacts.c.count
).where(
    or_(contacts.c.from_id == bindparam("person_id"), contacts.c.to_id == bindparam("person_id")),
    contacts.c.day >= bindparam("since_day"),
)


def contacts_around(tx: Tx, person_id: int, *, since_day: int) -> Iterable[Any]:
    """(from, to, day, kind, count) of everything between a person and anybody, since a day."""
    return tx.all(_CONTACTS, person_id=person_id, since_day=since_day)


class DaysWith(msgspec.Struct, frozen=True, gc=False):
    """What somebody did towards another, or another towards them, since a day: the days on which anything of
    the kinds that were asked for was done, unsorted, a day once for each kind; how often they helped;
    whether they thanked them or vouched for them."""

    days: tuple[int, ...]
    helped: int
    acknowledged: bool


def _days_with(mine: Any, other: Any, *kinds: ColumnElement[bool]) -> Any:
    """The statement of `days_with`, one row for each of those others: thousands of small rows take longer to
    hand over than to find."""
    word = or_(contacts.c.kind == "thanked", contacts.c.kind == "endorsed")
    return (
        select(
            other,
            aggregate_strings(cast(contacts.c.day, Text()), ",").label("days"),
            func.sum(contacts.c.count).filter(contacts.c.kind == "helped").label("helped"),
            func.count().filter(word).label("words"),
        )
        .where(mine == bindparam("person_id"), contacts.c.day >= bindparam("since_day"), *kinds)
        .group_by(other)
    )


_DONE_BY = _days_with(contacts.c.from_id, contacts.c.to_id, contacts.c.kind.in_(sorted(OF_CONFIDENCE)))
_DONE_TO = _days_with(contacts.c.to_id, contacts.c.from_id)


def days_with(
    tx: Tx, person_id: int, *, since_day: int
) -> tuple[dict[PersonId, DaysWith], dict[PersonId, DaysWith]]:
    """(what somebody did towards each of the others that speaks of confidence, all that each of them did
    towards them), by the other."""
    found = []
    for statement in (_DONE_BY, _DONE_TO):
        rows: Iterable[Any] = tx.all(statement, person_id=person_id, since_day=since_day)
        found.append(
            {
                other: DaysWith(_numbers(f"[{days}]"), int(helped or 0), words > 0)
                for other, days, helped, words in rows
            }
        )
    return found[0], found[1]


_numbers = msgspec.json.Decoder(tuple[int, ...]).decode


# -- how two people stand


def relations(tx: Tx, viewer: int, ids: Iterable[int]) -> dict[int, Relation]:
    """How a member stands with each of these people."""
    wanted = list(dict.fromkeys(ids))
    facts: dict[int, dict[str, Any]] = {other: {} for other in wanted}
    if not wanted:
        return {}

    def mark(statement: Any, **values: Any) -> None:
        for other in tx.column(statement):
            facts[other].update(values)

    for row in tx.all(
        select(follows.c.to_id, follows.c.state, follows.c.show_boosts, follows.c.notify).where(
            follows.c.from_id == viewer, follows.c.to_id.in_(wanted)
        )
    ):
        facts[row.to_id].update(
            following=row.state == "accepted",
            requested=row.state == "asked",
            show_boosts=row.show_boosts,
            notify=row.notify,
        )
    for row in tx.all(
        select(follows.c.from_id, follows.c.state).where(
            follows.c.to_id == viewer, follows.c.from_id.in_(wanted)
        )
    ):
        facts[row.from_id].update(followed_by=row.state == "accepted", requested_by=row.state == "asked")
    mark(select(blocks.c.to_id).where(blocks.c.from_id == viewer, blocks.c.to_id.in_(wanted)), blocking=True)
    mark(
        select(blocks.c.from_id).where(blocks.c.to_id == viewer, blocks.c.from_id.in_(wanted)),
        blocked_by=True,
    )
    mark(
        select(close_pins.c.to_id).where(close_pins.c.from_id == viewer, close_pins.c.to_id.in_(wanted)),
        close=True,
    )
    mark(
        select(recommended.c.to_id).where(recommended.c.from_id == viewer, recommended.c.to_id.in_(wanted)),
        recommended=True,
    )
    mark(
        select(people.c.id)
        .join(domain_mutes, domain_mutes.c.domain == people.c.domain)
        .where(domain_mutes.c.member_id == viewer, people.c.id.in_(wanted)),
        domain_muting=True,
    )
    active = or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > tx.now)
    for row in tx.all(
        select(mutes.c.to_id, mutes.c.notifications).where(
            mutes.c.from_id == viewer, mutes.c.to_id.in_(wanted), active
        )
    ):
        facts[row.to_id].update(muting=True, muting_notifications=row.notifications)
    for row in tx.all(
        select(private_notes.c.to_id, private_notes.c.text).where(
            private_notes.c.from_id == viewer, private_notes.c.to_id.in_(wanted)
        )
    ):
        facts[row.to_id]["note"] = row.text
    return {other: Relation(person_id=PersonId(other), **values) for other, values in facts.items()}


_COUNTS: Any = select(
    *(
        select(func.count())
        .where(side == bindparam("person_id", type_=BigInteger()), follows.c.state == "accepted")
        .scalar_subquery()
        for side in (follows.c.to_id, follows.c.from_id)
    )
)


def count_follows(tx: Tx, person_id: int) -> tuple[int, int]:
    """(followers, following), for their owner's eyes."""
    mine, theirs = tuple(tx.all(_COUNTS, person_id=person_id)[0])
    return int(mine), int(theirs)
