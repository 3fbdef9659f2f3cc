"""The task that runs what a desk was asked for: a shell around `tasks.worker.desk_execute`. Its queue is the run's own."""

from runtime.ids import RunId
from tasks.app import RUN_DESK, app
from tasks.worker.process import worker_process


@app.task(name=RUN_DESK, ignore_result=True)  # pyright: ignore[reportUntypedFunctionDecorator]  Celery has no types
def run_desk(run_id: str) -> None:
    """Run one pending run of a desk to its end; a run that is halted or taken is dropped."""
    worker_process().execute_desk(RunId(run_id))
