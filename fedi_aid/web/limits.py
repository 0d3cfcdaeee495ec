"""How often somebody may try: counted in memory, by address and by login, never written anywhere."""

import ipaddress
from collections import OrderedDict
from typing import Final

import msgspec

KEYS: Final = 10_000  # counted at once; who tried longest ago is forgotten first


class Limit(msgspec.Struct, frozen=True):
    """So many tries within so many seconds."""

    tries: int
    seconds: int


# Generous by address: a whole workshop may stand behind one.
LOGINS_FROM_ADDRESS: Final = Limit(60, 600)
LOGINS_AS_ONE: Final = Limit(10, 600)
CODES_OF_ONE: Final = Limit(10, 600)
LOOK_UPS_BY_ONE: Final = Limit(tries=60, seconds=3600)
SIGN_UPS_FROM_ADDRESS: Final = Limit(60, 3600)
PAGES_FROM_ADDRESS: Final = Limit(60, 600)  # those that open in one browser


class Attempts:
    """Fixed windows per key. One process counts for itself: several processes allow as many times more."""

    def __init__(self, limit: Limit, keys: int = KEYS) -> None:
        self.limit = limit
        self._keys = keys
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, key: str, now: float) -> bool:
        """Count one try at `now` (seconds); whether it is allowed. A refused one prolongs nothing."""
        begun, used = self._counts.pop(key, (now, 0))
        if now - begun >= self.limit.seconds:
            begun, used = now, 0
        self._counts[key] = (begun, min(used + 1, self.limit.tries + 1))
        while len(self._counts) > self._keys:
            self._counts.popitem(last=False)
        return used < self.limit.tries

    def forgive(self, key: str) -> None:
        """Forget the tries of a key: the last one was right."""
        self._counts.pop(key, None)


def address_key(host: str) -> str:
    """What one address counts as: itself, or for IPv6 its /64, which is one household's."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:100]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)
