"""Custom emojis of other servers, shown from here (B13, FEP-9098)."""

import json
from typing import Any

import pytest

from fedi_aid.activitypub import remote
from fedi_aid.model.ids import PostId, opaque
from fedi_aid.storage import audience_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tables.moderation import domain_rules
from tests.federation.conftest import Fediverse, Server, fediverse
from tests.federation.test_polls import befriended
from tests.media.test_travelling import Api, Elsewhere

pytestmark = pytest.mark.anyio
__all__ = ["fediverse"]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.fixture
async def two(fediverse: Fediverse) -> Server:
    return await fediverse.server("two.example", "bruno")


def blob(name: str = ":blob:") -> dict[str, Any]:
    return {
        "type": "Emoji",
        "name": name,
        "icon": {"type": "Image", "url": f"https://pics.example/{name}.png"},
    }


async def test_emojis_of_texts_and_profiles_come_from_here(fediverse: Fediverse, two: Server) -> None:
    """B13: no app asks another server; fetched once, without a signature; an edit changes them; gone with it."""
    pics = Elsewhere(fediverse)
    eve = fediverse.peer("eve.example", "eve").persona("eve")
    document = eve.document() | {"name": "Eve :blob:", "tag": [blob(), blob(":unused:")]}
    eve.peer.documents["/users/eve"] = (200, document)
    await remote.fetch_actor(two.instance, eve.uri)
    await befriended(fediverse, two.bruno, eve.peer, "eve")
    note = eve.note("Bread :blob: and :cat:", [PUBLIC], tag=[blob(), blob(":cat:"), blob(":unused:")])
    await eve.posts(two.bruno.inbox, eve.says("Create", note))
    await fediverse.settle()
    api = Api(two.bruno)
    shown = await api.home()
    assert "pics.example" not in json.dumps(shown)
    assert [one["shortcode"] for one in shown["emojis"]] == ["blob", "cat"]
    assert [one["shortcode"] for one in shown["account"]["emojis"]] == ["blob"]
    assert pics.asked == []
    for one in (*shown["emojis"], *shown["account"]["emojis"]):
        assert one["url"].startswith("https://two.example/proxy/")
        answer = await api.fetch(one["url"])
        assert (answer.status_code, answer.headers["content-type"][:6]) == (200, "image/")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert sorted(one.url.path for one in pics.asked) == ["/:blob:.png", "/:cat:.png"]
    assert not [one for one in pics.asked if "signature" in one.headers]

    cat = shown["emojis"][1]["url"]
    edited = note | {"content": "<p>Bread.</p>", "updated": "2026-03-14T09:30:00Z"}
    await eve.posts(two.bruno.inbox, eve.says("Update", edited))
    await fediverse.settle()
    assert (await api.home())["emojis"] == []
    assert (await api.fetch(cat)).status_code == 404
    word = shown["account"]["emojis"][0]["url"].rpartition("/")[2]
    for wrong in (word[:-1], word + "A", word.swapcase()):
        assert (await api.fetch(f"/proxy/{wrong}")).status_code == 404


async def test_what_a_friend_carried_asks_nobody_for_emojis(fediverse: Fediverse, two: Server) -> None:
    """B13: its author's server must not hear that it arrived."""
    eve = fediverse.peer("eve.example", "eve", plain=False).persona("eve")
    await befriended(fediverse, two.bruno, eve.peer, "eve")
    note = eve.note("Bread :blob:", [eve.id("notes/1/audience")], "notes/1", tag=[blob()], intimacyLevel=0)
    await eve.posts(two.bruno.inbox, eve.says("Create", note))
    await fediverse.settle()
    (home,) = [one for one in await two.bruno.home() if one.author.username != "butler"]
    post_id: PostId = home.post.id
    assert len((await Api(two.bruno).status(post_id))["emojis"]) == 1

    def as_carried(tx: Any) -> None:
        audience_rows.dismiss(tx, post_rows.audiences.c.post_id == post_id)
        name = opaque()
        audience_rows.admit(tx, post_id, two.bruno.id, kind="carried", circle=2, opaque=name)

    await two.instance.db.write(as_carried)
    assert (await Api(two.bruno).status(post_id))["emojis"] == []


async def test_a_server_whose_pictures_are_not_taken_has_no_emojis_here(
    fediverse: Fediverse, two: Server
) -> None:
    """A23: neither on profiles nor in texts, wherever the pictures lie."""
    eve = fediverse.peer("eve.example", "eve").persona("eve")
    rule = {"domain": "eve.example", "severity": "allow", "reject_media": True}
    await two.instance.db.write(lambda tx: tx.insert(domain_rules, **rule, created_at=tx.now))
    document = eve.document() | {"name": "Eve :blob:", "tag": [blob()]}
    eve.peer.documents["/users/eve"] = (200, document)
    await befriended(fediverse, two.bruno, eve.peer, "eve")
    note = eve.note("Bread :blob:", [PUBLIC], tag=[blob()])
    await eve.posts(two.bruno.inbox, eve.says("Create", note))
    await fediverse.settle()
    shown = await Api(two.bruno).home()
    assert (shown["emojis"], shown["account"]["emojis"]) == ([], [])
