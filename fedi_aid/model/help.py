"""Help requests: the flag, who was asked, who offered. Silence is a state that nobody is shown."""

from datetime import datetime
from typing import Literal

import msgspec

from fedi_aid.model.ids import PersonId, PostId

RequestState = Literal["open", "asleep", "paused", "lowered"]
Outcome = Literal["solved", "withdrawn", "no_longer_needed"]
Urgency = Literal["low", "normal", "high"]
AskKind = Literal["help", "carry"]
AskState = Literal["open", "accepted", "refused", "freed", "withdrawn"]
# resting: agreed to, while the author renews the ticket (RULES R19)
ReceivedState = Literal["waiting", "asked", "accepted", "resting", "refused", "closed"]
QuestionKind = Literal["confirm", "carry", "ask", "offer", "checkin", "approve", "widen", "level"]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A raised flag of a member here."""

    post_id: PostId
    author_id: PersonId
    state: RequestState
    outcome: Outcome | None
    urgency: Urgency
    helpers_needed: int
    wave: int
    reoffered: bool
    raised_at: datetime
    lowered_at: datetime | None
    due_at: datetime | None
    checked_in_at: datetime | None
    checkins: int
    widening_agreed: bool | None


class AskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A person asked by name, on the author's side."""

    id: int
    uri: str
    post_id: PostId
    person_id: PersonId
    kind: AskKind
    state: AskState
    wave: int
    ticket_uri: str | None
    ticket_ends_at: datetime | None
    reoffered_at: datetime | None
    created_at: datetime


class ReceivedAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A member here was asked to help or to carry."""

    id: int
    uri: str
    post_id: PostId
    member_id: PersonId
    kind: AskKind
    state: ReceivedState
    ticket: bytes | None
    ticket_uri: str | None
    ends_at: datetime | None
    created_at: datetime


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """'I can help', said by someone the request reached."""

    id: int
    post_id: PostId
    person_id: PersonId
    reply_id: PostId | None
    via_id: PersonId | None
    state: Literal["offered", "thanked", "withdrawn"]
    created_at: datetime


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the butler asked a member and waits for."""

    id: int
    member_id: PersonId
    kind: QuestionKind
    post_id: PostId | None
    about_id: int | None
    message_id: PostId | None
    state: Literal["open", "answered", "closed"]
    created_at: datetime
