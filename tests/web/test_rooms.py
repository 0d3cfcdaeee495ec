"""Every page of every room, as a member, a moderator and an admin find it, in both languages; forms that lose
nothing; doors that stay shut."""

import re
from importlib import resources

import pytest
from conftest import PASSWORD, Browser, House_
from page_checks import Page, check_controls, check_frame, check_nothing_foreign, check_references

from fedi_aid.storage import people
from fedi_aid.web.i18n import LANGUAGES
from fedi_aid.web.pages import PATHS
from fedi_aid.web.routes import ROOMS

pytestmark = pytest.mark.anyio

# Pages that are about something named in their query; their own tests open them.
ABOUT_SOMETHING = {PATHS.report}
FILES = (".csv", ".json", ".zip")
# Paths without a place to fill, each once.
PLAIN_PATHS = sorted(
    {path for room in ROOMS for methods, path, _ in room.ROUTES if methods == "GET" and "{" not in path}
    - ABOUT_SOMETHING
)
PLAIN_PATHS = [path for path in PLAIN_PATHS if not path.endswith(FILES)]
FOR_ROLES = (PATHS.moderation, PATHS.admin)
FOR_ADMINS = (PATHS.admin, f"{PATHS.moderation}/charter")


async def logged_in(house: House_, role: str = "member", **member: str) -> Browser:
    made = await house.member(**member)
    await house.db.write(people.change_member, made.id, role=role)
    browser = await house.browser()
    assert (await browser.log_in()).status_code == 303
    return browser


def csrf_of(page: Page) -> str:
    fields = [field.attributes for field in page.all("input")]
    return next((field["value"] for field in fields if field.get("name") == "csrf"), "")


@pytest.mark.parametrize("role", ["member", "moderator", "admin"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_holds_to_the_rules(house: House_, role: str, language: str) -> None:
    browser = await logged_in(house, role, locale=language)
    for path in PLAIN_PATHS:
        response = await browser.get(path)
        if path.startswith(FOR_ROLES) and role == "member":
            assert response.status_code == 404, path
            continue
        if path.startswith(FOR_ADMINS) and role == "moderator":
            assert response.status_code == 404, path
            continue
        assert response.status_code == 200, path
        page = Page(response.text)
        check_frame(page, language)
        check_references(page)
        check_nothing_foreign(page)
        check_controls(page, csrf_of(page))
        assert len(response.content) < 100_000, path


async def test_visitors_are_led_to_the_login_and_back(house: House_) -> None:
    browser = await house.browser()
    for path in PLAIN_PATHS:
        response = await browser.get(path)
        assert response.status_code == 303, path
        assert response.headers["location"] == f"/login?next={path}".replace("/", "%2F").replace(
            "%2Flogin?next=", "/login?next=", 1
        ), path


def test_every_template_of_a_room_says_what_it_expects() -> None:
    folder = resources.files("fedi_aid.web").joinpath("templates", "rooms")
    for entry in folder.iterdir():
        assert re.match(r"\{#.*?(Expects:|Pieces).*?#\}", entry.read_text("utf-8"), re.DOTALL), entry.name


async def test_an_expired_session_loses_nothing(house: House_) -> None:
    """What was typed is shown again, whole, and sent once somebody is logged in again; passwords are not."""
    other = await logged_in(house)
    old = csrf_of(Page((await other.get("/me/profile")).text))
    # A new session in the same browser: the page that is open has the token of the old one.
    await other.fill("/login?again=yes", {"login": "amina", "password": PASSWORD})
    typed = {
        "display_name": "Amina of the shop",
        "bio": "Two lines\nof my own",
        "password": "never again",
        "csrf": old,
    }
    stale = await other.post("/me/profile", typed)
    assert stale.status_code == 403
    again = Page(stale.text)
    kept = {one.attributes["name"]: one.attributes.get("value", "") for one in again.all("input")}
    assert kept["display_name"] == "Amina of the shop"
    assert kept["bio"] == "Two lines\nof my own"
    assert "never again" not in stale.text
    assert kept["csrf"] not in ("", old)
    sent = await other.send(stale, {})
    assert sent.status_code == 303
    assert "Amina of the shop" in (await other.get("/me")).text
    other.http.cookies.clear()
    over = await other.post("/me/profile", typed)
    assert over.status_code == 403
    assert "Two lines" in over.text
    assert "/login?next=" in over.text


async def test_a_form_of_another_site_does_nothing(house: House_) -> None:
    browser = await logged_in(house)
    token = csrf_of(Page((await browser.get("/me")).text))
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        sent = await browser.post("/me/profile", {"display_name": "Evil", "csrf": token}, **headers)
        assert sent.status_code == 403
        assert "Evil" not in sent.text
