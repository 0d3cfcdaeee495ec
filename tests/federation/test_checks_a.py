"""Rows of the checklist on who may do what, on order, time and dead peers, that no other file reaches."""

import json
import shutil
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from fedi_aid.actions import carrying, reactions, ties
from fedi_aid.errors import FediAidError
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Server, Who
from tests.federation.test_carry import LOOK_UP, Smuggler, Three
from tests.federation.test_posts import Puppet, uri_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def two(fediverse: Fediverse, one: Server) -> Server:
    made = await fediverse.server("two.example", "bruno", "dov")
    await fediverse.befriend(one.amina, made.bruno)
    return made


async def three_servers(fediverse: Fediverse) -> Three:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno", "dov")
    three = await fediverse.server("three.example", "chloe", "eve")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    await fediverse.befriend(three.chloe, three.eve)
    return Three(fediverse, one, two, three)


# -- answers, order


def parents(tx: Tx, *, uri: str) -> list[Any]:
    columns = (posts.c.reply_to_id, posts.c.reply_to_person_id, posts.c.reach)
    return list(tx.all(select(*columns).where(posts.c.uri == uri)))


async def test_an_answer_to_a_hidden_post_says_nothing_of_it(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """A20, RULES R4: to its author without its parent link, as an answer to a post that is not there; to
    nobody else; and the sender cannot tell."""
    hidden = await uri_of(one, await one.amina.writes("For friends.", intimacy=2))
    missing = "https://one.example/notes/2222222222222222"
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    answers, rows = [], []
    for parent in (hidden, missing):
        for to in ([one.amina.uri], [one.eve.uri], ["https://www.w3.org/ns/activitystreams#Public"]):
            note = mallory.note("Is it there?", to, inReplyTo=parent)
            got = await mallory.posts(one.amina.inbox, mallory.says("Create", note))
            answers.append((got.status_code, got.content, sorted(got.headers)))
            await fediverse.settle()
            rows.append(await one.instance.db.read(partial(parents, uri=note["id"])))
    assert len({str(answer) for answer in answers}) == 1
    assert rows[:3] == rows[3:]
    assert all(row.reply_to_id is None and row.reply_to_person_id is None for found in rows for row in found)
    assert not [item for item in await one.eve.home() if item.author.username == "mallory"]


async def test_what_is_said_of_one_object_is_understood_in_its_order(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """A22: updates without a time of their own, a Delete after them, and another object in between."""
    amina = Puppet(fediverse, one.amina)

    def note(name: str, words: str) -> dict[str, Any]:
        uri = f"https://one.example/notes/{name}"
        to = [f"{uri}/audience"]
        return {
            "id": uri,
            "type": "Note",
            "attributedTo": one.amina.uri,
            "content": f"<p>{words}</p>",
            "to": to,
        }

    for number in range(8):
        kind = "Create" if number == 0 else "Update"
        for name in ("kept", "gone"):
            about = note(name, f"{name} {number}")
            activity = {"id": f"{about['id']}/{number}", "type": kind, "actor": one.amina.uri}
            await amina.posts(two.bruno.inbox, activity | {"object": about})
    gone = note("gone", "")["id"]
    delete = {"id": f"{gone}/delete", "type": "Delete", "actor": one.amina.uri, "object": gone}
    await amina.posts(two.bruno.inbox, delete)
    late = {"id": f"{gone}/late", "type": "Update", "actor": one.amina.uri, "object": note("gone", "late")}
    await amina.posts(two.bruno.inbox, late)
    keys = await two.instance.db.read(
        lambda tx: tx.column(select(jobs.c.order_key).where(jobs.c.kind == "handle_activity"))
    )
    assert len(keys) == 18
    assert len(set(keys)) == 2
    await fediverse.settle()
    assert await two.bruno.reads() == ["kept 7"]


@pytest.mark.parametrize(
    "published",
    [
        *("2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-03-14T08:59:00"),
        *("2026-06-30T23:59:60Z", "yesterday", "", "2026-02-30T00:00:00Z", "-1"),
    ],
)
async def test_a_date_cannot_put_a_post_on_top_for_ever(
    fediverse: Fediverse, one: Server, published: str
) -> None:
    """D09: the future is now, what is no date is now; nothing of it breaks."""
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    note = frank.note("When?", [one.amina.uri], published=published, updated=published)
    assert (await frank.posts(one.amina.inbox, frank.says("Create", note))).status_code == 202
    await fediverse.settle()
    row = await one.instance.db.read(
        lambda tx: tx.first(select(posts.c.created_at).where(posts.c.uri == note["id"]))
    )
    assert row is not None
    now = fediverse.clock()
    assert row.created_at <= now + timedelta(minutes=5)
    assert row.created_at >= now - timedelta(minutes=5)


# -- dead peers and restored ones


async def test_a_dead_host_is_given_up_and_hardly_asked(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """D13: after a week nothing waits for it any more, and its queue was never tried all at once."""
    fediverse.internet.kill("two.example")
    for number in range(12):
        await one.amina.writes(f"Day {number}.", intimacy=2)
    await fediverse.settle()
    seen = len(fediverse.internet.exchanges)
    for _ in range(8 * 24):
        fediverse.clock.forward(hours=1)
        await one.runner.run_until_idle()
    tried = [item for item in fediverse.internet.exchanges[seen:] if item.host == "two.example"]
    waiting = {name: number for name, number in (await one.waiting()).items() if "deliver" in name}
    assert waiting == {"deliver:buried": 12}
    assert len(tried) <= 8 * 24 + 12  # one probe at a time, not twelve


async def test_a_restored_backup_sends_nothing_again_and_brings_nothing_back(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """X06: what was delivered is not delivered again; what was deleted since stays deleted elsewhere."""
    post_id = await one.amina.writes("Before the backup.", intimacy=2)
    await fediverse.settle()
    backup = fediverse.folder / "backup.sqlite3"
    database = fediverse.folder / "one.example.sqlite3"
    await one.instance.net.aclose()
    await one.instance.db.close()
    shutil.copyfile(database, backup)
    again = await reopened(fediverse, one, database)
    await again.amina.deletes(post_id)
    await fediverse.settle()
    assert await two.bruno.reads() == []
    await again.instance.net.aclose()
    await again.instance.db.close()
    shutil.copyfile(backup, database)
    for leftover in (database.with_name(database.name + "-wal"), database.with_name(database.name + "-shm")):
        leftover.unlink(missing_ok=True)
    restored = await reopened(fediverse, one, database)
    seen = len(fediverse.internet.exchanges)
    await fediverse.later(hours=1)
    posted = [item for item in fediverse.internet.exchanges[seen:] if item.method == "POST"]
    assert posted == []
    await restored.amina.edits(post_id, "Back again?")
    await fediverse.settle()
    assert await two.bruno.reads() == []


async def reopened(fediverse: Fediverse, server: Server, database: Any) -> Server:
    """The same host over the file that is there now, with the same people."""
    template, fediverse.template = fediverse.template, fediverse.folder / "copied.sqlite3"
    shutil.copyfile(database, fediverse.template)
    made = await fediverse.server(server.host)
    fediverse.template = template
    for name, who in server.people.items():
        member = await made.instance.db.read(people_rows.member, who.id)
        assert member is not None
        made.people[name] = Who(made, member)
    return made


# -- carrying


async def test_what_was_carried_to_somebody_goes_no_further(fediverse: Fediverse) -> None:
    """C16, RULES R1, R16: Chloé holds a copy and no ticket: she can neither boost, nor carry, nor forward."""
    world = await three_servers(fediverse)
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]
    seen = next(one for one in await world.three.chloe.home() if one.author.username == "amina")
    db, chloe = world.three.instance.db, world.three.chloe
    with pytest.raises(FediAidError):
        await db.write(reactions.boost, chloe.id, seen.post.id)
    assert await db.write(lambda tx: carrying.spread(tx, seen.post.id, chloe.id)) == 0
    sent = len(fediverse.internet.exchanges)
    await fediverse.later(hours=1)
    assert await world.three.eve.reads() == []
    assert not any(b'"Offer"' in item.body for item in fediverse.internet.exchanges[sent:])
    assert await db.read(lambda tx: carry_rows.carried(tx, seen.post.id, chloe.id)) == []


async def test_a_suspended_author_is_not_carried_by_an_honest_friend(fediverse: Fediverse) -> None:
    """C18, A23: Bruno is fine, Amina's server is blocked at Chloé's."""
    three = await fediverse.server("three.example", "chloe", "eve")
    smuggler = Smuggler(fediverse, three)
    await smuggler.befriend(smuggler.bruno)

    def suspend(tx: Tx) -> None:
        tx.insert(domain_rules, domain="a.example", severity="suspend", created_at=tx.now)

    await three.instance.db.write(suspend)
    assert (await smuggler.bruno.posts(three.chloe.inbox, smuggler.offer())).status_code == 202
    assert await smuggler.shown() == []
    assert smuggler.one.asked == []  # nor is anything fetched from there
    count = await three.instance.db.read(
        lambda tx: tx.scalar(select(func.count()).where(posts.c.uri.like("https://a.example/%")))
    )
    assert count == 0


async def test_what_is_carried_is_the_latest_signed_word(fediverse: Fediverse) -> None:
    """RULES R18: edited before Bruno agreed, the Update travels, at the current revision, byte for byte."""
    world = await three_servers(fediverse)
    await world.ask("A ramp, please.")
    await world.one.amina.edits(world.post_id, "A ramp, 2 m long, please.")
    await fediverse.settle()
    update = next(one for one in fediverse.posts_to("/users/bruno/inbox") if b'"Update"' in one.body)
    await world.agree()
    offer = next(one for one in fediverse.posts_to("/users/chloe/inbox") if b'"Offer"' in one.body)
    carried = json.loads(offer.body)["object"]
    assert carried == json.loads(update.body)
    assert carried["object"]["revision"] == 2
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe() == ["A ramp, 2 m long, please."]


# -- one dead host holds up nobody else


async def test_a_dead_host_does_not_hold_up_the_others(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    dead = fediverse.peer("dead.example", "dora")
    dora = dead.persona("dora")
    await dora.posts(one.amina.inbox, dora.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, dora)
    await fediverse.settle()
    await dora.posts(one.amina.inbox, dora.says("Accept", dead.said("Follow")[-1]))
    await fediverse.settle()
    fediverse.internet.kill("dead.example")
    for number in range(20):
        await one.amina.writes(f"Word {number}.", intimacy=2)
    await fediverse.settle()
    assert len(await two.bruno.reads()) == 20
    assert (await one.waiting())["deliver:waiting"] == 20


async def test_a_word_of_introduction_travels_in_the_follow(
    fediverse: Fediverse, one: Server, two: Server
) -> None:
    """RULES R23: as plain text, to the one it is for, whoever wrote the markup around it."""
    await one.eve.does(ties.follow, two.dov, word="We met at the market.")
    await fediverse.settle()
    sent = [item for item in fediverse.internet.exchanges if b"We met at the market." in item.request_bytes]
    assert [item.url for item in sent] == [two.dov.inbox]
    frank = fediverse.peer("plain.example", "frank").persona("frank")
    markup = "<p>From <b>Lyon</b>.<script>alert(1)</script></p>"
    await frank.posts(two.dov.inbox, frank.says("Follow", two.dov.uri, content=markup))
    await fediverse.settle()
    words = {}
    for who in (one.eve, frank):
        known = await two.dov.knows(who)
        asked = await two.instance.db.read(tie_rows.follow, known.id, two.dov.id)
        assert asked is not None
        words[known.username] = asked.word
    assert words == {"eve": "We met at the market.", "frank": "From Lyon."}
