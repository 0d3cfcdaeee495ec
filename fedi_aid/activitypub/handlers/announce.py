"""Announce: a boost of a public post, which is fetched from where it lives (A11, O02)."""

from fedi_aid.actions import receiving
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Missing
from fedi_aid.storage import posts, ties
from fedi_aid.storage.tx import Tx


def post(tx: Tx, arrived: Arrived) -> None:
    actor, uri = arrived.actor(), arrived.object_uri()
    found = posts.by_uri(tx, None, uri)
    if found is None:
        wanted = bool(ties.follower_ids_here(tx, actor.id))
        if not wanted or tx.house.owns(uri):
            return  # nobody here would read it, or it is not public here
        raise Missing(uri)
    receiving.receive_boost(tx, actor.id, arrived.uri, found.id)
