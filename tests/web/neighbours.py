"""A few people who know each other, and forms filled in as a browser without scripts sends them."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from conftest import Browser, House_, some_keys

from fedi_aid.actions import access, carrying, passing, posts, registration, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.butler import handlers as butler
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.people import Member
from fedi_aid.storage import people
from fedi_aid.storage.jobs import Job
from fedi_aid.storage.tx import Tx
from fedi_aid.web import trust
from fedi_aid.work.runner import Finish, Runner

# Pages show what actions and questions say, which are tested on both engines.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ELSEWHERE = (
    *("fan_out", "tell_tie", "tell_reaction", "tell_removed", "tell_person", "send_ask", "undo_ask"),
    *("answer_ask", "carry_on", "forward", "undo_carry"),
)


class Filled(HTMLParser):
    """The forms of a page: where each goes, and the fields it would send as it stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._area = ""
        self._select = ""
        self._first = False
        self.feed(html)

    def _put(self, name: str, value: str) -> None:
        if self.forms and name:
            self.forms[-1][1].setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given["action"], {}))
        elif tag == "input":
            kind = given.get("type", "text")
            if (kind in ("checkbox", "radio") and "checked" not in given) or kind in ("file", "submit"):
                return
            self._put(given.get("name", ""), given.get("value", ""))
        elif tag == "textarea":
            self._area = given["name"]
            self._put(self._area, "")
        elif tag == "select":
            self._select, self._first = given["name"], True
        elif tag == "option" and (self._first or "selected" in given):
            if not self._first:
                self.forms[-1][1][self._select].pop()
            self._put(self._select, given.get("value", ""))
            self._first = False

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][1][self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def form_to(shown: httpx.Response, action: str) -> dict[str, list[str]]:
    """The fields of the page's form that goes to this path."""
    forms = Filled(shown.text).forms
    return next(fields for goes, fields in forms if goes == action)


async def send(
    browser: Browser,
    shown: httpx.Response,
    action: str,
    fields: Mapping[str, str | Sequence[str]] | None = None,
    *,
    files: Sequence[tuple[str, tuple[str, bytes, str]]] = (),
) -> httpx.Response:
    """Send the page's form that goes to `action`, with these fields changed."""
    given = form_to(shown, action) | {
        name: [value] if isinstance(value, str) else list(value) for name, value in (fields or {}).items()
    }
    headers = {"Origin": browser.base_url, "Sec-Fetch-Site": "same-origin"}
    target = urljoin(str(shown.url), action)
    if not files:
        return await browser.http.post(target, data=given, headers=headers)
    return await browser.http.post(target, data=given, files=list(files), headers=headers)


class Neighbours:
    """Amina and her friends Bruno and Chloé; Dov knows nobody. Everybody's browser is logged in."""

    def __init__(self, house: House_, members: dict[str, Member], browsers: dict[str, Browser]) -> None:
        self.house = house
        self.db = house.db
        self.clock: Any = house.db.clock
        self.members = members
        self.browsers = browsers
        kinds: dict[str, Any] = {**butler.handlers(), **dict.fromkeys(ELSEWHERE, _nothing)}
        # As the wire does it where everybody lives here.
        kinds |= {"carry_spread": _spread, "pass_to_one": _pass}
        self.runner = Runner(
            house.db,
            kinds,
            concurrency={"inbox": 1, "deliver": 1, "fetch": 1, "butler": 1},
            worker_id="test",
        )

    def __getitem__(self, name: str) -> Browser:
        return self.browsers[name]

    def id(self, name: str) -> PersonId:
        return self.members[name].id

    async def befriend(self, one: str, other: str) -> None:
        await self.db.write(ties.follow, self.id(one), self.id(other))
        await self.db.write(ties.accept, self.id(other), self.id(one))

    async def writes(
        self, name: str, text: str, *, level: int = 2, flag: bool = False, **more: Any
    ) -> PostId:
        member = await self.db.read(people.member, self.id(name))
        wish = Explicit(intimacy=level, help=flag or None)
        draft = Draft(text=text, wish=wish, language="en", approved=True, **more)
        return await self.db.write(posts.publish, member, draft)

    async def settle(self) -> None:
        """The butler does what is due."""
        await self.runner.run_until_idle()


async def _spread(job: Job) -> Finish | None:
    post_id, carrier_id = job.args["post_id"], job.args["carrier_id"]

    def work(tx: Tx) -> None:
        carrying.spread(tx, post_id, carrier_id, renewed=job.args["renewed"])

    return work


async def _pass(job: Job) -> Finish | None:
    return lambda tx: passing.go(tx, job.args["passed_id"], lambda _ticket: None)


async def _nothing(_job: Job) -> Finish | None:
    return None


async def move_in(house: House_, *names: str, **member: Any) -> Neighbours:
    """These people, without ties, each logged in."""
    await house.db.write(registration.ensure_instance, some_keys(), some_keys())
    members = {name: await house.member(name, **member) for name in names}
    browsers = {}
    cookie = trust.cookie_names(house.instance.settings).session
    for name, made in members.items():
        browsers[name] = await house.browser()
        session = await house.db.write(access.open_session, made.id, agent="Testing/1.0")
        browsers[name].http.cookies.set(cookie, session.secret)
    return Neighbours(house, members, browsers)


async def village(house: House_, **member: Any) -> Neighbours:
    """Amina with her friends Bruno and Chloé; and Dov."""
    found = await move_in(house, "amina", "bruno", "chloe", "dov", **member)
    await found.befriend("amina", "bruno")
    await found.befriend("amina", "chloe")
    return found
