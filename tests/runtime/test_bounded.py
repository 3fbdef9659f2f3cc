"""Bounded concurrency: order, limit, and that nothing goes on after an end."""

import asyncio
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.bounded import each_bounded


@given(st.integers(0, 30), st.integers(1, 16), st.integers(0, 2**16))
def test_results_stand_in_the_order_of_items_whoever_is_first(count: int, limit: int, seed: int) -> None:
    chance, open_now, most = Random(seed), 0, 0

    async def work(item: int) -> int:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        for _ in range(chance.randrange(5)):
            await asyncio.sleep(0)
        open_now -= 1
        return item * 2

    assert asyncio.run(each_bounded(range(count), work, limit)) == [item * 2 for item in range(count)]
    assert most <= limit


async def test_a_failure_stops_all_others_before_it_is_raised() -> None:
    stopped: list[int] = []

    async def work(item: int) -> None:
        if item == 2:
            await asyncio.sleep(0)
            raise ValueError("two")
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            stopped.append(item)
            raise

    with pytest.raises(ValueError, match="two"):
        await each_bounded([0, 1, 2, 3, 4], work, 4)

    assert stopped == [0, 1, 3]
    assert len(asyncio.all_tasks()) == 1


async def test_an_item_that_cancels_itself_is_a_cancellation() -> None:
    async def work(item: int) -> int:
        if item == 1:
            raise asyncio.CancelledError
        return item

    with pytest.raises(asyncio.CancelledError):
        await each_bounded([0, 1, 2], work, 2)


async def test_an_exception_that_is_a_result_is_no_failure() -> None:
    async def work(item: int) -> Exception:
        return ValueError(str(item))

    assert [str(each) for each in await each_bounded([1, 2], work, 1)] == ["1", "2"]
