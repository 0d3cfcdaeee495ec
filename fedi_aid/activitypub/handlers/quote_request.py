"""QuoteRequest, and GoToSocial's ReplyRequest, LikeRequest, AnnounceRequest: somebody asks for leave to do
something with a post of a member here. What our policy allows needs none; the rest is refused (FEP-044f)."""

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Refused
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def ask(tx: Tx, arrived: Arrived) -> None:
    """A polite no, the same whether there is such a post, and whether the asker may see it (A19)."""
    asker, owner, uri = arrived.actor(), arrived.inbox_of, arrived.object_uri()
    if owner is None or not tx.house.owns(uri):
        raise Refused("This asks nobody here.", log="request for leave to nothing of ours")
    instrument = documents.link(arrived.activity, "instrument")
    jobs.refuse_quote(tx, owner.id, asker.id, arrived.uri, uri, instrument, arrived.received.kind)
