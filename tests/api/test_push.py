"""Web push: who is told what, through a push service that is a real endpoint and a device that opens it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fedi_aid.actions import registration
from fedi_aid.actions.instance import Instance
from fedi_aid.app import Running, house_of
from fedi_aid.client_api import push as push_api
from fedi_aid.net.client import Net
from fedi_aid.net.fake import FakeInternet
from fedi_aid.storage import access
from fedi_aid.storage import jobs as queue
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import push as rows
from fedi_aid.work.runner import Runner
from tests.api.conftest import Caller, World, settings_for
from tests.api.openapi import is_a
from tests.net.push_device import Device

pytestmark = pytest.mark.anyio

PATH = "/api/v1/push/subscription"
EVERY = ("mention", "favourite", "reblog", "follow", "follow_request", "poll")


class Bell:
    """A push service on the fake internet, and the instance's work on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.internet = FakeInternet()
        self.rung: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 201
        self.internet.add(
            "push.example", Starlette(routes=[Route("/{path:path}", self._hear, methods=["POST"])])
        )
        self.net: Net = self.internet.net("aid.example")
        self.instance = Instance(settings=world.settings, db=world.db, net=self.net, bus=world.bus)
        self.runner = Runner(
            world.db, push_api.handlers(self.instance), concurrency={"push": 2}, worker_id="bell"
        )

    async def _hear(self, request: Request) -> Response:
        self.rung.append((request.url.path, dict(request.headers), await request.body()))
        return Response(status_code=self.status)

    async def ring(self) -> None:
        await self.runner.run_until_idle()

    def heard(self, device: Device, path: str = "/device/1") -> list[dict[str, Any]]:
        """What this device makes of all that came for it."""
        found = []
        for where, headers, body in self.rung:
            if where == path:
                names = ("content-encoding", "crypto-key", "encryption")
                given = {name.title(): headers[name] for name in names if name in headers}
                found.append(json.loads(device.opens(body, given)))
        return found


@pytest.fixture
async def bell(world: World) -> AsyncIterator[Bell]:
    made = Bell(world)
    yield made
    await made.net.aclose()


def wish(device: Device, **data: Any) -> dict[str, Any]:
    to = device.subscriber
    subscription = {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}}
    if to.standard:
        subscription |= {"standard": True}
    return {"subscription": subscription, "data": {"alerts": dict.fromkeys(EVERY, True)} | data}


async def listens(caller: Caller, device: Device, **data: Any) -> Any:
    return await caller.post(PATH, json=wish(device, **data))


def is_subscription(body: Any) -> None:
    """As real servers answer it: the id a number that fits an int, unlike the description says."""
    assert isinstance(body["id"], int)
    assert 0 <= body["id"] < 2**31
    is_a(body | {"id": str(body["id"])}, "WebPushSubscription")


# -- the subscription


async def test_a_subscription_is_made_read_changed_and_ended(both_worlds: World) -> None:
    world = both_worlds
    amina = await world.member("amina")
    device = Device(standard=True)
    missing = await amina.call("GET", PATH)
    assert missing.status_code == 404
    made = await listens(amina, device, policy="followed")
    is_subscription(made)
    assert made["standard"] is True
    assert made["policy"] == "followed"
    assert made["alerts"]["mention"] is True
    assert made["alerts"]["status"] is False
    assert made["server_key"] == world.instance.house.vapid.public
    assert await amina.get(PATH) == made
    changed = (
        await amina.call("PUT", PATH, json={"data": {"alerts": {"poll": True}}, "policy": "all"})
    ).json()
    is_subscription(changed)
    assert [name for name, on in changed["alerts"].items() if on] == ["poll"]
    assert changed["policy"] == "all"
    assert (await amina.call("PUT", PATH, json={})).json() == changed
    second = await listens(amina, Device(standard=False, endpoint="https://push.example/device/2"))
    assert second["endpoint"].endswith("/2")
    assert len(await world.db.read(rows.ids_of, amina.member.id)) == 1  # one per token
    assert (await amina.call("DELETE", PATH)).json() == {}
    assert (await amina.call("GET", PATH)).status_code == 404
    assert (await amina.call("DELETE", PATH)).status_code == 200


async def test_forms_and_two_tokens(world: World) -> None:
    amina = await world.member("amina")
    to = Device(standard=False).subscriber
    form = {
        "subscription[endpoint]": to.endpoint,
        "subscription[keys][p256dh]": to.p256dh.rstrip("="),
        "subscription[keys][auth]": to.auth.replace("-", "+").replace("_", "/"),
        "data[alerts][mention]": "true",
    }
    made = await amina.post(PATH, data=form)
    assert made["alerts"]["mention"] is True
    assert made["standard"] is False
    other = Caller(world, amina.member, await world.token(amina, "read push"))
    assert (await other.call("GET", PATH)).status_code == 404
    await listens(other, Device(standard=True))
    assert len(await world.db.read(rows.ids_of, amina.member.id)) == 2


async def test_the_scope_is_needed(world: World) -> None:
    amina = await world.member("amina", scopes="read write follow")
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert (await amina.call(method, PATH)).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": None}, "subscription[endpoint]"),
        ({"endpoint": "not a url"}, "subscription[endpoint]"),
        ({"endpoint": "http://push.example/x"}, "subscription[endpoint]"),
        ({"endpoint": "https://127.0.0.1/x"}, "subscription[endpoint]"),
        ({"endpoint": "https://169.254.169.254/latest"}, "subscription[endpoint]"),
        ({"endpoint": "https://push.example:8443/x"}, "subscription[endpoint]"),
        ({"endpoint": "https://push.example/" + "x" * 3_000}, "subscription[endpoint]"),
        ({"endpoint": ["a", {"b": 1}]}, "endpoint"),
        ({"keys": {"p256dh": "AAAA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "subscription[keys][p256dh]"),
        ({"keys": {"auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "subscription[keys][p256dh]"),
        ({"keys": "none"}, "keys"),
        ({"standard": "perhaps"}, "standard"),
    ],
)
async def test_bad_subscriptions_are_refused_by_name(
    world: World, change: dict[str, Any], field: str
) -> None:
    """F07: an endpoint inside, on another port or in clear is refused before anything is stored."""
    amina = await world.member("amina")
    body = wish(Device(standard=False))
    body["subscription"] |= change
    refused = await amina.post(PATH, 422, json=body)
    assert field in refused["details"]
    assert await world.db.read(rows.ids_of, amina.member.id) == []


@pytest.mark.parametrize(
    "data",
    [{"policy": "everybody"}, {"alerts": {"mention": "loud"}}, {"alerts": "all"}, {"policy": ["all", {}]}],
)
async def test_bad_wishes_are_refused(world: World, data: dict[str, Any]) -> None:
    amina = await world.member("amina")
    await amina.post(PATH, 422, json=wish(Device(standard=False), **data))
    await listens(amina, Device(standard=False))
    assert (await amina.call("PUT", PATH, json={"data": data})).status_code == 422


async def test_the_key_is_told_where_clients_look(world: World) -> None:
    amina = await world.member("amina")
    key = world.instance.house.vapid.public
    about = (await world.http.get("/api/v2/instance")).json()
    assert about["configuration"]["vapid"] == {"public_key": key}
    app = await amina.post(
        "/api/v1/apps", data={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    )
    assert app["vapid_key"] == key
    assert (await amina.get("/api/v1/apps/verify_credentials"))["vapid_key"] == key


# -- what is pushed


@pytest.mark.parametrize("standard", [True, False])
async def test_a_friend_writes_and_the_device_opens_it(world: World, bell: Bell, standard: bool) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    device = Device(standard=standard)
    await listens(amina, device)
    await bruno.say("@amina the ladder is yours", visibility="direct")
    assert bell.rung == []  # never within the request
    await bell.ring()
    (notice,) = await amina.get("/api/v1/notifications", params={"types[]": "mention"})
    (heard,) = bell.heard(device)
    assert heard == {
        "access_token": amina.token,
        "preferred_locale": "en",
        "notification_id": int(notice["id"]),
        "notification_type": "mention",
        "icon": notice["account"]["avatar_static"],
        "title": "bruno wrote to you",
        "body": "@amina the ladder is yours",
    }
    _, headers, body = bell.rung[0]
    assert headers["ttl"] == str(2 * 86_400)
    assert b"ladder" not in body
    assert "cookie" not in headers
    assert "amina" not in json.dumps(headers)


async def test_a_french_member_is_told_in_french(world: World, bell: Bell) -> None:
    chloe, bruno = await world.member("chloe", locale="fr"), await world.member("bruno")
    device = Device(standard=True)
    await listens(chloe, device)
    await bruno.post(f"/api/v1/accounts/{chloe.id}/follow")
    await bell.ring()
    (heard,) = bell.heard(device)
    assert (heard["preferred_locale"], heard["notification_type"]) == ("fr", "follow_request")
    assert heard["title"] == "bruno aimerait être votre ami·e"
    assert heard["body"] == ""


async def test_words_of_levels_3_and_4_and_what_answers_them_stay_in_the_app(
    world: World, bell: Bell
) -> None:
    """P18: neither the post, nor an answer to it, nor the butler's letter about it says a word."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    await amina.post(f"/api/v1/fedi_aid/accounts/{bruno.id}/close")
    mine, his = Device(standard=True), Device(standard=True, endpoint="https://push.example/device/2")
    await listens(amina, mine)
    await listens(bruno, his)
    post = await amina.say("@bruno I am afraid of the operation", fedi_aid={"intimacy": 3, "approved": True})
    await bell.ring()
    (heard,) = bell.heard(his, "/device/2")
    assert (heard["notification_type"], heard["body"]) == ("mention", "Open the app to read it.")
    await bruno.say("the operation will go well", in_reply_to_id=post["id"])
    await bell.ring()
    (answered,) = bell.heard(mine)
    assert (answered["title"], answered["body"]) == ("bruno wrote to you", "Open the app to read it.")
    told = json.dumps([bell.heard(his, "/device/2"), bell.heard(mine)])
    assert "operation" not in told


async def test_who_lost_access_before_it_went_is_told_nothing(world: World, bell: Bell) -> None:
    """P11: the access list counts at the moment of sending."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    await listens(bruno, Device(standard=True))
    post = await amina.say("@bruno a secret", visibility="direct")
    assert (await amina.call("DELETE", f"/api/v1/statuses/{post['id']}")).status_code == 200
    await amina.say("@bruno another", visibility="direct")
    await amina.post(f"/api/v1/accounts/{bruno.id}/block")
    await bell.ring()
    assert bell.rung == []


async def test_mutes_filters_and_strangers_ring_no_bell(world: World, bell: Bell) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    device = Device(standard=True)
    await listens(amina, device)
    sam = await world.member("sam")
    await sam.say("@amina buy this", visibility="direct")  # waits among the requests (S2)
    for word, action in (("spider", "hide"), ("needle", "warn")):
        await amina.post(
            "/api/v2/filters",
            json={
                "title": word,
                "context": ["notifications"],
                "filter_action": action,
                "keywords_attributes": [{"keyword": word}],
            },
        )
    await bruno.say("@amina a spider!", visibility="direct")
    await bruno.say("@amina a needle!", visibility="direct")
    await bell.ring()
    (heard,) = bell.heard(device)
    assert heard["body"] == "Open the app to read it."
    await amina.post(f"/api/v1/accounts/{bruno.id}/mute")
    await bruno.say("@amina hello?", visibility="direct")
    await bell.ring()
    assert len(bell.rung) == 1


@pytest.mark.parametrize(
    ("policy", "rings"),
    [("all", ["bruno", "sam"]), ("followed", ["bruno"]), ("follower", ["bruno"]), ("none", [])],
)
async def test_the_policy_says_from_whom(world: World, bell: Bell, policy: str, rings: list[str]) -> None:
    amina, bruno, sam = await world.member("amina"), await world.member("bruno"), await world.member("sam")
    await world.befriend(amina, bruno)
    open_door = {"for_not_following": "accept", "for_private_mentions": "accept"}
    assert (await amina.call("PATCH", "/api/v2/notifications/policy", json=open_door)).status_code == 200
    device = Device(standard=True)
    await listens(amina, device, policy=policy)
    await bruno.say("@amina from bruno", visibility="direct")
    await sam.say("@amina from sam", visibility="direct")
    await bell.ring()
    assert sorted(one["title"].split()[0] for one in bell.heard(device)) == rings


async def test_only_the_alerts_asked_for(world: World, bell: Bell) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    device = Device(standard=True)
    await listens(amina, device, alerts={"favourite": True})
    post = await amina.say("good morning")
    await bruno.say("@amina good morning", visibility="direct")
    await bruno.post(f"/api/v1/statuses/{post['id']}/favourite")
    await bell.ring()
    (heard,) = bell.heard(device)
    assert heard["notification_type"] == "favourite"


# -- push services that refuse, fail, and are gone


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_a_device_that_is_gone_is_forgotten(world: World, bell: Bell, status: int) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    await listens(amina, Device(standard=True))
    bell.status = status
    await bruno.say("@amina hello", visibility="direct")
    await bell.ring()
    assert (await amina.call("GET", PATH)).status_code == 404
    assert [one for one in await world.db.read(queue.counts) if one.kind == "push_notice"] == []


@pytest.mark.parametrize("status", [429, 500, 503, 0])
async def test_a_service_in_trouble_is_asked_again(world: World, bell: Bell, status: int) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    device = Device(standard=True)
    await listens(amina, device)
    if status:
        bell.internet.fail("push.example", status, times=1)
    else:
        bell.internet.kill("push.example")
    await bruno.say("@amina hello", visibility="direct")
    await bell.ring()
    assert bell.rung == []
    (waiting,) = [one for one in await world.db.read(queue.counts) if one.kind == "push_notice"]
    assert waiting.state == "waiting"
    bell.internet.heal("push.example")
    world.tick(minutes=5)
    await bell.ring()
    assert len(bell.heard(device)) == 1


async def test_a_name_that_leads_inside_ends_the_subscription(world: World, bell: Bell) -> None:
    """F07: what was stored before is checked again when it is used."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    await listens(amina, Device(standard=True))
    (row,) = await world.db.read(rows.ids_of, amina.member.id)
    await world.db.write(rows.change, row, endpoint="https://10.0.0.1/inside")
    await bruno.say("@amina hello", visibility="direct")
    await bell.ring()
    assert await world.db.read(rows.ids_of, amina.member.id) == []
    assert bell.internet.exchanges == []


async def test_a_revoked_token_and_a_suspended_member_are_told_nothing(world: World, bell: Bell) -> None:
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    await listens(amina, Device(standard=True))
    await bruno.say("@amina hello", visibility="direct")
    await world.db.write(access.end_tokens, member_id=amina.member.id)
    await bell.ring()
    assert bell.rung == []
    assert await world.db.read(rows.ids_of, amina.member.id) == []
    again = Caller(world, amina.member, await world.token(amina, "read push"))
    await listens(again, Device(standard=True))
    await bruno.say("@amina hello", visibility="direct")
    await world.db.write(people_rows.change_member, amina.member.id, state="suspended")
    await bell.ring()
    assert bell.rung == []


async def test_a_leaked_database_opens_nothing(world: World) -> None:
    """The token is kept sealed, and another instance's seal does not open it."""
    amina = await world.member("amina")
    await listens(amina, Device(standard=True))
    (row,) = await world.db.read(rows.ids_of, amina.member.id)
    found = await world.db.read(rows.living, row)
    assert found is not None
    assert amina.token not in msgspec.json.encode(found[0]).decode()
    assert type(world.instance.house.seal).random().content("token of a push", found[0].sealed_token) is None


# -- the whole instance


async def test_a_planned_word_rings_a_bell_on_a_running_instance(tmp_path: Path, clock: Any) -> None:
    """What app.py wires: the clock publishes, the push goes, and the key is the same after a restart."""
    settings = settings_for(tmp_path, base_url="https://aid.example")
    internet, device = FakeInternet(), Device(standard=True)
    rung: list[tuple[dict[str, str], bytes]] = []

    async def hear(request: Request) -> Response:
        rung.append((dict(request.headers), await request.body()))
        return Response(status_code=201)

    internet.add("push.example", Starlette(routes=[Route("/{path:path}", hear, methods=["POST"])]))
    running = await Running.open(settings, net=internet.net("aid.example"), clock=clock)
    try:
        world = World(running.instance.db, settings, registration.new_keys(), clock)
        amina, bruno = await world.member("amina"), await world.member("bruno")
        await world.befriend(amina, bruno)
        made = await listens(amina, device)
        later = (clock() + timedelta(hours=1)).isoformat()
        text = "@amina it is time"
        await bruno.post(
            "/api/v1/statuses", json={"status": text, "visibility": "direct", "scheduled_at": later}
        )
        await running.runner.run_until_idle()
        assert rung == []
        clock.forward(hours=2)
        await running.runner.run_until_idle()
        await world.http.aclose()
    finally:
        await running.close()
    ((headers, body),) = rung
    opened = device.opens(body, {"Content-Encoding": headers["content-encoding"]})
    assert json.loads(opened)["body"] == text
    assert house_of(settings).vapid.public == made["server_key"]
    assert house_of(settings_for(tmp_path / "other")).vapid.public != made["server_key"]
