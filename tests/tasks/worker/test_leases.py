"""A worker keeps its lease, and stops when it has lost it: nothing is done without one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from runtime.errors import Unavailable
from runtime.ids import RunId
from runtime.ports import HaltReading
from tasks.worker.heartbeat import keep_lease
from tasks.worker.ledger import Tenure
from tasks.worker.local_runs import LocalRun, LocalRuns
from tests.fakes import EPOCH, FakeClock


class Frames:
    """A journal that keeps what it gets."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def record(self, frame: Any) -> None:
        """Keep a frame."""
        self.taken.append(frame)

    async def flush(self) -> None:
        """Nothing is pending."""


class Told:
    """A runtime that remembers what it was told."""

    def __init__(self) -> None:
        self.words: list[tuple[str, str]] = []

    def halt(self, reason: str) -> None:
        """Remember."""
        self.words.append(("halt", reason))

    def abandon(self, reason: str) -> None:
        """Remember."""
        self.words.append(("abandon", reason))


class Source:
    """A halt source with a fixed answer."""

    def __init__(self, reading: HaltReading | None) -> None:
        self.reading = reading

    async def read(self, run_id: RunId) -> HaltReading | None:
        """Answer."""
        return self.reading

    def read_now(self, run_id: RunId) -> HaltReading | None:
        """Answer."""
        return self.reading


@dataclass
class Parts:
    """What the heartbeat uses; each renewal takes the next answer, the last one stays."""

    answers: list[Tenure | None]
    """None: the database does not answer."""
    clock: FakeClock = field(default_factory=FakeClock)
    lease: timedelta = timedelta(seconds=5)
    reading: HaltReading | None = None
    """What the halt sources say."""
    row: HaltReading | None = None
    """What the row says of a halted run."""
    renewals: int = 0

    @property
    def rows(self) -> Source:
        """The rows."""
        return Source(self.row)

    def halts_of(self, desk: str) -> tuple[Source, ...]:
        """The sources."""
        return (Source(self.reading),)

    def renew(self) -> Tenure:
        """Give the next answer."""
        answer = self.answers[min(self.renewals, len(self.answers) - 1)]
        self.renewals += 1
        if answer is None:
            raise Unavailable("away")
        return answer

    async def offload(self, function: Any, *args: Any) -> Any:
        """Call it here."""
        return function(*args)


async def stopped_run(parts: Parts) -> tuple[LocalRun, Told, Frames]:
    """Keep the lease of a run until it is told to stop."""
    told, frames = Told(), Frames()
    run = LocalRun(run_id=RunId("run"), token=1, journal=frames)
    run.runtime = told
    run.task = asyncio.create_task(asyncio.Event().wait())
    beating = asyncio.create_task(keep_lease(parts, run, parts.renew))  # pyright: ignore[reportArgumentType]
    async with asyncio.timeout(10):
        await asyncio.wait([run.task])
    beating.cancel()
    return run, told, frames


async def test_a_lost_row_stops_the_run(caplog: pytest.LogCaptureFixture) -> None:
    run, _, frames = await stopped_run(Parts(answers=["ours", "ours", "lost"]))

    assert run.stopped is not None
    assert run.stopped.kind == "lost"
    assert frames.taken == []


async def test_a_halted_row_stops_the_run_with_its_reason() -> None:
    parts = Parts(answers=["ours", "halted"], row=HaltReading(engaged=True, reason="Drill"))

    run, told, frames = await stopped_run(parts)

    assert run.stopped is not None
    assert (run.stopped.kind, run.stopped.reason) == ("halt", "Drill")
    assert told.words == [("halt", "Drill")]
    assert [frame["stage"] for frame in frames.taken] == ["halting"]


async def test_a_switch_that_nobody_announced_is_found_at_the_next_beat() -> None:
    parts = Parts(answers=["ours"], reading=HaltReading(engaged=True, reason="Storm"))

    run, told, _ = await stopped_run(parts)

    assert run.stopped is not None
    assert run.stopped.at == EPOCH + timedelta(seconds=1)
    assert told.words == [("halt", "Storm")]


async def test_an_outage_shorter_than_the_lease_is_survived() -> None:
    parts = Parts(answers=["ours", None, None, "ours", None, None, "ours", "lost"])

    run, _, _ = await stopped_run(parts)

    assert run.stopped is not None
    assert (run.stopped.kind, run.stopped.at) == ("lost", EPOCH + timedelta(seconds=8))


async def test_an_outage_longer_than_the_lease_ends_the_run_by_then() -> None:
    parts = Parts(answers=["ours", None])

    run, told, _ = await stopped_run(parts)

    assert run.stopped is not None
    assert run.stopped.kind == "abandoned"
    assert run.stopped.at - EPOCH <= timedelta(seconds=1) + parts.lease
    assert told.words[0][0] == "abandon"


async def test_only_the_first_word_counts() -> None:
    told, frames = Told(), Frames()
    run = LocalRun(run_id=RunId("run"), token=1, journal=frames, runtime=told)

    run.stop("halt", "first", at=EPOCH)
    run.stop("abandoned", "second", at=EPOCH)

    assert told.words == [("halt", "first")]


async def test_a_halt_reaches_those_it_names_and_a_halt_of_all_everyone() -> None:
    runs = LocalRuns()
    for name in ("a", "b", "c"):
        runs.add(LocalRun(run_id=RunId(name), token=1, journal=Frames()))

    runs.halt([RunId("b"), RunId("elsewhere")], "one", at=EPOCH)
    stopped = [name for name, run in runs.by_id.items() if run.stopped]
    runs.halt(None, "all", at=EPOCH)

    assert stopped == ["b"]
    assert [run.stopped.reason for run in runs.by_id.values() if run.stopped] == ["all", "one", "all"]
