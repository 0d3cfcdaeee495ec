"""Update: of a post by its author, or of the author's signed word by a carrier; of a profile by its owner."""

import msgspec

from fedi_aid.actions import people as people_actions
from fedi_aid.actions import receiving
from fedi_aid.activitypub import actors, carry_documents, notes
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.delivery.carry import pass_on
from fedi_aid.activitypub.handlers.create import proven_bytes
from fedi_aid.activitypub.signers import proof_keys
from fedi_aid.errors import Refused
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import federation, people, posts
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def note(tx: Tx, arrived: Arrived) -> None:
    """By its author (A01), newer than what is stored (A02), for nobody more (A03)."""
    if not arrived.own and is_vouched_for(tx, arrived):
        return
    author = arrived.signer if arrived.own else forwarded_author(tx, arrived)
    raw = proven_bytes(tx, arrived, author)
    owner = arrived.inbox_of
    incoming = notes.read_note(tx, arrived.object(), author, for_id=owner.id if owner else None, raw=raw)
    before = posts.by_uri_of_author(tx, incoming.uri, author.id)
    if before is None:
        return
    if not arrived.own:
        _check_forwarded(tx, arrived, author, before)
    changed = receiving.receive_edit(tx, incoming)
    if changed is not None and raw is not None:
        pass_on(tx, raw, arrived.uri, "Update", author.id, before.id)


def is_vouched_for(tx: Tx, arrived: Arrived) -> bool:
    """Its author has not been looked up, and will be before this is believed (RULES R20)."""
    uri = arrived.received.actor_uri
    if people.by_uri(tx, uri) is not None or people.by_uri_or_vouched(tx, uri) is None:
        return False
    if not arrived.looked_up:
        arrived.later.append(uri)
    return True


def forwarded_author(tx: Tx, arrived: Arrived) -> Person:
    """The author of a signed word that somebody else brings; `Refused` when they are not known here."""
    author = people.by_uri(tx, arrived.received.actor_uri)
    if author is None or author.local or author.suspended_at is not None:
        raise Refused("Its author is not known here.", log="forwarded from an unknown author")
    if federation.is_suspended(tx, author.domain):
        raise Refused("Its author's server is suspended.", log="forwarded from a suspended server (A23)")
    return author


def _check_forwarded(tx: Tx, arrived: Arrived, author: Person, post: Post) -> None:
    """A carrier of this very post brings it (C09), the author's proof holds, the revision is newer (C08)."""
    check_carrier(tx, arrived, post.id)
    carry_documents.verify_forwarded(
        arrived.written,
        keys=proof_keys(tx),
        stored_owner=author.uri,
        stored_revision=0 if post.vouched_at is not None else post.revision,
        now=tx.now,
    )


def check_carrier(tx: Tx, arrived: Arrived, post_id: int) -> None:
    if not carry_rows.leases_of(tx, post_id, carrier_id=arrived.signer.id):
        raise Refused("Only who carried this may forward it.", log="forwarded by no carrier of it")


def actor(tx: Tx, arrived: Arrived) -> None:
    """A changed profile. Only a key is not taken from it: whoever stole the old one could write that too, so
    it is read where the actor lives (H12, X05)."""
    me = arrived.actor()
    document = arrived.object()
    if arrived.object_uri() != me.uri:
        raise Refused("A profile is changed by its owner.", log="update of another actor")
    # The handle's domain was confirmed when they were fetched; a new name has to be looked up.
    read = actors.read_actor(document, me.domain, me.public_key_id)
    if read.username.lower() != me.username.lower():
        raise Refused("A handle is not changed this way.", log="update changes the username")
    known = {name: getattr(me, name) for name in _KEYS}
    if known != {name: getattr(read, name) for name in _KEYS}:
        jobs.fetch_actor(tx, me.uri)
    people_actions.remember(tx, msgspec.structs.replace(read, **known))


_KEYS = ("public_key_pem", "public_key_id", "ed25519_multikey", "ed25519_key_id")
