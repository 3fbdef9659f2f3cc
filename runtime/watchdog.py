"""Which runs a watchdog halts: the pure half, for workflow runs and for runs of the agents' desk alike.

What counts as a sign of life is what moves the work: a crumb, or a frame, which a long node sends as its progress. A renewed
lease does not count: it shows that the worker's process lives, also when the node in it hangs. What it does not renew is
not ours but the reaper's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from runtime.status import RunStatus

Desk = Literal["agent", "workflow"]

FLOOR_SECONDS = 30.0
"""A threshold below it is not used: a busy machine would be taken for a hung one."""
_REASONS: dict[Desk, tuple[str, str]] = {
    "agent": ("watchdog:pending_stalled", "watchdog:stalled"),
    "workflow": ("watchdog:workflow_pending_stalled", "watchdog:workflow_stalled"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A run that has not ended, as its rows have it."""

    run_id: str
    status: RunStatus
    asked_at: datetime
    started_at: datetime | None = None
    """When the last worker took it; None while none has."""
    crumbs: Sequence[Mapping[str, Any]] = ()
    last_frame_at: datetime | None = None
    """Of whatever it told last: a frame of a run, a step of an agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the watchdog of one desk is told to do."""

    desk: Desk
    enabled: bool
    stall_threshold_seconds: float
    switch_reason: str | None = None
    """Why the kill switch is engaged; None while it is not. Engaged, it takes every run that has not ended."""

    @property
    def threshold(self) -> timedelta:
        """How long a running run may be silent; one that waits for a worker may wait twice as long."""
        return timedelta(seconds=max(self.stall_threshold_seconds, FLOOR_SECONDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A run to halt, and why."""

    run_id: str
    reason: str


def judge(runs: Iterable[Watched], now: datetime, policy: Policy) -> list[Verdict]:
    """Return the runs to halt, in the order given. A run that waits for a person is halted by the switch alone."""
    if not policy.enabled:
        return []
    return [Verdict(run_id=run.run_id, reason=reason) for run in runs if (reason := _why(run, now, policy))]


def silent_for(run: Watched, now: datetime) -> timedelta:
    """Return how long a run has shown no sign of life; never negative, whatever the clocks say."""
    return max(now - last_sign(run), timedelta())


def last_sign(run: Watched) -> datetime:
    """Return when a run was last seen to move: its newest crumb or frame, else its start, else when it was asked for."""
    signs = [run.started_at, run.last_frame_at, *map(_crumb_time, run.crumbs)]
    return max((sign for sign in signs if sign is not None), default=run.asked_at)


def _why(run: Watched, now: datetime, policy: Policy) -> str:
    pending, running = _REASONS[policy.desk]
    if policy.switch_reason is not None:
        return policy.switch_reason or "kill switch engaged"
    if run.status == "pending" and silent_for(run, now) > 2 * policy.threshold:
        return pending
    if run.status == "running" and silent_for(run, now) > policy.threshold:
        return running
    return ""


def _crumb_time(crumb: Mapping[str, Any]) -> datetime | None:
    """Return a crumb's `at`, an ISO 8601 text; one without an offset is UTC, one that cannot be read says nothing."""
    try:
        told = datetime.fromisoformat(str(crumb.get("at")))
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told
