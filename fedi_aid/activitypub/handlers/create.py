"""Create of a note: to a personal inbox for its owner; to the shared one for the public and those named."""

from typing import Any

from fedi_aid.actions import receiving
from fedi_aid.activitypub import notes
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.signatures import proofs
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.signers import proof_keys
from fedi_aid.model.people import Person
from fedi_aid.storage.tx import Tx


def note(tx: Tx, arrived: Arrived) -> None:
    author = arrived.actor()
    owner = arrived.inbox_of
    incoming = notes.read_note(
        tx,
        arrived.object(),
        author,
        for_id=owner.id if owner else None,
        raw=proven_bytes(tx, arrived, author),
    )
    receiving.receive(tx, incoming, for_id=owner.id if owner else None)


def proven_bytes(tx: Tx, arrived: Arrived, author: Person) -> bytes | None:
    """The activity byte for byte when it carries a good proof of its author: only that may be carried on
    (RULES R18, J14). A proof that does not hold is as good as none."""
    written: dict[str, Any] = arrived.written
    if "proof" not in written:
        return None
    try:
        proofs.verify(written, proof_keys(tx), tx.now, owner=author.uri)
    except BadSignature:
        return None
    return arrived.body
