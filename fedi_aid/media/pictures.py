"""A picture somebody sent, made anew: what is stored is only what we decoded and encoded ourselves.

That drops EXIF (places, cameras), trailing bytes and whatever else was hidden in the file (B09). Nothing is
decoded before its declared size is known to be bearable (D10). Runs in the child process alone: see child.
"""

import io
import warnings
from typing import Final

import blurhash
from PIL import Image, ImageOps, UnidentifiedImageError

from fedi_aid.errors import Refused
from fedi_aid.media.picture import Picture, Shape, Size

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
FULL_PIXELS: Final = 3840 * 2160
PREVIEW_PIXELS: Final = 640 * 360
MAX_FRAMES: Final = 500
CUT: Final[dict[Shape, tuple[int, int]]] = {"avatar": (400, 400), "header": (1500, 500)}
_HASHED: Final = 32  # pixels a side that the blurhash is made from

Image.MAX_IMAGE_PIXELS = None  # `max_pixels` decides, with a sentence of ours


def prepare(raw: bytes, *, max_pixels: int, max_frames: int = MAX_FRAMES, shape: Shape = "post") -> Picture:
    """The first frame of a JPEG, PNG, GIF or WebP, upright and without metadata; Refused (field `file`)."""
    image = _opened(raw, max_pixels, max_frames)
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    image = _shaped(image.convert("RGBA" if clear else "RGB"), shape)
    small = _shrunk(image, PREVIEW_PIXELS)
    return Picture(
        full=_encoded(image, clear),
        preview=_encoded(small, clear),
        content_type="image/png" if clear else "image/jpeg",
        suffix="png" if clear else "jpg",
        size=Size(*image.size),
        preview_size=Size(*small.size),
        blurhash=_blurhash(small),
    )


def _opened(raw: bytes, max_pixels: int, max_frames: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(raw), formats=FORMATS)
            width, height = image.size
            if width * height > max_pixels or width < 1 or height < 1:
                raise Refused("The picture has too many pixels", field="file")
            if getattr(image, "n_frames", 1) > max_frames:
                raise Refused("The picture has too many frames", field="file")
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


def _shaped(image: Image.Image, shape: Shape) -> Image.Image:
    wanted = CUT.get(shape)
    if wanted is None:
        return _shrunk(image, FULL_PIXELS)
    # Cut to the form of its place, never made larger.
    scale = min(1.0, *(have / want for have, want in zip(image.size, wanted, strict=True)))
    size = (max(1, round(wanted[0] * scale)), max(1, round(wanted[1] * scale)))
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _shrunk(image: Image.Image, pixels: int) -> Image.Image:
    width, height = image.size
    if width * height <= pixels:
        return image
    scale = (pixels / (width * height)) ** 0.5
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, clear: bool) -> bytes:
    """A new image from the pixels alone, so that no chunk of the old file can come along."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    if clear:
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
