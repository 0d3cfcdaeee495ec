"""The signed carry as documents: building and checking, without network or database.

Alice (the author) gives Frank (the carrier) a signed ticket; Frank's server puts it, with her whole signed
request, into an `Offer` to Grace (the recipient). Whoever reads here is Grace's server. Everything used later
is taken from the documents that were verified (J13), and every id is a plain string: these are our own
documents, so other shapes of the same meaning are not accepted.

What needs storage is done by the handler, in the order of the specification: whether the carrier is a friend
(C01), new ids, blocks, tombstones, budgets, seats taken, two carriers at level 1 (C10), who may forward
(C09).
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from fedi_aid.activitypub import documents, extension
from fedi_aid.activitypub.documents import moment, origin, same_origin, strict_int, text
from fedi_aid.activitypub.signatures import proofs
from fedi_aid.activitypub.signatures.refusals import BadSignature, UnknownKey
from fedi_aid.errors import FediAidError, Refused

MAX_LEASE: Final = timedelta(hours=72)
CARRIED_LEVELS: Final = (0, 1)
# How many people one carrier may show a request to, by its level.
MAX_SEATS: Final = {0: 50, 1: 5}
# RULES R19: how many numbers, of how many bits; a stranger matches by chance once in 32.
EXCLUSION_SIZES: Final = ((32, 10), (128, 12), (512, 14))
_BITS: Final = dict(EXCLUSION_SIZES)
MOST_EXCLUDED: Final = EXCLUSION_SIZES[-1][0]
MAX_SALT: Final = 64
MAX_INTRODUCTION: Final = 5_000


class Dropped(FediAidError):
    """A carry that is not accepted. `reason` is for the log; the sender gets the same 202 as always (C12).

    Only with `unauthorized` the answer is 401: the sender of the request is not the carrier.
    """

    def __init__(self, reason: str, *, unauthorized: bool = False) -> None:
        super().__init__("This could not be passed on.", log=reason)
        self.reason = reason
        self.unauthorized = unauthorized


class Unproven(Dropped):
    """The author's proof does not hold with the key that is known: perhaps they have another now (X05)."""

    def __init__(self, reason: str, author: str) -> None:
        super().__init__(reason)
        self.author = author


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A lease that one author gave one carrier for one note. `exclude` holds short hashes (RULES R19)."""

    id: str
    author: str
    note_id: str
    carrier: str
    seats: int
    salt: str
    exclude: tuple[int, ...]
    published: datetime
    ends: datetime


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A verified carry. `document` is the author's whole signed Create or Update, `note` its object.

    `author_keys` are the ids of the keys that signed request and ticket (two after a rotation).
    `author_proven` is False when one of them was not known: then the note is only "vouched for" by the
    carrier until the same check succeeds with the key (RULES R20). `introduction` is the carrier's own word,
    never the author's.
    """

    offer_id: str
    carrier: str
    recipient: str
    introduction: str | None
    author: str
    note_id: str
    revision: int
    level: int
    hashtags: tuple[str, ...]
    ticket: Ticket
    document: dict[str, Any]
    note: dict[str, Any]
    author_keys: tuple[str, str]
    author_proven: bool


class Forwarded(msgspec.Struct, frozen=True, kw_only=True):
    """A verified Update or Delete by the author. `object_id` is the note, or for a Delete perhaps a ticket.

    `ends` says that nobody may be shown the request any longer: deleted, lowered, or its level above 1.
    """

    kind: Literal["Update", "Delete"]
    object_id: str
    revision: int | None
    ends: bool
    note: dict[str, Any] | None


# --- building --------------------------------------------------------------------------------------------


def build_ticket(
    *,
    id: str,
    author: str,
    note_id: str,
    carrier: str,
    level: int,
    seats: int,
    salt: str,
    exclude: Sequence[int],
    published: datetime,
    ends: datetime,
) -> dict[str, Any]:
    """An unsigned ticket; ValueError for a level, number of seats, lease or exclusion that no reader accepts.

    `salt` must be the same for every ticket of one author to one carrier, and `exclude` come from
    `exclusion_list` with that salt (C13).
    """
    if level not in CARRIED_LEVELS or not 1 <= seats <= MAX_SEATS[level]:
        raise ValueError("a ticket is for level 0 or 1, with 1 to 50 or 5 seats")
    if not timedelta(0) < ends - published <= MAX_LEASE:
        raise ValueError("a lease lasts up to 72 hours")
    if not salt or len(salt) > MAX_SALT or not _is_exclusion(exclude):
        raise ValueError("no good salt or exclusion list")
    return {
        "@context": extension.CONTEXT,
        "id": id,
        "type": extension.CARRY_TICKET,
        "attributedTo": author,
        "object": note_id,
        "target": carrier,
        extension.SEATS: seats,
        extension.SALT: salt,
        extension.EXCLUDE: list(exclude),
        "published": _stamp(published),
        "endTime": _stamp(ends),
    }


def build_carry_offer(
    *,
    id: str,
    carrier: str,
    recipient: str,
    document: dict[str, Any],
    ticket: dict[str, Any],
    published: datetime,
    introduction: str | None = None,
    attachments: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """An unsigned Offer from the carrier to one recipient, around the author's two signed documents.

    `document` and `ticket` are put in exactly as they were received; `introduction` is HTML in the
    carrier's name; `attachments` say where the carrier's server has the files that the document names.
    """
    offer: dict[str, Any] = {
        "@context": extension.CONTEXT,
        "id": id,
        "type": "Offer",
        "actor": carrier,
        "to": [recipient],
        "target": recipient,
        "object": document,
        "instrument": ticket,
        "published": _stamp(published),
    }
    if introduction is not None:
        offer["content"] = introduction
    if attachments:
        offer["attachment"] = list(attachments)
    return offer


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- deniable exclusions (RULES R19) ---------------------------------------------------------------------


def short_hash(salt: str, actor_id: str, bits: int = 10) -> int:
    """The first `bits` bits of SHA-256 over the text `<salt>|<actor id>` in UTF-8, as a number."""
    whole = hashlib.sha256(f"{salt}|{actor_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(whole[:4], "big") >> (32 - bits)


def exclusion_list(salt: str, blocked_actor_ids: Iterable[str], padding_key: bytes) -> list[int]:
    """32, 128 or 512 different numbers, sorted: the blocked ones and stable pseudo-random padding.

    The smallest size that fits is taken. The padding is one fixed sequence per key and salt, so that a ticket
    made later differs only by what had to change (C13). `Refused` above 512 blocked people: a list that
    leaves some of them out would be a leak.
    """
    blocked = frozenset(blocked_actor_ids)
    for size, bits in EXCLUSION_SIZES:
        if len(blocked) > size:
            continue
        numbers = {short_hash(salt, actor_id, bits) for actor_id in blocked}
        counter = 0
        while len(numbers) < size:
            mark = f"{salt}|{bits}|{counter}".encode("utf-8", "surrogatepass")
            drawn = hmac.digest(padding_key, mark, "sha256")
            numbers.add(int.from_bytes(drawn[:4], "big") >> (32 - bits))
            counter += 1
        return sorted(numbers)
    raise Refused("You have blocked too many people for this request to be passed on by friends.")


def excluded(ticket: Ticket, actor_id: str) -> bool:
    """Whether the author may have excluded this person; true by chance for one person in 32."""
    return short_hash(ticket.salt, actor_id, _BITS[len(ticket.exclude)]) in ticket.exclude


def _is_exclusion(numbers: object) -> bool:
    if not isinstance(numbers, list | tuple) or len(numbers) not in _BITS:
        return False
    limit = 1 << _BITS[len(numbers)]
    return all(type(number) is int and 0 <= number < limit for number in numbers)


# --- checking a carry ------------------------------------------------------------------------------------


def verify_carry(
    offer: dict[str, Any],
    *,
    signer: str,
    recipient_id: str,
    keys: proofs.KeyLookup,
    now: datetime,
    allow_unknown_author: bool = False,
) -> Carried:
    """The steps of a carry that need no storage: (1), (2), (4) without newness, (5)–(8).

    `offer` is as `documents.parse` gave it, `signer` the actor whose HTTP signature held, `recipient_id` the
    owner of the personal inbox. `keys` gives a key by its id with the actor that lists it. With
    `allow_unknown_author` (only when no actor of the author is cached) a key of the author that is not known
    makes `author_proven` False instead of dropping; the carrier's key must be known always. `Dropped`
    otherwise, and nothing else is raised, whatever the shapes (C05, C06).
    """
    ticket, document = offer.get("instrument"), offer.get("object")
    carrier = text(offer, "actor")
    if carrier is None or signer != carrier or text(ticket, "target") != carrier:
        raise Dropped("the sender is not the carrier of this ticket", unauthorized=True)
    if not isinstance(ticket, dict) or not isinstance(document, dict):
        raise Dropped("the offer does not embed a document and a ticket")
    offer_id = _check_offer(offer, carrier, recipient_id)
    note = document.get("object")
    if not isinstance(note, dict) or text(note, "type") != "Note":
        raise Dropped("what is carried is not a note")
    author = text(ticket, "attributedTo")
    if author is None or author in (carrier, recipient_id):
        raise Dropped("the author is missing, or carries or receives the own request")
    _prove(offer, carrier, keys, now)
    request_key, request_proven = _prove_author(document, author, keys, now, allow_unknown_author)
    ticket_key, ticket_proven = _prove_author(ticket, author, keys, now, allow_unknown_author)
    note_id = _check_ownership(document, note, ticket, author)
    read = read_ticket(ticket, now)
    if read.note_id != note_id:
        raise Dropped("the ticket is for another note")
    level, revision = _check_request(note, read)
    return Carried(
        offer_id=offer_id,
        carrier=carrier,
        recipient=recipient_id,
        introduction=_introduction(offer),
        author=author,
        note_id=note_id,
        revision=revision,
        level=level,
        hashtags=_hashtags(note),
        ticket=read,
        document=document,
        note=note,
        author_keys=(request_key, ticket_key),
        author_proven=request_proven and ticket_proven,
    )


def _check_offer(offer: dict[str, Any], carrier: str, recipient_id: str) -> str:
    """Steps (2) and (4): made for this one inbox (C02), with an id on the carrier's origin."""
    if text(offer, "type") != "Offer":
        raise Dropped("not an offer")
    if offer.get("to") != [recipient_id] or text(offer, "target") != recipient_id:
        raise Dropped("the offer is for somebody else")
    offer_id = text(offer, "id")
    if offer_id is None or not same_origin(offer_id, carrier):
        raise Dropped("the offer is not on the carrier's origin")
    return offer_id


def _prove(document: dict[str, Any], owner: str, keys: proofs.KeyLookup, now: datetime) -> str:
    try:
        return proofs.verify(document, keys, now, owner=owner).key_id
    except BadSignature as error:
        raise Dropped(f"{text(document, 'type')}: {error.reason}") from error


def _prove_author(
    document: dict[str, Any], author: str, keys: proofs.KeyLookup, now: datetime, allow_unknown: bool
) -> tuple[str, bool]:
    try:
        return proofs.verify(document, keys, now, owner=author).key_id, True
    except UnknownKey as error:
        if allow_unknown:
            return error.key_id, False
        raise Unproven(error.reason, author) from error
    except BadSignature as error:
        raise Unproven(f"{text(document, 'type')}: {error.reason}", author) from error


def _check_ownership(
    document: dict[str, Any], note: dict[str, Any], ticket: dict[str, Any], author: str
) -> str:
    """Step (6): one author and one origin for request, note and ticket (C04, O01)."""
    if text(document, "type") not in ("Create", "Update"):
        raise Dropped("what is carried is neither a Create nor an Update")
    if text(document, "actor") != author or text(note, "attributedTo") != author:
        raise Dropped("request, note and ticket are not by one author")
    note_id = text(note, "id")
    if note_id is None or not all(
        same_origin(found, author) for found in (note_id, text(document, "id"), text(ticket, "id"))
    ):
        raise Dropped("request, note and ticket are not on the author's origin")
    return note_id


def read_ticket(ticket: dict[str, Any], now: datetime) -> Ticket:
    """Step (7): a live ticket from its document, whose proof the caller has checked; `Dropped` otherwise."""
    if text(ticket, "type") != extension.CARRY_TICKET:
        raise Dropped("not a ticket")
    found = {key: text(ticket, key) for key in ("id", "attributedTo", "object", "target", extension.SALT)}
    ticket_id, author, note_id, carrier, salt = found.values()
    if ticket_id is None or author is None or note_id is None or carrier is None:
        raise Dropped("the ticket lacks an id")
    if any(origin(uri) is None for uri in (ticket_id, author, note_id, carrier)):
        raise Dropped("the ticket names something that is no URI")
    published, ends = moment(ticket, "published"), moment(ticket, "endTime")
    if published is None or ends is None or not published <= now < ends <= published + MAX_LEASE:
        raise Dropped("the lease has ended, not begun, or is too long")
    seats = strict_int(ticket, extension.SEATS)
    if seats is None or not 1 <= seats <= max(MAX_SEATS.values()):
        raise Dropped("the number of seats is not acceptable")
    exclude = ticket.get(extension.EXCLUDE)
    if not salt or len(salt) > MAX_SALT or not isinstance(exclude, list) or not _is_exclusion(exclude):
        raise Dropped("salt or exclusions are not acceptable")
    return Ticket(
        id=ticket_id,
        author=author,
        note_id=note_id,
        carrier=carrier,
        seats=seats,
        salt=salt,
        exclude=tuple(exclude),
        published=published,
        ends=ends,
    )


def _check_request(note: dict[str, Any], ticket: Ticket) -> tuple[int, int]:
    """Step (8): raised, level 0 or 1 as a real integer (C05), seats that the level allows, a revision."""
    if extension.help_flag(note) is not True:
        raise Dropped("the flag is not raised")
    level = strict_int(note, extension.INTIMACY_LEVEL)
    if level is None or level not in CARRIED_LEVELS:
        raise Dropped("the level does not allow carrying")
    if ticket.seats > MAX_SEATS[level]:
        raise Dropped("more seats than the level allows")
    revision = extension.revision(note)
    if revision is None:
        raise Dropped("the request has no revision")
    return level, revision


def _introduction(offer: dict[str, Any]) -> str | None:
    word = text(offer, "content")
    return word[:MAX_INTRODUCTION] if word else None


def _hashtags(note: dict[str, Any]) -> tuple[str, ...]:
    tags = [tag for tag in documents.objects(note, "tag") if text(tag, "type") == "Hashtag"]
    names = [(text(tag, "name") or "").removeprefix("#").lower() for tag in tags]
    return tuple(dict.fromkeys(name for name in names if name))


# --- checking what a carrier forwards --------------------------------------------------------------------


def subject_of(activity: object) -> str | None:
    """The id of what an Update or Delete is about, to look up what is stored before verifying."""
    return documents.link(activity, "object")


def verify_forwarded(
    activity: dict[str, Any],
    *,
    keys: proofs.KeyLookup,
    stored_owner: str,
    stored_revision: int,
    now: datetime,
    deleted: bool = False,
) -> Forwarded:
    """A forwarded Update or Delete by the owner of what `subject_of` named; `Dropped` otherwise (C08).

    An Update needs a greater revision, a boolean `helpFlag` and an integer level; a Delete always wins, and
    after it (`deleted`) nothing is accepted but another Delete. That the HTTP signer is a carrier of this
    note, or the author, is for the caller (C09).
    """
    kind = text(activity, "type")
    if kind not in ("Update", "Delete"):
        raise Dropped("neither an Update nor a Delete")
    if text(activity, "actor") != stored_owner or not same_origin(text(activity, "id"), stored_owner):
        raise Dropped("not by the owner")
    object_id = subject_of(activity)
    if object_id is None or not same_origin(object_id, stored_owner):
        raise Dropped("about something on another origin")
    _prove_author(activity, stored_owner, keys, now, allow_unknown=False)
    if kind == "Delete":
        return Forwarded(kind="Delete", object_id=object_id, revision=None, ends=True, note=None)
    if deleted:
        raise Dropped("deleted before")
    note = activity.get("object")
    if not isinstance(note, dict) or text(note, "id") != object_id or text(note, "type") != "Note":
        raise Dropped("the update does not embed the note")
    if text(note, "attributedTo") != stored_owner:
        raise Dropped("the note is by somebody else")
    revision, raised = extension.revision(note), extension.help_flag(note)
    if revision is None or revision <= stored_revision:
        raise Dropped("the revision is not newer")
    level = strict_int(note, extension.INTIMACY_LEVEL)
    if raised is None or level is None or level not in extension.LEVELS:
        raise Dropped("flag or level cannot be read")
    ends = not raised or level not in CARRIED_LEVELS
    return Forwarded(kind="Update", object_id=object_id, revision=revision, ends=ends, note=note)
