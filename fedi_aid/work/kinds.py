"""The kinds of jobs. Adding one is a line in `KINDS`, an act to enqueue it (`jobs` for what goes between
servers, `errands` for the butler), and a handler.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, get_args

import msgspec

from fedi_aid.errors import FediAidError
from fedi_aid.storage.tx import Tx

Lane = Literal["inbox", "lookup", "deliver", "fetch", "butler", "media", "mail", "push"]
LANES: tuple[Lane, ...] = get_args(Lane)
# What came from other servers is taken in turns, so that none of them has the lane to itself (D08).
FAIR: frozenset[Lane] = frozenset({"inbox", "lookup"})

# `rest`: to those whom `create` passed over; lowering a flag is an update; `count` tells the results of a
# poll and changes no word
Change = Literal["create", "rest", "update", "delete", "count"]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What the runner needs to know of a kind.

    `lease`: how long a silent worker keeps the job (a living one renews it). `retry_for`: from its creation,
    how long it is tried again. `longest`: after which one attempt counts as failed.
    """

    lane: Lane
    retry_for: timedelta
    lease: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(minutes=5)


_WEEK, _DAY, _TWO_DAYS = timedelta(days=7), timedelta(days=1), timedelta(days=2)
_SEASON = timedelta(days=90)  # from when it is enqueued: longer than the longest wait before it is due

KINDS: dict[str, Kind] = {
    # kind                lane              how long it is tried
    "fan_out": Kind(lane="deliver", retry_for=_WEEK),
    "deliver": Kind(lane="deliver", retry_for=_WEEK),
    "tell_tie": Kind(lane="deliver", retry_for=_WEEK),
    "tell_reaction": Kind(lane="deliver", retry_for=_WEEK),
    "tell_removed": Kind(lane="deliver", retry_for=_WEEK),
    "tell_person": Kind(lane="deliver", retry_for=_WEEK),
    "tell_gone": Kind(lane="deliver", retry_for=_WEEK),
    "tell_move": Kind(lane="deliver", retry_for=_WEEK),
    "tell_counts": Kind(lane="deliver", retry_for=_WEEK),
    "send_vote": Kind(lane="deliver", retry_for=_WEEK),
    "tell_friend": Kind(lane="deliver", retry_for=_WEEK),
    "tell_abilities": Kind(lane="deliver", retry_for=_DAY),
    "refuse_quote": Kind(lane="deliver", retry_for=_TWO_DAYS),
    "send_flag": Kind(lane="deliver", retry_for=_WEEK),
    "send_ask": Kind(lane="deliver", retry_for=_WEEK),
    "undo_ask": Kind(lane="deliver", retry_for=_WEEK),
    "answer_ask": Kind(lane="deliver", retry_for=_WEEK),
    "send_invite": Kind(lane="deliver", retry_for=_WEEK),
    "answer_invite": Kind(lane="deliver", retry_for=_WEEK),
    "undo_invite": Kind(lane="deliver", retry_for=_WEEK),
    "tell_project": Kind(lane="deliver", retry_for=_WEEK),
    "carry_on": Kind(lane="deliver", retry_for=_WEEK),
    "pass_to_one": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_suggested": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_page_answered": Kind(lane="butler", retry_for=_TWO_DAYS),
    "forward": Kind(lane="deliver", retry_for=_WEEK),
    "undo_carry": Kind(lane="deliver", retry_for=_WEEK),
    "handle_activity": Kind(lane="inbox", retry_for=_TWO_DAYS),
    "fetch_actor": Kind(lane="fetch", retry_for=_TWO_DAYS),
    "look_up_author": Kind(lane="fetch", retry_for=_WEEK),
    "fetch_carried": Kind(lane="fetch", retry_for=_DAY),
    "agree_followers": Kind(lane="fetch", retry_for=_TWO_DAYS),
    "check_quote": Kind(lane="fetch", retry_for=_TWO_DAYS),
    "fetch_post": Kind(lane="fetch", retry_for=_TWO_DAYS),
    "learn_software": Kind(lane="fetch", retry_for=_DAY),
    "fetch_featured": Kind(lane="fetch", retry_for=_DAY),
    "fetch_pin": Kind(lane="fetch", retry_for=_DAY),
    "fetch_abilities": Kind(lane="fetch", retry_for=_DAY),
    "fetch_figures": Kind(lane="fetch", retry_for=_DAY),
    "check_links": Kind(lane="fetch", retry_for=_DAY),
    "complete_thread": Kind(lane="fetch", retry_for=_DAY),
    "butler_confirm": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_wave": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_approve": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_widen_level": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_release": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_unknown_tags": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_unseen": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_offered": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_noticed": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_thanks": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_invited": Kind(lane="butler", retry_for=_WEEK),
    "butler_joined": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_quoted": Kind(lane="butler", retry_for=_WEEK),
    "butler_read": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_moved": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_overheard": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_endorsed": Kind(lane="butler", retry_for=_WEEK),
    "butler_thanked": Kind(lane="butler", retry_for=_WEEK),
    "butler_introduced": Kind(lane="butler", retry_for=_WEEK),
    "publish_scheduled": Kind(lane="butler", retry_for=timedelta(days=6 * 366)),  # from when it is enqueued
    "poll_ended": Kind(lane="butler", retry_for=_SEASON),
    "butler_severed": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_warned": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_appealed": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_answered_appeal": Kind(lane="butler", retry_for=_TWO_DAYS),
    "sever": Kind(lane="butler", retry_for=_WEEK),
    "purge": Kind(lane="butler", retry_for=_WEEK),
    "butler_voted": Kind(lane="butler", retry_for=_TWO_DAYS),
    "butler_card": Kind(lane="butler", retry_for=_DAY),
    "butler_thank": Kind(lane="butler", retry_for=_WEEK),
    "carry_received": Kind(lane="butler", retry_for=_TWO_DAYS),
    "carry_spread": Kind(lane="butler", retry_for=_TWO_DAYS),
    "drop_files": Kind(lane="media", retry_for=_DAY),
    "make_recording": Kind(lane="media", retry_for=_DAY, longest=timedelta(hours=3)),
    "push_notice": Kind(lane="push", retry_for=_DAY),
    "send_mail": Kind(lane="mail", retry_for=_TWO_DAYS),
}


class GiveUp(FediAidError):
    """This job can never succeed: it is buried at once.

    `answered` says that its host answered (a 404, a 410): then the host is not what is broken.
    """

    def __init__(self, log: str, *, answered: bool = False) -> None:
        super().__init__("This cannot be done.", log=log)
        self.answered = answered


class Crowded(FediAidError):
    """Too much was under way here to try at all: it is tried again, and its host is not to blame."""

    def __init__(self, log: str) -> None:
        super().__init__("The server is busy; please try again.", log=log)


def add(tx: Tx, kind: str, args: Mapping[str, Any], **when: Any) -> bool:
    """Enqueue a job of this kind in its lane; False when `once_key` says that one is waiting already."""
    return tx.enqueue(kind, KINDS[kind].lane, args, **when)
