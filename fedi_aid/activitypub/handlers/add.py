"""Add: a post is pinned to its author's profile, by the author (A13)."""

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.errors import Missing, Refused
from fedi_aid.storage import people, posts, reactions, ties
from fedi_aid.storage.tx import Tx

PINS_MAX = 20  # of somebody elsewhere


def featured(tx: Tx, arrived: Arrived) -> None:
    """A public post of one's own into one's own featured collection; known by its id, never taken from the
    activity (F14)."""
    actor, uri = arrived.actor(), arrived.object_uri()
    if not is_featured(tx, arrived):
        raise Refused("This is added to nothing of its actor's.", log="add to another collection")
    if not documents.same_origin(uri, actor.uri):
        raise Refused("Only one's own posts are pinned.", log="add across origins")
    post = posts.by_uri_of_author(tx, uri, actor.id)
    if post is None:
        if posts.uri_is_taken(tx, uri) or not ties.follower_ids_here(tx, actor.id):
            return  # somebody else's, or nobody here would read it
        raise Missing(uri)
    if post.reach in ("public", "unlisted") and reactions.count_pins(tx, actor.id) < PINS_MAX:
        reactions.put_pin(tx, actor.id, post.id)


def is_featured(tx: Tx, arrived: Arrived) -> bool:
    """The target is the featured collection that the actor's own document names."""
    target = documents.link(arrived.activity, "target")
    return target is not None and target == people.featured_uri(tx, arrived.actor().id)
