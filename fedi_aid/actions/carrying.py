"""The second circle, at a carrier's server: who agreed has it shown to some of their own friends (§4.4).

The carrier's engine chooses among the carrier's own ties (RULES R1), within the seats of the author's ticket,
its exclusions and the carrier's own share of a day.
"""

from collections.abc import Callable
from datetime import timedelta

import msgspec

from fedi_aid.actions import abilities, carried_posts, causes
from fedi_aid.audience import candidates, engine
from fedi_aid.audience.learned import coefficients
from fedi_aid.model.abilities import kinds_wanted
from fedi_aid.model.carrying import CARRIES_A_DAY, DAY, JITTER_MINUTES, LEASE, PEOPLE_A_DAY
from fedi_aid.model.help import ReceivedAsk
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.posts import Post
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import passing
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


class Terms(msgspec.Struct, frozen=True):
    """What a carrier's ticket says: for how many people it is, and whether it leaves somebody out."""

    seats: int
    excluded: Callable[[str], bool]  # by the address of an actor


def spread(
    tx: Tx,
    post_id: PostId,
    carrier_id: PersonId,
    terms: Callable[[bytes], Terms | None] | None = None,
    *,
    renewed: bool = False,
) -> int:
    """The carrier said yes: their engine chooses among their own friends (RULES R1); how many were chosen.

    `renewed`: there is a new ticket; the same people are offered it again first, but for those whom it leaves
    out. `terms` reads a ticket, None for one that is good for nobody (any more); the wire layer gives it. On
    one server there is no ticket to read, and nobody to leave out whom this server does not know as barred.
    """
    post, asked = post_rows.get(tx, carrier_id, post_id), agreed(tx, post_id, carrier_id)
    if post is None or asked is None or not post.carriable:
        return 0
    said = _said(post, asked, terms)
    if said is None:
        return 0
    if renewed:
        _offer_again(tx, post, carrier_id, asked, said)
    reached = {person: state for _, _, person, state in carry_rows.carried(tx, post_id, carrier_id)}
    pool = _pool(tx, post, carrier_id, said)
    for one in pool:
        if reached.get(one.person) == "withdrawn" and not one.barred:
            offer_to(tx, post, carrier_id, one.person, asked)  # the ticket they had it by is no more
    requests, people = carry_rows.carried_since(tx, carrier_id, tx.now - tx.house.soon(DAY))
    if asked.state != "accepted" or (requests >= CARRIES_A_DAY and not reached):
        return 0  # for those alone whom the carrier names; or enough for a day
    chosen = engine.choose_for_carry(
        said.seats - len(reached),
        _ask_of(tx, post, carrier_id),
        carrier_id,
        [one for one in pool if one.person not in reached],
        left_today=PEOPLE_A_DAY - people,
        k=coefficients(tx),
    )
    return sum(offer_to(tx, post, carrier_id, one.person, asked) for one in chosen)


def _said(post: Post, asked: ReceivedAsk, terms: Callable[[bytes], Terms | None] | None) -> Terms | None:
    """What the ticket of a carrier says, and never more seats than the level has; None for none."""
    if asked.ticket is None:
        return Terms(seats=_seats(post), excluded=_nobody)
    found = terms(asked.ticket) if terms is not None else None
    return msgspec.structs.replace(found, seats=min(found.seats, _seats(post))) if found else None


def _nobody(_uri: str) -> bool:
    return False


def _pool(tx: Tx, post: Post, carrier_id: PersonId, said: Terms) -> list[engine.Candidate]:
    pool = candidates.friends_to_carry_to(tx, carrier_id, post.author_id)
    known = people_rows.many(tx, [one.person for one in pool])
    return [one for one in pool if not said.excluded(known[one.person].uri)]


def _offer_again(tx: Tx, post: Post, carrier_id: PersonId, asked: ReceivedAsk, said: Terms) -> None:
    """The same people, without a new notice (§4.8); whom the new ticket leaves out loses it (RULES R19)."""
    people = {
        person for _, _, person, state in carry_rows.carried(tx, post.id, carrier_id) if state == "shown"
    }
    known = people_rows.many(tx, people)
    for person_id in sorted(people):
        if said.excluded(known[person_id].uri):
            stop(tx, post.id, carrier_id, person_id)
        else:
            offer_to(tx, post, carrier_id, person_id, asked)


def agreed(tx: Tx, post_id: int, carrier_id: int) -> ReceivedAsk | None:
    """The living ticket of somebody who agreed to carry, to everybody or to those they name."""
    for asked in received_rows.received_for(tx, post_id, carrier_id, "carry"):
        running = asked.ends_at is None or asked.ends_at > tx.now
        if asked.state in ("accepted", "passed") and running:
            return asked
    return None


def has_room(tx: Tx, post: Post, carrier_id: PersonId, *, seats: int | None, more: int = 0) -> bool:
    """Whether a carrier may show a request to one more person: seats of the ticket, which whoever had one
    keeps (`more` are taken besides), and their own share of the day."""
    requests, people = carry_rows.carried_since(tx, carrier_id, tx.now - tx.house.soon(DAY))
    reached = carry_rows.carried(tx, post.id, carrier_id)
    most = _seats(post) if seats is None else min(seats, _seats(post))
    return (
        len(reached) + more < most and people < PEOPLE_A_DAY and (bool(reached) or requests < CARRIES_A_DAY)
    )


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


def offer_to(tx: Tx, post: Post, carrier_id: PersonId, person_id: PersonId, asked: ReceivedAsk) -> bool:
    """Show it here, or send the carrier's Offer, late enough that hops do not correlate (C21)."""
    person = people_rows.by_id(tx, person_id)
    if person is None:
        return False
    passed = passing.between(tx, post.id, carrier_id, person_id)
    offer_uri = tx.house.new_activity()
    carry_rows.put_carried(tx, offer_uri, post.id, carrier_id, person_id)
    if person.local:
        return carried_posts.show(
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


def stop(tx: Tx, post_id: PostId, carrier_id: PersonId, person_id: PersonId | None = None) -> None:
    """Withdraw what a member here carried, to one person or to all, here and elsewhere."""
    carry_rows.change_carried(tx, post_id, carrier_id, state="withdrawn", person_id=person_id)
    carried_posts.hide(tx, post_id=post_id, carrier_id=carrier_id, person_id=person_id)
    jobs.undo_carry(tx, post_id, carrier_id)
