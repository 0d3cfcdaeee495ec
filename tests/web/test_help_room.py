"""The room "Help": answering costs little, silence nothing; one's own requests with their story, and no name of
the silent."""

import pytest
from conftest import House_
from neighbours import ON_SQLITE, Neighbours, form_to, send, village
from page_checks import Page

from fedi_aid.actions import carry_tickets
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import post_views
from fedi_aid.storage import questions as question_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.web.help import STEPS
from fedi_aid.web.i18n import LANGUAGES, catalogue

pytestmark = [pytest.mark.anyio, ON_SQLITE]


@pytest.fixture
async def people(house: House_) -> Neighbours:
    return await village(house)


def main_of(html: str) -> str:
    return " ".join(Page(html).all("main")[0].text.split())


async def asked(people: Neighbours, *, level: int = 2) -> tuple[int, str]:
    """(request of Bruno's, where Amina answers it)."""
    post_id = await people.writes("bruno", "A pianist for Saturday?", level=level, flag=True)
    await people.settle()
    ask = (await people.db.read(received_rows.waiting_for, people.id("amina")))[0]
    return post_id, f"/help/asks/{ask.id}"


async def test_yes_is_an_offer_that_the_author_finds_by_name(people: Neighbours) -> None:
    _, action = await asked(people)
    page = await people["amina"].get("/help")
    assert "Bruno asks you. Silence costs nothing" in page.text
    assert "Bruno asks you (not everyone: you alone for now). You are friends." in page.text
    done = await people["amina"].follow(await send(people["amina"], page, action, {"do": "yes"}))
    assert "Thank you: they will hear of it." in done.text
    assert action not in done.text
    mine = await people["bruno"].get("/help")
    assert "They can help" in mine.text
    assert "Amina offered to help." in main_of(mine.text)
    again = await send(people["amina"], page, action, {"do": "yes"})
    assert "This is over, or you had answered before" in (await people["amina"].follow(again)).text


async def test_r8_no_and_silence_look_the_same_to_the_author(people: Neighbours) -> None:
    """The page of a request names nobody who was asked, whatever they did."""
    _, action = await asked(people)
    before = main_of((await people["bruno"].get("/help")).text)
    page = await people["amina"].get("/help")
    told = await people["amina"].follow(await send(people["amina"], page, action, {"do": "no"}))
    assert "nobody is told that it was you" in told.text
    after = main_of((await people["bruno"].get("/help")).text)
    assert after == before
    assert "Amina" not in after


async def test_later_comes_back_tomorrow(people: Neighbours) -> None:
    _, action = await asked(people)
    page = await people["amina"].get("/help")
    assert (await send(people["amina"], page, action, {"do": "later"})).is_redirect
    assert await people.db.read(received_rows.waiting_for, people.id("amina")) == []
    assert not await people.db.read(question_rows.open_questions, people.id("amina"))
    people.clock.forward(days=1, minutes=5)
    await people.settle()
    assert await people.db.read(received_rows.waiting_for, people.id("amina"))


async def test_i_know_someone_is_for_the_author_alone(people: Neighbours) -> None:
    post_id, action = await asked(people)
    page = await people["amina"].get("/help")
    empty = await send(people["amina"], page, action, {"do": "know", "words": " "})
    assert empty.status_code == 422
    assert catalogue("en")["problem.words_missing"] in empty.text
    sent = await send(people["amina"], page, action, {"do": "know", "words": "My aunt plays: 555 0199"})
    assert sent.is_redirect
    assert "My aunt plays" in (await people["bruno"].get(f"/posts/{post_id}")).text
    assert "My aunt plays" not in (await people["chloe"].get(f"/posts/{post_id}")).text
    assert not await people.db.read(help_rows.has_offered, post_id, people.id("amina"))


async def test_r22_i_know_a_friend_who_could(people: Neighbours) -> None:
    """At level 2 the author hears the name and the friend nothing; somebody who is no friend is refused."""
    await people.befriend("amina", "dov")
    post_id, action = await asked(people)
    page = await people["amina"].get("/help")
    assert "Bruno only hears that you thought of them" in page.text
    assert str(people.id("bruno")) not in _friends_of(page.text), "whose request it is"
    stranger = await send(people["amina"], page, action, {"do": "know", "friend": "7"})
    assert stranger.status_code == 422
    assert catalogue("en")["problem.pass_refused"] in stranger.text
    sent = await send(people["amina"], page, action, {"do": "know", "friend": str(people.id("dov"))})
    assert sent.is_redirect
    await people.settle()
    assert "Dov" in (await people["bruno"].get("/messages/butler")).text
    assert (await people["dov"].get(f"/posts/{post_id}")).status_code == 404
    assert "ask_over" in (await send(people["amina"], page, action, {"do": "yes"})).headers["location"]


async def test_r22_a_wide_request_goes_to_the_friend_i_name(people: Neighbours) -> None:
    await people.befriend("amina", "dov")
    post_id, action = await asked(people, level=0)
    page = await people["amina"].get("/help")
    assert "They are shown it, through you" in page.text
    sent = await send(people["amina"], page, action, {"do": "know", "friend": str(people.id("dov"))})
    assert sent.is_redirect
    await people.settle()
    shown = await people["dov"].get(f"/posts/{post_id}")
    assert shown.status_code == 200
    assert "Via Amina, who passes it on" in shown.text


def _friends_of(html: str) -> list[str]:
    return [one.attributes.get("value", "") for one in Page(html).all("option")]


async def test_nobody_answers_for_another(people: Neighbours) -> None:
    _, action = await asked(people)
    page = await people["amina"].get("/help")
    csrf = form_to(await people["dov"].get("/write"), "/write")["csrf"][0]
    assert (await people["dov"].post(action, {"csrf": csrf, "do": "yes"})).status_code == 404
    assert action in page.text
    assert await people.db.read(received_rows.waiting_for, people.id("amina"))


async def test_a_request_that_was_shown_and_not_asked(people: Neighbours) -> None:
    """Amina may see it; before anybody asks her by name she finds it here too, and offers on its page."""
    post_id = await people.writes("bruno", "A pianist for Saturday?", flag=True)
    page = await people["amina"].get("/help")
    assert "A pianist for Saturday?" in page.text
    post = await people["amina"].get(f"/posts/{post_id}")
    assert (await send(people["amina"], post, f"/posts/{post_id}/offer", {"words": "I play."})).is_redirect
    assert "You said that you can help." in (await people["amina"].get("/help")).text
    assert "I play." in (await people["bruno"].get(f"/posts/{post_id}")).text
    assert "A pianist for Saturday?" not in (await people["dov"].get("/help")).text


async def test_ones_own_request_is_changed_rested_and_lowered(people: Neighbours) -> None:
    post_id = await people.writes("amina", "A ramp", flag=True)
    action = f"/help/requests/{post_id}"
    page = await people["amina"].get("/help")
    changed = await send(
        people["amina"], page, action, {"do": "adjust", "urgency": "high", "helpers": "3", "outcome": ""}
    )
    assert changed.is_redirect
    request = await people.db.read(help_rows.request, post_id)
    assert request is not None
    assert (request.urgency, request.helpers_needed) == ("high", 3)
    for wrong in ({"helpers": "0"}, {"helpers": "x"}, {"urgency": "now"}):
        refused = await send(people["amina"], page, action, {"do": "adjust", **wrong})
        assert refused.status_code == 422, wrong
    assert (await send(people["amina"], page, action, {"do": "rest"})).is_redirect
    resting = await people["amina"].get("/help")
    assert "It rests: nobody else is being asked." in resting.text
    assert (await send(people["amina"], resting, action, {"do": "go_on"})).is_redirect
    lowered = await send(people["amina"], resting, action, {"do": "lower", "outcome": "no_longer_needed"})
    over = await people["amina"].follow(lowered)
    assert "The flag is down, everywhere." in over.text
    assert "What is over" in over.text
    assert "It was no longer needed: you lowered the flag." in main_of(over.text)
    view = await people.db.read(post_views.view, people.id("bruno"), post_id)
    assert view is None or not view.post.flag_is_up


async def test_nobody_touches_anothers_flag(people: Neighbours) -> None:
    post_id = await people.writes("amina", "A ramp", flag=True)
    csrf = form_to(await people["bruno"].get("/write"), "/write")["csrf"][0]
    for do in ("lower", "adjust", "rest", "go_on"):
        answer = await people["bruno"].post(
            f"/help/requests/{post_id}", {"csrf": csrf, "do": do, "urgency": "low", "helpers": "1"}
        )
        assert answer.status_code == 404, do


async def test_every_step_has_its_sentence(house: House_) -> None:
    """Also those that no test of this file comes to; `house` is here for the mark of the file."""
    del house
    for language in LANGUAGES:
        assert {f"story.{key}" for key in STEPS.values()} <= catalogue(language).keys()


async def test_thanks_go_to_who_offered_and_to_nobody_else(people: Neighbours) -> None:
    post_id, action = await asked(people)
    await send(people["amina"], await people["amina"].get("/help"), action, {"do": "yes"})
    page = await people["bruno"].get("/help")
    thank = f"/help/requests/{post_id}/thank"
    assert "Say thank you" in page.text
    wrong = await send(people["bruno"], page, thank, {"person": str(people.id("chloe")), "word": "Hm"})
    assert wrong.status_code == 404
    done = await send(people["bruno"], page, thank, {"word": "The hall was full."})
    assert done.is_redirect
    await people.settle()
    assert "The hall was full." in (await people["amina"].get("/messages/butler")).text


async def test_r2_carried_it_says_through_whom_and_shows_nothing_that_opens(people: Neighbours) -> None:
    """Amina asks Bruno to pass a request on; he does, and Dov, his friend, finds it with care (C14)."""
    await people.befriend("bruno", "dov")
    text = "I lend nothing, I need a ramp: see https://ramp.example, 20 euros"
    post_id = await people.writes("amina", text, level=0, flag=True)
    view = await people.db.read(post_views.view, people.id("amina"), post_id)
    assert view is not None
    bruno = people.members["bruno"].person
    await people.db.write(lambda tx: carry_tickets.ask_to_carry(tx, view.post, bruno, wave=0))
    [ask] = await people.db.read(received_rows.received_for, post_id, people.id("bruno"), "carry")
    page = await people["bruno"].get(
        f"/posts/{post_id}"
    )  # the butler asks one thing at a time; here it stands
    assert "asks you to pass this on" in page.text
    assert (await send(people["bruno"], page, f"/help/asks/{ask.id}", {"do": "yes"})).is_redirect
    await people.settle()
    today = await people["dov"].get("/today")
    assert "Via Bruno, who passes it on" in today.text
    assert "Amina asks, via your friend Bruno." in today.text
    assert "Asks for help" in today.text
    assert "https://ramp.example" not in [one.attributes["href"] for one in Page(today.text).all("a")]
    assert "It speaks of money. Talk to Bruno" in today.text
    carrying = await people["bruno"].get(f"/posts/{post_id}")
    assert "You pass this on to friends of yours" in carrying.text
    assert (await send(people["bruno"], carrying, f"/posts/{post_id}/stop-carrying")).is_redirect
    assert "ramp" not in (await people["dov"].get("/today")).text
    assert (await people["dov"].get(f"/posts/{post_id}")).status_code == 404
