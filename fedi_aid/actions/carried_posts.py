"""The second circle, at a reader's server: what a friend of a member brings is shown, held or dropped (§4.5).

Nobody is shown a request through a friend who did not agree, nor of level 2 or more; and no answer tells
what became of it (C12).
"""

from datetime import datetime

from fedi_aid.actions import causes
from fedi_aid.audience import candidates, engine
from fedi_aid.model.carrying import (
    CARRIES_A_DAY,
    DAY,
    OPEN_OF_ONE_AUTHOR,
    PEOPLE_A_DAY,
    SHOWINGS_OF_ONE,
    SHOWN_A_DAY,
    TICKETS_OF_ONE,
)
from fedi_aid.model.ids import PersonId, opaque
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.posts import Post
from fedi_aid.storage import abilities as ability_rows
from fedi_aid.storage import audience_rows, reactions, ties, timelines, withdrawal
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import projects as project_rows
from fedi_aid.storage.tx import Tx


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
    barred, and no budget of the carrier is spent. It is held while the member's daily ration is spent,
    or level 1 has neither two live carriers nor one and a shared cause.
    """
    if not post.carriable or not _welcome(tx, post, carrier_id, member_id, seats):
        return False
    # Whoever takes it back and brings it again does not show it anew: it stands where it stood (C11, C15).
    known = next(iter(carry_rows.leases_of(tx, post.id, person_id=member_id, carrier_id=carrier_id)), None)
    carry_rows.put_lease(
        tx,
        post_id=post.id,
        carrier_id=carrier_id,
        person_id=member_id,
        offer_uri=offer_uri,
        ticket_uri=ticket_uri,
        seats=seats,
        word=word,
        state=known.state if known and known.state != "ended" else "held",
        boost_id=known.boost_id if known else None,
        ends_at=ends_at,
    )
    return reconsider(tx, post, member_id)


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
    if len(carry_rows.carried_here(tx, post.author_id) - {post.id}) >= OPEN_OF_ONE_AUTHOR:
        return False
    return _within_budgets(tx, post, carrier_id, member_id, seats)


def _within_budgets(tx: Tx, post: Post, carrier_id: PersonId, member_id: PersonId, seats: int) -> bool:
    """What one ticket, one carrier and one request may reach here, whatever the carrier's server thinks of
    budgets. Whoever had a seat keeps it: taking an Offer back makes no room for somebody else."""
    known = carry_rows.leases_of(tx, post.id)
    by_carrier = {one.person_id for one in known if one.carrier_id == carrier_id}
    if len(by_carrier | {member_id}) > seats:
        return False
    if len({one.carrier_id for one in known} | {carrier_id}) > TICKETS_OF_ONE:
        return False
    if member_id in by_carrier:
        return True
    requests, people = carry_rows.brought_since(tx, carrier_id, tx.now - tx.house.soon(DAY))
    new = requests if by_carrier else requests | {post.id}
    return len(new) <= CARRIES_A_DAY and len(people | {member_id}) <= PEOPLE_A_DAY


def _had_enough_today(tx: Tx, post: Post, member_id: PersonId) -> bool:
    """Another carried request was shown to this reader today."""
    shown = carry_rows.shown_since(tx, member_id, tx.now - tx.house.soon(DAY))
    return len(shown - {post.id}) >= SHOWN_A_DAY


def reconsider(tx: Tx, post: Post, member_id: PersonId) -> bool:
    """Show or hold back what reached a reader, by the leases that live now: at level 1 there must be two
    carriers, or one and a shared cause (FEDERATION_EXTENSION §4.5); and one new request a day, whatever was
    held until then. Whether it is shown."""
    live = [
        one
        for one in carry_rows.leases_of(tx, post.id, person_id=member_id)
        if one.state != "ended" and one.ends_at > tx.now
    ]
    if not _enough(tx, post, member_id, live):
        _hold_back(tx, post, member_id, live)
        return False
    known = carry_rows.leases_of(tx, post.id, person_id=member_id)
    showings = sum(one.boost_id is not None for one in known)
    if showings == 0 and _had_enough_today(tx, post, member_id):
        return False
    for lease in live:
        if lease.state == "held":
            _put_in_home(tx, post, lease, again=showings < SHOWINGS_OF_ONE)
            showings += lease.boost_id is None
    return True


def _enough(tx: Tx, post: Post, member_id: PersonId, live: list[carry_rows.Lease]) -> bool:
    served = causes.of_post(tx, post)
    shared = bool(served & project_rows.causes_of_people(tx, [member_id]).get(member_id, set()))
    level = Intimacy(post.intimacy if post.intimacy is not None else 2)
    return engine.second_circle_allowed(level, post.flag_is_up, len({one.carrier_id for one in live}), shared)


def _hold_back(tx: Tx, post: Post, member_id: PersonId, live: list[carry_rows.Lease]) -> None:
    """What was shown and may not be any more is hidden, and waits."""
    shown = [one for one in live if one.state == "shown"]
    for lease in shown:
        carry_rows.change_lease(tx, lease, state="held")
        if lease.boost_id is not None:
            reactions.end_boost(tx, lease.boost_id)
    if shown:
        withdrawal.from_post(tx, post.id, [member_id])


def _put_in_home(tx: Tx, post: Post, lease: carry_rows.Lease, *, again: bool) -> None:
    """The request appears as a boost by the friend who carries it. Not `again`: it was there twice, and this
    friend's word only counts with the others'; what was held back meanwhile stands where it stood."""
    boost_id = lease.boost_id
    if boost_id is not None:
        reactions.revive_boost(tx, boost_id)
    elif again:
        uri = lease.offer_uri
        boost_id = reactions.put_boost(tx, lease.carrier_id, post.id, uri=uri, for_id=lease.person_id)
    carry_rows.change_lease(tx, lease, state="shown", boost_id=boost_id)
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
    for reader in {one.person_id for one in carry_rows.leases_of(tx, post.id) if one.state == "shown"}:
        reconsider(tx, post, reader)


def lapse(tx: Tx) -> None:
    """Leases that were not renewed end: hidden, not lowered (RULES R18); a periodic task."""
    for lease in carry_rows.lapsed_leases(tx):
        hide(tx, post_id=lease.post_id, carrier_id=lease.carrier_id, person_id=lease.person_id)
