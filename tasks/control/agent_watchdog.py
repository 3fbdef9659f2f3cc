"""The watchdog of the agents' desks: halts agents that show no sign of life. It is on by default, and asks no flag."""

from persistence.desk_runs import DeskRunSummary
from persistence.run_watch import DeskWatch
from runtime.desks import DeskName
from runtime.watchdog import Policy, Watched
from tasks.control.context import Control
from tasks.control.stalled import Scan, Suspect, halt_stalled, switch_reason

AGENT_DESKS: tuple[DeskName, ...] = ("agents", "quant-agents")


def scan_agent_runs(control: Control) -> Scan:
    """Look once, and halt what has to be halted."""
    now = control.clock.now()
    if not control.settings.agent_watchdog_enabled:
        return Scan(at=now, skipped="the watchdogs are off (ALPHASWARM_AGENT_WATCHDOG_ENABLED)")
    with control.database.read() as session:
        active = DeskWatch(session).active(AGENT_DESKS)
    policy = Policy(
        desk="agent",
        enabled=True,
        stall_threshold_seconds=control.settings.agent_stall_threshold_seconds,
        switch_reason=switch_reason(control),
    )
    return halt_stalled(control, [_suspect(run) for run in active], policy, now)


def _suspect(run: DeskRunSummary) -> Suspect:
    watched = Watched(
        run_id=run.run_id,
        status="pending" if run.status == "pending" else "running",
        asked_at=run.created_at,
        started_at=run.started_at,
        last_frame_at=run.heard_at,
    )
    return Suspect(run_id=run.run_id, name=run.name, task_id=run.task_id, desk=run.desk, watched=watched)
