"""Well-signed and hostile: whatever the shapes, no 5xx, and nothing of it becomes a post or a tie (J10)."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from fedi_aid.storage.tables.people import people
from fedi_aid.storage.tables.posts import posts
from fedi_aid.storage.tables.ties import blocks, follows
from tests.federation.conftest import Fediverse, Persona, Server

FRANK = "https://plain.example/users/frank"
AMINA = "https://one.example/users/amina"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

shapes = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.sampled_from(
        [
            FRANK,
            AMINA,
            PUBLIC,
            "as:Public",
            "https://two.example/x",
            "https://plain.example/notes/1",
            "javascript:alert(1)",
            "https://a@b@c/",
            "Note",
            "Follow",
            "\ud800",
            "\0",
            "2099-01-01T00:00:00Z",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "@id", "@type", "href", "name", "object", "actor", "to", "content"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
kinds = st.sampled_from(
    [
        *("Create", "Update", "Delete", "Follow", "Accept", "Reject", "Undo", "Like", "Announce", "Block"),
        *("Offer", "Remove", "EmojiReact", "Move", "Question", ""),
    ]
)
fields = st.sampled_from(
    [
        *(
            "id",
            "type",
            "actor",
            "object",
            "target",
            "instrument",
            "to",
            "cc",
            "tag",
            "attachment",
            "content",
        ),
        *("attributedTo", "inReplyTo", "published", "summary", "contentMap", "url", "proof", "@context"),
        *("intimacyLevel", "helpFlag", "revision", "helpOffer", "project", "name", "sensitive", "endTime"),
    ]
)


def activities(kind: str, inner: str) -> dict[str, Any]:
    """A plausible activity around a plausible note, both there to be bent."""
    note: dict[str, Any] = {
        "id": "https://plain.example/notes/1",
        "type": inner,
        "attributedTo": FRANK,
        "content": "<p>hello</p>",
        "published": "2026-03-14T08:59:00Z",
        "to": [AMINA],
        "cc": [],
    }
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "https://plain.example/activities/1",
        "type": kind,
        "actor": FRANK,
        "to": [AMINA],
        "object": note,
    }


@st.composite
def hostile(draw: st.DrawFn) -> bytes:
    """One activity with up to four fields bent, on the outside or inside."""
    made = activities(draw(kinds), draw(st.sampled_from(["Note", "Follow", "Create", "Offer", "Person", ""])))
    for _ in range(draw(st.integers(1, 4))):
        where = made
        if draw(st.booleans()) and isinstance(made.get("object"), dict):
            where = made["object"]
        where[draw(fields)] = draw(shapes)
    return json.dumps(made).encode("utf-8", "surrogatepass")


class Scene:
    """One server, one peer, one loop for all examples: hypothesis runs each example in the same test."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fediverse: Fediverse) -> None:
        self.loop, self.fediverse = loop, fediverse
        self.server: Server
        self.frank: Persona

    async def open(self) -> None:
        self.server = await self.fediverse.server("one.example", "amina")
        peer = self.fediverse.peer("plain.example", "frank")
        self.frank = peer.persona("frank")
        await self.frank.posts(self.server.amina.inbox, self.frank.says("Listen", AMINA))

    async def throw(self, body: bytes, path: str) -> int:
        answer = await self.frank.posts(f"https://one.example{path}", body)
        await self.server.runner.run_until_idle()
        return answer.status_code

    async def kept(self) -> dict[str, int]:
        def count(tx: Any) -> dict[str, int]:
            tables = {"ties": follows, "blocks": blocks, "people": people}
            found = {
                name: int(tx.scalar(select(func.count()).select_from(one)) or 0)
                for name, one in tables.items()
            }
            public = select(func.count()).where(posts.c.reach != "direct")
            return found | {"public": int(tx.scalar(public) or 0)}

        return await self.server.instance.db.read(count)

    async def buried(self) -> int:
        waiting = await self.server.waiting()
        return sum(number for name, number in waiting.items() if name.startswith("handle_activity:"))


@pytest.fixture
def scene(sqlite_template: Path, tmp_path: Path, clock: Any) -> AsyncIterator[Scene]:
    loop = asyncio.new_event_loop()
    made = Scene(loop, Fediverse(sqlite_template, tmp_path, clock))
    loop.run_until_complete(made.open())
    yield made  # type: ignore[misc]
    loop.run_until_complete(made.fediverse.close())
    loop.close()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=hostile(), path=st.sampled_from(["/inbox", "/users/amina/inbox"]))
def test_hostile_json_never_breaks_anything(scene: Scene, body: bytes, path: str) -> None:
    """J10, and J02 to J09 on the way: 202 or a 4xx; every job ends; nobody becomes a friend by it."""
    status = scene.loop.run_until_complete(scene.throw(body, path))
    assert status == 202 or 400 <= status < 500
    assert scene.loop.run_until_complete(scene.buried()) == 0
    kept = scene.loop.run_until_complete(scene.kept())
    assert kept["people"] == 4  # Amina, the butler, the instance, Frank
    assert kept["ties"] <= 1  # a well-formed Follow among them is only a question


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_noise_is_refused(scene: Scene, body: bytes) -> None:
    status = scene.loop.run_until_complete(scene.throw(body, "/inbox"))
    assert 400 <= status < 500
