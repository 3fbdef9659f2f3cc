"""What a person sees while the studio installs and starts: numbered steps with their times."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from studio.launch.problems import LaunchProblem


@dataclass(slots=True, kw_only=True)
class Progress:
    """Prints `[2/4] title … 3.1 s`, and on a terminal what is happening inside the step."""

    total: int
    done: int = 0
    out: TextIO = field(default_factory=lambda: sys.stdout)
    _open: bool = False
    """A step's title stands on the current line, and its time is still to come."""

    @contextmanager
    def step(self, title: str) -> Generator[None]:
        """Number, name and time one step; a failing step ends its line and lets the error pass."""
        self.done += 1
        head = f"[{self.done}/{self.total}] {title} …"
        started = time.monotonic()
        self._write(head)
        self._open = True
        try:
            yield
        except BaseException:
            self._close_line()
            raise
        took = f"{time.monotonic() - started:.1f} s"
        self._write(f" {took}\n" if self._open else f"{head} {took}\n")
        self._open = False

    def say(self, line: str) -> None:
        """Print a line of its own, also in the middle of a step."""
        self._close_line()
        self._write(f"      {line}\n")

    def announce(self, link: str) -> None:
        """Print the one link a start ends with."""
        self._close_line()
        self._write(f"\nAlphaSwarm Studio is ready. Open:\n\n    {link}\n\nCtrl-C ends it.\n")

    def complain(self, problem: LaunchProblem) -> None:
        """Print what went wrong and what to do."""
        self._close_line()
        self._write(f"{problem}\n")

    def _close_line(self) -> None:
        if self._open:
            self._write("\n")
            self._open = False

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()
