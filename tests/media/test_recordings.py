"""Films and sounds: taken, made anew by ffmpeg, shown only when ready, refused in a sentence otherwise."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from fedi_aid.actions import files, recordings
from fedi_aid.actions.elsewhere import Elsewhere, Picture
from fedi_aid.actions.instance import Instance
from fedi_aid.client_api import media as wire
from fedi_aid.errors import NotFound
from fedi_aid.media import recordings as making
from fedi_aid.media.store import Store, content_type
from fedi_aid.media.workshop import Workshop
from fedi_aid.net.client import Response
from fedi_aid.storage.tables.posts import media
from fedi_aid.work.kinds import Lane
from fedi_aid.work.runner import Runner
from tests.api.conftest import Caller, World
from tests.api.openapi import is_a
from tests.media.conftest import gif_of, picture

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(making.find_ffmpeg("") is None, reason="there is no ffmpeg on this machine"),
]

TONE = ("-f", "lavfi", "-i", "sine=d=1")
CHART = ("-f", "lavfi", "-i", "testsrc=s=319x241:d=1:r=10")
Sample = Callable[..., bytes]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A file that the same program makes: `sample("a.mov", *CHART, *TONE)`."""
    folder = tmp_path_factory.mktemp("samples")
    ffmpeg = making.find_ffmpeg("")
    assert ffmpeg is not None

    def make(name: str, *arguments: str) -> bytes:
        path = folder / name
        if not path.exists():
            subprocess.run([ffmpeg, "-loglevel", "error", *arguments, str(path)], check=True)
        return path.read_bytes()

    return make


async def make_ready(world: World) -> None:
    lanes: dict[Lane, int] = {"media": 1}
    handlers = {**recordings.handlers(world.instance), **files.handlers(world.instance)}
    await Runner(world.db, handlers, concurrency=lanes, worker_id="test").run_until_idle()


async def upload(caller: Caller, content: bytes, status: int = 202, path: str = "/api/v2/media") -> Any:
    return await caller.post(path, status, files={"file": ("x", content, "application/octet-stream")})


def lying(world: World) -> set[str]:
    """The suffixes of all files of the instance."""
    return {path.suffix for path in (world.settings.data_dir / "media").glob("??/*")}


async def test_a_film_is_shown_once_it_is_ready(open_world: World, sample: Sample) -> None:
    """202, then 206 while it is made, then 200; what was received is never served and goes (B09)."""
    amina = await open_world.member("amina")
    raw = sample(
        "walk.mov", *CHART, *TONE, "-metadata", "location=+48.85+002.35/", "-metadata", "make=SpyCam"
    )
    assert b"SpyCam" in raw
    sent = await upload(amina, raw)
    is_a(sent, "MediaAttachment")
    assert (sent["type"], sent["url"], sent["preview_url"]) == ("video", None, None)
    waiting = await amina.get(f"/api/v1/media/{sent['id']}", 206)
    assert waiting["url"] is None
    refused = await amina.call("POST", "/api/v1/statuses", json={"status": "look", "media_ids": [sent["id"]]})
    assert refused.status_code == 422
    [name] = await open_world.db.read(lambda tx: tx.column(select(media.c.file)))
    assert (await open_world.http.get(f"/media/{name}")).status_code == 404
    described = await amina.call("PUT", f"/api/v1/media/{sent['id']}", json={"description": "A walk"})
    assert (described.status_code, described.json()["description"]) == (206, "A walk")

    await make_ready(open_world)
    ready = await amina.get(f"/api/v1/media/{sent['id']}")
    is_a(ready, "MediaAttachment")
    original = ready["meta"]["original"]
    assert (original["width"], original["height"], original["frame_rate"]) == (318, 240, "10/1")
    assert 0.9 <= original["duration"] <= 1.2
    assert original["bitrate"] > 0
    assert (ready["type"], ready["description"]) == ("video", "A walk")
    assert ready["blurhash"]
    film = await open_world.http.get(ready["url"], headers={"Range": "bytes=0-99"})
    assert (film.status_code, len(film.content)) == (206, 100)
    whole = await open_world.http.get(ready["url"])
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert b"SpyCam" not in whole.content
    assert b"48.85" not in whole.content
    still = await open_world.http.get(ready["preview_url"])
    assert still.headers["content-type"] == "image/jpeg"
    assert lying(open_world) == {".mp4", ".jpg"}

    said = await amina.say("look", media_ids=[ready["id"]], visibility="public")
    [shown] = said["media_attachments"]
    assert (shown["type"], shown["id"]) == ("video", ready["id"])
    assert (await open_world.http.get(shown["url"])).content == whole.content


@pytest.mark.parametrize("name", ["a.mp3", "a.ogg", "a.wav", "a.flac", "a.m4a"])
async def test_a_sound(world: World, amina: Caller, sample: Sample, name: str) -> None:
    sent = await upload(amina, sample(name, *TONE))
    await make_ready(world)
    ready = await amina.get(f"/api/v1/media/{sent['id']}")
    assert (ready["type"], ready["preview_url"], ready["blurhash"]) == ("audio", None, None)
    assert "width" not in ready["meta"]["original"]
    assert (await world.http.get(ready["url"])).headers["content-type"] == "audio/mp4"


async def test_a_moving_gif_becomes_a_silent_film_and_a_still_one_a_picture(
    world: World, amina: Caller, sample: Sample
) -> None:
    sent = await upload(amina, sample("a.gif", *CHART))
    await make_ready(world)
    assert (await amina.get(f"/api/v1/media/{sent['id']}"))["type"] == "gifv"
    still = await upload(amina, gif_of(1), status=200)
    assert still["type"] == "image"


async def test_old_apps_wait_for_what_is_made(
    amina: Caller, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """v1 answers 200 when it is ready in time; here nobody works, so it is 202 after a while (shortened)."""
    monkeypatch.setattr(wire, "WAITS_SECONDS", 0.0)
    sent = await upload(amina, sample("a.mp3", *TONE), path="/api/v1/media")
    assert sent["url"] is None


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 400,
        b"\x1aE\xdf\xa3" + b"\xff" * 400,
        b"OggS" + b"\x00" * 100,
        b"ID3" + b"\x01" * 300,
    ],
    ids=["mp4", "webm", "ogg", "mp3"],
)
async def test_what_cannot_be_read_is_refused_in_a_sentence(
    world: World, amina: Caller, content: bytes
) -> None:
    sent = await upload(amina, content)
    await make_ready(world)
    refused = await amina.call("GET", f"/api/v1/media/{sent['id']}")
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("Validation failed: ")
    assert lying(world) == set()


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100,
    ],
    ids=["playlist", "concat", "heic"],
)
async def test_a_playlist_is_no_recording(world: World, amina: Caller, content: bytes) -> None:
    """B09: ffmpeg never gets to see a file that could name other files or addresses."""
    assert making.reader_of(content) is None
    refused = await amina.call("POST", "/api/v2/media", files={"file": ("a.m3u8", content, "video/mp4")})
    assert refused.status_code == 422


async def test_too_long_too_large_too_many_pixels(make_world: Any, sample: Sample) -> None:
    """D10."""
    world = await make_world(
        media_max_seconds=1, media_max_pixels=10_000, media_max_recording_bytes=200_000, media_max_bytes=1_000
    )
    amina = await world.member("amina")
    tone = sample("long.wav", "-f", "lavfi", "-i", "sine=d=2:r=8000")
    for content in (tone, sample("walk.mov", *CHART, *TONE)):
        sent = await upload(amina, content)
        await make_ready(world)
        assert (await amina.call("GET", f"/api/v1/media/{sent['id']}")).status_code == 422
    large = tone + b"\x00" * 200_000
    refused = await amina.call("POST", "/api/v2/media", files={"file": ("x", large, "audio/wav")})
    assert refused.status_code in (413, 422)
    assert lying(world) == set()
    # A picture does not become larger by being called a film.
    big = picture(size=(90, 90), quality=100)
    refused = await amina.call("POST", "/api/v2/media", files={"file": ("x", big, "video/mp4")})
    assert refused.status_code == 422


async def test_without_ffmpeg_it_is_said_plainly(make_world: Any) -> None:
    world = await make_world(ffmpeg="no-such-program")
    amina = await world.member("amina")
    told = (await amina.get("/api/v2/instance"))["configuration"]["media_attachments"]
    assert "video/mp4" not in told["supported_mime_types"]
    refused = await amina.call(
        "POST", "/api/v2/media", files={"file": ("x", b"ID3" + b"\0" * 99, "audio/mpeg")}
    )
    assert refused.status_code == 422


async def test_a_recording_elsewhere_is_kept_by_what_it_is(
    world: World, sample: Sample, tmp_path: Path
) -> None:
    """B07, B09, B13: passed on as the type its bytes say, never as what its server called it."""
    answers = {"/film": sample("walk.mov", *CHART, *TONE), "/page": b"<html><script>alert(1)</script>"}

    class Far:
        async def get(self, url: str, **_: Any) -> Response:
            body = answers[urlsplit(url).path]
            return Response(status=200, url=url, headers={}, body=body, content_type="text/html")

    instance = Instance(settings=world.settings, db=world.db, net=Far(), bus=world.bus)  # type: ignore[arg-type]
    elsewhere = Elsewhere(instance, Workshop(max_pixels=100_000), None)
    copy = await elsewhere.copy(Picture(url="https://far.example/film", shape="recording"), small=True)
    assert (copy.content_type, copy.path.read_bytes()) == ("video/mp4", answers["/film"])
    with pytest.raises(NotFound):
        await elsewhere.copy(Picture(url="https://far.example/page", shape="recording"), small=False)


def test_the_names_of_received_files_are_never_a_type() -> None:
    assert content_type("a" * 26 + ".raw") is None
    assert Store(Path("/nowhere")).path("a" * 26 + ".raw") is not None
