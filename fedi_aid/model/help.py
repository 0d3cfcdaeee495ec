"""Help requests: the flag, who was asked, who offered. Silence is a state that nobody is shown."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from fedi_aid.model.ids import PersonId, PostId

RequestState = Literal["open", "asleep", "paused", "lowered"]
Outcome = Literal["solved", "withdrawn", "no_longer_needed"]
Urgency = Literal["low", "normal", "high"]
AskKind = Literal["help", "carry"]
AskState = Literal["open", "accepted", "refused", "freed", "withdrawn"]
# resting: agreed to, while the author renews the ticket (RULES R19)
# passed: agreed to for those alone whom the member named (RULES R22)
ReceivedState = Literal["waiting", "asked", "accepted", "passed", "resting", "refused", "closed"]
QuestionKind = Literal[
    "confirm",
    "carry",
    "ask",
    "offer",
    "checkin",
    "approve",
    "widen",
    "level",
    "invite",
    "endorsement",
    "introduction",
    "vouch",
    "suggested",
    "quoted",
    "helped",
    "goal",
    "tie",
]


# What happens to a request → the state it may be in → the state it is in then. Only its author's word lowers
# a flag, and nothing raises it again.
Transition = Literal["still", "paused", "asleep", "woken", "lowered"]
TRANSITIONS: Final[Mapping[Transition, Mapping[RequestState, RequestState]]] = MappingProxyType(
    {
        "still": {"open": "open", "asleep": "open", "paused": "open"},
        "paused": {"open": "paused", "asleep": "paused", "paused": "paused"},
        "asleep": {"open": "asleep"},
        "woken": {"paused": "open"},
        "lowered": {"open": "lowered", "asleep": "lowered", "paused": "lowered"},
    }
)


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
    heard_at: datetime | None = None  # when its author last spoke of it
    rests_until: datetime | None = None  # a pause with an end


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
    closed_at: datetime | None = None


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
    due_at: datetime | None = None  # not to be put to them before
    reoffered_at: datetime | None = None


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
    """What the butler asked a member and waits for. `details`: where it is about several, their ids in the
    order in which they were named."""

    id: int
    member_id: PersonId
    kind: QuestionKind
    post_id: PostId | None
    about_id: int | None
    message_id: PostId | None
    state: Literal["open", "answered", "closed"]
    created_at: datetime
    details: list[int] | None = None
