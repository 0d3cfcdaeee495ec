"""Reports between servers (Flag): what is believed, what is passed on, and what a reporter finds out."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from fedi_aid.actions import moderation
from fedi_aid.storage.tables.moderation import domain_rules, reports
from tests.federation.conftest import Fediverse, Server
from tests.federation.test_polls import befriended
from tests.federation.test_posts import uri_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


async def reports_at(server: Server) -> list[Any]:
    return list(await server.instance.db.read(lambda tx: tx.all(select(reports).order_by(reports.c.id))))


async def test_a_flag_is_kept_with_who_sent_it(fediverse: Fediverse, one: Server) -> None:
    """A14: a member, and a post by the id under which the reporter's server knows it."""
    peer = fediverse.peer("plain.example", "frank", "moderator")
    frank = await befriended(fediverse, one.amina, peer, "frank")
    post_id = await one.amina.writes("Something rude.")
    await fediverse.settle()
    known_as = peer.said("Create")[-1]["object"]["id"]
    moderator = peer.persona("moderator")
    said = moderator.says("Flag", [one.amina.uri, known_as], content="<b>Rude</b>")
    for _ in range(2):
        assert (await moderator.posts("https://one.example/inbox", said)).status_code == 202
        await fediverse.settle()
    (kept,) = await reports_at(one)
    assert (kept.about_id, kept.post_ids, kept.comment) == (one.amina.id, [post_id], "Rude")
    reporter = await one.amina.knows(moderator)
    assert kept.from_id == reporter.id
    assert kept.uri == said["id"]
    # The post alone is enough; its author is the one reported.
    await frank.posts(one.amina.inbox, frank.says("Flag", known_as))
    await fediverse.settle()
    assert [(row.about_id, row.post_ids) for row in await reports_at(one)][1] == (one.amina.id, [post_id])


async def test_a_flag_finds_nothing_out(fediverse: Fediverse, one: Server) -> None:
    """A14: what is not here, or was not given to the reporter's server, is as absent as nothing."""
    peer = fediverse.peer("plain.example", "frank")
    await befriended(fediverse, one.amina, peer, "frank")
    post_id = await one.amina.writes("For friends.")
    hidden = await one.eve.writes("For nobody there.")
    await fediverse.settle()
    known_as = peer.said("Create")[-1]["object"]["id"]
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    for about in (
        await uri_of(one, post_id),
        await uri_of(one, hidden),
        known_as,
        "https://one.example/users/nobody",
        "https://one.example/actor/none",
        "https://far.example/users/zoe",
        [],
        {"type": "Note"},
    ):
        assert (await mallory.posts(one.amina.inbox, mallory.says("Flag", about))).status_code == 202
        await fediverse.settle()
    assert await reports_at(one) == []
    # With a member named, hidden posts and those of others are left out.
    mixed = [one.amina.uri, await uri_of(one, post_id), await uri_of(one, hidden)]
    await mallory.posts(one.amina.inbox, mallory.says("Flag", mixed))
    await fediverse.settle()
    assert [row.post_ids for row in await reports_at(one)] == [[]]


async def test_a_flood_of_flags_is_cut(
    fediverse: Fediverse, one: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A14: so many a day from one server, and only the first things that one names."""
    from fedi_aid.activitypub.handlers import flag

    monkeypatch.setattr(flag, "FLAGS_A_DAY", 3)
    evil = fediverse.peer("evil.example", "mallory", "molly")
    mallory, molly = evil.persona("mallory"), evil.persona("molly")
    many = [f"https://one.example/notes/{at}" for at in range(10_000)]
    await mallory.posts("https://one.example/inbox", mallory.says("Flag", [*many, one.eve.uri]))
    await fediverse.settle()
    assert await reports_at(one) == []
    for who in (mallory, molly, mallory, molly, mallory):
        await who.posts("https://one.example/inbox", who.says("Flag", [one.amina.uri]))
        await fediverse.settle()
    assert len(await reports_at(one)) == 3
    other = fediverse.peer("far.example", "zoe").persona("zoe")
    await other.posts("https://one.example/inbox", other.says("Flag", [one.amina.uri]))
    await fediverse.settle()
    assert len(await reports_at(one)) == 4
    fediverse.clock.forward(days=2)
    await one.instance.db.write(
        lambda tx: tx.run(
            insert(domain_rules).values(
                domain="far.example", severity="allow", reject_reports=True, created_at=tx.now
            )
        )
    )
    await other.posts("https://one.example/inbox", other.says("Flag", [one.amina.uri]))
    await fediverse.settle()
    assert len(await reports_at(one)) == 4


async def test_a_report_is_passed_on_without_its_writer(fediverse: Fediverse, one: Server) -> None:
    """From the instance's own actor, to the person's server, with the posts that they wrote."""
    peer = fediverse.peer("plain.example", "frank")
    frank = await befriended(fediverse, one.amina, peer, "frank")
    note = frank.note("Rude.", [one.amina.uri])
    await frank.posts(one.amina.inbox, frank.says("Create", note))
    await fediverse.settle()
    post_id = next(view.post.id for view in await one.amina.home() if view.author.username == "frank")
    about = await one.amina.knows(frank)

    said = {"post_ids": [post_id], "comment": "This is rude."}
    await one.instance.db.write(moderation.report, one.amina.id, about.id, **said)
    await one.instance.db.write(moderation.report, one.eve.id, about.id, comment="Not told.")
    await fediverse.settle()
    assert peer.said("Flag") == []  # nobody asked for it
    await one.instance.db.write(moderation.report, one.amina.id, about.id, forward=True, **said)
    await fediverse.settle()
    (flag,) = peer.said("Flag")
    assert flag["actor"] == "https://one.example/actor"
    assert flag["object"] == [frank.uri, note["id"]]
    assert flag["content"] == "This is rude."
    assert "amina" not in str(flag)
    assert [row.forwarded for row in await reports_at(one)] == [False, False, True]
