"""Where checkpoints are kept, opened by many processes at once."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import AsyncExitStack
from multiprocessing.synchronize import Barrier
from pathlib import Path

from runtime.settings import Settings
from tasks.worker.checkpoints import open_checkpointer

FILES, PROCESSES = 150, 2


def open_all(homes: list[Path], together: Barrier) -> None:
    """Open every home's checkpoints in step with the others; a failure is this process's exit code."""
    for settings in [Settings(home=home) for home in homes]:
        together.wait(timeout=60)
        asyncio.run(_open(settings))


async def _open(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        await open_checkpointer(settings, stack)


def test_processes_that_make_a_new_file_at_the_same_moment_all_open_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(PROCESSES)
    homes = [tmp_path / str(number) for number in range(FILES)]
    opening = [context.Process(target=open_all, args=(homes, together)) for _ in range(PROCESSES)]
    for process in opening:
        process.start()

    for process in opening:
        process.join()

    assert [process.exitcode for process in opening] == [0] * PROCESSES
