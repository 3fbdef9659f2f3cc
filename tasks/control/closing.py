"""Writes frames of runs that no worker has: the one that ends it, when it was never claimed or its worker is gone, and answers."""

import json
import logging
from typing import Any

from redis.exceptions import RedisError, ResponseError
from sqlalchemy.orm import Session

from persistence.types import dump_json
from runtime.ids import RunId, SpecName, TaskId
from tasks.control.context import Control
from tasks.control.ledgers import WORKFLOW_RUNS, Ledger
from tasks.halt.keys import EVENTS_SECONDS_AFTER_END, events_key
from tasks.terminal import Ending, terminal_frame
from tasks.worker.journal import frame_time

_log = logging.getLogger(__name__)

Frame = dict[str, Any]


def streamed_frames(control: Control, run_id: RunId, *, after: int) -> list[Frame]:
    """Return the frames that Redis has after a number; raises `RedisError` or `OSError` when it does not answer."""
    entries: Any = control.redis.xrange(events_key(run_id), min=f"({after}-0")
    return [json.loads(fields["frame"]) for _, fields in entries]


def salvage(control: Control, run_id: RunId, ledger: Ledger = WORKFLOW_RUNS) -> list[Frame]:
    """Return the frames that a lost worker got to Redis but not to the database."""
    with control.database.read() as session:
        last = ledger.events(session).last_seq(run_id)
    try:
        return streamed_frames(control, run_id, after=last)
    except (RedisError, OSError):
        return []


def close_in(
    session: Session,
    control: Control,
    run_id: RunId,
    *,
    spec: SpecName,
    task_id: TaskId | None,
    ending: Ending,
    salvaged: list[Frame] | None = None,
    ledger: Ledger = WORKFLOW_RUNS,
) -> Frame | None:
    """Take the right to end the run's story and write the end; None when somebody else has. Send it after the commit."""
    now = control.clock.now()
    if not ledger.runs(session).close(run_id, now):
        return None
    ledger.clear_up(session, run_id, ending.error or ending.status, now)
    events = ledger.events(session)
    if salvaged:
        events.append(run_id, [(frame["seq"], frame_time(frame), frame) for frame in salvaged])
    told = terminal_frame(run_id, spec, ending, at=now, what=ledger.what)
    return add_in(session, control, run_id, task_id=task_id, frame=told, ledger=ledger)


def add_in(
    session: Session,
    control: Control,
    run_id: RunId,
    *,
    task_id: TaskId | None,
    frame: Frame,
    ledger: Ledger = WORKFLOW_RUNS,
) -> Frame:
    """Write one frame of a run that no worker has. Send it after the commit."""
    whole = {"run_id": run_id, "task_id": task_id, **frame}
    return {**whole, "seq": ledger.events(session).append_next(run_id, control.clock.now(), whole)}


def send(control: Control, frames: list[Frame]) -> None:
    """Add such frames to their streams; where one does not fit, the database alone tells the story."""
    try:
        for frame in frames:
            _send(control, RunId(frame["run_id"]), frame)
    except (RedisError, OSError):
        _log.info("frames were not sent to Redis; the database has them")


def _send(control: Control, run_id: RunId, frame: Frame) -> None:
    key = events_key(run_id)
    try:
        control.redis.xadd(key, {"frame": dump_json(frame)}, id=f"{frame['seq']}-0")
        control.redis.expire(key, EVENTS_SECONDS_AFTER_END)
    except ResponseError:
        # The lost worker's own frames went further than the database's: the stream would never show the end.
        control.redis.delete(key)
