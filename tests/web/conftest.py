"""The pages over a fresh database, and a browser that keeps cookies and fills in forms as one does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin

import httpx
import msgspec
import pytest
from page_checks import Page
from starlette.applications import Starlette

from fedi_aid.actions import registration
from fedi_aid.actions.instance import Instance
from fedi_aid.bus import Bus
from fedi_aid.model.house import House
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.net.client import Net
from fedi_aid.settings import Settings
from fedi_aid.storage.database import Database
from fedi_aid.web.routes import routes

BASE = "http://localhost:8080"
PASSWORD = "a short sentence is good"
NEW_MEMBER = {
    "agreement": "yes",
    "display_name": "Amina Ndiaye",
    "username": "Amina",
    "email": "amina@mail.example",
    "password": PASSWORD,
    "language": "fr",
    "reason": "Bruno told me about this place.",
    "invitation": "",
}

_HASH: list[str] = []
_KEYS: list[registration.NewKeys] = []


def password_hash() -> str:
    """Of PASSWORD, made once per run."""
    if not _HASH:
        _HASH.append(registration.hash_password(PASSWORD))
    return _HASH[0]


def some_keys() -> registration.NewKeys:
    if not _KEYS:
        _KEYS.append(registration.new_keys())
    return _KEYS[0]


class Browser:
    """Keeps cookies, says where forms come from, follows nothing by itself."""

    def __init__(self, app: Starlette, base_url: str) -> None:
        self.base_url = base_url
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=("203.0.113.9", 4000)),
            base_url=base_url,
            headers={"User-Agent": "Testing/1.0"},
        )

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return await self.http.get(path, **kwargs)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """As a page of ours sends it; a header given as "" is left out."""
        sent = {"Origin": self.base_url, "Sec-Fetch-Site": "same-origin"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(
            path, data=fields, headers={name: value for name, value in sent.items() if value}
        )

    async def fill(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Open a page, fill in its form (the one with the most fields) and send it."""
        response = await self.get(path)
        assert response.status_code == 200, response.text
        return await self.send(response, fields, **headers)

    async def send(self, shown: httpx.Response, fields: dict[str, str], **headers: str) -> httpx.Response:
        action, given = form_of(shown)
        return await self.post(urljoin(str(shown.url), action), given | fields, **headers)

    async def follow(self, response: httpx.Response) -> httpx.Response:
        assert response.is_redirect, response.text
        return await self.get(response.headers["location"])

    async def log_in(self, login: str = "amina", password: str = PASSWORD) -> httpx.Response:
        return await self.fill("/login", {"login": login, "password": password})

    def cookie(self, name: str) -> str | None:
        return self.http.cookies.get(name)


def form_of(response: httpx.Response) -> tuple[str, dict[str, str]]:
    """Where the page's first form goes, and the values it has already."""
    page = Page(response.text)
    action = page.all("form")[0].attributes["action"]
    fields = [field for field in page.all("input", "textarea") if "form" in field.parents]
    values = {
        field.attributes["name"]: field.attributes.get("value", field.text if field.tag == "textarea" else "")
        for field in fields
        if field.attributes.get("type") != "checkbox" or "checked" in field.attributes
    }
    return action, values


class House_:
    """A server of pages: its instance, and browsers on it."""

    def __init__(self, instance: Instance, stack: AsyncExitStack) -> None:
        self.instance = instance
        self.db = instance.db
        self.elsewhere: dict[str, PersonId] = {}  # who is found by which words when another server is asked
        self.app = Starlette(routes=routes(instance, self._look_up))
        self.app.state.instance = instance
        self._stack = stack

    async def _look_up(
        self, words: str, /, *, fresh: bool = False
    ) -> tuple[Literal["person", "post"], int] | None:
        found = self.elsewhere.get(words)
        return ("person", found) if found is not None else None

    async def browser(self) -> Browser:
        browser = Browser(self.app, self.instance.settings.base_url)
        await self._stack.enter_async_context(browser.http)
        return browser

    async def member(self, username: str = "amina", **changes: Any) -> Member:
        values = {"locale": "en", "trusted": True, "display_name": username.title()} | changes
        return await self.db.write(
            registration.sign_up,
            username=username,
            email=f"{username}@mail.example",
            password_hash=password_hash(),
            keys=some_keys(),
            **values,
        )


Open = Callable[..., Awaitable[House_]]


@pytest.fixture
async def open_house(database: Database, tmp_path: Path) -> AsyncIterator[Open]:
    """Open the pages with settings: `await open_house(registration="invite")`."""
    async with AsyncExitStack() as stack:
        net = Net(True, "fedi_aid tests")
        stack.push_async_callback(net.aclose)

        async def opened(**given: Any) -> House_:
            chosen = {"base_url": BASE, "registration": "open", "instance_name": "Les Voisins"} | given
            settings = msgspec.structs.replace(Settings(), data_dir=tmp_path / "data", **chosen)
            database.house = House(
                base_url=settings.base_url,
                registration=settings.registration,
                allow_public_posts=True,
            )
            return House_(Instance(settings=settings, db=database, net=net, bus=Bus()), stack)

        yield opened


@pytest.fixture
async def house(open_house: Open) -> House_:
    return await open_house()
