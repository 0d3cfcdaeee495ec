"""Two instances: follow, accept, end of a friendship, block; and what a stranger's server cannot do."""

import pytest

from fedi_aid.actions import ties
from fedi_aid.storage import ties as tie_rows
from tests.federation.conftest import Fediverse, Who

pytestmark = pytest.mark.anyio


async def _friends(one: Who, other: Who) -> tuple[bool, bool]:
    """Whether each server takes the two for friends."""
    here = await one.server.instance.db.read(tie_rows.are_friends, one.id, (await one.knows(other)).id)
    there = await other.server.instance.db.read(tie_rows.are_friends, other.id, (await other.knows(one)).id)
    return here, there


async def test_a_friendship_is_made_by_signed_follow_and_accept(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await one.amina.does(ties.follow, two.bruno, word="We met at the market.")
    await fediverse.settle()
    assert await _friends(one.amina, two.bruno) == (False, False)  # A09: nothing without Bruno's yes
    assert await two.bruno.notices() == ["follow_request"]
    asked = await two.instance.db.read(tie_rows.follow, (await two.bruno.knows(one.amina)).id, two.bruno.id)
    assert asked is not None
    assert asked.word == "We met at the market."
    await two.bruno.does(ties.accept, one.amina)
    await fediverse.settle()
    assert await _friends(one.amina, two.bruno) == (True, True)
    assert await one.waiting() == {}
    assert await two.waiting() == {}


async def test_the_end_of_a_friendship_arrives(fediverse: Fediverse) -> None:
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    await fediverse.befriend(one.amina, two.bruno)
    await two.bruno.does(ties.unfollow, one.amina)
    await fediverse.settle()
    assert await _friends(one.amina, two.bruno) == (False, False)


async def test_a_block_is_told_as_reject_and_undo_never_as_block(fediverse: Fediverse) -> None:
    """RULES R6: a Block would tell the blocked."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "dov")
    await fediverse.befriend(one.amina, two.dov)
    seen = len(fediverse.internet.exchanges)
    await one.amina.does(ties.block, two.dov)
    await fediverse.settle()
    sent = [exchange.body for exchange in fediverse.internet.exchanges[seen:] if exchange.method == "POST"]
    assert any(b'"Reject"' in body for body in sent)
    assert any(b'"Undo"' in body for body in sent)
    assert not any(b'"Block"' in body for body in sent)
    assert await _friends(one.amina, two.dov) == (False, False)


async def test_accept_by_a_third_party_or_of_nothing_makes_no_friend(fediverse: Fediverse) -> None:
    """A08: an Accept must come from the one we asked, and name our Follow."""
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("evil.example", "mallory")
    two = await fediverse.server("two.example", "bruno")
    await one.amina.does(ties.follow, two.bruno)
    mallory = peer.persona("mallory")
    bruno = await one.amina.knows(two.bruno)
    asked = await one.instance.db.read(tie_rows.follow, one.amina.id, bruno.id)
    assert asked is not None
    inner = {"id": asked.uri, "type": "Follow", "actor": one.amina.uri, "object": two.bruno.uri}
    for about in (inner, asked.uri, inner | {"object": mallory.uri}, f"{one.amina.uri}/nothing"):
        answer = await mallory.posts(one.amina.inbox, mallory.says("Accept", about))
        assert answer.status_code == 202
    await one.runner.run_until_idle()
    known = await one.amina.knows(mallory)
    assert not await one.instance.db.read(tie_rows.is_following, one.amina.id, known.id)
    assert not await one.instance.db.read(tie_rows.is_following, known.id, one.amina.id)
    again = await one.instance.db.read(tie_rows.follow, one.amina.id, bruno.id)
    assert again is not None
    assert again.state == "asked"


async def test_only_the_follower_undoes_a_follow(fediverse: Fediverse) -> None:
    """A07."""
    one = await fediverse.server("one.example", "amina")
    two = await fediverse.server("two.example", "bruno")
    peer = fediverse.peer("evil.example", "mallory")
    await fediverse.befriend(one.amina, two.bruno)
    mallory = peer.persona("mallory")
    bruno = await one.amina.knows(two.bruno)
    theirs = await one.instance.db.read(tie_rows.follow, bruno.id, one.amina.id)
    assert theirs is not None
    inner = {"id": theirs.uri, "type": "Follow", "actor": two.bruno.uri, "object": one.amina.uri}
    for about in (inner, theirs.uri):
        await mallory.posts(one.amina.inbox, mallory.says("Undo", about))
    await fediverse.settle()
    assert await _friends(one.amina, two.bruno) == (True, True)


async def test_a_block_from_elsewhere_cuts_both_directions(fediverse: Fediverse) -> None:
    """A10."""
    one = await fediverse.server("one.example", "amina")
    peer = fediverse.peer("plain.example", "frank")
    frank = peer.persona("frank")
    await frank.posts(one.amina.inbox, frank.says("Follow", one.amina.uri))
    await fediverse.settle()
    await one.amina.does(ties.accept, frank)
    await fediverse.settle()
    assert [one["type"] for one in peer.got] == ["Accept", "Follow"]
    await frank.posts(one.amina.inbox, frank.says("Accept", peer.said("Follow")[0]))
    await fediverse.settle()
    known = await one.amina.knows(frank)
    assert await one.instance.db.read(tie_rows.are_friends, one.amina.id, known.id)
    await frank.posts(one.amina.inbox, frank.says("Block", one.amina.uri))
    await fediverse.settle()
    assert not await one.instance.db.read(tie_rows.is_following, one.amina.id, known.id)
    assert not await one.instance.db.read(tie_rows.is_following, known.id, one.amina.id)
    assert await one.instance.db.read(tie_rows.has_blocked, known.id, one.amina.id)
