"""A village served by a real process, and a Chromium that walks through it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import chromium
from tests.browser.village import PASSWORD, found
from tests.scenario.servers import PATIENCE, Server

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
MILLISECONDS = PATIENCE * 1_000

expect.set_options(timeout=MILLISECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """While it runs it has an event loop in this thread: it is closed before tests of another kind come."""
    with sync_playwright() as playwright:
        quiet = [
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-quic",
        ]
        running = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", *quiet])
        yield running
        running.close()


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests of a process: each does what the others do not look at."""
    server = Server(tmp_path_factory.mktemp("village"), FEDI_AID_FAST_BUTLER="1")
    with ThreadPoolExecutor(1) as aside:  # the browser's loop may run in this one
        aside.submit(asyncio.run, found(server.folder / "data", server.url)).result()
    server.start()
    yield server
    server.stop()


class Visitor:
    """A browser window of its own: cookies, console, and every address it asked."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        context.set_default_timeout(MILLISECONDS)
        self.url = url
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page = self.open()

    def open(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: self._note(asked.url))
        return page

    def _note(self, asked: str) -> None:
        if not asked.startswith((self.url, "data:", "blob:")):
            self.elsewhere.append(asked)

    def goto(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, name: str = "amina") -> Page:
        page = self.goto("/login")
        page.fill("[name=login]", name)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/today*")
        return page

    def check(self) -> None:
        """Nothing was complained about, and nobody else was asked."""
        assert self.complaints == []
        assert self.elsewhere == []


@pytest.fixture
def visitor(browser: Browser, village: Server) -> Iterator[Visitor]:
    context = browser.new_context(viewport=DESK, locale="fr")
    yield Visitor(context, village.url)
    context.close()


@pytest.fixture
def on_phone(browser: Browser, village: Server) -> Iterator[Visitor]:
    context = browser.new_context(viewport=PHONE, locale="fr", has_touch=True, is_mobile=True)
    yield Visitor(context, village.url)
    context.close()
