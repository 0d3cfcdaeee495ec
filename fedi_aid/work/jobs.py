"""One act per kind of job to enqueue it: what goes to other servers, what comes from them, and files.

Payloads hold ids and URIs, never objects: a job reads what it needs when it runs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.storage.tx import Tx
from fedi_aid.work.kinds import KINDS, Change, add


def host_of(uri: str) -> str:
    """The peer a URI belongs to, as `hosts.domain` spells it: lower case, with the port if there is one."""
    return urlsplit(uri).netloc.rpartition("@")[2].lower()


# -- delivery


def fan_out(tx: Tx, post_id: PostId, what: Change) -> None:
    """Send a change of a post to every inbox it concerns; the changes of one post keep their order."""
    add(tx, "fan_out", {"post_id": post_id, "what": what}, order_key=f"fan_out:{post_id}")


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
    add(tx, "deliver", letter.args(), host=host, order_key=order_key)


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
    add(tx, "tell_tie", args, order_key=f"tie:{from_id}:{to_id}")


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
    add(tx, "tell_friend", args, order_key=f"tie:{from_id}:{to_id}")


def tell_abilities(tx: Tx, member_id: PersonId) -> bool:
    """Tell friends' servers that what a member can help with has changed, so that they ask anew."""
    return add(tx, "tell_abilities", {"member_id": member_id}, once_key=f"abilities:{member_id}")


def fetch_abilities(tx: Tx, person_id: PersonId) -> bool:
    """Ask the server of a friend elsewhere what they can help with; False when that is waiting already."""
    args = {"person_id": person_id}
    return add(tx, "fetch_abilities", args, once_key=f"fetch_abilities:{person_id}")


def fetch_figures(tx: Tx, person_id: PersonId) -> bool:
    """Look how many followers somebody elsewhere has, as their server says."""
    return add(tx, "fetch_figures", {"person_id": person_id}, once_key=f"figures:{person_id}")


def tell_reaction(
    tx: Tx,
    what: Literal["like", "undo_like", "announce", "undo_announce", "pin", "unpin"],
    from_id: PersonId,
    post_id: PostId,
    activity_uri: str,
) -> None:
    """Tell a post's author (and, for a boost or a pin of one's own, followers) of a reaction."""
    args = {"what": what, "from_id": from_id, "post_id": post_id, "activity_uri": activity_uri}
    add(tx, "tell_reaction", args, order_key=f"reaction:{from_id}:{post_id}")


def tell_removed(tx: Tx, post_id: PostId, person_id: PersonId, opaque: str) -> None:
    """Send one recipient the Delete of their form of a post (`opaque` names a projection)."""
    args = {"post_id": post_id, "person_id": person_id, "opaque": opaque}
    add(tx, "tell_removed", args, order_key=f"fan_out:{post_id}")


def tell_person(tx: Tx, person_id: PersonId) -> bool:
    """Send the servers that know a member their changed profile."""
    return add(tx, "tell_person", {"person_id": person_id}, once_key=f"person:{person_id}")


def tell_gone(tx: Tx, person_id: PersonId) -> bool:
    """Send the servers that know a member word that they are gone for good; then erase what they wrote."""
    return add(tx, "tell_gone", {"person_id": person_id}, once_key=f"gone:{person_id}")


def tell_move(tx: Tx, person_id: PersonId, old_uri: str, new_uri: str) -> bool:
    """Tell a member's followers' servers that one account has become another; after their profile says so."""
    args = {"person_id": person_id, "old_uri": old_uri, "new_uri": new_uri}
    return add(tx, "tell_move", args, once_key=f"move:{person_id}")


def tell_counts(tx: Tx, post_id: PostId, due_at: datetime) -> bool:
    """Send the results of a poll as they are at `due_at`; the votes until then go together."""
    return add(tx, "tell_counts", {"post_id": post_id}, due_at=due_at, once_key=f"counts:{post_id}")


def send_vote(tx: Tx, poll_id: int, person_id: PersonId, post_id: PostId) -> None:
    """Send a member's choices to the author of a poll elsewhere."""
    args = {"poll_id": poll_id, "person_id": person_id, "post_id": post_id}
    add(tx, "send_vote", args, order_key=f"vote:{poll_id}:{person_id}")


def poll_ended(tx: Tx, poll_id: int, due_at: datetime) -> bool:
    """Look after a poll when its time is over."""
    return add(tx, "poll_ended", {"poll_id": poll_id}, due_at=due_at, once_key=f"poll:{poll_id}")


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
    add(tx, "refuse_quote", args)


def send_flag(tx: Tx, report_id: int) -> bool:
    """Pass a report on to the moderators of the server where the person it is about lives."""
    return add(tx, "send_flag", {"report_id": report_id}, once_key=f"flag:{report_id}")


def send_ask(tx: Tx, ask_id: int, post_id: PostId, due_at: datetime | None = None) -> None:
    """Send an ask to help or to carry to a friend's server, after the post itself."""
    add(tx, "send_ask", {"ask_id": ask_id}, order_key=f"fan_out:{post_id}", due_at=due_at)


def undo_ask(tx: Tx, ask_id: int, post_id: PostId, *, ticket_uri: str | None = None) -> None:
    """Withdraw an ask, or the ticket that went with it; `ticket_uri` where it was given up for another."""
    args = {"ask_id": ask_id, "ticket_uri": ticket_uri}
    add(tx, "undo_ask", args, order_key=f"fan_out:{post_id}")


def answer_ask(tx: Tx, received_ask_id: int) -> None:
    """Tell the asking server of an explicit no."""
    add(tx, "answer_ask", {"received_ask_id": received_ask_id})


def send_invite(tx: Tx, place_id: int) -> None:
    """Send a friend's server an invitation to a project."""
    add(tx, "send_invite", {"place_id": place_id}, order_key=f"place:{place_id}")


def answer_invite(tx: Tx, place_id: int, what: Literal["accept", "leave"]) -> None:
    """Tell the inviting server that a member joined, or gave their place up; a no is never told."""
    add(tx, "answer_invite", {"place_id": place_id, "what": what}, order_key=f"place:{place_id}")


def undo_invite(tx: Tx, owner_id: PersonId, person_id: PersonId, uri: str, project_uri: str) -> None:
    """Take back an invitation, or end the place that came of it, with somebody elsewhere."""
    args = {"owner_id": owner_id, "person_id": person_id, "uri": uri, "project_uri": project_uri}
    add(tx, "undo_invite", args)


def tell_project(tx: Tx, project_id: int) -> None:
    """Tell people elsewhere who are in a project that it was described anew."""
    add(tx, "tell_project", {"project_id": project_id}, once_key=f"project:{project_id}")


def carry_on(tx: Tx, post_id: PostId, carrier_id: PersonId, person_id: PersonId, due_at: datetime) -> None:
    """Send the carrier's Offer to one person elsewhere; later than now, so that hops do not correlate."""
    args = {"post_id": post_id, "carrier_id": carrier_id, "person_id": person_id}
    add(tx, "carry_on", args, due_at=due_at)


def forward(tx: Tx, post_id: PostId, carrier_id: PersonId, body_uri: str) -> None:
    """Pass the author's signed Update or Delete, byte for byte, to those a member here carried it to.

    `body_uri` is the activity's id: its bytes stand in `activities` (FEDERATION_EXTENSION §4).
    """
    args = {"post_id": post_id, "carrier_id": carrier_id, "body_uri": body_uri}
    add(tx, "forward", args, order_key=f"carry:{post_id}:{carrier_id}")


def undo_carry(tx: Tx, post_id: PostId, carrier_id: PersonId) -> None:
    """Withdraw the Offers a member here made when carrying."""
    args = {"post_id": post_id, "carrier_id": carrier_id}
    add(tx, "undo_carry", args, order_key=f"carry:{post_id}:{carrier_id}")


# -- what comes in


def handle_activity(
    tx: Tx, received_id: int, actor_uri: str, order_key: str | None = None, *, sender: str | None = None
) -> None:
    """Understand one received activity; those of one actor keep their order unless told otherwise.

    `sender` is the host that sent it; hosts take turns.
    """
    args = {"received_id": received_id, "actor_uri": actor_uri}
    add(
        tx,
        "handle_activity",
        args,
        order_key=order_key or f"actor:{actor_uri}",
        sender=sender or host_of(actor_uri),
    )


def fetch_actor(tx: Tx, uri: str, due_at: datetime | None = None) -> bool:
    """Fetch a remote actor anew; False when that is waiting already."""
    return add(tx, "fetch_actor", {"uri": uri}, due_at=due_at, once_key=f"actor:{uri}", host=host_of(uri))


def look_up_author(tx: Tx, received_id: int, uri: str, due_at: datetime) -> bool:
    """Look up whoever wrote what somebody else brought, and understand that again (RULES R20)."""
    args = {"received_id": received_id, "uri": uri}
    return add(tx, "look_up_author", args, due_at=due_at, once_key=f"author:{received_id}")


def fetch_post(tx: Tx, uri: str, thread_uri: str) -> bool:
    """Fetch a public post that is said to belong to a conversation; False when that is waiting already."""
    args = {"uri": uri, "thread_uri": thread_uri}
    return add(tx, "fetch_post", args, once_key=f"post:{uri}", host=host_of(uri))


def agree_followers(tx: Tx, person_id: int, digest: str, url: str, due_at: datetime) -> bool:
    """Compare who here follows somebody elsewhere with what their server says (FEP-8fcf)."""
    args = {"person_id": person_id, "digest": digest, "url": url}
    return add(tx, "agree_followers", args, due_at=due_at, once_key=f"followers:{person_id}")


def learn_software(tx: Tx, domain: str) -> bool:
    """Ask a peer anew what it runs; False when that is waiting already."""
    return add(tx, "learn_software", {"domain": domain}, once_key=f"software:{domain}")


def check_quote(tx: Tx, post_id: PostId) -> bool:
    """Find out whether the author of a quoted post agreed."""
    return add(tx, "check_quote", {"post_id": post_id}, once_key=f"quote:{post_id}")


def fetch_featured(tx: Tx, person_id: PersonId) -> bool:
    """Look up the pinned posts of somebody elsewhere."""
    return add(tx, "fetch_featured", {"person_id": person_id}, once_key=f"featured:{person_id}")


def check_links(tx: Tx, person_id: PersonId) -> bool:
    """Look whether the pages named on a profile link back to it."""
    return add(tx, "check_links", {"person_id": person_id}, once_key=f"links:{person_id}")


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
    return add(tx, "fetch_pin", args, due_at=due_at, once_key=pin_key(person_id, uri))


def complete_thread(tx: Tx, post_id: int) -> bool:
    """Look elsewhere for the rest of the public conversation that a post is part of."""
    return add(tx, "complete_thread", {"post_id": post_id}, once_key=f"thread:{post_id}")


def fetch_carried(tx: Tx, url: str, note_uri: str, digest: str, *, keep_raw: bool) -> bool:
    """Fetch a picture of a carried request: a carrier from its author's server, others from the carrier's."""
    args = {"url": url, "note_uri": note_uri, "digest": digest, "keep_raw": keep_raw}
    return add(tx, "fetch_carried", args, once_key=f"carried file:{url}")


# -- bells, files and letters


def push_notice(tx: Tx, subscription_id: int, notice_id: int) -> None:
    """Tell one device of a member of one notice."""
    add(tx, "push_notice", {"subscription_id": subscription_id, "notice_id": notice_id})


def drop_files(tx: Tx, names: Sequence[str], copies: Sequence[str] = ()) -> None:
    """Remove stored files whose rows are gone, and our copies of what lay elsewhere."""
    add(tx, "drop_files", {"names": list(names), "copies": list(copies)})


def make_recording(tx: Tx, media_id: int) -> None:
    """Make a received film or sound ready to be shown."""
    add(tx, "make_recording", {"media_id": media_id})


def send_mail(tx: Tx, person_id: PersonId, letter: str, subject_id: int | None = None) -> None:
    """Send a member a letter by its name, about something by its id."""
    add(tx, "send_mail", {"person_id": person_id, "letter": letter, "subject_id": subject_id})
