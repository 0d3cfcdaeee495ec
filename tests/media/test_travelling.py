"""Pictures between servers: each reader elsewhere by an address of their own, whole notes by signature."""

import hashlib
import json
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi_aid.actions import access, files, ties
from fedi_aid.activitypub.signatures import multibase
from fedi_aid.activitypub.signing import application_signer
from fedi_aid.client_api.routes import build
from fedi_aid.media.pictures import prepare
from fedi_aid.model.ids import PostId
from fedi_aid.storage import federation, post_views
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tables.moderation import domain_rules
from tests.federation.conftest import Fediverse, Persona, Server, Who, fediverse
from tests.federation.test_plain_peers import befriend
from tests.media.conftest import picture, size_of

pytestmark = pytest.mark.anyio
__all__ = ["fediverse"]


async def with_picture(who: Who, text: str, **how: Any) -> PostId:
    """A post with a picture."""
    instance = who.server.instance
    stored = await files.store(instance, prepare(picture(), max_pixels=10_000))
    file = await instance.db.write(files.add, who.id, stored, alt="a gradient")
    return await who.writes(text, media_ids=(file.id,), **how)


class Api:
    """One server's client API, as one member uses it."""

    def __init__(self, who: Who) -> None:
        instance = who.server.instance
        app = Starlette(routes=build(instance, None, partial(application_signer, instance)))
        self.who = who
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=instance.settings.base_url)

    async def status(self, post_id: int) -> Any:
        given = await self.who.server.instance.db.write(access.give_token, self.who.id, scopes="read")
        headers = {"Authorization": f"Bearer {given.token}"}
        answer = await self.http.get(f"/api/v1/statuses/{post_id}", headers=headers)
        assert answer.status_code == 200
        return answer.json()

    async def home(self) -> Any:
        (post,) = [one for one in await self.who.home() if one.author.username != "butler"]
        return await self.status(post.post.id)

    async def fetch(self, url: str) -> httpx.Response:
        return await self.http.get(url)


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina")


@pytest.fixture
async def two(fediverse: Fediverse) -> Server:
    return await fediverse.server("two.example", "bruno", "chen")


async def shared(fediverse: Fediverse, one: Server, two: Server, **how: Any) -> tuple[PostId, Any, Api]:
    """Amina's post with a picture, and how Bruno sees it on his server."""
    await fediverse.befriend(one.amina, two.bruno)
    post_id = await with_picture(one.amina, "The ramp is drawn.", **how)
    await fediverse.settle()
    api = Api(two.bruno)
    (file,) = (await api.home())["media_attachments"]
    return post_id, file, api


def sent_file(fediverse: Fediverse) -> Any:
    """The attachment of the last note that went to a personal inbox of two.example."""
    path = "/users/bruno/inbox"
    (create,) = [
        body for one in fediverse.posts_to(path) if (body := json.loads(one.body))["type"] == "Create"
    ]
    (file,) = create["object"]["attachment"]
    return file


async def test_a_picture_crosses_to_a_friend(fediverse: Fediverse, one: Server, two: Server) -> None:
    """B13, R17: Bruno's app asks Bruno's server, which asks as itself; nobody else is given anything."""
    _, file, api = await shared(fediverse, one, two, intimacy=2)
    assert file["url"].startswith("https://two.example/proxy/")
    assert (file["description"], file["remote_url"], file["type"]) == ("a gradient", None, "image")
    assert "one.example" not in json.dumps(file)
    for url in (file["url"], file["preview_url"]):
        answer = await api.fetch(url)
        assert answer.status_code == 200
        assert size_of(answer.content) == (60, 40)
        assert answer.headers["cache-control"] == "private, no-store"
    asked = [one for one in fediverse.internet.exchanges if "/files/" in one.url]
    assert len(asked) == 1  # the second came from our copy
    signature = {name.lower(): value for name, value in asked[0].headers}[b"signature"]
    assert b"https://two.example/actor" in signature
    assert b"bruno" not in asked[0].request_bytes  # F15: which member looks is not told


async def test_a_whole_note_names_its_picture_for_those_who_sign(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """P01, R17, B07, B08: the address in the note opens to the reader's server alone, not once access ended, and
    never as anything but a picture."""
    post_id, _, _ = await shared(fediverse, one, two, intimacy=2)
    file = sent_file(fediverse)
    assert file["url"].startswith("https://one.example/files/")
    raw = await one.instance.db.read(_stored, one, post_id)
    assert multibase.decode(file["digestMultibase"]) == b"\x12\x20" + hashlib.sha256(raw).digest()
    stranger = fediverse.peer("far.example", "eve", plain=False).persona("eve")
    never = await fediverse.asks("https://one.example/files/" + "a" * 26)
    for answer in (
        await fediverse.asks(file["url"]),
        await stranger.peer.gets(stranger, file["url"]),
        await fediverse.asks(file["url"].replace("/files/", "/media/") + ".jpg"),
    ):
        assert answer.status_code == 404
    assert (await fediverse.asks(file["url"])).content == never.content
    sign = await application_signer(two.instance)
    theirs = await two.instance.net.get(file["url"], sign=sign)
    assert (theirs.status, theirs.body) == (200, raw)
    assert theirs.content_type == "image/jpeg"
    assert "default-src 'none'" in theirs.headers["content-security-policy"]
    assert theirs.headers["x-content-type-options"] == "nosniff"
    assert theirs.headers["content-disposition"].startswith("attachment")
    await one.amina.does(ties.block, two.bruno)
    assert (await two.instance.net.get(file["url"], sign=sign)).status == 404


def _stored(tx: Any, server: Server, post_id: int) -> bytes:
    view = post_views.view(tx, server.amina.id, post_id)
    assert view is not None
    path = files.Store(server.instance.settings.data_dir).path(view.media[0].file or "")
    assert path is not None
    return path.read_bytes()


async def test_a_signed_request_is_one_document_for_all(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """R17, R18: what may be carried has no address of one reader in it, and stays the same byte for byte."""
    await fediverse.befriend(one.amina, two.chen)
    post_id, _, api = await shared(fediverse, one, two, intimacy=0, help=True)
    signed = await one.instance.db.read(post_rows.signed_activity, post_id)
    assert signed is not None
    (file,) = json.loads(signed)["object"]["attachment"]
    assert set(file) >= {"url", "digestMultibase", "mediaType", "name", "blurhash"}
    assert file["url"].startswith("https://one.example/files/")
    bodies = {
        one.body
        for name in ("bruno", "chen")
        for one in fediverse.posts_to(f"/users/{name}/inbox")
        if json.loads(one.body)["type"] == "Create"
    }
    assert bodies == {signed}
    (shown,) = (await api.home())["media_attachments"]
    assert (await api.fetch(shown["url"])).status_code == 200


async def test_a_changed_picture_is_not_what_its_author_signed(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """R17: the digest in the note decides."""
    post_id, file, api = await shared(fediverse, one, two, intimacy=2)
    view = await one.amina.sees(post_id)
    assert view is not None
    path = files.Store(one.instance.settings.data_dir).path(view.media[0].file or "")
    assert path is not None
    path.write_bytes(picture(size=(30, 30)))
    assert (await api.fetch(file["url"])).status_code == 404


async def test_what_bruno_may_not_see_any_more_is_closed_here_too(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """R6, R17: a deleted post takes its copies along."""
    post_id, file, api = await shared(fediverse, one, two, intimacy=2)
    assert (await api.fetch(file["url"])).status_code == 200
    await one.amina.deletes(post_id)
    await fediverse.settle()
    assert (await api.fetch(file["url"])).status_code == 404


async def test_nobody_can_have_us_fetch_what_is_hidden_from_them(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """H20: a stranger names Amina's picture in a message of their own; it is not asked for with our name,
    and the copy made for Bruno is not shown for it."""
    _, known, api = await shared(fediverse, one, two, intimacy=2)
    url = sent_file(fediverse)["url"]
    assert (await api.fetch(known["url"])).status_code == 200
    eve = fediverse.peer("far.example", "eve").persona("eve")
    attachment = [{"type": "Document", "mediaType": "image/jpeg", "url": url}]
    note = eve.note("look", [two.chen.uri], attachment=attachment)
    note["tag"] = [{"type": "Mention", "href": two.chen.uri, "name": "@chen@two.example"}]
    await eve.posts(two.chen.inbox, eve.says("Create", note, to=[two.chen.uri]))
    await fediverse.settle()
    found = await two.instance.db.read(post_rows.by_uri, two.chen.id, note["id"])
    assert found is not None
    chens = Api(two.chen)
    (file,) = (await chens.status(found.id))["media_attachments"]
    before = len(fediverse.internet.exchanges)
    assert (await chens.fetch(file["url"])).status_code == 404
    (asked,) = fediverse.internet.exchanges[before:]
    assert b"signature" not in {name.lower() for name, _ in asked.headers}


# -- plain peers


async def test_each_reader_on_a_plain_server_has_an_address(fediverse: Fediverse, one: Server) -> None:
    """R17: different for each, open without a signature, dead when the friendship ends."""
    peer = fediverse.peer("plain.example", "frank", "grace")
    readers = [peer.persona(name) for name in ("frank", "grace")]
    for reader in readers:
        await befriend(fediverse, one, reader)
    await with_picture(one.amina, "Day 12", intimacy=2)
    await fediverse.settle()
    urls = [_url(reader) for reader in readers]
    assert len(set(urls)) == 2
    assert all(url.startswith("https://one.example/media/") for url in urls)
    api = Api(one.amina)
    assert [(await api.fetch(url)).status_code for url in urls] == [200, 200]
    await one.amina.does(ties.block, readers[0])
    assert [(await api.fetch(url)).status_code for url in urls] == [404, 200]


def _url(reader: Persona) -> str:
    (note,) = [one["object"] for one in reader.peer.said("Create") if one["object"]["to"] == [reader.uri]]
    (file,) = note["attachment"]
    assert set(file) <= {"type", "mediaType", "url", "name", "blurhash", "width", "height"}
    assert isinstance(file["url"], str)
    return file["url"]


async def test_at_level_three_a_plain_servers_address_lives_for_a_day(
    fediverse: Fediverse, one: Server
) -> None:
    """R17: it is long enough for a server that fetches at once."""
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    await befriend(fediverse, one, frank)
    known = await one.amina.knows(frank)
    await one.instance.db.write(ties.pin_as_close, one.amina.id, known.id)
    await with_picture(one.amina, "close", intimacy=3)
    await fediverse.settle()
    url, api = _url(frank), Api(one.amina)
    assert (await api.fetch(url)).status_code == 200
    await fediverse.later(hours=25)
    assert (await api.fetch(url)).status_code == 404


# -- whatever strangers' servers give


class Elsewhere:
    """A server of pictures that counts how often it is asked."""

    def __init__(self, fediverse: Fediverse, host: str = "pics.example") -> None:
        self.content, self.type, self.status = picture(size=(900, 600)), "image/jpeg", 200
        self.asked: list[Request] = []
        fediverse.internet.add(host, Starlette(routes=[Route("/{path:path}", self._any)]))

    async def _any(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(self.content, self.status, media_type=self.type)


async def seen_by_bruno(
    fediverse: Fediverse, two: Server, url: str, **person: Any
) -> tuple[Api, dict[str, Any]]:
    """A public post with this picture by somebody Bruno follows, as his app gets it."""
    eve = fediverse.peer("far.example", "eve").persona("eve")
    real = eve.document
    eve.document = lambda: real() | person  # type: ignore[method-assign]
    await two.bruno.does(ties.follow, eve)
    await fediverse.settle()
    await eve.posts(two.bruno.inbox, eve.says("Accept", eve.peer.said("Follow")[-1]))
    await fediverse.settle()
    attachment = [{"type": "Document", "mediaType": "image/jpeg", "url": url}]
    public = "https://www.w3.org/ns/activitystreams#Public"
    note = eve.note("look", [public], attachment=attachment)
    await eve.posts(two.bruno.inbox, eve.says("Create", note, to=[public]))
    await fediverse.settle()
    api = Api(two.bruno)
    return api, await api.home()


async def test_portraits_and_pictures_of_others_come_from_here(fediverse: Fediverse, two: Server) -> None:
    """B13, B07: no address of another server is in what an app loads; asked for once, made anew, kept."""
    pics = Elsewhere(fediverse)
    icon = {"type": "Image", "url": "https://pics.example/eve.png"}
    api, post = await seen_by_bruno(fediverse, two, "https://pics.example/a.jpg", icon=icon, image=icon)
    (file,) = post["media_attachments"]
    account = post["account"]
    assert pics.asked == []
    assert "pics.example" not in json.dumps(post)
    for url, size in (
        (file["url"], (900, 600)),
        (file["preview_url"], (587, 391)),
        (account["avatar"], (400, 400)),
        (account["header"], (900, 300)),
    ):
        assert url.startswith("https://two.example/proxy/")
        for _ in range(2):
            answer = await api.fetch(url)
            assert answer.status_code == 200
            assert size_of(answer.content) == size
            assert answer.headers["content-type"] == "image/jpeg"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert answer.headers["cache-control"] == "public, max-age=86400"
    assert len(pics.asked) == 3
    assert not [one for one in pics.asked if "signature" in one.headers or "cookie" in one.headers]


@pytest.mark.parametrize(
    "content, kind, status",
    [
        (b'{"type": "Note"}', "application/activity+json", 200),
        (b"<html><script>alert(1)</script>", "image/jpeg", 200),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 200),
        (picture(), "image/jpeg", 404),
        (b"\0" * 300_000, "image/jpeg", 200),
    ],
    ids=["document", "html", "svg", "missing", "large"],
)
async def test_what_is_no_picture_is_not_passed_on(
    fediverse: Fediverse, content: bytes, kind: str, status: int
) -> None:
    """B07, B08, B09: whatever it claims to be; and it is not asked for again at once."""
    two = await fediverse.server("two.example", "bruno", media_max_bytes=200_000)
    pics = Elsewhere(fediverse)
    pics.content, pics.type, pics.status = content, kind, status
    api, post = await seen_by_bruno(fediverse, two, "https://pics.example/a.jpg")
    (file,) = post["media_attachments"]
    for _ in range(2):
        answer = await api.fetch(file["url"])
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("application/json")
        assert content not in answer.content
    assert len(pics.asked) == 1


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/a.jpg", "https://two.example/users/bruno", "http://pics.example/a.jpg"],
)
async def test_the_proxy_does_not_go_everywhere(fediverse: Fediverse, two: Server, url: str) -> None:
    """F01, F18: not to the inner network, not to ourselves, not without encryption."""
    pics = Elsewhere(fediverse)
    api, post = await seen_by_bruno(fediverse, two, url)
    (file,) = post["media_attachments"]
    before = len(fediverse.internet.exchanges)
    assert (await api.fetch(file["url"])).status_code == 404
    assert pics.asked == []
    assert len(fediverse.internet.exchanges) == before


async def test_it_is_no_open_proxy(fediverse: Fediverse, two: Server) -> None:
    """B13: only words that we gave out are understood; a portrait's is no file's."""
    pics = Elsewhere(fediverse)
    api, post = await seen_by_bruno(fediverse, two, "https://pics.example/a.jpg")
    word = post["media_attachments"][0]["url"].rpartition("/")[2]
    for wrong in ("https%3A%2F%2Fpics.example%2Fa.jpg", "A" * 58, word[:-1], word + "A", word.lower()):
        assert (await api.fetch(f"/proxy/{wrong}")).status_code == 404
    assert pics.asked == []


async def test_a_suspended_server_is_asked_for_nothing(fediverse: Fediverse, two: Server) -> None:
    """H19"""
    pics = Elsewhere(fediverse)
    api, post = await seen_by_bruno(fediverse, two, "https://pics.example/a.jpg")
    await two.instance.db.write(_suspend, "pics.example")
    assert await two.instance.db.read(federation.is_suspended, "pics.example")
    assert (await api.fetch(post["media_attachments"][0]["url"])).status_code == 404
    assert pics.asked == []


def _suspend(tx: Any, domain: str) -> None:
    tx.insert(domain_rules, domain=domain, severity="suspend", created_at=tx.now)
