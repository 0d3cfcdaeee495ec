"""The first set-up in the browser, and what admins find afterwards."""

import pytest
from conftest import House_, Open
from page_checks import Page

from fedi_aid.storage import house_settings, people, roster
from fedi_aid.web import setup
from fedi_aid.work import jobs

pytestmark = pytest.mark.anyio

FIRST = {
    "instance_name": "La rue d'en face",
    "instance_description": "For the neighbours.",
    "default_language": "fr",
    "registration": "invite",
    "contact_email": "house@mail.example",
    "username": "amina",
    "display_name": "Amina",
    "email": "amina@mail.example",
    "password": "a short sentence is good",
}


def words(text: str) -> str:
    return " ".join(Page(text).all("main")[0].text.split())


async def test_whoever_has_the_code_opens_the_place_once(open_house: Open) -> None:
    house = await open_house(instance_name="fedi_aid", registration="approval")
    browser = await house.browser()
    code = setup.code(house.instance.operator)
    for wrong in ("", "x" * 24, code[:-1]):
        assert (await browser.get(f"/setup?code={wrong}")).status_code == 404
    path = f"/setup?code={code}"
    refused = await browser.fill(path, FIRST | {"password": "x", "email": "no address"})
    assert refused.status_code == 422
    assert "La rue d'en face" in {one.attributes.get("value") for one in Page(refused.text).all("input")}
    assert await house.db.read(roster.admins) == []
    assert await house.db.read(house_settings.all_of) == {}, "all of it or nothing"
    done = await browser.fill(path, FIRST)
    assert done.status_code == 303
    assert len(await house.db.read(roster.admins)) == 1
    house.instance.dress(await house.db.read(house_settings.all_of))
    assert "La rue d'en face" in Page((await browser.get("/moderation/charter")).text).all("title")[0].text
    assert house.instance.house.registration == "invite"
    assert (await browser.get(path)).status_code == 404, "it is done"
    again = await browser.post(
        "/setup", FIRST | {"code": code, "username": "mallory", "email": "m@mail.example"}
    )
    assert again.status_code == 404


async def test_what_the_operator_gave_is_theirs(open_house: Open) -> None:
    house = await open_house(instance_name="Les Voisins", registration="open")
    admin = await house.member("amina")
    await house.db.write(people.change_member, admin.id, role="admin")
    browser = await house.browser()
    await browser.log_in()
    page = await browser.get("/admin/house")
    token = Page(page.text).all("input")[0].attributes["value"]
    fields = {"instance_name": "Mine now", "registration": "closed", "contact_email": "a@mail.example"}
    assert (await browser.post("/admin/house", fields | {"csrf": token})).status_code == 303
    house.instance.dress(await house.db.read(house_settings.all_of))
    kept = house.instance.settings
    assert (kept.instance_name, kept.registration, kept.contact_email) == (
        "Les Voisins",
        "open",
        "a@mail.example",
    )
    wrong = await browser.post("/admin/house", {"contact_email": "x" * 300, "csrf": token})
    assert wrong.status_code == 422


async def test_queues_can_be_looked_at_and_moved(house: House_) -> None:
    admin = await house.member("amina")
    await house.db.write(people.change_member, admin.id, role="admin")
    browser = await house.browser()
    await browser.log_in()
    await house.db.write(lambda tx: jobs.tell_person(tx, admin.id))
    page = await browser.get("/admin/queues")
    assert "tell_person" in words(page.text)
    token = next(one.attributes["value"] for one in Page((await browser.get("/me")).text).all("input"))
    for act in ("pause_host", "retry_host", "drop_host"):
        done = await browser.post("/admin/queues", {"act": act, "host": "dead.example", "csrf": token})
        assert done.status_code == 303
    assert (await browser.post("/admin/queues", {"act": "bogus", "csrf": token})).status_code == 404


async def test_announcements_and_invitations(house: House_) -> None:
    admin = await house.member("amina")
    await house.db.write(people.change_member, admin.id, role="admin")
    browser = await house.browser()
    await browser.log_in()
    token = next(one.attributes["value"] for one in Page((await browser.get("/me")).text).all("input"))
    told = await browser.post(
        "/admin/announcements", {"act": "tell", "text": "Soup on Friday.", "csrf": token}
    )
    assert told.status_code == 303
    page = await browser.get("/admin/announcements")
    assert "Soup on Friday." in words(page.text)
    assert (await browser.post("/admin/announcements", {"text": " ", "csrf": token})).status_code == 422
    past = await browser.post("/admin/announcements", {"text": "x", "until": "2001-01-01", "csrf": token})
    assert past.status_code == 422
    await browser.post("/me/invitations", {"act": "invite", "csrf": token})
    invited = await browser.get("/me/invitations")
    link = next(
        v
        for one in Page(invited.text).all("input")
        if "invitation=" in (v := one.attributes.get("value", ""))
    )
    assert "/signup?invitation=" in link
    code = link.rpartition("=")[2]
    await browser.post("/me/invitations", {"act": "end", "code": code, "csrf": token})
    assert code not in (await browser.get("/me/invitations")).text
