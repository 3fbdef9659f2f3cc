"""The tasks that look for stalled runs: shells around `tasks.control.watchdog` and `tasks.control.agent_watchdog`."""

from typing import Any, Literal

from tasks.app import SCAN_AGENT_RUNS, SCAN_WORKFLOW_RUNS, app
from tasks.control.agent_watchdog import scan_agent_runs
from tasks.control.stalled import Scan
from tasks.control.watchdog import scan_workflow_runs
from tasks.worker.process import worker_process


@app.task(name=SCAN_AGENT_RUNS, ignore_result=True)  # pyright: ignore[reportUntypedFunctionDecorator]  Celery has no types
def scan_for_stalled_agent_runs() -> dict[str, Any]:
    """Look once for agents that show no sign of life, and halt them."""
    return summary(scan_agent_runs(worker_process().control), name="spec_name")


@app.task(name=SCAN_WORKFLOW_RUNS, ignore_result=True)  # pyright: ignore[reportUntypedFunctionDecorator]  Celery has no types
def scan_for_stalled_workflow_runs() -> dict[str, Any]:
    """Look once for workflow runs that show no sign of life, and halt them."""
    return summary(scan_workflow_runs(worker_process().control), name="workflow_spec_name")


def summary(scan: Scan, *, name: Literal["spec_name", "workflow_spec_name"]) -> dict[str, Any]:
    """Return what a look has done, as JSON; `name` is what the name of a run is called there."""
    halted = [
        {
            "run_id": run.run_id,
            name: run.name,
            "task_id": run.task_id,
            "revoked": run.revoked,
            "reason": run.reason,
        }
        for run in scan.halted
    ]
    told = {"ok": True, "halted_count": len(halted), "halted": halted, "at": scan.at.isoformat()}
    return told | ({"skipped": scan.skipped} if scan.skipped else {})
