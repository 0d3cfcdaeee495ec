"""Moving house: people elsewhere who say they have another account now, and members who move in and out.

Members who follow somebody are told; nothing of theirs moves by itself (A15). A friendship is asked for again
at the new address, and granted or not.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from fedi_aid.actions import carry_tickets
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Person
from fedi_aid.storage import federation, moves, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import errands, jobs

COOLDOWN: Final = timedelta(days=30)
FRESH: Final = timedelta(minutes=5)  # how lately the other account must have said it
ALIASES_MAX: Final = 10


# -- of people elsewhere


def receive_move(tx: Tx, old: Person, new: Person) -> None:
    """Both accounts say so; the caller has seen that what they say of themselves is fresh.

    A stolen account can claim to have moved: so every member who follows them gets a word from the butler and
    decides alone. Refused: a move to where one is, again within the cooldown, onward from an account that
    itself claims to have moved.
    """
    before, after = moves.whereabouts(tx, old.id), moves.whereabouts(tx, new.id)
    if old.id == new.id or old.local:
        raise Refused("This is no move.", log="move to itself, or of a member")
    if old.uri not in after.also_known_as:
        raise Refused("The other account does not say so.", log="target does not list the moving actor")
    if new.suspended_at is not None or after.moved_to is not None:
        raise Refused("Nobody lives there.", code="moved_on", log="target is suspended or has moved itself")
    if before.moved_at is not None and tx.now - before.moved_at < COOLDOWN:
        raise Refused("This account has moved lately.", code="too_soon", log="move within the cooldown")
    moves.note_move(tx, old.id, new.uri)
    for member_id in ties.follower_ids_here(tx, old.id):
        errands.butler_moved(tx, member_id, old.id, new.id)


# -- of members


class Dwelling(msgspec.Struct, frozen=True, kw_only=True):
    """Where a member lives: the accounts they say are theirs too, and where they have gone. `free_at`: from
    when they may move (again)."""

    aliases: tuple[Person, ...]
    moved_to: Person | None
    free_at: datetime | None


def dwelling_of(tx: Tx, me: int) -> Dwelling:
    """Aliases that are not known here any more are left out."""
    where = moves.whereabouts(tx, me)
    known = (people_rows.by_uri(tx, uri) for uri in where.also_known_as)
    free_at = where.moved_at + COOLDOWN if where.moved_at is not None else None
    return Dwelling(
        aliases=tuple(one for one in known if one is not None),
        moved_to=people_rows.by_uri(tx, where.moved_to) if where.moved_to else None,
        free_at=free_at if free_at is not None and free_at > tx.now else None,
    )


def add_alias(tx: Tx, me: int, other_id: int) -> None:
    """Say that another account is one's own too: what has to stand before it can move here. Everybody who
    looks at the profile can see it. Refused: oneself, the butler, more than ten."""
    other = _somebody(tx, me, other_id)
    where = moves.whereabouts(tx, me)
    if other.uri in where.also_known_as:
        return
    if len(where.also_known_as) >= ALIASES_MAX:
        raise Refused(
            f"At most {ALIASES_MAX} other accounts can be named.", code="aliases_full", field="acct"
        )
    moves.put_aliases(tx, me, [*where.also_known_as, other.uri])
    jobs.tell_person(tx, PersonId(me))


def drop_alias(tx: Tx, me: int, other_id: int) -> None:
    """Take that back. NotFound for what is none."""
    where = moves.whereabouts(tx, me)
    other = people_rows.by_id(tx, other_id)
    if other is None or other.uri not in where.also_known_as:
        raise NotFound
    moves.put_aliases(tx, me, [uri for uri in where.also_known_as if uri != other.uri])
    jobs.tell_person(tx, PersonId(me))


def move_out(tx: Tx, me: int, other_id: int) -> None:
    """Send everybody to another account, which must say that it is this one's (FEP-7628, pushed).

    What was carried is withdrawn first (RULES R6). From then on nothing is written or asked for here, until
    `stay`. Refused: without that word, where the other has moved on itself, again within 30 days. The caller
    has fetched the other account anew.
    """
    person, other = _myself(tx, me), _somebody(tx, me, other_id)
    where, there = moves.whereabouts(tx, me), moves.whereabouts(tx, other.id)
    if person.uri not in there.also_known_as or not _is_fresh(tx, other, there):
        raise Refused(
            f"{other.handle} does not name this account as another of its own yet: add {person.uri} to its "
            "aliases there first.",
            code="not_named",
            field="acct",
        )
    if there.moved_to is not None:
        raise Refused("That account has moved on itself.", code="moved_on", field="acct")
    _check_cooldown(tx, where)
    carry_tickets.withdraw_all(tx, me)
    moves.note_move(tx, me, other.uri)
    jobs.tell_person(tx, PersonId(me))
    jobs.tell_move(tx, PersonId(me), person.uri, other.uri)
    for member_id in ties.follower_ids_here(tx, me):
        errands.butler_moved(tx, member_id, person.id, other.id)


def stay(tx: Tx, me: int) -> None:
    """Live here after all. Who has followed to the other account stays there; moving again has to wait for
    the rest of the 30 days."""
    if moves.whereabouts(tx, me).moved_to is None:
        raise Refused("This account has not moved.", code="not_moved")
    moves.forget_move(tx, me)
    jobs.tell_person(tx, PersonId(me))


def move_in(tx: Tx, me: int, other_id: int) -> None:
    """Tell that another account has moved here, where that one cannot say it itself any more (FEP-7628,
    pulled): both must name each other. Members here who follow it are told, and one's followers' servers."""
    person, other = _myself(tx, me), _somebody(tx, me, other_id)
    where, there = moves.whereabouts(tx, me), moves.whereabouts(tx, other.id)
    if other.uri not in where.also_known_as:
        raise Refused(
            f"Name {other.handle} as another account of yours first.", code="alias_first", field="acct"
        )
    if person.uri not in there.also_known_as or not _is_fresh(tx, other, there):
        raise Refused(
            f"{other.handle} does not name this account as another of its own.",
            code="not_named",
            field="acct",
        )
    if other.local:
        raise Refused("An account here moves by itself: log in there.", code="lives_here", field="acct")
    receive_move(tx, other, person)
    jobs.tell_move(tx, PersonId(me), other.uri, person.uri)


def has_left(tx: Tx, me: int) -> bool:
    """Whether a member lives elsewhere now."""
    return moves.whereabouts(tx, me).moved_to is not None


def check_lives_here(tx: Tx, me: int) -> None:
    """Refused for a member who has moved: what they would write or ask for is for their other account."""
    if has_left(tx, me):
        raise Refused("You have moved to another account: write from there.", code="forbidden")


def _myself(tx: Tx, me: int) -> Person:
    person = people_rows.by_id(tx, me)
    if person is None or not person.local:
        raise NotFound
    return person


def _somebody(tx: Tx, me: int, other_id: int) -> Person:
    other = people_rows.by_id(tx, other_id)
    member = people_rows.member(tx, other_id)
    if other is None or other.kind == "application" or (member is not None and member.role == "service"):
        raise Refused("There is no such account.", code="nobody", field="acct")
    if other.id == me:
        raise Refused("This is the account you are using.", code="yourself", field="acct")
    if other.suspended_at is not None or federation.is_suspended(tx, jobs.host_of(other.uri)):
        raise Refused("That account cannot be reached from here.", code="unreachable", field="acct")
    return other


def _is_fresh(tx: Tx, other: Person, there: moves.Whereabouts) -> bool:
    return other.local or (there.fetched_at is not None and tx.now - there.fetched_at <= FRESH)


def _check_cooldown(tx: Tx, where: moves.Whereabouts) -> None:
    if where.moved_to is not None:
        raise Refused("This account has moved already: take that back first.", code="moved_already")
    if where.moved_at is not None and tx.now - where.moved_at < COOLDOWN:
        raise Refused(f"An account can move once in {COOLDOWN.days} days.", code="too_soon")
