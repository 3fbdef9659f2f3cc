"""Starts the worker or the scheduler; the supervisor has it make a file once it is ready, and waits for that.

`python -m studio.launch.celery_process worker|scheduler [--ready-file FILE] [options of Celery's worker]`
"""

from __future__ import annotations

import logging
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from celery.signals import beat_init, import_modules, worker_ready

from tasks.app import app, require_modules


def main(role: str, ready_file: Path | None, options: Sequence[str]) -> None:
    """Run one of the two until it is told to end."""

    def tell(**_: object) -> None:
        if ready_file is not None:
            ready_file.touch()

    ready = worker_ready if role == "worker" else beat_init
    ready.connect(tell, weak=False)
    try:
        if role == "worker":
            # Workers need not know one another; asking around takes a second.
            app.worker_main(["worker", "--loglevel=INFO", "--without-mingle", "--without-gossip", *options])
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
    _parser = ArgumentParser()
    _parser.add_argument("role", choices=("worker", "scheduler"))
    _parser.add_argument("--ready-file", type=Path)
    _known, _options = _parser.parse_known_args()
    main(_known.role, _known.ready_file, _options)
