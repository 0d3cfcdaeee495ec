"""The room "Write": what is typed stays, the sentence is true, and what is intimate goes only to whom its author
has seen."""

import io
import wave
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from conftest import House_
from neighbours import ON_SQLITE, Neighbours, form_to, send, village
from page_checks import Page, check_controls, check_frame, check_nothing_foreign, check_references
from PIL import Image

from fedi_aid.actions import files as file_actions
from fedi_aid.actions import posts, recordings, ties
from fedi_aid.actions.posts import Draft
from fedi_aid.media.recordings import find_ffmpeg
from fedi_aid.model.polls import PollWish
from fedi_aid.storage import audience_rows, post_views, timelines
from fedi_aid.storage import help as help_rows
from fedi_aid.storage.timelines import Page as Reach
from fedi_aid.work.runner import Runner
from tests.queries import counted

pytestmark = [pytest.mark.anyio, ON_SQLITE]


@pytest.fixture
async def people(house: House_) -> Neighbours:
    return await village(house)


def a_picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 120, 40)).save(kept, "PNG")
    return kept.getvalue()


def a_sound(seconds: float = 0.2) -> bytes:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80\x90" * int(4000 * seconds))
    return kept.getvalue()


async def make_ready(people: Neighbours) -> None:
    """The job that makes films and sounds does what waits for it."""
    instance = people.house.instance
    kinds: dict[str, Any] = {**recordings.handlers(instance), **file_actions.handlers(instance)}
    await Runner(people.db, kinds, concurrency={"media": 1}, worker_id="media").run_until_idle()


NEEDS_FFMPEG = pytest.mark.skipif(find_ffmpeg("") is None, reason="there is no ffmpeg on this machine")


def post_of(location: str) -> int:
    return int(location.partition("/posts/")[2].partition("?")[0])


async def test_words_go_to_friends_and_the_page_said_so(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    assert "Bruno and Chloe may see this. Nobody else." in page.text
    sent = await send(people["amina"], page, "/write", {"text": "The shop opens <soon>.", "do": "send"})
    assert sent.status_code == 303
    shown = await people["amina"].follow(sent)
    assert "The shop opens &lt;soon&gt;." in shown.text
    assert "Sent." in shown.text
    assert "The shop opens" in (await people["bruno"].get("/today")).text
    assert "The shop opens" not in (await people["dov"].get("/today")).text
    path = sent.headers["location"].partition("?")[0]
    assert (await people["bruno"].get(path)).status_code == 200


async def test_r7_a_hidden_post_and_a_missing_one_are_the_same_page(people: Neighbours) -> None:
    hidden = await people.writes("amina", "Only for friends")
    one = await people["dov"].get(f"/posts/{hidden}")
    other = await people["dov"].get("/posts/123456789")
    assert (one.status_code, one.text) == (404, other.text)
    for deed in ("reply", "thank", "offer", "edit", "delete", "quiet", "wrong-person", "release", "vote"):
        page = await people["dov"].get("/write")
        csrf = form_to(page, "/write")["csrf"][0]
        answer = await people["dov"].post(
            f"/posts/{hidden}/{deed}", {"csrf": csrf, "text": "x", "person": "5"}
        )
        assert (answer.status_code, answer.text) == (404, one.text), deed
    assert await people.db.read(post_views.view, people.id("amina"), hidden) is not None


async def test_a_request_with_its_three_questions(people: Neighbours) -> None:
    page = await people["amina"].get("/write?flag=yes&level=0")
    asked = {
        "text": "My shop needs a ramp.",
        "need": "A carpenter for one afternoon",
        "helpers": "2",
        "urgency": "high",
        "do": "send",
    }
    sent = await send(people["amina"], page, "/write", asked)
    post_id = post_of(sent.headers["location"])
    request = await people.db.read(help_rows.request, post_id)
    assert request is not None
    assert (request.urgency, request.helpers_needed) == ("high", 2)
    view = await people.db.read(post_views.view, people.id("amina"), post_id)
    assert view is not None
    assert view.post.text == "My shop needs a ramp.\n\nA carpenter for one afternoon"
    assert (view.post.intimacy, view.post.flag_is_up) == (0, True)


async def test_look_shows_the_form_again_and_stores_nothing(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    typed = {"text": "A hard week & more", "level": "1", "flag": "yes", "need": "an ear", "do": "look"}
    again = await send(people["amina"], page, "/write", typed)
    assert again.status_code == 200
    kept = form_to(again, "/write")
    assert kept["text"] == ["A hard week & more"]
    assert (kept["level"], kept["flag"], kept["need"]) == (["1"], ["yes"], ["an ear"])
    assert "2 friends may see this. And friends of friends" in again.text
    assert await people.db.read(timelines.home, people.id("amina"), Reach()) == []


async def test_r14_the_intimate_goes_only_to_whom_its_author_has_seen(people: Neighbours) -> None:
    amina = people.id("amina")
    await people.db.write(ties.pin_as_close, amina, people.id("bruno"))
    page = await people["amina"].get("/write")
    unseen = await send(people["amina"], page, "/write", {"text": "My father", "level": "4", "do": "send"})
    assert unseen.status_code == 422
    assert "Only Bruno may see this. Nobody else." in unseen.text
    assert "look at the names" in unseen.text
    assert await people.db.read(timelines.home, amina, Reach()) == []
    # Meanwhile somebody else comes close: the list that was seen is not the list any more.
    await people.db.write(ties.pin_as_close, amina, people.id("chloe"))
    changed = await send(people["amina"], unseen, "/write", {"do": "send"})
    assert changed.status_code == 422
    assert "Chloe" in changed.text
    without = await send(
        people["amina"], changed, "/write", {"remove": str(people.id("chloe")), "do": "look"}
    )
    assert "Only Bruno may see this" in without.text
    sent = await send(people["amina"], without, "/write", {"do": "send"})
    assert sent.status_code == 303
    post_id = post_of(sent.headers["location"])
    readers = {one for one, _, _ in await people.db.read(audience_rows.audience_of, post_id)}
    assert readers == {people.id("bruno")}
    view = await people.db.read(post_views.view, amina, post_id)
    assert view is not None
    assert view.post.held_until is None, "approved here: the butler need not ask"


async def test_a_seen_list_that_was_made_up_opens_nothing_wider(people: Neighbours) -> None:
    """R14: the field comes from the browser; it can only name more people than would read it."""
    await people.db.write(ties.pin_as_close, people.id("amina"), people.id("bruno"))
    page = await people["amina"].get("/write?level=4")
    for seen in ("", "4:", f"3:{people.id('bruno')}", "x", "4:0,;"):
        refused = await send(people["amina"], page, "/write", {"text": "x", "seen": seen, "do": "send"})
        assert refused.status_code == 422, seen


async def test_sent_twice_is_written_once(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    first = await send(people["amina"], page, "/write", {"text": "Once", "do": "send"})
    second = await send(people["amina"], page, "/write", {"text": "Once", "do": "send"})
    assert first.headers["location"] == second.headers["location"]


async def test_what_is_wrong_is_said_beside_its_field(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    empty = await send(people["amina"], page, "/write", {"text": "  ", "do": "send"})
    assert empty.status_code == 422
    area = next(one for one in Page(empty.text).all("textarea") if one.attributes["name"] == "text")
    assert area.attributes["aria-invalid"] == "true"
    assert area.attributes["aria-describedby"] == "text-problem"
    long = await send(people["amina"], page, "/write", {"text": "word " * 1100, "do": "send"})
    assert long.status_code == 422
    assert form_to(long, "/write")["text"] == ["word " * 1100]
    foreign = await send(people["amina"], page, "/write", {"text": "x", "project_id": "77", "do": "send"})
    assert foreign.status_code == 422
    assert form_to(foreign, "/write")["text"] == ["x"]
    assert "This project is not yours to write in any more." in foreign.text
    for wrong, why in (
        ({"sphere_id": "77"}, "This sphere is not on your map any more."),
        ({"level": "7"}, "Choose how far it may go."),
        ({"level": "close"}, "Choose how far it may go."),
        ({"landing": "9,0"}, "It flew off the map."),
        ({"landing": "here"}, "It flew off the map."),
    ):
        refused = await send(people["amina"], page, "/write", {"text": "x", "do": "send", **wrong})
        assert (refused.status_code, why in refused.text) == (422, True), wrong


async def test_the_map_refuses_what_is_not_on_it(people: Neighbours) -> None:
    """M5: each in its own sentence, with the words kept; nothing is written."""
    page = await people["amina"].get("/map")
    for wrong, why in (
        ({"landing": "9,0"}, "It flew off the map."),
        ({"landing": "1.2,0"}, "It flew off the map."),  # that far only a request goes
        ({"landing": "nan,0"}, "It flew off the map."),
        ({"landing": "0.5"}, "It flew off the map."),
        ({"sphere": "77"}, "This sphere is not on your map any more."),
        ({"step": "7"}, "Choose how far it may go."),
        ({"step": "0"}, "It flew off the map."),
        ({"project": "77"}, "This project is not yours to write in any more."),
        ({"text": " "}, "There is nothing on the paper yet."),
    ):
        for path in ("/map/land", "/map/send"):
            refused = await people["amina"].post(
                path, {"csrf": form_to(page, "/map/land")["csrf"][0], "text": "Ramp", "once": "1", **wrong}
            )
            assert (refused.status_code, why in refused.text) == (422, True), (path, wrong)
            assert wrong.get("text", "Ramp") in refused.text
    assert "Ramp" not in (await people["bruno"].get("/today")).text


async def test_pictures_by_the_form_alone(people: Neighbours) -> None:
    """Chosen, described, sent; alt text is asked for once; a hostile file is refused in a sentence."""
    page = await people["amina"].get("/write")
    attached = await send(
        people["amina"],
        page,
        "/write",
        {"text": "Look", "do": "send"},
        files=[("picture", ("ramp.png", a_picture(), "image/png"))],
    )
    assert attached.status_code == 422
    assert "say what it is that you attach" in attached.text
    page_now = Page(attached.text)
    check_frame(page_now, "en")
    check_references(page_now)
    check_nothing_foreign(page_now)
    check_controls(page_now, form_to(attached, "/write")["csrf"][0])
    kept = form_to(attached, "/write")
    assert kept["text"] == ["Look"]
    [media] = kept["media"]
    hostile = await send(
        people["amina"],
        attached,
        "/write",
        {f"alt_{media}": "A ramp", "do": "attach"},
        files=[("picture", ("x.png", b"<svg onload=alert(1)>", "image/png"))],
    )
    assert hostile.status_code == 422
    assert "cannot be opened as a picture" in hostile.text
    assert form_to(hostile, "/write")["media"] == [media]
    sent = await send(people["amina"], hostile, "/write", {"do": "send"})
    assert sent.status_code == 303
    view = await people.db.read(post_views.view, people.id("bruno"), post_of(sent.headers["location"]))
    assert view is not None
    assert [one.alt for one in view.media] == ["A ramp"]


async def test_a_file_that_is_too_large_costs_no_word(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    for size in (17 * 2**20, 33 * 2**20):  # more than the instance takes; more than the form reads
        refused = await send(
            people["amina"],
            page,
            "/write",
            {"text": "Kept", "do": "attach"},
            files=[("picture", ("a.png", b"\0" * size, "image/png"))],
        )
        assert refused.status_code == 422
        assert "This file is too large" in refused.text
        assert form_to(refused, "/write")["text"] == ["Kept"]
    many = [("picture", (f"{number}.png", a_picture(), "image/png")) for number in range(4)]
    four = await send(people["amina"], page, "/write", {"do": "attach"}, files=many)
    fifth = await send(people["amina"], four, "/write", {"do": "attach"}, files=many[:1])
    assert fifth.status_code == 422
    assert "four files at most" in fifth.text
    assert len(form_to(fifth, "/write")["media"]) == 4


async def test_nobody_attaches_what_is_not_theirs(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    mine = await send(
        people["amina"],
        page,
        "/write/picture".replace("/picture", ""),
        {"do": "attach", "picture_alt": "Mine"},
        files=[("picture", ("a.png", a_picture(), "image/png"))],
    )
    [media] = form_to(mine, "/write")["media"]
    theirs = await people["bruno"].get("/write")
    sent = await send(people["bruno"], theirs, "/write", {"text": "Stolen", "media": media, "do": "send"})
    view = await people.db.read(post_views.view, people.id("bruno"), post_of(sent.headers["location"]))
    assert view is not None
    assert view.media == ()


async def test_the_pieces_for_the_script(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    csrf = form_to(page, "/write")["csrf"][0]
    piece = await people["amina"].post("/write/look", {"csrf": csrf, "text": "A ramp", "level": "1"})
    assert piece.status_code == 200
    assert "<html" not in piece.text
    assert "2 friends may see this. Nobody else." in piece.text
    headers = {"Origin": people["amina"].base_url, "Sec-Fetch-Site": "same-origin"}
    picture = await people["amina"].http.post(
        "/write/picture",
        data={"csrf": csrf},
        files={"picture": ("a.png", a_picture(), "image/png")},
        headers=headers,
    )
    assert picture.status_code == 200
    assert 'name="media"' in picture.text
    none = await people["amina"].http.post(
        "/write/picture",
        data={"csrf": csrf},
        files={"picture": ("a.txt", b"no", "text/plain")},
        headers=headers,
    )
    assert none.status_code == 422
    assert "cannot be opened" in none.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_a_landing_says_level_and_direction(people: Neighbours) -> None:
    """From a form of the map: the nearer it lands, the more intimate; out of the map is a sentence."""
    page = await people["amina"].get("/write")
    landed = await send(
        people["amina"], page, "/write", {"text": "Hello", "landing": "0.75,10", "level": "", "do": "look"}
    )
    assert landed.status_code == 200
    assert form_to(landed, "/write")["landing"] == ["0.75,10"]
    outside = await send(
        people["amina"], page, "/write", {"text": "Hello", "landing": "9,10", "level": "", "do": "send"}
    )
    assert outside.status_code == 422
    assert form_to(outside, "/write")["text"] == ["Hello"]


async def test_an_expired_session_loses_nothing(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    people["amina"].http.cookies.clear()
    late = await send(people["amina"], page, "/write", {"text": "Written for an hour", "do": "send"})
    assert late.status_code == 403
    assert "Written for an hour" in late.text


async def test_s4b_a_paid_post_says_so_and_asks_for_nothing(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    paid = {"text": "Our bread is at the market", "interest": "yes", "interest_words": "by the bakery"}
    sent = await send(people["amina"], page, "/write", {**paid, "do": "send"})
    view = await people.db.read(post_views.view, people.id("bruno"), post_of(sent.headers["location"]))
    assert view is not None
    assert (view.post.paid, view.post.interest) == (True, "by the bakery")
    assert "by the bakery" in (await people["bruno"].get("/today")).text
    refused = await send(people["amina"], page, "/write", {**paid, "once": "2", "flag": "yes", "do": "send"})
    assert refused.status_code == 422
    assert "A request for help is never paid" in refused.text
    assert form_to(refused, "/write")["interest_words"] == ["by the bakery"]


@NEEDS_FFMPEG
async def test_a_sound_waits_until_it_is_ready_and_no_word_is_lost(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    chosen = [("picture", ("a.wav", a_sound(), "audio/x-wav"))]
    told = {"text": "Listen", "picture_alt": "The choir, humming", "do": "send"}
    waits = await send(people["amina"], page, "/write", told, files=chosen)
    assert waits.status_code == 422
    assert "still being made ready" in waits.text
    kept = form_to(waits, "/write")
    [media] = kept["media"]
    assert (kept["text"], kept[f"alt_{media}"]) == (["Listen"], ["The choir, humming"])
    piece = f"/write/files/{media}"
    assert f'data-waits="{piece}"' in (await people["amina"].get(piece)).text
    assert (await people["bruno"].get(piece)).status_code == 404
    await make_ready(people)
    ready = await people["amina"].get(piece)
    assert "data-waits" not in ready.text
    [player] = Page(ready.text).all("audio")
    assert (await people["amina"].get(piece + "1")).status_code == 404
    assert player.attributes["src"].startswith("/media/")
    sent = await send(people["amina"], waits, "/write", {"do": "send"})
    assert sent.status_code == 303
    read = await people["bruno"].get(sent.headers["location"])
    [player] = Page(read.text).all("audio")
    assert player.attributes["aria-label"] == "The choir, humming"
    assert "The choir, humming</" in read.text, "it can be read, too"


@NEEDS_FFMPEG
async def test_a_recording_that_cannot_be_read_is_taken_off_with_a_sentence(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    broken = [("picture", ("a.mp3", b"ID3" + b"\0" * 300, "audio/mpeg"))]
    attached = await send(people["amina"], page, "/write", {"text": "Kept", "do": "attach"}, files=broken)
    assert attached.status_code == 200
    [media] = form_to(attached, "/write")["media"]
    await make_ready(people)
    alone = await people["amina"].get(f"/write/files/{media}")
    assert (alone.status_code, "could not be read" in alone.text) == (422, True)
    again = await send(people["amina"], attached, "/write", {"do": "send"})
    assert again.status_code == 422
    assert "could not be read, and was taken off" in again.text
    kept = form_to(again, "/write")
    assert kept["text"] == ["Kept"]
    assert "media" not in kept
    assert (await send(people["amina"], again, "/write", {"do": "send"})).status_code == 303


async def test_without_the_program_films_are_refused_in_a_sentence(open_house: Any) -> None:
    people = await village(await open_house(media_max_recording_bytes=0))
    page = await people["amina"].get("/write?lang=fr")
    assert "ne prend ni films ni sons" in page.text
    [field] = [one for one in Page(page.text).all("input") if one.attributes.get("type") == "file"]
    assert "video" not in field.attributes["accept"]
    assert "audio" not in field.attributes["accept"]
    chosen = [("picture", ("a.wav", a_sound(), "audio/x-wav"))]
    refused = await send(people["amina"], page, "/write", {"text": "Écoutez", "do": "send"}, files=chosen)
    assert refused.status_code == 422
    assert "il y manque le programme" in refused.text
    assert form_to(refused, "/write")["text"] == ["Écoutez"]
    assert "media" not in form_to(refused, "/write")


def asked(*options: str, **more: str | Sequence[str]) -> dict[str, str | Sequence[str]]:
    return {"text": "Which day?", "poll": "yes", "option": options, "do": "send"} | more


async def test_a_poll_is_written_voted_on_and_told(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    fields = asked("Monday", "", "Friday ", "", poll_multiple="yes", poll_hidden="yes", poll_lasts="60")
    sent = await send(people["amina"], page, "/write", fields)
    assert sent.status_code == 303
    path = sent.headers["location"].partition("?")[0]
    assert path in (await people["bruno"].get("/today")).text
    shown = await people["bruno"].get(path)
    assert form_to(shown, f"{path}/vote").keys() == {"csrf"}
    boxes = [one for one in Page(shown.text).all("input") if one.attributes.get("name") == "choice"]
    assert [one.attributes["type"] for one in boxes] == ["checkbox", "checkbox"]
    nothing = await send(people["bruno"], shown, f"{path}/vote", {})
    assert nothing.status_code == 422
    voted = await send(people["bruno"], shown, f"{path}/vote", {"choice": ["0", "1"]})
    assert voted.status_code == 303
    after = await people["bruno"].follow(voted)
    assert "The results are told later." in after.text
    people.clock.forward(hours=2)
    over = await people["amina"].get(path)
    assert over.text.count("50 %") == 2


@pytest.mark.parametrize(
    ("options", "more", "sentence"),
    [
        (("Monday", " "), {}, "two to four answers"),
        (("Monday", "Monday"), {}, "Two answers are the same"),
        (("x" * 51, "y"), {}, "fifty characters"),
        (("a", "b"), {"flag": "yes"}, "answered with help"),
    ],
)
async def test_a_poll_that_cannot_be_is_refused_beside_its_fields(
    people: Neighbours, options: tuple[str, ...], more: dict[str, str], sentence: str
) -> None:
    page = await people["amina"].get("/write")
    refused = await send(people["amina"], page, "/write", asked(*options, **more))
    assert refused.status_code == 422
    assert sentence in refused.text
    kept = form_to(refused, "/write")
    assert (kept["poll"], kept["option"][: len(options)]) == (["yes"], list(options))
    check_controls(Page(refused.text), kept["csrf"][0])


async def test_a_poll_and_files_are_not_both(people: Neighbours) -> None:
    page = await people["amina"].get("/write")
    chosen = [("picture", ("a.png", a_picture(), "image/png"))]
    both = await send(people["amina"], page, "/write", asked("a", "b", alt_asked="yes"), files=chosen)
    assert both.status_code == 422
    assert "a question or files, not both" in both.text
    [media] = form_to(both, "/write")["media"]
    without = await send(people["amina"], both, "/write", {"drop": media, "do": "send"})
    assert without.status_code == 303


async def test_a_second_tab_overwrites_nothing_unseen(people: Neighbours) -> None:
    post_id = await people.writes("amina", "The first words")
    path = f"/posts/{post_id}/edit"
    one, other = await people["amina"].get(path), await people["amina"].get(path)
    assert (await send(people["amina"], one, path, {"text": "From one tab"})).status_code == 303
    assert (await send(people["amina"], one, path, {"text": "From one tab"})).status_code == 303, "sent twice"
    late = await send(people["amina"], other, path, {"text": "From the other"})
    assert late.status_code == 422
    assert "changed meanwhile" in late.text
    assert "From one tab" in late.text, "what stands there now"
    assert form_to(late, path)["text"] == ["From the other"]
    assert (await send(people["amina"], late, path, {})).status_code == 303
    assert "From the other" in (await people["bruno"].get(f"/posts/{post_id}")).text


async def test_the_page_asks_the_database_as_often_for_many_friends_as_for_few(people: Neighbours) -> None:
    async def asked_for(path: str) -> int:
        await people["amina"].get(path)  # what is drawn once a day is drawn
        with counted() as statements:
            assert (await people["amina"].get(path)).status_code == 200
        return len(statements)

    few = {path: await asked_for(path) for path in ("/write", "/me/data/known")}
    await people.befriend("amina", "dov")
    assert few == {path: await asked_for(path) for path in few}
    assert few["/write"] <= 40
    assert few["/me/data/known"] <= 45


async def test_a_public_poll_can_be_read_by_visitors(people: Neighbours) -> None:
    wish = PollWish(options=("Monday", "Friday"), lasts=timedelta(hours=1))
    draft = Draft(text="Which day?", visibility="public", poll=wish)
    post_id = await people.db.write(posts.publish, people.members["amina"], draft)
    visitor = await people.house.browser()
    page = await visitor.get(f"/@amina/{post_id}")
    assert "Friday" in page.text
    assert "The results are told later." in page.text
    assert "/vote" not in page.text
