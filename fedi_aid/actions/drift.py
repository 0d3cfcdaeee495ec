"""When two servers do not agree who follows whom: friendships are the access list, they must not drift."""

from collections.abc import Collection
from datetime import timedelta

from fedi_aid.actions import ties
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import followers, people
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

SETTLED = timedelta(minutes=10)  # what is younger may be under way
MOST = 100  # unknown follows that are taken back at once


def agree(tx: Tx, person_id: PersonId, listed: Collection[str]) -> None:
    """Make it so that exactly the listed members here follow somebody elsewhere, as that person's own server
    says: it could have rejected the others one by one.

    Who is listed and has asked is accepted; who is listed and never asked has the follow taken back there.
    """
    known = {one.uri: one for one in followers.members_following(tx, person_id)}
    for uri, one in known.items():
        if uri not in listed and one.is_settled(tx.now, SETTLED):
            ties.follow_rejected(tx, one.member_id, person_id, follow_uri=None)
    here = [uri for uri in dict.fromkeys(listed) if uri not in known and tx.house.owns(uri)]
    for uri in here[:MOST]:
        person = people.by_uri(tx, uri)
        if person is None or people.member(tx, person.id) is None:
            continue
        if tie_rows.follow(tx, person.id, person_id) is not None:
            ties.follow_accepted(tx, person.id, person_id, follow_uri=None)
        else:
            jobs.tell_tie(tx, "undo_follow", person.id, person_id, "")
