"""Runs of desks that are ended from outside: halted by a person or a switch, or given up because nobody works on them."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from persistence.chunks import chunks
from persistence.models import DeskRunRow
from persistence.run_records import HaltedRow, LostRun, Standing
from runtime.desks import DESK_ACTIVE, DeskName, desk_name
from runtime.ids import RunId, SpecName, TaskId


class DeskHalting:
    """Everybody's side of a desk's run but its worker's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def halt(self, run_id: RunId, *, reason: str, now: datetime) -> HaltedRow | None:
        """Halt a run; None when it is unknown or has ended. From the commit on no worker can claim or complete it."""
        hit = self._halt(DeskRunRow.id == run_id, reason=reason, now=now)
        return hit[0] if hit else None

    def halt_all_active(
        self,
        *,
        reason: str,
        now: datetime,
        desk: DeskName,
        names: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
    ) -> list[HaltedRow]:
        """Halt every run of a desk that has not ended, or only those of some names or kinds, all in this transaction."""
        named = () if names is None else (DeskRunRow.name.in_(names),)
        of_kind = () if kinds is None else (DeskRunRow.kind.in_(kinds),)
        return self._halt(DeskRunRow.desk == desk, *named, *of_kind, reason=reason, now=now)

    def is_halted(self, run_id: RunId) -> bool | None:
        """Tell whether the row says halted; None when there is no row to ask."""
        status = self._session.scalar(select(DeskRunRow.status).where(DeskRunRow.id == run_id))
        return None if status is None else status == "halted"

    def lose(
        self, run_id: RunId, token: int, *, status: Literal["error", "halted"], error: str, now: datetime
    ) -> bool:
        """End a run that nobody works on, and fence its worker out should it come back.

        False, and nothing written, when it has ended, was claimed anew (another token), or its lease is valid again.
        """
        lost = self._session.scalar(
            update(DeskRunRow)
            .where(
                DeskRunRow.id == run_id,
                DeskRunRow.token == token,
                DeskRunRow.status.in_(DESK_ACTIVE),
                _lapsed(now),
            )
            .values(
                status=status, error=error, completed_at=now, token=DeskRunRow.token + 1, lease_until=None
            )
            .returning(DeskRunRow.id)
        )
        return lost is not None

    def lapsed(self, now: datetime, *, limit: int = 100) -> list[LostRun]:
        """Return running runs whose worker has not renewed its lease, oldest lease first."""
        return self._lost(
            DeskRunRow.status == "running", _lapsed(now), order=DeskRunRow.lease_until, limit=limit
        )

    def undispatched(self, older_than: datetime, *, limit: int = 100) -> list[LostRun]:
        """Return pending runs, asked for before then, whose message never reached the broker, oldest first."""
        return self._lost(
            DeskRunRow.status == "pending",
            DeskRunRow.dispatched_at.is_(None),
            DeskRunRow.created_at < older_than,
            order=DeskRunRow.created_at,
            limit=limit,
        )

    def unclaimed(self, older_than: datetime, *, limit: int = 100) -> list[LostRun]:
        """Return pending runs, dispatched before then, that no worker has claimed, oldest first."""
        return self._lost(
            DeskRunRow.status == "pending",
            DeskRunRow.dispatched_at < older_than,
            order=DeskRunRow.dispatched_at,
            limit=limit,
        )

    def standing(self, run_id: RunId) -> Standing | None:
        """Return what the proof of a halt needs to know of a run."""
        row = self._session.get(DeskRunRow, run_id)
        if row is None:
            return None
        return Standing(
            run_id=run_id,
            name=SpecName(row.name),
            task_id=TaskId(row.task_id),
            halted=row.status == "halted",
            error=row.error,
            token=row.token,
            worker=row.worker,
            lease_until=row.lease_until,
        )

    def _halt(self, *which: ColumnElement[bool], reason: str, now: datetime) -> list[HaltedRow]:
        # In the order of the ids, so that two halts of everything wait for each other instead of deadlocking.
        rows = self._session.execute(
            select(
                DeskRunRow.id,
                DeskRunRow.desk,
                DeskRunRow.name,
                DeskRunRow.status,
                DeskRunRow.task_id,
                DeskRunRow.token,
            )
            .where(DeskRunRow.status.in_(DESK_ACTIVE), *which)
            .order_by(DeskRunRow.id)
            .with_for_update()
        ).all()
        for ids in chunks([row.id for row in rows]):
            self._session.execute(
                update(DeskRunRow)
                .where(DeskRunRow.id.in_(ids))
                .values(status="halted", error=reason, completed_at=now)
            )
        return [
            HaltedRow(
                run_id=RunId(row.id),
                desk=desk_name(row.desk),
                spec_name=SpecName(row.name),
                prior_status="pending" if row.status == "pending" else "running",
                task_id=TaskId(row.task_id),
                was_claimed=row.token > 0,
            )
            for row in rows
        ]

    def _lost(
        self, *which: ColumnElement[bool], order: InstrumentedAttribute[datetime | None], limit: int
    ) -> list[LostRun]:
        found = self._session.scalars(select(DeskRunRow).where(*which).order_by(order).limit(limit))
        return [
            LostRun(
                run_id=RunId(row.id),
                spec_name=SpecName(row.name),
                status="pending" if row.status == "pending" else "running",
                task_id=TaskId(row.task_id),
                queue=row.queue,
                token=row.token,
                attempts=row.attempts,
                worker=row.worker,
                lease_until=row.lease_until,
                created_at=row.created_at,
                dispatched_at=row.dispatched_at,
            )
            for row in found
        ]


def _lapsed(now: datetime) -> ColumnElement[bool]:
    return or_(DeskRunRow.lease_until.is_(None), DeskRunRow.lease_until <= now)
