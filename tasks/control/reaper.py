"""Ends or hands on what no worker will end, and mends what Redis forgot. Safe to run in several processes at once.

Who decides is pure; who acts shows the token it decided on, so that a run which came back to life is left alone.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar

from redis.exceptions import RedisError

from persistence.controls import ControlRepository
from persistence.halts import HaltRepository
from persistence.run_records import LostRun
from runtime.errors import Unavailable
from runtime.ids import RunId
from tasks.control.approvals import expire_approvals
from tasks.control.closing import Frame, close_in, salvage, send
from tasks.control.context import Control
from tasks.control.halt_requests import end_queued, forget_unwritten, tell, unwritten, write_halt
from tasks.control.last_rung import grace_seconds, urge
from tasks.control.ledgers import LEDGERS, WORKFLOW_RUNS, Ledger
from tasks.control.lost import can_go_on, resume_lost
from tasks.control.proving import attempt, prove_halted
from tasks.control.switch import mend_mirror
from tasks.control.workers import Workers, count_workers
from tasks.halt.keys import EPOCH_KEY, HALT_KEY_SECONDS, run_halt_key
from tasks.terminal import Ending
from tasks.worker.heartbeat import BEATS_PER_LEASE

_log = logging.getLogger(__name__)

Verdict = Literal["wait", "dispatch", "give up"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaped:
    """What one look has changed."""

    lost: tuple[RunId, ...] = ()
    """Runs that ended because their worker is gone."""
    resumed: tuple[RunId, ...] = ()
    """Runs that go on with another worker, because theirs is gone."""
    expired: tuple[RunId, ...] = ()
    """Runs with a question that nobody answered in time."""
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
    """Look once at the runs of every desk, and act."""
    _write_late_halts(control)
    mend_mirror(control)
    urge(control, patience=_patience(control))
    pending = [_take_up_pending(control, ledger) for ledger in LEDGERS]
    lapsed = [_take_up_lost(control, ledger) for ledger in LEDGERS]
    return Reaped(
        lost=tuple(run_id for _, lost in lapsed for run_id in lost),
        resumed=tuple(run_id for resumed, _ in lapsed for run_id in resumed),
        expired=expire_approvals(control),
        dispatched=tuple(run_id for dispatched, _ in pending for run_id in dispatched),
        given_up=tuple(run_id for _, given_up in pending for run_id in given_up),
        proved=prove_halted(control),
    )


def _patience(control: Control) -> timedelta:
    """How long a halt may go without an answer before its worker is taken for stuck: a live one finds the row at its heartbeat."""
    return timedelta(
        seconds=grace_seconds(control) + 2 * control.settings.run_lease_seconds / BEATS_PER_LEASE
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


def _take_up_lost(control: Control, ledger: Ledger) -> tuple[tuple[RunId, ...], tuple[RunId, ...]]:
    with control.database.read() as session:
        lapsed = ledger.runs(session).lapsed(control.clock.now())
        going_on = {run.run_id for run in lapsed if ledger is WORKFLOW_RUNS and can_go_on(session, run)}
    resumed = [run for run in lapsed if run.run_id in going_on and attempt(resume_lost, control, ledger, run)]
    lost = [run for run in lapsed if run.run_id not in going_on and attempt(_lose, control, ledger, run)]
    return tuple(run.run_id for run in resumed), tuple(run.run_id for run in lost)


def _lose(control: Control, ledger: Ledger, run: LostRun) -> bool:
    salvaged = salvage(control, run.run_id, ledger)
    tries = f" It was tried {run.attempts} times." if run.attempts > 1 else ""
    error = f"Worker lost: {run.worker or 'unknown'} stopped renewing its lease.{tries}"
    return _lose_with(control, ledger, run, error, salvaged)


def _give_up(control: Control, ledger: Ledger, run: LostRun) -> bool:
    return _lose_with(control, ledger, run, "No worker took the run, although it was sent twice.", [])


def _lose_with(control: Control, ledger: Ledger, run: LostRun, error: str, salvaged: list[Frame]) -> bool:
    with control.database.write() as session:
        runs = ledger.runs(session)
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
            ledger=ledger,
        )
    _log.warning("a run was given up", extra={"run_id": run.run_id, "error": error})
    send(control, [frame] if frame else [])
    return True


def _take_up_pending(control: Control, ledger: Ledger) -> tuple[tuple[RunId, ...], tuple[RunId, ...]]:
    grace = timedelta(seconds=control.settings.dispatch_grace_seconds)
    before = control.clock.now() - grace
    with control.database.read() as session:
        runs = ledger.runs(session)
        forgotten = [*runs.undispatched(before), *runs.unclaimed(before)]
    waiting = {queue: count_workers(control, queue) for queue in {run.queue for run in forgotten}}
    verdicts = [(run, judge_pending(run, grace=grace, waiting=waiting[run.queue])) for run in forgotten]
    sent = [
        run.run_id for run, verdict in verdicts if verdict == "dispatch" and ledger.dispatch(control, run)
    ]
    given_up = [
        run.run_id
        for run, verdict in verdicts
        if verdict == "give up" and attempt(_give_up, control, ledger, run)
    ]
    return tuple(sent), tuple(given_up)


def _write_late_halts(control: Control) -> None:
    for request in unwritten(control):
        try:
            hit = write_halt(control, request)
            tell(control, request.to_workers(hit), written=True)
            end_queued(control, request.halt, hit)
            forget_unwritten(control, request)
        except (Unavailable, RedisError, OSError):
            _log.warning("a halt still waits to be written", extra={"halt_id": request.halt.id})
