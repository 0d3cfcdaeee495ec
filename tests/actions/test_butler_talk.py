"""Talking to the butler on a real server: what it does, and what it says will happen."""

import pytest

from fedi_aid.actions import goals, polls, projects, ties
from fedi_aid.actions import help as help_actions
from fedi_aid.actions.people import update_profile
from fedi_aid.storage import asks as ask_rows
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import polls as poll_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import timelines
from fedi_aid.storage.timelines import Page
from tests.world import Who, World, build

# One engine is enough here: the queries are tried on both in tests/storage and in the promises.
pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
RAMP = "My shop needs a ramp. Who knows a carpenter?"


@pytest.fixture
async def world(database, clock) -> World:
    return await build(database, clock)


async def last(who: Who) -> str:
    return (await who.letters())[0]


async def tell(who: Who, text: str, *, reply_to: int | None = None) -> str:
    """Say something to the butler; its answer, or "" when it says nothing."""
    before = len(await who.letters())
    await who.tells_butler(text, reply_to=reply_to)
    await who.world.settle()
    letters = await who.letters()
    assert len(letters) - before <= 1  # at most one answer a message
    return letters[0] if len(letters) > before else ""


async def message(who: Who, words: str) -> int:
    """The id of a letter of the butler that says this."""
    notices = await who.world.db.read(timelines.notices, who.id, Page(limit=80))
    return next(one.post.post.id for one in notices if one.post and words in one.post.post.text)


async def request(world: World, post_id: int):
    return await world.db.read(help_rows.request, post_id)


# -- the author


async def test_a_pause_with_an_end_is_taken_up_again(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    answer = await tell(world.amina, "Pause 2 semaines, s'il vous plaît !")
    assert "rests until March 28, 2026" in answer
    assert (await request(world, post_id)).state == "paused"
    await world.later(days=13)
    assert (await request(world, post_id)).state == "paused"
    await world.later(days=1, hours=1)
    assert (await request(world, post_id)).state == "open"
    assert any("pause you wished for" in one for one in await world.amina.letters())


async def test_until_a_day_that_is_none_changes_nothing(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    assert "Until when, please?" in await tell(world.amina, "pause until the cows come home")
    assert (await request(world, post_id)).state == "open"


async def test_urgency_and_helpers_are_changed_and_the_butler_acts_on_them(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    assert "is urgent now. I ask 8 people at a time" in await tell(world.amina, "It is urgent!")
    assert "needs 3 people" in await tell(world.amina, "I need 3 people")
    assert "From 1 to 20" in await tell(world.amina, "helpers 700")
    found = await request(world, post_id)
    assert (found.urgency, found.helpers_needed) == ("high", 3)
    assert "“low”, “normal” or “high”" in await tell(world.amina, "urgency purple")
    story = [what for _, what, _, _ in await world.db.read(help_rows.story, post_id)]
    assert story.count("adjusted") == 2


async def test_no_longer_needed_is_an_outcome_of_its_own(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    assert "The flag is down" in await tell(world.amina, "Plus besoin, merci à tous")
    found = await request(world, post_id)
    assert (found.state, found.outcome) == ("lowered", "no_longer_needed")


async def test_how_ones_requests_stand_in_numbers(world: World) -> None:
    assert "None of your flags is up" in await tell(world.amina, "status?")
    await world.amina.asks(RAMP)
    await world.settle()
    answer = await tell(world.amina, "mes demandes")
    assert "My shop needs a ramp" in answer
    assert "open; 1 person asked to help" in answer
    assert "bruno" not in answer.lower()


async def test_of_an_intimate_request_not_even_numbers_are_told(world: World) -> None:
    """R8: the author knows the few by name."""
    await world.db.write(ties.pin_as_close, world.amina.id, world.bruno.id)
    post_id = await world.amina.asks("I need to talk", intimacy=3)
    await world.settle()
    await world.amina.tells_butler("yes")
    await world.settle()
    assert await world.bruno.sees(post_id) is not None
    answer = await tell(world.amina, "my requests")
    assert "open; 0 offered" in answer
    assert "asked to help" not in answer


# -- somebody else's, or closed


async def test_done_in_answer_to_a_friends_request_lowers_nobodys_flag(world: World) -> None:
    """An order about what is not one's own is never taken for another."""
    theirs = await world.amina.asks(RAMP)
    own = await world.bruno.asks("Who has a drill?")
    await world.settle()
    asked = await message(world.bruno, "Can you help?")
    for order in ("done", "pause it", "cancel", "still"):
        answer = await tell(world.bruno, order, reply_to=asked)
        assert "not yours" in answer or "ask nothing of you" in answer or "glad to be of service" in answer
    assert (await request(world, theirs)).state == "open"
    assert (await request(world, own)).state == "open"


async def test_a_flag_that_is_down_is_down(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    other = await world.amina.asks("Who has a drill?")
    await world.settle()
    letter = await message(world.amina, "My shop needs a ramp")
    await world.db.write(help_actions.lower, world.amina.id, post_id)
    await world.settle()
    assert "down already" in await tell(world.amina, "done", reply_to=letter)
    assert "down already" in await tell(world.amina, "still", reply_to=letter)
    assert (await request(world, other)).state == "open"


# -- who is asked


async def test_later_comes_back_and_the_author_learns_nothing(world: World) -> None:
    await world.amina.asks(RAMP)
    await world.settle()
    before = await world.amina.letters()
    assert "in a day or two" in await tell(world.bruno, "not now, sorry")
    asked = len([one for one in await world.bruno.letters() if "Can you help?" in one])
    await world.later(days=1, minutes=5)
    again = [one for one in await world.bruno.letters() if "Can you help?" in one]
    assert len(again) == asked + 1
    assert await world.amina.letters() == before


async def test_less_of_this_is_a_no_that_nobody_hears_of(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    before = await world.amina.letters()
    letter = await message(world.bruno, "Can you help?")
    assert "less of this" in await tell(world.bruno, "moins de cela", reply_to=letter)
    assert "Less of what?" in await tell(world.chloe, "less of this")
    assert await world.amina.letters() == before
    [asked] = await world.db.read(ask_rows.asks_of, post_id)
    assert asked.state == "refused"


async def test_the_silent_are_asked_once_more_and_never_again(world: World) -> None:
    await world.amina.asks(RAMP)
    await world.settle()
    for _ in range(6):
        await world.later(days=1)
        await tell(world.amina, "still")
    letters = [one for one in await world.bruno.letters() if "Can you help" in one]
    assert len(letters) == 2
    assert "no one has come forward yet" in letters[0]
    for _ in range(5):
        await world.later(days=3)
        await tell(world.amina, "still")
    assert len([one for one in await world.bruno.letters() if "Can you help" in one]) == 2


async def test_a_vote_on_the_butlers_question_is_the_answer(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    letter = await message(world.bruno, "Can you help?")
    poll = await world.db.read(poll_rows.of_post, world.bruno.id, letter)
    assert poll.options == ("Yes", "No", "Ask me later", "Less of this")
    await world.db.write(polls.vote, await world.bruno.member(), poll.id, [0])
    await world.settle()
    [offer] = await world.db.read(help_rows.offers_of, post_id)
    assert offer.person_id == world.bruno.id
    assert any("Bruno offers to help" in one for one in await world.amina.letters())


async def test_a_vote_on_what_is_over_changes_nothing(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    letter = await message(world.bruno, "Can you help?")
    poll = await world.db.read(poll_rows.of_post, world.bruno.id, letter)
    await world.db.write(help_actions.lower, world.amina.id, post_id)
    await world.settle()
    await world.db.write(polls.vote, await world.bruno.member(), poll.id, [0])
    await world.settle()
    assert "nothing waiting" in await last(world.bruno)
    assert not await world.db.read(help_rows.offers_of, post_id)


async def test_nobody_else_sees_or_votes_on_the_butlers_letter(world: World) -> None:
    """R5."""
    await world.amina.asks(RAMP)
    await world.settle()
    letter = await message(world.bruno, "Can you help?")
    poll = await world.db.read(poll_rows.of_post, world.bruno.id, letter)
    assert await world.amina.sees(letter) is None
    with pytest.raises(Exception, match="not be found|not found"):
        await world.db.write(polls.vote, await world.amina.member(), poll.id, [0])


# -- oneself


async def test_stop_is_for_good_until_it_is_called(world: World) -> None:
    assert "from now on I write only to answer" in await tell(world.bruno, "stop")
    await world.amina.asks(RAMP)
    for _ in range(4):
        await world.later(days=1)
    assert not [one for one in await world.bruno.letters() if "Can you help" in one]
    assert "To what I ask you" in await tell(world.bruno, "help")
    await world.bruno.tells_butler("resume")
    await world.settle()
    assert any("glad to be of service" in one for one in await world.bruno.letters())
    await world.later(days=1)
    assert [one for one in await world.bruno.letters() if "Can you help" in one]


async def test_a_pause_of_ones_own_keeps_questions_away_until_its_day(world: World) -> None:
    assert "until March 28, 2026" in await tell(world.bruno, "pause 2 weeks")
    await world.amina.asks(RAMP)
    for _ in range(3):
        await world.later(days=4)
        await tell(world.amina, "still")
    assert not [one for one in await world.bruno.letters() if "Can you help" in one]
    for _ in range(3):
        await world.later(days=1)
    assert [one for one in await world.bruno.letters() if "Can you help" in one]


async def test_a_budget_is_a_number_from_one_to_seven(world: World) -> None:
    assert "twice a week at most" in await tell(world.bruno, "at most 2 a week")
    assert (await world.bruno.member()).weekly_budget == 2
    assert "from 1 to 7" in await tell(world.bruno, "au plus 70 fois")
    assert (await world.bruno.member()).weekly_budget == 2


async def test_quiet_hours_and_the_clock_are_told_in_a_message(world: World) -> None:
    """What a stock client cannot set otherwise."""
    assert "from 22:00 to 7:00, by the clock of UTC" in await tell(world.bruno, "quiet hours 10 pm to 7 am")
    assert "by the clock of Asia/Tokyo" in await tell(world.bruno, "fuseau Asia/Tokyo")
    assert "From which full hour" in await tell(world.bruno, "quiet hours 22:30 to 8")
    assert "do not know that place" in await tell(world.bruno, "time zone of the moon")
    found = await world.bruno.member()
    assert (found.quiet_from, found.quiet_until, found.time_zone) == (22, 7, "Asia/Tokyo")


async def test_a_level_on_its_own_is_the_default_and_in_answer_to_a_letter_the_posts(world: World) -> None:
    """PRODUCT: a reply to the confirmation changes any of it afterwards; R15: wider is asked for first."""
    assert "level 1" in await tell(world.amina, "intimacy 1")
    assert (await world.amina.member()).default_intimacy == 1
    post_id = await world.amina.asks(RAMP, intimacy=2)
    await world.settle()
    letter = await message(world.amina, "Your flag is up")
    assert "Shall I show it wider?" in await tell(world.amina, "intimacy 0", reply_to=letter)
    assert (await world.amina.sees(post_id)).post.intimacy == 2
    assert "level 4" in await tell(world.amina, "intime 4", reply_to=letter)
    assert (await world.amina.sees(post_id)).post.intimacy == 4
    assert await world.bruno.sees(post_id) is None
    assert "from 0" in await tell(world.amina, "level 9")


async def test_what_it_knows_is_told_to_whom_it_is_about(world: World) -> None:
    """R8: and nothing that others gave in private."""
    answer = await tell(world.bruno, "What do you know about me?")
    assert "your friends: 2" in answer
    assert "3 times a week" in answer
    for word in ("amina", "chloe", "blocked", "score"):
        assert word not in answer.lower()


async def test_french_members_are_answered_in_french(world: World) -> None:
    await world.db.write(update_profile, world.bruno.id, locale="fr")
    assert "Aucun de vos drapeaux" in await tell(world.bruno, "status")
    assert "vos ami·es" in await tell(world.bruno, "que savez-vous de moi ?")


# -- loops and impostors


async def test_two_machines_that_answer_each_other_come_to_rest(world: World) -> None:
    """A thousand-fold loop: ten answers to what is not understood, one farewell, then silence."""
    for _ in range(80):
        await world.amina.tells_butler("I am on holiday and will answer in June")
    await world.settle()
    letters = await world.amina.letters()
    assert len([one for one in letters if "did not understand" in one]) == 10
    assert len([one for one in letters if "very often" in one]) == 1
    assert len(letters) == 11
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    await world.amina.tells_butler("done")
    await world.settle()
    assert (await request(world, post_id)).state == "open"  # not heard, and nothing is done
    world.clock.forward(hours=2)
    assert "The flag is down" in await tell(world.amina, "done")


async def test_only_ones_own_server_has_the_butler(world: World) -> None:
    """A message to somebody else's @butler is an ordinary message, and orders nothing."""
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    written = await world.amina.writes("@butler@evil.example done", visibility="direct")
    await world.settle()
    assert (await world.db.read(post_rows.get, world.amina.id, written)).reach == "direct"
    assert (await request(world, post_id)).state == "open"


# -- cards


async def test_a_card_a_week_at_most_and_each_kind_can_be_switched_off(world: World) -> None:
    world.clock.forward(days=420)
    await world.later(minutes=1)
    for _ in range(3):
        await world.later(days=7)
    cards = [one for one in await world.bruno.letters() if "friends here for more than a year" in one]
    assert len(cards) == 1  # one friend at a time, at most once a month
    assert "Understood" in await tell(world.bruno, "no more ties")
    for _ in range(6):
        await world.later(days=7)
    assert len([one for one in await world.bruno.letters() if "friends here for more" in one]) == 1
    assert "I can write to you about" in await tell(world.bruno, "no more bananas")


async def test_no_card_while_somebody_waits_or_the_budget_is_spent(world: World) -> None:
    world.clock.forward(days=420)
    await world.db.write(update_profile, world.bruno.id, weekly_budget=1)
    await world.later(minutes=1)
    assert [one for one in await world.bruno.letters() if "friends here for more" in one]
    # The one interruption of the week is spent: the ask waits.
    await world.amina.asks(RAMP)
    await world.settle()
    assert not [one for one in await world.bruno.letters() if "Can you help" in one]
    for _ in range(8):
        await world.later(days=1)
        await tell(world.amina, "still")
    assert [one for one in await world.bruno.letters() if "Can you help" in one]


async def test_a_goal_left_for_three_times_its_projects_rhythm_is_named_once(world: World) -> None:
    """M10: and for its owner alone."""
    wish = projects.Wish(title="A garden for the street")
    garden = await world.db.write(projects.begin, world.bruno.id, wish)
    wanted = goals.Wish(title="Find a plot")
    await world.db.write(goals.add, world.bruno.id, garden.project.id, wanted)
    for days in (1, 7, 12):
        await world.later(days=days)
    assert not [one for one in await world.bruno.letters() if "Find a plot" in one]
    for days in (2, 2, 7, 7, 7):
        await world.later(days=days)
    [card] = [one for one in await world.bruno.letters() if "Find a plot" in one]
    assert "in your project “A garden for the street”" in card
    assert "3 weeks" in card
    assert not [one for one in await world.amina.letters() if "Find a plot" in one]


async def test_the_digest_comes_only_to_who_asked_for_it(world: World) -> None:
    assert "With pleasure" in await tell(world.bruno, "send me the digest")
    await world.later(minutes=1)
    await world.amina.asks(RAMP)
    for _ in range(4):
        await world.later(days=4)
        await tell(world.amina, "still")
    digests = [one for one in await world.bruno.letters() if "Your week here" in one]
    assert len(digests) == 2
    assert "requests that await a word from you: 1" in digests[0]
    assert not [one for one in await world.amina.letters() if "Your week here" in one]
    await tell(world.bruno, "plus de rappels : résumé")
    for _ in range(3):
        await world.later(days=4)
    assert len([one for one in await world.bruno.letters() if "Your week here" in one]) == 2


async def test_thanks_come_when_people_are_awake_and_only_to_who_wants_them(world: World) -> None:
    post_id = await world.amina.asks(RAMP)
    await world.settle()
    await tell(world.bruno, "yes")
    world.clock.forward(hours=14)  # 23 h
    await world.db.write(help_actions.lower, world.amina.id, post_id)
    await world.settle()
    assert not [one for one in await world.bruno.letters() if "Thank you for coming forward" in one]
    world.clock.forward(hours=9)
    await world.settle()
    assert [one for one in await world.bruno.letters() if "Thank you for coming forward" in one]
