"""Posts pinned to profiles: ours for everybody, theirs by their own word (A13, P19)."""

from typing import Any

import pytest

from fedi_aid.actions import reactions, tags
from fedi_aid.activitypub import remote
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


async def test_a_pin_that_comes_before_its_post_waits_for_it(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """A22, A13: the post cannot be had when the Add comes; it is looked for again, unless the pin is taken
    back meanwhile."""
    for name in ("kept", "dropped"):
        about = frank.id(f"notes/{name}")
        await frank.posts("https://one.example/inbox", frank.says("Add", about, target=f"{frank.uri}/pins"))
    await fediverse.settle()
    assert await pinned_at(one, frank) == []
    gone = frank.says("Remove", frank.id("notes/dropped"), target=f"{frank.uri}/pins")
    await frank.posts("https://one.example/inbox", gone)
    await fediverse.settle()
    for name in ("kept", "dropped"):
        note = frank.note(name.capitalize(), [PUBLIC], f"notes/{name}")
        await frank.posts("https://one.example/inbox", frank.says("Create", note))
        frank.peer.documents[f"/notes/{name}"] = (200, note)
    await fediverse.settle()
    fediverse.clock.forward(minutes=2)
    await fediverse.settle()
    assert await pinned_at(one, frank) == ["Kept"]


async def test_what_is_never_had_is_not_looked_for_for_ever(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    about = frank.id("notes/never")
    await frank.posts("https://one.example/inbox", frank.says("Add", about, target=f"{frank.uri}/pins"))
    for _ in range(10):
        await fediverse.settle()
        fediverse.clock.forward(hours=12)
    assert frank.peer.asked.count("/notes/never") == 5
    assert await one.waiting() == {}


async def test_pins_are_looked_up_with_somebody(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """F13, F14: who is looked up has their list read within bounds; what is embedded is not believed, others'
    posts and hidden ones do not count, and what left the list is not pinned any more."""
    gus = frank.peer.persona("gus")
    first, second = (gus.note(text, [PUBLIC], f"notes/{text}") for text in ("first", "second"))
    hidden = gus.note("hidden", [gus.uri], "notes/hidden")
    others = frank.note("Frank's", [PUBLIC], "notes/others")
    for note in (first, second, hidden, others):
        frank.peer.documents[note["id"].removeprefix("https://plain.example")] = (200, note)
    far = fediverse.peer("far.example", "mallory")
    address = f"{gus.uri}/pins"
    forged = first | {"content": "<p>Inline and forged.</p>"}
    items = [forged, second["id"], hidden["id"], others["id"], "https://far.example/notes/1", 7]
    listed = {"id": address, "type": "OrderedCollection", "orderedItems": items}
    frank.peer.documents["/users/gus/pins"] = (200, listed)
    assert await remote.resolve(one.instance, gus.uri) is not None
    await fediverse.settle()
    assert sorted(await pinned_at(one, gus)) == ["first", "second"]
    assert far.asked == []
    frank.peer.documents["/users/gus/pins"] = (200, listed | {"orderedItems": [second["id"]]})
    await remote.resolve(one.instance, gus.uri, fresh=True)
    await fediverse.settle()
    assert sorted(await pinned_at(one, gus)) == ["first", "second"]  # once a day
    fediverse.clock.forward(days=2)
    await remote.resolve(one.instance, gus.uri, fresh=True)
    await fediverse.settle()
    assert await pinned_at(one, gus) == ["second"]


async def test_tags_on_a_profile_are_a_collection(fediverse: Fediverse, one: Server) -> None:
    """featuredTags: hashtags without numbers (R7)."""
    await one.instance.db.write(tags.feature, one.amina.id, "Bread")
    found = (await fediverse.asks(f"{one.amina.uri}/collections/tags")).json()
    href = "https://one.example/tags/bread"
    assert found["items"] == [{"type": "Hashtag", "name": "#Bread", "href": href}]
    assert "totalItems" not in found


async def test_a_deleted_public_post_is_known_to_be_gone(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """FEP-4f05, P01: 410 with a Tombstone for what was public; whatever was hidden answers as if it had never
    been."""
    public = await one.amina.writes("For everybody.", visibility="public")
    chosen = await one.amina.writes("For some.")
    await fediverse.settle()
    uris = []
    for post_id in (public, chosen):
        view = await one.amina.sees(post_id)
        assert view is not None
        uris.append(view.post.uri)
        await one.amina.deletes(post_id)
    await fediverse.settle()
    gone = await fediverse.asks(uris[0])
    assert gone.status_code == 410
    assert (gone.json()["type"], gone.json()["formerType"], gone.json()["id"]) == (
        "Tombstone",
        "Note",
        uris[0],
    )
    missing = await fediverse.asks("https://one.example/notes/x")
    for asked in (
        await fediverse.asks(uris[1]),
        await frank.peer.gets(frank, uris[1]),
        await fediverse.asks(uris[0], {"Accept": "text/html"}),
        await fediverse.asks(f"{uris[0]}/replies"),
    ):
        assert (asked.status_code, asked.content) == (404, missing.content)
