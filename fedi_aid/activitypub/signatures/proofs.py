"""Object proofs: FEP-8b32 with `eddsa-jcs-2022` (W3C vc-di-eddsa section 3.3).

What is signed is SHA-256(JCS(proof without proofValue)) ‖ SHA-256(JCS(document without proof)). Documents are
only read: the same bytes that were verified can be stored and forwarded (J14).

A proof speaks for the document and for nothing outside it (J13): callers take what they use from the very
object they verified. A proof never replaces the check that ids and owner share an origin (J12).
"""

import copy
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.signatures import multibase
from fedi_aid.activitypub.signatures.keys import PublicKey
from fedi_aid.activitypub.signatures.refusals import BadSignature, UnknownKey

SUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
MAX_PROOFS = 5
MAX_BYTES = 65_536
MAX_FUTURE = timedelta(minutes=5)

KeyLookup = Callable[[str], PublicKey | None]


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed a document, with which key, and when by the signer's own clock."""

    owner: str
    key_id: str
    created: datetime


def sign(
    document: Mapping[str, Any],
    private_key: Ed25519PrivateKey,
    verification_method: str,
    created: datetime,
    *,
    context: Sequence[Any] | None = None,
) -> dict[str, Any]:
    """A copy of `document` with a `proof` by the key that `verification_method` names.

    `context` is the proof's own `@context`: by default the document's, which Mastodon's verifier wants; `()`
    for none; anything else must be a beginning of the document's. ValueError if the document is already
    signed, cannot be put into canonical form, or `context` is no beginning of its own.
    """
    if "proof" in document:
        raise ValueError("the document already has a proof")
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if context is None and "@context" in document:
        proof["@context"] = copy.deepcopy(document["@context"])
    elif context:
        proof["@context"] = copy.deepcopy(list(context))
    signature = private_key.sign(hash_data(document, proof))
    return {**document, "proof": {**proof, "proofValue": multibase.encode(signature)}}


def verify(
    document: Mapping[str, Any],
    public_key_lookup: KeyLookup,
    now: datetime,
    *,
    owner: str | None = None,
) -> Proven:
    """Who signed this document; `BadSignature` unless one of its first five proofs is good (J11, J15).

    `owner` is whose proof is wanted; without it, the `actor` or `attributedTo` of the document (for an actor,
    its `id`). All of these that are present must be the owner, and `id` must be on the owner's origin. The
    lookup gets the verification method, already on the owner's origin, and gives the key with the actor that
    lists it; None means not known here, which becomes `UnknownKey` when no other proof is good.
    """
    owner = _owner_of(document, owner)
    candidates = document.get("proof")
    if isinstance(candidates, dict):
        candidates = [candidates]
    if not isinstance(candidates, list) or not candidates:
        raise BadSignature("no proof")
    failure = BadSignature("no usable proof")
    for candidate in candidates[:MAX_PROOFS]:
        try:
            return _verify_one(document, candidate, owner, public_key_lookup, now)
        except BadSignature as error:
            if not isinstance(failure, UnknownKey):
                failure = error
    raise failure


def _owner_of(document: Mapping[str, Any], wanted: str | None) -> str:
    claims = [document[key] for key in ("actor", "attributedTo") if key in document]
    if not claims and wanted is None:
        claims = [document.get("id")]
    owner = claims[0] if wanted is None else wanted
    if not isinstance(owner, str) or any(claim != owner for claim in claims):
        raise BadSignature("the owner of the document is unclear or another one")
    if documents.origin(owner) is None:
        raise BadSignature("the owner has no origin")
    if "id" in document and not documents.same_origin(documents.text(document, "id"), owner):
        raise BadSignature("the document is on another origin than its owner")
    return owner


def _verify_one(
    document: Mapping[str, Any], proof: object, owner: str, lookup: KeyLookup, now: datetime
) -> Proven:
    if not isinstance(proof, dict) or proof.get("type") != "DataIntegrityProof":
        raise BadSignature("proof of another type")
    if proof.get("cryptosuite") != SUITE:
        raise BadSignature("proof of another suite")
    if proof.get("proofPurpose") != PURPOSE:
        raise BadSignature("proof for another purpose")
    if "previousProof" in proof:
        raise BadSignature("chained proofs are not understood")
    created = documents.moment(proof, "created")
    if created is None or created - now > MAX_FUTURE:
        raise BadSignature("proof without a date, or from the future")
    if "expires" in proof:
        expires = documents.moment(proof, "expires")
        if expires is None or expires <= now:
            raise BadSignature("proof expired")
    method = documents.text(proof, "verificationMethod")
    if method is None or not documents.same_origin(method, owner):
        raise BadSignature("key of another origin")
    data = _data_of(document, proof)
    key = lookup(method)
    if key is None:
        raise UnknownKey(method)
    if key.owner != owner:
        raise BadSignature("key of another owner")
    if not isinstance(key.material, Ed25519PublicKey):
        raise BadSignature("key of another kind")
    if not _fits(data, proof, key.material):
        raise BadSignature("proof does not fit")
    return Proven(owner=owner, key_id=method, created=created)


def holds(document: Mapping[str, Any], proof: Mapping[str, Any], key: Ed25519PublicKey) -> bool:
    """The bare cryptography of the suite: whether the value of `proof` fits. No date, owner or purpose."""
    try:
        return _fits(_data_of(document, proof), proof, key)
    except BadSignature:
        return False


def hash_data(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """The 64 bytes that are signed. ValueError for what JCS cannot write, or a wrong or too long document.

    As the suite says, a proof's own `@context` must be a beginning of the document's, and then stands
    for it: contexts that a carrier appended later do not break the proof. Without one (Mitra), the
    document's counts as it is. A linked-data signature beside the proof is left out, as FEP-8b32 demands.
    """
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    secured = {key: value for key, value in document.items() if key != "proof"}
    if documents.is_type(secured.get("signature"), "RsaSignature2017"):
        del secured["signature"]
    if "@context" in options:
        secured["@context"] = options["@context"]
    try:
        if "@context" in options and not _begins(document.get("@context"), options["@context"]):
            raise ValueError("the proof's context is no beginning of the document's")
        canonical = rfc8785.dumps(secured)
        canonical_options = rfc8785.dumps(options)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if len(canonical) > MAX_BYTES or len(canonical_options) > MAX_BYTES:
        raise ValueError("too long for a proof")
    return hashlib.sha256(canonical_options).digest() + hashlib.sha256(canonical).digest()


def _data_of(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    try:
        return hash_data(document, proof)
    except ValueError as error:
        raise BadSignature(f"proof: {error}") from error


def _begins(whole: Any, part: Any) -> bool:
    whole = whole if isinstance(whole, list) else [whole]
    part = part if isinstance(part, list) else [part]
    # Compared in canonical form, where `1` and `true` differ as they do in what is signed.
    return 0 < len(part) <= len(whole) and rfc8785.dumps(whole[: len(part)]) == rfc8785.dumps(part)


def _fits(data: bytes, proof: Mapping[str, Any], key: Ed25519PublicKey) -> bool:
    value = documents.text(proof, "proofValue")
    if value is None:
        return False
    try:
        key.verify(multibase.decode(value), data)
    except (InvalidSignature, BadSignature):
        return False
    return True
