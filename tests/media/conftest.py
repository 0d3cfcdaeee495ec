"""Pictures for the tests, good and hostile, and a world with an API over them."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from tests.api.conftest import amina, both_worlds, keys, make_world, open_world, world

__all__ = ["amina", "both_worlds", "keys", "make_world", "open_world", "world"]

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(out, kind, **more)
    return out.getvalue()


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content)).size


def png_that_says(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG of a few bytes that declares so many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def gif_of(frames: int) -> bytes:
    """A GIF that lasts: the same pixel, so many times."""
    frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00" + frame * frames + b"\x3b"


def with_exif() -> bytes:
    """A sideways picture that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right
    exif[0x010F] = "SpyCam"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif.tobytes())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
