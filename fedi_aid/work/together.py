"""Many who ask for the same kind of thing at about the same moment are answered by one call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """Gathers what is asked in one turn of the loop, and while an earlier call is under way.

    `answer` is given up to `most` questions and returns as many answers in their order, an exception for a
    question that failed alone. `flights` is how many calls may be under way at once,
    `pause` for how many seconds each waits for more to come. A call that fails as a
    whole is repeated for each of its questions by itself, so that one cannot spoil the others.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[K]], Awaitable[Sequence[V | Exception]]],
        *,
        most: int,
        flights: int = 1,
        pause: Callable[[], float] | None = None,
    ) -> None:
        self._answer = answer
        self._most = most
        self._flights = flights
        self._pause = pause
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._flying = 0
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps no task alive

    async def of(self, question: K) -> V:
        """The answer to one question; what its call raised."""
        future: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._flying < self._flights:
            self._flying += 1
            task = asyncio.create_task(self._fly())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _fly(self) -> None:
        try:
            while self._waiting:
                if self._pause is not None and (seconds := self._pause()):
                    await asyncio.sleep(seconds)
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                taken = [(question, future) for question, future in taken if not future.done()]
                if taken:
                    await self._ask(taken)
        finally:
            # In the same turn in which nothing was waiting: whoever asks next begins a new flight.
            self._flying -= 1

    async def _ask(self, taken: Sequence[tuple[K, "asyncio.Future[V]"]]) -> None:
        try:
            answers = await self._answer([question for question, _ in taken])
        except Exception as failure:
            if len(taken) == 1:
                _settle(taken[0][1], failure)
                return
            for one in taken:
                await self._ask([one])
            return
        for (_, future), found in zip(taken, answers, strict=True):
            _settle(future, found)


def _settle(future: "asyncio.Future[V]", found: V | Exception) -> None:
    if future.done():
        return
    if isinstance(found, Exception):
        future.set_exception(found)
    else:
        future.set_result(found)
