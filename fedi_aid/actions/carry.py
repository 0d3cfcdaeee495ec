"""The second circle: a friend carries a request to some of their own friends (FEDERATION_EXTENSION §3–§6).

One file for the three roles: the author's server asks, the carrier's server chooses among the carrier's own
friends, the reader's server verifies and shows. When two of them live on one server the same rules run
without HTTP. Promises held here: the author's server never learns who was reached; nobody is shown a request
through a friend who did not agree, nor of level 2 or more; no answer tells a refusal from a silence.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import msgspec

from fedi_aid.actions import abilities, causes
from fedi_aid.audience import candidates, engine
from fedi_aid.audience.learned import coefficients
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.abilities import kinds_wanted
from fedi_aid.model.help import ReceivedAsk
from fedi_aid.model.ids import PersonId, PostId, opaque
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Member, Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import abilities as ability_rows
from fedi_aid.storage import (
    audience_rows,
    federation,
    outcomes,
    passing,
    reactions,
    ties,
    timelines,
    withdrawal,
)
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
SHOWINGS_OF_ONE = 2  # of one request to one reader, by however many carriers
OPEN_OF_ONE_AUTHOR = 3  # carriable requests
RENEWED_AT_REST = timedelta(days=30)  # RULES R18: then a request that sleeps hides elsewhere
JITTER_MINUTES = (1, 30)


class Terms(msgspec.Struct, frozen=True):
    """What a carrier's ticket says: for how many people it is, and whether it leaves somebody out."""

    seats: int
    excluded: Callable[[str], bool]  # by the address of an actor


# -- the author's side


def ask_to_carry(tx: Tx, post: Post, friend: Person, *, wave: int) -> bool:
    """Ask one friend to carry; False when they had been asked, or when three older requests of this author
    are open to the second circle. Their server gets a signed ticket."""
    if len(help_rows.carriable_before(tx, post.author_id, post.id)) >= OPEN_OF_ONE_AUTHOR:
        return False
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
    """Renew tickets that end soon while their flag is up (FEDERATION_EXTENSION §4.8), those of a request that
    rests for 30 days (RULES R18); a periodic task."""
    resting_since = tx.now - tx.house.soon(RENEWED_AT_REST)
    for ask_id, _ in help_rows.tickets_to_renew(tx, tx.now + RENEW_BEFORE, resting_since=resting_since):
        _renew_one(tx, ask_id)


def renew_tickets_of(tx: Tx, author_id: int) -> None:
    """Issue the tickets of an author anew: what carriers hold was signed with a key that is no more."""
    for ask_id, _ in help_rows.living_tickets(tx, author_id):
        _renew_one(tx, ask_id)


def _renew_one(tx: Tx, ask_id: int) -> None:
    ask = federation.ask_of(tx, ask_id)
    friend = people_rows.by_id(tx, ask.person_id) if ask else None
    if ask is None or friend is None:
        return
    uri, ticket_uri, ends_at = tx.house.new_activity(), tx.house.new_ticket(), tx.now + LEASE
    help_rows.change_ask(tx, ask_id, ticket_ends_at=ends_at, ticket_uri=ticket_uri, uri=uri)
    if not friend.local:
        jobs.send_ask(tx, ask_id, ask.post_id)
        return
    ask_arrived(
        tx,
        uri=uri,
        post_id=ask.post_id,
        member_id=friend.id,
        kind="carry",
        ticket_uri=ticket_uri,
        ends_at=ends_at,
    )


def withdraw_tickets(tx: Tx, author_id: int) -> None:
    """The author barred somebody: tickets of living leases do not know it, so they are withdrawn at once and
    made anew at the next ordinary renewal (RULES R19)."""
    for ask_id, post_id in help_rows.living_tickets(tx, author_id):
        ask = federation.ask_of(tx, ask_id)
        if ask is None or not ask_undone(tx, ask.ticket_uri or "", author_id):
            jobs.undo_ask(tx, ask_id, post_id)


def end_carrying(tx: Tx, post: Post) -> None:
    """The level of a member's request went above 1: withdrawn everywhere (FEDERATION_EXTENSION §4.7), and by
    the tickets, so that the new words, which are not for the second circle, are neither signed nor
    forwarded."""
    for ask in help_rows.asks_of(tx, post.id):
        if ask.kind == "carry" and ask.state not in ("withdrawn", "refused"):
            help_rows.change_ask(tx, ask.id, state="withdrawn", closed_at=tx.now)
            if not ask_undone(tx, ask.uri, post.author_id):
                jobs.undo_ask(tx, ask.id, post.id)
    for carrier in {carrier for _, carrier, _, state in help_rows.carried(tx, post.id) if state == "shown"}:
        stop(tx, post.id, carrier)
    post_rows.change(tx, post.id, signed_activity=None)


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
    if kind == "carry" and not _may_be_put_to(tx, post, member_id):
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
    elif kind == "carry" and consents(tx, member, post.author_id):
        answer(tx, member_id, received_id, yes=True)
    else:
        jobs.carry_received(tx, received_id, tx.now)


def _may_be_put_to(tx: Tx, post: Post, member_id: PersonId) -> bool:
    """A member is asked to carry at most three open requests of one author, whatever the author's server
    says."""
    others = help_rows.put_to_carry(tx, member_id, post.author_id) - {post.id}
    return post.carriable and len(others) < OPEN_OF_ONE_AUTHOR


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


def _renewed(tx: Tx, post: Post, member_id: PersonId, kind: str) -> None:
    """A new ticket for what the member carries: offered again to the same people, without a new notice, and
    spread anew where the old ticket had been withdrawn."""
    if kind != "carry":
        _put_again(tx, post, member_id)
        return
    for asked in help_rows.received_for(tx, post.id, member_id, "carry"):
        if asked.state not in ("accepted", "resting", "passed"):
            continue
        if asked.state == "resting":
            help_rows.change_received(tx, asked.id, state="accepted")
        for _, carrier_id, person_id, state in help_rows.carried(tx, post.id, member_id):
            if state == "shown":
                _offer_to(tx, post, carrier_id, person_id, asked)
        if asked.state != "passed":
            jobs.carry_spread(tx, post.id, member_id)


def _put_again(tx: Tx, post: Post, member_id: PersonId) -> None:
    """The one re-offer: to somebody who was asked and said nothing, once, and not within a day of the ask
    whatever the author's server does."""
    for asked in help_rows.received_for(tx, post.id, member_id, "help"):
        rested = tx.now - asked.created_at >= tx.house.soon(DAY)
        if asked.state == "asked" and asked.reoffered_at is None and rested:
            help_rows.change_received(tx, asked.id, state="waiting", due_at=tx.now, reoffered_at=tx.now)
            jobs.carry_received(tx, asked.id, tx.now)


def open_question(tx: Tx, me: int, post_id: int) -> ReceivedAsk | None:
    """The carry question that a member has not answered, or only for somebody by name."""
    for asked in help_rows.received_for(tx, post_id, me, "carry"):
        if asked.state in ("waiting", "asked", "passed"):
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
        _say_no(tx, PersonId(me), asked)
    if asked.kind == "carry" and yes:
        jobs.carry_spread(tx, asked.post_id, PersonId(me))


def _say_no(tx: Tx, me: PersonId, asked: ReceivedAsk) -> None:
    """For the author's butler alone, which asks somebody else; not even that where the member wants every
    refusal to look like silence (FEDERATION_EXTENSION §2)."""
    member = people_rows.member(tx, me)
    if member is None or member.silent_refusals:
        return
    if not ask_refused(tx, asked.uri, me):
        jobs.answer_ask(tx, asked.id)


def withdraw(tx: Tx, me: int, post_id: int) -> None:
    """A carrier takes their name back: the request leaves everybody it reached through them."""
    carried = [
        one for one in help_rows.received_for(tx, post_id, me, "carry") if one.state in ("accepted", "passed")
    ]
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
    tx: Tx, post_id: int, carrier_id: PersonId, terms: Callable[[bytes], Terms | None] | None = None
) -> int:
    """The carrier said yes: their engine chooses among their own friends (RULES R1); how many were chosen.

    `terms` reads a ticket, None for one that is good for nobody (any more); the wire layer gives it. On one
    server there is no ticket to read, and nobody to leave out whom this server does not know to be barred.
    """
    found = _may_spread(tx, post_id, carrier_id)
    if found is None:
        return 0
    post, asked = found
    said = terms(asked.ticket) if terms is not None and asked.ticket is not None else None
    if asked.ticket is not None and terms is not None and said is None:
        return 0
    requests, people = help_rows.carried_since(tx, carrier_id, tx.now - tx.house.soon(DAY))
    already = {
        person for _, _, person, state in help_rows.carried(tx, post_id, carrier_id) if state == "shown"
    }
    if requests >= CARRIES_A_DAY and not already:
        return 0
    pool = candidates.friends_to_carry_to(tx, carrier_id, post.author_id)
    if said is not None:
        known = people_rows.many(tx, [one.person for one in pool])
        pool = [one for one in pool if not said.excluded(known[one.person].uri)]
    seats = min(_seats(post), said.seats) if said is not None else _seats(post)
    chosen = engine.choose_for_carry(
        seats - len(already),
        _ask_of(tx, post, carrier_id),
        carrier_id,
        [one for one in pool if one.person not in already],
        left_today=PEOPLE_A_DAY - people,
        k=coefficients(tx),
    )
    return sum(_offer_to(tx, post, carrier_id, one.person, asked) for one in chosen)


def _may_spread(tx: Tx, post_id: int, carrier_id: PersonId) -> tuple[Post, ReceivedAsk] | None:
    """What somebody who agreed to carry may show now, and on which ticket."""
    post = post_rows.get(tx, carrier_id, post_id)
    asked = next(
        (one for one in help_rows.received_for(tx, post_id, carrier_id, "carry") if one.state == "accepted"),
        None,
    )
    if post is None or asked is None or not post.carriable:
        return None
    if asked.ends_at is not None and asked.ends_at <= tx.now:
        return None
    return post, asked


def agreed(tx: Tx, post_id: int, carrier_id: int) -> ReceivedAsk | None:
    """The living ticket of somebody who agreed to carry, to everybody or to those they name."""
    for asked in help_rows.received_for(tx, post_id, carrier_id, "carry"):
        running = asked.ends_at is None or asked.ends_at > tx.now
        if asked.state in ("accepted", "passed") and running:
            return asked
    return None


def has_room(tx: Tx, post: Post, carrier_id: PersonId, *, seats: int | None, more: int = 0) -> bool:
    """Whether a carrier may show a request to one more person: seats of the ticket (`more` are taken
    besides), and their own share of the day."""
    requests, people = help_rows.carried_since(tx, carrier_id, tx.now - tx.house.soon(DAY))
    shown = [one for one in help_rows.carried(tx, post.id, carrier_id) if one[3] == "shown"]
    most = _seats(post) if seats is None else min(seats, _seats(post))
    return len(shown) + more < most and people < PEOPLE_A_DAY and (bool(shown) or requests < CARRIES_A_DAY)


def offer_to_one(tx: Tx, post: Post, carrier_id: PersonId, person: Person, asked: ReceivedAsk) -> None:
    """Carry to somebody whom the carrier named (RULES R22)."""
    _offer_to(tx, post, carrier_id, person.id, asked)


def _seats(post: Post) -> int:
    return engine.TICKET_SEATS.get(Intimacy(post.intimacy or 0), 0)


def _ask_of(tx: Tx, post: Post, carrier_id: PersonId) -> engine.Ask:
    tags = post_rows.tags_of(tx, post.id)
    return engine.Ask(
        level=Intimacy(post.intimacy if post.intimacy is not None else 2),
        flag_raised=post.flag_is_up,
        wanted=abilities.wanted_by(tx, carrier_id, tags),
        hinted=True,
        kinds=frozenset(kinds_wanted(tags)),
        causes=frozenset(causes.of_post(tx, post)),
        languages=frozenset({post.language} if post.language else ()),
    )


def _offer_to(tx: Tx, post: Post, carrier_id: PersonId, person_id: PersonId, asked: ReceivedAsk) -> bool:
    """Show it here, or send the carrier's Offer, late enough that hops do not correlate (C21)."""
    person = people_rows.by_id(tx, person_id)
    if person is None:
        return False
    passed = passing.between(tx, post.id, carrier_id, person_id)
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
            word=passed.word if passed is not None else "",
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
    was_carrying = asked.kind == "carry" and asked.state in ("accepted", "passed")
    if uri == asked.ticket_uri and asked.state in ("waiting", "asked", "accepted", "passed", "resting"):
        # Only this ticket is over: a new one may come, and the member need not be asked again.
        state = "resting" if asked.state == "accepted" else asked.state
        help_rows.change_received(tx, asked.id, state=state, ends_at=tx.now)
    else:
        help_rows.change_received(tx, asked.id, state="closed", due_at=None)
        help_rows.close_questions_about(tx, asked.member_id, asked.id, answer=None)
    if was_carrying:
        stop(tx, asked.post_id, asked.member_id)
    return True


def ask_refused(tx: Tx, uri: str, by_id: int) -> bool:
    """A friend's explicit no: the butler asks somebody else; the author is never told, nor can read it off
    the moment at which the butler looks again."""
    ask = help_rows.ask_by_uri(tx, uri)
    if ask is None or ask.person_id != by_id or ask.state != "open":
        return False
    help_rows.change_ask(tx, ask.id, state="refused", closed_at=tx.now)
    if ask.kind == "help":
        outcomes.came_of(tx, ask.post_id, by_id, "declined")
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
    return reconsider(tx, post, member_id)


def reconsider(tx: Tx, post: Post, member_id: PersonId) -> bool:
    """Show or hold back what reached a reader, by the leases that live now: at level 1 there must be two
    carriers, or one and a shared cause (FEDERATION_EXTENSION §4.5). Whether it is shown."""
    live = [
        one
        for one in help_rows.leases_of(tx, post.id, person_id=member_id)
        if one.state != "ended" and one.ends_at > tx.now
    ]
    if not _enough(tx, post, member_id, live):
        _hold_back(tx, post, member_id, live)
        return False
    known = help_rows.leases_of(tx, post.id, person_id=member_id)
    showings = sum(one.boost_id is not None for one in known)
    for lease in live:
        if lease.state == "held":
            _put_in_home(tx, post, lease, again=showings < SHOWINGS_OF_ONE)
            showings += lease.boost_id is None
    return True


def _enough(tx: Tx, post: Post, member_id: PersonId, live: list[help_rows.Lease]) -> bool:
    served = causes.of_post(tx, post)
    shared = bool(served & project_rows.causes_of_people(tx, [member_id]).get(member_id, set()))
    level = Intimacy(post.intimacy if post.intimacy is not None else 2)
    return engine.second_circle_allowed(level, post.flag_is_up, len({one.carrier_id for one in live}), shared)


def _hold_back(tx: Tx, post: Post, member_id: PersonId, live: list[help_rows.Lease]) -> None:
    """What was shown and may not be any more is hidden, and waits."""
    shown = [one for one in live if one.state == "shown"]
    for lease in shown:
        help_rows.change_lease(tx, lease, state="held")
        if lease.boost_id is not None:
            reactions.end_boost(tx, lease.boost_id)
    if shown:
        withdrawal.from_post(tx, post.id, [member_id])


def _welcome(tx: Tx, post: Post, carrier_id: PersonId, member_id: PersonId, seats: int) -> bool:
    member = people_rows.member(tx, member_id)
    if member is None or not member.accepts_carried or member.state != "active":
        return False
    if not ties.are_friends(tx, member_id, carrier_id):
        return False
    if not candidates.takes_from(ability_rows.profile_of(tx, member_id), carrier_id):
        return False
    if member_id == post.author_id or ties.are_friends(tx, member_id, post.author_id):
        return False
    if ties.barred_ids(tx, post.author_id, [member_id]) or ties.barred_ids(tx, carrier_id, [member_id]):
        return False
    author = people_rows.by_id(tx, post.author_id)
    if author is None or author.suspended_at is not None or author.limited_at is not None:
        return False  # muted or blocked by the instance, or with their server
    if len(help_rows.carried_here(tx, post.author_id) - {post.id}) >= OPEN_OF_ONE_AUTHOR:
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


def _put_in_home(tx: Tx, post: Post, lease: help_rows.Lease, *, again: bool) -> None:
    """The request appears as a boost by the friend who carries it. Not `again`: it was there twice, and this
    friend's word only counts with the others'; what was held back meanwhile stands where it stood."""
    boost_id = lease.boost_id
    if boost_id is not None:
        reactions.revive_boost(tx, boost_id)
    elif again:
        uri = lease.offer_uri
        boost_id = reactions.put_boost(tx, lease.carrier_id, post.id, uri=uri, for_id=lease.person_id)
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
    """End leases here; a reader with no other living lease, or too few at level 1, loses the post (C10). How
    many ended."""
    ended = withdrawal.leases_between(tx, *withdrawal.lease_conditions(**which))  # type: ignore[arg-type]
    for post_id, reader in ended:
        post = post_rows.get(tx, reader, post_id) if withdrawal.live_leases(tx, post_id, reader) else None
        if post is None:
            withdrawal.from_post(tx, post_id, [reader])
        else:
            reconsider(tx, post, reader)
    return len(ended)


def level_changed(tx: Tx, post: Post) -> None:
    """The author's level or tags changed: whoever it was carried to keeps it only if that is enough now."""
    for reader in {one.person_id for one in help_rows.leases_of(tx, post.id) if one.state == "shown"}:
        reconsider(tx, post, reader)


def lapse(tx: Tx) -> None:
    """Leases that were not renewed end: hidden, not lowered (RULES R18); a periodic task."""
    for lease in help_rows.lapsed_leases(tx):
        hide(tx, post_id=lease.post_id, carrier_id=lease.carrier_id, person_id=lease.person_id)
