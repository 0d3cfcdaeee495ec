"""An admin cuts off a server: nothing comes in by any way, nothing goes out, what it ended stays ended."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from fedi_aid.actions import domains, judging, severing, ties
from fedi_aid.actions.domains import Wish
from fedi_aid.actions.people import RemoteActor
from fedi_aid.activitypub import remote
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.moderation import Cut
from fedi_aid.storage import audience_rows, domain_rules, moderation, timelines
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.timelines import Page
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Peer, Persona, Server
from tests.federation.test_carry import Three

pytestmark = pytest.mark.anyio

SUSPEND = Wish(severity="suspend")


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno", "dov")
    await fediverse.befriend(one.amina, made.bruno)
    return made


@pytest.fixture
def bad(fediverse: Fediverse) -> Peer:
    return fediverse.peer("evil.example", "mallory")


async def suspend(server: Server, domain: str, wish: Wish = SUSPEND) -> None:
    await server.instance.db.write(domains.put_rule, None, domain, wish)


async def lift(server: Server, domain: str) -> None:
    await server.instance.db.write(domains.lift_rule, None, domain)


async def ask(server: Server, question: Callable[..., Any], *words: Any) -> Any:
    return await server.instance.db.read(question, *words)


def stored(tx: Tx) -> int:
    """Posts here but for the butler's letters."""
    return int(tx.scalar(select(func.count()).select_from(posts).where(posts.c.reach != "butler")) or 0)


async def follow_publicly(server: Server, persona: Persona) -> None:
    """Somebody here follows a persona, so that its public posts are wanted."""
    known = await server.amina.knows(persona)
    await server.instance.db.write(
        lambda tx: tie_rows.put_follow(tx, server.amina.id, known.id, state="accepted", uri=None)
    )


PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


# -- what comes in


async def test_h19_its_signature_is_refused_before_any_fetch(
    fediverse: Fediverse, one: Server, bad: Peer
) -> None:
    """H19, A23: by the name, by a name below it, and by a port; nothing of it is asked for a key."""
    await suspend(one, "evil.example")
    below = fediverse.peer("deep.evil.example", "nora")
    for peer, name in ((bad, "mallory"), (below, "nora")):
        persona = peer.persona(name)
        note = persona.note("hello", [one.amina.uri])
        refused = await persona.posts(one.amina.inbox, persona.says("Create", note))
        assert refused.status_code == 401
        assert peer.asked == []
    assert await ask(one, stored) == 0
    near = fediverse.peer("notevil.example", "kind")
    persona = near.persona("kind")
    fine = await persona.posts(one.amina.inbox, persona.says("Follow", one.amina.uri))
    assert fine.status_code == 202
    assert near.asked


async def test_a23_what_waited_when_the_rule_came_is_not_understood(
    fediverse: Fediverse, one: Server, bad: Peer
) -> None:
    """A23: accepted before, understood after."""
    mallory = bad.persona("mallory")
    note = mallory.note("hello", [one.amina.uri])
    assert (await mallory.posts(one.amina.inbox, mallory.says("Create", note))).status_code == 202
    await suspend(one, "evil.example")
    await fediverse.settle()
    assert await ask(one, stored) == 0


async def test_a23_a_boost_by_an_honest_server_does_not_bring_it_in(
    fediverse: Fediverse, one: Server, bad: Peer
) -> None:
    """A23 (relays, boosts): an Announce by somebody else, of what was never here and of what was."""
    good = fediverse.peer("good.example", "kind")
    kind, mallory = good.persona("kind"), bad.persona("mallory")
    await follow_publicly(one, kind)
    await follow_publicly(one, mallory)
    known = mallory.note("I was here", [PUBLIC])
    await mallory.posts(one.amina.inbox, mallory.says("Create", known))
    await fediverse.settle()
    assert "I was here" in await one.amina.reads()
    unknown = mallory.note("never here", [PUBLIC], "notes/unknown")
    bad.documents["/notes/unknown"] = (200, {"@context": "https://www.w3.org/ns/activitystreams", **unknown})
    await suspend(one, "evil.example")
    asked = len(bad.asked)
    for uri in (known["id"], unknown["id"]):
        await kind.posts(one.amina.inbox, kind.says("Announce", uri))
    await fediverse.settle()
    assert await one.amina.reads() == []
    assert await ask(one, stored) == 1
    assert len(bad.asked) == asked


async def test_c18_a_carried_request_of_it_is_dropped(fediverse: Fediverse) -> None:
    """C18, A23: the carrier is an honest friend, the author's server is not let in."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno", "dov")
    three = await fediverse.server("three.example", "chloe", "eve")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    journey = Three(fediverse, one, two, three)
    await suspend(three, "one.example")
    await journey.ask()
    await journey.agree()
    await fediverse.later(hours=14)
    assert await three.chloe.reads() == []
    assert await ask(three, people_rows.by_uri, one.amina.uri) is None


async def test_a23_a_forwarded_word_of_its_author_counts_for_nothing(fediverse: Fediverse) -> None:
    """A23 (forwarded proofs): the Update of a request that was carried here before the rule."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno", "dov")
    three = await fediverse.server("three.example", "chloe", "eve")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    journey = Three(fediverse, one, two, three)
    await journey.ask()
    await journey.agree()
    await fediverse.later(hours=14)
    assert any("ramp" in text for text in await three.chloe.reads())
    await suspend(three, "one.example")
    assert not any("ramp" in text for text in await three.chloe.reads())
    await one.amina.edits(journey.post_id, "My shop needs a ladder. #wood")
    await fediverse.settle()
    words = await ask(three, lambda tx: tx.column(select(posts.c.text)))
    assert all("ladder" not in one for one in words)


async def test_a23_a_quote_of_it_stays_a_link(fediverse: Fediverse, one: Server, bad: Peer) -> None:
    """A23 (quotes, stamps): what is quoted is not fetched, and neither is the leave for it."""
    good = fediverse.peer("good.example", "kind")
    kind = good.persona("kind")
    await follow_publicly(one, kind)
    await suspend(one, "evil.example")
    note = kind.note(
        "look",
        [PUBLIC],
        quote="https://evil.example/notes/1",
        quoteAuthorization="https://evil.example/stamps/1",
    )
    await kind.posts(one.amina.inbox, kind.says("Create", note))
    await fediverse.settle()
    assert bad.asked == []
    assert await ask(one, stored) == 1


async def test_a23_it_cannot_be_looked_up(fediverse: Fediverse, one: Server, bad: Peer) -> None:
    """A23, F07: by handle (WebFinger) and by address."""
    await suspend(one, "evil.example")
    for words in ("@mallory@evil.example", bad.persona("mallory").uri, "https://deep.evil.example/users/x"):
        assert await remote.resolve(one.instance, words) is None
    assert bad.asked == []


async def test_a23_who_was_being_fetched_when_the_rule_came_is_not_remembered(
    fediverse: Fediverse, one: Server, bad: Peer
) -> None:
    await suspend(one, "evil.example")
    actor = RemoteActor(
        uri="https://evil.example/users/late",
        username="late",
        domain="evil.example",
        inbox="https://evil.example/i",
    )
    with pytest.raises(Refused):
        await one.instance.db.write(remote._store, actor)
    split = RemoteActor(
        uri="https://other.example/users/late",
        username="late",
        domain="evil.example",
        inbox="https://other.example/i",
    )
    with pytest.raises(Refused):
        await one.instance.db.write(remote._store, split)


# -- what goes out, what it ends


async def test_a24_friendships_end_are_told_and_do_not_come_back(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """A24: the member is told once, an unsuspension restores nothing, and asking anew works."""
    post = await one.amina.writes("a wide word", intimacy=1)
    theirs = await two.bruno.writes("good morning", intimacy=1)
    await fediverse.settle()
    before = await one.amina.reads()
    assert "good morning" in before
    db = one.instance.db
    cut: Cut = await db.read(domains.preview, "two.example")
    assert (cut.friendships, cut.members, cut.following, cut.followers) == (1, 1, 1, 1)
    assert cut.people == 1
    await suspend(one, "two.example")
    await fediverse.settle()
    assert "good morning" not in await one.amina.reads()
    notices = await db.read(timelines.notices, one.amina.id, Page(limit=40))
    told = [one for one in notices if one.kind == "severed_relationships"]
    assert len(told) == 1
    events = await db.read(moderation.severances_by_ids, one.amina.id, [told[0].subject_id])
    event = events[told[0].subject_id]
    assert (event.kind, event.target, event.followed) == ("domain", "two.example", ("bruno@two.example",))
    assert event.followers == event.followed
    assert await db.read(moderation.severances_by_ids, one.eve.id, [told[0].subject_id]) == {}
    letters = [view.post.text for view in await one.amina.home() if view.author.username == "butler"]
    mentions = [view.post.post.text for view in notices if view.kind == "mention" and view.post]
    assert any("two.example" in text and "bruno@two.example" in text for text in letters + mentions)
    assert await db.read(domains.preview, "two.example") == Cut(
        people=1, members=0, friendships=0, following=0, followers=0, posts=cut.posts, waiting=0
    )
    await lift(one, "two.example")
    await fediverse.settle()
    bruno = await one.amina.knows(two.bruno)
    assert bruno.suspended_at is None
    assert not await db.read(tie_rows.are_friends, one.amina.id, bruno.id)
    assert not await db.read(audience_rows.holds, bruno.id, post)
    assert "good morning" not in await one.amina.reads()
    assert theirs
    assert (
        len(await db.read(timelines.notices, one.amina.id, Page(limit=40), kinds=["severed_relationships"]))
        == 1
    )
    again = await one.amina.does(ties.follow, two.bruno)
    assert again.requested


async def test_a23_nothing_is_sent_there(fediverse: Fediverse, one: Server, two: Server) -> None:
    """What waited is dropped, what is written later does not go, and nobody there holds anything of ours, also
    who was no friend."""
    dov = await one.amina.knows(two.dov)
    shared = await one.amina.writes("before", intimacy=1)
    direct = await one.amina.writes("@dov@two.example good day", visibility="direct")
    await fediverse.settle()
    bruno = await one.amina.knows(two.bruno)
    held = [(bruno.id, shared), (dov.id, direct)]
    for person_id, post_id in held:
        assert await ask(one, audience_rows.holds, person_id, post_id)
    fediverse.stop(two)
    await one.amina.writes("waits", intimacy=1)
    await one.runner.run_until_idle()
    there = select(func.count()).where(jobs.c.host == "two.example", jobs.c.state == "waiting")
    assert await ask(one, lambda tx: tx.scalar(there)) > 0
    assert (await ask(one, domains.preview, "two.example")).waiting > 0
    await suspend(one, "two.example")
    assert await ask(one, lambda tx: tx.scalar(there)) == 0
    for person_id, post_id in held:
        assert not await ask(one, audience_rows.holds, person_id, post_id)
    fediverse.internet.exchanges.clear()
    await one.amina.writes("after", intimacy=1)
    await fediverse.later(days=1)
    assert [each for each in fediverse.internet.exchanges if "two.example" in each.url] == []


async def test_a24_a_large_server_is_cut_in_steps_that_can_be_resumed(
    fediverse: Fediverse, one: Server, two: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A23, A24: with the rule everything is hidden at once; the telling may take several transactions."""
    await one.moves_in("fatou", "gil")
    for who in (one.eve, one.fatou, one.gil):
        await fediverse.befriend(who, two.bruno)
    monkeypatch.setattr(severing, "AT_ONCE", 2)
    await suspend(one, "two.example")
    bruno = await ask(one, people_rows.by_uri, two.bruno.uri)
    assert bruno.suspended_at is not None
    assert len(await ask(one, lambda tx: domain_rules.tied_members(tx, "two.example", limit=9))) == 2
    await fediverse.settle()
    assert await ask(one, lambda tx: domain_rules.tied_members(tx, "two.example", limit=9)) == []
    for who in (one.amina, one.eve, one.fatou, one.gil):
        assert (await who.notices()).count("severed_relationships") == 1


async def test_a_rule_that_changes_frees_and_limits(fediverse: Fediverse, one: Server, bad: Peer) -> None:
    mallory = await one.amina.knows(bad.persona("mallory"))
    db = one.instance.db

    async def now() -> tuple[bool, bool]:
        found = await db.read(people_rows.by_id, mallory.id)
        assert found is not None
        return found.suspended_at is not None, found.limited_at is not None

    await suspend(one, "evil.example", Wish(severity="limit"))
    assert await now() == (False, True)
    await suspend(one, "evil.example")
    assert await now() == (True, False)
    await suspend(one, "example.com", Wish(severity="none"))
    await suspend(one, "evil.example", Wish(public_comment="as before"))
    assert await now() == (True, False)
    await suspend(one, "evil.example", Wish(severity="none"))
    assert await now() == (False, False)
    await suspend(one, "evil.example", Wish(severity="limit"))
    await lift(one, "evil.example")
    assert await now() == (False, False)
    with pytest.raises(NotFound):
        await lift(one, "evil.example")


async def test_limited_federation_knows_only_who_was_allowed(fediverse: Fediverse) -> None:
    """Everybody else is as if suspended, also names below an allowed one."""
    one = await fediverse.server("one.example", "amina")
    one.instance.db.house = replace(one.instance.db.house, limited_federation=True)
    good, other = fediverse.peer("good.example", "kind"), fediverse.peer("sub.good.example", "nora")
    await one.instance.db.write(domains.allow, None, "good.example")
    kind, nora = good.persona("kind"), other.persona("nora")
    assert (await kind.posts(one.amina.inbox, kind.says("Follow", one.amina.uri))).status_code == 202
    assert (await nora.posts(one.amina.inbox, nora.says("Follow", one.amina.uri))).status_code == 401
    assert other.asked == []
    await fediverse.settle()
    assert "follow_request" in await one.amina.notices()
    await one.instance.db.write(domains.disallow, None, "good.example")
    assert (await kind.posts(one.amina.inbox, kind.says("Like", one.amina.uri))).status_code == 401
    with pytest.raises(Refused):
        await one.instance.db.write(
            lambda tx: [
                domains.put_rule(tx, None, "good.example", SUSPEND),
                domains.allow(tx, None, "good.example"),
            ]
        )


async def test_a24_what_was_erased_after_a_month_does_not_come_back(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """The server lifted, its people are there again, what they had written is not, and new words come."""
    await two.bruno.writes("good morning", intimacy=1)
    await fediverse.settle()
    await suspend(one, "two.example")
    bruno = await one.amina.knows(two.bruno)
    await fediverse.later(days=31)
    assert await ask(one, people_rows.is_purged, bruno.id)
    words = await ask(one, lambda tx: tx.column(select(posts.c.text).where(posts.c.author_id == bruno.id)))
    assert words == [""]
    await lift(one, "two.example")
    assert not await ask(one, people_rows.is_purged, bruno.id)
    await one.amina.does(ties.follow, two.bruno)
    await fediverse.settle()
    await two.bruno.writes("good evening", intimacy=1)
    await fediverse.settle()
    assert "good evening" in await one.amina.reads()
    assert "good morning" not in await one.amina.reads()


# -- people


async def test_other_servers_are_told_that_a_member_is_suspended_and_is_not_any_more(
    fediverse: Fediverse, one: Server
) -> None:
    """And of what they wrote of themselves nothing is told while they are."""
    good = fediverse.peer("good.example", "kind")
    kind = await one.amina.knows(good.persona("kind"))
    db = one.instance.db
    await db.write(lambda tx: tie_rows.put_follow(tx, kind.id, one.amina.id, state="accepted", uri=None))
    await db.write(judging.judge, None, one.amina.id, "suspend", "spam")
    await fediverse.settle()
    told = good.said("Update")[-1]["object"]
    assert (told["id"], told.get("suspended"), told.get("name", "")) == (one.amina.uri, True, "")
    await db.write(judging.lift, None, one.amina.id, "suspend")
    await fediverse.settle()
    told = good.said("Update")[-1]["object"]
    assert (told.get("suspended", False), told["name"]) == (False, "Amina")


async def test_a24_one_person_elsewhere_is_suspended(fediverse: Fediverse, one: Server, two: Server) -> None:
    """A24: their friends here are told, others of their server stay, and nothing of theirs comes in."""
    await fediverse.befriend(one.amina, two.dov)
    bruno = await one.amina.knows(two.bruno)
    await one.instance.db.write(judging.judge, None, bruno.id, "suspend", "spam")
    await fediverse.settle()
    assert (await one.amina.notices()).count("severed_relationships") == 1
    await two.bruno.writes("good morning", intimacy=1)
    await two.dov.writes("good evening", intimacy=1)
    await fediverse.settle()
    assert "good morning" not in await one.amina.reads()
    assert "good evening" in await one.amina.reads()


async def test_pictures_of_a_server_that_nobody_wants(fediverse: Fediverse, one: Server, bad: Peer) -> None:
    """A23 (media): with `reject_media` words come in and pictures do not, also those that came before."""
    mallory = bad.persona("mallory")
    await follow_publicly(one, mallory)
    picture = {"type": "Image", "mediaType": "image/png", "url": "https://evil.example/files/1.png"}

    async def says(text: str) -> int:
        note = mallory.note(text, [PUBLIC], attachment=[picture])
        await mallory.posts(one.amina.inbox, mallory.says("Create", note))
        await fediverse.settle()
        found = next(view for view in await one.amina.home() if view.post.text == text)
        return len(found.media)

    assert await says("before") == 1
    await suspend(one, "evil.example", Wish(severity="none", reject_media=True))
    assert [len(view.media) for view in await one.amina.home() if view.post.text == "before"] == [0]
    assert await says("after") == 0
    await lift(one, "evil.example")
    assert await says("again") == 1


async def test_moderators_hear_of_a_flag(fediverse: Fediverse, one: Server, bad: Peer) -> None:
    """A14: who sent it is told to them, and nothing once nobody wants that server's reports."""
    db = one.instance.db
    await db.write(judging.give_role, None, one.eve.id, "moderator")
    mallory = bad.persona("mallory")

    async def flags() -> int:
        await mallory.posts(one.amina.inbox, mallory.says("Flag", one.amina.uri, content="rude"))
        await fediverse.settle()
        return (await one.eve.notices()).count("admin.report")

    assert await flags() == 1
    assert "admin.report" not in await one.amina.notices()
    await suspend(one, "evil.example", Wish(severity="none", reject_reports=True))
    assert await flags() == 1
