"""Sign-up, login and logout through the real pages: who gets in, who does not, and what each is told."""

from datetime import timedelta

import httpx
import pytest
from conftest import NEW_MEMBER, PASSWORD, Browser, House_, Open, form_of
from hypothesis import given
from hypothesis import strategies as st
from page_checks import Page

from fedi_aid.actions import access, judging
from fedi_aid.model.moderation import Action
from fedi_aid.model.people import Member
from fedi_aid.secret import KEY_NAME
from fedi_aid.settings import Settings
from fedi_aid.storage import invites, people
from fedi_aid.storage.tx import Tx
from fedi_aid.web import trust
from fedi_aid.web.limits import LOGINS_AS_ONE, LOGINS_FROM_ADDRESS, Attempts, Limit, address_key

pytestmark = pytest.mark.anyio
SESSION = "fedi_aid_session_8080"


def problems(response: httpx.Response) -> set[str]:
    """Which fields are marked wrong."""
    fields = Page(response.text).all("input", "select", "textarea")
    return {field.attributes["name"] for field in fields if field.attributes.get("aria-invalid") == "true"}


def alert(response: httpx.Response) -> str:
    page = Page(response.text)
    return " ".join(box.text for box in page.all("div") if box.attributes.get("role") == "alert")


async def member_named(house: House_, username: str) -> Member | None:
    def found(tx: Tx) -> Member | None:
        person = people.by_handle(tx, username)
        return people.member(tx, person.id) if person else None

    return await house.db.read(found)


async def is_logged_in(browser: Browser) -> bool:
    return (await browser.get("/home")).status_code == 200


# -- sign-up, in each mode


async def test_sign_up_open(open_house: Open) -> None:
    house = await open_house(registration="open")
    browser = await house.browser()
    done = await browser.fill("/signup", NEW_MEMBER)
    assert done.status_code == 200
    page = Page(done.text)
    assert "Amina Ndiaye" in page.all("h1")[0].text
    assert "@amina@localhost:8080" in page.all("code")[0].text
    assert done.headers["content-language"] == "fr", "the language chosen in the form"
    member = await member_named(house, "amina")
    assert member is not None
    assert (member.state, member.locale, member.email) == ("active", "fr", "amina@mail.example")
    assert await is_logged_in(browser)
    assert (await browser.get("/signup")).headers["location"] == "/today"
    assert (await (await house.browser()).log_in("amina@mail.example")).headers["location"] == "/today"


async def test_sign_up_approval(open_house: Open) -> None:
    house = await open_house(registration="approval")
    browser = await house.browser()
    refused = await browser.fill("/signup", NEW_MEMBER | {"reason": " "})
    assert refused.status_code == 422
    assert problems(refused) == {"reason"}
    done = await browser.fill("/signup", NEW_MEMBER)
    assert done.status_code == 200
    member = await member_named(house, "amina")
    assert member is not None
    assert member.state == "waiting"
    assert not await is_logged_in(browser)
    assert (await browser.get("/@amina")).status_code == 404


async def test_sign_up_invite(open_house: Open) -> None:
    house = await open_house(registration="invite")
    await house.db.write(lambda tx: invites.make(tx, "tulip", made_by=None, uses=1))
    browser = await house.browser()
    for code in ("", "rose"):
        refused = await browser.fill("/signup", NEW_MEMBER | {"invitation": code})
        assert refused.status_code == 422
        assert problems(refused) == {"invitation"}
    link = await browser.get("/signup?invitation=tulip")
    assert form_of(link)[1]["invitation"] == "tulip"
    fields = {name: value for name, value in NEW_MEMBER.items() if name != "invitation"}
    assert (await browser.send(link, fields)).status_code == 200
    second = await (await house.browser()).fill(
        "/signup", NEW_MEMBER | {"invitation": "tulip", "username": "b", "email": "b@mail.example"}
    )
    assert problems(second) == {"invitation"}, "it was good for one"


async def test_sign_up_closed(open_house: Open) -> None:
    house = await open_house(registration="closed")
    browser = await house.browser()
    shown = await browser.get("/signup")
    assert not Page(shown.text).all("form")
    assert (await browser.post("/signup", NEW_MEMBER)).status_code == 403
    assert await member_named(house, "amina") is None


async def test_what_was_typed_is_kept_and_every_problem_is_named_at_once(house: House_) -> None:
    await house.member("taken")
    browser = await house.browser()
    wrong = {"agreement": "", "username": "é", "email": "x", "password": "short", "language": "xx"}
    response = await browser.fill("/signup", NEW_MEMBER | wrong | {"display_name": '"><script>'})
    assert response.status_code == 422
    assert problems(response) == {*wrong}
    kept = form_of(response)[1]
    assert (kept["username"], kept["email"], kept["display_name"]) == ("é", "x", '"><script>')
    assert kept["password"] == ""
    taken = await browser.send(response, NEW_MEMBER | {"username": "Taken"})
    assert problems(taken) == {"username"}
    assert "This user name is taken" in taken.text
    taken = await browser.send(taken, NEW_MEMBER | {"email": "TAKEN@mail.example"})
    assert problems(taken) == {"email"}
    reserved = await browser.send(taken, NEW_MEMBER | {"username": "admin"})
    assert problems(reserved) == {"username"}
    assert not await is_logged_in(browser)


@pytest.mark.parametrize("broken", ["no token", "another browser's", "no cookie", "old", "origin", "fetch"])
async def test_b12_sign_up_and_login_need_our_form(house: House_, broken: str, clock) -> None:  # type: ignore[no-untyped-def]
    """B12: without the token of this browser, from another site, or after twelve hours nothing happens."""
    await house.member("bruno")
    browser, other = await house.browser(), await house.browser()
    for path, fields in (("/signup", NEW_MEMBER), ("/login", {"login": "bruno", "password": PASSWORD})):
        shown, headers, sent = await browser.get(path), {}, dict(fields)
        if broken == "no token":
            sent["csrf"] = ""
        elif broken == "another browser's":
            sent["csrf"] = form_of(await other.get(path))[1]["csrf"]
        elif broken == "no cookie":
            browser.http.cookies.clear()
        elif broken == "old":
            clock.forward(hours=12, seconds=1)
        elif broken == "origin":
            headers = {"Origin": "https://evil.example"}
        else:
            headers = {"Origin": "", "Sec-Fetch-Site": "cross-site"}
        refused = await browser.send(shown, sent, **headers)
        assert refused.status_code == 403
        assert "had waited too long" in alert(refused)
        assert browser.cookie(SESSION) is None
        assert await member_named(house, "amina") is None
        if broken == "no cookie":
            continue
        again = await browser.send(refused, fields)
        assert again.status_code in (200, 303), "the page that came back works"
        browser.http.cookies.delete(SESSION)
        break


async def test_forms_other_than_ours_are_not_read(house: House_) -> None:
    browser = await house.browser()
    for body, kind in (
        (b"{}", "application/json"),
        (b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(60)), "application/x-www-form-urlencoded"),
        (b"login=%00", "application/x-www-form-urlencoded"),
        (b"login=%ff", "application/x-www-form-urlencoded"),
        (b"login=\xe9", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ):
        for path in ("/login", "/signup", "/logout", "/oauth/authorize", "/home/apps/revoke"):
            response = await browser.http.post(path, content=body, headers={"Content-Type": kind})
            assert response.status_code == 400, (path, body[:20])


async def test_sign_ups_from_one_address_are_counted(house: House_) -> None:
    browser = await house.browser()
    shown = await browser.get("/signup")
    for _ in range(60):
        assert (await browser.send(shown, {"agreement": ""})).status_code == 422
    last = await browser.send(shown, NEW_MEMBER)
    assert last.status_code == 429
    assert "Many attempts" in alert(last)
    assert await member_named(house, "amina") is None


# -- login


async def test_login(house: House_) -> None:
    await house.member()
    browser = await house.browser()
    response = await browser.log_in("Amina")
    assert response.status_code == 303
    assert response.headers["location"] == "/today"
    home = await browser.get("/home")
    assert "localhost:8080" in {i.attributes.get("value") for i in Page(home.text).all("input")}
    assert (await browser.get("/login")).headers["location"] == "/today"
    assert (await browser.get("/login?next=/charter")).headers["location"] == "/charter"
    assert (await browser.get("/login?next=/charter&again=yes")).status_code == 200


async def test_login_never_says_which_was_wrong(house: House_) -> None:
    await house.member()
    browser = await house.browser()
    unknown = await browser.log_in("nobody_here")
    wrong = await browser.log_in("amina", "not the password")
    assert unknown.status_code == wrong.status_code == 422
    assert alert(unknown) == alert(wrong) != ""
    assert form_of(wrong)[1]["login"] == "amina"
    assert browser.cookie(SESSION) is None


@pytest.mark.parametrize("state", ["waiting", "suspended", "deleted"])
async def test_a_state_is_told_only_after_the_right_password(house: House_, state: str) -> None:
    amina = await house.member()
    await house.db.write(people.change_member, amina.id, state=state)
    browser = await house.browser()
    wrong, right = await browser.log_in("amina", "not the password"), await browser.log_in("amina")
    nobody = await browser.log_in("nobody_here")
    assert alert(wrong) == alert(nobody)
    assert (alert(right) == alert(nobody)) is (state == "deleted")
    assert browser.cookie(SESSION) is None


@pytest.mark.parametrize("action", ["suspend", "disable"])
async def test_who_was_shut_out_is_told_why_after_the_right_password(house: House_, action: Action) -> None:
    amina = await house.member()
    await house.db.write(judging.judge, None, amina.id, action, "Rule 1 <script>, twice")
    browser = await house.browser()
    wrong, right = await browser.log_in("amina", "not the password"), await browser.log_in("amina")
    assert "Rule 1" not in wrong.text
    assert "Rule 1 &lt;script&gt;, twice" in right.text
    assert (right.status_code, browser.cookie(SESSION)) == (403, None)
    await house.db.write(judging.lift, None, amina.id, action)
    assert (await browser.log_in("amina")).headers["location"] == "/today"


async def test_the_house_and_the_butler_cannot_log_in(house: House_) -> None:
    member = await house.member("butler", role="service")
    assert member.role == "service"
    assert (await (await house.browser()).log_in("butler")).status_code == 422


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_login_is_limited_by_name_and_forgiven_when_right(house: House_, clock) -> None:  # type: ignore[no-untyped-def]
    await house.member()
    await house.member("bruno")
    browser = await house.browser()
    for _ in range(LOGINS_AS_ONE.tries - 1):
        assert (await browser.log_in("amina", "wrong")).status_code == 422
    assert (await browser.log_in()).status_code == 303
    shown = await browser.get("/login?again=yes")
    for _ in range(LOGINS_AS_ONE.tries):
        await browser.send(shown, {"login": "AMINA", "password": "wrong"})
    blocked = await browser.send(shown, {"login": "@amina", "password": PASSWORD})
    assert blocked.status_code == 429
    assert "Many attempts" in alert(blocked)
    assert (await browser.send(shown, {"login": "bruno", "password": PASSWORD})).status_code == 303
    clock.forward(seconds=LOGINS_AS_ONE.seconds)
    assert (await browser.send(shown, {"login": "amina", "password": PASSWORD})).status_code == 303


def test_attempts_are_bounded_and_end() -> None:
    attempts = Attempts(Limit(2, 10), keys=100)
    assert [attempts.take("a", now) for now in (0, 1, 2, 9, 10, 11, 12)] == [
        True, True, False, False, True, True, False,
    ]  # fmt: skip
    for number in range(1_000):
        attempts.take(str(number), 12)
    assert len(attempts._counts) == 100
    assert LOGINS_FROM_ADDRESS.tries > LOGINS_AS_ONE.tries


def test_an_address_counts_as_one_household() -> None:
    assert address_key("2001:db8:1:2:3:4:5:6") == address_key("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert address_key("2001:db8:1:3::9") != "2001:db8:1:2::/64"
    assert address_key("::ffff:203.0.113.9") == address_key("203.0.113.9") == "203.0.113.9"
    assert address_key("unknown") == "unknown"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "javascript:alert(1)", "evil", "/ /evil.example", "/\n/evil.example", "/%0a\\evil.example\\",
    ],
)  # fmt: skip
async def test_open_redirect_refused(house: House_, target: str) -> None:
    """`next` leads to a path of ours or home, whatever it says."""
    await house.member()
    browser = await house.browser()
    response = await browser.fill(
        str(httpx.URL("/login", params={"next": target})), {"login": "amina", "password": PASSWORD}
    )
    assert response.headers["location"] == "/today"
    response = await browser.send(
        await browser.get("/login?again=yes"), {"login": "amina", "password": PASSWORD, "next": target}
    )
    assert response.headers["location"] == "/today"
    assert (await browser.get("/login", params={"next": target})).headers["location"] == "/today"


@given(
    st.text(max_size=40).map(lambda text: "/" + text) | st.from_regex(r"[/\\.:@a-z%\s]{1,12}", fullmatch=True)
)
def test_an_own_path_stays_here(text: str) -> None:
    kept = trust.own_path(text)
    assert kept in ("", text)
    joined = httpx.URL("https://here.example/login").join(kept.split("#")[0]) if kept else None
    assert joined is None or (joined.host, joined.scheme) == ("here.example", "https")
    assert not kept or (kept.isascii() and "\\" not in kept and not kept.startswith("//"))


# -- sessions


async def test_b12_cookies(open_house: Open) -> None:
    """B12: host-only, HttpOnly, SameSite=Lax everywhere; `Secure` and `__Host-` over https."""
    for base_url, names in (
        ("http://localhost:8080", {SESSION, "fedi_aid_form_8080", "fedi_aid_lang_8080"}),
        ("https://aid.example", {"__Host-fedi_aid", "__Host-fedi_aid_form", "__Host-fedi_aid_lang"}),
    ):
        house = await open_house(base_url=base_url)
        if "localhost" in base_url:
            await house.member()
        browser = await house.browser()
        given = (await browser.get("/login?lang=fr")).headers.get_list("set-cookie")
        given += (await browser.log_in()).headers.get_list("set-cookie")
        seen = set()
        for cookie in given:
            name, *rest = cookie.split(";")
            seen.add(name.split("=")[0])
            flags = {part.strip().lower() for part in rest}
            assert {"httponly", "samesite=lax", "path=/"} <= flags, cookie
            assert not any(flag.startswith("domain") for flag in flags)
            assert ("secure" in flags) is base_url.startswith("https")
        assert seen == names


async def test_the_session_is_stored_hashed_and_ends(house: House_, clock) -> None:  # type: ignore[no-untyped-def]
    amina = await house.member()
    browser = await house.browser()
    await browser.log_in()
    first = browser.cookie(SESSION)
    assert first is not None
    await browser.send(await browser.get("/login?again=yes"), {"login": "amina", "password": PASSWORD})
    second = browser.cookie(SESSION)
    assert second not in (None, first), "a login never goes on with the cookie that was there"
    assert await house.db.read(access.session_of, first) is None
    assert len(await house.db.read(access.sessions, amina.id)) == 1
    clock.forward(seconds=access.SESSION_LIFE / timedelta(seconds=1) + 1)
    assert not await is_logged_in(browser)


async def test_logout(house: House_) -> None:
    await house.member()
    browser = await house.browser()
    await browser.log_in()
    secret = browser.cookie(SESSION)
    assert secret is not None
    forged = await browser.post("/logout", {"csrf": "x"})
    assert forged.status_code == 403
    crossed = await browser.send(await browser.get("/home"), {}, Origin="https://evil.example")
    assert crossed.status_code == 403
    assert await is_logged_in(browser)
    done = await browser.send(await browser.get("/home"), {})
    assert done.headers["location"] == "/"
    assert await house.db.read(access.session_of, secret) is None
    assert browser.cookie(SESSION) is None
    assert (await browser.get("/home")).headers["location"] == "/login?next=%2Fhome"
    assert (await browser.post("/logout", {"csrf": ""})).headers["location"] == "/"


async def test_a_suspended_member_is_a_visitor_at_once(house: House_) -> None:
    amina = await house.member()
    browser = await house.browser()
    await browser.log_in()
    assert await is_logged_in(browser)
    await house.db.write(people.change_member, amina.id, state="suspended")
    assert not await is_logged_in(browser)


def test_the_key_of_forms_is_kept_and_private(tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings = Settings(data_dir=tmp_path / "new")
    key = trust.form_key(settings)
    assert trust.form_key(settings) == key
    assert trust.form_key(Settings(data_dir=tmp_path / "other")) != key
    assert trust.form_key(Settings(data_dir=tmp_path / "none", secret_key="k" * 32)) not in (key, b"k" * 32)
    assert not (tmp_path / "none").exists()
    assert [path.name for path in (tmp_path / "new").iterdir()] == [KEY_NAME]
    assert (tmp_path / "new" / KEY_NAME).stat().st_mode & 0o077 == 0
