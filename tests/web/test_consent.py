"""The OAuth pages, from the app's link to the code: what leaves, where to, and what never does."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from conftest import PASSWORD, Browser, House_, form_of
from page_checks import Page

from fedi_aid.actions import access
from fedi_aid.actions.access import OOB, NewApp, NewToken
from fedi_aid.model.people import Member
from fedi_aid.storage import people

pytestmark = pytest.mark.anyio

WEB = "https://app.example/callback?x=1"
OWN_SCHEME = "org.example.app-auth://callback"
VERIFIER = "a" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def app_of(
    house: House_, *uris: str, scopes: str = "read write follow push", name: str = "Tusky"
) -> NewApp:
    return await house.db.write(
        access.register_app, name=name, redirect_uris=uris or (WEB, OWN_SCHEME, OOB), scopes=scopes
    )


def link(app: NewApp, redirect_uri: str = WEB, path: str = "/oauth/authorize", **more: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": app.app.client_id,
        "redirect_uri": redirect_uri,
        "scope": "read write",
        "state": "s t&te",
    } | more
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value})}"


async def allow(browser: Browser, path: str, decision: str = "allow") -> httpx.Response:
    return await browser.fill(path, {"decision": decision})


async def logged_in(house: House_) -> tuple[Browser, Member]:
    member = await house.member()
    browser = await house.browser()
    await browser.log_in()
    return browser, member


def answer(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


async def exchange(house: House_, app: NewApp, code: str, redirect_uri: str, **more: str) -> NewToken | None:
    return await house.db.write(
        access.exchange_code,
        client_id=app.app.client_id,
        client_secret=None if more else app.client_secret,
        code=code,
        redirect_uri=redirect_uri,
        **more,
    )


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/authorize/"])
async def test_the_whole_way_with_pkce(house: House_, path: str) -> None:
    """Link → login, the query kept → consent → code and state at the app → token; as in a WebView."""
    member = await house.member()
    app = await app_of(house)
    browser = await house.browser()
    start = await browser.get(
        link(
            app,
            path=path,
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
            lang="fr",
            force_login="false",
        )
    )
    assert start.status_code == 302
    login = await browser.follow(start)
    assert login.headers["content-language"] == "fr", "in the language the app asked for"
    assert "Tusky" in Page(login.text).all("main")[0].text
    again = await browser.send(login, {"login": "amina", "password": "wrong"})
    entered = await browser.send(again, {"login": "amina", "password": PASSWORD})
    consent = await browser.follow(entered)
    assert consent.status_code == 200
    assert consent.headers["content-language"] == "fr"
    assert "@amina@localhost:8080" in consent.text
    assert "form-action 'self' https://app.example;" in consent.headers["content-security-policy"]
    done = await browser.send(consent, {"decision": "allow"})
    given = answer(done)
    assert done.headers["location"].startswith(WEB + "&code=")
    assert given["state"] == "s t&te"
    assert set(given) == {"x", "code", "state"}
    token = await exchange(house, app, given["code"], WEB, verifier=VERIFIER)
    assert token is not None
    assert (token.member_id, token.scopes) == (member.id, ("read", "write"))


async def test_an_apps_own_scheme(house: House_) -> None:
    browser, _ = await logged_in(house)
    app = await app_of(house)
    consent = await browser.get(link(app, OWN_SCHEME))
    assert "form-action 'self' org.example.app-auth:;" in consent.headers["content-security-policy"]
    done = await browser.send(consent, {"decision": "allow"})
    assert done.headers["location"].startswith(OWN_SCHEME + "?code=")
    assert await exchange(house, app, answer(done)["code"], OWN_SCHEME) is not None


async def test_out_of_band(house: House_) -> None:
    browser, _ = await logged_in(house)
    app = await app_of(house)
    done = await allow(browser, link(app, OOB))
    assert done.headers["location"].startswith("/oauth/authorize/native?code=")
    page = await browser.follow(done)
    field = next(field.attributes for field in Page(page.text).all("input"))
    assert "readonly" in field
    assert field["value"] == answer(done)["code"]
    stranger = await house.browser()
    assert (await stranger.get(done.headers["location"])).headers["location"].startswith("/login?next=")
    await house.member("bruno")
    await stranger.log_in("bruno")
    missing = await stranger.get("/oauth/authorize/native?code=none")
    assert missing.status_code == 404
    assert (await stranger.get(done.headers["location"])).content == missing.content, "only for whom it is"
    assert (await stranger.get("/oauth/authorize/native")).status_code == 404
    assert await exchange(house, app, field["value"], OOB) is not None
    assert (await browser.follow(done)).status_code == 404, "a used code is not shown again"
    denied = await allow(browser, link(app, OOB), "deny")
    assert denied.headers["location"] == "/home"


async def test_deny(house: House_) -> None:
    browser, member = await logged_in(house)
    app = await app_of(house)
    for uri in (WEB, OWN_SCHEME):
        done = await allow(browser, link(app, uri), "deny")
        assert done.headers["location"].startswith(uri)
        told = answer(done)
        assert told["error"] == "access_denied"
        assert told["error_description"]
        assert told["state"] == "s t&te"
        assert "code" not in told
    assert await house.db.read(access.authorised_apps, member.id) == []
    assert (await allow(browser, link(app), "perhaps")).status_code == 400


@pytest.mark.parametrize("as_member", [False, True])
async def test_an_unknown_app_or_address_is_never_redirected_to(house: House_, as_member: bool) -> None:
    browser = (await logged_in(house))[0] if as_member else await house.browser()
    app = await app_of(house)
    for path in (
        link(app, client_id="nobody"),
        link(app, client_id=""),
        link(app, "https://evil.example/"),
        link(app, WEB + "&more"),
        link(app, ""),
        link(app, OOB, scope="admin:write"),
        "/oauth/authorize",
    ):
        response = await browser.get(path)
        assert response.status_code == 400, path
        assert "location" not in response.headers
        assert "evil" not in response.text
        sent = dict(parse_qs(urlsplit(path).query))
        posted = await browser.post(
            "/oauth/authorize", {n: v[0] for n, v in sent.items()} | {"decision": "allow"}
        )
        assert posted.status_code == 400, path


async def test_a_fault_of_a_known_app_is_told_to_it_once_somebody_is_logged_in(house: House_) -> None:
    """RFC 9700 §4.11.2: our address sends nobody anywhere before they are logged in here."""
    await house.member()
    app = await app_of(house, scopes="read")
    browser = await house.browser()
    wrong = link(app, scope="read write")
    start = await browser.get(wrong)
    assert start.headers["location"].startswith("/login?next=")
    login = await browser.follow(start)
    assert "form-action 'self' https://app.example;" in login.headers["content-security-policy"]
    told = await browser.follow(await browser.send(login, {"login": "amina", "password": PASSWORD}))
    assert told.headers["location"].startswith(WEB)
    assert answer(told)["error"] == "invalid_scope"
    assert (
        answer(await browser.get(link(app, response_type="token", scope="")))["error"]
        == "unsupported_response_type"
    )
    plain = link(app, scope="read", code_challenge=CHALLENGE, code_challenge_method="plain")
    assert answer(await browser.get(plain))["error"] == "invalid_request"
    assert "code" not in answer(await browser.get(plain))


async def test_b12_consent_needs_our_form(house: House_) -> None:
    """B12: another site cannot press the button; nor can what a member was shown be swapped for more."""
    browser, member = await logged_in(house)
    app, greedy = await app_of(house), await app_of(house, "https://evil.example/", name="Greedy")
    consent = await browser.get(link(app))
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        refused = await browser.send(consent, {"decision": "allow"}, **headers)
        assert refused.status_code == 403
        assert "location" not in refused.headers
    assert (await browser.send(consent, {"decision": "allow", "csrf": "x"})).status_code == 403
    swapped = await browser.send(consent, {"decision": "allow", "client_id": greedy.app.client_id})
    assert swapped.status_code == 400
    wider = await browser.send(consent, {"decision": "allow", "scope": "admin:write"})
    assert wider.status_code == 400
    other = await house.browser()
    await house.member("dov")
    await other.log_in("dov")
    stolen = form_of(await other.get(link(app)))[1]["csrf"]
    assert (await browser.send(consent, {"decision": "allow", "csrf": stolen})).status_code == 403
    assert member.id


async def test_a_session_that_ended_meanwhile_comes_back_to_the_question(house: House_) -> None:
    browser, _ = await logged_in(house)
    app = await app_of(house)
    consent = await browser.get(link(app, lang="fr"))
    browser.http.cookies.delete("fedi_aid_session_8080")
    login = await browser.follow(await browser.send(consent, {"decision": "allow"}))
    back = await browser.follow(await browser.send(login, {"login": "amina", "password": PASSWORD}))
    assert form_of(back)[1]["state"] == "s t&te"
    assert answer(await browser.send(back, {"decision": "allow"}))["code"]


async def test_force_login_asks_for_the_password_once(house: House_) -> None:
    browser, _ = await logged_in(house)
    await house.member("bruno")
    app = await app_of(house)
    login = await browser.follow(await browser.get(link(app, force_login="true")))
    assert login.status_code == 200
    consent = await browser.follow(await browser.send(login, {"login": "bruno", "password": PASSWORD}))
    assert consent.status_code == 200
    assert "@bruno@localhost:8080" in consent.text
    switch = next(
        a.attributes["href"] for a in Page(consent.text).all("a") if "again=yes" in a.attributes["href"]
    )
    entered = await browser.send(await browser.get(switch), {"login": "amina", "password": PASSWORD})
    assert "@amina@localhost:8080" in (await browser.follow(entered)).text


async def test_a_member_who_may_not_act_gives_no_code(house: House_) -> None:
    browser, member = await logged_in(house)
    app = await app_of(house)
    consent = await browser.get(link(app))
    await house.db.write(people.change_member, member.id, state="waiting")
    response = await browser.send(consent, {"decision": "allow"})
    assert response.headers["location"].startswith("/login?next=")


async def test_hostile_names_and_states_stay_text(house: House_) -> None:
    browser, _ = await logged_in(house)
    app = await app_of(house, name='"><script>alert(1)</script>')
    response = await browser.get(link(app, state='"><script>alert(1)</script>'))
    assert not Page(response.text).all("script")
    assert (
        answer(await browser.send(response, {"decision": "allow"}))["state"] == '"><script>alert(1)</script>'
    )


# -- the apps of a member


async def test_apps_are_listed_and_taken_back(house: House_) -> None:
    browser, _ = await logged_in(house)
    app = await app_of(house, name="Zorro's app")
    token = await exchange(house, app, answer(await allow(browser, link(app)))["code"], WEB)
    assert token is not None
    home = await browser.get("/home")
    names = [element.text for element in Page(home.text).all("bdi")]
    assert "Zorro's app" in names
    sent = {"app": str(app.app.id)}
    csrf = form_of(home)[1]["csrf"]
    assert (await browser.post("/home/apps/revoke", sent)).status_code == 403
    crossed = await browser.post("/home/apps/revoke", sent | {"csrf": csrf}, Origin="https://evil.example")
    assert crossed.status_code == 403
    assert await house.db.read(access.caller_of_token, token.token) is not None
    other = await house.browser()
    await house.member("dov")
    await other.log_in("dov")
    theirs = form_of(await other.get("/home"))[1]["csrf"]
    assert (await other.post("/home/apps/revoke", sent | {"csrf": theirs})).status_code == 303
    assert await house.db.read(access.caller_of_token, token.token) is not None, "only one's own"
    for _ in range(2):
        done = await browser.post("/home/apps/revoke", sent | {"csrf": csrf})
        assert done.headers["location"] == "/home"
        assert await house.db.read(access.caller_of_token, token.token) is None
    for odd in ("", "x", "9" * 19, "-1"):
        assert (await browser.post("/home/apps/revoke", {"app": odd, "csrf": csrf})).status_code == 303
    assert "Zorro" not in (await browser.get("/home")).text
    stranger = await house.browser()
    assert (await stranger.post("/home/apps/revoke", sent)).headers["location"] == "/login?next=%2Fhome"
