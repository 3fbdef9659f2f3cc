"""Outlives a supervisor that was killed, just long enough to end what it left behind.

The kernel's death signal reaches the supervisor's children only, not theirs. This process holds the reading end of a
pipe on which the supervisor names its process groups (`+123`, `-123`); when the pipe closes without the groups being
taken back, the supervisor is gone, and the groups are ended. Run as a program by `Guard`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

GRACE_SECONDS = 1.5


@dataclass(slots=True, kw_only=True)
class Guard:
    """The supervisor's end of the pipe."""

    _process: subprocess.Popen[bytes]
    _pipe: IO[bytes]

    @classmethod
    def start(cls) -> Guard:
        """Start the guardian in a session of its own, so that no Ctrl-C reaches it."""
        command = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
        process = subprocess.Popen(  # noqa: S603  this very file
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
        if process.stdin is None:
            raise OSError("The guardian has no pipe.")
        return cls(_process=process, _pipe=process.stdin)

    @property
    def pid(self) -> int:
        """The guardian's process id."""
        return self._process.pid

    def watch(self, group: int) -> None:
        """Name a process group that must not outlive the supervisor."""
        self._tell(f"+{group}\n")

    def release(self, group: int) -> None:
        """Take a group back that has ended."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Let the guardian go and wait for it."""
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        self._process.wait(timeout=2 * GRACE_SECONDS)

    def _tell(self, line: str) -> None:
        # A guardian that somebody killed must not take the studio with it.
        with contextlib.suppress(BrokenPipeError):
            self._pipe.write(line.encode())
            self._pipe.flush()


def groups_left(lines: Iterable[bytes]) -> set[int]:
    """Read the pipe to its end and return the groups that were named and not taken back."""
    groups: set[int] = set()
    for line in lines:
        number = int(line[1:])
        if line[:1] == b"+":
            groups.add(number)
        else:
            groups.discard(number)
    return groups


def end_groups(groups: set[int], *, grace: float = GRACE_SECONDS) -> None:
    """Ask the groups to end, and kill after `grace` seconds what is still there."""
    deadline = time.monotonic() + grace
    alive = {group for group in groups if _signal(group, signal.SIGTERM)}
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = {group for group in alive if _signal(group, 0)}
    for group in alive:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end_groups(groups_left(sys.stdin.buffer))
