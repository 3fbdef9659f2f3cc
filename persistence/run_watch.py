"""The runs that have not ended, with what a watchdog wants to know of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from persistence.desk_runs import DeskRunRepository, DeskRunSummary
from persistence.models import DeskRunRow, DispatchRow, RunEventRow, RunRow
from persistence.run_records import run_status
from runtime.desks import DESK_ACTIVE, DeskName
from runtime.ids import RunId, SpecName, TaskId
from runtime.status import ACTIVE, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRun:
    """A run that has not ended."""

    run_id: RunId
    spec_name: SpecName
    task_id: TaskId | None
    status: RunStatus
    asked_at: datetime
    started_at: datetime
    """When the first worker took it; until then, when it was asked for."""
    claimed_at: datetime | None
    """When the last worker took it."""
    crumbs: list[dict[str, Any]]
    last_frame_at: datetime | None


class RunWatch:
    """A watchdog's view of runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def table_present(self) -> bool:
        """Tell whether the control plane's migration has been applied."""
        return _has_table(self._session, RunRow.__tablename__)

    def active(self, *, limit: int = 2000) -> list[ActiveRun]:
        """Return the runs that have not ended, the oldest first."""
        last_frame = (
            select(func.max(RunEventRow.at))
            .where(RunEventRow.run_id == RunRow.id)
            .correlate(RunRow)
            .scalar_subquery()
        )
        found = self._session.execute(
            select(
                RunRow.id,
                RunRow.workflow_spec_name,
                RunRow.task_id,
                RunRow.status,
                RunRow.started_at,
                RunRow.breadcrumbs,
                DispatchRow.created_at,
                DispatchRow.claimed_at,
                last_frame,
            )
            .outerjoin(DispatchRow, DispatchRow.run_id == RunRow.id)
            .where(RunRow.status.in_(ACTIVE))
            .order_by(RunRow.started_at, RunRow.id)
            .limit(limit)
        )
        return [
            ActiveRun(
                run_id=RunId(run_id),
                spec_name=SpecName(name),
                task_id=None if task_id is None else TaskId(task_id),
                status=run_status(status),
                asked_at=asked_at or started_at,
                started_at=started_at,
                claimed_at=claimed_at,
                crumbs=crumbs or [],
                last_frame_at=last_frame_at,
            )
            for run_id, name, task_id, status, started_at, crumbs, asked_at, claimed_at, last_frame_at in found
        ]

    def halted_since(self, since: datetime) -> int:
        """Return how many runs were halted since then."""
        count = select(func.count()).where(RunRow.status == "halted", RunRow.completed_at >= since)
        return self._session.scalar(count) or 0


class DeskWatch:
    """A watchdog's view of what the other desks run."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def active(self, desks: Collection[DeskName], *, limit: int = 2000) -> list[DeskRunSummary]:
        """Return the runs of some desks that have not ended; none before their migration."""
        if not _has_table(self._session, DeskRunRow.__tablename__):
            return []
        runs = DeskRunRepository(self._session)
        return [run for desk in desks for run in runs.list(desk=desk, statuses=DESK_ACTIVE, limit=limit)]


def _has_table(session: Session, name: str) -> bool:
    return inspect(session.connection()).has_table(name)
