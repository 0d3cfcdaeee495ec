"""Key pairs: making, storing as PEM, loading with a cache, and the Multikey form of Ed25519 (FEP-521a)."""

from functools import lru_cache
from typing import TypeAlias

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from fedi_aid.activitypub.signatures import multibase
from fedi_aid.activitypub.signatures.refusals import BadKey, BadSignature

PublicMaterial: TypeAlias = RSAPublicKey | Ed25519PublicKey
PrivateMaterial: TypeAlias = RSAPrivateKey | Ed25519PrivateKey

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
# The PEM of an 8192-bit public key has 1.5 KB, that of a private one 6.5 KB.
MAX_PUBLIC_PEM = 4_000
MAX_PRIVATE_PEM = 16_000
ED25519_PREFIX = b"\xed\x01"


class KeyPair(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh pair as PEM texts: PKCS#8 without a password, and SubjectPublicKeyInfo."""

    private_pem: str
    public_pem: str


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A published key. `owner` is the actor that *lists* the key, not what the key document claims (H12)."""

    id: str
    owner: str
    material: PublicMaterial


def generate_rsa() -> KeyPair:
    """A new RSA-2048 pair, the one form every peer verifies."""
    return _pair(generate_private_key(public_exponent=65537, key_size=MIN_RSA_BITS))


def generate_ed25519() -> KeyPair:
    """A new Ed25519 pair, for object proofs."""
    return _pair(Ed25519PrivateKey.generate())


def _pair(private: PrivateMaterial) -> KeyPair:
    private_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(private_pem=private_pem.decode("ascii"), public_pem=public_pem.decode("ascii"))


@lru_cache(maxsize=4096)
def load_public(pem: str) -> PublicMaterial:
    """The public key in a PEM text, remembered; `BadKey` for what is unreadable, weak or giant (H16)."""
    if len(pem) > MAX_PUBLIC_PEM:
        raise BadKey("public key: the PEM is too long")
    try:
        key = serialization.load_pem_public_key(pem.encode("utf-8"))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"public key: {error}") from error
    if isinstance(key, RSAPublicKey):
        _check_rsa(key)
        return key
    if isinstance(key, Ed25519PublicKey):
        return key
    raise BadKey("public key: neither RSA nor Ed25519")


@lru_cache(maxsize=1024)
def load_private(pem: str) -> PrivateMaterial:
    """The private key in one of our own PEM texts, remembered; `BadKey` like `load_public`."""
    if len(pem) > MAX_PRIVATE_PEM:
        raise BadKey("private key: the PEM is too long")
    try:
        key = serialization.load_pem_private_key(pem.encode("utf-8"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library's text is not repeated: it must not be able to carry a piece of the key into a log.
        raise BadKey("private key: unreadable") from error
    if isinstance(key, RSAPrivateKey):
        _check_rsa(key.public_key())
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise BadKey("private key: neither RSA nor Ed25519")


def check_material(key: PublicMaterial) -> None:
    """`BadKey` unless a key, wherever it was loaded, is of a kind and size that we use (H16)."""
    if isinstance(key, RSAPublicKey):
        _check_rsa(key)
    elif not isinstance(key, Ed25519PublicKey):
        raise BadKey("public key: neither RSA nor Ed25519")


def _check_rsa(key: RSAPublicKey) -> None:
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise BadKey(f"RSA key of {key.key_size} bits")
    exponent = key.public_numbers().e
    if exponent < 3 or exponent % 2 == 0:
        raise BadKey(f"RSA exponent {exponent}")


def to_multikey(key: Ed25519PublicKey) -> str:
    """`z6Mk…`: the `publicKeyMultibase` of an Ed25519 key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return multibase.encode(ED25519_PREFIX + raw)


@lru_cache(maxsize=4096)
def from_multikey(text: str) -> Ed25519PublicKey:
    """The Ed25519 key of a `z6Mk…` text, remembered; `BadKey` for anything else."""
    try:
        data = multibase.decode(text)
    except BadSignature as error:
        raise BadKey(error.reason) from error
    if len(data) != 34 or not data.startswith(ED25519_PREFIX):
        raise BadKey("multikey: not an Ed25519 public key")
    return Ed25519PublicKey.from_public_bytes(data[2:])
