"""How fast the pages are: a real server over loopback, against a bare route with the same bytes.

    .venv/bin/python benchmarks/web.py [--requests 60] [--home 400] [--no-browser]

The community is that of benchmarks/client_api.py: Amina has 150 friends here, in circles who know each
other, and 400 posts in her home. Each page is asked for by one client, beside the API's home timeline; the
baseline, in the same run, is Starlette under uvicorn answering the same bytes from memory. Queries are
counted in this process. Then, where there is a Chromium: how long until the map of 150 friends is drawn and
ready, and the frames while it is dragged. Bounded; ends what it started and nothing else. Read the ratios:
absolute numbers are this machine's.
"""

import argparse
import asyncio
import http.client
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import client_api
import httpx
from client_api import FRIENDS, make, this_program, until_up
from playwright.sync_api import Page, sync_playwright

from fedi_aid.actions import access
from fedi_aid.app import Running, create_app
from fedi_aid.net.fake import FakeInternet
from fedi_aid.settings import load
from fedi_aid.storage import people as people_rows
from fedi_aid.storage import ties as tie_rows
from fedi_aid.storage.tx import Tx
from fedi_aid.web.trust import cookie_names
from tests.browser.chromium import chromium
from tests.ports import free_port
from tests.queries import counted
from tests.scenario.servers import Server

CIRCLES: Final = 7
PAGES: Final = (
    *("/", "/charter", "/about/components", "/today", "/help", "/write", "/map", "/projects", "/people"),
    *("/messages", "/me", "/me/profile", "/me/data", "/me/data/known", "/moderation", "/admin"),
)
API: Final = "/api/v1/timelines/home?limit=20"
VIEWS: Final = 7

FRAMES: Final = """() => {
  window.frames_ = []; let before = performance.now();
  const tick = (now) => {
    window.frames_.push(now - before); before = now;
    if (window.going_) requestAnimationFrame(tick);
  };
  window.going_ = true; requestAnimationFrame(tick);
}"""
DRAWN: Final = """() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  load: performance.getEntriesByType('navigation')[0].loadEventEnd,
  server: performance.getEntriesByType('navigation')[0].responseEnd,
})"""


class Key(NamedTuple):
    """Amina's session, and the headers with which the API is asked."""

    cookie: str
    secret: str
    token: str


async def prepare(server: Server) -> Key:
    """The community, tied in circles, and a session of Amina's, who is also its admin."""
    made = await make(server)
    running = await Running.open(load(server.environment), net=FakeInternet().net(server.domain))

    def tie(tx: Tx) -> str:
        amina = people_rows.by_handle(tx, "amina")
        friends = [people_rows.by_handle(tx, f"friend{at}") for at in range(FRIENDS)]
        assert amina is not None
        people_rows.change_member(tx, amina.id, role="admin")
        for at, one in enumerate(friends):
            for step in (CIRCLES, 2 * CIRCLES, 3 * CIRCLES):
                other = friends[(at + step) % FRIENDS]
                assert one is not None
                assert other is not None
                people_rows.change_member(tx, one.id, show_friends=True)
                tie_rows.put_follow(tx, one.id, other.id, state="accepted", uri=None)
                tie_rows.put_follow(tx, other.id, one.id, state="accepted", uri=None)
        return access.open_session(tx, amina.id).secret

    secret = await running.instance.db.write(tie)
    await running.close()
    return Key(cookie_names(load(server.environment)).session, secret, made.tokens[0])


async def looked_at(server: Server, key: Key) -> dict[str, tuple[int, int]]:
    """Of each address: (statements, bytes), after one request that fills what is filled once."""
    running = await Running.open(load(server.environment), net=FakeInternet().net(server.domain))
    app = create_app(running.instance.settings, running=running)
    found = {}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=server.url, headers=headers(key)
    ) as client:
        for path in (*PAGES, API):
            for _ in range(2):
                with counted() as statements:
                    answer = (await client.get(path)).raise_for_status()
            found[path] = (len(statements), len(answer.content))
    await running.close()
    return found


def headers(key: Key) -> dict[str, str]:
    return {"Cookie": f"{key.cookie}={key.secret}", "Authorization": f"Bearer {key.token}"}


def timed(port: int, path: str, number: int, sent: Mapping[str, str]) -> tuple[float, float, bytes]:
    """(median, p95) in milliseconds of one client that keeps its connection; and the last answer."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    taken = []
    for _ in range(number + 3):
        start = time.perf_counter()
        client.request("GET", path, headers=dict(sent))
        answer = client.getresponse()
        body = answer.read()
        taken.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:200]!r}")
    client.close()
    kept = sorted(taken[3:])
    return statistics.median(kept), kept[int(len(kept) * 0.95)], body


async def against_bare(server: Server, key: Key, number: int, folder: Path) -> None:
    known = await looked_at(server, key)
    kept = folder / "bodies"
    kept.mkdir()
    await asyncio.to_thread(server.start)
    for at, path in enumerate((*PAGES, API)):
        *_, body = await asyncio.to_thread(timed, server.port, path, 1, headers(key))
        (kept / str(at)).write_bytes(body)
    port = free_port()
    async with this_program("bare", str(port), str(kept)):
        await until_up(port)
        for at, path in enumerate((*PAGES, API)):
            base, _, _ = await asyncio.to_thread(timed, port, f"/{at}", number, {})
            median, p95, _ = await asyncio.to_thread(timed, server.port, path, number, headers(key))
            statements, size = known[path]
            print(
                f"{path:<32} {median:7.2f} ms, p95 {p95:7.2f}   bare {base:5.2f} ms   x {median / base:5.1f}"
                f"   {size / 1000:6.1f} kB, {statements} queries",
                flush=True,
            )


def in_the_browser(server: Server, key: Key) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": key.cookie, "value": key.secret, "url": server.url}])
        page = context.new_page()
        views = [view(page, server.url) for _ in range(VIEWS)]
        for place, name in enumerate(("answered", "first paint", "loaded", "ready to throw")):
            times = [one[place] for one in views]
            middle = statistics.median(times)
            print(f"map of {FRIENDS}, {name:<15} first {times[0]:7.0f} ms, median {middle:7.0f} ms")
        frames = drag(page)
        slow = sum(one > 1000 / 30 for one in frames)
        print(
            f"dragging: median frame {statistics.median(frames):.1f} ms, p95 "
            f"{sorted(frames)[int(len(frames) * 0.95)]:.1f} ms, {slow} of {len(frames)} under 30 a second"
        )
        browser.close()


def view(page: Page, url: str) -> tuple[float, float, float, float]:
    """Milliseconds from the start: the answer is there, the first paint, loaded, ready to be thrown."""
    start = time.perf_counter()
    page.goto(f"{url}/map")
    page.wait_for_selector("#map.ready")
    ready = (time.perf_counter() - start) * 1000
    told = page.evaluate(DRAWN)
    return told["server"], told["paint"], told["load"], ready


def drag(page: Page) -> list[float]:
    """The milliseconds between frames while the paper is pulled round in a circle."""
    page.fill("#text", "Who has a ladder?")
    page.evaluate("document.querySelector('#map').scrollIntoView({block: 'center'})")
    box = page.locator("#paper .grip").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(24):
        page.mouse.move(x - 40 - step * 2, y + 60 - step * 4, steps=6)
    frames: list[float] = page.evaluate("() => { window.going_ = false; return window.frames_; }")
    page.keyboard.press("Escape")
    page.mouse.up()
    return frames[2:]


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--requests", type=int, default=60)
    asked.add_argument("--home", type=int, default=400)
    asked.add_argument("--no-browser", action="store_true")
    given = asked.parse_args()
    client_api.HOME = given.home
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server", FEDI_AID_FAST_BUTLER="1")
        key = asyncio.run(prepare(server))
        try:
            asyncio.run(against_bare(server, key, given.requests, Path(folder)))
            if not given.no_browser:
                in_the_browser(server, key)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
