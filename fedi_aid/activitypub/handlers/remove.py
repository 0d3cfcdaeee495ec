"""Remove: of a reader from the audience of a post (the others keep it), or of a pin from a profile."""

from fedi_aid.actions import carry_consent
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.handlers.add import is_featured
from fedi_aid.errors import Refused
from fedi_aid.storage import jobs as queue
from fedi_aid.storage import posts, reactions, withdrawal
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def anything(tx: Tx, arrived: Arrived) -> None:
    """From one's own featured collection, or from the audience of one's own post (A13)."""
    if is_featured(tx, arrived):
        actor, uri = arrived.actor(), arrived.object_uri()
        queue.cancel(tx, jobs.pin_key(actor.id, uri))
        post = posts.by_uri_of_author(tx, uri, actor.id)
        if post is not None:
            reactions.drop_pin(tx, actor.id, post.id)
        return
    reader(tx, arrived)


def reader(tx: Tx, arrived: Arrived) -> None:
    """By the author of the post, to the reader's own inbox (A13: the audience is the author's collection)."""
    author, owner = arrived.actor(), arrived.inbox_of
    target = documents.link(arrived.activity, "target") or ""
    if owner is None or arrived.object_uri() != owner.uri or not target.endswith("/audience"):
        raise Refused("This removes nobody here.", log="remove without its reader")
    post = posts.by_uri_of_author(tx, target.removesuffix("/audience"), author.id)
    if post is None:
        return
    for asked in received_rows.received_for(tx, post.id, owner.id):
        carry_consent.ask_undone(tx, asked.uri, author.id)
    withdrawal.from_post(tx, post.id, [owner.id])
