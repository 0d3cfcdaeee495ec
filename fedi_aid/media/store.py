"""Where files lie: `data_dir/media`, each under a name that nobody can guess or choose."""

import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

CONTENT_TYPES: Final = {"jpg": "image/jpeg", "png": "image/png", "mp4": "video/mp4", "m4a": "audio/mp4"}
_NAME = re.compile(r"(?P<stem>[2-9a-z]{26})(?P<small>_small)?\.(?P<suffix>jpg|png|mp4|m4a|raw)")
_CHUNK: Final = 2**18


class Store:
    """Files of one instance. Blocking: call it in a thread."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "media"

    def path(self, name: str) -> Path | None:
        """Where a file lies; None for a name that we would not have given."""
        if _NAME.fullmatch(name) is None:
            return None
        return self._folder / name[:2] / name

    def put(self, name: str, content: bytes) -> None:
        """Store whole or not at all; a crash leaves no half file under the name."""
        path = self.path(name)
        if path is None:
            raise ValueError(name)
        put_file(path, content)

    def take(self, name: str, source: BinaryIO, most: int) -> bool:
        """Store what comes out of `source`, whole or not at all; False when it is more than `most` bytes."""
        path = self.room(name)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            taken = 0
            while taken <= most and (chunk := source.read(_CHUNK)):
                taken += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if taken > most:
            Path(file.name).unlink()
            return False
        Path(file.name).replace(path)
        return True

    def room(self, name: str) -> Path:
        """Where a file will lie, in a folder that exists; ValueError for a name that we would not give."""
        path = self.path(name)
        if path is None:
            raise ValueError(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def drop(self, name: str) -> None:
        path = self.path(name)
        if path is not None:
            path.unlink(missing_ok=True)


def content_type(name: str) -> str | None:
    """The type of a stored file by its name; None for a name that we would not have given, and for what was
    only received (`raw`): that is never shown."""
    match = _NAME.fullmatch(name)
    return CONTENT_TYPES.get(match["suffix"]) if match else None


def stem(name: str) -> str | None:
    """What both forms of a stored file share; None for a name that we would not have given."""
    match = _NAME.fullmatch(name)
    return match["stem"] if match else None


def put_file(path: Path, content: bytes) -> None:
    """Write whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
