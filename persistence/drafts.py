"""Drawings in the making: saved by compare-and-set on a revision, with a history to undo and redo."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from persistence.deletions import not_deleted
from persistence.errors import StaleRow
from persistence.inserts import insert_into
from persistence.models import DraftEditRow, DraftRow, SpecRow
from runtime.errors import AlreadyExists, NotFound
from runtime.ids import SpecName

HISTORY = 1000
"""Revisions that can be undone; older edits are dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """A drawing as it is saved."""

    spec_id: str
    name: SpecName
    spec: dict[str, Any]
    """The full dump of a `WorkflowSpec`."""
    layout: dict[str, Any]
    """Positions, notes, groups: outside the hash."""
    revision: int
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRecord:
    """One change of a drawing."""

    id: int
    revision: int
    """The one that it made."""
    label: str
    change: dict[str, Any]
    undone: bool
    author: str
    at: datetime


class DraftRepository:
    """Reads and writes drawings in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(
        self,
        spec_id: str,
        *,
        spec: Mapping[str, Any],
        layout: Mapping[str, Any],
        author: str,
        now: datetime,
    ) -> int:
        """Start the drawing of a workflow and return its revision, 1; raises `AlreadyExists` when it has one."""
        created = self._session.scalar(
            insert_into(self._session, DraftRow)
            .values(
                spec_id=spec_id,
                spec=dict(spec),
                layout=dict(layout),
                revision=1,
                updated_at=now,
                updated_by=author,
            )
            .on_conflict_do_nothing()
            .returning(DraftRow.revision)
        )
        if created is None:
            raise AlreadyExists("This workflow has been drawn already.", field="name")
        return created

    def get(self, name: SpecName) -> DraftRecord | None:
        """Return the drawing of a workflow."""
        row = self._session.scalar(
            select(DraftRow).join(SpecRow, SpecRow.id == DraftRow.spec_id).where(SpecRow.name == name)
        )
        return None if row is None else _draft(row, name)

    def all(self) -> list[DraftRecord]:
        """Return every drawing; one query, however many there are."""
        rows = self._session.execute(
            select(DraftRow, SpecRow.name).join(SpecRow, SpecRow.id == DraftRow.spec_id).where(not_deleted())
        )
        return [_draft(row, SpecName(name)) for row, name in rows]

    def names(self, adapter: str) -> list[SpecName]:
        """Return the names of the workflows of an adapter that have a draft, sorted."""
        rows = self._session.scalars(
            select(SpecRow.name)
            .join(DraftRow, SpecRow.id == DraftRow.spec_id)
            .where(SpecRow.adapter == adapter, not_deleted())
            .order_by(SpecRow.name)
        )
        return [SpecName(name) for name in rows]

    def save(
        self,
        name: SpecName,
        expected_revision: int,
        *,
        spec: Mapping[str, Any],
        layout: Mapping[str, Any],
        label: str,
        change: Mapping[str, Any],
        author: str,
        now: datetime,
    ) -> int:
        """Save a change and return the new revision. What was undone can no longer be redone.

        Raises `StaleRow` with the current revision when it is not the expected one, `NotFound` without a drawing.
        """
        spec_id, revision = self._advance(
            name, expected_revision, spec=spec, layout=layout, author=author, now=now
        )
        self._session.execute(
            delete(DraftEditRow).where(
                DraftEditRow.spec_id == spec_id,
                DraftEditRow.undone.is_(True) | (DraftEditRow.revision <= revision - HISTORY),
            )
        )
        self._session.add(
            DraftEditRow(
                spec_id=spec_id,
                revision=revision,
                label=label,
                change=dict(change),
                undone=False,
                author=author,
                at=now,
            )
        )
        self._session.flush()
        return revision

    def last_undoable(self, name: SpecName) -> EditRecord | None:
        """Return the edit that undo takes back next."""
        return self._edit(name, undone=False)

    def last_redoable(self, name: SpecName) -> EditRecord | None:
        """Return the edit that redo does again next: the one undone last."""
        return self._edit(name, undone=True)

    def save_undo(
        self,
        name: SpecName,
        expected_revision: int,
        *,
        edit_id: int,
        spec: Mapping[str, Any],
        layout: Mapping[str, Any],
        author: str,
        now: datetime,
    ) -> int:
        """Save the drawing without the edit `last_undoable` gave, mark that as undone, return the new revision.

        Raises `StaleRow` when the drawing or its history has moved on, `NotFound` without a drawing.
        """
        return self._travel(
            name, expected_revision, edit_id, undone=True, spec=spec, layout=layout, author=author, now=now
        )

    def save_redo(
        self,
        name: SpecName,
        expected_revision: int,
        *,
        edit_id: int,
        spec: Mapping[str, Any],
        layout: Mapping[str, Any],
        author: str,
        now: datetime,
    ) -> int:
        """Save the drawing with the edit `last_redoable` gave, mark that as done, return the new revision.

        Raises `StaleRow` when the drawing or its history has moved on, `NotFound` without a drawing.
        """
        return self._travel(
            name, expected_revision, edit_id, undone=False, spec=spec, layout=layout, author=author, now=now
        )

    def _travel(
        self,
        name: SpecName,
        expected_revision: int,
        edit_id: int,
        *,
        undone: bool,
        spec: Mapping[str, Any],
        layout: Mapping[str, Any],
        author: str,
        now: datetime,
    ) -> int:
        # Looking first is safe: history changes only together with the revision, which is compared afterwards.
        due = self._edit(name, undone=not undone)
        if due is None or due.id != edit_id:
            raise self._stale(name, expected_revision)
        _, revision = self._advance(name, expected_revision, spec=spec, layout=layout, author=author, now=now)
        self._session.execute(update(DraftEditRow).where(DraftEditRow.id == edit_id).values(undone=undone))
        return revision

    def _advance(
        self,
        name: SpecName,
        expected: int,
        *,
        spec: Mapping[str, Any],
        layout: Mapping[str, Any],
        author: str,
        now: datetime,
    ) -> tuple[str, int]:
        of_name = select(SpecRow.id).where(SpecRow.name == name).scalar_subquery()
        saved = self._session.execute(
            update(DraftRow)
            .where(DraftRow.spec_id == of_name, DraftRow.revision == expected)
            .values(
                spec=dict(spec),
                layout=dict(layout),
                revision=DraftRow.revision + 1,
                updated_at=now,
                updated_by=author,
            )
            .returning(DraftRow.spec_id, DraftRow.revision)
        ).one_or_none()
        if saved is None:
            raise self._stale(name, expected)
        return saved.spec_id, saved.revision

    def _stale(self, name: SpecName, expected: int) -> StaleRow | NotFound:
        current = self._session.scalar(
            select(DraftRow.revision)
            .join(SpecRow, SpecRow.id == DraftRow.spec_id)
            .where(SpecRow.name == name)
        )
        return (
            NotFound("drawing", name)
            if current is None
            else StaleRow(name, expected=expected, current=current)
        )

    def _edit(self, name: SpecName, *, undone: bool) -> EditRecord | None:
        # Undone edits are the newest ones; the oldest of them was undone last.
        order = DraftEditRow.id.asc() if undone else DraftEditRow.id.desc()
        row = self._session.scalar(
            select(DraftEditRow)
            .join(SpecRow, SpecRow.id == DraftEditRow.spec_id)
            .where(SpecRow.name == name, DraftEditRow.undone.is_(undone))
            .order_by(order)
            .limit(1)
        )
        if row is None:
            return None
        return EditRecord(
            id=row.id,
            revision=row.revision,
            label=row.label,
            change=row.change,
            undone=row.undone,
            author=row.author,
            at=row.at,
        )


def _draft(row: DraftRow, name: SpecName) -> DraftRecord:
    return DraftRecord(
        spec_id=row.spec_id,
        name=name,
        spec=row.spec,
        layout=row.layout,
        revision=row.revision,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
