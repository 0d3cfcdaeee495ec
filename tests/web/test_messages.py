"""The room "Messages": who is in a conversation reads it and nobody else; the butler is answered by a button;
strangers wait at the door."""

import pytest
from conftest import House_
from neighbours import ON_SQLITE, Neighbours, form_to, send, village
from page_checks import Page, check_controls, check_frame, check_references

from fedi_aid.actions import posts
from fedi_aid.actions.posts import Draft
from fedi_aid.storage import conversations, post_views, timelines
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.timelines import Page as Reach

pytestmark = [pytest.mark.anyio, ON_SQLITE]


@pytest.fixture
async def people(house: House_) -> Neighbours:
    return await village(house)


async def written(people: Neighbours, by: str, text: str) -> None:
    member = await people.db.read(people_rows.member, people.id(by))
    await people.db.write(posts.publish, member, Draft(text=text, visibility="direct", language="en"))


def links(html: str) -> list[str]:
    return [one.attributes["href"] for one in Page(html).all("a") if "/messages/" in one.attributes["href"]]


async def test_a_new_message_to_a_friend_and_the_answer(people: Neighbours) -> None:
    page = await people["amina"].get(f"/messages/new?to={people.id('bruno')}")
    assert form_to(page, "/messages/new")["to"] == [str(people.id("bruno"))]
    sent = await send(people["amina"], page, "/messages/new", {"text": "The big bowl?"})
    twice = await send(people["amina"], page, "/messages/new", {"text": "The big bowl?"})
    assert sent.headers["location"] == twice.headers["location"]
    assert "messages" in (await people["bruno"].get("/today")).text
    inbox = await people["bruno"].get("/messages")
    assert "The big bowl?" in inbox.text
    assert ">@amina" not in inbox.text
    [talk] = [one for one in links(inbox.text) if one.rpartition("/")[2].isdecimal()]
    opened = await people["bruno"].get(talk)
    assert "Only Amina will read this." in opened.text
    answered = await people["bruno"].follow(
        await send(people["bruno"], opened, talk, {"text": "In the cellar."})
    )
    assert "In the cellar." in answered.text
    assert "In the cellar." in (await people["amina"].follow(sent)).text
    for other in ("chloe", "dov"):
        assert "cellar" not in (await people[other].get("/messages")).text
        assert (await people[other].get(talk)).status_code == 404
        csrf = form_to(await people[other].get("/write"), "/write")["csrf"][0]
        assert (await people[other].post(talk, {"csrf": csrf, "text": "x"})).status_code == 404


async def test_an_answer_to_several_goes_to_all_of_them(people: Neighbours) -> None:
    await written(people, "amina", "@bruno @chloe Tea on Sunday?")
    inbox = await people["bruno"].get("/messages")
    [talk] = [one for one in links(inbox.text) if one.rpartition("/")[2].isdecimal()]
    opened = await people["bruno"].get(talk)
    assert "Only Amina, Chloe will read this." in opened.text
    assert (await send(people["bruno"], opened, talk, {"text": "With cake."})).is_redirect
    said = await people.db.read(timelines.home, people.id("bruno"), Reach())
    answer = next(one.post for one in said if "With cake." in one.post.text)
    for reader in ("amina", "chloe"):
        assert await people.db.read(post_views.view, people.id(reader), answer.id) is not None
    assert await people.db.read(post_views.view, people.id("dov"), answer.id) is None


async def test_what_was_opened_is_not_marked_any_more(people: Neighbours) -> None:
    await written(people, "amina", "@bruno Tea?")
    before = await people["bruno"].get("/messages")
    assert before.text.count(">new<") == 0
    assert " – new" in before.text
    [talk] = [one for one in links(before.text) if one.rpartition("/")[2].isdecimal()]
    await people["bruno"].get(talk)
    assert " – new" not in (await people["bruno"].get("/messages")).text


async def test_s2_nobody_writes_to_a_stranger_from_here(people: Neighbours) -> None:
    page = await people["amina"].get("/messages/new")
    assert str(people.id("dov")) not in page.text
    refused = await send(
        people["amina"], page, "/messages/new", {"to": str(people.id("dov")), "text": "Hello you"}
    )
    assert refused.status_code == 404
    nobody = await send(people["amina"], page, "/messages/new", {"to": "", "text": "Hello you"})
    assert nobody.status_code == 422
    assert form_to(nobody, "/messages/new")["text"] == ["Hello you"]
    assert "yours are not here yet" in (await people["dov"].get("/messages/new")).text


async def test_s2_strangers_wait_at_the_door(people: Neighbours) -> None:
    await written(people, "dov", "@amina Good day, may I come and watch?")
    inbox = await people["amina"].get("/messages")
    assert "Somebody you do not know has written to you" in inbox.text
    assert "may I come" not in inbox.text
    door = await people["amina"].get("/messages/door")
    assert "may I come and watch?" in door.text
    action = next(
        one.attributes["action"]
        for one in Page(door.text).all("form")
        if "/door/" in one.attributes["action"]
    )
    csrf = form_to(await people["bruno"].get("/write"), "/write")["csrf"][0]
    assert (await people["bruno"].post(action, {"csrf": csrf, "do": "let_in"})).status_code == 404
    await send(people["amina"], door, action, {"do": "let_in"})
    assert "may I come" in (await people["amina"].get("/messages")).text
    await written(people, "dov", "@chloe And you?")
    away = await people["chloe"].get("/messages/door")
    action = next(
        one.attributes["action"]
        for one in Page(away.text).all("form")
        if "/door/" in one.attributes["action"]
    )
    gone = await people["chloe"].follow(await send(people["chloe"], away, action, {"do": "send_away"}))
    assert "Nobody is at the door." in gone.text
    assert "And you?" not in (await people["chloe"].get("/messages")).text


async def test_r5_the_butler_is_answered_by_a_button(people: Neighbours) -> None:
    """Its question stands first, with its words as buttons; the button says what one would write."""
    request = await people.writes("bruno", "A pianist for Saturday?", flag=True)
    await people.settle()
    inbox = await people["amina"].get("/messages")
    assert links(inbox.text)[0] == "/messages/butler"
    assert "It has a question for you." in inbox.text
    letters = await people["amina"].get("/messages/butler")
    page = Page(letters.text)
    check_frame(page, "en")
    check_references(page)
    check_controls(page, form_to(letters, "/messages/butler")["csrf"][0])
    offered = [one.text for one in page.all("button") if one.attributes.get("name") == "choice"]
    assert offered[:3] == ["Yes", "No", "Ask me later"]
    told = await send(people["amina"], letters, "/messages/butler", {"choice": "0"})
    assert told.is_redirect
    twice = await send(people["amina"], letters, "/messages/butler", {"choice": "1"})
    assert twice.status_code == 422
    assert "This was answered before" in twice.text
    wild = await send(people["amina"], letters, "/messages/butler", {"choice": "x"})
    assert wild.status_code == 422
    await people.settle()
    assert await people.db.read(help_rows.has_offered, request, people.id("amina"))
    after = await people["amina"].get("/messages/butler")
    assert "choice" not in [one.attributes.get("name") for one in Page(after.text).all("button")]


async def test_r5_the_butler_reads_plain_words_and_nobody_else_does(people: Neighbours) -> None:
    page = await people["amina"].get("/messages/butler")
    empty = await send(people["amina"], page, "/messages/butler", {"text": " "})
    assert empty.status_code == 422
    await send(people["amina"], page, "/messages/butler", {"text": "help"})
    await people.settle()
    answered = await people["amina"].get("/messages/butler")
    assert len([one for one in Page(answered.text).all("li") if one.attributes.get("class") == "mine"]) == 1
    assert "The butler</bdi>" in answered.text
    theirs = await people["bruno"].post(
        "/messages/butler",
        {
            "csrf": form_to(await people["bruno"].get("/write"), "/write")["csrf"][0],
            "text": "yes",
            "to": str(await _letter_of(people, "amina")),
        },
    )
    assert theirs.status_code == 404, "a letter to somebody else does not exist"


async def _letter_of(people: Neighbours, name: str) -> int:
    return (await people.db.read(lambda tx: conversations.with_butler(tx, people.id(name), limit=1)))[
        0
    ].post.id
