"""The second circle, at a carrier's server: a member is asked, and lends their name or not (§4.3, §4.9).

Nothing is sent back to the author's server: "no", "never" and silence look the same there. Asks to help come
the same way, and there a no may be told to the author's butler.
"""

from collections.abc import Collection
from datetime import datetime

from fedi_aid.actions import carrying
from fedi_aid.actions import help as help_actions
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.carrying import DAY, OPEN_OF_ONE_AUTHOR
from fedi_aid.model.help import ReceivedAsk
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.model.posts import Post
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import federation, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs


def ask_arrived(
    tx: Tx,
    *,
    uri: str,
    post_id: PostId,
    member_id: PersonId,
    kind: str,
    ticket: bytes | None = None,
    ticket_uri: str | None = None,
    ends_at: datetime | None = None,
) -> None:
    """A friend's server asks a member here to help or to carry. Whether and when the member is told is this
    server's to say; "no", "never" and silence look the same to the asker."""
    member = people_rows.member(tx, member_id)
    post = post_rows.get(tx, member_id, post_id)
    if member is None or post is None or not post.flag_is_up:
        return
    if kind == "carry" and not _may_be_put_to(tx, post, member_id):
        return
    received_id = received_rows.receive_ask(
        tx,
        uri,
        post_id,
        member_id,
        kind,
        due_at=tx.now,
        ticket=ticket,
        ticket_uri=ticket_uri,
        ends_at=ends_at,
    )
    if received_id is None:
        _renewed(tx, post, member_id, kind)
    elif kind == "carry" and member.carry_consent == "never":
        received_rows.change_received(tx, received_id, state="closed", due_at=None)
    elif kind == "carry" and consents(tx, member, post.author_id):
        answer(tx, member_id, received_id, yes=True)
    else:
        errands.carry_received(tx, received_id, tx.now)


def _may_be_put_to(tx: Tx, post: Post, member_id: PersonId) -> bool:
    """A member is asked to carry at most three open requests of one author, whatever the author's server
    says."""
    others = carry_rows.put_to_carry(tx, member_id, post.author_id) - {post.id}
    return post.carriable and len(others) < OPEN_OF_ONE_AUTHOR


def _renewed(tx: Tx, post: Post, member_id: PersonId, kind: str) -> None:
    """A new ticket for what the member carries: offered again to the same people, and spread anew where the
    old ticket had been withdrawn; a question that is open or was answered with no stays as it is."""
    if kind != "carry":
        _put_again(tx, post, member_id)
        return
    for asked in received_rows.received_for(tx, post.id, member_id, "carry"):
        if asked.state == "resting":
            received_rows.change_received(tx, asked.id, state="accepted")
        if asked.state in ("accepted", "resting", "passed"):
            errands.carry_spread(tx, post.id, member_id, renewed=True)


def _put_again(tx: Tx, post: Post, member_id: PersonId) -> None:
    """The one re-offer: to somebody who was asked and said nothing, once, and not within a day of the ask
    whatever the author's server does."""
    for asked in received_rows.received_for(tx, post.id, member_id, "help"):
        rested = tx.now - asked.created_at >= tx.house.soon(DAY)
        if asked.state == "asked" and asked.reoffered_at is None and rested:
            received_rows.change_received(tx, asked.id, state="waiting", due_at=tx.now, reoffered_at=tx.now)
            errands.carry_received(tx, asked.id, tx.now)


def consents(tx: Tx, member: Member, author_id: PersonId) -> bool:
    """Whether a member has said beforehand that they carry for this friend without being asked."""
    if member.carry_consent == "always":
        return True
    return member.carry_consent == "ask" and author_id in ties.carried_for_always(tx, member.id)


def always_for(tx: Tx, me: PersonId, these: Collection[int]) -> None:
    """Name the friends whose requests one carries without being asked each time, in the place of those named
    before. Refused for whoever is no friend."""
    if any(not ties.are_friends(tx, me, one) for one in these):
        raise Refused("One carries for friends.", field="carry_always_for")
    ties.carry_for_always(tx, me, these)


def open_question(tx: Tx, me: int, post_id: int) -> ReceivedAsk | None:
    """The carry question that a member has not answered, or only for somebody by name."""
    for asked in received_rows.received_for(tx, post_id, me, "carry"):
        if asked.state in ("waiting", "asked", "passed"):
            return asked
    return None


def answer(tx: Tx, me: int, received_id: int, *, yes: bool) -> None:
    """A member agrees to carry, or not. Nothing is sent back to the author's server either way."""
    asked = received_rows.received(tx, received_id)
    if asked is None or asked.member_id != me or asked.state == "closed":
        raise NotFound
    received_rows.change_received(tx, asked.id, state="accepted" if yes else "refused", due_at=None)
    question_rows.close_questions_about(tx, PersonId(me), asked.id, answer="yes" if yes else "no")
    if asked.kind == "help" and not yes:
        _say_no(tx, PersonId(me), asked)
    if asked.kind == "carry" and yes:
        errands.carry_spread(tx, asked.post_id, PersonId(me))


def _say_no(tx: Tx, me: PersonId, asked: ReceivedAsk) -> None:
    """For the author's butler alone, which asks somebody else; not even that where the member wants every
    refusal to look like silence (FEDERATION_EXTENSION §2)."""
    member = people_rows.member(tx, me)
    if member is None or member.silent_refusals:
        return
    if not help_actions.ask_refused(tx, asked.uri, me):
        jobs.answer_ask(tx, asked.id)


def withdraw(tx: Tx, me: int, post_id: int) -> None:
    """A carrier takes their name back: the request leaves everybody it reached through them."""
    carried = [
        one
        for one in received_rows.received_for(tx, post_id, me, "carry")
        if one.state in ("accepted", "passed")
    ]
    if not carried:
        return
    for asked in carried:
        received_rows.change_received(tx, asked.id, state="refused")
    carrying.stop(tx, PostId(post_id), PersonId(me))


def ask_undone(tx: Tx, uri: str, by_id: int) -> bool:
    """The author withdraws an ask (Undo of the Offer), or deletes a ticket: what was carried on it goes."""
    asked = received_rows.received_by_uri(tx, uri)
    origin = federation.origin_of(tx, asked.post_id) if asked is not None else None
    if asked is None or origin is None or origin.author_id != by_id:
        return False
    was_carrying = asked.kind == "carry" and asked.state in ("accepted", "passed")
    if uri == asked.ticket_uri and asked.state in ("waiting", "asked", "accepted", "passed", "resting"):
        # Only this ticket is over: a new one may come, and the member need not be asked again.
        state = "resting" if asked.state == "accepted" else asked.state
        received_rows.change_received(tx, asked.id, state=state, ends_at=tx.now)
    else:
        received_rows.change_received(tx, asked.id, state="closed", due_at=None)
        question_rows.close_questions_about(tx, asked.member_id, asked.id, answer=None)
    if was_carrying:
        carrying.stop(tx, asked.post_id, asked.member_id)
    return True
