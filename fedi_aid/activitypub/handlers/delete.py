"""Delete: of a post, of one's own form of it, of a ticket, of an actor. It stays deleted (A05)."""

from fedi_aid.actions import carried_posts, carry_consent, quotes, receiving, ties, vouching
from fedi_aid.activitypub import carry_documents, documents
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.delivery.carry import pass_on
from fedi_aid.activitypub.handlers.update import check_carrier, forwarded_author, is_vouched_for
from fedi_aid.activitypub.signers import proof_keys
from fedi_aid.errors import Refused
from fedi_aid.storage import federation, people, posts
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def anything(tx: Tx, arrived: Arrived) -> None:
    uri = arrived.object_uri()
    if not arrived.own:
        _forwarded(tx, arrived, uri)
        return
    actor = arrived.signer
    if uri == actor.uri:
        # Believed when their server answers 410, and not before (A06, F19).
        jobs.fetch_actor(tx, uri)
        return
    if not documents.same_origin(uri, actor.uri):
        raise Refused("Only its author may delete this.", log="delete across origins")
    if carry_consent.ask_undone(tx, uri, actor.id):
        return
    origin = federation.origin_by_uri(tx, uri)
    if origin is not None and "proof" in arrived.written and origin.author_id == actor.id:
        pass_on(tx, arrived.body, arrived.uri, "Delete", actor.id, origin.post_id)
    quotes.revoked(tx, actor.id, uri)
    receiving.receive_delete(tx, actor.id, uri)


def _forwarded(tx: Tx, arrived: Arrived, uri: str) -> None:
    """The author's signed Delete, brought by a carrier of this very post (C09); Delete always wins (C08)."""
    if is_vouched_for(tx, arrived):
        vouching.hide_by(tx, uri, arrived.received.actor_uri, arrived.signer.id)
        return
    author = forwarded_author(tx, arrived)
    post = posts.by_uri_of_author(tx, uri, author.id)
    if post is None:
        raise Refused("Nothing here has this id.", log="forwarded delete of an unknown post")
    check_carrier(tx, arrived, post.id)
    carry_documents.verify_forwarded(
        arrived.written,
        keys=proof_keys(tx),
        stored_owner=author.uri,
        stored_revision=post.revision,
        now=tx.now,
    )
    pass_on(tx, arrived.body, arrived.uri, "Delete", author.id, post.id)
    receiving.receive_delete(tx, author.id, uri)


def forget_person(tx: Tx, uri: str) -> None:
    """Somebody elsewhere is gone for good: their ties, what they carried, what they wrote."""
    person = people.by_uri(tx, uri)
    if person is None or person.local:
        return
    carried_posts.hide(tx, author_id=person.id)
    carried_posts.hide(tx, carrier_id=person.id)
    for member_id in federation.members_tied_to(tx, person.id):
        tie_rows.drop_follow(tx, member_id, person.id)
        tie_rows.drop_follow(tx, person.id, member_id)
        ties.end_access(tx, member_id, person.id)
    people.change(
        tx,
        person.id,
        deleted_at=tx.now,
        username=f"{person.username}~{person.id}",
        public_key_id=None,
        ed25519_key_id=None,
    )
