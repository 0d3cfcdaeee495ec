"""Questions that are asked together are answered together, and none is forgotten."""

import asyncio
from collections.abc import Sequence

import pytest

from fedi_aid.work.together import Together

pytestmark = pytest.mark.anyio


class Answers:
    """Doubles what it is asked; notes what was asked together."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    async def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.calls.append(list(asked))
        await asyncio.sleep(0)
        if 13 in asked:
            raise RuntimeError("thirteen")
        return [KeyError(one) if one == 7 else 2 * one for one in asked]


async def test_what_is_asked_in_one_turn_goes_in_one_call() -> None:
    answers = Answers()
    together = Together(answers, most=4)
    assert await asyncio.gather(*(together.of(one) for one in range(6))) == [0, 2, 4, 6, 8, 10]
    assert answers.calls == [[0, 1, 2, 3], [4, 5]]


async def test_one_failure_is_its_own() -> None:
    answers = Answers()
    together = Together(answers, most=9)
    found = await asyncio.gather(*(together.of(one) for one in (1, 7, 13, 2)), return_exceptions=True)
    assert [found[0], found[3]] == [2, 4]
    assert isinstance(found[1], KeyError)
    assert isinstance(found[2], RuntimeError)
    assert answers.calls == [[1, 7, 13, 2], [1], [7], [13], [2]]


@pytest.mark.parametrize("flights", [1, 2, 3])
async def test_nothing_is_forgotten_between_two_calls(flights: int) -> None:
    """Asked at every possible turn of the loop, also in the one in which a call has just ended."""
    together = Together(Answers(), most=2, flights=flights)

    async def ask(one: int) -> int:
        for _ in range(one % 11):
            await asyncio.sleep(0)
        found: int = await together.of(one + 100)
        return found

    async with asyncio.timeout(20):
        for start in range(0, 300, 10):
            asked = range(start, start + 10)
            assert await asyncio.gather(*(ask(one) for one in asked)) == [2 * (one + 100) for one in asked]


async def test_who_stopped_waiting_is_not_asked_for() -> None:
    answers = Answers()
    together = Together(answers, most=1)
    first, second = asyncio.create_task(together.of(1)), asyncio.create_task(together.of(2))
    await asyncio.sleep(0)
    second.cancel()
    assert await first == 2
    with pytest.raises(asyncio.CancelledError):
        await second
    assert await together.of(3) == 6
    assert answers.calls == [[1], [3]]
