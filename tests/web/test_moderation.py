"""From a report to an answered appeal, page by page, without scripts; and doors that stay shut."""

import pytest
from conftest import PASSWORD, Browser, House_, form_of
from page_checks import Page

from fedi_aid.actions import judging, posts
from fedi_aid.actions.posts import Draft
from fedi_aid.model.people import Member
from fedi_aid.storage import appeals as appeal_rows
from fedi_aid.storage import charters, moderation, people, reports
from fedi_aid.storage.timelines import Page as Rows

pytestmark = pytest.mark.anyio

REASON = "Three messages in one evening to somebody who asked you to stop."


async def somebody(house: House_, name: str, role: str = "member") -> tuple[Member, Browser]:
    member = await house.member(name, locale="en")
    await house.db.write(people.change_member, member.id, role=role)
    browser = await house.browser()
    assert (await browser.log_in(name)).status_code == 303
    return member, browser


async def post(browser: Browser, page: str, where: str, fields: dict[str, str]) -> str:
    """Send the form of a page that goes to `where`; the page one is led to."""
    shown = Page((await browser.get(page)).text)
    token = next(
        one.attributes["value"] for one in shown.all("input") if one.attributes.get("name") == "csrf"
    )
    done = await browser.post(where, fields | {"csrf": token})
    assert done.status_code in (303, 422), done.text
    return (await browser.follow(done)).text if done.status_code == 303 else done.text


async def test_s4c_from_report_to_appeal(house: House_) -> None:
    """S4c: reported with the rule, decided with a reason, told, appealed, answered by somebody else; each step
    a page."""
    bruno, brunos = await somebody(house, "bruno")
    _, aminas = await somebody(house, "amina")
    _, first = await somebody(house, "mona", "moderator")
    _, second = await somebody(house, "nadia", "moderator")
    written = await house.db.write(posts.publish, bruno, Draft(text="You again?", visibility="public"))

    page = f"/report?post={written}"
    empty = await post(aminas, page, "/report", {"post": str(written), "person": ""})
    assert "which rule is concerned" in empty
    assert "You again?" in empty
    thanks = await post(
        aminas, page, "/report", {"post": str(written), "person": "", "rule": "4", "comment": "Since Monday."}
    )
    assert "Somebody will read it" in thanks

    queue = (await first.get("/moderation")).text
    assert "Bruno" in queue
    found = (await house.db.read(reports.cases, Rows(limit=5)))[0]
    case = f"/moderation/reports/{found.id}"
    shown = (await first.get(case)).text
    assert "Since Monday." in shown
    assert "You again?" in shown
    assert "Everyone keeps their dignity" in shown
    missing = await post(first, case, case, {"act": "decide", "action": "bogus", "text": REASON})
    assert "could not be accepted" in missing
    decided = await post(first, case, case, {"act": "decide", "action": "limit", "text": REASON})
    assert REASON in decided
    assert "Nothing was reported" in (await first.get("/moderation")).text

    theirs = (await brunos.get("/me/decisions")).text
    assert REASON in theirs
    assert "Mona" not in theirs, "who decided is not told"
    decision = (await house.db.read(moderation.decisions_about, bruno.id))[0]
    blank = await post(brunos, "/me/decisions", "/me/decisions", {"decision": str(decision.id), "text": " "})
    assert "in a few words" in blank
    done = await post(
        brunos, "/me/decisions", "/me/decisions", {"decision": str(decision.id), "text": "It was a joke."}
    )
    assert "you will be answered" in done

    appeal = (await house.db.read(appeal_rows.page_of, Rows(limit=5), answered=False))[0]
    own = await post(
        first, "/moderation/appeals", f"/moderation/appeals/{appeal.id}", {"act": "refuse", "words": "No."}
    )
    assert "somebody else who looks after" in own
    await post(
        second,
        "/moderation/appeals",
        f"/moderation/appeals/{appeal.id}",
        {"act": "accept", "words": "You are right."},
    )
    answered = (await brunos.get("/me/decisions")).text
    assert "You are right." in answered
    assert "taken back" in answered
    person = await house.db.read(people.by_id, bruno.id)
    assert person is not None
    assert person.limited_at is None
    log = (await (await house.browser()).get("/charter/log")).text
    assert "An appeal was accepted." in log
    assert "Everyone keeps their dignity" in log
    assert not {"Bruno", "bruno", REASON, "Mona"} & set(log.replace("<", " ").replace(">", " ").split())


async def test_what_was_reported_can_be_removed(house: House_) -> None:
    """S4c: the least that helps: the post goes, its author is told why, their account stays as it was."""
    bruno, brunos = await somebody(house, "bruno")
    _, aminas = await somebody(house, "amina")
    _, moderators = await somebody(house, "mona", "moderator")
    written = await house.db.write(posts.publish, bruno, Draft(text="You again?", visibility="public"))
    other = await house.db.write(posts.publish, bruno, Draft(text="Soup on Friday", visibility="public"))
    await post(
        aminas, f"/report?post={written}", "/report", {"post": str(written), "person": "", "rule": "4"}
    )
    found = (await house.db.read(reports.cases, Rows(limit=5)))[0]
    case = f"/moderation/reports/{found.id}"
    await post(moderators, case, case, {"act": "decide", "action": "remove", "text": REASON})
    assert (await aminas.get(f"/posts/{written}")).status_code == 404
    assert (await aminas.get(f"/posts/{other}")).status_code == 200
    assert REASON in (await brunos.get("/me/decisions")).text
    person = f"/moderation/people/{bruno.id}"
    refused = await post(moderators, person, person, {"act": "decide", "action": "remove", "text": REASON})
    assert "could not be accepted" in refused
    lifted = await post(moderators, person, person, {"act": "lift", "action": "remove"})
    assert "could not be accepted" in lifted


async def test_somebody_shut_out_appeals_from_the_login(house: House_) -> None:
    bruno, brunos = await somebody(house, "bruno")
    await house.db.write(judging.judge, None, bruno.id, "suspend", REASON)
    assert (await brunos.get("/me/decisions")).is_redirect
    shut = await brunos.log_in("bruno", PASSWORD)
    assert shut.status_code == 403
    assert REASON in shut.text
    opened = await brunos.send(shut, {})
    assert REASON in opened.text
    sent = await brunos.send(opened, {"text": "I was travelling."})
    assert "Somebody will read it" in sent.text
    again = await brunos.send(opened, {"text": "Twice."})
    assert "I was travelling." in again.text
    assert "Twice." not in again.text
    found = await house.db.read(appeal_rows.page_of, Rows(limit=5), answered=False)
    assert [one.text for one in found] == ["I was travelling."]
    action, fields = form_of(opened)
    forged = await brunos.post(action, fields | {"passed": fields["passed"][:-2] + "xx", "text": "x"})
    assert forged.status_code == 403


@pytest.mark.parametrize("path", ["/moderation", "/moderation/people", "/moderation/charter", "/admin"])
async def test_the_room_does_not_exist_for_others(house: House_, path: str) -> None:
    """What a member gets is what they get for an address that is nobody's."""
    _, browser = await somebody(house, "amina")
    hidden, missing = await browser.get(path), await browser.get("/nowhere")
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)


async def test_reports_of_what_is_hidden_are_as_of_what_is_missing(house: House_) -> None:
    """R7: the form does not tell whether a post is there."""
    bruno, _ = await somebody(house, "bruno")
    _, aminas = await somebody(house, "amina")
    hidden = await house.db.write(posts.publish, bruno, Draft(text="For friends."))
    one, other = await aminas.get(f"/report?post={hidden}"), await aminas.get("/report?post=12345")
    assert one.status_code == other.status_code == 404
    assert one.content == other.content


async def test_servers_are_previewed_ruled_listed_and_freed(house: House_) -> None:
    _, browser = await somebody(house, "mona", "moderator")
    where = "/moderation/servers"
    assert "would end 0 friendships" in (await browser.get(f"{where}?domain=Bad.Example")).text
    assert "not the name of another server" in (await browser.get(f"{where}?domain=localhost:8080")).text
    shown = await browser.get(f"{where}?domain=bad.example")
    token = next(
        one.attributes["value"]
        for one in Page(shown.text).all("input")
        if one.attributes.get("name") == "csrf"
    )
    fields = {"act": "put", "domain": "bad.example", "severity": "suspend", "public_comment": "=HYPERLINK(1)"}
    assert (await browser.post(where, fields | {"csrf": token})).status_code == 303
    listed = await browser.get(f"{where}.csv")
    assert "bad.example,suspend" in listed.text
    assert "'=HYPERLINK(1)" in listed.text, "X03: no cell is a formula"
    taken = await browser.http.post(
        where,
        data={"act": "import", "csrf": token},
        files={"list": ("list.csv", b"#domain,#severity\nworse.example,silence\n")},
        headers={"Origin": browser.base_url, "Sec-Fetch-Site": "same-origin"},
    )
    assert taken.status_code == 303
    assert "worse.example" in (await browser.get(where)).text
    broken = await browser.http.post(
        where,
        data={"act": "import", "csrf": token},
        files={"list": ("list.csv", b"\xff\xfe\x00")},
        headers={"Origin": browser.base_url, "Sec-Fetch-Site": "same-origin"},
    )
    assert broken.status_code == 422
    assert "could not be read" in broken.text
    await browser.post(where, {"act": "lift", "domain": "bad.example", "csrf": token})
    assert "bad.example" not in (await browser.get(where)).text


async def test_a_new_charter_is_numbered_shown_and_accepted(house: House_) -> None:
    member, browser = await somebody(house, "amina")
    _, admins = await somebody(house, "root", "admin")
    where = "/moderation/charter"
    page = Page((await admins.get(where)).text)
    fields: dict[str, list[str]] = {}
    for one in page.all("input", "textarea"):
        value = one.attributes.get("value", "") if one.tag == "input" else one.text
        fields.setdefault(one.attributes.get("name", ""), []).append(value)
    fields["title-en"][0] = "Ask plainly"
    fields["title-en"][-1] = "Be kind to the tired"
    headers = {"Origin": admins.base_url, "Sec-Fetch-Site": "same-origin"}
    wrong = await admins.http.post(where, data=fields, headers=headers)
    assert wrong.status_code == 422
    assert "needed in both languages" in wrong.text
    assert "Be kind to the tired" in wrong.text, "what was typed is kept"
    fields["title-fr"][-1], fields["hint-en"][-1], fields["hint-fr"][-1] = (
        "Doucement",
        "Rest.",
        "Reposez-vous.",
    )
    done = await admins.http.post(where, data=fields, headers=headers)
    assert done.status_code == 303
    holds = await house.db.read(charters.current)
    assert (holds.version, holds.rules[0].title.en, holds.rules[-1].id) == ("2", "Ask plainly", "11")
    twice = await admins.http.post(where, data=fields, headers=headers)
    assert "published meanwhile" in twice.text
    assert (await house.db.read(charters.current)).version == "2"
    read = await browser.get("/charter")
    assert "Ask plainly" in read.text
    assert (await browser.send(read, {})).status_code == 303
    assert (
        await house.db.read(charters.accepted_by, member.id)
        == (await house.db.read(charters.current)).version
    )
    assert "accept" not in [
        b.attributes.get("name") for b in Page((await browser.get("/charter")).text).all("button")
    ]
