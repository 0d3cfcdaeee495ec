"""Between friends, by the butler alone: a stock client suffices for what one can help with, thanks,
endorsements, introductions and wishes for friendship."""

import pytest

from fedi_aid.actions import abilities, endorsements, introductions, polls, thanks, ties
from fedi_aid.actions.people import update_profile
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.database import Database
from fedi_aid.storage.timelines import Page
from tests.conftest import Clock
from tests.world import Who, World, build

# The same questions on both engines: tests/api/test_abilities_api.py.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    made = await build(database, clock)
    await made.settle()
    return made


async def tells(who: Who, text: str, *, reply_to: int | None = None) -> str:
    """What the butler answers."""
    before = len(await who.letters())
    await who.tells_butler(text, reply_to=reply_to)
    await who.world.settle()
    letters = await who.letters()
    assert len(letters) == before + 1, letters
    return letters[0].partition(" ")[2]


async def said_of(who: Who) -> abilities.Abilities:
    return await who.world.db.read(abilities.show, who.id)


async def test_one_tells_the_butler_what_one_can_help_with(world: World) -> None:
    bruno = world.bruno
    assert "have not told me yet" in await tells(bruno, "What can I help with?")
    assert (await tells(bruno, "I can help with bicycles, the French paperwork and Spanish")).startswith(
        "Noted: bicycles, French paperwork, and Spanish."
    )
    assert "Noted: Polish." in await tells(bruno, "I speak Polish, please")
    assert "do not know that language" in await tells(bruno, "I speak nonsense")
    found = await said_of(bruno)
    assert found.skills == ("bicycles", "French paperwork")
    assert found.languages == ("es", "pl")
    assert "that is not your thing: tax forms" in await tells(bruno, "Not my thing: tax forms")
    await tells(bruno, "not my thing: bicycles")
    found = await said_of(bruno)
    assert found.skills == ("French paperwork",)
    assert set(found.not_my_thing) == {"bicycles", "tax forms"}
    told = await tells(bruno, "what can i help with")
    assert "You can help with: French paperwork. You speak: Spanish and Polish." in told
    refused = await tells(bruno, "I can help with " + "x" * 80)
    assert refused.startswith("I could not do that: ")


async def test_in_french_too(world: World) -> None:
    await world.db.write(update_profile, world.bruno.id, locale="fr")
    assert "C’est noté\u00a0: plomberie et espagnol." in await tells(
        world.bruno, "Je peux aider en plomberie et espagnol."
    )
    found = await said_of(world.bruno)
    assert (found.skills, found.languages) == (("plomberie",), ("es",))
    assert "ce n’est pas votre truc" in await tells(world.bruno, "Pas mon truc : les impôts")
    assert (await said_of(world.bruno)).not_my_thing == ("impôts",)


async def test_an_endorsement_is_put_to_its_subject_and_answered_there(world: World) -> None:
    amina, bruno = world.amina, world.bruno
    assert "Bruno" in await tells(amina, "I vouch for @bruno for French paperwork")
    letter = (await bruno.letters())[0]
    assert "Amina vouches for you: French paperwork." in letter
    assert "It is on your profile now" in await tells(bruno, "yes please")
    (found,) = await world.db.read(endorsements.received, bruno.id)
    assert (found.label, found.state) == ("French paperwork", "accepted")
    # A no is a no for good, and Amina hears nothing of it.
    await tells(amina, "I vouch for @bruno for patience")
    heard = len(await amina.letters())
    assert "shown to nobody" in await tells(bruno, "no")
    assert len(await amina.letters()) == heard
    assert len(await world.db.read(endorsements.received, bruno.id)) == 1


async def test_thanks_close_the_loop_and_may_become_an_endorsement(world: World) -> None:
    amina, bruno = world.amina, world.bruno
    assert "Shall I also say that you vouch for it: bicycle?" in await tells(
        amina, "Thank you @bruno for the bicycle!"
    )
    assert any("Amina says thank you for: bicycle" in text for text in await bruno.letters())
    assert await world.db.read(endorsements.received, bruno.id) == []
    assert "It counts once they accept it" in await tells(amina, "yes")
    assert [one.label for one in await world.db.read(endorsements.received, bruno.id)] == ["bicycle"]
    # Without a what there is nothing to vouch for.
    assert "I thank Bruno for you." in await tells(amina, "thanks @bruno")
    assert len(await world.db.read(thanks.received, bruno.id)) == 2


async def test_orders_about_strangers_and_nobody_do_nothing(world: World) -> None:
    """Bad input: a short true answer, and never an action."""
    amina = world.amina
    assert "not friends with" in await tells(amina, "thanks @eve for the cake")
    assert "whole address" in await tells(amina, "thanks @nobody_here for the cake")
    assert "did not understand" in await tells(amina, "I vouch for @butler for patience")
    assert "not friends with" in await tells(amina, "I vouch for @eve for cake")
    assert "For what?" in await tells(amina, "I vouch for @bruno")
    assert "Whom to whom?" in await tells(amina, "introduce @bruno")
    assert "between friends" in await tells(amina, "introduce @bruno to @eve")
    # Dov is blocked: as with anybody who is no friend.
    assert "not friends with" in await tells(amina, "thanks @dov for the cake")
    for who in (world.eve, world.dov, world.bruno):
        assert await world.db.read(thanks.received, who.id) == []
        assert await world.db.read(endorsements.received, who.id) == []
        assert await world.db.read(introductions.waiting, who.id) == []


async def test_two_friends_are_introduced_by_one_sentence(world: World) -> None:
    """R8, R26."""
    amina, bruno, chloe = world.amina, world.bruno, world.chloe
    assert "each by themselves" in await tells(bruno, "Introduce @amina to @chloe, please")
    assert "Bruno would like you to meet Chloe (chloe)." in (await amina.letters())[0]
    assert "if Chloe says yes too" in await tells(amina, "yes")
    assert not await world.db.read(tie_rows.are_friends, amina.id, chloe.id)
    heard = len(await bruno.letters())
    assert "nobody will propose it again" in await tells(chloe, "no")
    assert not await world.db.read(tie_rows.are_friends, amina.id, chloe.id)
    assert len(await bruno.letters()) == heard
    await world.db.write(ties.follow, amina.id, chloe.id)  # she may still ask herself
    assert not await world.db.read(tie_rows.are_friends, amina.id, chloe.id)


async def test_a_vote_answers_as_a_word_does(world: World) -> None:
    amina, bruno = world.amina, world.bruno
    await tells(amina, "I vouch for @bruno for patience")
    notices = await world.db.read(timelines.notices, bruno.id, Page(limit=10))
    asked = next(one.post for one in notices if one.post and "vouches" in one.post.post.text)
    poll = await world.db.read(poll_rows.of_post, bruno.id, asked.post.id)
    assert poll is not None
    await world.db.write(polls.vote, await bruno.member(), poll.id, [0])
    await world.settle()
    assert "It is on your profile now" in (await bruno.letters())[0]


async def test_who_would_like_to_be_friends(world: World) -> None:
    assert "Nobody is waiting" in await tells(world.eve, "friend requests")
    await world.db.write(ties.follow, world.chloe.id, world.eve.id, word="We met at the market.")
    told = await tells(world.eve, "Who wants to be my friend?")
    assert "Chloe (chloe): “We met at the market.”" in told


async def test_what_is_put_to_somebody_waits_for_their_hour(world: World) -> None:
    """Quiet hours and pauses hold for endorsements, thanks and introductions too; silence of the butler ends it."""
    amina, bruno = world.amina, world.bruno
    hour = world.clock().hour
    await world.db.write(update_profile, bruno.id, quiet_from=hour, quiet_until=(hour + 3) % 24)
    before = len(await bruno.letters())
    await tells(amina, "I vouch for @bruno for patience")
    await tells(amina, "thanks @bruno")
    await world.later(hours=1)
    assert len(await bruno.letters()) == before
    for _ in range(4):
        await world.later(hours=1)
    assert len(await bruno.letters()) == before + 2
    await world.db.write(update_profile, bruno.id, butler_silent=True)
    await tells(amina, "I vouch for @bruno for law")
    await world.later(hours=30)
    assert len(await bruno.letters()) == before + 2
    assert len(await world.db.read(endorsements.received, bruno.id)) == 2


async def test_i_can_help_with_that_is_an_answer(world: World) -> None:
    """In answer to a question it is a yes, and no skill called "that"."""
    await world.amina.asks("My shop needs a ramp", intimacy=1)
    await world.settle()
    told = await tells(world.bruno, "I can help with that")
    assert "Amina" in told
    assert (await said_of(world.bruno)).skills == ()
