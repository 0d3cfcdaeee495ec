"""What visitors see, through the real routes: only what is public, the same bytes for hidden and missing."""

import random
import re

import httpx
import pytest
from conftest import PASSWORD, Browser, House_, Open, some_keys
from page_checks import Page
from starlette.requests import Request
from structlog.testing import capture_logs

from fedi_aid.actions import erasing, registration, ties
from fedi_aid.actions import people as people_acts
from fedi_aid.actions import posts as post_acts
from fedi_aid.actions.people import RemoteActor
from fedi_aid.actions.posts import Draft
from fedi_aid.actions.receiving import IncomingPost, receive, store
from fedi_aid.errors import TryLater
from fedi_aid.model.ids import PersonId, PostId
from fedi_aid.model.leaving import way_to
from fedi_aid.model.people import Member
from fedi_aid.model.posts import RemoteMedia
from fedi_aid.storage import people, posts
from fedi_aid.storage.database import Database
from fedi_aid.storage.tx import Tx
from fedi_aid.web import visitors
from fedi_aid.web.render import SECURITY_HEADERS, static_url
from fedi_aid.web.visit import Desk, Visit, serve

pytestmark = pytest.mark.anyio


async def says(house: House_, who: Member, text: str, visibility: str = "public", **more: object) -> int:
    draft = Draft(text=text, visibility=visibility, **more)  # type: ignore[arg-type]
    return await house.db.write(post_acts.publish, who, draft)


def alike(one: httpx.Response, other: httpx.Response) -> bool:
    """The same to whoever asked: status, headers, body."""
    return (one.status_code, one.headers, one.content) == (other.status_code, other.headers, other.content)


def words(response: httpx.Response) -> str:
    return " ".join(Page(response.text).all("main")[0].text.split())


# -- every page


async def test_b11_every_page_is_whole_and_carries_the_strict_headers(house: House_) -> None:
    """B11: on pages, errors and redirects alike."""
    amina = await house.member()
    post_id = await says(house, amina, "Bread is ready #bread")
    browser = await house.browser()
    paths = ["/", "/charter", "/signup", "/login", "/@amina", f"/@amina/{post_id}", "/tags/bread"]
    paths += ["/nowhere", "/@nobody", "/oauth/authorize", "/oauth/authorize/native?code=x", "/home", "/about"]
    paths += [
        "/about/components",
        "/login?next=/home",
        "/static/none.css",
        "/a/b/c",
        "/@amina/0",
        "/@amina?before=x",
    ]
    await _check_pages(browser, paths)
    assert (await browser.log_in()).status_code == 303
    await _check_pages(browser, [*paths, "/login?again=yes"])


async def _check_pages(browser: Browser, paths: list[str]) -> None:
    for path in paths:
        response = await browser.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert response.headers.get(name) == value, (path, name)
        assert response.status_code < 500, path
        if not response.is_redirect:
            assert response.headers["content-type"] == "text/html; charset=utf-8"
            page = Page(response.text)
            assert len(page.all("main")) == 1, path
            assert not page.all("script")


async def test_languages(house: House_) -> None:
    await house.member(locale="fr")
    browser = await house.browser()

    async def language(path: str = "/", accept: str = "") -> str:
        response = await browser.get(path, headers={"Accept-Language": accept} if accept else {})
        assert response.headers["content-language"] == Page(response.text).all("html")[0].attributes["lang"]
        return response.headers["content-language"]

    assert await language() == "en"
    assert await language(accept="fr-CA, en;q=0.5") == "fr"
    assert await language(accept="de") == "en"
    await browser.log_in()
    assert await language(accept="en") == "fr", "a member's own language comes before the browser's"
    assert await language("/?lang=en") == "en"
    assert await language(accept="fr") == "en", "the choice is remembered"
    assert await language("/?lang=xx") == "en"
    assert await language("/nowhere?lang=fr") == "fr"


async def test_static_files(house: House_) -> None:
    browser = await house.browser()
    for name, kind in (("style.css", "text/css; charset=utf-8"), ("mark.svg", "image/svg+xml")):
        marked = await browser.get(static_url(name))
        assert marked.status_code == 200
        assert marked.headers["content-type"] == kind
        assert marked.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in marked.headers["cache-control"]
        assert "immutable" not in (await browser.get(f"/static/{name}")).headers["cache-control"]
        assert "immutable" not in (await browser.get(f"/static/{name}?v=0")).headers["cache-control"]
        assert not marked.cookies
    assert (await browser.get("/favicon.ico")).headers["location"] == static_url("favicon.svg")
    assert (await browser.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"
    for path in ("/static/..%2frender.py", "/static/../render.py", "/static/%2e%2e", "/static/"):
        assert (await browser.get(path)).status_code == 404


async def test_landing_follows_the_settings(open_house: Open) -> None:
    house = await open_house(registration="closed", instance_description="A <b>small</b> street")
    browser = await house.browser()
    landing = await browser.get("/")
    assert "A <b>small</b> street" in words(landing)
    assert "/signup" not in landing.text
    assert (await browser.get("/about")).headers["location"] == "/"
    assert "promise one another" in words(await browser.get("/charter"))


# -- profiles


async def test_profile(house: House_) -> None:
    amina = await house.member()
    await house.db.write(
        people_acts.update_profile,
        amina.id,
        bio_source="I cook.\nSee https://cook.example",
        fields=[("City", "Lyon")],
    )
    await says(house, amina, "Everybody may read this")
    await says(house, amina, "The engine chooses", "private")
    await says(house, amina, "A word in your ear", "direct")
    browser = await house.browser()
    for name in ("amina", "Amina"):
        text = words(await browser.get(f"/@{name}"))
        assert "@amina@localhost:8080" in text
        assert "I cook." in text
        assert "Lyon" in text
        assert "Everybody may read this" in text
    await browser.log_in()
    own = words(await browser.get("/@amina"))
    assert "Everybody may read this" in own
    assert "engine" not in own, "a page shows what is public, whoever looks"
    assert "ear" not in own


async def test_profile_is_read_page_by_page(house: House_) -> None:
    amina = await house.member()
    for number in range(visitors.PAGE + 3):
        await says(house, amina, f"Loaf-{number:02}.")
    browser = await house.browser()
    first = await browser.get("/@amina")
    older = next(a.attributes["href"] for a in Page(first.text).all("a") if a.attributes.get("rel") == "next")
    assert re.fullmatch(r"/@amina\?before=\d+", older)
    second = await browser.get(older)
    found = re.findall(r"Loaf-(\d\d)", first.text) + re.findall(r"Loaf-(\d\d)", second.text)
    assert found == [f"{number:02}" for number in reversed(range(visitors.PAGE + 3))]
    assert 'rel="next"' not in second.text


@pytest.mark.parametrize("logged_in", [False, True])
async def test_p15_r7_a_hidden_profile_is_a_missing_one(house: House_, logged_in: bool) -> None:
    """P15, R7: waiting, suspended, of another server, or the house's own actor: as if nobody had the name."""
    for name, state in (("wanda", "waiting"), ("sam", "suspended"), ("dan", "deleted")):
        member = await house.member(name)
        await house.db.write(people.change_member, member.id, state=state)
    await house.db.write(_remember_bruno)
    await house.db.write(registration.ensure_instance, some_keys(), some_keys())
    await house.member()
    browser = await house.browser()
    if logged_in:
        await browser.log_in()
    missing = await browser.get("/@nobody")
    assert missing.status_code == 404
    for hidden in ("wanda", "sam", "dan", "bruno@two.example", "instance", "amina@evil", "%00", "a%2Fb"):
        response = await browser.get(f"/@{hidden}")
        assert alike(response, missing) or hidden == "%00", hidden
    for elsewhere in ("/nowhere", "/@nobody/1", "/@amina/abc", "/static/x", "/@nobody?secret=1&before=3"):
        assert alike(await browser.get(elsewhere), missing), elsewhere
    assert alike(await browser.post("/about/components", {}), missing)


def _remember_bruno(tx: Tx) -> PersonId:
    return people_acts.remember(
        tx,
        RemoteActor(
            uri="https://two.example/users/bruno",
            username="bruno",
            domain="two.example",
            url="https://two.example/@bruno",
            avatar_url="https://two.example/bruno.png",
        ),
    )


async def test_the_butler_is_named_and_no_more(house: House_) -> None:
    await house.db.write(registration.ensure_instance, some_keys(), some_keys())
    response = await (await house.browser()).get("/@butler")
    assert response.status_code == 200
    assert "An automatic account" in words(response)
    assert "To introduce yourself" not in words(response)


# -- posts


@pytest.mark.parametrize("logged_in", [False, True])
async def test_r7_a_hidden_post_is_a_missing_one(house: House_, logged_in: bool) -> None:
    """R7, P01: chosen, direct, deleted, under another's name or never written: the same status, headers, bytes."""
    amina, dov = await house.member(), await house.member("dov")
    chosen = await says(house, amina, "My shop needs a ramp", "private")
    direct = await says(house, amina, "@dov Only you", "direct")
    public = await says(house, amina, "Everybody may read this")
    gone = await says(house, amina, "I take it back")
    await house.db.write(erasing.delete, amina.id, gone)
    hushed = await says(house, dov, "Never mind")
    await house.db.write(people.change, dov.id, suspended_at=house.db.clock())
    browser = await house.browser()
    if logged_in:
        await browser.log_in()
    missing = await browser.get(f"/@amina/{random.randrange(10**17)}")
    assert missing.status_code == 404
    for post_id in (chosen, direct, gone):
        assert alike(await browser.get(f"/@amina/{post_id}"), missing)
    assert alike(await browser.get(f"/@dov/{public}"), missing)
    assert alike(await browser.get(f"/@dov/{hushed}"), missing)
    for odd in ("0", "-1", "9" * 19, "9" * 40, "1e3", "%D9%A1", "x"):
        assert alike(await browser.get(f"/@amina/{odd}"), missing)
    assert (await browser.get(f"/@amina/{public}")).status_code == 200


async def test_a_post_with_its_public_replies(house: House_) -> None:
    amina, bruno = await house.member(), await house.member("bruno")
    post_id = await says(
        house, amina, "Who knows a carpenter?\n\nTwo planks <b>would</b> do.", summary="Wood"
    )
    await says(house, bruno, "@amina I do, publicly", reply_to_id=post_id)
    await says(house, bruno, "@amina I do, quietly", "direct", reply_to_id=post_id)
    await says(house, amina, "@bruno Bread instead", "private", reply_to_id=post_id)
    response = await (await house.browser()).get(f"/@amina/{post_id}")
    text = words(response)
    assert "Two planks <b>would</b> do." in text
    assert "publicly" in text
    assert "quietly" not in text
    assert "Bread" not in text
    assert [s.text.split()[0] for s in Page(response.text).all("summary")] == ["Wood"]


async def test_public_posts_of_a_blocker_are_hidden_from_the_blocked(house: House_) -> None:
    amina, dov = await house.member(), await house.member("dov")
    post_id = await says(house, amina, "Everybody may read this #bread")
    await house.db.write(ties.block, amina.id, dov.id)
    browser = await house.browser()
    assert (await browser.get(f"/@amina/{post_id}")).status_code == 200
    await browser.log_in("dov")
    assert alike(await browser.get(f"/@amina/{post_id}"), await browser.get("/@amina/1"))
    assert "Everybody" not in words(await browser.get("/@amina"))
    assert "Everybody" not in words(await browser.get("/tags/bread"))


async def test_b13_nothing_is_loaded_from_another_server(house: House_) -> None:
    """B13: a public post from elsewhere is shown without its picture and its author's portrait."""
    amina = await house.member()
    post_id = await says(house, amina, "Who knows a carpenter?")

    def arrives(tx: Tx) -> PostId | None:
        bruno = _remember_bruno(tx)
        parent = posts.get(tx, None, post_id)
        return receive(
            tx,
            IncomingPost(
                uri="https://two.example/notes/1",
                url="https://two.example/@bruno/1",
                author_id=bruno,
                reach="public",
                html="<p>I do<script>alert(1)</script></p>",
                reply_to_uri=parent.uri if parent else None,
                created_at=tx.now,
                media=(RemoteMedia(url="https://two.example/x.png", content_type="image/png"),),
            ),
            for_id=amina.id,
        )

    reply_id = await house.db.write(arrives)
    assert reply_id is not None
    browser = await house.browser()
    for path in (f"/@amina/{post_id}", f"/@bruno@two.example/{reply_id}"):
        page = Page((await browser.get(path)).text)
        assert "I do" in page.all("main")[0].text
        for element in page.all("img", "link", "video", "audio"):
            address = element.attributes.get("src", element.attributes.get("href", ""))
            assert address.startswith("/"), address


# -- tags


@pytest.mark.parametrize("logged_in", [False, True])
async def test_p19_a_hidden_tag_is_an_unused_one(house: House_, logged_in: bool) -> None:
    """P19, R7: a tag that only chosen posts carry looks like one that nobody ever wrote."""
    amina = await house.member()
    await says(house, amina, "Bread is ready #Bread")
    await says(house, amina, "I am ill #xsecretx", "private")
    browser = await house.browser()
    if logged_in:
        await browser.log_in()
    assert "Bread is ready" in words(await browser.get("/tags/BREAD"))
    secret, unused = await browser.get("/tags/xsecretx"), await browser.get("/tags/xunusedx")
    assert secret.status_code == unused.status_code == 200
    assert secret.headers == unused.headers
    assert secret.text.replace("xsecretx", "xunusedx") == unused.text
    assert (await browser.get("/tags/" + "x" * 200)).status_code == 404


# -- failures


@pytest.mark.parametrize(
    "path", ["/?x=%00", "/@a%00b", "/tags/%00", "/login?next=%00", "/oauth/authorize?client_id=%00"]
)
async def test_no_address_breaks_a_page(house: House_, path: str) -> None:
    assert (await (await house.browser()).get(path)).status_code in (400, 404)


async def test_failures_are_pages_without_details(house: House_) -> None:
    desk = Desk(house.instance)

    async def busy(_visit: Visit) -> None:
        raise TryLater(seconds=7, log="secret detail")

    async def broken(_visit: Visit) -> None:
        raise RuntimeError("secret detail")

    for handler, status, sentence in ((busy, 503, "Back in a moment"), (broken, 500, "Something broke")):
        scope = {
            "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "app": house.app,
        }  # fmt: skip
        with capture_logs() as logged:
            answer = await serve(desk, handler, Request(scope))  # type: ignore[arg-type]
        body = bytes(answer.body).decode()
        assert answer.status_code == status
        assert sentence in body
        assert "secret" not in body
        assert answer.headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]
        assert answer.headers.get("retry-after") == ("7" if status == 503 else None)
        assert "secret" not in str(logged)
        assert "\n" not in str(logged)
        assert [entry["failure"] for entry in logged] == (["RuntimeError"] if status == 500 else [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_closed_database_is_a_page_too(house: House_, database: Database) -> None:
    browser = await house.browser()
    await database.close()
    response = await browser.get("/@amina")
    assert response.status_code in (500, 503)
    assert len(Page(response.text).all("main")) == 1


async def test_password_is_never_in_a_page(house: House_) -> None:
    await house.member()
    browser = await house.browser()
    response = await browser.log_in("amina", PASSWORD + "!")
    assert PASSWORD not in response.text


# -- leaving


async def test_b14_a_page_elsewhere_says_where_it_leads(house: House_) -> None:
    """B14: the way out names the host, sends nobody on by itself, and is missing for what we did not make."""
    evil = "https://evil.example/login?for=good.example"
    home = RemoteActor(
        uri="https://good.example/users/frank", username="frank", domain="good.example", url=evil
    )

    def arrive(tx: Tx) -> tuple[int, int]:
        frank = people_acts.remember(tx, home)
        written = IncomingPost(
            uri="https://good.example/notes/1",
            author_id=frank,
            reach="public",
            html="<p>Look</p>",
            created_at=tx.now,
            url=evil,
        )
        return frank, store(tx, written, None).id

    frank, post_id = await house.db.write(arrive)
    author = await house.db.read(people.by_id, frank)
    assert author is not None
    browser = await house.browser()
    for kind, row_id in (("person", frank), ("post", post_id)):
        address = way_to(house.instance.house, kind, row_id, evil, author)  # type: ignore[arg-type]
        shown = await browser.get(address)
        assert shown.status_code == 200
        assert not shown.is_redirect
        assert shown.headers["content-security-policy"] == SECURITY_HEADERS["Content-Security-Policy"]
        assert "evil.example" in words(shown)
        assert "@frank@good.example" in words(shown)
        link = next(one for one in Page(shown.text).all("a") if one.attributes["href"] == evil)
        assert set(link.attributes["rel"].split()) == {"nofollow", "noopener", "noreferrer"}
    nowhere = way_to(house.instance.house, "post", 12345, evil, author)
    missing = [
        await browser.get(path) for path in (nowhere, "/leaving/x", "/leaving/" + "x" * 300, "/nowhere")
    ]
    assert all(alike(one, missing[0]) for one in missing)
    assert missing[0].status_code == 404
