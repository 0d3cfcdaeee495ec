"""How often one may call, and what is said about it."""

import re

import pytest

from fedi_aid.client_api.limits import KEYS, Limit, Limiter
from tests.api.conftest import World

pytestmark = pytest.mark.anyio


def test_a_window_is_used_up_and_begins_again() -> None:
    now = [1_000.0]
    limiter, limit = Limiter(lambda: now[0]), Limit(2, 60)
    assert [limiter.take("a", limit).remaining for _ in range(3)] == [1, 0, -1]
    assert limiter.take("b", limit).remaining == 1
    assert limiter.take("a", Limit(5, 60)).remaining == 4
    now[0] += 60
    assert limiter.take("a", limit).remaining == 1


def test_memory_is_bounded() -> None:
    limiter, limit = Limiter(lambda: 0.0), Limit(2, 60)
    for number in range(KEYS + 10):
        limiter.take(str(number), limit)
    assert len(limiter._windows) == KEYS


async def test_every_answer_tells_how_one_stands_and_429_comes_at_the_end(world: World) -> None:
    """300 calls in five minutes per token; another token is not touched by it."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    answers = [await amina.call("GET", "/api/v1/preferences") for _ in range(301)]
    first, last = answers[0], answers[-1]
    assert first.headers["x-ratelimit-limit"] == "300"
    assert first.headers["x-ratelimit-remaining"] == "299"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", first.headers["x-ratelimit-reset"])
    if answers[-1].status_code != 429:  # the window turned in between
        answers += [await amina.call("GET", "/api/v1/preferences") for _ in range(301)]
        last = answers[-1]
    assert last.status_code == 429
    assert last.json() == {"error": "Too many requests"}
    assert last.headers["x-ratelimit-remaining"] == "0"
    assert last.headers["access-control-allow-origin"] == "*"
    assert (await bruno.call("GET", "/api/v1/preferences")).status_code == 200
    bare = await world.http.get("/api/v2/instance")
    assert bare.headers["x-ratelimit-limit"] == "300"


async def test_a_member_cannot_have_other_servers_asked_without_end(world: World) -> None:
    """X01: 60 look-ups in five minutes each; after that what is known here is found, and nobody is asked."""
    amina, bruno = await world.member("amina"), await world.member("bruno")
    asked: list[str] = []

    async def resolve(words: str) -> None:
        asked.append(words)

    world.resolve = resolve
    for number in range(190):
        found = await amina.get(
            "/api/v2/search", params={"q": f"https://far.example/{number}", "resolve": "true"}
        )
        assert found == {"accounts": [], "statuses": [], "hashtags": []}
    assert 60 <= len(asked) <= 120  # a window may have turned in between
    seen = len(asked)
    await bruno.get("/api/v2/search", params={"q": "x@far.example", "resolve": "true"})
    assert len(asked) == seen + 1
    await world.http.get("/api/v2/search", params={"q": "https://far.example/", "resolve": "true"})
    await bruno.get("/api/v2/search", params={"q": "https://far.example/"})
    assert len(asked) == seen + 1
