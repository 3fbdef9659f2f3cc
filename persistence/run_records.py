"""What goes into the run repository and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from persistence.models import RunRow
from runtime.desks import DeskName
from runtime.ids import RunId, SpecName, TaskId, UserId, VersionId
from runtime.status import RunStatus

Crumb = Mapping[str, Any]
_STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)
RUN_QUEUE = "agents"
"""The queue of Celery on which workflow runs wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotals:
    """What a run has spent so far; always the whole, never an increment."""

    cost_usd: float = 0.0
    n_calls: int = 0
    n_tool_calls: int = 0
    n_rag_hits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run that was asked for."""

    run_id: RunId
    task_id: TaskId
    spec_name: SpecName
    spec_version_id: VersionId | None = None
    spec: Mapping[str, Any]
    """The whole spec: a worker needs nothing else."""
    spec_hash: str
    layout: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parent_run_id: RunId | None = None
    replay_of: RunId | None = None
    """The run that this one is to repeat exactly."""
    session_id: str | None = None
    created_by: UserId | None
    """Who asked for it; None for a part of the system. Need not be an account that still exists."""
    created_by_name: str
    owner_user_id: UserId | None = None
    """An existing account."""
    experiment_id: str | None = None
    test_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to run a run, until the lease lapses. Every later write shows `token`."""

    run_id: RunId
    token: int
    attempt: int
    """1 for the first worker of a segment, 2 for the one that takes over …"""
    lease_until: datetime
    task_id: TaskId | None
    spec_name: SpecName
    spec_version_id: VersionId | None
    spec: dict[str, Any]
    spec_hash: str
    layout: dict[str, Any]
    inputs: dict[str, Any]
    crumbs: list[dict[str, Any]]
    """Of the attempts before."""
    totals: RunTotals
    """Of the attempts before."""
    parent_run_id: RunId | None
    replay_of: RunId | None
    """The run that this one is to repeat exactly."""
    session_id: str | None
    created_by: UserId | None
    created_by_name: str
    started_at: datetime
    goes_on: bool
    """Somebody has worked on it before: it waited for a person, or its worker was lost."""
    kept_state: dict[str, Any]
    """Its state when it began to wait; empty when it never has."""
    active_ms: float
    """For how long it has been worked on before."""
    last_effect_at: datetime | None
    """Of the segments before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """How a run ended, or how its segment did."""

    status: Literal["completed", "halted", "error", "waiting"]
    final_state: Mapping[str, Any] | None
    crumbs: Sequence[Crumb]
    """All of them: they replace what was appended on the way."""
    totals: RunTotals
    duration_ms: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltedRow:
    """A run that a halt has just hit."""

    run_id: RunId
    desk: DeskName = "workflows"
    spec_name: SpecName
    """Of a run of another desk: its name."""
    prior_status: RunStatus
    task_id: TaskId | None
    was_claimed: bool
    """A worker has it, or had it when it was lost: then its last side effect is still to be proved."""
    last_effect_at: datetime | None = None
    """Of the segments that are over."""
    duration_ms: float | None = None
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRun:
    """A run that nobody works on: its lease has lapsed, or no worker has claimed it."""

    run_id: RunId
    spec_name: SpecName
    status: RunStatus
    task_id: TaskId | None
    queue: str = RUN_QUEUE
    token: int
    attempts: int
    worker: str | None
    lease_until: datetime | None
    claimed_at: datetime | None = None
    created_at: datetime
    """When it was asked for, or became pending again."""
    dispatched_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the proof of a halt needs to know of a run of any desk."""

    run_id: RunId
    name: SpecName
    task_id: TaskId | None
    halted: bool
    error: str | None
    token: int
    """0: no worker ever had it."""
    worker: str | None
    lease_until: datetime | None
    last_effect_at: datetime | None = None
    """Of the segments that are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run in a list: no payloads."""

    run_id: RunId
    spec_name: SpecName
    spec_version_id: VersionId | None
    parent_run_id: RunId | None
    task_id: TaskId | None
    status: RunStatus
    halted: bool
    error: str | None
    totals: RunTotals
    duration_ms: float | None
    created_at: datetime
    """When it was asked for."""
    started_at: datetime
    """When the first worker claimed it; until then, when it was asked for."""
    completed_at: datetime | None
    created_by: UserId | None
    created_by_name: str
    owner_user_id: UserId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRecord:
    """What was sent to the workers, and which of them has it."""

    spec: dict[str, Any]
    spec_hash: str
    layout: dict[str, Any]
    replay_of: RunId | None
    token: int
    attempts: int
    worker: str | None
    """The last one that claimed it."""
    lease_until: datetime | None
    dispatched_at: datetime | None
    claimed_at: datetime | None
    """When the last worker claimed it."""
    closed_at: datetime | None
    """When its terminal frame was written."""
    last_effect_at: datetime | None
    """Of the segments that are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run with everything that is known of it."""

    summary: RunSummary
    session_id: str | None
    inputs: dict[str, Any]
    final_state: dict[str, Any] | None
    crumbs: list[dict[str, Any]]
    dispatch: DispatchRecord | None
    """None for a run of the platform before the studio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A part of a list."""

    runs: tuple[RunSummary, ...]
    total: int
    """How many there are in all pages together."""


def run_status(text: str) -> RunStatus:
    """Return a stored status as its type; raises `ValueError` for one that we do not know."""
    for status in _STATUSES:
        if status == text:
            return status
    raise ValueError(f"A run has the unknown status {text!r}.")


def totals_of(run: RunRow) -> RunTotals:
    """Return what a row has spent."""
    return RunTotals(
        cost_usd=run.cost_usd,
        n_calls=run.n_calls,
        n_tool_calls=run.n_tool_calls,
        n_rag_hits=run.n_rag_hits,
    )
