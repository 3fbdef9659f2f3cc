"""Bounds what waits for the database while somebody wants something to stop."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from runtime.settings import resolve
from tasks.control.context import Control

T = TypeVar("T")


def within_budget(control: Control, call: Callable[[], T]) -> T:
    """Return what a blocking call returns, or raise TimeoutError after the halt-check budget; the call itself goes on."""
    # The environment or the default: an override is in the database, which is what may not answer.
    budget = resolve(control.settings.pinned(), {})[0].orchestration_halt_check_timeout_seconds
    running: Future[T] = _threads().submit(call)
    return running.result(timeout=budget)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="halt")
