"""The main job on one server: the same rules as across three, without HTTP."""

import pytest

from fedi_aid.actions import help as help_actions
from fedi_aid.actions import reactions
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from tests.world import World, build

pytestmark = pytest.mark.anyio
RAMP = "My shop needs a ramp. Who knows a carpenter?"


@pytest.fixture
async def world(database, clock) -> World:
    return await build(database, clock)


async def test_a_bottle_travels_through_a_friend_and_comes_home(world: World) -> None:
    """R24: and nobody guesses that an answer is an offer of help; who answers is asked."""
    post_id = await world.amina.writes(f"{RAMP} #help #bottle")
    await world.settle()

    own = await world.amina.sees(post_id)
    assert own.post.text == RAMP
    assert (own.post.reach, own.post.intimacy, own.post.help_flag) == ("chosen", 0, True)
    assert "Your flag is up" in (await world.amina.letters())[0]

    # Bruno sees it, and his butler asks him to carry; Chloé knows nothing yet.
    assert (await world.bruno.sees(post_id)).access.kind == "chosen"
    assert "May I show this" in (await world.bruno.letters())[0]
    assert await world.chloe.sees(post_id) is None

    await world.bruno.tells_butler("yes")
    await world.settle()
    [entry] = [one for one in await world.chloe.home() if one.post.id == post_id]
    assert entry.boost.person.username == "bruno"
    assert entry.boost.carried
    assert [one.username for one in entry.carriers] == ["bruno"]

    # Chloé answers; it is direct, and no stranger's.
    reply_id = await world.chloe.writes("I know one!", reply_to_id=entry.boost.id, visibility="private")
    await world.settle()
    reply = await world.amina.sees(reply_id)
    assert reply.post.reach == "direct"
    notices = await world.db.read(timelines.notices, world.amina.id, Page())
    assert (reply_id, False) in [(one.post.post.id, one.stranger) for one in notices if one.post]
    assert await world.bruno.sees(reply_id) is None

    # Chloé's butler asks whether Amina may be told that she can help (R24).
    assert "Shall I tell Amina" in (await world.chloe.letters())[0]
    await world.chloe.tells_butler("oui, volontiers !")
    await world.chloe.tells_butler("yes")
    await world.settle()
    assert any("Chloe offers to help" in one for one in await world.amina.letters())

    await world.amina.tells_butler("done")
    await world.settle()
    assert (await world.amina.sees(post_id)).post.help_flag is False
    assert (await world.bruno.sees(post_id)).post.help_flag is False
    assert (await world.chloe.sees(post_id)).post.help_flag is False
    assert any("Thank you for coming forward" in one for one in await world.chloe.letters())
    assert any("having carried it" in one for one in await world.bruno.letters())
    assert not await world.db.read(question_rows.open_questions, world.bruno.id)
    assert not await world.db.read(question_rows.open_questions, world.chloe.id)


async def test_who_was_blocked_finds_nothing(world: World) -> None:
    post_id = await world.amina.writes(f"{RAMP} #help #bottle")
    await world.settle()
    assert await world.dov.sees(post_id) is None
    assert not [one for one in await world.dov.home() if one.post.id == post_id]
    assert await world.eve.sees(post_id) is None


async def test_a_request_of_level_two_is_never_carried(world: World) -> None:
    post_id = await world.amina.asks(RAMP, intimacy=2)
    await world.settle()
    assert "Can you help?" in (await world.bruno.letters())[0]
    await world.later(days=3)
    assert {one.kind for one in await world.db.read(ask_rows.asks_of, post_id)} == {"help"}
    with pytest.raises(Exception, match="not allowed"):
        await world.db.write(reactions.boost, world.bruno.id, post_id)


async def test_a_friend_of_a_friend_who_did_not_answer_loses_it_when_the_flag_comes_down(
    world: World,
) -> None:
    post_id = await world.amina.writes(f"{RAMP} #bottle")
    await world.settle()
    await world.db.write(reactions.boost, world.bruno.id, post_id)  # the boost is the yes (R16)
    await world.settle()
    assert await world.chloe.sees(post_id) is not None
    await world.db.write(help_actions.lower, world.amina.id, post_id)
    await world.settle()
    assert await world.chloe.sees(post_id) is None
    assert not [one for one in await world.chloe.home() if one.post.id == post_id]


async def test_unboosting_takes_the_carry_back(world: World) -> None:
    post_id = await world.amina.writes(f"{RAMP} #bottle")
    await world.settle()
    await world.bruno.tells_butler("yes")
    await world.settle()
    assert await world.chloe.sees(post_id) is not None
    await world.db.write(reactions.unboost, world.bruno.id, post_id)
    await world.settle()
    assert await world.chloe.sees(post_id) is None


async def test_a_yes_to_a_named_ask_becomes_an_offer_and_its_author_is_told(world: World) -> None:
    post_id = await world.amina.asks(RAMP, intimacy=2)
    await world.settle()
    await world.bruno.tells_butler("yes")
    await world.settle()
    [offer] = await world.db.read(help_rows.offers_of, post_id)
    assert offer.person_id == world.bruno.id
    assert any("Bruno offers to help" in one for one in await world.amina.letters())


async def test_a_no_is_told_to_nobody(world: World) -> None:
    post_id = await world.amina.asks(RAMP, intimacy=2)
    await world.settle()
    before = await world.amina.letters()
    await world.bruno.tells_butler("no")
    await world.settle()
    assert await world.amina.letters() == before
    assert not await world.db.read(help_rows.offers_of, post_id)


async def test_a_bare_yes_with_two_open_questions_asks_which(world: World) -> None:
    """R5: nothing is guessed."""
    await world.befriend(world.eve, world.bruno)
    await world.amina.asks("First need", intimacy=2)
    await world.eve.asks("Second need", intimacy=2)
    await world.settle()
    await world.bruno.tells_butler("yes")
    await world.settle()
    letter = (await world.bruno.letters())[0]
    assert "Which one do you mean?" in letter
    assert "First need" in letter
    assert "Second need" in letter


async def test_pause_and_still(world: World) -> None:
    post_id = await world.amina.asks(RAMP, intimacy=2)
    await world.settle()
    await world.amina.tells_butler("pause")
    await world.settle()
    assert (await world.db.read(help_rows.request, post_id)).state == "paused"
    await world.amina.tells_butler("Toujours.")
    await world.settle()
    assert (await world.db.read(help_rows.request, post_id)).state == "open"
    assert (await world.amina.sees(post_id)).post.help_flag is True


async def test_blocking_a_reader_withdraws_at_once(world: World) -> None:
    """R6."""
    post_id = await world.amina.asks(RAMP, intimacy=2)
    await world.settle()
    assert await world.bruno.sees(post_id) is not None
    await world.amina.blocks(world.bruno)
    assert await world.bruno.sees(post_id) is None
    assert {one.state for one in await world.db.read(ask_rows.asks_of, post_id)} == {"withdrawn"}


async def test_a_post_to_the_butler_is_read_by_the_butler_alone(world: World) -> None:
    """R5: whatever its visibility, and nobody else named in it hears of it."""
    post_id = await world.amina.writes("@butler help, and tell @bruno too", visibility="public")
    await world.settle()
    assert await world.bruno.sees(post_id) is None
    assert not [one for one in await world.bruno.home() if one.post.id == post_id]
    assert "I did not understand" in (await world.amina.letters())[0]


async def test_the_flag_survives_everything_but_its_authors_word(world: World) -> None:
    """M6: the request sleeps, the flag stays up."""
    post_id = await world.amina.asks(RAMP, intimacy=2)
    await world.settle()
    for _ in range(12):
        await world.later(days=1)
    request = await world.db.read(help_rows.request, post_id)
    assert request.state == "asleep"
    assert (await world.bruno.sees(post_id)).post.help_flag is True
