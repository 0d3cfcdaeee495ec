"""Who may call what: every route of the table, called by everybody it could matter to.

What to expect is said per kind of subject, and every route must fall under exactly one kind, so a new route
cannot be forgotten: `test_every_route_is_of_one_kind` fails until somebody has said what it is about.

One request that a friend carried is what the routes about a post are called with: Bruno was chosen for it,
Gwen reads it through him. What everybody else gets for it is, byte for byte, what they get for a post that
does not exist (P01, P12, P18, X02).
"""

import random
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest

from fedi_aid.actions import carry_consent, carry_tickets, carrying
from fedi_aid.client_api.call import Route
from fedi_aid.client_api.routes import ROUTES
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import posts as post_rows
from fedi_aid.storage import received_asks as received_rows
from fedi_aid.storage import spheres as sphere_rows
from fedi_aid.storage.database import open_database
from fedi_aid.storage.tx import Tx
from tests.api.conftest import Caller, World, settings_for, world_on
from tests.media.conftest import picture

pytestmark = pytest.mark.anyio

# Those who are refused come first: what the others do to the subject must not be what refuses them.
ROLES: Final = (
    "anonymous",
    "scopeless",
    "stranger",
    "blocked",
    "outside",
    "moderator",
    "inside",
    "carried",
    "author",
)
READERS: Final = frozenset({"inside", "carried", "author"})
WORD: Final = "quagmire"
MISSING: Final = "999999999999999"
About = Literal["open", "app", "me", "person", "post", "author's post", "chosen", "mine"]


@dataclass(frozen=True)
class Kind:
    """What a route is about, with a call of it that whoever may make it can make."""

    about: About
    subject: str = ""  # whose id stands in the path, of `Scene.ids`
    body: Mapping[str, Any] | None = None  # {name} in its values is an id of the scene
    ok: tuple[int, ...] = (200,)
    readers: tuple[int, ...] = ()  # what readers are told who may not do this: they know that it exists


Row = tuple[re.Pattern[str], Kind]


def _row(pattern: str, about: About, subject: str = "", **more: Any) -> Row:
    return re.compile(pattern), Kind(about, subject, **more)


S, A, N, F, AID = (
    "/api/v1/statuses",
    "/api/v1/accounts",
    "/api/v[12]/notifications",
    "/api/v2/filters",
    "/api/v1/fedi_aid",
)
# The first row that fits a route's "METHOD path" counts.
KINDS: Final[tuple[Row, ...]] = (
    # For those who look after the instance: nobody here has the scope (who has: test_admin_permissions.py)
    _row("[A-Z]+ /api/v[12]/(fedi_aid/)?admin/.*", "open", ok=(403,)),
    # A post
    _row(f"GET {S}/{{id}}/source", "author's post", "post", readers=(403, 404)),
    _row(f"GET {S}/{{id}}(/context|/card|/history|/quotes|/favourited_by|/reblogged_by)?", "post", "post"),
    _row(f"PUT {S}/{{id}}", "author's post", "post", body={"status": "edited"}, readers=(403, 404)),
    _row(f"DELETE {S}/{{id}}", "author's post", "post", readers=(403, 404)),
    _row(
        f"PUT {S}/{{id}}/interaction_policy",
        "author's post",
        "post",
        body={"quote_approval_policy": "nobody"},
        readers=(403, 404),
    ),
    _row(f"POST {S}/{{id}}/reblog", "author's post", "post", ok=(200, 403, 422), readers=(200, 403)),
    _row(f"POST {S}/{{id}}/(un)?pin", "author's post", "post", ok=(200, 422), readers=(200, 403, 404, 422)),
    _row(
        f"POST {S}/{{id}}/unreblog", "post", "post", ok=(200, 404)
    ),  # with the carrier's, the carried lose it
    _row(f"POST {S}/{{id}}/(un)?(favourite|bookmark|mute)", "post", "post"),
    _row(f"GET {AID}/statuses/{{id}}/why", "post", "post"),
    _row(f"GET {AID}/statuses/{{id}}/offers", "author's post", "post", readers=(403, 404)),
    _row(f"POST {AID}/statuses/{{id}}/offer", "author's post", "post", ok=(404, 422), readers=(200, 422)),
    _row(
        f"POST {AID}/statuses/{{id}}/wrong_person",
        "author's post",
        "post",
        body={"account_id": "{bruno}"},
        readers=(403, 404),
    ),
    _row(
        f"POST {AID}/statuses/{{id}}/lower",
        "author's post",
        "post",
        body={"outcome": "solved"},
        readers=(403, 404),
    ),
    _row(
        f"POST {AID}/statuses/{{id}}/(add|remove)_reader",
        "author's post",
        "post",
        body={"account_id": "{bruno}"},
        ok=(200, 422),
        readers=(403, 404),
    ),
    _row(
        f"(GET|PUT|PATCH) {AID}/requests/{{id}}",
        "author's post",
        "post",
        body={"urgency": "high"},
        readers=(403, 404),
    ),
    _row(
        f"POST {AID}/requests/{{id}}/pass",
        "author's post",
        "post",
        body={"account_id": "{bruno}"},
        ok=(403, 404, 422),
        readers=(200, 403, 404, 422),
    ),
    _row("GET /api/v1/polls/{id}", "chosen", "poll"),
    _row("POST /api/v1/polls/{id}/votes", "chosen", "poll", body={"choices": [0]}, ok=(200, 422)),
    # Somebody
    _row(f"GET {A}/{{id}}/lists", "person", "bruno"),
    _row(f"GET {A}/{{id}}(/.*)?", "person", "amina"),
    _row(f"POST {A}/{{id}}/(follow|block|mute|note|.*)", "person", "bruno", ok=(200, 403, 422)),
    _row(f"POST {AID}/accounts/{{id}}/(un)?close", "person", "bruno", ok=(200, 403, 404, 422)),
    # What is one person's own
    _row("(GET|PUT|DELETE) /api/v1/lists/{id}", "mine", "list", body={"title": "another"}),
    _row(
        "(GET|POST|DELETE) /api/v1/lists/{id}/accounts",
        "mine",
        "list",
        body={"account_ids": ["{bruno}"]},
        ok=(200, 422),
    ),
    _row("GET /api/v1/timelines/list/{list_id}", "mine", "list"),
    _row("(GET|PUT|DELETE) /api/v1/filters/{id}", "mine", "keyword", body={"phrase": "b"}),
    _row(f"(GET|PUT|DELETE) {F}/keywords/{{id}}", "mine", "keyword", body={"keyword": "other"}),
    _row(f"(GET|DELETE) {F}/statuses/{{id}}", "mine", "filtered"),
    _row(f"(GET|PUT|DELETE) {F}/{{id}}", "mine", "filter", body={"title": "another"}),
    _row(f"(GET|POST) {F}/{{id}}/keywords", "mine", "filter", body={"keyword": "more"}),
    _row(f"(GET|POST) {F}/{{id}}/statuses", "mine", "filter", body={"status_id": "{poll_post}"}),
    _row(f"(GET|POST) {N}/requests/{{id}}(/accept|/dismiss)?", "mine", "request"),
    _row("POST /api/v1/follow_requests/{id}/(authorize|reject)", "mine", "suitor"),
    _row(f"(GET|POST|DELETE) {N}/{{id}}(/dismiss)?", "mine", "notice"),
    _row(f"GET {N}/{{group_key}}(/accounts)?", "mine", "group"),
    _row("(DELETE|POST) /api/v1/conversations/{id}(/.*)?", "mine", "conversation"),
    _row(
        "(GET|PUT|DELETE) /api/v1/scheduled_statuses/{id}",
        "mine",
        "scheduled",
        body={"scheduled_at": "2026-03-20T09:00:00Z"},
    ),
    _row("(GET|PUT|DELETE) /api/v1/media/{id}", "mine", "media", body={"description": "A ramp"}),
    _row(f"POST {AID}/asks/{{id}}/(yes|no)", "mine", "ask"),
    _row(f"PUT {AID}/spheres/{{id}}", "mine", "sphere", body={"name": "Choir"}),
    _row(f"POST {AID}/launch", "me", body={"status": "hello", "distance": 0.6, "angle": 90}),
    # A project of level 4, of which Bruno is not: to all but its owner it is as if it did not exist
    _row(f"GET {AID}/projects/{{id}}(/logbook|/people)?", "mine", "project"),
    _row(f"(PUT|DELETE) {AID}/projects/{{id}}", "mine", "project", body={"title": "A ramp for the shop"}),
    _row(f"POST {AID}/projects/{{id}}/goals", "mine", "project", body={"title": "Wood"}),
    _row(f"POST {AID}/projects/{{id}}/goals/order", "mine", "project", body={"ids": []}),
    _row(f"(PUT|DELETE) {AID}/projects/{{id}}/goals/{{goal_id}}", "mine", "project", ok=(404,)),
    _row(f"POST {AID}/projects/{{id}}/people", "mine", "project", body={"account_id": "{bruno}"}),
    _row(
        f"(PUT|DELETE) {AID}/projects/{{id}}/people/{{account_id}}",
        "mine",
        "project",
        body={"state": "resting"},
        ok=(404,),
    ),
    _row(f"POST {AID}/projects/{{id}}/leave", "mine", "project", ok=(404,)),
    _row(f"POST {AID}/invitations/{{id}}/(accept|decline)", "mine", "invitation"),
    _row(f"GET {AID}/accounts/{{id}}/projects", "person", "amina"),
    _row(f"(GET|PUT) {AID}/abilities", "me", body={"skills": ["Plumbing"]}),
    _row(f"GET {AID}/accounts/{{id}}/abilities", "person", "amina", ok=(200, 404)),
    _row(f"POST {AID}/accounts/{{id}}/endorse", "person", "bruno", body={"name": "Law"}, ok=(200, 403, 404)),
    _row(f"POST {AID}/accounts/{{id}}/thank", "person", "bruno", body={"for": "Law"}, ok=(200, 403, 404)),
    _row(
        f"POST {AID}/accounts/{{id}}/introduce",
        "person",
        "bruno",
        body={"to": "{gwen}"},
        ok=(200, 403, 404, 422),
    ),
    _row(f"POST {AID}/endorsements/{{id}}/(accept|decline)", "mine", "endorsement"),
    _row(f"POST {AID}/endorsements/{{id}}/hide", "mine", "endorsement", ok=(422,)),
    _row(f"DELETE {AID}/endorsements/{{id}}", "mine", "endorsed"),
    _row(f"POST {AID}/introductions/{{id}}/(yes|no)", "mine", "introduction"),
    # Own things that forgive being asked twice: nothing is told, nothing is done
    _row(f"POST {N}/{{group_key}}/dismiss", "me", "group"),
    _row("POST /api/v1/announcements/{id}/dismiss", "me", ok=(200, 404)),
    _row("(PUT|DELETE) /api/v1/announcements/{id}/reactions/{name}", "me", ok=(404,)),
    _row("DELETE /api/v1/suggestions/{account_id}", "me", ok=(200, 404)),
    _row(f"DELETE {AID}/tokens/{{id}}", "me", ok=(404,)),
    _row(f"DELETE {AID}/move/aliases/{{id}}", "me", ok=(200, 404)),
    _row(f"DELETE {N}/destroy_multiple", "me"),
    _row("POST /api/v1/emails/confirmations", "me", ok=(403,)),
    _row("DELETE /api/v1/featured_tags/{id}", "me", ok=(404,)),
    _row(f"(POST|DELETE) {AID}/left_out/{{id}}", "me", "bruno", ok=(200, 404)),
    # Tags
    _row("(GET|POST) /api/v1/tags/{name}(/.*)?", "me", ok=(200, 403, 404, 422)),
    _row("GET /api/v1/timelines/tag/{hashtag}", "open"),
    # Apps, and what needs no more than an address
    _row("POST /api/v1/apps|POST /oauth/(token|revoke)", "open", ok=(200, 400, 403, 422)),
    _row("GET (/media|/proxy|/headers)/.*", "open", ok=(200, 404)),
    _row("GET /api/v1/apps/verify_credentials|POST /api/v1/accounts", "app", ok=(200, 403, 422, 429)),
    _row("GET /.well-known/.*|GET /api/v1/streaming/health|[A-Z]+ /api/{rest:path}", "open", ok=(200, 404)),
    _row("GET /api/oembed|GET /api/v2/search|GET /api/v1/accounts/lookup", "open", ok=(200, 400, 401, 404)),
    _row(
        "GET /api/v[12]/(instance.*|custom_emojis|directory|trends.*|timelines/public|accounts|statuses)",
        "open",
    ),
    # A stream ends when its reader goes away, and has tests of its own
    _row("GET /api/v1/streaming.*", "app", ok=()),
    # About the caller alone
    _row(r"(GET|POST|PUT|PATCH|DELETE) /(api|oauth)/[^{]*", "me", ok=(200, 202, 400, 404, 422)),
)


def kind_of(method: str, path: str) -> Kind | None:
    called = f"{'PUT' if method == 'PATCH' else method} {path}"
    return next((kind for pattern, kind in KINDS if pattern.fullmatch(called)), None)


EVERY: Final = [(method, route) for route in ROUTES for method in route.methods.split()]


def test_every_route_is_of_one_kind() -> None:
    """A new route says here what it is about, and is then called by everybody."""
    assert [f"{method} {route.path}" for method, route in EVERY if kind_of(method, route.path) is None] == []


class Scene:
    """Amina's request as each of the nine meets it, and things of Amina's that are nobody else's."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.scopeless: dict[str, str] = {}

    async def build(self, world: World) -> None:
        amina = await world.member("amina")
        people = {
            "inside": await world.member("bruno"),
            "stranger": await world.member("sam"),
            "blocked": await world.member("boris"),
            "outside": await world.member("farid"),
            "carried": await world.member("gwen"),
            "moderator": await world.member("mona", role="moderator"),
        }
        bruno, gwen = people["inside"], people["carried"]
        await world.befriend(amina, bruno)
        await world.befriend(bruno, gwen)
        await amina.post(f"{A}/{people['blocked'].id}/block")
        post = await amina.say(f"Who lends a {WORD}? #help #bottle")
        poll = await amina.say("Which day?", poll={"options": ["one", "two"], "expires_in": 86_400})
        # He became a friend after it was written: nothing that was said before is shown to him.
        await world.befriend(amina, people["outside"])
        await self._carry(world, amina, bruno, post["id"])
        self.ids |= {"post": post["id"], "poll": poll["poll"]["id"], "poll_post": poll["id"]}
        self.ids |= {"amina": amina.id, "bruno": bruno.id, "gwen": gwen.id}
        await self._own_things(world, amina, bruno, people["stranger"])
        self.tokens = {"author": amina.token} | {role: one.token for role, one in people.items()}
        for scope in ("push", "profile"):
            self.scopeless[scope] = await world.token(bruno, scope)

    async def _carry(self, world: World, amina: Caller, bruno: Caller, post_id: str) -> None:
        def ask(tx: Tx) -> None:
            post = post_rows.get(tx, amina.member.id, int(post_id))
            friend = people_rows.by_id(tx, bruno.member.id)
            assert post is not None
            assert friend is not None
            assert carry_tickets.ask_to_carry(tx, post, friend, wave=1)

        await world.db.write(ask)
        await bruno.post(f"{S}/{post_id}/reblog")
        assert await world.db.write(carrying.spread, int(post_id), bruno.member.id) == 1

    async def _own_things(self, world: World, amina: Caller, bruno: Caller, sam: Caller) -> None:
        ids = self.ids
        ids["list"] = (await amina.post("/api/v1/lists", json={"title": "Garden"}))["id"]
        made = await amina.post(
            F, json={"title": "no", "context": ["home"], "keywords_attributes": [{"keyword": "nothing"}]}
        )
        ids["sphere"] = str(await world.db.write(_a_sphere, amina.member.id))
        ids["filter"], ids["keyword"] = made["id"], made["keywords"][0]["id"]
        found = await amina.post(f"{F}/{made['id']}/statuses", json={"status_id": ids["post"]})
        ids["filtered"] = found["id"]
        later = await amina.post(
            S, json={"status": f"the {WORD}, later", "scheduled_at": "2026-03-16T09:00:00Z"}
        )
        ids["scheduled"] = later["id"]
        await bruno.say("@amina hello", visibility="direct")
        await sam.say("@amina good day", visibility="direct")
        await sam.post(f"{A}/{amina.id}/follow", data={"fedi_aid[word]": "We met at the market"})
        ids["suitor"] = sam.id
        notices = await amina.get("/api/v1/notifications")
        ids["notice"] = next(one["id"] for one in notices if one["account"]["acct"] == "bruno")
        groups = (await amina.get("/api/v2/notifications"))["notification_groups"]
        ids["group"] = next(one["group_key"] for one in groups)
        ids["conversation"] = (await amina.get("/api/v1/conversations"))[0]["id"]
        waiting = await amina.get("/api/v1/notifications/requests")
        ids["request"] = waiting[0]["id"]
        sent = {"file": ("a.jpg", picture(), "image/jpeg")}
        ids["media"] = (await amina.post("/api/v2/media", files=sent))["id"]
        theirs = await bruno.say("Who lends a saw? #help #circle", fedi_aid={"intimacy": 2, "help": True})

        def ask(tx: Tx) -> None:
            carry_consent.ask_arrived(
                tx,
                uri=tx.house.new_activity(),
                post_id=int(theirs["id"]),
                member_id=amina.member.id,
                kind="help",
            )
            for one in received_rows.received_for(tx, int(theirs["id"]), amina.member.id):
                received_rows.change_received(tx, one.id, state="asked")

        await world.db.write(ask)
        hidden = {"title": f"The {WORD} ramp", "shown_to_level": 4}
        ids["project"] = (await amina.post(f"{AID}/projects", json=hidden))["id"]
        choir = (await bruno.post(f"{AID}/projects", json={"title": "The choir"}))["id"]
        await bruno.post(f"{AID}/projects/{choir}/people", json={"account_id": amina.id})
        ids["invitation"] = (await amina.get(f"{AID}/invitations"))[0]["id"]
        ids["endorsement"] = (
            await bruno.post(f"{AID}/accounts/{amina.id}/endorse", json={"name": "Baking"})
        )["id"]
        ids["endorsed"] = (await amina.post(f"{AID}/accounts/{bruno.id}/endorse", json={"name": "Saws"}))[
            "id"
        ]
        await bruno.post(f"{AID}/accounts/{amina.id}/introduce", json={"to": ids["gwen"]})
        ids["introduction"] = (await amina.get(f"{AID}/introductions"))[0]["id"]
        ids["ask"] = (await amina.get(f"{AID}/asks"))[0]["id"]


def _a_sphere(tx: Tx, owner_id: int) -> int:
    sphere_id = tx.new_id()
    sphere_rows.put(tx, owner_id, sphere_id, label_kind="people", label="")
    return sphere_id


_built: list[tuple[Path, Scene]] = []


@pytest.fixture
async def scene(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, make_world: Any) -> Scene:
    """The community, built once in each test process. Each test has a copy of the file."""
    if not _built:
        world = await make_world(allow_public_posts=True)
        made = Scene()
        await made.build(world)
        await world.db.close()
        kept = tmp_path_factory.mktemp("permissions") / "scene.sqlite3"
        shutil.copyfile(tmp_path / "world0.sqlite3", kept)
        _built.append((kept, made))
    return _built[0][1]


@pytest.fixture
async def again(
    scene: Scene, tmp_path: Path, keys: Any, clock: Any, dice: random.Random
) -> AsyncIterator[World]:
    path = tmp_path / "again.sqlite3"
    shutil.copyfile(_built[0][0], path)
    clock.forward(hours=1)
    db = open_database(f"sqlite:///{path}", clock=clock, dice=dice)
    world = await world_on(db, settings_for(tmp_path, allow_public_posts=True), keys, clock)
    yield world
    await world.http.aclose()
    world.bus.close()
    await db.close()


class Asker:
    """Makes the same call as each of the nine."""

    def __init__(self, world: World, scene: Scene, method: str, route: Route, kind: Kind) -> None:
        self.world, self.scene, self.method, self.route, self.kind = world, scene, method, route, kind

    async def call(self, role: str, subject: str) -> httpx.Response:
        path = re.sub(r"\{[^}]*\}", lambda _: subject or "1", self.route.path)
        headers = {"Authorization": f"Bearer {token}"} if (token := self._token(role)) else {}
        body = {name: self._value(value) for name, value in (self.kind.body or {}).items()}
        sent = {"json": body} if self.method != "GET" else {}
        return await self.world.http.request(self.method, path, headers=headers, **sent)

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(one) for one in value]
        return value.format_map(self.scene.ids) if isinstance(value, str) else value

    def _token(self, role: str) -> str | None:
        if role == "scopeless":
            return self.scene.scopeless["profile" if "push" in self.route.scopes else "push"]
        return self.scene.tokens.get(role)


@pytest.mark.parametrize(
    ("method", "route"), EVERY, ids=[f"{method} {route.path}" for method, route in EVERY]
)
async def test_everybody_calls(method: str, route: Route, scene: Scene, again: World) -> None:
    """P01, P12, P18, X02: who may, may; who may not learns nothing; a token does what its scope says."""
    kind = kind_of(method, route.path)
    assert kind is not None
    asker = Asker(again, scene, method, route, kind)
    subject = scene.ids.get(kind.subject, "")
    for role in ROLES:
        if not kind.ok and role != "anonymous":
            continue
        got = await asker.call(role, subject)
        assert got.status_code < 500, (role, got.text)
        if route.need != "public" and role == "anonymous":
            assert got.status_code == 401, (role, got.text)
        elif route.need != "public" and route.scopes and role == "scopeless":
            assert got.status_code == 403, (role, got.text)
        elif let_in(kind, role):
            assert got.status_code in kind.ok, (role, got.status_code, got.text)
        elif kind.readers and role in READERS:
            assert got.status_code in kind.readers, (role, got.status_code, got.text)
        else:
            absent = await asker.call(role, MISSING)
            assert got.status_code == absent.status_code == 404, (role, got.status_code, got.text)
            assert got.content == absent.content, role
        if role not in READERS:
            assert WORD not in got.text, role


def let_in(kind: Kind, role: str) -> bool:
    match kind.about:
        case "post":
            return role in READERS
        case "chosen":
            return role in ("inside", "author")
        case "author's post" | "mine":
            return role == "author"
        case _:
            return True
