"""What profiles say of themselves, here and elsewhere (FEP-fb2a, O12)."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fedi_aid.actions import people as actions
from fedi_aid.activitypub import remote
from fedi_aid.activitypub.links import links_to
from fedi_aid.storage import people
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Persona, Server
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio
AMINA = "https://one.example/@amina"


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def frank(fediverse: Fediverse, one: Server) -> Persona:
    return await befriended(fediverse, one.amina, fediverse.peer("plain.example", "frank"), "frank")


class Site:
    """An ordinary web site that counts who looks."""

    def __init__(self, fediverse: Fediverse, host: str) -> None:
        self.pages: dict[str, Response] = {}
        self.asked: list[str] = []
        fediverse.internet.add(host, Starlette(routes=[Route("/{path:path}", self._any)]))

    async def _any(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        assert "signature" not in request.headers
        return self.pages.get(request.url.path, Response(b"", 404))

    def shows(self, path: str, body: str, **how: Any) -> None:
        self.pages[path] = HTMLResponse(f"<html><head></head><body>{body}</body></html>", **how)


async def verified(fediverse: Fediverse, one: Server, *urls: str) -> list[bool]:
    fields = [(f"Page {number}", url) for number, url in enumerate(urls)]
    await one.instance.db.write(actions.update_profile, one.amina.id, fields=fields)
    await fediverse.settle()
    return [field.verified_at is not None for field in (await one.amina.member()).person.fields]


async def test_a_page_that_links_back_is_said_to_be_theirs(fediverse: Fediverse, one: Server) -> None:
    site = Site(fediverse, "bread.example")
    site.shows("/", f'<a href="{AMINA}" rel="me nofollow">Amina</a>')
    site.shows("/other", f'<a href="{AMINA}">Amina</a>')
    site.shows("/eve", '<a href="https://one.example/@eve" rel="me">Eve</a>')
    assert await verified(
        fediverse,
        one,
        "https://bread.example/",
        "https://bread.example/other",
        "https://bread.example/eve",
        "https://bread.example/missing",
    ) == [True, False, False, False]
    site.shows("/", "Nothing any more.")
    assert await verified(fediverse, one, "https://bread.example/") == [False]


async def test_a_link_that_a_browser_would_not_show_proves_nothing() -> None:
    """O12: in a comment, in a script, in a form field, and in what only looks like an attribute."""
    link = f'<a href="{AMINA}" rel="me">Amina</a>'
    assert links_to(link, {AMINA})
    assert links_to(f'<head><link href="{AMINA}/" rel="ME"></head>', {AMINA})
    for wrong in (
        f"<!-- {link} -->",
        f"<script>{link}</script>",
        f"<textarea>{link}</textarea>",
        f"<title>{link}</title>",
        f"<template>{link}</template>",
        f"<noscript>{link}</noscript>",
        f"<svg><style>{link}</style></svg>",
        f"<p title='{link}'>",
        link.replace("<", "&lt;"),
        link.replace('"me"', '"some"'),
        link.replace("amina", "amina2"),
        link.replace("href", "data-href"),
    ):
        assert not links_to(wrong, {AMINA}), wrong


async def test_a_page_that_sends_elsewhere_proves_nothing(fediverse: Fediverse, one: Server) -> None:
    """O12: whoever answers must be who was named; other kinds of files and plain http do not count."""
    site, other = Site(fediverse, "bread.example"), Site(fediverse, "other.example")
    link = f'<a href="{AMINA}" rel="me">Amina</a>'
    other.shows("/", link)
    site.pages["/away"] = RedirectResponse("https://other.example/")
    site.pages["/text"] = Response(link, media_type="text/plain")
    site.pages["/within"] = RedirectResponse("https://bread.example/here")
    site.shows("/here", link)
    urls = [f"https://bread.example/{path}" for path in ("away", "text", "within")]
    assert await verified(fediverse, one, *urls, "http://bread.example/here") == [False, False, True, False]


async def test_a_page_that_cannot_be_had_now_changes_nothing(fediverse: Fediverse, one: Server) -> None:
    site = Site(fediverse, "bread.example")
    site.shows("/", f'<a href="{AMINA}" rel="me">Amina</a>')
    assert await verified(fediverse, one, "https://bread.example/") == [True]
    site.shows("/", "", status_code=503)
    assert await verified(fediverse, one, "https://bread.example/") == [True]


async def test_nobody_elsewhere_says_themselves_that_a_link_is_theirs(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """O12: of somebody whom members follow the page is looked at from here; of a stranger nothing is."""
    site = Site(fediverse, "ladders.example")
    value = '<a href="https://ladders.example/" rel="me">ladders.example</a>'
    field = {"type": "PropertyValue", "name": "Shop", "value": value, "verified_at": "2020-01-01T00:00:00Z"}
    for name in ("frank", "gus"):
        persona = frank.peer.persona(name)
        frank.peer.documents[f"/users/{name}"] = (200, persona.document() | {"attachment": [field]})
        await remote.fetch_actor(one.instance, persona.uri)
        await fediverse.settle()
    assert site.asked == ["/"]
    known = await one.instance.db.read(people.by_uri, frank.uri)
    assert known is not None
    assert [(one.name, one.verified_at) for one in known.fields] == [("Shop", None)]
    site.shows("/", f'<a href="{frank.uri}" rel="me">Frank</a>')
    changed = field | {"value": value.replace('/"', '/#shop"')}
    document = frank.document() | {"attachment": [changed], "memorial": True, "indexable": True}
    await frank.posts("https://one.example/inbox", frank.says("Update", document))
    await fediverse.settle()
    known = await one.instance.db.read(people.by_uri, frank.uri)
    assert known is not None
    assert known.fields[0].verified_at is not None
    assert (known.memorial, known.indexable, known.suspended_there) == (True, True, False)


async def test_pictures_are_described_in_words_everywhere(
    fediverse: Fediverse, one: Server, frank: Persona
) -> None:
    """What a picture shows travels with it, is cleaned like a name, and goes when the picture goes."""

    def portrait(tx: Tx) -> None:
        people.change(tx, one.amina.id, avatar_url="https://one.example/media/a.webp")

    await one.instance.db.write(portrait)
    await one.instance.db.write(
        actions.update_profile, one.amina.id, avatar_alt="A baker", header_alt="Bread"
    )
    found = (await fediverse.asks(one.amina.uri)).json()
    assert (found["icon"]["name"], found["icon"]["summary"]) == ("A baker", "A baker")
    assert "image" not in found

    async def known(**pictures: Any) -> tuple[str, str]:
        await frank.posts("https://one.example/inbox", frank.says("Update", frank.document() | pictures))
        await fediverse.settle()
        person = await one.instance.db.read(people.by_uri, frank.uri)
        assert person is not None
        return person.avatar_alt, person.header_alt

    url = "https://plain.example/f.png"
    icon, image = ({"type": "Image", "url": url} for _ in range(2))
    assert await known(icon=icon | {"name": "A\n\u202eladder"}, image=image | {"summary": "Trees"}) == (
        "A ladder",
        "Trees",
    )
    assert await known(icon=icon | {"name": ["no", "text"]}, image={"name": "No picture"}) == ("", "")
    assert len((await known(icon=icon | {"name": "x" * 9_999}))[0]) == actions.ALT_MAX


async def test_who_is_suspended_here_says_so_and_nothing_else(fediverse: Fediverse, one: Server) -> None:
    await one.instance.db.write(actions.update_profile, one.amina.id, bio_source="I bake.", indexable=True)
    before = (await fediverse.asks(one.amina.uri)).json()
    assert (before["indexable"], before["discoverable"]) == (True, False)
    await one.instance.db.write(
        lambda tx: people.change(tx, one.amina.id, suspended_at=tx.now, discoverable=True)
    )
    found = (await fediverse.asks(one.amina.uri)).json()
    assert (found["suspended"], found["indexable"], found["discoverable"]) == (True, False, False)
    assert {"summary", "attachment", "name", "icon", "outbox", "featured"}.isdisjoint(found)
    for path in ("/outbox", "/collections/featured", "/collections/tags", "/followers"):
        assert (await fediverse.asks(one.amina.uri + path)).status_code == 404


async def test_who_deleted_their_account_is_gone(fediverse: Fediverse, one: Server) -> None:
    """FEP-4f05: 410; a name that nobody ever had is missing."""
    await one.instance.db.write(lambda tx: people.change(tx, one.amina.id, deleted_at=tx.now))
    gone = await fediverse.asks(one.amina.uri)
    assert (gone.status_code, gone.json()["type"], gone.json()["formerType"]) == (410, "Tombstone", "Person")
    assert (await fediverse.asks("https://one.example/users/nobody")).status_code == 404
