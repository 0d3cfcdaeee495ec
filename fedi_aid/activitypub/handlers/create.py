"""Create of a note: to a personal inbox for its owner; to the shared one for the public and those named."""

from typing import Any

from fedi_aid.actions import polls as poll_actions
from fedi_aid.actions import receiving
from fedi_aid.activitypub import notes, polls
from fedi_aid.activitypub.arrived import Arrived
from fedi_aid.activitypub.documents import PUBLIC, link, links, same_origin, text
from fedi_aid.activitypub.signatures import proofs
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.signers import proof_keys
from fedi_aid.errors import Refused
from fedi_aid.model.people import Person
from fedi_aid.storage.tx import Tx


def note(tx: Tx, arrived: Arrived) -> None:
    author = arrived.actor()
    owner = arrived.inbox_of
    if _is_vote(tx, arrived, author):
        return
    incoming = notes.read_note(
        tx,
        arrived.object(),
        author,
        for_id=owner.id if owner else None,
        raw=proven_bytes(tx, arrived, author),
    )
    receiving.receive(tx, incoming, for_id=owner.id if owner else None)


def _is_vote(tx: Tx, arrived: Arrived, author: Person) -> bool:
    """A note that only names an option of a poll is a vote, and never shown. One that says so to everybody
    does not count (A16): votes are between the voter and the author."""
    written = arrived.object()
    found = polls.vote_of(written)
    if found is None:
        return False
    question, option = found
    uri = text(written, "id")
    if link(written, "attributedTo") != author.uri or not same_origin(uri, author.uri) or uri is None:
        raise Refused("This vote is somebody else's.", log="vote by another than its actor")
    if PUBLIC in links(written, "to") + links(written, "cc"):
        raise Refused("A vote is not for everybody.", log="public vote")
    poll_actions.receive_vote(tx, author.id, question, option, uri)
    return True


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
