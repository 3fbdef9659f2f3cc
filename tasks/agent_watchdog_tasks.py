"""The tasks that look for stalled runs: shells around `tasks.control.watchdog`."""

from typing import Any

from tasks.app import SCAN_WORKFLOW_RUNS, app
from tasks.control.watchdog import Scan, scan_workflow_runs
from tasks.worker.process import worker_process


@app.task(name=SCAN_WORKFLOW_RUNS, ignore_result=True)  # pyright: ignore[reportUntypedFunctionDecorator]  Celery has no types
def scan_for_stalled_workflow_runs() -> dict[str, Any]:
    """Look once for workflow runs that show no sign of life, and halt them."""
    return summary(scan_workflow_runs(worker_process().control))


def summary(scan: Scan) -> dict[str, Any]:
    """Return what a look has done, as JSON."""
    halted = [
        {
            "run_id": run.run_id,
            "workflow_spec_name": run.workflow_spec_name,
            "task_id": run.task_id,
            "revoked": run.revoked,
            "reason": run.reason,
        }
        for run in scan.halted
    ]
    told = {"ok": True, "halted_count": len(halted), "halted": halted, "at": scan.at.isoformat()}
    return told | ({"skipped": scan.skipped} if scan.skipped else {})
