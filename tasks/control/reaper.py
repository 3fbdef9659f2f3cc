"""Ends what no worker will end, and mends what Redis forgot. Safe to run in several processes at once.

Who decides is pure; who acts shows the token it decided on, so that a run which came back to life is left alone.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from redis.exceptions import RedisError

from persistence.controls import ControlRepository
from persistence.events import EventRepository
from persistence.halts import HaltRepository
from persistence.run_records import LostRun, Standing
from runtime.desks import DeskName
from runtime.errors import Unavailable
from runtime.ids import RunId
from tasks.control.closing import Frame, close_in, salvage, send
from tasks.control.context import Control
from tasks.control.halt_requests import end_queued, forget_unwritten, unwritten, write_halt
from tasks.control.ledgers import LEDGERS, Ledger, ledger_of
from tasks.control.switch import mend_mirror
from tasks.control.workers import Workers, count_workers, worker_alive
from tasks.halt.keys import EPOCH_KEY, HALT_KEY_SECONDS, run_halt_key
from tasks.terminal import Ending

_log = logging.getLogger(__name__)

Verdict = Literal["wait", "dispatch", "give up"]
T = TypeVar("T")


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
    """Look once at the runs of every desk, and act."""
    _write_late_halts(control)
    mend_mirror(control)
    pending = [_take_up_pending(control, ledger) for ledger in LEDGERS]
    lost = [run_id for ledger in LEDGERS for run_id in _end_lost(control, ledger)]
    return Reaped(
        lost=tuple(lost),
        dispatched=tuple(run_id for dispatched, _ in pending for run_id in dispatched),
        given_up=tuple(run_id for _, given_up in pending for run_id in given_up),
        proved=_prove_halted(control),
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


def _end_lost(control: Control, ledger: Ledger) -> tuple[RunId, ...]:
    with control.database.read() as session:
        lapsed = ledger.runs(session).lapsed(control.clock.now())
    return tuple(run.run_id for run in lapsed if _attempt(_lose, control, ledger, run))


def _lose(control: Control, ledger: Ledger, run: LostRun) -> bool:
    salvaged = salvage(control, run.run_id, ledger)
    error = f"Worker lost: {run.worker or 'unknown'} stopped renewing its lease."
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
        if verdict == "give up" and _attempt(_give_up, control, ledger, run)
    ]
    return tuple(sent), tuple(given_up)


def _prove_halted(control: Control) -> tuple[RunId, ...]:
    with control.database.read() as session:
        desk_of: dict[RunId, DeskName] = {
            item.run_id: item.desk for item in HaltRepository(session).unproved()
        }
        ledgers = {run_id: ledger_of(desk) for run_id, desk in sorted(desk_of.items())}
        standings = [(ledger, ledger.runs(session).standing(run_id)) for run_id, ledger in ledgers.items()]
    return tuple(
        standing.run_id
        for ledger, standing in standings
        if standing is not None and _attempt(_prove, control, ledger, standing)
    )


def _prove(control: Control, ledger: Ledger, run: Standing) -> bool:
    """Prove the halt of a run that no worker has any more; False while one may."""
    if run.token > 0 and not _worker_is_gone(control, run):
        return False
    salvaged = salvage(control, run.run_id, ledger)
    frame: Frame | None = None
    with control.database.write() as session:
        last = _last_sign(ledger.events(session), run, salvaged)
        now = control.clock.now()
        if not HaltRepository(session).prove(run.run_id, last_effect_at=last, at=now):
            return False
        if run.halted:
            frame = close_in(
                session,
                control,
                run.run_id,
                spec=run.name,
                task_id=run.task_id,
                ending=Ending(status="halted", error=run.error, last_effect_at=last),
                salvaged=salvaged,
                ledger=ledger,
            )
    _log.warning("a halted run has no worker any more", extra={"run_id": run.run_id})
    send(control, [frame] if frame else [])
    return True


def _worker_is_gone(control: Control, run: Standing) -> bool:
    if run.worker is None:
        return True
    if run.lease_until is not None and run.lease_until > control.clock.now():
        return False
    # A halted run's lease is not renewed while its worker unwinds it: only the worker's own sign of life tells.
    return worker_alive(control, run.worker) is False


def _last_sign(events: EventRepository, run: Standing, salvaged: list[Frame]) -> datetime | None:
    """Return the latest time at which the lost worker can have done anything: it held the lease, or told a frame."""
    if run.token == 0:
        return None
    run_id = run.run_id
    signs = [run.lease_until]
    signs += [told.at for told in events.after(run_id, events.last_seq(run_id) - 1, limit=1)]
    signs += [datetime.fromtimestamp(frame["timestamp"], UTC) for frame in salvaged]
    return max((sign for sign in signs if sign is not None), default=None)


def _write_late_halts(control: Control) -> None:
    for request in unwritten(control):
        try:
            end_queued(control, request.halt, write_halt(control, request))
            forget_unwritten(control, request)
        except (Unavailable, RedisError, OSError):
            _log.warning("a halt still waits to be written", extra={"halt_id": request.halt.id})


def _attempt(act: Callable[[Control, Ledger, T], bool], control: Control, ledger: Ledger, subject: T) -> bool:
    """Act on one run; a failure is logged and leaves the others their turn."""
    try:
        return act(control, ledger, subject)
    except Unavailable:
        _log.warning("the database went away while a lost run was being ended")
        return False
