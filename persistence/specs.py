"""Workflows by name, and their frozen versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session, aliased

from persistence.deletions import not_deleted
from persistence.inserts import insert_into
from persistence.models import DraftRow, RunRow, SpecRow, VersionRow
from persistence.run_records import run_status
from runtime.errors import NotFound
from runtime.ids import RunId, SpecName, UserId, VersionId, new_id
from runtime.status import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecRecord:
    """A workflow in a list."""

    id: str
    name: SpecName
    adapter: str
    description: str
    annotations: tuple[str, ...]
    current_version: int
    snapshot_hash: str | None
    """Of the current version; None when there is no version yet."""
    draft_revision: int | None
    """None: nobody has drawn it."""
    last_run_id: RunId | None
    last_run_status: RunStatus | None
    last_run_started_at: datetime | None
    owner_user_id: UserId | None
    created_at: datetime
    updated_at: datetime
    """The later of the row's and the draft's last change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """A frozen content of a workflow."""

    id: VersionId
    spec_id: str
    version: int
    spec_hash: str
    payload: dict[str, Any]
    notes: str | None
    created_by: str | None
    created_at: datetime


class SpecRepository:
    """Reads and writes workflows in the caller's unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upsert_spec(
        self,
        name: SpecName,
        *,
        adapter: str,
        description: str,
        annotations: Sequence[str],
        now: datetime,
        owner_user_id: UserId | None = None,
    ) -> str:
        """Create a workflow or bring its description up to date; return its id. The owner stays the first one."""
        fields = {
            "adapter": adapter,
            "description": description,
            "annotations": list(annotations),
            "updated_at": now,
        }
        return self._session.scalars(
            insert_into(self._session, SpecRow)
            .values(
                id=new_id(),
                name=name,
                current_version=1,
                created_at=now,
                owner_user_id=owner_user_id,
                **fields,
            )
            .on_conflict_do_update(index_elements=["name"], set_=fields)
            .returning(SpecRow.id)
        ).one()

    def by_name(self, name: SpecName) -> SpecRecord | None:
        """Return a workflow."""
        found = self._records(name)
        return found[0] if found else None

    def list(self) -> Sequence[SpecRecord]:
        """Return all workflows, the last changed first; one query, however many there are."""
        return self._records(None)

    def add_version(
        self,
        spec_id: str,
        *,
        spec_hash: str,
        payload: Mapping[str, Any],
        notes: str | None,
        created_by: str | None,
        now: datetime,
    ) -> VersionRecord:
        """Freeze a content and make it the current one; the same content is the same version, never a second one.

        Raises `NotFound` when there is no such workflow.
        """
        # Locked, so that two callers do not count to the same number.
        locked = self._session.scalar(select(SpecRow.id).where(SpecRow.id == spec_id).with_for_update())
        if locked is None:
            raise NotFound("workflow", spec_id)
        row = self._session.scalar(
            select(VersionRow).where(VersionRow.spec_id == spec_id, VersionRow.spec_hash == spec_hash)
        )
        if row is None:
            last = self._session.scalar(
                select(func.max(VersionRow.version)).where(VersionRow.spec_id == spec_id)
            )
            row = VersionRow(
                id=new_id(),
                spec_id=spec_id,
                version=(last or 0) + 1,
                spec_hash=spec_hash,
                payload=dict(payload),
                notes=notes,
                created_by=created_by,
                created_at=now,
            )
            self._session.add(row)
            self._session.flush()
        self._session.execute(
            update(SpecRow).where(SpecRow.id == spec_id).values(current_version=row.version, updated_at=now)
        )
        return _version(row)

    def versions(self, name: SpecName, *, limit: int = 50) -> Sequence[VersionRecord]:
        """Return the versions of a workflow, newest first; none when it is unknown."""
        rows = self._session.scalars(
            select(VersionRow)
            .join(SpecRow, SpecRow.id == VersionRow.spec_id)
            .where(SpecRow.name == name)
            .order_by(VersionRow.version.desc())
            .limit(limit)
        )
        return [_version(row) for row in rows]

    def version(self, version_id: VersionId) -> VersionRecord | None:
        """Return a version."""
        row = self._session.get(VersionRow, version_id)
        return None if row is None else _version(row)

    def numbered_version(self, name: SpecName, number: int) -> VersionRecord | None:
        """Return a version of a workflow by its number."""
        row = self._session.scalar(
            select(VersionRow)
            .join(SpecRow, SpecRow.id == VersionRow.spec_id)
            .where(SpecRow.name == name, VersionRow.version == number)
        )
        return None if row is None else _version(row)

    def _records(self, name: SpecName | None) -> Sequence[SpecRecord]:
        newest = aliased(RunRow)
        last_run = (
            select(newest.id)
            .where(newest.workflow_spec_name == SpecRow.name)
            .order_by(newest.started_at.desc(), newest.id.desc())
            .limit(1)
            .correlate(SpecRow)
            .scalar_subquery()
        )
        query = (
            select(
                SpecRow,
                VersionRow.spec_hash,
                DraftRow.revision,
                DraftRow.updated_at,
                RunRow.id,
                RunRow.status,
                RunRow.started_at,
            )
            .outerjoin(
                VersionRow,
                and_(VersionRow.spec_id == SpecRow.id, VersionRow.version == SpecRow.current_version),
            )
            .outerjoin(DraftRow, DraftRow.spec_id == SpecRow.id)
            .outerjoin(RunRow, RunRow.id == last_run)
        )
        query = query.where(not_deleted() if name is None else SpecRow.name == name)
        records = [
            _spec(spec, spec_hash, (revision, drawn_at), (run_id, status, started_at))
            for spec, spec_hash, revision, drawn_at, run_id, status, started_at in self._session.execute(
                query
            )
        ]
        return sorted(records, key=lambda record: (record.updated_at, record.name), reverse=True)


def _spec(
    row: SpecRow,
    spec_hash: str | None,
    draft: tuple[int | None, datetime | None],
    run: tuple[str | None, str | None, datetime | None],
) -> SpecRecord:
    revision, drawn_at = draft
    run_id, status, started_at = run
    return SpecRecord(
        id=row.id,
        name=SpecName(row.name),
        adapter=row.adapter,
        description=row.description or "",
        annotations=tuple(row.annotations or ()),
        current_version=row.current_version,
        snapshot_hash=spec_hash,
        draft_revision=revision,
        last_run_id=None if run_id is None else RunId(run_id),
        last_run_status=None if status is None else run_status(status),
        last_run_started_at=started_at,
        owner_user_id=None if row.owner_user_id is None else UserId(row.owner_user_id),
        created_at=row.created_at,
        updated_at=max(row.updated_at, drawn_at or row.updated_at),
    )


def _version(row: VersionRow) -> VersionRecord:
    return VersionRecord(
        id=VersionId(row.id),
        spec_id=row.spec_id,
        version=row.version,
        spec_hash=row.spec_hash,
        payload=row.payload,
        notes=row.notes,
        created_by=row.created_by,
        created_at=row.created_at,
    )
