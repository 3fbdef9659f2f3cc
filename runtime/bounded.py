"""Several at a time, but not all: bounded concurrency whose outcome does not depend on who is first."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def each_bounded(items: Sequence[T], work: Callable[[T], Awaitable[R]], limit: int) -> list[R]:
    """Return the result of `work` for every item, in their order, `limit` at a time.

    The first failure, and a cancellation from outside, stop all others before this returns. Of failures that happened by
    then the one of the earliest item is raised.
    """
    if not items:
        return []
    slots = asyncio.Semaphore(limit)

    async def one(item: T) -> R:
        await slots.acquire()
        result = await work(item)
        # An item that failed keeps its slot: nothing else begins after it.
        slots.release()
        return result

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    raised = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    if raised:
        raise raised[0]
    return [task.result() for task in tasks]
