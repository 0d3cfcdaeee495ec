"""Announce: a boost of a public post, which is fetched from where it lives (A11, O02)."""

from fedi_aid.actions import receiving
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Missing, Refused
from fedi_aid.storage import posts, ties
from fedi_aid.storage.tx import Tx


def post(tx: Tx, arrived: Arrived) -> None:
    _boost(tx, arrived, arrived.object_uri())


def creation(tx: Tx, arrived: Arrived) -> None:
    """A group passes on what was posted to it (FEP-1b12): a boost of the post, which is asked for where it
    lives; nothing of what is embedded is taken."""
    uri = documents.link(arrived.object(), "object")
    if uri is None or documents.origin(uri) is None:
        raise Refused("This announces nothing.", log="announce of a create of nothing")
    _boost(tx, arrived, uri)


def _boost(tx: Tx, arrived: Arrived, uri: str) -> None:
    actor = arrived.actor()
    found = posts.by_uri(tx, None, uri)
    if found is None:
        wanted = bool(ties.follower_ids_here(tx, actor.id))
        if not wanted or tx.house.owns(uri):
            return  # nobody here would read it, or it is not public here
        raise Missing(uri)
    receiving.receive_boost(tx, actor.id, arrived.uri, found.id)
