"""Every route of the API, with every parameter name any of them reads, filled with what nobody should send.

No answer is a 5xx, and every refusal has the one shape. The names are read from the code of the package, so a
new parameter is sent odd things from the day it exists.
"""

import asyncio
import json
import random
import re
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import fedi_aid.client_api
from fedi_aid.actions import registration
from fedi_aid.actions.registration import NewKeys
from fedi_aid.client_api.call import Route
from fedi_aid.client_api.routes import ROUTES
from fedi_aid.storage.database import open_database
from tests.api.conftest import World, settings_for, world_on
from tests.api.test_permissions import KINDS, Scene, kind_of
from tests.conftest import Clock

PACKAGE: Final = Path(fedi_aid.client_api.__file__).parent
GETTER: Final = re.compile(
    r"""\.(?:text|texts|maybe|number|flag|group|groups|file|when|ids)\(\s*"([a-z_]+)\""""
)
NAMES: Final = sorted({name for path in PACKAGE.rglob("*.py") for name in GETTER.findall(path.read_text())})

EVERY: Final = [
    (method, route) for route in ROUTES for method in route.methods.split() if "streaming" not in route.path
]

words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *("", " ", "0", "-1", "1", "99999999999999999999", "1e999", "NaN", "true", "null", "[]", "{}"),
            *("2026-03-14", "2099-12-31T23:59:59Z", "0001-01-01", "9999-99-99", "\u0000", "\ud800", "%00"),
            *("@amina", "https://far.example/users/x", "http://127.0.0.1/", "javascript:alert(1)", "#help"),
            *(
                "home",
                "public",
                "private",
                "direct",
                "mention",
                "../../etc/passwd",
                "' OR 1=1 --",
                "a" * 3000,
            ),
        ]
    ),
)
plain = st.one_of(words, st.integers(), st.booleans(), st.none(), st.floats(), st.integers(-3, 3))
odd = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
given_ids = st.one_of(
    st.none(),
    st.none(),
    words.map(lambda word: word.replace("/", "")[:40] or "x").filter(lambda word: word not in (".", "..")),
)


def test_the_names_are_found() -> None:
    assert {"status", "visibility", "poll", "media_ids", "limit", "q", "keywords_attributes"} & set(
        NAMES
    ) >= {
        "status",
        "visibility",
        "q",
    }
    assert len(NAMES) > 60


@pytest.fixture(scope="module")
def scene_file(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, Scene]:
    """The community of the permission tests, as a file to copy."""
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "scene.sqlite3"
    shutil.copyfile(sqlite_template, path)
    scene = Scene()

    async def build() -> None:
        clock = Clock(datetime(2026, 3, 14, 9, 0, tzinfo=UTC))
        db = open_database(f"sqlite:///{path}", clock=clock, dice=random.Random(1))
        world = await world_on(
            db, settings_for(folder, allow_public_posts=True), registration.new_keys(), clock
        )
        await scene.build(world)
        await world.http.aclose()
        await db.close()

    asyncio.run(build())
    return path, scene


@pytest.mark.parametrize(
    ("method", "route"), EVERY, ids=[f"{method} {route.path}" for method, route in EVERY]
)
def test_nothing_breaks_a_route(
    method: str, route: Route, scene_file: tuple[Path, Scene], tmp_path: Path, keys: NewKeys, clock: Clock
) -> None:
    source, scene = scene_file
    path = tmp_path / "world.sqlite3"
    shutil.copyfile(source, path)
    clock.forward(hours=1)
    kind = kind_of(method, route.path)
    subject = scene.ids.get(kind.subject, "") if kind else ""
    with asyncio.Runner() as runner:

        async def opened() -> World:
            db = open_database(f"sqlite:///{path}", clock=clock, dice=random.Random(2))
            return await world_on(db, settings_for(tmp_path, allow_public_posts=True), keys, clock)

        world = runner.run(opened())

        @settings(
            max_examples=12,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
        )
        @given(
            fields=st.dictionaries(st.sampled_from(NAMES), odd, max_size=5),
            how=st.sampled_from(["json", "form", "query", "bytes"]),
            raw=st.binary(max_size=60),
            other=given_ids,
        )
        def always(fields: dict[str, Any], how: str, raw: bytes, other: str | None) -> None:
            answer = runner.run(_send(world, scene, method, route, other or subject, fields, how, raw))
            _judge(answer)

        if settings().derandomize:  # not the same few examples for each route
            seed(f"{method} {route.path}")(always)
        try:
            always()
        finally:
            runner.run(_close(world))


async def _send(
    world: World,
    scene: Scene,
    method: str,
    route: Route,
    subject: str,
    fields: dict[str, Any],
    how: str,
    raw: bytes,
) -> httpx.Response:
    path = re.sub(
        r"\{[^}]*\}", lambda _: quote(subject.encode("utf-8", "replace"), safe="") or "1", route.path
    )
    headers = {"Authorization": f"Bearer {scene.tokens['author']}"}
    content = b""
    if how == "query" or method == "GET":
        path += "?" + urlencode(list(_pairs(fields)), errors="replace")
    elif how == "json":
        headers["Content-Type"] = "application/json"
        content = json.dumps(fields).encode("utf-8", "surrogatepass")
    elif how == "form":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode(list(_pairs(fields)), errors="replace").encode()
    else:
        headers["Content-Type"] = "multipart/form-data; boundary=b"
        content = b"--b\r\n" + raw + b"\r\n--b--"
    return await world.http.request(method, path, headers=headers, content=content)


def _pairs(value: Any, prefix: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _pairs(inner, f"{prefix}[{name}]" if prefix else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner, f"{prefix}[]")
    else:
        yield prefix, str(value).encode("utf-8", "replace").decode()


def _judge(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request.url, answer.text[:500])
    if answer.status_code >= 400 and answer.headers.get("content-type", "").startswith("application/json"):
        body = answer.json()
        assert isinstance(body["error"], str)
        assert body["error"]
        assert "Traceback" not in answer.text


async def _close(world: World) -> None:
    await world.http.aclose()
    world.bus.close()
    await world.db.close()


def test_every_route_that_is_fuzzed_has_a_subject() -> None:
    """The ids of the scene are used: refusing an id is not all that is tried."""
    assert len({kind.subject for _, kind in KINDS if kind.subject}) > 10
