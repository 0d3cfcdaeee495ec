"""A request travels from Amina over Bruno to Chloé, three servers; and everything that must stop it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from fedi_aid.actions import carry_consent, carry_tickets, editing, help, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.activitypub import carry_documents
from fedi_aid.activitypub.builders.stamps import stamp
from fedi_aid.activitypub.delivery.carry import padded
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PostId
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage.tables.help import leases, received_asks
from fedi_aid.storage.tables.posts import posts
from tests.federation.conftest import Fediverse, Peer, Persona, Server

pytestmark = pytest.mark.anyio

LOOK_UP = {"hours": 14}  # RULES R20: the author is looked up after 1 to 12 hours, and a little spread


class Three:
    """Amina – Bruno – Chloé on three servers, and the request between them."""

    def __init__(self, fediverse: Fediverse, one: Server, two: Server, three: Server) -> None:
        self.fediverse, self.one, self.two, self.three = fediverse, one, two, three
        self.post_id = PostId(0)

    async def ask(self, text: str = "My shop needs a ramp. #wood", *, intimacy: int = 0) -> None:
        """Amina raises her flag and her server asks Bruno's to carry."""
        self.post_id = await self.one.amina.asks(text, intimacy=intimacy)
        await self.fediverse.settle()
        bruno = await self.one.amina.knows(self.two.bruno)
        post = await self.one.instance.db.read(post_rows.get, self.one.amina.id, self.post_id)
        assert post is not None
        await self.one.instance.db.write(lambda tx: carry_tickets.ask_to_carry(tx, post, bruno, wave=1))
        await self.fediverse.settle()

    async def asked(self) -> Any:
        """What Bruno's server was asked."""
        return await self.two.instance.db.read(
            lambda tx: tx.first(select(received_asks).where(received_asks.c.kind == "carry"))
        )

    async def agree(self) -> None:
        asked = await self.asked()
        await self.two.instance.db.write(carry_consent.answer, self.two.bruno.id, asked.id, yes=True)
        await self.fediverse.settle()
        await self.fediverse.later(minutes=31)

    async def uri(self) -> str:
        return await self.one.instance.db.read(
            lambda tx: tx.scalar(select(posts.c.uri).where(posts.c.id == self.post_id))
        )

    async def seen_by_chloe(self) -> list[str]:
        return await self.three.chloe.reads()

    async def lease_states(self) -> list[str]:
        return await self.three.instance.db.read(lambda tx: tx.column(select(leases.c.state)))


@pytest.fixture
async def world(fediverse: Fediverse) -> Three:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno", "dov")
    three = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, two.bruno)
    await fediverse.befriend(two.bruno, three.chloe)
    return Three(fediverse, one, two, three)


async def test_a_request_travels_across_three_servers(world: Three, fediverse: Fediverse) -> None:
    """FEDERATION_EXTENSION §4: publish, ask, consent, carry, verify, look up, show, answer."""
    await world.ask()
    assert (await world.asked()).state in ("waiting", "asked")
    assert await world.seen_by_chloe() == []  # nothing without Bruno's yes
    await world.agree()
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]  # Bruno vouches for it
    assert (await world.three.waiting()).get("look_up_author:waiting") == 1
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]
    seen = next(one for one in await world.three.chloe.home() if one.author.username == "amina")
    assert seen.boost is not None
    assert seen.boost.person.handle == "bruno@two.example"
    assert [one.handle for one in seen.carriers] == ["bruno@two.example"]
    assert seen.access is not None
    assert (seen.access.kind, seen.access.circle) == ("carried", 2)
    # Chloé answers Amina directly, with the ticket that reached her: she is no stranger there.
    await world.three.chloe.writes("I know a carpenter.", reply_to_id=seen.post.id)
    await fediverse.settle()
    assert any("I know a carpenter." in text for text in await world.one.amina.told())


async def test_who_learns_what(world: Three, fediverse: Fediverse) -> None:
    """FEDERATION_EXTENSION §8: Amina's server learns neither Chloé nor Bruno's consent."""
    await world.ask()
    await world.agree()
    before = len(fediverse.internet.exchanges)
    given = b"".join(fediverse.internet.received_by("one.example"))
    assert b"chloe" not in given.lower()
    await fediverse.later(**LOOK_UP)
    look_ups = [one for one in fediverse.internet.exchanges[before:] if one.host == "one.example"]
    assert look_ups  # that some server looked up Amina may be learned, and nothing else (RULES R20)
    for exchange in look_ups:
        assert b"chloe" not in exchange.request_bytes.lower()
        signed = [value for name, value in exchange.headers if name.lower().startswith(b"signature")]
        assert not signed or b"https://three.example/actor#" in b"".join(signed)  # F15
    posted = [one.host for one in fediverse.internet.exchanges if b'"Offer"' in one.body]
    assert posted == ["two.example", "three.example"]
    for word in (b"bruno", b"two.example"):
        assert all(
            word not in one.body
            for one in fediverse.internet.exchanges
            if one.host == "one.example" and one.body and b"Follow" not in one.body
        )


async def test_an_answer_waits_for_the_look_up(world: Three, fediverse: Fediverse) -> None:
    """RULES R20, P01: while Bruno alone vouches for it, not a byte of server three reaches Amina's."""
    await world.ask()
    await world.agree()

    def passed() -> list[Any]:
        both = {"one.example", "three.example"}
        return [one for one in fediverse.internet.exchanges if {one.host, one.sender} == both]

    (seen,) = [one for one in await world.three.chloe.home() if one.author.username == "amina"]
    await world.three.chloe.writes("I know a carpenter.", reply_to_id=seen.post.id)
    await fediverse.settle()
    assert passed() == []
    await fediverse.later(**LOOK_UP)
    assert passed()[0].method == "GET"
    assert any("I know a carpenter." in text for text in await world.one.amina.told())


async def test_carries_are_padded(world: Three, fediverse: Fediverse) -> None:
    """C21."""
    await world.ask()
    await world.agree()
    offer = next(one for one in fediverse.posts_to("/users/chloe/inbox") if b'"Offer"' in one.body)
    assert len(offer.body) % 4096 == 0
    assert len(padded(b"x" * 4096)) == 4096
    assert len(padded(b"x" * 4097)) == 8192


async def test_update_and_delete_are_forwarded_byte_for_byte(world: Three, fediverse: Fediverse) -> None:
    """§4.7, C17, J14."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    await world.one.amina.edits(world.post_id, "My shop needs a ramp, 2 m long.")
    await fediverse.settle()
    assert await world.seen_by_chloe() == ["My shop needs a ramp, 2 m long."]
    updates = [
        one.body for one in fediverse.internet.exchanges if one.method == "POST" and b'"Update"' in one.body
    ]
    assert len(updates) == 2
    assert updates[0] == updates[1]
    forwarded = next(one for one in fediverse.posts_to("/users/chloe/inbox") if b'"Update"' in one.body)
    assert forwarded.sender == "two.example"
    await world.one.amina.deletes(world.post_id)
    await fediverse.settle()
    assert await world.seen_by_chloe() == []
    left = await world.three.instance.db.read(
        lambda tx: tx.column(
            select(posts.c.id).where(posts.c.deleted_at.is_(None), posts.c.reach == "chosen")
        )
    )
    assert left == []


async def test_a_lowered_flag_comes_down_on_all_three(world: Three, fediverse: Fediverse) -> None:
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe()
    await world.one.instance.db.write(help.lower, world.one.amina.id, world.post_id)
    await fediverse.settle()
    for server in (world.one, world.two, world.three):
        flags = await server.instance.db.read(
            lambda tx: tx.column(select(posts.c.help_flag).where(posts.c.help_flag.is_not(None)))
        )
        assert flags == [False]
    assert await world.seen_by_chloe() == []
    assert set(await world.lease_states()) == {"ended"}


async def test_lowered_before_it_was_ever_shown(world: Three, fediverse: Fediverse) -> None:
    """C08: the flag comes down while the offer waits for the author's look-up."""
    await world.ask()
    await world.agree()
    await world.one.instance.db.write(help.lower, world.one.amina.id, world.post_id)
    await fediverse.settle()
    await fediverse.later(**LOOK_UP)
    await fediverse.later(hours=1)
    assert await world.seen_by_chloe() == []


async def test_the_carrier_withdraws(world: Three, fediverse: Fediverse) -> None:
    """§4.9: Undo(Offer)."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe()
    theirs = await world.two.instance.db.read(lambda tx: tx.scalar(select(received_asks.c.post_id)))
    await world.two.instance.db.write(carry_consent.withdraw, world.two.bruno.id, theirs)
    await fediverse.settle()
    assert await world.seen_by_chloe() == []


async def test_the_author_withdraws_the_ticket(world: Three, fediverse: Fediverse) -> None:
    """RULES R6, §4.9: a block of the carrier deletes the ticket, and what was carried on it goes."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe()
    await world.one.amina.does(ties.block, world.two.bruno)
    await fediverse.settle()
    assert await world.seen_by_chloe() == []
    assert all("ramp" not in text for text in await world.two.bruno.reads())


async def test_a_lease_lapses_without_renewal(world: Three, fediverse: Fediverse) -> None:
    """C11: Amina's server vanishes; the copy dies by itself."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe()
    fediverse.stop(world.one)
    for _ in range(4):
        await fediverse.later(hours=24)
    assert await world.seen_by_chloe() == []


async def test_a_renewed_lease_does_not_notify_again(world: Three, fediverse: Fediverse) -> None:
    """C11, §4.8."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    shown = len(await world.three.chloe.home())
    for _ in range(5):
        await fediverse.later(hours=24)
        await fediverse.later(hours=1)
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]
    assert len(await world.three.chloe.home()) == shown


async def test_level_one_waits_for_a_second_carrier(world: Three, fediverse: Fediverse) -> None:
    """C10, §4.5 (12): one carrier without a shared cause holds it back."""
    await world.ask(intimacy=1)
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.lease_states() == ["held"]
    assert await world.seen_by_chloe() == []


async def test_level_two_is_never_signed_nor_carried(world: Three, fediverse: Fediverse) -> None:
    """P11, C05."""
    world.post_id = await world.one.amina.asks("Between us.", intimacy=2)
    await fediverse.settle()
    assert await world.two.bruno.reads() == ["Between us."]
    assert not any(b'"proof"' in one.body for one in fediverse.internet.exchanges)
    bruno = await world.one.amina.knows(world.two.bruno)
    post = await world.one.instance.db.read(post_rows.get, world.one.amina.id, world.post_id)
    assert post is not None
    await world.one.instance.db.write(lambda tx: carry_tickets.ask_to_carry(tx, post, bruno, wave=1))
    await fediverse.settle()
    assert await world.asked() is None


# -- a hand-made carrier: everything that must not pass


class Smuggler:
    """Amina and Bruno by hand, so that each document can be bent; Chloé is real."""

    def __init__(self, fediverse: Fediverse, three: Server) -> None:
        self.fediverse, self.three = fediverse, three
        self.one: Peer = fediverse.peer("a.example", "amina", plain=False)
        self.two: Peer = fediverse.peer("b.example", "bruno", "mallory", plain=False)
        self.amina, self.bruno = self.one.persona("amina"), self.two.persona("bruno")
        self.mallory: Persona = self.two.persona("mallory")

    async def befriend(self, who: Persona) -> None:
        chloe = self.three.chloe
        await who.posts(chloe.inbox, who.says("Follow", chloe.uri))
        await self.fediverse.settle()
        await chloe.does(ties.accept, who)
        await self.fediverse.settle()
        asked = who.peer.said("Follow")[-1]
        await who.posts(chloe.inbox, who.says("Accept", asked))
        await self.fediverse.settle()

    def create(self, **note: Any) -> dict[str, Any]:
        found = self.amina.note("A ramp, please.", ["https://a.example/notes/ramp/audience"], "notes/ramp")
        found |= {"intimacyLevel": 0, "helpFlag": True, "revision": 1} | note
        activity = self.amina.says("Create", found, "notes/ramp/activity", to=found["to"])
        return self.amina.proves(activity, self.fediverse.clock())

    def ticket(self, **change: Any) -> dict[str, Any]:
        now = self.fediverse.clock()
        made = carry_documents.build_ticket(
            id=self.amina.id("tickets/1"),
            author=self.amina.uri,
            note_id=self.amina.id("notes/ramp"),
            carrier=self.bruno.uri,
            level=0,
            seats=5,
            salt="salt",
            exclude=carry_documents.exclusion_list("salt", [], b"key"),
            published=now,
            ends=now + carry_documents.MAX_LEASE,
        )
        return self.amina.proves(made | change, now)

    def offer(
        self, create: Any = None, ticket: Any = None, name: str = "offers/1", **change: Any
    ) -> dict[str, Any]:
        made = carry_documents.build_carry_offer(
            id=self.bruno.id(name),
            carrier=self.bruno.uri,
            recipient=self.three.chloe.uri,
            document=create or self.create(),
            ticket=ticket or self.ticket(),
            published=self.fediverse.clock(),
        )
        return self.bruno.proves(made | change, self.fediverse.clock())

    async def shown(self) -> list[str]:
        await self.fediverse.settle()
        await self.fediverse.later(**LOOK_UP)
        return await self.three.chloe.reads()


@pytest.fixture
async def smuggler(fediverse: Fediverse) -> Smuggler:
    three = await fediverse.server("three.example", "chloe", "eve")
    made = Smuggler(fediverse, three)
    await made.befriend(made.bruno)
    return made


async def test_a_good_offer_is_shown(smuggler: Smuggler) -> None:
    answer = await smuggler.bruno.posts(smuggler.three.chloe.inbox, smuggler.offer())
    assert answer.status_code == 202
    assert await smuggler.shown() == ["A ramp, please."]


async def test_the_answer_is_always_the_same(smuggler: Smuggler) -> None:
    """C12: shown, held, dropped and refused cannot be told apart."""
    offers = [
        smuggler.offer(),
        smuggler.offer(name="offers/2", create=smuggler.create(intimacyLevel=3)),
        smuggler.offer(name="offers/3", ticket=smuggler.ticket(seats=900)),
        smuggler.offer(name="offers/4", create={"type": "Create"}),
    ]
    answers = [await smuggler.bruno.posts(smuggler.three.chloe.inbox, one) for one in offers]
    assert {(one.status_code, one.content) for one in answers} == {(202, b"")}


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(lambda s: s.offer(create=s.create(intimacyLevel=2)), id="C05 level 2"),
        pytest.param(lambda s: s.offer(create=s.create(intimacyLevel=True)), id="C05 true"),
        pytest.param(lambda s: s.offer(create=s.create(helpFlag=False)), id="C06 lowered"),
        pytest.param(lambda s: s.offer(ticket=s.ticket(endTime="2027-01-01T00:00:00Z")), id="C06 long lease"),
        pytest.param(
            lambda s: s.offer(ticket=s.ticket(object=s.amina.id("notes/other"))), id="C03 other note"
        ),
        pytest.param(lambda s: s.offer(ticket=s.ticket() | {"seats": 50}), id="C07 carrier edits the ticket"),
        pytest.param(lambda s: s.offer(create=s.create() | {"published": "x"}), id="J13 carrier edits A"),
        pytest.param(lambda s: s.offer(to=[s.three.eve.uri], target=s.three.eve.uri), id="C02 other inbox"),
        pytest.param(lambda s: s.offer(id="https://a.example/offers/1"), id="§4.5 (4) foreign origin"),
        pytest.param(lambda s: {k: v for k, v in s.offer().items() if k != "proof"}, id="no proof"),
    ],
)
async def test_bent_offers_are_dropped(smuggler: Smuggler, bend: Any) -> None:
    answer = await smuggler.bruno.posts(smuggler.three.chloe.inbox, bend(smuggler))
    assert answer.status_code in (202, 400)
    assert await smuggler.shown() == []


async def test_each_bad_ticket_is_dropped_for_a_reason_of_its_own(smuggler: Smuggler) -> None:
    """C02, C06, C07: forged, expired, oversized in seats or exclusions: the sender learns nothing, the operator
    reads why. What is sent again is known by its id, and changes nothing."""
    now = smuggler.fediverse.clock()
    old = {"published": stamp(now - timedelta(days=9)), "endTime": stamp(now - timedelta(days=7))}
    good = smuggler.offer(name="offers/good")
    bad = {
        "forged": (smuggler.offer(name="offers/2", ticket=smuggler.ticket() | {"seats": 50}), "proof"),
        "expired": (smuggler.offer(name="offers/3", ticket=smuggler.ticket(**old)), "the lease has ended"),
        "seats": (smuggler.offer(name="offers/4", ticket=smuggler.ticket(seats=51)), "the number of seats"),
        "exclusions": (
            smuggler.offer(name="offers/5", ticket=smuggler.ticket(exclude=[1] * 513)),
            "salt or exclusions",
        ),
        "sent again": (good, ""),
    }
    answers = {}
    await smuggler.bruno.posts(smuggler.three.chloe.inbox, good)
    assert await smuggler.shown() == ["A ramp, please."]
    for name, (offer, why) in bad.items():
        with capture_logs() as lines:
            answer = await smuggler.bruno.posts(smuggler.three.chloe.inbox, offer)
            await smuggler.fediverse.settle()
        answers[name] = (answer.status_code, answer.content)
        assert why in str(lines), name
        assert "A ramp" not in str(lines)
    assert set(answers.values()) == {(202, b"")}
    assert await smuggler.shown() == ["A ramp, please."]


async def test_the_carriers_words_are_not_the_authors(smuggler: Smuggler) -> None:
    """J13: whatever stands around the signed documents, the request says what its author signed."""
    around = {
        "content": "Send money to Bruno.",
        "summary": "Urgent",
        "attributedTo": smuggler.amina.uri,
        "attachment": [{"type": "Image", "url": "https://b.example/evil.png"}],
        "revision": 99,
        "intimacyLevel": 1,
    }
    bent = {key: value for key, value in smuggler.offer().items() if key != "proof"} | around
    await smuggler.bruno.posts(
        smuggler.three.chloe.inbox, smuggler.bruno.proves(bent, smuggler.fediverse.clock())
    )
    assert await smuggler.shown() in ([], ["A ramp, please."])
    good = {key: value for key, value in smuggler.offer(name="offers/2").items() if key != "proof"}
    good |= {"content": "Send money to Bruno."}  # a word of introduction: Bruno's, in his name
    await smuggler.bruno.posts(
        smuggler.three.chloe.inbox, smuggler.bruno.proves(good, smuggler.fediverse.clock())
    )
    assert await smuggler.shown() == ["A ramp, please."]
    kept = await smuggler.three.instance.db.read(
        lambda tx: tx.first(
            select(posts.c.html, posts.c.summary, posts.c.revision, posts.c.intimacy).where(
                posts.c.uri == smuggler.amina.id("notes/ramp")
            )
        )
    )
    assert tuple(kept) == ("<p>A ramp, please.</p>", "", 1, 0)


async def test_a_ticket_of_another_carrier_is_unauthorized(smuggler: Smuggler) -> None:
    """C01, §4.5 (1): 401, the one that is told."""
    mallory = smuggler.mallory
    await smuggler.befriend(mallory)
    stolen = smuggler.offer()
    theirs = mallory.proves(
        {key: value for key, value in stolen.items() if key != "proof"} | {"actor": mallory.uri},
        smuggler.fediverse.clock(),
    )
    assert (await mallory.posts(smuggler.three.chloe.inbox, theirs)).status_code == 401
    assert (await mallory.posts(smuggler.three.chloe.inbox, stolen)).status_code == 401
    assert await smuggler.shown() == []


async def test_a_carrier_who_is_no_friend_carries_nothing(fediverse: Fediverse) -> None:
    """C01 (3)."""
    three = await fediverse.server("three.example", "chloe", "eve")
    smuggler = Smuggler(fediverse, three)
    await smuggler.bruno.posts(three.chloe.inbox, smuggler.offer())
    assert await smuggler.shown() == []


async def test_a_friend_of_the_author_is_left_to_the_author(smuggler: Smuggler) -> None:
    """RULES R2."""
    await smuggler.befriend(smuggler.amina)
    await smuggler.bruno.posts(smuggler.three.chloe.inbox, smuggler.offer())
    assert await smuggler.shown() == []


async def test_a_replayed_offer_is_a_no_op(smuggler: Smuggler) -> None:
    """C02, §4.5 (4)."""
    offer = smuggler.offer()
    await smuggler.bruno.posts(smuggler.three.chloe.inbox, offer)
    assert await smuggler.shown() == ["A ramp, please."]
    again = await smuggler.bruno.posts(smuggler.three.chloe.inbox, offer)
    assert again.status_code == 202
    assert await smuggler.shown() == ["A ramp, please."]


async def test_a_reoffer_after_the_delete_stays_dead(smuggler: Smuggler) -> None:
    """C22, A05."""
    create = smuggler.create()
    await smuggler.bruno.posts(smuggler.three.chloe.inbox, smuggler.offer(create))
    assert await smuggler.shown() == ["A ramp, please."]
    delete = smuggler.amina.says("Delete", {"id": smuggler.amina.id("notes/ramp"), "type": "Tombstone"})
    signed = smuggler.amina.proves(delete, smuggler.fediverse.clock())
    assert (await smuggler.bruno.posts(smuggler.three.chloe.inbox, signed)).status_code == 202
    assert await smuggler.shown() == []
    await smuggler.bruno.posts(smuggler.three.chloe.inbox, smuggler.offer(create, name="offers/again"))
    assert await smuggler.shown() == []


async def test_only_a_carrier_forwards(smuggler: Smuggler) -> None:
    """C09: a stranger brings Amina's genuine Update."""
    await smuggler.bruno.posts(smuggler.three.chloe.inbox, smuggler.offer())
    assert await smuggler.shown() == ["A ramp, please."]
    note = smuggler.create(content="<p>Changed.</p>", revision=2)["object"]
    update = smuggler.amina.says("Update", note, "activities/u2", to=note["to"])
    signed = smuggler.amina.proves(update, smuggler.fediverse.clock())
    body = json.dumps(signed).encode()
    assert (await smuggler.mallory.posts(smuggler.three.chloe.inbox, body)).status_code == 202
    assert await smuggler.shown() == ["A ramp, please."]


async def test_a_forwarded_update_needs_proof_and_a_newer_revision(smuggler: Smuggler) -> None:
    """C08, J12: forged, replayed, then genuine."""
    chloe = smuggler.three.chloe
    await smuggler.bruno.posts(chloe.inbox, smuggler.offer())
    assert await smuggler.shown() == ["A ramp, please."]

    def update(name: str, revision: int, words: str) -> dict[str, Any]:
        note = smuggler.create(content=f"<p>{words}</p>", revision=revision)["object"]
        made = smuggler.amina.says("Update", note, name, to=note["to"])
        return smuggler.amina.proves(made, smuggler.fediverse.clock())

    old, good = update("activities/u1", 1, "Old."), update("activities/u3", 3, "New.")
    forged = update("activities/u2", 2, "Forged.")
    forged["object"]["content"] = "<p>Really forged.</p>"
    for activity in (forged, old):
        assert (await smuggler.bruno.posts(chloe.inbox, activity)).status_code == 202
        assert await smuggler.shown() == ["A ramp, please."]
    await smuggler.bruno.posts(chloe.inbox, good)
    assert await smuggler.shown() == ["New."]
    lowered = smuggler.create(helpFlag=False, revision=4)["object"]
    over = smuggler.amina.says("Update", lowered, "activities/u4", to=lowered["to"])
    await smuggler.bruno.posts(chloe.inbox, smuggler.amina.proves(over, smuggler.fediverse.clock()))
    assert await smuggler.shown() == []
    await smuggler.bruno.posts(chloe.inbox, smuggler.offer(name="offers/again"))  # as it was when it was up
    assert await smuggler.shown() == []
    states = await smuggler.three.instance.db.read(lambda tx: tx.column(select(leases.c.state)))
    assert states == ["ended"]


async def test_asks_come_from_friends_about_their_own_posts(fediverse: Fediverse) -> None:
    """C19: a stranger asks."""
    three = await fediverse.server("three.example", "chloe", "eve")
    smuggler = Smuggler(fediverse, three)
    amina, chloe = smuggler.amina, three.chloe
    await amina.posts(chloe.inbox, smuggler.create())
    ask = amina.says("Offer", amina.id("notes/ramp"), to=[chloe.uri], target=chloe.uri)
    assert (await amina.posts(chloe.inbox, ask)).status_code == 202
    await fediverse.settle()
    found = await three.instance.db.read(lambda tx: tx.column(select(received_asks.c.id)))
    assert found == []
    # Chloé follows her, and reads what she is sent; a friend she is not, and is not asked.
    await chloe.does(ties.follow, amina)
    await fediverse.settle()
    await amina.posts(chloe.inbox, amina.says("Accept", smuggler.one.said("Follow")[-1]))
    note = amina.note("A door, please.", [amina.id("notes/door/audience")], "notes/door")
    note |= {"intimacyLevel": 0, "helpFlag": True, "revision": 1}
    await amina.posts(chloe.inbox, amina.says("Create", note, to=note["to"]))
    await fediverse.settle()
    assert await chloe.reads() == ["A door, please."]
    ask = amina.says("Offer", amina.id("notes/door"), to=[chloe.uri], target=chloe.uri)
    await amina.posts(chloe.inbox, ask)
    await fediverse.settle()
    assert await three.instance.db.read(lambda tx: tx.column(select(received_asks.c.id))) == []
    assert await three.instance.db.read(question_rows.open_questions, chloe.id) == []


async def test_author_and_carrier_on_one_server(fediverse: Fediverse) -> None:
    """RULES R1, P06: the same rules run without HTTP between Amina and Bruno; Chloé's server sees no difference."""
    one = await fediverse.server("one.example", "amina", "bruno")
    three = await fediverse.server("three.example", "chloe")
    await fediverse.befriend(one.amina, one.bruno)
    await fediverse.befriend(one.bruno, three.chloe)
    world = Three(fediverse, one, one, three)
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe() == ["My shop needs a ramp. #wood"]
    offer = next(one for one in fediverse.posts_to("/users/chloe/inbox") if b'"Offer"' in one.body)
    assert b"users/bruno#" in dict(offer.headers)[b"Signature-Input"]
    await one.amina.edits(world.post_id, "A ramp, 2 m long.")
    await fediverse.settle()
    assert await world.seen_by_chloe() == ["A ramp, 2 m long."]
    await one.amina.deletes(world.post_id)
    await fediverse.settle()
    assert await world.seen_by_chloe() == []


async def test_a_flood_of_offers_is_slowed_down(fediverse: Fediverse) -> None:
    """C15: 200 an hour from one server, then 429."""
    three = await fediverse.server("three.example", "chloe")
    smuggler = Smuggler(fediverse, three)
    inbox = three.chloe.inbox
    statuses = []
    for number in range(203):
        offer = smuggler.bruno.says("Offer", f"https://b.example/notes/{number}", to=[], target=inbox)
        statuses.append((await smuggler.bruno.posts(inbox, offer)).status_code)
    assert statuses == [202] * 200 + [429] * 3
    fediverse.clock.forward(minutes=61)
    late = smuggler.bruno.says("Offer", "https://b.example/notes/1", to=[], target=inbox)
    assert (await smuggler.bruno.posts(inbox, late)).status_code == 202


async def test_raising_the_level_withdraws_everywhere(world: Three, fediverse: Fediverse) -> None:
    """§4.7, P11: above level 1 the second circle loses it, and its server is never given the new words."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    assert await world.seen_by_chloe()
    draft = Draft(text="Between friends now.", wish=Explicit(intimacy=2))
    amina = await world.one.amina.member()
    await world.one.instance.db.write(editing.edit, amina, world.post_id, draft)
    await fediverse.settle()
    assert await world.two.bruno.reads() == ["Between friends now."]
    assert await world.seen_by_chloe() == []
    assert not any(
        b"Between friends now." in given for given in fediverse.internet.received_by("three.example")
    )


async def test_words_after_the_lowering_stay_in_the_first_circle(world: Three, fediverse: Fediverse) -> None:
    """§4.1: the lowering is the author's last signed word."""
    await world.ask()
    await world.agree()
    await fediverse.later(**LOOK_UP)
    await world.one.instance.db.write(help.lower, world.one.amina.id, world.post_id)
    await fediverse.settle()
    seen = len(fediverse.internet.exchanges)
    await world.one.amina.edits(world.post_id, "It went like this…")
    await fediverse.settle()
    assert "It went like this…" in await world.two.bruno.reads()
    assert not any(b'"proof"' in one.body for one in fediverse.internet.exchanges[seen:])
    assert not any(b"It went" in given for given in fediverse.internet.received_by("three.example"))
