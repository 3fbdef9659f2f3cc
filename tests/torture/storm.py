"""A storm of halts on a real worker, and the laws that hold in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import redis

from persistence.halts import HaltItem
from runtime.status import ACTIVE
from tasks.control.halts import TYPED, halt_run, halt_workflows
from tasks.control.runs import start_run
from tasks.control.specs import create_workflow
from tests.integration.installation import Installation, check_story, eventually
from tests.torture.graphs import LONGEST_SECONDS, random_drawing

DRAWINGS = 12
TOGETHER = 3
"""Runs that are under way at the same time, at most: more than the worker has processes, so that some wait."""
LEASE = 20.0
SLACK = 12
"""Descriptors and connections that a worker process may open late and keep: they do not grow with the number of runs."""


@dataclass(kw_only=True)
class Storm:
    """What was done, for the report."""

    made: Installation
    random: Random
    halted: dict[str, HaltItem] = field(default_factory=dict[str, HaltItem])
    """Run → its proved halt."""
    ended: int = 0
    """Runs that came to their own end first."""

    @classmethod
    def begin(cls, made: Installation, seed: int) -> Storm:
        """Draw the workflows."""
        storm = cls(made=made, random=Random(seed))
        for number in range(DRAWINGS):
            drawing = random_drawing(storm.random)
            content = {
                "name": f"storm{number}",
                "adapter": "WorkflowStudioAdapter",
                "params": {"graph": drawing.dump()},
            }
            create_workflow(made.control, made.admin, content)
        return storm

    def rage(self, runs: int) -> None:
        """Start and halt so many runs, and check every one."""
        before: dict[int, int] = {}
        connections = self._connections()
        done = 0
        while done < runs:
            count = min(self.random.randint(1, TOGETHER), runs - done)
            self._wave(count)
            done += count
            before = before or self._descriptors()
        self._check_leaks(before, connections)

    def _wave(self, count: int) -> None:
        made, random = self.made, self.random
        run_ids = [
            start_run(made.control, made.admin, f"storm{random.randrange(DRAWINGS)}", {}).run_id
            for _ in range(count)
        ]
        pause = threading.Event()
        if random.random() < 0.1:
            pause.wait(random.uniform(0.0, 2 * LONGEST_SECONDS))
            halt_workflows(made.control, made.admin, "Storm", TYPED)
        else:
            for run_id in run_ids:
                pause.wait(random.uniform(0.0, LONGEST_SECONDS))
                halt_run(made.control, made.admin, run_id, "Storm")
                if random.random() < 0.2:
                    halt_run(made.control, made.admin, run_id, "Storm again")
        for run_id in run_ids:
            self._check(run_id)

    def _check(self, run_id: str) -> None:
        """Wait for the end of a run, and assert what holds for every one."""
        made = self.made
        made.ended(run_id)
        view = eventually(lambda: (seen := made.run(run_id)).shown != "halting" and seen)
        assert view.shown in ("halted", "completed"), f"{run_id}: {view.record.summary.error}"
        check_story(made.frames(run_id))
        assert made.writers(run_id) == set(), f"a process still writes the markers of {run_id}"
        if view.shown == "completed":
            self.ended += 1
            return
        assert view.halt is not None
        assert view.halt.abandoned_at is None
        self.halted[run_id] = view.halt
        self._check_markers(run_id, view.halt)

    def _check_markers(self, run_id: str, item: HaltItem) -> None:
        markers = self.made.markers(run_id)
        if item.last_effect_at is None:
            assert markers == [], f"{run_id} acted, and its halt says that it never did"
        else:
            assert all(at <= item.last_effect_at for at in markers), (
                f"{run_id} acted after its last side effect"
            )

    def check_again(self) -> None:
        """Assert, after everything, that nothing has changed: no row has moved, and no line has been added."""
        made = self.made
        for run_id, item in self.halted.items():
            view = made.run(run_id)
            assert (view.record.summary.status, view.shown) == ("halted", "halted")
            assert view.halt == item
            self._check_markers(run_id, item)
        with made.control.database.write() as session:
            # A lock that somebody still held would keep this waiting, and then raise.
            assert session is not None
        rows = [made.run(run_id).record.summary.status for run_id in self.halted]
        assert not set(rows) & ACTIVE

    def _check_leaks(self, before: dict[int, int], connections: int) -> None:
        after = self._descriptors()
        for pid, count in after.items():
            assert count <= before.get(pid, count) + SLACK, f"worker process {pid} leaks descriptors"
        assert self._connections() <= connections + SLACK, "connections to Redis leak"

    def _descriptors(self) -> dict[int, int]:
        """Return worker process → number of open descriptors."""
        pids = [int(name.rsplit(":", 2)[1]) for name in self.made.presence()]
        return {
            pid: len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids if Path(f"/proc/{pid}").exists()
        }

    def _connections(self) -> int:
        with redis.Redis.from_url(self.made.server.url) as client:
            return len(client.client_list())  # pyright: ignore[reportArgumentType]  the client is the sync one


def weather(
    made: Installation, *, runs: int, seed: int, told: Callable[[str], None] = lambda _: None
) -> Storm:
    """Have a storm of so many runs on an installation, with a worker of its own, and check all laws."""
    storm = Storm.begin(made, seed)
    worker = made.start_worker()
    try:
        step = max(runs // 20, 1)
        for first in range(0, runs, step):
            storm.rage(min(step, runs - first))
            told(
                f"{min(first + step, runs)} of {runs}: {len(storm.halted)} halted, {storm.ended} ended before\n"
            )
        storm.check_again()
    finally:
        made.stop_worker(worker)
    eventually(lambda: not of_installation(made.settings.home))
    return storm


def of_installation(home: Path) -> set[int]:
    """Return the processes that an installation's workers have left: hosts and nurseries among them."""
    mark = f"ALPHASWARM_HOME={home}".encode()
    found: set[int] = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in environment.read_bytes().split(b"\0"):
                found.add(int(environment.parent.name))
    return found
