"""Pictures are opened in a child process, one each, which is killed when it takes too much.

One process a picture: a small one takes 0.1 s in all, nearly all of it starting up, and 12 megapixels half a
second; and what a broken decoder did with one picture cannot touch the next.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import msgspec

from fedi_aid.errors import Refused
from fedi_aid.media.picture import Answer, Order, Picture, Shape

MAX_FRAMES: Final = 500
CPU_SECONDS: Final = 10
WALL_SECONDS: Final = 30.0
BASE_MEMORY: Final = 256 * 2**20  # the interpreter and the decoders, as address space
COPIES: Final = 6  # of four bytes a pixel: the file's own form, turned, converted, encoded
MAX_ANSWER: Final = 64 * 2**20
_CHUNK: Final = 2**16
# Nothing of ours: the environment may hold the key of the instance.
_ENVIRONMENT: Final[Mapping[str, str]] = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


class Workshop:
    """Makes pictures, `at_once` at a time; the others wait. One per server process."""

    def __init__(self, *, max_pixels: int, at_once: int = 1, wall_seconds: float = WALL_SECONDS) -> None:
        self._max_pixels = max_pixels
        self._slots = asyncio.Semaphore(at_once)
        self._wall_seconds = wall_seconds

    async def make(self, raw: bytes, *, shape: Shape = "post") -> Picture:
        """The picture made anew. Refused (field `file`) for what is none, is broken, or takes too much."""
        order = Order(
            shape=shape,
            max_pixels=self._max_pixels,
            max_frames=MAX_FRAMES,
            memory=BASE_MEMORY + COPIES * 4 * self._max_pixels + 2 * len(raw),
            seconds=CPU_SECONDS,
        )
        async with self._slots:
            answer = await self._ask(order, raw)
        if answer.picture is None:
            raise Refused(answer.refused, field="file", log=answer.log)
        return answer.picture

    async def _ask(self, order: Order, raw: bytes) -> Answer:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-m", "fedi_aid.media.child", msgspec.json.encode(order).decode()),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._wall_seconds):
                said = await _talk(child, raw)
                code = await child.wait()
        except TimeoutError:
            raise Refused("The picture takes too long to open", field="file", log="killed: time") from None
        finally:
            if child.returncode is None:
                _kill(child)
                await child.wait()
        try:
            return msgspec.msgpack.decode(said, type=Answer)
        except msgspec.DecodeError:
            # It ended without a word: a limit was reached, or a decoder fell over.
            return Answer(refused="The picture cannot be read", log=f"the child ended with {code}")


async def _talk(child: Process, raw: bytes) -> bytes:
    """Hand over the file, take the answer; more than an answer can have is cut off."""
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(raw)
        await child.stdin.drain()
        child.stdin.close()
        await child.stdin.wait_closed()
    said = bytearray()
    while chunk := await child.stdout.read(_CHUNK):
        said += chunk
        if len(said) > MAX_ANSWER:
            _kill(child)
            return b""
    return bytes(said)


def _kill(child: Process) -> None:
    """The child and whatever it managed to start."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
