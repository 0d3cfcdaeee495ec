"""What becomes of a picture, as the server and the process that makes it tell each other."""

from typing import Final, Literal

import msgspec

TYPES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")

# post: as it is, up to 8 megapixels, with a small form; avatar and header: cut to the form of their place
Shape = Literal["post", "avatar", "header"]


class Size(msgspec.Struct, frozen=True):
    """Pixels."""

    width: int
    height: int


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The picture and its small form, each encoded as `content_type` (file suffix `suffix`)."""

    full: bytes
    preview: bytes
    content_type: Literal["image/jpeg", "image/png"]
    suffix: Literal["jpg", "png"]
    size: Size
    preview_size: Size
    blurhash: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is asked to do, and within which limits: bytes of memory, seconds of computing."""

    shape: Shape
    max_pixels: int
    max_frames: int
    memory: int
    seconds: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the child says: a picture, or the sentence for whoever sent the file, and a line for the log."""

    picture: Picture | None = None
    refused: str = ""
    log: str = ""
