"""The nursery: one process per worker process that has imported what computations need, and forks hosts from itself.

A fork takes milliseconds and shares what was imported; a fresh interpreter with pandas would take a second. It has one thread,
so forking is safe, and the kernel ends it with its worker and its hosts with it. Run as a program: `nursery FD PARENT`.
"""

import importlib
import json
import os
import signal
import socket
import sys
import warnings
from contextlib import suppress
from typing import Any

from tasks.worker.hosts.host import die_with, serve

WARM = ("numpy", "pandas")
"""Imported before the first fork. What a function needs besides is imported as soon as it has been called once."""


class Nursery:
    """Takes requests, one JSON object per line; a request to fork comes with the host's end of its socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._unread = b""
        self._ends: list[int] = []
        self._children: set[int] = set()

    def serve(self) -> None:
        """Answer requests until the worker has gone; then end what is left of its hosts."""
        while self._read():
            *lines, self._unread = self._unread.split(b"\n")
            for line in lines:
                told = json.dumps(self._done(json.loads(line))).encode()
                self._control.sendall(told + b"\n")
        for child in self._children:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)

    def _read(self) -> bool:
        data, ends, _, _ = socket.recv_fds(self._control, 4096, 8)
        self._unread += data
        self._ends += ends
        return bool(data)

    def _done(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "fork":
                return {"pid": self._fork(self._ends.pop(0))}
            case "bury":
                return {"status": self._buried(request["pid"])}
            case _:
                # A module that cannot be imported is the business of the function that needs it.
                with suppress(Exception):
                    importlib.import_module(request["module"])
                return {}

    def _fork(self, end: int) -> int:
        nursery = os.getpid()
        child = os.fork()
        if child:
            os.close(end)
            self._children.add(child)
            return child
        try:
            # A session of its own: killing its process group reaches whatever it starts.
            os.setsid()
            die_with(nursery)
            self._control.close()
            serve(socket.socket(fileno=end))
        finally:
            os._exit(0)

    def _buried(self, child: int) -> int:
        # Until here the process id cannot be given to anybody else.
        self._children.discard(child)
        with suppress(ChildProcessError):
            _, status = os.waitpid(child, 0)
            return os.waitstatus_to_exitcode(status)
        return 0


def main(control: int, parent: int) -> None:
    """Warm up and serve."""
    die_with(parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    # Threads of numerical libraries are no danger: those libraries prepare for forks.
    warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork.*")
    if sys.platform == "linux":
        # Elsewhere a fork after such imports is not safe; each host imports for itself there.
        for module in WARM:
            importlib.import_module(module)
    Nursery(socket.socket(fileno=control)).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
