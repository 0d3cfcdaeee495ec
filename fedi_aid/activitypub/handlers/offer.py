"""Offer: a friend asks to help or to carry (§2, §4.2), or brings a request of a friend of theirs (§4.4).

Whatever becomes of it, its sender has had the same 202 (C12).
"""

import json
from typing import Any

import msgspec

from fedi_aid.actions import carried_posts, carry_consent, receiving, vouching
from fedi_aid.activitypub import carried_files, carry_documents, documents, notes
from fedi_aid.activitypub.arrived import Arrived, UnknownAuthor
from fedi_aid.activitypub.carry_documents import Carried, Dropped
from fedi_aid.activitypub.signatures import proofs
from fedi_aid.activitypub.signers import proof_keys
from fedi_aid.errors import Refused
from fedi_aid.model.people import CARRY_ABILITY, Person
from fedi_aid.model.posts import Post
from fedi_aid.model.text import plain
from fedi_aid.storage import asks, federation, people, posts, ties, tombstones
from fedi_aid.storage import carried_files as storage_files
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage.federation import Received
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def ask(tx: Tx, arrived: Arrived) -> None:
    """By a friend of this inbox's owner (C19), about a post of their own that the owner was sent."""
    author, member = arrived.actor(), _owner(arrived)
    note_uri = arrived.object_uri()
    if documents.link(arrived.activity, "target") != member.uri:
        raise Refused("This asks somebody else.", log="ask with another target")
    post = posts.by_uri(tx, member.id, note_uri)
    if post is None or post.author_id != author.id or not ties.are_friends(tx, member.id, author.id):
        raise Refused("This is not asked by a friend.", log="ask by no friend, or about no post of theirs")
    if not carry_rows.see_offer(tx, arrived.uri):
        return
    ticket = arrived.written.get("instrument")
    if ticket is None:
        carry_consent.ask_arrived(tx, uri=arrived.uri, post_id=post.id, member_id=member.id, kind="help")
    elif isinstance(ticket, dict):
        _carry_asked(tx, arrived, post, author, member, ticket)


def _carry_asked(
    tx: Tx, arrived: Arrived, post: Post, author: Person, member: Person, ticket: dict[str, Any]
) -> None:
    """With a ticket that the author signed for this very carrier and note (C03)."""
    proofs.verify(ticket, proof_keys(tx), tx.now, owner=author.uri)
    read = carry_documents.read_ticket(ticket, tx.now)
    if (read.carrier, read.note_id, read.author) != (member.uri, post.uri, author.uri):
        raise Refused("This ticket is for something else.", log="ticket for another carrier or note")
    if not post.has_proof:
        raise Refused("This request was not signed.", log="asked to carry what has no proof")
    carried_files.gather(tx, post)
    carry_consent.ask_arrived(
        tx,
        uri=arrived.uri,
        post_id=post.id,
        member_id=member.id,
        kind="carry",
        ticket=_bytes(ticket),
        ticket_uri=read.id,
        ends_at=read.ends,
    )


def carried(tx: Tx, arrived: Arrived) -> None:
    """The steps of FEDERATION_EXTENSION §4.5; (3), (9), (10) and (12) are `actions.carried_posts.show`.

    Of an author who was not known when it came this is done twice: on the carrier's word, and when the author
    has been looked up (RULES R20)."""
    member = _owner(arrived)
    author_uri = documents.text(arrived.written.get("instrument"), "attributedTo") or ""
    author = people.by_uri(tx, author_uri)
    # Before the proofs: a stranger must not be able to have an author's server asked for keys.
    if not ties.are_friends(tx, member.id, arrived.signer.id):
        raise Dropped("brought by no friend")
    if federation.is_suspended(tx, jobs.host_of(author_uri)):
        raise Dropped("the author's server is suspended (C18)")
    found = carry_documents.verify_carry(
        arrived.written,
        signer=arrived.signer.uri,
        recipient_id=member.uri,
        keys=proof_keys(tx),
        # The second look is at what was true when it came: how long it may be shown is its lease's to say.
        now=arrived.received.created_at if arrived.looked_up else tx.now,
        allow_unknown_author=author is None,
    )
    carried_files.want(tx, arrived.written, arrived.signer)
    try:
        with tx.undone_alone():
            _judge(tx, arrived, found, author, member)
    except Dropped as refusal:
        if arrived.looked_up:
            raise  # the look-up acts on it
        arrived.refused.append(refusal)  # and what was asked for above is fetched all the same (C12)


def want_pictures(tx: Tx, received: Received) -> None:
    """What waits for its author's look-up is asked for as early as what does not (C12)."""
    carrier = people.by_uri(tx, received.signer_uri)
    if received.kind != "Offer" or received.inbox_of is None or carrier is None:
        return
    if ties.are_friends(tx, received.inbox_of, carrier.id):
        carried_files.want(tx, documents.parse(received.body or b"{}"), carrier)


def _judge(tx: Tx, arrived: Arrived, found: Carried, author: Person | None, member: Person) -> None:
    """What only this server knows: `Dropped`, or shown, or held."""
    if tombstones.any_of(tx, [found.note_id, found.ticket.id], found.author):
        raise Dropped("deleted before")
    if carry_documents.excluded(found.ticket, member.uri):
        raise Dropped("perhaps excluded by the author")
    if author is None:
        _vouched_for(tx, arrived, found, member)
    elif carry_rows.see_offer(tx, arrived.uri):
        if found.ticket.ends <= tx.now:
            raise Dropped("the lease has ended")
        _show(tx, arrived, found, author, member)
    elif arrived.looked_up:
        _proven(tx, found, author)
    else:
        raise Dropped("an offer seen before (step 4)")
    storage_files.give(tx, found.note_id)


def _vouched_for(tx: Tx, arrived: Arrived, found: Carried, member: Person) -> None:
    """By somebody who was never met here: shown on the carrier's word, and looked up later (RULES R20).

    `UnknownAuthor` where it cannot be shown so: then all of this is undone, and it waits for the look-up.
    """
    if arrived.looked_up:
        raise Dropped("its author could not be had")
    if not vouching.is_believed(tx, arrived.signer.id):
        raise UnknownAuthor(found.author)
    if not carry_rows.see_offer(tx, arrived.uri):
        raise Dropped("an offer seen before (step 4)")
    author = vouching.stand_in(tx, found.author)
    post = _stored_unproven(tx, found, author) if author is not None else None
    if post is None:
        raise UnknownAuthor(found.author)
    _bring(tx, arrived, found, post, member)
    held = carry_rows.leases_of(tx, post.id, person_id=member.id, carrier_id=arrived.signer.id)
    if all(lease.offer_uri != found.offer_id or lease.state == "ended" for lease in held):
        raise UnknownAuthor(found.author)
    arrived.later.append(found.author)


def _stored_unproven(tx: Tx, found: Carried, author: Person) -> Post | None:
    """The words alone: no picture, no conversation, nobody named, no page of the author's. None where another
    version of the request, or another post, has this id already: only proofs decide between them."""
    raw = _bytes(found.document)
    known = posts.by_uri_of_author(tx, found.note_id, author.id)
    if known is not None:
        same = known.vouched_at is not None and posts.signed_activity(tx, known.id) == raw
        return known if same else None
    if posts.uri_is_taken(tx, found.note_id):
        return None
    # Who is carried speaks the extension: without that it could not be read as a request.
    speaker = msgspec.structs.replace(author, implements=(CARRY_ABILITY,))
    incoming = notes.read_note(tx, documents.normalised(found.note), speaker, raw=raw)
    if incoming.reach != "chosen":
        raise Dropped("what is carried is not an engine-chosen post of another server")
    words_alone = receiving.IncomingPost(
        uri=incoming.uri,
        author_id=author.id,
        reach="chosen",
        html=incoming.html,
        created_at=incoming.created_at,
        summary=incoming.summary,
        sensitive=incoming.sensitive,
        language=incoming.language,
        tags=incoming.tags,
        intimacy=incoming.intimacy,
        help_flag=incoming.help_flag,
        revision=incoming.revision,
        from_fedi_aid=True,
        raw=raw,
        paid=incoming.paid,
        interest=incoming.interest,
    )
    post = receiving.store(tx, words_alone, None)
    posts.change(tx, post.id, vouched_at=tx.now)
    return posts.by_uri_of_author(tx, found.note_id, author.id)


def _proven(tx: Tx, found: Carried, author: Person) -> None:
    """What was shown on the carrier's word is its author's."""
    post = posts.by_uri_of_author(tx, found.note_id, author.id)
    if post is None:
        return
    if post.vouched_at is not None:
        post = receiving.restate(tx, post, _incoming(tx, found, author))
    vouching.found_true(tx, post)


def not_proven(tx: Tx, received: Received) -> bool:
    """The second look failed: whoever was shown this on the carrier's word loses it."""
    written = documents.parse(received.body or b"{}")
    carrier = people.by_uri(tx, received.signer_uri)
    ticket, offer_uri = written.get("instrument"), documents.text(written, "id")
    author, note = documents.text(ticket, "attributedTo"), documents.text(ticket, "object")
    if carrier is None or author is None or note is None or offer_uri is None or received.kind != "Offer":
        return False
    return vouching.found_false(tx, author, note, offer_uri=offer_uri, carrier_id=carrier.id)


def _show(tx: Tx, arrived: Arrived, found: Carried, author: Person, member: Person) -> None:
    post = _stored(tx, found, author)
    if post is None or post.author_id != author.id:
        raise Dropped("its id belongs to something else")
    _bring(tx, arrived, found, post, member)


def _bring(tx: Tx, arrived: Arrived, found: Carried, post: Post, member: Person) -> None:
    carried_posts.show(
        tx,
        post=post,
        carrier_id=arrived.signer.id,
        member_id=member.id,
        offer_uri=found.offer_id,
        ticket_uri=found.ticket.id,
        seats=found.ticket.seats,
        ends_at=found.ticket.ends,
        word=plain(found.introduction or "")[:500],
    )


def _stored(tx: Tx, found: Carried, author: Person) -> Post | None:
    """The request at the newest revision known here; nobody may read it yet by this alone.

    Only the author's signed documents are read (J13): nothing of the carrier's becomes the author's.
    """
    if author.local:
        return _our_own(tx, found, author)
    incoming = _incoming(tx, found, author)
    known = posts.by_uri_of_author(tx, found.note_id, author.id)
    if known is not None:
        if found.revision > known.revision or known.vouched_at is not None:
            receiving.receive_edit(tx, incoming)
        return posts.by_uri_of_author(tx, found.note_id, author.id)
    if posts.uri_is_taken(tx, found.note_id):
        return None
    return receiving.store(tx, incoming, None)


def _our_own(tx: Tx, found: Carried, author: Person) -> Post:
    """A friend elsewhere brings a request of one member here to another: the same rules, and it is known here
    which tickets were taken back, and what the author said last (RULES R1)."""
    post = posts.by_uri_of_author(tx, found.note_id, author.id)
    ask = asks.ask_by_uri(tx, found.ticket.id)
    if post is None or found.revision != post.revision:
        raise Dropped("not the latest word of a member here")
    if ask is None or ask.state == "withdrawn":
        raise Dropped("a ticket that was taken back")
    return post


def _incoming(tx: Tx, found: Carried, author: Person) -> receiving.IncomingPost:
    incoming = notes.read_note(tx, documents.normalised(found.note), author, raw=_bytes(found.document))
    if incoming.reach != "chosen":
        raise Dropped("what is carried is not an engine-chosen post of another server")
    return incoming


def _owner(arrived: Arrived) -> Person:
    if arrived.inbox_of is None:
        raise Refused("An offer is made to one person.", log="offer at the shared inbox")
    return arrived.inbox_of


def _bytes(document: dict[str, Any]) -> bytes:
    """A signed document cut out of another: its canonical form, and so its proof, is the same (J14)."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
