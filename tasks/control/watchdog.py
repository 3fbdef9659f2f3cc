"""The watchdog of workflow runs: halts what shows no sign of life, and everything while the kill switch is engaged.

It looks only while kill propagation is on. What it decides is `runtime.watchdog`; what it does is a halt like any other,
by the actor `watchdog`, with a record and an entry in the audit log.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from persistence.halts import HaltScope
from persistence.run_watch import ActiveRun, RunWatch
from runtime.ids import RunId, SpecName, TaskId
from runtime.settings import LiveSettings
from runtime.watchdog import FLOOR_SECONDS, Policy, Watched, judge, silent_for
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.halts import HaltRecord, carry_out, new_halt
from tasks.control.settings import SystemActor, settings_in_force
from tasks.control.switch import switch_status
from tasks.halt.keys import WATCHDOG_KEY, WATCHDOG_TURN_KEY

_log = logging.getLogger(__name__)

WATCHDOG = SystemActor(name="watchdog")
CANDIDATES = 50
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltedRun:
    """A run that the watchdog has halted."""

    run_id: RunId
    workflow_spec_name: SpecName
    task_id: TaskId | None
    revoked: bool
    """Whether the workers were told; its row keeps it from starting in any case."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one look has done."""

    halted: tuple[HaltedRun, ...] = ()
    at: datetime
    skipped: str = ""
    """Why it did not look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A run that has not ended, and how long it has been silent."""

    run_id: RunId
    workflow_spec_name: SpecName
    started_at: datetime
    task_id: TaskId | None
    stalled_seconds: float
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Workflow runs at a glance."""

    running: int = 0
    pending: int = 0
    halted_last_24h: int = 0
    stalled_candidates: list[Candidate] = field(default_factory=list[Candidate])
    """The oldest 50 that have not ended."""
    stall_threshold_seconds: float
    last_watchdog_at: datetime | None = None
    """None: it has not looked since Redis was started, or Redis does not answer."""
    table_present: bool = True


def scan_workflow_runs(control: Control) -> Scan:
    """Look once, and halt what has to be halted."""
    now = control.clock.now()
    live = settings_in_force(control).live
    skipped = _why_not(control, live)
    if skipped:
        return Scan(at=now, skipped=skipped)
    active = _active(control)
    verdicts = judge([_watched(run) for run in active], now, _policy(control))
    reasons = {RunId(verdict.run_id): verdict.reason for verdict in verdicts}
    halted = [run for run in active if run.run_id in reasons]
    scan = Scan(halted=_halt(control, halted, reasons), at=now)
    _sign_off(control, now)
    return scan


def take_turn(control: Control) -> Scan | None:
    """Look unless another process has just done so. Every worker process calls it: a slot might never come free."""
    try:
        seconds = max(1, int(control.settings.agent_watchdog_period_seconds / 2))
        if not control.redis.set(WATCHDOG_TURN_KEY, "1", nx=True, ex=seconds):
            return None
    except (RedisError, OSError):
        _log.info("Redis does not answer; the watchdog looks without asking whose turn it is")
    return scan_workflow_runs(control)


def workflow_health(control: Control, actor: Actor) -> Health:
    """Return how workflow runs are doing; zeros and `table_present` false before the migration."""
    require(actor, Permission.READ)
    now, threshold = control.clock.now(), max(control.settings.agent_stall_threshold_seconds, FLOOR_SECONDS)
    with control.database.read() as session:
        watch = RunWatch(session)
        if not watch.table_present():
            return Health(stall_threshold_seconds=threshold, table_present=False)
        active, halted = watch.active(), watch.halted_since(now - DAY)
    return Health(
        running=sum(run.status == "running" for run in active),
        pending=sum(run.status == "pending" for run in active),
        halted_last_24h=halted,
        stalled_candidates=[_candidate(run, now) for run in active[:CANDIDATES]],
        stall_threshold_seconds=threshold,
        last_watchdog_at=_last_look(control),
    )


def _why_not(control: Control, live: LiveSettings) -> str:
    if not control.settings.agent_watchdog_enabled:
        return "the watchdogs are off (ALPHASWARM_AGENT_WATCHDOG_ENABLED)"
    if not live.orchestration_kill_propagation_enabled:
        return "kill propagation is off"
    return ""


def _active(control: Control) -> list[ActiveRun]:
    with control.database.read() as session:
        watch = RunWatch(session)
        return watch.active() if watch.table_present() else []


def _policy(control: Control) -> Policy:
    switch = switch_status(control)
    return Policy(
        desk="workflow",
        enabled=True,
        stall_threshold_seconds=control.settings.agent_stall_threshold_seconds,
        switch_reason=switch.reason if switch.state == "engaged" else None,
    )


def _watched(run: ActiveRun) -> Watched:
    return Watched(
        run_id=run.run_id,
        status=run.status,
        asked_at=run.asked_at,
        started_at=None if run.status == "pending" else run.claimed_at or run.started_at,
        crumbs=run.crumbs,
        last_frame_at=run.last_frame_at,
    )


def _candidate(run: ActiveRun, now: datetime) -> Candidate:
    return Candidate(
        run_id=run.run_id,
        workflow_spec_name=run.spec_name,
        started_at=run.started_at,
        task_id=run.task_id,
        stalled_seconds=silent_for(_watched(run), now).total_seconds(),
        status=run.status,
    )


def _halt(control: Control, runs: Sequence[ActiveRun], reasons: dict[RunId, str]) -> tuple[HaltedRun, ...]:
    """Halt each run for its reason: together where they share one, so that a storm is one record."""
    halted: list[HaltedRun] = []
    for reason in dict.fromkeys(reasons.values()):
        hit = {run.run_id: run for run in runs if reasons[run.run_id] == reason}
        scope: HaltScope = "run" if len(hit) == 1 else "workflows"
        record = carry_out(control, new_halt(control, WATCHDOG, scope, reason), list(hit))
        _log.warning("the watchdog halted runs", extra={"reason": reason, "runs": list(hit)})
        halted += [_halted(run, record) for run in hit.values() if _was_hit(run, record)]
    return tuple(halted)


def _was_hit(run: ActiveRun, record: HaltRecord) -> bool:
    # What could not be written yet is halted all the same: key and message are out, and the row follows.
    return not record.row_written or any(one.run_id == run.run_id for one in record.hit)


def _halted(run: ActiveRun, record: HaltRecord) -> HaltedRun:
    return HaltedRun(
        run_id=run.run_id,
        workflow_spec_name=run.spec_name,
        task_id=run.task_id,
        revoked=record.published,
        reason=record.reason,
    )


def _sign_off(control: Control, now: datetime) -> None:
    try:
        control.redis.set(WATCHDOG_KEY, now.isoformat())
    except (RedisError, OSError):
        _log.info("Redis does not answer; when the watchdog looked is not written down")


def _last_look(control: Control) -> datetime | None:
    try:
        told = control.redis.get(WATCHDOG_KEY)
    except (RedisError, OSError):
        return None
    return None if told is None else datetime.fromisoformat(str(told))
