"""Opens and closes a worker process with Celery's own, and stops its runs when the worker is told to end.

Celery tells only the parent process that it should end, and then waits for its children to finish. A pipe that the parent
closes carries the news to them: without a broker, and over any number of children.
"""

import logging
import os
from threading import Event, Thread

from celery import signals

from runtime import collector
from runtime.adapter import adapters
from runtime.catalog import node_kinds
from runtime.strategy import strategies
from tasks.desks.registry import desks
from tasks.worker.process import close_process, opened_process, worker_process
from tasks.worker.traces import close_traces, open_traces

_log = logging.getLogger(__name__)

OPEN_AGAIN_SECONDS = 1.0
REASON = "The worker was shut down while the run was under way."


class _Pipe:
    read_end: int | None = None
    write_end: int | None = None
    owner: int = 0


@signals.worker_init.connect
def open_pipe(**_: object) -> None:
    """Make the pipe in the parent, before it forks, and import there what runs need.

    A child that imported it during its first run would hear of no halt meanwhile.
    """
    node_kinds()
    adapters()
    desks()
    strategies()
    collector.settle()
    _Pipe.read_end, _Pipe.write_end = os.pipe()
    _Pipe.owner = os.getpid()


@signals.worker_process_init.connect
def open_child(**_: object) -> None:
    """Open everything in a new child, so that it is counted and hears of halts before its first run.

    What cannot be opened yet is tried again: Celery logs a failure here and goes on, with a child that nobody counts.
    """
    if _Pipe.owner != os.getpid():
        _drop_write_end()
    if _Pipe.read_end is not None:
        Thread(target=_await_end, args=(_Pipe.read_end,), name="shutdown-watch", daemon=True).start()
    open_traces()
    if not _opened():
        Thread(target=_open_later, name="open-later", daemon=True).start()
    collector.settle()


def _opened() -> bool:
    try:
        worker_process()
    except Exception:  # noqa: BLE001  whatever is away now may be back in a moment
        _log.warning("a worker process cannot open what it needs; it tries again", exc_info=True)
        return False
    return True


def _open_later() -> None:
    pause = Event()
    while not pause.wait(OPEN_AGAIN_SECONDS):
        if _opened():
            return


@signals.worker_shutting_down.connect
def tell_children(**_: object) -> None:
    """Close the pipe: every child reads its end."""
    if _Pipe.owner == os.getpid():
        _drop_write_end()


@signals.worker_process_shutdown.connect
def close_child(**_: object) -> None:
    """Say goodbye."""
    close_process()
    close_traces()


def _drop_write_end() -> None:
    end, _Pipe.write_end = _Pipe.write_end, None
    if end is not None:
        os.close(end)


def _await_end(read_end: int) -> None:
    os.read(read_end, 1)
    process = opened_process()
    if process is not None:
        _log.info("the worker ends: its runs are stopped")
        process.abandon_runs(REASON)
