"""The task that runs a workflow: a shell around `tasks.worker.execute`."""

from runtime.ids import RunId
from tasks.app import RUN_WORKFLOW, app
from tasks.worker.process import worker_process


@app.task(name=RUN_WORKFLOW, ignore_result=True)  # pyright: ignore[reportUntypedFunctionDecorator]  Celery has no types
def run_workflow(run_id: str) -> None:
    """Run one pending run to its end; a run that is halted or taken is dropped."""
    worker_process().execute(RunId(run_id))
