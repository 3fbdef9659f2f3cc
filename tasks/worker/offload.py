"""Blocking calls off the loop, on threads of their own: a node that computes must never keep a halt or a lease waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 12


class Offload:
    """Runs blocking functions for the loop. A cancelled caller leaves; the function runs on to its own end."""

    def __init__(self, *, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="offload")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, partial(function, *args, **kwargs)
        )

    def close(self) -> None:
        """Take no more calls; those under way are left to end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
