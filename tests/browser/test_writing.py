"""The room "Write" with its script: the sentence follows, pictures go ahead, a Cancel loses nothing. Without it the
same form does the same by buttons (tests/web/test_write.py)."""

import io
import re
import wave

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from fedi_aid.media.recordings import find_ffmpeg
from tests.browser.conftest import Visitor


def a_picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 120, 40)).save(kept, "PNG")
    return kept.getvalue()


def a_sound() -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80\x90" * 800)
    return kept.getvalue()


def written(visitor: Visitor) -> Page:
    visitor.log_in()
    page = visitor.goto("/write?lang=en")
    expect(page.locator("#ask")).to_be_hidden()
    return page


def test_the_sentence_follows_what_is_chosen(on_phone: Visitor) -> None:
    page = written(on_phone)
    expect(page.locator("#sentence")).to_contain_text("other friends may see this. Nobody else.")
    page.check("#step-1")  # from here outwards by number only
    expect(page.locator("#sentence")).to_have_text(re.compile(r"^\d+ friends may see this\. Nobody else\.$"))
    expect(page.locator("#need")).to_be_hidden()
    page.check("#flag")
    expect(page.locator("#need")).to_be_visible()
    expect(page.locator(".signing")).to_be_visible()
    expect(page.locator("#sentence")).to_contain_text("friends of friends")
    on_phone.check()


def test_the_intimate_is_corrected_and_sent_to_whom_was_seen(visitor: Visitor) -> None:
    """R14: the list that stands there is the approval; one tick takes somebody out of it."""
    page = written(visitor)
    page.fill("#text", "A hard week.")
    page.check("#step-4")
    faces = page.locator("#who .folk li:has([name=remove]:not(:checked))")
    expect(faces.first).to_be_visible()
    out = faces.first.locator("bdi").inner_text()
    faces.first.locator("input").check()
    expect(page.locator("#who")).to_contain_text(f"{out} is left out by you")
    expect(page.locator("#sentence")).not_to_contain_text(out)
    page.click("#send")
    page.wait_for_url("**/posts/*")
    expect(page.locator("main")).to_contain_text("Confidants")
    visitor.check()


def test_a_picture_goes_ahead_and_a_cancel_keeps_the_words(visitor: Visitor) -> None:
    page = written(visitor)
    page.fill("#text", "Words that stay")
    page.click("text=Not now")
    page.wait_for_url("**/today*")
    page = visitor.goto("/write")
    expect(page.locator("#text")).to_have_value("Words that stay")
    page.set_input_files("#picture", {"name": "a.png", "mimeType": "image/png", "buffer": a_picture()})
    described = page.locator("#files input[name^=alt_]")
    expect(described).to_be_focused()
    described.fill("An orange wall")
    page.click("#send")
    page.wait_for_url("**/posts/*")
    expect(page.locator("main .post img[alt='An orange wall']")).to_be_visible()
    page = visitor.goto("/write")
    expect(page.locator("#text")).to_have_value("")
    visitor.check()


@pytest.mark.skipif(find_ffmpeg("") is None, reason="there is no ffmpeg on this machine")
def test_a_sound_is_sent_when_it_is_ready_and_comes_back_with_the_draft(visitor: Visitor) -> None:
    page = written(visitor)
    page.fill("#text", "Listen")
    page.set_input_files("#picture", {"name": "a.wav", "mimeType": "audio/x-wav", "buffer": a_sound()})
    page.locator("#files input[name^=alt_]").fill("The choir, humming")
    page = visitor.goto("/today")
    page = visitor.goto("/write")
    expect(page.locator("#files input[name^=alt_]")).to_have_value("The choir, humming")
    page.click("#send")  # goes at once, or by itself as soon as the server has made it ready
    page.wait_for_url("**/posts/*")
    expect(page.locator("main .post audio")).to_be_visible()
    visitor.check()


def test_a_question_unfolds_and_its_answers_outlive_a_cancel(on_phone: Visitor) -> None:
    page = written(on_phone)
    expect(page.locator("#option-1")).to_be_hidden()
    page.check("#poll")
    page.fill("#text", "Which day?")
    page.fill("#option-1", "Saturday")
    page.fill("#option-2", "Sunday")
    page.click("text=Not now")
    page.wait_for_url("**/today*")
    page = on_phone.goto("/write")
    expect(page.locator("#option-2")).to_have_value("Sunday")
    page.click("#send")
    page.wait_for_url("**/posts/*")
    expect(page.locator("main .facts")).to_contain_text("Saturday")
    on_phone.check()
