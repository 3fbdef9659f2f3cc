"""What is left of a run whose node does not stop: the worker waits for it a little longer, and then ends itself.

A coroutine that swallows its cancellation cannot be ended from within its process, and nothing shall be called stopped while it
runs. The end of the process is what the operating system vouches for: Celery starts another one, and the reaper, which sees
that this one is gone, writes the proof.
"""

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING

from runtime.errors import Unavailable
from tasks.worker.local_runs import LocalRun

if TYPE_CHECKING:
    from tasks.worker.process import Parts

_log = logging.getLogger(__name__)

LINGER_SECONDS = 2.0
"""How long a node may outlive its run before the process ends itself."""
LAST_WORD_SECONDS = 1.0
RETRY_SECONDS = 0.25
REASON = "The worker process had to end itself: a node of another run did not stop."


async def see_off(parts: "Parts", local: LocalRun) -> None:
    """Return when nothing of an ended run is left in this process, or do not return."""
    remains = local.remains
    if remains is None:
        return
    await asyncio.wait({remains}, timeout=LINGER_SECONDS)
    if not remains.done():
        await _end_process(parts, local)
        return
    local.settle(None, at=parts.clock.now())
    last = None if local.runtime is None else local.runtime.last_effect_at
    if last is not None:
        local.stamp(last)
    if local.stopped is not None and local.stopped.kind == "halt":
        await _prove(parts, local)


async def _prove(parts: "Parts", local: LocalRun) -> None:
    while True:
        try:
            await parts.offload(parts.ledger.prove_late, local.run_id, local.account())
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _end_process(parts: "Parts", local: LocalRun) -> None:
    _log.critical(
        "a node does not stop: the worker process ends itself",
        extra={"run_id": local.run_id, "worker": parts.worker},
    )
    try:
        async with asyncio.timeout(LAST_WORD_SECONDS):
            parts.local.stop_all("abandoned", REASON, at=parts.clock.now())
            await parts.offload(parts.ledger.killed, local.run_id, parts.clock.now())
            while len(parts.local.by_id) > 1:  # noqa: ASYNC110  the others say goodbye
                await asyncio.sleep(0.01)
    except (Unavailable, TimeoutError):
        _log.warning("the end of a worker process could not be written down first")
    parts.end_process()


def end_this_process() -> None:
    """End this process at once; the kernel ends its hosts with it."""
    os.kill(os.getpid(), signal.SIGKILL)
