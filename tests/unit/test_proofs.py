"""Object proofs, FEP-8b32 with eddsa-jcs-2022 (J11–J15)."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedi_aid.activitypub import documents
from fedi_aid.activitypub.signatures import keys, multibase, proofs
from fedi_aid.activitypub.signatures.keys import PublicKey
from fedi_aid.activitypub.signatures.refusals import BadSignature, UnknownKey

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALICE = "https://a.example/users/alice"
METHOD = f"{ALICE}#ed25519-key"
PRIVATE = Ed25519PrivateKey.generate()
MALLORY = Ed25519PrivateKey.generate()
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "https://a.example/1",
    "type": "Create",
    "actor": ALICE,
    "object": {
        "id": "https://a.example/2",
        "type": "Note",
        "content": "é 😀 \u2028",
        "n": [1, 0.5, True, None],
    },
}


def lookup(method: str) -> PublicKey | None:
    """The keys that are known here. Mallory lives on Alice's server."""
    known = {
        METHOD: (ALICE, PRIVATE.public_key()),
        "https://a.example/users/mallory#ed25519-key": (
            "https://a.example/users/mallory",
            MALLORY.public_key(),
        ),
        f"{ALICE}#main-key": (ALICE, keys.load_public(keys.generate_rsa().public_pem)),
    }
    if method not in known:
        return None
    owner, material = known[method]
    return PublicKey(id=method, owner=owner, material=material)


def signed(document: dict[str, Any] = DOCUMENT, **options: Any) -> dict[str, Any]:
    return proofs.sign(document, PRIVATE, METHOD, NOW, **options)


def resigned(changes: dict[str, Any], key: Ed25519PrivateKey = PRIVATE) -> dict[str, Any]:
    """A document whose proof is different from the usual one, and true to the letter of the suite."""
    proof = {**signed()["proof"], **changes}
    proof = {name: value for name, value in proof.items() if value is not None and name != "proofValue"}
    value = multibase.encode(key.sign(proofs.hash_data(DOCUMENT, proof)))
    return {**DOCUMENT, "proof": {**proof, "proofValue": value}}


def refused(document: dict[str, Any], reason: str, **options: Any) -> None:
    with pytest.raises(BadSignature, match=reason):
        proofs.verify(document, lookup, options.pop("now", NOW), **options)


# --- vectors of others -----------------------------------------------------------------------------------

W3C_METHOD = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
W3C_CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
W3C_DOCUMENT: dict[str, Any] = {
    "@context": W3C_CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
W3C_SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
W3C_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
W3C_VALUE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
W3C_CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)


def w3c_private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(multibase.decode(W3C_SECRET)[2:])


def test_the_w3c_vector_of_the_suite() -> None:
    """vc-di-eddsa, appendix B.2 (eddsa-jcs-2022): hashes, value, and verification."""
    document = proofs.sign(W3C_DOCUMENT, w3c_private(), W3C_METHOD, W3C_CREATED)
    assert document["proof"] == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": W3C_METHOD,
        "proofPurpose": "assertionMethod",
        "@context": W3C_CONTEXT,
        "proofValue": W3C_VALUE,
    }
    assert proofs.hash_data(document, document["proof"]).hex() == (
        "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
        "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
    )
    assert proofs.holds(document, document["proof"], keys.from_multikey(W3C_PUBLIC))
    assert not proofs.holds({**document, "name": "Other"}, document["proof"], keys.from_multikey(W3C_PUBLIC))


FEP_CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"]
FEP_ALICE = "https://server.example/users/alice"
FEP_NOTE = {
    "id": "https://server.example/objects/1",
    "type": "Note",
    "attributedTo": FEP_ALICE,
    "content": "Hello world",
    "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
}
FEP_VECTORS: list[tuple[dict[str, Any], Any, str]] = [
    (
        {"type": "Create", "actor": FEP_ALICE, "object": {"type": "Note", "content": "Hello world"}},
        (),
        "z3sXaxjKs4M3BRicwWA9peyNPJvJqxtGsDmpt1jjoHCjgeUf71TRFz56osPSfDErszyLp5Ks1EhYSgpDaNM977Rg2",
    ),
    (
        {
            "id": "https://server.example/activities/1",
            "type": "Create",
            "actor": FEP_ALICE,
            "object": FEP_NOTE,
        },
        None,
        "zLaewdp4H9kqtwyrLatK4cjY5oRHwVcw4gibPSUDYDMhi4M49v8pcYk3ZB6D69dNpAPbUmY8ocuJ3m9KhKJEEg7z",
    ),
]


@pytest.mark.parametrize(("body", "context", "value"), FEP_VECTORS, ids=["without context", "with context"])
def test_the_vectors_of_fep_8b32(body: dict[str, Any], context: Any, value: str) -> None:
    """fep-8b32.feature in its earlier form (no context in the proof, as Mitra signs) and its later one."""
    method = f"{FEP_ALICE}#ed25519-key"
    document = proofs.sign(
        {"@context": FEP_CONTEXT, **body}, w3c_private(), method, W3C_CREATED, context=context
    )
    assert document["proof"]["proofValue"] == value
    public = PublicKey(id=method, owner=FEP_ALICE, material=keys.from_multikey(W3C_PUBLIC))
    proven = proofs.verify(document, {method: public}.get, NOW)
    assert proven == proofs.Proven(owner=FEP_ALICE, key_id=method, created=W3C_CREATED)


VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "carry_vectors.json"
NAMES = ["create", "ticket", "actor", "offer", "update", "delete"]


def shared_vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip("the shared carry vectors are not beside this checkout")
    # Every document is small enough for our own strict parser, contexts included.
    return documents.parse(VECTORS.read_bytes())


def shared_lookup(vectors: dict[str, Any]) -> proofs.KeyLookup:
    found = {
        name: PublicKey(id=name, owner=name.partition("#")[0], material=keys.from_multikey(text))
        for name, text in vectors["keys"].items()
    }
    return found.get


@pytest.mark.parametrize("name", NAMES)
def test_shared_vectors_verify_with_and_without_a_given_owner(name: str) -> None:
    vectors = shared_vectors()
    find, document = shared_lookup(vectors), vectors[name]
    moment = documents.moment(document["proof"], "created")
    assert moment is not None
    before = json.dumps(document)
    proven = proofs.verify(document, find, moment)
    assert proofs.verify(document, find, moment, owner=proven.owner) == proven
    assert json.dumps(document) == before, "J14"
    with pytest.raises(BadSignature, match="future"):
        proofs.verify(document, find, moment - timedelta(hours=1))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key in value for found in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [found for at, item in enumerate(value) for found in leaves(item, (*path, at))]
    return [path]


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def with_leaf(document: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = other(place[path[-1]])
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_shared_vectors_fail_when_any_field_is_changed_added_or_removed(name: str) -> None:
    vectors = shared_vectors()
    find, document = shared_lookup(vectors), vectors[name]
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    proofs.verify(document, find, now)
    tampered = [with_leaf(document, path) for path in leaves(document)]
    tampered += [{key: document[key] for key in document if key != gone} for gone in document]
    tampered += [{**document, "added": 1}, {**document, "proof": {**document["proof"], "added": 1}}]
    assert len(tampered) > 20
    for form in tampered:
        with pytest.raises(BadSignature):
            proofs.verify(form, find, now)


def test_a_stapled_proof_does_not_fit_another_document() -> None:
    vectors = shared_vectors()
    swapped = {**vectors["update"], "proof": vectors["create"]["proof"]}
    with pytest.raises(BadSignature, match="does not fit"):
        proofs.verify(swapped, shared_lookup(vectors), datetime(2026, 11, 22, tzinfo=UTC))


# --- our own ---------------------------------------------------------------------------------------------


def test_j14_signing_and_verifying_change_nothing() -> None:
    document = copy.deepcopy(DOCUMENT)
    made = signed(document)
    assert document == DOCUMENT
    made["proof"]["@context"].append("x")
    assert document == DOCUMENT
    good = signed()
    before = copy.deepcopy(good)
    proofs.verify(good, lookup, NOW)
    assert good == before


def test_a_proof_survives_strict_parsing() -> None:
    good = documents.parse(json.dumps(signed()).encode())
    assert proofs.verify(good, lookup, NOW) == proofs.Proven(owner=ALICE, key_id=METHOD, created=NOW)
    reordered = documents.parse(json.dumps(good, sort_keys=True, indent=3, ensure_ascii=False).encode())
    proofs.verify(reordered, lookup, NOW)


def test_sign_refuses_what_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="already"):
        signed(signed())
    for bad in ({"n": 2**53}, {"n": float("nan")}, {"s": "\ud800"}, {"s": "x" * 70_000}, {"s": {1, 2}}):
        with pytest.raises(ValueError):
            signed({**DOCUMENT, **bad})
    with pytest.raises(ValueError, match="beginning"):
        signed(context=["https://other.example/"])


def test_the_proofs_context_is_absent_the_same_or_a_beginning() -> None:
    for context in (None, (), CONTEXT[:1]):
        proofs.verify(signed(context=context), lookup, NOW)
    # What somebody appended to the document's context later is not part of what was signed.
    proofs.verify({**signed(), "@context": [*CONTEXT, "https://more.example/"]}, lookup, NOW)
    refused({**signed(context=()), "@context": [*CONTEXT, "https://more.example/"]}, "does not fit")
    refused({**signed(), "@context": CONTEXT[:1]}, "beginning")
    refused({**signed(), "@context": CONTEXT[::-1]}, "beginning")
    refused({**signed(), "@context": ["https://more.example/", *CONTEXT]}, "beginning")
    refused({key: value for key, value in signed().items() if key != "@context"}, "beginning")
    one = {**DOCUMENT, "@context": CONTEXT[0]}
    proofs.verify(signed(one), lookup, NOW)
    contexts: list[Any] = [[], None, {}, ""]
    for empty in contexts:
        bad = {**signed(), "proof": {**signed()["proof"], "@context": empty}}
        refused(bad, "beginning")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "Ed25519Signature2020"}, "another type"),
        ({"cryptosuite": "eddsa-rdfc-2022"}, "another suite"),
        ({"cryptosuite": None}, "another suite"),
        ({"proofPurpose": "authentication"}, "another purpose"),
        ({"proofPurpose": ["assertionMethod"]}, "another purpose"),
        ({"created": "2026-11-20T13:00:00Z"}, "future"),
        ({"created": "soon"}, "without a date"),
        ({"created": None}, "without a date"),
        ({"expires": "2026-11-20T11:59:59Z"}, "expired"),
        ({"expires": "never"}, "expired"),
        ({"expires": 5}, "expired"),
        ({"previousProof": "urn:1"}, "chained"),
        ({"verificationMethod": "https://evil.example/users/alice#key"}, "another origin"),
        ({"verificationMethod": "https://a.example@evil.example/#key"}, "another origin"),
        ({"verificationMethod": "did:key:z6Mk"}, "another origin"),
        ({"verificationMethod": {"id": METHOD}}, "another origin"),
        ({"verificationMethod": "https://a.example/users/mallory#ed25519-key"}, "another owner"),
        ({"verificationMethod": f"{ALICE}#main-key"}, "another kind"),
        ({"verificationMethod": f"{ALICE}#unknown"}, "unknown key"),
    ],
)
def test_j11_proofs_that_are_true_and_not_acceptable(changes: dict[str, Any], reason: str) -> None:
    refused(resigned(changes), reason)
    refused(resigned(changes, MALLORY), reason)


def test_j11_an_expiry_ahead_is_fine_and_another_persons_key_is_not() -> None:
    proofs.verify(resigned({"expires": "2026-11-20T12:00:01Z"}), lookup, NOW)
    refused(resigned({}, MALLORY), "does not fit")
    with pytest.raises(UnknownKey) as unknown:
        proofs.verify(resigned({"verificationMethod": f"{ALICE}#new"}), lookup, NOW)
    assert unknown.value.key_id == f"{ALICE}#new"


def test_j12_a_true_proof_does_not_replace_the_origin() -> None:
    mallory = "https://a.example/users/mallory"
    for claim in (
        {"id": "https://b.example/1"},
        {"id": None},
        {"actor": mallory},
        {"attributedTo": mallory},
        {"actor": [ALICE]},
        {"actor": {"id": ALICE}},
        {"actor": "alice"},
        {"actor": None},
    ):
        document = {**DOCUMENT, **claim}
        refused(signed(document), "owner|origin")
        refused(signed(document), "owner|origin", owner=ALICE)
    refused(signed(), "another one", owner=mallory)
    bare = {key: value for key, value in DOCUMENT.items() if key not in ("id", "actor")}
    refused(signed(bare), "unclear")
    proofs.verify(signed(bare), lookup, NOW, owner=ALICE)


def test_j13_nothing_in_the_document_is_left_out_of_the_hash() -> None:
    for path in leaves(DOCUMENT):
        if path[0] != "@context":
            with pytest.raises(BadSignature):
                proofs.verify({**with_leaf(DOCUMENT, path), "proof": signed()["proof"]}, lookup, NOW)


def test_j15_proof_sets() -> None:
    good, bad = signed()["proof"], resigned({}, MALLORY)["proof"]
    unknown = resigned({"verificationMethod": f"{ALICE}#new"})["proof"]
    for several in ([good], [bad, good], [None, 5, "x", {}, good], [unknown, bad, good]):
        proofs.verify({**DOCUMENT, "proof": several}, lookup, NOW)
    refused({**DOCUMENT, "proof": [bad] * 5 + [good]}, "does not fit")
    refused({**DOCUMENT, "proof": [unknown, bad]}, "unknown key")
    shapes: list[Any] = [None, [], {}, "proof", 5, [[]], [good["proofValue"]]]
    for nothing in shapes:
        refused({**DOCUMENT, "proof": nothing}, "no proof|another type")
    refused(DOCUMENT, "no proof")


def test_j15_at_most_five_keys_are_looked_up() -> None:
    asked: list[str] = []

    def count(method: str) -> PublicKey | None:
        asked.append(method)
        return None

    many = [resigned({"verificationMethod": f"{ALICE}#{n}"})["proof"] for n in range(20)]
    with pytest.raises(UnknownKey):
        proofs.verify({**DOCUMENT, "proof": many}, count, NOW)
    assert len(asked) == proofs.MAX_PROOFS


def test_j05_a_linked_data_signature_beside_the_proof_is_left_out_and_nothing_else_is() -> None:
    good = signed()
    proofs.verify({**good, "signature": {"type": "RsaSignature2017", "signatureValue": "x"}}, lookup, NOW)
    for other_value in ("x", {}, {"type": "Note"}, [{"type": "RsaSignature2017"}]):
        refused({**good, "signature": other_value}, "does not fit")


@pytest.mark.parametrize("value", [None, "", "z", "zz0", 5, "m" + "A" * 86, "z" + "1" * 64, "z" + "2" * 90])
def test_a_value_that_is_no_signature_is_refused(value: Any) -> None:
    good = signed()
    refused({**good, "proof": {**good["proof"], "proofValue": value}}, "does not fit")


def test_a_document_that_is_too_long_or_too_deep_is_refused() -> None:
    good = signed()
    refused({**good, "more": "x" * 70_000}, "too long")
    refused({**good, "more": 2**60}, "proof: ")
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    refused({**good, "more": deep}, "too deeply")
