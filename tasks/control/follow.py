"""Reading a run's story: all frames after a number, or as they come. Redis is asked first, the database has them all."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from redis.exceptions import RedisError

from persistence.desk_runs import DeskRunRepository
from persistence.runs import RunRepository
from runtime.errors import NotFound
from runtime.frames import is_terminal
from runtime.ids import RunId, TaskId
from tasks.access import Actor, Permission, require
from tasks.control.closing import Frame, streamed_frames
from tasks.control.context import Control
from tasks.control.ledgers import DESK_RUNS, WORKFLOW_RUNS, Ledger
from tasks.control.settings import require_flag

_log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
LIMIT = 1000
LOOKS_PER_STORED_LOOK = 10
"""With nothing new in Redis the database is asked at every tenth look: there a run ends even while Redis is away."""


def frames_after(
    control: Control, run_id: str, seq: int = 0, *, ledger: Ledger = WORKFLOW_RUNS
) -> list[Frame]:
    """Return the frames after a number, in order and without a gap, at most 1,000; a gap that may still close ends them."""
    target = RunId(run_id)
    streamed = _streamed(control, target, seq)
    if streamed and streamed[0]["seq"] == seq + 1:
        return _unbroken(streamed, seq)
    stored = stored_frames(control, target, seq, ledger=ledger)
    if _ends(stored):
        return stored
    unbroken = _unbroken(_merged(stored, streamed), seq)
    # A gap in a closed story never fills: a frame that no database could hold.
    return unbroken if unbroken or not stored or not _closed(control, target, ledger) else stored


def stored_frames(
    control: Control, run_id: RunId, seq: int = 0, *, ledger: Ledger = WORKFLOW_RUNS
) -> list[Frame]:
    """Return the frames that the database has after a number, in order."""
    with control.database.read() as session:
        records = ledger.events(session).after(run_id, seq, limit=LIMIT)
    return [{**record.frame, "seq": record.seq} for record in records]


async def follow(
    control: Control, run_id: str, after: int = 0, *, ledger: Ledger = WORKFLOW_RUNS
) -> AsyncGenerator[list[Frame]]:
    """Yield batches of new frames until the terminal one; an empty batch when a look found nothing. Raises `Unavailable`."""
    seq, looks = after, 0
    while True:
        looks += 1
        thorough = looks % LOOKS_PER_STORED_LOOK == 1
        batch = await asyncio.to_thread(_look, control, RunId(run_id), seq, ledger, thorough=thorough)
        if batch:
            seq, looks = batch[-1]["seq"], 0
        yield batch
        if _ends(batch) or (
            not batch and thorough and await asyncio.to_thread(_over, control, run_id, seq, ledger)
        ):
            return
        await control.clock.sleep(0.0 if len(batch) >= LIMIT else POLL_SECONDS)


def _look(control: Control, run_id: RunId, seq: int, ledger: Ledger, *, thorough: bool) -> list[Frame]:
    if thorough:
        return frames_after(control, run_id, seq, ledger=ledger)
    streamed = _streamed(control, run_id, seq)
    if streamed and streamed[0]["seq"] > seq + 1:
        return frames_after(control, run_id, seq, ledger=ledger)
    return _unbroken(streamed, seq)


def _streamed(control: Control, run_id: RunId, seq: int) -> list[Frame]:
    try:
        return streamed_frames(control, run_id, after=seq)[:LIMIT]
    except (RedisError, OSError):
        return []


def _merged(stored: list[Frame], streamed: list[Frame]) -> list[Frame]:
    by_seq = {frame["seq"]: frame for frame in (*streamed, *stored)}
    return [by_seq[seq] for seq in sorted(by_seq)]


def _unbroken(frames: list[Frame], seq: int) -> list[Frame]:
    kept: list[Frame] = []
    for frame in frames:
        if frame["seq"] != seq + len(kept) + 1:
            break
        kept.append(frame)
    return kept


def _ends(frames: list[Frame]) -> bool:
    return bool(frames) and is_terminal(frames[-1])


def _over(control: Control, run_id: str, seq: int, ledger: Ledger) -> bool:
    """Whether the story was closed at or before a number: whoever follows from there would wait for ever."""
    if not _closed(control, RunId(run_id), ledger):
        return False
    with control.database.read() as session:
        return ledger.events(session).last_seq(RunId(run_id)) <= seq


def _closed(control: Control, run_id: RunId, ledger: Ledger) -> bool:
    with control.database.read() as session:
        return ledger.is_over(session, run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A run that a task of the broker is to run, and the rows that hold it."""

    run_id: RunId
    ledger: Ledger


def run_of_task(control: Control, actor: Actor, task_id: str) -> Followed:
    """Return the run behind a task of any desk; raises `NotFound`, and `CapabilityOff` for workflows while the studio is off."""
    require(actor, Permission.READ)
    with control.database.read() as session:
        desk_run = DeskRunRepository(session).of_task(TaskId(task_id))
    if desk_run is not None:
        return Followed(run_id=desk_run.run_id, ledger=DESK_RUNS)
    require_flag(control, "orchestration_studio_enabled")
    with control.database.read() as session:
        run_id = RunRepository(session).of_task(TaskId(task_id))
    if run_id is None:
        raise NotFound("task", task_id)
    return Followed(run_id=run_id, ledger=WORKFLOW_RUNS)
