"""Tells Celery that a run waits."""

import logging
from collections.abc import Callable

from celery.exceptions import CeleryError
from kombu.exceptions import KombuError
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from persistence.desk_runs import DeskRunRepository
from persistence.run_records import RUN_QUEUE
from persistence.runs import RunRepository
from runtime.errors import Unavailable
from runtime.ids import RunId, TaskId
from tasks.app import RUN_DESK, RUN_WORKFLOW
from tasks.control.context import Control

_log = logging.getLogger(__name__)

UNSENT = (CeleryError, KombuError, RedisError, OSError)
"""What sending a message raises when the broker is away."""


def dispatch_desk_run(control: Control, run_id: RunId, task_id: TaskId, *, queue: str) -> bool:
    """Send the message of a desk's pending run; False when the broker does not take it within a second or so."""
    return _send(
        control,
        RUN_DESK,
        run_id,
        task_id,
        queue=queue,
        mark=lambda session: DeskRunRepository(session).mark_dispatched(run_id, control.clock.now()),
    )


def dispatch(control: Control, run_id: RunId, task_id: TaskId) -> bool:
    """Send the message of a pending run; False when the broker does not take it within a second or so."""
    return _send(
        control,
        RUN_WORKFLOW,
        run_id,
        task_id,
        queue=RUN_QUEUE,
        mark=lambda session: RunRepository(session).mark_dispatched(run_id, control.clock.now()),
    )


def _send(
    control: Control,
    task: str,
    run_id: RunId,
    task_id: TaskId,
    *,
    queue: str,
    mark: Callable[[Session], bool],
) -> bool:
    try:
        control.celery.send_task(task, args=[run_id], task_id=task_id, ignore_result=True, queue=queue)
    except UNSENT:
        _log.warning("a run was accepted but not dispatched", extra={"run_id": run_id})
        return False
    try:
        with control.database.write() as session:
            mark(session)
    except Unavailable:
        # The message is out: at worst it is sent a second time, and the second one is dropped.
        _log.warning("a run was dispatched, but its row does not say so", extra={"run_id": run_id})
    return True
