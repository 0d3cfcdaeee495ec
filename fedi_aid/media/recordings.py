"""Sound and films, made anew by ffmpeg: H.264 and AAC in MP4, which every app plays; nothing hides in them.

ffmpeg is a program of the machine's, or the one in the Python package `imageio-ffmpeg`; where there is
neither, recordings are refused in a sentence and pictures work as ever. It opens a stranger's file, so it
is told what the file must be, from its first bytes, and reads nothing but that file (a playlist that names
other files or addresses is never recognised as one); it has bounds of memory, time and size, and no
environment. See `workshop` for pictures.
"""

import asyncio
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from fedi_aid.errors import Refused
from fedi_aid.media.confined import Limits
from fedi_aid.media.picture import Size
from fedi_aid.settings import Settings

# What a file says in its first bytes, and the one reader that is then used.
_STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf2", "mp3"),
    (b"\xff\xf1", "aac"),
    (b"\xff\xf9", "aac"),
    (b"GIF8", "gif"),
)
_STILL: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
_FILMS: Final = frozenset({"mov", "matroska", "gif"})
HEAD: Final = 64  # bytes that `reader_of` wants to see

TYPES: Final = (
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/ogg",
    "audio/wav",
    "audio/x-wav",
    "audio/flac",
    "audio/webm",
)
# What is passed on as it came, for copies of other servers' recordings, by reader.
PLAYED_AS: Final = {
    "mov": ("video/mp4", ".mp4"),
    "matroska": ("video/webm", ".webm"),
    "ogg": ("audio/ogg", ".ogg"),
    "mp3": ("audio/mpeg", ".mp3"),
    "flac": ("audio/flac", ".flac"),
    "wav": ("audio/wav", ".wav"),
    "aac": ("audio/aac", ".aac"),
}

PIXELS: Final = 1920 * 1080
FRAME_RATE: Final = 60
MEMORY: Final = 2 * 2**30  # of address space; the encoder maps more than it uses
_PROBE_SECONDS: Final = 20
_DURATION: Final = re.compile(r"^  Duration: (\d{2,5}):(\d\d):(\d\d\.\d+)", re.MULTILINE)
_VIDEO: Final = re.compile(r"Stream #0:\d+.*: Video: .*?, (\d{1,6})x(\d{1,6})[ ,\[](?!.*attached pic)")
_FPS: Final = re.compile(r", (\d{1,5}(?:\.\d+)?) fps")
_AUDIO: Final = re.compile(r"Stream #0:\d+.*: Audio: ")

Kind = Literal["video", "audio", "gifv"]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds, as ffmpeg read it. `seconds` None where it does not say."""

    seconds: float | None
    size: Size | None
    frames_a_second: str | None
    sound: bool


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording made anew, in a file that its caller has named; `frame`: a PNG of a film."""

    kind: Kind
    content_type: Literal["video/mp4", "audio/mp4"]
    suffix: Literal["mp4", "m4a"]
    seconds: float
    size: Size | None
    frames_a_second: str | None
    frame: bytes | None


def reader_of(head: bytes) -> str | None:
    """The reader for a file that begins like this; None for what is no recording we take."""
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _STILL else "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    return next((reader for start, reader in _STARTS if head.startswith(start)), None)


def moves(gif: bytes) -> bool:
    """A GIF of several pictures: more than one image follows a graphic control extension."""
    return gif.startswith(b"GIF8") and gif.count(b"\x21\xf9\x04") > 1


@lru_cache(maxsize=8)
def find_ffmpeg(wish: str) -> str | None:
    """The program: the one the settings name, else the machine's, else that of `imageio-ffmpeg`."""
    if wish:
        return shutil.which(wish)
    found = shutil.which("ffmpeg")
    if found is not None:
        return found
    try:
        import imageio_ffmpeg
    except ImportError:
        return None
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:  # its wheel for this machine has no program in it
        return None


class Studio:
    """Makes recordings, `at_once` at a time. One per server process."""

    def __init__(
        self, ffmpeg: str | None, *, max_seconds: int, max_pixels: int, max_bytes: int, at_once: int = 1
    ) -> None:
        self._ffmpeg = ffmpeg
        self._max_seconds = max_seconds
        self._max_pixels = max_pixels
        self._max_bytes = max_bytes
        self._slots = asyncio.Semaphore(at_once)

    @classmethod
    def of(cls, settings: Settings) -> "Studio":
        """As the settings say."""
        return cls(
            find_ffmpeg(settings.ffmpeg) if settings.media_max_recording_bytes else None,
            max_seconds=settings.media_max_seconds,
            max_pixels=settings.media_max_pixels,
            max_bytes=settings.media_max_recording_bytes,
            at_once=settings.media_concurrency,
        )

    @property
    def open(self) -> bool:
        """Whether recordings are taken here at all: wished for, and ffmpeg is at hand."""
        return self._ffmpeg is not None

    async def make(self, source: Path, reader: str, target: Path) -> Recording:
        """Make `source` anew as `target`. Refused (field `file`) for what is none, is broken or too much.

        `target` is the caller's to remove when this raises.
        """
        async with self._slots:
            seen = await self._look(source, reader)
            film = reader in _FILMS and seen.size is not None
            if not film and not seen.sound:
                raise Refused("The file cannot be read", field="file", log="neither sound nor pictures")
            if seen.seconds is not None and seen.seconds > self._max_seconds:
                raise Refused(f"At most {self._max_seconds} seconds", code="too_long", field="file")
            if film and seen.size is not None and seen.size.width * seen.size.height > self._max_pixels:
                raise Refused("The film has too many pixels", code="too_many_pixels", field="file")
            await self._encode(source, reader, target, film=film)
            made = await self._look(target, "mov")
            frame = await self._frame(target, made) if film else None
        if made.seconds is None:
            raise Refused("The file cannot be read", field="file", log="nothing came out")
        return Recording(
            kind=("video" if made.sound or reader != "gif" else "gifv") if film else "audio",
            content_type="video/mp4" if film else "audio/mp4",
            suffix="mp4" if film else "m4a",
            seconds=made.seconds,
            size=made.size if film else None,
            frames_a_second=made.frames_a_second if film else None,
            frame=frame,
        )

    async def _look(self, path: Path, reader: str) -> Seen:
        """What ffmpeg says of a file. Without an output it ends with an error, which means nothing here."""
        _, _, said = await self._run(_PROBE_SECONDS, *_input(path, reader))
        seconds, video = _DURATION.search(said), _VIDEO.search(said)
        rate = _FPS.search(said, video.start()) if video else None
        return Seen(
            seconds=_seconds(seconds) if seconds else None,
            size=Size(int(video[1]), int(video[2])) if video else None,
            frames_a_second=rate[1] if rate else None,
            sound=_AUDIO.search(said) is not None,
        )

    async def _encode(self, source: Path, reader: str, target: Path, *, film: bool) -> None:
        code, _, said = await self._run(
            20 + 4 * self._max_seconds,
            *("-loglevel", "error"),
            *_input(source, reader),
            *("-t", str(self._max_seconds), "-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"),
            *(_FILM if film else _SOUND),
            *("-fs", str(self._max_bytes), "-movflags", "+faststart", "-f", "mp4", "-y", str(target)),
        )
        if code != 0:
            raise Refused("The file cannot be read", field="file", log=f"ffmpeg {code}: {said[-300:]}")

    async def _frame(self, film: Path, made: Seen) -> bytes:
        at = min(1.0, (made.seconds or 0) / 3)
        code, out, said = await self._run(
            _PROBE_SECONDS,
            *("-loglevel", "error", "-ss", f"{at:.3f}"),
            *_input(film, "mov"),
            *("-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"),
        )
        if code != 0 or not out:
            raise Refused("The file cannot be read", field="file", log=f"no frame: {said[-300:]}")
        return out

    async def _run(self, seconds: int, *arguments: str) -> tuple[int, bytes, str]:
        """(exit code, output, what it said) of one confined ffmpeg; killed when it takes too long."""
        assert self._ffmpeg is not None
        limits = Limits(memory=MEMORY, seconds=seconds, file_bytes=2 * self._max_bytes)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-m", "fedi_aid.media.confined", msgspec.json.encode(limits).decode(), self._ffmpeg),
            *("-nostdin", "-hide_banner", *arguments),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(2 * seconds):
                out, said = await child.communicate()
        except TimeoutError:
            raise Refused("The file takes too long to open", field="file", log="killed: time") from None
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
        assert child.returncode is not None
        return child.returncode, out, said.decode("utf-8", "replace")


_SCALE: Final = (
    f"scale=w='2*trunc(min(1,sqrt({PIXELS}/(iw*ih)))*iw/2)':h='2*trunc(min(1,sqrt({PIXELS}/(iw*ih)))*ih/2)'"
)
_FILM: Final = (
    *("-map", "0:v:0", "-map", "0:a:0?", "-vf", _SCALE, "-fpsmax", str(FRAME_RATE)),
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-threads", "1"),
    *("-c:a", "aac", "-b:a", "128k", "-ac", "2"),
)
_SOUND: Final = ("-map", "0:a:0", "-vn", "-c:a", "aac", "-b:a", "160k", "-ac", "2")


def _input(path: Path, reader: str) -> tuple[str, ...]:
    """Exactly this file, read as exactly this: no other file, no address, no other reader."""
    return ("-protocol_whitelist", "file", "-threads", "1", "-f", reader, "-i", f"file:{path}")


def _seconds(found: re.Match[str]) -> float:
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
