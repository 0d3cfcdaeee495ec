"""Whole stories in a real browser, in French: from sign-up to the first request, from a report to an answered appeal,
from an export to a deleted account."""

import re
import zipfile
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESK, Visitor
from tests.browser.village import PASSWORD
from tests.scenario.servers import Server

COMMENT = "Il recommence sous chacun de mes messages."
REASON = "Trois messages blessants dans la même semaine."
APPEAL = "Je visais la mairie, pas vous. Je le dirai mieux."
ANSWER = "Nous vous avons relu : c'est vrai."


@pytest.fixture
def window(browser: Browser, village: Server) -> Iterator[Callable[[str], Visitor]]:
    """A window of its own for each of several people, logged in; all are checked at the end."""
    opened: list[Visitor] = []

    def of(name: str) -> Visitor:
        opened.append(Visitor(browser.new_context(viewport=DESK, locale="fr"), village.url))
        opened[-1].log_in(name)
        return opened[-1]

    yield of
    for visitor in opened:
        visitor.check()
        visitor.context.close()


def test_from_sign_up_to_the_first_request(on_phone: Visitor) -> None:
    """The charter, an account, and a flag raised, on a phone."""
    page = on_phone.goto("/")
    page.click("main a.button[href='/signup']")
    page.check("#agreement")
    page.fill("#display_name", "Manon Roy")
    page.fill("#username", "manon")
    page.fill("#email", "manon@example.org")
    page.fill("#password", PASSWORD)
    page.click("main form button[type=submit]")
    expect(page.locator("h1")).to_contain_text("Manon Roy")
    page = on_phone.goto("/write")
    page.fill("#text", "Il me faut un coup de main pour porter un piano.")
    page.check("#flag")
    page.fill("#need", "Quatre bras samedi à dix heures")
    page.fill("#helpers", "2")
    page.check("#step-1")
    page.click("#send")
    page.wait_for_url(re.compile(r"/posts/\d+"))
    expect(page.locator("main [role=status]")).to_contain_text("Votre drapeau est levé")
    expect(page.locator("main .post").first).to_contain_text("porter un piano")
    expect(page.locator("main .flag").first).to_have_text(re.compile("Demande de l'aide"))
    page = on_phone.goto("/help")
    expect(page.locator("main")).to_contain_text("porter un piano")
    on_phone.check()


def test_from_a_report_to_an_answered_appeal(window: Callable[[str], Visitor]) -> None:
    """S4c: four people, each at a window of their own."""
    page = window("georges").goto("/@quentin")
    path = page.locator("main .post footer a").first.get_attribute("href") or ""
    page.goto(page.url.partition("/@")[0] + "/posts/" + path.rpartition("/")[2])
    page.locator("main a[href^='/report']").first.click()
    page.check("#rule-4")
    page.fill("#comment", COMMENT)
    page.click("main form button[type=submit]")
    expect(page.locator("main [role=status]")).to_contain_text("Quelqu'un le lira")

    mona = window("mona")
    page = mona.goto("/moderation")
    page.locator("main a[href^='/moderation/reports/']").first.click()
    expect(page.locator("main")).to_contain_text(COMMENT)
    page.check("#action-limit")
    page.fill("#text", REASON)
    page.locator("main button[type=submit]").last.click()
    expect(page.locator("main [role=status]")).to_be_visible()

    judged = window("quentin")
    page = judged.goto("/me/decisions")
    expect(page.locator("main")).to_contain_text(REASON)
    expect(page.locator("main")).not_to_contain_text("Mona")
    page.fill("main textarea", APPEAL)
    page.click("main form button[type=submit]")
    expect(page.locator("main [role=status]")).to_be_visible()

    page = window("nadia").goto("/moderation/appeals")
    expect(page.locator("main")).to_contain_text(APPEAL)
    page.fill("main textarea", ANSWER)
    page.click("main button[value=accept]")
    expect(page.locator("main [role=status]")).to_be_visible()
    page = judged.goto("/me/decisions")
    expect(page.locator("main")).to_contain_text(ANSWER)


def test_taking_everything_along_and_leaving(window: Callable[[str], Visitor]) -> None:
    """The archive can be opened, and then nobody of that name is here."""
    paola = window("paola")
    page = paola.goto("/me/data")
    with page.expect_download() as coming:
        page.click("main a[href='/me/data/all.zip']")
    with zipfile.ZipFile(coming.value.path()) as archive:
        assert archive.testzip() is None
        assert any("paola" in archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    page.click("main a[href='/me/leave']")
    page.fill("#confirmed", "somebody")
    page.fill("#password", PASSWORD)
    page.click("main form button[type=submit]")
    expect(page.locator("main .problem")).to_be_visible()
    paola.complaints.clear()  # Chromium notes that the page came with 422
    page.fill("#confirmed", "paola")
    page.fill("#password", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/\?said=left$"))
    page = paola.goto("/me")
    assert "/login" in page.url
    page.fill("[name=login]", "paola")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    expect(page.locator("main [role=alert]")).to_be_visible()
    paola.complaints.clear()
