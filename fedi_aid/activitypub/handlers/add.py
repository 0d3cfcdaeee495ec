"""Add: a post is pinned to its author's profile, or an activity handed on in a conversation (A13)."""

from fedi_aid.actions import invitations
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.handlers import invite
from fedi_aid.errors import Refused
from fedi_aid.storage import people, pins, posts, reactions, threads, ties
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def named(tx: Tx, arrived: Arrived) -> None:
    """By id alone: a post into the logbook of a project, or into the actor's own featured collection."""
    target = documents.link(arrived.activity, "target")
    if target is not None and invitations.is_project(tx, target):
        invite.filed(tx, arrived, target)
    else:
        featured(tx, arrived)


def featured(tx: Tx, arrived: Arrived) -> None:
    """A public post of one's own into one's own featured collection; known by its id, never taken from the
    activity (F14). One that is not known yet is looked for: its Create may come later than this."""
    actor, uri = arrived.actor(), arrived.object_uri()
    if not is_featured(tx, arrived):
        raise Refused("This is added to nothing of its actor's.", log="add to another collection")
    if not documents.same_origin(uri, actor.uri):
        raise Refused("Only one's own posts are pinned.", log="add across origins")
    if posts.by_uri_of_author(tx, uri, actor.id) is not None:
        if reactions.count_pins(tx, actor.id) < pins.MOST:
            pins.add(tx, actor.id, uri)
    elif not posts.uri_is_taken(tx, uri) and ties.follower_ids_here(tx, actor.id):
        jobs.fetch_pin(tx, actor.id, uri)


def to_conversation(tx: Tx, arrived: Arrived) -> None:
    """The owner of a conversation hands on an activity of somebody in it (FEP-171b). Only public posts of
    conversations that are known here are taken, each from where it lives and not from here (O02)."""
    actor, inner = arrived.actor(), arrived.object()
    thread_uri, uri = documents.link(arrived.activity, "target"), documents.link(inner, "object")
    if not documents.same_origin(thread_uri, actor.uri) or thread_uri is None:
        raise Refused("This is added to nothing of its actor's.", log="add to another's conversation")
    if uri is None or documents.origin(uri) is None or tx.house.owns(uri) or posts.uri_is_taken(tx, uri):
        return
    if threads.is_held(tx, thread_uri):
        jobs.fetch_post(tx, uri, thread_uri)


def is_featured(tx: Tx, arrived: Arrived) -> bool:
    """The target is the featured collection that the actor's own document names."""
    target = documents.link(arrived.activity, "target")
    return target is not None and target == people.featured_uri(tx, arrived.actor().id)
