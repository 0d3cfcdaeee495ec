"""Real servers as separate processes over loopback, and people who use them with a stock client.

Everything here is bounded: a server that does not answer within its time fails the test, and every process
is ended by its id when the test ends.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from mastodon import Mastodon

from tests.ports import free_port

T = TypeVar("T")
PASSWORD = "correct horse battery staple"
PATIENCE = 90.0


def until(what: str, look: Callable[[], T], *, seconds: float = PATIENCE) -> T:
    """Look again and again until there is something; fail with `what` after the time is up."""
    end = time.monotonic() + seconds
    pause = 0.1
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"never happened: {what}")
        time.sleep(pause)
        pause = min(1.0, pause * 1.2)  # who looks for long looks less often, or meets the limit of calls


class Server:
    """One instance: its own process, data folder and SQLite file."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.domain = f"127.0.0.1:{self.port}"
        self.folder = folder
        self.log = folder / "server.log"
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FEDI_AID_")},
            "FEDI_AID_BASE_URL": self.url,
            "FEDI_AID_DATA_DIR": str(folder / "data"),
            "FEDI_AID_REGISTRATION": "open",
            "FEDI_AID_ALLOW_PRIVATE_ADDRESSES": "true",
            "FEDI_AID_FAST_BUTLER": "3600",
            "FEDI_AID_FRIEND_REQUESTS_A_DAY": "0",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._tokens: dict[str, str] = {}

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fedi_aid", "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(f"{self.url} answers", self.is_up)

    def is_up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended: {self.log.read_text()[-2000:]}")
        try:
            return httpx.get(f"{self.url}/health", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9: no goodbye."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def command(self, *words: str, stdin: str = "") -> Any:
        """A command of the operator's, beside the running server; its `--json` answer."""
        done = subprocess.run(
            [sys.executable, "-m", "fedi_aid", *words, "--json"],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def add(self, name: str) -> None:
        self.command(
            *("people", "create", name, "--email", f"{name}@example.org", "--password-stdin"),
            stdin=PASSWORD,
        )

    def token(self, name: str) -> str:
        """One for all, made by the operator."""
        if name not in self._tokens:
            made = self.command("people", "token", name, "--scopes", "read write follow push")
            self._tokens[name] = made["access_token"]
        return self._tokens[name]

    def client(self, name: str) -> Mastodon:
        """A stock client with a token made by the operator."""
        return Mastodon(access_token=self.token(name), api_base_url=self.url, ratelimit_method="throw")


class _Forms(HTMLParser):
    """The forms of a page: address, and fields with their values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        if tag == "input" and self.forms and "name" in given and given.get("type") != "submit":
            self.forms[-1][1][given["name"]] = given.get("value", "")


def log_in_through_the_browser(server: Server, name: str) -> Mastodon:
    """What a person does with a new app: register it, log in on the page, allow, and hand over the code."""
    client_id, client_secret = Mastodon.create_app(
        "Scenario", api_base_url=server.url, scopes=["read", "write", "follow", "push"]
    )
    client = Mastodon(
        client_id=client_id,
        client_secret=client_secret,
        api_base_url=server.url,
        ratelimit_method="throw",
    )
    address = client.auth_request_url(scopes=["read", "write", "follow", "push"], allow_http=True)
    code = allow_in_the_browser(name, address)
    client.log_in(code=code, scopes=["read", "write", "follow", "push"], allow_http=True)
    return client


def allow_in_the_browser(name: str, address: str) -> str:
    """Log in on the page that an app opened, allow what it asks, and return the code that is shown."""
    with httpx.Client(follow_redirects=True, timeout=PATIENCE) as browser:
        page = browser.get(address)
        page = _submit(browser, page, "password", {"login": name, "password": PASSWORD})
        page = _submit(browser, page, "decision", {"decision": "allow"})
        code = parse_qs(urlsplit(str(page.url)).query).get("code", [""])[0]
    assert code, page.text
    return code


def _submit(
    browser: httpx.Client, page: httpx.Response, marker: str, values: dict[str, str]
) -> httpx.Response:
    """Fill in the form that asks for `marker` (a field, or a button of that name) and send it."""
    assert page.status_code == 200, page.text
    for action, fields in _Forms(page.text).forms:
        if marker in fields or (marker == "decision" and "client_id" in fields):
            origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
            return browser.post(
                urljoin(str(page.url), action), data={**fields, **values}, headers={"Origin": origin}
            )
    raise AssertionError(f"no form with {marker} on {page.url}: {page.text[:500]}")


def find(client: Mastodon, handle: str) -> Any:
    """Look somebody up on another server, as every client does."""
    [account] = client.search_v2(f"@{handle}", resolve=True, result_type="accounts")["accounts"]
    return account


def befriend(one: Mastodon, other: Mastodon, one_handle: str, other_handle: str) -> None:
    """A mutual follow, made with signed Follow and Accept."""
    there = find(one, other_handle)
    one.account_follow(there["id"])
    waiting = until(
        "the request arrives",
        lambda: [each for each in other.follow_requests() if each["acct"] == one_handle],
    )
    other.follow_request_authorize(waiting[0]["id"])

    def both_ways() -> bool:
        here = one.account_relationships(there["id"])[0]
        back = other.account_relationships(waiting[0]["id"])[0]
        return bool(here["following"] and here["followed_by"] and back["following"] and back["followed_by"])

    until("both follow each other", both_ways)
