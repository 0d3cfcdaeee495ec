"""Move: somebody elsewhere has another account now (A15, FEP-7628)."""

from fedi_aid.actions import moves
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Missing, Refused
from fedi_aid.model.people import Person
from fedi_aid.storage import federation, people
from fedi_aid.storage import moves as rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def account(tx: Tx, arrived: Arrived) -> None:
    """By the old account, to one that lists it as its other name; or by the new one, when the old one, asked
    at its own server, lists the new one besides."""
    actor, old_uri = arrived.actor(), arrived.object_uri()
    new_uri = documents.link(arrived.activity, "target") or ""
    if actor.uri not in (old_uri, new_uri) or documents.origin(new_uri) is None:
        raise Refused("Nobody moves anybody else.", log="move by neither account")
    if federation.is_suspended(tx, jobs.host_of(new_uri)):
        raise Refused("That server is suspended here.", log="move to a suspended server")
    old = actor if actor.uri == old_uri else _fresh(tx, arrived, old_uri)
    new = _fresh(tx, arrived, new_uri)
    if actor.uri != old_uri and new.uri not in rows.whereabouts(tx, old.id).also_known_as:
        raise Refused("The old account does not say so.", log="pulled move without the old account's word")
    moves.receive_move(tx, old, new)


def _fresh(tx: Tx, arrived: Arrived, uri: str) -> Person:
    """Somebody as they describe themselves now; `Missing` until they have been fetched since this arrived."""
    found = people.by_uri(tx, uri)
    if found is not None and found.local:
        return found
    fetched = rows.whereabouts(tx, found.id).fetched_at if found else None
    if found is None or fetched is None or fetched < arrived.received.created_at:
        raise Missing(uri)
    return found
