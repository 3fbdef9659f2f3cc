"""A run from `pending` to its end: each step is a compare-and-set, and a worker's steps show its fencing token."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, true, update
from sqlalchemy.orm import Session

from persistence.chunks import chunks
from persistence.models import DispatchRow, RunRow
from persistence.run_lock import lock_run
from persistence.run_records import Claim, Crumb, NewRun, RunOutcome, RunTotals, totals_of
from runtime.ids import RunId, SpecName, TaskId, UserId, VersionId
from runtime.status import TERMINAL

WORKING = ("running", "waiting")


class RunLifecycle:
    """The worker's side of a run."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def insert_pending(self, run: NewRun, now: datetime) -> None:
        """Accept a run; it is not dispatched yet."""
        self._session.add(
            RunRow(
                id=run.run_id,
                task_id=run.task_id,
                workflow_spec_name=run.spec_name,
                spec_version_id=run.spec_version_id,
                parent_run_id=run.parent_run_id,
                session_id=run.session_id,
                status="pending",
                inputs=dict(run.inputs),
                breadcrumbs=[],
                started_at=now,
                owner_user_id=run.owner_user_id,
                experiment_id=run.experiment_id,
                test_id=run.test_id,
            )
        )
        self._session.flush()
        self._session.add(
            DispatchRow(
                run_id=run.run_id,
                spec_hash=run.spec_hash,
                spec=dict(run.spec),
                layout=dict(run.layout),
                token=0,
                attempts=0,
                created_by=run.created_by,
                created_by_name=run.created_by_name,
                created_at=now,
                replay_of=run.replay_of,
            )
        )
        self._session.flush()

    def mark_dispatched(self, run_id: RunId, now: datetime) -> bool:
        """Note that the broker has the message; False when the run is unknown."""
        return self._update_dispatch(run_id, dispatched_at=now)

    def claim(self, run_id: RunId, *, worker: str, now: datetime, lease: timedelta) -> Claim | None:
        """Take a run that is pending, or whose worker's lease has lapsed; None when somebody else has it or it ended."""
        status = lock_run(self._session, run_id)
        if status not in {"pending", "running"}:
            return None
        first = status == "pending"
        lapsed = or_(DispatchRow.lease_until.is_(None), DispatchRow.lease_until <= now)
        dispatch = self._session.scalar(
            update(DispatchRow)
            # The lease is judged here, not before: its worker may have renewed it meanwhile without the run's lock.
            .where(DispatchRow.run_id == run_id, true() if first else lapsed)
            .values(
                token=DispatchRow.token + 1,
                attempts=DispatchRow.attempts + 1,
                lease_until=now + lease,
                worker=worker,
                claimed_at=now,
            )
            .returning(DispatchRow)
        )
        if dispatch is None:
            return None
        run = self._session.scalars(
            update(RunRow)
            .where(RunRow.id == run_id)
            .values(status="running", started_at=now if dispatch.token == 1 else RunRow.started_at)
            .returning(RunRow)
        ).one()
        return _claim(run, dispatch)

    def renew(self, run_id: RunId, token: int, until: datetime) -> bool:
        """Extend the lease; False when the run is no longer this worker's, or has ended: stop working on it."""
        renewed = self._session.scalar(
            update(DispatchRow)
            .where(
                DispatchRow.run_id == run_id,
                DispatchRow.token == token,
                select(RunRow.id).where(RunRow.id == run_id, RunRow.status.in_(WORKING)).exists(),
            )
            .values(lease_until=until)
            .returning(DispatchRow.run_id)
        )
        return renewed is not None

    def append_progress(
        self, run_id: RunId, token: int, *, crumbs: Sequence[Crumb] = (), totals: RunTotals | None = None
    ) -> bool:
        """Add crumbs and set the totals; False, and nothing written, when the run is no longer this worker's."""
        if lock_run(self._session, run_id) not in WORKING or not self._holds(run_id, token):
            return False
        values: dict[str, Any] = {} if totals is None else asdict(totals)
        if crumbs:
            before = self._session.scalar(select(RunRow.breadcrumbs).where(RunRow.id == run_id))
            values["breadcrumbs"] = [*(before or []), *map(dict, crumbs)]
        if values:
            self._session.execute(update(RunRow).where(RunRow.id == run_id).values(**values))
        return True

    def finish(self, run_id: RunId, token: int, outcome: RunOutcome, now: datetime) -> bool:
        """End a run; False, and nothing written, when it has ended already or is no longer this worker's."""
        if lock_run(self._session, run_id) not in WORKING or not self._holds(run_id, token):
            return False
        self._session.execute(
            update(RunRow)
            .where(RunRow.id == run_id)
            .values(
                status=outcome.status,
                halted=outcome.status == "halted",
                error=outcome.error,
                completed_at=now,
                **_results(outcome),
            )
        )
        return self._update_dispatch(run_id, lease_until=None)

    def keep_partial(self, run_id: RunId, token: int, outcome: RunOutcome) -> bool:
        """Give a run that was halted from outside what its worker had got so far; its status, reason and end stay.

        False, and nothing written, unless the run is halted and this worker was the last to have it.
        """
        if lock_run(self._session, run_id) != "halted" or not self._holds(run_id, token):
            return False
        self._session.execute(update(RunRow).where(RunRow.id == run_id).values(**_results(outcome)))
        return self._update_dispatch(run_id, lease_until=None)

    def pause(
        self, run_id: RunId, token: int, outcome: RunOutcome, *, last_effect_at: datetime | None
    ) -> bool:
        """End a segment: the run waits for a person, and no worker has it any more.

        False, and nothing written, when it has ended or is no longer this worker's.
        """
        if lock_run(self._session, run_id) != "running" or not self._holds(run_id, token):
            return False
        self._session.execute(
            update(RunRow).where(RunRow.id == run_id).values(status="waiting", **_results(outcome))
        )
        self._session.execute(
            update(DispatchRow)
            .where(DispatchRow.run_id == run_id)
            .values(
                # Whatever this worker still says about the run is late from here on.
                token=DispatchRow.token + 1,
                lease_until=None,
                worker=None,
                attempts=0,
                active_ms=outcome.duration_ms or 0.0,
                last_effect_at=last_effect_at,
            )
        )
        return True

    def wake(self, run_id: RunId, now: datetime) -> bool:
        """Make a run that waits pending again, to be sent to the workers; False when it does not wait."""
        if lock_run(self._session, run_id) != "waiting":
            return False
        self._session.execute(update(RunRow).where(RunRow.id == run_id).values(status="pending"))
        return self._update_dispatch(run_id, dispatched_at=None, queued_at=now)

    def close(self, run_id: RunId, now: datetime) -> bool:
        """Take the right to write the one terminal frame of a run that has ended; True for exactly one caller."""
        return bool(self.close_all([run_id], now))

    def close_all(self, run_ids: Collection[RunId], now: datetime) -> set[RunId]:
        """Take that right for many runs; return those of which this caller has it."""
        closed: set[RunId] = set()
        for ids in chunks(sorted(run_ids)):
            ended = select(RunRow.id).where(RunRow.id == DispatchRow.run_id, RunRow.status.in_(TERMINAL))
            found = self._session.scalars(
                update(DispatchRow)
                .where(DispatchRow.run_id.in_(ids), DispatchRow.closed_at.is_(None), ended.exists())
                .values(closed_at=now)
                .returning(DispatchRow.run_id)
            )
            closed.update(RunId(run_id) for run_id in found)
        return closed

    def _holds(self, run_id: RunId, token: int) -> bool:
        """Tell whether the token is the newest; call it with the run locked."""
        return self._session.scalar(select(DispatchRow.token).where(DispatchRow.run_id == run_id)) == token

    def _update_dispatch(self, run_id: RunId, **values: datetime | None) -> bool:
        changed = self._session.scalar(
            update(DispatchRow)
            .where(DispatchRow.run_id == run_id)
            .values(**values)
            .returning(DispatchRow.run_id)
        )
        return changed is not None


def _results(outcome: RunOutcome) -> dict[str, Any]:
    return {
        "final_state": None if outcome.final_state is None else dict(outcome.final_state),
        "breadcrumbs": [dict(crumb) for crumb in outcome.crumbs],
        "duration_ms": outcome.duration_ms,
        **asdict(outcome.totals),
    }


def _claim(run: RunRow, dispatch: DispatchRow) -> Claim:
    if dispatch.lease_until is None:
        raise AssertionError("a claim sets the lease")
    return Claim(
        run_id=RunId(run.id),
        token=dispatch.token,
        attempt=dispatch.attempts,
        lease_until=dispatch.lease_until,
        task_id=None if run.task_id is None else TaskId(run.task_id),
        spec_name=SpecName(run.workflow_spec_name),
        spec_version_id=None if run.spec_version_id is None else VersionId(run.spec_version_id),
        spec=dispatch.spec,
        spec_hash=dispatch.spec_hash,
        layout=dispatch.layout,
        inputs=run.inputs or {},
        crumbs=run.breadcrumbs or [],
        totals=totals_of(run),
        parent_run_id=None if run.parent_run_id is None else RunId(run.parent_run_id),
        replay_of=None if dispatch.replay_of is None else RunId(dispatch.replay_of),
        session_id=run.session_id,
        created_by=None if dispatch.created_by is None else UserId(dispatch.created_by),
        created_by_name=dispatch.created_by_name,
        started_at=run.started_at,
        goes_on=dispatch.token > 1,
        kept_state=run.final_state or {},
        active_ms=dispatch.active_ms,
        last_effect_at=dispatch.last_effect_at,
    )
