"""Key material: pairs, PEM with limits (H16), Multikey and base58."""

import base64
import contextlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.activitypub.signatures import keys, multibase
from fedi_aid.activitypub.signatures.refusals import BadKey, BadSignature


def public_pem(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def der_int(number: int) -> bytes:
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def rsa_pem(modulus: int, exponent: int) -> str:
    """A public key in PKCS#1 form, made by hand: no library signs off on what a stranger may send."""
    body = base64.encodebytes(der(0x30, der_int(modulus) + der_int(exponent))).decode()
    return f"-----BEGIN RSA PUBLIC KEY-----\n{body}-----END RSA PUBLIC KEY-----\n"


@pytest.mark.parametrize("make", [keys.generate_rsa, keys.generate_ed25519])
def test_a_generated_pair_loads_and_fits(make: object) -> None:
    assert callable(make)
    pair = make()
    private, public = keys.load_private(pair.private_pem), keys.load_public(pair.public_pem)
    assert private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    ) == public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert keys.load_public(pair.public_pem) is public
    keys.check_material(public)


def test_generated_rsa_keys_have_2048_bits() -> None:
    public = keys.load_public(keys.generate_rsa().public_pem)
    assert isinstance(public, rsa.RSAPublicKey)
    assert (public.key_size, public.public_numbers().e) == (2048, 65537)


MODULUS = (1 << 2047) + 12345
BIG = (1 << 16383) + 12345


def test_h16_the_hand_made_form_is_accepted_when_its_numbers_are_good() -> None:
    assert isinstance(keys.load_public(rsa_pem(MODULUS, 65537)), rsa.RSAPublicKey)


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(public_pem(rsa.generate_private_key(65537, 1024).public_key()), id="1024 bits"),
        pytest.param(rsa_pem(1 << 2046 | 1, 65537), id="2047 bits"),
        pytest.param(rsa_pem(MODULUS, 1), id="exponent 1"),
        pytest.param(rsa_pem(MODULUS, 2), id="exponent 2"),
        pytest.param(rsa_pem(MODULUS, 65536), id="even exponent"),
        pytest.param(rsa_pem((1 << 8192) + 12345, 65537), id="8193 bits"),
        pytest.param(rsa_pem(BIG, 65537), id="16384 bits"),
        pytest.param(public_pem(ec.generate_private_key(ec.SECP256R1()).public_key()), id="elliptic curve"),
        pytest.param("", id="empty"),
        pytest.param("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", id="garbage"),
        pytest.param("x" * 100_000, id="long"),
        pytest.param("\ud800", id="surrogate"),
    ],
)
def test_h16_weak_giant_and_unreadable_keys_are_refused(pem: str) -> None:
    with pytest.raises(BadKey):
        keys.load_public(pem)


def test_h16_a_weak_key_loaded_elsewhere_is_refused_too() -> None:
    with pytest.raises(BadKey):
        keys.check_material(rsa.generate_private_key(65537, 1024).public_key())


@pytest.mark.parametrize("pem", ["", "secret text", "x" * 100_000, keys.generate_rsa().public_pem])
def test_private_keys_are_refused_without_repeating_them(pem: str) -> None:
    with pytest.raises(BadKey) as refusal:
        keys.load_private(pem)
    assert refusal.value.log.startswith("private key: ")
    assert len(refusal.value.log) < 60


def test_multikey_goes_both_ways() -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    text = keys.to_multikey(public)
    assert text.startswith("z6Mk")
    assert keys.from_multikey(text) == public


def test_multikey_of_the_w3c_example() -> None:
    """vc-di-eddsa, appendix B.1: the secret and the public key of the examples belong together."""
    seed = multibase.decode("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")
    assert seed[:2] == b"\x80\x26"
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed[2:])
    assert keys.to_multikey(private.public_key()) == "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


GOOD = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        GOOD[1:],
        "u" + GOOD[1:],
        GOOD[:-1],
        GOOD + "1",
        GOOD.replace("M", "0"),
        "z" + "2" * 5_000,
        "zé",
    ],
)
def test_what_is_no_ed25519_multikey_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        keys.from_multikey(text)


@given(st.binary(min_size=1, max_size=64))
def test_base58_goes_both_ways(data: bytes) -> None:
    assert multibase.decode(multibase.encode(data)) == data


def test_base58_known_values() -> None:
    """From draft-msporny-base58."""
    assert multibase.encode(b"Hello World!") == "z2NEpo7TZRRrLZSi2U"
    assert multibase.encode(bytes.fromhex("0000287fb4cd")) == "z11233QC4"


@given(st.text())
def test_base58_reads_or_refuses(text: str) -> None:
    with contextlib.suppress(BadSignature):
        assert len(multibase.decode(text)) <= len(text)
