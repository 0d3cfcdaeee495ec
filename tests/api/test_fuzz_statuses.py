"""Whatever is sent to POST /api/v1/statuses: never a 5xx, always the API's shape."""

import asyncio
import json
import random
import shutil
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fedi_aid.actions.registration import NewKeys
from fedi_aid.storage.database import open_database
from tests.api.conftest import Caller, World, settings_for, world_on
from tests.api.openapi import well_shaped
from tests.conftest import Clock

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(["#help", "#bottle", "x #intimacy3", "@butler yes", "@bruno hi", "@nobody@far.example", "https://a.b/c"]),
    st.sampled_from(["public", "unlisted", "private", "direct", "fr", "0", "1", "99999999999999999999"]),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc[]0", max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
known = st.sampled_from(
    "status visibility in_reply_to_id sensitive spoiler_text language media_ids media_ids[] poll scheduled_at "
    "fedi_aid fedi_aid[intimacy] fedi_aid[help] quoted_status_id idempotency access_token".split()
)
wishes = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("intimacy", "help", "project_id", "sphere_id", "urgency", "helpers_needed"), scalars
    ),
)
likely = st.fixed_dictionaries(
    {"status": st.text(max_size=60) | scalars},
    optional={"fedi_aid": wishes, "visibility": scalars, "in_reply_to_id": scalars, "media_ids": st.lists(scalars, max_size=3)},
)  # fmt: skip
as_json = likely.map(lambda body: (json.dumps(body).encode(), "application/json"))
tail = st.lists(
    st.sampled_from("#help #aide #bottle #intimacy3 #intimacy1 #to_choir #garden @bruno @butler".split()),
    max_size=3,
)
good = st.fixed_dictionaries(
    {
        "status": st.tuples(st.text(min_size=1, max_size=60), tail).map(
            lambda parts: " ".join([parts[0], *parts[1]])
        )
    },
    optional={
        "visibility": st.sampled_from(["public", "unlisted", "private", "direct"]),
        "fedi_aid": st.fixed_dictionaries(
            {}, optional={"intimacy": st.integers(0, 4), "help": st.booleans()}
        ),
        "spoiler_text": st.text(max_size=20),
        "sensitive": st.booleans(),
        "language": st.sampled_from(["fr", "en", "zh-TW", "??"]),
    },
)
bodies = st.one_of(
    good.map(lambda body: (json.dumps(body).encode(), "application/json")),
    good.map(lambda body: (json.dumps(body).encode(), "application/json")),
    as_json,
    likely.map(lambda body: (json.dumps(body).encode(), "application/json")),
    st.dictionaries(known, values, max_size=5).map(
        lambda body: (json.dumps(body).encode(), "application/json")
    ),
    st.binary(max_size=80).map(lambda body: (body, "application/json")),
    st.binary(max_size=80).map(lambda body: (body, "application/x-www-form-urlencoded")),
    st.binary(max_size=80).map(
        lambda body: (b"--b\r\n" + body + b"\r\n--b--", "multipart/form-data; boundary=b")
    ),
    st.tuples(st.text(max_size=30), st.text(max_size=30)).map(
        lambda pair: (
            f"status={pair[0]}&{pair[1]}".encode(errors="replace"),
            "application/x-www-form-urlencoded",
        )
    ),
)


async def _send(amina: Caller, content: bytes, kind: str, key: str) -> None:
    headers = {"Content-Type": kind} | ({"Idempotency-Key": key} if key else {})
    answer = await amina.call("POST", "/api/v1/statuses", content=content, headers=headers)
    assert answer.status_code in (200, 400, 401, 403, 404, 413, 422), (content, answer.text)
    body: Any = answer.json()
    if answer.status_code == 200:
        well_shaped(body)
    else:
        assert set(body) <= {"error", "details"}
        assert isinstance(body["error"], str)
        assert "Traceback" not in body["error"]


async def _made(folder: Path, keys: NewKeys, clock: Clock) -> tuple[World, Caller, Caller]:
    db = open_database(f"sqlite:///{folder / 'world.sqlite3'}", clock=clock, dice=random.Random(1))
    world = await world_on(db, settings_for(folder), keys, clock)
    amina, bruno = await world.member("amina"), await world.member("bruno")
    await world.befriend(amina, bruno)
    return world, amina, bruno


async def _close(world: World) -> None:
    await world.http.aclose()
    await world.db.close()


def test_nothing_that_is_sent_breaks_the_server(
    tmp_path: Path, sqlite_template: Path, keys: NewKeys, clock: Clock
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "world.sqlite3")
    with asyncio.Runner() as runner:
        world, amina, bruno = runner.run(_made(tmp_path, keys, clock))

        async def play(sent: list[tuple[tuple[bytes, str], str]]) -> None:
            amina.token = await world.token(amina, "read write")  # its own count of calls
            for (content, kind), key in sent:
                await _send(amina, content, kind, key)
            for caller in (amina, bruno):
                well_shaped(await caller.get("/api/v1/timelines/home"))
            world.tick()

        @settings(max_examples=60, deadline=None)
        @given(sent=st.lists(st.tuples(bodies, st.sampled_from(["", "", "key"])), min_size=1, max_size=6))
        def always(sent: list[tuple[tuple[bytes, str], str]]) -> None:
            bruno.token = runner.run(world.token(bruno, "read"))
            runner.run(play(sent))

        try:
            always()
        finally:
            runner.run(_close(world))
