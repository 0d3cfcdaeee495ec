"""The API for moderators and admins: what it shows, what it does, what it refuses, field by field."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from fedi_aid.actions import access, domains, purging
from fedi_aid.actions.domains import Wish
from fedi_aid.butler.handlers import periodic_tasks
from fedi_aid.client_api.entities.look import Look
from fedi_aid.client_api.entities.moderation import ACTIONS as THEIR_WORDS
from fedi_aid.client_api.streaming import Channel, events
from fedi_aid.model.moderation import ACTIONS
from fedi_aid.storage import moderation, roster, ties
from fedi_aid.storage import people as people_rows
from fedi_aid.storage.tables.work import jobs
from fedi_aid.storage.tx import Announcement, Tx
from tests.api.conftest import Caller, World
from tests.api.openapi import is_a, well_shaped
from tests.api.test_admin_permissions import ADMIN_SCOPES

pytestmark = pytest.mark.anyio

A, R = "/api/v1/admin/accounts", "/api/v1/admin/reports"
B, D = "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_allows"
IP, E, C = (
    "/api/v1/admin/ip_blocks",
    "/api/v1/admin/email_domain_blocks",
    "/api/v1/admin/canonical_email_blocks",
)


@pytest.fixture
async def ada(world: World) -> Caller:
    return await world.member("ada", scopes=f"{ADMIN_SCOPES} follow push profile", role="admin")


@pytest.fixture
async def mona(world: World) -> Caller:
    return await world.member("mona", scopes=f"{ADMIN_SCOPES} follow", role="moderator")


def proper(body: Any, entity: str) -> Any:
    well_shaped(body)
    is_a(body, entity)
    return body


def all_proper(bodies: list[Any], entity: str) -> list[Any]:
    return [proper(one, entity) for one in bodies]


def names_field(response: httpx.Response, field: str) -> None:
    assert response.status_code == 422, response.text
    assert field in response.json()["details"], response.text


async def notices(one: Caller, kind: str) -> list[Any]:
    found = await one.get("/api/v1/notifications", params={"types[]": kind})
    return all_proper(found, "Notification")


# -- people


async def test_looking_at_people(world: World, ada: Caller, amina: Caller, bruno: Caller) -> None:
    far = await world.stranger("faye")
    found = all_proper(await ada.get(A), "AdminAccount")
    assert [one["username"] for one in found] == ["faye", "bruno", "amina", "ada"]
    assert (found[0]["domain"], found[0]["email"]) == ("far.example", "")
    assert (found[2]["domain"], found[2]["email"]) == (None, "amina@people.example")
    assert found[3]["role"]["name"] == "Admin"
    assert all(one["ip"] is None and one["ips"] == [] for one in found)
    assert (await ada.get(f"{A}/{far}"))["username"] == "faye"
    await ada.get(f"{A}/1", 404)
    butler = await world.db.read(people_rows.by_handle, "butler")
    assert butler is not None
    await ada.get(f"{A}/{butler.id}", 404)

    async def names(path: str, **query: Any) -> list[str]:
        return [one["username"] for one in await ada.get(path, params=query)]

    assert await names(A, local="true") == ["bruno", "amina", "ada"]
    assert await names(A, remote="true") == ["faye"]
    assert await names(A, staff="true") == ["ada"]
    assert await names(A, username="BRU") == ["bruno"]
    assert await names(A, email="amina@") == ["amina"]
    assert await names(A, by_domain="far.example") == ["faye"]
    assert await names(A, username="%") == []
    assert await names(A, ip="203.0.113.9") == []
    v2 = "/api/v2/admin/accounts"
    assert await names(v2, origin="remote") == ["faye"]
    assert await names(v2, permissions="staff") == ["ada"]
    assert await names(v2, status="pending") == []
    for field, value in (("origin", "moon"), ("status", "odd"), ("permissions", "all")):
        names_field(await ada.call("GET", v2, params={field: value}), field)


async def test_pages_of_people(ada: Caller, amina: Caller, bruno: Caller) -> None:
    first = await ada.call("GET", A, params={"limit": 2, "local": "true"})
    assert [one["username"] for one in first.json()] == ["bruno", "amina"]
    assert "local=true" in first.links["next"]["url"]
    second = await ada.call("GET", first.links["next"]["url"])
    assert [one["username"] for one in second.json()] == ["ada"]
    assert "next" not in second.links
    back = await ada.call("GET", second.links["prev"]["url"])
    assert [one["username"] for one in back.json()] == ["bruno", "amina"]


async def act(by: Caller, about: Caller | str, word: str, status: int = 200, **more: Any) -> Any:
    who = about if isinstance(about, str) else about.id
    return await by.post(f"{A}/{who}/action", status, json={"type": word, "text": "Rule 1", **more})


async def test_a_word_to_somebody(mona: Caller, amina: Caller) -> None:
    """`none`: nothing changes, and they are told, with the reason."""
    assert await act(mona, amina, "none", text="Please be gentler") == {}
    (told,) = await notices(amina, "moderation_warning")
    warning = proper(told["moderation_warning"], "AccountWarning")
    assert (warning["action"], warning["text"]) == ("none", "Please be gentler")
    assert told["account"]["id"] == warning["target_account"]["id"] == amina.id
    grouped = await amina.get("/api/v2/notifications", params={"types[]": "moderation_warning"})
    assert grouped["notification_groups"][0]["moderation_warning"]["id"] == warning["id"]
    assert await notices(mona, "moderation_warning") == []


async def test_what_moderators_cannot_do(world: World, ada: Caller, mona: Caller, amina: Caller) -> None:
    other = await world.member("ali", scopes=ADMIN_SCOPES, role="admin")
    for by, about in ((mona, mona), (mona, ada), (ada, other), (ada, ada)):
        await act(by, about, "silence", 403)
    await act(ada, mona, "none")
    names_field(await mona.call("POST", f"{A}/{amina.id}/action", json={"type": "burn", "text": "x"}), "type")
    names_field(await mona.call("POST", f"{A}/{amina.id}/action", json={"text": "x"}), "type")
    names_field(await mona.call("POST", f"{A}/{amina.id}/action", json={"type": "suspend"}), "text")
    long = {"type": "none", "text": "x" * 5_001}
    names_field(await mona.call("POST", f"{A}/{amina.id}/action", json=long), "text")
    far = str(await world.stranger("faye"))
    names_field(await mona.call("POST", f"{A}/{far}/action", json={"type": "disable", "text": "x"}), "type")
    await act(mona, "123", "none", 404)
    await act(mona, amina, "none", 404, report_id="123")
    for path in ("enable", "approve", "reject"):
        await mona.post(f"{A}/{amina.id}/{path}", 403)
    assert await notices(amina, "moderation_warning") == []


async def test_sensitive_and_back(mona: Caller, amina: Caller, bruno: Caller, world: World) -> None:
    await world.befriend(amina, bruno)
    await act(mona, amina, "sensitive")
    post = await amina.say("a picture of my garden", fedi_aid={"intimacy": 1})
    assert post["sensitive"] is True
    back = proper(await mona.post(f"{A}/{amina.id}/unsensitive"), "AdminAccount")
    assert back["sensitized"] is False
    assert (await amina.get(f"/api/v1/statuses/{post['id']}"))["sensitive"] is False


async def test_limited_people_are_in_no_public_place(open_world: World) -> None:
    mona = await open_world.member("mona", scopes=ADMIN_SCOPES, role="moderator")
    amina = await open_world.member("amina")
    bruno = await open_world.member("bruno")
    await amina.call("PATCH", "/api/v1/accounts/update_credentials", data={"discoverable": "true"})
    post = await amina.say("Good morning #garden", visibility="public")

    async def places() -> list[bool]:
        found = [
            await bruno.get("/api/v1/timelines/public"),
            await bruno.get("/api/v1/timelines/tag/garden"),
        ]
        listed = [one["id"] for one in await bruno.get("/api/v1/directory")]
        return [any(one["id"] == post["id"] for one in page) for page in found] + [amina.id in listed]

    assert await places() == [True, True, True]
    await act(mona, amina, "silence")
    assert await places() == [False, False, False]
    assert (await bruno.get(f"/api/v1/accounts/{amina.id}"))["limited"] is True
    # Not hidden: who looks, sees; a stranger's word waits apart.
    await bruno.get(f"/api/v1/statuses/{post['id']}")
    await bruno.call("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "accept"})
    await bruno.call("PATCH", "/api/v2/notifications/policy", json={"for_private_mentions": "accept"})
    await amina.say("@bruno hello", visibility="direct")
    assert await notices(bruno, "mention") == []
    assert [one["account"]["id"] for one in await bruno.get("/api/v1/notifications/requests")] == [amina.id]
    back = await mona.post(f"{A}/{amina.id}/unsilence")
    assert back["silenced"] is False
    assert await places() == [True, True, True]


async def test_a_closed_login_opens_again(mona: Caller, amina: Caller, world: World) -> None:
    await act(mona, amina, "disable")
    await amina.get("/api/v1/accounts/verify_credentials", 401)  # every token is gone
    shown = await mona.get(f"{A}/{amina.id}")
    assert (shown["disabled"], shown["suspended"]) == (True, False)
    assert [one["id"] for one in await mona.get(A, params={"disabled": "true"})] == [amina.id]
    fresh = await world.token(amina, "read")
    closed = await world.http.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {fresh}"})
    assert closed.status_code == 403
    assert (await mona.post(f"{A}/{amina.id}/enable"))["disabled"] is False
    open_ = await world.http.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {fresh}"})
    assert open_.status_code == 200


async def test_a_suspension_hides_and_can_be_taken_back(
    world: World, mona: Caller, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    post = await amina.say("Who lends a saw?", fedi_aid={"intimacy": 1})
    await bruno.get(f"/api/v1/statuses/{post['id']}")
    await act(mona, amina, "suspend", text="Spam")
    await bruno.get(f"/api/v1/statuses/{post['id']}", 404)
    await bruno.get(f"/api/v1/accounts/{amina.id}", 404)
    await amina.get("/api/v1/timelines/home", 401)
    taken = {"username": "amina2", "email": "a.mina+2@people.example", "password": "a long password"}
    assert (await sign_up(world, **taken)).status_code == 422  # not simply under another name
    back = proper(await mona.post(f"{A}/{amina.id}/unsuspend"), "AdminAccount")
    assert (back["suspended"], back["disabled"]) == (False, False)
    await bruno.get(f"/api/v1/statuses/{post['id']}")
    assert (await sign_up(world, **taken)).status_code == 200


async def test_suspended_while_the_login_was_closed(mona: Caller, amina: Caller) -> None:
    await act(mona, amina, "disable")
    await act(mona, amina, "suspend")
    assert (await mona.post(f"{A}/{amina.id}/unsuspend"))["disabled"] is True


async def test_after_thirty_days_it_is_final(
    world: World, mona: Caller, ada: Caller, amina: Caller, bruno: Caller
) -> None:
    await world.befriend(amina, bruno)
    post = await amina.say("Who lends a saw?", fedi_aid={"intimacy": 1})
    await act(mona, amina, "suspend")

    async def a_month(days: int) -> None:
        world.tick(days=days)
        due = next(one for one in periodic_tasks() if one.name == "suspensions become final")
        await world.db.write(due.act)
        await world.db.write(run_purges)

    await a_month(29)
    assert (await mona.get(f"{A}/{amina.id}"))["account"]["display_name"] == "Amina"
    await a_month(2)
    found = await world.db.read(roster.known_many, [amina.member.id])
    gone = found[amina.member.id]
    assert (gone.state, gone.person.display_name) == ("deleted", "")
    assert gone.email == f"{amina.id}@deleted.invalid"
    await mona.post(f"{A}/{amina.id}/unsuspend", 403)
    for word in ("none", "disable", "suspend"):
        await act(mona, amina, word, 403)
    await bruno.get(f"/api/v1/statuses/{post['id']}", 404)
    (told,) = await notices(bruno, "severed_relationships")
    assert (told["event"]["type"], told["event"]["target_name"]) == ("account_suspension", "amina")
    assert (told["event"]["followers_count"], told["event"]["following_count"]) == (1, 1)
    # Nobody comes back as her.
    again = {"username": "amina", "email": "other@else.example", "password": "a long password"}
    assert (await sign_up(world, **again)).status_code == 422


def run_purges(tx: Tx) -> None:
    """What the runner does with the jobs: other servers are told first (tests/federation), then it goes on."""
    for kind in ("purge", "tell_gone"):
        for args in tx.column(select(jobs.c.args).where(jobs.c.kind == kind)):
            purging.purge(tx, args["person_id"])


async def test_erasing_at_once_is_for_admins_and_for_who_is_suspended(
    world: World, ada: Caller, mona: Caller, amina: Caller
) -> None:
    assert (await ada.call("DELETE", f"{A}/{amina.id}")).status_code == 403
    await act(mona, amina, "suspend")
    assert (await mona.call("DELETE", f"{A}/{amina.id}")).status_code == 403
    proper((await ada.call("DELETE", f"{A}/{amina.id}")).json(), "AdminAccount")
    await world.db.write(run_purges)
    found = await world.db.read(roster.known_many, [amina.member.id])
    assert found[amina.member.id].state == "deleted"


async def test_somebody_elsewhere_is_suspended(world: World, mona: Caller, bruno: Caller) -> None:
    """A24: the ties are cut, the member is told, lifting it does not bring them back."""
    far = await world.stranger("faye")

    def befriend(tx: Tx) -> None:
        for one, other in ((far, bruno.member.id), (bruno.member.id, far)):
            ties.put_follow(tx, one, other, state="accepted", uri=None)

    await world.db.write(befriend)
    await act(mona, str(far), "suspend")
    (told,) = await notices(bruno, "severed_relationships")
    event = proper(told["event"], "RelationshipSeveranceEvent")
    assert (event["type"], event["target_name"]) == ("account_suspension", "faye@far.example")
    await bruno.get(f"/api/v1/accounts/{far}", 404)
    await mona.post(f"{A}/{far}/unsuspend")
    await bruno.get(f"/api/v1/accounts/{far}")
    assert not await world.db.read(ties.are_friends, bruno.member.id, far)


async def test_limited_people_are_in_no_public_stream(open_world: World) -> None:
    """Nor in the home of those who follow a tag."""
    mona = await open_world.member("mona", scopes=ADMIN_SCOPES, role="moderator")
    amina, bruno = await open_world.member("amina"), await open_world.member("bruno")
    await bruno.post("/api/v1/tags/garden/follow")
    look = Look(viewer=bruno.member.id, house=open_world.db.house, locale="en")
    listening = frozenset({Channel("public", ""), Channel("hashtag", "garden"), Channel("user", "")})
    token = await open_world.db.read(access.caller_of_token, bruno.token)
    assert token is not None

    async def heard() -> list[str]:
        told: list[Announcement] = []
        open_world.db.on_commit(lambda announcements, _: told.extend(announcements))
        await amina.say("Good morning #garden", visibility="public")
        found = [
            event
            for one in told
            if one.ids.get("member_id", bruno.member.id) == bruno.member.id
            for event in (
                await open_world.db.read(
                    events, frozenset({token.token_id}), look, bruno.member.id, listening, one
                )
            )[1]
        ]
        return sorted({one.channel.stream for one in found})

    assert await heard() == ["hashtag", "public", "user"]
    await act(mona, amina, "silence")
    assert await heard() == []


# -- who waits


async def sign_up(world: World, **fields: str) -> httpx.Response:
    registered = {"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
    app = (await world.http.post("/api/v1/apps", data=registered)).json()
    given = {"grant_type": "client_credentials", "scope": "read write"}
    token = (
        await world.http.post(
            "/oauth/token",
            data=given | {"client_id": app["client_id"], "client_secret": app["client_secret"]},
        )
    ).json()["access_token"]
    return await world.http.post(
        "/api/v1/accounts",
        data={"agreement": "true", "locale": "en", **fields},
        headers={"Authorization": f"Bearer {token}"},
    )


async def test_letting_in_and_turning_away(make_world: Any) -> None:
    world: World = await make_world(registration="approval")
    mona = await world.member("mona", scopes=ADMIN_SCOPES, role="moderator")
    tokens = {}
    for name in ("nadia", "omar"):
        answer = await sign_up(
            world,
            username=name,
            email=f"{name}@mail.example",
            password="a long password",
            reason=f"I am {name}",
        )
        assert answer.status_code == 200, answer.text
        tokens[name] = answer.json()["access_token"]
        world.tick()
    told = await notices(mona, "admin.sign_up")
    assert [one["account"]["username"] for one in told] == ["omar", "nadia"]
    waiting = all_proper(await mona.get(A, params={"pending": "true"}), "AdminAccount")
    assert [(one["username"], one["invite_request"], one["approved"]) for one in waiting] == [
        ("omar", "I am omar", False),
        ("nadia", "I am nadia", False),
    ]
    omar, nadia = (one["id"] for one in waiting)
    assert (await mona.post(f"{A}/{nadia}/approve"))["approved"] is True
    home = await world.http.get(
        "/api/v1/timelines/home", headers={"Authorization": f"Bearer {tokens['nadia']}"}
    )
    assert home.status_code == 200
    assert (await mona.post(f"{A}/{omar}/reject"))["username"] == "omar"
    await mona.get(f"{A}/{omar}", 404)
    await mona.post(f"{A}/{omar}/reject", 404)
    again = {"username": "omar", "email": "omar@mail.example", "password": "a long password", "reason": "x"}
    assert (await sign_up(world, **again)).status_code == 200  # nothing of him was kept


# -- reports


async def reported(by: Caller, about: Caller, *posts: Any, **more: Any) -> str:
    body = {"account_id": about.id, "status_ids": [one["id"] for one in posts], "comment": "rude"} | more
    found: str = (await by.post("/api/v1/reports", json=body))["id"]
    return found


async def test_a_report_and_what_is_seen_with_it(
    world: World, mona: Caller, amina: Caller, bruno: Caller
) -> None:
    """PRODUCT S4c: a hidden post is shown to a moderator because it was reported, and that is written down."""
    await world.befriend(amina, bruno)
    rude = await amina.say("something rude", fedi_aid={"intimacy": 1})
    other = await amina.say("something else", fedi_aid={"intimacy": 1})
    await mona.get(f"/api/v1/statuses/{rude['id']}", 404)
    report_id = await reported(bruno, amina, rude, category="spam")
    (told,) = await notices(mona, "admin.report")
    assert told["account"]["id"] == bruno.id
    assert proper(told["report"], "Report")["id"] == report_id
    found = all_proper(await mona.get(R), "AdminReport")
    assert [one["id"] for one in found] == [report_id]
    shown = found[0]
    assert [one["id"] for one in shown["statuses"]] == [rude["id"]]
    assert "something rude" in shown["statuses"][0]["content"]
    assert (shown["account"]["id"], shown["target_account"]["id"]) == (bruno.id, amina.id)
    assert (shown["category"], shown["comment"], shown["action_taken"]) == ("spam", "rude", False)
    for post in (rude, other):
        await mona.get(f"/api/v1/statuses/{post['id']}", 404)
    await mona.get(f"{R}/{report_id}")
    log = await world.db.read(moderation.entries)
    assert [(one.by_id, one.what, one.subject) for one in log] == [(mona.member.id, "view", report_id)]
    assert log[0].details == {"posts": [rude["id"]]}
    await mona.get(f"{R}/1", 404)


async def test_handling_a_report(
    world: World, mona: Caller, ada: Caller, amina: Caller, bruno: Caller
) -> None:
    report_id = await reported(bruno, amina)
    here = f"{R}/{report_id}"
    taken = proper(await mona.post(f"{here}/assign_to_self"), "AdminReport")
    assert taken["assigned_account"]["id"] == mona.id
    assert (await ada.post(f"{here}/unassign"))["assigned_account"] is None
    closed = proper(await mona.post(f"{here}/resolve"), "AdminReport")
    assert closed["action_taken"] is True
    assert closed["action_taken_at"] is not None
    assert closed["action_taken_by_account"]["id"] == mona.id
    assert await mona.get(R) == []
    assert [one["id"] for one in await mona.get(R, params={"resolved": "true"})] == [report_id]
    opened = await mona.post(f"{here}/reopen")
    assert (opened["action_taken"], opened["action_taken_at"]) == (False, None)
    sorted_ = await mona.call("PUT", here, json={"category": "violation", "rule_ids": ["1"]})
    assert (sorted_.json()["category"], [one["id"] for one in sorted_.json()["rules"]]) == (
        "violation",
        ["1"],
    )
    assert (await mona.call("PATCH", here, data={"category": "spam"})).json()["rules"] == []
    names_field(await mona.call("PUT", here, json={"category": "odd"}), "category")
    names_field(await mona.call("PUT", here, json={"rule_ids": ["nothing"]}), "rule_ids")
    for query, number in (
        ({"account_id": bruno.id}, 1),
        ({"account_id": amina.id}, 0),
        ({"target_account_id": amina.id}, 1),
        ({"by_target_domain": "far.example"}, 0),
    ):
        assert len(await mona.get(R, params=query)) == number
    deeds = [one.what for one in await world.db.read(moderation.entries)]
    assert deeds == ["sort", "sort", "reopen", "resolve", "unassign", "assign"]


async def test_a_decision_closes_what_is_open(
    mona: Caller, amina: Caller, bruno: Caller, world: World
) -> None:
    first = await reported(bruno, amina, rule_ids=["1"])
    second = await reported(mona, amina)
    await act(mona, amina, "none", text="", report_id=first)  # the rules it names are the reason
    assert [one["id"] for one in await mona.get(R)] == [second]
    other = await reported(mona, bruno)
    await act(mona, amina, "none", 404, report_id=other)
    await act(mona, amina, "silence")
    assert [one["id"] for one in await mona.get(R)] == [other]
    log = await world.db.read(moderation.public_entries)
    assert [(one.what, one.reason, one.rule_ids) for one in log] == [
        ("limit", "Rule 1", ()),
        ("none", "", ("1",)),
    ]


# -- other servers


async def test_rules_about_servers(world: World, ada: Caller, amina: Caller) -> None:
    far = await world.stranger("faye", "evil.example")
    sent = {
        "domain": "EVIL.example",
        "severity": "suspend",
        "reject_media": "true",
        "public_comment": "spam",
        "private_comment": "seen on Monday",
        "obfuscate": "true",
    }
    made = proper(await ada.post(B, data=sent), "AdminDomainBlock")
    assert (made["domain"], made["severity"], made["reject_media"]) == ("evil.example", "suspend", True)
    assert made["private_comment"] == "seen on Monday"
    await amina.get(f"/api/v1/accounts/{far}", 404)
    public = all_proper(await amina.get("/api/v1/instance/domain_blocks"), "DomainBlock")
    assert public == [
        {"domain": "evi*.****ple", "digest": made["digest"], "severity": "suspend", "comment": "spam"}
    ]
    assert proper(await ada.get(f"{B}/{made['id']}"), "AdminDomainBlock") == made
    changed = (await ada.call("PUT", f"{B}/{made['id']}", json={"severity": "silence"})).json()
    assert (changed["severity"], changed["public_comment"]) == ("silence", "spam")
    assert (await amina.get(f"/api/v1/accounts/{far}"))["limited"] is True
    assert all_proper(await ada.get(B), "AdminDomainBlock") == [changed]
    assert (await ada.call("DELETE", f"{B}/{made['id']}")).json() == {}
    assert "limited" not in await amina.get(f"/api/v1/accounts/{far}")
    assert await amina.get("/api/v1/instance/domain_blocks") == []
    for method, status in (("GET", 404), ("PUT", 404), ("DELETE", 404)):
        assert (await ada.call(method, f"{B}/{made['id']}")).status_code == status


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", ""),
        ("domain", "no domain at all"),
        ("domain", "localhost"),
        ("domain", "aid.example"),
        ("domain", "example"),
        ("domain", "x" * 600),
        ("domain", "=cmd|' /C calc'!A0"),
        ("severity", "burn"),
        ("reject_media", "perhaps"),
        ("reject_reports", "perhaps"),
        ("obfuscate", "perhaps"),
        ("public_comment", "x" * 2_001),
        ("private_comment", "x" * 2_001),
    ],
)
async def test_a_wrong_rule_is_refused_by_its_field(ada: Caller, field: str, value: str) -> None:
    names_field(await ada.call("POST", B, json={"domain": "evil.example", field: value}), field)
    assert await ada.get(B) == []


async def test_one_rule_for_one_name(ada: Caller) -> None:
    await ada.post(B, json={"domain": "evil.example"})
    names_field(await ada.call("POST", B, json={"domain": "evil.example"}), "domain")
    names_field(await ada.call("POST", D, json={"domain": "evil.example"}), "domain")


async def test_the_preview_counts_and_changes_nothing(world: World, ada: Caller, amina: Caller) -> None:
    for name, back in (("faye", True), ("gus", False)):
        far = await world.stranger(name, "sub.evil.example")

        def tie(tx: Tx, far: int = far, back: bool = back) -> None:
            ties.put_follow(tx, amina.member.id, far, state="accepted", uri=None)
            if back:
                ties.put_follow(tx, far, amina.member.id, state="accepted", uri=None)

        await world.db.write(tie)
    await world.stranger("else", "notevil.example")
    where = "/api/v1/fedi_aid/admin/domain_blocks/preview"
    found = await ada.get(where, params={"domain": "evil.example"})
    assert found == {
        "domain": "evil.example",
        "accounts": 2,
        "members": 1,
        "friendships": 1,
        "following": 2,
        "followers": 1,
        "statuses": 0,
        "waiting_jobs": 0,
    }
    assert await ada.get(B) == []
    names_field(await ada.call("GET", where), "domain")


async def test_the_list_of_limited_federation(ada: Caller) -> None:
    made = proper(await ada.post(D, data={"domain": "good.example"}), "AdminDomainAllow")
    assert await ada.post(D, data={"domain": "good.example"}) == made
    assert all_proper(await ada.get(D), "AdminDomainAllow") == [made]
    assert await ada.get(f"{D}/{made['id']}") == made
    await ada.get(f"{B}/{made['id']}", 404)
    assert await ada.get(B) == []
    assert (await ada.call("DELETE", f"{D}/{made['id']}")).json() == {}
    await ada.get(f"{D}/{made['id']}", 404)
    names_field(await ada.call("POST", D, data={"domain": "nonsense"}), "domain")


# -- the door


async def test_networks(world: World, ada: Caller) -> None:
    sent = {"ip": "203.0.113.7/24", "severity": "sign_up_block", "comment": "bots", "expires_in": "3600"}
    made = proper(await ada.post(IP, data=sent), "AdminIpBlock")
    assert (made["ip"], made["severity"], made["comment"]) == ("203.0.113.0/24", "sign_up_block", "bots")
    assert made["expires_at"] is not None
    assert all_proper(await ada.get(IP), "AdminIpBlock") == [made]
    changed = (await ada.call("PUT", f"{IP}/{made['id']}", json={"severity": "no_access"})).json()
    assert (changed["severity"], changed["expires_at"]) == ("no_access", made["expires_at"])
    names_field(await ada.call("POST", IP, data=sent), "ip")
    six = await ada.post(IP, json={"ip": "2001:db8::/32", "severity": "no_access"})
    assert (six["ip"], six["expires_at"]) == ("2001:db8::/32", None)
    names_field(await ada.call("PUT", f"{IP}/{six['id']}", json={"ip": "203.0.113.0/24"}), "ip")
    assert (await ada.call("DELETE", f"{IP}/{made['id']}")).json() == {}
    await ada.get(f"{IP}/{made['id']}", 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ip", ""),
        ("ip", "somewhere"),
        ("ip", "300.1.1.1"),
        ("ip", "0.0.0.0/0"),
        ("ip", "::/0"),
        ("severity", "odd"),
        ("severity", None),
        ("comment", "x" * 2_001),
        ("expires_in", "soon"),
        ("expires_in", -5),
        ("expires_in", 10**12),
    ],
)
async def test_a_wrong_network_is_refused_by_its_field(ada: Caller, field: str, value: Any) -> None:
    good: dict[str, Any] = {"ip": "203.0.113.9", "severity": "no_access"}
    names_field(await ada.call("POST", IP, json=good | {field: value}), field)
    assert await ada.get(IP) == []


async def test_signing_up_from_a_barred_network(world: World, ada: Caller) -> None:
    fields = {"username": "nadia", "email": "nadia@mail.example", "password": "a long password"}
    rule = await ada.post(IP, json={"ip": "127.0.0.1", "severity": "sign_up_block"})
    assert (await sign_up(world, **fields)).status_code == 403
    await ada.call("PUT", f"{IP}/{rule['id']}", json={"severity": "sign_up_requires_approval"})
    token = (await sign_up(world, **fields)).json()["access_token"]
    waits = await world.http.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {token}"})
    assert waits.status_code == 403
    assert "pending approval" in waits.json()["error"]
    timed = {"ip": "127.0.0.1", "severity": "sign_up_block", "expires_in": 60}
    await ada.call("PUT", f"{IP}/{rule['id']}", json=timed)
    world.tick(seconds=61)
    other = {"username": "omar", "email": "omar@mail.example", "password": "a long password"}
    assert (await sign_up(world, **other)).status_code == 200


async def test_providers_of_mail(world: World, ada: Caller) -> None:
    made = proper(await ada.post(E, data={"domain": "Throwaway.example"}), "AdminEmailDomainBlock")
    assert (made["domain"], made["history"]) == ("throwaway.example", [])
    assert all_proper(await ada.get(E), "AdminEmailDomainBlock") == [made]
    assert await ada.get(f"{E}/{made['id']}") == made
    for email in ("x@throwaway.example", "x@mx.throwaway.example"):
        answer = await sign_up(world, username="nadia", email=email, password="a long password")
        names_field(answer, "email")
    fine = await sign_up(world, username="nadia", email="x@notthrowaway.example", password="a long password")
    assert fine.status_code == 200
    names_field(await ada.call("POST", E, data={"domain": "throwaway.example"}), "domain")
    names_field(await ada.call("POST", E, data={"domain": "no domain"}), "domain")
    assert (await ada.call("DELETE", f"{E}/{made['id']}")).json() == {}
    assert (await ada.call("DELETE", f"{E}/{made['id']}")).status_code == 404


async def test_single_addresses(world: World, ada: Caller) -> None:
    """Only a digest is kept, and it means every way to write the address."""
    made = proper(await ada.post(C, data={"email": "N.adia+spam@Mail.example"}), "AdminCanonicalEmailBlock")
    assert len(made["canonical_email_hash"]) == 64
    tested = await ada.post(f"{C}/test", data={"email": "nadia@mail.example"})
    assert all_proper(tested, "AdminCanonicalEmailBlock") == [made]
    assert await ada.post(f"{C}/test", data={"email": "omar@mail.example"}) == []
    answer = await sign_up(world, username="nadia", email="na.dia@mail.example", password="a long password")
    names_field(answer, "email")
    assert await ada.get(f"{C}/{made['id']}") == made
    same = await ada.call("POST", C, data={"canonical_email_hash": made["canonical_email_hash"]})
    names_field(same, "email")
    for wrong in ({}, {"email": "nobody"}, {"canonical_email_hash": "zz"}):
        names_field(await ada.call("POST", C, data=wrong), "canonical_email_hash")
    names_field(await ada.call("POST", f"{C}/test", data={"email": "nobody"}), "email")
    assert (await ada.call("DELETE", f"{C}/{made['id']}")).json() == {}
    assert await ada.get(C) == []


# -- numbers


async def test_only_numbers_that_watch_nobody(
    world: World, mona: Caller, amina: Caller, bruno: Caller
) -> None:
    await reported(bruno, amina)
    today = world.clock().date()
    span = {"start_at": str(today - timedelta(days=1)), "end_at": str(today)}
    keys = ["new_users", "opened_reports", "resolved_reports", "active_users", "interactions"]
    found = all_proper(await mona.post("/api/v1/admin/measures", json=span | {"keys": keys}), "AdminMeasure")
    assert [(one["key"], one["total"]) for one in found] == [
        ("new_users", "3"),
        ("opened_reports", "1"),
        ("resolved_reports", "0"),
    ]
    assert [day["value"] for day in found[0]["data"]] == ["0", "3"]
    dimensions = await mona.post(
        "/api/v1/admin/dimensions", json=span | {"keys": ["software_versions", "languages"]}
    )
    assert [one["key"] for one in all_proper(dimensions, "AdminDimension")] == ["software_versions"]
    assert await mona.post("/api/v1/admin/retention", json=span) == []
    for field, value in (("start_at", "then"), ("end_at", "2020-01-01"), ("end_at", "2999-01-01")):
        names_field(
            await mona.call("POST", "/api/v1/admin/measures", json=span | {"keys": keys, field: value}), field
        )
    names_field(await mona.call("POST", "/api/v1/admin/dimensions", json={"keys": keys}), "start_at")


# -- words


def test_every_action_has_a_word_that_apps_know() -> None:
    assert set(THEIR_WORDS) == set(ACTIONS)


async def test_wrong_ids_are_simply_not_found(ada: Caller) -> None:
    for path in (A, R, B, D, IP, E, C):
        for wrong in ("0", "x", "-1", "9" * 30, "%00"):
            assert (await ada.call("GET", f"{path}/{wrong}")).status_code == 404, (path, wrong)


async def test_rules_from_the_command_line_are_the_same(world: World, ada: Caller) -> None:
    await world.db.write(domains.put_rule, None, "evil.example", Wish(severity="limit"))
    assert [one["severity"] for one in await ada.get(B)] == ["silence"]


async def test_on_both_engines(both_worlds: World) -> None:
    """The same questions and decisions on SQLite and PostgreSQL."""
    world = both_worlds
    ada = await world.member("ada", scopes=ADMIN_SCOPES, role="admin")
    amina, bruno = await world.member("amina"), await world.member("bruno")
    far = await world.stranger("faye", "evil.example")

    def befriend(tx: Tx) -> None:
        for one, other in ((far, bruno.member.id), (bruno.member.id, far)):
            ties.put_follow(tx, one, other, state="accepted", uri=None)

    await world.db.write(befriend)
    report_id = await reported(bruno, amina)
    assert [one["id"] for one in await ada.get(R)] == [report_id]
    await act(ada, amina, "suspend")
    found = await ada.get("/api/v2/admin/accounts", params={"status": "suspended", "origin": "local"})
    assert [one["id"] for one in found] == [amina.id]
    where = "/api/v1/fedi_aid/admin/domain_blocks/preview"
    assert (await ada.get(where, params={"domain": "evil.example"}))["friendships"] == 1
    rule = await ada.post(B, json={"domain": "evil.example", "severity": "suspend"})
    (told,) = await notices(bruno, "severed_relationships")
    assert told["event"]["target_name"] == "evil.example"
    await ada.call("PUT", f"{B}/{rule['id']}", json={"reject_media": True})
    assert (await ada.call("DELETE", f"{B}/{rule['id']}")).status_code == 200
    await ada.post(IP, json={"ip": "2001:db8::/32", "severity": "no_access"})
    await ada.post(C, json={"email": "x@mail.example"})
    world.tick(days=31)
    await world.db.write(purging.purge_due)
    await world.db.write(run_purges)
    gone = await world.db.read(roster.known_many, [amina.member.id])
    assert gone[amina.member.id].state == "deleted"
