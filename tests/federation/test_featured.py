"""Posts pinned to profiles: ours for everybody, theirs by their own word (A13, P19)."""

from typing import Any

import pytest

from fedi_aid.actions import reactions
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", allow_public_posts=True)


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    peer = fediverse.peer("plain.example", "frank", "gus")
    for name in ("frank", "gus"):
        persona = peer.persona(name)
        document = persona.document() | {"featured": f"{persona.uri}/pins"}
        peer.documents[f"/users/{name}"] = (200, document)
    return await befriended(fediverse, one.amina, peer, "frank")


async def pinned_at(server: Server, persona: Persona) -> list[str]:
    known = await server.amina.knows(persona)

    def texts(tx: Any) -> list[str]:
        views = timelines.by_author(tx, server.amina.id, known.id, Page(limit=40), pinned=True)
        return [view.post.text for view in views]

    return await server.instance.db.read(texts)


async def test_our_featured_collection_has_public_pins_alone(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """P19, P08: a pinned post that the engine chose readers for is not there, and nobody is told of it."""
    address = f"{one.amina.uri}/collections/featured"
    public = await one.amina.writes("For everybody.", visibility="public")
    chosen = await one.amina.writes("For some.")
    await one.amina.writes("Not pinned.", visibility="public")
    for post_id in (public, chosen):
        await one.instance.db.write(reactions.pin, one.amina.id, post_id)
    await fediverse.settle()
    (item,) = (await fediverse.asks(address)).json()["orderedItems"]
    assert (item["content"], item["to"]) == ("<p>For everybody.</p>", [PUBLIC])
    (add,) = frank.peer.said("Add")
    assert (add["object"], add["target"]) == (item["id"], address)
    for post_id in (public, chosen):
        await one.instance.db.write(reactions.unpin, one.amina.id, post_id)
    await fediverse.settle()
    assert (await fediverse.asks(address)).json()["orderedItems"] == []
    assert [one["object"] for one in frank.peer.said("Remove")] == [item["id"]]
    tags = await fediverse.asks(f"{one.amina.uri}/collections/tags")
    assert (tags.json()["type"], tags.json()["items"]) == ("Collection", [])
    actor = (await fediverse.asks(one.amina.uri)).json()
    assert (actor["featured"], actor["featuredTags"]) == (address, f"{one.amina.uri}/collections/tags")
    for path in ("featured", "tags"):
        assert (
            await fediverse.asks(f"https://one.example/users/nobody/collections/{path}")
        ).status_code == 404


async def test_somebody_elsewhere_pins_their_own_posts(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """A13: one known here, and one that has to be fetched from where it lives (F14)."""
    known = frank.note("Known.", [PUBLIC])
    await frank.posts("https://one.example/inbox", frank.says("Create", known))
    await fediverse.settle()  # a Create and an Add of one moment may be understood in either order
    other = frank.note("Fetched.", [PUBLIC], "notes/other")
    frank.peer.documents["/notes/other"] = (200, other)
    for note in (known, other):
        inline = note | {"content": "<p>Inline and forged.</p>"}
        await frank.posts("https://one.example/inbox", frank.says("Add", inline, target=f"{frank.uri}/pins"))
        await fediverse.settle()
    assert await pinned_at(one, frank) == ["Fetched.", "Known."]
    for note in (known, other):
        gone = frank.says("Remove", note["id"], target=f"{frank.uri}/pins")
        await frank.posts("https://one.example/inbox", gone)
        await fediverse.settle()
    assert await pinned_at(one, frank) == []


async def test_nobody_pins_for_another(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """A13: not into another's collection, not another's post, not a hidden one; and nobody else unpins."""
    gus = frank.peer.persona("gus")
    public = frank.note("Frank's.", [PUBLIC])
    hidden = frank.note("For Amina.", [one.amina.uri])
    for inbox, note in (("https://one.example/inbox", public), (one.amina.inbox, hidden)):
        await frank.posts(inbox, frank.says("Create", note))
    await fediverse.settle()
    for who, about, target in (
        (gus, public["id"], f"{frank.uri}/pins"),
        (gus, public["id"], f"{gus.uri}/pins"),
        (frank, hidden["id"], f"{frank.uri}/pins"),
        (frank, public["id"], f"{frank.uri}/other"),
        (frank, public["id"], f"{one.amina.uri}/collections/featured"),
        (frank, "https://one.example/notes/x", f"{frank.uri}/pins"),
    ):
        await who.posts(one.amina.inbox, who.says("Add", about, target=target))
        await fediverse.settle()
    assert await pinned_at(one, frank) == []
    assert await pinned_at(one, gus) == []
    await frank.posts(one.amina.inbox, frank.says("Add", public["id"], target=f"{frank.uri}/pins"))
    await fediverse.settle()
    for target in (f"{frank.uri}/pins", f"{gus.uri}/pins"):
        await gus.posts(one.amina.inbox, gus.says("Remove", public["id"], target=target))
        await fediverse.settle()
    assert await pinned_at(one, frank) == ["Frank's."]
