"""Who helped in the end is for the author to say, and a card's answers do what they say: on a real server."""

import pytest

from fedi_aid.actions import endorsements, goals, polls, projects, thanks
from fedi_aid.actions import help as help_actions
from fedi_aid.actions.people import update_profile
from fedi_aid.storage import goals as goal_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.database import Database
from fedi_aid.storage.timelines import Page
from tests.conftest import Clock
from tests.world import Who, World, build

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
RAMP = "My shop needs a ramp."


@pytest.fixture
async def world(database: Database, clock: Clock) -> World:
    """Amina's friends are Bruno and Chloé."""
    made = await build(database, clock)
    await made.befriend(made.amina, made.chloe)
    return made


async def tell(who: Who, text: str, *, reply_to: int | None = None) -> str:
    """Say something to the butler; its one answer, without the address."""
    before = len(await who.letters())
    await who.tells_butler(text, reply_to=reply_to)
    await who.world.settle()
    letters = await who.letters()
    assert len(letters) == before + 1, letters
    return letters[0].partition(" ")[2].replace("\u00a0", " ")


async def message(who: Who, words: str) -> int:
    notices = await who.world.db.read(timelines.notices, who.id, Page(limit=80))
    return next(one.post.post.id for one in notices if one.post and words in one.post.post.text)


async def vote(who: Who, words: str, *places: int) -> str:
    """A choice in the poll of the letter that says these words, and the answer."""
    poll = await who.world.db.read(poll_rows.of_post, who.id, await message(who, words))
    await who.world.db.write(polls.vote, await who.member(), poll.id, list(places))
    await who.world.settle()
    return (await who.letters())[0].partition(" ")[2]


async def asked(world: World, *helpers: Who) -> int:
    """A request to which these offered help."""
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    for one in helpers:
        await world.db.write(help_actions.offer, await one.member(), post_id, words="I can help.")
    await world.settle()
    return post_id


async def helped(world: World, post_id: int) -> set[str]:
    names = {one.id: name for name, one in world.everybody.items()}
    offers = await world.db.read(help_rows.offers_of, post_id)
    return {names[one.person_id] for one in offers if one.state == "thanked"}


async def thanked_for(who: Who) -> list[str]:
    return [one.label for one in await who.world.db.read(thanks.received, who.id)]


async def test_done_and_thanks_in_one_message(world: World) -> None:
    """The flag comes down, who is named is thanked for it, and vouched for by a further yes."""
    post_id = await asked(world, world.bruno)
    answer = await tell(world.amina, "Done! Thanks @bruno for carpentry and @chloe for the soup")
    assert "The flag is down for “My shop needs a ramp.”" in answer
    assert "I thank Bruno and Chloe for you." in answer
    assert "you vouch for it: Bruno (carpentry) and Chloe (soup)?" in answer
    assert (await world.db.read(help_rows.request, post_id)).outcome == "solved"
    assert await helped(world, post_id) == {"bruno"}  # Chloé had not offered: she is thanked as a friend
    assert (await thanked_for(world.bruno), await thanked_for(world.chloe)) == (["carpentry"], ["soup"])
    told = [one for one in await world.bruno.letters() if "ramp" in one and "Can you" not in one]
    assert ["You helped with “My shop needs a ramp.”" in one for one in told] == [
        True
    ]  # one letter says it all
    assert "I tell Bruno and Chloe that you vouch for this: carpentry and soup" in await tell(
        world.amina, "yes"
    )
    for who, label in ((world.bruno, "carpentry"), (world.chloe, "soup")):
        assert [one.label for one in await world.db.read(endorsements.received, who.id)] == [label]


async def test_in_french_and_with_somebody_who_cannot_be_thanked(world: World) -> None:
    await world.db.write(update_profile, world.amina.id, locale="fr")
    post_id = await asked(world, world.bruno)
    answer = await tell(world.amina, "C'est réglé, merci à @bruno et @eve !")
    assert "Je transmets vos remerciements à Bruno." in answer
    assert "Je n’ai pu remercier Eve :" in answer
    assert await helped(world, post_id) == {"bruno"}
    assert await thanked_for(world.eve) == []


async def test_without_names_an_offer_is_no_help(world: World) -> None:
    """What is no longer needed was solved by nobody here."""
    post_id = await asked(world, world.bruno)
    assert "I thank everybody who took part." in await tell(world.amina, "no longer needed, thanks all")
    assert await helped(world, post_id) == set()


async def test_only_whom_the_author_names_is_remembered_as_having_helped(world: World) -> None:
    post_id = await asked(world, world.bruno, world.chloe)
    answer = await tell(world.amina, "done")
    assert "Offers came from Bruno and Chloe. Who helped you in the end?" in answer
    assert await helped(world, post_id) == set()
    for who in (world.bruno, world.chloe):
        assert "Thank you for coming forward" in (await who.letters())[0]
    heard = len(await world.bruno.letters())
    poll = await world.db.read(
        poll_rows.of_post, world.amina.id, await message(world.amina, "Who helped you")
    )
    assert poll.options == ("Bruno", "Chloe", "All of them", "None of them")
    assert poll.multiple
    assert "I thank Chloe for you" in await vote(world.amina, "Who helped you", 1)
    assert await helped(world, post_id) == {"chloe"}
    assert "You helped with" in (await world.chloe.letters())[0]
    assert len(await world.bruno.letters()) == heard


SAID: dict[str, set[str] | None] = {
    "Bruno and Chloe": {"bruno", "chloe"},
    "It was @chloe": {"chloe"},
    "thanks @bruno for the plank": {"bruno"},
    "tous les deux !": {"bruno", "chloe"},
    "none of them": set(),
    "not Bruno": None,
    "my uncle, in the end, came by with a plank that he had found and then we all had tea": None,
}


async def test_who_helped_in_words(world: World) -> None:
    for said, names in SAID.items():
        post_id = await asked(world, world.bruno, world.chloe)
        await tell(world.amina, "solved")
        answer = await tell(world.amina, said, reply_to=await message(world.amina, "Who helped you"))
        assert await helped(world, post_id) == (names or set())
        assert ("did not understand" in answer) == (names is None), answer


async def test_a_flag_lowered_elsewhere_is_asked_about_once(world: World) -> None:
    """In the browser, say: the butler asks, and not again."""
    post_id = await asked(world, world.bruno)
    await world.db.write(help_actions.lower, world.amina.id, post_id, "solved")
    await world.settle()
    await world.db.write(help_actions.lower, world.amina.id, post_id, "solved")
    await world.settle()
    assert [one for one in await world.amina.letters() if "Did Bruno help you" in one] == (
        await world.amina.letters()
    )[:1]
    assert "Everybody has been thanked" in await tell(world.amina, "no")
    assert await helped(world, post_id) == set()


async def test_what_nobody_answers_lapses_and_is_still_understood_below_its_letter(world: World) -> None:
    post_id = await asked(world, world.bruno)
    await tell(world.amina, "done")
    for _ in range(2):
        await world.later(days=8)
    assert await world.db.read(question_rows.open_questions, world.amina.id) == []
    assert "nothing waiting" in await tell(world.amina, "yes")
    letter = await message(world.amina, "Did Bruno help you")
    for _ in range(2):
        await tell(world.amina, "yes", reply_to=letter)
    assert await helped(world, post_id) == {"bruno"}
    assert len(await thanked_for(world.bruno)) == 1


# -- cards


async def garden(world: World) -> int:
    """A goal of Bruno's that was left, and the card about it."""
    wish = projects.Wish(title="A garden for the street")
    made = await world.db.write(projects.begin, world.bruno.id, wish)
    goal = await world.db.write(goals.add, world.bruno.id, made.project.id, goals.Wish(title="Find a plot"))
    await world.later(days=8)
    await world.later(days=16)
    assert "“Find a plot”, in your project" in (await world.bruno.letters())[0]
    return goal.id


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ("It's done!", "done", "noted as reached"),
        ("pas maintenant", "open", "two months at least"),
        ("Let it go, please", "dropped", "is let go"),
    ],
)
async def test_each_answer_to_a_card_about_a_goal_does_what_it_says(
    world: World, said: str, state: str, words: str
) -> None:
    goal_id = await garden(world)
    assert words in await tell(world.bruno, said)
    assert (await world.db.read(goal_rows.by_id, goal_id)).state == state


async def test_a_bare_word_beside_a_card_lowers_no_flag(world: World) -> None:
    goal_id = await garden(world)
    post_id = await world.bruno.asks("Who has a drill?")
    await world.settle()
    answer = await tell(world.bruno, "done")
    assert answer.startswith("Which one do you mean?")
    assert "Who has a drill?" in answer
    assert "Find a plot" in answer
    card = await message(world.bruno, "no more goals")
    assert "I can only take as" in await tell(world.bruno, "yes", reply_to=card)
    assert "noted as reached" in await vote(world.bruno, "no more goals", 0)
    assert (await world.db.read(goal_rows.by_id, goal_id)).state == "done"
    assert (await world.db.read(help_rows.request, post_id)).state == "open"
    assert "The flag is down" in await tell(world.bruno, "done")


@pytest.mark.parametrize(
    ("place", "words", "friends"),
    [(0, "Good idea. A message to", True), (1, "It stays as it is", True), (2, "no longer friends", False)],
)
async def test_each_answer_to_a_card_about_a_friend_does_what_it_says(
    world: World, place: int, words: str, friends: bool
) -> None:
    world.clock.forward(days=420)
    await world.later(minutes=1)
    assert words in await vote(world.chloe, "friends here for more than a year", place)
    about = world.bruno if "Bruno" in (await world.chloe.letters())[1] else world.amina
    assert await world.db.read(tie_rows.are_friends, world.chloe.id, about.id) is friends
    assert not [one for one in await about.letters() if "Chloe" in one and "friends here" not in one]


async def test_courtesy_hesitation_and_slips_of_the_finger_get_an_answer_that_helps(world: World) -> None:
    assert "At your service" in await tell(world.bruno, "Merci beaucoup !")
    assert "Did you mean “pause”?" in await tell(world.bruno, "pauze 2 weeks")
    await world.amina.asks(RAMP)
    await world.settle()
    assert "is that a “yes” or a “no”?" in await tell(world.bruno, "Yes, but only on Sunday")
    assert "is that a “yes” or a “no”?" in await tell(world.bruno, "peut-être")
    assert "I tell Amina that you can help" in await tell(world.bruno, "👍🏽")
