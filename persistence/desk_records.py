"""What goes into the repository of desk runs and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from persistence.models import DeskRunRow
from runtime.desks import DeskName, DeskStatus, desk_name, desk_status
from runtime.ids import RunId, TaskId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeskRun:
    """A run that a desk was asked for."""

    run_id: RunId
    task_id: TaskId
    desk: DeskName
    kind: str
    name: str
    queue: str
    """Of Celery."""
    config: Mapping[str, Any]
    """Everything a worker needs."""
    parent_id: RunId | None = None
    """The run, of any desk, that asked for it."""
    created_by: UserId | None
    created_by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskClaim:
    """The right to run a run, until the lease lapses. Every later write shows `token`."""

    run_id: RunId
    token: int
    attempt: int
    """1 for the first worker, 2 for one that finds what a lost worker left."""
    task_id: TaskId
    desk: DeskName
    kind: str
    name: str
    config: dict[str, Any]
    parent_id: RunId | None
    result: dict[str, Any] | None
    """What earlier attempts kept."""
    created_by: UserId | None
    created_by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOutcome:
    """How a run ended."""

    status: Literal["completed", "halted", "error", "rejected"]
    result: Mapping[str, Any] | None
    error: str | None = None
    cost_usd: float = 0.0
    n_calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskProgress:
    """What a run has told since the last time; None leaves a field as it is."""

    heard_at: datetime
    note: str | None = None
    fraction: float | None = None
    cost_usd: float | None = None
    n_calls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRunSummary:
    """A desk's run without its payloads."""

    run_id: RunId
    desk: DeskName
    kind: str
    name: str
    task_id: TaskId
    parent_id: RunId | None
    status: DeskStatus
    error: str | None
    progress: float
    note: str
    cost_usd: float
    n_calls: int
    created_by: UserId | None
    created_by_name: str
    created_at: datetime
    started_at: datetime | None
    heard_at: datetime | None
    completed_at: datetime | None
    closed_at: datetime | None
    token: int
    worker: str | None
    lease_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRunRecord:
    """A desk's run with its payloads."""

    summary: DeskRunSummary
    config: dict[str, Any]
    result: dict[str, Any] | None


def summary_of(row: DeskRunRow) -> DeskRunSummary:
    """Return what a row says, without payloads."""
    return DeskRunSummary(
        run_id=RunId(row.id),
        desk=desk_name(row.desk),
        kind=row.kind,
        name=row.name,
        task_id=TaskId(row.task_id),
        parent_id=None if row.parent_id is None else RunId(row.parent_id),
        status=desk_status(row.status),
        error=row.error,
        progress=row.progress,
        note=row.note,
        cost_usd=row.cost_usd,
        n_calls=row.n_calls,
        created_by=None if row.created_by is None else UserId(row.created_by),
        created_by_name=row.created_by_name,
        created_at=row.created_at,
        started_at=row.started_at,
        heard_at=row.heard_at,
        completed_at=row.completed_at,
        closed_at=row.closed_at,
        token=row.token,
        worker=row.worker,
        lease_until=row.lease_until,
    )


def claim_of(row: DeskRunRow) -> DeskClaim:
    """Return the claim that a freshly claimed row stands for."""
    return DeskClaim(
        run_id=RunId(row.id),
        token=row.token,
        attempt=row.attempts,
        task_id=TaskId(row.task_id),
        desk=desk_name(row.desk),
        kind=row.kind,
        name=row.name,
        config=row.config,
        parent_id=None if row.parent_id is None else RunId(row.parent_id),
        result=row.result,
        created_by=None if row.created_by is None else UserId(row.created_by),
        created_by_name=row.created_by_name,
    )
