"""Every room in a real browser: no complaint in the console, nothing asked of anybody else, no violation that axe-core finds,
readable without scripts, on a desk and on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from fedi_aid.web.routes import ROOMS
from tests.browser.conftest import PHONE, Visitor
from tests.interop import npm
from tests.scenario.servers import Server

AXE = "4.14.1"
VISITORS_PAGES = ("/", "/charter", "/login", "/signup", "/@amina", "/about/components")
PATHS = [
    path
    for path in sorted({path for room in ROOMS for method, path, _ in room.ROUTES if method == "GET"})
    if "{" not in path and path != "/report" and not path.endswith((".csv", ".json", ".zip"))
]
FOR_ROLES = ("/moderation", "/admin")
MEMBERS_PAGES = [path for path in PATHS if not path.startswith(FOR_ROLES)]


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core; skips where npm reaches no registry."""
    _, folder = npm.installed("axe", f"axe-core@{AXE}")
    return (Path(folder) / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.fixture(params=["light", "dark"])
def reader(request: pytest.FixtureRequest, browser: Browser, village: Server) -> Iterator[Visitor]:
    context = browser.new_context(
        viewport=PHONE if request.param == "dark" else {"width": 1280, "height": 900},
        color_scheme=request.param,
        locale="fr",
        bypass_csp=True,  # for axe alone, which is put in from outside; the pages run in test_console_is_silent
    )
    yield Visitor(context, village.url)
    context.close()


@pytest.fixture
def visitor_past_policy(browser: Browser, village: Server) -> Iterator[Visitor]:
    context = browser.new_context(viewport=PHONE, locale="fr", bypass_csp=True)
    yield Visitor(context, village.url)
    context.close()


def violations(visitor: Visitor, axe: str, path: str) -> list[str]:
    page = visitor.goto(path)
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [
        f"{path}: {one['id']} ({one['help']}): {[node['target'] for node in one['nodes']][:3]}"
        for one in found["violations"]
    ]


def test_axe_finds_nothing(reader: Visitor, axe: str) -> None:
    """WCAG 2.2 AA as far as a machine can say, in light on a desk and in dark on a phone."""
    found = [one for path in VISITORS_PAGES for one in violations(reader, axe, path)]
    reader.log_in()
    found += [one for path in MEMBERS_PAGES for one in violations(reader, axe, path)]
    assert found == []


def found_on(visitor: Visitor, room: str, start: str) -> str:
    """The first page about something that a room leads to."""
    links = (
        visitor.goto(room).locator(f"main a[href^='{start}']").evaluate_all("all => all.map(a => a.pathname)")
    )
    return str(next(link for link in links if re.fullmatch(r"\d+", link.removeprefix(start))))


def test_axe_finds_nothing_on_pages_about_something(visitor_past_policy: Visitor, axe: str) -> None:
    """A post, a project, a person, a conversation; then what those see who look after the place."""
    visitor_past_policy.log_in()
    rooms = (
        ("/help", "/posts/"),
        ("/projects", "/projects/"),
        ("/people", "/people/"),
        ("/messages", "/messages/"),
    )
    ways = [found_on(visitor_past_policy, room, start) for room, start in rooms]
    found = [one for path in ways for one in violations(visitor_past_policy, axe, path)]
    visitor_past_policy.context.clear_cookies()
    visitor_past_policy.log_in("eve")
    ways = [path for path in PATHS if path.startswith(FOR_ROLES)]
    ways.append(found_on(visitor_past_policy, "/moderation", "/moderation/reports/"))
    found += [one for path in ways for one in violations(visitor_past_policy, axe, path)]
    assert found == []


def test_console_is_silent(visitor: Visitor) -> None:
    """B13: with the real policy on, no page complains and none asks anybody else for anything."""
    for path in VISITORS_PAGES:
        visitor.goto(path)
    visitor.log_in()
    for path in MEMBERS_PAGES:
        visitor.goto(path).wait_for_load_state("networkidle")
    visitor.check()


def test_pages_without_scripts(browser: Browser, village: Server) -> None:
    """With JavaScript off every page has its heading and its ways on, and nothing wider than the screen."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="fr")
    visitor = Visitor(context, village.url)
    visitor.log_in()
    for path in MEMBERS_PAGES:
        page = visitor.goto(path)
        assert page.locator("h1").count() == 1, path
        assert page.locator("nav.rooms a").count() >= 8, path
    visitor.check()
    context.close()


def test_nothing_is_wider_than_a_phone(on_phone: Visitor) -> None:
    on_phone.log_in()
    wide = {}
    for path in (*VISITORS_PAGES, *MEMBERS_PAGES):
        page = on_phone.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide[path] = width
    assert wide == {}
