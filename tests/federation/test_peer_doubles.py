"""The doubles themselves: each signs as its software does and is believed; each shows what its rules say."""

import json
from typing import Any

import pytest

from tests.federation.conftest import Fediverse, Server
from tests.federation.peers import signatures
from tests.federation.peers.double import Double, Place, Resident
from tests.federation.peers.signatures import Signs
from tests.federation.peers.software import SOFTWARE, GoToSocial, Mastodon

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
    assert (known.shared_inbox is not None) is double.shared_inbox
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
    assert (await stranger.posts(frank.inbox, create)).status_code == 401
    assert (await stranger.posts(frank.inbox, create, drop=("Signature",))).status_code == 401
    own = stranger.says("Create", stranger.note("x", [frank.uri]))
    bent = json.dumps(own | {"to": []}).encode()
    assert (await stranger.posts(frank.inbox, own, sent=bent)).status_code == 401
    assert double.held == {}


@pytest.mark.parametrize(
    ("kind", "signs"),
    [
        (Mastodon, Signs(post="host date digest", get="host")),
        (Mastodon, Signs(post="(request-target) host digest", get="host")),
        (GoToSocial, Signs(post="(request-target) host date", get="host", algorithm="hs2019")),
        (Mastodon, Signs(post="(request-target) host date digest", get="host", algorithm="ed25519")),
    ],
    ids=["digest is enough", "no date", "no digest", "algorithm"],
)
async def test_their_demands_can_fail(clock: Any, kind: type[Double], signs: Signs) -> None:
    from tests.federation.conftest import keys_of

    mine = keys_of("frank@peer")
    body, key_id = b"{}", f"{AUTHOR}#main-key"
    headers = signatures.sign(
        signs, key_id, mine.rsa_private_pem, "POST", "a.example", "/inbox", body, clock()
    )
    why = signatures.objection(
        kind.demands,
        signatures.read(headers["signature"]),
        "POST",
        "/inbox",
        headers,
        body,
        "a.example",
        mine.rsa_public_pem,
        clock(),
    )
    assert bool(why) is (signs.post != "host date digest")


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
