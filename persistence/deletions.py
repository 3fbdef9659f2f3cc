"""Workflows in the bin: out of every list and name, and whole when they are restored.

A deleted workflow keeps its row, versions, draft and history. The row's name is changed into one that cannot be typed, so
that no query by name finds it; its own name waits here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from persistence.models import DeletionRow, ScheduleRow, SpecRow
from runtime.ids import SpecName

MARK = "#"
"""What no name of a workflow begins with, except in the bin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedWorkflow:
    """A workflow in the bin."""

    name: SpecName
    deleted_at: datetime
    deleted_by_name: str


def not_deleted() -> ColumnElement[bool]:
    """Return the condition on `workflow_specs` that leaves out what is in the bin."""
    return ~SpecRow.name.startswith(MARK)


class DeletionRepository:
    """Reads and writes the bin in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def delete(self, name: SpecName, *, by: str, now: datetime) -> bool:
        """Put a workflow into the bin, its schedule paused; False when there is none of this name."""
        spec_id = self._session.scalar(select(SpecRow.id).where(SpecRow.name == name).with_for_update())
        if spec_id is None:
            return False
        self._session.execute(
            update(SpecRow).where(SpecRow.id == spec_id).values(name=f"{MARK}{spec_id}", updated_at=now)
        )
        self._session.execute(
            update(ScheduleRow)
            .where(ScheduleRow.spec_id == spec_id)
            .values(paused=True, revision=ScheduleRow.revision + 1)
        )
        self._session.add(DeletionRow(spec_id=spec_id, name=name, deleted_at=now, deleted_by_name=by))
        self._session.flush()
        return True

    def restore(self, name: SpecName, *, now: datetime) -> bool:
        """Take a workflow out of the bin again; False when there is none of this name in it."""
        spec_id = self._taken_out(name)
        if spec_id is None:
            return False
        self._session.execute(update(SpecRow).where(SpecRow.id == spec_id).values(name=name, updated_at=now))
        return True

    def purge(self, name: SpecName) -> bool:
        """Delete a workflow of the bin for good; its runs stay. False when there is none of this name in it."""
        spec_id = self._taken_out(name)
        if spec_id is None:
            return False
        self._session.execute(delete(SpecRow).where(SpecRow.id == spec_id))
        return True

    def holds(self, name: SpecName) -> bool:
        """Say whether a workflow of this name is in the bin."""
        return self._session.scalar(select(DeletionRow.spec_id).where(DeletionRow.name == name)) is not None

    def list(self) -> Sequence[DeletedWorkflow]:
        """Return what is in the bin, the last deleted first."""
        rows = self._session.scalars(
            select(DeletionRow).order_by(DeletionRow.deleted_at.desc(), DeletionRow.name)
        )
        return [
            DeletedWorkflow(
                name=SpecName(row.name), deleted_at=row.deleted_at, deleted_by_name=row.deleted_by_name
            )
            for row in rows
        ]

    def _taken_out(self, name: SpecName) -> str | None:
        return self._session.scalar(
            delete(DeletionRow).where(DeletionRow.name == name).returning(DeletionRow.spec_id)
        )
