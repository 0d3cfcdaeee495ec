"""Help requests of members here: the flag, its states, its log, and who offered."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from fedi_aid.model.help import TRANSITIONS, Offer, Request, RequestState, Transition
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage import questions
from fedi_aid.storage.among import among
from fedi_aid.storage.tables.base import Moment
from fedi_aid.storage.tables.help import asks, carried_to, offers, received_asks, request_log, requests
from fedi_aid.storage.tx import Tx

_REQUEST = tuple(requests.c[name] for name in Request.__struct_fields__)
_OFFER = tuple(offers.c[name] for name in Offer.__struct_fields__)


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


_ONE = select(*_REQUEST).where(requests.c.post_id == bindparam("post_id"))


def request(tx: Tx, post_id: int) -> Request | None:
    row = tx.first(_ONE, post_id=post_id)
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
        select(*_REQUEST)
        .where(requests.c.author_id == author_id, requests.c.state != "lowered")
        .order_by(requests.c.raised_at)
    )
    return [Request(**row._mapping) for row in rows]


def requests_by(tx: Tx, author_id: int, *, max_id: int | None = None, limit: int = 20) -> list[Request]:
    """A member's requests, newest first, the lowered ones too."""
    statement = select(*_REQUEST).where(requests.c.author_id == author_id)
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
    rows = tx.all(select(*_OFFER).where(offers.c.post_id == post_id).order_by(offers.c.id))
    return [Offer(**row._mapping) for row in rows]


_OFFERED = select(offers.c.person_id).where(
    among(offers.c.person_id, "ids"),
    offers.c.created_at > bindparam("since", type_=Moment()),
    offers.c.state != "withdrawn",
)


def offered_since(tx: Tx, ids: Iterable[int], since: datetime) -> set[PersonId]:
    """Who, of these, came forward for anybody since then, as far as this server knows."""
    return set(tx.column(_OFFERED, ids=set(ids), since=since))


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
    questions.close_questions(tx, post_id=post_id)


def change_offers(tx: Tx, post_id: int, *, state: str, person_id: int | None = None) -> None:
    where = [offers.c.post_id == post_id, offers.c.state != "withdrawn"]
    if person_id is not None:
        where.append(offers.c.person_id == person_id)
    tx.run(update(offers).where(*where).values(state=state))
