"""Keeps a set of child processes running: starts them, waits until they are ready, restarts what crashes, ends all.

Single-threaded on purpose: the kernel binds a child's death signal to the thread that started it. Signals are only
noted by their handlers; everything else happens in `_pause`, which every wait of the supervisor goes through.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from studio.launch.children import Child, ChildSpec
from studio.launch.guardian import Guard
from studio.launch.problems import LaunchProblem

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.05
FIRST_BACKOFF, LONGEST_BACKOFF = 0.2, 15.0
# A child that has run for so long starts again with the shortest back-off.
STEADY_SECONDS = 60.0
# All must have ended 5 s after the request: this much for asking, the rest for killing.
GRACE_SECONDS = 3.5
LAST_GRACE_SECONDS = 0.7


class Stopped(Exception):
    """Raised out of a wait when somebody asked for the end; not an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A crashed child that is to be started again."""

    at: float
    """Monotonic seconds."""
    code: int
    """What it ended with."""


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """A context manager: on the way out every child has ended."""

    logs: Path
    say: Callable[[str], None]
    """Prints one line for the person."""
    grace_seconds: float = GRACE_SECONDS
    """How long a child that was asked to end is waited for."""
    children: list[Child] = field(default_factory=list[Child])
    _guard: Guard | None = None
    _stop_asked: bool = False
    _interrupts: int = 0
    _wake: tuple[int, int] = (-1, -1)
    _due: dict[str, Restart] = field(default_factory=dict[str, Restart])
    _backoff: dict[str, float] = field(default_factory=dict[str, float])

    def __enter__(self) -> Self:
        self._wake = os.pipe()
        for end in self._wake:
            os.set_blocking(end, False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_stop_signal)
        # An empty handler, not SIG_DFL: the signal must reach the wake-up pipe.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        self._guard = Guard.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._guard is not None:
            self._guard.close()
        signal.set_wakeup_fd(-1)
        for end in self._wake:
            os.close(end)

    def start(self, spec: ChildSpec) -> Child:
        """Start a child and keep it running from now on."""
        child = Child(spec=spec, logs=self.logs)
        self.children.append(child)
        self._launch(child)
        return child

    def wait_until(
        self, ready: Callable[[], bool], *, what: str, needs: Sequence[Child], seconds: float
    ) -> None:
        """Return once `ready()`; raise `LaunchProblem` when a needed child ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            for child in needs:
                code = child.poll()
                if code is not None:
                    raise _did_not_start(child, f"ended with code {code} while starting")
            if time.monotonic() > deadline:
                raise _did_not_start(needs[0], f"was not ready after {seconds:.0f} s ({what})")
            self.pause(POLL_SECONDS)

    def run(self) -> None:
        """Keep the children running until somebody asks for the end."""
        while True:
            self.tend()
            self.pause(self._seconds_to_next_restart())

    def tend(self) -> None:
        """Notice the children that have ended, and start those again whose back-off is over."""
        now = time.monotonic()
        for child in self.children:
            restart = self._due.get(child.spec.name)
            if restart is not None:
                if now >= restart.at:
                    self._restart(child, restart)
            elif (code := child.poll()) is not None:
                self._plan_restart(child, code, now)

    def pause(self, seconds: float | None) -> None:
        """Sleep until something happens, at most so long; raise `Stopped` when it was a request to stop."""
        self._pause(seconds)
        if self._stop_asked:
            raise Stopped

    def stop(self) -> None:
        """End all children, those that stop last after the others, in less than 5 s. A second Ctrl-C kills at once."""
        if not self.children:
            return
        began = time.monotonic()
        self._interrupts = 0
        self.say("Stopping …")
        last = [child for child in self.children if child.spec.stops_last]
        killed = self._end([child for child in self.children if child not in last], self.grace_seconds)
        killed += self._end(last, LAST_GRACE_SECONDS)
        names = ", ".join(child.spec.name for child in self.children)
        self.children.clear()
        for name in killed:
            self.say(f"{name} did not end when asked, and was killed.")
        self.say(f"Stopped in {time.monotonic() - began:.1f} s: {names}.")

    def _end(self, children: Sequence[Child], grace: float) -> list[str]:
        """Ask, wait, kill; return who had to be killed."""
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + grace
        while any(child.poll() is None for child in children):
            if time.monotonic() > deadline or self._interrupts:
                break
            self._pause(POLL_SECONDS)
        killed = [child.spec.name for child in children if child.poll() is None]
        for child in children:
            # Also where the child itself has ended: what it started may still be there.
            child.kill_group()
            self._wait_for(child)
        return killed

    def _wait_for(self, child: Child) -> None:
        while child.poll() is None:
            self._pause(POLL_SECONDS)
        self._release(child)

    def _plan_restart(self, child: Child, code: int, now: float) -> None:
        child.kill_group()
        self._release(child)
        name = child.spec.name
        if now - child.started_at > STEADY_SECONDS:
            self._backoff.pop(name, None)
        wait = self._backoff.get(name, FIRST_BACKOFF)
        self._backoff[name] = min(wait * 2, LONGEST_BACKOFF)
        self._due[name] = Restart(at=now + wait, code=code)
        if wait >= 1:
            self.say(f"{name} ended with code {code}, is started again in {wait:.0f} s. Its log: {child.log}")

    def _restart(self, child: Child, restart: Restart) -> None:
        del self._due[child.spec.name]
        self._launch(child)
        child.restarts += 1
        self.say(f"{child.spec.name} ended with code {restart.code}, restarted ({child.restarts})")

    def _launch(self, child: Child) -> None:
        group = child.start()
        if self._guard is not None:
            self._guard.watch(group)

    def _release(self, child: Child) -> None:
        if self._guard is not None and child.group is not None:
            self._guard.release(child.group)

    def _seconds_to_next_restart(self) -> float | None:
        if not self._due:
            return None
        return max(0.0, min(restart.at for restart in self._due.values()) - time.monotonic())

    def _pause(self, seconds: float | None) -> None:
        readable, _, _ = select.select([self._wake[0]], [], [], seconds)
        if readable:
            os.read(self._wake[0], 4096)

    def _on_stop_signal(self, number: int, _frame: FrameType | None) -> None:
        self._stop_asked = True
        # Only a person's second Ctrl-C is impatience: a closing terminal sends its hang-up more than once.
        self._interrupts += number == signal.SIGINT


def _did_not_start(child: Child, how: str) -> LaunchProblem:
    words = child.last_words()
    return LaunchProblem(
        f"The {child.spec.name} process {how}.",
        remedy=f"Its last lines, of {child.log}:\n{words}"
        if words
        else f"It printed nothing to {child.log}.",
    )
