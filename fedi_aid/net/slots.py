"""How much is asked at once: in all, and of one host; and how many connections stay open afterwards (F12).

Everything here is bounded by what is in progress, never by how many hosts exist.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fedi_aid.net.error import NetError


class _Gate:
    """One host's slots, and how many requests hold or await one."""

    def __init__(self, size: int) -> None:
        self.slots = asyncio.Semaphore(size)
        self.users = 0


class Slots:
    """At most `total` requests in progress, at most `per_host` to one origin, at most `waiting` in line."""

    def __init__(self, *, total: int, per_host: int, waiting: int) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._room = total + waiting
        self._users = 0
        self._gates: dict[str, _Gate] = {}

    def __len__(self) -> int:
        """Hosts remembered: those with a request in progress or in line."""
        return len(self._gates)

    @asynccontextmanager
    async def hold(self, origin: str, end: float) -> AsyncIterator[None]:
        """A slot for one request, held while inside; waits until the loop's time is `end`.

        The host's own slot comes first: what waits for a slow host holds nothing that others need.
        `NetError("timeout", ours=True)` if none comes free.
        """
        if self._users >= self._room:
            raise NetError("timeout", origin, "too many requests in line", ours=True)
        self._users += 1
        gate = self._gates.setdefault(origin, _Gate(self._per_host))
        gate.users += 1
        try:
            async with _one_of(gate.slots, origin, end), _one_of(self._total, origin, end):
                yield
        finally:
            self._users -= 1
            gate.users -= 1
            if not gate.users:
                del self._gates[origin]


@asynccontextmanager
async def _one_of(slots: asyncio.Semaphore, origin: str, end: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(end):
            await slots.acquire()
    except TimeoutError:
        raise NetError("timeout", origin, "no slot came free", ours=True) from None
    try:
        yield
    finally:
        slots.release()


class WarmHosts:
    """Which hosts' connections are worth keeping open: those asked in the last seconds, up to a number.

    The connector bounds connections in use but not idle ones; a post for a thousand inboxes would leave a
    thousand open sockets behind. A connection to a host for which there is no room here is closed after use.
    """

    def __init__(self, *, hosts: int, seconds: float) -> None:
        self._hosts = hosts
        self._seconds = seconds
        self._last: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._last)

    def has_room(self, origin: str, now: float) -> bool:
        """Whether a connection to this host may stay open; remembers it if so."""
        while self._last and next(iter(self._last.values())) + self._seconds < now:
            self._last.popitem(last=False)
        if origin not in self._last and len(self._last) >= self._hosts:
            return False
        self._last[origin] = now
        self._last.move_to_end(origin)
        return True
