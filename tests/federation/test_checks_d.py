"""Rows of the checklist on sizes and on markup, against what is stored and shown."""

from typing import Any

import pytest
from sqlalchemy import func, select

from fedi_aid.activitypub import remote
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tables.posts import media, post_mentions, post_tags, posts
from tests.federation.conftest import Fediverse, Peer, Persona, Server

pytestmark = pytest.mark.anyio

EVIL = '<script>alert(1)</script><img src=x onerror=alert(1)><b style="position:fixed">bold</b>'
ACTIVE = ("<script", "<img", "onerror", "style=", "javascript:")


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
def peer(fediverse: Fediverse) -> Peer:
    return fediverse.peer("plain.example", "frank")


@pytest.fixture
def frank(peer: Peer) -> Persona:
    return peer.persona("frank")


async def rows(server: Server, table: Any) -> int:
    return await server.instance.db.read(lambda tx: tx.scalar(select(func.count()).select_from(table)))


async def test_nothing_active_is_stored_of_a_profile(one: Server, peer: Peer, frank: Persona) -> None:
    """B04, O11: names are text; a bio and the values of fields are harmless HTML, their names are text."""
    peer.documents["/users/frank"] = (
        200,
        frank.document()
        | {
            "name": f"Frank {EVIL}",
            "summary": f"<p>Hi</p>{EVIL}",
            "url": "javascript:alert(1)",
            "icon": {"type": "Image", "url": "data:text/html,<script>"},
            "attachment": [{"type": "PropertyValue", "name": EVIL, "value": EVIL}] * 60,
        },
    )
    found = await remote.fetch_actor(one.instance, frank.uri)
    assert "<b" not in found.bio or "style" not in found.bio
    for text in (found.bio, *(field.value for field in found.fields)):
        assert not [word for word in ACTIVE if word in text], text
        assert "bold" in text
    # Text: whoever shows it escapes it (B04), so what it says is kept as it is, on one line.
    assert "\n" not in found.display_name
    assert len(found.fields) == 20
    assert all(len(field.name) <= 2_048 for field in found.fields)
    assert found.url == frank.uri
    assert found.avatar_url is None


async def test_nothing_active_is_stored_of_a_post(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """B04: neither when it comes nor when it is edited; the warning above it is text."""
    note = frank.note("", [one.amina.uri], summary=f"Careful {EVIL}") | {"content": f"<p>Hello</p>{EVIL}"}
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()

    async def stored() -> Any:
        return await one.instance.db.read(lambda tx: tx.first(select(posts).where(posts.c.uri == note["id"])))

    async def is_clean(word: str) -> None:
        found = await stored()
        assert word in found.html
        assert word in found.text
        for text in (found.html, found.summary):
            assert not [active for active in ACTIVE if active in text], text
        assert "<" not in found.summary

    await is_clean("Hello")
    edited = note | {"content": f"<p>Edited</p>{EVIL}", "updated": "2026-03-14T08:59:30Z"}
    await frank.posts(one.amina.inbox, frank.says("Update", edited))
    await fediverse.settle()
    await is_clean("Edited")


async def test_what_is_listed_is_cut(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """D03: thousands of people, tags and files in one post cost as little as a few."""
    tags = [{"type": "Hashtag", "name": f"#tag{number}"} for number in range(900)]
    tags += [{"type": "Mention", "href": uri} for uri in (one.amina.uri, one.eve.uri)]
    note = frank.note("x " * 30_000, [one.amina.uri], tag=tags) | {
        "attachment": [
            {"type": "Image", "url": f"https://plain.example/{number}.png", "mediaType": "image/png"}
            for number in range(200)
        ],
    }
    assert (await frank.posts(one.amina.inbox, frank.says("Create", note))).status_code == 202
    await fediverse.settle()
    assert await rows(one, posts) == 1
    assert await rows(one, post_tags) == 100
    assert await rows(one, media) <= 16
    kept = await one.instance.db.read(lambda tx: tx.scalar(select(posts.c.text)))
    assert len(kept) <= 20_000


async def test_mentions_are_cut(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """D03: nobody can ring at everybody's door with one post; unknown names cost no look-up."""
    crowd = [f"guest{number}" for number in range(60)]
    await one.moves_in(*crowd)
    uris = [one.people[name].uri for name in crowd]
    strangers = [f"https://nowhere.example/users/{number}" for number in range(300)]
    everybody = [*uris, *strangers]
    note = frank.note("Listen!", everybody, tag=[{"type": "Mention", "href": uri} for uri in everybody])
    before = len(fediverse.internet.exchanges)
    await frank.posts("https://one.example/inbox", frank.says("Create", note))
    await fediverse.settle()
    assert await rows(one, post_mentions) == 50
    asked = {item.host for item in fediverse.internet.exchanges[before:] if item.sender == "one.example"}
    assert "nowhere.example" not in asked


async def test_a_length_that_is_announced_is_believed_at_once(one: Server, fediverse: Fediverse) -> None:
    """D01: who says that a gigabyte follows is refused before the first byte of it is read."""
    read: list[int] = []

    async def receive() -> dict[str, Any]:
        read.append(1)
        return {"type": "http.request", "body": b"x" * 1_000, "more_body": len(read) < 5_000}

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    for length, status in ((b"1000000000", 413), (b"9" * 40, 413)):
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "https",
            "path": "/inbox",
            "raw_path": b"/inbox",
            "query_string": b"",
            "headers": [(b"content-type", b"application/activity+json"), (b"content-length", length)],
            "server": ("one.example", 443),
            "client": ("192.0.2.1", 4000),
            "app": one.app,
        }
        await one.app(scope, receive, send)
        assert sent[0]["status"] == status
        assert read == []
        sent.clear()


async def test_a_name_that_is_no_text_is_none(one: Server, peer: Peer, frank: Persona) -> None:
    """D03, O11: of any length and any signs, a display name stays one short line."""
    peer.documents["/users/frank"] = (
        200,
        frank.document() | {"name": "Fr\u202eank\n\r\n" + "x" * 9_000, "summary": "y" * 200_000},
    )
    found = await remote.fetch_actor(one.instance, frank.uri)
    known = await one.instance.db.read(people_rows.by_uri, frank.uri)
    assert known is not None
    assert known.display_name == found.display_name
    assert "\n" not in found.display_name
    assert "\u202e" not in found.display_name
    assert len(found.display_name) <= 2_048
    assert len(found.bio) <= 30_000
