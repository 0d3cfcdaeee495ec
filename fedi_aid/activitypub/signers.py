"""Who signed a request to us, in either kind of signature: the key is from storage, or fetched from the
server that it names.
"""

from datetime import timedelta
from typing import TypeAlias

from starlette.requests import Request

from fedi_aid.actions.instance import Instance
from fedi_aid.activitypub import documents
from fedi_aid.activitypub.fetch import Budget, fetch_document
from fedi_aid.activitypub.remote import fetch_actor
from fedi_aid.activitypub.signatures import cavage, digest, keys, rfc9421
from fedi_aid.activitypub.signatures.proofs import KeyLookup
from fedi_aid.activitypub.signatures.refusals import BadKey, BadSignature
from fedi_aid.activitypub.signing import ED25519_KEY
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.people import Person
from fedi_aid.storage import federation, people
from fedi_aid.storage.tx import Tx
from fedi_aid.work.jobs import host_of

STALE = timedelta(minutes=5)
MISS = timedelta(minutes=15)

Claimed: TypeAlias = cavage.Parsed | rfc9421.Parsed


def signed_headers(request: Request) -> list[tuple[str, str]]:
    """Every header as it came, repeated ones included."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]


def claimed_signature(request: Request) -> Claimed:
    """The one signature of a request that counts, not yet believed. `Signature-Input` decides of which kind
    it is, and nothing falls back to the other kind (H18)."""
    headers = signed_headers(request)
    if rfc9421.is_used(headers):
        return rfc9421.read_signature(headers, request.method)
    return cavage.read_signature(headers)


def check_body(request: Request, claimed: Claimed, body: bytes) -> None:
    """The body is the one whose hash came with it, in the header that this kind of signature covers (H03)."""
    name = "content-digest" if isinstance(claimed, rfc9421.Parsed) else "digest"
    values = request.headers.getlist(name)
    if len(values) != 1:
        raise BadSignature(f"{name}: not exactly one")
    check = digest.check_content if isinstance(claimed, rfc9421.Parsed) else digest.check
    check(values[0], body)


async def signer_of(instance: Instance, request: Request, body: bytes) -> Person:
    """The actor elsewhere whose signature this request carries.

    `BadSignature` for everything that is not a good signature of an actor we can know, one and the same to
    the sender (H22); `TryLater` when the key's own server cannot be reached, so that the sender tries again.
    """
    claimed = claimed_signature(request)
    known = await instance.db.read(known_key, claimed.key_id)
    return await confirmed(instance, request, body, claimed, known)


async def confirmed(
    instance: Instance, request: Request, body: bytes, parsed: Claimed, known: Person | None
) -> Person:
    """The signer of a request, where it is known already what it claims and whose key that is (`known_key`).

    Errors are those of `signer_of`.
    """
    fresh = known is None
    signer = known or await _fetch_owner(instance, parsed.key_id)
    try:
        _verify(instance, request, body, parsed, signer)
    except BadSignature:
        if fresh or not _is_stale(instance, signer):
            raise
        again = await _fetch_owner(instance, parsed.key_id)
        if (again.public_key_pem, again.ed25519_multikey) == (signer.public_key_pem, signer.ed25519_multikey):
            raise
        signer = again
        _verify(instance, request, body, parsed, signer)
    return signer


def known_key(tx: Tx, key_id: str) -> Person | None:
    """The owner of a key, if we hold it; `BadSignature` where we would not even look (H19, H14)."""
    if documents.origin(key_id) is None or tx.house.owns(key_id):
        raise BadSignature("no key of another server")
    if federation.is_suspended(tx, host_of(key_id)):
        raise BadSignature("suspended domain")
    known = people.by_key_id(tx, key_id)
    if known is not None and (known.suspended_at or known.local):
        raise BadSignature("suspended signer")
    if known is None and federation.key_missed(tx, key_id):
        raise BadSignature("key could not be had")
    return known


def _is_stale(instance: Instance, person: Person) -> bool:
    return person.fetched_at is None or instance.db.clock() - person.fetched_at > STALE


async def _fetch_owner(instance: Instance, key_id: str) -> Person:
    """The actor that lists this key: both must say so (H12). A miss is remembered for a while (H14)."""
    try:
        budget = Budget()
        address = key_id.partition("#")[0]
        person = await _owner_at(instance, address, key_id, budget)
        if key_id not in (person.public_key_id, person.ed25519_key_id) or person.suspended_at:
            raise Refused("This key is not listed by its owner.", log=f"unlisted key {key_id[:300]}")
        return person
    except (Refused, NotFound) as problem:
        await instance.db.write(federation.miss_key, key_id, MISS)
        raise BadSignature(f"key {key_id[:300]}: {problem.log}") from problem


async def _owner_at(instance: Instance, address: str, key_id: str, budget: Budget) -> Person:
    if "#" in key_id:
        return await fetch_actor(instance, address, budget, wanted_key=key_id)
    # A key with an address of its own (GoToSocial): what stands there names the owner.
    found = await fetch_document(instance, address, budget)
    owner = documents.link(found.plain, "owner") or documents.text(found.plain, "id")
    if not documents.same_origin(owner, key_id):
        raise Refused("This key is on another server than its owner.", log=f"owner of {key_id[:300]}")
    return await fetch_actor(instance, str(owner), budget, wanted_key=key_id)


def _verify(instance: Instance, request: Request, body: bytes, parsed: Claimed, signer: Person) -> None:
    if parsed.key_id == signer.public_key_id and signer.public_key_pem:
        key: keys.PublicMaterial = keys.load_public(signer.public_key_pem)
    elif parsed.key_id == signer.ed25519_key_id and signer.ed25519_multikey:
        key = keys.from_multikey(signer.ed25519_multikey)
    else:
        raise BadSignature("the signer does not list this key")
    headers, now = signed_headers(request), instance.db.clock()
    if isinstance(parsed, rfc9421.Parsed):
        # Our own origin, whatever the Host header or a proxy says (H10, X07).
        url = instance.house.base_url + _target(request)
        rfc9421.verify(
            parsed, method=request.method, url=url, headers=headers, body=body, public_key=key, now=now
        )
        return
    cavage.verify(
        parsed,
        method=request.method,
        target=_target(request),
        headers=headers,
        body=body,
        public_key=key,
        our_hosts={instance.settings.domain},
        now=now,
    )


def _target(request: Request) -> str:
    """Path and query as they came, before any decoding (H09, X07)."""
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    target = raw_path.partition(b"?")[0] + (b"?" + query if query else b"")
    return target.decode("latin-1")


def proof_keys(tx: Tx) -> KeyLookup:
    """The keys for object proofs that this instance knows, by the actor that lists each; those of members
    here too, whose requests come back to others of this server by a friend elsewhere."""

    def lookup(method: str) -> keys.PublicKey | None:
        if tx.house.owns(method):
            return _key_of_ours(tx, method)
        person = people.by_key_id(tx, method)
        if person is None or person.suspended_at or person.ed25519_key_id != method:
            return None
        try:
            material = keys.from_multikey(person.ed25519_multikey or "")
        except BadKey:
            return None
        return keys.PublicKey(id=method, owner=person.uri, material=material)

    return lookup


def _key_of_ours(tx: Tx, method: str) -> keys.PublicKey | None:
    person = people.by_uri(tx, method.removesuffix(ED25519_KEY))
    signing = people.signing_keys(tx, person.id) if person is not None else None
    if person is None or signing is None or method != f"{person.uri}{ED25519_KEY}":
        return None
    private = keys.load_private(signing.ed25519_private_pem)
    return keys.PublicKey(id=method, owner=person.uri, material=private.public_key())
