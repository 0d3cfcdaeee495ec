"""Rows of the checklist on who may do what to what is known already: each attack beside what is allowed."""

from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import erasing, ties
from fedi_aid.activitypub import remote
from fedi_aid.activitypub.fetch import Gone
from fedi_aid.errors import Refused
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.posts import boosts, favourites, posts
from tests.federation.conftest import Fediverse, Peer, Persona, Server
from tests.federation.test_checks_a import reopened

pytestmark = pytest.mark.anyio

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve", allow_public_posts=True)


@pytest.fixture
def peer(fediverse: Fediverse) -> Peer:
    return fediverse.peer("plain.example", "frank", "mallory", plain=False)


async def befriend(fediverse: Fediverse, one: Server, who: Persona) -> None:
    await who.posts(one.amina.inbox, who.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, who)
    await fediverse.settle()
    await who.posts(one.amina.inbox, who.says("Accept", who.peer.said("Follow")[-1]))
    await fediverse.settle()


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server, peer: Peer) -> Persona:
    """A friend of Amina's, on a server that speaks the extension."""
    found = peer.persona("frank")
    await befriend(fediverse, one, found)
    return found


async def row(server: Server, uri: str) -> Any:
    return await server.instance.db.read(lambda tx: tx.first(select(posts).where(posts.c.uri == uri)))


async def are_friends(one: Server, who: Persona) -> bool:
    known = await one.instance.db.read(people_rows.by_uri, who.uri)
    return known is not None and await one.instance.db.read(tie_rows.are_friends, one.amina.id, known.id)


async def test_an_older_edit_changes_nothing(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """A02: by the date of the edit where that is all there is, by the revision for a request."""
    note = frank.note("First.", [one.amina.uri])
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    for words, updated, expected in (
        ("Second.", "2026-03-14T08:59:30Z", "Second."),
        ("Replayed.", "2026-03-14T08:59:10Z", "Second."),
        ("Third.", "2026-03-14T08:59:40Z", "Third."),
    ):
        edited = note | {"content": words, "updated": updated}
        await frank.posts(one.amina.inbox, frank.says("Update", edited))
        await fediverse.settle()
        assert (await row(one, note["id"])).text == expected

    uri = frank.id("notes/request")
    request = frank.note("Who has a ladder?", [f"{uri}/audience"], "notes/request") | {
        "intimacyLevel": 0,
        "helpFlag": True,
        "revision": 3,
    }
    await frank.posts(one.amina.inbox, frank.says("Create", request))
    await fediverse.settle()
    assert (await row(one, uri)).help_flag is True
    for revision, raised, expected in (
        (2, False, True),
        (3, False, True),
        (4, False, False),
        (4, True, False),
    ):
        edited = request | {"revision": revision, "helpFlag": raised, "updated": "2026-03-14T08:59:50Z"}
        await frank.posts(one.amina.inbox, frank.says("Update", edited))
        await fediverse.settle()
        assert (await row(one, uri)).help_flag is expected, revision


async def test_nothing_that_comes_again_is_for_more_people(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """A03, A04: the same id again, now said to be for everybody, or for Frank's followers, of whom Eve is one."""
    await one.eve.does(ties.follow, frank)
    await fediverse.settle()
    await frank.posts(one.eve.inbox, frank.says("Accept", frank.peer.said("Follow")[-1]))
    await fediverse.settle()
    note = frank.note("For Amina.", [one.amina.uri])
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    kept = await row(one, note["id"])
    assert (kept.reach, kept.text) == ("direct", "For Amina.")
    for to in ([PUBLIC, one.amina.uri], [f"{frank.uri}/followers", one.amina.uri]):
        for inbox in (one.amina.inbox, one.eve.inbox, "https://one.example/inbox"):
            for kind in ("Create", "Update"):
                more = {"updated": "2026-03-14T08:59:40Z"} if kind == "Update" else {}
                answer = await frank.posts(inbox, frank.says(kind, note | {"to": to} | more))
                assert answer.status_code == 202
                await fediverse.settle()
    assert (await row(one, note["id"])).reach == "direct"
    for viewer in (None, one.eve.id):
        assert await one.instance.db.read(post_rows.get, viewer, kept.id) is None
    assert await one.amina.sees(kept.id) is not None


async def test_who_is_gone_does_not_come_back(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """A06, A05: an account that ended, confirmed by its server, is not believed under the same id again."""
    peer.documents["/users/frank"] = (410, {})
    await frank.posts(one.amina.inbox, frank.says("Delete", frank.uri))
    await fediverse.settle()
    with pytest.raises(Gone):
        await remote.fetch_actor(one.instance, frank.uri)
    del peer.documents["/users/frank"]
    fediverse.clock.forward(days=1)
    with pytest.raises(Refused):
        await remote.fetch_actor(one.instance, frank.uri)
    answer = await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    assert answer.status_code == 401
    assert await one.instance.db.read(people_rows.by_uri, frank.uri) is None


async def test_only_who_reacted_takes_it_back(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """A07: Mallory, a neighbour of Frank's, undoes his favourite and his boost in every spelling."""
    mallory = peer.persona("mallory")
    post_id = await one.amina.writes("Bread is ready", visibility="public")
    await fediverse.settle()
    uri = await one.instance.db.read(lambda tx: tx.scalar(select(posts.c.uri).where(posts.c.id == post_id)))
    like, boost = frank.says("Like", uri, "likes/1"), frank.says("Announce", uri, "boosts/1")
    for activity in (like, boost):
        await frank.posts(one.amina.inbox, activity)
        await fediverse.settle()

    async def left() -> tuple[int, int]:
        return await one.instance.db.read(
            lambda tx: (
                len(tx.all(select(favourites.c.uri))),
                len(tx.all(select(boosts.c.uri).where(boosts.c.ended_at.is_(None)))),
            )
        )

    assert await left() == (1, 1)
    for activity in (like, boost):
        bare = {"id": activity["id"], "type": activity["type"], "object": uri}
        for about in (activity, bare, bare | {"actor": mallory.uri}, activity["id"]):
            await mallory.posts(one.amina.inbox, mallory.says("Undo", about))
            await fediverse.settle()
    assert await left() == (1, 1)
    await frank.posts(one.amina.inbox, frank.says("Undo", like))
    await frank.posts(one.amina.inbox, frank.says("Undo", boost["id"]))
    await fediverse.settle()
    assert await left() == (0, 0)


async def test_nobody_becomes_a_friend_by_what_they_send(
    fediverse: Fediverse, one: Server, peer: Peer
) -> None:
    """A09, A08: asking, and accepting in Amina's place or what she never asked, makes no friend; her yes does."""
    mallory = peer.persona("mallory")
    asked = mallory.says("Follow", one.amina.uri)
    await mallory.posts(one.amina.inbox, asked)
    await fediverse.settle()
    invented = "https://one.example/activities/never"
    for about in (
        asked,
        asked["id"],
        invented,
        {"id": invented, "type": "Follow", "actor": one.amina.uri, "object": mallory.uri},
        {"type": "Follow", "actor": one.amina.uri, "object": mallory.uri},
    ):
        for inbox in (one.amina.inbox, "https://one.example/inbox"):
            await mallory.posts(inbox, mallory.says("Accept", about))
            await fediverse.settle()
    known = await one.instance.db.read(people_rows.by_uri, mallory.uri)
    assert known is not None
    for pair in ((one.amina.id, known.id), (known.id, one.amina.id)):
        assert not await one.instance.db.read(tie_rows.is_following, *pair)
    await befriend(fediverse, one, peer.persona("frank"))
    assert await are_friends(one, peer.persona("frank"))


async def test_a_late_no_ends_it(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """A10: a Reject of a Follow that was accepted long ago takes the friendship back, and the posts with it."""
    note = frank.note("For friends.", [f"{frank.uri}/followers"])
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    kept = await row(one, note["id"])
    assert await one.amina.sees(kept.id) is not None
    assert await are_friends(one, frank)
    fediverse.clock.forward(days=100)
    other = frank.peer.persona("mallory")
    await other.posts(one.amina.inbox, other.says("Reject", frank.peer.said("Follow")[-1]))
    await fediverse.settle()
    assert await are_friends(one, frank)
    await frank.posts(one.amina.inbox, frank.says("Reject", frank.peer.said("Follow")[-1]))
    await fediverse.settle()
    assert not await are_friends(one, frank)


async def test_a_boost_of_what_is_not_public_is_none(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """A11: of what Amina wrote to Frank, and of what Frank wrote to her: shown to nobody who lacked it."""
    post_id = await one.amina.writes("For friends alone", intimacy=2)
    note = frank.note("For Amina.", [one.amina.uri])
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    uri = await one.instance.db.read(lambda tx: tx.scalar(select(posts.c.uri).where(posts.c.id == post_id)))
    mallory = peer.persona("mallory")
    await one.eve.does(ties.follow, mallory)
    await fediverse.settle()
    await mallory.posts(one.eve.inbox, mallory.says("Accept", peer.said("Follow")[-1]))
    await fediverse.settle()
    for who in (frank, mallory):
        for about in (uri, note["id"], note):
            await who.posts(one.eve.inbox, who.says("Announce", about, to=[PUBLIC]))
            await fediverse.settle()
    assert await one.eve.reads() == []
    assert await one.instance.db.read(lambda tx: tx.all(select(boosts.c.id))) == []


async def test_a_delete_reaches_no_further_than_its_author(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """A01, A05: of another's post, of one that is not there yet; the real one comes and stays."""
    mallory = peer.persona("mallory")
    note = frank.note("Frank's own.", [one.amina.uri])
    await mallory.posts(one.amina.inbox, mallory.says("Delete", note["id"]))
    await mallory.posts(one.amina.inbox, mallory.says("Delete", {"id": note["id"], "type": "Tombstone"}))
    await fediverse.settle()
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    kept = await row(one, note["id"])
    assert kept.text == "Frank's own."
    await mallory.posts(one.amina.inbox, mallory.says("Delete", note["id"]))
    mine = await one.amina.writes("Amina's own", intimacy=2)
    await fediverse.settle()
    uri = await one.instance.db.read(lambda tx: tx.scalar(select(posts.c.uri).where(posts.c.id == mine)))
    for who in (frank, mallory):
        await who.posts(one.amina.inbox, who.says("Delete", uri))
    await fediverse.settle()
    assert await one.amina.sees(kept.id) is not None
    assert await one.amina.sees(mine) is not None
    await one.instance.db.write(erasing.delete, one.amina.id, mine)
    assert await one.amina.sees(mine) is None


async def test_a_backup_that_still_had_to_be_sent_revives_nothing(fediverse: Fediverse, one: Server) -> None:
    """X06: restored to just before a post went out, a server sends it again; it was deleted since, and stays so."""
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    post_id = await one.amina.writes("Sent twice", intimacy=2)
    database = fediverse.folder / "one.example.sqlite3"
    await one.instance.net.aclose()
    await one.instance.db.close()
    backup = database.read_bytes()
    again = await reopened(fediverse, one, database)
    await fediverse.settle()
    assert await two.bruno.reads() == ["Sent twice"]
    await again.amina.deletes(post_id)
    await fediverse.settle()
    assert await two.bruno.reads() == []
    await again.instance.net.aclose()
    await again.instance.db.close()
    for leftover in ("-wal", "-shm"):
        database.with_name(database.name + leftover).unlink(missing_ok=True)
    database.write_bytes(backup)
    restored = await reopened(fediverse, one, database)
    before = len(fediverse.internet.exchanges)
    await fediverse.settle()
    sent = [item for item in fediverse.internet.exchanges[before:] if item.method == "POST"]
    assert [item.status for item in sent if b"Sent twice" in item.body] == [202]
    assert await two.bruno.reads() == []
    assert await restored.amina.sees(post_id) is not None  # whoever deleted it here has to do so again
    await restored.amina.deletes(post_id)
    await fediverse.settle()
    assert await two.bruno.reads() == []


async def test_a_form_is_not_given_to_another_server(fediverse: Fediverse, one: Server) -> None:
    """P16, P04: two friends on two servers; the one's server asks, as a server, for the other's form."""
    servers = {}
    for host in ("plain.example", "other.example"):
        servers[host] = fediverse.peer(host, "frank", "relay", plain=True)
        relay = servers[host].persona("relay")
        servers[host].documents["/users/relay"] = (200, relay.document() | {"type": "Application"})
        await befriend(fediverse, one, servers[host].persona("frank"))
    await one.amina.writes("For both, apart.", intimacy=2)
    await fediverse.settle()
    forms = {host: each.said("Create")[-1]["object"]["id"] for host, each in servers.items()}
    assert len(set(forms.values())) == 2
    missing = await fediverse.asks("https://one.example/notes/22222222222222222222222222")
    for host, each in servers.items():
        relay, frank = each.persona("relay"), each.persona("frank")
        for of, form in forms.items():
            for asker in (relay, frank):
                answer = await each.gets(asker, form)
                if of == host:
                    assert answer.status_code == 200
                else:
                    assert (answer.status_code, answer.content) == (404, missing.content)
