"""Tells Celery that a run waits."""

import logging

from celery.exceptions import CeleryError
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from persistence.runs import RunRepository
from runtime.errors import Unavailable
from runtime.ids import RunId, TaskId
from tasks.app import RUN_WORKFLOW
from tasks.control.context import Control

_log = logging.getLogger(__name__)

UNSENT = (CeleryError, KombuError, RedisError, OSError)
"""What sending a message raises when the broker is away."""


def dispatch(control: Control, run_id: RunId, task_id: TaskId) -> bool:
    """Send the message of a pending run; False when the broker does not take it within a second or so."""
    try:
        control.celery.send_task(RUN_WORKFLOW, args=[run_id], task_id=task_id, ignore_result=True)
    except UNSENT:
        _log.warning("a run was accepted but not dispatched", extra={"run_id": run_id})
        return False
    try:
        with control.database.write() as session:
            RunRepository(session).mark_dispatched(run_id, control.clock.now())
    except Unavailable:
        # The message is out: at worst it is sent a second time, and the second one is dropped.
        _log.warning("a run was dispatched, but its row does not say so", extra={"run_id": run_id})
    return True
