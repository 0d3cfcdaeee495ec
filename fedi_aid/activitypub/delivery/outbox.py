"""One activity into one inbox: kept as it will be sent, and a job that sends it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedi_aid.activitypub.signatures import keys, proofs
from fedi_aid.activitypub.signing import ED25519_KEY
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Person
from fedi_aid.storage import federation, people, ties
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs, kinds


def encode(activity: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(activity)


def signed(tx: Tx, activity: dict[str, Any], author_id: int) -> dict[str, Any]:
    """The activity with its author's proof (FEP-8b32): only for what is carried, never for private words."""
    signing = people.signing_keys(tx, author_id)
    if signing is None:
        raise kinds.GiveUp(f"no keys of {author_id}")
    private = keys.load_private(signing.ed25519_private_pem)
    assert isinstance(private, Ed25519PrivateKey)
    return proofs.sign(activity, private, signing.actor_uri + ED25519_KEY, tx.now)


def keep(tx: Tx, activity: Mapping[str, Any], actor_id: int, object_id: int | None) -> str:
    """Store an activity as it will be sent; its id."""
    return keep_bytes(tx, encode(activity), str(activity["id"]), str(activity["type"]), actor_id, object_id)


def keep_bytes(tx: Tx, body: bytes, uri: str, kind: str, actor_id: int, object_id: int | None) -> str:
    """The same for bytes that must not change on their way."""
    federation.put_activity(tx, uri=uri, kind=kind, actor_id=actor_id, object_id=object_id, body=body)
    return uri


def send(
    tx: Tx,
    uri: str,
    to: Person,
    signer_id: int,
    *,
    order_key: str,
    post_id: int | None = None,
) -> None:
    """To somebody's personal inbox; whoever cannot be written to is passed over."""
    if to.local or to.inbox is None or not may_send(tx, to):
        return
    jobs.deliver(
        tx,
        uri,
        to.inbox,
        PersonId(signer_id),
        jobs.host_of(to.inbox),
        order_key,
        to.id,
        PostId(post_id) if post_id is not None else None,
    )


def may_send(tx: Tx, to: Person) -> bool:
    return to.suspended_at is None and not federation.is_suspended(tx, to.domain)


def may_tell(tx: Tx, author_id: int, reader: Person) -> bool:
    """Checked again when a post leaves: a block may be newer than the choice (P12)."""
    return may_send(tx, reader) and not ties.is_blocked_either_way(tx, author_id, reader.id)


def send_openly(
    tx: Tx, uri: str, signer_id: int, *, order_key: str, also: list[Person] | None = None
) -> None:
    """To every follower elsewhere, one copy per shared inbox: only for what is public (P03)."""
    inboxes: dict[str, PersonId] = {}
    for follower_id, inbox, shared in federation.follower_inboxes(tx, signer_id):
        inboxes.setdefault(shared or inbox, follower_id)
    for person in also or ():
        if not person.local and person.inbox:
            inboxes.setdefault(person.shared_inbox or person.inbox, person.id)
    for inbox in inboxes:
        if federation.is_suspended(tx, jobs.host_of(inbox)):
            continue
        key = f"{order_key}:{inbox}"
        jobs.deliver(tx, uri, inbox, PersonId(signer_id), jobs.host_of(inbox), key)


def local_actor(tx: Tx, person_id: int) -> Person:
    """A member here who signs; `GiveUp` when they are gone."""
    found = people.by_id(tx, person_id)
    if found is None or not found.local:
        raise kinds.GiveUp(f"{person_id} is nobody here")
    return found
