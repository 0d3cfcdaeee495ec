"""What may come in: signatures, digests, sizes, origins, replays. Refused means: nothing stored."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from fedi_aid.activitypub.signatures import keys
from fedi_aid.storage.tables.federation import received
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Peer, Persona, Server

pytestmark = pytest.mark.anyio


async def stored(server: Server) -> int:
    return await server.instance.db.read(
        lambda tx: int(tx.scalar(select(func.count()).select_from(received)))
    )


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
def peer(fediverse: Fediverse) -> Peer:
    return fediverse.peer("plain.example", "frank", "mallory")


@pytest.fixture
def frank(peer: Peer) -> Persona:
    return peer.persona("frank")


def follow(who: Persona, server: Server) -> dict[str, Any]:
    return who.says("Follow", server.amina.uri)


async def raw_post(fediverse: Fediverse, url: str, body: bytes, headers: Any) -> httpx.Response:
    async with httpx.AsyncClient(transport=fediverse.internet.seen_from("nobody.example")) as client:
        return await client.post(url, content=body, headers=headers)


async def test_a_signed_activity_is_accepted_once(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """H08, A21: the same bytes again are a no-op with the same answer."""
    activity = follow(frank, one)
    first = await frank.posts(one.amina.inbox, activity)
    await fediverse.settle()
    second = await frank.posts(one.amina.inbox, activity)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert await stored(one) == 1
    await fediverse.settle()
    assert await one.amina.notices() == ["follow_request"]


async def test_an_id_of_another_actor_is_never_taken(one: Server, peer: Peer) -> None:
    """A21: an id collision across actors."""
    frank, mallory = peer.persona("frank"), peer.persona("mallory")
    activity = follow(frank, one)
    await frank.posts(one.amina.inbox, activity)
    answer = await mallory.posts(one.eve.inbox, mallory.says("Follow", one.eve.uri) | {"id": activity["id"]})
    assert answer.status_code == 202
    assert await stored(one) == 1


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"drop": ("Signature",)}, id="H01 unsigned"),
        pytest.param({"drop": ("Digest",)}, id="H04 no digest"),
        pytest.param({"drop": ("Date",)}, id="H02 no date"),
        pytest.param({"sent": b'{"type":"Follow"}'}, id="H03 another body"),
        pytest.param({"headers": {"Digest": "MD5=AAAA"}}, id="H04 unknown digest"),
        pytest.param({"host": "two.example"}, id="H10 signed for another host"),
        pytest.param({"key_id": "https://plain.example/users/mallory#main-key"}, id="H12 another's key id"),
        pytest.param({"key_id": "https://nowhere.example/users/x#main-key"}, id="unreachable key host"),
        pytest.param({"headers": {"Signature": "keyId"}}, id="H06 malformed"),
    ],
)
async def test_bad_signatures_are_refused(
    one: Server, frank: Persona, fediverse: Fediverse, how: dict[str, Any]
) -> None:
    answer = await frank.posts(one.amina.inbox, follow(frank, one), **how)
    expected = 503 if "nowhere" in str(how) else 401
    assert answer.status_code == expected
    assert await stored(one) == 0


async def test_old_and_future_signatures_are_refused(one: Server, frank: Persona) -> None:
    """H07."""
    for shift in (timedelta(hours=-13), timedelta(minutes=10)):
        answer = await frank.posts(one.amina.inbox, follow(frank, one), now=frank.peer.clock() + shift)
        assert answer.status_code == 401
    assert await stored(one) == 0


async def test_a_signature_is_bound_to_its_inbox(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """H09: made for Amina's inbox, sent to Eve's."""
    await frank.posts(one.amina.inbox, follow(frank, one))
    exchange = next(one for one in fediverse.internet.exchanges if one.url.endswith("/users/amina/inbox"))
    answer = await raw_post(fediverse, one.eve.inbox, exchange.body, list(exchange.headers))
    assert answer.status_code == 401
    assert await stored(one) == 1


async def test_the_wrong_key_is_refused_after_one_new_look(
    one: Server, frank: Persona, peer: Peer, fediverse: Fediverse
) -> None:
    """H14: a stale key is fetched once more, a fresh one is not."""
    wrong = keys.generate_rsa().private_pem
    assert (await frank.posts(one.amina.inbox, follow(frank, one))).status_code == 202
    asked = len(peer.asked)
    assert (await frank.posts(one.amina.inbox, follow(frank, one), private=wrong)).status_code == 401
    assert len(peer.asked) == asked
    fediverse.clock.forward(minutes=6)
    assert (await frank.posts(one.amina.inbox, follow(frank, one), private=wrong)).status_code == 401
    assert peer.asked[asked:].count("/users/frank") == 1


async def test_a_rotated_key_is_found(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    await frank.posts(one.amina.inbox, follow(frank, one))
    fresh = keys.generate_rsa()
    frank.keys = type(frank.keys)(
        rsa_private_pem=fresh.private_pem,
        rsa_public_pem=fresh.public_pem,
        ed25519_private_pem=frank.keys.ed25519_private_pem,
    )
    fediverse.clock.forward(minutes=6)
    assert (await frank.posts(one.amina.inbox, follow(frank, one))).status_code == 202


async def test_many_unknown_keys_of_one_host_cause_few_fetches(
    one: Server, frank: Persona, peer: Peer
) -> None:
    """H14: a thousand random key ids."""
    for number in range(40):
        key_id = f"https://plain.example/users/nobody{number}#main-key"
        answer = await frank.posts(one.amina.inbox, follow(frank, one), key_id=key_id)
        assert answer.status_code == 401
    assert len(peer.asked) <= 12


async def test_another_actor_than_the_signer_is_refused(one: Server, peer: Peer) -> None:
    """H11, H13: Mallory signs Frank's Create."""
    frank, mallory = peer.persona("frank"), peer.persona("mallory")
    activity = frank.says("Create", frank.note("hello", [one.amina.uri]))
    assert (await mallory.posts(one.amina.inbox, activity)).status_code == 401
    assert await stored(one) == 0


async def test_an_actor_that_claims_anothers_key_is_refused(one: Server, fediverse: Fediverse) -> None:
    """H12: a key document on evil.example names an owner elsewhere."""
    evil = fediverse.peer("evil.example", "mallory")
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    mallory = evil.persona("mallory")
    document = mallory.document()
    document["publicKey"]["owner"] = frank.uri
    evil.documents["/users/mallory"] = (200, document)
    activity = frank.says("Create", frank.note("hello", [one.amina.uri]))
    assert (await mallory.posts(one.amina.inbox, activity)).status_code == 401
    assert await stored(one) == 0


async def test_a_suspended_domain_is_refused_before_any_fetch(
    one: Server, frank: Persona, peer: Peer
) -> None:
    """H19, A23."""

    def suspend(tx: Tx) -> None:
        tx.insert(
            domain_rules,
            domain="plain.example",
            severity="suspend",
            created_at=tx.now,
        )

    await one.instance.db.write(suspend)
    assert (await frank.posts(one.amina.inbox, follow(frank, one))).status_code == 401
    assert peer.asked == []
    assert await stored(one) == 0


async def test_a_delete_of_an_unknown_actor_costs_nothing(one: Server, frank: Persona, peer: Peer) -> None:
    """D11: 202 without a key fetch."""
    answer = await frank.posts("https://one.example/inbox", frank.says("Delete", frank.uri))
    assert answer.status_code == 202
    assert peer.asked == []
    assert await stored(one) == 0


async def test_sizes_and_forms(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """D01, D02, F08."""
    big = frank.says("Create", frank.note("x" * 1_100_000, [one.amina.uri]))
    assert (await frank.posts(one.amina.inbox, big)).status_code == 413
    packed = {"Content-Encoding": "gzip"}
    assert (await frank.posts(one.amina.inbox, follow(frank, one), headers=packed)).status_code == 415
    text = {"Content-Type": "text/plain"}
    assert (await frank.posts(one.amina.inbox, follow(frank, one), headers=text)).status_code == 415
    assert await stored(one) == 0


async def test_an_endless_body_is_not_read_to_its_end(one: Server) -> None:
    """D01: chunked, without a length."""
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    answers: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/inbox",
        "raw_path": b"/inbox",
        "query_string": b"",
        "headers": [(b"host", b"one.example"), (b"content-type", b"application/activity+json")],
        "app": one.app,
    }
    await one.app(scope, receive, send)
    assert answers[0]["status"] == 413
    assert read <= 18


@pytest.mark.parametrize(
    "change",
    [
        {"id": "https://elsewhere.example/activities/1"},  # O01
        {"id": None},  # O03
        {"actor": None},
        {"type": None},
        {"type": ["Create", "Delete"]},
        {"@context": [{"actor": "https://evil.example/ns#x"}]},  # J02
        {"@graph": []},  # J03
    ],
)
async def test_doubtful_documents_are_refused(one: Server, frank: Persona, change: dict[str, Any]) -> None:
    activity = frank.says("Create", frank.note("hello", [one.amina.uri])) | change
    assert (await frank.posts(one.amina.inbox, activity)).status_code in (400, 401)
    assert await stored(one) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"actor":"https://plain.example/users/frank","actor":"x"}',  # J06
        b'{"id":1e999}',  # J07
        b"[" * 100_000,  # J08
        b'{"id":"\xff"}',  # J09
        b'{"id":"\\ud800"}',  # J09
        b'{"id":"\\u0000"}',  # J09
    ],
)
async def test_malformed_json_is_refused(one: Server, frank: Persona, body: bytes) -> None:
    assert (await frank.posts(one.amina.inbox, body)).status_code == 400
    assert await stored(one) == 0


async def test_unknown_members_and_the_butler_have_no_inbox(one: Server, frank: Persona) -> None:
    answers = [
        await frank.posts(f"https://one.example/users/{name}/inbox", follow(frank, one))
        for name in ("nobody", "butler", "instance")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


async def test_a_peer_that_is_down_makes_the_sender_try_again(
    one: Server, frank: Persona, fediverse: Fediverse
) -> None:
    """FEDERATION_NOTES §4.1: 503 when the key's host is unreachable, so that nothing is lost."""
    fediverse.internet.kill("plain.example")
    answer = await frank.posts(one.amina.inbox, follow(frank, one))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    fediverse.internet.heal("plain.example")
    assert (await frank.posts(one.amina.inbox, follow(frank, one))).status_code == 202


async def test_a_weak_key_is_not_used(one: Server, frank: Persona, peer: Peer) -> None:
    """H16."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = weak.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    document = frank.document()
    document["publicKey"]["publicKeyPem"] = pem.decode()
    peer.documents["/users/frank"] = (200, document)
    assert (await frank.posts(one.amina.inbox, follow(frank, one))).status_code == 401


async def test_what_is_not_understood_is_ignored_with_the_same_answer(
    one: Server, frank: Persona, fediverse: Fediverse
) -> None:
    """C12: the sender cannot tell."""
    known = await frank.posts(one.amina.inbox, follow(frank, one))
    for kind in ("Move", "Listen", "Flag", "Arrive"):
        answer = await frank.posts(one.amina.inbox, frank.says(kind, one.amina.uri))
        assert (answer.status_code, answer.content) == (known.status_code, known.content)
    await fediverse.settle()
    assert await one.waiting() == {}


async def test_the_body_is_forgotten_once_understood(
    one: Server, frank: Persona, fediverse: Fediverse
) -> None:
    await frank.posts(one.amina.inbox, follow(frank, one))
    await fediverse.settle()
    bodies = await one.instance.db.read(lambda tx: tx.column(select(received.c.body)))
    assert bodies == [None]
