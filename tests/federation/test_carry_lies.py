"""Carriers and authors who do not keep to the rules: takers-back, wideners, floods, tickets bent by hand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from fedi_aid.actions import carried_posts, carry_consent, ties
from fedi_aid.activitypub import carry_documents
from fedi_aid.storage import carries as carry_rows
from fedi_aid.storage.tables.help import leases, received_asks
from fedi_aid.storage.tables.posts import boosts, posts
from fedi_aid.storage.tables.timelines import home_entries
from tests.federation.conftest import Fediverse, Persona, Who
from tests.federation.test_carry import LOOK_UP
from tests.federation.test_carry_rules import Author, Carriers

pytestmark = pytest.mark.anyio


class Liars(Carriers):
    """Bruno, Mallory and Otto, friends of everybody at three.example, on a server that keeps no rule."""

    salt = "salt"

    async def settle_in(self) -> None:
        for who in self.three.people.values():
            for name in ("bruno", "mallory", "otto"):
                await self._befriends(self.two.persona(name), who)
            await who.knows(self.amina)
        self.salt = next(salt for salt in map(str, range(999)) if not self._hits(salt))

    def _hits(self, salt: str) -> bool:
        """Somebody here would be left out by chance (RULES R19)."""
        numbers = carry_documents.exclusion_list(salt, [], b"key")
        return any(carry_documents.short_hash(salt, who.uri) in numbers for who in self.three.people.values())

    async def _befriends(self, friend: Persona, who: Who) -> None:
        await friend.posts(who.inbox, friend.says("Follow", who.uri))
        await self.fediverse.settle()
        await who.does(ties.accept, friend)
        await self.fediverse.settle()
        asked = [one for one in self.two.said("Follow") if one["actor"] == who.uri]
        await friend.posts(who.inbox, friend.says("Accept", asked[-1]))
        await self.fediverse.settle()

    async def offers(
        self, by: str, to: Who, *, note: str = "ramp", number: int = 1, level: int = 0, seats: int = 5
    ) -> None:
        who = self.two.persona(by)
        name = f"notes/{note}"
        found = self.amina.note(f"A {note}, please.", [self.amina.id(f"{name}/audience")], name)
        found |= {"intimacyLevel": level, "helpFlag": True, "revision": 1}
        create = self.amina.says("Create", found, f"{name}/activity", to=found["to"])
        ticket = self.ticket(
            id=self.amina.id(f"tickets/{note}/{by}"),
            target=who.uri,
            object=self.amina.id(name),
            seats=seats,
            salt=self.salt,
            exclude=carry_documents.exclusion_list(self.salt, [], b"key"),
        )
        offer = carry_documents.build_carry_offer(
            id=self.two.persona(by).id(f"offers/{note}/{by}/{to.name}/{number}"),
            carrier=who.uri,
            recipient=to.uri,
            document=self.amina.proves(create, self.fediverse.clock()),
            ticket=ticket,
            published=self.fediverse.clock(),
        )
        await who.posts(to.inbox, who.proves(offer, self.fediverse.clock()))
        await self.fediverse.settle()

    async def takes_back(self, by: str, to: Who, *, note: str = "ramp", number: int = 1) -> None:
        who = self.two.persona(by)
        uri = who.id(f"offers/{note}/{by}/{to.name}/{number}")
        await who.posts(to.inbox, who.says("Undo", {"id": uri, "type": "Offer", "actor": who.uri}))
        await self.fediverse.settle()

    async def has_brought(self, by: str, note: str) -> set[int]:
        """To whom a carrier has brought a request, as far as it was let in."""
        carrier = await self.three.chloe.knows(self.two.persona(by))
        return set(
            await self.three.instance.db.read(
                lambda tx: tx.column(
                    select(leases.c.person_id)
                    .join(posts, posts.c.id == leases.c.post_id)
                    .where(leases.c.carrier_id == carrier.id, posts.c.uri == self.amina.id(f"notes/{note}"))
                )
            )
        )

    async def count(self, table: Any) -> int:
        return await self.three.instance.db.read(
            lambda tx: tx.scalar(select(func.count()).select_from(table))
        )


async def liars_at(fediverse: Fediverse, *names: str) -> Liars:
    made = Liars(fediverse, await fediverse.server("three.example", *names))
    await made.settle_in()
    return made


async def test_taking_back_and_offering_again_shows_nothing_anew(fediverse: Fediverse) -> None:
    """C11, C15: Bruno's server says Undo and Offer in turns, for days: one showing, where it stood, one seat."""
    liars = await liars_at(fediverse, "chloe", "zoe")
    chloe, zoe = liars.three.chloe, liars.three.zoe
    await liars.offers("bruno", chloe, seats=1)
    assert await chloe.reads() == ["A ramp, please."]
    stood = await liars.three.instance.db.read(lambda tx: tx.column(select(home_entries.c.entry_id)))
    for number in range(2, 5):
        await liars.takes_back("bruno", chloe, number=number - 1)
        assert await chloe.reads() == []
        await liars.offers("bruno", zoe, number=number, seats=1)
        assert await zoe.reads() == []  # the seat was Chloé's, and stays it
        await fediverse.later(hours=25)
        await liars.offers("bruno", chloe, number=number, seats=1)
        assert await chloe.reads() == ["A ramp, please."]
    assert await liars.count(boosts) == 1
    await liars.amina.posts(zoe.inbox, liars.amina.says("Delete", liars.amina.id("tickets/ramp/otto")))
    await liars.offers("otto", zoe)  # by a ticket that she has said is no more
    assert await zoe.reads() == []
    now = await liars.three.instance.db.read(lambda tx: tx.column(select(home_entries.c.entry_id)))
    assert now == stood


async def test_what_was_held_for_days_is_not_let_out_in_one(fediverse: Fediverse) -> None:
    """C15, M8: at level 1 Bruno fills her shelf, Mallory opens it: one request a day all the same."""
    liars = await liars_at(fediverse, "chloe")
    chloe = liars.three.chloe
    for note in ("ramp", "door"):
        await liars.offers("bruno", chloe, note=note, level=1)
    assert await chloe.reads() == []
    await fediverse.later(hours=25)
    for note in ("ramp", "door"):
        await liars.offers("mallory", chloe, note=note, level=1)
    assert set(await chloe.reads()) == {"A ramp, please."}
    await fediverse.later(hours=25)
    await liars.offers("mallory", chloe, note="door", level=1, number=2)
    assert set(await chloe.reads()) == {"A ramp, please.", "A door, please."}


async def test_a_carrier_has_a_budget_at_the_readers_server_too(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C15: two requests a day, ten people, sixty tickets of a request; the rest is dropped whatever is signed."""
    liars = await liars_at(fediverse, "chloe", "zoe", "eve")
    chloe, zoe, eve = liars.three.chloe, liars.three.zoe, liars.three.eve
    await liars.offers("bruno", chloe, note="ramp")
    await liars.offers("bruno", zoe, note="door")
    await liars.offers("bruno", eve, note="roof")
    assert await eve.reads() == []
    await liars.offers("mallory", eve, note="roof")
    assert await eve.reads() == ["A roof, please."]
    monkeypatch.setattr(carried_posts, "PEOPLE_A_DAY", 2)
    await fediverse.later(hours=25)
    for who in (chloe, zoe, eve):
        await liars.offers("otto", who, note="ramp")
    assert await liars.has_brought("otto", "ramp") == {chloe.id, zoe.id}
    monkeypatch.setattr(carried_posts, "PEOPLE_A_DAY", 10)
    monkeypatch.setattr(carried_posts, "CARRIES_A_DAY", 1)
    await fediverse.later(hours=25)
    await liars.offers("mallory", chloe, note="door")
    await liars.offers("mallory", eve, note="ramp")  # a second one today
    await liars.offers("mallory", zoe, note="roof")  # begun before: the same carry, to one more
    assert await liars.has_brought("mallory", "ramp") == set()
    assert await liars.has_brought("mallory", "roof") == {eve.id, zoe.id}
    monkeypatch.setattr(carried_posts, "CARRIES_A_DAY", 3)
    for most, reached in ((2, set()), (3, {eve.id})):
        monkeypatch.setattr(carried_posts, "TICKETS_OF_ONE", most)
        await liars.offers("mallory", eve, note="ramp", number=most)
        assert await liars.has_brought("mallory", "ramp") == reached


async def test_a_stranger_cannot_have_an_author_looked_up(fediverse: Fediverse) -> None:
    """C01, C12, R20, D08: what is brought by no friend asks nobody for keys, whatever it names."""
    three = await fediverse.server("three.example", "chloe")
    liars = Liars(fediverse, three)
    await liars.offers("bruno", three.chloe)
    await fediverse.later(**LOOK_UP)
    assert liars.one.asked == []
    assert await liars.count(posts) == 0


# -- an author's server that bends the tickets it gives to carriers


async def author_of(fediverse: Fediverse, *names: str) -> Author:
    two = await fediverse.server("two.example", "bruno", *names)
    for name in names:
        await fediverse.befriend(two.bruno, two.people[name])
    made = Author(fediverse, two.bruno)
    await made.befriend()
    return made


async def test_bent_tickets_are_not_put_to_a_carrier(fediverse: Fediverse) -> None:
    """C03, C04, C06, C07, C13: asked with what no reader would accept, nobody is asked; the answer is the same."""
    author = await author_of(fediverse)
    amina, bruno = author.amina, author.friend
    now = fediverse.clock()
    mallory = author.one.persona("mallory")
    stranger = Persona(author.two, "bruno")
    await amina.posts(bruno.inbox, author.create())

    def ticket(**change: Any) -> dict[str, Any]:
        return author.ticket(**({"target": bruno.uri} | change))

    def signed_by(other: Persona, **change: Any) -> dict[str, Any]:
        bare = {key: value for key, value in ticket(**change).items() if key != "proof"}
        return other.proves(bare, now)

    bent = {
        "edited": ticket() | {"seats": 50},
        "no proof": {key: value for key, value in ticket().items() if key != "proof"},
        "re-signed by another here": signed_by(mallory),
        "re-signed by another elsewhere": signed_by(stranger),
        "another's": signed_by(mallory, attributedTo=mallory.uri),
        "another carrier's": ticket(target=stranger.uri),
        "of another note": ticket(object=amina.id("notes/other")),
        "expired": ticket(
            published=(now - timedelta(hours=73)).isoformat(), endTime=(now - timedelta(hours=1)).isoformat()
        ),
        "not begun": ticket(
            published=(now + timedelta(hours=1)).isoformat(), endTime=(now + timedelta(hours=2)).isoformat()
        ),
        "too long": ticket(endTime=(now + timedelta(hours=73)).isoformat()),
        "too many seats": ticket(seats=51),
        "no seat": ticket(seats=0),
        "true seats": ticket(seats=True),
        "fractional seats": ticket(seats=5.0),
        "an odd number of exclusions": ticket(exclude=list(range(33))),
        "exclusions out of range": ticket(exclude=[1024, *range(31)]),
        "an oversized salt": ticket(salt="s" * 65),
        "an oversized list": ticket(exclude=[0] * 20_000),
        "of another origin": ticket(id="https://b.example/tickets/1"),
        "another kind": ticket(type="Ticket"),
    }
    answers = set()
    for name, one in bent.items():
        ask = amina.says(
            "Offer", amina.id("notes/ramp"), to=[bruno.uri], target=bruno.uri, instrument=one, summary=name
        )
        answer = await amina.posts(bruno.inbox, ask)
        answers.add((answer.status_code, answer.content))
        await fediverse.settle()
        asked = await bruno.server.instance.db.read(lambda tx: tx.column(select(received_asks.c.id)))
        assert asked == [], name
    assert {status for status, _ in answers} == {202, 400}  # 400: more values than a document may have
    assert {body for status, body in answers if status == 202} == {b""}
    # A good ticket for a request that she did not sign: it could not be carried.
    note = amina.note("A door.", [amina.id("notes/door/audience")], "notes/door")
    note |= {"intimacyLevel": 0, "helpFlag": True, "revision": 1}
    await amina.posts(bruno.inbox, amina.says("Create", note, to=note["to"]))
    good = ticket(object=amina.id("notes/door"))
    ask = amina.says("Offer", amina.id("notes/door"), to=[bruno.uri], target=bruno.uri, instrument=good)
    await amina.posts(bruno.inbox, ask)
    await fediverse.settle()
    assert await bruno.server.instance.db.read(lambda tx: tx.column(select(received_asks.c.id))) == []
    await author.asks_to_carry()
    assert len(await bruno.server.instance.db.read(lambda tx: tx.column(select(received_asks.c.id)))) == 1


async def test_a_renewed_ticket_that_leaves_somebody_out_takes_it_from_them(fediverse: Fediverse) -> None:
    """R19, C07, P12: a server that renews without withdrawing first; Zoé lives with the carrier, who needs no
    reader's server to tell."""
    author = await author_of(fediverse, "chloe", "zoe")
    two = author.friend.server
    await author.asks_to_carry()
    asked = await two.instance.db.read(lambda tx: tx.first(select(received_asks)))
    await two.instance.db.write(carry_consent.answer, two.bruno.id, asked.id, yes=True)
    await fediverse.settle()
    assert await two.zoe.reads() == await two.chloe.reads() == ["A ramp, please."]
    salt = next(  # by which Chloé does not match by chance
        salt
        for salt in map(str, range(99))
        if carry_documents.short_hash(salt, two.chloe.uri)
        not in carry_documents.exclusion_list(salt, [two.zoe.uri], b"key")
    )
    await author.asks_to_carry(
        salt=salt, exclude=carry_documents.exclusion_list(salt, [two.zoe.uri], b"key"), name="tickets/2"
    )
    assert await two.zoe.reads() == []
    assert await two.chloe.reads() == ["A ramp, please."]
    states = await two.instance.db.read(carry_rows.carried, asked.post_id)
    assert {person: state for _, _, person, state in states} == {
        two.chloe.id: "shown",
        two.zoe.id: "withdrawn",
    }


async def test_an_unsigned_edit_is_not_carried_in_its_old_words(fediverse: Fediverse) -> None:
    """R18: the latest word or nothing; what her server said without her proof is for friends alone."""
    author = await author_of(fediverse)
    three = await fediverse.server("three.example", "chloe")
    two = author.friend.server
    await fediverse.befriend(two.bruno, three.chloe)
    await author.asks_to_carry()
    asked = await two.instance.db.read(lambda tx: tx.first(select(received_asks)))
    note = author.create(content="<p>No ramp, a lift.</p>", revision=2)["object"]
    await author.amina.posts(two.bruno.inbox, author.amina.says("Update", note, to=note["to"]))
    await fediverse.settle()
    assert await two.bruno.reads() == ["No ramp, a lift."]
    await two.instance.db.write(carry_consent.answer, two.bruno.id, asked.id, yes=True)
    await fediverse.settle()
    await fediverse.later(minutes=31)
    assert await three.chloe.reads() == []
    assert not any(b"ramp" in given for given in fediverse.internet.received_by("three.example"))


async def test_nobody_but_its_author_takes_an_ask_back(fediverse: Fediverse) -> None:
    """A07, C09: by the Offer's id or the ticket's, whether its subject may still be read or not."""
    author = await author_of(fediverse, "zoe")
    two, mallory = author.friend.server, author.one.persona("mallory")
    await author.asks_to_carry()
    (asked,) = await two.instance.db.read(
        lambda tx: tx.all(select(received_asks.c.uri, received_asks.c.ticket_uri))
    )
    for uri in asked:
        await mallory.posts(
            two.bruno.inbox, mallory.says("Undo", {"id": uri, "type": "Offer", "actor": mallory.uri})
        )
        await mallory.posts(two.bruno.inbox, mallory.says("Delete", uri))
        await fediverse.settle()
        states = await two.instance.db.read(lambda tx: tx.column(select(received_asks.c.state)))
        assert states in (["asked"], ["waiting"])
    await author.amina.posts(two.bruno.inbox, author.amina.says("Delete", asked[1]))
    await fediverse.settle()
    ends = await two.instance.db.read(lambda tx: tx.scalar(select(received_asks.c.ends_at)))
    assert ends <= fediverse.clock()
