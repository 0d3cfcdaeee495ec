"""What of somebody's document is taken: keys that they own, and addresses on their own server."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from fedi_aid.activitypub.actors import read_actor
from fedi_aid.activitypub.signatures import keys

ME = "https://plain.example/users/frank"
EVIL = "https://evil.example/users/frank"
_PAIR = keys.generate_rsa()
_MULTIKEY = keys.to_multikey(ed25519.Ed25519PrivateKey.generate().public_key())


def weak() -> str:
    """A key of 1024 bits."""
    public = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def frank(**changes: Any) -> dict[str, Any]:
    return {
        "id": ME,
        "type": "Person",
        "preferredUsername": "frank",
        "inbox": f"{ME}/inbox",
        "followers": f"{ME}/followers",
        "featured": f"{ME}/featured",
        "endpoints": {"sharedInbox": "https://plain.example/inbox"},
        "publicKey": {"id": f"{ME}#main-key", "owner": ME, "publicKeyPem": _PAIR.public_pem},
        "assertionMethod": [
            {"id": f"{ME}#proofs", "type": "Multikey", "controller": ME, "publicKeyMultibase": _MULTIKEY}
        ],
        **changes,
    }


def test_what_is_in_order_is_taken() -> None:
    read = read_actor(frank(), "plain.example")
    assert (read.public_key_id, read.public_key_pem) == (f"{ME}#main-key", _PAIR.public_pem)
    assert (read.ed25519_key_id, read.ed25519_multikey) == (f"{ME}#proofs", _MULTIKEY)
    assert read.shared_inbox == "https://plain.example/inbox"
    assert read.followers_uri == f"{ME}/followers"
    assert read.featured_uri == f"{ME}/featured"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"owner": EVIL}, id="H12 of another owner"),
        pytest.param({"owner": "https://plain.example/users/mallory"}, id="H12 of a neighbour"),
        pytest.param({"id": f"{EVIL}#main-key"}, id="H12 on another origin"),
        pytest.param({"id": "http://plain.example/users/frank#main-key"}, id="H12 without TLS"),
        pytest.param({"owner": None}, id="H12 of nobody"),
        pytest.param({"publicKeyPem": "none"}, id="H16 unreadable"),
        pytest.param({"publicKeyPem": weak()}, id="H16 weak"),
    ],
)
def test_a_key_that_is_not_theirs_or_no_good_is_left_out(change: dict[str, Any]) -> None:
    key = {"id": f"{ME}#main-key", "owner": ME, "publicKeyPem": _PAIR.public_pem} | change
    read = read_actor(frank(publicKey=key), "plain.example")
    assert (read.public_key_id, read.public_key_pem) == (None, None)
    good = {"id": f"{ME}#other", "owner": ME, "publicKeyPem": _PAIR.public_pem}
    read = read_actor(frank(publicKey=[key, good]), "plain.example", str(key["id"]))
    assert read.public_key_id == f"{ME}#other"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"controller": EVIL}, id="H12 of another controller"),
        pytest.param({"controller": None}, id="H12 of nobody"),
        pytest.param({"id": f"{EVIL}#proofs"}, id="H12 on another origin"),
        pytest.param({"publicKeyMultibase": "z6Mk"}, id="H16 unreadable"),
    ],
)
def test_a_proof_key_that_is_not_theirs_is_left_out(change: dict[str, Any]) -> None:
    key = {"id": f"{ME}#proofs", "type": "Multikey", "controller": ME, "publicKeyMultibase": _MULTIKEY}
    read = read_actor(frank(assertionMethod=[key | change]), "plain.example")
    assert (read.ed25519_key_id, read.ed25519_multikey) == (None, None)


def test_o06_what_lies_elsewhere_is_left_out() -> None:
    """O06: nobody makes us write to, or read from, somebody else's addresses."""
    read = read_actor(
        frank(
            followers=f"{EVIL}/followers",
            featured=f"{EVIL}/featured",
            endpoints={"sharedInbox": "https://evil.example/inbox"},
        ),
        "plain.example",
    )
    assert (read.followers_uri, read.featured_uri, read.shared_inbox) == (None, None, None)
