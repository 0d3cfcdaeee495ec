"""Closing a push: the published example letter for letter, and opening it as a device does."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.model.vapid import VapidKey
from fedi_aid.net import web_push
from fedi_aid.net.web_push import Subscriber, headers_for, is_auth, is_point, seal
from tests.net.push_device import Device

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# RFC 8291, section 5 and appendix A.
EXAMPLE = {
    "message": b"When I grow up, I want to be a watermelon",
    "ours": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "theirs": ("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "sent": (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    ),
}


def test_the_example_of_rfc_8291() -> None:
    number = int.from_bytes(raw(str(EXAMPLE["ours"])), "big")
    key = ec.derive_private_key(number, ec.SECP256R1())
    to = Subscriber(
        endpoint="https://push.example/x",
        p256dh=str(EXAMPLE["theirs"]),
        auth=str(EXAMPLE["auth"]),
        standard=True,
    )
    message = EXAMPLE["message"]
    assert isinstance(message, bytes)
    sealed = seal(to, message, lambda: (key, raw(str(EXAMPLE["salt"]))))
    assert urlsafe_b64encode(sealed.body).rstrip(b"=").decode() == EXAMPLE["sent"]
    assert sealed.headers == {"Content-Encoding": "aes128gcm"}


@pytest.mark.parametrize("standard", [True, False])
@given(message=st.binary(max_size=web_push.MAX_MESSAGE))
def test_what_is_closed_opens_on_the_device_alone(standard: bool, message: bytes) -> None:
    device, other = Device(standard=standard), Device(standard=standard)
    vapid = VapidKey.random()
    sealed = seal(device.subscriber, message)
    headers = headers_for(sealed, vapid, "https://push.example", "mailto:a@aid.example", NOW)
    assert device.opens(sealed.body, headers) == message
    assert len(sealed.body) <= 4_096
    with pytest.raises(InvalidTag):
        other.opens(sealed.body, headers)


def test_a_message_that_no_service_would_take_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        seal(Device(standard=True).subscriber, b"x" * (web_push.MAX_MESSAGE + 1))


def test_two_pushes_of_the_same_words_look_alike_in_nothing() -> None:
    device = Device(standard=True)
    one, other = seal(device.subscriber, b"the same"), seal(device.subscriber, b"the same")
    assert one.body[:16] != other.body[:16]
    assert one.body[86:] != other.body[86:]


@pytest.mark.parametrize("standard", [True, False])
def test_a_push_service_can_check_who_sends(standard: bool) -> None:
    """RFC 8292: the token is for this service only, soon over, and signed with the key that is told."""
    vapid = VapidKey.random()
    sealed = seal(Device(standard=standard).subscriber, b"hello")
    headers = headers_for(sealed, vapid, "https://push.example", "mailto:a@aid.example", NOW)
    if standard:
        scheme, _, rest = headers["Authorization"].partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(","))
        assert scheme == "vapid"
        token, key = parts["t"], parts["k"]
    else:
        scheme, _, token = headers["Authorization"].partition(" ")
        assert scheme == "WebPush"
        key = dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))["p256ecdsa"]
    assert raw(key) == vapid.public_bytes == urlsafe_b64decode(vapid.public)
    said, _, signature = token.rpartition(".")
    head, claims = (json.loads(raw(part)) for part in said.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims["aud"] == "https://push.example"
    assert claims["sub"] == "mailto:a@aid.example"
    assert 0 < claims["exp"] - NOW.timestamp() <= 24 * 3600
    number = raw(signature)
    der = encode_dss_signature(int.from_bytes(number[:32], "big"), int.from_bytes(number[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
    public.verify(der, said.encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, said.encode() + b"x", ec.ECDSA(SHA256()))


def test_the_key_of_a_secret_is_always_the_same_and_does_not_show_itself() -> None:
    one, again, other = (VapidKey.derived(secret) for secret in (b"a" * 32, b"a" * 32, b"b" * 32))
    assert one.public == again.public != other.public
    assert len(urlsafe_b64decode(one.public)) == 65
    assert "_key" not in repr(one)
    assert VapidKey.derived(b"\xff" * 32).public  # larger than the group


@pytest.mark.parametrize(
    "text", ["", "BA", "not base64!", "A" * 87, urlsafe_b64encode(b"\4" + b"\0" * 64).decode()]
)
def test_what_is_no_key_is_known(text: str) -> None:
    assert not is_point(text)
    assert not is_auth(text)
    assert is_point(Device(standard=True).subscriber.p256dh)
    assert is_auth("BTBZMqHH6r4Tts7J/aSIgg==")
