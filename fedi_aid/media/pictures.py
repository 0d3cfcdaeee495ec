"""A picture somebody sent, made anew: what is stored is only what we decoded and encoded ourselves.

That drops EXIF (places, cameras), trailing bytes and whatever else was hidden in the file. Nothing is decoded
before its declared size is known to be bearable. CPU heavy: call it in a thread.
"""

import io
import warnings
from typing import Final

import blurhash
import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

from fedi_aid.errors import Refused

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
TYPES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
FULL_PIXELS: Final = 3840 * 2160
PREVIEW_PIXELS: Final = 640 * 360
_HASHED: Final = 32  # pixels a side that the blurhash is made from


class Size(msgspec.Struct, frozen=True):
    """Pixels."""

    width: int
    height: int


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The picture and its small form, each encoded as `content_type` (file suffix `suffix`)."""

    full: bytes
    preview: bytes
    content_type: str
    suffix: str
    size: Size
    preview_size: Size
    blurhash: str


def prepare(raw: bytes, *, max_pixels: int) -> Picture:
    """The first frame of a JPEG, PNG, GIF or WebP, upright and without metadata; Refused (field `file`)."""
    image = _opened(raw, max_pixels)
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    image = _shrunk(image.convert("RGBA" if clear else "RGB"), FULL_PIXELS)
    small = _shrunk(image, PREVIEW_PIXELS)
    suffix = "png" if clear else "jpg"
    return Picture(
        full=_encoded(image, suffix),
        preview=_encoded(small, suffix),
        content_type="image/png" if clear else "image/jpeg",
        suffix=suffix,
        size=Size(*image.size),
        preview_size=Size(*small.size),
        blurhash=_blurhash(small),
    )


def _opened(raw: bytes, max_pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; the limit below decides
            image = Image.open(io.BytesIO(raw), formats=FORMATS)
            width, height = image.size
            if width * height > max_pixels or width < 1 or height < 1:
                raise Refused("The picture has too many pixels", field="file")
            image.load()
            upright = ImageOps.exif_transpose(image)
    except Refused:
        raise
    except UnidentifiedImageError:
        raise Refused("File content type is not supported", field="file") from None
    except Exception as failure:  # decoders raise anything they like on a broken file
        raise Refused(
            "The picture cannot be read", field="file", log=f"{type(failure).__name__}: {failure}"
        ) from None
    return upright if upright is not None else image


def _shrunk(image: Image.Image, pixels: int) -> Image.Image:
    width, height = image.size
    if width * height <= pixels:
        return image
    scale = (pixels / (width * height)) ** 0.5
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, suffix: str) -> bytes:
    """A new image from the pixels alone, so that no chunk of the old file can come along."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    if suffix == "png":
        bare.save(out, "PNG", optimize=False)
    else:
        bare.save(out, "JPEG", quality=88, progressive=True)
    return out.getvalue()


def _blurhash(image: Image.Image) -> str:
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    tiny = flat.resize((_HASHED, _HASHED))
    data = tiny.tobytes()
    rows = [
        [list(data[3 * (y * _HASHED + x) : 3 * (y * _HASHED + x) + 3]) for x in range(_HASHED)]
        for y in range(_HASHED)
    ]
    return str(blurhash.encode(rows, components_x=4, components_y=3))
