"""Remove of a reader from the audience of a post: one reader here loses it, the others keep it."""

from fedi_aid.actions import carry
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Refused
from fedi_aid.storage import help, posts, withdrawal
from fedi_aid.storage.tx import Tx


def reader(tx: Tx, arrived: Arrived) -> None:
    """By the author of the post, to the reader's own inbox (A13: the audience is the author's collection)."""
    author, owner = arrived.actor(), arrived.inbox_of
    target = documents.link(arrived.activity, "target") or ""
    if owner is None or arrived.object_uri() != owner.uri or not target.endswith("/audience"):
        raise Refused("This removes nobody here.", log="remove without its reader")
    post = posts.by_uri_of_author(tx, target.removesuffix("/audience"), author.id)
    if post is None:
        return
    for asked in help.received_for(tx, post.id, owner.id):
        carry.ask_undone(tx, asked.uri, author.id)
    withdrawal.from_post(tx, post.id, [owner.id])
