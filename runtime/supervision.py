"""Runs something that may not want to stop: a cancelled caller gets its turn back after the grace, whatever the work does."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from runtime.settings import LiveSettings, LiveSettingsSource

T = TypeVar("T")

AT_ONCE_SECONDS = 0.05
"""Work that stops as it should has stopped by then; only for the rest does the grace have to be looked up."""


SETTINGS_SECONDS = 0.25
"""Longest wait for the live grace; then the default counts."""


async def live_grace(settings: LiveSettingsSource) -> float:
    """Return how many seconds a cancelled node may take to stop: the live halt-check timeout."""
    try:
        async with asyncio.timeout(SETTINGS_SECONDS):
            live = await settings.live()
    except Exception:  # noqa: BLE001  settings that cannot be read now must not keep a halt waiting
        live = LiveSettings()
    return live.orchestration_halt_check_timeout_seconds


async def supervised(
    work: Coroutine[Any, Any, T], *, grace: Callable[[], Awaitable[float]]
) -> "asyncio.Task[T]":
    """Run work as a task of its own and return the task: ended, or still running although it was cancelled `grace` seconds ago."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        clear_cancellation()
        task.cancel()
        await _wait(task, grace)
    if not task.done():
        # Nobody awaits it any more; how it ends is of no interest, but not an error of the loop either.
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    return task


async def _wait(task: "asyncio.Task[T]", grace: Callable[[], Awaitable[float]]) -> None:
    try:
        done, _ = await asyncio.wait({task}, timeout=AT_ONCE_SECONDS)
        if not done:
            seconds = await grace()
            await asyncio.wait({task}, timeout=max(seconds - AT_ONCE_SECONDS, 0.0))
    except asyncio.CancelledError:
        # Whoever cancels twice does not want to wait.
        clear_cancellation()


def clear_cancellation() -> None:
    """Take note of the cancellation of this task: without it the next await would be cancelled again."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()
