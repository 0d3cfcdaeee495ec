"""The second circle: a friend carries a request to some of their own friends (FEDERATION_EXTENSION §3–§6).

One file for the three roles: the author's server asks, the carrier's server chooses among the carrier's own
friends, the reader's server verifies and shows. When two of them live on one server the same rules run
without HTTP. Promises held here: the author's server never learns who was reached; nobody is shown a request
through a friend who did not agree, nor of level 2 or more; no answer tells a refusal from a silence.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from fedi_aid.audience import candidates, engine
from fedi_aid.errors import NotFound
from fedi_aid.model.help import ReceivedAsk
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import audience_rows, reactions, ties, timelines, withdrawal
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

LEASE = timedelta(hours=72)
RENEW_BEFORE = timedelta(hours=24)
DAY = timedelta(days=1)
CARRIES_A_DAY = 2
PEOPLE_A_DAY = 10
SHOWN_A_DAY = 1
JITTER_MINUTES = (1, 30)


# -- the author's side


def ask_to_carry(tx: Tx, post: Post, friend: Person, *, wave: int) -> bool:
    """Ask one friend to carry; False when they had been asked. Their server gets a signed ticket."""
    ask_id = help_rows.ask(
        tx,
        post.id,
        friend.id,
        "carry",
        uri=tx.house.new_activity(),
        wave=wave,
        ticket_uri=tx.house.new_ticket(),
        ticket_ends_at=tx.now + LEASE,
    )
    if ask_id is None:
        return False
    if friend.local:
        ask = next(one for one in help_rows.asks_of(tx, post.id) if one.id == ask_id)
        ask_arrived(
            tx,
            uri=ask.uri,
            post_id=post.id,
            member_id=friend.id,
            kind="carry",
            ticket=None,
            ticket_uri=ask.ticket_uri,
            ends_at=tx.now + LEASE,
        )
    else:
        jobs.send_ask(tx, ask_id, post.id)
    return True


def renew(tx: Tx) -> None:
    """Renew tickets that end soon while their flag is up (FEDERATION_EXTENSION §4.8); a periodic task."""
    for ask_id, post_id in help_rows.tickets_to_renew(tx, tx.now + RENEW_BEFORE):
        _renew_one(tx, ask_id, post_id)


def renew_tickets_of(tx: Tx, author_id: int) -> None:
    """Issue the tickets of an author anew: what carriers hold was signed with a key that is no more."""
    for ask_id, post_id in help_rows.living_tickets(tx, author_id):
        _renew_one(tx, ask_id, post_id)


def _renew_one(tx: Tx, ask_id: int, post_id: PostId) -> None:
    help_rows.change_ask(
        tx,
        ask_id,
        ticket_ends_at=tx.now + LEASE,
        ticket_uri=tx.house.new_ticket(),
        uri=tx.house.new_activity(),
    )
    jobs.send_ask(tx, ask_id, post_id)


def withdraw_tickets(tx: Tx, author_id: int) -> None:
    """The author barred somebody: tickets of living leases do not know it, so they are withdrawn at once and
    made anew at the next ordinary renewal (RULES R19)."""
    for ask_id, post_id in help_rows.living_tickets(tx, author_id):
        jobs.undo_ask(tx, ask_id, post_id)


def withdraw_all(tx: Tx, me: int) -> None:
    """A member leaves: their requests leave the second circle everywhere, and so does what they carried for
    others (RULES R6)."""
    for ask_id, post_id in help_rows.living_tickets(tx, me):
        help_rows.change_ask(tx, ask_id, state="withdrawn", closed_at=tx.now)
        jobs.undo_ask(tx, ask_id, post_id)
    for post_id, carrier_id in help_rows.carrying(tx, author_id=me):
        stop(tx, post_id, carrier_id)
    for post_id, _ in help_rows.carrying(tx, carrier_id=me):
        withdraw(tx, me, post_id)


def admit_by_ticket(tx: Tx, person_id: PersonId, ticket_uri: str, note_uri: str) -> bool:
    """A reader elsewhere answers with the ticket that reached them: they hold the request, by their own word,
    and are no stranger (FEDERATION_EXTENSION §4.10). Only while the flag is up, only for that post."""
    ask = help_rows.ask_by_uri(tx, ticket_uri)
    if ask is None or ask.kind != "carry" or ask.state == "withdrawn":
        return False
    post = post_rows.by_uri_of_a_request(tx, note_uri)
    if post is None or post.id != ask.post_id or not post.carriable:
        return False
    if person_id in ties.barred_ids(tx, post.author_id, [person_id]):
        return False
    audience_rows.admit(
        tx, post.id, person_id, kind="carried", circle=2, opaque=opaque(), revision=post.revision
    )
    return True


# -- the carrier's side


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
    if kind == "carry" and not post.carriable:
        return
    received_id = help_rows.receive_ask(
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
        help_rows.change_received(tx, received_id, state="closed", due_at=None)
    elif kind == "carry" and member.carry_consent == "always":
        answer(tx, member_id, received_id, yes=True)
    else:
        jobs.carry_received(tx, received_id, tx.now)


def _renewed(tx: Tx, post: Post, member_id: PersonId, kind: str) -> None:
    """A new ticket for what the member carries: offered again to the same people, without a new notice, and
    spread anew where the old ticket had been withdrawn."""
    if kind != "carry":
        return
    for asked in help_rows.received_for(tx, post.id, member_id, "carry"):
        if asked.state not in ("accepted", "resting"):
            continue
        help_rows.change_received(tx, asked.id, state="accepted")
        for _, carrier_id, person_id, state in help_rows.carried(tx, post.id, member_id):
            if state == "shown":
                _offer_to(tx, post, carrier_id, person_id, asked)
        jobs.carry_spread(tx, post.id, member_id)


def open_question(tx: Tx, me: int, post_id: int) -> ReceivedAsk | None:
    """The carry question that a member has not answered."""
    for asked in help_rows.received_for(tx, post_id, me, "carry"):
        if asked.state in ("waiting", "asked"):
            return asked
    return None


def answer(tx: Tx, me: int, received_id: int, *, yes: bool) -> None:
    """A member agrees to carry, or not. Nothing is sent back to the author's server either way."""
    asked = help_rows.received(tx, received_id)
    if asked is None or asked.member_id != me or asked.state == "closed":
        raise NotFound
    help_rows.change_received(tx, asked.id, state="accepted" if yes else "refused", due_at=None)
    help_rows.close_questions_about(tx, PersonId(me), asked.id, answer="yes" if yes else "no")
    if asked.kind == "help" and not yes:
        jobs.answer_ask(tx, asked.id)
    if asked.kind == "carry" and yes:
        jobs.carry_spread(tx, asked.post_id, PersonId(me))


def withdraw(tx: Tx, me: int, post_id: int) -> None:
    """A carrier takes their name back: the request leaves everybody it reached through them."""
    carried = [one for one in help_rows.received_for(tx, post_id, me, "carry") if one.state == "accepted"]
    if not carried:
        return
    for asked in carried:
        help_rows.change_received(tx, asked.id, state="refused")
    stop(tx, PostId(post_id), PersonId(me))


def stop(tx: Tx, post_id: PostId, carrier_id: PersonId) -> None:
    """Withdraw what a member here carried, here and elsewhere."""
    help_rows.change_carried(tx, post_id, carrier_id, state="withdrawn")
    hide(tx, post_id=post_id, carrier_id=carrier_id)
    jobs.undo_carry(tx, post_id, carrier_id)


def spread(
    tx: Tx, post_id: int, carrier_id: PersonId, excluded: Callable[[bytes, str], bool] | None = None
) -> int:
    """The carrier said yes: their engine chooses among their own friends (RULES R1); how many were chosen.

    `excluded(ticket, actor uri)` reads the ticket's deniable exclusions; the wire layer gives it.
    """
    carrier = people_rows.by_id(tx, carrier_id)
    post = post_rows.get(tx, carrier_id, post_id)
    asked = next(
        (one for one in help_rows.received_for(tx, post_id, carrier_id, "carry") if one.state == "accepted"),
        None,
    )
    if carrier is None or post is None or asked is None or not post.carriable:
        return 0
    if asked.ends_at is not None and asked.ends_at <= tx.now:
        return 0
    requests, people = help_rows.carried_since(tx, carrier_id, tx.now - tx.house.soon(DAY))
    already = {
        person for _, _, person, state in help_rows.carried(tx, post_id, carrier_id) if state == "shown"
    }
    if requests >= CARRIES_A_DAY and not already:
        return 0
    pool = candidates.friends_to_carry_to(tx, carrier_id, post.author_id)
    if excluded is not None and asked.ticket is not None:
        known = people_rows.many(tx, [one.person for one in pool])
        pool = [one for one in pool if not excluded(asked.ticket, known[one.person].uri)]
    chosen = engine.choose_for_carry(
        _seats(post), _ask_of(tx, post), carrier_id, pool, left_today=PEOPLE_A_DAY - people
    )
    count = 0
    for one in chosen:
        if one.person not in already:
            count += _offer_to(tx, post, carrier_id, one.person, asked)
    return count


def _seats(post: Post) -> int:
    return engine.TICKET_SEATS[Intimacy(post.intimacy or 0)]


def _ask_of(tx: Tx, post: Post) -> engine.Ask:
    return engine.Ask(
        level=Intimacy(post.intimacy if post.intimacy is not None else 2),
        flag_raised=post.flag_is_up,
        causes=frozenset(post_rows.tags_of(tx, post.id)),
        languages=frozenset({post.language} if post.language else ()),
    )


def _offer_to(tx: Tx, post: Post, carrier_id: PersonId, person_id: PersonId, asked: ReceivedAsk) -> bool:
    """Show it here, or send the carrier's Offer, late enough that hops do not correlate (C21)."""
    person = people_rows.by_id(tx, person_id)
    if person is None:
        return False
    offer_uri = tx.house.new_activity()
    help_rows.put_carried(tx, offer_uri, post.id, carrier_id, person_id)
    if person.local:
        return show(
            tx,
            post=post,
            carrier_id=carrier_id,
            member_id=person_id,
            offer_uri=offer_uri,
            ticket_uri=asked.ticket_uri or "",
            seats=_seats(post),
            ends_at=asked.ends_at or tx.now + LEASE,
        )
    minutes = tx.dice.uniform(*JITTER_MINUTES)
    jobs.carry_on(tx, post.id, carrier_id, person_id, tx.now + tx.house.soon(timedelta(minutes=minutes)))
    return True


def ask_undone(tx: Tx, uri: str, by_id: int) -> bool:
    """The author withdraws an ask (Undo of the Offer), or deletes a ticket: what was carried on it goes."""
    asked = help_rows.received_by_uri(tx, uri)
    if asked is None:
        return False
    post = post_rows.get(tx, asked.member_id, asked.post_id)
    if post is not None and post.author_id != by_id:
        return False
    was_carrying = asked.kind == "carry" and asked.state == "accepted"
    if uri == asked.ticket_uri and asked.state in ("waiting", "asked", "accepted", "resting"):
        # Only this ticket is over: a new one may come, and the member need not be asked again.
        state = "resting" if was_carrying else asked.state
        help_rows.change_received(tx, asked.id, state=state, ends_at=tx.now)
    else:
        help_rows.change_received(tx, asked.id, state="closed", due_at=None)
        help_rows.close_questions_about(tx, asked.member_id, asked.id, answer=None)
    if was_carrying:
        stop(tx, asked.post_id, asked.member_id)
    return True


def ask_refused(tx: Tx, uri: str, by_id: int) -> bool:
    """A friend's explicit no: the butler asks somebody else; the author is never told."""
    ask = help_rows.ask_by_uri(tx, uri)
    if ask is None or ask.person_id != by_id or ask.state != "open":
        return False
    help_rows.change_ask(tx, ask.id, state="refused", closed_at=tx.now)
    help_rows.change_request(tx, ask.post_id, due_at=tx.now)
    jobs.butler_wave(tx, ask.post_id, tx.now)
    return True


# -- the reader's side


def show(
    tx: Tx,
    *,
    post: Post,
    carrier_id: PersonId,
    member_id: PersonId,
    offer_uri: str,
    ticket_uri: str,
    seats: int,
    ends_at: datetime,
    word: str = "",
) -> bool:
    """Show a carried request to a member here, if the member's own rules and promises allow it.

    Silent either way (C12). The steps of FEDERATION_EXTENSION §4.5 that need this server's knowledge: the
    carrier is the member's friend and accepted, the member is no friend of the author (RULES R2), nobody is
    barred, seats are left, the member's daily ration is not spent, and level 1 has two live carriers or one
    and a shared cause.
    """
    if not post.carriable or not _welcome(tx, post, carrier_id, member_id, seats):
        return False
    known = next(
        (
            one
            for one in help_rows.leases_of(tx, post.id, person_id=member_id)
            if one.carrier_id == carrier_id and one.state != "ended"
        ),
        None,
    )
    help_rows.put_lease(
        tx,
        post_id=post.id,
        carrier_id=carrier_id,
        person_id=member_id,
        offer_uri=offer_uri,
        ticket_uri=ticket_uri,
        seats=seats,
        word=word,
        state=known.state if known else "held",
        boost_id=known.boost_id if known else None,
        ends_at=ends_at,
    )
    live = [one for one in help_rows.leases_of(tx, post.id, person_id=member_id) if one.state != "ended"]
    carriers = {one.carrier_id for one in live if one.ends_at > tx.now}
    causes = set(post_rows.tags_of(tx, post.id))
    shared = bool(causes & project_rows.causes_of_people(tx, [member_id]).get(member_id, set()))
    if not engine.second_circle_allowed(Intimacy(post.intimacy or 0), True, len(carriers), shared):
        return False
    for lease in live:
        if lease.state == "held":
            _put_in_home(tx, post, lease)
    return True


def _welcome(tx: Tx, post: Post, carrier_id: PersonId, member_id: PersonId, seats: int) -> bool:
    member = people_rows.member(tx, member_id)
    if member is None or not member.accepts_carried or member.state != "active":
        return False
    if not ties.are_friends(tx, member_id, carrier_id):
        return False
    if member_id == post.author_id or ties.are_friends(tx, member_id, post.author_id):
        return False
    if ties.barred_ids(tx, post.author_id, [member_id]) or ties.barred_ids(tx, carrier_id, [member_id]):
        return False
    others = {
        lease.person_id
        for lease in help_rows.leases_of(tx, post.id, carrier_id=carrier_id)
        if lease.state != "ended"
    }
    if len(others | {member_id}) > seats:
        return False
    holding = any(one.state != "ended" for one in help_rows.leases_of(tx, post.id, person_id=member_id))
    recent = help_rows.shown_since(tx, member_id, tx.now - tx.house.soon(DAY))
    return holding or recent < SHOWN_A_DAY


def _put_in_home(tx: Tx, post: Post, lease: help_rows.Lease) -> None:
    """The request appears as a boost by the friend who carries it."""
    boost_id = reactions.put_boost(tx, lease.carrier_id, post.id, uri=lease.offer_uri, for_id=lease.person_id)
    help_rows.change_lease(tx, lease, state="shown", boost_id=boost_id)
    reasons = [{"kind": "friend_of_friend", "about": [], "names": []}]
    audience_rows.admit(
        tx,
        post.id,
        lease.person_id,
        kind="carried",
        circle=2,
        reasons=reasons,
        opaque=opaque(),
        revision=post.revision,
    )
    if boost_id is not None:
        timelines.add_home(tx, lease.person_id, post.id, boost_id=boost_id)


def carry_undone(tx: Tx, offer_uri: str, by_id: int) -> bool:
    """The carrier withdraws an Offer made to a member here."""
    return hide(tx, carrier_id=PersonId(by_id), offer_uri=offer_uri) > 0


def hide(tx: Tx, **which: int | str | None) -> int:
    """End leases here; a reader with no other living lease loses the post. How many ended."""
    ended = withdrawal.leases_between(tx, *withdrawal.lease_conditions(**which))  # type: ignore[arg-type]
    for post_id, reader in ended:
        if not withdrawal.live_leases(tx, post_id, reader):
            withdrawal.from_post(tx, post_id, [reader])
    return len(ended)


def lapse(tx: Tx) -> None:
    """Leases that were not renewed end: hidden, not lowered (RULES R18); a periodic task."""
    for lease in help_rows.lapsed_leases(tx):
        hide(tx, post_id=lease.post_id, carrier_id=lease.carrier_id, person_id=lease.person_id)
