"""FEDERATION_EXTENSION §8 as a test: every byte that each server was given, at levels 0 and 1, whatever the
carriers say: who learns what, and who never does.

Amina on one; three carriers, each on a server of their own; Chloé, a friend of all three, and Zoé, whom Amina
blocked, on a fifth; Dora, Amina's other friend, on a sixth.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from sqlalchemy import select

from fedi_aid.actions import carry_consent, carry_tickets, help, ties
from fedi_aid.model.ids import PostId
from fedi_aid.net.fake import Exchange
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage.tables.help import received_asks
from fedi_aid.storage.tx import Tx
from fedi_aid.work import jobs
from tests.conftest import Clock
from tests.federation.conftest import Fediverse, Who
from tests.federation.test_carry import LOOK_UP

pytestmark = pytest.mark.anyio

Says = Literal["yes", "no", "nothing"]
CARRIERS = {"bruno": "two.example", "boris": "four.example", "bela": "five.example"}
TEXT = "My shop needs a ramp."
# Nothing of what the engine and the butler think has a name on the wire.
# Names made by chance (ids) may spell anything and are taken out first.
CHANCE = re.compile(rb"\b[2-9a-z]{26}\b")
INNER = re.compile(rb"wave|score|benevol|circle|sphere|closeness|pinned|budget|silence|eligible|reason", re.I)


class Town:
    """Six servers; what passed between them since they had met."""

    def __init__(self, fediverse: Fediverse) -> None:
        self.fediverse = fediverse
        self.post_id = PostId(0)
        self.start = 0

    async def settle_in(self) -> None:
        f = self.fediverse
        self.one = await f.server("one.example", "amina")
        self.three = await f.server("three.example", "chloe", "zoe")
        self.six = await f.server("six.example", "dora")
        self.carriers: dict[str, Who] = {}
        for name, host in CARRIERS.items():
            server = await f.server(host, name)
            who = self.carriers[name] = server.people[name]
            await f.befriend(self.one.amina, who)
            for friend in (self.three.chloe, self.three.zoe):
                await f.befriend(who, friend)
        await f.befriend(self.one.amina, self.six.dora)
        await self.one.amina.does(ties.block, self.three.zoe)
        await f.settle()
        self.start = len(f.internet.exchanges)

    async def ask(self, intimacy: int) -> None:
        """Amina raises her flag, and three friends are asked to carry."""
        amina, db = self.one.amina, self.one.instance.db
        self.post_id = await amina.asks(TEXT, intimacy=intimacy)
        await self.fediverse.settle()
        post = await db.read(post_rows.get, amina.id, self.post_id)
        assert post is not None
        for who in self.carriers.values():
            friend = await amina.knows(who)
            await db.write(partial(carry_tickets.ask_to_carry, post=post, friend=friend, wave=1))
        await self.fediverse.settle()

    async def answer(self, name: str, says: Says) -> None:
        who = self.carriers[name]
        asked = await who.server.instance.db.read(_asked)
        assert asked is not None
        if says != "nothing":
            await who.server.instance.db.write(carry_consent.answer, who.id, asked.id, yes=says == "yes")

    async def play(self, intimacy: int, **says: Says) -> None:
        await self.ask(intimacy)
        for name, one in says.items():
            await self.answer(name, one)
        await self.fediverse.settle()
        await self.fediverse.later(minutes=31)
        await self.fediverse.later(**LOOK_UP)

    def passed(self) -> list[Exchange]:
        return self.fediverse.internet.exchanges[self.start :]

    def given(self, host: str, *, by: str | None = None) -> bytes:
        """Every byte `host` was given since, in requests and answers; `by` one other server only."""
        found = []
        for one in self.passed():
            if one.host == host and one.arrived and by in (None, one.sender):
                found.append(one.request_bytes)
            if one.sender == host and by in (None, one.host):
                found.append(one.answer_bytes)
        return b"\n".join(found).lower()


def _asked(tx: Tx) -> Any:
    return tx.first(select(received_asks).where(received_asks.c.kind == "carry"))


Founder = Callable[[], Any]


@pytest.fixture
async def found(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Founder]:
    """Found another town, with a clock of its own that starts at the same moment."""
    made: list[Fediverse] = []

    async def make() -> Town:
        folder = tmp_path / f"town{len(made)}"
        folder.mkdir()
        made.append(Fediverse(sqlite_template, folder, Clock(datetime(2026, 3, 14, 9, 0, tzinfo=UTC))))
        town = Town(made[-1])
        await town.settle_in()
        return town

    yield make
    for one in made:
        await one.close()


def names_in(said: bytes) -> set[str]:
    """Who and which servers are named in some bytes."""
    words = ("bruno", "boris", "bela", "chloe", "zoe", "dora", "amina", "two", "four", "five", "three", "six")
    return {word for word in words if re.search(rf"\b{word}\b".encode(), said)}


CASES: list[tuple[int, dict[str, Says]]] = [
    (0, {"bruno": "yes", "boris": "no", "bela": "nothing"}),
    (0, {"bruno": "no", "boris": "nothing", "bela": "no"}),
    (1, {"bruno": "yes", "boris": "yes", "bela": "yes"}),
    (1, {"bruno": "yes", "boris": "no", "bela": "nothing"}),
]


@pytest.mark.parametrize(
    ("intimacy", "says"), CASES, ids=[f"{level}-{'-'.join(says.values())}" for level, says in CASES]
)
async def test_who_learns_what(found: Founder, intimacy: int, says: dict[str, Says]) -> None:
    """P04, P10, P12, P13, RULES R1, R7, R8, R20: the table, party by party."""
    town = await found()
    await town.play(intimacy, **says)
    agreed = {name for name, one in says.items() if one == "yes"}
    shown = TEXT in await town.three.chloe.reads()
    assert shown is (len(agreed) >= (2 if intimacy == 1 else 1))

    # A, S_A: nothing back from any carrier; at most that some server looked up A, as itself.
    for name, host in CARRIERS.items():
        posted = [one for one in town.passed() if one.host == "one.example" and one.sender == host]
        assert [one for one in posted if one.method == "POST"] == [], name
    heard = town.given("one.example")
    assert not {"chloe", "zoe", "dora"} & names_in(heard)
    for one in town.passed():
        if one.host == "one.example":
            assert (one.method, one.body) == ("GET", b"")
            assert set(names_in(one.request_bytes.lower())) <= {"amina", one.sender.partition(".")[0]}

    # F, S_B: their own question and what their own member did; no other carrier, no reader, no block.
    for name, host in CARRIERS.items():
        number = host.partition(".")[0]
        heard = town.given(host)
        mine = {"chloe", "three"} if name in agreed else set()
        assert names_in(heard) <= {name, number, "amina"} | mine, name
        assert [one for one in town.passed() if one.sender == "three.example" and one.host == host] == [
            one
            for one in town.passed()
            if one.sender == "three.example" and one.host == host and not one.body
        ]  # three.example posts nothing to a carrier: whether it was read, shown, held or dropped

    # G, S_C: A's name and text by those who agreed; nobody who refused or was silent, no other reader.
    heard = town.given("three.example")
    numbers = {CARRIERS[name].partition(".")[0] for name in agreed}
    assert names_in(heard) <= agreed | numbers | {"three", "chloe", "amina"} | ({"one"} if agreed else set())
    assert (TEXT.lower().encode() in heard) is bool(agreed)
    assert "zoe" not in names_in(heard)

    # Other recipients: nothing of each other.
    assert names_in(town.given("six.example")) <= {"six", "dora", "amina"}

    # Nobody: what the engine thinks.
    for one in town.passed():
        keys = rb'"(proofValue|publicKeyMultibase|publicKeyPem|salt|digestMultibase)":"[^"]*"'
        body = CHANCE.sub(b"", re.sub(keys, b"", one.body))
        assert INNER.search(body) is None
        assert INNER.search(CHANCE.sub(b"", one.url.encode())) is None


async def test_the_authors_server_cannot_tell_a_yes_from_a_no_from_silence(found: Founder) -> None:
    """RULES R8, C12: the same requests at the same times from every carrier's server, and the same words of
    the butler to Amina, whatever each of the three said."""
    heard, told = [], []
    for says in ("yes", "no", "nothing"):
        town = await found()
        await town.play(0, bruno=says, boris=says, bela=says)
        from_carriers = [
            (one.sender, one.method, httpx.URL(one.url).path, len(one.body))
            for one in town.passed()
            if one.host == "one.example" and one.sender in CARRIERS.values()
        ]
        heard.append(sorted(from_carriers))
        told.append(sorted(one.post.text for one in await town.one.amina.home()))
    assert heard[0] == heard[1] == heard[2]
    assert told[0] == told[1] == told[2]


async def test_a_block_is_hidden_in_every_ticket(found: Founder) -> None:
    """RULES R19, C13: no ticket names Zoé; each has as many numbers, in another order of salts; she is shown
    nothing although all three carriers are her friends."""
    town = await found()
    await town.play(0, bruno="yes", boris="yes", bela="yes")
    assert await town.three.zoe.reads() == []
    assert TEXT in await town.three.chloe.reads()
    tickets = {}
    for one in town.passed():
        sent = json.loads(one.body) if one.sender == "one.example" and one.body else {}
        if sent.get("type") == "Offer" and "instrument" in sent:
            tickets[sent["target"]] = sent["instrument"]
            assert "zoe" not in names_in(one.body.lower())
    assert {who.uri for who in town.carriers.values()} <= set(tickets)  # and perhaps Dora, by a later wave
    assert {len(ticket["exclude"]) for ticket in tickets.values()} == {32}
    assert len({ticket["salt"] for ticket in tickets.values()}) == len(tickets)
    assert not any(
        b"zoe" in one.body
        for one in town.passed()
        if one.sender in CARRIERS.values() and b"Offer" in one.body
    )


async def test_an_explicit_no_to_helping_goes_to_the_asking_server_alone(found: Founder) -> None:
    """FEDERATION_EXTENSION §2, RULES R8: Dora's no is a Reject to Amina's server and to nobody else, and not
    a word to Amina."""
    town = await found()
    await town.ask(0)
    dora, db = await town.one.amina.knows(town.six.dora), town.six.instance.db

    def ask(tx: Tx) -> None:
        ask_id = ask_rows.ask(tx, town.post_id, dora.id, "help", uri=tx.house.new_activity())
        if ask_id is not None:  # else the butler chose her for its first wave
            jobs.send_ask(tx, ask_id, town.post_id)

    await town.one.instance.db.write(ask)
    await town.fediverse.settle()
    before = sorted(one.post.text for one in await town.one.amina.home())
    asked = await db.read(lambda tx: tx.first(select(received_asks).where(received_asks.c.kind == "help")))
    assert asked is not None
    sent = len(town.fediverse.internet.exchanges)
    await db.write(carry_consent.answer, town.six.dora.id, asked.id, yes=False)
    await town.fediverse.settle()
    posted = [one for one in town.fediverse.internet.exchanges[sent:] if one.method == "POST"]
    assert [(one.host, json.loads(one.body)["type"]) for one in posted] == [("one.example", "Reject")]
    assert TEXT.encode() not in posted[0].body
    assert sorted(one.post.text for one in await town.one.amina.home()) == before


async def test_the_end_reaches_all_and_says_nothing_new(found: Founder) -> None:
    """P06, C11: lowered, the request is gone at Chloé's; what was sent for it names nobody new."""
    town = await found()
    await town.play(0, bruno="yes", boris="yes", bela="nothing")
    assert TEXT in await town.three.chloe.reads()
    before = {
        host: names_in(town.given(host)) for host in ("one.example", "three.example", *CARRIERS.values())
    }
    await town.one.instance.db.write(help.lower, town.one.amina.id, town.post_id)
    await town.fediverse.settle()
    assert TEXT not in await town.three.chloe.reads()
    for host, names in before.items():
        assert names_in(town.given(host)) <= names, host
