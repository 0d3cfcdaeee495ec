"""RULES R20, R6: the questions about what a carrier vouches for, and about old friends, on both engines."""

from datetime import timedelta

import pytest

from fedi_aid.actions import reactions, ties, vouching
from fedi_aid.actions.people import RemoteActor, remember
from fedi_aid.model.ids import opaque
from fedi_aid.storage import audience_rows, people
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage import vouching as rows
from fedi_aid.storage.tx import Tx
from tests.world import World, build

pytestmark = pytest.mark.anyio
URI, NOTE = "https://a.example/users/zoe", "https://a.example/notes/1"


async def test_what_is_vouched_for(database, clock) -> None:
    """RULES R20: what members here did is found again when it is proven, and the name gives way."""
    world: World = await build(database, clock)
    amina, bruno = world.amina.id, world.bruno.id

    def bring(tx: Tx) -> tuple[int, int]:
        author = vouching.stand_in(tx, URI)
        assert author is not None
        again = vouching.stand_in(tx, URI)
        assert again is not None
        assert again.id == author.id
        assert vouching.stand_in(tx, f"{URI}/zoe") is None  # the same name under another address
        post_id = post_rows.insert(
            tx, uri=NOTE, author_id=author.id, reach="chosen", help_flag=True, intimacy=0, vouched_at=tx.now
        )
        audience_rows.admit(tx, post_id, amina, kind="carried", circle=2, opaque=opaque())
        reactions.favourite(tx, amina, post_id)
        ties.follow(tx, amina, author.id, word="Hello")
        return author.id, post_id

    author_id, post_id = await world.db.write(bring)
    answer = await world.amina.writes("I can.", reply_to_id=post_id)

    def ask(tx: Tx) -> None:
        assert rows.waits(tx, post_id)
        assert not rows.waits(tx, answer)
        assert rows.unproven_of(tx, author_id) == [post_id]
        assert rows.answers(tx, post_id, author_id) == [answer]
        assert [who for who, _ in rows.likes(tx, post_id)] == [amina]
        assert [(who, word) for who, _, word in rows.wishes(tx, author_id)] == [(amina, "Hello")]
        assert people.by_uri(tx, URI) is None
        assert not rows.was_false(tx, bruno, timedelta(days=1))
        assert not rows.living_leases(tx, post_id)

    await world.db.read(ask)

    def meet(tx: Tx) -> None:
        real = RemoteActor(uri="https://a.example/actors/9", username="Zoe", domain="a.example")
        remember(tx, real)
        known = people.by_handle(tx, "zoe", "a.example")
        assert known is not None
        assert known.uri == real.uri
        met = remember(tx, RemoteActor(uri=URI, username="zoe2", domain="a.example"))
        assert met == author_id
        found = people.by_uri(tx, URI)
        assert found is not None
        assert found.vouched_at is None

    await world.db.write(meet)


async def test_who_was_a_friend_by_then(database, clock) -> None:
    """RULES R6: friends of before, and not those of after; no request alone."""
    world: World = await build(database, clock)
    await world.moves_in("zoe")
    then = clock()
    clock.forward(hours=1)
    await world.befriend(world.amina, world.zoe)
    await world.db.write(ties.follow, world.eve.id, world.amina.id)
    found = await world.db.read(tie_rows.friends_before, world.amina.id, then)
    assert found == {world.bruno.id}
    clock.forward(hours=1)
    later = await world.db.read(tie_rows.friends_before, world.amina.id, clock())
    assert later == {world.bruno.id, world.zoe.id}
