"""Where files lie: `data_dir/media`, each under a name that nobody can guess or choose."""

import os
import re
import tempfile
from pathlib import Path
from typing import Final

CONTENT_TYPES: Final = {"jpg": "image/jpeg", "png": "image/png"}
_NAME = re.compile(r"(?P<stem>[2-9a-z]{26})(?P<small>_small)?\.(?P<suffix>jpg|png)")


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

    def drop(self, name: str) -> None:
        path = self.path(name)
        if path is not None:
            path.unlink(missing_ok=True)


def content_type(name: str) -> str | None:
    """The type of a stored file by its name; None for a name that we would not have given."""
    match = _NAME.fullmatch(name)
    return CONTENT_TYPES[match["suffix"]] if match else None


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
