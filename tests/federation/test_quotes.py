"""Quotes (FEP-044f): with the quoted author's leave, a link otherwise, and a polite no from here."""

from typing import Any

import pytest

from fedi_aid.activitypub.quoted import read_quote
from fedi_aid.client_api.entities.look import Look
from fedi_aid.client_api.entities.status import status
from fedi_aid.storage import posts as post_rows
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended
from tests.federation.test_posts import uri_of

pytestmark = pytest.mark.anyio
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", allow_public_posts=True)


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    return await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")


@pytest.fixture
def zoe(fediverse: Fediverse) -> Persona:
    """Whom Frank quotes."""
    peer = fediverse.peer("far.example", "zoe")
    zoe = peer.persona("zoe")
    peer.documents["/notes/said"] = (200, zoe.note("What Zoë said.", [PUBLIC], "notes/said"))
    return zoe


def stamped(zoe: Persona, quoting: str, **changed: Any) -> str:
    """Zoë's leave, at the address where her server gives it."""
    stamp = {
        "id": zoe.id("stamps/1"),
        "type": "QuoteAuthorization",
        "attributedTo": zoe.uri,
        "interactingObject": quoting,
        "interactionTarget": zoe.id("notes/said"),
    }
    zoe.peer.documents["/stamps/1"] = (200, stamp | changed)
    return zoe.id("stamps/1")


async def seen(server: Server) -> dict[str, Any]:
    """The newest post of Frank's in Amina's home, as a client gets it."""
    view = next(view for view in await server.amina.home() if view.author.username == "frank")
    look = Look(viewer=server.amina.id, house=server.instance.house, locale="en")
    return await server.instance.db.read(lambda tx: status(tx, look, view))


async def says(fediverse: Fediverse, who: Persona, kind: str, note: dict[str, Any]) -> None:
    await who.posts("https://one.example/inbox", who.says(kind, note))
    await fediverse.settle()


async def test_a_quote_with_leave_is_shown(
    fediverse: Fediverse, one: Server, frank: Persona, zoe: Persona
) -> None:
    """A18: the stamp is on the quoted author's origin and names both posts; deleted, it is a link again."""
    note = frank.note("Look!", [PUBLIC], "notes/quoting", quote=zoe.id("notes/said"))
    await says(fediverse, frank, "Create", note)
    before = await seen(one)
    assert before["quote"] is None
    assert f'href="{zoe.id("notes/said")}"' in before["content"]
    stamp = stamped(zoe, note["id"])
    await says(fediverse, frank, "Update", note | {"quoteAuthorization": stamp})
    shown = await seen(one)
    assert shown["quote"]["state"] == "accepted"
    assert shown["quote"]["quoted_status"]["content"] == "<p>What Zoë said.</p>"
    assert shown["edited_at"] is None
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    await says(fediverse, mallory, "Delete", {"id": stamp, "type": "QuoteAuthorization"})
    assert (await seen(one))["quote"]["state"] == "accepted"
    zoe.peer.documents["/stamps/1"] = (410, {})
    await zoe.posts("https://one.example/inbox", zoe.says("Delete", stamp))
    await fediverse.settle()
    assert (await seen(one))["quote"] == {"state": "revoked", "quoted_status": None}


@pytest.mark.parametrize(
    "changed",
    [
        {"interactingObject": "https://plain.example/notes/another"},
        {"interactionTarget": "https://far.example/notes/another"},
        {"attributedTo": "https://plain.example/users/frank"},
        {"type": "Note"},
        {"id": "https://far.example/stamps/2"},
    ],
)
async def test_a_stamp_for_something_else_is_none(
    fediverse: Fediverse, one: Server, frank: Persona, zoe: Persona, changed: dict[str, Any]
) -> None:
    """A18: a forged or a re-used stamp."""
    stamp = stamped(zoe, frank.id("notes/quoting"), **changed)
    note = frank.note(
        "Look!", [PUBLIC], "notes/quoting", quote=zoe.id("notes/said"), quoteAuthorization=stamp
    )
    await says(fediverse, frank, "Create", note)
    assert (await seen(one))["quote"] is None


async def test_a_stamp_on_another_origin_is_not_even_asked_for(
    fediverse: Fediverse, one: Server, frank: Persona, zoe: Persona
) -> None:
    """A18."""
    quoting = frank.id("notes/quoting")
    frank.peer.documents["/stamps/1"] = (
        200,
        {
            "id": frank.id("stamps/1"),
            "type": "QuoteAuthorization",
            "attributedTo": zoe.uri,
            "interactingObject": quoting,
            "interactionTarget": zoe.id("notes/said"),
        },
    )
    claim = {"quote": zoe.id("notes/said"), "quoteAuthorization": frank.id("stamps/1")}
    await says(fediverse, frank, "Create", frank.note("Look!", [PUBLIC], "notes/quoting", **claim))
    assert (await seen(one))["quote"] is None
    assert "/stamps/1" not in frank.peer.asked


async def test_quoting_oneself_needs_no_leave(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """And a quote inside the quoted post is told by its id, not followed (F13)."""
    for name, more in (("first", {}), ("second", {"quoteUrl": "first"}), ("third", {"quoteUrl": "second"})):
        about = {key: frank.id(f"notes/{value}") for key, value in more.items()}
        await says(fediverse, frank, "Create", frank.note(name, [PUBLIC], f"notes/{name}", **about))
    shown = await seen(one)
    assert shown["quote"]["quoted_status"]["content"].startswith("<p>second</p>")
    inner = shown["quote"]["quoted_status"]["quote"]
    assert inner["state"] == "accepted"
    assert "quoted_status" not in inner


async def test_a_hidden_post_that_quotes_makes_nobody_ask(
    fediverse: Fediverse, one: Server, frank: Persona, zoe: Persona
) -> None:
    """F16: what is for Amina alone is not told to Zoë's server by a fetch."""
    claim = {"quote": zoe.id("notes/said"), "quoteAuthorization": stamped(zoe, frank.id("notes/quoting"))}
    note = frank.note("Between us.", [one.amina.uri], "notes/quoting", **claim)
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    assert zoe.peer.asked == []
    shown = await seen(one)
    assert shown["quote"] is None
    assert 'class="quote-inline"' in shown["content"]


async def test_what_the_engine_chose_is_never_quoted(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """RULES R16: whoever claims to quote it, with whatever stamp."""
    post_id = await one.amina.writes("For friends.")
    await fediverse.settle()
    uri = await uri_of(one, post_id)
    claim = {"quote": uri, "quoteAuthorization": f"{uri}/stamp"}
    await says(fediverse, frank, "Create", frank.note("Look!", [PUBLIC], **claim))
    assert (await seen(one))["quote"] is None
    assert await one.instance.db.read(post_rows.by_uri, None, uri) is None


async def test_who_asks_to_quote_gets_the_same_no(fediverse: Fediverse, one: Server, frank: Persona) -> None:
    """A19: for a public post, a hidden one and none at all."""
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    public = await uri_of(one, await one.amina.writes("Open.", visibility="public"))
    hidden = await uri_of(one, await one.amina.writes("For friends."))
    await fediverse.settle()
    answers = []
    for uri in (public, hidden, "https://one.example/notes/none"):
        request = mallory.says("QuoteRequest", uri, instrument=mallory.id("notes/q"))
        assert (await mallory.posts(one.amina.inbox, request)).status_code == 202
        await fediverse.settle()
        answer = mallory.peer.said("Reject")[-1]
        assert (answer["object"]["id"], answer["object"]["object"]) == (request["id"], uri)
        assert answer["actor"] == one.amina.uri
        inner = answer["object"] | {"id": "", "object": ""}
        answers.append(answer | {"id": "", "object": inner})
    assert answers[0] == answers[1] == answers[2]
    await mallory.posts(one.amina.inbox, mallory.says("QuoteRequest", frank.id("notes/x")))
    await fediverse.settle()
    assert len(mallory.peer.said("Reject")) == 3


def test_every_spelling_is_read() -> None:
    """FEP-044f, FEP-e232, and the words of Fedibird, Pleroma and Misskey."""
    uri = "https://far.example/notes/1"
    for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        found = read_quote({name: uri})
        assert found is not None
        assert (found.uri, found.stamp) == (uri, None)
    kind = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    tag = {"type": "Link", "mediaType": kind, "href": uri, "name": "RE: it"}
    assert read_quote({"tag": [tag]}) is not None
    assert read_quote({"tag": [tag | {"mediaType": "text/html"}]}) is None
    odd: Any
    for odd in ("javascript:alert(1)", 7, None, [], {"id": 3}, "x" * 9999):
        assert read_quote({"quote": odd}) is None
    other = read_quote({"quote": uri, "quoteAuthorization": "https://evil.example/stamp"})
    assert other is not None
    assert other.stamp is None


@pytest.mark.parametrize("kind", ["ReplyRequest", "LikeRequest", "AnnounceRequest"])
async def test_other_requests_for_leave_are_refused_alike(
    fediverse: Fediverse, one: Server, frank: Persona, kind: str
) -> None:
    """A19: GoToSocial's; for a post the asker holds, one they may not see, and one that never was."""
    public = await uri_of(one, await one.amina.writes("For everybody.", visibility="public"))
    hidden = await uri_of(one, await one.amina.writes("Kept.", intimacy=4))
    await fediverse.settle()
    for uri in (public, hidden, "https://one.example/notes/never"):
        instrument = {"id": frank.id("notes/q"), "type": "Note", "content": "x"}
        await frank.posts(one.amina.inbox, frank.says(kind, uri, instrument=instrument))
    await fediverse.settle()
    said = frank.peer.said("Reject")
    assert [reject["object"].pop("object") for reject in said] == [
        public,
        hidden,
        "https://one.example/notes/never",
    ]
    for reject in said:
        assert (reject["object"]["type"], reject["object"]["instrument"]) == (kind, frank.id("notes/q"))
        assert reject["actor"] == one.amina.uri
        assert len(reject["object"]) == 4
    assert await one.amina.notices() == []
