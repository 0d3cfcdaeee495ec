"""The kinds of jobs, and one act per kind to enqueue it.

Payloads hold ids and URIs, never objects: a job reads what it needs when it runs. Adding a kind is a line
in `KINDS`, an act below, and a handler in `app`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

import msgspec

from fedi_aid.errors import FediAidError
from fedi_aid.model.ids import PersonId, PostId
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


def _add(tx: Tx, kind: str, args: Mapping[str, Any], **when: Any) -> bool:
    return tx.enqueue(kind, KINDS[kind].lane, args, **when)


def host_of(uri: str) -> str:
    """The peer a URI belongs to, as `hosts.domain` spells it: lower case, with the port if there is one."""
    return urlsplit(uri).netloc.rpartition("@")[2].lower()


# -- delivery


def fan_out(tx: Tx, post_id: PostId, what: Change) -> None:
    """Send a change of a post to every inbox it concerns; the changes of one post keep their order."""
    _add(tx, "fan_out", {"post_id": post_id, "what": what}, order_key=f"fan_out:{post_id}")


def deliver(
    tx: Tx,
    activity_uri: str,
    inbox_url: str,
    signer_id: PersonId,
    host: str,
    order_key: str,
    person_id: PersonId | None = None,
    post_id: PostId | None = None,
) -> None:
    """POST one stored activity to one inbox; jobs with the same `order_key` arrive oldest first.

    `person_id` and `post_id` say whom and what it is for, so that the delivery can be noted.
    """
    letter = Letter(activity_uri, inbox_url, signer_id, order_key, person_id, post_id)
    _add(tx, "deliver", letter.args(), host=host, order_key=order_key)


class Letter(NamedTuple):
    """One stored activity for one inbox; the arguments of `deliver`."""

    activity_uri: str
    inbox_url: str
    signer_id: PersonId
    order_key: str
    person_id: PersonId | None = None
    post_id: PostId | None = None

    def args(self) -> dict[str, Any]:
        return {name: value for name, value in self._asdict().items() if name != "order_key"}


def deliver_all(tx: Tx, letters: Sequence[Letter]) -> None:
    """`deliver` for many inboxes at once."""
    rows = [
        {"args": one.args(), "order_key": one.order_key, "host": host_of(one.inbox_url)} for one in letters
    ]
    tx.enqueue_many("deliver", KINDS["deliver"].lane, rows)


def tell_tie(
    tx: Tx,
    what: Literal["follow", "accept", "reject", "undo_follow"],
    from_id: PersonId,
    to_id: PersonId,
    follow_uri: str,
    word: str = "",
) -> None:
    """Tell a remote person what became of a tie; `from_id` is the local signer. Order holds per pair.

    `follow_uri` may be empty for `undo_follow`: a follow that only the other server knows of.
    """
    args = {"what": what, "from_id": from_id, "to_id": to_id, "follow_uri": follow_uri, "word": word}
    _add(tx, "tell_tie", args, order_key=f"tie:{from_id}:{to_id}")


def tell_friend(
    tx: Tx,
    what: Literal["endorsement", "thanks", "introduction", "introduced", "accept", "undo"],
    from_id: PersonId,
    to_id: PersonId,
    subject_id: int,
    *,
    about_uri: str = "",
) -> None:
    """Tell a friend elsewhere what is between the two alone (RULES R23); `from_id` is the local signer, and
    `about_uri` the Offer that is accepted or taken back. Order holds per pair."""
    args = {
        "what": what,
        "from_id": from_id,
        "to_id": to_id,
        "subject_id": subject_id,
        "about_uri": about_uri,
    }
    _add(tx, "tell_friend", args, order_key=f"tie:{from_id}:{to_id}")


def tell_abilities(tx: Tx, member_id: PersonId) -> bool:
    """Tell friends' servers that what a member can help with has changed, so that they ask anew."""
    return _add(tx, "tell_abilities", {"member_id": member_id}, once_key=f"abilities:{member_id}")


def fetch_abilities(tx: Tx, person_id: PersonId) -> bool:
    """Ask the server of a friend elsewhere what they can help with; False when that is waiting already."""
    args = {"person_id": person_id}
    return _add(tx, "fetch_abilities", args, once_key=f"fetch_abilities:{person_id}")


def fetch_figures(tx: Tx, person_id: PersonId) -> bool:
    """Look how many followers somebody elsewhere has, as their server says."""
    return _add(tx, "fetch_figures", {"person_id": person_id}, once_key=f"figures:{person_id}")


def tell_reaction(
    tx: Tx,
    what: Literal["like", "undo_like", "announce", "undo_announce", "pin", "unpin"],
    from_id: PersonId,
    post_id: PostId,
    activity_uri: str,
) -> None:
    """Tell a post's author (and, for a boost or a pin of one's own, followers) of a reaction."""
    args = {"what": what, "from_id": from_id, "post_id": post_id, "activity_uri": activity_uri}
    _add(tx, "tell_reaction", args, order_key=f"reaction:{from_id}:{post_id}")


def tell_removed(tx: Tx, post_id: PostId, person_id: PersonId, opaque: str) -> None:
    """Send one recipient the Delete of their form of a post (`opaque` names a projection)."""
    args = {"post_id": post_id, "person_id": person_id, "opaque": opaque}
    _add(tx, "tell_removed", args, order_key=f"fan_out:{post_id}")


def tell_person(tx: Tx, person_id: PersonId) -> bool:
    """Send the servers that know a member their changed profile."""
    return _add(tx, "tell_person", {"person_id": person_id}, once_key=f"person:{person_id}")


def tell_gone(tx: Tx, person_id: PersonId) -> bool:
    """Send the servers that know a member word that they left for good; then erase what they wrote."""
    return _add(tx, "tell_gone", {"person_id": person_id}, once_key=f"gone:{person_id}")


def tell_move(tx: Tx, person_id: PersonId, old_uri: str, new_uri: str) -> bool:
    """Tell a member's followers' servers that one account has become another; after their profile says so."""
    args = {"person_id": person_id, "old_uri": old_uri, "new_uri": new_uri}
    return _add(tx, "tell_move", args, once_key=f"move:{person_id}")


def tell_counts(tx: Tx, post_id: PostId, due_at: datetime) -> bool:
    """Send the results of a poll as they are at `due_at`; the votes until then go together."""
    return _add(tx, "tell_counts", {"post_id": post_id}, due_at=due_at, once_key=f"counts:{post_id}")


def send_vote(tx: Tx, poll_id: int, person_id: PersonId, post_id: PostId) -> None:
    """Send a member's choices to the author of a poll elsewhere."""
    args = {"poll_id": poll_id, "person_id": person_id, "post_id": post_id}
    _add(tx, "send_vote", args, order_key=f"vote:{poll_id}:{person_id}")


def poll_ended(tx: Tx, poll_id: int, due_at: datetime) -> bool:
    """Look after a poll when its time is over."""
    return _add(tx, "poll_ended", {"poll_id": poll_id}, due_at=due_at, once_key=f"poll:{poll_id}")


def refuse_quote(
    tx: Tx,
    member_id: PersonId,
    asker_id: PersonId,
    request_uri: str,
    post_uri: str,
    instrument: str | None,
    asked: str = "QuoteRequest",
) -> None:
    """Answer somebody elsewhere who asked for leave to quote, or whatever `asked` is the request for."""
    args = {
        "member_id": member_id,
        "asker_id": asker_id,
        "request_uri": request_uri,
        "post_uri": post_uri,
        "instrument": instrument,
        "asked": asked,
    }
    _add(tx, "refuse_quote", args)


def send_flag(tx: Tx, report_id: int) -> bool:
    """Pass a report on to the moderators of the server where the person it is about lives."""
    return _add(tx, "send_flag", {"report_id": report_id}, once_key=f"flag:{report_id}")


def send_ask(tx: Tx, ask_id: int, post_id: PostId, due_at: datetime | None = None) -> None:
    """Send an ask to help or to carry to a friend's server, after the post itself."""
    _add(tx, "send_ask", {"ask_id": ask_id}, order_key=f"fan_out:{post_id}", due_at=due_at)


def undo_ask(tx: Tx, ask_id: int, post_id: PostId) -> None:
    """Withdraw an ask, or the ticket that went with it."""
    _add(tx, "undo_ask", {"ask_id": ask_id}, order_key=f"fan_out:{post_id}")


def answer_ask(tx: Tx, received_ask_id: int) -> None:
    """Tell the asking server of an explicit no."""
    _add(tx, "answer_ask", {"received_ask_id": received_ask_id})


def send_invite(tx: Tx, place_id: int) -> None:
    """Send a friend's server an invitation to a project."""
    _add(tx, "send_invite", {"place_id": place_id}, order_key=f"place:{place_id}")


def answer_invite(tx: Tx, place_id: int, what: Literal["accept", "leave"]) -> None:
    """Tell the inviting server that a member joined, or gave their place up; a no is never told."""
    _add(tx, "answer_invite", {"place_id": place_id, "what": what}, order_key=f"place:{place_id}")


def undo_invite(tx: Tx, owner_id: PersonId, person_id: PersonId, uri: str, project_uri: str) -> None:
    """Take back an invitation, or end the place that came of it, with somebody elsewhere."""
    args = {"owner_id": owner_id, "person_id": person_id, "uri": uri, "project_uri": project_uri}
    _add(tx, "undo_invite", args)


def tell_project(tx: Tx, project_id: int) -> None:
    """Tell people elsewhere who are in a project that it was described anew."""
    _add(tx, "tell_project", {"project_id": project_id}, once_key=f"project:{project_id}")


def carry_on(tx: Tx, post_id: PostId, carrier_id: PersonId, person_id: PersonId, due_at: datetime) -> None:
    """Send the carrier's Offer to one person elsewhere; later than now, so that hops do not correlate."""
    args = {"post_id": post_id, "carrier_id": carrier_id, "person_id": person_id}
    _add(tx, "carry_on", args, due_at=due_at)


def forward(tx: Tx, post_id: PostId, carrier_id: PersonId, body_uri: str) -> None:
    """Pass the author's signed Update or Delete, byte for byte, to those a member here carried it to.

    `body_uri` is the activity's id: its bytes stand in `activities` (FEDERATION_EXTENSION §4).
    """
    args = {"post_id": post_id, "carrier_id": carrier_id, "body_uri": body_uri}
    _add(tx, "forward", args, order_key=f"carry:{post_id}:{carrier_id}")


def undo_carry(tx: Tx, post_id: PostId, carrier_id: PersonId) -> None:
    """Withdraw the Offers a member here made when carrying."""
    args = {"post_id": post_id, "carrier_id": carrier_id}
    _add(tx, "undo_carry", args, order_key=f"carry:{post_id}:{carrier_id}")


# -- what comes in


def handle_activity(
    tx: Tx, received_id: int, actor_uri: str, order_key: str | None = None, *, sender: str | None = None
) -> None:
    """Understand one received activity; those of one actor keep their order unless told otherwise.

    `sender` is the host that sent it; hosts take turns.
    """
    args = {"received_id": received_id, "actor_uri": actor_uri}
    _add(
        tx,
        "handle_activity",
        args,
        order_key=order_key or f"actor:{actor_uri}",
        sender=sender or host_of(actor_uri),
    )


def fetch_actor(tx: Tx, uri: str, due_at: datetime | None = None) -> bool:
    """Fetch a remote actor anew; False when that is waiting already."""
    return _add(tx, "fetch_actor", {"uri": uri}, due_at=due_at, once_key=f"actor:{uri}", host=host_of(uri))


def look_up_author(tx: Tx, received_id: int, uri: str, due_at: datetime) -> bool:
    """Look up whoever wrote what somebody else brought, and understand that again (RULES R20)."""
    args = {"received_id": received_id, "uri": uri}
    return _add(tx, "look_up_author", args, due_at=due_at, once_key=f"author:{received_id}")


def fetch_post(tx: Tx, uri: str, thread_uri: str) -> bool:
    """Fetch a public post that is said to belong to a conversation; False when that is waiting already."""
    args = {"uri": uri, "thread_uri": thread_uri}
    return _add(tx, "fetch_post", args, once_key=f"post:{uri}", host=host_of(uri))


def agree_followers(tx: Tx, person_id: int, digest: str, url: str, due_at: datetime) -> bool:
    """Compare who here follows somebody elsewhere with what their server says (FEP-8fcf)."""
    args = {"person_id": person_id, "digest": digest, "url": url}
    return _add(tx, "agree_followers", args, due_at=due_at, once_key=f"followers:{person_id}")


def learn_software(tx: Tx, domain: str) -> bool:
    """Ask a peer anew what it runs; False when that is waiting already."""
    return _add(tx, "learn_software", {"domain": domain}, once_key=f"software:{domain}")


def check_quote(tx: Tx, post_id: PostId) -> bool:
    """Find out whether the author of a quoted post agreed."""
    return _add(tx, "check_quote", {"post_id": post_id}, once_key=f"quote:{post_id}")


def fetch_featured(tx: Tx, person_id: PersonId) -> bool:
    """Look up the pinned posts of somebody elsewhere."""
    return _add(tx, "fetch_featured", {"person_id": person_id}, once_key=f"featured:{person_id}")


def check_links(tx: Tx, person_id: PersonId) -> bool:
    """Look whether the pages named on a profile link back to it."""
    return _add(tx, "check_links", {"person_id": person_id}, once_key=f"links:{person_id}")


PIN_AGAIN = (timedelta(), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def pin_key(person_id: PersonId, uri: str) -> str:
    """Names the waiting job, for who takes a pin back."""
    return f"pin:{person_id}:{uri}"


def fetch_pin(tx: Tx, person_id: PersonId, uri: str, tries: int = 0) -> bool:
    """Look for a post that its author pinned: now, and a few times more, later each time."""
    if tries >= len(PIN_AGAIN):
        return False
    args = {"person_id": person_id, "uri": uri, "tries": tries}
    due_at = tx.now + PIN_AGAIN[tries]
    return _add(tx, "fetch_pin", args, due_at=due_at, once_key=pin_key(person_id, uri))


def complete_thread(tx: Tx, post_id: int) -> bool:
    """Look elsewhere for the rest of the public conversation that a post is part of."""
    return _add(tx, "complete_thread", {"post_id": post_id}, once_key=f"thread:{post_id}")


# -- the butler


def butler_confirm(tx: Tx, post_id: PostId) -> bool:
    """Tell the author that the request is under way."""
    return _add(tx, "butler_confirm", {"post_id": post_id}, once_key=f"confirm:{post_id}")


def butler_wave(tx: Tx, post_id: PostId, due_at: datetime) -> bool:
    """Look at a request at `due_at`; when a look is waiting already, the earlier moment counts."""
    return _add(tx, "butler_wave", {"post_id": post_id}, due_at=due_at, once_key=f"wave:{post_id}")


def butler_read(tx: Tx, message_id: PostId) -> bool:
    """Read what a member wrote to the butler."""
    return _add(tx, "butler_read", {"message_id": message_id}, once_key=f"read:{message_id}")


def scheduled_key(scheduled_id: int) -> str:
    """By which the one job that will publish a scheduled post is found again."""
    return f"scheduled:{scheduled_id}"


def publish_scheduled(tx: Tx, scheduled_id: int, due_at: datetime) -> bool:
    """Publish a post that waits for its hour."""
    key = scheduled_key(scheduled_id)
    return _add(tx, "publish_scheduled", {"scheduled_id": scheduled_id}, due_at=due_at, once_key=key)


def butler_widen_level(tx: Tx, post_id: PostId, level: int) -> bool:
    """Ask an author whether a post is really to be shown to more people."""
    return _add(tx, "butler_widen_level", {"post_id": post_id, "level": level})


def butler_approve(tx: Tx, post_id: PostId) -> bool:
    """Show an author who would see a vulnerable post, before it goes."""
    return _add(tx, "butler_approve", {"post_id": post_id}, once_key=f"approve:{post_id}")


def butler_release(tx: Tx, post_id: PostId, due_at: datetime) -> bool:
    """Let a held post go when its author has had the time to object."""
    return _add(tx, "butler_release", {"post_id": post_id}, due_at=due_at, once_key=f"release:{post_id}")


def butler_unknown_tags(tx: Tx, post_id: PostId, names: Sequence[str]) -> None:
    """Tell an author that a tag which looks like a project or a sphere names none of theirs."""
    args = {"post_id": post_id, "names": list(names)[:5]}
    _add(tx, "butler_unknown_tags", args, once_key=f"unknown:{post_id}")


def butler_offered(tx: Tx, post_id: PostId, person_id: PersonId) -> bool:
    """Tell the author that somebody offers help."""
    args = {"post_id": post_id, "person_id": person_id}
    return _add(tx, "butler_offered", args, once_key=f"offered:{post_id}:{person_id}")


def butler_noticed(tx: Tx, reply_id: PostId) -> bool:
    """A member answered somebody's open request: ask them whether they mean to help (RULES R24)."""
    return _add(tx, "butler_noticed", {"reply_id": reply_id}, once_key=f"noticed:{reply_id}")


def butler_thanks(tx: Tx, post_id: PostId) -> bool:
    """A flag came down: thank the members here who were asked, carried, answered or helped."""
    return _add(tx, "butler_thanks", {"post_id": post_id}, once_key=f"thanks:{post_id}")


def butler_invited(tx: Tx, place_id: int, due_at: datetime) -> bool:
    """Put an invitation to a project to a member, when they may be disturbed."""
    return _add(tx, "butler_invited", {"place_id": place_id}, due_at=due_at, once_key=f"invited:{place_id}")


def butler_quoted(tx: Tx, story_id: int, person_id: PersonId, due_at: datetime) -> bool:
    """Ask a member whether words of theirs may stand in a story, when they may be disturbed."""
    args = {"story_id": story_id, "person_id": person_id}
    return _add(tx, "butler_quoted", args, due_at=due_at, once_key=f"quoted:{story_id}:{person_id}")


def butler_joined(tx: Tx, place_id: int) -> bool:
    """Tell the owner of a project that somebody they invited joined."""
    return _add(tx, "butler_joined", {"place_id": place_id}, once_key=f"joined:{place_id}")


def butler_thank(tx: Tx, post_id: PostId, person_id: PersonId, due_at: datetime) -> bool:
    """Thank one member, when they are awake."""
    args = {"post_id": post_id, "person_id": person_id}
    return _add(tx, "butler_thank", args, due_at=due_at, once_key=f"thank:{post_id}:{person_id}")


def butler_voted(tx: Tx, post_id: PostId, person_id: PersonId, choice: int) -> bool:
    """Take a member's vote on one of the butler's questions for their answer."""
    args = {"post_id": post_id, "person_id": person_id, "choice": choice}
    return _add(tx, "butler_voted", args, once_key=f"voted:{post_id}:{person_id}")


def butler_card(tx: Tx, person_id: PersonId) -> bool:
    """See whether there is something to say to a member this week."""
    return _add(tx, "butler_card", {"person_id": person_id}, once_key=f"card:{person_id}")


def butler_moved(tx: Tx, member_id: PersonId, old_id: PersonId, new_id: PersonId) -> bool:
    """Tell a member that somebody they follow says they have moved."""
    args = {"member_id": member_id, "old_id": old_id, "new_id": new_id}
    return _add(tx, "butler_moved", args, once_key=f"moved:{member_id}:{old_id}")


def butler_overheard(tx: Tx, post_id: PostId, answer_id: PostId) -> bool:
    """Warn a member that a hidden post of theirs was answered where everybody can read it (RULES R4)."""
    args = {"post_id": post_id, "answer_id": answer_id}
    return _add(tx, "butler_overheard", args, once_key=f"overheard:{answer_id}")


def butler_endorsed(tx: Tx, endorsement_id: int, due_at: datetime | None = None) -> bool:
    """Ask a member whether they accept what somebody vouches for, when they may be disturbed."""
    args = {"endorsement_id": endorsement_id}
    return _add(tx, "butler_endorsed", args, due_at=due_at, once_key=f"endorsed:{endorsement_id}")


def butler_thanked(tx: Tx, thanks_id: int, due_at: datetime | None = None) -> bool:
    """Tell a member that somebody thanks them, in their waking hours."""
    args = {"thanks_id": thanks_id}
    return _add(tx, "butler_thanked", args, due_at=due_at, once_key=f"thanked:{thanks_id}")


def butler_introduced(tx: Tx, introduced_id: int, due_at: datetime | None = None) -> bool:
    """Ask a member whether they would like to meet whom a friend introduces."""
    args = {"introduced_id": introduced_id}
    return _add(tx, "butler_introduced", args, due_at=due_at, once_key=f"introduced:{introduced_id}")


def butler_severed(tx: Tx, member_id: PersonId, severance_id: int) -> bool:
    """Tell a member whom a decision cut off from them."""
    args = {"member_id": member_id, "severance_id": severance_id}
    return _add(tx, "butler_severed", args, once_key=f"severed:{severance_id}")


def butler_warned(tx: Tx, decision_id: int) -> bool:
    """Tell a member what was decided about them, and why."""
    return _add(tx, "butler_warned", {"decision_id": decision_id}, once_key=f"warned:{decision_id}")


def butler_appealed(tx: Tx, appeal_id: int) -> bool:
    """Tell moderators that somebody appeals."""
    return _add(tx, "butler_appealed", {"appeal_id": appeal_id}, once_key=f"appealed:{appeal_id}")


def butler_answered_appeal(tx: Tx, appeal_id: int) -> bool:
    """Tell whoever appealed what the answer is."""
    return _add(tx, "butler_answered_appeal", {"appeal_id": appeal_id}, once_key=f"appeal:{appeal_id}")


def sever(tx: Tx, *, domain: str = "", person_id: int = 0) -> bool:
    """Go on cutting the ties of a server, or of one person, that was suspended."""
    args = {"domain": domain, "person_id": person_id}
    return _add(tx, "sever", args, once_key=f"sever:{domain}:{person_id}")


def purge(tx: Tx, person_id: int) -> bool:
    """Go on erasing what somebody wrote whose suspension is final."""
    return _add(tx, "purge", {"person_id": person_id}, once_key=f"purge:{person_id}")


def carry_received(tx: Tx, received_ask_id: int, due_at: datetime) -> bool:
    """Look at a request that a peer asked us to carry."""
    key = f"carry:{received_ask_id}"
    return _add(tx, "carry_received", {"received_ask_id": received_ask_id}, due_at=due_at, once_key=key)


def pass_to_one(tx: Tx, passed_id: int) -> bool:
    """Bring a request to the one friend whom a member named."""
    return _add(tx, "pass_to_one", {"passed_id": passed_id}, once_key=f"pass:{passed_id}")


def butler_suggested(tx: Tx, post_id: PostId, by_id: PersonId, person_id: PersonId) -> bool:
    """Tell an author here whom a friend thought of for their request."""
    args = {"post_id": post_id, "by_id": by_id, "person_id": person_id}
    return _add(tx, "butler_suggested", args, once_key=f"suggested:{post_id}:{by_id}:{person_id}")


def butler_page_answered(tx: Tx, passed_id: int) -> bool:
    """Tell a member what was answered on a page of theirs."""
    return _add(tx, "butler_page_answered", {"passed_id": passed_id}, once_key=f"page:{passed_id}")


def fetch_carried(tx: Tx, url: str, note_uri: str, digest: str, *, keep_raw: bool) -> bool:
    """Fetch a picture of a carried request: a carrier from its author's server, others from the carrier's."""
    args = {"url": url, "note_uri": note_uri, "digest": digest, "keep_raw": keep_raw}
    return _add(tx, "fetch_carried", args, once_key=f"carried file:{url}")


def carry_spread(tx: Tx, post_id: PostId, carrier_id: PersonId) -> bool:
    """Show a request to the friends of somebody who carries it."""
    key = f"spread:{post_id}:{carrier_id}"
    return _add(tx, "carry_spread", {"post_id": post_id, "carrier_id": carrier_id}, once_key=key)


# -- bells, files and letters


def push_notice(tx: Tx, subscription_id: int, notice_id: int) -> None:
    """Tell one device of a member of one notice."""
    _add(tx, "push_notice", {"subscription_id": subscription_id, "notice_id": notice_id})


def drop_files(tx: Tx, names: Sequence[str], copies: Sequence[str] = ()) -> None:
    """Remove stored files whose rows are gone, and our copies of what lay elsewhere."""
    _add(tx, "drop_files", {"names": list(names), "copies": list(copies)})


def make_recording(tx: Tx, media_id: int) -> None:
    """Make a received film or sound ready to be shown."""
    _add(tx, "make_recording", {"media_id": media_id})


def send_mail(tx: Tx, person_id: PersonId, letter: str, subject_id: int | None = None) -> None:
    """Send a member a letter by its name, about something by its id."""
    _add(tx, "send_mail", {"person_id": person_id, "letter": letter, "subject_id": subject_id})
