"""The fake internet: several servers in one process, their troubles, and the record of what each was given."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from fedi_aid.net.error import NetError
from fedi_aid.net.fake import AppCrashed, FakeInternet

pytestmark = pytest.mark.anyio


def app(name: str) -> Starlette:
    async def inbox(request: Request) -> Response:
        body = await request.body()
        return PlainTextResponse(f"{name} got {len(body)}", 202, {"X-Agent": request.headers["user-agent"]})

    async def moved(request: Request) -> Response:
        return RedirectResponse("https://bruno.example/inbox")

    async def broken(request: Request) -> Response:
        raise RuntimeError("a fault in the app")

    async def hello(request: Request) -> Response:
        return PlainTextResponse(f"{name} {request.url}")

    return Starlette(
        routes=[
            Route("/inbox", inbox, methods=["GET", "POST"]),
            Route("/moved", moved, methods=["GET", "POST"]),
            Route("/broken", broken),
            Route("/hello", hello),
        ]
    )


def internet() -> FakeInternet:
    made = FakeInternet()
    for name in ("amina", "bruno", "chloe"):
        made.add(f"{name}.example", app(name))
    return made


async def test_servers_ask_each_other_and_every_byte_is_recorded() -> None:
    world = internet()
    amina, bruno = world.net("amina.example"), world.net("bruno.example")
    got = await amina.post("https://bruno.example/inbox", b"for bruno alone", {"Signature": "s1"})
    assert (got.status, got.body) == (202, b"bruno got 15")
    assert got.headers["x-agent"].endswith("(+https://amina.example)")
    assert (
        await bruno.get("https://chloe.example/hello?q=1")
    ).body == b"chloe https://chloe.example/hello?q=1"

    (to_bruno, answer_of_chloe) = world.received_by("bruno.example")
    assert to_bruno.startswith(b"POST https://bruno.example/inbox\r\n")
    assert b"for bruno alone" in to_bruno and b"ignature: s1\r\n" in to_bruno
    assert answer_of_chloe.startswith(b"200\r\n") and answer_of_chloe.endswith(b"hello?q=1")
    assert not any(b"for bruno alone" in given for given in world.received_by("chloe.example"))
    assert [given.splitlines()[0] for given in world.received_by("amina.example")] == [b"202"]
    assert [(one.sender, one.host, one.status) for one in world.exchanges] == [
        ("amina.example", "bruno.example", 202),
        ("bruno.example", "chloe.example", 200),
    ]
    await amina.aclose()
    await bruno.aclose()


async def test_the_guard_and_the_redirects_are_the_real_ones() -> None:
    """F01, F06, H20 hold on the fake internet as on the real one."""
    world = internet()
    net = world.net("amina.example")
    got = await net.get("https://chloe.example/moved")
    assert (got.status, got.body, got.url) == (202, b"bruno got 0", "https://bruno.example/inbox")
    assert (await net.post("https://chloe.example/moved", b"x")).status == 307
    for url in ("http://bruno.example/hello", "https://bruno.example:8443/hello", "https://127.0.0.1/"):
        with pytest.raises(NetError) as caught:
            await net.get(url)
        assert caught.value.kind == "refused"
    with pytest.raises(NetError) as caught:
        await net.get("https://nobody.example/")
    assert caught.value.kind == "dns"
    await net.aclose()


async def test_a_dead_host_is_given_nothing() -> None:
    world = internet()
    net = world.net("amina.example")
    world.kill("bruno.example")
    with pytest.raises(NetError) as caught:
        await net.post("https://bruno.example/inbox", b"x")
    assert caught.value.kind == "connect" and not caught.value.permanent
    assert world.received_by("bruno.example") == []
    assert [one.arrived for one in world.exchanges] == [False]
    world.heal("bruno.example")
    assert (await net.post("https://bruno.example/inbox", b"x")).status == 202
    await net.aclose()


async def test_a_slow_host_acts_but_answers_late() -> None:
    world = internet()
    net = world.net("amina.example")
    world.slow("bruno.example", 60)
    async with asyncio.timeout(30):
        with pytest.raises(NetError) as caught:
            await net.post("https://bruno.example/inbox", b"seen", deadline=0.1)
    assert caught.value.kind == "timeout"
    assert [b"seen" in given for given in world.received_by("bruno.example")] == [True]
    assert world.received_by("amina.example") == []
    await net.aclose()


@pytest.mark.parametrize(
    "status, retry_after", [(500, ""), (410, ""), (429, "120"), (503, "Wed, 21 Oct 2026 07:28:00 GMT")]
)
async def test_a_failing_host_answers_its_status_so_many_times(status: int, retry_after: str) -> None:
    world = internet()
    net = world.net("amina.example")
    world.fail("Bruno.example", status, retry_after=retry_after, times=2)
    for _ in range(2):
        got = await net.post("https://bruno.example/inbox", b"x")
        assert (got.status, got.headers.get("retry-after", "")) == (status, retry_after)
    assert (await net.post("https://bruno.example/inbox", b"x")).status == 202
    world.fail("bruno.example", status)
    for _ in range(3):
        assert (await net.get("https://bruno.example/hello")).status == status
    await net.aclose()


async def test_a_fault_of_an_app_is_not_a_network_error() -> None:
    world = internet()
    net = world.net("amina.example")
    with pytest.raises(AppCrashed, match="bruno.example"):
        await net.get("https://bruno.example/broken")
    assert world.exchanges[0].status == 0
    await net.aclose()


async def test_many_at_once_keep_their_own_records() -> None:
    world = internet()
    net = world.net("amina.example", total=10, per_host=3)
    bodies = [b"n" * n for n in range(50)]
    answers = await asyncio.gather(*(net.post("https://bruno.example/inbox", body) for body in bodies))
    assert [one.body for one in answers] == [f"bruno got {n}".encode() for n in range(50)]
    assert sorted(len(one.body) for one in world.exchanges) == list(range(50))
    assert all(one.answer == f"bruno got {len(one.body)}".encode() for one in world.exchanges)
    await net.aclose()
