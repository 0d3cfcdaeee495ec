"""HTTP message signatures, RFC 9421, and Content-Digest (H01–H10, H15–H18)."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.activitypub.signatures import digest, keys, rfc9421, structured
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.signatures.structured import InnerList, Item, Token

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
KEY_ID = "https://a.example/users/alice#main-key"
URL = "https://b.example/inbox?x=1"
BODY = b'{"type":"Create"}'

RSA = keys.generate_rsa()
OTHER = keys.generate_rsa()
ED = keys.generate_ed25519()
Pairs = list[tuple[str, str]]


def signed(
    *, pair: keys.KeyPair = RSA, now: datetime = NOW, body: bytes | None = BODY, url: str = URL
) -> Pairs:
    private = keys.load_private(pair.private_pem)
    method = "GET" if body is None else "POST"
    return rfc9421.sign(method, url, body, key_id=KEY_ID, private_key=private, now=now)


def verify(headers: Pairs, **changed: Any) -> rfc9421.Parsed:
    arguments: dict[str, Any] = {
        "method": "POST",
        "url": URL,
        "headers": headers,
        "body": BODY,
        "public_key": keys.load_public(RSA.public_pem),
        "now": NOW,
    }
    arguments.update(changed)
    parsed = rfc9421.read_signature(headers, arguments["method"])
    rfc9421.verify(parsed, **arguments)
    return parsed


def refused(headers: Pairs, reason: str, **changed: Any) -> None:
    with pytest.raises(BadSignature, match=reason) as refusal:
        verify(headers, **changed)
    assert refusal.value.code == "unauthorized"
    assert refusal.value.sentence == "The signature could not be verified."


def replaced(headers: Pairs, name: str, value: str) -> Pairs:
    return [(key, value if key.lower() == name.lower() else old) for key, old in headers]


def without(headers: Pairs, name: str) -> Pairs:
    return [(key, value) for key, value in headers if key.lower() != name.lower()]


FULL = '"@method" "@target-uri" "content-digest"'
GOOD = f'created={STAMP};keyid="{KEY_ID}"'


def handmade(
    *labels: tuple[str, str, str], headers: Pairs | None = None, url: str = URL, pair: keys.KeyPair = RSA
) -> Pairs:
    """What some other program would send: any labels with any components and parameters, each truly signed."""
    headers = [("Content-Digest", digest.make_content(BODY))] if headers is None else headers
    private = keys.load_private(pair.private_pem)
    assert isinstance(private, RSAPrivateKey)
    inputs, values = [], []
    for label, covered, parameters in labels:
        wanted = f"({covered});{parameters}"
        member = structured.dictionary(f"{label}={wanted}")[label]
        assert isinstance(member, InnerList)
        base = rfc9421.signature_base(member, method="POST", url=url, headers=headers)
        value = base64.b64encode(private.sign(base, PKCS1v15(), SHA256())).decode()
        inputs.append(f"{label}={wanted}")
        values.append(f"{label}=:{value}:")
    return [*headers, ("Signature-Input", ", ".join(inputs)), ("Signature", ", ".join(values))]


# --- the RFC's own vectors -------------------------------------------------------------------------------

RFC_RSA = """-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----
"""
RFC_ED25519_PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
RFC_ED25519_PUBLIC = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
RFC_BODY = b'{"hello": "world"}'
RFC_DIGEST = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
)
RFC_URL = "https://example.com/foo?param=Value&Pet=dog"
RFC_HEADERS = [
    ("Host", "example.com"),
    ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Digest", RFC_DIGEST),
    ("Content-Length", "18"),
]


def test_rfc_b_2_6_ed25519() -> None:
    """Appendix B.2.6: the base, the signature, and its serialisation, to the byte."""
    text = (
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    wanted = structured.dictionary(text)["sig-b26"]
    assert isinstance(wanted, InnerList)
    assert f"sig-b26={structured.write(wanted)}" == text
    base = rfc9421.signature_base(wanted, method="POST", url=RFC_URL, headers=RFC_HEADERS)
    assert base.decode() == (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n'
        '"@method": POST\n'
        '"@path": /foo\n'
        '"@authority": example.com\n'
        '"content-type": application/json\n'
        '"content-length": 18\n'
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    value = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    private, public = load_pem_private_key(RFC_ED25519_PRIVATE.encode(), None), RFC_ED25519_PUBLIC.encode()
    assert isinstance(private, Ed25519PrivateKey)
    assert base64.b64encode(private.sign(base)).decode() == value
    key = load_pem_public_key(public)
    assert isinstance(key, Ed25519PublicKey)
    key.verify(base64.b64decode(value), base)


def test_rfc_section_4_3_rsa_v1_5() -> None:
    """Section 4.3: a proxy's signature with the algorithm of the Fediverse."""
    text = (
        'proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded")'
        ';created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540'
    )
    wanted = structured.dictionary(text)["proxy_sig"]
    assert isinstance(wanted, InnerList)
    headers = [*RFC_HEADERS, ("Forwarded", "for=192.0.2.123;host=example.com;proto=https")]
    url = "https://origin.host.internal.example/foo?param=Value&Pet=dog"
    base = rfc9421.signature_base(wanted, method="POST", url=url, headers=headers)
    value = (
        "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsO"
        "ckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8N"
        "MaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9d"
        "dzirrswsE1w5o0LV/g=="
    )
    key = load_pem_public_key(RFC_RSA.encode())
    assert isinstance(key, RSAPublicKey)
    key.verify(base64.b64decode(value), base, PKCS1v15(), SHA256())


def test_rfc_content_digest() -> None:
    """The digest of all requests in the RFC's appendix B.2."""
    digest.check_content(RFC_DIGEST, RFC_BODY)
    with pytest.raises(BadSignature, match="another one"):
        digest.check_content(RFC_DIGEST, RFC_BODY + b" ")


@pytest.mark.parametrize(
    "url, name, value",
    [
        (
            "https://www.example.com/path?param=value",
            "@target-uri",
            "https://www.example.com/path?param=value",
        ),
        ("https://www.example.com/path?param=value", "@authority", "www.example.com"),
        ("https://WWW.example.com:443/", "@authority", "www.example.com"),
        ("http://www.example.com:8080/", "@authority", "www.example.com:8080"),
        ("http://www.example.com/path", "@scheme", "http"),
        ("https://www.example.com/path?param=value", "@request-target", "/path?param=value"),
        ("https://www.example.com/path?param=value", "@path", "/path"),
        (
            "https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman",
            "@query",
            "?param=value&foo=bar&baz=bat%2Dman",
        ),
        ("https://www.example.com/path?queryString", "@query", "?queryString"),
        ("https://www.example.com/path", "@query", "?"),
        ("https://www.example.com", "@path", "/"),
    ],
)
def test_rfc_section_2_2_derived_components(url: str, name: str, value: str) -> None:
    wanted = InnerList((Item(name),))
    base = rfc9421.signature_base(wanted, method="POST", url=url, headers=[])
    assert base.decode() == f'"{name}": {value}\n"@signature-params": ("{name}")'


def test_rfc_section_2_1_header_fields() -> None:
    headers = [("X-OWS", "  leading and trailing \t"), ("Cache-Control", "max-age=60"), ("X-Empty", ""),
               ("Cache-Control", "    must-revalidate")]  # fmt: skip
    wanted = InnerList((Item("x-ows"), Item("cache-control"), Item("x-empty")))
    base = rfc9421.signature_base(wanted, method="GET", url=RFC_URL, headers=headers)
    assert base.decode().splitlines()[:3] == [
        '"x-ows": leading and trailing',
        '"cache-control": max-age=60, must-revalidate',
        '"x-empty": ',
    ]


# --- ours ------------------------------------------------------------------------------------------------


def test_what_we_sign() -> None:
    headers = dict(signed())
    assert headers["Signature-Input"] == (
        f'sig1=("@method" "@target-uri" "content-digest");created={STAMP};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'
    )
    hashed = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{hashed}:"
    assert set(headers) == {"Content-Digest", "Content-Type", "Signature-Input", "Signature"}
    assert set(dict(signed(body=None))) == {"Signature-Input", "Signature"}
    assert rfc9421.is_used(signed())
    assert not rfc9421.is_used([("Signature", 'keyId="a"')])


def test_what_we_sign_we_accept() -> None:
    parsed = verify(signed())
    assert (parsed.label, parsed.key_id, parsed.algorithm) == ("sig1", KEY_ID, "rsa-v1_5-sha256")
    ed = keys.load_public(ED.public_pem)
    assert verify(signed(pair=ED), public_key=ed).algorithm == "ed25519"
    verify(signed(body=None), method="GET", body=b"")


def test_what_others_sign_we_accept() -> None:
    """More components, no `alg`, other order, unknown parameters, SHA-512 beside SHA-256."""
    wide = '"host" "date" "@authority" "@method" "@target-uri" "content-digest" "content-type"'
    sha512 = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
    headers = [
        ("Host", "b.example"),
        ("Date", "Fri, 20 Nov 2026 12:00:00 GMT"),
        ("Content-Type", "application/activity+json"),
        ("Content-Digest", f"{digest.make_content(BODY)}, sha-512=:{sha512}:, md5=:AAAA:"),
    ]
    more = (
        f'tag="x";keyid="{KEY_ID}";nonce="n\\"o";expires={STAMP + 60};created={STAMP};odd;t=tok;b=?0;y=:AAA=:'
    )
    verify(handmade(("any-label", wide, more), headers=headers))


# --- refused ---------------------------------------------------------------------------------------------


def test_h01_unsigned_or_half_signed() -> None:
    refused([], "no signature")
    refused(without(signed(), "Signature"), "no signature")
    refused(replaced(signed(), "Signature", "sig2=:AAAA:"), "no value")
    refused(replaced(signed(), "Signature", "sig1=::"), "no value")
    refused(replaced(signed(), "Signature", 'sig1="AAAA"'), "no value")


@pytest.mark.parametrize(
    "covered, parameters",
    [
        pytest.param('"@target-uri" "content-digest"', GOOD, id="no method"),
        pytest.param('"@method" "content-digest"', GOOD, id="no target"),
        pytest.param('"@method" "@path" "@authority" "content-digest"', GOOD, id="path and authority only"),
        pytest.param('"@method" "@target-uri"', GOOD, id="no digest"),
        pytest.param(FULL, f'keyid="{KEY_ID}"', id="no created"),
        pytest.param(FULL, f"created={STAMP}", id="no keyid"),
    ],
)
def test_h02_h17_a_signature_without_our_demands_does_not_count(covered: str, parameters: str) -> None:
    refused(handmade(("sig1", covered, parameters)), "no signature over")


def test_h17_only_the_label_with_our_demands_is_verified() -> None:
    """A weak label beside is passed over; a strong one that fails is not rescued by another that holds."""
    weak, strong = ("weak", '"@method"', GOOD), ("strong", FULL, GOOD)
    assert verify(handmade(weak, strong)).label == "strong"
    refused(handmade(weak), "no signature over")
    two = handmade(("first", FULL, GOOD), strong)
    value = dict(two)["Signature"].partition("strong=")[2]
    broken = "first=:" + base64.b64encode(bytes(256)).decode() + ":, strong=" + value
    refused(replaced(two, "Signature", broken), "does not fit")
    # The weak one's value is not taken for the strong one's either.
    crossed = f"strong={dict(handmade(weak))['Signature'].partition('=')[2]}"
    refused(replaced(handmade(strong), "Signature", crossed), "does not fit")


def test_h17_components_with_parameters_are_not_understood() -> None:
    headers = signed()
    for odd in ('"content-digest";req', '"@query-param";name="x"', '"content-digest";sf'):
        value = dict(headers)["Signature-Input"].replace('"content-digest")', f'"content-digest" {odd})')
        refused(replaced(headers, "Signature-Input", value), "no signature over")


@pytest.mark.parametrize(
    "url",
    [
        "http://b.example/inbox?x=1",
        "https://c.example/inbox?x=1",
        "https://b.example:8443/inbox?x=1",
        "https://b.example/inbox?x=2",
        "https://b.example/inbox",
        "https://b.example/users/bob/inbox",
    ],
)
def test_h09_h10_h17_signed_for_another_address(url: str) -> None:
    """Another scheme, host, port, path or query than our own."""
    refused(signed(url=url), "does not fit")


def test_h09_bound_to_the_method() -> None:
    refused(signed(), "does not fit", method="PUT")
    refused(signed(body=None), "no signature over")


def test_h03_the_body_is_the_one_that_was_signed() -> None:
    refused(signed(), "another one", body=BODY + b" ")
    swapped = replaced(signed(), "Content-Digest", digest.make_content(b"{}"))
    refused(swapped, "does not fit", body=b"{}")
    refused(without(signed(), "Content-Digest"), "no header content-digest")
    refused(signed(body=None), "does not cover the body", method="GET", body=b"{}")


@pytest.mark.parametrize(
    "value, reason",
    [
        ("md5=:AAAA:", "no known"),
        ("sha-256=AAAA", "not a byte sequence"),
        ("sha-256=(:AAAA:)", "not a byte sequence"),
        ("sha-256=:AAAA:", "another one"),
        ("SHA-256=:AAAA:", "malformed"),
        ("sha-256=:A:", "base64"),
        ("", "malformed"),
    ],
)
def test_h04_digests_that_say_nothing(value: str, reason: str) -> None:
    with pytest.raises(BadSignature, match=reason):
        digest.check_content(value, BODY)


def test_h05_one_wrong_hash_of_two_is_refused() -> None:
    with pytest.raises(BadSignature, match="another one"):
        digest.check_content(f"{digest.make_content(BODY)}, sha-512=:AAAA:", BODY)


@pytest.mark.parametrize("name", ["Signature-Input", "Signature", "Content-Digest"])
def test_h06_headers_that_occur_twice(name: str) -> None:
    headers = signed()
    refused([*headers, (name.lower(), dict(headers)[name])], "occurs twice")


def test_h06_things_that_occur_twice() -> None:
    headers = signed()
    value = dict(headers)["Signature-Input"]
    refused(replaced(headers, "Signature-Input", f"{value}, {value}"), "sig1 occurs twice")
    refused(replaced(headers, "Signature-Input", f'{value};keyid="x"'), "parameter keyid occurs twice")
    double = value.replace('"@method"', '"@method" "@method"')
    refused(replaced(headers, "Signature-Input", double), "component twice")
    hashed = dict(headers)["Content-Digest"]
    refused(replaced(headers, "Content-Digest", f"{hashed}, {hashed}"), "occurs twice")


def test_h07_the_window() -> None:
    verify(signed(now=NOW - timedelta(hours=1)))
    verify(signed(now=NOW + timedelta(minutes=5)))
    refused(signed(now=NOW - timedelta(hours=1, seconds=1)), "too old")
    refused(signed(now=NOW + timedelta(minutes=5, seconds=1)), "future")
    refused(handmade(("a", FULL, f"{GOOD};expires={STAMP - 1}")), "before it was created")
    early = f'created={STAMP - 60};keyid="{KEY_ID}";expires={STAMP - 1}'
    refused(handmade(("a", FULL, early)), "expired")
    for odd in ('"1"', "-5", "99999999999", "?1", "now"):
        refused(handmade(("a", FULL, f'created={odd};keyid="{KEY_ID}"')), "number of seconds")
        refused(handmade(("a", FULL, f"{GOOD};expires={odd}")), "number of seconds")


def test_h15_the_key_decides_the_algorithm() -> None:
    for name in ("none", "hmac-sha256", "rsa-pss-sha512", "hs2019", ""):
        refused(handmade(("a", FULL, f'{GOOD};alg="{name}"')), "unknown algorithm")
    refused(handmade(("a", FULL, f"{GOOD};alg=rsa-v1_5-sha256")), "unknown algorithm")  # a word, no string
    refused(handmade(("a", FULL, f'{GOOD};alg="ed25519"')), "another algorithm")
    refused(signed(), "another algorithm", public_key=keys.load_public(ED.public_pem))
    refused(signed(), "does not fit", public_key=keys.load_public(OTHER.public_pem))


def test_what_is_covered_must_be_there() -> None:
    headers = signed()
    for name, reason in (
        ("x-none", "absent"),
        ("@status", "not understood"),
        ("@nonsense", "not understood"),
    ):
        value = dict(headers)["Signature-Input"].replace('"@method"', f'"@method" "{name}"')
        refused(replaced(headers, "Signature-Input", value), reason)


@given(st.text(max_size=80) | st.text('sig1=():;,"@ \\?abc019.-*', max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for name in ("Signature-Input", "Signature", "Content-Digest"):
        try:
            verify(replaced(signed(pair=ED), name, text), public_key=keys.load_public(ED.public_pem))
        except BadSignature:
            continue
        raise AssertionError(f"{name}: {text!r} was accepted")


@given(st.integers(0, 400), st.integers(0, 255))
def test_any_changed_byte_is_refused(position: int, byte: int) -> None:
    headers = signed(pair=ED)
    for name in ("Signature-Input", "Content-Digest"):
        value = bytearray(dict(headers)[name].encode())
        at = position % len(value)
        if value[at] == byte:
            continue
        value[at] = byte
        with pytest.raises(BadSignature):
            verify(
                replaced(headers, name, value.decode("latin-1")), public_key=keys.load_public(ED.public_pem)
            )


# --- structured fields -----------------------------------------------------------------------------------

_keys = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,8}", fullmatch=True)
_bare = (
    st.integers(-(10**15) + 1, 10**15 - 1)
    | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
    | st.binary(max_size=12)
    | st.booleans()
    | st.from_regex(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,8}", fullmatch=True).map(Token)
)
_parameters = st.dictionaries(_keys, _bare, max_size=4)
_items = st.builds(Item, _bare, _parameters)
_members = _items | st.builds(InnerList, st.lists(_items, max_size=4).map(tuple), _parameters)


@given(st.dictionaries(_keys, _members, min_size=1, max_size=8))
def test_what_is_written_is_read_again(members: dict[str, structured.Member]) -> None:
    text = ", ".join(f"{key}={structured.write(member)}" for key, member in members.items())
    assert structured.dictionary(text) == members


@pytest.mark.parametrize(
    "text",
    ["", ",", "a=1,", "a=1 b=2", "a=(1", "a=(1 2", "a=(1,2)", "a=1.5", "a=1;", "a=\"é\"", 'a="x', "A=1", "a=:x",
     "a=?2", "a=1234567890123456", "a=1;b;b", "a=1,a=2", "a=(\"x\"\"y\")", "a=@1", "a=%\"x\"", "a=1\n", "a=½"],
)  # fmt: skip
def test_malformed_fields_are_refused(text: str) -> None:
    with pytest.raises(BadSignature):
        structured.dictionary(text)


def test_fields_are_bounded() -> None:
    for text in ("a=" + "1" * 9_000, ", ".join(f"a{at}=1" for at in range(9)), f"a=({'1 ' * 51})",
                 "a=1" + "".join(f";p{at}" for at in range(51))):  # fmt: skip
        with pytest.raises(BadSignature, match="too"):
            structured.dictionary(text)


def test_only_plain_text_is_written() -> None:
    with pytest.raises(ValueError):
        structured.write(Item("é"))
