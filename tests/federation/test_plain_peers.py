"""What servers get that do not understand the extension (FEDERATION_EXTENSION §2, FEDERATION_NOTES §1.5)."""

import json
from typing import Any

import pytest

from fedi_aid.actions import help, ties
from fedi_aid.storage import people
from fedi_aid.storage import posts as post_rows
from tests.federation.conftest import Fediverse, Peer, Persona, Server

pytestmark = pytest.mark.anyio


async def befriend(fediverse: Fediverse, server: Server, who: Persona) -> None:
    amina = server.amina
    await who.posts(amina.inbox, who.says("Follow", amina.uri))
    await fediverse.settle()
    await amina.does(ties.accept, who)
    await fediverse.settle()
    await who.posts(amina.inbox, who.says("Accept", who.peer.said("Follow")[-1]))
    await fediverse.settle()
    who.peer.got.clear()
    who.peer.got_at.clear()


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
def peer(fediverse: Fediverse) -> Peer:
    return fediverse.peer("plain.example", "frank", "grace")


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server, peer: Peer) -> Persona:
    found = peer.persona("frank")
    await befriend(fediverse, one, found)
    return found


def assert_no_extension(activity: dict[str, Any]) -> None:
    """P10: no level, no flag, no revision, under whatever name."""
    note = activity["object"]
    assert not {"intimacyLevel", "helpFlag", "revision", "helpOffer", "project"} & note.keys()
    said = json.dumps({key: value for key, value in activity.items() if key != "@context"}).lower()
    for word in ("intimacy", "confidant", "close friend", "bottle", "audience"):
        assert word not in said


async def test_an_ordinary_post_is_a_limited_one(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    await one.amina.writes("Day 12: the ramp is drawn.", intimacy=2)
    await fediverse.settle()
    (create,) = peer.said("Create")
    assert peer.got_at == ["/users/frank/inbox"]
    note = create["object"]
    assert (create["to"], create["cc"], note["to"], note["cc"]) == ([frank.uri], [], [frank.uri], [])
    assert not [tag for tag in note.get("tag", []) if tag["type"] == "Mention"]
    assert "directMessage" not in note
    assert "mentioned people only" in note["content"]  # RULES R21
    assert_no_extension(create)


async def test_software_that_shows_nothing_otherwise_gets_a_tag(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    index = {
        "links": [
            {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "https://plain.example/ni"}
        ]
    }
    peer.documents["/.well-known/nodeinfo"] = (200, index)
    peer.documents["/ni"] = (200, {"software": {"name": "gotosocial", "version": "0.20"}})
    await one.amina.writes("The ramp is drawn.", intimacy=2)
    await fediverse.settle()
    (create,) = peer.said("Create")
    assert [tag["href"] for tag in create["object"]["tag"]] == [frank.uri]
    assert_no_extension(create)


async def test_close_posts_are_direct_with_one_neutral_summary(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    known = await one.amina.knows(frank)
    await one.instance.db.write(ties.pin_as_close, one.amina.id, known.id)
    await one.amina.writes("I am tired.", intimacy=3)
    await fediverse.settle()
    (create,) = peer.said("Create")
    note = create["object"]
    assert note["directMessage"] is True
    assert note["sensitive"] is True
    assert note["summary"] == "A message from a friend"
    assert [tag["href"] for tag in note["tag"]] == [frank.uri]
    assert_no_extension(create)


async def test_confidences_do_not_leave_for_ordinary_servers(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    known = await one.amina.knows(frank)
    await one.instance.db.write(ties.pin_as_close, one.amina.id, known.id)
    await one.amina.writes("My secret.", intimacy=4)
    await fediverse.settle()
    assert peer.said("Create") == []
    await one.instance.db.write(people.change_member, one.amina.id, plain_confidants=True)
    await one.amina.writes("My other secret.", intimacy=4)
    await fediverse.settle()
    created = peer.said("Create")
    assert all("My secret." not in json.dumps(item) for item in created)
    for item in created:
        assert item["object"]["summary"] == "A message from a friend"


async def test_recipients_learn_nothing_of_each_other(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """P04: two friends on one plain peer get two notes with unrelated ids; RULES R3 for mentions."""
    grace = peer.persona("grace")
    await befriend(fediverse, one, grace)
    await one.amina.writes("Thank you @frank@plain.example!", intimacy=2)
    await fediverse.settle()
    created = dict(zip(peer.got_at, peer.got, strict=True))
    for_frank, for_grace = created["/users/frank/inbox"], created["/users/grace/inbox"]
    assert for_frank["object"]["id"] != for_grace["object"]["id"]
    assert frank.uri not in json.dumps(for_grace)
    assert grace.uri not in json.dumps(for_frank)
    assert for_grace["object"]["content"].startswith("<p>Thank you @frank@plain.example!</p>")


async def test_edits_and_removal_follow_each_form(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """P05, P06: an Update of their own form, then its Delete alone."""
    post_id = await one.amina.writes("First.", intimacy=2)
    await fediverse.settle()
    projection = peer.said("Create")[0]["object"]["id"]
    await one.amina.edits(post_id, "Second.")
    await fediverse.settle()
    (update,) = peer.said("Update")
    assert update["object"]["id"] == projection
    assert update["object"]["to"] == [frank.uri]
    assert "Second." in update["object"]["content"]
    await one.amina.does(ties.unfollow, frank)
    await fediverse.settle()
    (delete,) = peer.said("Delete")
    assert delete["object"] == {"id": projection, "type": "Tombstone"}
    await one.amina.deletes(post_id)
    await fediverse.settle()
    assert len(peer.said("Delete")) == 1


async def test_a_form_is_given_to_its_recipient_alone(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """P01, P16: a leaked id opens nothing."""
    grace = peer.persona("grace")
    await one.amina.writes("For Frank.", intimacy=2)
    await fediverse.settle()
    projection = peer.said("Create")[0]["object"]["id"]
    missing = await fediverse.asks("https://one.example/notes/22222222222222222222222222")
    for hidden in (await fediverse.asks(projection), await peer.gets(grace, projection)):
        assert (hidden.status_code, hidden.content) == (404, missing.content)
    given = await peer.gets(frank, projection)
    assert given.status_code == 200
    assert given.json()["to"] == [frank.uri]
    await one.amina.does(ties.unfollow, frank)
    assert (await peer.gets(frank, projection)).status_code == 404


async def test_a_request_is_a_direct_message_when_asked(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """A request cannot be shown quietly there: it goes when that person is asked. Its end is visible."""
    post_id = await one.amina.asks("A ramp, please.", intimacy=0)
    created = peer.said("Create")
    if not created:
        known = await one.amina.knows(frank)
        from fedi_aid.storage import asks as ask_rows
        from fedi_aid.work import jobs

        def ask(tx: Any) -> None:
            ask_id = ask_rows.ask(tx, post_id, known.id, "help", uri=tx.house.new_activity())
            if ask_id is not None:
                jobs.send_ask(tx, ask_id, post_id)

        await one.instance.db.write(ask)
        await fediverse.settle()
        created = peer.said("Create")
    assert len(created) == 1
    note = created[0]["object"]
    assert note["directMessage"] is True
    assert note["summary"] == "A message from a friend"
    assert "no answer is owed" in note["content"]
    assert peer.said("Offer") == []
    assert "proof" not in created[0]
    assert_no_extension(created[0])
    await one.instance.db.write(help.lower, one.amina.id, post_id)
    await fediverse.settle()
    update = peer.said("Update")[-1]
    assert update["object"]["id"] == note["id"]
    assert "<p>✅ Solved, thank you.</p>" in update["object"]["content"]
    assert update["object"]["summary"] == note["summary"]


async def test_an_answer_from_a_plain_peer_finds_its_post(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """FEDERATION_NOTES §1.5 (4): projection → post; and the author's answer names their form, not the post."""
    post_id = await one.amina.writes("Who has a saw?", intimacy=2)
    await fediverse.settle()
    projection = peer.said("Create")[0]["object"]["id"]
    mention = {"type": "Mention", "href": one.amina.uri, "name": "@amina@one.example"}
    answer = frank.note("I do.", [one.amina.uri], inReplyTo=projection, tag=[mention])
    await frank.posts(one.amina.inbox, frank.says("Create", answer, to=[one.amina.uri]))
    await fediverse.settle()
    seen = (await one.amina.home())[0]
    assert seen.post.reply_to_id == post_id
    assert seen.post.reach == "direct"
    await one.amina.writes("Wonderful.", reply_to_id=seen.post.id)
    await fediverse.settle()
    reply = peer.said("Create")[-1]["object"]
    assert reply["inReplyTo"] == answer["id"]
    assert reply["to"] == [frank.uri]
    assert "Wonderful." in reply["content"]


async def test_a_private_note_without_a_tag_is_for_the_owner_alone(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """O07: the followers of somebody else, and an unknown collection, give nothing to anybody."""
    for to in ([f"{one.amina.uri}/followers"], ["https://plain.example/circles/1"], []):
        note = frank.note("Only you.", to)
        await frank.posts(one.amina.inbox, frank.says("Create", note))
        await frank.posts("https://one.example/inbox", frank.says("Create", frank.note("Nobody.", to)))
    await fediverse.settle()
    home = [one for one in await one.amina.home() if one.author.username == "frank"]
    assert {one.post.reach for one in home} <= {"direct"}
    assert all("Nobody." not in one.post.text for one in home)
    for seen in home:
        assert await one.instance.db.read(post_rows.get, None, seen.post.id) is None


async def test_a_mention_with_a_public_note_is_noticed(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    public = "https://www.w3.org/ns/activitystreams#Public"
    mention = {"type": "Mention", "href": one.amina.uri, "name": "@amina"}
    note = frank.note("Hello @amina", [public], tag=[mention], cc=[one.amina.uri])
    html = '<p>Hello <script>alert(1)</script><img src=x onerror="x()">@amina</p>'
    await frank.posts("https://one.example/inbox", frank.says("Create", note | {"content": html}))
    await fediverse.settle()
    assert "mention" in await one.amina.notices()
    seen = next(one for one in await one.amina.home() if one.author.username == "frank")
    assert "script" not in seen.post.html  # B01
    assert "onerror" not in seen.post.html
