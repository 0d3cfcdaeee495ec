"""Budgets, showings, level 1 and refusals of the carry, and the same rules where people share a server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from fedi_aid.actions import carried_posts, carry_consent, carry_tickets, editing, people, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PostId
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tables.help import asks, leases, received_asks
from fedi_aid.storage.tables.posts import boosts
from fedi_aid.storage.tx import Tx
from tests.federation.conftest import Fediverse, Persona, Server, Who
from tests.federation.test_carry import LOOK_UP, Smuggler, Three

pytestmark = pytest.mark.anyio

RAMP = "My shop needs a ramp. #wood"


@pytest.fixture
async def neighbours(fediverse: Fediverse) -> Three:
    """Amina and Bruno on one server; Chloé and Zoé, Bruno's friends, on another."""
    one = await fediverse.server("one.example", "amina", "bruno")
    three = await fediverse.server("three.example", "chloe", "zoe")
    await fediverse.befriend(one.amina, one.bruno)
    await fediverse.befriend(one.bruno, three.chloe)
    await fediverse.befriend(one.bruno, three.zoe)
    return Three(fediverse, one, one, three)


async def test_tickets_are_renewed_between_neighbours_too(neighbours: Three, fediverse: Fediverse) -> None:
    """§4.8, C11: the flag is up for days; Bruno is asked once, and Chloé keeps the request."""
    await neighbours.ask()
    await neighbours.agree()
    await fediverse.later(**LOOK_UP)
    for _ in range(6):
        await fediverse.later(hours=23)
        await fediverse.later(minutes=31)
    assert await neighbours.seen_by_chloe() == [RAMP]
    assert set(await neighbours.lease_states()) == {"shown"}
    told = [one for one in await neighbours.one.bruno.told() if "your own friends" in one]
    assert len(told) <= 1


async def test_a_block_between_neighbours_takes_back_what_was_carried(
    neighbours: Three, fediverse: Fediverse
) -> None:
    """R19, P12: Amina blocks Chloé: everybody Bruno showed it to loses it, Zoé gets it back at the renewal."""
    await neighbours.ask()
    await neighbours.agree()
    await fediverse.later(**LOOK_UP)
    zoe = neighbours.three.zoe
    assert await neighbours.seen_by_chloe() == await zoe.reads() == [RAMP]
    await neighbours.one.amina.does(ties.block, neighbours.three.chloe)
    await fediverse.settle()
    assert await neighbours.seen_by_chloe() == await zoe.reads() == []
    for _ in range(3):
        await fediverse.later(hours=23)
        await fediverse.later(minutes=31)
    assert await neighbours.seen_by_chloe() == []
    assert await zoe.reads() == [RAMP]


async def test_the_level_goes_up_between_neighbours(neighbours: Three, fediverse: Fediverse) -> None:
    """P11, §4.7: nothing of it is left to carry, and Chloé loses it."""
    await neighbours.ask()
    await neighbours.agree()
    await fediverse.later(**LOOK_UP)
    draft = Draft(text="Between friends now.", wish=Explicit(intimacy=2))
    db = neighbours.one.instance.db
    await db.write(editing.edit, await neighbours.one.amina.member(), neighbours.post_id, draft)
    asked = await neighbours.asked()
    assert asked.state == "closed"
    await fediverse.settle()
    assert await neighbours.seen_by_chloe() == []


async def test_a_carriers_server_keeps_to_the_seats_of_the_ticket(fediverse: Fediverse) -> None:
    """C06, C07: two friends would do, and the ticket is for one."""
    two = await fediverse.server("two.example", "bruno", "chloe", "zoe")
    for friend in (two.chloe, two.zoe):
        await fediverse.befriend(two.bruno, friend)
    author = Author(fediverse, two.bruno)
    await author.befriend()
    await author.asks_to_carry(seats=1)
    asked = await two.instance.db.read(lambda tx: tx.first(select(received_asks)))
    await two.instance.db.write(carry_consent.answer, two.bruno.id, asked.id, yes=True)
    await fediverse.settle()
    seen = [await two.chloe.reads(), await two.zoe.reads()]
    assert sorted(seen) == [[], ["A ramp, please."]]
    await author.asks_to_carry(seats=1, name="tickets/2")  # renewed: nobody more
    await fediverse.settle()
    assert [await two.chloe.reads(), await two.zoe.reads()] == seen


class Author(Smuggler):
    """Amina on a server made by hand, whose friend lives here."""

    def __init__(self, fediverse: Fediverse, friend: Who) -> None:
        super().__init__(fediverse, friend.server)
        self.friend = friend

    async def befriend(self, who: Persona | None = None) -> None:
        await self.amina.posts(self.friend.inbox, self.amina.says("Follow", self.friend.uri))
        await self.fediverse.settle()
        await self.friend.does(ties.accept, self.amina)
        await self.fediverse.settle()
        await self.amina.posts(self.friend.inbox, self.amina.says("Accept", self.one.said("Follow")[-1]))
        await self.fediverse.settle()

    async def asks_to_carry(self, name: str = "tickets/1", note: str = "notes/ramp", **change: Any) -> None:
        found = self.create() if note == "notes/ramp" else self.request(note)
        await self.amina.posts(self.friend.inbox, found)
        ticket = self.ticket(
            target=self.friend.uri, id=self.amina.id(name), object=self.amina.id(note), **change
        )
        self.one.made += 1
        offer = self.amina.says(
            "Offer", self.amina.id(note), to=[self.friend.uri], target=self.friend.uri, instrument=ticket
        )
        await self.amina.posts(self.friend.inbox, offer)
        await self.fediverse.settle()

    def request(self, name: str) -> dict[str, Any]:
        note = self.amina.note("Another one.", [self.amina.id(f"{name}/audience")], name)
        note |= {"intimacyLevel": 0, "helpFlag": True, "revision": 1}
        return self.amina.proves(
            self.amina.says("Create", note, f"{name}/activity", to=note["to"]), self.fediverse.clock()
        )


async def test_three_open_requests_of_one_author_are_put_to_a_carrier(fediverse: Fediverse) -> None:
    """C15: whatever the author's server thinks of budgets."""
    two = await fediverse.server("two.example", "bruno")
    author = Author(fediverse, two.bruno)
    await author.befriend()
    for number in range(5):
        await author.asks_to_carry(f"tickets/{number}", f"notes/{number}")
    asked = await two.instance.db.read(lambda tx: tx.column(select(received_asks.c.ticket_uri)))
    assert asked == [author.amina.id(f"tickets/{number}") for number in range(3)]


async def test_the_authors_own_server_asks_for_three_at_once(fediverse: Fediverse) -> None:
    """C15, on the author's side."""
    one = await fediverse.server("one.example", "amina", "bruno")
    await fediverse.befriend(one.amina, one.bruno)
    bruno = await one.amina.knows(one.bruno)
    made = []
    for number in range(4):
        post_id = await one.amina.asks(f"Number {number}", intimacy=0)
        post = await one.instance.db.read(post_rows.get, one.amina.id, post_id)
        assert post is not None
        made.append(await one.instance.db.write(_ask, post, bruno))
    assert made == [True, True, True, False]


def _ask(tx: Tx, post: Any, friend: Any) -> bool:
    return carry_tickets.ask_to_carry(tx, post, friend, wave=1)


# -- the reader's side, with carriers made by hand


class Carriers(Smuggler):
    """Bruno and others on a server made by hand, all friends of Chloé, each with a ticket of Amina's."""

    async def bring(self, who: Persona, level: int = 0, number: int = 1, note: str = "ramp") -> None:
        found = self.amina.note("A ramp, please.", [self.amina.id(f"notes/{note}/audience")], f"notes/{note}")
        found |= {"intimacyLevel": level, "helpFlag": True, "revision": 1}
        create = self.amina.says("Create", found, f"notes/{note}/activity", to=found["to"])
        ticket = self.ticket(
            id=self.amina.id(f"tickets/{note}/{who.name}"),
            target=who.uri,
            object=self.amina.id(f"notes/{note}"),
        )
        offer = {
            key: value
            for key, value in self.offer(
                self.amina.proves(create, self.fediverse.clock()),
                ticket,
                f"offers/{note}/{who.name}/{number}",
            ).items()
            if key != "proof"
        }
        offer |= {"actor": who.uri}
        await who.posts(self.three.chloe.inbox, who.proves(offer, self.fediverse.clock()))
        await self.fediverse.settle()

    async def sees(self) -> list[str]:
        return await self.three.chloe.reads()


@pytest.fixture
async def carriers(fediverse: Fediverse) -> Carriers:
    made = Carriers(fediverse, await fediverse.server("three.example", "chloe", "eve"))
    for name in ("bruno", "mallory", "otto"):
        await made.befriend(made.two.persona(name))
    await made.three.chloe.knows(made.amina)
    return made


async def test_level_one_is_hidden_again_when_one_of_two_carriers_is_left(carriers: Carriers) -> None:
    """C10, §4.5 (12): one withdraws, and when they carry again it stands where it stood."""
    bruno, mallory = carriers.two.persona("bruno"), carriers.two.persona("mallory")
    await carriers.bring(bruno, level=1)
    assert await carriers.sees() == []
    await carriers.bring(mallory, level=1)
    assert await carriers.sees() != []
    told = await carriers.three.chloe.notices()
    undo = mallory.says("Undo", {"id": carriers.amina.id("x"), "type": "Offer", "actor": mallory.uri})
    undo["object"]["id"] = carriers.bruno.id("offers/ramp/mallory/1")
    await mallory.posts(carriers.three.chloe.inbox, undo)
    await carriers.fediverse.settle()
    assert await carriers.sees() == []
    left = await carriers.three.instance.db.read(lambda tx: sorted(tx.column(select(leases.c.state))))
    assert left == ["ended", "held"]
    await carriers.bring(mallory, level=1, number=2)
    assert await carriers.sees() != []
    assert await carriers.three.chloe.notices() == told


async def test_a_lease_that_lapses_leaves_one_too_few(carriers: Carriers, fediverse: Fediverse) -> None:
    """C10, C11: one of two carriers' servers is not heard any more."""
    bruno, mallory = carriers.two.persona("bruno"), carriers.two.persona("mallory")
    await carriers.bring(bruno, level=1)
    await carriers.bring(mallory, level=1)
    assert await carriers.sees() != []
    await fediverse.later(hours=70)
    await carriers.bring(bruno, level=1, number=2)
    await fediverse.later(hours=3)
    assert await carriers.sees() == []


async def test_one_request_is_shown_twice_at_the_most(carriers: Carriers) -> None:
    """C15, §4: three friends carry the same request; it stands in her home twice."""
    for name in ("bruno", "mallory", "otto"):
        await carriers.bring(carriers.two.persona(name))
    assert await carriers.sees() == ["A ramp, please."] * 2
    shown = await carriers.three.instance.db.read(
        lambda tx: tx.scalar(select(func.count()).select_from(boosts))
    )
    assert shown == 2
    assert set(await _states(carriers.three)) == {"shown"}


async def test_one_carried_request_a_day(carriers: Carriers, fediverse: Fediverse) -> None:
    """C15: and a renewal is none."""
    bruno = carriers.two.persona("bruno")
    await carriers.bring(bruno, note="ramp")
    await carriers.bring(bruno, note="door")
    assert len(await carriers.sees()) == 1
    await fediverse.later(hours=25)
    await carriers.bring(bruno, note="door", number=2)
    await carriers.bring(bruno, note="ramp", number=2)
    assert len(await carriers.sees()) == 2
    ends = await carriers.three.instance.db.read(lambda tx: tx.column(select(leases.c.ends_at)))
    assert all(one - fediverse.clock() > timedelta(hours=70) for one in ends)


async def test_at_most_three_open_requests_of_one_author_are_carried_in(
    carriers: Carriers, fediverse: Fediverse
) -> None:
    """C15: one a day, so that nothing else keeps the fourth out."""
    bruno = carriers.two.persona("bruno")
    for number in range(5):
        await carriers.bring(bruno, note=f"number{number}")
        for older in range(number):
            await carriers.bring(bruno, note=f"number{older}", number=number + 2)
        await fediverse.later(hours=25)
    assert len(await carriers.sees()) == 3


async def test_nothing_is_carried_in_from_a_limited_server(carriers: Carriers) -> None:
    """C18, §4.5 (9): what the instance muted is not brought by a friend."""
    amina = await carriers.three.chloe.knows(carriers.amina)
    await carriers.three.instance.db.write(lambda tx: people_rows.change(tx, amina.id, limited_at=tx.now))
    await carriers.bring(carriers.two.persona("bruno"))
    assert await carriers.sees() == []


async def test_nothing_is_carried_in_by_or_of_somebody_she_muted(carriers: Carriers) -> None:
    """P12, §4.5 (9): her own server alone knows of it; the friendship stays, and so does the answer."""
    chloe = carriers.three.chloe
    await chloe.does(ties.mute, carriers.two.persona("mallory"))
    await carriers.bring(carriers.two.persona("mallory"))
    assert await carriers.sees() == []
    await carriers.bring(carriers.two.persona("bruno"))
    assert await carriers.sees() == ["A ramp, please."]
    db = carriers.three.instance.db
    post_id = await db.read(lambda tx: tx.scalar(select(leases.c.post_id)))
    post = await db.read(post_rows.get, chloe.id, post_id)
    bruno = await chloe.knows(carriers.bruno)
    for state in ("disabled", "active"):  # an account that is closed is brought nothing
        await db.write(people_rows.change_member, chloe.id, state=state)
        shown = await db.write(
            carried_posts.show,
            post=post,
            carrier_id=bruno.id,
            member_id=chloe.id,
            offer_uri=carriers.bruno.id("offers/ramp/bruno/1"),
            ticket_uri=carriers.amina.id("tickets/ramp/bruno"),
            seats=5,
            ends_at=carriers.fediverse.clock() + timedelta(hours=72),
        )
        assert shown is (state == "active")
    await chloe.does(ties.mute, carriers.amina)
    await carriers.bring(carriers.two.persona("bruno"), note="door")
    await carriers.bring(carriers.two.persona("otto"))
    carried = await carriers.three.instance.db.read(lambda tx: tx.column(select(leases.c.carrier_id)))
    assert carried == [bruno.id]


async def _states(server: Server) -> list[str]:
    return await server.instance.db.read(lambda tx: tx.column(select(leases.c.state)))


# -- how long, and who is asked


async def test_a_sleeping_request_renews_its_leases_for_thirty_days(
    neighbours: Three, fediverse: Fediverse
) -> None:
    """R18: then it hides elsewhere, and is not lowered."""
    await neighbours.ask()
    await neighbours.agree()
    await fediverse.later(**LOOK_UP)
    db = neighbours.one.instance.db

    def sleep(tx: Tx) -> None:
        help_rows.change_request(tx, neighbours.post_id, state="asleep", due_at=None)
        help_rows.log(tx, neighbours.post_id, "asleep")

    await db.write(sleep)
    for _ in range(14):
        await fediverse.later(hours=47)
        await fediverse.later(minutes=31)
    assert await neighbours.seen_by_chloe() == [RAMP]
    for _ in range(4):
        await fediverse.later(hours=47)
        await fediverse.later(minutes=31)
    assert await neighbours.seen_by_chloe() == []
    post = await db.read(post_rows.get, neighbours.one.amina.id, neighbours.post_id)
    assert post is not None
    assert post.flag_is_up


Given = Callable[[Who], Any]


@pytest.mark.parametrize("silent", [False, True], ids=["said", "looks like silence"])
@pytest.mark.parametrize("together", [True, False], ids=["one server", "two servers"])
async def test_a_no_to_helping(fediverse: Fediverse, together: bool, silent: bool) -> None:
    """§2, R8: the author's butler may ask somebody else at once; where the member wants it, a no is silence."""
    one = await fediverse.server("one.example", "amina", *(["bruno"] if together else []))
    two = one if together else await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    await two.instance.db.write(lambda tx: people.update_profile(tx, two.bruno.id, silent_refusals=silent))
    post_id = await one.amina.asks("A ramp, please.", intimacy=2)
    await fediverse.later(minutes=1)
    asked = await two.instance.db.read(
        lambda tx: tx.first(select(received_asks).where(received_asks.c.kind == "help"))
    )
    assert asked is not None
    await two.instance.db.write(carry_consent.answer, two.bruno.id, asked.id, yes=False)
    await fediverse.settle()
    states = await one.instance.db.read(
        lambda tx: tx.column(select(asks.c.state).where(asks.c.post_id == post_id, asks.c.kind == "help"))
    )
    assert states == ["open" if silent else "refused"]


async def test_always_for_these_friends(fediverse: Fediverse) -> None:
    """§4.3: Bruno carries for Amina without being asked, and is asked for anybody else."""
    two = await fediverse.server("two.example", "bruno", "amina", "boris", "chloe")
    for friend in (two.amina, two.boris, two.chloe):
        await fediverse.befriend(two.bruno, friend)
    db = two.instance.db
    await db.write(carry_consent.always_for, two.bruno.id, [two.amina.id])
    bruno = await db.read(people_rows.by_id, two.bruno.id)
    assert bruno is not None
    states = {}
    for who in (two.amina, two.boris):
        post_id = PostId(await who.asks("A ramp, please.", intimacy=0))
        post = await db.read(post_rows.get, who.id, post_id)
        await db.write(_ask, post, bruno)
        await fediverse.settle()
        states[who.name] = await db.read(
            lambda tx, post_id=post_id: tx.column(
                select(received_asks.c.state).where(
                    received_asks.c.post_id == post_id, received_asks.c.kind == "carry"
                )
            )
        )
    assert states == {"amina": ["accepted"], "boris": ["asked"]}
    assert await two.chloe.reads() == ["A ramp, please."]
    assert await db.read(tie_rows.carried_for_always, two.bruno.id) == {two.amina.id}
