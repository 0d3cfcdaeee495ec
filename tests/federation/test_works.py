"""What other software publishes beside notes, from the inbox to the timeline; and the files of an edited post."""

from typing import Any

import pytest

from fedi_aid.activitypub import remote
from fedi_aid.storage import post_views
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    return await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")


def event(frank: Persona, **more: Any) -> dict[str, Any]:
    return frank.note("Bring what is broken.", [PUBLIC], "events/1") | {
        "type": "Event",
        "name": "Repair café",
        "startTime": "2026-03-21T14:00:00+01:00",
        "url": "https://plain.example/cafe",
        **more,
    }


def picture(name: str, alt: str = "") -> dict[str, Any]:
    return {
        "type": "Document",
        "mediaType": "image/png",
        "url": f"https://plain.example/{name}.png",
        "name": alt,
    }


async def test_an_event_is_a_post_that_is_edited_and_deleted(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    await frank.posts(one.amina.inbox, frank.says("Create", event(frank), to=[PUBLIC]))
    await fediverse.settle()
    (text,) = await one.amina.reads()
    assert text == (
        "Repair café\n\n📅 2026-03-21 14:00 UTC+0100\n\nBring what is broken.\n\nhttps://plain.example/cafe"
    )
    later = event(frank, startTime="2026-03-28T14:00:00+01:00", updated="2026-03-14T09:30:00Z")
    fediverse.clock.forward(hours=1)
    await frank.posts(one.amina.inbox, frank.says("Update", later, to=[PUBLIC]))
    await fediverse.settle()
    assert "📅 2026-03-28 14:00" in (await one.amina.reads())[0]
    await frank.posts(one.amina.inbox, frank.says("Delete", later["id"], to=[PUBLIC]))
    await fediverse.settle()
    assert await one.amina.reads() == []


async def test_a_film_with_a_channel_beside_its_author_is_found_by_its_address(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """O01: the author is the person named, on the film's own server."""
    film = event(frank) | {
        "id": frank.id("videos/1"),
        "type": "Video",
        "@context": "https://www.w3.org/ns/activitystreams",
        "attributedTo": [
            {"type": "Group", "id": frank.id("channels/chairs")},
            {"type": "Person", "id": frank.uri},
        ],
        "url": [
            {"type": "Link", "mediaType": "text/html", "href": frank.id("watch/1")},
            {"type": "Link", "mediaType": "video/mp4", "href": frank.id("1.mp4")},
        ],
    }
    frank.peer.documents["/videos/1"] = (200, film)
    found = await remote.resolve(one.instance, film["id"])
    assert found is not None
    view = await one.instance.db.read(post_views.view, one.amina.id, found)
    assert view is not None
    assert view.author.uri == frank.uri
    assert [(one.kind, one.remote_url) for one in view.media] == [("video", frank.id("1.mp4"))]
    # Nobody's film is taken for a person's of another server.
    stolen = film | {"id": frank.id("videos/2"), "attributedTo": [{"type": "Person", "id": one.amina.uri}]}
    frank.peer.documents["/videos/2"] = (200, stolen)
    assert await remote.resolve(one.instance, stolen["id"]) is None


async def test_what_its_author_does_not_name_is_not_theirs(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """O01, A01: attributed to others, or to nothing readable, it is refused; attributed to nobody, it is the actor's."""
    for number, who in enumerate([[frank.uri + "2"], 5, {}, [], {"type": "Person"}, None]):
        note = frank.note(f"number {number}", [PUBLIC], f"notes/{number}") | {"attributedTo": who}
        await frank.posts(one.amina.inbox, frank.says("Create", note, to=[PUBLIC]))
    await fediverse.settle()
    assert await one.amina.reads() == ["number 5"]


async def test_the_files_of_an_edited_post_follow(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    async def shown() -> list[tuple[int, str, str]]:
        (view,) = await one.amina.home()
        return [(each.id, str(each.remote_url).rpartition("/")[2], each.alt) for each in view.media]

    note = frank.note("Look", [PUBLIC], "notes/1", attachment=[picture("a", "A"), picture("b"), {"url": "x"}])
    await frank.posts(one.amina.inbox, frank.says("Create", note, to=[PUBLIC]))
    await fediverse.settle()
    before = await shown()
    assert [each[1:] for each in before] == [("a.png", "A"), ("b.png", "")]
    fediverse.clock.forward(hours=1)
    note |= {
        "attachment": [picture("c"), picture("a", "A better word")],
        "updated": "2026-03-14T09:30:00Z",
    }
    await frank.posts(one.amina.inbox, frank.says("Update", note, to=[PUBLIC]))
    await fediverse.settle()
    after = await shown()
    assert [each[1:] for each in after] == [("c.png", ""), ("a.png", "A better word")]
    assert after[1][0] == before[0][0]
