"""Questions about runs: one, a page of many, how many."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from persistence.models import DispatchRow, RunRow
from persistence.run_records import DispatchRecord, RunPage, RunRecord, RunSummary, run_status, totals_of
from runtime.ids import RunId, SpecName, TaskId, UserId, VersionId
from runtime.status import ACTIVE, TERMINAL, RunStatus

_PAYLOADS = (RunRow.inputs, RunRow.final_state, RunRow.breadcrumbs)


class RunQueries:
    """Everybody's view of runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, run_id: RunId) -> RunRecord | None:
        """Return a run with its payloads."""
        found = self._session.execute(
            select(RunRow, DispatchRow)
            .outerjoin(DispatchRow, DispatchRow.run_id == RunRow.id)
            .where(RunRow.id == run_id)
        ).one_or_none()
        return None if found is None else _record(found[0], found[1])

    def of_task(self, task_id: TaskId) -> RunId | None:
        """Return the run that a task of the broker is to run."""
        found = self._session.scalar(select(RunRow.id).where(RunRow.task_id == task_id).limit(1))
        return None if found is None else RunId(found)

    def list(
        self,
        *,
        spec_name: SpecName | None = None,
        status: RunStatus | None = None,
        limit: int = 100,
        before: RunId | None = None,
    ) -> RunPage:
        """Return runs, newest start first, without payloads; `before` is the last run of the page before."""
        which: list[ColumnElement[bool]] = []
        if spec_name is not None:
            which.append(RunRow.workflow_spec_name == spec_name)
        if status is not None:
            which.append(RunRow.status == status)
        total = self._session.scalar(select(func.count()).select_from(RunRow).where(*which)) or 0
        if before is not None:
            which.append(_older_than(before))
        found = self._session.execute(
            select(RunRow, DispatchRow.created_by, DispatchRow.created_by_name, DispatchRow.created_at)
            .outerjoin(DispatchRow, DispatchRow.run_id == RunRow.id)
            .options(*(defer(column, raiseload=True) for column in _PAYLOADS))
            .where(*which)
            .order_by(RunRow.started_at.desc(), RunRow.id.desc())
            .limit(limit)
        )
        runs = tuple(_summary(run, by, name, at) for run, by, name, at in found)
        return RunPage(runs=runs, total=total)

    def watched(
        self, *, halted_since: datetime, unproved: Collection[RunId], limit: int
    ) -> Sequence[RunSummary]:
        """Return what a control room shows: runs that have not ended, were halted since then, or are not proved to have stopped.

        Those that have not ended come first; then the newest.
        """
        found = self._session.execute(
            select(RunRow, DispatchRow.created_by, DispatchRow.created_by_name, DispatchRow.created_at)
            .outerjoin(DispatchRow, DispatchRow.run_id == RunRow.id)
            .options(*(defer(column, raiseload=True) for column in _PAYLOADS))
            .where(
                or_(
                    RunRow.status.in_(ACTIVE),
                    and_(RunRow.status == "halted", RunRow.completed_at >= halted_since),
                    RunRow.id.in_(unproved),
                )
            )
            .order_by(RunRow.status == "halted", RunRow.started_at.desc(), RunRow.id.desc())
            .limit(limit)
        )
        return [_summary(run, by, name, at) for run, by, name, at in found]

    def children(self, run_id: RunId) -> Sequence[RunId]:
        """Return the runs that a run has started."""
        found = self._session.scalars(
            select(RunRow.id).where(RunRow.parent_run_id == run_id).order_by(RunRow.id)
        )
        return [RunId(child) for child in found]

    def counts(self) -> dict[RunStatus, int]:
        """Return how many runs there are per status; every status is a key."""
        counts: dict[RunStatus, int] = dict.fromkeys(ACTIVE | TERMINAL, 0)
        found = self._session.execute(select(RunRow.status, func.count()).group_by(RunRow.status))
        for status, count in found:
            counts[run_status(status)] = count
        return counts


def _older_than(run_id: RunId) -> ColumnElement[bool]:
    start = select(RunRow.started_at).where(RunRow.id == run_id).correlate(None).scalar_subquery()
    return or_(RunRow.started_at < start, and_(RunRow.started_at == start, RunRow.id < run_id))


def _summary(run: RunRow, by: str | None, by_name: str | None, at: datetime | None) -> RunSummary:
    # A run of the platform before the studio has no dispatch row, hence no name and no time of its own.
    return RunSummary(
        run_id=RunId(run.id),
        spec_name=SpecName(run.workflow_spec_name),
        spec_version_id=None if run.spec_version_id is None else VersionId(run.spec_version_id),
        parent_run_id=None if run.parent_run_id is None else RunId(run.parent_run_id),
        task_id=None if run.task_id is None else TaskId(run.task_id),
        status=run_status(run.status),
        halted=run.halted,
        error=run.error,
        totals=totals_of(run),
        duration_ms=run.duration_ms,
        created_at=at or run.started_at,
        started_at=run.started_at,
        completed_at=run.completed_at,
        created_by=None if by is None else UserId(by),
        created_by_name=by_name or "",
        owner_user_id=None if run.owner_user_id is None else UserId(run.owner_user_id),
    )


def _record(run: RunRow, dispatch: DispatchRow | None) -> RunRecord:
    made = (None, None, None)
    if dispatch is not None:
        made = (dispatch.created_by, dispatch.created_by_name, dispatch.created_at)
    return RunRecord(
        summary=_summary(run, *made),
        session_id=run.session_id,
        inputs=run.inputs or {},
        final_state=run.final_state,
        crumbs=run.breadcrumbs or [],
        dispatch=None if dispatch is None else _dispatch(dispatch),
    )


def _dispatch(row: DispatchRow) -> DispatchRecord:
    return DispatchRecord(
        spec=row.spec,
        spec_hash=row.spec_hash,
        layout=row.layout,
        replay_of=None if row.replay_of is None else RunId(row.replay_of),
        token=row.token,
        attempts=row.attempts,
        worker=row.worker,
        lease_until=row.lease_until,
        dispatched_at=row.dispatched_at,
        claimed_at=row.claimed_at,
        closed_at=row.closed_at,
        last_effect_at=row.last_effect_at,
    )
