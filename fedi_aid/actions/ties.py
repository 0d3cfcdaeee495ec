"""Making and cutting ties. A friendship is two accepted follows; accepting is mutual (RULES R26).

When access ends it ends at once (RULES R6): a block or the end of a friendship withdraws the rows of the
access list in both directions, closes open asks and tickets, and tells peers to delete what they hold. A
mute acts on future posts only: withdrawing would reveal it.
"""

from datetime import timedelta
from typing import Any

from fedi_aid.actions import abilities, approaching, carried_posts, carry_tickets, invitations, moves, notices
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import domain_to_ascii
from fedi_aid.model.people import Person, Relation
from fedi_aid.storage import endorsements, introductions, ties, timelines, withdrawal
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

WORD_MAX = 500


def relation(tx: Tx, me: int, other: int) -> Relation:
    return ties.relations(tx, me, [other])[other]


def _someone(tx: Tx, me: int, person_id: int) -> Person:
    """The other side of a tie; the house itself and the missing are alike."""
    found = people_rows.by_id(tx, person_id)
    if found is None or found.kind == "application" or found.suspended_at is not None:
        raise NotFound
    if found.id == me:
        raise Refused("You cannot do this with yourself.", code="forbidden")
    return found


# -- what a member does


def follow(
    tx: Tx,
    me: int,
    person_id: int,
    *,
    word: str = "",
    show_boosts: bool | None = None,
    notify: bool | None = None,
    introduced: bool = False,
) -> Relation:
    """Ask to become friends, with a word of introduction. Nothing happens by itself for a locked account,
    except when they had asked first: then each has asked the other, and that is a friendship.

    Refused (429) when the day's wishes are used up; who was `introduced`, or asked first, costs none."""
    other = _someone(tx, me, person_id)
    options: dict[str, Any] = {
        name: value for name, value in (("show_boosts", show_boosts), ("notify", notify)) if value is not None
    }
    known = ties.follow(tx, me, other.id)
    if known is not None and known.state in ("accepted", "asked"):
        ties.put_follow(tx, me, other.id, state=known.state, uri=known.uri, **options)
        return relation(tx, me, other.id)
    moves.check_lives_here(tx, me)
    if ties.has_blocked(tx, me, other.id):
        raise Refused("Unblock this person first.", code="forbidden")
    if not introduced and not _asked_me(tx, me, other):
        approaching.approach(tx, me, "friendship")
    if ties.has_blocked(tx, other.id, me):
        # It looks like any request and nobody hears of it: a block is never told (RULES R6).
        ties.put_follow(tx, me, other.id, state="asked", uri=tx.house.new_activity(), **options)
        return relation(tx, me, other.id)
    if other.local and known is not None and known.state == "refused":
        return relation(tx, me, other.id)  # a refusal is final; repeats are dropped silently (R26)
    word = word.strip()[:WORD_MAX]
    uri = tx.house.new_activity()
    if other.local:
        return _follow_here(tx, me, other, uri, word, options)
    ties.put_follow(tx, me, other.id, state="asked", uri=uri, word=word, **options)
    jobs.tell_tie(tx, "follow", PersonId(me), other.id, uri, word)
    return relation(tx, me, other.id)


def _follow_here(tx: Tx, me: int, other: Person, uri: str, word: str, options: dict[str, Any]) -> Relation:
    if other.kind == "bot" and _is_service(tx, other):
        # The butler accepts everybody and follows nobody.
        ties.put_follow(tx, me, other.id, state="accepted", uri=uri, **options)
        return relation(tx, me, other.id)
    back = ties.follow(tx, other.id, me)
    welcome = back is not None and back.state in ("accepted", "asked")
    ties.put_follow(tx, me, other.id, state="accepted" if welcome else "asked", uri=uri, word=word, **options)
    if back is not None and back.state == "asked":
        _now_friends(tx, other.id, me, back.uri)
    elif welcome:
        notices.notify(tx, other.id, "follow", me)
    else:
        notices.notify(tx, other.id, "follow_request", me)
    return relation(tx, me, other.id)


def _asked_me(tx: Tx, me: int, other: Person) -> bool:
    """They asked to be friends first, or are the butler, who befriends everybody."""
    back = ties.follow(tx, other.id, me)
    return (back is not None and back.state in ("accepted", "asked")) or _is_service(tx, other)


def befriend_introduced(tx: Tx, me: int, person_id: int, by_id: int) -> None:
    """Both agreed to be introduced by a friend: a member asks for the friendship, and takes back a refusal
    of their own. It stands when the other has asked too."""
    theirs = ties.follow(tx, person_id, me)
    if theirs is not None and theirs.state == "refused":
        ties.drop_follow(tx, person_id, me)
    by = people_rows.by_id(tx, by_id)
    follow(tx, me, person_id, word=f"@{by.handle}" if by is not None else "", introduced=True)


def _is_service(tx: Tx, person: Person) -> bool:
    member = people_rows.member(tx, person.id)
    return member is not None and member.role == "service"


def _now_friends(tx: Tx, from_id: int, me: int, uri: str | None) -> None:
    """Accept somebody's request in the name of a member here."""
    ties.put_follow(tx, from_id, me, state="accepted", uri=uri)
    timelines.drop_notification(tx, me, "follow_request", from_id)
    other = people_rows.by_id(tx, from_id)
    if other is None:
        return
    if other.local:
        notices.notify(tx, other.id, "follow", me)
    elif uri:
        jobs.tell_tie(tx, "accept", PersonId(me), other.id, uri)
        _perhaps_friends_now(tx, me, other.id)


def _perhaps_friends_now(tx: Tx, me: int, person_id: int) -> None:
    """With somebody elsewhere: what they can help with is asked of their server, if they let friends' servers
    know (RULES R23)."""
    if ties.are_friends(tx, me, person_id):
        abilities.befriended(tx, PersonId(person_id))


def accept(tx: Tx, me: int, from_id: int) -> Relation:
    """Accept a request: both follow each other from now on (RULES R26)."""
    asked = ties.follow(tx, from_id, me)
    if asked is None or asked.state == "refused":
        raise NotFound
    if asked.state == "asked":
        _now_friends(tx, from_id, me, asked.uri)
    if not ties.is_following(tx, me, from_id):
        follow(tx, me, from_id)
    return relation(tx, me, from_id)


def refuse(tx: Tx, me: int, from_id: int) -> Relation:
    """Refuse a request; final until the refuser asks themselves. Repeats are dropped silently.

    NotFound when nothing was asked, and for a friend: ending a friendship is `unfollow` or `remove_follower`.
    """
    asked = ties.follow(tx, from_id, me)
    if asked is None or asked.state == "accepted":
        raise NotFound
    _refuse(tx, me, from_id)
    return relation(tx, me, from_id)


def _refuse(tx: Tx, me: int, from_id: int) -> None:
    asked = ties.follow(tx, from_id, me)
    if asked is None:
        return
    was_friend = asked.state == "accepted"
    ties.put_follow(tx, from_id, me, state="refused", uri=asked.uri)
    timelines.drop_notification(tx, me, "follow_request", from_id)
    other = people_rows.by_id(tx, from_id)
    if other is not None and not other.local and asked.uri and asked.state != "refused":
        jobs.tell_tie(tx, "reject", PersonId(me), other.id, asked.uri)
    if was_friend:
        end_access(tx, me, from_id)


def unfollow(tx: Tx, me: int, person_id: int) -> Relation:
    """Stop following: the friendship is over, and with it what it gave access to."""
    other = _someone(tx, me, person_id)
    _undo_follow(tx, me, other)
    return relation(tx, me, other.id)


def _undo_follow(tx: Tx, me: int, other: Person) -> None:
    known = ties.follow(tx, me, other.id)
    if known is None:
        return
    ties.drop_follow(tx, me, other.id)
    if not other.local and known.uri:
        jobs.tell_tie(tx, "undo_follow", PersonId(me), other.id, known.uri)
    if other.local:
        timelines.drop_notification(tx, other.id, "follow_request", me)
    if known.state == "accepted":
        end_access(tx, me, other.id)


def remove_follower(tx: Tx, me: int, person_id: int) -> Relation:
    """Make somebody stop following: as a refusal after the fact."""
    other = _someone(tx, me, person_id)
    _refuse(tx, me, other.id)
    return relation(tx, me, other.id)


def block(tx: Tx, me: int, person_id: int) -> Relation:
    """Nothing passes between the two any more, in either direction, and what was shared is withdrawn. The
    other side is sent `Reject` and `Undo` of the follows, never a `Block` (RULES R6)."""
    other = _someone(tx, me, person_id)
    ties.put_block(tx, me, other.id)
    _undo_follow(tx, me, other)
    _refuse(tx, me, other.id)
    end_access(tx, me, other.id)
    carry_tickets.withdraw_tickets(tx, me)
    endorsements.forget_between(tx, me, other.id)
    timelines.forget_between(tx, me, other.id)
    if other.local:
        theirs = ties.follow(tx, other.id, me)
        if theirs is not None:
            ties.drop_follow(tx, other.id, me)
        timelines.forget_between(tx, other.id, me)
    return relation(tx, me, other.id)


def unblock(tx: Tx, me: int, person_id: int) -> Relation:
    other = _someone(tx, me, person_id)
    if ties.drop_block(tx, me, other.id):
        # The block refused them; lifting it reopens the door (RULES R26).
        known = ties.follow(tx, other.id, me)
        if known is not None and known.state == "refused":
            ties.drop_follow(tx, other.id, me)
    return relation(tx, me, other.id)


def mute_domain(tx: Tx, me: int, domain: str) -> None:
    """Nothing of a server is shown to a member any more, and their ties with its people are cut. They are
    told that a follow ended, never why. Refused for this server and for what is no server."""
    found = _domain(tx, domain)
    if not ties.put_domain_mute(tx, me, found):
        return
    for other, _, _ in ties.tied_on(tx, me, found):
        part(tx, me, other)


def part(tx: Tx, me: int, other: Person) -> None:
    """Cut every tie between a member here and somebody, and withdraw what it gave access to. The door stays
    open: neither has refused the other."""
    _undo_follow(tx, me, other)
    _refuse(tx, me, other.id)
    ties.drop_follow(tx, other.id, me)
    end_access(tx, me, other.id)
    timelines.forget_between(tx, me, other.id)
    if other.local:
        timelines.forget_between(tx, other.id, me)


def unmute_domain(tx: Tx, me: int, domain: str) -> None:
    """Its people can be seen and can ask again; the ties that were cut stay cut."""
    ties.drop_domain_mute(tx, me, _domain(tx, domain))


def ties_with_domain(tx: Tx, me: int, domain: str) -> tuple[int, int]:
    """(followed, followers) of one's own on a server: what muting it would cut."""
    tied = ties.tied_on(tx, me, _domain(tx, domain))
    return sum(followed for _, followed, _ in tied), sum(follows for _, _, follows in tied)


def _domain(tx: Tx, domain: str) -> str:
    found = domain_to_ascii(domain.strip().lower().removeprefix("@")) if len(domain) < 500 else None
    if found is None or "." not in found:
        raise Refused("Domain is not a valid domain name", field="domain")
    if found == tx.house.domain:
        raise Refused("This server cannot be blocked by its own members", field="domain")
    return found


def mute(
    tx: Tx, me: int, person_id: int, *, notifications: bool = True, duration: timedelta | None = None
) -> Relation:
    other = _someone(tx, me, person_id)
    ties.put_mute(
        tx,
        me,
        other.id,
        notifications=notifications,
        expires_at=tx.now + duration if duration else None,
    )
    return relation(tx, me, other.id)


def unmute(tx: Tx, me: int, person_id: int) -> Relation:
    other = _someone(tx, me, person_id)
    ties.drop_mute(tx, me, other.id)
    return relation(tx, me, other.id)


def pin_as_close(tx: Tx, me: int, person_id: int) -> Relation:
    """The author's own word that somebody is close: it passes the gate at any level (RULES R9)."""
    other = _someone(tx, me, person_id)
    ties.put_close_pin(tx, me, other.id)
    ties.record_contact(tx, me, other.id, "pinned")
    return relation(tx, me, other.id)


def unpin_as_close(tx: Tx, me: int, person_id: int) -> Relation:
    """Take that word back; posts already sent stay where they are."""
    other = _someone(tx, me, person_id)
    ties.drop_close_pin(tx, me, other.id)
    return relation(tx, me, other.id)


# -- when access ends


def end_access(tx: Tx, one: int, other: int) -> None:
    """A friendship ended, or a block began: withdraw everything it gave access to, both ways."""
    for gone in withdrawal.between(tx, one, other):
        _tell_removed(tx, gone)
    invitations.part(tx, one, other)
    for author, person in ((one, other), (other, one)):
        for ask_id, post_id in withdrawal.open_asks(tx, author, person):
            jobs.undo_ask(tx, ask_id, post_id)
        for post_id in withdrawal.received_from(tx, author, person):
            jobs.undo_carry(tx, post_id, PersonId(person))
        # Carried by one to the other: hidden when their friendship ends (RULES R2).
        for post_id in withdrawal.carried_between(tx, author, person):
            jobs.undo_carry(tx, post_id, PersonId(author))
        carried_posts.hide(tx, carrier_id=author, person_id=person)
        carried_posts.hide(tx, author_id=author, person_id=person)
        # The end of the friendship author–carrier hides what went through it.
        carried_posts.hide(tx, author_id=author, carrier_id=person)
    abilities.parted(tx, one, other)
    introductions.close_between(tx, one, other)


def _tell_removed(tx: Tx, gone: withdrawal.Withdrawn) -> None:
    author = people_rows.by_id(tx, gone.author_id)
    reader = people_rows.by_id(tx, gone.person_id)
    if author is not None and author.local and reader is not None and not reader.local:
        jobs.tell_removed(tx, gone.post_id, gone.person_id, gone.opaque)


# -- what arrives from other servers


def follow_arrived(tx: Tx, from_id: int, me: int, *, uri: str, word: str = "") -> None:
    """Somebody elsewhere asks to follow a member here. Locked by default: the member decides (A09).

    Accepted at once where the member follows them or has asked to: then both have asked. A repeat after a
    refusal is dropped silently.
    """
    if ties.is_blocked_either_way(tx, from_id, me) or ties.mutes_domain_of(tx, me, from_id):
        jobs.tell_tie(tx, "reject", PersonId(me), PersonId(from_id), uri)
        return
    known = ties.follow(tx, from_id, me)
    if known is not None and known.state == "accepted":
        ties.put_follow(tx, from_id, me, state="accepted", uri=uri)
        jobs.tell_tie(tx, "accept", PersonId(me), PersonId(from_id), uri)
        return
    if moves.has_left(tx, me):
        jobs.tell_tie(tx, "reject", PersonId(me), PersonId(from_id), uri)
        return
    mine = ties.follow(tx, me, from_id)
    if mine is not None and mine.state in ("accepted", "asked"):
        ties.put_follow(tx, from_id, me, state="accepted", uri=uri, word=word)
        jobs.tell_tie(tx, "accept", PersonId(me), PersonId(from_id), uri)
        timelines.drop_notification(tx, me, "follow_request", from_id)
        notices.notify(tx, me, "follow", from_id)
        _perhaps_friends_now(tx, me, from_id)
        return
    if known is not None and known.state == "refused":
        return
    ties.put_follow(tx, from_id, me, state="asked", uri=uri, word=word.strip()[:WORD_MAX])
    notices.notify(tx, me, "follow_request", from_id)


def follow_accepted(tx: Tx, me: int, by_id: int, *, follow_uri: str | None) -> bool:
    """An Accept from the one we asked, naming our Follow (A08). Anything else changes nothing."""
    known = ties.follow(tx, me, by_id)
    if known is None or known.state not in ("asked", "accepted"):
        return False
    if follow_uri is not None and known.uri != follow_uri:
        return False
    if known.state == "asked":
        ties.put_follow(tx, me, by_id, state="accepted", uri=known.uri)
        _perhaps_friends_now(tx, me, by_id)
    return True


def follow_rejected(tx: Tx, me: int, by_id: int, *, follow_uri: str | None) -> bool:
    """A Reject of our Follow, at once or years later: then it is a removal (A10)."""
    known = ties.follow(tx, me, by_id)
    if known is None or (follow_uri is not None and known.uri != follow_uri):
        return False
    ties.drop_follow(tx, me, by_id)
    if known.state == "accepted":
        end_access(tx, me, by_id)
    return True


def unfollow_arrived(tx: Tx, from_id: int, me: int, *, follow_uri: str | None) -> bool:
    """Undo of a Follow by the one who sent it (A07)."""
    known = ties.follow(tx, from_id, me)
    if known is None or (follow_uri is not None and known.uri not in (None, follow_uri)):
        return False
    if known.state == "refused":
        return False
    ties.drop_follow(tx, from_id, me)
    timelines.drop_notification(tx, me, "follow_request", from_id)
    if known.state == "accepted":
        end_access(tx, me, from_id)
    return True


def block_arrived(tx: Tx, from_id: int, me: int, *, uri: str | None) -> None:
    """Somebody elsewhere blocked a member here: both directions are cut; the member is not told."""
    ties.put_block(tx, from_id, me, uri=uri)
    ties.drop_follow(tx, from_id, me)
    ties.drop_follow(tx, me, from_id)
    end_access(tx, me, from_id)
    endorsements.forget_between(tx, me, from_id)
    timelines.forget_between(tx, me, from_id)


def unblock_arrived(tx: Tx, from_id: int, me: int) -> bool:
    return ties.drop_block(tx, from_id, me)
