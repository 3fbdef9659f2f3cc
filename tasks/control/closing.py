"""Writes frames of runs that no worker has: the one that ends it, when it was never claimed or its worker is gone, and answers."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A run whose story is to be ended."""

    run_id: RunId
    spec: SpecName
    task_id: TaskId | None
    ending: Ending
    salvaged: Sequence[Frame] = ()
    """Frames that only Redis had."""


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
    closing = Closing(run_id=run_id, spec=spec, task_id=task_id, ending=ending, salvaged=salvaged or ())
    frames = close_all_in(session, control, [closing], ledger)
    return frames[0] if frames else None


def close_all_in(
    session: Session, control: Control, closings: Sequence[Closing], ledger: Ledger
) -> list[Frame]:
    """Take the right to end many runs' stories and write those ends; send them after the commit."""
    now = control.clock.now()
    ours = ledger.runs(session).close_all([one.run_id for one in closings], now)
    events = ledger.events(session)
    told: dict[RunId, Frame] = {}
    for one in closings:
        if one.run_id not in ours:
            continue
        ledger.clear_up(session, one.run_id, one.ending.error or one.ending.status, now)
        events.append(one.run_id, [(frame["seq"], frame_time(frame), frame) for frame in one.salvaged])
        end = terminal_frame(one.run_id, one.spec, one.ending, at=now, what=ledger.what)
        told[one.run_id] = {"run_id": one.run_id, "task_id": one.task_id, **end}
    numbers = events.append_next_all(told, now)
    return [{**frame, "seq": numbers[run_id]} for run_id, frame in told.items()]


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


def send(control: Control, frames: Sequence[Frame]) -> None:
    """Add such frames to their streams; where one does not fit, the database alone tells the story."""
    if not frames:
        return
    try:
        with control.redis.pipeline(transaction=False) as pipe:
            for frame in frames:
                key = events_key(RunId(frame["run_id"]))
                pipe.xadd(key, {"frame": dump_json(frame)}, id=f"{frame['seq']}-0")
                pipe.expire(key, EVENTS_SECONDS_AFTER_END)
            answers: list[Any] = pipe.execute(raise_on_error=False)
        added = zip(frames, answers[::2], strict=True)
        unfit = [events_key(RunId(frame["run_id"])) for frame, answer in added if _is_unfit(answer)]
        if unfit:
            # The lost worker's own frames went further than the database's: the stream would never show the end.
            control.redis.delete(*unfit)
    except (RedisError, OSError):
        _log.info("frames were not sent to Redis; the database has them")


def _is_unfit(answer: object) -> bool:
    if isinstance(answer, ResponseError):
        return True
    if isinstance(answer, Exception):
        raise answer
    return False
