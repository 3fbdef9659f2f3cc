"""The ledger of the desks' runs: `DeskRunRepository`, and by its name everything that goes in and comes out."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import defer

from persistence.desk_halting import DeskHalting
from persistence.desk_lifecycle import DeskLifecycle
from persistence.desk_records import (
    DeskClaim,
    DeskOutcome,
    DeskProgress,
    DeskRunRecord,
    DeskRunSummary,
    NewDeskRun,
    summary_of,
)
from persistence.models import DeskRunRow
from runtime.desks import DESK_ACTIVE, DeskName, DeskStatus, desk_name
from runtime.ids import RunId, TaskId

__all__ = [
    "DeskClaim",
    "DeskOutcome",
    "DeskProgress",
    "DeskRunRecord",
    "DeskRunRepository",
    "DeskRunSummary",
    "NewDeskRun",
]

_PAYLOADS = (DeskRunRow.config, DeskRunRow.result)


class DeskRunRepository(DeskLifecycle, DeskHalting):
    """Reads and changes the desks' runs in the caller's unit of work."""

    def get(self, run_id: RunId) -> DeskRunRecord | None:
        """Return a run with its payloads."""
        row = self._session.get(DeskRunRow, run_id)
        return (
            None
            if row is None
            else DeskRunRecord(summary=summary_of(row), config=row.config, result=row.result)
        )

    def records(self, run_ids: Collection[RunId]) -> dict[RunId, DeskRunRecord]:
        """Return several runs with their payloads; unknown ones are left out."""
        rows = self._session.scalars(select(DeskRunRow).where(DeskRunRow.id.in_(run_ids)))
        return {
            RunId(row.id): DeskRunRecord(summary=summary_of(row), config=row.config, result=row.result)
            for row in rows
        }

    def of_task(self, task_id: TaskId) -> DeskRunSummary | None:
        """Return the run that a task of the broker is to run, without payloads."""
        row = self._session.scalar(
            select(DeskRunRow)
            .options(*(defer(column, raiseload=True) for column in _PAYLOADS))
            .where(DeskRunRow.task_id == task_id)
            .limit(1)
        )
        return None if row is None else summary_of(row)

    def list(
        self,
        *,
        desk: DeskName | None = None,
        statuses: Collection[DeskStatus] | None = None,
        kinds: Collection[str] | None = None,
        name: str | None = None,
        parent_id: RunId | None = None,
        limit: int = 100,
        before: RunId | None = None,
    ) -> list[DeskRunSummary]:
        """Return runs, newest first, without payloads; `before` is the last run of the page before."""
        wanted: list[tuple[object, ColumnElement[bool]]] = [
            (desk, DeskRunRow.desk == desk),
            (statuses, DeskRunRow.status.in_(statuses or ())),
            (kinds, DeskRunRow.kind.in_(kinds or ())),
            (name, DeskRunRow.name == name),
            (parent_id, DeskRunRow.parent_id == parent_id),
        ]
        which = [condition for value, condition in wanted if value is not None]
        if before is not None:
            which.append(_older_than(before))
        rows = self._session.scalars(
            select(DeskRunRow)
            .options(*(defer(column, raiseload=True) for column in _PAYLOADS))
            .where(*which)
            .order_by(DeskRunRow.created_at.desc(), DeskRunRow.id.desc())
            .limit(limit)
        )
        return [summary_of(row) for row in rows]

    def watched(
        self, *, desk: DeskName, halted_since: datetime, unproved: Collection[RunId], limit: int
    ) -> Sequence[DeskRunSummary]:
        """Return what a control room shows of a desk; see `RunQueries.watched`."""
        rows = self._session.scalars(
            select(DeskRunRow)
            .options(*(defer(column, raiseload=True) for column in _PAYLOADS))
            .where(
                DeskRunRow.desk == desk,
                or_(
                    DeskRunRow.status.in_(DESK_ACTIVE),
                    and_(DeskRunRow.status == "halted", DeskRunRow.completed_at >= halted_since),
                    DeskRunRow.id.in_(unproved),
                ),
            )
            .order_by(DeskRunRow.status == "halted", DeskRunRow.created_at.desc(), DeskRunRow.id.desc())
            .limit(limit)
        )
        return [summary_of(row) for row in rows]

    def active_counts(self) -> dict[DeskName, int]:
        """Return how many runs of each desk have not ended; desks without any are left out."""
        found = self._session.execute(
            select(DeskRunRow.desk, func.count())
            .where(DeskRunRow.status.in_(DESK_ACTIVE))
            .group_by(DeskRunRow.desk)
        )
        return {desk_name(desk): count for desk, count in found}


def _older_than(run_id: RunId) -> ColumnElement[bool]:
    made = select(DeskRunRow.created_at).where(DeskRunRow.id == run_id).correlate(None).scalar_subquery()
    return or_(DeskRunRow.created_at < made, and_(DeskRunRow.created_at == made, DeskRunRow.id < run_id))
