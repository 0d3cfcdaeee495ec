"""Rows of the checklist on signatures, fetching and origins, each against the one line that holds it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fedi_aid.activitypub import remote
from fedi_aid.activitypub.fetch import Budget, clock_ahead, fetch_document
from fedi_aid.cli.examine import drift
from fedi_aid.errors import NotFound, Refused
from fedi_aid.net.client import Response as Answer
from fedi_aid.storage.condition import look
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import AS, Fediverse, Peer, Persona, Server

pytestmark = pytest.mark.anyio

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
def peer(fediverse: Fediverse) -> Peer:
    return fediverse.peer("plain.example", "frank", "mallory")


@pytest.fixture
def frank(peer: Peer) -> Persona:
    return peer.persona("frank")


def suspend(tx: Tx) -> None:
    tx.insert(domain_rules, domain="plain.example", severity="suspend", created_at=tx.now)


async def uris(server: Server) -> list[str]:
    return await server.instance.db.read(lambda tx: tx.column(select(posts.c.uri)))


async def test_a_suspended_domain_is_refused_although_its_keys_are_known(
    one: Server, peer: Peer, frank: Persona, fediverse: Fediverse
) -> None:
    """H19, A23: those who were heard before are not heard any more; nothing is fetched from them either."""
    follow = frank.says("Follow", one.amina.uri)
    assert (await frank.posts(one.amina.inbox, follow)).status_code == 202
    await fediverse.settle()
    await one.instance.db.write(suspend)
    asked = len(peer.asked)
    note = frank.says("Create", frank.note("Let me in.", [one.amina.uri]))
    assert (await frank.posts(one.amina.inbox, note)).status_code == 401
    with pytest.raises(Refused):
        await fetch_document(one.instance, frank.uri, Budget())
    assert len(peer.asked) == asked


async def test_a_document_must_answer_for_the_id_it_claims(
    one: Server, peer: Peer, frank: Persona, fediverse: Fediverse
) -> None:
    """F09: asked once where it says it lives; there it must say the same, and must not send us elsewhere."""
    other = fediverse.peer("other.example", "grace")
    actor = frank.document()
    peer.documents["/copy"] = (200, actor | {"id": "https://other.example/claimed"})
    for answer in (
        {"id": "https://other.example/another"},
        {"id": frank.uri},
        {},
    ):
        other.documents["/claimed"] = (200, {"type": "Person", **answer})
        with pytest.raises(Refused):
            await fetch_document(one.instance, "https://plain.example/copy", Budget())
    other.documents["/claimed"] = (404, {})
    with pytest.raises(NotFound):
        await fetch_document(one.instance, "https://plain.example/copy", Budget())

    async def lead_away(_request: Request) -> Response:
        return RedirectResponse("https://mirror.example/claimed")

    async def mirror(_request: Request) -> Response:
        return JSONResponse(actor | {"id": "https://moved.example/claimed"}, media_type=AS)

    fediverse.internet.add("moved.example", Starlette(routes=[Route("/{path:path}", lead_away)]))
    fediverse.internet.add("mirror.example", Starlette(routes=[Route("/{path:path}", mirror)]))
    with pytest.raises(Refused):
        await fetch_document(one.instance, "https://moved.example/claimed", Budget())
    # And the honest form of the same: another address for what lives elsewhere.
    peer.documents["/short"] = (200, {"id": frank.uri, "type": "Person"})
    found = await fetch_document(one.instance, "https://plain.example/short", Budget())
    assert found.uri == frank.uri
    assert found.plain["inbox"] == frank.inbox


async def test_what_an_activity_may_make_us_fetch_is_counted(
    one: Server, peer: Peer, frank: Persona, fediverse: Fediverse
) -> None:
    """F13: a budget that is spent is spent, also where one document leads to the next."""
    budget = Budget(2)
    await fetch_document(one.instance, frank.uri, budget)
    await fetch_document(one.instance, frank.uri, budget)
    asked = len(peer.asked)
    with pytest.raises(Refused):
        await fetch_document(one.instance, frank.uri, budget)
    peer.documents["/short"] = (200, {"id": frank.uri, "type": "Person"})
    with pytest.raises(Refused):
        await fetch_document(one.instance, "https://plain.example/short", Budget(1))
    assert peer.asked[asked:] == ["/short"]


async def test_our_own_addresses_are_never_fetched(one: Server, fediverse: Fediverse) -> None:
    """F18: not even by the function that fetches, whoever calls it."""
    for uri in (one.eve.uri, "https://one.example", "https://one.example/notes/x"):
        with pytest.raises(Refused):
            await fetch_document(one.instance, uri, Budget())
    assert fediverse.internet.exchanges == []


async def test_a_note_is_by_who_sends_it_and_lives_there(
    one: Server, peer: Peer, frank: Persona, fediverse: Fediverse
) -> None:
    """O01: not under an id of another server, that would squat there; not by a neighbour on the same one."""
    mallory = peer.persona("mallory")
    for note in (
        mallory.note("Squatting.", [one.amina.uri]) | {"id": "https://other.example/notes/1"},
        mallory.note("Squatting.", [one.amina.uri]) | {"id": "http://plain.example/notes/1"},
        mallory.note("Not mine.", [one.amina.uri]) | {"attributedTo": frank.uri},
    ):
        answer = await mallory.posts(one.amina.inbox, mallory.says("Create", note))
        assert answer.status_code == 202
        await fediverse.settle()
    assert await uris(one) == []
    good = mallory.note("Mine.", [one.amina.uri])
    await mallory.posts(one.amina.inbox, mallory.says("Create", good))
    await fediverse.settle()
    assert await uris(one) == [good["id"]]


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete", "Announce", "Offer", "Flag", "Move"])
async def test_what_stays_needs_an_id(one: Server, frank: Persona, kind: str) -> None:
    """O03: an activity that leaves something behind needs an id; so does the note in it."""
    activity = frank.says(kind, frank.note("Anonymous.", [one.amina.uri]))
    del activity["id"]
    assert (await frank.posts(one.amina.inbox, activity)).status_code == 400


async def test_a_note_without_an_id_is_not_kept(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """O03."""
    note = frank.note("Anonymous.", [one.amina.uri])
    del note["id"]
    assert (await frank.posts(one.amina.inbox, frank.says("Create", note))).status_code == 202
    await fediverse.settle()
    assert await uris(one) == []
    passing = frank.says("Follow", one.amina.uri)
    del passing["id"]
    assert (await frank.posts(one.amina.inbox, passing)).status_code == 202
    await fediverse.settle()
    assert await one.amina.notices() == ["follow_request"]


async def test_a_handle_that_leads_to_somebody_else_is_nobody(
    one: Server, peer: Peer, fediverse: Fediverse
) -> None:
    """O08: plain.example says that its bill is an actor on another server, who says nothing of the kind."""
    evil = fediverse.peer("evil.example", "bill", "mallory")
    for name in ("bill", "mallory"):
        evil.documents["/.well-known/webfinger"] = (404, {})
        leads = {"rel": "self", "type": AS, "href": evil.persona(name).uri}
        peer.documents["/.well-known/webfinger"] = (
            200,
            {"subject": "acct:bill@plain.example", "links": [leads]},
        )
        assert await remote.resolve(one.instance, "bill@plain.example") is None


async def test_two_digests_or_hosts_are_none(one: Server, frank: Persona, fediverse: Fediverse) -> None:
    """H06: headers that count twice are read differently by two programs, so they are not read at all."""
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    sent = next(item for item in fediverse.internet.exchanges if item.url.endswith("/users/amina/inbox"))
    signed: list[tuple[bytes, bytes]] = [
        pair for pair in sent.headers if pair[0].lower() not in (b"content-length", b"transfer-encoding")
    ]
    async with httpx.AsyncClient(transport=fediverse.internet.seen_from("nobody.example")) as client:

        async def status(headers: list[tuple[bytes, bytes]]) -> int:
            return (await client.post(one.amina.inbox, content=sent.body, headers=headers)).status_code

        assert await status(signed) == 202
        for name in (b"signature", b"digest", b"date"):
            twice = next(pair for pair in signed if pair[0].lower() == name)
            assert await status([*signed, twice]) == 401, name


async def test_a_wrong_clock_is_noticed(one: Server, fediverse: Fediverse, tmp_path: Path) -> None:
    """X04: by the dates of what is fetched; the doctor reads them from the database."""
    ours = datetime.now(UTC)
    fediverse.clock.now = ours
    for host, ahead in (("a.example", 3_600), ("b.example", 3_601), ("c.example", 3_602), ("d.example", 30)):
        said = format_datetime(ours + timedelta(seconds=ahead), usegmt=True)
        document = {"id": f"https://{host}/users/x", "type": "Person"}

        async def answer(_request: Request, said: str = said, document: Any = document) -> Response:
            return JSONResponse(document, media_type=AS, headers={"Date": said})

        fediverse.internet.add(host, Starlette(routes=[Route("/{path:path}", answer)]))
        await fetch_document(one.instance, f"https://{host}/users/x", Budget())
    found = await look(f"sqlite:///{tmp_path / 'one.example.sqlite3'}")
    assert [round(clock / 60) for clock in found.clocks] == [60, 60, 60]
    assert round(drift(found.clocks) / 60) == 60
    for unreadable in ("", "yesterday", "Mon, 99 Feb 2026 00:00:00 GMT"):
        headers = {"date": unreadable}
        assert clock_ahead(Answer(status=200, url="", headers=headers, body=b"", content_type=""), ours) == 0
    far = Answer(
        status=200,
        url="",
        headers={"date": "Fri, 31 Dec 9999 23:59:59 GMT"},
        body=b"",
        content_type="",
    )
    assert clock_ahead(far, ours) == 10**9
