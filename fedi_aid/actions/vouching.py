"""A request whose author nobody here has met: its carrier vouches for it until they are looked up (R20).

Until then its author is a name and an address that a friend of the reader gave: no keys, no inbox, no
picture. Promises held here: that name never becomes, replaces or hides somebody who is known; nothing that a
reader does reaches the author's server before it was asked, and nothing at all if the word was false.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from fedi_aid.actions import carried_posts, erasing
from fedi_aid.model.ids import PersonId
from fedi_aid.model.names import clean_username
from fedi_aid.model.people import Person
from fedi_aid.model.posts import Post
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import domain_rules, federation, ties, vouching
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs

# After a false word a carrier's requests by strangers wait for the look-up before they are shown.
WORD_COUNTS_AGAIN: Final = timedelta(days=30)


def is_believed(tx: Tx, carrier_id: int) -> bool:
    """Whether a carrier's word is enough to show a stranger's request before it is checked."""
    return not vouching.was_false(tx, carrier_id, WORD_COUNTS_AGAIN)


def stand_in(tx: Tx, uri: str) -> Person | None:
    """Who a carrier says has written something: by address alone, and never in anybody's place.

    None where that address or the name in it belongs to somebody already, or did.
    """
    known = people_rows.by_uri_or_vouched(tx, uri)
    if known is not None:
        return known if known.vouched_at is not None else None
    host = jobs.host_of(uri)
    if tx.house.owns(uri):
        return None
    name = clean_username(unquote(urlsplit(uri).path.rstrip("/").rpartition("/")[2]))
    if not name or not host or federation.has_departed(tx, uri):
        return None
    if people_rows.by_handle_or_vouched(tx, name, host) is not None:
        return None
    limited = {"limited_at": tx.now, "limited_with": "domain"} if domain_rules.is_limited(tx, host) else {}
    people_rows.insert(
        tx, uri=uri, username=name, domain=host, url=uri, locked=True, vouched_at=tx.now, **limited
    )
    return people_rows.by_uri_or_vouched(tx, uri)


def found_true(tx: Tx, post: Post) -> None:
    """Its author wrote it: what members here did meanwhile is sent; who may not see them loses it."""
    for lease in carry_rows.leases_of(tx, post.id):
        reader = lease.person_id
        # By a name or a server that only the look-up has told; a mute or report is for what comes (RULES R6).
        barred = ties.is_blocked_either_way(tx, reader, post.author_id) or ties.mutes_domain_of(
            tx, reader, post.author_id
        )
        if lease.state != "ended" and (barred or ties.are_friends(tx, reader, post.author_id)):
            carried_posts.hide(tx, post_id=post.id, carrier_id=lease.carrier_id, person_id=reader)
    for answer_id in vouching.answers(tx, post.id, post.author_id):
        jobs.fan_out(tx, answer_id, "create")
    for member_id, uri in vouching.likes(tx, post.id):
        jobs.tell_reaction(tx, "like", member_id, post.id, uri)
    for member_id, uri, word in vouching.wishes(tx, post.author_id):
        jobs.tell_tie(tx, "follow", member_id, post.author_id, uri, word)
    tx.announce("changed", post_id=post.id)


def found_false(tx: Tx, author_uri: str, note_uri: str, *, offer_uri: str, carrier_id: int) -> bool:
    """It could not be shown that its author wrote it: who was shown it by this Offer loses it, and with the
    last of them it is gone. Members keep their answers, and nothing is sent. Whether anything was taken.
    """
    ended = carried_posts.hide(tx, carrier_id=carrier_id, offer_uri=offer_uri)
    author = people_rows.by_uri_or_vouched(tx, author_uri)
    post = post_rows.by_uri_of_author(tx, note_uri, author.id) if author else None
    if author is None or post is None or post.vouched_at is None or vouching.living_leases(tx, post.id):
        return ended > 0
    erasing.erase(tx, post.id)
    vouching.free_uri(tx, post.id, post.uri)
    if author.vouched_at is not None and not vouching.unproven_of(tx, author.id):
        _forget(tx, author)
    return True


def _forget(tx: Tx, author: Person) -> None:
    """Nobody of this name was found: the name and the address are free again."""
    for member_id, _, _ in vouching.wishes(tx, author.id):
        ties.drop_follow(tx, member_id, author.id)
    people_rows.change(
        tx,
        author.id,
        deleted_at=tx.now,
        username=f"{author.username}~{author.id}",
        uri=f"{author.uri}#unproven-{author.id}",
    )


def hide_by(tx: Tx, note_uri: str, author_uri: str, carrier_id: PersonId) -> bool:
    """A carrier says that a request they brought is over. That cannot be checked yet, and hiding is safe:
    who saw it through them loses it. Whether there was such a request."""
    author = people_rows.by_uri_or_vouched(tx, author_uri)
    post = post_rows.by_uri_of_author(tx, note_uri, author.id) if author else None
    if post is None or post.vouched_at is None:
        return False
    carried_posts.hide(tx, post_id=post.id, carrier_id=carrier_id)
    return True
