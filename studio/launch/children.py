"""One child process of the supervisor: its own session, its own log, and an end that is bound to the supervisor's."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.launch.external import last_lines

LOG_LIMIT = 10 * 1024 * 1024
PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may be loaded or locked.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """What to start and how."""

    name: str
    """Short and lower case; also the name of its log."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    cwd: Path
    death_signal: signal.Signals = signal.SIGKILL
    """What it gets when the supervisor dies without a word."""
    stops_last: bool = False
    """The others need it while they end."""


@dataclass(slots=True, kw_only=True)
class Child:
    """A child that runs, or ran. `restarts` counts over the whole life of the supervisor."""

    spec: ChildSpec
    logs: Path
    restarts: int = 0
    started_at: float = 0.0
    """Monotonic seconds."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Where everything it prints goes."""
        return self.logs / f"{self.spec.name}.log"

    @property
    def group(self) -> int | None:
        """Its process group while it runs."""
        return None if self._process is None else self._process.pid

    def start(self) -> int:
        """Start it and return its process group. Call from the main thread: the death signal follows that thread."""
        self.logs.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  the supervisor's own table of commands
                self.spec.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.spec.cwd,
                env=dict(self.spec.environment),
                start_new_session=True,
                preexec_fn=_bound_to_parent(os.getpid(), self.spec.death_signal),  # noqa: PLW1509  single-threaded
            )
        self.started_at = time.monotonic()
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code once it has ended (negative: the signal), else nothing."""
        return None if self._process is None else self._process.poll()

    def ask_to_end(self) -> None:
        """Ask the child, and not what it has started: a server ends its own workers in order."""
        if self._process is not None:
            self._process.terminate()

    def kill_group(self) -> None:
        """Kill what is left of the child and of everything it has started in its group."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """The last lines of its log."""
        return last_lines(self.log)


def _bound_to_parent(parent: int, death_signal: int) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # died between fork and here: the signal will not come any more
            os._exit(1)

    return bind
