"""Followers that stay the same on both servers (FEP-8fcf), and what a digest tells to whom (P14)."""

from datetime import timedelta
from typing import Any

import pytest

from fedi_aid.actions import ties as tie_actions
from fedi_aid.activitypub.followers import HEADER, read_header
from fedi_aid.model.ids import PersonId
from fedi_aid.storage import followers, ties
from tests.federation.conftest import Fediverse, Persona, Server, Who
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno", "dov")
    await fediverse.befriend(one.amina, made.bruno)
    fediverse.clock.forward(hours=1)
    return made


async def follows(who: Who, other: Who | Persona) -> bool:
    known = await who.knows(other)
    return await who.server.instance.db.read(ties.is_following, who.id, known.id)


async def followed_by(who: Who, other: Who | Persona) -> bool:
    known = await who.knows(other)
    return await who.server.instance.db.read(ties.is_following, known.id, who.id)


async def forgets(who: Who, follower: PersonId, followed: PersonId) -> None:
    """A row is lost, and nobody is told."""
    await who.server.instance.db.write(ties.drop_follow, follower, followed)


async def test_what_one_server_lost_the_other_drops(fediverse: Fediverse, one: Server, two: Server) -> None:
    """Bruno thinks that he follows Amina; her server does not: the friendship is over on both."""
    bruno_there = await one.amina.knows(two.bruno)
    await forgets(one.amina, bruno_there.id, one.amina.id)
    await fediverse.befriend(one.amina, two.dov)
    assert await follows(two.bruno, one.amina)
    fediverse.clock.forward(hours=1)
    await one.amina.writes("Anybody there?")
    await fediverse.settle()
    assert await follows(two.bruno, one.amina)  # an answer to a Follow might be under way
    await fediverse.later(minutes=11)
    assert not await follows(two.bruno, one.amina)
    assert await follows(two.dov, one.amina)


async def test_what_the_other_server_lost_is_taken_back(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """Amina's server thinks that Bruno follows her; his does not know of it: it is undone there."""
    amina_there = await two.bruno.knows(one.amina)
    await forgets(two.bruno, two.bruno.id, amina_there.id)
    assert await followed_by(one.amina, two.bruno)
    await one.amina.writes("Anybody there?")
    await fediverse.settle()
    await fediverse.later(minutes=11)
    assert not await followed_by(one.amina, two.bruno)


async def test_an_accept_that_was_lost_is_found(fediverse: Fediverse, one: Server, two: Server) -> None:
    """Bruno asked, Amina's server accepted, and the answer never came."""
    amina_there = await two.bruno.knows(one.amina)

    def unanswered(tx: Any) -> None:
        ties.put_follow(tx, two.bruno.id, amina_there.id, state="asked", uri=None)

    await two.instance.db.write(unanswered)
    await one.amina.writes("Anybody there?")
    await fediverse.settle()
    await fediverse.later(minutes=11)
    assert await follows(two.bruno, one.amina)


async def test_a_digest_is_of_one_servers_followers_and_goes_only_there(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """P14, P08: and it is signed with the request."""
    frank = await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")
    await one.amina.writes("Hello.")
    await fediverse.settle()
    said = {}
    for sent in fediverse.internet.exchanges:
        headers = {name.decode().lower(): value.decode() for name, value in sent.headers}
        value = headers.get(HEADER.lower())
        if value is not None and "/users/amina/followers" in value:
            said[sent.url] = value
            covered = headers.get("signature-input", "") + headers["signature"]  # either kind of signature
            assert HEADER.lower() in covered
    assert set(said) == {two.bruno.inbox, frank.inbox}
    assert followers.digest([two.bruno.uri]) in said[two.bruno.inbox]
    assert followers.digest([frank.uri]) in said[frank.inbox]
    address = f"{one.amina.uri}/followers_synchronization"
    mine = await frank.peer.gets(frank, address)
    assert mine.json()["orderedItems"] == [frank.uri]
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    theirs = await mallory.peer.gets(mallory, address)
    assert theirs.json()["orderedItems"] == []
    assert (await fediverse.asks(address)).status_code == 404
    missing = await mallory.peer.gets(mallory, "https://one.example/users/nobody/followers_synchronization")
    assert missing.status_code == 404


async def test_only_a_whole_list_of_their_own_server_counts(fediverse: Fediverse, one: Server) -> None:
    """A08: not another's list, not another origin, not a list that cannot be read; pages are followed."""
    frank = await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")
    evil = fediverse.peer("evil.example", "mallory")
    mallory = evil.persona("mallory")
    fediverse.clock.forward(hours=1)
    list_uri, wrong = frank.id("sync"), "0" * 64

    async def hears(who: Persona, value: str) -> bool:
        """Whether Amina still follows Frank after this header came, and all that follows from it."""
        note = who.note("Hi.", [PUBLIC])
        await who.posts(one.amina.inbox, who.says("Create", note), headers={HEADER: value})
        await fediverse.settle()
        await fediverse.later(minutes=11)
        return await follows(one.amina, frank)

    def header(url: str = list_uri, collection: str = f"{frank.uri}/followers") -> str:
        return f'collectionId="{collection}", digest="{wrong}", url="{url}"'

    def offers(peer: Any, path: str, **more: Any) -> None:
        document = {"id": f"https://{peer.host}{path}", "type": "OrderedCollection"}
        peer.documents[path] = (200, document | more)

    offers(evil, "/sync", orderedItems=[])
    assert await hears(mallory, header(mallory.id("sync")))
    assert await hears(mallory, header())
    assert await hears(frank, header(mallory.id("sync")))
    assert evil.asked.count("/sync") == 0
    assert await hears(frank, header())  # 404
    for odd in ({"orderedItems": [7]}, {"type": "Note"}, {"first": mallory.id("sync")}, {"first": list_uri}):
        offers(frank.peer, "/sync", **odd)
        assert await hears(frank, header())
    for value in ("", "x" * 9_000, 'collectionId="', header().replace(wrong, "zz"), header("javascript:1")):
        assert await hears(frank, value)
    offers(frank.peer, "/sync", first=frank.id("sync/1"))
    offers(frank.peer, "/sync/1", type="OrderedCollectionPage", orderedItems=[], next=frank.id("sync/2"))
    offers(frank.peer, "/sync/2", type="OrderedCollectionPage", orderedItems=[one.amina.uri])
    assert await hears(frank, header())
    offers(frank.peer, "/sync", orderedItems=[one.eve.uri, "https://one.example/users/nobody"])
    assert not await hears(frank, header())
    undone = [each["object"] for each in frank.peer.said("Undo")]
    assert [each["actor"] for each in undone] == [one.eve.uri]


async def test_a_young_follow_is_left_alone(fediverse: Fediverse, one: Server) -> None:
    """Their list may be older than their answer."""
    frank = await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")
    known = await one.amina.knows(frank)
    from fedi_aid.actions import drift

    await one.instance.db.write(drift.agree, known.id, [])
    assert await follows(one.amina, frank)
    fediverse.clock.forward(seconds=(drift.SETTLED + timedelta(seconds=1)).total_seconds())
    await one.instance.db.write(drift.agree, known.id, [])
    assert not await follows(one.amina, frank)
    await one.amina.does(tie_actions.remove_follower, frank)
    assert read_header(f'collectionId="{frank.uri}/followers"', known) is None
