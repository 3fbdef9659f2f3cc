"""Runs that are ended from outside: halted by a person or a switch, or given up because nobody works on them."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from persistence.chunks import chunks
from persistence.models import DispatchRow, RunRow
from persistence.run_lock import lock_run
from persistence.run_records import HaltedRow, LostRun, Standing, run_status
from runtime.errors import NotFound
from runtime.ids import RunId, SpecName, TaskId
from runtime.status import ACTIVE

_HALTED_COLUMNS = (
    RunRow.id,
    RunRow.workflow_spec_name,
    RunRow.status,
    RunRow.task_id,
    RunRow.duration_ms,
    RunRow.cost_usd,
)
_QUEUED_AT = func.coalesce(DispatchRow.queued_at, DispatchRow.created_at)


class RunHalting:
    """Everybody's side of a run but its worker's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def halt(self, run_id: RunId, *, reason: str, now: datetime) -> HaltedRow | None:
        """Halt a run; None when it is unknown or has ended. From the commit on no worker can claim or complete it."""
        hit = self._halt(RunRow.id == run_id, reason=reason, now=now)
        return hit[0] if hit else None

    def halt_all_active(
        self, *, reason: str, now: datetime, spec_name: SpecName | None = None
    ) -> list[HaltedRow]:
        """Halt every run that has not ended, or those of one workflow, all in this transaction."""
        of_workflow = () if spec_name is None else (RunRow.workflow_spec_name == spec_name,)
        return self._halt(*of_workflow, reason=reason, now=now)

    def is_halted(self, run_id: RunId) -> bool:
        """Tell whether the row says halted; raises `NotFound` when there is no row to ask."""
        found = self._session.execute(
            select(RunRow.halted, RunRow.status).where(RunRow.id == run_id)
        ).one_or_none()
        if found is None:
            raise NotFound("run", run_id)
        return found.halted or found.status == "halted"

    def lose(
        self, run_id: RunId, token: int, *, status: Literal["error", "halted"], error: str, now: datetime
    ) -> bool:
        """End a run that nobody works on, and fence its worker out should it come back.

        False, and nothing written, when it has ended, was claimed anew (another token), or its lease is valid again.
        """
        if lock_run(self._session, run_id) not in ACTIVE:
            return False
        fenced = self._session.scalar(
            update(DispatchRow)
            .where(DispatchRow.run_id == run_id, DispatchRow.token == token, _lapsed(now))
            .values(token=DispatchRow.token + 1, lease_until=None)
            .returning(DispatchRow.run_id)
        )
        if fenced is None:
            return False
        self._session.execute(
            update(RunRow)
            .where(RunRow.id == run_id)
            .values(status=status, halted=status == "halted", error=error, completed_at=now)
        )
        return True

    def take_back(
        self, run_id: RunId, token: int, *, now: datetime, active_ms: float, last_effect_at: datetime | None
    ) -> bool:
        """Make a run whose worker is lost pending again, for another worker, and fence the lost one out.

        `active_ms` is for how long the lost worker had it. False, and nothing written, when it is not running any more, was
        claimed anew, or its lease is valid again. The worker stays on the row: it may still be alive.
        """
        if lock_run(self._session, run_id) != "running":
            return False
        fenced = self._session.scalar(
            update(DispatchRow)
            .where(DispatchRow.run_id == run_id, DispatchRow.token == token, _lapsed(now))
            .values(
                token=DispatchRow.token + 1,
                lease_until=None,
                dispatched_at=None,
                queued_at=now,
                active_ms=DispatchRow.active_ms + active_ms,
                last_effect_at=last_effect_at,
            )
            .returning(DispatchRow.run_id)
        )
        if fenced is None:
            return False
        self._session.execute(update(RunRow).where(RunRow.id == run_id).values(status="pending"))
        return True

    def lapsed(self, now: datetime, *, limit: int = 100) -> list[LostRun]:
        """Return running runs whose worker has not renewed its lease, oldest lease first."""
        return self._lost(
            RunRow.status == "running", _lapsed(now), order=DispatchRow.lease_until, limit=limit
        )

    def undispatched(self, older_than: datetime, *, limit: int = 100) -> list[LostRun]:
        """Return pending runs, asked for before then, whose message never reached the broker, oldest first."""
        return self._lost(
            RunRow.status == "pending",
            DispatchRow.dispatched_at.is_(None),
            older_than > _QUEUED_AT,
            order=_QUEUED_AT,
            limit=limit,
        )

    def unclaimed(self, older_than: datetime, *, limit: int = 100) -> list[LostRun]:
        """Return pending runs, dispatched before then, that no worker has claimed, oldest first."""
        return self._lost(
            RunRow.status == "pending",
            DispatchRow.dispatched_at < older_than,
            order=DispatchRow.dispatched_at,
            limit=limit,
        )

    def standing(self, run_id: RunId) -> Standing | None:
        """Return what the proof of a halt needs to know of a run."""
        found = self._session.execute(
            select(
                RunRow.workflow_spec_name,
                RunRow.status,
                RunRow.task_id,
                RunRow.error,
                DispatchRow.token,
                DispatchRow.worker,
                DispatchRow.lease_until,
                DispatchRow.last_effect_at,
            )
            .outerjoin(DispatchRow, DispatchRow.run_id == RunRow.id)
            .where(RunRow.id == run_id)
        ).one_or_none()
        if found is None:
            return None
        return Standing(
            run_id=run_id,
            name=SpecName(found.workflow_spec_name),
            task_id=None if found.task_id is None else TaskId(found.task_id),
            halted=found.status == "halted",
            error=found.error,
            token=found.token or 0,
            worker=found.worker,
            lease_until=found.lease_until,
            last_effect_at=found.last_effect_at,
        )

    def _halt(self, *which: ColumnElement[bool], reason: str, now: datetime) -> list[HaltedRow]:
        # In the order of the ids, so that two halts of everything wait for each other instead of deadlocking.
        rows = self._session.execute(
            select(*_HALTED_COLUMNS)
            .where(RunRow.status.in_(ACTIVE), *which)
            .order_by(RunRow.id)
            .with_for_update()
        ).all()
        workers: dict[str, str | None] = {}
        effects: dict[str, datetime | None] = {}
        for ids in chunks([row.id for row in rows]):
            found = self._session.execute(
                select(DispatchRow.run_id, DispatchRow.worker, DispatchRow.last_effect_at).where(
                    DispatchRow.run_id.in_(ids)
                )
            )
            for run_id, worker, effect in found:
                workers[run_id], effects[run_id] = worker, effect
            self._session.execute(
                update(RunRow)
                .where(RunRow.id.in_(ids))
                .values(status="halted", halted=True, error=reason, completed_at=now)
            )
        return [
            HaltedRow(
                run_id=RunId(row.id),
                spec_name=SpecName(row.workflow_spec_name),
                prior_status=run_status(row.status),
                task_id=None if row.task_id is None else TaskId(row.task_id),
                was_claimed=workers.get(row.id) is not None,
                last_effect_at=effects.get(row.id),
                duration_ms=row.duration_ms,
                cost_usd=row.cost_usd,
            )
            for row in rows
        ]

    def _lost(
        self,
        *which: ColumnElement[bool],
        order: InstrumentedAttribute[datetime | None] | ColumnElement[datetime],
        limit: int,
    ) -> list[LostRun]:
        found = self._session.execute(
            select(RunRow.workflow_spec_name, RunRow.status, RunRow.task_id, DispatchRow)
            .join(DispatchRow, DispatchRow.run_id == RunRow.id)
            .where(*which)
            .order_by(order)
            .limit(limit)
        )
        return [
            LostRun(
                run_id=RunId(dispatch.run_id),
                spec_name=SpecName(name),
                status=run_status(status),
                task_id=None if task_id is None else TaskId(task_id),
                token=dispatch.token,
                attempts=dispatch.attempts,
                worker=dispatch.worker,
                lease_until=dispatch.lease_until,
                claimed_at=dispatch.claimed_at,
                created_at=dispatch.queued_at or dispatch.created_at,
                dispatched_at=dispatch.dispatched_at,
            )
            for name, status, task_id, dispatch in found
        ]


def _lapsed(now: datetime) -> ColumnElement[bool]:
    return or_(DispatchRow.lease_until.is_(None), DispatchRow.lease_until <= now)
