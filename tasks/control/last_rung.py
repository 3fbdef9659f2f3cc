"""The last rungs of a halt, for a worker that does not answer: tell it again, then kill its process.

A worker whose loop is blocked hears no message and cannot end its run; the operating system can. On the same machine the
process is killed by its own id; elsewhere Celery is asked to. The proof is written when the process is seen to be gone.
"""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta

from redis.exceptions import RedisError

from persistence.halts import HaltItem, HaltRepository
from persistence.run_records import Standing
from runtime.errors import Unavailable
from runtime.ids import HaltId, RunId
from runtime.settings import resolve
from tasks.control.context import Control
from tasks.control.dispatch import UNSENT
from tasks.control.ledgers import ledger_of
from tasks.control.processes import has_ended, kill
from tasks.control.proving import prove_halted
from tasks.control.settings import settings_in_force
from tasks.halt.keys import HALT_CHANNEL, HALT_KEY_SECONDS, halt_ack_key, run_halt_key

_log = logging.getLogger(__name__)

DEATH_SECONDS = 0.25
"""From the kill to the look for what is left."""
LOOKS = 20


def grace_seconds(control: Control) -> float:
    """Return the live halt-check timeout, or the pinned one or the default while the database does not answer."""
    try:
        live = settings_in_force(control).live
    except Unavailable:
        live = resolve(control.settings.pinned(), {})[0]
    return live.orchestration_halt_check_timeout_seconds


def watch_halt(control: Control, halt_id: HaltId) -> None:
    """Look after the grace whether the workers have answered a halt, and climb on where one has not; returns at once."""
    control.aside(lambda: _watch(control, halt_id), name="halt-last-rung")


def urge(control: Control, *, patience: timedelta, only: HaltId | None = None) -> tuple[RunId, ...]:
    """Tell the workers of unanswered halts once more; kill those that have not answered for so long, and return their runs."""
    with control.database.read() as session:
        unanswered = [
            (item, standing)
            for item in HaltRepository(session).unproved()
            if item.acknowledged_at is None
            and item.killed_at is None
            and only in (None, item.halt_id)
            and (standing := ledger_of(item.desk).runs(session).standing(item.run_id)) is not None
            and standing.token > 0
        ]
    if not unanswered:
        return ()
    if not _tell_again(control, [run for _, run in unanswered]):
        # Without Redis a worker cannot have been told, and cannot say that it knows; it finds the row at its heartbeat.
        patience *= 2
    now = control.clock.now()
    overdue = {run.run_id: run for item, run in unanswered if item.requested_at + patience <= now}
    return tuple(run_id for run_id, run in overdue.items() if _end_worker(control, run))


def _watch(control: Control, halt_id: HaltId) -> None:
    try:
        grace = grace_seconds(control)
        if control.closing.wait(grace) or not urge(control, patience=timedelta(seconds=grace), only=halt_id):
            return
        for _ in range(LOOKS):
            if control.closing.wait(DEATH_SECONDS):
                return
            prove_halted(control)
            if not any(item.killed_at and not item.proved_at for item in _items(control, halt_id)):
                return
    except Unavailable:
        _log.info("the reaper looks after a halt that could not be read", extra={"halt_id": halt_id})


def _items(control: Control, halt_id: HaltId) -> Sequence[HaltItem]:
    with control.database.read() as session:
        record = HaltRepository(session).get(halt_id)
    return record.items if record else ()


def _tell_again(control: Control, runs: Sequence[Standing]) -> bool:
    """Set the keys and publish once more, for a message that was lost; False when Redis does not take it."""
    try:
        with control.redis.pipeline(transaction=False) as pipe:
            for run in runs:
                reason = run.error or "halted"
                message = {"halt_id": "", "desk": None, "run_ids": [run.run_id], "reason": reason}
                pipe.set(run_halt_key(run.run_id), reason, ex=HALT_KEY_SECONDS)
                pipe.publish(HALT_CHANNEL, json.dumps(message))
            pipe.execute()
    except (RedisError, OSError):
        return False
    return True


def _end_worker(control: Control, run: Standing) -> bool:
    """Kill the process that has a run; False when it has answered meanwhile, or is gone already."""
    if run.worker is None or has_ended(run.worker) or _answered(control, run.run_id):
        return False
    if not kill(run.worker) and not _revoked(control, run):
        return False
    _log.error(
        "a worker did not answer a halt and was killed", extra={"run_id": run.run_id, "worker": run.worker}
    )
    with control.database.write() as session:
        HaltRepository(session).killed(run.run_id, control.clock.now())
    return True


def _answered(control: Control, run_id: RunId) -> bool:
    try:
        return bool(control.redis.exists(halt_ack_key(run_id)))
    except (RedisError, OSError):
        return False


def _revoked(control: Control, run: Standing) -> bool:
    if run.task_id is None or has_ended(run.worker or "") is not None:
        return False
    try:
        control.celery.control.revoke(run.task_id, terminate=True, signal="SIGKILL")
    except UNSENT:
        return False
    return True
