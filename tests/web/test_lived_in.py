"""The rooms with people in them: with requests, offers, letters, pictures and strangers every page holds to the
same rules as an empty one, in both languages."""

import io

import pytest
from conftest import House_
from neighbours import ON_SQLITE, Neighbours, send, village
from page_checks import Page, check_controls, check_frame, check_nothing_foreign, check_references
from PIL import Image

from fedi_aid.actions import posts
from fedi_aid.actions.posts import Draft
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import received_asks as received_rows

pytestmark = [pytest.mark.anyio, ON_SQLITE]


async def lived_in(people: Neighbours) -> list[str]:
    """Something of everything happens around Amina; the pages that show it."""
    amina = people["amina"]
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 120, 40)).save(kept, "PNG")
    sent = await send(
        amina,
        await amina.get("/write"),
        "/write",
        {
            "text": "Look at https://example.org/<x>",
            "picture_alt": "A wall",
            "warning": "Colours",
            "do": "send",
        },
        files=[("picture", ("a.png", kept.getvalue(), "image/png"))],
    )
    mine = sent.headers["location"].partition("?")[0]
    request = await people.writes("amina", "A ramp, please", level=0, flag=True)
    over = await people.writes("amina", "A ladder", flag=True)
    asked = await people.writes("bruno", "A pianist?", flag=True)
    await people.writes("chloe", "The choir met. @amina was missed")
    await people.settle()
    bruno = people["bruno"]
    page = await bruno.get(f"/posts/{request}")
    await send(bruno, page, f"/posts/{request}/offer", {"words": "I have planks."})
    await send(
        amina, await amina.get("/help"), f"/help/requests/{over}", {"do": "lower", "outcome": "solved"}
    )
    await send(bruno, await bruno.get(mine), f"{mine}/reply", {"text": "Which colour?"})
    dov = await people.db.read(people_rows.member, people.id("dov"))
    await people.db.write(posts.publish, dov, Draft(text="@amina May I come?", visibility="direct"))
    await people.settle()
    assert await people.db.read(received_rows.waiting_for, people.id("amina"))
    talks = [
        one.attributes["href"]
        for one in Page((await amina.get("/messages")).text).all("a")
        if one.attributes["href"].rpartition("/")[2].isdecimal()
    ]
    assert talks
    return [
        *("/today", "/help", "/write", "/messages", "/messages/butler", "/messages/door", "/messages/new"),
        *(mine, f"{mine}/edit", f"/posts/{request}", f"/posts/{over}", f"/posts/{asked}", talks[0]),
    ]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_page_holds_to_the_rules(house: House_, language: str) -> None:
    people = await village(house, locale=language)
    for path in await lived_in(people):
        response = await people["amina"].get(path)
        assert response.status_code == 200, path
        page = Page(response.text)
        check_frame(page, language)
        check_references(page)
        check_nothing_foreign(page)
        tokens = [one.attributes for one in page.all("input") if one.attributes.get("name") == "csrf"]
        check_controls(page, tokens[0]["value"] if tokens else "")
        assert len(response.content) < 100_000, path


async def test_a_full_day_stays_under_its_size(house: House_) -> None:
    """Twenty long posts, each with its reasons, are one page."""
    people = await village(house)
    for number in range(21):
        await people.writes("bruno", f"{number} " + "word " * 300, flag=number % 2 == 0)
    page = await people["amina"].get("/today")
    assert len(page.content) < 100_000
