"""X05: a member's keys are changed; servers that know them hear of it and hold to the new ones."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from fedi_aid.actions import carry_consent, carry_tickets, cleaning, keys, ties
from fedi_aid.actions.people import update_profile
from fedi_aid.activitypub import remote
from fedi_aid.activitypub.signatures import cavage, proofs
from fedi_aid.activitypub.signatures import keys as wire_keys
from fedi_aid.activitypub.signing import MAIN_KEY
from fedi_aid.errors import Refused
from fedi_aid.model.people import SigningKeys
from fedi_aid.storage import keys as key_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tables.help import received_asks
from fedi_aid.storage.tables.posts import posts
from tests.federation.conftest import Fediverse, Peer, Server, Who, keys_of

pytestmark = pytest.mark.anyio


async def held(server: Server, who: Who) -> SigningKeys:
    found = await server.instance.db.read(people_rows.signing_keys, who.id)
    assert found is not None
    return found


async def known_key(server: Server, uri: str) -> str | None:
    person = await server.instance.db.read(people_rows.by_uri, uri)
    return person.public_key_pem if person else None


async def rotate(server: Server, who: Who) -> None:
    await server.instance.db.write(keys.rotate, who.name, keys_of(f"{who.name} anew"))


async def signed_by(fediverse: Fediverse, signer: SigningKeys, inbox: str, activity: dict[str, Any]) -> int:
    """The answer to an activity that is signed with these keys, whoever they belong to now."""
    url, body = httpx.URL(inbox), json.dumps(activity).encode()
    request = cavage.Outgoing(method="POST", host=url.host, target=url.raw_path.decode(), body=body)
    private = wire_keys.load_private(signer.rsa_private_pem)
    key_id = signer.actor_uri + MAIN_KEY
    headers = cavage.sign(request, key_id=key_id, private_key=private, now=fediverse.clock())
    async with httpx.AsyncClient(transport=fediverse.internet.seen_from("thief.example")) as client:
        return (await client.post(url, content=body, headers=dict(headers))).status_code


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
async def two(fediverse: Fediverse) -> Server:
    return await fediverse.server("two.example", "bruno")


async def test_friends_go_on_and_the_old_key_is_worth_nothing(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """X05: told in an Update; what comes with the old key is refused, what comes with the new one is not."""
    await fediverse.befriend(one.amina, two.bruno)
    old = await held(one, one.amina)
    fediverse.clock.forward(minutes=10)
    await rotate(one, one.amina)
    await fediverse.settle()
    fresh = keys_of("amina anew")
    assert await known_key(two, one.amina.uri) == fresh.rsa_public_pem
    person = await two.instance.db.read(people_rows.by_uri, one.amina.uri)
    document = (await fediverse.asks(one.amina.uri)).json()
    assert person is not None
    assert person.ed25519_multikey == document["assertionMethod"][0]["publicKeyMultibase"]

    like = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{one.amina.uri}#like",
        "type": "Like",
        "actor": one.amina.uri,
        "object": f"{two.bruno.uri}/nothing",
    }
    assert await signed_by(fediverse, old, two.bruno.inbox, like) == 401
    fediverse.clock.forward(hours=2)  # looked up once more, and refused still
    assert await signed_by(fediverse, old, two.bruno.inbox, like) == 401
    assert await signed_by(fediverse, await held(one, one.amina), two.bruno.inbox, like) == 202

    await one.amina.writes("Still me", intimacy=2)
    await fediverse.settle()
    assert "Still me" in await two.bruno.reads()


async def test_the_news_is_signed_with_the_key_that_is_known(fediverse: Fediverse, one: Server) -> None:
    """X05: an ordinary server, which looks a key up only for strangers, can read the Update."""
    peer: Peer = fediverse.peer("plain.example", "frank")
    frank = peer.persona("frank")
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, frank)
    await fediverse.settle()
    old_public = (await one.amina.member()).person.public_key_pem
    await rotate(one, one.amina)
    await fediverse.settle()
    assert [told["object"]["id"] for told in peer.said("Update")] == [one.amina.uri]
    assert peer.said("Update")[0]["object"]["publicKey"]["publicKeyPem"] != old_public
    sent = fediverse.posts_to("/users/frank/inbox")[-1]
    assert json.loads(sent.body)["type"] == "Update"
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent.headers]
    cavage.verify(
        cavage.read_signature(headers),
        method="POST",
        target="/users/frank/inbox",
        headers=headers,
        body=sent.body,
        public_key=wire_keys.load_public(str(old_public)),
        our_hosts={"plain.example"},
        now=fediverse.clock(),
    )


async def test_who_knows_the_new_key_already_is_told_with_it(fediverse: Fediverse, one: Server) -> None:
    """X05: a server that looked the actor up in between refuses the old key; the next attempt has the new one."""
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    fediverse.clock.forward(minutes=10)
    await rotate(one, one.amina)
    await remote.fetch_actor(two.instance, one.amina.uri)
    await one.instance.db.write(update_profile, one.amina.id, display_name="Amina B.")
    await fediverse.settle()
    fediverse.clock.forward(minutes=10)
    await fediverse.settle()
    answers = [seen.status for seen in fediverse.posts_to("/users/bruno/inbox") if b'"Update"' in seen.body]
    shared = [seen.status for seen in fediverse.posts_to("/inbox") if b'"Update"' in seen.body]
    assert sorted({*answers, *shared}) == [202, 401]
    person = await two.instance.db.read(people_rows.by_uri, one.amina.uri)
    assert person is not None
    assert person.display_name == "Amina B."


async def test_the_old_key_is_kept_for_the_news_alone(fediverse: Fediverse, one: Server) -> None:
    """X05: and no longer than the news takes; the instance's own keys can be changed too, the rest cannot."""
    await rotate(one, one.amina)
    signing = await held(one, one.amina)
    await one.instance.db.write(cleaning.forget)
    assert await one.instance.db.read(key_rows.former, signing) is not None
    fediverse.clock.forward(days=9)
    await one.instance.db.write(cleaning.forget)
    assert await one.instance.db.read(key_rows.former, signing) is None
    await one.instance.db.write(keys.rotate, "instance", keys_of("the instance anew"))
    with pytest.raises(Refused):
        await one.instance.db.write(keys.rotate, "nobody", keys_of("nobody"))


async def test_a_profile_cannot_bring_a_key_of_its_own(fediverse: Fediverse, one: Server) -> None:
    """H12, X05: whoever stole a key cannot put another in its place; keys are read where the actor lives."""
    peer: Peer = fediverse.peer("plain.example", "frank")
    frank = peer.persona("frank")
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    stolen = frank.document()
    stolen["publicKey"] = {**stolen["publicKey"], "publicKeyPem": keys_of("a thief").rsa_public_pem}
    stolen["name"] = "Frank, honestly"
    peer.documents["/users/frank"] = (404, {})  # so that a look at the real one mends nothing
    assert (await frank.posts(one.amina.inbox, frank.says("Update", stolen))).status_code == 202
    await fediverse.settle()
    assert await known_key(one, frank.uri) == frank.keys.rsa_public_pem


async def test_what_is_carried_is_proven_anew(fediverse: Fediverse, one: Server, two: Server) -> None:
    """X05, R18: the request goes on from friend to friend, signed with the new key; the old proof is none."""
    three = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    post_id = await one.amina.asks("My shop needs a ramp", intimacy=0)
    await fediverse.settle()
    bruno = await one.amina.knows(two.bruno)
    post = await one.instance.db.read(post_rows.get, one.amina.id, post_id)
    assert post is not None
    await one.instance.db.write(lambda tx: carry_tickets.ask_to_carry(tx, post, bruno, wave=1))
    await fediverse.settle()
    asked = await two.instance.db.read(lambda tx: tx.scalar(select(received_asks.c.id)))
    await two.instance.db.write(carry_consent.answer, two.bruno.id, asked, yes=True)
    await fediverse.settle()
    await fediverse.later(minutes=31)
    await fediverse.later(hours=14)
    assert await three.chloe.reads() == ["My shop needs a ramp"]

    fediverse.clock.forward(hours=26)
    await rotate(one, one.amina)
    for _ in range(6):
        await fediverse.settle()
        await fediverse.later(hours=5)
    assert await known_key(three, one.amina.uri) == keys_of("amina anew").rsa_public_pem
    assert await three.chloe.reads() == ["My shop needs a ramp"]
    fresh = (await fediverse.asks(one.amina.uri)).json()["assertionMethod"][0]
    material = wire_keys.from_multikey(fresh["publicKeyMultibase"])
    written = await three.instance.db.read(
        lambda tx: tx.scalar(select(posts.c.signed_activity).where(posts.c.reach == "chosen"))
    )
    key = wire_keys.PublicKey(id=fresh["id"], owner=one.amina.uri, material=material)
    assert proofs.verify(json.loads(written), lambda _: key, fediverse.clock()).owner == one.amina.uri
    await one.amina.edits(post_id, "My shop needs a ramp, 2 m long")
    await fediverse.settle()
    assert await three.chloe.reads() == ["My shop needs a ramp, 2 m long"]
