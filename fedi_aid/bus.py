"""After a commit: what happened, told to whoever streams; a lost event is found by paging. What other
processes of the instance commit comes here too, by `storage.neighbours`.

An announcement carries ids only. Streaming asks the database again, for its own viewer, so an event never
shows more than a request would.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator

from fedi_aid.storage.neighbours import LOST
from fedi_aid.storage.tx import Announcement

QUEUE = 1000


class Subscription:
    """An endless async iterator of announcements on the topics asked for; `close()` ends it."""

    def __init__(self, bus: "Bus", topics: frozenset[str], member_id: int | None) -> None:
        self._bus = bus
        self.topics = topics
        self.member_id = member_id
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
        self.offer(None)  # the end is told to a reader that is far behind, too


class Bus:
    """Hands announcements to subscriptions; wired to `Database.on_commit` by the composition root."""

    def __init__(self) -> None:
        # By whose announcements they want: what goes to 150 homes does not wake everybody 150 times.
        self._subscriptions: dict[int | None, set[Subscription]] = {}

    def subscribe(self, *topics: str, member_id: int | None = None) -> Subscription:
        """Of announcements that name a member, only those of `member_id`; None: all."""
        subscription = Subscription(self, frozenset(topics), member_id)
        self._subscriptions.setdefault(member_id, set()).add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        same = self._subscriptions.get(subscription.member_id, set())
        same.discard(subscription)
        if not same:
            self._subscriptions.pop(subscription.member_id, None)

    def _listening(self, announcement: Announcement | None = None) -> list[Subscription]:
        whose = announcement.ids.get("member_id") if announcement is not None else None
        if whose is None:
            return [one for same in self._subscriptions.values() for one in same]
        return [one for key in (whose, None) for one in self._subscriptions.get(key, ())]

    def _each(self, announcement: Announcement) -> Iterator[Announcement]:
        """One that names many members (`member_ids`) is one for each of them who listens."""
        many = announcement.ids.get("member_ids")
        if many is None:
            yield announcement
            return
        rest = {name: value for name, value in announcement.ids.items() if name != "member_ids"}
        for member_id in many:
            if member_id in self._subscriptions or None in self._subscriptions:
                yield Announcement(announcement.topic, {"member_id": member_id, **rest})

    def publish(self, announcements: Iterable[Announcement], _lanes: set[str] | None = None) -> None:
        for announcement in announcements if self._subscriptions else ():
            if announcement == LOST:  # nobody knows what: they come again, and page
                self.close()
                continue
            for one in self._each(announcement):
                for subscription in self._listening(one):
                    if one.topic in subscription.topics:
                        subscription.offer(one)

    def close(self) -> None:
        for subscription in self._listening():
            subscription.close()
