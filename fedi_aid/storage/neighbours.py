"""Other processes of the same instance: what one of them commits, the others hear.

Told after the commit, in bunches, by what the engine has at hand: NOTIFY on PostgreSQL, datagrams between
sockets beside the file on SQLite. Ids only, as on the bus. Best effort: every message is numbered by its
sender, so that whoever missed one knows (`LOST`), ends its streams, and readers page instead.

docs/decisions/0012-news-between-processes.md says why.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from fedi_aid.storage.tx import Announcement

GATHER: Final = 0.01  # seconds in which what is committed goes into one message
WAITING_MAX: Final = 10_000  # announcements; who gets so far behind skips them all
SENDERS_KEPT: Final = 64
LOST: Final = Announcement("lost", {})

Hear = Callable[[list[Announcement], set[str]], None]
log = structlog.get_logger()


Ids = dict[str, int | str | list[int]]


class Message(msgspec.Struct, frozen=True, array_like=True):
    """What goes from one process to the others; `told` holds topics with ids."""

    sender: str
    number: int
    told: list[tuple[str, Ids]] = []
    lanes: list[str] = []


class Neighbours(ABC):
    """One process among others. `hear(announcements, lanes)` is called on the event loop with what the
    others committed, and with `LOST` when something of it never arrived."""

    message_max: int  # bytes

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._name = secrets.token_hex(8)
        self._number = 0
        self._told: deque[Announcement] = deque()
        self._lanes: set[str] = set()
        self._last: dict[str, int] = {}

    @abstractmethod
    async def open(self) -> None:
        """Begin to hear; where that cannot be had it is logged, and nothing is told either way."""

    @abstractmethod
    async def close(self) -> None:
        """Tell what still waits, and leave nothing behind."""

    @abstractmethod
    def _soon(self) -> None:
        """Something waits to be told."""

    def tell(self, announcements: Sequence[Announcement], lanes: set[str]) -> None:
        """After a commit of our own. Never waits."""
        self._told.extend(announcements)
        self._lanes |= lanes
        if len(self._told) > WAITING_MAX:
            self._skip()
        self._soon()

    def _skip(self) -> None:
        """Give up what waits: the gap in the numbers tells the others."""
        self._told.clear()
        self._number += 1

    def _messages(self) -> Iterator[bytes]:
        """What waits, as messages that fit; afterwards nothing does."""
        lanes, self._lanes = sorted(self._lanes), set()
        while self._told or lanes:
            bunch: list[tuple[str, Ids]] = []
            room = self.message_max - 200 - sum(len(lane) + 3 for lane in lanes)
            while self._told:
                one = (self._told[0].topic, dict(self._told[0].ids))
                room -= len(msgspec.json.encode(one)) + 1
                if room < 0 and bunch:
                    break
                bunch.append(one)
                self._told.popleft()
            yield self._message(bunch, lanes)
            lanes = []

    def _message(self, told: list[tuple[str, Ids]], lanes: list[str]) -> bytes:
        self._number += 1
        return msgspec.json.encode(Message(self._name, self._number, told, lanes))

    def _arrived(self, raw: bytes | str) -> None:
        try:
            message = msgspec.json.decode(raw, type=Message)
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("neighbour_not_understood")
            return
        if message.sender == self._name:
            return
        before = self._last.pop(message.sender, message.number - 1)
        self._last[message.sender] = message.number
        while len(self._last) > SENDERS_KEPT:
            self._last.pop(next(iter(self._last)))
        told = [Announcement(topic, ids) for topic, ids in message.told]
        if message.number != before + 1:
            told.insert(0, LOST)
        if told or message.lanes:
            self._hear(told, set(message.lanes))


# -- SQLite


class SqliteNeighbours(Neighbours):
    """Each process has a datagram socket in a folder beside the database. Whoever is gone is cleared away by
    the first that tells them something."""

    message_max = 60_000
    AGAIN: Final = 0.2
    AGAIN_AT_MOST: Final = 50  # times, for one whose buffer is full
    AT_ONCE: Final = 100  # messages read before others on this loop have their turn

    def __init__(self, path: Path, hear: Hear) -> None:
        super().__init__(hear)
        self._folder = path.absolute().with_name(f"{path.name}-neighbours")
        self._socket: socket.socket | None = None
        self._handle = -1
        self._timer: asyncio.TimerHandle | None = None
        self._again = 0

    async def open(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.bind(self._address(self._name))
        except OSError as failure:
            log.warning("neighbours_not_heard", reason=str(failure))
            self._leave()
            return
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def _address(self, name: str) -> str:
        """By the open folder where that works: the path of a socket may have 100 characters at most."""
        short = f"/proc/self/fd/{self._handle}"
        return f"{short if os.path.isdir(short) else self._folder}/{name}"

    def _read(self) -> None:
        for _ in range(self.AT_ONCE):
            if self._socket is None:
                return
            try:
                raw = self._socket.recv(self.message_max + 1)
            except OSError:  # nothing more
                return
            self._arrived(raw)

    def _soon(self) -> None:
        if self._socket is None:
            self._told.clear()
            self._lanes.clear()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER, self._flush)

    def _flush(self) -> None:
        self._timer = None
        others = [name for name in self._names() if name != self._name]
        if not others:
            self._told.clear()
            self._lanes.clear()
            return
        # Somebody's buffer was full: an empty message lets them see the gap once they read again.
        messages = [*self._messages()] or [self._message([], [])]
        reached = [self._send(name, message) for message in messages for name in others]
        self._again = 0 if all(reached) else self._again + 1
        if 0 < self._again <= self.AGAIN_AT_MOST:
            self._timer = asyncio.get_running_loop().call_later(self.AGAIN, self._flush)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._folder)
        except OSError:
            return []

    def _send(self, name: str, message: bytes) -> bool:
        """Whether they have it, or are gone."""
        if self._socket is None:
            return True
        try:
            self._socket.sendto(message, self._address(name))
        except (BlockingIOError, InterruptedError):
            return False
        except ConnectionRefusedError:  # its process died
            with contextlib.suppress(OSError):
                (self._folder / name).unlink()
        except OSError as failure:
            log.debug("neighbour_not_told", reason=str(failure))
        return True

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._told or self._lanes:
            self._flush()
        self._leave()

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            with contextlib.suppress(OSError, ValueError):
                asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        with contextlib.suppress(OSError):
            (self._folder / self._name).unlink()
        with contextlib.suppress(OSError):  # others are there
            self._folder.rmdir()


# -- PostgreSQL


class PostgresNeighbours(Neighbours):
    """One connection that both listens and notifies; made again when it breaks."""

    message_max = 7_900
    CHANNEL: Final = "fedi_aid"
    ALIVE_EVERY: Final = 20.0
    PATIENCE: Final = 10.0
    BEFORE_NEXT_TRY: Final = 1.0  # seconds; twice as long each time, up to …
    AT_MOST: Final = 30.0

    def __init__(self, url: str, hear: Hear) -> None:
        super().__init__(hear)
        self._engine = create_async_engine(
            url,
            poolclass=NullPool,
            connect_args={"timeout": self.PATIENCE, "command_timeout": self.PATIENCE},
        )
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Returns once we listen, or the first try has failed."""
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._keep_open(ready), name="neighbours")
        await ready.wait()

    def _soon(self) -> None:
        self._wake.set()

    async def _keep_open(self, ready: asyncio.Event) -> None:
        heard_before, pause = False, self.BEFORE_NEXT_TRY
        while True:
            try:
                async with self._engine.connect() as connection:
                    raw: Any = (await connection.get_raw_connection()).driver_connection
                    await raw.execute("SET synchronous_commit = off")  # only NOTIFY comes this way
                    await raw.add_listener(self.CHANNEL, self._notified)
                    raw.add_termination_listener(lambda _: self._wake.set())
                    if heard_before:
                        self._hear([LOST], set())
                    heard_before, pause = True, self.BEFORE_NEXT_TRY
                    ready.set()
                    await self._converse(raw)
                    await raw.remove_listener(self.CHANNEL, self._notified)
                    return
            except Exception as failure:  # whatever it is: without news the instance works on
                log.warning("neighbours_not_heard", reason=type(failure).__name__)
            finally:
                ready.set()
            if self._closing:
                return
            self._skip()
            await asyncio.sleep(pause)
            pause = min(2 * pause, self.AT_MOST)

    async def _converse(self, raw: Any) -> None:
        """Tell what waits as it comes, until we close; raises when the connection is gone."""
        while True:
            if not self._closing:
                try:
                    async with asyncio.timeout(self.ALIVE_EVERY):
                        await self._wake.wait()
                except TimeoutError:
                    await raw.execute("SELECT 1")
                    continue
                self._wake.clear()
                await asyncio.sleep(GATHER)
            for message in self._messages():
                await raw.execute("SELECT pg_notify($1, $2)", self.CHANNEL, message.decode())
            if self._closing:
                return
            if raw.is_closed():
                raise ConnectionError

    def _notified(self, _connection: Any, _pid: int, _channel: str, text: str) -> None:
        self._arrived(text)

    async def close(self) -> None:
        self._closing = True
        self._wake.set()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.PATIENCE):
                    await asyncio.shield(self._task)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._engine.dispose()


def neighbours_of(url: str, hear: Hear) -> Neighbours:
    """For the database at `sqlite:///path` or `postgresql+asyncpg://…`."""
    if url.startswith("sqlite"):
        return SqliteNeighbours(Path(url.split("///", 1)[1]), hear)
    return PostgresNeighbours(url, hear)
