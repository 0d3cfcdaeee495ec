"""Somebody elsewhere has another account now. Members are told; nothing of theirs moves by itself (A15)."""

from datetime import timedelta

from fedi_aid.errors import Refused
from fedi_aid.model.people import Person
from fedi_aid.storage import moves, ties
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

COOLDOWN = timedelta(days=30)


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
        raise Refused("Nobody lives there.", log="target is suspended or has moved itself")
    if before.moved_at is not None and tx.now - before.moved_at < COOLDOWN:
        raise Refused("This account has moved lately.", log="move within the cooldown")
    moves.note_move(tx, old.id, new.uri)
    for member_id in ties.follower_ids_here(tx, old.id):
        jobs.butler_moved(tx, member_id, old.id, new.id)
