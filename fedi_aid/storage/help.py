"""Questions about help requests, asks, offers, carries and leases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select, update

from fedi_aid.model.help import (
    TRANSITIONS,
    AskRow,
    Offer,
    Question,
    ReceivedAsk,
    Request,
    RequestState,
    Transition,
)
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.engine import interruptions
from fedi_aid.storage.tables.help import (
    asks,
    carried_to,
    leases,
    offers,
    questions,
    received_asks,
    request_log,
    requests,
    seen_offers,
)
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tx import Tx


def _columns(table: Any, struct: type[msgspec.Struct]) -> list[Any]:
    return [table.c[name] for name in struct.__struct_fields__]


# -- requests (the author's side)


def open_request(tx: Tx, post_id: int, author_id: int, **values: Any) -> None:
    tx.insert(
        requests,
        post_id=post_id,
        author_id=author_id,
        state="open",
        raised_at=tx.now,
        due_at=tx.now,
        **values,
    )
    log(tx, post_id, "raised", by_id=author_id)


_REQUEST = select(*_columns(requests, Request)).where(requests.c.post_id == bindparam("post_id"))


def request(tx: Tx, post_id: int) -> Request | None:
    row = tx.first(_REQUEST, post_id=post_id)
    return Request(**row._mapping) if row else None


def change_request(tx: Tx, post_id: int, **values: Any) -> None:
    tx.run(update(requests).where(requests.c.post_id == post_id).values(**values))


def move(
    tx: Tx,
    post_id: int,
    what: Transition,
    *,
    by_id: int | None = None,
    details: Mapping[str, Any] | None = None,
    **values: Any,
) -> bool:
    """One transition of a request, in its row and in its log, with who and when. False, and nothing is
    written, where `TRANSITIONS` knows no such step from the state it is in."""
    state: RequestState | None = tx.scalar(select(requests.c.state).where(requests.c.post_id == post_id))
    after = TRANSITIONS[what].get(state) if state is not None else None
    if after is None:
        return False
    change_request(tx, post_id, state=after, **values)
    log(tx, post_id, what, by_id=by_id, **(details or {}))
    return True


def open_requests_of(tx: Tx, author_id: int) -> list[Request]:
    """Flags of a member that are still up, oldest first."""
    rows = tx.all(
        select(*_columns(requests, Request))
        .where(requests.c.author_id == author_id, requests.c.state != "lowered")
        .order_by(requests.c.raised_at)
    )
    return [Request(**row._mapping) for row in rows]


def requests_by(tx: Tx, author_id: int, *, max_id: int | None = None, limit: int = 20) -> list[Request]:
    """A member's requests, newest first, the lowered ones too."""
    statement = select(*_columns(requests, Request)).where(requests.c.author_id == author_id)
    if max_id is not None:
        statement = statement.where(requests.c.post_id < max_id)
    rows = tx.all(statement.order_by(requests.c.post_id.desc()).limit(limit))
    return [Request(**row._mapping) for row in rows]


def due_requests(tx: Tx, *, limit: int = 100) -> list[PostId]:
    return tx.column(
        select(requests.c.post_id)
        .where(requests.c.due_at <= tx.now, requests.c.state.in_(("open", "paused")))
        .order_by(requests.c.due_at)
        .limit(limit)
    )


def log(tx: Tx, post_id: int, what: str, *, by_id: int | None = None, **details: Any) -> None:
    """Every transition, with who and when; never the names of the silent."""
    tx.insert(
        request_log,
        id=tx.new_id(),
        post_id=post_id,
        what=what,
        by_id=by_id,
        details=details or None,
        created_at=tx.now,
    )


def story(tx: Tx, post_id: int) -> list[tuple[datetime, str, int | None, Any]]:
    rows = tx.all(select(request_log).where(request_log.c.post_id == post_id).order_by(request_log.c.id))
    return [(row.created_at, row.what, row.by_id, row.details) for row in rows]


# -- asks (the author's side)


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
    rows = tx.all(select(*_columns(asks, AskRow)).where(asks.c.post_id == post_id).order_by(asks.c.id))
    return [AskRow(**row._mapping) for row in rows]


def ask_by_uri(tx: Tx, uri: str) -> AskRow | None:
    row = tx.first(select(*_columns(asks, AskRow)).where(or_(asks.c.uri == uri, asks.c.ticket_uri == uri)))
    return AskRow(**row._mapping) if row else None


def living_tickets(tx: Tx, author_id: int) -> list[tuple[int, PostId]]:
    """(ask, post) of the tickets that an author's friends hold while a flag is up."""
    rows = tx.all(
        select(asks.c.id, asks.c.post_id)
        .join(requests, requests.c.post_id == asks.c.post_id)
        .where(
            asks.c.kind == "carry",
            asks.c.state.in_(("open", "accepted")),
            asks.c.ticket_ends_at > tx.now,
            requests.c.author_id == author_id,
            requests.c.state != "lowered",
        )
    )
    return [(row.id, row.post_id) for row in rows]


def tickets_to_renew(tx: Tx, before: datetime, *, resting_since: datetime) -> list[tuple[int, PostId]]:
    """(ask, post) of tickets that end before then, while the flag is up and they were not withdrawn; of a
    request that sleeps or is paused only when it came to rest after `resting_since`."""
    rested = (
        select(func.max(request_log.c.created_at))
        .where(request_log.c.post_id == requests.c.post_id, request_log.c.what.in_(("asleep", "paused")))
        .scalar_subquery()
    )
    rows = tx.all(
        select(asks.c.id, asks.c.post_id)
        .join(requests, requests.c.post_id == asks.c.post_id)
        .where(
            asks.c.kind == "carry",
            asks.c.state.in_(("open", "accepted")),
            asks.c.ticket_ends_at < before,
            or_(
                requests.c.state == "open",
                and_(requests.c.state.in_(("asleep", "paused")), rested > resting_since),
            ),
        )
        .limit(200)
    )
    return [(row.id, row.post_id) for row in rows]


_RAISED = (posts.c.help_flag.is_(True), posts.c.deleted_at.is_(None), posts.c.intimacy.in_((0, 1)))


def carriable_before(tx: Tx, author_id: int, post_id: int) -> set[PostId]:
    """An author's own requests that are older and still up for being carried: friends were asked to."""
    asked = select(asks.c.post_id).where(asks.c.kind == "carry")
    return set(
        tx.column(
            select(posts.c.id).where(
                posts.c.author_id == author_id, posts.c.id < post_id, *_RAISED, posts.c.id.in_(asked)
            )
        )
    )


def put_to_carry(tx: Tx, member_id: int, author_id: int) -> set[PostId]:
    """Open requests of one author that a member here was asked to carry, and did not refuse."""
    return set(
        tx.column(
            select(posts.c.id)
            .join(received_asks, received_asks.c.post_id == posts.c.id)
            .where(
                posts.c.author_id == author_id,
                *_RAISED,
                received_asks.c.member_id == member_id,
                received_asks.c.kind == "carry",
                received_asks.c.state.in_(("waiting", "asked", "accepted", "passed", "resting")),
            )
        )
    )


def carried_here(tx: Tx, author_id: int) -> set[PostId]:
    """Requests of one author that living leases bring to somebody here."""
    return set(
        tx.column(
            select(leases.c.post_id)
            .join(posts, posts.c.id == leases.c.post_id)
            .where(posts.c.author_id == author_id, leases.c.state != "ended", leases.c.ends_at > tx.now)
        )
    )


def change_ask(tx: Tx, ask_id: int, **values: Any) -> None:
    tx.run(update(asks).where(asks.c.id == ask_id).values(**values))


THINKING = timedelta(hours=48)  # longer than any twenty waking hours


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


def answer_history(tx: Tx, author_id: int) -> dict[PersonId, tuple[int, int]]:
    """person → (asked, accepted) over this author's requests."""
    rows = tx.all(
        select(asks.c.person_id, asks.c.state)
        .join(posts, posts.c.id == asks.c.post_id)
        .where(posts.c.author_id == author_id)
    )
    found: dict[PersonId, tuple[int, int]] = {}
    for row in rows:
        asked, yes = found.get(row.person_id, (0, 0))
        found[row.person_id] = (asked + 1, yes + (row.state == "accepted"))
    return found


# -- offers


def offer(tx: Tx, post_id: int, person_id: int, *, reply_id: int | None, via_id: int | None = None) -> bool:
    return tx.insert_new(
        offers,
        id=tx.new_id(),
        post_id=post_id,
        person_id=person_id,
        reply_id=reply_id,
        via_id=via_id,
        state="offered",
        created_at=tx.now,
    )


def offers_of(tx: Tx, post_id: int) -> list[Offer]:
    rows = tx.all(select(*_columns(offers, Offer)).where(offers.c.post_id == post_id).order_by(offers.c.id))
    return [Offer(**row._mapping) for row in rows]


def offers_since(tx: Tx, author_id: int, since: datetime) -> int:
    """How many offers a member got since then."""
    found = tx.scalar(
        select(func.count())
        .select_from(offers)
        .join(requests, requests.c.post_id == offers.c.post_id)
        .where(requests.c.author_id == author_id, offers.c.created_at >= since)
    )
    return int(found or 0)


def offers_by_since(tx: Tx, person_id: int, since: datetime) -> int:
    """How many offers a member made since then, as far as this server knows."""
    found = tx.scalar(
        select(func.count())
        .select_from(offers)
        .where(offers.c.person_id == person_id, offers.c.created_at >= since)
    )
    return int(found or 0)


def has_offered(tx: Tx, post_id: int, person_id: int) -> bool:
    return tx.exists(select(offers.c.id).where(offers.c.post_id == post_id, offers.c.person_id == person_id))


def forget_post(tx: Tx, post_id: int) -> None:
    """A post was removed: nothing is asked or carried for it any more."""
    tx.run(update(asks).where(asks.c.post_id == post_id).values(state="withdrawn"))
    tx.run(
        update(received_asks).where(received_asks.c.post_id == post_id).values(state="closed", due_at=None)
    )
    tx.run(update(carried_to).where(carried_to.c.post_id == post_id).values(state="withdrawn"))
    close_questions(tx, post_id=post_id)


def change_offers(tx: Tx, post_id: int, *, state: str, person_id: int | None = None) -> None:
    where = [offers.c.post_id == post_id, offers.c.state != "withdrawn"]
    if person_id is not None:
        where.append(offers.c.person_id == person_id)
    tx.run(update(offers).where(*where).values(state=state))


# -- asks received by members here


def receive_ask(
    tx: Tx, uri: str, post_id: int, member_id: int, kind: str, *, due_at: datetime, **values: Any
) -> int | None:
    """Note an Offer to a member here; the id of the row, or None for a replay."""
    known = tx.first(
        select(received_asks.c.id, received_asks.c.state).where(
            received_asks.c.post_id == post_id,
            received_asks.c.member_id == member_id,
            received_asks.c.kind == kind,
        )
    )
    if known is not None:
        # A renewed ticket (FEDERATION_EXTENSION, lease) or the one re-offer: never a second row.
        tx.run(update(received_asks).where(received_asks.c.id == known.id).values(uri=uri, **values))
        return None
    new_id = tx.new_id()
    written = tx.insert_new(
        received_asks,
        id=new_id,
        uri=uri,
        post_id=post_id,
        member_id=member_id,
        kind=kind,
        state="waiting",
        due_at=due_at,
        created_at=tx.now,
        **values,
    )
    return new_id if written else None


def received(tx: Tx, received_id: int) -> ReceivedAsk | None:
    row = tx.first(select(*_columns(received_asks, ReceivedAsk)).where(received_asks.c.id == received_id))
    return ReceivedAsk(**row._mapping) if row else None


def received_by_uri(tx: Tx, uri: str) -> ReceivedAsk | None:
    """By the Offer's id or the ticket's."""
    row = tx.first(
        select(*_columns(received_asks, ReceivedAsk)).where(
            or_(received_asks.c.uri == uri, received_asks.c.ticket_uri == uri)
        )
    )
    return ReceivedAsk(**row._mapping) if row else None


def received_for(
    tx: Tx, post_id: int, member_id: int | None = None, kind: str | None = None
) -> list[ReceivedAsk]:
    where = [received_asks.c.post_id == post_id]
    if member_id is not None:
        where.append(received_asks.c.member_id == member_id)
    if kind is not None:
        where.append(received_asks.c.kind == kind)
    rows = tx.all(select(*_columns(received_asks, ReceivedAsk)).where(*where).order_by(received_asks.c.id))
    return [ReceivedAsk(**row._mapping) for row in rows]


def change_received(tx: Tx, received_id: int, **values: Any) -> None:
    tx.run(update(received_asks).where(received_asks.c.id == received_id).values(**values))


def waiting_for(tx: Tx, member_id: int, *, limit: int = 40) -> list[ReceivedAsk]:
    """What a member here was asked and has not answered, newest first."""
    rows = tx.all(
        select(*_columns(received_asks, ReceivedAsk))
        .where(received_asks.c.member_id == member_id, received_asks.c.state == "asked")
        .order_by(received_asks.c.id.desc())
        .limit(limit)
    )
    return [ReceivedAsk(**row._mapping) for row in rows]


def waiting_to_be_put(tx: Tx, member_id: int) -> list[ReceivedAsk]:
    """What is to be put to a member here when they may be disturbed, oldest first."""
    rows = tx.all(
        select(*_columns(received_asks, ReceivedAsk))
        .where(received_asks.c.member_id == member_id, received_asks.c.state == "waiting")
        .order_by(received_asks.c.id)
    )
    return [ReceivedAsk(**row._mapping) for row in rows]


def waiting_counts(tx: Tx, ids: Iterable[int]) -> dict[PersonId, int]:
    """How many asks wait for their turn with each of these members here, who will be disturbed by them; those
    of a request that rests here will not."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = tx.all(_WAITING, ids=wanted)
    return {row.member_id: row.number for row in rows}


_WAITING = (
    select(received_asks.c.member_id, func.count().label("number"))
    .outerjoin(requests, requests.c.post_id == received_asks.c.post_id)
    .where(
        received_asks.c.state == "waiting",
        or_(requests.c.state.is_(None), requests.c.state == "open"),
        among(received_asks.c.member_id, "ids"),
    )
    .group_by(received_asks.c.member_id)
)


def asks_known_of(tx: Tx, post_id: int) -> int:
    """How many people a request was put to, as far as this server knows: all of them for one of our own."""
    sent = tx.scalar(select(func.count()).select_from(asks).where(asks.c.post_id == post_id))
    put = tx.scalar(
        select(func.count())
        .select_from(received_asks)
        .where(received_asks.c.post_id == post_id, received_asks.c.state != "waiting")
    )
    return max(int(sent or 0), int(put or 0))


def close_received(tx: Tx, post_id: int) -> None:
    """Nothing asked of members here about this post stands any more."""
    tx.run(
        update(received_asks)
        .where(received_asks.c.post_id == post_id, received_asks.c.state.in_(("waiting", "asked")))
        .values(state="closed", due_at=None)
    )


# -- carries made by members here, and leases of members here


def put_carried(tx: Tx, uri: str, post_id: int, carrier_id: int, person_id: int) -> None:
    """A member here offers a request to one friend; a renewal gives the Offer a new id, and is no new carry
    of the day."""
    known = tx.run(
        update(carried_to)
        .where(
            carried_to.c.post_id == post_id,
            carried_to.c.carrier_id == carrier_id,
            carried_to.c.person_id == person_id,
        )
        .values(uri=uri, state="shown")
    )
    if known:
        return
    tx.put(
        carried_to,
        [carried_to.c.post_id, carried_to.c.carrier_id, carried_to.c.person_id],
        id=tx.new_id(),
        uri=uri,
        post_id=post_id,
        carrier_id=carrier_id,
        person_id=person_id,
        state="shown",
        created_at=tx.now,
    )


def carried(tx: Tx, post_id: int, carrier_id: int | None = None) -> list[tuple[str, PersonId, PersonId, str]]:
    """(offer uri, carrier, person, state) of what members here carried."""
    where = [carried_to.c.post_id == post_id]
    if carrier_id is not None:
        where.append(carried_to.c.carrier_id == carrier_id)
    rows = tx.all(select(carried_to).where(*where).order_by(carried_to.c.id))
    return [(row.uri, row.carrier_id, row.person_id, row.state) for row in rows]


def carrying(
    tx: Tx, *, author_id: int | None = None, carrier_id: int | None = None
) -> list[tuple[PostId, PersonId]]:
    """(post, carrier) of what members here carry: of one author, or by one carrier, also before anybody has
    been shown it."""
    where = [received_asks.c.kind == "carry", received_asks.c.state.in_(("accepted", "passed"))]
    if carrier_id is not None:
        where.append(received_asks.c.member_id == carrier_id)
    if author_id is not None:
        where.append(received_asks.c.post_id.in_(select(posts.c.id).where(posts.c.author_id == author_id)))
    rows = tx.all(select(received_asks.c.post_id, received_asks.c.member_id).where(*where).distinct())
    return [(row.post_id, row.member_id) for row in rows]


def carried_since(tx: Tx, carrier_id: int, since: datetime) -> tuple[int, int]:
    """(requests, people) a carrier carried since then, for the carrier's own budget."""
    rows = tx.all(
        select(carried_to.c.post_id, carried_to.c.person_id).where(
            carried_to.c.carrier_id == carrier_id, carried_to.c.created_at >= since
        )
    )
    return len({row.post_id for row in rows}), len({row.person_id for row in rows})


def change_carried(tx: Tx, post_id: int, carrier_id: int, *, state: str) -> None:
    tx.run(
        update(carried_to)
        .where(carried_to.c.post_id == post_id, carried_to.c.carrier_id == carrier_id)
        .values(state=state)
    )


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """By which carrier a request reached a member here, and until when."""

    post_id: PostId
    carrier_id: PersonId
    person_id: PersonId
    offer_uri: str
    ticket_uri: str
    seats: int
    word: str
    state: str  # held, shown, ended
    boost_id: int | None
    ends_at: datetime


def put_lease(tx: Tx, **values: Any) -> None:
    """A new lease, or the same one renewed: then its first day stays."""
    keys = [leases.c.post_id, leases.c.carrier_id, leases.c.person_id]
    same = [column == values[column.name] for column in keys]
    if not tx.run(update(leases).where(*same).values(**values)):
        tx.insert(leases, **({"created_at": tx.now} | values))


def leases_of(
    tx: Tx, post_id: int, *, person_id: int | None = None, carrier_id: int | None = None
) -> list[Lease]:
    where = [leases.c.post_id == post_id]
    if person_id is not None:
        where.append(leases.c.person_id == person_id)
    if carrier_id is not None:
        where.append(leases.c.carrier_id == carrier_id)
    rows = tx.all(select(*_columns(leases, Lease)).where(*where))
    return [Lease(**row._mapping) for row in rows]


def shown_since(tx: Tx, person_id: int, since: datetime) -> int:
    """How many carried requests a member here was shown since then."""
    return len(
        set(
            tx.column(
                select(leases.c.post_id).where(
                    leases.c.person_id == person_id,
                    leases.c.created_at >= since,
                    leases.c.boost_id.is_not(None),
                )
            )
        )
    )


def lapsed_leases(tx: Tx, *, limit: int = 200) -> list[Lease]:
    rows = tx.all(
        select(*_columns(leases, Lease))
        .where(leases.c.ends_at <= tx.now, leases.c.state != "ended")
        .limit(limit)
    )
    return [Lease(**row._mapping) for row in rows]


def change_lease(tx: Tx, lease: Lease, **values: Any) -> None:
    tx.run(
        update(leases)
        .where(
            leases.c.post_id == lease.post_id,
            leases.c.carrier_id == lease.carrier_id,
            leases.c.person_id == lease.person_id,
        )
        .values(**values)
    )


def see_offer(tx: Tx, uri: str) -> bool:
    """Remember an Offer's id; False when it had been seen (a replay)."""
    return tx.insert_new(seen_offers, uri=uri, created_at=tx.now)


# -- the butler's questions, budgets, outcomes


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


def open_questions(tx: Tx, member_id: int) -> list[Question]:
    rows = tx.all(
        select(*_columns(questions, Question))
        .where(questions.c.member_id == member_id, questions.c.state == "open")
        .order_by(questions.c.id)
    )
    return [Question(**row._mapping) for row in rows]


def question_of_message(tx: Tx, member_id: int, message_id: int) -> Question | None:
    """The question that one of the butler's messages asked."""
    row = tx.first(
        select(*_columns(questions, Question)).where(
            questions.c.member_id == member_id, questions.c.message_id == message_id
        )
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
