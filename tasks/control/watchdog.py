"""The watchdog of workflow runs: halts what shows no sign of life, and everything while the kill switch is engaged.

It looks only while kill propagation is on. What it decides is `runtime.watchdog`, what it does `tasks.control.stalled`.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from persistence.run_watch import ActiveRun, RunWatch
from runtime.ids import RunId, SpecName, TaskId
from runtime.settings import LiveSettings
from runtime.watchdog import FLOOR_SECONDS, Policy, Watched, silent_for
from tasks.access import Actor, Permission, require
from tasks.control.context import Control
from tasks.control.settings import settings_in_force
from tasks.control.stalled import Scan, Suspect, halt_stalled, switch_reason
from tasks.halt.keys import WATCHDOG_KEY

_log = logging.getLogger(__name__)

CANDIDATES = 50
DAY = timedelta(days=1)


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
    skipped = _why_not(control, settings_in_force(control).live)
    if skipped:
        return Scan(at=now, skipped=skipped)
    policy = Policy(
        desk="workflow",
        enabled=True,
        stall_threshold_seconds=control.settings.agent_stall_threshold_seconds,
        switch_reason=switch_reason(control),
    )
    scan = halt_stalled(control, [_suspect(run) for run in _active(control)], policy, now)
    _sign_off(control, now)
    return scan


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


def _suspect(run: ActiveRun) -> Suspect:
    return Suspect(
        run_id=run.run_id, name=run.spec_name, task_id=run.task_id, desk="workflows", watched=_watched(run)
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
