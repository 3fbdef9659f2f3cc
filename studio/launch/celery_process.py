"""Starts the worker or the scheduler, and makes a file once it is ready: the supervisor waits for that.

`python -m studio.launch.celery_process worker|scheduler READY_FILE`
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from celery.signals import beat_init, import_modules, worker_ready

from tasks.app import app, require_modules


def main(role: str, ready_file: Path) -> None:
    """Run one of the two until it is told to end."""

    def tell(**_: object) -> None:
        ready_file.touch()

    ready = worker_ready if role == "worker" else beat_init
    ready.connect(tell, weak=False)
    try:
        if role == "worker":
            # Workers need not know one another; asking around takes a second.
            app.worker_main(["worker", "--loglevel=INFO", "--without-mingle", "--without-gossip"])
        else:
            # The scheduler sends by name; loading what the tasks need would take it seconds.
            import_modules.disconnect(require_modules)
            app.conf.imports = ()
            app.start(["beat", "--loglevel=INFO", "--pidfile="])
    except SystemExit as end:
        _leave(end.code)
    _leave(0)


def _leave(code: str | int | None) -> NoReturn:
    """End without the interpreter's own clearing up: with all that a worker has loaded it takes seconds.

    Celery has closed everything by now, in its own shutdown signals.
    """
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
