"""The room "Me": files that are too large cost nothing, browsers have names, what takes a moment says so."""

import pytest
from conftest import House_
from neighbours import ON_SQLITE, Neighbours, form_to, send, village
from page_checks import Page

from fedi_aid.storage import people as people_rows
from fedi_aid.web.me import PICTURE_BYTES, browser_of
from fedi_aid.web.my_data import LIST_BYTES

pytestmark = [pytest.mark.anyio, ON_SQLITE]


@pytest.fixture
async def people(house: House_) -> Neighbours:
    return await village(house)


async def test_a_portrait_that_is_too_large_is_refused_and_the_words_stay(people: Neighbours) -> None:
    amina = people["amina"]
    page = await amina.get("/me/profile")
    huge = [("portrait", ("a.png", b"\0" * (PICTURE_BYTES + 1), "image/png"))]
    refused = await send(amina, page, "/me/profile", {"bio": "I fix bicycles"}, files=huge)
    assert refused.status_code == 422
    assert "up to 16 MB" in refused.text
    assert form_to(refused, "/me/profile")["bio"] == ["I fix bicycles"]
    member = await people.db.read(people_rows.member, people.id("amina"))
    assert member is not None
    assert member.bio_source == ""


async def test_a_list_that_is_too_large_is_refused_in_a_sentence(people: Neighbours) -> None:
    amina = people["amina"]
    page = await amina.get("/me/data")
    huge = [("list", ("a.csv", b"a" * (LIST_BYTES + 1), "text/csv"))]
    refused = await send(amina, page, "/me/data/bring", {"kind": "following"}, files=huge)
    assert refused.status_code == 422
    assert "Split it" in refused.text


async def test_what_takes_a_moment_has_a_sentence_for_it(people: Neighbours) -> None:
    page = Page((await people["amina"].get("/me/data")).text)
    said = [one.attributes["data-busy"] for one in page.all("form", "a") if "data-busy" in one.attributes]
    assert len(said) == 2
    assert all(said)
    [script] = page.all("script")
    assert script.attributes["src"].endswith("/busy.js")


AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": ("Firefox", "Linux"),
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/131.0 Safari/537.36": ("Chrome", "Android"),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1": ("Safari", "iPhone"),
    "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 Edg/131.0": ("Edge", "Windows"),
    "Testing/1.0": ("", ""),
}


async def test_browsers_are_listed_by_name(people: Neighbours) -> None:
    assert {agent: browser_of(agent) for agent in AGENTS} == AGENTS
    amina = await people.house.browser()
    amina.http.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
    assert (await amina.log_in()).status_code == 303
    page = await amina.get("/me/sessions")
    assert "Firefox" in page.text
    assert "Gecko" not in page.text
