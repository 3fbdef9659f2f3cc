"""The task that ends what no worker will end: a shell around `tasks.control.reaper`."""

from tasks.app import REAP_LOST_RUNS, app
from tasks.control.reaper import reap
from tasks.control.workers import note_beat
from tasks.worker.process import worker_process


@app.task(name=REAP_LOST_RUNS, ignore_result=True)  # pyright: ignore[reportUntypedFunctionDecorator]  Celery has no types
def reap_lost_runs() -> None:
    """Look once for lost, forgotten and halted runs that have no worker, and end them."""
    control = worker_process().control
    note_beat(control)
    reap(control)
