"""Moving accounts (Move, FEP-7628): who is believed, and that nothing moves by itself (A15)."""

from typing import Any

import pytest
from sqlalchemy import insert

from fedi_aid.actions import moves as actions
from fedi_aid.actions import ties as tie_actions
from fedi_aid.activitypub import remote
from fedi_aid.client_api.entities.account import accounts
from fedi_aid.client_api.entities.look import Look
from fedi_aid.errors import NotFound, Refused
from fedi_aid.model.people import Person
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
    fediverse.clock.forward(hours=1)  # so that what Mallory says now is looked up
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


# -- members who move


async def names(fediverse: Fediverse, one: Server, member: Who, *others: Persona) -> None:
    """A member says that these accounts are theirs too."""
    for other in others:
        await member.does(actions.add_alias, other)
    await fediverse.settle()


async def afresh(one: Server, persona: Persona) -> Person:
    return await remote.fetch_actor(one.instance, persona.uri)


async def test_a_member_moves_out(fediverse: Fediverse, one: Server, old: Persona, new: Persona) -> None:
    """FEP-7628, pushed: told to followers' servers once the other account says so; friends stay friends, and
    each is told; nothing is written here any more; taken back, it is as before, but for the 30 days."""
    await fediverse.befriend(one.amina, one.eve)
    knows_uri = new.document() | {"alsoKnownAs": [one.amina.uri]}
    target = await afresh(one, new)
    with pytest.raises(Refused, match="does not name this account"):
        await one.instance.db.write(actions.move_out, one.amina.id, target.id)
    new.peer.documents["/users/frank"] = (200, knows_uri)
    await afresh(one, new)
    fediverse.clock.forward(minutes=6)
    with pytest.raises(Refused, match="does not name this account"):  # it said so, but not now
        await one.instance.db.write(actions.move_out, one.amina.id, target.id)
    await afresh(one, new)
    await one.instance.db.write(actions.move_out, one.amina.id, target.id)
    await fediverse.settle()
    (move,) = old.peer.said("Move")
    assert (move["actor"], move["object"], move["target"]) == (one.amina.uri, one.amina.uri, new.uri)
    assert move["to"] == [f"{one.amina.uri}/followers"]
    assert [one["object"].get("movedTo") for one in old.peer.said("Update")] == [new.uri]
    assert (await fediverse.asks(one.amina.uri)).json()["movedTo"] == new.uri
    assert len(await letters(one.eve)) == 1
    here = await one.amina.knows(old)
    assert await one.instance.db.read(ties.are_friends, one.amina.id, here.id)
    with pytest.raises(Refused, match="You have moved"):
        await one.amina.writes("Still here?")
    with pytest.raises(Refused, match="You have moved"):
        await one.amina.does(tie_actions.follow, old.peer.persona("gus"))
    look = Look(viewer=one.eve.id, house=one.instance.house, locale="en")
    me = (await one.amina.member()).person
    shown = await one.instance.db.read(lambda tx: accounts(tx, look, [me]))
    assert shown[0]["moved"]["acct"] == "frank@new.example"
    with pytest.raises(Refused, match="moved already"):
        await one.instance.db.write(actions.move_out, one.amina.id, target.id)

    await one.instance.db.write(actions.stay, one.amina.id)
    await fediverse.settle()
    assert "movedTo" not in old.peer.said("Update")[-1]["object"]
    await one.amina.writes("Still here.")
    await afresh(one, new)
    with pytest.raises(Refused, match="30 days"):
        await one.instance.db.write(actions.move_out, one.amina.id, target.id)
    fediverse.clock.forward(days=31)
    await afresh(one, new)
    await one.instance.db.write(actions.move_out, one.amina.id, target.id)


async def test_who_asks_to_follow_a_member_who_moved_is_refused(
    fediverse: Fediverse, one: Server, old: Persona, new: Persona
) -> None:
    new.peer.documents["/users/frank"] = (200, new.document() | {"alsoKnownAs": [one.amina.uri]})
    target = await afresh(one, new)
    await one.instance.db.write(actions.move_out, one.amina.id, target.id)
    gus = old.peer.persona("gus")
    await gus.posts(one.amina.inbox, gus.says("Follow", one.amina.uri))
    await fediverse.settle()
    assert [one["type"] for one in old.peer.got if one["type"] in ("Accept", "Reject")][-1] == "Reject"
    assert "follow_request" not in await one.amina.notices()


async def test_what_was_carried_is_withdrawn_before_its_author_moves(
    fediverse: Fediverse, one: Server, new: Persona
) -> None:
    """R6: the tickets are taken back."""
    near = fediverse.peer("near.example", "bruno", plain=False)
    await befriended(fediverse, one.amina, near, "bruno")
    await one.amina.asks("Who has a ladder?", intimacy=0)
    await fediverse.settle()
    assert any("instrument" in offer for offer in near.said("Offer"))
    before = len(near.said("Delete")) + len(near.said("Undo"))
    new.peer.documents["/users/frank"] = (200, new.document() | {"alsoKnownAs": [one.amina.uri]})
    target = await afresh(one, new)
    await one.instance.db.write(actions.move_out, one.amina.id, target.id)
    await fediverse.settle()
    assert len(near.said("Delete")) + len(near.said("Undo")) > before
    kinds = [one["type"] for one in near.got]
    assert kinds.index("Move") > max(at for at, kind in enumerate(kinds) if kind in ("Delete", "Undo"))


async def test_a_member_moves_in(fediverse: Fediverse, one: Server, old: Persona) -> None:
    """What other servers look for before they believe a Move to here; taken back, it is gone."""
    gus = old.peer.persona("gus")
    await names(fediverse, one, one.eve, gus)
    assert (await fediverse.asks(one.eve.uri)).json()["alsoKnownAs"] == [gus.uri]
    known = await one.eve.knows(gus)
    dwelling = await one.instance.db.read(actions.dwelling_of, one.eve.id)
    assert [alias.id for alias in dwelling.aliases] == [known.id]
    await one.instance.db.write(actions.drop_alias, one.eve.id, known.id)
    assert "alsoKnownAs" not in (await fediverse.asks(one.eve.uri)).json()


async def test_a_member_pulls_an_account_here(fediverse: Fediverse, one: Server, old: Persona) -> None:
    """FEP-7628, pulled: both name each other; who follows the old account here is told, and decides (A15)."""
    known = await afresh(one, old)
    with pytest.raises(Refused, match="Name frank@old.example"):
        await one.instance.db.write(actions.move_in, one.eve.id, known.id)
    await names(fediverse, one, one.eve, old)
    with pytest.raises(Refused, match="does not name this account"):
        await one.instance.db.write(actions.move_in, one.eve.id, known.id)
    old.peer.documents["/users/frank"] = (200, old.document() | {"alsoKnownAs": [one.eve.uri]})
    await afresh(one, old)
    await one.instance.db.write(actions.move_in, one.eve.id, known.id)
    await fediverse.settle()
    (move,) = old.peer.said("Move")
    assert (move["actor"], move["object"], move["target"]) == (one.eve.uri, old.uri, one.eve.uri)
    assert len(await letters(one.amina)) == 1
    assert not await one.instance.db.read(ties.is_following, one.amina.id, one.eve.id)


async def test_aliases_are_of_other_people_and_few(fediverse: Fediverse, one: Server, old: Persona) -> None:
    with pytest.raises(Refused, match="account you are using"):
        await one.instance.db.write(actions.add_alias, one.eve.id, one.eve.id)
    for number in range(10):
        await names(fediverse, one, one.eve, old.peer.persona(f"alias{number}"))
    with pytest.raises(Refused, match="At most 10"):
        await names(fediverse, one, one.eve, old)
    with pytest.raises(NotFound):
        await one.instance.db.write(actions.drop_alias, one.eve.id, (await afresh(one, old)).id)
