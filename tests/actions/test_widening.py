"""RULES R15: an edit may narrow at once; it widens by its author's second word, and answers stay as they are."""

import pytest

from fedi_aid.actions import audiences, editing, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.errors import Refused
from fedi_aid.model.control_tags import Explicit, read_edit
from fedi_aid.model.intimacy import Intimacy
from tests.world import Who, World, build

pytestmark = pytest.mark.anyio

HARD = "A hard week."
SOFTER = "A hard week, and a long one."


@pytest.fixture
async def world(database, clock) -> World:
    """Bruno is close to Amina, Dora is a friend; Zoé becomes one later."""
    world = await build(database, clock)
    await world.moves_in("dora", "zoe")
    await world.befriend(world.amina, world.dora)
    await world.db.write(ties.pin_as_close, world.amina.id, world.bruno.id)
    return world


async def edits(who: Who, post_id: int, text: str, **how) -> None:
    wish = Explicit(intimacy=how.pop("intimacy", None))
    draft = Draft(text=text, wish=wish, **how)
    await who.world.db.write(editing.edit, await who.member(), post_id, draft)
    await who.world.settle()


async def for_few(world: World) -> int:
    post_id = await world.amina.writes(HARD, intimacy=3, approved=True)
    await world.settle()
    assert await world.bruno.sees(post_id) is not None
    assert await world.dora.sees(post_id) is None
    return post_id


async def test_a_tag_in_an_edit_asks_first(world: World) -> None:
    """R15: the words change, the level stays, and a letter asks; a yes shows it wider."""
    post_id = await for_few(world)
    await edits(world.amina, post_id, f"{SOFTER} #intimacy2")
    seen = await world.bruno.sees(post_id)
    assert (seen.post.text, seen.post.intimacy) == (SOFTER, 3)
    assert await world.dora.sees(post_id) is None
    assert "Shall I show it wider?" in (await world.amina.letters())[0]
    await world.amina.tells_butler("yes")
    await world.settle()
    seen = await world.dora.sees(post_id)
    assert (seen.post.text, seen.post.intimacy) == (SOFTER, 2)
    assert [one.post.text for one in await world.dora.home()].count(SOFTER) == 1
    assert [one.post.text for one in await world.bruno.home()].count(SOFTER) == 1
    assert "level 2" in (await world.amina.letters())[0]


async def test_a_no_leaves_it(world: World) -> None:
    """R15."""
    post_id = await for_few(world)
    await edits(world.amina, post_id, f"{SOFTER} #intimacy0")
    await world.amina.tells_butler("non")
    await world.later(days=3)
    assert await world.dora.sees(post_id) is None
    assert (await world.amina.sees(post_id)).post.intimacy == 3
    assert "stays with those" in (await world.amina.letters())[0]


async def test_from_four_to_three_its_author_sees_who(world: World) -> None:
    """R14, R15: while it stays vulnerable, the letter lists who may read it then."""
    post_id = await world.amina.writes(HARD, intimacy=4, approved=True)
    await edits(world.amina, post_id, f"{SOFTER} #intimacy3")
    assert "Here is who may see it then: Bruno." in (await world.amina.letters())[0]


async def test_an_app_confirms_itself(world: World) -> None:
    """R15: without a word that it is meant, nothing is changed and the sentence says how; with it, at once."""
    post_id = await for_few(world)
    with pytest.raises(Refused, match=r"fedi_aid\[widen\]=true"):
        await edits(world.amina, post_id, SOFTER, intimacy=2)
    assert (await world.amina.sees(post_id)).post.text == HARD
    await edits(world.amina, post_id, SOFTER, intimacy=2, widen=True)
    assert (await world.dora.sees(post_id)).post.text == SOFTER
    assert (await world.amina.sees(post_id)).post.revision == 3


async def test_answers_stay_with_those_who_could_see_them(world: World) -> None:
    """R15, R7: neither an answer nor the author's continuation, nor their number, comes with it."""
    post_id = await for_few(world)
    answer = await world.bruno.writes("I am here.", reply_to_id=post_id)
    more = await world.amina.writes("It began on Monday.", reply_to_id=post_id)
    await world.settle()
    assert await world.bruno.sees(more) is not None
    await edits(world.amina, post_id, SOFTER, intimacy=1, widen=True)
    seen = await world.dora.sees(post_id)
    assert seen.replies == 0
    for hidden in (answer, more):
        assert await world.dora.sees(hidden) is None
    assert await world.amina.sees(answer) is not None


async def test_who_may_not_gains_nothing(world: World) -> None:
    """R6, R15, R11: no new friend, nobody blocked, nobody taken out before, nobody's friend."""
    post_id = await world.amina.writes(HARD, intimacy=2)
    await world.settle()
    assert await world.dora.sees(post_id) is not None
    amina = await world.amina.member()
    await world.db.write(audiences.wrong_person, amina, post_id, world.dora.id, always=False)
    await world.later(hours=1)
    await world.befriend(world.amina, world.zoe)
    await edits(world.amina, post_id, SOFTER, intimacy=0, widen=True)
    assert (await world.bruno.sees(post_id)).post.intimacy == 0
    for name in ("dora", "zoe", "dov", "chloe", "eve"):
        assert await world.everybody[name].sees(post_id) is None, name


async def test_a_tag_narrows_at_once(world: World) -> None:
    """R15: from a stock client too; who falls out loses it."""
    post_id = await world.amina.writes(HARD, intimacy=2)
    await world.settle()
    assert await world.dora.sees(post_id) is not None
    await edits(world.amina, post_id, f"{SOFTER} #intime3")
    assert await world.dora.sees(post_id) is None
    assert (await world.bruno.sees(post_id)).post.text == SOFTER
    await edits(world.amina, post_id, HARD)
    assert (await world.bruno.sees(post_id)).post.intimacy == 3


async def test_what_waits_for_a_yes_is_not_widened(world: World) -> None:
    """R14, R15."""
    post_id = await world.amina.writes(HARD, intimacy=4)
    await world.settle()
    with pytest.raises(Refused, match="has not gone anywhere"):
        await edits(world.amina, post_id, SOFTER, intimacy=2, widen=True)
    assert await world.bruno.sees(post_id) is None


def test_only_a_level_is_read_in_an_edit() -> None:
    """R13, R15."""
    assert read_edit("Words. #intimacy3") == ("Words.", Intimacy.CLOSE)
    assert read_edit("Words. #help #wood") == ("Words. #help #wood", None)
    assert read_edit("Words. #help #intime1 #wood") == ("Words. #help #wood", Intimacy.WIDE)
    with pytest.raises(Refused):
        read_edit("Words. #intimacy3 #intimacy1")
