"""`make bench-halt`: how long after a halt the last side effect is, on real workers, beside Celery's own way to stop a task.

Each sample is checked: the record has its steps in order, and no line was written after the side effect that it names.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from persistence.halts import HaltItem
from persistence.runs import RunRepository
from runtime import collector
from runtime.ids import RunId, SpecName, TaskId, new_id
from runtime.status import ACTIVE
from tasks.control.dispatch import dispatch
from tasks.control.halts import TYPED, halt_run, halt_workflows
from tasks.control.processes import has_ended
from tasks.control.runs import new_run, start_run
from tasks.control.specs import runnable_spec
from tests.benchmarks.paper_halting import halted_session
from tests.benchmarks.stopwatch import Timing, summarised
from tests.integration.installation import Installation, eventually

KINDS = {"async": "long", "blocking": "blocking", "cpu": "cpu"}
"""What the node does → the workflow that has such a node."""
LEASE = 10.0
PAPER = "paper session"
REVOKED = "Celery revoke(terminate=True), async"
LOOK_SECONDS = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What became of a halt of everything."""

    runs: int
    rows_ms: float
    """Until no row was active any more."""
    told_ms: float
    """Until every queued run had its terminal frame, and the request was answered."""
    last_effect_ms: float
    claimed: int
    """Runs that a worker ever had; more than ran before means that one was claimed after the halt."""


@contextmanager
def installation(processes: int) -> Iterator[Installation]:
    """An installation on SQLite with one worker."""
    with tempfile.TemporaryDirectory() as folder:
        made = Installation.start(Path(folder), f"sqlite:///{folder}/studio.db", lease=LEASE)
        try:
            made.start_worker(processes=processes)
            # As the web process does, which halts from the browser.
            collector.settle()
            yield made
        finally:
            made.stop()


def measured(*, halts: int, revocations: int) -> dict[str, Timing]:
    """Return when the last side effect was, in ms after the request; the kinds take turns."""
    samples: dict[str, list[float]] = {name: [] for name in KINDS} | {PAPER: [], REVOKED: []}
    with installation(processes=2) as made:
        for turn in range(halts):
            for name, workflow in KINDS.items():
                samples[name].append(halted(made, workflow))
            samples[PAPER].append(halted_session(made))
            if turn < revocations:
                samples[REVOKED].append(revoked(made))
    return {name: summarised(found) for name, found in samples.items() if found}


def halted(made: Installation, workflow: str) -> float:
    """Halt one run; return its last line in ms after the request, once everything about it has been checked."""
    run_id = started(made, workflow)
    requested = time.time()
    halt_run(made.control, made.admin, run_id, "Benchmark")
    item = eventually(lambda: (halt := made.run(run_id).halt) and halt.proved_at and halt)
    check_item(item, killed=workflow != "long")
    markers = made.markers(run_id)
    assert markers[-1] <= item.last_effect_at, f"run {run_id} acted after its last side effect"
    return (markers[-1].timestamp() - requested) * 1000


def check_item(item: HaltItem, *, killed: bool) -> None:
    """Assert that the steps of a proved halt are there and in order."""
    steps = [item.requested_at, item.acknowledged_at, item.killed_at if killed else None, item.cancelled_at]
    times = [*(step for step in steps if step is not None), item.proved_at]
    assert len(times) == (5 if killed else 4), f"a step is missing: {item}"
    assert times == sorted(times, key=lambda at: at or item.requested_at), f"steps out of order: {item}"
    assert (item.killed_at is not None) == killed
    assert item.abandoned_at is None


def revoked(made: Installation) -> float:
    """Stop one run as Celery does; return its last line in ms after the request."""
    run_id = started(made, KINDS["async"])
    row = made.run(run_id).record
    worker = row.dispatch.worker if row.dispatch else ""
    requested = time.time()
    made.control.celery.control.revoke(row.summary.task_id, terminate=True)
    eventually(lambda: has_ended(worker or ""))
    last = made.markers(run_id)[-1].timestamp()
    # The row knows nothing of it; the reaper ends it when the lease has lapsed.
    eventually(lambda: len(made.presence()) >= 2)
    return (last - requested) * 1000


def started(made: Installation, workflow: str) -> str:
    """Start a run and return when its node has left a few lines."""
    run_id = start_run(made.control, made.admin, workflow, {}).run_id
    eventually(lambda: len(made.markers(run_id)) > 3)
    return run_id


def crowd(*, queued: int, running: int) -> Crowd:
    """Halt everything while some runs run and many wait."""
    with installation(processes=running) as made:
        busy = [started(made, KINDS["async"]) for _ in range(running)]
        for run_id, task_id in accepted(made, queued):
            dispatch(made.control, run_id, task_id)
        watch = Watch(made)
        requested = time.time()
        record = halt_workflows(made.control, made.admin, "Benchmark", TYPED)
        answered = time.time()
        rows_at = watch.ended()
        eventually(lambda: all((halt := made.run(run_id).halt) and halt.proved_at for run_id in busy))
        assert record.row_written
        assert len(record.hit) == queued + running
        # Every message that still waits is taken and dropped before the claims are counted.
        eventually(lambda: not made.control.redis.llen("agents"))
        claimed = [item.run_id for item in record.items if attempts(made, item.run_id)]
        assert sorted(claimed) == sorted(busy), "a run was claimed after the halt"
        last = max(made.markers(run_id)[-1] for run_id in busy).timestamp()
    return Crowd(
        runs=queued + running,
        rows_ms=(rows_at - requested) * 1000,
        told_ms=(answered - requested) * 1000,
        last_effect_ms=(last - requested) * 1000,
        claimed=len(claimed),
    )


class Watch:
    """Looks again and again, beside everything else, when the last active row is gone."""

    def __init__(self, made: Installation) -> None:
        self._made = made
        self._at = 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def ended(self) -> float:
        """Return when it was."""
        self._thread.join(timeout=60)
        assert self._at, "rows stayed active"
        return self._at

    def _look(self) -> None:
        pause = threading.Event()
        while True:
            with self._made.control.database.read() as session:
                counts = RunRepository(session).counts()
            if not any(counts.get(status) for status in ACTIVE):
                break
            pause.wait(LOOK_SECONDS)
        self._at = time.time()


def accepted(made: Installation, count: int) -> Sequence[tuple[RunId, TaskId]]:
    """Accept many runs in one transaction."""
    control = made.control
    with control.database.write() as session:
        runnable = runnable_spec(control, session, SpecName("long"))
        ids = [(RunId(new_id()), TaskId(new_id())) for _ in range(count)]
        for run_id, task_id in ids:
            run = new_run(
                run_id,
                task_id,
                spec=runnable.spec,
                layout=runnable.layout,
                version_id=None,
                inputs={},
                actor=made.admin,
            )
            RunRepository(session).insert_pending(run, control.clock.now())
    return ids


def attempts(made: Installation, run_id: RunId) -> int:
    """Return how often a worker has claimed a run."""
    with made.control.database.read() as session:
        standing = RunRepository(session).standing(run_id)
    return standing.token if standing else 0


def main(halts: int) -> None:
    """Measure and print."""
    timings = measured(halts=halts, revocations=max(halts // 20, 5))
    _line(
        f"\nLast side effect after the request to halt (ms; negative: before the answer), {halts} halts of each kind"
    )
    for name, found in timings.items():
        _line(
            f"  {name:<40} p50 {found.p50:8.1f}   p95 {found.p95:8.1f}   p99 {found.p99:8.1f}   n {found.count}"
        )
    all_of_it = crowd(queued=1000, running=8)
    _line(
        f"  1,000 queued + 8 running: every row terminal in {all_of_it.rows_ms:.0f} ms, every frame in "
        f"{all_of_it.told_ms:.0f} ms, no claim after the commit ({all_of_it.claimed} ever claimed), "
        f"last side effect {all_of_it.last_effect_ms:.1f} ms"
    )


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
