"""After a commit: what happened, told to whoever streams. In one process; a lost event is found by paging.

An announcement carries ids only. Streaming asks the database again, for its own viewer, so an event never
shows more than a request would.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable

from fedi_aid.storage.tx import Announcement

QUEUE = 1000


class Subscription:
    """An endless async iterator of announcements on the topics asked for; `close()` ends it."""

    def __init__(self, bus: "Bus", topics: frozenset[str]) -> None:
        self._bus = bus
        self.topics = topics
        self._queue: asyncio.Queue[Announcement | None] = asyncio.Queue(QUEUE)

    def offer(self, announcement: Announcement | None) -> None:
        """Add without waiting; a reader that is a thousand events behind is cut off and pages instead."""
        if self._queue.full():
            self._queue.get_nowait()
            announcement = None
        self._queue.put_nowait(announcement)
        if announcement is None:
            self._bus.forget(self)

    async def next(self) -> Announcement | None:
        """The next announcement; None when the subscription has ended."""
        return await self._queue.get()

    async def __aiter__(self) -> AsyncIterator[Announcement]:
        while (announcement := await self._queue.get()) is not None:
            yield announcement

    def close(self) -> None:
        self._bus.forget(self)
        if not self._queue.full():
            self._queue.put_nowait(None)


class Bus:
    """Hands announcements to subscriptions; wired to `Database.on_commit` by the composition root."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def subscribe(self, *topics: str) -> Subscription:
        subscription = Subscription(self, frozenset(topics))
        self._subscriptions.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    def publish(self, announcements: Iterable[Announcement], _lanes: set[str] | None = None) -> None:
        for announcement in announcements:
            for subscription in list(self._subscriptions):
                if announcement.topic in subscription.topics:
                    subscription.offer(announcement)

    def close(self) -> None:
        for subscription in list(self._subscriptions):
            subscription.close()
