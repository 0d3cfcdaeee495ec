"""Telling a member that somebody they follow says they have moved (A15)."""

from fedi_aid.butler import speak
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import people, ties
from fedi_aid.storage.tx import Tx


def moved(tx: Tx, member_id: int, old_id: int, new_id: int) -> None:
    """Once, and only while they follow the old account: the rest is theirs to do."""
    member, found = people.member(tx, member_id), people.many(tx, [old_id, new_id])
    old, new = found.get(PersonId(old_id)), found.get(PersonId(new_id))
    if member is None or old is None or new is None or not ties.is_following(tx, member_id, old_id):
        return
    speak.say(tx, member, "moved", name=old.name, before=old.handle, now=new.handle)
