"""Making friends one at a time, and everything a member can do with a person, a project and their own data."""

import io
import zipfile

import msgspec
import pytest
from conftest import PASSWORD, Browser, House_
from page_checks import Page

from fedi_aid.actions import endorsements, posts, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.model.control_tags import Explicit
from fedi_aid.model.ids import PersonId
from fedi_aid.model.people import Member
from fedi_aid.storage import help as help_rows
from fedi_aid.storage import people, timelines
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.timelines import Page as Page_
from fedi_aid.storage.tx import Tx

pytestmark = pytest.mark.anyio


class Somebody:
    def __init__(self, member: Member, browser: Browser) -> None:
        self.member = member
        self.browser = browser
        self.csrf = ""

    async def sends(self, path: str, follow: bool = True, **fields: str) -> str:
        """A form of the rooms; the text of the page that one is led to."""
        done = await self.browser.post(path, fields | {"csrf": self.csrf})
        assert done.status_code in (303, 422), (path, done.status_code, done.text[:300])
        if done.status_code == 303 and follow:
            return text_of(await self.browser.follow(done))
        return text_of(done) if done.status_code == 422 else ""

    async def reads(self, path: str) -> str:
        response = await self.browser.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return text_of(response)


def text_of(response: object) -> str:
    return " ".join(Page(response.text).all("main")[0].text.split())  # type: ignore[attr-defined]


async def somebody(house: House_, name: str) -> Somebody:
    member = await house.member(name, locale="en")
    browser = await house.browser()
    assert (await browser.log_in(name)).status_code == 303
    found = Somebody(member, browser)
    page = Page((await browser.get("/me")).text)
    found.csrf = next(
        one.attributes["value"] for one in page.all("input") if one.attributes.get("name") == "csrf"
    )
    return found


async def friends(house: House_, one: Somebody, other: Somebody) -> None:
    await house.db.write(ties.follow, one.member.id, other.member.id)
    await house.db.write(ties.accept, other.member.id, one.member.id)


async def test_s2_friends_are_made_with_a_word(house: House_) -> None:
    """S2: found by the whole address, asked with a word, answered on the page; a no is told to nobody."""
    amina, bruno, eve = [await somebody(house, name) for name in ("amina", "bruno", "eve")]
    assert "Nobody was found" in await amina.reads("/people?q=brun")
    assert "Bruno" in await amina.reads("/people?q=@bruno@localhost:8080")
    where = f"/people/{bruno.member.id}"
    assert "theirs to answer" in await amina.sends(where, act="ask", word="We met at the workshop.")
    await eve.sends(where, act="ask", word="Hello")
    room = await bruno.reads("/people")
    assert "We met at the workshop." in room
    await bruno.sends("/people", act="accept", id=str(amina.member.id))
    await bruno.sends("/people", act="refuse", id=str(eve.member.id))
    assert await house.db.read(tie_rows.are_friends, amina.member.id, bruno.member.id)
    assert "You are friends." in await amina.reads(where)
    assert "Bruno" not in await eve.reads("/messages"), "no letter tells of a refusal"
    assert "Hello" not in await bruno.reads("/people")


async def test_what_one_can_do_with_a_friend(house: House_) -> None:
    amina, bruno, chloe = [await somebody(house, name) for name in ("amina", "bruno", "chloe")]
    await friends(house, amina, bruno)
    await friends(house, amina, chloe)
    where = f"/people/{bruno.member.id}"
    assert "You hold them close" in await amina.sends(where, act="close")
    assert "You do not hear them" in await amina.sends(where, act="mute")
    await amina.sends(where, act="unmute")
    assert "Name what you vouch for" in await amina.sends(where, act="endorse", name=" ", kind="skill")
    await amina.sends(where, act="endorse", name="bicycles", kind="skill")
    offered = (await house.db.read(endorsements.received, bruno.member.id))[0]
    assert "Amina vouches for you: bicycles" in await bruno.reads("/me/badges")
    await bruno.sends("/me/badges", act="accept", id=str(offered.id))
    assert "bicycles" in await chloe.reads(where) or "bicycles" in await amina.reads(where)
    await amina.sends(where, act="introduce", to=str(chloe.member.id), word="You both mend things.")
    assert "You both mend things." in await bruno.reads("/people")
    assert "You blocked them." in await amina.sends(where, act="block")
    assert not await house.db.read(tie_rows.are_friends, amina.member.id, bruno.member.id)
    missing = await amina.browser.get("/people/12345")
    own = await amina.browser.get(f"/people/{amina.member.id}")
    assert missing.content == own.content


async def test_a_project_from_first_line_to_its_end(house: House_) -> None:
    amina, bruno = [await somebody(house, name) for name in ("amina", "bruno")]
    await friends(house, amina, bruno)
    assert "Give it a title" in await amina.sends("/projects/new", title=" ", description="", causes="")
    made = await amina.browser.post(
        "/projects/new",
        {"title": "A ramp", "description": "For the shop.", "causes": "housing", "csrf": amina.csrf},
    )
    where = made.headers["location"].partition("?")[0]
    assert "How do you feel about “A ramp” today?" in await amina.reads(where)
    assert "Two planks" in await amina.sends(where, act="add_goal", title="Two planks", due="2030-01-01")
    assert "not a day" in await amina.sends(where, act="add_goal", title="x", due="soon")
    assert "invited" in await amina.sends(where, act="invite", person=str(bruno.member.id), role="team")
    assert "invites you to the team of “A ramp”" in await bruno.reads("/people")
    page = Page((await bruno.browser.get("/people")).text)
    place = next(
        one.attributes["value"]
        for at, one in enumerate(page.all("input"))
        if one.attributes.get("name") == "id" and page.all("input")[at - 1].attributes.get("value") == "join"
    )
    await bruno.sends("/people", act="join", id=place)
    assert "you are on the team" in await bruno.reads("/projects")
    assert "Leave it" in await bruno.reads(where)
    assert "ended" in await amina.sends(where, act="close")
    eve = await somebody(house, "eve")
    assert (await eve.browser.get(where)).status_code == 404
    assert (await eve.browser.post(where, {"act": "remove", "csrf": eve.csrf})).status_code == 404


async def test_settings_are_kept_and_wrong_ones_said(house: House_) -> None:
    amina = await somebody(house, "amina")
    fields = {"display_name": "Amina N.", "bio": "I sell shoes.", "time_zone": "Europe/Paris", "locale": "fr"}
    await amina.sends("/me/profile", **fields, show_friends="yes")
    member = await house.db.read(people.member, amina.member.id)
    assert member is not None
    assert (member.person.display_name, member.time_zone, member.locale, member.show_friends) == (
        "Amina N.",
        "Europe/Paris",
        "fr",
        True,
    )
    await amina.sends(
        "/me/butler", weekly_budget="2", quiet_from="21", quiet_until="7", carry_consent="always"
    )
    await amina.sends("/me/butler", weekly_budget="99", carry_consent="perhaps")
    member = await house.db.read(people.member, amina.member.id)
    assert member is not None
    assert (member.weekly_budget, member.quiet_from, member.carry_consent) == (2, 21, "always")
    await amina.sends(
        "/me/abilities", skills="bicycles, soup", languages="fr, en", causes="", availability=""
    )
    assert "bicycles, soup" in {
        one.attributes.get("value")
        for one in Page((await amina.browser.get("/me/abilities")).text).all("input")
    }
    wrong = await amina.browser.post("/me/abilities", {"languages": "klingonese!!", "csrf": amina.csrf})
    assert wrong.status_code == 422


async def test_s4e_everything_can_be_taken_away(house: House_) -> None:
    """S4e, R8: an archive with what I did; nothing that others noted about me; no cell is a formula (X03)."""
    amina, bruno = [await somebody(house, name) for name in ("amina", "bruno")]
    await friends(house, amina, bruno)
    await house.db.write(posts.publish, amina.member, Draft(text="Only my own words."))
    await house.db.write(posts.publish, bruno.member, Draft(text="Words of somebody else."))
    await house.db.write(ties.mute, bruno.member.id, amina.member.id)
    got = await amina.browser.get("/me/data/all.zip")
    assert got.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        papers = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "Only my own words." in papers["posts.json"]
    assert not any("Words of somebody else." in text for text in papers.values())
    assert "bruno@localhost:8080" in papers["friends.csv"]
    assert "bruno" not in papers["muted_accounts.csv"]
    assert "What the engine" in await amina.reads("/me/data/known") or await amina.reads("/me/data/known")
    assert (await (await house.browser()).get("/me/data/all.zip")).is_redirect


async def test_s2_lists_from_elsewhere_ask_nobody(house: House_) -> None:
    amina, bruno = [await somebody(house, name) for name in ("amina", "bruno")]
    headers = {"Origin": amina.browser.base_url, "Sec-Fetch-Site": "same-origin"}

    async def bring(kind: str, text: bytes) -> str:
        sent = await amina.browser.http.post(
            "/me/data/bring",
            data={"kind": kind, "csrf": amina.csrf},
            files={"list": ("list.csv", text)},
            headers=headers,
        )
        return text_of(sent)

    following = await bring("following", b"Account address,Show boosts\nbruno@localhost:8080,true\n")
    assert "asked to be friends, one at a time" in following
    assert await house.db.read(tie_rows.follow, amina.member.id, bruno.member.id) is None
    blocked = await bring("blocked", b"Account address\nbruno@localhost:8080\nnobody@far.example\n")
    assert "1 entries were taken over" in blocked
    assert "nobody@far.example" in blocked
    assert await house.db.read(tie_rows.has_blocked, amina.member.id, bruno.member.id)
    assert "could not be read" in await bring("muted", b"\xff\xfe\x00")
    assert "could not be read" in await bring("muted", b"")


async def test_old_posts_are_brought_along_for_their_author_alone(house: House_) -> None:
    """From an export of ours or of Mastodon; twice is once; nobody sees them, nobody is told."""
    amina, bruno = [await somebody(house, name) for name in ("amina", "bruno")]
    await friends(house, amina, bruno)
    outbox = {
        "type": "OrderedCollection",
        "orderedItems": [
            {
                "type": "Create",
                "object": {"content": "<p>An <b>old</b> word</p>", "published": "2020-02-03T04:05:06Z"},
            },
            {"type": "Announce", "object": "https://far.example/notes/1"},
            {
                "type": "Create",
                "object": {"content": "<p>From tomorrow</p>", "published": "2999-01-01T00:00:00Z"},
            },
        ],
    }
    headers = {"Origin": amina.browser.base_url, "Sec-Fetch-Site": "same-origin"}

    async def bring(content: bytes) -> str:
        sent = await amina.browser.http.post(
            "/me/data/bring",
            data={"kind": "posts", "csrf": amina.csrf},
            files={"list": ("outbox.json", content)},
            headers=headers,
        )
        return text_of(sent)

    assert "1 entries were taken over" in await bring(msgspec.json.encode(outbox))
    assert "0 entries were taken over" in await bring(msgspec.json.encode(outbox))
    for broken in (b"", b"[", b"{}", b"[1]", b'{"orderedItems": 3}'):
        assert "could not be read" in await bring(broken)

    def written(tx: Tx, viewer: int) -> list[str]:
        page = timelines.by_author(tx, PersonId(viewer), amina.member.id, Page_(limit=10))
        return [view.post.text for view in page]

    assert await house.db.read(written, amina.member.id) == ["An old word"]
    assert await house.db.read(written, bruno.member.id) == []
    assert "An old word" not in await bruno.reads("/today")


async def test_leaving_takes_everything_back(house: House_) -> None:
    """R6: flags come down first; the login ends; the name stays taken."""
    amina, bruno = [await somebody(house, name) for name in ("amina", "bruno")]
    await friends(house, amina, bruno)
    request = await house.db.write(
        posts.publish, amina.member, Draft(text="A ramp, please", wish=Explicit(help=True, intimacy=2))
    )
    assert "not your password" in await amina.sends("/me/leave", confirmed="amina", password="wrong")
    assert "Type your user name" in await amina.sends("/me/leave", confirmed="bruno", password=PASSWORD)
    done = await amina.browser.post(
        "/me/leave", {"confirmed": "amina", "password": PASSWORD, "csrf": amina.csrf}
    )
    assert done.status_code == 303
    row = await house.db.read(help_rows.request, request)
    assert row is not None
    assert row.state == "lowered"
    assert (await amina.browser.get("/today")).is_redirect
    member = await house.db.read(people.member, amina.member.id)
    assert member is not None
    assert member.state == "deleted"
    assert (await amina.browser.log_in("amina")).status_code == 422
