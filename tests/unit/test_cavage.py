"""HTTP signatures, draft-cavage-http-signatures-12, and the Digest header (H01–H10, H15, H16)."""

import base64
import contextlib
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from fedi_aid.activitypub.signatures import cavage, digest, keys
from fedi_aid.activitypub.signatures.refusals import BadSignature

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
KEY_ID = "https://a.example/users/alice#main-key"
HOSTS = {"b.example"}
BODY = b'{"type":"Create"}'

RSA = keys.generate_rsa()
OTHER = keys.generate_rsa()
ED = keys.generate_ed25519()
Pairs = list[tuple[str, str]]


def signed(
    *, pair: keys.KeyPair = RSA, now: datetime = NOW, body: bytes | None = BODY, target: str = "/inbox?x=1"
) -> Pairs:
    request = cavage.Outgoing(
        method="GET" if body is None else "POST", host="b.example", target=target, body=body
    )
    return cavage.sign(request, key_id=KEY_ID, private_key=keys.load_private(pair.private_pem), now=now)


def verify(headers: Pairs, **changed: Any) -> cavage.Parsed:
    arguments: dict[str, Any] = {
        "method": "POST",
        "target": "/inbox?x=1",
        "headers": headers,
        "body": BODY,
        "public_key": keys.load_public(RSA.public_pem),
        "our_hosts": HOSTS,
        "now": NOW,
    }
    arguments.update(changed)
    parsed = cavage.read_signature(headers)
    cavage.verify(parsed, **arguments)
    return parsed


def refused(headers: Pairs, reason: str, **changed: Any) -> None:
    with pytest.raises(BadSignature, match=reason) as refusal:
        verify(headers, **changed)
    assert refusal.value.code == "unauthorized"
    assert refusal.value.sentence == "The signature could not be verified."


def replaced(headers: Pairs, name: str, value: str) -> Pairs:
    return [(key, value if key.lower() == name.lower() else old) for key, old in headers]


def handmade(
    covered: str,
    *,
    headers: Pairs | None = None,
    algorithm: str | None = "rsa-sha256",
    extra: str = "",
    created: int | None = None,
    expires: int | None = None,
    method: str = "POST",
    target: str = "/inbox?x=1",
) -> Pairs:
    """What some other program would send: any covered set, any parameters, and a true signature."""
    if headers is None:
        headers = [
            ("Host", "b.example"),
            ("Date", "Fri, 20 Nov 2026 12:00:00 GMT"),
            ("Digest", digest.make(BODY)),
        ]
    base = cavage.signing_string(method, target, headers, covered.split(), created=created, expires=expires)
    private = keys.load_private(RSA.private_pem)
    assert isinstance(private, RSAPrivateKey)
    value = base64.b64encode(private.sign(base.encode(), PKCS1v15(), SHA256())).decode()
    parameters = [f'keyId="{KEY_ID}"', f'headers="{covered}"', f'signature="{value}"']
    parameters += [f'algorithm="{algorithm}"'] if algorithm is not None else []
    parameters += [f"created={created}"] if created is not None else []
    parameters += [f"expires={expires}"] if expires is not None else []
    parameters += [extra] if extra else []
    return [*headers, ("Signature", ",".join(parameters))]


FULL = "(request-target) host date digest"
STAMP = int(NOW.timestamp())


# --- the draft's own vectors -----------------------------------------------------------------------------

DRAFT_KEY = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----
"""
DRAFT_HEADERS = [
    ("Host", "example.com"),
    ("Date", "Sun, 05 Jan 2014 21:31:40 GMT"),
    ("Content-Type", "application/json"),
    ("Digest", "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="),
    ("Content-Length", "18"),
]
DRAFT_VECTORS = {
    "C.1 default": (
        "date",
        "SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lavg7T8hc"
        "0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=",
    ),
    "C.2 basic": (
        "(request-target) host date",
        "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+ef"
        "kb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
    ),
    "C.3 all headers": (
        "(request-target) host date content-type digest content-length",
        "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD4"
        "8XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=",
    ),
}


@pytest.mark.parametrize("name", DRAFT_VECTORS)
def test_draft_vectors_fit_our_signing_string(name: str) -> None:
    """Appendix C. C.3's value is the one computed without `(created)` and `(expires)`, as published."""
    covered, value = DRAFT_VECTORS[name]
    key = load_pem_public_key(DRAFT_KEY.encode())
    assert isinstance(key, RSAPublicKey)
    base = cavage.signing_string("POST", "/foo?param=value&pet=dog", DRAFT_HEADERS, covered.split())
    key.verify(base64.b64decode(value), base.encode(), PKCS1v15(), SHA256())


@pytest.mark.parametrize("name", DRAFT_VECTORS)
def test_h16_the_draft_key_of_1024_bits_is_refused(name: str) -> None:
    covered, value = DRAFT_VECTORS[name]
    headers = [
        *DRAFT_HEADERS,
        ("Signature", f'keyId="Test",algorithm="rsa-sha256",headers="{covered}",signature="{value}"'),
    ]
    refused(
        headers,
        "RSA key of 1024 bits" if "digest" in covered else "does not cover",
        body=b'{"hello": "world"}',
        target="/foo?param=value&pet=dog",
        our_hosts={"example.com"},
        now=datetime(2014, 1, 5, 21, 31, 40, tzinfo=UTC),
        public_key=load_pem_public_key(DRAFT_KEY.encode()),
    )


# --- signing and verifying -------------------------------------------------------------------------------


def test_what_we_sign_verifies_and_has_the_form_peers_expect() -> None:
    headers = signed()
    parsed = verify(headers)
    assert [name for name, _ in headers] == ["Host", "Date", "Digest", "Content-Type", "Signature"]
    assert dict(headers)["Date"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert parsed.key_id == KEY_ID
    assert parsed.algorithm == "rsa-sha256"
    assert parsed.covered == ("(request-target)", "host", "date", "digest", "content-type")


def test_a_get_is_signed_without_a_body() -> None:
    headers = signed(body=None, target="/notes/1")
    assert [name for name, _ in headers] == ["Host", "Date", "Signature"]
    verify(headers, method="GET", target="/notes/1", body=b"")


def test_h15_the_kind_of_key_decides_the_algorithm() -> None:
    verify(signed(pair=ED), public_key=keys.load_public(ED.public_pem))
    refused(signed(pair=ED), "does not fit")
    refused(signed(), "does not fit", public_key=keys.load_public(ED.public_pem))
    for algorithm in ("rsa-sha256", "hs2019", "RSA-SHA256", None):
        verify(handmade(FULL, algorithm=algorithm))
    for algorithm in ("none", "hmac-sha256", "rsa-sha1", "rsa-sha512", ""):
        refused(handmade(FULL, algorithm=algorithm), "unknown algorithm")


def test_header_names_are_read_in_any_case_and_order() -> None:
    verify([(name.upper(), value) for name, value in reversed(signed())])
    verify([(name.lower(), f" {value}\t") for name, value in signed()])


@pytest.mark.parametrize(
    "covered",
    [
        "(request-target) host date digest content-type",
        "(request-target) host date digest",
        "(request-target) host digest date",
        "(request-target) date host digest",
        "(request-target) content-length date digest host",
        "(request-target) content-type date digest host",
    ],
)
def test_the_covered_sets_of_known_peers_are_accepted(covered: str) -> None:
    headers = [
        ("Host", "b.example"),
        ("Date", "Fri, 20 Nov 2026 12:00:00 GMT"),
        ("Digest", digest.make(BODY)),
        ("Content-Type", "application/activity+json"),
        ("Content-Length", str(len(BODY))),
    ]
    verify(handmade(covered, headers=headers))


def test_h01_no_signature() -> None:
    refused(signed()[:-1], "no signature")
    refused([], "no signature")


@pytest.mark.parametrize(
    "covered",
    ["date", "host", "host date digest", "(request-target) date digest", "(request-target) host digest",
     "(request-target) host date"],
)  # fmt: skip
def test_h02_a_weak_covered_set_is_refused_although_the_signature_is_true(covered: str) -> None:
    refused(handmade(covered), "does not cover")


def test_h02_a_body_must_be_covered_whatever_the_method() -> None:
    headers = handmade("(request-target) host date", method="GET")
    verify(headers, method="GET", body=b"")
    refused(headers, "does not cover digest", method="GET")
    for method in ("POST", "DELETE", "PUT"):
        covered = handmade("(request-target) host date", method=method)
        refused(covered, "does not cover digest", method=method, body=b"")


def test_h03_the_digest_is_over_the_raw_bytes() -> None:
    refused(signed(), "another one", body=b'{"type": "Create"}')
    refused(signed(), "another one", body=b"")
    refused(replaced(signed(), "Digest", digest.make(b"x")), "does not fit", body=b"x")


def test_h04_a_missing_or_unknown_digest_is_refused() -> None:
    refused([pair for pair in signed() if pair[0] != "Digest"], "no header digest")
    for value in (f"MD5={base64.b64encode(hashlib.md5(BODY).digest()).decode()}", "", "SHA-256", "=", "a,b"):
        with pytest.raises(BadSignature):
            digest.check(value, BODY)


def test_h05_digest_names_in_any_case_and_several_values() -> None:
    sha256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    sha512 = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
    for value in (
        f"sha-256={sha256}",
        f"SHA-512={sha512},SHA-256={sha256}",
        f"unixsum=30637, SHA-256={sha256}",
        f"Sha-256={sha256} , md5=x",
    ):
        digest.check(value, BODY)
        headers = handmade(
            FULL,
            headers=[("Host", "b.example"), ("Date", "Fri, 20 Nov 2026 12:00:00 GMT"), ("Digest", value)],
        )
        verify(headers)
    for value in (
        f"SHA-512={sha512},SHA-256={sha512}",
        f"SHA-512={sha256},SHA-256={sha256}",
        f"SHA-256={sha256},SHA-256=AAAA",
        f"SHA-256={sha256[:-4]}",
        f"SHA-256=!{sha256}",
        "SHA-256=",
        ",".join(["x=y"] * 9),
    ):
        with pytest.raises(BadSignature):
            digest.check(value, BODY)


@pytest.mark.parametrize("name", ["Signature", "Digest", "Host", "Date"])
def test_h06_repeated_headers_are_refused(name: str) -> None:
    headers = signed()
    for again in (name, name.lower(), name.upper()):
        refused([*headers, (again, dict(headers)[name])], "occurs twice")


def test_h06_verify_does_not_rely_on_the_reader() -> None:
    headers = signed()
    parsed = cavage.read_signature(headers)
    doubled = [("Date", "Fri, 20 Nov 2026 12:00:01 GMT"), *headers]
    with pytest.raises(BadSignature, match="occurs twice"):
        cavage.verify(
            parsed, method="POST", target="/inbox?x=1", headers=doubled, body=BODY,
            public_key=keys.load_public(RSA.public_pem), our_hosts=HOSTS, now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    "extra", ['keyId="b"', 'keyid="b"', 'signature="AAAA"', 'headers="date"', 'algorithm="hs2019"']
)
def test_h06_repeated_parameters_are_refused(extra: str) -> None:
    refused(handmade(FULL, extra=extra), "occurs twice")
    refused(handmade(FULL, extra='x="1",X="2"'), "occurs twice")


def test_unknown_parameters_are_passed_over() -> None:
    verify(handmade(FULL, extra='opaque="a \\"quoted\\" text, with=signs",n=5'))


@pytest.mark.parametrize(
    "value",
    [
        "", ",", "keyId", 'keyId="a', 'keyId="a" headers="b"', 'keyId="a",', 'keyId="a",,headers="b"', "keyId=a",
        'keyId="a",headers="date"', 'keyId="",headers="date",signature="AAAA"', 'keyId="a",signature="AAAA"',
        'keyId="a",headers="",signature="AAAA"', 'keyId="a",headers="date date",signature="AAAA"',
        'keyId="a",headers="date",signature="*"', 'keyId="a",headers="date",signature="AAAA",created="x"',
        'keyId="a",headers="date",signature="AAAA",expires="-1"', 'keyId="' + "a" * 9_000 + '"',
        'keyId="a",headers="' + " ".join(f"x{n}" for n in range(60)) + '",signature="AAAA"', "Signature x",
    ],
)  # fmt: skip
def test_malformed_signature_headers_are_refused(value: str) -> None:
    with pytest.raises(BadSignature):
        cavage.read_signature([("Signature", value)])


@pytest.mark.parametrize(
    ("age", "fits"),
    [
        (timedelta(minutes=59), True),
        (timedelta(minutes=61), False),
        (timedelta(hours=13), False),
        (timedelta(minutes=-4), True),
        (timedelta(minutes=-10), False),
    ],
)
def test_h07_the_date_must_be_inside_the_window(age: timedelta, fits: bool) -> None:
    headers = signed(now=NOW - age)
    if fits:
        verify(headers)
    else:
        refused(headers, "too old|from the future")
    verify(headers, max_age=timedelta(hours=14), max_future=timedelta(hours=1))


def test_h07_created_and_expires() -> None:
    covered = "(request-target) host (created) digest"
    verify(handmade(covered, algorithm="hs2019", created=STAMP))
    verify(handmade(covered, algorithm=None, created=STAMP, expires=STAMP + 300))
    verify(handmade(f"{covered} (expires)", algorithm="hs2019", created=STAMP, expires=STAMP + 300))
    refused(handmade(covered, algorithm="hs2019", created=STAMP - 13 * 3600), "too old")
    refused(handmade(covered, algorithm="hs2019", created=STAMP + 600), "from the future")
    refused(handmade(covered, algorithm="hs2019", created=10**11), "from the future")
    refused(handmade(covered, algorithm="hs2019", created=STAMP, expires=STAMP - 1), "expires before")
    refused(handmade(covered, algorithm="hs2019", created=STAMP - 9, expires=STAMP - 5), "expired")
    refused(handmade(FULL, expires=STAMP - 5), "expired")
    refused(handmade(covered, created=STAMP), "excludes it")
    # Both times count where both are covered; an uncovered `created` proves nothing.
    both = "(request-target) host (created) date digest"
    refused(handmade(both, algorithm="hs2019", created=STAMP - 7200), "too old")
    refused(handmade("(request-target) host digest", algorithm="hs2019", created=STAMP), "cover a time")


@pytest.mark.parametrize(
    "value", ["", "now", "2026-11-20T12:00:00Z", "Fri, 31 Feb 2026 12:00:00 GMT", "Fri, 20 Nov 2026 12:00:00 CET",
              "Fri, 20 Nov 2026 25:00:00 GMT", "Fri, 20 Nov 0000 12:00:00 GMT"]
)  # fmt: skip
def test_h07_unreadable_dates_are_refused(value: str) -> None:
    headers = [("Host", "b.example"), ("Date", value), ("Digest", digest.make(BODY))]
    refused(handmade(FULL, headers=headers), "date cannot be read")


def test_h08_one_signature_has_one_fingerprint() -> None:
    first, again = verify(signed()), verify(signed())
    later = verify(signed(now=NOW + timedelta(seconds=1)))
    assert first.fingerprint() == again.fingerprint() != later.fingerprint()
    assert len(first.fingerprint()) == 32


def test_h09_method_path_and_query_are_bound() -> None:
    refused(signed(body=None), "does not cover digest")
    refused(signed(), "does not fit", method="PUT")
    for target in ("/users/bob/inbox?x=1", "/inbox?x=2", "/inbox", "/inbox?", "//inbox?x=1", "/INBOX?x=1"):
        refused(signed(), "does not fit", target=target)


def test_h09_old_peers_sign_the_path_only() -> None:
    verify(signed(target="/inbox"), target="/inbox?page=2")
    refused(signed(target="/inbox"), "does not fit", target="/outbox?page=2")


def test_h10_the_host_must_be_ours() -> None:
    refused(signed(), "another host", our_hosts={"c.example"})
    refused(replaced(signed(), "Host", "c.example"), "another host")
    refused(replaced(signed(), "Host", "c.example"), "does not fit", our_hosts={"b.example", "c.example"})
    for host in ("B.Example", "b.example:443"):
        verify(
            handmade(
                FULL,
                headers=[
                    ("Host", host),
                    ("Date", "Fri, 20 Nov 2026 12:00:00 GMT"),
                    ("Digest", digest.make(BODY)),
                ],
            )
        )


def test_every_changed_part_breaks_the_signature() -> None:
    headers = signed()
    refused(headers, "does not fit", public_key=keys.load_public(OTHER.public_pem))
    refused(replaced(headers, "Date", "Fri, 20 Nov 2026 12:00:01 GMT"), "does not fit")
    refused(replaced(headers, "Content-Type", "text/plain"), "does not fit")
    refused([*headers, ("Content-Type", "text/plain")], "does not fit")
    value = dict(headers)["Signature"]
    at = value.index('signature="') + len('signature="')
    flipped = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
    refused(replaced(headers, "Signature", flipped), "does not fit")
    refused(replaced(headers, "Signature", value.replace(" content-type", "")), "does not fit")


def test_covered_names_cannot_smuggle_lines() -> None:
    headers = [
        ("Host", "b.example"),
        ("Date", "Fri, 20 Nov 2026 12:00:00 GMT"),
        ("Digest", digest.make(BODY)),
        ("X-A", "1\ndate: x"),
    ]
    with pytest.raises(BadSignature, match="line break"):
        cavage.signing_string("POST", "/", headers, ["x-a"])
    for absent in ("x-b", "(created)", "(expires)", "(other)"):
        with pytest.raises(BadSignature, match="absent"):
            cavage.signing_string("POST", "/", headers, [absent])


HEADER_NAMES = st.sampled_from(["Signature", "Host", "Date", "Digest", "Content-Type", "X"])


@given(st.lists(st.tuples(HEADER_NAMES, st.text(max_size=80)), max_size=6), st.text(max_size=40))
def test_any_headers_are_verified_or_refused(headers: Pairs, target: str) -> None:
    with contextlib.suppress(BadSignature):
        verify(headers, target=target)
        pytest.fail("a signature out of nothing")


@given(st.text('keyIdhasrgnt="\\, (created)123', max_size=80))
def test_any_signature_header_is_read_or_refused(value: str) -> None:
    with contextlib.suppress(BadSignature):
        cavage.read_signature([("Signature", value)])


@given(st.sampled_from(["Host", "Date", "Digest", "Content-Type", "Signature"]), st.text(max_size=60))
def test_a_replaced_header_never_verifies(name: str, value: str) -> None:
    headers = signed()
    with pytest.raises(BadSignature):
        verify(replaced(headers, name, value + "x"))
