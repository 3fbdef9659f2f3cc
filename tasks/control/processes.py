"""Names of worker processes that let others on the same machine tell whether one has ended, and end it.

A name holds the machine (with its process namespace, so that two containers do not mistake each other's), the process id and
when that process started: an id that has been given to another process since then is not taken for the worker.
"""

import os
import signal
import socket
from pathlib import Path

from runtime.ids import new_id

_START_FIELD = 19
"""Of `/proc/<pid>/stat`, counted behind the command's name: when the process started, in ticks since boot."""


def process_name() -> str:
    """Return the name of this process."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid()) or '0'}-{new_id()[:8]}"


def has_ended(worker: str) -> bool | None:
    """Say whether a worker process has ended; None when it is on another machine, or this one cannot tell."""
    machine, pid, started = _parts(worker)
    if machine != _machine() or started == "0":
        return None
    return _started(pid) != started


def kill(worker: str) -> bool:
    """Kill a worker process; False when it is on another machine or has ended."""
    if has_ended(worker) is not False:
        return False
    try:
        os.kill(_parts(worker)[1], signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _parts(worker: str) -> tuple[str, int, str]:
    machine, pid, mark = worker.rsplit(":", 2) if worker.count(":") > 1 else ("", "0", "0")
    return machine, int(pid) if pid.isdigit() else 0, mark.partition("-")[0]


def _machine() -> str:
    try:
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}/{namespace.strip('pid:[]')}"


def _started(pid: int) -> str | None:
    """Return when a process started; None when there is none, or only its exit code is left."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[_START_FIELD]
