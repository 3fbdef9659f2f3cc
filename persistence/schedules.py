"""Schedules of workflows; a slot is claimed by compare-and-set, so that it is nobody else's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from persistence.deletions import not_deleted
from persistence.models import ScheduleRow, SpecRow
from runtime.errors import NotFound, StaleRevision
from runtime.ids import RunId, SpecName, UserId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """What a person sets."""

    cron: str
    interval_seconds: int
    """Above 0 it wins over `cron`."""
    timezone: str
    misfire: str
    most: int
    inputs: Mapping[str, Any]
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRecord:
    """A schedule with what became of it."""

    id: str
    workflow: SpecName
    key: str
    plan: SchedulePlan
    paused: bool
    revision: int
    anchor: datetime
    last_slot: datetime
    next_slot: datetime | None
    last_run_id: RunId | None
    last_run_at: datetime | None
    last_error: str | None
    set_by: UserId
    set_by_name: str
    updated_at: datetime


class ScheduleRepository:
    """Reads and writes schedules in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def set(
        self,
        workflow: SpecName,
        plan: SchedulePlan,
        *,
        key: str,
        next_slot: datetime | None,
        actor_id: UserId,
        actor_name: str,
        now: datetime,
        based_on: int | None = None,
    ) -> ScheduleRecord:
        """Give a workflow its schedule, or replace it; what was missed before is forgotten. `key` is that of a new one.

        One that is paused stays so. `based_on` is the revision that the change was made on (0: there was none); without it the
        last change wins. Raises `NotFound` when there is no such workflow, and `StaleRevision`.
        """
        # Locked, so that two who set the first schedule of a workflow do so one after the other.
        spec_id = self._session.scalar(select(SpecRow.id).where(SpecRow.name == workflow).with_for_update())
        if spec_id is None:
            raise NotFound("workflow", workflow)
        fields = _columns(plan) | {
            "anchor": now,
            "last_slot": now,
            "next_slot": next_slot,
            "last_error": None,
            "updated_by": actor_id,
            "updated_by_name": actor_name,
            "updated_at": now,
        }
        known = self._session.execute(
            select(ScheduleRow.id, ScheduleRow.revision).where(ScheduleRow.spec_id == spec_id)
        ).one_or_none()
        current = 0 if known is None else known.revision
        if based_on is not None and based_on != current:
            raise StaleRevision(workflow, expected=based_on, current=current, what="The schedule of workflow")
        if known is None:
            row = ScheduleRow(
                id=new_id(),
                spec_id=spec_id,
                key=self._free(key),
                revision=1,
                paused=False,
                created_at=now,
                **fields,
            )
            self._session.add(row)
            self._session.flush()
        else:
            self._session.execute(
                update(ScheduleRow)
                .where(ScheduleRow.id == known.id)
                .values(revision=ScheduleRow.revision + 1, **fields)
            )
        found = self.of(workflow)
        assert found is not None  # noqa: S101  written in this unit of work
        return found

    def of(self, workflow: SpecName) -> ScheduleRecord | None:
        """Return the schedule of a workflow."""
        row = self._session.execute(_joined().where(SpecRow.name == workflow)).one_or_none()
        return None if row is None else _record(*row)

    def list(self) -> Sequence[ScheduleRecord]:
        """Return all schedules by the name of their workflow."""
        return [_record(*row) for row in self._session.execute(_joined().order_by(SpecRow.name))]

    def due(self, now: datetime) -> Sequence[ScheduleRecord]:
        """Return the schedules that wait for nothing but a claim, the longest due first."""
        query = _joined().where(
            ScheduleRow.enabled.is_(True), ScheduleRow.paused.is_(False), ScheduleRow.next_slot <= now
        )
        return [_record(*row) for row in self._session.execute(query.order_by(ScheduleRow.next_slot))]

    def claim(self, record: ScheduleRecord, *, slot: datetime, next_slot: datetime | None) -> bool:
        """Deal with everything up to `slot`; False when the schedule is not as it was in `record` any more."""
        claimed = self._session.scalar(
            update(ScheduleRow)
            .where(
                ScheduleRow.id == record.id,
                ScheduleRow.revision == record.revision,
                ScheduleRow.last_slot == record.last_slot,
                ScheduleRow.enabled.is_(True),
                ScheduleRow.paused.is_(False),
            )
            .values(last_slot=slot, next_slot=next_slot)
            .returning(ScheduleRow.id)
        )
        return claimed is not None

    def tell(
        self, schedule_id: str, *, run_id: RunId | None = None, error: str | None = None, now: datetime
    ) -> None:
        """Write down what became of a slot: a run, or why there is none."""
        ran = {} if run_id is None else {"last_run_id": run_id, "last_run_at": now}
        self._session.execute(
            update(ScheduleRow).where(ScheduleRow.id == schedule_id).values(last_error=error, **ran)
        )

    def pause(self, workflow: SpecName, *, paused: bool, now: datetime, next_slot: datetime | None) -> bool:
        """Pause a schedule, or let it go on from now; False when there is none or it is so already."""
        changed = self._session.scalar(
            update(ScheduleRow)
            .where(
                ScheduleRow.spec_id.in_(select(SpecRow.id).where(SpecRow.name == workflow)),
                ScheduleRow.paused.is_(not paused),
            )
            .values(
                paused=paused,
                last_slot=now,
                next_slot=next_slot,
                revision=ScheduleRow.revision + 1,
                updated_at=now,
            )
            .returning(ScheduleRow.id)
        )
        return changed is not None

    def delete(self, workflow: SpecName) -> bool:
        """Delete the schedule of a workflow; False when there is none."""
        gone = self._session.scalar(
            delete(ScheduleRow)
            .where(ScheduleRow.spec_id.in_(select(SpecRow.id).where(SpecRow.name == workflow)))
            .returning(ScheduleRow.id)
        )
        return gone is not None

    def _free(self, key: str) -> str:
        """Return the key, with a number when another workflow has it: names differ where keys do not."""
        taken = set(
            self._session.scalars(
                select(ScheduleRow.key).where(
                    or_(ScheduleRow.key == key, ScheduleRow.key.startswith(f"{key}-"))
                )
            )
        )
        number = 1
        while (free := key if number == 1 else f"{key}-{number}") in taken:
            number += 1
        return free


def _columns(plan: SchedulePlan) -> dict[str, Any]:
    return {
        "cron": plan.cron,
        "interval_seconds": plan.interval_seconds,
        "timezone": plan.timezone,
        "misfire": plan.misfire,
        "most": plan.most,
        "inputs": dict(plan.inputs),
        "enabled": plan.enabled,
    }


def _joined() -> Select[ScheduleRow, str]:
    return (
        select(ScheduleRow, SpecRow.name)
        .join(SpecRow, SpecRow.id == ScheduleRow.spec_id)
        .where(not_deleted())
    )


def _record(row: ScheduleRow, workflow: str) -> ScheduleRecord:
    return ScheduleRecord(
        id=row.id,
        workflow=SpecName(workflow),
        key=row.key,
        plan=SchedulePlan(
            cron=row.cron,
            interval_seconds=row.interval_seconds,
            timezone=row.timezone,
            misfire=row.misfire,
            most=row.most,
            inputs=row.inputs,
            enabled=row.enabled,
        ),
        paused=row.paused,
        revision=row.revision,
        anchor=row.anchor,
        last_slot=row.last_slot,
        next_slot=row.next_slot,
        last_run_id=None if row.last_run_id is None else RunId(row.last_run_id),
        last_run_at=row.last_run_at,
        last_error=row.last_error,
        set_by=UserId(row.updated_by),
        set_by_name=row.updated_by_name,
        updated_at=row.updated_at,
    )
