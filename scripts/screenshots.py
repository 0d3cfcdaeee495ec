"""Pictures of the main pages, for docs/web.md: phone and desk, French and English, in a village of the tests.

    .venv/bin/python scripts/screenshots.py [--only today,map] [--into docs/screens]

Seeds a village (tests/browser/village.py), serves it on loopback, and looks at it with Chromium. Each picture
has as few colours as it takes to be small. Ends what it started and nothing else.
"""

import argparse
import asyncio
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the tests know how to found a village

from tests.browser.chromium import chromium
from tests.browser.village import PASSWORD, found
from tests.browser.village_life import RAMP
from tests.scenario.servers import Server

ROOT: Final = Path(__file__).resolve().parents[1]
SIZES: Final = {"phone": (390, 844), "desk": (1280, 900)}
LANGUAGES: Final = ("fr", "en")
MOST_BYTES: Final = 60_000
PATIENCE: Final = 60_000  # milliseconds
SETTLED: Final = 700  # after the last answer, until the page has drawn it
HOUSE: Final = "voisins.example"  # Chromium alone is told where this is


def write(page: Page) -> None:
    """A request half written, with the sentence that says who might see it."""
    page.fill("#text", RAMP)
    page.check("#flag")
    page.wait_for_load_state("networkidle")
    with page.expect_response("**/write/look"):
        page.check("#step-3")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLED)
    page.evaluate("document.activeElement.blur()")


def pull(page: Page) -> None:
    """The paper held back: who would see it lights up."""
    page.fill("#text", RAMP)
    page.evaluate("document.querySelector('#map').scrollIntoView({block: 'center'})")
    glance = page.locator("#launch").get_attribute("data-glance")
    box = page.locator("#paper .grip").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    pull = min(box["width"], box["height"]) * 0.9
    page.mouse.move(x - 0.4 * pull, y + 0.3 * pull, steps=4)
    page.wait_for_timeout(SETTLED)
    with page.expect_response(f"**{glance}"):
        page.mouse.move(x - 0.8 * pull, y + 0.6 * pull, steps=4)
    page.wait_for_timeout(SETTLED)


def first_project(page: Page) -> None:
    page.click("main a[href^='/projects/']:not([href$='/new'])")
    page.wait_for_load_state()


def friend(page: Page) -> None:
    """One person: a friend."""
    page.click("main a[href^='/people/']:has-text('Bruno') >> nth=0")
    page.wait_for_load_state()


def first_case(page: Page) -> None:
    page.click("main a[href^='/moderation/reports/'] >> nth=0")
    page.wait_for_load_state()


class Shot(NamedTuple):
    """A page, who looks ("" for a visitor), and what they do there first."""

    path: str
    who: str = "amina"
    act: Callable[[Page], None] | None = None
    still: bool = True  # from the top; else as far as the act scrolled


SHOTS: Final = {
    "landing": Shot("/", ""),
    "signup": Shot("/signup", ""),
    "today": Shot("/today"),
    "help": Shot("/help"),
    "write": Shot("/write", act=write),
    "map": Shot("/map", act=pull, still=False),
    "projects": Shot("/projects"),
    "project": Shot("/projects", act=first_project),
    "people": Shot("/people"),
    "person": Shot("/people", act=friend),
    "messages": Shot("/messages"),
    "me": Shot("/me"),
    "my-data": Shot("/me/data"),
    "moderation": Shot("/moderation", "mona"),
    "case": Shot("/moderation", "mona", first_case),
    "admin": Shot("/admin", "eve"),
    "components": Shot("/about/components", ""),
}


def small(png: bytes) -> bytes:
    """With as few colours as it takes to be small; flat pages lose nothing one could see."""
    with Image.open(io.BytesIO(png)) as picture:
        plain = picture.convert("RGB")
    for colours in (96, 48, 24):
        kept = io.BytesIO()
        few = plain.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
        few.save(kept, "PNG", optimize=True)
        if kept.tell() <= MOST_BYTES:
            break
    return kept.getvalue()


def log_in(page: Page, url: str, who: str) -> None:
    page.goto(f"{url}/login")
    page.fill("[name=login]", who)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/today*")


def take(browser: Browser, url: str, names: list[str], into: Path) -> None:
    for size, (width, height) in SIZES.items():
        for who in sorted({SHOTS[name].who for name in names}):
            context = browser.new_context(
                viewport={"width": width, "height": height}, reduced_motion="reduce"
            )
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            if who:
                log_in(page, url, who)
            for language in LANGUAGES:
                for name in names:
                    if SHOTS[name].who == who:
                        one(page, url, name, language)
                        if SHOTS[name].still:
                            page.evaluate("scrollTo(0, 0)")
                        picture = small(page.screenshot())
                        (into / f"{name}-{size}-{language}.png").write_bytes(picture)
            context.close()


def one(page: Page, url: str, name: str, language: str) -> None:
    """Go there and do what is done there."""
    shot = SHOTS[name]
    page.goto(f"{url}{shot.path}?lang={language}")
    if shot.act is not None:
        shot.act(page)


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--only", default=",".join(SHOTS))
    asked.add_argument("--into", type=Path, default=ROOT / "docs" / "screens")
    given = asked.parse_args()
    names = [name for name in given.only.split(",") if name in SHOTS]
    given.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://{HOUSE}"
        server = Server(
            Path(folder),
            FEDI_AID_BASE_URL=url,
            FEDI_AID_INSTANCE_NAME="Les Voisins",
            FEDI_AID_FAST_BUTLER="1",
        )
        asyncio.run(found(server.folder / "data", url))
        server.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium(),
                    args=["--no-sandbox", f"--host-resolver-rules=MAP {HOUSE}:80 127.0.0.1:{server.port}"],
                )
                take(browser, url, names, given.into)
                browser.close()
        finally:
            server.stop()
    kept = sorted(given.into.glob("*.png"))
    print(f"{len(kept)} pictures, {sum(one.stat().st_size for one in kept):,} bytes, largest ", end="")
    print(max((one.stat().st_size, one.name) for one in kept))


if __name__ == "__main__":
    main()
