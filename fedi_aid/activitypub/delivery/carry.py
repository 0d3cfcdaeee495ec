"""Asks, tickets and carries on their way out (FEDERATION_EXTENSION §2, §4)."""

import hashlib
import hmac
from datetime import datetime, timedelta
from functools import partial
from html import escape
from typing import Any

from fedi_aid.actions import carrying, passing
from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import carried_files, carry_documents, documents
from fedi_aid.activitypub.builders import deletes, offers
from fedi_aid.activitypub.delivery import fan_out, outbox
from fedi_aid.errors import FediAidError, Refused
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import federation, people, posts, ties
from fedi_aid.storage import passing as passing_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage.federation import OpenAsk
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs, kinds
from fedi_aid.work.runner import Finish

PADDING = 4096
# A ticket begins a little before it is written, for servers whose clock is a little behind.
BEGAN = timedelta(minutes=5)


# -- the author's side


async def send_ask(instance: Instance, job: Job) -> Finish | None:
    """Job `send_ask`: an Offer to a fedi_aid peer, a direct message to a plain one."""
    return partial(_send_ask, job.args["ask_id"])


def _send_ask(ask_id: int, tx: Tx) -> None:
    ask = federation.ask_of(tx, ask_id)
    friend = people.by_id(tx, ask.person_id) if ask else None
    view = fan_out.own_view(tx, ask.post_id) if ask else None
    if ask is None or friend is None or view is None or ask.state in ("withdrawn", "refused"):
        return
    author = view.author
    if not view.post.flag_is_up or friend.local or not outbox.may_tell(tx, author.id, friend):
        return
    sent = federation.deliveries_of(tx, ask.post_id)
    if friend.id not in sent:
        fan_out.admit_asked(tx, ask.post_id, friend.id)
        fan_out.send_post(tx, view, friend)
    if not friend.speaks_fedi_aid:
        return
    ticket = _ticket_of(tx, ask, view.post, author, friend) if ask.kind == "carry" else None
    if ask.kind == "carry" and ticket is None:
        return
    written = None if ticket is None else documents.parse(ticket)
    activity = offers.ask(ask.uri, author.uri, view.post.uri, friend.uri, tx.now, written)
    uri = outbox.keep(tx, activity, author.id, ask.post_id)
    outbox.send(tx, uri, friend, author.id, order_key=f"note:{ask.post_id}:{friend.id}")


def _ticket_of(tx: Tx, ask: OpenAsk, post: Post, author: Person, carrier: Person) -> bytes | None:
    """The signed ticket of an ask to carry; signed once, and again when it was renewed. None where it cannot
    be: nobody is asked to carry for who has barred more people than a ticket can leave out."""
    if not post.carriable or ask.ticket_uri is None:
        return None
    if ask.ticket is not None and documents.text(documents.parse(ask.ticket), "id") == ask.ticket_uri:
        return ask.ticket
    ends = ask.ticket_ends_at or tx.now + carry_documents.MAX_LEASE
    try:
        ticket = sign_ticket(tx, ask.ticket_uri, post, author, carrier, ends)
    except Refused:
        return None
    ask_rows.change_ask(tx, ask.id, ticket=ticket)
    return ticket


def sign_ticket(tx: Tx, uri: str, post: Post, author: Person, carrier: Person, ends: datetime) -> bytes:
    """A ticket for one carrier and one note. Salt and padding depend on the author's key and the carrier
    alone, so that two tickets differ by nothing but what had to change (C13)."""
    level = post.intimacy or 0
    secret = _secret(tx, author.id)
    salt = hmac.digest(secret, f"salt|{author.uri}|{carrier.uri}".encode(), "sha256").hex()[:32]
    barred = ties.barred_uris(tx, author.id, limit=carry_documents.MOST_EXCLUDED + 1)
    began = tx.now - BEGAN
    ticket = carry_documents.build_ticket(
        id=uri,
        author=author.uri,
        note_id=post.uri,
        carrier=carrier.uri,
        level=level,
        seats=carry_documents.MAX_SEATS[level],
        salt=salt,
        exclude=carry_documents.exclusion_list(salt, barred, secret),
        published=began,
        ends=min(ends, began + carry_documents.MAX_LEASE).replace(microsecond=0),
    )
    return outbox.encode(outbox.signed(tx, ticket, author.id))


def _secret(tx: Tx, author_id: int) -> bytes:
    signing = people.signing_keys(tx, author_id)
    if signing is None:
        raise kinds.GiveUp(f"no keys of {author_id}")
    return hashlib.sha256(f"carry|{signing.ed25519_private_pem}".encode()).digest()


async def undo_ask(instance: Instance, job: Job) -> Finish | None:
    """Job `undo_ask`: an ask is withdrawn; a ticket is deleted by a signed word of the author."""
    return partial(_undo_ask, job.args["ask_id"], job.args.get("ticket_uri"))


def _undo_ask(ask_id: int, given_up: str | None, tx: Tx) -> None:
    ask = federation.ask_of(tx, ask_id)
    friend = people.by_id(tx, ask.person_id) if ask else None
    origin = federation.origin_of(tx, ask.post_id) if ask else None
    if ask is None or friend is None or origin is None or friend.local or not friend.speaks_fedi_aid:
        return
    author = outbox.local_actor(tx, origin.author_id)
    uri = tx.house.new_activity()
    ticket_uri = given_up or ask.ticket_uri
    if ask.kind == "carry" and ticket_uri is not None:
        activity = deletes.delete_ticket(uri, author.uri, ticket_uri, friend.uri)
        activity = outbox.signed(tx, activity, author.id)
    else:
        activity = offers.undo(uri, author.uri, ask.uri, friend.uri)
    kept = outbox.keep(tx, activity, author.id, ask.post_id)
    outbox.send(tx, kept, friend, author.id, order_key=f"note:{ask.post_id}:{friend.id}")


async def answer_ask(instance: Instance, job: Job) -> Finish | None:
    """Job `answer_ask`: a member's explicit no, for the author's butler."""
    return partial(_answer_ask, job.args["received_ask_id"])


def _answer_ask(received_id: int, tx: Tx) -> None:
    asked = received_rows.received(tx, received_id)
    origin = federation.origin_of(tx, asked.post_id) if asked else None
    author = people.by_id(tx, origin.author_id) if origin else None
    if asked is None or author is None or author.local:
        return
    member = outbox.local_actor(tx, asked.member_id)
    activity = offers.reject(tx.house.new_activity(), member.uri, asked.uri, author.uri)
    uri = outbox.keep(tx, activity, member.id, asked.post_id)
    outbox.send(tx, uri, author, member.id, order_key=f"ask:{asked.id}")


# -- the carrier's side


async def carry_spread(instance: Instance, job: Job) -> Finish | None:
    """Job `carry_spread`: a member agreed to carry; their engine chooses, and Offers go out."""
    args = job.args
    return partial(_spread, PostId(args["post_id"]), PersonId(args["carrier_id"]), args.get("renewed", False))


def _spread(post_id: PostId, carrier_id: PersonId, renewed: bool, tx: Tx) -> None:
    carrying.spread(tx, post_id, carrier_id, partial(_terms, tx.now), renewed=renewed)


def _terms(now: datetime, ticket: bytes) -> carrying.Terms | None:
    """None for a ticket that cannot be read, or has ended."""
    try:
        read = carry_documents.read_ticket(documents.parse(ticket), now)
    except FediAidError:
        return None
    return carrying.Terms(seats=read.seats, excluded=partial(carry_documents.excluded, read))


async def carry_on(instance: Instance, job: Job) -> Finish | None:
    """Job `carry_on`: the carrier's Offer to one of their own friends elsewhere."""
    args = job.args
    return partial(_carry_on, PostId(args["post_id"]), PersonId(args["carrier_id"]), args["person_id"])


def _carry_on(post_id: PostId, carrier_id: PersonId, person_id: int, tx: Tx) -> None:
    """The author's signed word and the ticket, unchanged, in the carrier's name; to fedi_aid peers only."""
    carrier, person = outbox.local_actor(tx, carrier_id), people.by_id(tx, person_id)
    post = posts.get(tx, carrier_id, post_id)
    offer_uri = next(
        (
            uri
            for uri, _, who, state in carry_rows.carried(tx, post_id, carrier_id)
            if who == person_id and state == "shown"
        ),
        None,
    )
    if person is None or post is None or offer_uri is None or not post.carriable:
        return
    if not person.speaks_fedi_aid or not ties.are_friends(tx, carrier_id, person.id):
        return
    request, ticket = _request_bytes(tx, post), _ticket_for(tx, post, carrier)
    if request is None or ticket is None or not outbox.may_tell(tx, carrier_id, person):
        return
    offer = carry_documents.build_carry_offer(
        id=offer_uri,
        carrier=carrier.uri,
        recipient=person.uri,
        document=documents.parse(request),
        ticket=documents.parse(ticket),
        published=tx.now,
        introduction=_word(tx, post_id, carrier_id, person.id),
        attachments=carried_files.attachments(tx, post, carrier_id, person_id),
    )
    body = padded(outbox.encode(outbox.signed(tx, offer, carrier.id)))
    outbox.keep_bytes(tx, body, offer_uri, "Offer", carrier.id, post_id)
    outbox.send(tx, offer_uri, person, carrier.id, order_key=_order(post_id, carrier_id, person.id))


def _word(tx: Tx, post_id: int, carrier_id: int, person_id: int) -> str | None:
    """The carrier's own word to somebody whom they named."""
    passed = passing_rows.between(tx, post_id, carrier_id, person_id)
    return f"<p>{escape(passed.word)}</p>" if passed is not None and passed.word else None


async def pass_to_one(instance: Instance, job: Job) -> Finish | None:
    """Job `pass_to_one`: a member named a friend to whom a request goes (RULES R22)."""
    return partial(_pass_to_one, job.args["passed_id"])


def _pass_to_one(passed_id: int, tx: Tx) -> None:
    passing.go(tx, passed_id, partial(_terms, tx.now))


def _order(post_id: int, carrier_id: int, person_id: int) -> str:
    return f"carried:{post_id}:{carrier_id}:{person_id}"


def padded(body: bytes) -> bytes:
    """White space to the next multiple of 4 KB, so that a size tells little (C21)."""
    return body + b" " * (-len(body) % PADDING)


def _request_bytes(tx: Tx, post: Post) -> bytes | None:
    """The author's latest signed Create or Update; of a member here it is signed now if it was not yet."""
    view = fan_out.own_view(tx, post.id)
    return fan_out.ensure_signed(tx, view) if view else posts.signed_activity(tx, post.id)


def _ticket_for(tx: Tx, post: Post, carrier: Person) -> bytes | None:
    """The ticket this carrier holds; one of a member here is signed when it is first needed elsewhere."""
    for asked in received_rows.received_for(tx, post.id, carrier.id, "carry"):
        ended = asked.ends_at is not None and asked.ends_at <= tx.now
        if asked.state not in ("accepted", "passed") or ended:
            continue
        if asked.ticket is not None:
            return asked.ticket
        ask = federation.ask_of_ticket(tx, asked.ticket_uri) if asked.ticket_uri else None
        author = people.by_id(tx, post.author_id)
        if ask is not None and author is not None and author.local:
            return _ticket_of(tx, ask, post, author, carrier)
    return None


async def forward(instance: Instance, job: Job) -> Finish | None:
    """Job `forward`: the author's signed Update or Delete, byte for byte, to those a member carried to."""
    args = job.args
    return partial(_forward, args["post_id"], PersonId(args["carrier_id"]), args["body_uri"])


def _forward(post_id: int, carrier_id: PersonId, body_uri: str, tx: Tx) -> None:
    sent = federation.sent_activity(tx, body_uri)
    if sent is None or sent.body is None:
        return
    over = sent.kind == "Delete"
    for _, _, person_id, state in carry_rows.carried(tx, post_id, carrier_id):
        person = people.by_id(tx, person_id)
        if person is not None and (over or state == "shown"):
            key = _order(post_id, carrier_id, person_id)
            outbox.send(tx, body_uri, person, carrier_id, order_key=key)


async def undo_carry(instance: Instance, job: Job) -> Finish | None:
    """Job `undo_carry`: take back the Offers a member here made for one request."""
    return partial(_undo_carry, job.args["post_id"], PersonId(job.args["carrier_id"]))


def _undo_carry(post_id: int, carrier_id: PersonId, tx: Tx) -> None:
    carrier = outbox.local_actor(tx, carrier_id)
    for offer_uri, _, person_id, state in carry_rows.carried(tx, post_id, carrier_id):
        person = people.by_id(tx, person_id)
        if state == "shown" or person is None or person.local:
            continue
        if federation.sent_activity(tx, offer_uri) is None:
            continue  # it never left
        activity = offers.undo(tx.house.new_activity(), carrier.uri, offer_uri, person.uri)
        uri = outbox.keep(tx, activity, carrier.id, post_id)
        outbox.send(tx, uri, person, carrier.id, order_key=_order(post_id, carrier_id, person_id))


def pass_on(tx: Tx, body: bytes, uri: str, kind: str, author_id: int, post_id: int) -> None:
    """A signed word of an author elsewhere arrived: whoever here carries the request passes it on."""
    carriers: dict[PersonId, Any] = {carrier: None for _, carrier, _, _ in carry_rows.carried(tx, post_id)}
    if not carriers:
        return
    outbox.keep_bytes(tx, body, uri, kind, author_id, post_id)
    for carrier_id in carriers:
        jobs.forward(tx, PostId(post_id), carrier_id, uri)
