"""Pictures are opened in a child process, within limits; what is hostile is refused with a sentence."""

import asyncio
import io
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from fedi_aid.errors import Refused
from fedi_aid.media import workshop as module
from fedi_aid.media.picture import Answer, Order
from fedi_aid.media.pictures import FULL_PIXELS, prepare
from fedi_aid.media.workshop import Workshop
from tests.media.conftest import SVG, gif_of, picture, png_that_says, size_of, with_exif

pytestmark = pytest.mark.anyio
MAX = 1_000_000


@pytest.fixture
def workshop() -> Workshop:
    return Workshop(max_pixels=MAX)


async def test_a_picture_comes_back_upright_and_bare(workshop: Workshop) -> None:
    """B09: no EXIF, no place, no camera; turned upright; a small form and a blurhash."""
    raw = with_exif()
    assert b"SpyCam" in raw
    made = await workshop.make(raw)
    assert (made.size.width, made.size.height) == (40, 60) == size_of(made.full)
    for content in (made.full, made.preview):
        assert b"SpyCam" not in content
        assert not Image.open(io.BytesIO(content)).getexif()
    assert len(made.blurhash) > 6


@pytest.mark.parametrize("kind,mode,suffix", [("PNG", "RGBA", "png"), ("PNG", "L", "jpg"), ("PNG", "P", "jpg"),
                                              ("GIF", "P", "jpg"), ("WEBP", "RGB", "jpg"), ("JPEG", "CMYK", "jpg")])  # fmt: skip
def test_every_kind_is_made_anew(kind: str, mode: str, suffix: str) -> None:
    made = prepare(picture(kind, mode=mode), max_pixels=10_000)
    assert made.suffix == suffix
    assert size_of(made.full) == (60, 40)


async def test_large_pictures_are_shrunk_and_a_polyglot_loses_its_tail() -> None:
    """B09: what hides behind or inside a picture does not survive."""
    tail = b"<script>alert(1)</script>PK\x03\x04"
    made = await Workshop(max_pixels=20_000_000).make(picture(size=(4000, 3000)) + tail)
    assert made.size.width * made.size.height <= FULL_PIXELS
    inside = await Workshop(max_pixels=MAX).make(picture("GIF", comment=tail))
    for content in (made.full, made.preview, inside.full, inside.preview):
        assert b"<script>" not in content
        assert content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "content, sentence",
    [
        (png_that_says(65_500, 65_500), "The picture has too many pixels"),
        (picture(size=(1001, 1000)), "The picture has too many pixels"),
        (gif_of(10_000), "The picture has too many frames"),
        (SVG, "File content type is not supported"),
        (b"", "File content type is not supported"),
        (b"GIF89a/*", "File content type is not supported"),
        (b"<!doctype html>" + picture(), "File content type is not supported"),
        (picture("BMP"), "File content type is not supported"),
        (picture()[:200], "The picture cannot be read"),
        (png_that_says(900, 900, b"\0"), "The picture cannot be read"),
    ],
    ids=["64k", "pixels", "frames", "svg", "empty", "gif head", "html first", "bmp", "cut", "no data"],
)
async def test_what_is_hostile_is_refused(workshop: Workshop, content: bytes, sentence: str) -> None:
    """D10, B09: each with a sentence; the server's own process opens none of it."""
    with pytest.raises(Refused) as refused:
        await workshop.make(content)
    assert (refused.value.sentence, refused.value.field) == (sentence, "file")


@pytest.mark.parametrize(
    "shape, size, becomes",
    [
        ("avatar", (900, 600), (400, 400)),
        ("avatar", (60, 40), (40, 40)),
        ("header", (900, 900), (900, 300)),
        ("header", (3000, 500), (1500, 500)),
    ],
)
async def test_profile_pictures_are_cut_to_their_place(
    shape: module.Shape, size: tuple[int, int], becomes: tuple[int, int]
) -> None:
    made = await Workshop(max_pixels=2_000_000).make(picture(size=size), shape=shape)
    assert size_of(made.full) == becomes


def order(**limits: int) -> str:
    whole = {"max_pixels": MAX, "max_frames": 500, "memory": 2**30, "seconds": 10} | limits
    return msgspec.json.encode(Order(shape="post", **whole)).decode()


def child(order: str, raw: bytes, code: str = "child.main()") -> "subprocess.CompletedProcess[bytes]":
    program = f"from fedi_aid.media import child\n{code}"
    return subprocess.run(
        [sys.executable, "-I", "-c", program, order], input=raw, capture_output=True, timeout=60
    )


def test_memory_is_limited() -> None:
    """D10: what needs more memory than it may have ends the child's work, not the server's."""
    raw = picture("PNG", size=(8000, 8000))
    enough = msgspec.msgpack.decode(child(order(max_pixels=10**8, memory=2**31), raw).stdout, type=Answer)
    assert enough.picture is not None
    short = child(order(max_pixels=10**8, memory=330 * 2**20), raw)
    said = msgspec.msgpack.decode(short.stdout, type=Answer)
    assert said.picture is None
    assert said.refused in ("The picture is too large to be opened", "The picture cannot be read")


def test_the_child_can_open_nothing_and_start_nothing(tmp_path: Path) -> None:
    """D10: no file, no socket, no process, once it is confined."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    tries = f"""
import msgspec, os, socket
child._confine(msgspec.json.decode(__import__('sys').argv[1], type=child.Order))
for act in (lambda: open({str(secret)!r}), socket.socket, os.pipe):
    try: act()
    except OSError as failure: print(type(failure).__name__, failure.errno)
    else: print('opened')
"""
    said = child(order(), b"", tries).stdout.decode().split("\n")
    assert said[:3] == ["OSError 24"] * 3


def test_computing_time_is_limited() -> None:
    tries = """
import msgspec, sys
child._confine(msgspec.json.decode(sys.argv[1], type=child.Order))
while True: pass
"""
    assert child(order(seconds=1), b"", tries).returncode < 0


async def test_a_child_that_overruns_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """D10: after its time by the clock it is gone, whatever it was doing, and the next picture is made."""
    number = tmp_path / "pid"
    lazy = tmp_path / "python"
    lazy.write_text(f"#!/bin/sh\necho $$ > {number}\nexec sleep 600\n")
    lazy.chmod(0o700)
    real = sys.executable
    monkeypatch.setattr(module.sys, "executable", str(lazy))
    for seconds in (1.0, 10.0, 60.0):  # a busy machine may need longer to start anything
        with pytest.raises(Refused) as refused:
            await Workshop(max_pixels=MAX, wall_seconds=seconds).make(picture())
        assert refused.value.sentence == "The picture takes too long to open"
        if number.exists() and number.read_text():
            break
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)
    monkeypatch.setattr(module.sys, "executable", real)
    assert (await Workshop(max_pixels=MAX).make(picture())).suffix == "jpg"


async def test_a_child_that_falls_over_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lazy = tmp_path / "python"
    for end in ("kill -SEGV $$", "exit 3", "echo nonsense", "cat >/dev/null; yes | head -c 70000000"):
        lazy.write_text(f"#!/bin/sh\n{end}\n")
        lazy.chmod(0o700)
        monkeypatch.setattr(module.sys, "executable", str(lazy))
        with pytest.raises(Refused) as refused:
            await Workshop(max_pixels=MAX).make(picture())
        assert refused.value.sentence == "The picture cannot be read"


async def test_one_at_a_time_and_nobody_is_forgotten(workshop: Workshop) -> None:
    made = await asyncio.gather(*(workshop.make(picture(size=(40 + n, 40))) for n in range(4)))
    assert [one.size.width for one in made] == [40, 41, 42, 43]


def test_the_server_itself_loads_no_decoding() -> None:
    """D10: nothing of the running server imports the module that opens pictures."""
    code = "import sys, fedi_aid.app; print('fedi_aid.media.pictures' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_our_secrets_do_not_go_along() -> None:
    assert not [name for name in module._ENVIRONMENT if name.startswith("FEDI_AID")]
