"""Strict parsing, the plain reading, accessors and origins (J02–J10, O01, O15)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.activitypub import documents
from fedi_aid.errors import Refused

AS = "https://www.w3.org/ns/activitystreams"


def raw(value: object) -> bytes:
    return json.dumps(value).encode()


def refuses(body: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        documents.parse(body)
    assert sentence in refusal.value.sentence


def nested(depth: int) -> bytes:
    """An object that holds lists, `depth` containers in all."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_a_good_document_is_given_back_as_written() -> None:
    text = (
        '{"@context": "https://a.example/", "@type": "as:Note", "n": [1, 1.5, -0.25, true, null], "s": "é😀"}'
    )
    assert documents.parse(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b"", "not valid JSON", id="empty"),
        pytest.param(b"{", "not valid JSON", id="cut"),
        pytest.param(b"{} {}", "not valid JSON", id="two"),
        pytest.param(b"\xef\xbb\xbf{}", "not valid JSON", id="byte order mark"),
        pytest.param(b"[]", "not a JSON object", id="list"),
        pytest.param(b'"text"', "not a JSON object", id="string"),
        pytest.param(b"null", "not a JSON object", id="null"),
        pytest.param(b'{"actor":"a","actor":"m"}', "twice", id="J06 duplicate key"),
        pytest.param(b'{"o":{"actor":"a","\\u0061ctor":"m"}}', "twice", id="J06 duplicate by escape"),
        pytest.param(b'{"n":NaN}', "not valid JSON", id="J07 NaN"),
        pytest.param(b'{"n":-Infinity}', "not valid JSON", id="J07 Infinity"),
        pytest.param(b'{"n":1e999}', "too big", id="J07 overflow"),
        pytest.param(b'{"n":9007199254740992}', "too big", id="J07 2^53"),
        pytest.param(b'{"n":-9007199254740992}', "too big", id="J07 -2^53"),
        pytest.param(b'{"n":9007199254740993.0}', "too big", id="J07 beyond 2^53 as a fraction"),
        pytest.param(b'{"n":' + b"9" * 5000 + b"}", "too big", id="J07 more digits than int() takes"),
        pytest.param(b'{"n":0.' + b"1" * 5000 + b"}", "digits", id="J07 endless fraction"),
        pytest.param(nested(33), "deeply", id="J08 depth 33"),
        pytest.param(b"[" * 100_000, "deeply", id="J08 a hundred thousand brackets"),
        pytest.param(b'{"a":' * 100_000, "deeply", id="J08 a hundred thousand braces"),
        pytest.param(raw({"a": list(range(10_000))}), "too many values", id="J08 nodes"),
        pytest.param(raw({"a": [{}] * 10_000}), "too many values", id="J08 empty objects"),
        pytest.param(b'"' * 1_000_000, "too many values", id="J08 strings"),
        pytest.param(raw({str(n): n for n in range(1_001)}), "too many keys", id="J08 keys"),
        pytest.param(b'{"a":"' + b"x" * 1_048_570 + b'"}', "too long", id="J08 body"),
        pytest.param(b'{"s":"\xff"}', "UTF-8", id="J09 invalid UTF-8"),
        pytest.param(b'{"s":"\xed\xa0\x80"}', "UTF-8", id="J09 surrogate in UTF-8"),
        pytest.param(b'{"s":"\\ud800"}', "valid Unicode", id="J09 lone surrogate"),
        pytest.param(b'{"\\udc00":1}', "valid Unicode", id="J09 lone surrogate in a key"),
        pytest.param(b'{"s":["\\u0000"]}', "NUL", id="J09 NUL"),
        pytest.param(b'{"a\\u0000":1}', "NUL", id="J09 NUL in a key"),
        pytest.param(b'{"@context":["\\u0000"]}', "NUL", id="J09 NUL in a context"),
        pytest.param(b'{"id":"x","@id":"y"}', "two names", id="J04 id twice"),
        pytest.param(b'{"o":[{"type":"Note","@type":"Note"}]}', "two names", id="J04 type twice, deep"),
        pytest.param(b'{"content":"a","as:content":"b"}', "two names", id="J04 prefix"),
        pytest.param(raw({"as:to": 1, f"{AS}#to": 2}), "two names", id="J04 prefix and full IRI"),
    ],
)
def test_doubtful_documents_are_refused_with_a_sentence(body: bytes, sentence: str) -> None:
    refuses(body, sentence)


@pytest.mark.parametrize("key", ["@graph", "@included", "@reverse", "@nest", "@set"])
def test_j03_json_ld_constructions_are_refused_at_every_depth(key: str) -> None:
    forms: list[object] = [{key: {}}, {"object": {key: []}}, {"tag": [1, [{key: "x"}]]}]
    for document in forms:
        refuses(raw(document), "construction")


def test_j08_what_is_just_small_enough_is_accepted() -> None:
    assert documents.parse(nested(32))
    assert len(documents.parse(raw({"a": [0] * 9_998}))["a"]) == 9_998
    assert len(documents.parse(raw({str(n): n for n in range(1_000)}))) == 1_000
    assert documents.parse(b'{"n":9007199254740991,"m":-9007199254740991}')["n"] == 2**53 - 1
    assert documents.parse(b'{"s":"[[[[{{{{,,,,\\"[[[[\\\\"}') == {"s": '[[[[{{{{,,,,"[[[[\\'}


def test_j08_brackets_inside_strings_do_not_count_and_escapes_do_not_hide_them() -> None:
    assert documents.parse(raw({"s": "[" * 5_000 + '"' + "[" * 5_000}))["s"].count("[") == 10_000
    refuses(b'{"s":"\\\\","a":' + b"[" * 40 + b"]" * 40 + b"}", "deeply")
    refuses(b'\\"' * 200_000, "not valid JSON")


@pytest.mark.parametrize(
    "definitions",
    [
        {"content": "as:summary", "actor": "ex:x"},
        {"to": "as:cc"},
        {"to": None},
        {"to": {"@id": "as:bto", "@type": "@id"}},
        {"to": {"@reverse": "as:to"}},
        {"to": {"@id": "as:to", "@nest": "x"}},
        {"object": {"@type": "@id"}},
        {"as:to": "as:cc"},
        {f"{AS}#to": "as:cc"},
        {"as": "https://evil.example/ns#"},
        {"id": "as:name"},
        {"type": "as:name"},
        {"Note": "as:Person"},
        {"contentMap": "as:summary"},
        {"fine": {"@id": "as:Note", "@context": {"actor": "as:object"}}},
        {"inReplyTo": ["as:inReplyTo"]},
        {"attributedTo": 5},
        {"object": {"@id": "as:object", "@container": "@index"}},
        {"tag": {"@id": "as:tag", "@container": ["@graph", "@id"]}},
        {"actor": {"@id": "as:actor", "@type": "@vocab"}},
        {"alsoKnownAs": "as:url"},
    ],
)
def test_j02_a_context_that_changes_core_words_is_refused(definitions: dict[str, Any]) -> None:
    for context in (definitions, [AS, definitions], [AS, [definitions]]):
        refuses(raw({"@context": context, "type": "Note"}), "core word")
        refuses(raw({"object": [{"@context": context}]}), "core word")


def test_j02_contexts_of_real_peers_are_accepted() -> None:
    context = [
        AS,
        "https://w3id.org/security/v1",
        {
            "toot": "http://joinmastodon.org/ns#",
            "Hashtag": "as:Hashtag",
            "sensitive": "as:sensitive",
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "object": {"@id": "as:object", "@type": "@json"},
            "inbox": {"@id": "ldp:inbox", "@type": "@id"},
            "likes": {"@id": "as:likes", "@type": "@id"},
            "id": "@id",
            "type": "@type",
            "as": f"{AS}#",
            "contentMap": {"@id": "as:content", "@container": "@language"},
            "parts": {"@id": "toot:parts", "@container": "@set"},
            "@language": "und",
        },
    ]
    assert documents.parse(raw({"@context": context}))["@context"] == context


def test_j04_the_plain_reading_renames_and_leaves_the_original_alone() -> None:
    original = {
        "@context": {"x": {"@id": "as:x"}},
        "@id": "https://a.example/1",
        "@type": ["as:Create", f"{AS}#Activity", "x:Other"],
        "as:actor": "https://a.example/u",
        "to": ["as:Public", "https://b.example/"],
        "cc": "Public",
        "as:object": {"@type": "as:Note", "as:content": "as:it is", "to": {"@id": "https://c.example/"}},
    }
    parsed = documents.parse(raw(original))
    plain = documents.normalised(parsed)
    assert parsed == original
    assert plain == {
        "@context": {"x": {"@id": "as:x"}},
        "id": "https://a.example/1",
        "type": ["Create", "Activity", "x:Other"],
        "actor": "https://a.example/u",
        "to": [documents.PUBLIC, "https://b.example/"],
        "cc": documents.PUBLIC,
        "object": {"type": "Note", "content": "as:it is", "to": {"id": "https://c.example/"}},
    }
    assert documents.normalised(plain) == plain


def test_j05_linked_data_signatures_are_not_in_the_plain_reading() -> None:
    document = {"type": "Note", "signature": {"type": "RsaSignature2017", "creator": "x"}}
    assert documents.normalised(documents.parse(raw(document))) == {"type": "Note"}


SHAPES: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 2.5, "", "text", "2026-11-20T10:00:00Z", [], {}, [[]], [None], [{}],
    ["a", {"id": "b"}, {"href": "c"}, 4, ["d"]], {"id": "x"}, {"id": 5}, {"href": "y"}, {"id": {"id": "z"}},
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_j10_accessors_give_their_type_or_nothing(shape: Any) -> None:
    for document in ({"k": shape, "type": shape}, shape):
        assert isinstance(documents.text(document, "k"), str | None)
        assert isinstance(documents.link(document, "k"), str | None)
        assert all(isinstance(found, str) for found in documents.links(document, "k"))
        assert all(isinstance(found, dict) for found in documents.objects(document, "k"))
        assert all(isinstance(found, str) for found in documents.types(document))
        assert type(documents.number(document, "k")) in (float, type(None))
        assert type(documents.strict_int(document, "k")) in (int, type(None))
        assert documents.flag(document, "k") in (True, False, None)
        assert isinstance(documents.moment(document, "k"), datetime | None)
        documents.is_type(document, "Note")


def test_j10_accessors_read_every_usual_form() -> None:
    document = {
        "one": "https://a.example/",
        "object": {"id": "https://b.example/"},
        "link": {"type": "Link", "href": "https://c.example/"},
        "many": ["https://a.example/", {"id": "https://b.example/"}, None, 7, {"x": 1}],
        "type": ["Note", 5, "Thing"],
        "three": 3,
        "half": 0.5,
        "yes": True,
    }
    assert [documents.link(document, key) for key in ("one", "object", "link", "many")] == [
        "https://a.example/",
        "https://b.example/",
        "https://c.example/",
        None,
    ]
    assert documents.links(document, "many") == ["https://a.example/", "https://b.example/"]
    assert documents.links(document, "one") == ["https://a.example/"]
    assert documents.objects(document, "many") == [{"id": "https://b.example/"}, {"x": 1}]
    assert documents.objects(document, "object") == [{"id": "https://b.example/"}]
    assert documents.types(document) == ["Note", "Thing"]
    assert documents.is_type(document, "Article", "Thing")
    assert not documents.is_type(document, "Article")
    assert (documents.number(document, "three"), documents.number(document, "half")) == (3.0, 0.5)
    assert documents.number(document, "yes") is None
    assert len(documents.links({"to": ["x"] * 9_000}, "to")) == documents.MAX_LINKS


def test_c05_an_integer_is_an_integer_and_a_flag_a_boolean() -> None:
    assert documents.strict_int({"k": 1}, "k") == 1
    for value in (1.0, True, "1", None, [1]):
        assert documents.strict_int({"k": value}, "k") is None
    assert documents.strict_int(documents.parse(b'{"k":1.0}'), "k") is None
    assert documents.strict_int(documents.parse(b'{"k":1e0}'), "k") is None
    assert documents.flag({"k": False}, "k") is False
    for value in (1, 0, "true", None, []):
        assert documents.flag({"k": value}, "k") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20t10:00:00z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T10:00:00.123456789Z", datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)),
        ("1969-12-31T23:59:59Z", None),
        ("1970-01-01T00:00:00+05:00", None),
        ("2101-01-01T00:00:00Z", None),
        ("2100-12-31T23:00:00-05:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-02-30T10:00:00Z", None),
        ("2026-11-20", None),
        ("2026-W47-5T10:00:00Z", None),
        ("20261120T100000Z", None),
        ("٢٠٢٦-11-20T10:00:00Z", None),
        ("yesterday", None),
        (1_700_000_000, None),
    ],
)
def test_j10_moments(written: object, meant: datetime | None) -> None:
    found = documents.moment({"published": written}, "published")
    assert found == meant
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://a.example/users/x?y#z", ("https", "a.example", 443)),
        ("HTTPS://A.Example", ("https", "a.example", 443)),
        ("https://a.example:443/", ("https", "a.example", 443)),
        ("http://a.example:8080/", ("http", "a.example", 8080)),
        ("http://127.0.0.1:3000/u", ("http", "127.0.0.1", 3000)),
        ("http://[::1]:3000/u", ("http", "[::1]", 3000)),
        ("https://xn--bcher-kva.example/ü", ("https", "xn--bcher-kva.example", 443)),
    ],
)
def test_o01_origins(uri: str, expected: tuple[str, str, int]) -> None:
    assert documents.origin(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "", "a.example", "//a.example/", "https:a.example", "https:/a.example", "https://", "https:///x",
        "ftp://a.example/", "javascript:alert(1)", "data:text/html,x", "as:Public", "did:key:z6Mk",
        "https://a.example@evil.example/", "https://user:secret@a.example/", "https://@a.example/",
        "https://a.example./", "https://a..example/", "https://.a.example/", "https://-a.example/",
        "https://a.example:/", "https://a.example:0/", "https://a.example:99999/", "https://a.example:x/",
        "https://a.example\\@evil.example/", "https://a.example/\\..", "https://a.exa mple/",
        " https://a.example/", "https://a.example/\n", "https://a.example/a b", "https://a.example/\t",
        "https://a.example/\x00", "https://a.example/\x7f", "https://a.example/\u00a0",
        "https://a.example/\u200b", "https://a.example/\u202e", "https://аlice.example/", "https://ａ.example/",
        "https://a%2eexample/", "https://[::1", "https://[v1.x]/", "https://[fe80::1%25eth0]/",
        "https://a.example/" + "x" * 2_048, "https://" + "a" * 300 + "/",
    ],
)  # fmt: skip
def test_o15_doubtful_uris_have_no_origin(uri: str) -> None:
    assert documents.origin(uri) is None
    assert not documents.same_origin(uri, uri)


def test_o01_same_origin_needs_scheme_host_and_port() -> None:
    same = documents.same_origin
    assert same("https://a.example/1", "https://A.example:443/2")
    assert not same("https://a.example/", "http://a.example/")
    assert not same("https://a.example/", "https://a.example:8443/")
    assert not same("https://a.example/", "https://a.example.evil.example/")
    assert not same(None, "https://a.example/")
    assert not same("https://a.example/", None)


# --- fuzzing ---------------------------------------------------------------------------------------------

KEYS = [
    "@context",
    "@id",
    "id",
    "@type",
    "type",
    "to",
    "actor",
    "object",
    "content",
    "published",
    "k",
    "@set",
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["as:Note", "https://a.example/", "2026-11-20T10:00:00Z", "\ud800", "\0"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner),
    max_leaves=20,
)


def read_everything(document: Any) -> None:
    for key in [*KEYS, *(document if isinstance(document, dict) else ())]:
        documents.text(document, key)
        found = documents.link(document, key)
        documents.same_origin(found, found)
        documents.links(document, key)
        documents.number(document, key)
        documents.strict_int(document, key)
        documents.flag(document, key)
        documents.moment(document, key)
        for inner in documents.objects(document, key):
            read_everything(inner)
    documents.types(document)
    documents.is_type(document, "Note")


def parse_and_read(body: bytes) -> None:
    try:
        document = documents.parse(body)
    except Refused:
        return
    read_everything(document)
    try:
        plain = documents.normalised(document)
    except Refused:
        return
    read_everything(plain)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_j10_any_bytes_are_read_or_refused(body: bytes) -> None:
    parse_and_read(body)


@settings(deadline=None)
@given(st.text('{}[]",:\\u0d8 \n@idtype1e9.-', max_size=120))
def test_j10_almost_json_is_read_or_refused(text: str) -> None:
    parse_and_read(text.encode())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=8))
def test_j10_any_json_is_read_or_refused(document: dict[str, Any]) -> None:
    parse_and_read(json.dumps(document).encode())


@settings(deadline=None)
@given(values)
def test_j10_accessors_take_any_value(value: Any) -> None:
    read_everything(value)


@settings(deadline=None)
@given(st.text())
def test_o15_origin_takes_any_text(text: str) -> None:
    for uri in (text, f"https://{text}", f"https://a.example{text}", f"http://[{text}]/"):
        found = documents.origin(uri)
        assert found is None or (found[0] in ("http", "https") and found[1].isascii() and "@" not in found[1])
