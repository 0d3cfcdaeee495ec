"""The second circle, at its author's server: friends are asked to carry (FEDERATION_EXTENSION §4.2, §4.8).

Each gets a ticket, for this request and for them alone; it lasts three days and is renewed while the flag is
up. The rest is theirs: who agreed and who was reached is never known here. Where a carrier lives on this
server, the same rules run without HTTP.
"""

from fedi_aid.actions import carry_consent, carrying
from fedi_aid.audience import engine
from fedi_aid.model.carrying import LEASE, OPEN_OF_ONE_AUTHOR, RENEW_BEFORE, RENEWED_AT_REST, TICKETS_OF_ONE
from fedi_aid.model.ids import PersonId, opaque
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import audience_rows, federation, ties
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs


def ask_to_carry(tx: Tx, post: Post, friend: Person, *, wave: int) -> bool:
    """Ask one friend to carry; False when they had been asked, when sixty were, or when three older requests
    of this author are open to the second circle. Their server gets a signed ticket."""
    if len(carry_rows.carriable_before(tx, post.author_id, post.id)) >= OPEN_OF_ONE_AUTHOR:
        return False
    if sum(one.kind == "carry" for one in ask_rows.asks_of(tx, post.id)) >= TICKETS_OF_ONE:
        return False
    ask_id = ask_rows.ask(
        tx,
        post.id,
        friend.id,
        "carry",
        uri=tx.house.new_activity(),
        wave=wave,
        ticket_uri=tx.house.new_ticket(),
        ticket_ends_at=tx.now + LEASE,
    )
    if ask_id is None:
        return False
    if friend.local:
        ask = next(one for one in ask_rows.asks_of(tx, post.id) if one.id == ask_id)
        carry_consent.ask_arrived(
            tx,
            uri=ask.uri,
            post_id=post.id,
            member_id=friend.id,
            kind="carry",
            ticket=None,
            ticket_uri=ask.ticket_uri,
            ends_at=tx.now + LEASE,
        )
    else:
        jobs.send_ask(tx, ask_id, post.id)
    return True


def renew(tx: Tx) -> None:
    """Renew tickets that end soon while their flag is up (FEDERATION_EXTENSION §4.8), those of a request that
    rests for 30 days (RULES R18); a periodic task."""
    resting_since = tx.now - tx.house.soon(RENEWED_AT_REST)
    for ask_id, _ in carry_rows.tickets_to_renew(tx, tx.now + RENEW_BEFORE, resting_since=resting_since):
        _renew_one(tx, ask_id)


def renew_tickets_of(tx: Tx, author_id: int) -> None:
    """Issue the tickets of an author anew: what carriers hold was signed with a key that is no more."""
    for ask_id, _ in carry_rows.living_tickets(tx, author_id):
        _renew_one(tx, ask_id)


def _renew_one(tx: Tx, ask_id: int) -> None:
    ask = federation.ask_of(tx, ask_id)
    friend = people_rows.by_id(tx, ask.person_id) if ask else None
    if ask is None or friend is None:
        return
    # It keeps its name: readers answer with the one that reached them, and that may be the one before.
    uri, ticket_uri, ends_at = tx.house.new_activity(), ask.ticket_uri, tx.now + LEASE
    ask_rows.change_ask(tx, ask_id, ticket_ends_at=ends_at, ticket=None, uri=uri)
    if not friend.local:
        jobs.send_ask(tx, ask_id, ask.post_id)
        return
    carry_consent.ask_arrived(
        tx,
        uri=uri,
        post_id=ask.post_id,
        member_id=friend.id,
        kind="carry",
        ticket_uri=ticket_uri,
        ends_at=ends_at,
    )


def withdraw_tickets(tx: Tx, author_id: int) -> None:
    """The author barred somebody: tickets of living leases do not know it, so they are withdrawn at once and
    made anew, under another name, at the next ordinary renewal (RULES R19)."""
    for ask_id, post_id in carry_rows.living_tickets(tx, author_id):
        ask = federation.ask_of(tx, ask_id)
        if ask is None or (old := ask.ticket_uri) is None:
            continue
        ask_rows.change_ask(tx, ask_id, ticket_uri=tx.house.new_ticket(), ticket=None)
        if not carry_consent.ask_undone(tx, old, author_id) and ask.ticket is not None:
            jobs.undo_ask(tx, ask_id, post_id, ticket_uri=old)


def end_carrying(tx: Tx, post: Post) -> None:
    """The level of a member's request went above 1: withdrawn everywhere (FEDERATION_EXTENSION §4.7), and by
    the tickets, so that the new words, which are not for the second circle, are neither signed nor
    forwarded."""
    for ask in ask_rows.asks_of(tx, post.id):
        if ask.kind == "carry" and ask.state not in ("withdrawn", "refused"):
            ask_rows.change_ask(tx, ask.id, state="withdrawn", closed_at=tx.now)
            if not carry_consent.ask_undone(tx, ask.uri, post.author_id):
                jobs.undo_ask(tx, ask.id, post.id)
    for carrier in {carrier for _, carrier, _, state in carry_rows.carried(tx, post.id) if state == "shown"}:
        carrying.stop(tx, post.id, carrier)
    post_rows.change(tx, post.id, signed_activity=None)


def withdraw_all(tx: Tx, me: int) -> None:
    """A member leaves: their requests leave the second circle everywhere, and so does what they carried for
    others (RULES R6)."""
    for ask_id, post_id in carry_rows.living_tickets(tx, me):
        ask_rows.change_ask(tx, ask_id, state="withdrawn", closed_at=tx.now)
        jobs.undo_ask(tx, ask_id, post_id)
    for post_id, carrier_id in carry_rows.carrying(tx, author_id=me):
        carrying.stop(tx, post_id, carrier_id)
    for post_id, _ in carry_rows.carrying(tx, carrier_id=me):
        carry_consent.withdraw(tx, me, post_id)


def admit_by_ticket(tx: Tx, person_id: PersonId, ticket_uri: str, note_uri: str) -> bool:
    """A reader elsewhere answers with the ticket that reached them: they hold the request, by their own word,
    and are no stranger (FEDERATION_EXTENSION §4.10). Only while the flag is up, only for that post, and for
    no more people than its tickets have seats, should somebody pass a ticket's name around."""
    ask = ask_rows.ask_by_uri(tx, ticket_uri)
    if ask is None or ask.kind != "carry" or ask.state == "withdrawn":
        return False
    post = post_rows.by_uri_of_a_request(tx, note_uri)
    if post is None or post.id != ask.post_id or not post.carriable:
        return False
    if person_id in ties.barred_ids(tx, post.author_id, [person_id]):
        return False
    tickets = sum(one.kind == "carry" for one in ask_rows.asks_of(tx, post.id))
    answered = sum(kind == "carried" for _, kind, _ in audience_rows.audience_of(tx, post.id))
    if answered >= tickets * engine.TICKET_SEATS[Intimacy(post.intimacy or 0)]:
        return False
    audience_rows.admit(
        tx, post.id, person_id, kind="carried", circle=2, opaque=opaque(), revision=post.revision
    )
    return True
