"""The same ten trivial nodes as a user runs them: from the request to the terminal frame, through Celery and a worker."""

import tempfile
import time
from pathlib import Path

from tasks.control.runs import start_run
from tasks.control.specs import create_workflow
from tests.benchmarks.drawings import chain
from tests.benchmarks.running import NODES
from tests.benchmarks.stopwatch import Timing, summarised
from tests.integration.installation import Installation


def measured(*, rounds: int) -> dict[str, Timing]:
    """Return timings of runs one after another on SQLite; the first does not count."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        installation = Installation.start(home, f"sqlite:///{home / 'studio.db'}")
        try:
            installation.start_worker()
            return _measured(installation, rounds=rounds)
        finally:
            installation.stop()


def _measured(installation: Installation, *, rounds: int) -> dict[str, Timing]:
    create_workflow(
        installation.control,
        installation.admin,
        {"name": "bench", "adapter": "WorkflowStudioAdapter", "params": {"graph": chain(NODES).dump()}},
    )
    answered: list[float] = []
    first_node: list[float] = []
    ended: list[float] = []
    for _ in range(rounds + 1):
        requested = time.time()
        started = start_run(installation.control, installation.admin, "bench", {})
        answered.append((time.time() - requested) * 1000)
        view = installation.ended(started.run_id)
        if view.record.summary.status != "completed":
            raise RuntimeError(view.record.summary.error)
        frames = installation.frames(started.run_id)
        first = next(frame for frame in frames if frame["stage"] == "node")
        first_node.append((first["timestamp"] - requested) * 1000)
        ended.append((frames[-1]["timestamp"] - requested) * 1000)
    return {
        "request answered": summarised(answered[1:]),
        "first node running": summarised(first_node[1:]),
        "through the worker, SQLite sync": summarised(ended[1:]),
    }
