"""Copies of pictures that lie on other servers: `data_dir/cache`, within a quota, oldest use first out.

Named by a digest of where they come from and what was made of them. A copy is only a copy: what is lost is
fetched again.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from fedi_aid.media.picture import Picture
from fedi_aid.media.recordings import PLAYED_AS
from fedi_aid.media.store import put_file

# Evicting goes somewhat below the quota, or every new copy would look at all the others.
_DOWN_TO: Final = 0.9
_CONTENT_TYPES: Final = {".jpg": "image/jpeg", ".png": "image/png"} | {
    suffix: content_type for content_type, suffix in PLAYED_AS.values()
}


class Copy(msgspec.Struct, frozen=True):
    """A file that lies here, and what it is."""

    path: Path
    content_type: str


class Cache:
    """Copies of one instance. Blocking: call it in a thread. Safe between threads and processes."""

    def __init__(self, data_dir: Path, *, quota: int) -> None:
        self._folder = data_dir / "cache"
        self._quota = quota
        self._lock = threading.Lock()
        self._size: int | None = None  # bytes, counted when first needed

    def find(self, source: str, *, small: bool) -> Copy | None:
        """The copy of what `source` names, noting that it was of use."""
        for suffix, content_type in _CONTENT_TYPES.items():
            path = self._path(source, small, suffix)
            try:
                os.utime(path)
            except FileNotFoundError:
                continue
            return Copy(path, content_type)
        return None

    def keep(self, source: str, picture: Picture) -> None:
        """Keep both forms, then make room."""
        suffix = f".{picture.suffix}"
        put_file(self._path(source, False, suffix), picture.full)
        put_file(self._path(source, True, suffix), picture.preview)
        self._make_room(len(picture.full) + len(picture.preview))

    def keep_bytes(self, source: str, raw: bytes, suffix: str) -> None:
        """Keep a recording as it came, under a suffix of `PLAYED_AS`; then make room."""
        put_file(self._path(source, False, suffix), raw)
        self._make_room(len(raw))

    def _make_room(self, more: int) -> None:
        with self._lock:
            if self._size is None:
                self._size = sum(size for _, size, _ in self._files())
            else:
                self._size += more
            if self._size > self._quota:
                self._size = self._evict()

    def drop(self, source: str) -> None:
        """Forget what was made of `source`. Its bytes are counted until the next eviction."""
        for suffix in _CONTENT_TYPES:
            for small in (False, True):
                self._path(source, small, suffix).unlink(missing_ok=True)

    def _evict(self) -> int:
        """Remove what was not used for longest; the bytes that stay."""
        files = sorted(self._files())
        size = sum(one for _, one, _ in files)
        for _, one, path in files:
            if size <= self._quota * _DOWN_TO:
                break
            path.unlink(missing_ok=True)
            size -= one
        return size

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """(last use, bytes, path) of every copy."""
        for path in self._folder.glob("??/*"):
            try:
                found = path.stat()
            except FileNotFoundError:  # another process was faster
                continue
            yield found.st_mtime, found.st_size, path

    def _path(self, source: str, small: bool, suffix: str) -> Path:
        name = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / name[:2] / f"{name}{'_small' if small else ''}{suffix}"
