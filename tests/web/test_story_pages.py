"""Stories in the rooms and outside: arranging one by forms, being asked, reading it, and no page for others."""

import pytest
from conftest import House_
from neighbours import ON_SQLITE, Neighbours, send, village
from page_checks import Page, check_controls, check_frame, check_nothing_foreign, check_references
from test_rooms import csrf_of

from fedi_aid.actions import invitations, projects
from fedi_aid.actions import posts as writing
from fedi_aid.actions.posts import Draft
from fedi_aid.model.control_tags import Explicit
from fedi_aid.storage import people as storage_people
from fedi_aid.web.i18n import LANGUAGES, catalogue

pytestmark = pytest.mark.anyio


@pytest.fixture
async def people(house: House_) -> Neighbours:
    """Bruno, who is on the team of Amina's garden, knows Chloé too."""
    found = await village(house)
    await found.befriend("bruno", "chloe")
    made = await found.db.write(projects.begin, found.id("amina"), projects.Wish(title="The garden"))
    found.garden = made.project.id
    await found.db.write(invitations.invite, found.members["amina"], found.garden, found.id("bruno"), "team")
    asked = (await found.db.read(invitations.received, found.id("bruno")))[0]
    await found.db.write(invitations.accept, found.id("bruno"), asked.place.id)
    return found


async def logs(people: Neighbours, name: str, text: str, level: int | None = 2, **more) -> int:
    wish = Explicit(intimacy=level, project_id=people.garden)
    draft = Draft(text=text, wish=wish, language="en", approved=True, **more)
    return await people.db.write(writing.publish, people.members[name], draft)


async def begins(people: Neighbours, title: str = "Our year") -> str:
    """The path of a new story of Amina's."""
    amina = people["amina"]
    page = await amina.get(f"/stories/new?project_id={people.garden}")
    sent = await send(amina, page, "/stories/new", {"title": title})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].removesuffix("/edit")


async def presses(people: Neighbours, path: str, do: str, **fields: str):
    amina = people["amina"]
    page = await amina.get(f"{path}/edit")
    return await send(
        amina, page, f"{path}/edit", {"do": do, **{k.replace("_", "-"): v for k, v in fields.items()}}
    )


def main_of(html: str) -> str:
    return " ".join(Page(html).all("main")[0].text.split())


def checked(html: str, language: str = "en") -> None:
    page = Page(html)
    check_frame(page, language)
    check_references(page)
    check_nothing_foreign(page)
    check_controls(page, csrf_of(page))
    assert len(html.encode()) < 100_000


async def test_s4d_a_story_from_the_first_word_to_its_readers(people: Neighbours) -> None:
    """R12: who is quoted says yes first; each reader finds the posts that they may read."""
    dug = await logs(people, "amina", "We dug all day.")
    roses = await logs(people, "bruno", "I brought the roses.")
    project = await people["amina"].get(f"/projects/{people.garden}")
    assert f'href="/stories?project_id={people.garden}"' in project.text
    path = await begins(people)
    await presses(people, path, "text")
    await presses(people, path, "post", text_0="It began with a fence.", post=str(dug))
    await presses(people, path, "post", post=str(roses))
    await presses(people, path, "up-2")
    page = await people["amina"].get(f"{path}/edit")
    checked(page.text)
    told = main_of(page.text)
    assert told.index("It began") < told.index("I brought the roses.") < told.index("We dug all day.")
    assert "Not (yet) released by Bruno" in told
    asked = await people["amina"].follow(await presses(people, path, "publish"))
    assert "Those you quote are asked first." in asked.text
    missing = await people["chloe"].get("/stories/12345")
    assert missing.status_code == 404
    hidden = await people["chloe"].get(path)
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
    assert (await presses(people, path, "publish")).headers["location"].startswith(f"{path}?")
    before = main_of((await people["chloe"].get(path)).text)
    assert "It began with a fence." in before
    assert "roses" not in before

    mine = await people["bruno"].get("/stories")
    checked(mine.text)
    assert "Amina would like to show this in “Our year”." in main_of(mine.text)
    assert (await send(people["bruno"], mine, "/stories", {"do": "yes"})).status_code == 303
    read = await people["chloe"].get(path)
    checked(read.text)
    assert "I brought the roses." in read.text
    assert "Bruno agrees to be quoted." in (await people["amina"].get(f"{path}/edit")).text
    again = await people["bruno"].get("/stories")
    assert "You said yes." in again.text
    await send(people["bruno"], again, "/stories", {"do": "no"})
    assert "roses" not in (await people["chloe"].get(path)).text
    assert "Our year" in (await people["chloe"].get("/stories")).text
    listed = await people["chloe"].get(f"/stories?project_id={people.garden}")
    assert "Our year" in listed.text
    assert (await presses(people, path, "back")).status_code == 303
    assert (await people["chloe"].get(path)).content == missing.content
    await presses(people, path, "remove")
    assert (await people["amina"].get(path)).status_code == 404


@ON_SQLITE
async def test_r7_hidden_and_missing_are_the_same_bytes(people: Neighbours, house: House_) -> None:
    """Whoever asks: a stranger here, or a visitor; and nobody arranges another's story."""
    await logs(people, "amina", "We dug all day.")
    path = await begins(people)
    await presses(people, path, "text")
    await presses(people, path, "publish", text_0="For my friends.")
    visitor = await house.browser()
    for browser in (people["dov"], visitor):
        hidden, missing = await browser.get(path), await browser.get("/stories/12345")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content == missing.content
    for browser in (people["dov"], people["chloe"]):
        hidden, missing = await browser.get(f"{path}/edit"), await browser.get("/stories/12345/edit")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content == missing.content
    assert "For my friends." in (await people["chloe"].get(path)).text
    assert (await people["chloe"].get("/stories/0")).status_code == 404
    assert (await people["chloe"].get("/stories/x")).status_code == 404


@ON_SQLITE
@pytest.mark.parametrize("language", LANGUAGES)
async def test_r12_a_public_story_has_public_posts_alone(
    people: Neighbours, house: House_, language: str
) -> None:
    """What is for fewer becomes an empty box to retell it in, and the page says so."""
    said = catalogue(language)
    await people["amina"].get(f"/stories?lang={language}")
    close = await logs(people, "amina", "I am tired.")
    open_ = await logs(people, "amina", "Come and see.", None, visibility="public")
    path = await begins(people)
    await presses(people, path, "post", post=str(close))
    await presses(people, path, "post", post=str(open_))
    await presses(people, path, "save", level="-1")
    page = await people["amina"].get(f"{path}/edit")
    checked(page.text, language)
    assert said["stories.retell_hint"][:40] in main_of(page.text)
    sent = await presses(people, path, "publish", text_0="It was hard at times.")
    assert sent.headers["location"].startswith(f"{path}?")
    visitor = await house.browser()
    read = await visitor.get(path)
    assert read.status_code == 200
    assert "It was hard at times." in read.text
    assert "Come and see." in read.text
    assert "I am tired." not in read.text
    assert "noindex" in read.headers["x-robots-tag"]
    check_nothing_foreign(Page(read.text))
    checked((await people["dov"].get(path)).text)


@ON_SQLITE
async def test_what_was_typed_is_kept(people: Neighbours) -> None:
    """Too long, without a title, out of order: the page says which, and has it all still."""
    path = await begins(people)
    await presses(people, path, "text")
    wrong = await presses(people, path, "save", title=" ", text_0="My long story.")
    assert wrong.status_code == 422
    assert "My long story." in wrong.text
    assert catalogue("en")["problem.title_needed"] in wrong.text
    checked(wrong.text)
    long = await presses(people, path, "publish", text_0="é" * 4_001)
    assert long.status_code == 422
    assert "é" * 4_001 in long.text
    empty = await presses(people, path, "publish")
    assert empty.status_code == 422
    assert catalogue("en")["problem.words_missing"] in empty.text
    for do in ("up-99", "drop-x", "nothing"):
        assert (await presses(people, path, do)).status_code == 303
    assert (await presses(people, path, "post", post="12345")).status_code == 404
    assert (await presses(people, path, "save", part="mystery-1")).status_code == 404
    nobody = await send(
        people["bruno"],
        await people["bruno"].get(f"/stories/new?project_id={people.garden}"),
        "/stories/new",
        {"title": ""},
    )
    assert nobody.status_code == 422
    stranger = await people["dov"].get("/stories")
    checked(stranger.text)
    assert (await people["dov"].get(f"/stories?project_id={people.garden}")).status_code == 404


@ON_SQLITE
async def test_a_second_tab_overwrites_nothing_unseen(people: Neighbours) -> None:
    path = await begins(people)
    await presses(people, path, "text")
    amina = people["amina"]
    one, other = await amina.get(f"{path}/edit"), await amina.get(f"{path}/edit")
    kept = {"do": "save", "text-0": "We began in March."}
    assert (await send(amina, one, f"{path}/edit", kept)).status_code == 303
    assert (await send(amina, one, f"{path}/edit", kept)).status_code == 303, "sent twice"
    late = await send(amina, other, f"{path}/edit", {"do": "save", "text-0": "We began in May."})
    assert late.status_code == 422
    assert "changed meanwhile" in late.text
    assert "We began in May." in late.text
    assert "We began in March." in (await amina.get(path)).text
    assert (await send(amina, late, f"{path}/edit", {"do": "save"})).status_code == 303
    assert "We began in May." in (await amina.get(path)).text


@ON_SQLITE
async def test_s4d_who_lives_elsewhere_cannot_be_asked_and_the_page_says_so(people: Neighbours) -> None:
    path = await begins(people)
    assert "people of other servers" not in (await presses_page(people, path)).text
    post_id = await logs(people, "bruno", "From afar")
    await people.db.write(storage_people.change, people.id("bruno"), domain="far.example")
    page = await presses_page(people, path)
    assert "people of other servers" in page.text
    assert f'value="{post_id}"' not in page.text


async def presses_page(people: Neighbours, path: str):
    return await people["amina"].get(f"{path}/edit")
