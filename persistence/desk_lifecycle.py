"""A desk's run from `pending` to its end: each step is a compare-and-set, and a worker's steps show its fencing token."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.orm import Session

from persistence.chunks import chunks
from persistence.desk_records import DeskClaim, DeskOutcome, DeskProgress, NewDeskRun, claim_of
from persistence.models import DeskRunRow
from runtime.desks import DESK_TERMINAL
from runtime.ids import RunId


class DeskLifecycle:
    """The worker's side of a desk's run."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def insert_pending(self, run: NewDeskRun, now: datetime) -> None:
        """Accept a run; it is not dispatched yet."""
        self._session.add(
            DeskRunRow(
                id=run.run_id,
                desk=run.desk,
                kind=run.kind,
                name=run.name,
                queue=run.queue,
                task_id=run.task_id,
                parent_id=run.parent_id,
                status="pending",
                config=dict(run.config),
                created_by=run.created_by,
                created_by_name=run.created_by_name,
                created_at=now,
                progress=0.0,
                note="",
                cost_usd=0.0,
                n_calls=0,
                token=0,
                attempts=0,
            )
        )
        self._session.flush()

    def mark_dispatched(self, run_id: RunId, now: datetime) -> bool:
        """Note that the broker has the message; False when the run is unknown."""
        return self._update(DeskRunRow.id == run_id, dispatched_at=now)

    def claim(self, run_id: RunId, *, worker: str, now: datetime, lease: timedelta) -> DeskClaim | None:
        """Take a run that is pending, or whose worker's lease has lapsed; None when somebody else has it or it ended."""
        lapsed = or_(DeskRunRow.lease_until.is_(None), DeskRunRow.lease_until <= now)
        free = or_(DeskRunRow.status == "pending", and_(DeskRunRow.status == "running", lapsed))
        row = self._session.scalar(
            update(DeskRunRow)
            .where(DeskRunRow.id == run_id, free)
            .values(
                status="running",
                token=DeskRunRow.token + 1,
                attempts=DeskRunRow.attempts + 1,
                lease_until=now + lease,
                worker=worker,
                started_at=now,
                heard_at=now,
            )
            .returning(DeskRunRow)
        )
        return None if row is None else claim_of(row)

    def renew(self, run_id: RunId, token: int, until: datetime) -> bool:
        """Extend the lease; False when the run is no longer this worker's, or has ended: stop working on it."""
        return self._update(_working(run_id, token), lease_until=until)

    def tell(self, run_id: RunId, token: int, progress: DeskProgress) -> bool:
        """Write what the run has told; False, and nothing written, when it is no longer this worker's."""
        values: dict[str, Any] = {"heard_at": progress.heard_at}
        told = {
            "note": progress.note,
            "progress": progress.fraction,
            "cost_usd": progress.cost_usd,
            "n_calls": progress.n_calls,
        }
        values |= {name: value for name, value in told.items() if value is not None}
        return self._update(_working(run_id, token), **values)

    def keep(self, run_id: RunId, token: int, result: Mapping[str, Any]) -> bool:
        """Write what the run has got so far; False, and nothing written, when it is no longer this worker's."""
        return self._update(_working(run_id, token), result=dict(result))

    def holds(self, run_id: RunId, token: int) -> bool:
        """Lock the run, and tell whether this worker still works on it: for writes to a desk's own tables."""
        return self._update(_working(run_id, token), token=token)

    def unwinds(self, run_id: RunId, token: int) -> bool:
        """Lock the run, and tell whether this worker still has to put it in order.

        It works on it, or it was the last to have it before the run was halted, and its end has not been told.
        """
        halted = and_(
            DeskRunRow.id == run_id,
            DeskRunRow.token == token,
            DeskRunRow.status == "halted",
            DeskRunRow.closed_at.is_(None),
        )
        return self._update(or_(_working(run_id, token), halted), token=token)

    def finish(self, run_id: RunId, token: int, outcome: DeskOutcome, now: datetime) -> bool:
        """End a run; False, and nothing written, when it has ended already or is no longer this worker's."""
        return self._update(
            _working(run_id, token),
            status=outcome.status,
            error=outcome.error,
            completed_at=now,
            **_results(outcome),
        )

    def keep_partial(self, run_id: RunId, token: int, outcome: DeskOutcome) -> bool:
        """Give a run that was halted from outside what its worker had got so far; its status, reason and end stay.

        False, and nothing written, unless the run is halted and this worker was the last to have it.
        """
        halted = and_(DeskRunRow.id == run_id, DeskRunRow.token == token, DeskRunRow.status == "halted")
        return self._update(halted, **_results(outcome))

    def close(self, run_id: RunId, now: datetime) -> bool:
        """Take the right to write the one terminal frame of a run that has ended; True for exactly one caller."""
        return bool(self.close_all([run_id], now))

    def close_all(self, run_ids: Collection[RunId], now: datetime) -> set[RunId]:
        """Take that right for many runs; return those of which this caller has it."""
        closed: set[RunId] = set()
        for ids in chunks(sorted(run_ids)):
            found = self._session.scalars(
                update(DeskRunRow)
                .where(
                    DeskRunRow.id.in_(ids),
                    DeskRunRow.closed_at.is_(None),
                    DeskRunRow.status.in_(DESK_TERMINAL),
                )
                .values(closed_at=now)
                .returning(DeskRunRow.id)
            )
            closed.update(RunId(run_id) for run_id in found)
        return closed

    def _update(self, which: ColumnElement[bool], **values: object) -> bool:
        changed = self._session.scalar(
            update(DeskRunRow).where(which).values(**values).returning(DeskRunRow.id)
        )
        return changed is not None


def _working(run_id: RunId, token: int) -> ColumnElement[bool]:
    return and_(DeskRunRow.id == run_id, DeskRunRow.token == token, DeskRunRow.status == "running")


def _results(outcome: DeskOutcome) -> dict[str, Any]:
    values: dict[str, Any] = {
        "lease_until": None,
        "cost_usd": outcome.cost_usd,
        "n_calls": outcome.n_calls,
    }
    return values if outcome.result is None else values | {"result": dict(outcome.result)}
