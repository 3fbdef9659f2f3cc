"""Starts the worker or the scheduler, and makes a file once it is ready: the supervisor waits for that.

`python -m studio.launch.celery_process worker|scheduler READY_FILE`
"""

from __future__ import annotations

import sys
from pathlib import Path

from celery.signals import beat_init, worker_ready

from tasks.app import app


def main(role: str, ready_file: Path) -> None:
    """Run one of the two until it is told to end."""

    def tell(**_: object) -> None:
        ready_file.touch()

    ready = worker_ready if role == "worker" else beat_init
    ready.connect(tell, weak=False)
    if role == "worker":
        app.worker_main(["worker", "--loglevel=INFO"])
    else:
        app.start(["beat", "--loglevel=INFO", "--pidfile="])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
