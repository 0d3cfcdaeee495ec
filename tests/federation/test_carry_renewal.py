"""Tickets: a block withdraws them at once, and they come anew at the ordinary renewal (R19); by their name
readers answer; and they are good among people who share a server."""

import json
from datetime import datetime, timedelta
from functools import partial

import pytest

from fedi_aid.actions import carried_posts, carry_tickets, help, ties
from fedi_aid.activitypub import carry_documents
from fedi_aid.audience import engine
from fedi_aid.model.intimacy import Intimacy
from fedi_aid.model.people import CARRY_ABILITY
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import audience_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse
from tests.federation.test_carry import LOOK_UP, Three, world
from tests.federation.test_posts import Puppet

pytestmark = pytest.mark.anyio
__all__ = ["world"]


async def test_a_block_during_a_lease_takes_the_request_back_and_brings_it_again(
    world: Three, fediverse: Fediverse
) -> None:
    """R19, P12: the blocked one never sees it again; the others do, without a new notice."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe()
    dov = await world.one.amina.knows(world.two.dov)
    await world.one.instance.db.write(ties.block, world.one.amina.id, dov.id)
    await fediverse.settle()
    assert (await world.asked()).state == "resting"
    assert await world.seen_by_chloe() == []
    # The next ordinary renewal: a new ticket, and Bruno is not asked again.
    await fediverse.later(hours=40)
    await world.one.instance.db.write(carry_tickets.renew)
    await fediverse.settle()
    await fediverse.later(minutes=31)
    assert (await world.asked()).state == "accepted"
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]


async def test_a_renewed_ticket_goes_on_without_a_new_notice(world: Three, fediverse: Fediverse) -> None:
    """C11: the lease is longer, and nobody is told twice."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    told = await world.three.chloe.notices()
    await fediverse.later(hours=50)
    await world.one.instance.db.write(carry_tickets.renew)
    await fediverse.settle()
    await fediverse.later(minutes=31)
    await fediverse.later(hours=30)
    await world.three.instance.db.write(carried_posts.lapse)
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]
    assert await world.three.chloe.notices() == told


async def test_an_answer_with_the_ticket_of_before_is_no_strangers(
    world: Three, fediverse: Fediverse
) -> None:
    """§4.10: Amina's server has renewed, Chloé's has not heard of it yet; a ticket taken back is another thing."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    db = world.one.instance.db
    (before,) = await db.read(ask_rows.asks_of, world.post_id)
    fediverse.clock.forward(hours=50)
    await db.write(carry_tickets.renew)
    (after,) = await db.read(ask_rows.asks_of, world.post_id)
    assert after.ticket_ends_at is not None
    assert before.ticket_ends_at is not None
    assert after.ticket_ends_at - before.ticket_ends_at > timedelta(hours=40)
    (seen,) = [one for one in await world.three.chloe.home() if one.author.username == "amina"]
    await world.three.chloe.writes("I know a carpenter.", reply_to_id=seen.post.id)
    await fediverse.settle()
    assert any("I know a carpenter." in text for text in await world.one.amina.told())
    dov = await world.one.amina.knows(world.two.dov)
    await db.write(ties.block, world.one.amina.id, dov.id)
    (last,) = await db.read(ask_rows.asks_of, world.post_id)
    assert last.ticket_uri != before.ticket_uri
    assert await db.read(ask_rows.ask_by_uri, before.ticket_uri or "") is None


async def test_a_tickets_name_passed_around_lets_no_more_in_than_it_has_seats(
    world: Three, fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§4.10, S2, P12: two seats in all, and none for who is barred; the third who says the ticket's name waits
    among strangers, as one without."""
    monkeypatch.setattr(engine, "TICKET_SEATS", {Intimacy.BOTTLE: 2, Intimacy.WIDE: 1})
    await world.ask()
    (ask,) = await world.one.instance.db.read(ask_rows.asks_of, world.post_id)
    note = await world.uri()
    db = world.one.instance.db
    peer = fediverse.peer("evil.example", "late", "barred", "one", "two", "three", plain=False)
    await db.write(lambda tx: ask_rows.change_ask(tx, ask.id, state="withdrawn"))
    await world.one.amina.does(ties.mute, peer.persona("barred"))
    for name in ("late", "barred", "one", "two", "three"):
        who = peer.persona(name)
        answer = who.note(
            f"Number {name}.",
            [world.one.amina.uri],
            inReplyTo=note,
            helpOffer=True,
            instrument=ask.ticket_uri,
        )
        answer["tag"] = [{"type": "Mention", "href": world.one.amina.uri}]
        await who.posts(world.one.amina.inbox, who.says("Create", answer, to=answer["to"]))
        await fediverse.settle()
        await db.write(lambda tx: ask_rows.change_ask(tx, ask.id, state="open"))
    for name in ("late", "barred"):
        person = await world.one.amina.knows(peer.persona(name))
        assert not await db.read(audience_rows.ever_held, person.id, world.post_id), name
    told = " ".join(await world.one.amina.told())
    assert "Number one." in told
    assert "Number two." in told
    assert "Number three." not in told


async def test_a_ticket_leaves_out_all_whom_its_author_barred_or_is_not_given(
    world: Three, fediverse: Fediverse
) -> None:
    """R19, P12: with the servers she muted, as far as their people are known; and none that leaves some in."""
    db, amina = world.one.instance.db, world.one.amina
    odd = {"url": "", "locked": False, "implements": [CARRY_ABILITY]}

    def bar(tx: Tx) -> None:
        tie_rows.put_domain_mute(tx, amina.id, "muted.example")
        for name, more in (("known", odd), ("plain", {**odd, "implements": []})):
            uri = f"https://muted.example/users/{name}"
            people_rows.insert(tx, uri=uri, username=name, domain="muted.example", **more)

    await db.write(bar)
    known = "https://muted.example/users/known"
    assert await db.read(partial(tie_rows.barred_uris, author_id=amina.id, limit=513)) == [known]
    await world.ask()
    held = json.loads((await world.asked()).ticket)
    assert carry_documents.short_hash(held["salt"], known) in held["exclude"]
    began = datetime.fromisoformat(held["published"])
    assert timedelta(0) < fediverse.clock() - began < timedelta(hours=1)  # for clocks that are behind

    def bar_many(tx: Tx) -> None:
        for number in range(512):
            uri = f"https://muted.example/users/p{number}"
            who = people_rows.insert(tx, uri=uri, username=f"p{number}", domain="muted.example", url="")
            tie_rows.put_block(tx, amina.id, who)

    await db.write(bar_many)
    await world.one.instance.db.write(carry_tickets.renew_tickets_of, amina.id)
    await fediverse.settle()
    assert json.loads((await world.asked()).ticket) == held  # no other was given


@pytest.fixture
async def across(fediverse: Fediverse) -> Three:
    """Amina and Chloé on one server; Bruno, who carries from the one to the other, on another."""
    one = await fediverse.server("one.example", "amina", "chloe", "zoe")
    two = await fediverse.server("two.example", "bruno", "dov")
    await fediverse.befriend(one.amina, two.bruno)
    for friend in (one.chloe, one.zoe):
        await fediverse.befriend(two.bruno, friend)
    return Three(fediverse, one, two, one)


async def test_author_and_reader_on_one_server(across: Three, fediverse: Fediverse) -> None:
    """R1, R2, C01, §3: the same rules, whoever shares a server; and what Amina is told counts nobody of it."""
    one = across.one
    await one.zoe.does(ties.block, one.amina)
    await across.ask()
    numbers = await one.amina.sees(across.post_id)
    await across.agree()
    assert await across.seen_by_chloe() == ["My shop needs a ramp. #wood"]
    assert await one.zoe.reads() == []
    (seen,) = [view for view in await one.chloe.home() if view.author.username == "amina"]
    assert seen.boost is not None
    assert seen.boost.person.handle == "bruno@two.example"
    assert seen.access is not None
    assert (seen.access.kind, seen.access.circle) == ("carried", 2)
    assert await one.amina.sees(across.post_id) == numbers
    await one.amina.edits(across.post_id, "A ramp, 2 m long.")
    await fediverse.settle()
    assert await across.seen_by_chloe() == ["A ramp, 2 m long."]
    for _ in range(4):
        await fediverse.later(hours=24)
        await fediverse.later(minutes=31)
    assert await across.seen_by_chloe() == ["A ramp, 2 m long."]
    await one.chloe.writes("I know a carpenter.", reply_to_id=seen.post.id)
    assert any("I know a carpenter." in text for text in await one.amina.told())
    await one.instance.db.write(help.lower, one.amina.id, across.post_id)
    await fediverse.settle()
    assert await across.seen_by_chloe() == ["I know a carpenter."]  # her own words
    assert set(await across.lease_states()) == {"ended"}


async def test_a_ticket_taken_back_here_is_known_here(across: Three, fediverse: Fediverse) -> None:
    """R6, R19, P12: Bruno's server keeps the ticket that Amina withdrew, and an edition she has replaced, and
    brings them to another member of her own server."""
    one, two = across.one, across.two
    await across.ask()
    held = await across.asked()
    old = await two.instance.db.read(post_rows.signed_activity, held.post_id)
    await one.amina.knows(two.dov)
    fediverse.internet.kill("two.example")  # so that it hears nothing of what follows
    await one.amina.edits(across.post_id, "A ramp, 2 m long.")
    await one.amina.does(ties.block, two.dov)
    await fediverse.settle()
    bruno = Puppet(fediverse, two.bruno).persona
    bruno.proof_key_id = f"{two.bruno.uri}#ed25519-key"

    async def brings(document: bytes | None, number: int) -> None:
        assert document is not None
        offer = carry_documents.build_carry_offer(
            id=f"{two.bruno.uri}/offers/{number}",
            carrier=two.bruno.uri,
            recipient=one.chloe.uri,
            document=json.loads(document),
            ticket=json.loads(held.ticket),
            published=fediverse.clock(),
        )
        body = json.dumps(bruno.proves(offer, fediverse.clock())).encode()
        await Puppet(fediverse, two.bruno).posts(one.chloe.inbox, body)
        await fediverse.settle()
        assert await across.seen_by_chloe() == []

    new = await one.instance.db.read(post_rows.signed_activity, across.post_id)
    assert json.loads(new or b"{}")["object"]["revision"] == 2
    await brings(new, 1)
    (ask,) = await one.instance.db.read(ask_rows.asks_of, across.post_id)
    await one.instance.db.write(lambda tx: ask_rows.change_ask(tx, ask.id, ticket_uri=held.ticket_uri))
    await brings(old, 2)
    await one.instance.db.write(lambda tx: ask_rows.change_ask(tx, ask.id, state="withdrawn"))
    await brings(new, 3)
    await one.instance.db.write(lambda tx: ask_rows.change_ask(tx, ask.id, state="open"))
    with pytest.raises(AssertionError):
        await brings(new, 4)
