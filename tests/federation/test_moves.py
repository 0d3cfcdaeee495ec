"""Moving accounts (Move, FEP-7628): who is believed, and that nothing moves by itself (A15)."""

from typing import Any

import pytest
from sqlalchemy import insert

from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Look
from fedi_aid.storage import moves, ties
from fedi_aid.storage.tables.moderation import domain_rules
from fedi_aid.storage.timelines import Page, notices
from tests.federation.conftest import Fediverse, Peer, Persona, Server, Who
from tests.federation.test_polls import befriended

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(fediverse: Fediverse) -> Server:
    return await fediverse.server("one.example", "amina", "eve")


@pytest.fixture
async def old(fediverse: Fediverse, one: Server) -> Persona:
    """Frank, a friend of Amina's."""
    peer = fediverse.peer("old.example", "frank", "gus")
    return await befriended(fediverse, one.amina, peer, "frank")


@pytest.fixture
def new(fediverse: Fediverse, old: Persona) -> Persona:
    made = fediverse.peer("new.example", "frank").persona("frank")
    knows(made, old)
    return made


def knows(one: Persona, *others: Persona) -> None:
    """Their own server says that they are also known as these."""
    names = [other.uri for other in others]
    document = one.document() | {"alsoKnownAs": names}
    one.peer.documents[f"/users/{one.name}"] = (200, document)


async def letters(member: Who) -> list[str]:
    found = await member.server.instance.db.read(notices, member.id, Page(limit=40))
    return [one.post.post.text for one in found if one.post and "another account" in one.post.post.text]


async def moves_on(fediverse: Fediverse, member: Who, by: Persona, old: str, new: str) -> None:
    answer = await by.posts(member.inbox, by.says("Move", old, target=new))
    assert answer.status_code == 202
    await fediverse.settle()


async def test_a_move_is_told_and_moves_nothing(
    fediverse: Fediverse, one: Server, old: Persona, new: Persona
) -> None:
    """A15: the friendship stays where it is, no follow is sent, those who follow them get one letter."""
    await moves_on(fediverse, one.amina, old, old.uri, new.uri)
    assert len(await letters(one.amina)) == 1
    assert "frank@new.example" in (await letters(one.amina))[0]
    assert await letters(one.eve) == []
    here, there = await one.amina.knows(old), await one.amina.knows(new)
    assert await one.instance.db.read(ties.are_friends, one.amina.id, here.id)
    assert not await one.instance.db.read(ties.is_following, one.amina.id, there.id)
    assert new.peer.said("Follow") == []
    assert (await one.instance.db.read(moves.whereabouts, here.id)).moved_to == new.uri
    look = Look(viewer=one.amina.id, house=one.instance.house, locale="en")
    shown = await one.instance.db.read(lambda tx: accounts(tx, look, [here, there]))
    assert shown[0]["moved"]["acct"] == "frank@new.example"
    assert "moved" not in shown[1]


async def test_only_both_accounts_together_are_believed(
    fediverse: Fediverse, one: Server, old: Persona, new: Persona
) -> None:
    """A15: not a target that does not list them, not somebody else's Move, not a move to itself."""
    mallory = fediverse.peer("evil.example", "mallory").persona("mallory")
    await moves_on(fediverse, one.amina, old, old.uri, mallory.uri)
    knows(mallory, old)
    await moves_on(fediverse, one.amina, mallory, old.uri, mallory.uri)  # pulled without the old one's word
    await moves_on(fediverse, one.amina, mallory, old.uri, new.uri)
    await moves_on(fediverse, one.amina, old, old.uri, old.uri)
    await moves_on(fediverse, one.amina, old, one.amina.uri, new.uri)
    await moves_on(fediverse, one.amina, old, old.uri, one.eve.uri)
    await moves_on(fediverse, one.amina, old, old.uri, "")
    assert await letters(one.amina) == []


async def test_the_target_is_asked_now(fediverse: Fediverse, one: Server, old: Persona, new: Persona) -> None:
    """A15: an alias that was taken back does not count, whatever is remembered here."""
    await one.amina.knows(new)
    fediverse.clock.forward(hours=1)
    knows(new)
    await moves_on(fediverse, one.amina, old, old.uri, new.uri)
    assert await letters(one.amina) == []


async def test_the_new_account_may_say_it_when_the_old_one_agrees(
    fediverse: Fediverse, one: Server, old: Persona, new: Persona
) -> None:
    """FEP-7628, pulled: both list each other, as their servers say now."""
    knows(old, new)
    fediverse.clock.forward(hours=1)
    await moves_on(fediverse, one.amina, new, old.uri, new.uri)
    assert len(await letters(one.amina)) == 1


async def test_nobody_moves_on_and_on(fediverse: Fediverse, one: Server, old: Persona, new: Persona) -> None:
    """A15: a cooldown, and no chains."""
    await moves_on(fediverse, one.amina, old, old.uri, new.uri)
    third: Peer = fediverse.peer("third.example", "frank")
    knows(third.persona("frank"), old)
    fediverse.clock.forward(days=2)
    await moves_on(fediverse, one.amina, old, old.uri, third.persona("frank").uri)
    assert len(await letters(one.amina)) == 1
    gus = await befriended(fediverse, one.amina, old.peer, "gus")
    knows(old, gus)
    await moves_on(fediverse, one.amina, gus, gus.uri, old.uri)  # to an account that has moved away
    assert len(await letters(one.amina)) == 1
    fediverse.clock.forward(days=31)
    await moves_on(fediverse, one.amina, old, old.uri, third.persona("frank").uri)
    assert len(await letters(one.amina)) == 2


async def test_nobody_moves_to_a_suspended_server(
    fediverse: Fediverse, one: Server, old: Persona, new: Persona
) -> None:
    """A23: and it is not asked anything."""

    def suspend(tx: Any) -> None:
        tx.run(insert(domain_rules).values(domain="new.example", severity="suspend", created_at=tx.now))

    await one.instance.db.write(suspend)
    await moves_on(fediverse, one.amina, old, old.uri, new.uri)
    assert await letters(one.amina) == []
    assert new.peer.asked == []
