"""Codes at login: switched on with a code, asked for after the password, each good once."""

import base64
import re

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from fedi_aid.actions import second_factor
from tests.web.conftest import PASSWORD, Browser, House_

pytestmark = pytest.mark.anyio
PAGE = "/home/second-factor"


class Phone:
    """An authenticator app, by the RFC and not by our code."""

    def __init__(self, secret: str) -> None:
        self.totp = TOTP(base64.b32decode(secret + "=" * (-len(secret) % 8)), 6, SHA1(), 30)

    def code(self, house: House_, later: int = 0) -> str:
        return self.totp.generate(int(house.db.clock().timestamp()) + later).decode()


async def switched_on(house: House_, browser: Browser) -> tuple[Phone, list[str]]:
    await browser.log_in()
    shown = await browser.follow(await browser.fill(PAGE, {}))
    secret = re.search(r'id="secret"[^>]*value="([A-Z2-7]+)"', shown.text)
    assert secret is not None
    assert "<svg" in shown.text
    phone = Phone(secret[1])
    done = await browser.send(shown, {"code": phone.code(house)})
    return phone, re.findall(r"<code>([a-z2-9-]{14})</code>", done.text)


async def test_login_asks_for_a_code_after_the_password(house: House_, clock) -> None:
    await house.member()
    phone, words = await switched_on(house, await house.browser())
    assert len(words) == 10
    clock.forward(seconds=60)
    browser = await house.browser()
    asked = await browser.log_in()
    assert asked.status_code == 200
    assert "one-time-code" in asked.text
    assert (await browser.get("/home")).is_redirect, "the password alone opens nothing"
    wrong = await browser.send(asked, {"code": "000000" if phone.code(house) != "000000" else "111111"})
    assert wrong.status_code == 422
    code = phone.code(house)
    right = await browser.send(wrong, {"code": f"{code[:3]} {code[3:]}"})
    assert right.headers["location"] == "/today"
    assert (await browser.get("/home")).status_code == 200


async def test_a_code_is_good_once_and_not_for_long(house: House_, clock) -> None:
    await house.member()
    phone, words = await switched_on(house, await house.browser())
    other = await house.browser()
    asked = await other.log_in()
    # The one that switched it on is used up, by a shoulder-surfer too.
    assert (await other.send(asked, {"code": phone.code(house)})).status_code == 422
    clock.forward(seconds=300)
    assert (await other.send(asked, {"code": phone.code(house, -120)})).status_code == 422
    first = await other.send(asked, {"code": words[3].upper().replace("-", " ")})
    assert first.is_redirect
    again = await (await house.browser()).log_in()
    assert (await other.send(again, {"code": words[3]})).status_code in (403, 422)
    clock.forward(seconds=601)
    assert (await other.send(asked, {"code": phone.code(house)})).status_code == 403, "the step has expired"


async def test_somebody_elses_step_opens_nothing(house: House_) -> None:
    amina, bruno = await house.member(), await house.member("bruno")
    browser = await house.browser()
    await switched_on(house, browser)
    asked = await (await house.browser()).log_in()
    passed = re.search(r'name="passed" value="([^"]+)"', asked.text)
    assert passed is not None
    forged = passed[1].replace(str(amina.id), str(bruno.id))
    stranger = await house.browser()
    form = await stranger.get("/login")
    token = re.search(r'name="csrf" value="([^"]+)"', form.text)
    assert token is not None
    sent = {"csrf": token[1], "passed": forged, "next": "", "code": "123456"}
    assert (await stranger.post("/login/code", sent)).status_code == 403


async def test_ten_tries_are_enough(house: House_, clock) -> None:
    await house.member()
    phone, _ = await switched_on(house, await house.browser())
    clock.forward(seconds=60)
    browser = await house.browser()
    asked = await browser.log_in()
    wrong = "000000" if phone.code(house) != "000000" else "111111"
    for _ in range(10):
        assert (await browser.send(asked, {"code": wrong})).status_code == 422
    assert (await browser.send(asked, {"code": phone.code(house)})).status_code == 429


async def test_it_is_switched_off_with_a_code_or_by_an_admin(house: House_, clock) -> None:
    amina = await house.member()
    browser = await house.browser()
    phone, _ = await switched_on(house, browser)
    shown = await browser.get(PAGE)
    assert (await browser.send(shown, {"code": "12345"})).status_code == 422
    clock.forward(seconds=60)
    assert (await browser.send(shown, {"code": phone.code(house)})).is_redirect
    assert (await (await house.browser()).log_in(password=PASSWORD)).headers["location"] == "/today"
    clock.forward(seconds=600)
    await switched_on(house, await house.browser())
    assert await house.db.write(second_factor.forget, amina.id)
    assert (await (await house.browser()).log_in()).is_redirect


async def test_the_secret_does_not_lie_in_the_database(house: House_) -> None:
    amina = await house.member()
    browser = await house.browser()
    await browser.log_in()
    shown = await browser.follow(await browser.fill(PAGE, {}))
    secret = re.search(r'id="secret"[^>]*value="([A-Z2-7]+)"', shown.text)
    assert secret is not None
    from fedi_aid.storage import second_factor as rows

    known = await house.db.read(rows.of, amina.id)
    assert known is not None
    raw = base64.b32decode(secret[1])
    assert raw not in base64.urlsafe_b64decode(known.secret + "==")
    assert known.confirmed_at is None
    assert (await (await house.browser()).log_in()).is_redirect, "not asked for before it is confirmed"
