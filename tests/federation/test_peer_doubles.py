"""The doubles themselves: each signs as its software does and is believed; each shows what its rules say."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from fedi_aid.actions import ties
from tests.federation.conftest import Fediverse, Server, keys_of
from tests.federation.peers import messages, signatures
from tests.federation.peers.double import Double, Kind, Place, Resident
from tests.federation.peers.signatures import Asked, Signs
from tests.federation.peers.software import SOFTWARE, GoToSocial, Mastodon, Misskey, Mitra, Pleroma, Snac
from tests.federation.test_signature_kinds import only, sent

pytestmark = pytest.mark.anyio

each = pytest.mark.parametrize("software", SOFTWARE, ids=lambda kind: kind.software)
AUTHOR = "https://one.example/users/amina"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@each
async def test_each_softwares_signature_is_believed(
    fediverse: Fediverse, one: Server, software: type[Double]
) -> None:
    """FEDERATION_NOTES §4.1: covered sets in their order, algorithm names, keys with and without a fragment."""
    double = software(fediverse.internet, fediverse.clock)
    frank = double.resident("frank")
    answer = await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    assert answer.status_code == 202
    await fediverse.settle()
    assert await one.amina.notices() == ["follow_request"]
    known = await one.amina.knows(frank)
    assert known.public_key_id == frank.key_id
    assert known.shared_inbox == (double.shared_inbox and f"https://{double.host}{double.shared_inbox}")
    # Every GET of ours for it was signed by the instance, never by a member (F15).
    gets = [
        one for one in fediverse.internet.exchanges if one.sender == "one.example" and one.method == "GET"
    ]
    signed = [value for one in gets for name, value in one.headers if name.lower() == b"signature"]
    assert signed
    assert all(b'keyId="https://one.example/actor#main-key"' in value for value in signed)
    assert double.refused == []


@each
async def test_each_software_refuses_what_is_forged(
    fediverse: Fediverse, one: Server, software: type[Double]
) -> None:
    """So that a delivery which arrives says something: unsigned, by somebody else, and with another body."""
    double = software(fediverse.internet, fediverse.clock)
    frank = double.resident("frank")
    stranger = fediverse.peer("evil.example", "mallory").persona("mallory")
    create = {
        "id": f"{AUTHOR}/c",
        "type": "Create",
        "actor": AUTHOR,
        "object": {"id": f"{AUTHOR}/n", "type": "Note", "attributedTo": AUTHOR, "to": [frank.uri]},
    }
    own = stranger.says("Create", stranger.note("x", [frank.uri]))
    bent = json.dumps(own | {"to": []}).encode()
    answers = [
        await stranger.posts(frank.inbox, create),
        await stranger.posts(frank.inbox, create, drop=("Signature",)),
        await stranger.posts(frank.inbox, own, sent=bent),
    ]
    expected = 202 if double.answers_first else 401
    assert [answer.status_code for answer in answers] == [expected] * 3
    assert len(double.refused) == 3
    assert double.held == {}
    # What is not bent arrives.
    assert (await stranger.posts(frank.inbox, own)).status_code == 202
    assert double.said("Create") == [own]


# -- what each demands of a signature (FEDERATION_NOTES §4.1)

ALL = "(request-target) host date digest"


def cavage(
    kind: type[Double],
    clock: Any,
    signs: Signs,
    *,
    method: str = "POST",
    target: str = "/inbox",
    reached: str | None = None,
    age: timedelta = timedelta(0),
    host: str = "a.example",
    said: dict[str, str] | None = None,
    twice: bool = False,
) -> str:
    """What this software says to a request that was signed like that `age` ago, and reached `reached`."""
    mine, key_id, body = keys_of("frank@peer"), f"{AUTHOR}#main-key", b"{}"
    made = signatures.sign(signs, key_id, mine.rsa_private_pem, method, host, target, body, clock() - age) | (
        said or {}
    )
    value = made["signature"]
    claim = signatures.read(value + ',headers="date"' if twice else value)
    path, _, query = (reached or target).partition("?")
    asked = Asked(method=method, path=path, query=query, headers=made, body=body, host="a.example")
    return signatures.objection(kind.demands, claim, asked, mine.rsa_public_pem, clock())


def signs(post: str = ALL, **more: Any) -> Signs:
    return Signs(post=post, get=more.pop("get", "(request-target) host date"), **more)


HALF_A_DAY = timedelta(hours=12)
# software: (how a request is signed, whether that is enough there)
DEMANDS: list[tuple[type[Double], dict[str, Any], bool]] = [
    (Mastodon, {"signs": signs("host date digest")}, True),  # the digest stands for the target
    (Mastodon, {"signs": signs("(request-target) host date")}, False),
    (Mastodon, {"signs": signs("(request-target) host digest")}, False),
    (Mastodon, {"signs": signs(algorithm="ed25519")}, False),
    (Mastodon, {"signs": signs(algorithm="hs2019")}, True),
    (Mastodon, {"signs": signs(get="(request-target) date"), "method": "GET"}, False),
    (Mastodon, {"signs": signs(get="(request-target) host date"), "method": "GET"}, True),
    (Mastodon, {"signs": signs(), "age": HALF_A_DAY}, True),
    (Mastodon, {"signs": signs(), "age": HALF_A_DAY + timedelta(minutes=61)}, False),
    (Mastodon, {"signs": signs(), "age": -timedelta(minutes=59)}, True),
    (Mastodon, {"signs": signs(), "age": -timedelta(minutes=61)}, False),
    (Mastodon, {"signs": signs(), "twice": True}, False),
    (Mastodon, {"signs": signs(), "target": "/inbox", "reached": "/inbox?page=1"}, True),
    (Mastodon, {"signs": signs(), "said": {"digest": "SHA-256=AAAA"}}, False),
    (Mastodon, {"signs": signs(), "said": {"digest": "MD5=AAAA"}}, False),
    (GoToSocial, {"signs": signs("(request-target) host date", algorithm="hs2019")}, False),
    (GoToSocial, {"signs": signs(algorithm="hs2019")}, True),
    (GoToSocial, {"signs": signs(get="host date"), "method": "GET"}, False),
    (GoToSocial, {"signs": signs(), "target": "/inbox", "reached": "/inbox?page=1"}, True),
    (Pleroma, {"signs": signs("(request-target)")}, True),
    (Pleroma, {"signs": signs("host date digest")}, False),
    (Pleroma, {"signs": signs(), "target": "/inbox", "reached": "/inbox?page=1"}, True),
    (Pleroma, {"signs": signs(), "said": {"digest": "SHA-256=AAAA"}}, False),
    (Misskey, {"signs": signs(), "age": timedelta(minutes=5)}, True),
    (Misskey, {"signs": signs(), "age": timedelta(minutes=6)}, False),
    (Misskey, {"signs": signs(), "host": "elsewhere.example"}, False),
    (Misskey, {"signs": signs("(request-target) host date")}, False),
    (Misskey, {"signs": signs(), "target": "/inbox", "reached": "/inbox?page=1"}, False),
    (Mitra, {"signs": signs("date digest")}, False),
    (Mitra, {"signs": signs(), "age": HALF_A_DAY + timedelta(minutes=1)}, False),
    (Mitra, {"signs": signs(), "host": "elsewhere.example"}, False),
    (Snac, {"signs": signs("date")}, True),
    (Snac, {"signs": signs(), "age": timedelta(days=400)}, True),
    (Snac, {"signs": signs(), "said": {"digest": "SHA-256=AAAA"}}, False),
    (Snac, {"signs": signs(), "host": "elsewhere.example"}, True),
]


@pytest.mark.parametrize(("kind", "how", "enough"), DEMANDS)
def test_their_demands(clock: Any, kind: type[Double], how: dict[str, Any], enough: bool) -> None:
    why = cavage(kind, clock, **how)
    assert (why == "") is enough, why


MESSAGES: list[tuple[type[Double], dict[str, Any], bool]] = [
    (Mastodon, {}, True),
    (Mitra, {}, True),
    (Mastodon, {"age": HALF_A_DAY + timedelta(minutes=59)}, True),
    (Mitra, {"age": HALF_A_DAY + timedelta(minutes=59)}, False),
    (Mastodon, {"age": HALF_A_DAY + timedelta(minutes=61)}, False),
    (Mastodon, {"body": b"[]"}, False),
    (Mastodon, {"drop": '"@target-uri" '}, False),
    (Mitra, {"drop": ' "content-digest"'}, False),
    (Mastodon, {"drop": ";created=1773478800"}, False),
    (Mastodon, {"query": "page=2"}, False),
]


@pytest.mark.parametrize(("kind", "how", "enough"), MESSAGES)
def test_their_demands_of_rfc_9421(clock: Any, kind: type[Double], how: dict[str, Any], enough: bool) -> None:
    mine, body, url = keys_of("frank@peer"), b"{}", "https://a.example/inbox"
    when = clock() - how.get("age", timedelta(0))
    made = messages.sign(f"{AUTHOR}#main-key", mine.rsa_private_pem, "POST", url, body, when)
    described = made["signature-input"].replace(how.get("drop", "\n"), "")
    if "drop" in how:
        assert described != made["signature-input"]
    signed = messages.read(described, made["signature"])
    assert signed is not None
    asked = Asked(
        method="POST",
        path="/inbox",
        query=how.get("query", ""),
        headers=made,
        body=how.get("body", body),
        host="a.example",
    )
    assert kind.messages is not None
    why = messages.objection(kind.messages, signed, asked, mine.rsa_public_pem, clock())
    assert (why == "") is enough, why


def test_their_signatures_are_those_of_the_standard(clock: Any) -> None:
    """The doubles' own RFC 9421 against the library that has the RFC's vectors: neither is our code."""
    mine, url = keys_of("frank@peer"), "https://a.example/inbox?page=1"
    made = messages.sign(f"{AUTHOR}#main-key", mine.rsa_private_pem, "POST", url, b"{}", clock())
    signed = messages.read(made["signature-input"], made["signature"])
    assert signed is not None
    assert signed.covered == ["@method", "@target-uri", "content-digest"]
    text = (
        '"@method": POST\n'
        f'"@target-uri": {url}\n'
        '"content-digest": sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:\n'
        '"@signature-params": ("@method" "@target-uri" "content-digest");created=1773478800;'
        f'keyid="{AUTHOR}#main-key"'
    )
    signatures.public(mine.rsa_public_pem).verify(signed.signature, text.encode(), PKCS1v15(), SHA256())


# -- two kinds of signatures, two knocks


async def test_mastodon_knocks_again_in_the_other_kind(fediverse: Fediverse, one: Server) -> None:
    """FEDERATION_NOTES §4.2: refused with a word on how to sign, it signs so; and what it sent is let in."""
    double = Mastodon(fediverse.internet, fediverse.clock)
    frank = double.resident("frank")
    only(fediverse, one, "rfc9421")
    answer = await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    assert answer.status_code == 202
    assert sent(fediverse, "one.example") == [("cavage", 401), ("rfc9421", 202)]
    await fediverse.settle()
    assert await one.amina.notices() == ["follow_request"]


@pytest.mark.parametrize("kind", ["rfc9421", "cavage"])
@pytest.mark.parametrize("software", [Mastodon, Mitra], ids=lambda kind: kind.software)
async def test_who_reads_one_kind_only_is_reached_by_it(
    fediverse: Fediverse, one: Server, software: type[Double], kind: Kind
) -> None:
    """And is remembered: the second delivery knocks once."""
    double = software(fediverse.internet, fediverse.clock)
    double.reads_kinds = {kind}
    frank = double.resident("frank")
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, frank)
    await fediverse.settle()
    tried = [name for name, status in sent(fediverse, double.host)]
    assert len(tried) in (2, 3)  # Accept and Follow, and one knock in vain if the first was the other kind
    assert tried[-2:] == [kind, kind]
    assert len(double.refused) == len(tried) - 2
    assert [one["type"] for one in double.got] == ["Accept", "Follow"]


async def test_mitra_signs_as_our_actors_say_that_we_read(fediverse: Fediverse, one: Server) -> None:
    """FEP-844e both ways: Mitra knows from the actor it fetched to check the first delivery."""
    double = Mitra(fediverse.internet, fediverse.clock)
    frank = double.resident("frank")
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, frank)
    await fediverse.settle()
    assert {name for name, _ in sent(fediverse, "mitra.example")} == {"rfc9421"}
    since = len(fediverse.internet.exchanges)
    await frank.posts(one.amina.inbox, frank.says("Accept", double.said("Follow")[-1]))
    assert sent(fediverse, "one.example", since=since) == [("rfc9421", 202)]


@each
async def test_a_document_is_given_to_a_signed_get(
    fediverse: Fediverse, one: Server, software: type[Double]
) -> None:
    """GoToSocial wants every GET signed, also ours; nobody else refuses one that is; the instance's own actor
    is for everybody."""
    double = software(fediverse.internet, fediverse.clock)
    frank = double.resident("frank")
    unsigned = await fediverse.asks(frank.uri)
    assert unsigned.status_code == (401 if double.demands.signed_gets else 200)
    assert (await fediverse.asks(double.itself.uri)).status_code == 200
    assert (await one.amina.knows(frank)).uri == frank.uri
    assert [why for why in double.refused if "unsigned" not in why] == []


async def test_a_delete_that_comes_first(fediverse: Fediverse, clock: Any) -> None:
    """`delete_upon_arrival`: on Mastodon for six hours; elsewhere a gone note is gone."""
    mastodon, mitra = (kind(fediverse.internet, fediverse.clock) for kind in (Mastodon, Mitra))
    for double in (mastodon, mitra):
        frank = double.resident("frank")
        double.follows.add(("frank", AUTHOR))
        double._take({"type": "Delete", "actor": AUTHOR, "object": f"{AUTHOR}/a"}, "frank")
        assert arrives(double, "a", frank) == set()
    clock.forward(hours=7)
    assert arrives(mastodon, "a", mastodon.resident("frank")) == {"home"}
    assert arrives(mitra, "a", mitra.resident("frank")) == set()


# -- FEDERATION_NOTES §1.1, by hand: case a (named, no tag), b (not named), c (a private collection), a tag.

TABLE: dict[str, dict[str, tuple[set[Place], set[Place]]]] = {
    # software: case → (a follower sees it in, who does not follow)
    "mastodon": {
        "a": ({"home"}, set()),
        "b": ({"home"}, set()),
        "c": ({"home"}, set()),
        "tag": ({"notified", "conversation"}, {"filtered"}),
    },
    "gotosocial": {
        "a": (set(), set()),
        "b": (set(), set()),
        "c": (set(), set()),
        "tag": ({"home", "notified", "conversation"}, {"home", "notified", "conversation"}),
    },
    "pleroma": {
        "a": ({"home"}, {"home"}),
        "b": ({"home"}, {"home"}),
        "c": ({"home"}, {"home"}),
        "tag": ({"notified", "conversation"}, {"notified", "conversation"}),
    },
    "misskey": {
        "a": ({"home", "notified"}, {"home", "notified"}),
        "b": (set(), set()),
        "c": (set(), set()),
        "tag": ({"home", "notified"}, {"home", "notified"}),
    },
    "mitra": {
        "a": ({"home", "notified"}, {"home", "notified"}),
        "b": (set(), set()),
        "c": (set(), set()),
        "tag": ({"home", "notified"}, {"home", "notified"}),
    },
    "snac": {
        "a": ({"home", "notified"}, {"home", "notified"}),
        "b": (set(), set()),
        "c": (set(), set()),
        "tag": ({"home", "notified"}, {"home", "notified"}),
    },
}


def arrives(double: Double, case: str, owner: Resident) -> frozenset[Place]:
    to = {
        "a": [owner.uri],
        "b": [f"{AUTHOR}/friends/7"] if double.software == "snac" else ["https://one.example/users/eve"],
        "c": ["https://one.example/notes/n/audience"],
        "tag": [owner.uri],
    }[case]
    note: dict[str, Any] = {
        "id": f"{AUTHOR}/{case}",
        "type": "Note",
        "attributedTo": AUTHOR,
        "to": to,
        "cc": [],
    }
    if case == "tag":
        note["tag"] = [{"type": "Mention", "href": owner.uri, "name": f"@{owner.name}"}]
    double._take({"type": "Create", "actor": AUTHOR, "object": note, "to": to, "cc": []}, owner.name)
    return owner.sees(f"{AUTHOR}/{case}")


@pytest.mark.parametrize("case", ["a", "b", "c", "tag"])
@each
async def test_what_is_shown_of_a_note_that_is_not_public(
    fediverse: Fediverse, software: type[Double], case: str
) -> None:
    double = software(fediverse.internet, fediverse.clock)
    follower, other = double.resident("frank"), double.resident("grace")
    double.follows.add(("frank", AUTHOR))
    seen = arrives(double, case, follower)
    assert other.sees(f"{AUTHOR}/{case}") == set()
    double.held.clear()
    for_follower, for_other = TABLE[software.software][case]
    assert seen == for_follower
    assert arrives(double, case, other) == for_other


async def test_a_limited_note_for_two_on_one_mastodon(fediverse: Fediverse) -> None:
    """The same id into a second inbox adds its owner, and a direct note becomes a limited one: why each
    recipient gets a note of their own."""
    double = Mastodon(fediverse.internet, fediverse.clock)
    frank, grace = double.resident("frank"), double.resident("grace")
    double.follows |= {("frank", AUTHOR), ("grace", AUTHOR)}
    assert arrives(double, "tag", frank) == {"notified", "conversation"}
    (create,) = double.held.values()
    double._take({"type": "Create", "actor": AUTHOR, "object": create.note}, "grace")
    assert frank.sees(create.id) == grace.sees(create.id) == {"home"}
