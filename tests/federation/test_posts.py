"""Posts between fedi_aid instances: who gets them, what changes, what is hidden, what never comes back."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from fedi_aid.actions import carry_tickets, ties
from fedi_aid.activitypub.routes import TABLE as ROUTES
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.timelines import Page
from tests.federation.conftest import Fediverse, Peer, Server, Who

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno", "dov")
    await fediverse.befriend(one.amina, made.bruno)
    return made


async def uri_of(server: Server, post_id: int) -> str:
    return await server.instance.db.read(
        lambda tx: tx.scalar(select(posts.c.uri).where(posts.c.id == post_id))
    )


async def rows(server: Server) -> int:
    return len(await server.instance.db.read(lambda tx: tx.column(select(posts.c.id))))


async def test_a_post_reaches_a_friend_by_the_personal_inbox_alone(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """P03, P04: never a shared inbox, nobody else's name, an audience that nobody can read."""
    await one.amina.writes("The ramp is drawn. #wood", intimacy=2)
    await fediverse.settle()
    assert await two.bruno.reads() == ["The ramp is drawn. #wood"]
    assert await two.dov.reads() == []
    seen = (await two.bruno.home())[0]
    assert (seen.post.reach, seen.post.intimacy) == ("chosen", 2)
    assert [tag.folded for tag in seen.tags] == ["wood"]
    assert fediverse.posts_to("/inbox") == []
    create = json.loads(fediverse.posts_to("/users/bruno/inbox")[-1].body)
    assert create["type"] == "Create"
    assert create["to"] == [f"{create['object']['id']}/audience"]
    assert create["object"]["intimacyLevel"] == 2
    assert "bto" not in create
    assert "bcc" not in create
    assert "proof" not in create  # nothing but what may be carried is signed (§4.1)
    for word in ("bruno", "dov"):
        assert word not in json.dumps(create)


async def test_a_bell_rings_for_a_friend_elsewhere(fediverse: Fediverse, one: Server, two: Server) -> None:
    """Who asked is told of every post that reaches them, once, and not of an edit."""

    async def rung() -> list[str]:
        found = await two.instance.db.read(timelines.notices, two.bruno.id, Page(), kinds=["status"])
        return [notice.post.post.text or notice.post.post.html for notice in found if notice.post]

    await two.bruno.does(ties.follow, one.amina, notify=True)
    post_id = await one.amina.writes("For friends.", intimacy=2)
    await fediverse.settle()
    assert ["For friends." in text for text in await rung()] == [True]
    fediverse.clock.forward(minutes=1)
    await one.amina.edits(post_id, "For friends, again.")
    await fediverse.settle()
    assert len(await rung()) == 1


async def test_edits_and_deletes_follow(fediverse: Fediverse, one: Server, two: Server) -> None:
    """A01, A02, A05, P05, P06."""
    post_id = await one.amina.writes("First words.", intimacy=2)
    await fediverse.settle()
    fediverse.clock.forward(minutes=1)
    await one.amina.edits(post_id, "Better words.")
    await fediverse.settle()
    assert await two.bruno.reads() == ["Better words."]
    create = next(one for one in fediverse.posts_to("/users/bruno/inbox") if b'"Create"' in one.body)
    await one.amina.deletes(post_id)
    await fediverse.settle()
    assert await two.bruno.reads() == []
    # The same Create again, under a new signature of hers, stays without effect: the tombstone is sticky.
    amina = Puppet(fediverse, one.amina)
    again = json.loads(create.body)
    again["id"] += "/late"
    assert (await amina.posts(two.bruno.inbox, again)).status_code == 202
    await fediverse.settle()
    assert await two.bruno.reads() == []


class Puppet:
    """A member of a real server whose key a test uses to send by hand."""

    def __init__(self, fediverse: Fediverse, who: Who) -> None:
        self.peer = Peer.__new__(Peer)
        self.peer.internet, self.peer.clock, self.peer.host = (
            fediverse.internet,
            fediverse.clock,
            who.server.host,
        )
        from tests.federation.conftest import Persona, keys_of

        self.persona = Persona.__new__(Persona)
        self.persona.keys = keys_of(who.name)
        self.persona.key_id = f"{who.uri}#main-key"

    async def posts(self, inbox: str, activity: Any) -> Any:
        return await self.peer.send(self.persona, inbox, activity)


async def test_a_delete_that_overtakes_its_create_wins(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """A05: out of order."""
    amina = Puppet(fediverse, one.amina)
    note = {
        "id": "https://one.example/notes/abc",
        "type": "Note",
        "attributedTo": one.amina.uri,
        "content": "<p>too late</p>",
        "to": ["https://one.example/notes/abc/audience"],
    }
    base = {"actor": one.amina.uri}
    delete = base | {"id": "https://one.example/activities/d", "type": "Delete", "object": note["id"]}
    create = base | {"id": "https://one.example/activities/c", "type": "Create", "object": note}
    for activity in (delete, create):
        assert (await amina.posts(two.bruno.inbox, activity)).status_code == 202
        await fediverse.settle()
    assert await two.bruno.reads() == []
    assert await rows(two) == 0


async def test_only_the_author_changes_or_deletes(fediverse: Fediverse, one: Server, two: Server) -> None:
    """A01, O01: from another origin, and by another person of the same origin."""
    post_id = await one.amina.writes("Mine.", intimacy=2)
    await fediverse.settle()
    uri = await uri_of(one, post_id)
    evil = fediverse.peer("evil.example", "mallory").persona("mallory")
    eve = Puppet(fediverse, one.eve)
    forged = {"id": uri, "type": "Note", "attributedTo": one.amina.uri, "content": "<p>Not mine.</p>"}
    for kind, about in (("Update", forged), ("Delete", uri), ("Delete", {"id": uri, "type": "Tombstone"})):
        await evil.posts(two.bruno.inbox, evil.says(kind, about))
        activity = {
            "id": f"https://one.example/activities/{kind}{type(about).__name__}",
            "type": kind,
            "actor": one.eve.uri,
            "object": about,
        }
        await eve.posts(two.bruno.inbox, activity)
    own = forged | {"attributedTo": one.eve.uri}
    await eve.posts(
        two.bruno.inbox,
        {"id": "https://one.example/activities/own", "type": "Update", "actor": one.eve.uri, "object": own},
    )
    await fediverse.settle()
    assert await two.bruno.reads() == ["Mine."]


async def test_an_update_never_widens(fediverse: Fediverse, one: Server, two: Server) -> None:
    """A03, A04: neither an Update nor a second delivery by somebody else shows it to more people."""
    post_id = await one.amina.writes("For few.", intimacy=2)
    await fediverse.settle()
    uri = await uri_of(one, post_id)
    amina = Puppet(fediverse, one.amina)
    public = ["https://www.w3.org/ns/activitystreams#Public"]
    wide = {
        "id": uri,
        "type": "Note",
        "attributedTo": one.amina.uri,
        "content": "<p>For few.</p>",
        "to": public,
    }
    activity = {"id": f"{uri}/wide", "type": "Update", "actor": one.amina.uri, "object": wide}
    await amina.posts(two.bruno.inbox, activity)
    await fediverse.settle()
    stored = await two.instance.db.read(lambda tx: tx.first(select(posts.c.reach).where(posts.c.uri == uri)))
    assert stored is not None
    assert stored.reach == "chosen"
    assert await two.dov.reads() == []


# What everybody may know of members, and of the server; and a file's own tests are in tests/media.
OPEN_TO_ALL = {
    "/nodeinfo/{version}",
    "/users/{name}",
    "/users/{name}/outbox",
    "/users/{name}/followers",
    "/users/{name}/following",
    "/users/{name}/followers_synchronization",
    "/users/{name}/collections/featured",
    "/users/{name}/collections/tags",
    "/files/{name}",
    "/carried/{word}",
}


async def test_hidden_and_missing_are_the_same_bytes(fediverse: Fediverse, one: Server, two: Server) -> None:
    """P01, H22, P16, RULES R7: for anybody outside, on every route."""
    post_id = await one.amina.asks("A ramp, please.", intimacy=0)
    await fediverse.settle()
    bruno = await one.amina.knows(two.bruno)
    post = await one.instance.db.read(post_rows.get, one.amina.id, post_id)
    assert post is not None
    await one.instance.db.write(lambda tx: carry_tickets.ask_to_carry(tx, post, bruno, wave=1))
    await fediverse.settle()
    (ask,) = await one.instance.db.read(ask_rows.asks_of, post_id)
    stranger = fediverse.peer("evil.example", "mallory")
    mallory = stranger.persona("mallory")
    note, never = (await uri_of(one, post_id)).rpartition("/")[2], "2" * 26
    offer, ticket = ask.uri.rpartition("/")[2], (ask.ticket_uri or "").rpartition("/")[2]
    hidden = {
        "/notes/{name}": note,
        "/notes/{name}/activity": note,
        "/notes/{name}/audience": note,
        "/notes/{name}/replies": note,
        "/threads/{name}": note,
        "/activities/{name}": offer,
        "/tickets/{name}": ticket,
        "/users/{name}/help": "amina",
    }
    takers = {path for method, path, _ in ROUTES if method == "GET" and "{" in path}
    assert takers == set(hidden) | OPEN_TO_ALL
    puppet = Puppet(fediverse, two.bruno)
    assert (await puppet.peer.gets(puppet.persona, ask.ticket_uri or "")).status_code == 200  # it is there
    for path, name in hidden.items():
        pair = []
        for named in (name, never):
            url = "https://one.example" + path.replace("{name}", named)
            pair.append(
                [
                    await fediverse.asks(url),
                    await fediverse.asks(url, {"Accept": "text/html"}),
                    await stranger.gets(mallory, url),
                ]
            )
        for one_answer, other in zip(*pair, strict=True):
            assert one_answer.status_code == other.status_code == 404, path
            assert one_answer.content == other.content
            assert sorted(one_answer.headers.items()) == sorted(other.headers.items())


async def test_a_recipient_and_their_server_may_ask_for_it(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """P16: signed by Bruno, or by an actor of his server; nobody may read the audience."""
    post_id = await one.amina.writes("For friends.", intimacy=2)
    await fediverse.settle()
    uri = await uri_of(one, post_id)
    bruno = Puppet(fediverse, two.bruno)
    for address in (uri, f"{uri}/activity"):
        answer = await bruno.peer.gets(bruno.persona, address)
        assert answer.status_code == 200
        assert "For friends." in answer.text
        assert answer.headers["content-type"].startswith("application/activity+json")
        assert "private" in answer.headers["cache-control"]
    assert (await bruno.peer.gets(bruno.persona, f"{uri}/audience")).status_code == 404
    bruno.persona.key_id = "https://two.example/actor#main-key"
    from tests.federation.conftest import keys_of

    bruno.persona.keys = keys_of("two.example")
    assert (await bruno.peer.gets(bruno.persona, uri)).status_code == 200
    await one.amina.does(ties.block, two.bruno)
    assert (await bruno.peer.gets(bruno.persona, uri)).status_code == 404


async def test_the_end_of_a_friendship_takes_the_post_back(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """RULES R6: rows end at once, and the other server is told; others there keep the post."""
    await fediverse.befriend(one.amina, two.dov)
    await one.amina.writes("For friends.", intimacy=2)
    await fediverse.settle()
    assert await two.dov.reads() == ["For friends."]
    await one.amina.does(ties.block, two.dov)
    await fediverse.settle()
    assert await two.dov.reads() == []
    assert await two.bruno.reads() == ["For friends."]


async def test_a_reply_goes_to_the_author_alone(fediverse: Fediverse, one: Server, two: Server) -> None:
    """RULES R4, P07."""
    await fediverse.befriend(one.amina, two.dov)
    post_id = await one.amina.writes("Who has a saw?", intimacy=2)
    await fediverse.settle()
    theirs = (await two.bruno.home())[0]
    await two.bruno.writes("I do.", reply_to_id=theirs.post.id)
    await fediverse.settle()
    assert "I do." in (await one.amina.reads())[0]
    assert "mention" in await one.amina.notices()
    answer = (await one.amina.home())[0]
    assert answer.post.reply_to_id == post_id
    assert answer.post.reach == "direct"
    assert all("I do." not in text for text in await two.dov.reads())
    # And the author's answer to that answer arrives where it should.
    await one.amina.writes("Thank you!", reply_to_id=answer.post.id)
    await fediverse.settle()
    assert any("Thank you!" in text for text in await two.bruno.reads())


async def test_favourites_are_told_and_taken_back(fediverse: Fediverse, one: Server, two: Server) -> None:
    """A12: a Like of what its sender cannot see leaves nothing."""
    from fedi_aid.actions import reactions

    post_id = await one.amina.writes("A good day.", intimacy=2)
    await fediverse.settle()
    theirs = (await two.bruno.home())[0].post.id
    await two.instance.db.write(reactions.favourite, two.bruno.id, theirs)
    await fediverse.settle()
    assert "favourite" in await one.amina.notices()
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    answer = await mallory.posts(one.amina.inbox, mallory.says("Like", await uri_of(one, post_id)))
    assert answer.status_code == 202
    await fediverse.settle()
    seen = await one.amina.sees(post_id)
    assert seen is not None
    assert seen.favourites == 1
    await two.instance.db.write(reactions.unfavourite, two.bruno.id, theirs)
    await fediverse.settle()
    seen = await one.amina.sees(post_id)
    assert seen is not None
    assert seen.favourites == 0


async def test_a_request_is_lowered_everywhere(fediverse: Fediverse, one: Server, two: Server) -> None:
    """C08: a replay of the raise after the lowering changes nothing."""
    from fedi_aid.actions import help

    post_id = await one.amina.asks("A ramp, please.", intimacy=0)
    await fediverse.settle()
    seen = next(one for one in await two.bruno.home() if one.author.username == "amina")
    assert seen.post.flag_is_up
    assert seen.post.has_proof
    raised = next(one for one in fediverse.posts_to("/users/bruno/inbox") if b'"Create"' in one.body)
    await one.instance.db.write(help.lower, one.amina.id, post_id)
    await fediverse.settle()
    seen_again = await two.bruno.sees(seen.post.id)
    assert seen_again is not None
    assert seen_again.post.help_flag is False
    amina = Puppet(fediverse, one.amina)
    replay = json.loads(raised.body) | {"id": "https://one.example/activities/again", "type": "Update"}
    await amina.posts(two.bruno.inbox, replay)
    await fediverse.settle()
    seen_again = await two.bruno.sees(seen.post.id)
    assert seen_again is not None
    assert seen_again.post.help_flag is False


async def test_a_dead_peer_loses_nothing(fediverse: Fediverse, one: Server, two: Server) -> None:
    """Durable delivery: what was written while the peer was down arrives, once, in order."""
    fediverse.internet.kill("two.example")
    post_id = await one.amina.writes("First.", intimacy=2)
    await fediverse.settle()
    await one.amina.edits(post_id, "Second.")
    await fediverse.settle()
    assert await two.bruno.reads() == []
    fediverse.internet.heal("two.example")
    for _ in range(6):
        await fediverse.later(minutes=10)
    assert await two.bruno.reads() == ["Second."]


async def test_a_final_refusal_is_not_tried_again(fediverse: Fediverse, one: Server, two: Server) -> None:
    fediverse.internet.fail("two.example", 400)
    await one.amina.writes("Hello.", intimacy=2)
    await fediverse.settle()
    assert (await one.waiting())["deliver:buried"] == 1
    fediverse.internet.fail("two.example", 429, retry_after="120", times=1)
    await one.amina.writes("Again.", intimacy=2)
    await fediverse.settle()
    assert (await one.waiting())["deliver:waiting"] == 1
    fediverse.internet.heal("two.example")
    fediverse.clock.forward(minutes=5)
    await fediverse.settle()
    assert await two.bruno.reads() == ["Again."]


async def test_public_posts_are_public(fediverse: Fediverse) -> None:
    """By the shared inbox, fetched by anybody, boosted by reference (A11, O02)."""
    from fedi_aid.actions import reactions

    one = await fediverse.server("open.example", "amina", allow_public_posts=True)
    two = await fediverse.server("two.example", "bruno", "dov")
    three = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    post_id = await one.amina.writes("To everybody.", visibility="public")
    await fediverse.settle()
    assert await two.bruno.reads() == ["To everybody."]
    assert len(fediverse.posts_to("/inbox")) == 1
    uri = await uri_of(one, post_id)
    assert "To everybody." in (await fediverse.asks(uri)).text
    outbox = (await fediverse.asks(f"{one.amina.uri}/outbox")).json()
    assert [item["object"]["id"] for item in outbox["orderedItems"]] == [uri]
    theirs = (await two.bruno.home())[0].post.id
    await two.instance.db.write(reactions.boost, two.bruno.id, theirs)
    await fediverse.settle()
    assert await three.chloe.reads() == ["To everybody."]
    seen = (await three.chloe.home())[0]
    assert seen.boost is not None
    assert seen.boost.person.handle == "bruno@two.example"


async def test_an_announce_of_a_hidden_post_shows_it_to_nobody(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """A11."""
    post_id = await one.amina.writes("For few.", intimacy=2)
    await fediverse.settle()
    uri = await uri_of(one, post_id)
    three = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(two.bruno, three.chloe)
    bruno = Puppet(fediverse, two.bruno)
    announce = {"id": "https://two.example/activities/a", "type": "Announce", "actor": two.bruno.uri}
    await bruno.posts(three.chloe.inbox, announce | {"object": uri})
    await fediverse.settle()
    assert await three.chloe.reads() == []
    assert await rows(three) == 0


async def test_a_changed_profile_arrives(fediverse: Fediverse, one: Server, two: Server) -> None:
    from fedi_aid.actions import people

    await one.instance.db.write(people.update_profile, one.amina.id, display_name="Amina of Lyon")
    await fediverse.settle()
    known = await two.bruno.knows(one.amina)
    assert known.display_name == "Amina of Lyon"
    assert known.handle == "amina@one.example"


async def test_a_gone_actor_is_believed_only_with_410(fediverse: Fediverse, one: Server) -> None:
    """A06, F19."""
    from fedi_aid.storage import people as people_rows

    peer = fediverse.peer("plain.example", "frank")
    frank = peer.persona("frank")
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    assert await one.instance.db.read(people_rows.by_uri, frank.uri) is not None
    peer.documents["/users/frank"] = (404, {})
    await frank.posts("https://one.example/inbox", frank.says("Delete", frank.uri))
    await fediverse.settle()
    assert await one.instance.db.read(people_rows.by_uri, frank.uri) is not None
    peer.documents["/users/frank"] = (410, {})
    await frank.posts("https://one.example/inbox", frank.says("Delete", frank.uri))
    await fediverse.settle()
    assert await one.instance.db.read(people_rows.by_uri, frank.uri) is None
