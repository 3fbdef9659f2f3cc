"""Ends what no worker will end, and mends what Redis forgot. Safe to run in several processes at once.

Who decides is pure; who acts shows the token it decided on, so that a run which came back to life is left alone.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from redis.exceptions import RedisError

from persistence.controls import ControlRepository
from persistence.events import EventRepository
from persistence.halts import HaltRepository
from persistence.runs import LostRun, RunRecord, RunRepository
from runtime.errors import Unavailable
from runtime.ids import RunId, TaskId
from tasks.control.closing import Frame, close_in, salvage, send
from tasks.control.context import Control
from tasks.control.dispatch import dispatch
from tasks.control.halt_requests import end_queued, forget_unwritten, unwritten, write_halt
from tasks.control.switch import mend_mirror
from tasks.control.workers import Workers, count_workers, worker_alive
from tasks.halt.keys import EPOCH_KEY, HALT_KEY_SECONDS, run_halt_key
from tasks.terminal import Ending

_log = logging.getLogger(__name__)

Verdict = Literal["wait", "dispatch", "give up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaped:
    """What one look has changed."""

    lost: tuple[RunId, ...] = ()
    """Runs that ended because their worker is gone."""
    dispatched: tuple[RunId, ...] = ()
    given_up: tuple[RunId, ...] = ()
    proved: tuple[RunId, ...] = ()
    """Halted runs whose worker is gone."""


def judge_pending(run: LostRun, *, grace: timedelta, waiting: Workers) -> Verdict:
    """Decide about a pending run that nobody claimed within the grace.

    A message in the queue, or a worker that is busy, explains the wait: then nothing is lost. A run is given up only when
    it was dispatched twice and a worker sits idle before an empty queue.
    """
    if run.dispatched_at is None:
        return "dispatch"
    if waiting.queued is None or waiting.queued > 0:
        return "wait"
    if waiting.idle and run.dispatched_at - run.created_at >= grace:
        return "give up"
    return "dispatch"


def reap(control: Control) -> Reaped:
    """Look once, and act."""
    _write_late_halts(control)
    mend_mirror(control)
    dispatched, given_up = _take_up_pending(control)
    return Reaped(
        lost=_end_lost(control), dispatched=dispatched, given_up=given_up, proved=_prove_halted(control)
    )


def restore_mirrors(control: Control) -> None:
    """Write to a Redis that came back empty what the rows say, and only then the epoch that makes it trusted."""
    try:
        if control.redis.exists(EPOCH_KEY):
            return
        with control.database.read() as session:
            switch = ControlRepository(session).kill_switch()
            unproved = HaltRepository(session).unproved()
        with control.redis.pipeline(transaction=True) as pipe:
            if switch.engaged:
                pipe.set(control.settings.risk_kill_switch_key, switch.reason or "engaged")
            for item in unproved:
                pipe.set(run_halt_key(item.run_id), "halted", ex=HALT_KEY_SECONDS)
            pipe.set(EPOCH_KEY, control.clock.now().isoformat())
            pipe.execute()
    except (RedisError, OSError):
        _log.info("Redis does not answer; its mirrors are restored later")


def _end_lost(control: Control) -> tuple[RunId, ...]:
    with control.database.read() as session:
        lapsed = RunRepository(session).lapsed(control.clock.now())
    return tuple(run.run_id for run in lapsed if _attempt(_lose, control, run))


def _lose(control: Control, run: LostRun) -> bool:
    salvaged = salvage(control, run.run_id)
    error = f"Worker lost: {run.worker or 'unknown'} stopped renewing its lease."
    return _lose_with(control, run, error, salvaged)


def _give_up(control: Control, run: LostRun) -> bool:
    return _lose_with(control, run, "No worker took the run, although it was sent twice.", [])


def _lose_with(control: Control, run: LostRun, error: str, salvaged: list[Frame]) -> bool:
    with control.database.write() as session:
        runs = RunRepository(session)
        if not runs.lose(run.run_id, run.token, status="error", error=error, now=control.clock.now()):
            return False
        frame = close_in(
            session,
            control,
            run.run_id,
            spec=run.spec_name,
            task_id=run.task_id,
            ending=Ending(status="error", error=error),
            salvaged=salvaged,
        )
    _log.warning("a run was given up", extra={"run_id": run.run_id, "error": error})
    send(control, [frame] if frame else [])
    return True


def _take_up_pending(control: Control) -> tuple[tuple[RunId, ...], tuple[RunId, ...]]:
    grace = timedelta(seconds=control.settings.dispatch_grace_seconds)
    before = control.clock.now() - grace
    with control.database.read() as session:
        runs = RunRepository(session)
        forgotten = [*runs.undispatched(before), *runs.unclaimed(before)]
    if not forgotten:
        return (), ()
    waiting = count_workers(control)
    verdicts = [(run, judge_pending(run, grace=grace, waiting=waiting)) for run in forgotten]
    sent = [run.run_id for run, verdict in verdicts if verdict == "dispatch" and _dispatch(control, run)]
    given_up = [
        run.run_id for run, verdict in verdicts if verdict == "give up" and _attempt(_give_up, control, run)
    ]
    return tuple(sent), tuple(given_up)


def _dispatch(control: Control, run: LostRun) -> bool:
    return dispatch(control, run.run_id, run.task_id or TaskId(run.run_id))


def _prove_halted(control: Control) -> tuple[RunId, ...]:
    with control.database.read() as session:
        runs = RunRepository(session)
        waiting = {item.run_id for item in HaltRepository(session).unproved()}
        records = [record for run_id in sorted(waiting) if (record := runs.get(run_id)) is not None]
    return tuple(record.summary.run_id for record in records if _attempt(_prove, control, record))


def _prove(control: Control, record: RunRecord) -> bool:
    """Prove the halt of a run that no worker has any more; False while one may."""
    summary, dispatch_row = record.summary, record.dispatch
    if dispatch_row is not None and dispatch_row.token > 0 and not _worker_is_gone(control, record):
        return False
    salvaged = salvage(control, summary.run_id)
    frame: Frame | None = None
    with control.database.write() as session:
        last = _last_sign(EventRepository(session), record, salvaged)
        now = control.clock.now()
        if not HaltRepository(session).prove(summary.run_id, last_effect_at=last, at=now):
            return False
        if summary.status == "halted":
            frame = close_in(
                session,
                control,
                summary.run_id,
                spec=summary.spec_name,
                task_id=summary.task_id,
                ending=Ending(status="halted", error=summary.error, last_effect_at=last),
                salvaged=salvaged,
            )
    _log.warning("a halted run has no worker any more", extra={"run_id": summary.run_id})
    send(control, [frame] if frame else [])
    return True


def _worker_is_gone(control: Control, record: RunRecord) -> bool:
    dispatch_row = record.dispatch
    if dispatch_row is None or dispatch_row.worker is None:
        return True
    lease = dispatch_row.lease_until
    if lease is not None and lease > control.clock.now():
        return False
    # A halted run's lease is not renewed while its worker unwinds it: only the worker's own sign of life tells.
    return worker_alive(control, dispatch_row.worker) is False


def _last_sign(events: EventRepository, record: RunRecord, salvaged: list[Frame]) -> datetime | None:
    """Return the latest time at which the lost worker can have done anything: it held the lease, or told a frame."""
    if record.dispatch is None or record.dispatch.token == 0:
        return None
    run_id = record.summary.run_id
    signs = [record.dispatch.lease_until]
    signs += [told.at for told in events.after(run_id, events.last_seq(run_id) - 1, limit=1)]
    signs += [datetime.fromtimestamp(frame["timestamp"], UTC) for frame in salvaged]
    return max((sign for sign in signs if sign is not None), default=None)


def _write_late_halts(control: Control) -> None:
    for request in unwritten(control):
        try:
            end_queued(control, request.halt, write_halt(control, request))
            forget_unwritten(control, request.halt.id)
        except (Unavailable, RedisError, OSError):
            _log.warning("a halt still waits to be written", extra={"halt_id": request.halt.id})


def _attempt(act: Callable[[Control, Any], bool], control: Control, subject: Any) -> bool:  # noqa: ANN401
    """Act on one run; a failure is logged and leaves the others their turn."""
    try:
        return act(control, subject)
    except Unavailable:
        _log.warning("the database went away while a lost run was being ended")
        return False
