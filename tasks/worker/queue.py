"""The runtime's queue over the rows: a run that asks for another one."""

from runtime.ports import QueuedRun, QueueRequest
from tasks.control.children import enqueue_child
from tasks.control.context import Control
from tasks.worker.offload import Offload


class DbRunQueue:
    """Accepts runs as every front does: row first, then Celery."""

    def __init__(self, control: Control, offload: Offload) -> None:
        self._control = control
        self._offload = offload

    async def enqueue(self, request: QueueRequest) -> QueuedRun:
        """Accept a run; see `tasks.control.children.enqueue_child` for what it refuses."""
        return await self._offload(enqueue_child, self._control, request)
