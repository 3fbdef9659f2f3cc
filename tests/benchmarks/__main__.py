"""`make bench`: print what the tests only compare."""

import asyncio
import sys

from tests.benchmarks import checking, running, through_worker
from tests.benchmarks.stopwatch import Timing

PAIRS = (
    ("runtime, no checkpointer", "raw LangGraph, no checkpointer"),
    ("runtime, SQLite sync", "raw LangGraph, SQLite sync"),
    ("through the worker, SQLite sync", "raw LangGraph, SQLite sync"),
)
WORKER_ROWS = ("request answered", "first node running", "through the worker, SQLite sync")


def main() -> None:
    """Measure and print."""
    _table("Checking a drawing, by number of nodes", checking.measured(rounds=10))
    runs = asyncio.run(running.measured(rounds=40))
    _table(f"One run of {running.NODES} trivial nodes", runs)
    runs |= through_worker.measured(rounds=40)
    _table("The same through Celery, from the request", {name: runs[name] for name in WORKER_ROWS})
    for ours, raw in PAIRS[:2]:
        _line(
            f"per transition, {ours}: {(runs[ours].p50 - runs[raw].p50) / running.NODES:.2f} ms more than raw"
        )
    for ours, raw in PAIRS:
        _line(f"{ours} / {raw}: {runs[ours].p50 / runs[raw].p50:.2f} ×")


def _table(title: str, timings: dict[str, Timing]) -> None:
    _line(f"\n{title} (ms)")
    for name, timing in timings.items():
        _line(f"  {name:<44} p50 {timing.p50:9.2f}   p95 {timing.p95:9.2f}   n {timing.count}")


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
