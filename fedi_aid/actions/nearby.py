"""Recommending a friend on one's profile, and passing over somebody who is suggested."""

from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Relation
from fedi_aid.storage import nearby, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tx import Tx


def recommend(tx: Tx, me: PersonId, person_id: int) -> Relation:
    """Name somebody on one's profile. NotFound; Refused for whom one does not follow."""
    relation = _relation(tx, me, person_id)
    if not relation.following:
        raise Refused("You must be already following the person you want to endorse", field="base")
    nearby.recommend(tx, me, person_id)
    return _relation(tx, me, person_id)


def recommend_no_more(tx: Tx, me: PersonId, person_id: int) -> Relation:
    """Take that back. NotFound."""
    _relation(tx, me, person_id)
    nearby.recommend_no_more(tx, me, person_id)
    return _relation(tx, me, person_id)


def _relation(tx: Tx, me: PersonId, person_id: int) -> Relation:
    if people_rows.by_id(tx, person_id) is None:
        raise NotFound
    return ties.relations(tx, me, [person_id])[person_id]


def pass_over(tx: Tx, me: PersonId, person_id: int) -> None:
    """Do not suggest somebody again; nothing happens for somebody unknown."""
    if people_rows.by_id(tx, person_id) is not None:
        nearby.pass_over(tx, me, person_id)
