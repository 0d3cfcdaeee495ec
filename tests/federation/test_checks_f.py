"""Rows of the checklist on fetching, addresses and identity that no other file reaches: what a hostile server
says makes this one ask nothing inside, nothing of itself, and believe nobody for somebody else."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fedi_aid.actions import ties
from fedi_aid.activitypub import nodeinfo, remote
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.posts import posts
from tests.federation.conftest import AS, Fediverse, Peer, Persona, Server

pytestmark = pytest.mark.anyio

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
INSIDE = ("127.0.0.1", "localhost", "[::1]", "10.0.0.7", "169.254.169.254", "plain.example:22")


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
def peer(fediverse: Fediverse) -> Peer:
    return fediverse.peer("plain.example", "frank", "mallory")


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server, peer: Peer) -> Persona:
    """A friend of Amina's."""
    found = peer.persona("frank")
    await found.posts(one.amina.inbox, found.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, found)
    await fediverse.settle()
    await found.posts(one.amina.inbox, found.says("Accept", peer.said("Follow")[-1]))
    await fediverse.settle()
    return found


async def row_of(server: Server, uri: str) -> Any:
    return await server.instance.db.read(lambda tx: tx.first(select(posts).where(posts.c.uri == uri)))


class Inside:
    """Machines that must never be asked; whatever reaches them is noted."""

    def __init__(self, fediverse: Fediverse) -> None:
        self.asked: list[str] = []
        app = Starlette(routes=[Route("/{path:path}", self._any, methods=["GET", "POST"])])
        for host in INSIDE:
            fediverse.internet.add(host, app)

    async def _any(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        return JSONResponse({"secret": "inside"})


def redirecting(fediverse: Fediverse, target: str) -> None:
    """evil.example answers every question with a way inside."""

    async def any_path(request: Request) -> Response:
        return RedirectResponse(f"https://{target}{request.url.path}", 302)

    app = Starlette(routes=[Route("/{path:path}", any_path, methods=["GET", "POST"])])
    fediverse.internet.add("evil.example", app)


@pytest.mark.parametrize("target", INSIDE)
async def test_nothing_leads_inside(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona, target: str
) -> None:
    """F07, X01: NodeInfo, WebFinger, actors, posts, keys and searches by members go through one guard."""
    inside = Inside(fediverse)
    redirecting(fediverse, target)
    for words in (
        "x@evil.example",
        "https://evil.example/users/x",
        f"https://{target}/users/x",
        f"x@{target}",
    ):
        assert await remote.resolve(one.instance, words) is None
    assert await nodeinfo.software_of(one.instance, "evil.example") == (None, None)
    # A JRD, an index of NodeInfo and an actor that point inside by themselves.
    link = {"rel": "self", "type": AS, "href": f"https://{target}/users/x"}
    jrd = {"subject": "acct:y@plain.example", "links": [link]}
    peer.documents["/.well-known/webfinger"] = (200, jrd)
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    index = {"links": [{"rel": rel, "href": f"https://{target}/ni"}]}
    peer.documents["/.well-known/nodeinfo"] = (200, index)
    assert await remote.resolve(one.instance, "y@plain.example") is None
    assert await nodeinfo.software_of(one.instance, "plain.example") == (None, None)
    # A key, and everything that a signed activity can name.
    for key_id in (f"https://{target}/users/x#main-key", "https://evil.example/users/x#main-key"):
        answer = await frank.posts(one.amina.inbox, frank.says("Listen", one.amina.uri), key_id=key_id)
        assert answer.status_code in (401, 503)
    for uri in (f"https://{target}/notes/1", "https://evil.example/notes/1"):
        await frank.posts(one.amina.inbox, frank.says("Announce", uri))
        note = frank.note("An answer.", [one.amina.uri], inReplyTo=uri)
        await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    assert inside.asked == []


async def test_we_never_fetch_ourselves(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """F18: whatever names our own host is looked up here, known or not; with a control that others are asked."""
    mine = "https://one.example"
    for about in (f"{mine}/notes/2222222222", f"{mine}/users/nobody", one.eve.uri, mine):
        await frank.posts(one.amina.inbox, frank.says("Announce", about))
        await frank.posts(one.amina.inbox, frank.says("Like", about))
        note = frank.note("An answer.", [one.amina.uri], inReplyTo=about)
        await frank.posts(one.amina.inbox, frank.says("Create", note))
        assert await remote.resolve(one.instance, about) in (None, one.eve.id)
    await frank.posts(one.amina.inbox, frank.says("Listen", mine), key_id=f"{one.eve.uri}#main-key")
    assert await remote.resolve(one.instance, "eve@one.example") == one.eve.id
    await frank.posts(one.amina.inbox, frank.says("Announce", "https://plain.example/notes/elsewhere"))
    await fediverse.settle()
    asked = [item.host for item in fediverse.internet.exchanges if item.sender == "one.example"]
    assert "one.example" not in asked
    assert "/notes/elsewhere" in peer.asked


async def test_no_remote_context_is_loaded(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """J01: a context elsewhere is a name and nothing more; the note is read without it."""
    contexts = fediverse.peer("ctx.example")
    for context in (
        "https://ctx.example/ns",
        ["https://www.w3.org/ns/activitystreams", "https://ctx.example/ns"],
        [{"@import": "https://ctx.example/ns"}],
    ):
        note = frank.note("With a context.", [one.amina.uri])
        activity = frank.says("Create", note | {"@context": context}) | {"@context": context}
        await frank.posts(one.amina.inbox, activity)
    await fediverse.settle()
    assert contexts.asked == []
    assert "With a context." in await one.amina.reads()


async def test_a_flood_is_counted_by_who_signs_whatever_the_proxy_headers_say(
    fediverse: Fediverse, one: Server
) -> None:
    """H21: a forged X-Forwarded-For neither opens a new account nor closes anybody else's."""
    loud, quiet = fediverse.peer("loud.example", "carl"), fediverse.peer("quiet.example", "grace")
    carl, grace = loud.persona("carl"), quiet.persona("grace")
    statuses = []
    for number in range(202):
        offer = carl.says("Offer", f"https://loud.example/notes/{number}", to=[], target=one.amina.uri)
        spoofed = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}
        statuses.append((await carl.posts(one.amina.inbox, offer, headers=spoofed)).status_code)
    assert statuses == [202] * 200 + [429] * 2
    same = {"X-Forwarded-For": "192.0.2.201", "Forwarded": "for=loud.example"}
    offer = grace.says("Offer", "https://quiet.example/notes/1", to=[], target=one.amina.uri)
    assert (await grace.posts(one.amina.inbox, offer, headers=same)).status_code == 202


async def test_the_address_that_was_signed_is_the_one_that_is_routed(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """X07: escapes, doubled slashes and forwarded hosts neither break a true signature nor lend it."""
    escaped = "https://one.example/users/%61mina/inbox"
    follow = frank.says("Listen", one.amina.uri)
    assert (await frank.posts(escaped, follow)).status_code == 202
    signed = fediverse.internet.exchanges[-1]
    assert b"%61mina" in signed.url.encode()
    async with httpx.AsyncClient(transport=fediverse.internet.seen_from("nobody.example")) as client:
        for path in ("/users/amina/inbox", "//users/amina/inbox", "/users/%61mina/inbox/", "/inbox"):
            answer = await client.post(
                f"https://one.example{path}", content=signed.body, headers=list(signed.headers)
            )
            assert answer.status_code in (401, 404, 307), path
    wrong = await frank.posts(
        one.amina.inbox,
        frank.says("Listen", one.amina.uri),
        host="two.example",
        headers={"X-Forwarded-Host": "one.example", "X-Forwarded-Server": "one.example"},
    )
    assert wrong.status_code == 401


# -- identity


async def test_a_url_of_another_host_is_no_identity(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """O04: it neither answers for the post, nor takes the place of the one that lives there, nor is fetched."""
    other = fediverse.peer("other.example", "grace")
    grace, there = other.persona("grace"), "https://other.example/notes/real"
    note = frank.note("Not Grace's words.", [PUBLIC], cc=[one.amina.uri], url=there)
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    assert "Not Grace's words." in await one.amina.reads()
    assert await one.instance.db.read(post_rows.by_uri, one.amina.id, there) is None
    assert "/notes/real" not in other.asked
    # Its real owner's note and its real owner's Delete are about another post.
    real = grace.note("Grace's words.", [one.amina.uri], "notes/real")
    await grace.posts(one.amina.inbox, grace.says("Create", real))
    await fediverse.settle()
    row = await row_of(one, there)
    assert "Grace's words." in row.text
    await grace.posts(one.amina.inbox, grace.says("Delete", there))
    await fediverse.settle()
    assert "Not Grace's words." in await one.amina.reads()


async def test_a_handle_that_gets_a_new_owner_inherits_nothing(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """O05: after a domain changed hands the same acct is another person: no friendship, no old posts."""
    old = await one.amina.knows(frank)
    await one.amina.writes("For friends.", intimacy=2)
    await fediverse.settle()
    newcomer = peer.persona("frank2")
    document = newcomer.document() | {"preferredUsername": "frank"}
    peer.documents["/users/frank2"] = (200, document)
    new = await remote.fetch_actor(one.instance, newcomer.uri)
    assert new.id != old.id
    assert new.handle == "frank@plain.example"
    assert not await one.instance.db.read(tie_rows.are_friends, one.amina.id, new.id)
    peer.got.clear()
    await one.amina.writes("Later, for friends.", intimacy=2)
    await fediverse.settle()
    assert all(newcomer.uri not in str(item) for item in peer.got)
    before = await one.instance.db.read(people_rows.by_id, old.id)
    assert before is not None
    assert before.handle != new.handle


@pytest.mark.parametrize("kind", ["Service", "Group", "Organization", "Application"])
async def test_an_actor_that_changes_its_type(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona, kind: str
) -> None:
    """O13: it stays the same row and the same friend; what is no actor at all changes nothing."""
    before = await one.amina.knows(frank)
    await frank.posts(one.amina.inbox, frank.says("Update", frank.document() | {"type": kind}))
    await fediverse.settle()
    after = await one.amina.knows(frank)
    assert after.id == before.id
    assert after.kind == {"Service": "bot"}.get(kind, kind.lower())
    assert await one.instance.db.read(tie_rows.are_friends, one.amina.id, after.id)
    await frank.posts(one.amina.inbox, frank.says("Update", frank.document() | {"type": "Note"}))
    await fediverse.settle()
    assert (await one.amina.knows(frank)).kind == after.kind


async def test_a_name_cannot_carry_lines_into_anything_written_with_it(
    fediverse: Fediverse, one: Server, peer: Peer, frank: Persona
) -> None:
    """X08, O11: line breaks, controls and direction marks in names and fields are gone before they are stored."""
    evil = "Frank\r\nBcc: everybody@example.org\r\n\r\n<b>hi</b>\u202e\u0007"
    fields = [{"type": "PropertyValue", "name": evil, "value": "x"}]
    document = frank.document() | {"name": evil, "attachment": fields}
    await frank.posts(one.amina.inbox, frank.says("Update", document))
    await fediverse.settle()
    known = await one.amina.knows(frank)
    assert known.display_name.startswith("Frank")
    for text in (known.display_name, *(field.name for field in known.fields)):
        assert not any(sign in text for sign in "\r\n\u202e\u0007")


async def test_emoji_of_any_size_and_number_are_passed_over(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """D05: no picture of them is kept, whatever their names are; the text stays."""
    emoji = [
        {
            "type": "Emoji",
            "id": f"https://plain.example/emoji/{number}",
            "name": ":" + "x" * 3_000 + ":",
            "icon": {"type": "Image", "url": f"https://plain.example/{number}.png"},
        }
        for number in range(200)
    ]
    note = frank.note("Hello :x:", [one.amina.uri], tag=emoji)
    assert (await frank.posts(one.amina.inbox, frank.says("Create", note))).status_code == 202
    await fediverse.settle()
    seen = next(one for one in await one.amina.home() if one.author.username == "frank")
    assert seen.post.text == "Hello :x:"
    assert (seen.tags, seen.media) == ((), ())
