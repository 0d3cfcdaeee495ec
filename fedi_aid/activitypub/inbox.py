"""The inboxes: what may come in. Nothing is understood here; what passes is stored and understood by a job.

In order: size and form, signature, origins, one durable row. Whatever becomes of an activity later, its
sender has had the same 202 (C12).
"""

import hashlib
from datetime import timedelta
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import actors, documents, followers
from fedi_aid.activitypub.answers import NOT_FOUND_BODY, empty, problem
from fedi_aid.activitypub.documents import link, same_origin, text
from fedi_aid.activitypub.signatures import rfc9421
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.signers import check_body, claimed_signature, confirmed, known_key
from fedi_aid.errors import Refused, TryLater
from fedi_aid.model.people import Person
from fedi_aid.storage import federation, people
from fedi_aid.storage import jobs as queue
from fedi_aid.storage.tx import Tx, locks_its_rows
from fedi_aid.work import jobs

MAX_BYTES = documents.MAX_BYTES
RETRY_AFTER = 300
HOUR = timedelta(hours=1)
OFFERS_AN_HOUR = 200  # from one server (FEDERATION_EXTENSION §4, budgets)
# Activities of one host that may wait to be understood; its servers keep the rest and come again (D08).
WAITING_OF_A_HOST = 2_000
FULL_RETRY_AFTER = 60
# They pass by and leave nothing to look up later: their id may be missing (O03).
_TRANSIENT = frozenset({"Follow", "Like", "EmojiReact", "Accept", "Reject", "Undo", "Block"})
# Kept in the order of what they are about; everything else in the order of who acts (A22).
_ABOUT_AN_OBJECT = frozenset({"Create", "Update", "Delete", "Offer"})

log = structlog.get_logger()


class _Turned(Exception):
    """The request is answered without being let in."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


async def shared_inbox(request: Request) -> Response:
    """POST /inbox: for nobody in particular."""
    return await _post(request, None)


async def personal_inbox(request: Request) -> Response:
    """POST /users/{name}/inbox: for that member alone."""
    return await _post(request, request.path_params["name"])


async def _post(request: Request, username: str | None) -> Response:
    instance: Instance = request.app.state.instance
    try:
        body = await _body(request)
        # Before anything is looked up: whether and for whom it is signed (H01, H03, H06).
        claimed = claimed_signature(request)
        check_body(request, claimed, body)
        _, activity = documents.both(body)
        inbox_of, known = await instance.db.read(_look, username, activity, claimed.key_id)
        signer = await confirmed(instance, request, body, claimed, known)
        uri, actor_uri = _check_origins(activity, signer, body)
        await instance.db.write(_record, activity, uri, actor_uri, inbox_of, body, signer)
        for value in request.headers.getlist(followers.HEADER)[:1]:
            await followers.heard(instance, value, signer)
    except _Turned as turned:
        return turned.response
    except BadSignature as refusal:
        log.info("inbox_refused", why=refusal.reason[:300])
        return problem(401, refusal.sentence, {"Accept-Signature": rfc9421.ACCEPT_SIGNATURE})
    except Refused as refusal:
        log.info("inbox_refused", why=refusal.log[:300])
        return problem(400, refusal.sentence)
    except TryLater as later:
        seconds = int(later.seconds) or RETRY_AFTER
        return problem(503, "Please try again later.", {"Retry-After": str(seconds)})
    return empty(202)


async def _body(request: Request) -> bytes:
    """The raw bytes, at most 1 MB, read no further than that (D01); never compressed (D02)."""
    encodings = request.headers.getlist("content-encoding")
    if any(one.strip().lower() not in ("", "identity") for one in encodings):
        raise _Turned(problem(415, "Compressed requests are not accepted."))
    if not _is_activity_type(request.headers.getlist("content-type")):
        raise _Turned(problem(415, "Only application/activity+json is accepted here."))
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > MAX_BYTES:
        raise _Turned(problem(413, "This is too long."))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise _Turned(problem(413, "This is too long."))
    return bytes(body)


def _is_activity_type(values: list[str]) -> bool:
    if len(values) != 1:
        return False
    kind, _, parameters = values[0].partition(";")
    kind = kind.strip().lower()
    if kind == "application/ld+json":
        return "https://www.w3.org/ns/activitystreams" in parameters
    return kind == "application/activity+json"


def _look(tx: Tx, username: str | None, activity: dict[str, Any], key_id: str) -> tuple[int, Person | None]:
    """All that has to be known before a signature is checked, at once: (whose inbox, whose key).

    `_Turned` when there is no such inbox, nothing to do, or too much of the same host to do already.
    """
    owner = _owner(tx, username)
    if _is_delete_of_unknown(tx, activity):
        raise _Turned(empty(202))
    known = known_key(tx, key_id)
    if queue.waiting_from(tx, jobs.host_of(key_id), WAITING_OF_A_HOST) >= WAITING_OF_A_HOST:
        log.warning("inbox_full", host=jobs.host_of(key_id))
        raise _Turned(problem(503, "Please try again later.", {"Retry-After": str(FULL_RETRY_AFTER)}))
    return owner, known


def _owner(tx: Tx, username: str | None) -> int:
    """Whose inbox: 0 for the shared one. The butler's is as missing as an unknown name's."""
    if username is None:
        return 0
    member = actors.member_named(tx, username)
    if member is None:
        raise _Turned(Response(NOT_FOUND_BODY, 404, media_type="application/json"))
    return member.id


def _is_delete_of_unknown(tx: Tx, activity: dict[str, Any]) -> bool:
    """A Delete of an actor nobody here knows: nothing to do, and no key to fetch for it (D11)."""
    actor = link(activity, "actor")
    if not documents.is_type(activity, "Delete") or actor is None or link(activity, "object") != actor:
        return False
    return people.by_uri(tx, actor) is None


def _check_origins(activity: dict[str, Any], signer: Person, body: bytes) -> tuple[str, str]:
    """(id, actor) of an activity that this signer may bring (H11, H13, O01).

    Another's activity is let in only when it is an Update or Delete with a proof, which a carrier forwards
    byte for byte; the handler checks the proof. A carry must come from the carrier its ticket names (C01).
    """
    actor = link(activity, "actor")
    kind = _kind(activity)
    if actor is None or documents.origin(actor) is None:
        raise Refused("This activity has no actor.")
    if actor != signer.uri and (kind not in ("Update", "Delete") or "proof" not in activity):
        raise BadSignature("signed by another than its actor")
    ticket = activity.get("instrument")
    carries = kind == "Offer" and isinstance(activity.get("object"), dict)
    if carries and documents.is_type(ticket, "CarryTicket") and text(ticket, "target") != actor:
        raise BadSignature("the ticket is for another carrier")
    uri = text(activity, "id")
    if uri is None and kind in _TRANSIENT:
        uri = f"{actor}#{hashlib.sha256(body).hexdigest()}"
    if uri is None or not same_origin(uri, actor):
        raise Refused("This activity has no id on its actor's server.")
    return uri, actor


def _kind(activity: dict[str, Any]) -> str:
    found = documents.types(activity)
    if len(found) != 1:
        raise Refused("This activity has no single type.")
    return found[0]


@locks_its_rows  # it has to itself the id that it decides by; turns and counts may be a little off
def _record(
    tx: Tx, activity: dict[str, Any], uri: str, actor_uri: str, inbox_of: int, body: bytes, signer: Person
) -> None:
    tx.alone_with(uri)
    kind = _kind(activity)
    if kind == "Offer" and federation.offers_within(tx, signer.uri, HOUR) >= OFFERS_AN_HOUR:
        raise _Turned(problem(429, "Too many offers.", {"Retry-After": str(RETRY_AFTER)}))
    queue.host_answered(tx, jobs.host_of(signer.uri))  # who can speak can be spoken to again
    received_id = federation.record(
        tx,
        uri=uri,
        actor_uri=actor_uri,
        inbox_of=inbox_of,
        kind=kind,
        body=body,
        signer_uri=signer.uri,
    )
    if received_id is not None:
        host = jobs.host_of(signer.uri)
        jobs.handle_activity(tx, received_id, actor_uri, _order_key(activity, kind, signer), sender=host)


def _order_key(activity: dict[str, Any], kind: str, signer: Person) -> str | None:
    """Per object and sending server: nobody can hold up what another server says of the same object."""
    if kind not in _ABOUT_AN_OBJECT:
        return None
    about: object = activity
    for _ in range(2):
        inner = about.get("object") if isinstance(about, dict) else None
        if not isinstance(inner, dict):
            break
        about = inner
    uri = link(about, "object") if about is activity else text(about, "id")
    return f"object:{jobs.host_of(signer.uri)}:{uri}" if uri else None
