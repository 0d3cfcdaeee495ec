"""Documents in unusual JSON-LD forms: brought into plain words, or refused; never loaded, never believed (J01–J05)."""

import copy
import json
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from fedi_aid.activitypub import actors, documents, extension, linked_data
from fedi_aid.activitypub.signatures import keys, proofs
from fedi_aid.activitypub.signatures.refusals import BadSignature
from fedi_aid.activitypub.vocabulary import PLAIN
from fedi_aid.errors import Refused

AS = "https://www.w3.org/ns/activitystreams"
XSD = "http://www.w3.org/2001/XMLSchema#"
FRANK = "https://plain.example/users/frank"
# What all the forms below say.
SAID = {
    "id": "https://plain.example/notes/1",
    "type": "Note",
    "attributedTo": FRANK,
    "content": "<p>Who has a ladder?</p>",
    "published": "2026-03-14T08:59:00Z",
    "to": [documents.PUBLIC, "https://one.example/users/amina"],
    "tag": {"type": "Hashtag", "name": "#ladder"},
}
EXPANDED = {
    "@id": SAID["id"],
    "@type": [f"{AS}#Note"],
    f"{AS}#attributedTo": [{"@id": FRANK}],
    f"{AS}#content": [{"@value": SAID["content"]}],
    f"{AS}#published": [{"@type": f"{XSD}dateTime", "@value": SAID["published"]}],
    f"{AS}#to": [{"@id": f"{AS}#Public"}, {"@id": "https://one.example/users/amina"}],
    f"{AS}#tag": [{"@type": [f"{AS}#Hashtag"], f"{AS}#name": [{"@value": "#ladder"}]}],
}
OWN_WORDS = {
    "@context": [
        AS,
        "https://plain.example/somewhere/context.jsonld",
        {
            "uri": "@id",
            "art": "@type",
            "Notiz": "as:Note",
            "von": {"@id": "as:attributedTo", "@type": "@id"},
            "an": {"@id": "as:to", "@type": "@id"},
            "inhalt": "as:content",
            "activity": f"{AS}#",
        },
    ],
    "uri": SAID["id"],
    "art": "Notiz",
    "von": FRANK,
    "an": ["as:Public", "https://one.example/users/amina"],
    "inhalt": SAID["content"],
    "activity:published": SAID["published"],
    "tag": {"art": "activity:Hashtag", "activity:name": "#ladder"},
}


def read(document: object) -> dict[str, Any]:
    return documents.normalised(documents.parse(json.dumps(document).encode()))


def said(document: object) -> dict[str, Any]:
    found = read(document)
    found.pop("@context", None)
    return found


def refuses(document: object, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        read(document)
    assert sentence in refusal.value.sentence


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """J01: a single attempt to open a connection fails the test."""

    def connect(*_: object) -> None:
        raise AssertionError("something was to be loaded")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


@pytest.mark.parametrize(
    "form",
    [EXPANDED, [EXPANDED], OWN_WORDS, {"@context": AS, **SAID, "content": {"@value": SAID["content"]}}],
    ids=["expanded", "expanded in a list", "words of its own", "a value object"],
)
def test_j01_j04_every_form_says_the_same_and_nothing_is_loaded(form: object) -> None:
    assert said(form) == SAID


def test_words_that_nobody_defined_keep_their_names_and_values() -> None:
    found = said(
        {**OWN_WORDS, "quoteUrl": "https://b.example/1", "shoeSize": {"left": 42}, "sensitive": True}
    )
    assert found == {
        **SAID,
        "quoteUrl": "https://b.example/1",
        "shoeSize": {"left": 42},
        "sensitive": True,
    }


def test_a_text_in_a_language_is_read_by_language() -> None:
    form = {**EXPANDED, f"{AS}#content": [{"@value": "Salut", "@language": "fr"}]}
    assert said(form)["contentMap"] == {"fr": "Salut"}


def test_what_is_no_address_does_not_become_one() -> None:
    found = said({**OWN_WORDS, "an": ["amina", "", "../amina"], "inReplyTo": "1"})
    assert found["to"] == ["amina", "", "../amina"]
    assert found["inReplyTo"] == "1"


PEERS: list[Any] = [
    AS,
    [AS, "https://w3id.org/security/v1", {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"}],
    [AS, "https://plain.example/schemas/litepub-0.1.jsonld", {"@language": "und"}],
    [
        AS,
        {
            "ostatus": "http://ostatus.org#",
            "atomUri": "ostatus:atomUri",
            "toot": "http://joinmastodon.org/ns#",
        },
    ],
    [AS, {"alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"}, "quoteUrl": "as:quoteUrl"}],
    [AS, {"_misskey_quote": "misskey:_misskey_quote", "misskey": "https://misskey-hub.net/ns#"}],
    [AS, {"pt": "https://joinpeertube.org/ns#", "sc": "http://schema.org/", "uuid": "sc:identifier"}],
    extension.CONTEXT,
    actors.CONTEXT,
]


@pytest.mark.parametrize("context", PEERS, ids=range(len(PEERS)))
def test_the_usual_documents_do_not_go_this_way(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What everybody sends costs nothing more."""

    def compacted(_: object) -> None:
        raise AssertionError("an ordinary document was taken for an unusual one")

    monkeypatch.setattr(linked_data, "compacted", compacted)
    assert said({"@context": context, "as:summary": "x", **SAID}) == {"summary": "x", **SAID}


# -- what is refused


@pytest.mark.parametrize(
    "definitions",
    [
        {"inhalt": "as:content", "content": "as:summary"},
        {"inhalt": "as:content", "as": "https://evil.example/ns#"},
        {"inhalt": "as:content", "actor": {"@id": "as:object", "@type": "@id"}},
        {"uri": "@id", "id": "as:name"},
    ],
)
def test_j02_other_names_may_be_given_and_ours_not_taken(definitions: dict[str, Any]) -> None:
    refuses({"@context": [AS, definitions], **SAID}, "core word")


@pytest.mark.parametrize(
    "form",
    [
        {"@context": {"more": "@graph"}, "type": "Note", "more": [SAID]},
        {"@context": {"more": "@included"}, "type": "Note", "more": [SAID]},
        {"@context": {"more": "@reverse"}, "type": "Note", "more": {"as:object": SAID}},
        {"@context": {"more": "@nest"}, "type": "Note", "more": {"content": "x"}},
        {"@context": {"k": "as:content", "objectOf": {"@reverse": "as:object"}}, "objectOf": SAID},
        {"@context": {"k": "as:content", "x": {"@id": "as:name", "@nest": "more"}}, "more": {"x": "y"}},
        {"@context": {"k": "as:content", "x": {"@id": "as:tag", "@container": "@graph"}}, "x": SAID},
        {"@context": {"k": "as:content", "x": {"@id": "as:tag", "@container": ["@set", "@id"]}}, "x": SAID},
        {
            "@context": {"k": "as:content", "x": {"@id": "as:tag", "@context": {"y": "as:to"}}},
            "x": {"y": "z"},
        },
        {"@context": {"k": "as:content", "@import": "https://evil.example/c"}, "k": "x"},
        {"@context": {"k": "as:content", "@propagate": False}, "k": "x"},
        {"@context": {"k": "as:content"}, "object": {"@context": None, "k": "x"}},
        {"@context": {"k": "as:content"}, "k": "x", "@index": "y"},
        {"@context": {"k": "as:content"}, "@none": "y"},
        {
            "@context": {"a": "as:content", **{f"t{n}": f"https://b.example/{n}#" for n in range(200)}},
            "a": "x",
        },
        {"@context": {"k": "as:content"}, "tag": [{"name": "x"}] * 500},
    ],
    ids=range(16),
)
def test_j03_constructions_that_move_values_are_refused_under_any_name(form: dict[str, Any]) -> None:
    refuses(form, "construction")


@pytest.mark.parametrize(
    "form",
    [
        {**OWN_WORDS, "content": "<p>Something else</p>"},
        {**OWN_WORDS, "as:content": "<p>Something else</p>"},
        {**OWN_WORDS, "activity:content": "<p>Something else</p>"},
        {**OWN_WORDS, f"{AS}#content": "<p>Something else</p>"},
        {**OWN_WORDS, "id": "https://plain.example/notes/2"},
        {**OWN_WORDS, "tag": {"name": "#a", "activity:name": "#b"}},
        {**EXPANDED, "content": "<p>Something else</p>"},
        {"@context": [AS, {"w": "https://www.w3.org/ns/"}], **SAID, "w:activitystreams#content": "x"},
        {"@context": [AS, {"w": "as:"}, {"v": "w:"}], **SAID, "v:content": "x"},
    ],
    ids=range(9),
)
def test_j04_one_thing_under_two_names_is_refused(form: dict[str, Any]) -> None:
    refuses(form, "two names")


@pytest.mark.parametrize(
    "form",
    [
        {"@context": {"k": {"@id": "as:content"}}, "@value": "x"},
        {"@context": {"k": "as:content"}, "tag": {"@list": [], "name": "x"}},
        {"@context": {"k": "as:content"}, "tag": {"@value": {"a": 1}}},
        {"@context": {"k": "as:content"}, "type": 5},
        {"@context": {"uri": "@id"}, "uri": {"a": "b"}},
        {"@context": {"k": "k2:x", "k2": "k:x", "l": "as:content"}, "k": "x"},
        [EXPANDED, EXPANDED],
        [[EXPANDED]],
    ],
    ids=range(8),
)
def test_what_is_no_json_ld_is_refused_with_a_sentence(form: object) -> None:
    refuses(form, "This document")


def test_j05_a_poisonous_graph_is_only_a_list_of_things() -> None:
    """Eight blank nodes that all know each other: a hundred seconds where graphs are canonicalised."""
    clique = [
        {"@id": f"_:b{n}", f"{AS}#object": [{"@id": f"_:b{m}"} for m in range(8) if m != n]} for n in range(8)
    ]
    assert len(said({**EXPANDED, f"{AS}#attachment": clique})["attachment"]) == 8


# -- proofs


def test_j13_j14_a_proof_holds_for_what_was_written_and_the_reading_takes_nothing_else() -> None:
    private = keys.load_private(keys.generate_ed25519().private_pem)
    assert isinstance(private, Ed25519PrivateKey)
    now = datetime(2026, 3, 14, 9, tzinfo=UTC)

    def lookup(method: str) -> keys.PublicKey:
        return keys.PublicKey(id=method, owner=FRANK, material=private.public_key())

    proven = proofs.sign(OWN_WORDS, private, f"{FRANK}#ed25519-key", now)
    body = json.dumps(proven).encode()
    written = documents.parse(body)
    before = copy.deepcopy(written)
    plain = documents.normalised(written)
    assert written == before == proven
    assert {key: value for key, value in plain.items() if key not in ("@context", "proof")} == SAID
    assert plain["proof"] == proven["proof"]
    assert proofs.verify(written, lookup, now, owner=FRANK).owner == FRANK
    with pytest.raises(BadSignature):
        proofs.verify(plain, lookup, now, owner=FRANK)
    # A second reading of a word that the proof covers cannot be slipped in beside it.
    refuses(proven | {"content": "<p>Something else</p>"}, "two names")


# -- fuzzing

WORDS = ["content", "summary", "name", "to", "tag", "object", "published", "url", "totalItems", "type", "id"]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**53 - 1)
    | st.text(max_size=10)
    | st.sampled_from([FRANK, "as:Note", "k:content", "@id", "_:b0", "2026-03-14T08:59:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*WORDS, "k", "k:name", "@value", "@type", "@id", "@list", "@language", "as:to", "@context"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*WORDS, "k", "k:name", "@value", "@type"]), values, max_size=6))
def test_j10_any_document_of_this_kind_is_read_or_refused(fields: dict[str, Any]) -> None:
    try:
        found = read({**fields, "@context": {"k": f"{AS}#", "inhalt": "as:content"}})
    except Refused:
        return
    assert isinstance(found, dict)
    assert documents.normalised(found | {"@context": AS})


things = st.fixed_dictionaries(
    {"id": st.just(SAID["id"]), "type": st.sampled_from(["Note", ["Note", "Article"]]), "cc": st.just(FRANK)},
    optional={
        "content": st.text("abc <>&é😀", max_size=20),
        "name": st.text("abc <>&é😀", max_size=20),
        "to": st.sampled_from([FRANK, [FRANK, documents.PUBLIC]]),
        "published": st.just("2026-03-14T08:59:00Z"),
        "endTime": st.just("2026-03-14T08:59:00Z"),
        "sensitive": st.booleans(),
        "totalItems": st.integers(0, 1000),
        "inReplyTo": st.just(FRANK),
        "contentMap": st.just({"de": "Leiter"}),
        "attachment": st.just({"type": "Document", "url": FRANK, "width": 3}),
        "votersCount": st.integers(0, 1000),
    },
)


@given(things)
def test_expanding_and_reading_gives_what_was_there(thing: dict[str, Any]) -> None:
    expanded = jsonld.expand(thing, {"expandContext": PLAIN, "base": ""})
    assert said(expanded) == said({"@context": AS, **thing})
