"""Conversations over several servers (FEP-7888, FEP-f228, FEP-7458): for those in them, and nobody else."""

from typing import Any

import httpx
import pytest

from fedi_aid.actions import threads
from fedi_aid.storage import post_views
from fedi_aid.storage import posts as post_rows
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve", allow_public_posts=True)


@pytest.fixture
async def near(fediverse: Fediverse, one: Server) -> Persona:
    """Bruno, a friend of Amina's on a server that speaks the extension."""
    peer = fediverse.peer("near.example", "bruno", "actor", plain=False)
    application = peer.persona("actor").document() | {"type": "Application"}
    peer.documents["/users/actor"] = (200, application)
    return await befriended(fediverse, one.amina, peer, "bruno")


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    """Frank, a friend of Amina's on an ordinary server."""
    return await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank", "gus"), "frank")


def created(persona: Persona) -> list[dict[str, Any]]:
    return [one["object"] for one in persona.peer.said("Create")]


def same(answer: httpx.Response) -> tuple[Any, ...]:
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, answer.content, headers


async def test_a_hidden_conversation_is_there_for_those_in_it_alone(
    fediverse: Fediverse, one: Server, near: Persona, frank: Persona
) -> None:
    """P01, R4: resolved for who holds its first post and for their server's own actor; to all others, plain
    peers with forms of their own included, it is byte for byte what is missing."""
    post_id = await one.amina.writes("Between friends.")
    await fediverse.settle()
    (note,) = created(near)
    (form,) = created(frank)
    assert note["context"].startswith("https://one.example/threads/")
    assert note["context"].rpartition("/")[2] not in note["id"]
    assert {"context", "replies"}.isdisjoint(form)
    answer = near.note("I see.", [one.amina.uri], inReplyTo=note["id"])
    await near.posts(one.amina.inbox, near.says("Create", answer))
    await fediverse.settle()
    await one.amina.writes("And I go on.", reply_to_id=post_id)
    await fediverse.settle()
    more = created(near)[1]
    assert more["context"] == note["context"]

    application = near.peer.persona("actor")
    for asker in (near, application):
        found = (await near.peer.gets(asker, note["context"])).json()
        assert found["orderedItems"] == [note["id"], answer["id"], more["id"]]
        assert (found["attributedTo"], "totalItems" in found) == (one.amina.uri, False)
        below = (await near.peer.gets(asker, note["replies"])).json()
        assert below["orderedItems"] == [answer["id"], more["id"]]
    stranger = fediverse.peer("strange.example", "mallory", plain=False).persona("mallory")
    for address in (note["context"], note["replies"], form["id"] + "/replies"):
        missing = address[:-4] + "2222" if "/threads/" in address else "https://one.example/notes/x/replies"
        for by in (stranger, frank):
            assert same(await by.peer.gets(by, address)) == same(await by.peer.gets(by, missing))
        assert same(await fediverse.asks(address)) == same(await fediverse.asks(missing))
    await one.amina.deletes(post_id)
    await fediverse.settle()
    assert (await near.peer.gets(near, note["context"])).status_code == 404


async def test_a_reader_is_told_of_no_answer_that_is_not_theirs(
    fediverse: Fediverse, one: Server, near: Persona
) -> None:
    """P01: another reader's answer to Amina is not in what Bruno's server is given."""
    await fediverse.befriend(one.amina, one.eve)
    post_id = await one.amina.writes("Between friends.")
    await one.eve.writes("Only for Amina.", reply_to_id=post_id)
    await fediverse.settle()
    (note,) = created(near)
    assert (await near.peer.gets(near, note["context"])).json()["orderedItems"] == [note["id"]]
    assert (await near.peer.gets(near, note["replies"])).json()["orderedItems"] == []


async def test_a_public_conversation_is_there_for_everybody(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    post_id = await one.amina.writes("For everybody.", visibility="public")
    await one.eve.writes("Me too.", reply_to_id=post_id, visibility="public")
    await one.eve.writes("A word aside.", reply_to_id=post_id)
    await fediverse.settle()
    note = created(frank)[0]
    listed = (await fediverse.asks(note["context"])).json()["orderedItems"]
    assert len(listed) == 2
    assert listed[0] == note["id"]
    assert (await fediverse.asks(note["replies"])).json()["orderedItems"] == listed[1:]


async def test_direct_answers_in_a_hidden_conversation_tie_no_forms_together(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """R4: an answer to an ordinary server names no conversation that others' forms would share."""
    await one.amina.writes("Between friends.")
    await fediverse.settle()
    (form,) = created(frank)
    answer = frank.note("I see.", [one.amina.uri], inReplyTo=form["id"])
    await frank.posts(one.amina.inbox, frank.says("Create", answer))
    await fediverse.settle()
    known = await one.instance.db.read(post_rows.by_uri, one.amina.id, answer["id"])
    assert known is not None
    await one.amina.writes("Thank you.", reply_to_id=known.id)
    await fediverse.settle()
    assert "context" not in created(frank)[1]


class Far:
    """A conversation that lives on another server: a post, answers below it, and lists of them."""

    def __init__(self, frank: Persona) -> None:
        self.frank, self.peer = frank, frank.peer
        self.context = "https://plain.example/contexts/1"
        self.top = self.put("top", "The first.")
        self.middle = self.put("middle", "The second.", inReplyTo=self.top["id"])
        self.below = self.put("below", "The fourth.", inReplyTo="https://plain.example/notes/seen")
        replies = {"id": "https://plain.example/notes/seen/replies", "type": "Collection", "items": []}
        self.seen = self.put("seen", "The third.", inReplyTo=self.middle["id"], replies=replies)
        self.lists("/contexts/1", [self.top["id"], self.middle["id"], self.seen["id"], self.below["id"]])
        self.lists("/notes/seen/replies", [self.below["id"]])

    def put(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        more.setdefault("context", self.context)
        note = self.frank.note(text, [PUBLIC], f"notes/{name}", **more)
        self.peer.documents[f"/notes/{name}"] = (200, note)
        return note

    def lists(self, path: str, items: list[Any], **more: Any) -> None:
        document = {"id": f"https://plain.example{path}", "type": "OrderedCollection", "orderedItems": items}
        self.peer.documents[path] = (200, document | more)


async def told(one: Server, note: dict[str, Any]) -> list[str]:
    """The whole conversation as Amina reads it."""

    def texts(tx: Any) -> list[str]:
        post = post_rows.by_uri(tx, one.amina.id, note["id"])
        assert post is not None
        above = post_views.ancestors(tx, one.amina.id, post)
        below = post_views.descendants(tx, one.amina.id, post)
        return [view.post.text for view in (*above, *post_views.views(tx, one.amina.id, [post.id]), *below)]

    return await one.instance.db.read(texts)


async def test_a_conversation_elsewhere_is_completed_when_a_part_of_it_arrives(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """F15: above and below, by the instance's own GETs; nobody is notified, nothing comes home by it."""
    far = Far(frank)
    await frank.posts("https://one.example/inbox", frank.says("Create", far.seen))
    await fediverse.settle()
    assert await told(one, far.seen) == ["The first.", "The second.", "The third.", "The fourth."]
    assert await one.amina.reads() == ["The third."]
    assert await one.amina.notices() == []


async def test_a_conversation_is_completed_again_when_somebody_looks_later(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """F13: at most once in 15 minutes for a post."""
    far = Far(frank)
    await frank.posts("https://one.example/inbox", frank.says("Create", far.seen))
    await fediverse.settle()
    new = far.put("new", "The fifth.", inReplyTo=far.seen["id"])
    far.lists("/notes/seen/replies", [far.below["id"], new["id"]])
    known = await one.instance.db.read(post_rows.by_uri, None, far.seen["id"])
    assert known is not None
    await one.instance.db.write(threads.complete, known.id)
    await fediverse.settle()
    assert "The fifth." not in await told(one, far.seen)
    fediverse.clock.forward(minutes=16)
    await one.instance.db.write(threads.complete, known.id)
    await fediverse.settle()
    assert (await told(one, far.seen))[-1] == "The fifth."


async def test_a_list_elsewhere_cannot_have_us_show_or_fetch_what_it_likes(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """F13, F14: nothing embedded is believed, nothing is taken that does not say itself that it belongs
    there, nothing hidden, and pages that lead in a circle or away end there."""
    far = Far(frank)
    gus = fediverse.peer("third.example", "gus").persona("gus")
    forged = gus.note("Forged.", [PUBLIC], "notes/forged", inReplyTo=far.seen["id"])
    elsewhere = gus.note("Elsewhere.", [PUBLIC], "notes/elsewhere")
    hidden = gus.note("Hidden.", [gus.uri], "notes/hidden", inReplyTo=far.seen["id"])
    real = gus.note("Real.", [PUBLIC], "notes/real", inReplyTo=far.seen["id"])
    for name, note in (("elsewhere", elsewhere), ("hidden", hidden), ("real", real)):
        gus.peer.documents[f"/notes/{name}"] = (200, note)
    inline = real | {"content": "<p>Forged, too.</p>"}
    items = [forged, elsewhere["id"], hidden["id"], inline, "https://one.example/notes/x", 7, {"type": "x"}]
    far.lists("/contexts/1", items, next="https://third.example/contexts/1")
    far.lists("/notes/seen/replies", [], next="https://plain.example/notes/seen/replies")
    await frank.posts("https://one.example/inbox", frank.says("Create", far.seen))
    await fediverse.settle()
    assert await told(one, far.seen) == ["The first.", "The second.", "The third.", "Real."]
    assert "/contexts/1" not in gus.peer.asked
    many = [f"https://third.example/notes/{number}" for number in range(200)]
    far.lists("/contexts/1", many)
    fediverse.clock.forward(hours=1)
    known = await one.instance.db.read(post_rows.by_uri, None, far.seen["id"])
    assert known is not None
    before = len(gus.peer.asked)
    await one.instance.db.write(threads.complete, known.id)
    await fediverse.settle()
    assert 0 < len(gus.peer.asked) - before <= 20


async def test_answers_in_a_circle_end(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """F13: a post that answers its own answer."""
    far = Far(frank)
    far.put("top", "The first.", inReplyTo=far.seen["id"])
    await frank.posts("https://one.example/inbox", frank.says("Create", far.seen))
    await fediverse.settle()
    assert "The third." in await told(one, far.seen)


async def test_nothing_is_looked_up_for_what_is_not_public(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """F15, A20: a direct answer to something hidden makes us ask nobody for anything."""
    far = Far(frank)
    direct = far.seen | {"id": frank.id("notes/direct"), "to": [one.amina.uri]}
    before = list(frank.peer.asked)
    await frank.posts(one.amina.inbox, frank.says("Create", direct))
    await fediverse.settle()
    known = await one.instance.db.read(post_rows.by_uri, one.amina.id, direct["id"])
    assert known is not None
    assert await one.instance.db.read(threads.is_due, known.id) is False
    assert frank.peer.asked == before


async def test_what_a_conversation_s_owner_hands_on_is_fetched(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """FEP-171b, O02, A13: the post is taken from where it lives, only in a conversation that is known here, and
    only by the word of its owner and of the post."""
    far = Far(frank)
    gus = fediverse.peer("third.example", "gus").persona("gus")
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    notes = {}
    for name, context in (("in", far.context), ("out", None), ("unknown", frank.id("contexts/2"))):
        more = {"context": context} if context else {}
        notes[name] = gus.note(name, [PUBLIC], f"notes/{name}", inReplyTo=far.seen["id"], **more)
        gus.peer.documents[f"/notes/{name}"] = (200, notes[name])
    await frank.posts("https://one.example/inbox", frank.says("Create", far.seen))
    await fediverse.settle()
    for by, name, target in (
        (frank, "out", far.context),
        (frank, "unknown", frank.id("contexts/2")),
        (mallory, "in", far.context),
    ):
        inner = gus.says("Create", notes[name] | {"content": "Forged."})
        await by.posts(one.amina.inbox, by.says("Add", inner, target={"type": "Collection", "id": target}))
        await fediverse.settle()
    assert "in" not in await told(one, far.seen)
    inner = gus.says("Create", notes["in"] | {"content": "Forged."})
    await frank.posts(one.amina.inbox, frank.says("Add", inner, target=far.context))
    await fediverse.settle()
    assert await told(one, far.seen) == ["The first.", "The second.", "The third.", "The fourth.", "in"]


async def test_what_a_group_passes_on_is_a_boost(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """FEP-1b12, O02: of the public post as its own server has it."""
    gus = fediverse.peer("third.example", "gus").persona("gus")
    note = gus.note("To the group.", [PUBLIC], "notes/1")
    gus.peer.documents["/notes/1"] = (200, note)
    inner = gus.says("Create", note | {"content": "Forged."})
    await frank.posts("https://one.example/inbox", frank.says("Announce", inner, to=[PUBLIC]))
    await frank.posts("https://one.example/inbox", frank.says("Announce", {"type": "Create"}, to=[PUBLIC]))
    await fediverse.settle()
    assert await one.amina.reads() == ["To the group."]
