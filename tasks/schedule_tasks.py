"""The task that starts what is due: a shell around `tasks.control.schedule_tick`."""

from tasks.app import RUN_DUE_SCHEDULES, app
from tasks.control.schedule_tick import run_due_schedules
from tasks.worker.process import worker_process


@app.task(name=RUN_DUE_SCHEDULES, ignore_result=True)  # pyright: ignore[reportUntypedFunctionDecorator]  Celery has no types
def run_due(workflow: str | None = None) -> None:  # noqa: ARG001  which entry rang: for whoever reads the log
    """Look once at all schedules; a slot that another look took is nobody's twice."""
    run_due_schedules(worker_process().control)
