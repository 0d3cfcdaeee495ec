"""How often one caller may call: counted in memory, per token, and per address for those without one."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

KEYS: Final = 20_000  # counted at once; the oldest is forgotten first


class Limit(msgspec.Struct, frozen=True):
    """So many calls within so many seconds."""

    calls: int
    seconds: int


NORMAL: Final = Limit(300, 300)
MEDIA: Final = Limit(30, 1800)
DELETES: Final = Limit(30, 1800)
FILES: Final = Limit(6000, 300)  # a page of posts shows a hundred pictures
APPS: Final = Limit(60, 300)
SIGN_UPS: Final = Limit(5, 1800)
TOKENS: Final = Limit(60, 300)
LOOK_UPS: Final = Limit(60, 300)  # each may ask another server several times (X01)


class Standing(msgspec.Struct, frozen=True):
    """How a caller stands after this call. `remaining` is negative when it is one too many."""

    limit: int
    remaining: int
    resets_at: datetime

    @property
    def headers(self) -> dict[str, str]:
        """All three or none: client libraries read them together."""
        reset = self.resets_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": reset,
        }


class Limiter:
    """Fixed windows per key. One process counts for itself: several processes allow as many times more."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._windows: OrderedDict[tuple[str, Limit], tuple[int, int]] = OrderedDict()

    def take(self, key: str, limit: Limit) -> Standing:
        """Count one call."""
        now = self._clock()
        window = int(now // limit.seconds)
        since, used = self._windows.pop((key, limit), (window, 0))
        used = used + 1 if since == window else 1
        self._windows[(key, limit)] = (window, used)
        while len(self._windows) > KEYS:
            self._windows.popitem(last=False)
        resets_at = datetime.fromtimestamp((window + 1) * limit.seconds, UTC)
        return Standing(limit.calls, limit.calls - used, resets_at)
