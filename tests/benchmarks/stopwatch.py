"""Timing: several things in turns, so that a change of the machine's load hits all of them alike."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds of one thing."""

    p50: float
    p95: float
    p99: float
    count: int


def summarised(samples: list[float]) -> Timing:
    """Return the percentiles of samples in milliseconds."""
    ordered = sorted(samples)
    return Timing(
        p50=statistics.median(ordered),
        p95=ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        p99=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        count=len(ordered),
    )


def in_turns(things: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, Timing]:
    """Call each thing once a round, after one round that does not count."""
    samples: dict[str, list[float]] = {name: [] for name in things}
    for turn in range(rounds + 1):
        for name, thing in things.items():
            started = time.perf_counter()
            thing()
            if turn:
                samples[name].append((time.perf_counter() - started) * 1000)
    return {name: summarised(found) for name, found in samples.items()}


async def in_turns_async(
    things: Mapping[str, Callable[[], Awaitable[object]]], *, rounds: int
) -> dict[str, Timing]:
    """Await each thing once a round, after one round that does not count."""
    samples: dict[str, list[float]] = {name: [] for name in things}
    for turn in range(rounds + 1):
        for name, thing in things.items():
            started = time.perf_counter()
            await thing()
            if turn:
                samples[name].append((time.perf_counter() - started) * 1000)
    return {name: summarised(found) for name, found in samples.items()}
