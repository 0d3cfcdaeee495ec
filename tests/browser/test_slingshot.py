"""Launching by mouse, touch and keyboard, and by the list: the same landing gives the same readers."""

import math
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

TEXT = "Il me faut une rampe pour la boutique"
CLOSE = "Celles et ceux qui me sont le plus proches et bienveillants"


def readers(page: Page) -> tuple[str, list[str]]:
    """The sentence and the faces of the page on which it landed."""
    page.wait_for_url("**/map/land")
    return page.inner_text("#who"), page.locator(".faces bdi").all_inner_texts()


def by_list(visitor: Visitor, sphere: str, step: int) -> tuple[str, list[str]]:
    page = visitor.goto("/map")
    page.fill("#text", TEXT)
    page.locator(".by-list > summary").click()
    page.select_option("#sphere", label=sphere)
    page.check(f"#step-{step}")
    page.click(".by-list button[type=submit]")
    return readers(page)


def target(page: Page, sphere: str, distance: float) -> tuple[float, float]:
    """(distance, angle) of the middle of a sphere's region."""
    name = page.locator(".region-name", has_text=sphere)
    number = [one.strip() for one in page.locator(".region-name").all_text_contents()].index(sphere)
    assert name.count() == 1
    region = page.locator(".region").nth(number)
    start, width = (float(region.get_attribute(f"data-{one}") or 0) for one in ("start", "width"))
    return distance, (start + width / 2) % 360


def pull_point(page: Page, distance: float, angle: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where to take hold of the paper, and where to let go, in pixels of the window."""
    box = page.locator("#paper .grip").bounding_box()
    frame = page.locator("#map").bounding_box()
    view = page.locator("#map").get_attribute("viewBox")
    assert box is not None and frame is not None and view is not None
    scale = min(frame["width"], frame["height"]) / float(view.split()[2])
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    radius, edge = (
        float(page.locator("#map").get_attribute(f"data-{one}") or 0) for one in ("radius", "edge")
    )
    pull = distance / edge * 0.75 * radius * scale
    turn = math.radians(angle)
    return (x, y), (x - math.cos(turn) * pull, y - math.sin(turn) * pull)


def throw_by_mouse(visitor: Visitor, sphere: str, distance: float) -> tuple[str, list[str]]:
    page = visitor.goto("/map")
    page.fill("#text", TEXT)
    page.locator("#map").scroll_into_view_if_needed()
    start, end = pull_point(page, *target(page, sphere, distance))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    expect(page.locator("#foreseen")).to_have_text(re.compile("pourront voir ceci|pourra voir ceci"))
    expect(page.locator(".mark.lit")).not_to_have_count(0)
    page.mouse.up()
    return readers(page)


def throw_by_touch(visitor: Visitor, sphere: str, distance: float) -> tuple[str, list[str]]:
    """Fingers as the browser itself makes them, through its own protocol."""
    page = visitor.goto("/map")
    page.fill("#text", TEXT)
    page.locator("#map").scroll_into_view_if_needed()
    start, end = pull_point(page, *target(page, sphere, distance))
    hand = visitor.context.new_cdp_session(page)
    hand.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start[0], "y": start[1]}]}
    )
    for part in (0.3, 0.7, 1.0):
        x, y = (one + (other - one) * part for one, other in zip(start, end, strict=True))
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    return readers(page)


def throw_by_keys(visitor: Visitor, sphere: str, distance: float) -> tuple[str, list[str]]:
    page = visitor.goto("/map")
    page.fill("#text", TEXT)
    _, angle = target(page, sphere, distance)
    page.focus("#paper")
    turns = round((angle + 90) / 6)
    for _ in range(round(distance / 0.06)):
        page.keyboard.press("ArrowUp")
    for _ in range(turns % 60):
        page.keyboard.press("ArrowRight")
    value = page.locator("#paper").get_attribute("aria-valuetext")
    assert value
    page.keyboard.press("Enter")
    return readers(page)


def test_m5_every_hand_throws_alike(visitor: Visitor, on_phone: Visitor) -> None:
    """M5: mouse, touch, keys and list, at the same place, show the same sentence and the same faces."""
    visitor.log_in()
    on_phone.log_in()
    told = by_list(visitor, "Choir", 3)
    assert told[1], "somebody is close enough"
    assert visitor.page.inner_text(".hint") == CLOSE
    distance = 0.36  # on the ring of level 3, at a whole number of key strokes
    assert throw_by_mouse(visitor, "Choir", distance) == told
    assert throw_by_keys(visitor, "Choir", distance) == told
    assert throw_by_touch(on_phone, "Choir", distance) == told
    visitor.check()
    on_phone.check()


def test_a_throw_sends_nothing_until_it_is_confirmed(visitor: Visitor) -> None:
    page = visitor.log_in()
    throw_by_mouse(visitor, "Garden", 0.6)
    left_out = page.locator(".faces bdi").first.inner_text()
    page.locator(".faces input[type=checkbox]").first.uncheck()
    with page.expect_navigation():
        page.click("button[formaction$='/land']")
    assert left_out not in page.locator("fieldset.faces bdi").all_inner_texts()
    page.click("button[formaction='/map']")
    expect(page.locator("#text")).to_have_value(TEXT)
    page = visitor.goto("/today")
    assert TEXT not in page.inner_text("main")
    throw_by_mouse(visitor, "Garden", 0.6)
    page.click("main form button[type=submit] >> nth=0")
    page.wait_for_url(re.compile(r"/posts/\d+"))
    assert TEXT in page.inner_text("main")
    visitor.check()


def test_reduced_motion_has_no_flight(visitor: Visitor) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.log_in()
    assert throw_by_mouse(visitor, "Choir", 0.36)[1]
    visitor.check()


def test_beyond_the_last_ring_only_with_the_flag(visitor: Visitor) -> None:
    """A long pull without the flag stays on the last ring; with it, it is a message in a bottle."""
    page = visitor.log_in()
    throw_by_mouse(visitor, "Choir", 1.2)
    assert "largement" in page.inner_text(".hint >> nth=0")
    page = visitor.goto("/map")
    page.fill("#text", TEXT)
    page.check("#flag")
    page.locator("#map").scroll_into_view_if_needed()
    start, end = pull_point(page, *target(page, "Choir", 1.2))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()
    page.wait_for_url("**/map/land")
    assert "bouteille" in page.inner_text(".hint >> nth=0")
    visitor.check()


def test_escape_lays_the_paper_down(visitor: Visitor) -> None:
    page = visitor.log_in()
    page = visitor.goto("/map")
    page.focus("#paper")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector("#spot[data-on]", state="attached")  # painted with the next frame
    page.keyboard.press("Escape")
    page.wait_for_selector("#spot:not([data-on])", state="attached")
    page.keyboard.press("Enter")
    assert page.url.endswith("/map")


@pytest.mark.parametrize("frames", [40])
def test_dragging_paints_once_a_frame(visitor: Visitor, frames: int) -> None:
    """However many moves there are; the figure is printed, the promise is that nothing is skipped."""
    page = visitor.log_in()
    page = visitor.goto("/map")
    start, end = pull_point(page, 0.6, 40.0)
    page.evaluate(
        "window.painted = []; (function tick(at) { window.painted.push(at); requestAnimationFrame(tick); })(0)"
    )
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=frames)
    gaps = page.evaluate(
        """() => new Promise(told => {
            const after = () => requestAnimationFrame(painted.length > 3 ? () => told(painted) : after);
            after();
        }).then(all => all.slice(2).map((at, i) => at - all[i + 1]))"""
    )
    page.mouse.up()
    assert gaps
    print(f"median frame while dragging: {sorted(gaps)[len(gaps) // 2]:.1f} ms over {len(gaps)} frames")
