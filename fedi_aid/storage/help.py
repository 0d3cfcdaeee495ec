"""Questions about help requests, asks, offers, carries and leases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, or_, select, update

from fedi_aid.model.help import AskRow, Offer, Question, ReceivedAsk, Request
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.engine import interruptions, outcomes
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


def request(tx: Tx, post_id: int) -> Request | None:
    row = tx.first(select(*_columns(requests, Request)).where(requests.c.post_id == post_id))
    return Request(**row._mapping) if row else None


def change_request(tx: Tx, post_id: int, **values: Any) -> None:
    tx.run(update(requests).where(requests.c.post_id == post_id).values(**values))


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
        .where(requests.c.due_at <= tx.now, requests.c.state.in_(("open", "asleep")))
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


def tickets_to_renew(tx: Tx, before: datetime) -> list[tuple[int, PostId]]:
    """(ask, post) of tickets that end before then, while the flag is up and they were not withdrawn."""
    rows = tx.all(
        select(asks.c.id, asks.c.post_id)
        .join(requests, requests.c.post_id == asks.c.post_id)
        .where(
            asks.c.kind == "carry",
            asks.c.state.in_(("open", "accepted")),
            asks.c.ticket_ends_at < before,
            requests.c.state.in_(("open", "asleep")),
        )
        .limit(200)
    )
    return [(row.id, row.post_id) for row in rows]


def change_ask(tx: Tx, ask_id: int, **values: Any) -> None:
    tx.run(update(asks).where(asks.c.id == ask_id).values(**values))


_OPEN_ASKS = (
    select(asks.c.person_id)
    .join(posts, posts.c.id == asks.c.post_id)
    .where(
        asks.c.state == "open",
        posts.c.author_id == bindparam("author_id"),
        among(asks.c.person_id, "ids"),
    )
)


def open_asks_between(tx: Tx, author_id: int, these: Iterable[int]) -> set[PersonId]:
    """Who, of these, has an open ask from this author: one at a time (AUDIENCE, hard limits)."""
    wanted = set(these)
    if not wanted:
        return set()
    return set(tx.column(_OPEN_ASKS, author_id=author_id, ids=wanted))


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


def close_received(tx: Tx, post_id: int) -> None:
    """Nothing asked of members here about this post stands any more."""
    tx.run(
        update(received_asks)
        .where(received_asks.c.post_id == post_id, received_asks.c.state.in_(("waiting", "asked")))
        .values(state="closed", due_at=None)
    )


# -- carries made by members here, and leases of members here


def put_carried(tx: Tx, uri: str, post_id: int, carrier_id: int, person_id: int) -> None:
    """A member here offers a request to one friend; a renewal gives the Offer a new id."""
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
    where = [received_asks.c.kind == "carry", received_asks.c.state == "accepted"]
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
    tx.put(
        leases,
        [leases.c.post_id, leases.c.carrier_id, leases.c.person_id],
        **({"created_at": tx.now} | values),
    )


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


def record_outcome(tx: Tx, post_id: int, person_id: int, what: str, terms: Any = None) -> None:
    tx.insert(
        outcomes,
        id=tx.new_id(),
        post_id=post_id,
        person_id=person_id,
        what=what,
        terms=terms,
        created_at=tx.now,
    )


def record_outcomes(tx: Tx, post_id: int, what: str, terms: Mapping[int, Any]) -> None:
    """The same for many people at once: person → terms of the score."""
    tx.insert_many(
        outcomes,
        [
            {
                "id": tx.new_id(),
                "post_id": post_id,
                "person_id": person_id,
                "what": what,
                "terms": known,
                "created_at": tx.now,
            }
            for person_id, known in terms.items()
        ],
    )
