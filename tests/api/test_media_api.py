"""Pictures: made anew, described, attached once, fetched by a name that cannot be guessed."""

import io
from typing import Any

import pytest
from PIL import Image

from fedi_aid.media.store import Store
from fedi_aid.storage import files
from tests.api.conftest import Caller, World, checked

pytestmark = pytest.mark.anyio


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(out, kind, **more)
    return out.getvalue()


def with_exif() -> bytes:
    """A sideways picture that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    exif[0x010F] = "SpyCam"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif.tobytes())


async def upload(
    caller: Caller, content: bytes, path: str = "/api/v2/media", status: int = 200, **form: str
) -> Any:
    return await caller.post(path, status, files={"file": ("file", content, "image/jpeg")}, data=form)


async def test_a_picture_loses_what_it_says_about_its_maker(world: World, amina: Caller) -> None:
    """M01: no EXIF, no place, no camera; turned upright first."""
    raw = with_exif()
    assert b"SpyCam" in raw
    made = await upload(amina, raw, description="a gradient", focus="0.1,-0.5")
    assert made["type"] == "image"
    assert made["description"] == "a gradient"
    assert made["meta"]["original"] == {"width": 40, "height": 60, "size": "40x60", "aspect": 40 / 60}
    assert made["meta"]["focus"] == {"x": 0.1, "y": -0.5}
    assert len(made["blurhash"]) > 6
    for url in (made["url"], made["preview_url"]):
        fetched = await world.http.get(url)
        assert fetched.status_code == 200
        assert fetched.headers["content-type"] == "image/jpeg"
        assert fetched.headers["cache-control"] == "private, no-store"
        assert fetched.headers["x-content-type-options"] == "nosniff"
        assert b"SpyCam" not in fetched.content
        assert not Image.open(io.BytesIO(fetched.content)).getexif()
    assert made["url"] != made["preview_url"]


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:200], picture("BMP"), b"\x89PNG\r\n\x1a\n"],
    ids=["empty", "text", "svg", "cut", "bmp", "header"],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(amina: Caller, content: bytes) -> None:
    refused = await upload(amina, content, status=422)
    assert refused["details"]["file"]


async def test_a_file_is_needed_and_must_not_be_too_large(make_world: Any) -> None:
    world = await make_world(media_max_bytes=2_000, media_max_pixels=10_000)
    amina = await world.member("amina")
    await amina.post("/api/v2/media", 422, data={"description": "nothing"})
    await amina.post("/api/v2/media", 422, data={"file": "a word"})
    await upload(amina, picture("PNG", size=(100, 101)), status=422)
    assert (await upload(amina, b"x" * 3_000, status=422))[
        "error"
    ] == "Validation failed: The file is too large"


async def test_a_file_is_ones_own_until_it_is_on_a_post(world: World, amina: Caller, bruno: Caller) -> None:
    made = await upload(amina, picture(), path="/api/v1/media")
    path = f"/api/v1/media/{made['id']}"
    assert (await amina.get(path))["id"] == made["id"]
    for method in ("GET", "PUT"):
        assert (await bruno.call(method, path, json={"description": "mine"})).status_code == 404
    changed = checked(await amina.call("PUT", path, data={"description": "better", "focus": "1,1"}))
    assert (changed["description"], changed["meta"]["focus"]) == ("better", {"x": 1.0, "y": 1.0})
    for wrong in ("2,2", "x", "1", "nan,0"):
        assert (await amina.call("PUT", path, data={"focus": wrong})).status_code == 422
    await bruno.post("/api/v1/statuses", 422, json={"status": "stolen", "media_ids": [made["id"]]})
    posted = await amina.say("", media_ids=[made["id"]])
    assert [one["id"] for one in posted["media_attachments"]] == [made["id"]]
    await amina.post("/api/v1/statuses", 422, json={"status": "again", "media_ids": [made["id"]]})
    assert (await world.http.get(posted["media_attachments"][0]["url"])).status_code == 200
    checked(await amina.call("DELETE", f"/api/v1/statuses/{posted['id']}"))
    for url in (made["url"], posted["media_attachments"][0]["url"]):
        assert (await world.http.get(url)).status_code == 404  # R17: dead when the post is


async def test_a_name_must_be_one_of_ours(world: World, amina: Caller) -> None:
    """M03: no path out of the folder, no guess; a wrong name looks like any other."""
    made = await upload(amina, picture())
    word = made["url"].rpartition("/")[2]
    name = await world.db.read(lambda tx: files.own(tx, amina.member.id, int(made["id"]))[0].file)  # type: ignore[index]
    assert name not in made["url"]
    secret = world.settings.data_dir / "media" / "secret.txt"
    secret.write_text("secret")
    for wrong in (
        *("secret.txt", "..%2Fworld0.sqlite3", "%2e%2e/world0.sqlite3", "a" * 26 + ".jpg", name.upper()),
        *(name.replace(".jpg", ".png"), name.replace(".jpg", ".html"), name + "%00", "..", "_small.jpg"),
        *(
            name,
            word[:-5] + "a.jpg",
            word.replace(".jpg", ".png"),
            word.replace(".jpg", ""),
            "A" * 58 + ".jpg",
        ),
    ):
        answer = await world.http.get(f"/media/{wrong}")
        assert answer.status_code == 404, wrong
        assert b"secret" not in answer.content
    with pytest.raises(ValueError):
        Store(world.settings.data_dir).put("../escaped.jpg", b"")
