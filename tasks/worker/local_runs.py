"""The runs that this process is executing now, and how one of them is told to stop."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from runtime.desks import DeskName
from runtime.frames import frame
from runtime.ids import RunId
from runtime.ports import Journal

StopKind = Literal["halt", "lost", "abandoned"]
"""`halt`: somebody said so. `lost`: another has the run, nothing may be written any more. `abandoned`: this worker cannot go on."""


class Stoppable(Protocol):
    """What can be told why it is about to be cancelled."""

    @property
    def last_effect_at(self) -> datetime | None:
        """When it last did something to the world."""
        ...

    def halt(self, reason: str) -> None:
        """End as halted."""
        ...

    def abandon(self, reason: str) -> None:
        """End as an error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why and when a local run was told to stop."""

    kind: StopKind
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How a run stopped, as its worker saw it."""

    last_effect_at: datetime | None = None
    acknowledged_at: datetime | None = None
    cancelled_at: datetime | None = None
    """When its node had stopped."""
    abandoned_at: datetime | None = None
    """When its node was given up; None when it has stopped."""
    killed_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class LocalRun:
    """One run of this process."""

    run_id: RunId
    desk: DeskName = "workflows"
    token: int
    """The fencing token of the claim."""
    journal: Journal
    runtime: Stoppable | None = None
    task: "asyncio.Task[object] | None" = None
    last_effect_at: datetime | None = None
    """When it last did something to the world, as far as this process knows."""
    killed_at: datetime | None = None
    """When a process of it had to be killed last."""
    cancelled_at: datetime | None = None
    """When its task had ended after it was told to stop."""
    abandoned_at: datetime | None = None
    remains: "asyncio.Task[Any] | None" = None
    """What still runs of it although it has been given up."""
    stopped: Stop | None = None
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it has been told to stop."""

    def stamp(self, at: datetime) -> None:
        """Take note of a side effect."""
        self.last_effect_at = at if self.last_effect_at is None else max(self.last_effect_at, at)

    def kill_seen(self, at: datetime) -> None:
        """Take note that a process that computed for it has been killed and is dead."""
        self.killed_at = at

    def settle(self, remains: "asyncio.Task[Any] | None", *, at: datetime) -> None:
        """Take note that its task has ended, and of what is left of it."""
        self.remains = remains
        if self.stopped is None:
            return
        if remains is None:
            self.cancelled_at = at
        else:
            self.abandoned_at = at

    def account(self) -> Account:
        """Return how it stopped, as far as is known now."""
        began = self.stopped and self.stopped.at
        killed = self.killed_at
        return Account(
            last_effect_at=self.last_effect_at,
            acknowledged_at=began,
            cancelled_at=self.cancelled_at,
            abandoned_at=None if self.remains is None else self.abandoned_at,
            # A process that a time limit killed before has nothing to do with the halt.
            killed_at=killed if began and killed and killed >= began else None,
        )

    def stop(self, kind: StopKind, reason: str, *, at: datetime) -> None:
        """Cancel it at once; the first call counts."""
        if self.stopped is not None:
            return
        self.stopped = Stop(kind=kind, reason=reason, at=at)
        self.told.set()
        if kind == "halt":
            self.journal.record(frame("halting", reason, at, acknowledged_at=at.isoformat()))
        if self.runtime is not None:
            (self.runtime.halt if kind == "halt" else self.runtime.abandon)(reason)
        if self.task is not None:
            self.task.cancel()


@dataclass(slots=True)
class LocalRuns:
    """All runs of this process. Used on the loop only."""

    by_id: dict[RunId, LocalRun] = field(default_factory=dict[RunId, LocalRun])

    def add(self, run: LocalRun) -> None:
        """Take note of a run; from now on halts reach it."""
        self.by_id[run.run_id] = run

    def remove(self, run_id: RunId) -> None:
        """Forget a run that has ended."""
        self.by_id.pop(run_id, None)

    def halt(self, which: list[RunId] | DeskName | None, reason: str, *, at: datetime) -> None:
        """Stop those of the runs that are here, or all of a desk, or (None) all."""
        for run in list(self.by_id.values()):
            if which is None or (run.desk == which if isinstance(which, str) else run.run_id in which):
                run.stop("halt", reason, at=at)

    def stop_all(self, kind: StopKind, reason: str, *, at: datetime) -> None:
        """Stop every run of this process."""
        for run in list(self.by_id.values()):
            run.stop(kind, reason, at=at)
